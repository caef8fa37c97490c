package index

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/traffic"
)

// TestSound is the promise of an index: no block is left out that has a packet which an
// expression takes. Expressions are made at random from the grammar, packets are those of
// internal/traffic with tags, labels and tunnels in front, of several link types, cut and
// damaged.
func TestSound(t *testing.T) {
	r := rand.New(rand.NewPCG(17, 4))
	packets := soundPackets(t, r)
	const perBlock = 6
	valid, asked, skipped, matched := 0, 0, 0, 0
	for link, list := range packets {
		for range 150 {
			expr := (&expressions{r}).term(3)
			p, err := compile.Compile(expr, link, compile.SavefileMode(false), compile.Options{Demand: true, NoOptimize: r.IntN(8) == 0})
			if err != nil {
				continue
			}
			valid++
			vm, err := bpf.NewVM(p.Instructions, p.Rules())
			if err != nil {
				t.Fatal(err)
			}
			want := hashOf(p.Demand())
			for range 8 {
				at := r.IntN(len(list) - perBlock)
				block := list[at : at+perBlock]
				may := mayHave(block, want)
				asked++
				if !may {
					skipped++
				}
				for i := range block {
					if vm.Run(block[i].Data, block[i].Length, nil) == 0 {
						continue
					}
					matched++
					if !may {
						t.Fatalf("%v: %q takes % x, and the block is left out", link, expr, block[i].Data)
					}
				}
			}
		}
	}
	if valid < 500 || skipped < asked/10 || matched < asked/10 {
		t.Errorf("of %d expressions and %d blocks %d were left out, %d packets matched: that shows little", valid, asked, skipped, matched)
	}
}

// mayHave reports whether a block of packets is read for what is wanted.
func mayHave(packets []capture.Packet, want *wanted) bool {
	var h headers
	h.begin()
	for i := range packets {
		h.add(&packets[i])
	}
	if h.opaque {
		return true
	}
	words := h.shortened()
	if words == nil {
		return want.may(nil)
	}
	return want.may(bloom(words))
}

// soundPackets are packets by link type.
func soundPackets(t *testing.T, r *rand.Rand) map[capture.LinkType][]capture.Packet {
	t.Helper()
	all := make(map[capture.LinkType][]capture.Packet)
	g := traffic.New(5, 1500)
	var p capture.Packet
	for g.Next(&p) == nil {
		frame := wrapped(r, bytes.Clone(p.Data))
		for link, data := range ofLinks(frame) {
			switch r.IntN(12) {
			case 0:
				data = data[:r.IntN(len(data)+1)]
			case 1:
				data = data[:min(len(data), 10+r.IntN(60))]
			case 2:
				data[r.IntN(min(len(data), 60))] ^= 1 << r.IntN(8)
			}
			all[link] = append(all[link], capture.Packet{Data: data, Length: uint32(len(data)), LinkType: link})
		}
	}
	return all
}

// wrapped puts something in front of what an Ethernet frame carries, now and then.
func wrapped(r *rand.Rand, frame []byte) []byte {
	typ := binary.BigEndian.Uint16(frame[12:])
	insert := func(t uint16, b ...byte) {
		head := binary.BigEndian.AppendUint16(bytes.Clone(frame[:12]), t)
		frame = append(append(head, b...), frame[14:]...)
	}
	ppp := map[uint16][2]byte{etherIPv4: {0, 0x21}, etherIPv6: {0, 0x57}}[typ]
	switch r.IntN(14) {
	case 0:
		insert(etherVLAN, 0x20, byte(r.IntN(4)), byte(typ>>8), byte(typ))
	case 1:
		insert(etherQinQ, 0, 3, 0x81, 0, 0, byte(r.IntN(4)), byte(typ>>8), byte(typ))
	case 2:
		insert(etherMPLS, 0, 0, 0x11, 64)
	case 3:
		insert(etherMPLS, 0, 0, 0x10, 64, 0, 0, 0x21, 64)
	case 4:
		insert(etherPPPoE, 0x11, 0, 0, byte(r.IntN(3)), 0, 0, ppp[0], ppp[1])
	case 5:
		frame = tunnelled(portVXLAN, []byte{8, 0, 0, 0, 0, 0, byte(r.IntN(3)), 0}, frame)
	case 6:
		frame = tunnelled(portGeneve, []byte{1, 0, 0x65, 0x58, 0, 0, byte(r.IntN(3)), 0, 1, 2, 3, 4}, frame)
	case 7:
		frame = tunnelled(portGeneve, []byte{0, 0, byte(typ >> 8), byte(typ), 0, 0, 1, 0}, frame[14:])
	case 8:
		insert(etherVLAN, 0, 2, 0x88, 0x47, 0, 0, 0x11, 64)
	}
	return frame
}

// tunnelled is a packet in UDP.
func tunnelled(port uint16, header, inner []byte) []byte {
	udp := binary.BigEndian.AppendUint16([]byte{0xc0, 0}, port)
	udp = binary.BigEndian.AppendUint16(udp, uint16(8+len(header)+len(inner)))
	udp = append(append(append(udp, 0, 0), header...), inner...)
	ip := []byte{0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 198, 51, 100, 7}
	binary.BigEndian.PutUint16(ip[2:], uint16(20+len(udp)))
	frame := append([]byte{2, 0, 0x5e, 0, 0, 0xfe, 2, 0, 0x5e, 0x10, 0, 1, 8, 0}, ip...)
	return append(frame, udp...)
}

// ofLinks is a frame as captures of other link types have it.
func ofLinks(frame []byte) map[capture.LinkType][]byte {
	typ, payload := binary.BigEndian.Uint16(frame[12:]), frame[14:]
	sll := append([]byte{0, 0, 0, 1, 0, 6, 2, 0, 0x5e, 0x10, 0, 1, 0, 0}, frame[12:]...)
	sll2 := append([]byte{frame[12], frame[13], 0, 0, 0, 0, 0, 1, 0, 1, 0, 6, 2, 0, 0x5e, 0x10, 0, 1, 0, 0}, payload...)
	all := map[capture.LinkType][]byte{capture.LinkEN10MB: frame, capture.LinkLINUX_SLL: sll, capture.LinkLINUX_SLL2: sll2}
	family := byte(0)
	switch typ {
	case etherIPv4:
		family = 2
		all[capture.LinkIPV4] = bytes.Clone(payload)
	case etherIPv6:
		family = [...]byte{24, 28, 30}[len(payload)%3]
		all[capture.LinkIPV6] = bytes.Clone(payload)
	default:
		return all
	}
	all[capture.LinkRAW] = bytes.Clone(payload)
	all[capture.LinkNULL] = append([]byte{family, 0, 0, 0}, payload...)
	all[capture.LinkLOOP] = append([]byte{0, 0, 0, family}, payload...)
	return all
}

// expressions makes expressions at random.
type expressions struct{ *rand.Rand }

func (e *expressions) pick(list ...string) string { return list[e.IntN(len(list))] }

func (e *expressions) term(depth int) string {
	if depth > 0 && e.IntN(3) > 0 {
		switch e.IntN(5) {
		case 0:
			return "not (" + e.term(depth-1) + ")"
		case 1, 2:
			return "(" + e.term(depth-1) + ") or (" + e.term(depth-1) + ")"
		}
		return "(" + e.term(depth-1) + ") and (" + e.term(depth-1) + ")"
	}
	direction := e.pick("", "", "src ", "dst ", "src and dst ", "src or dst ")
	switch e.IntN(14) {
	case 0, 1:
		return e.pick("", "", "ip ", "arp ", "rarp ") + direction + "host " + e.ip4()
	case 2:
		bits := e.pick("8", "12", "16", "20", "24", "28", "30")
		return direction + "net " + masked4(e.ip4(), bits)
	case 3:
		return direction + "host " + e.ip6()
	case 4:
		return direction + "net " + e.pick("2001:db8::/32", "2001:db8:1::/48", "2001:db8:1::/64", "2001:db8::/29", "fe80::/64", "2001:db8:ff01::/48")
	case 5, 6:
		return e.pick("", "tcp ", "udp ", "sctp ") + direction + "port " + e.pick("53", "80", "443", "22", "25", "123", "514", "4789", "6081", "8080")
	case 7:
		return direction + "portrange " + e.pick("20-25", "80-80", "500-600", "1-1023", "32768-60000", "6000-6063")
	case 8:
		return e.pick("ether ", "ether src ", "ether dst ") + "host " + e.mac()
	case 9, 10:
		return e.pick("vlan", "vlan 1", "vlan 2", "vlan 3", "mpls", "mpls 1", "pppoes", "pppoes 1", "vxlan", "vxlan 1", "geneve", "geneve 1")
	case 11:
		return e.pick("tcp", "udp", "icmp", "icmp6", "igmp", "arp", "ip", "ip6", "sctp", "ip6 proto 17", "ip proto 47", "ether proto 0x88a8", "rarp", "iso", "ipx", "atalk")
	case 12:
		return e.pick("broadcast", "multicast", "less 100", "greater 500", "ip[8] < 10", "tcp[13] & 2 != 0", "ip protochain 6", "ether[0] & 1 = 0", "inbound")
	}
	return e.pick("host 192.0.2.3 and port 53", "tcp and not port 443", "dst net 192.0.2.0 mask 255.255.255.0", "net 192.0.2")
}

func (e *expressions) ip4() string {
	return e.pick(fmt.Sprintf("192.0.2.%d", 1+e.IntN(62)), fmt.Sprintf("198.51.%d.%d", 100+e.IntN(2), e.IntN(256)), "10.1.2.3", "224.0.0.1", "192.0.2.1", "198.51.100.7")
}

func (e *expressions) ip6() string {
	return e.pick(fmt.Sprintf("2001:db8:0:1:200:5eff:fe10:%x", 1+e.IntN(62)), fmt.Sprintf("fe80::200:5eff:fe10:%x", 1+e.IntN(62)), "ff02::1", "2001:db8::1")
}

func (e *expressions) mac() string {
	return e.pick("02:00:5e:00:00:fe", fmt.Sprintf("02:00:5e:10:00:%02x", 1+e.IntN(62)), "ff:ff:ff:ff:ff:ff", "02:11:22:33:44:55")
}

// masked4 is an address without the bits behind those of a network.
func masked4(addr, length string) string {
	var a, b, c, d, n uint32
	fmt.Sscanf(strings.ReplaceAll(addr, ".", " ")+" "+length, "%d %d %d %d %d", &a, &b, &c, &d, &n)
	v := (a<<24 | b<<16 | c<<8 | d) >> (32 - n) << (32 - n)
	return fmt.Sprintf("%d.%d.%d.%d/%d", v>>24, v>>16&255, v>>8&255, v&255, n)
}

// TestDemands has what blocks are asked for that an expression is understood to want.
func TestDemands(t *testing.T) {
	for _, c := range []struct {
		expr  string
		wants bool // it leaves out a block without any key
	}{
		{"host 10.0.0.1", true}, {"src net 10.0.0.0/8", true}, {"net 128.0.0.0/1", true}, {"tcp port 80", true},
		{"portrange 1-60000", true}, {"ether host 02:00:00:00:00:01", true}, {"vlan 7 and host 10.0.0.1", true},
		{"not host 10.0.0.1", false}, {"not (not host 10.0.0.1)", true}, {"host 10.0.0.1 or less 60", false},
		{"host 10.0.0.1 or host 10.0.0.2", true}, {"greater 100", false}, {"greater 100 and ip6 host ::1", true},
	} {
		p, err := compile.Compile(c.expr, capture.LinkEN10MB, compile.SavefileMode(false), compile.Options{Demand: true})
		if err != nil {
			t.Fatal(err)
		}
		if wants := !hashOf(p.Demand()).may(nil); wants != c.wants {
			t.Errorf("%q leaves out a block without keys: %t, not %t", c.expr, wants, c.wants)
		}
	}
	// The shift of one term holds for what stands to its right, if it does itself.
	has := func(expr string, k compile.Key) bool {
		p, err := compile.Compile(expr, capture.LinkEN10MB, compile.SavefileMode(false), compile.Options{Demand: true})
		if err != nil {
			t.Fatalf("%q: %v", expr, err)
		}
		return strings.Contains(fmt.Sprintf("%+v", flat(p.Demand())), fmt.Sprintf("%+v", k))
	}
	host := compile.Key{Kind: compile.KeyIPv4, Bits: 32, Low: 10<<24 | 1}
	for expr, want := range map[string]bool{
		"vlan and host 10.0.0.1": true, "vlan or host 10.0.0.1": false,
		"not vlan and host 10.0.0.1": false, "vxlan and host 10.0.0.1": true, "vlan and mpls and host 10.0.0.1": true,
		"(vlan or mpls) and host 10.0.0.1": false,
	} {
		if has(expr, host) != want {
			t.Errorf("%q asks for the host: %t", expr, !want)
		}
	}
}

// flat are the keys of a compile.
func flat(d *compile.Demand) (keys []compile.Key) {
	if d.Op == compile.DemandHas {
		return []compile.Key{d.Key}
	}
	for _, p := range d.Parts {
		keys = append(keys, flat(p)...)
	}
	return keys
}
