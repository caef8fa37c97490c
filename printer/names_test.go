package printer

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/tapdump/tapdump/internal/names"
)

// namesPrinter is a Printer whose names come from files of the test's own, and
// that asks nobody.
func namesPrinter(t *testing.T, o Options, cutDomain bool) *Printer {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	o.Names = names.New(names.Options{
		Files: names.Files{
			Services: write("services", "http 80/tcp\ndomain 53/udp\n"),
			Ethers:   write("ethers", "02:00:00:00:00:01 gate\n"),
			Hosts:    write("hosts", "192.0.2.1 one.example.org\n198.51.100.1 far.example.org\n2001:db8::1 six.example.org\n"),
		},
		CutDomain: cutDomain,
		DNS: &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
			return nil, errors.New("the test has no network")
		}},
	})
	return New(o)
}

func TestNames(t *testing.T) {
	local := Options{Foreign: true, LocalNet: [4]byte{192, 0, 2, 0}, LocalMask: [4]byte{255, 255, 255, 0}}
	for _, test := range []struct {
		name, want string
		options    Options
		print      func(*Printer)
	}{
		{"host", "one.example.org", Options{}, func(p *Printer) { p.appendAddr4(addr4{192, 0, 2, 1}) }},
		{"host without domain", "one", Options{}, func(p *Printer) { p.appendAddr4(addr4{192, 0, 2, 1}) }},
		{"host without a name", "192.0.2.99", Options{}, func(p *Printer) { p.appendAddr4(addr4{192, 0, 2, 99}) }},
		{"local host", "one.example.org", local, func(p *Printer) { p.appendAddr4(addr4{192, 0, 2, 1}) }},
		{"foreign host", "198.51.100.1", local, func(p *Printer) { p.appendAddr4(addr4{198, 51, 100, 1}) }},
		{"IPv6 host", "six.example.org", local, func(p *Printer) {
			p.appendAddr6(addr6{0x20, 1, 0xd, 0xb8, 15: 1})
		}},
		{"station", "gate", Options{}, func(p *Printer) { p.appendMAC(mac{2, 0, 0, 0, 0, 1}) }},
		{"all stations", "Broadcast", Options{}, func(p *Printer) { p.appendMAC(mac{255, 255, 255, 255, 255, 255}) }},
		{"known organization", "00:00:0c:01:02:03 (oui Cisco)", Options{}, func(p *Printer) { p.appendMAC(mac{0, 0, 0xc, 1, 2, 3}) }},
		{"unknown organization", "02:00:00:00:00:02 (oui Unknown)", Options{}, func(p *Printer) { p.appendMAC(mac{2, 0, 0, 0, 0, 2}) }},
		{"TCP port", "http 53", Options{}, func(p *Printer) { p.tcpPort(80); p.char(' '); p.tcpPort(53) }},
		{"UDP port", "domain 80", Options{}, func(p *Printer) { p.udpPort(53); p.char(' '); p.udpPort(80) }},
	} {
		p := namesPrinter(t, test.options, test.want == "one")
		test.print(p)
		if got := string(p.out); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

// TestNoNames: without Names nothing is looked up, so that no packet can make the
// program ask.
func TestNoNames(t *testing.T) {
	p := New(Options{})
	p.appendMAC(mac{255, 255, 255, 255, 255, 255})
	p.char(' ')
	p.tcpPort(80)
	if got, want := string(p.out), "ff:ff:ff:ff:ff:ff 80"; got != want || p.names.resolver != nil {
		t.Errorf("got %q with resolver %v, want %q and none", got, p.names.resolver, want)
	}
}
