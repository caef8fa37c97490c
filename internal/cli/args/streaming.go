package args

import (
	"fmt"

	"github.com/tapdump/tapdump/internal/features"
	"github.com/tapdump/tapdump/internal/streams"
)

// streaming are about packets that go from one program to others, and come from there:
// -w tcp://..., -r tls://...
type streaming struct {
	StreamCert     *string `name:"stream-cert" needs:"tls" type:"text" takes:"file" getopt:"91" own:"" placeholder:"FILE" help:"show this certificate to the other side of tls://"`
	StreamKey      *string `name:"stream-key" needs:"tls" type:"text" takes:"file" getopt:"92" own:"" placeholder:"FILE" help:"the key of that certificate"`
	StreamCA       *string `name:"stream-ca" needs:"tls" type:"text" takes:"file" getopt:"93" own:"" placeholder:"FILE" help:"trust those that these certificates sign: servers of -r, and of -w readers, which need one then"`
	InsecureListen bool    `name:"insecure-listen" needs:"streams" getopt:"94" own:"" help:"let -w tcp:// be read from other machines, by anyone"`
}

// Served is a stream that is served in place of a savefile.
type Served struct {
	Address     streams.Address
	Credentials streams.Credentials
	Insecure    bool // others than this machine may read without TLS
}

// credentials are the files for tls://.
func (o *options) credentials() streams.Credentials {
	return streams.Credentials{Cert: textOf(o.StreamCert), Key: textOf(o.StreamKey), CA: textOf(o.StreamCA)}
}

// servesStream reports whether -w names a stream.
func (o *options) servesStream() bool { return streams.Is(textOf(o.WriteFile)) }

// served is the stream that -w names, nil for a file.
func (o *options) served() *Served {
	if !o.servesStream() {
		return nil
	}
	a, err := streams.ParseServed(*o.WriteFile)
	if err != nil {
		return nil // it was checked, or will be
	}
	return &Served{Address: a, Credentials: o.credentials(), Insecure: o.InsecureListen}
}

// checkStreaming refuses what does not go together.
func (o *options) checkStreaming() error {
	secure, known := false, o.ReadLists == nil // whether a stream of TLS is named
	for _, name := range o.ReadFiles {
		if !streams.Is(name) {
			continue
		}
		a, err := streams.ParseRead(name)
		if err != nil {
			return fmt.Errorf("-r %s: %w", name, err)
		}
		if err := needStream(a, "-r "+name); err != nil {
			return err
		}
		secure = secure || a.TLS
	}
	if o.servesStream() {
		a, err := streams.ParseServed(*o.WriteFile)
		if err != nil {
			return fmt.Errorf("-w %s: %w", *o.WriteFile, err)
		}
		if err := needStream(a, "-w "+*o.WriteFile); err != nil {
			return err
		}
		if err := o.checkServed(a); err != nil {
			return err
		}
		secure = secure || a.TLS
	}
	c := o.credentials()
	switch {
	case known && !secure && c != (streams.Credentials{}):
		return Complaint("--stream-cert, --stream-key and --stream-ca are about tls://: name a stream so, with -r or -w")
	case (c.Cert == "") != (c.Key == ""):
		return Complaint("--stream-cert and --stream-key belong together: give both")
	case o.InsecureListen && !o.servesStream():
		return Complaint("--insecure-listen is about -w tcp://: give that too")
	}
	return nil
}

// needStream fails for a stream that the build does not have.
func needStream(a streams.Address, what string) error {
	if a.TLS {
		return features.TLS.Need(what)
	}
	return features.Streams.Need(what)
}

// checkServed refuses what does not go with a stream that is served.
func (o *options) checkServed(a streams.Address) error {
	name := "-w " + *o.WriteFile
	switch {
	case o.reads():
		return Complaint(name + ": what is captured is served, and not what is read: leave out -r and -V")
	case o.recordsIncidents():
		return Complaint("--trigger writes files, and " + name + " is a stream: name files with -w")
	case o.severalFiles() || o.PostRotate != nil:
		return Complaint(name + ": a stream is one, and has no end before the run has: leave out -C, -G, -W, -z, --rotate-..., --keep-... and --max-bytes")
	case o.Format == formatParquet:
		return Complaint(name + ": packets are served, as pcap or pcapng: leave out --format parquet")
	case a.Format != "" && o.Format != "" && a.Format != o.Format:
		return Complaint(name + ": --format " + o.Format + " asks for another format: leave one of them out")
	case a.TLS && (o.StreamCert == nil || o.StreamKey == nil):
		return Complaint(name + ": a server of tls:// shows a certificate: give --stream-cert and --stream-key")
	case a.TLS && o.InsecureListen:
		return Complaint(name + ": --insecure-listen is about tcp://: leave it out")
	}
	return nil
}
