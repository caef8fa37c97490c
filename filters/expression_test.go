package filters

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/headertest"
	"github.com/tapdump/tapdump/internal/testenv"
	"github.com/tapdump/tapdump/internal/traffic"
)

// accepts makes a machine of an expression.
func accepts(t testing.TB, text string, link capture.LinkType) func(*capture.Packet) bool {
	t.Helper()
	program, err := compile.Compile(text, link, compile.ModeSavefileLittle, compile.Options{})
	if err != nil {
		t.Fatalf("link type %s: %v\n%s", link, err, text)
	}
	if len(program.Instructions) > bpf.MaxInstructions {
		t.Errorf("%d instructions are too many for the kernel: %s", len(program.Instructions), text)
	}
	vm, err := bpf.NewVM(program.Instructions, program.Rules())
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return func(pkt *capture.Packet) bool { return vm.Run(pkt.Data, pkt.Length, nil) != 0 }
}

// oddPackets are of every link type with an expression, with tags, extension
// headers, fragments and cut.
func oddPackets() []*capture.Packet {
	var all []*capture.Packet
	for _, link := range []capture.LinkType{capture.LinkEN10MB, capture.LinkLINUX_SLL, capture.LinkLINUX_SLL2, capture.LinkRAW} {
		for _, addrs := range [][2]string{{"192.0.2.1", "198.51.100.7"}, {"2001:db8::1", "fe80::2"}} {
			for _, protocol := range []uint8{6, 17, 1, 58, 47} {
				for _, ports := range [][2]uint16{{22, 40000}, {40000, 80}, {443, 443}, {0, 65535}, {21, 22}} {
					for variant := range 6 {
						s := headertest.Spec{
							Link: link, Src: addrs[0], Dst: addrs[1], Protocol: protocol, SrcPort: ports[0], DstPort: ports[1],
							TTL: uint8(1 + 60*variant), Seq: uint32(variant%5) * 1 << 30, Ack: 5, Flags: 1 << variant, Window: 1000, Payload: []byte("GET /"),
						}
						switch variant {
						case 1:
							s.VLAN = []uint16{3}
						case 2:
							s.Extensions = []uint8{0, 60}
						case 3:
							s.Extensions = []uint8{44}
							s.VLAN = []uint16{4, 5}
						case 4:
							s.Fragment = 3
						case 5:
							s.VLAN = []uint16{4, 5, 6}
							s.HideTags = link == capture.LinkLINUX_SLL || link == capture.LinkLINUX_SLL2
						}
						if link == capture.LinkRAW {
							s.VLAN = nil
						}
						pkt := s.Packet(0, 0)
						all = append(all, pkt)
						cut := *pkt
						cut.Data = cut.Data[:len(cut.Data)-15]
						all = append(all, &cut)
					}
				}
			}
		}
	}
	return all
}

func prefixesOfText(texts ...string) (all []netip.Prefix) {
	for _, s := range texts {
		all = append(all, netip.MustParsePrefix(s))
	}
	return all
}

// someConfigs are filters that can be said in an expression, in part.
func someConfigs(t testing.TB) []Config {
	var all []Config
	for _, text := range []string{
		"port!=22", "port=80,443", "port>22", "port>=22", "port<443", "port<=22", "port>=25; port<=3306", "port=-1", "port!=-1", "port>=-1",
		"client_port=40000", "client_port!=40000", "client_port>443", "client_port<=443", "client_port<65535", "port<65535", "port>65534",
		"src_port=22", "src_port!=22", "dest_port>100", "dest_port<=80,22", "ttl<64", "ttl!=1,121", "ttl>=61", "flags=SYN,FIN", "flags!=SYN,PSH",
		"seq>1073741823", "seq=0", "ack=5", "ack!=5", "window<1000", "window>=1000", "mss=1460", "sack=1", "flags=ACK; ttl>3; port<1024",
	} {
		c, err := ParseConditions(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range []Protocols{TCP | UDP, AllProtocols, ICMP} {
			all = append(all, Config{Protocols: p, Conditions: c})
		}
	}
	find, err := NewFind("get", FindRegexp)
	if err != nil {
		t.Fatal(err)
	}
	conditions, err := ParseConditions("flags=ACK")
	if err != nil {
		t.Fatal(err)
	}
	return append(all,
		Config{Protocols: TCP}, Config{Protocols: UDP}, Config{Protocols: ICMP}, Config{Protocols: AllProtocols},
		Config{Protocols: TCP | UDP, Ports: []uint16{80}},
		Config{Protocols: AllProtocols, Ports: []uint16{0, 1, 2, 22, 443, 65535}},
		Config{Protocols: AllProtocols, Addresses: prefixesOfText("192.0.2.1/32")},
		Config{Protocols: TCP | UDP, Addresses: prefixesOfText("198.51.100.9/24", "fe80::/10", "10.0.0.0/8")},
		Config{Protocols: TCP | UDP, Addresses: prefixesOfText("0.0.0.0/0")},
		Config{Protocols: TCP | UDP, Addresses: prefixesOfText("::/0"), Ports: []uint16{443}},
		Config{Protocols: TCP | UDP, Ports: []uint16{80}, Tracking: true},
		Config{Protocols: TCP | UDP, Find: find, Stream: true, Conditions: conditions, Ports: []uint16{80}},
	)
}

// TestExpressionIsSuperset: no packet that a filter lets pass is kept back by
// its expression.
func TestExpressionIsSuperset(t *testing.T) {
	packets := oddPackets()
	src := traffic.New(5, 4000)
	var made capture.Packet
	for src.Next(&made) == nil {
		pkt := made
		pkt.Data = append([]byte(nil), made.Data...)
		packets = append(packets, &pkt)
	}
	matched := 0
	for _, cfg := range someConfigs(t) {
		vms := make(map[capture.LinkType]func(*capture.Packet) bool)
		f := New(cfg)
		for i, pkt := range packets {
			accept := vms[pkt.LinkType]
			if accept == nil {
				accept = accepts(t, f.Expression(pkt.LinkType), pkt.LinkType)
				vms[pkt.LinkType] = accept
			}
			var p header.Packet
			if !header.Decode(pkt, &p) || !f.Concerns(&p) || !f.Match(&p) {
				continue
			}
			matched++
			if !accept(pkt) {
				t.Errorf("packet %d of link type %s passes %+v, but not its expression\n%s\n% x", i, pkt.LinkType, cfg, f.Expression(pkt.LinkType), pkt.Data)
				return
			}
		}
	}
	if matched < 10_000 {
		t.Errorf("only %d packets passed any filter", matched)
	}
}

// TestExpressionIsSharp: an expression keeps back nearly all that its filter
// does, where it can be said.
func TestExpressionIsSharp(t *testing.T) {
	for _, cfg := range someConfigs(t) {
		f := New(cfg)
		accept := accepts(t, f.Expression(capture.LinkEN10MB), capture.LinkEN10MB)
		for _, c := range cfg.Conditions {
			if c.field == fieldMSS || c.field == fieldSACK || c.op == equal && (c.field == fieldPort || c.field == fieldClientPort) {
				accept = nil // not sharp on purpose
			}
		}
		if accept == nil || cfg.Tracking || cfg.Stream {
			continue
		}
		for range 2000 {
			s := headertest.Spec{
				Src: "192.0.2.1", Dst: "198.51.100.7", Protocol: [...]uint8{6, 17, 1}[rand.IntN(3)], SrcPort: uint16(rand.IntN(1 << 16)),
				DstPort: [...]uint16{22, 80, 443, 40000}[rand.IntN(4)], TTL: uint8(1 + rand.IntN(120)), Flags: uint8(rand.IntN(256)), Seq: rand.Uint32(), Window: uint16(rand.IntN(2000)),
			}
			pkt := s.Packet(0, 0)
			var p header.Packet
			passes := header.Decode(pkt, &p) && f.Concerns(&p) && f.Match(&p)
			if accept(pkt) != passes {
				t.Errorf("%+v passes %+v: %t, its expression: %t\n%s", s, cfg, passes, !passes, f.Expression(capture.LinkEN10MB))
				break
			}
		}
	}
}

// TestLongLists: lists that would not fit into a program stay out of it.
func TestLongLists(t *testing.T) {
	cfg := Config{Protocols: TCP}
	for i := range 5000 {
		cfg.Ports = append(cfg.Ports, uint16(2*i))
		cfg.Addresses = append(cfg.Addresses, netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 32))
	}
	f := New(cfg)
	accepts(t, f.Expression(capture.LinkEN10MB), capture.LinkEN10MB)
	if p := headertest.Decode(t, headertest.Spec{Src: "10.0.19.135", Dst: "192.0.2.1", SrcPort: 9998}); !f.Match(p) {
		t.Error("the last of the lists does not match")
	}
	if p := headertest.Decode(t, headertest.Spec{Src: "10.0.19.136", Dst: "192.0.2.1", SrcPort: 9998}); f.Match(p) {
		t.Error("the address behind the list matches")
	}
}

// TestExpressionText: what parts of an expression look like, so that none is
// longer than it has to be.
func TestExpressionText(t *testing.T) {
	for _, c := range []struct {
		cfg  Config
		want string // on raw IP, besides extension headers
	}{
		{Config{}, "tcp or udp or (icmp or icmp6) or "},
		{Config{Protocols: TCP}, "tcp or "},
		{Config{Protocols: AllProtocols}, "tcp or udp or (icmp or icmp6) or "},
		{Config{Protocols: TCP, Ports: []uint16{80}}, "(tcp and tcp port 80) or "},
		{Config{Protocols: UDP, Ports: []uint16{7, 5, 6, 9}}, "(udp and (udp portrange 5-7 or udp port 9)) or "},
		{Config{Protocols: UDP, Ports: []uint16{0, 65535}}, "(udp and (udp port 0 or udp port 65535)) or "},
		{Config{Protocols: ICMP, Ports: []uint16{7}}, ""},
		{Config{Protocols: TCP, Ports: []uint16{80}, Tracking: true}, "tcp or "},
	} {
		want := c.want + extensions()
		if c.want != "" {
			want = "(" + want + ")"
		}
		if got := New(c.cfg).Expression(capture.LinkRAW); got != want {
			t.Errorf("%+v: %s, want %s", c.cfg, got, want)
		}
	}
}

// TestSelective: an expression that only knows protocols is no selective one.
func TestSelective(t *testing.T) {
	conditions, err := ParseConditions("ttl=1")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		cfg  Config
		want bool
	}{
		{Config{Protocols: TCP, Stream: true, Tracking: true}, false}, {Config{Ports: []uint16{1}}, true},
		{Config{Addresses: prefixesOfText("10.0.0.0/8")}, true}, {Config{Conditions: conditions}, true},
	} {
		if got := New(c.cfg).Selective(); got != c.want {
			t.Errorf("%+v: %t", c.cfg, got)
		}
	}
}

// TestTermBounds: as many alternatives as fit go into an expression, one more and
// there is none of them.
func TestTermBounds(t *testing.T) {
	for _, n := range []int{maxTerms, maxTerms + 1} {
		var c Config
		values := make([]string, n)
		for i := range n {
			c.Ports = append(c.Ports, uint16(2*i))
			c.Addresses = append(c.Addresses, netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), 32))
			values[i] = strconv.Itoa(i)
		}
		var err error
		if c.Conditions, err = ParseConditions("ttl=" + strings.Join(values, ",")); err != nil {
			t.Fatal(err)
		}
		c.Protocols = TCP
		text := New(c).Expression(capture.LinkRAW)
		for _, part := range []string{"port 0 ", "host 10.0.0.0 ", "ip[8] == 0 "} {
			if got := strings.Contains(text, part); got != (n <= maxTerms) {
				t.Errorf("%d alternatives: %q is in it: %t", n, part, got)
			}
		}
	}
}

// TestExpressionTexts holds what every condition becomes on raw IP, at the ends of what its
// field may be and beside them.
func TestExpressionTexts(t *testing.T) {
	var b strings.Builder
	for f, has := range fieldNames {
		values := []string{"5", "1,3,5-7,200", " 1 , 0x10 "}
		for _, v := range []int64{has.min, has.min + 1, has.max - 1, has.max, 0, 65535} {
			values = append(values, strconv.FormatInt(v, 10))
		}
		if field(f) == fieldFlags {
			values = []string{"SYN", "syn , ACK", "FIN,SYN,RST,PSH,ACK,URG,ECE,CWR"}
		}
		for _, op := range operators {
			for _, value := range values {
				text := has.name + op.text + value
				conditions, err := ParseConditions(text)
				if err != nil {
					fmt.Fprintf(&b, "%s: %v\n", text, err)
					continue
				}
				expr := New(Config{Protocols: AllProtocols, Conditions: conditions}).Expression(capture.LinkRAW)
				fmt.Fprintf(&b, "%s: %s\n", text, strings.ReplaceAll(expr, extensions(), "..."))
			}
		}
	}
	for _, cfg := range []Config{
		{Addresses: prefixesOfText("10.0.0.1/32")}, {Addresses: prefixesOfText("10.0.0.0/31")}, {Addresses: prefixesOfText("0.0.0.0/0")}, {Addresses: prefixesOfText("2001:db8::1/128")},
		{Addresses: prefixesOfText("2001:db8::/127")}, {Addresses: prefixesOfText("::/0")}, {Protocols: ICMP}, {Protocols: TCP | ICMP}, {Protocols: TCP | UDP, Ports: []uint16{1, 2, 4, 5, 6}},
	} {
		fmt.Fprintf(&b, "%+v: %s\n", cfg, New(cfg).Expression(capture.LinkRAW))
	}
	testenv.Golden(t, "testdata/expressions.golden", []byte(b.String()))
}

// TestCommonness: the rarest byte of a text is looked for first: of those that are
// no letters, digits or marks of protocols all are as rare.
func TestCommonness(t *testing.T) {
	var order []int
	for c := range 256 {
		order = append(order, c)
	}
	slices.SortStableFunc(order, func(a, b int) int { return commonness(byte(a)) - commonness(byte(b)) })
	rare := 256 - 26 - 10 - 10
	var text []byte
	for _, c := range order[rare:] {
		text = append(text, byte(c))
	}
	if got, want := string(text), "zqxjk\n\r-./:=v\xffbywg0123456789pfmucdlhrsnioate\x00 "; got != want {
		t.Errorf("from the rarest on: %q, want %q", got, want)
	}
}
