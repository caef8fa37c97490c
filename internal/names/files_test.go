package names

import (
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// fixtures writes databases into a directory and returns where they are; a
// database that is not given does not exist.
func fixtures(t testing.TB, contents Files) Files {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if text == "" {
			return path
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return Files{
		Services:  write("services", contents.Services),
		Protocols: write("protocols", contents.Protocols),
		Ethers:    write("ethers", contents.Ethers),
		Hosts:     write("hosts", contents.Hosts),
		Networks:  write("networks", contents.Networks),
		RPC:       write("rpc", contents.RPC),
	}
}

// The expectations on files are what glibc 2.36 answers for the same text,
// except for lines that it reads as something absurd (a port of 65616 as 80, a
// network 1.2.3.4.5 as 255.255.255.255): those are passed over.

const testServices = "Foo 80/tcp bar Baz # c\r\n" +
	"second 80/tcp\n" +
	"third\t81/udp\n" +
	"th4 82 tcp\n" +
	"5 83/tcp\n" +
	"  lead 84/tcp x\n" +
	"big 65616/tcp\n" +
	"noproto 86/\n" +
	"noslash 87\n" +
	"up 88/TCP\n" +
	"sp 89 /tcp\n" +
	"name#x 91/tcp\n" +
	"stream 92/sctp\n" +
	"foo 93/udp\n" +
	"bar 94/tcp\n" +
	"both 95/tcp\n" +
	"both 95/udp\n" +
	"split 97/udp\n" +
	"split 96/tcp\n" +
	"zero 0/tcp\n" +
	"last 65535/udp"

func TestPortName(t *testing.T) {
	r := New(Options{Files: fixtures(t, Files{Services: testServices})})
	for _, c := range []struct {
		port     uint16
		tcp, udp string // "" for none
	}{
		{0, "zero", ""},
		{80, "Foo", ""}, // the first entry, not an alias
		{81, "", "third"},
		{82, "", ""},
		{84, "lead", ""},
		{86, "", ""},
		{87, "", ""},
		{88, "", ""},
		{89, "", ""},
		{91, "", ""},
		{92, "", ""},
		{93, "", "foo"},
		{95, "both", "both"},
		{65535, "", "last"},
	} {
		check := func(got []byte, ok bool, want string) {
			t.Helper()
			if string(got) != ">"+want || ok != (want != "") {
				t.Errorf("port %d: got %q %v, want %q", c.port, got, ok, ">"+want)
			}
		}
		got, ok := r.AppendTCPPort([]byte(">"), c.port)
		check(got, ok, c.tcp)
		got, ok = r.AppendUDPPort([]byte(">"), c.port)
		check(got, ok, c.udp)
	}
}

func TestPort(t *testing.T) {
	r := New(Options{Files: fixtures(t, Files{Services: testServices})})
	for _, c := range []struct {
		name string
		port uint16
		in   Transports
		ok   bool
	}{
		{"Foo", 80, TCP, true},
		{"foo", 93, UDP, true},
		{"bar", 80, TCP, true}, // an alias on an earlier line comes first
		{"Baz", 80, TCP, true},
		{"baz", 0, 0, false},
		{"both", 95, TCP | UDP, true},
		{"split", 96, TCP, true},
		{"5", 5, TCP | UDP, true}, // a number before a name
		{"0809", 809, TCP | UDP, true},
		{"65536", 0, 0, false},
		{"99999999999999999999", 0, 0, false},
		{"0x50", 0, 0, false},
		{"", 0, 0, false},
		{"stream", 0, 0, false},
		{"up", 0, 0, false},
		{"name", 0, 0, false},
		{"noproto", 0, 0, false},
	} {
		port, in, ok := r.Port(c.name)
		if ok != c.ok || ok && (port != c.port || in != c.in) {
			t.Errorf("Port(%q) = %d, %b, %v, want %d, %b, %v", c.name, port, in, ok, c.port, c.in, c.ok)
		}
	}
}

func TestBuiltinServices(t *testing.T) {
	r := New(Options{Files: fixtures(t, Files{})})
	if port, in, ok := r.Port("domain"); port != 53 || in != TCP|UDP || !ok {
		t.Errorf("Port(domain) without a services file = %d, %b, %v", port, in, ok)
	}
	if got, ok := r.AppendTCPPort(nil, 443); string(got) != "https" || !ok {
		t.Errorf("port 443 without a services file = %q, %v", got, ok)
	}
	if got, want := len(slices.Collect(services(builtinServices))), strings.Count(builtinServices, "/"); got != want {
		t.Errorf("%d of %d built-in lines are entries: correct the table", got, want)
	}
	// A file that is there counts alone, even if it is as good as empty.
	r = New(Options{Files: fixtures(t, Files{Services: "\n", Protocols: "\n"})})
	if _, _, ok := r.Port("domain"); ok {
		t.Error("the built-in table is used though there is a services file")
	}
	if _, ok := r.IPProto("tcp"); ok {
		t.Error("the built-in table is used though there is a protocols file")
	}
}

func TestIPProto(t *testing.T) {
	const text = "ip 0 IP\nTCP 6 tcp Tcp\nbad x\nbig 300 BIG\nhex 0x11\nneg -5\nwide 99999999999 W\nlarge 2147483648\nlargest 2147483647\nlate 6 LATE"
	r := New(Options{Files: fixtures(t, Files{Protocols: text})})
	builtin := New(Options{})
	for _, c := range []struct {
		r      *Resolver
		name   string
		number int // -1 for none
	}{
		{r, "ip", 0}, {r, "IP", 0}, {r, "tcp", 6}, {r, "TCP", 6}, {r, "Tcp", 6}, {r, "tCP", -1},
		{r, "big", 300}, {r, "BIG", 300}, {r, "hex", -1}, {r, "neg", -1}, {r, "wide", -1}, {r, "large", -1}, {r, "largest", 1<<31 - 1}, {r, "6", -1},
		{r, "bad", -1}, {r, "", -1}, {r, "LATE", 6}, {r, "udp", -1},
		{builtin, "ip", 0}, {builtin, "icmp", 1}, {builtin, "UDP", 17}, {builtin, "vrrp", 112},
		{builtin, "sctp", 132}, {builtin, "Udp", -1}, {builtin, "", -1},
	} {
		got, ok := c.r.IPProto(c.name)
		if ok != (c.number >= 0) || ok && got != c.number {
			t.Errorf("IPProto(%q) = %d, %v, want %d", c.name, got, ok, c.number)
		}
	}
}

func TestEther(t *testing.T) {
	const text = "0:1:2:3:4:5 short\n" +
		"00:01:02:03:04:06 Long.example # c\n" +
		"1:2:3:4:5 five\n" +
		"1:2:3:4:5:6:7 seven\n" +
		"1:2:3:4:5:100 big\n" +
		"00-01-02-03-04-07 dash\n" +
		"00:01:02:03:04:06 second\n" +
		"00:01:02:03:04:08\n" +
		"  0A:0b:0C:0d:0E:0f Lead extra\n" +
		"00:01:02:03:04:09 # x\n" +
		"00:01:02:03:04:0a crlf\r\n" +
		"0:1:2:3:4:99 Dup\n" +
		"0:1:2:3:4:98 dup\n"
	r := New(Options{Files: fixtures(t, Files{Ethers: text})})
	for _, c := range []struct {
		name string
		last byte // of 00:01:02:03:04:…; 0 for none
	}{
		{"short", 5}, {"SHORT", 5}, {"long.example", 6}, {"second", 6}, {"crlf", 10}, {"dup", 0x99}, {"DUP", 0x99},
		{"five", 0}, {"seven", 0}, {"big", 0}, {"dash", 0}, {"extra", 0}, {"Broadcast", 0}, {"", 0},
	} {
		got, ok := r.Ether(c.name)
		if ok != (c.last != 0) || ok && got != [6]byte{0, 1, 2, 3, 4, c.last} {
			t.Errorf("Ether(%q) = %x, %v, want last octet %x", c.name, got, ok, c.last)
		}
	}
	broadcast := [6]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	for _, c := range []struct {
		r    *Resolver
		addr [6]byte
		want string
	}{
		{r, [6]byte{0, 1, 2, 3, 4, 6}, "Long.example"},
		{r, [6]byte{10, 11, 12, 13, 14, 15}, "Lead"},
		{r, [6]byte{0, 1, 2, 3, 4, 8}, ""},
		{r, [6]byte{1, 2, 3, 4, 5, 6}, ""},
		{r, broadcast, "Broadcast"},
		{New(Options{}), broadcast, "Broadcast"},
		{New(Options{Files: fixtures(t, Files{Ethers: "ff:ff:ff:ff:ff:ff all"})}), broadcast, "all"},
	} {
		got, ok := c.r.AppendEther(nil, c.addr)
		if string(got) != c.want || ok != (c.want != "") {
			t.Errorf("AppendEther(%x) = %q, %v, want %q", c.addr, got, ok, c.want)
		}
	}
}

func TestNet(t *testing.T) {
	const text = "default 0.0.0.0\nLoop 127 lp Alias\nabc 10.1\nfull 1.2.3.4\noct 010.1\nhex 0x0a.1\nupper 0X0B.0x1\nnone 0\nnine 09\nempty 0x\n" +
		"bad 1.2.3.4.5\nbad2 300.1\nbad3 x.y\nnoaddr\nabc 10.2\ntrail 10.\n"
	r := New(Options{Files: fixtures(t, Files{Networks: text})})
	for _, c := range []struct {
		name   string
		number uint32
		ok     bool
	}{
		{"default", 0, true},
		{"loop", 0x7f000000, true},
		{"LP", 0x7f000000, true},
		{"alias", 0x7f000000, true},
		{"abc", 0x0a010000, true},
		{"full", 0x01020304, true},
		{"oct", 0x08010000, true},
		{"hex", 0x0a010000, true},
		{"upper", 0x0b010000, true},
		{"none", 0, true},
		{"nine", 0, false},
		{"empty", 0, false},
		{"bad", 0, false},
		{"bad2", 0, false},
		{"bad3", 0, false},
		{"noaddr", 0, false},
		{"trail", 0, false},
		{"", 0, false},
	} {
		if got, ok := r.Net(c.name); got != c.number || ok != c.ok {
			t.Errorf("Net(%q) = %#x, %v, want %#x, %v", c.name, got, ok, c.number, c.ok)
		}
	}
}

func TestRPC(t *testing.T) {
	r := New(Options{Files: fixtures(t, Files{RPC: "portmapper 100000 portmap\nnfs 100003 NFS\nnfs2 100003\nbad x\n"})})
	for program, want := range map[uint32]string{100000: "portmapper", 100003: "nfs", 1: "", 1<<32 - 1: ""} {
		if got, ok := r.AppendRPC(nil, program); string(got) != want || ok != (want != "") {
			t.Errorf("AppendRPC(%d) = %q, %v, want %q", program, got, ok, want)
		}
	}
}

const testHosts = "::1 six-loop\n" +
	"127.0.0.1 localhost lh\n" +
	"::ffff:10.1.1.1 mapped\n" +
	"10.1.1.1 plain\n" +
	"10.1.1.2 first.example.org first FIRST\n" +
	"10.1.1.2 second\n" +
	"fe80::1%lo scoped\n" +
	"10.1.1 short3\n" +
	"010.1.1.3 octal\n" +
	"2001:db8::5 v6 multi\n" +
	"10.9.9.9 MULTI\n" +
	"10.1.1.7\n" +
	"10.1.1.8 # c\n" +
	"::10.1.1.9 compat\n" +
	":: any6\n" +
	"10.1.1.14 UPPER.Case\n"

func TestHostsFile(t *testing.T) {
	r := New(Options{Files: fixtures(t, Files{Hosts: testHosts}), DNS: noDNS()})
	for addr, want := range map[string]string{
		"127.0.0.1":       "six-loop",
		"::1":             "six-loop",
		"10.1.1.1":        "mapped",
		"::ffff:10.1.1.1": "mapped",
		"10.1.1.2":        "first.example.org",
		"fe80::1":         "",
		"10.1.1.3":        "",
		"10.1.1.7":        "",
		"10.1.1.8":        "",
		"10.1.1.9":        "",
		"::10.1.1.9":      "compat",
		"::":              "",
		"2001:db8::5":     "v6",
		"10.1.1.14":       "UPPER.Case",
	} {
		for range 2 { // from the file, then from the cache
			if got, ok := appendAny(r, netip.MustParseAddr(addr)); got != want || ok != (want != "") {
				t.Errorf("name of %s = %q, %v, want %q", addr, got, ok, want)
			}
		}
	}
}

func appendAny(r *Resolver, a netip.Addr) (string, bool) {
	var name []byte
	var ok bool
	if a.Is4() {
		name, ok = r.AppendHost4(nil, a.As4())
	} else {
		name, ok = r.AppendHost16(nil, a.As16())
	}
	return string(name), ok
}

func TestHostsFileAddrs(t *testing.T) {
	r := New(Options{Files: fixtures(t, Files{Hosts: testHosts}), DNS: noDNS()})
	for name, want := range map[string]string{
		"localhost":   "127.0.0.1",
		"second":      "10.1.1.2",
		"first":       "10.1.1.2", // once, though it stands twice
		"upper.CASE":  "10.1.1.14",
		"six-loop":    "::1",
		"mapped":      "::ffff:10.1.1.1",
		"scoped":      "",
		"octal":       "",
		"10.1.1.77":   "10.1.1.77",
		"2001:db8::9": "2001:db8::9",
	} {
		got, err := r.Addrs(context.Background(), name)
		if want == "" {
			if err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("Addrs(%q) = %v, %v, want an error that names the host", name, got, err)
			}
			continue
		}
		if err != nil || len(got) != 1 || got[0].String() != want {
			t.Errorf("Addrs(%q) = %v, %v, want %s", name, got, err, want)
		}
	}
	if got, err := r.Addrs(context.Background(), "multi"); err != nil || len(got) != 2 {
		t.Errorf("Addrs(multi) = %v, %v, want both addresses", got, err)
	}
}

// TestAddrsSorted: several addresses come in the order in which they would be
// tried.
func TestAddrsSorted(t *testing.T) {
	four, six := netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("::1")
	for _, a := range []netip.Addr{four, six} {
		if _, ok := sourceOf(a); !ok {
			t.Skipf("needs a way to %s", a)
		}
	}
	r := New(Options{Files: fixtures(t, Files{Hosts: "127.0.0.1 both\n::1 both\n"}), DNS: noDNS()})
	if got, err := r.Addrs(context.Background(), "both"); err != nil || !slices.Equal(got, []netip.Addr{six, four}) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestCutDomain(t *testing.T) {
	r := New(Options{Files: fixtures(t, Files{Hosts: testHosts}), DNS: noDNS(), CutDomain: true})
	if got, _ := r.AppendHost4(nil, [4]byte{10, 1, 1, 2}); string(got) != "first" {
		t.Errorf("name with its domain cut = %q, want first", got)
	}
}

func TestReadFileLimit(t *testing.T) {
	path := fixtures(t, Files{Hosts: "10.0.0.1 a\n10.0.0.2 b\n10.0.0.3 c\n"}).Hosts
	for limit, want := range map[int64]string{
		100: "10.0.0.1 a\n10.0.0.2 b\n10.0.0.3 c\n",
		33:  "10.0.0.1 a\n10.0.0.2 b\n10.0.0.3 c\n",
		32:  "10.0.0.1 a\n10.0.0.2 b\n",
		5:   "",
	} {
		if got, ok := readFile(path, limit); got != want || !ok {
			t.Errorf("first %d bytes in whole lines = %q, %v, want %q", limit, got, ok, want)
		}
	}
}

func TestSortAddrs(t *testing.T) {
	// A host with a global IPv4 address, a link-local IPv6 address, no route.
	source := func(dst netip.Addr) (netip.Addr, bool) {
		switch {
		case dst.IsLoopback():
			return dst, true
		case dst.Is4():
			return netip.MustParseAddr("192.0.2.1"), true
		case dst.IsLinkLocalUnicast():
			return netip.MustParseAddr("fe80::99"), true
		case dst.IsPrivate():
			return netip.MustParseAddr("fd00::99"), true
		}
		return netip.Addr{}, false
	}
	in := strings.Fields("2001:db8::5 10.9.9.9 192.0.2.7 127.0.0.1 fd00::1 fe80::1 ::1")
	want := "::1 fe80::1 fd00::1 127.0.0.1 10.9.9.9 192.0.2.7 2001:db8::5"
	var addrs []netip.Addr
	for _, s := range in {
		addrs = append(addrs, netip.MustParseAddr(s))
	}
	sortAddrs(addrs, source)
	var got []string
	for _, a := range addrs {
		got = append(got, a.String())
	}
	if strings.Join(got, " ") != want {
		t.Errorf("sorted:\n got %s\nwant %s", strings.Join(got, " "), want)
	}
}

// FuzzFiles feeds each database reader with any text: no panic, and what is
// found by number leads back to an entry by name.
func FuzzFiles(f *testing.F) {
	for _, seed := range []string{testServices, testHosts, "0:1:2:3:4:5 x", "loop 127 l", "tcp 6 TCP"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var index portNames
		for s := range services(text) {
			index.add(s)
			if strings.ContainsAny(s.name, space+"#") || s.name == "" {
				t.Errorf("service name %q", s.name)
			}
			if _, ok := index.appendName(nil, s.port); !ok {
				t.Errorf("port %d of %q has no name", s.port, s.name)
			}
		}
		for e := range numberedEntries(text) {
			if e.name == "" || e.number > 1<<31-1 {
				t.Errorf("entry %+v", e)
			}
		}
		for s := range stations(text) {
			if s.name == "" {
				t.Errorf("station %x without a name", s.addr)
			}
		}
		for n := range networks(text) {
			if n.name == "" {
				t.Errorf("network %x without a name", n.number)
			}
			hasWordFold(n.aliases, n.name)
		}
		d := hostDB{by4: map[[4]byte]string{}, by16: map[[16]byte]string{}}
		for h := range hostLines(text) {
			d.add(h)
			if h.name == "" || h.addr.Zone() != "" {
				t.Errorf("host %+v", h)
			}
			if h.addr.Is4() && d.by4[h.addr.As4()] == "" {
				t.Errorf("address %v has no name", h.addr)
			}
			hasWord(h.aliases, h.name)
		}
	})
}
