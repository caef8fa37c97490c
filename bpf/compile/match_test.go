package compile

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/capture"
)

// frame is a packet over UDP from port 1000 to the given one, with the VLAN tags.
func frame(port uint16, tags ...uint16) []byte {
	b := make([]byte, 12, 80)
	for _, tag := range tags {
		b = binary.BigEndian.AppendUint16(b, 0x8100)
		b = binary.BigEndian.AppendUint16(b, tag)
	}
	b = append(b, 0x08, 0x00, 0x45, 0, 0, 32, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2)
	b = binary.BigEndian.AppendUint16(b, 1000)
	b = binary.BigEndian.AppendUint16(b, port)
	return append(b, 0, 12, 0, 0, 1, 2, 3, 4)
}

func packetOf(link capture.LinkType, data []byte) *capture.Packet {
	return &capture.Packet{LinkType: link, Data: data, Length: uint32(len(data))}
}

func newMatcher(t testing.TB, expr string, link capture.LinkType) *Matcher {
	t.Helper()
	m, err := NewMatcher(expr, link, Options{})
	if err != nil {
		t.Fatalf("%s: %v", expr, err)
	}
	return m
}

// TestMatcherTags: a tag is found where it is, in the packet or beside it.
func TestMatcherTags(t *testing.T) {
	m := newMatcher(t, "vlan 5 and udp port 53", capture.LinkEN10MB)
	for _, c := range []struct {
		name string
		data []byte
		anc  *bpf.Ancillary
		want bool
	}{
		{"in the packet", frame(53, 5), nil, true},
		{"in the packet, another port", frame(54, 5), nil, false},
		{"in the packet, another tag", frame(53, 6), nil, false},
		{"none", frame(53), nil, false},
		{"beside it", frame(53), &bpf.Ancillary{VLANTag: 5, VLANTagPresent: 1, VLANProtocol: 0x8100}, true},
		{"beside it, with a priority", frame(53), &bpf.Ancillary{VLANTag: 0xe005, VLANTagPresent: 1}, true},
		{"beside it, another port", frame(54), &bpf.Ancillary{VLANTag: 5, VLANTagPresent: 1}, false},
		{"beside it, another tag", frame(53), &bpf.Ancillary{VLANTag: 6, VLANTagPresent: 1}, false},
		{"nothing beside it", frame(53), &bpf.Ancillary{}, false},
		{"in the packet, nothing beside it", frame(53, 5), &bpf.Ancillary{}, true},
	} {
		if got := m.MatchBytes(c.data, uint32(len(c.data)), c.anc); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
		if c.anc != nil {
			continue
		}
		pkt := packetOf(capture.LinkEN10MB, c.data)
		if len(c.data) > len(frame(53)) {
			pkt.Added = 4 // as a capture gives a tag back
		}
		if got := m.Match(pkt); got != c.want {
			t.Errorf("captured, %s: %v, want %v", c.name, got, c.want)
		}
	}
	// What is not asked for tags, the kernel decides without a look at them.
	plain, pkt := newMatcher(t, "udp port 53", capture.LinkEN10MB), packetOf(capture.LinkEN10MB, frame(53, 5))
	if plain.Match(pkt) {
		t.Error("a tagged packet of a savefile matches what asks for no tag")
	}
	if pkt.Added = 4; !plain.Match(pkt) {
		t.Error("a packet with a tag that the kernel took off does not match as the kernel has it")
	}
	// The length is that which the kernel would have seen.
	short := newMatcher(t, "less 46", capture.LinkEN10MB)
	pkt = packetOf(capture.LinkEN10MB, frame(53, 5))
	pkt.Length, pkt.Added = 50, 4
	if !short.Match(pkt) {
		t.Error("a tag that was put back counts as length")
	}
}

// TestProgramForKernelElsewhere: what is made for the kernel does not run where it
// would reject everything in silence.
func TestProgramForKernelElsewhere(t *testing.T) {
	p, err := Compile("vlan 5", capture.LinkEN10MB, ModeLive, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bpf.NewVM(p.Instructions, p.Rules()); err == nil || !strings.Contains(err.Error(), "ancillary data") {
		t.Errorf("NewVM says %v of a program for the kernel, want that it needs ancillary data", err)
	}
	rules := p.Rules()
	rules.Ancillary = true
	vm, err := bpf.NewVM(p.Instructions, rules)
	if err != nil {
		t.Fatal(err)
	}
	if data := frame(53, 5); vm.Run(data, uint32(len(data)), &bpf.Ancillary{}) == 0 {
		t.Error("with ancillary data the program does not find a tag in the packet")
	}
}

// TestMatcherDirection: captured packets know which way they went, but for some.
func TestMatcherDirection(t *testing.T) {
	in, out := newMatcher(t, "inbound", capture.LinkEN10MB), newMatcher(t, "outbound", capture.LinkEN10MB)
	for _, c := range []struct {
		way     capture.Direction
		in, out bool
	}{{capture.DirIn, true, false}, {capture.DirOut, false, true}, {capture.DirUnknown, false, false}} {
		pkt := packetOf(capture.LinkEN10MB, frame(53))
		pkt.Direction = c.way
		if i, o := in.Match(pkt), out.Match(pkt); i != c.in || o != c.out {
			t.Errorf("direction %d: inbound %v, outbound %v", c.way, i, o)
		}
	}
	if !out.MatchBytes(frame(53), 60, &bpf.Ancillary{PacketType: 4}) || out.MatchBytes(frame(53), 60, nil) {
		t.Error("outbound does not go by what is told beside the bytes")
	}
	if _, err := NewMatcher("ifindex 3", capture.LinkEN10MB, Options{}); err == nil {
		t.Error("ifindex compiles for packets that do not have it")
	}
	third := newMatcher(t, "ifindex 3", capture.LinkLINUX_SLL2)
	if data := append([]byte{8, 0, 0, 0, 0, 0, 0, 3}, make([]byte, 12)...); !third.Match(packetOf(capture.LinkLINUX_SLL2, data)) {
		t.Error("the interface in the cooked header is not found")
	}
}

// TestMatcherKinds: packets of other link types and byte orders may come in
// between.
func TestMatcherKinds(t *testing.T) {
	m := newMatcher(t, "udp port 53", capture.LinkEN10MB)
	ip := frame(53)[14:]
	family := func(order binary.AppendByteOrder) []byte { return append(order.AppendUint32(nil, 2), ip...) }
	little := binary.NativeEndian.Uint16([]byte{1, 0}) == 1
	for _, c := range []struct {
		name    string
		link    capture.LinkType
		data    []byte
		swapped bool
		want    bool
	}{
		{"Ethernet", capture.LinkEN10MB, frame(53), false, true},
		{"Ethernet, swapped", capture.LinkEN10MB, frame(53), true, true},
		{"raw", capture.LinkRAW, ip, false, true},
		{"raw as Ethernet", capture.LinkEN10MB, ip, false, false},
		{"loopback, little-endian", capture.LinkNULL, family(binary.LittleEndian), !little, true},
		{"loopback, big-endian", capture.LinkNULL, family(binary.BigEndian), little, true},
		{"loopback, the other order", capture.LinkNULL, family(binary.BigEndian), !little, false},
		{"no such link type", 400, frame(53), false, false},
		{"Ethernet again", capture.LinkEN10MB, frame(53), false, true},
	} {
		pkt := packetOf(c.link, c.data)
		pkt.Swapped = c.swapped
		if got := m.Match(pkt); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	var wrong *Error
	if err := m.Err(); !errors.As(err, &wrong) {
		t.Errorf("a link type that is not known is reported as %v", err)
	}
	for link := range capture.LinkType(300) {
		m.Match(packetOf(link+1000, ip))
	}
	if n := len(*m.kinds.Load()); n > maxKinds {
		t.Errorf("%d kinds are kept", n)
	}
}

// TestMatcherKernel: one socket's program and the Matcher agree on what a tag is.
func TestMatcherKernel(t *testing.T) {
	m := newMatcher(t, "vlan 5", capture.LinkEN10MB)
	if err := bpf.Verify(m.Kernel(), bpf.Rules{}); err != nil {
		t.Error(err)
	}
	if got := bpf.LoadsAncillary(m.Kernel()); got != (runtime.GOOS == "linux") {
		t.Errorf("the kernel's program asks for tags beside packets: %v", got)
	}
	if plain := newMatcher(t, "udp", capture.LinkEN10MB); bpf.LoadsAncillary(plain.Kernel()) {
		t.Error("ancillary data is asked for without need")
	}
}

// TestSharedMatcher: goroutines share a Matcher, also while new link types come.
func TestSharedMatcher(t *testing.T) {
	m := newMatcher(t, "udp port 53 and not inbound", capture.LinkEN10MB)
	ip := frame(53)[14:]
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for n := range 200 {
				pkt := packetOf(capture.LinkEN10MB, frame(53))
				if n%3 == 0 {
					pkt = packetOf([]capture.LinkType{capture.LinkRAW, capture.LinkIPV4, capture.LinkIPV6}[n%9/3], ip)
				}
				pkt.Direction = capture.DirOut
				if got, want := m.Match(pkt), pkt.LinkType != capture.LinkIPV6; got != want {
					t.Errorf("%v: %v", pkt.LinkType, got)
				}
				_ = m.MatchBytes(frame(53), 60, &bpf.Ancillary{PacketType: 4})
			}
			_ = m.Err()
		})
	}
	wg.Wait()
}

// TestSharedProgram: goroutines compile, and share what is compiled.
func TestSharedProgram(t *testing.T) {
	names := testNames
	p, err := Compile("udp port 53 and not host both", capture.LinkEN10MB, ModeDead, Options{Names: &names, Hints: true})
	if err != nil {
		t.Fatal(err)
	}
	vm, err := bpf.NewVM(p.Instructions, p.Rules())
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			batch := vm.NewBatch()
			for range 20 {
				other, err := Compile("udp port 53 and not host both", capture.LinkEN10MB, ModeDead, Options{Names: &names})
				if err != nil || len(other.Instructions) != len(p.Instructions) {
					t.Errorf("another program: %v", err)
				}
				_, _ = p.Source(0)
				_, _, _, _ = p.AppendDot(nil), p.AppendExplanation(nil), p.Hints(), p.Elsewhere(&names)
				_ = p.Expr().String()
				data := frame(53)
				var take [1]uint32
				if vm.Run(data, 60, nil) == 0 || batch.Run([][]byte{data}, []uint32{60}, take[:]) != 1 {
					t.Error("a packet does not match")
				}
			}
		})
	}
	wg.Wait()
}

func TestMatcherAllocs(t *testing.T) {
	for _, expr := range []string{"udp port 53", "vlan 5 and udp", "outbound"} {
		m := newMatcher(t, expr, capture.LinkEN10MB)
		pkt, raw, anc := packetOf(capture.LinkEN10MB, frame(53, 5)), packetOf(capture.LinkRAW, frame(53)[14:]), new(bpf.Ancillary)
		pkt.Direction = capture.DirOut
		m.Match(raw)
		tagged := packetOf(capture.LinkEN10MB, frame(53, 5))
		tagged.Added = 4
		if n := testing.AllocsPerRun(100, func() { m.Match(tagged) }); n >= 1 { // the collector may take a buffer away
			t.Errorf("%s: %v allocations per tagged packet", expr, n)
		}
		if n := testing.AllocsPerRun(100, func() { m.Match(pkt); m.Match(raw); m.MatchBytes(pkt.Data, 60, nil); m.MatchBytes(pkt.Data, 60, anc) }); n != 0 {
			t.Errorf("%s: %v allocations per packet", expr, n)
		}
	}
}

// TestNetwork: without a network a broadcast address is not known.
func TestNetwork(t *testing.T) {
	for _, o := range []Options{{}, {Network: netip.MustParsePrefix("2001:db8::/32")}, {Network: netip.MustParsePrefix("192.0.2.1/32")}} {
		if _, err := Compile("ip broadcast", capture.LinkEN10MB, ModeDead, o); err == nil || !strings.Contains(err.Error(), "netmask not known") {
			t.Errorf("network %v: ip broadcast gives %v", o.Network, err)
		}
	}
	data := frame(53)
	for network, want := range map[string]bool{"192.0.2.0/31": true, "192.0.2.0/30": true, "192.0.2.0/24": false, "192.0.0.0/8": false} {
		copy(data[30:], []byte{192, 0, 2, 3})
		p, err := Compile("ip broadcast", capture.LinkEN10MB, ModeDead, Options{Network: netip.MustParsePrefix(network)})
		if err != nil {
			t.Fatal(err)
		}
		vm, err := bpf.NewVM(p.Instructions, p.Rules())
		if err != nil {
			t.Fatal(err)
		}
		if got := vm.Run(data, 60, nil) != 0; got != want {
			t.Errorf("192.0.2.3 in %s is a broadcast address: %v", network, got)
		}
	}
}
