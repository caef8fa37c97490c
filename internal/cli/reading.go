package cli

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/tapdump/tapdump/internal/cli/args"
	"github.com/tapdump/tapdump/internal/streams"
)

// readStreams are the streams that are read, as savefiles are.
type readStreams struct {
	*command
	context.Context
	close    context.CancelFunc
	merged   bool
	prepared map[string]preparedStream // what is known of those that are named
	last     *streams.Client           // that was opened; nil: none
}

// preparedStream is what is needed to connect, without asking anybody.
type preparedStream struct {
	address streams.Address
	addrs   []netip.AddrPort
	options streams.ClientOptions
}

func newReadStreams(s *session) *readStreams {
	a := &readStreams{command: s.command, merged: s.plan.Files.Merge, prepared: make(map[string]preparedStream)}
	a.Context, a.close = context.WithCancel(context.Background())
	return a
}

// prepareStreams finds the addresses of streams and reads what TLS needs, while that
// can be done.
func (r *fileRun) prepareStreams(names []string) error {
	all := r.streams
	for _, name := range names {
		if _, known := all.prepared[name]; known || !streams.Is(name) {
			continue
		}
		one, err := all.prepare(name, r.plan.Files)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		all.prepared[name] = one
	}
	return nil
}

func (a *readStreams) prepare(name string, files args.Files) (one preparedStream, err error) {
	if one.address, err = streams.ParseRead(name); err != nil {
		return one, err
	}
	ctx, cancel := context.WithTimeout(a, resolvePatience)
	defer cancel()
	if one.addrs, err = one.address.Resolve(ctx); err != nil {
		return one, err
	}
	one.options = streams.ClientOptions{Note: func(text string) { a.remark(name + ": " + text) }, OneHeader: a.merged}
	if one.address.TLS {
		var remark string
		if one.options.TLS, remark, err = files.Credentials.Client(one.address.Host); err != nil {
			return one, err
		}
		if remark != "" {
			a.warn(remark)
		}
	}
	return one, nil
}

// open connects to a stream, or goes on with one that has another header.
func (a *readStreams) open(name string) (*streams.Client, error) {
	if a.goesOn() {
		return a.last, nil
	}
	one := a.prepared[name]
	client := streams.NewClient(a, one.address, one.addrs, one.options)
	if err := client.Connect(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	a.last = client
	return client, nil
}

// goesOn reports whether the stream that ended goes on with another header.
func (a *readStreams) goesOn() bool { return a.last != nil && a.last.More() }

// reconnecting are those that may have to be connected to again.
func (a *readStreams) reconnecting() (names []string) {
	for name, one := range a.prepared {
		if one.address.Reconnect != streams.Never {
			names = append(names, name)
		}
	}
	return names
}

// unreadable adds to the reason why a stream has no header what may be the cause.
func (a *readStreams) unreadable(name string, err error) error {
	if a.last.Silent() && !streams.Explained(err) {
		return fmt.Errorf("%s: %w: the server closed the connection at once: does it serve tls://, or has it as many readers as it takes?", name, err)
	}
	return fmt.Errorf("%s: %w", name, err)
}
