package cli

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/cli/args"
	"github.com/tapdump/tapdump/internal/streams"
	"github.com/tapdump/tapdump/pcapfile"
)

const (
	// servedDelay is how long packets may be gathered before readers get them, even
	// while we are busy.
	servedDelay = 100 * time.Millisecond
	// servedPatience is how long readers have, at the end, for what they do not have
	// yet.
	servedPatience = 3 * time.Second
	// resolvePatience is how long looking up a name may take.
	resolvePatience = 15 * time.Second
)

// listen opens what readers of -w tcp:// connect to, and has their packets be left
// out. Where the filter is shown alone, that is enough.
func (s *session) listen() error {
	p := s.plan.Write
	if p == nil || p.Served == nil || s.plan.Dump != args.DumpNothing {
		return s.excludeReaders()
	}
	addrs, err := s.servedAddrs()
	if err != nil {
		return err
	}
	a := p.Served.Address
	if streams.Public(addrs) && !a.TLS && !p.Served.Insecure {
		return errorText("-w " + p.Name + ": others than this machine could read the packets, on their way too: serve tls:// with --stream-cert and --stream-key, or give --insecure-listen; tcp:// without an address is for this machine alone")
	}
	options := streams.ServerOptions{Note: s.remark, Pcapng: p.Format.Pcapng}
	if a.TLS {
		var remark string
		if options.TLS, remark, err = p.Served.Credentials.Server(); err != nil {
			return err
		}
		if remark != "" {
			s.warn(remark)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), resolvePatience)
	defer cancel()
	if s.server, err = streams.Listen(ctx, a, addrs, options); err != nil {
		return fmt.Errorf("-w %s: %w", p.Name, err)
	}
	s.compiler.served, s.listeners = s.server.Addrs(), s.server.Descriptors()
	if streams.Public(addrs) && p.Served.Credentials.CA == "" {
		how := "whoever can connect to it reads the packets"
		if !a.TLS {
			how += ", and so does whoever sees them on their way"
		}
		s.warn("-w " + p.Name + ": " + how)
	}
	return nil
}

// servedAddrs are the addresses of -w tcp://.
func (s *session) servedAddrs() ([]netip.AddrPort, error) {
	ctx, cancel := context.WithTimeout(context.Background(), resolvePatience)
	defer cancel()
	addrs, err := s.plan.Write.Served.Address.Resolve(ctx)
	if err != nil {
		return nil, fmt.Errorf("-w %s: %w", s.plan.Write.Name, err)
	}
	return addrs, nil
}

// excludeReaders has the packets of what would be served be left out.
func (s *session) excludeReaders() error {
	if s.plan.Write == nil || s.plan.Write.Served == nil {
		return nil
	}
	var err error
	s.compiler.served, err = s.servedAddrs()
	return err
}

// hearsReaders reports whether packets of those that read what we serve may come from
// a device: those of the loopback come from loopback devices alone.
func (r *liveRun) hearsReaders(device string) bool {
	if r.compiler.served == nil || streams.Public(r.compiler.served) {
		return r.compiler.served != nil
	}
	iface, err := net.InterfaceByName(device)
	return err != nil || iface.Flags&net.FlagLoopback != 0
}

// withoutReaders is the program for an expression without the packets of our own
// readers, which would be served again.
func (c *compiler) withoutReaders(program *compile.Program, text string, p *compiled) (*compile.Program, error) {
	exclusion := streams.Exclusion(c.served)
	all, err := compile.Compile(exclusion, p.target.link, p.target.mode, p.options)
	if err != nil {
		c.warnOnce("-w " + c.plan.Write.Name + ": packets of link-type " + linkTypeText(p.target.link, c.plan.Program.Like) + " do not show which are those of our readers: they are captured, too")
		return program, nil
	}
	if strings.TrimSpace(text) == "" {
		return all, nil
	}
	// In front, since terms such as vlan change what those behind them mean.
	all, err = compile.Compile(exclusion+" and ("+text+"\n)", p.target.link, p.target.mode, p.options)
	if compile.RejectsAll(err) {
		c.remark("-w " + c.plan.Write.Name + ": packets of our own readers are left out")
	}
	return all, err
}

// serving is what a session has for readers.
type serving struct {
	server    *streams.Server // of -w tcp://; nil: none
	listeners []int           // descriptors that it takes connections from
}

// servedFile is the stream of -w tcp://. Without readers nothing is encoded.
type servedFile struct {
	*pcapfile.Writer
	*session
}

// serve opens what packets are written to that are served. Nobody is let in yet.
func (s *session) serve(p *args.Write, link capture.LinkType, format pcapfile.Format) (packetWriter, error) {
	format.Delay = servedDelay
	w, err := pcapfile.NewWriter(s.server, p.Name, link, format)
	if err != nil {
		return nil, err
	}
	return &servedFile{w, s}, nil
}

// letReadersIn begins to serve, once the process has given up what it does not need.
func (s *session) letReadersIn() {
	if s.server == nil {
		return
	}
	p := s.plan.Write
	var where []string
	for _, addr := range s.server.Addrs() {
		a := p.Served.Address
		a.Host, a.Port, a.Format = addr.Addr().String(), addr.Port(), ""
		where = append(where, a.String())
	}
	kind := "pcap"
	if p.Format.Pcapng {
		kind = "pcapng"
	}
	s.remark("serving " + kind + " at " + strings.Join(where, ", "))
	s.server.Serve()
}

// Write implements packetWriter.
func (f *servedFile) Write(pkt *capture.Packet) error {
	if !f.server.Wanted() {
		return nil
	}
	return f.Writer.Write(pkt)
}

// Close implements packetWriter: readers get the rest.
func (f *servedFile) Close() error {
	err := f.Writer.Close()
	c := f.server.Close(servedPatience, f.events.hurried)
	text := fmt.Sprintf("served %d reader%s", c.Served, plural(c.Served))
	if c.CutOff > 0 {
		text += fmt.Sprintf(", of which %d too slow", c.CutOff)
	}
	if c.Refused > 0 {
		text += fmt.Sprintf("; %d connection%s refused", c.Refused, plural(c.Refused))
	}
	if c.Notes > 0 {
		text += fmt.Sprintf("; of these, %d were not named", c.Notes)
	}
	f.remark(text)
	return err
}

// stopServing closes what was opened, if nobody was served.
func (s *session) stopServing() {
	if s.server != nil {
		s.server.Close(0, s.events.hurried)
	}
}
