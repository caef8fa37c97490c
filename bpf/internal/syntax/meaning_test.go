package syntax_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
)

// Frames to hold expressions against: what is in them is known without reading
// them.

// Ethernet types.
const (
	etherIP   = 0x0800
	etherARP  = 0x0806
	etherRARP = 0x8035
	etherIPv6 = 0x86dd
)

// frame is an Ethernet frame and what was put into it.
type frame struct {
	data         []byte
	mac          [2]byte // last bytes of the source's and destination's MAC addresses
	tags         []int   // VLANs
	labels       []int   // MPLS
	session      int     // PPPoE, -1 for none
	etherType    int     // behind the tags
	src, dst     netip.Addr
	ttl, tos     int
	id           int
	df, mf       bool
	proto        int // of IP, -1 for none
	sport, dport int // of TCP, UDP, SCTP, -1 for none
	flags        int // of TCP
	payload      int // bytes behind the last header
	icmp, code   int // ICMP or ICMPv6, -1 for none
	op           int // ARP
	window       int
	ext          bool // IPv6 has an extension header
}

const (
	flagFIN, flagSYN, flagRST, flagPUSH, flagACK, flagURG = 1, 2, 4, 8, 16, 32
)

var (
	frameHosts  = []string{"192.0.2.1", "192.0.2.2", "192.0.2.9", "192.0.2.77", "198.51.100.9", "10.0.0.1", "10.0.0.2", "10.9.8.7"}
	frameHosts6 = []string{"2001:db8::1", "2001:db8::2", "fe80::1", "fe80::2", "2001:db9::1"}
	framePorts  = []int{22, 53, 80, 80, 443, 443, 67, 68, 999, 1024, 1025, 5000, 5500, 6000, 6001, 8080, 65535}
)

func pick[T any](rnd *rand.Rand, list []T) T { return list[rnd.IntN(len(list))] }

// frames makes n frames, with other ports now and then.
func frames(rnd *rand.Rand, n int, ports ...int) []*frame {
	made := make([]*frame, n)
	for i := range made {
		f := &frame{session: -1, proto: -1, sport: -1, dport: -1, icmp: -1, ttl: pick(rnd, []int{1, 63, 64, 255}), tos: pick(rnd, []int{0, 0x10, 46 << 2})}
		f.mac = [2]byte{byte(rnd.IntN(3)), byte(rnd.IntN(3))}
		f.window, f.id = rnd.IntN(3)*1000, pick(rnd, []int{0, 5, 77})
		switch rnd.IntN(8) {
		case 0:
			f.tags = []int{pick(rnd, []int{4, 5, 6, 10, 11})}
		case 1:
			f.labels = []int{pick(rnd, []int{5, 6, 7})}
		case 2:
			f.session = rnd.IntN(3)
		}
		f.network(rnd, append(slices.Clone(framePorts), ports...))
		f.build(rnd)
		made[i] = f
	}
	return made
}

// network chooses what is behind the link layer.
func (f *frame) network(rnd *rand.Rand, ports []int) {
	kind := rnd.IntN(20)
	if f.labels != nil {
		kind = max(kind, 3) // no ARP
	}
	switch {
	case kind == 0:
		f.etherType, f.op = pick(rnd, []int{etherARP, etherARP, etherRARP}), 1+rnd.IntN(4)
		f.src, f.dst = netip.MustParseAddr(pick(rnd, frameHosts)), netip.MustParseAddr(pick(rnd, frameHosts))
		return
	case kind == 1:
		f.etherType = pick(rnd, []int{0x88cc, 0x8809, 0x888e, 0x88e5, 0x88f7, 0x842, 0x8863})
		return
	case kind < 12:
		f.etherType = etherIP
		f.src, f.dst = netip.MustParseAddr(pick(rnd, frameHosts)), netip.MustParseAddr(pick(rnd, frameHosts))
		f.df, f.mf = rnd.IntN(2) == 0, rnd.IntN(9) == 0
	default:
		f.etherType = etherIPv6
		f.src, f.dst = netip.MustParseAddr(pick(rnd, frameHosts6)), netip.MustParseAddr(pick(rnd, frameHosts6))
		f.ext = rnd.IntN(8) == 0
	}
	switch f.proto = pick(rnd, []int{6, 6, 6, 17, 17, 132, 1, 58, 47, 89, 88, 4, 46, 115, 50, 2}); f.proto {
	case 6, 17, 132:
		f.sport, f.dport = pick(rnd, ports), pick(rnd, ports)
		f.flags = pick(rnd, []int{flagSYN, flagSYN | flagACK, flagACK, flagPUSH | flagACK, flagFIN | flagACK, flagRST, flagRST | flagACK, flagURG | flagACK, flagSYN | 0xc0, 0})
		f.payload = pick(rnd, []int{0, 0, 1, 40, 1200})
	case 1, 58:
		f.icmp, f.code = pick(rnd, []int{0, 1, 2, 3, 5, 8, 9, 11, 128, 129, 133, 134, 135, 136}), rnd.IntN(3)
	}
}

// build writes the bytes.
func (f *frame) build(rnd *rand.Rand) {
	b := []byte{2, 0, 0, 0, 0, f.mac[1], 2, 0, 0, 0, 0, f.mac[0]}
	b16 := func(v int) { b = binary.BigEndian.AppendUint16(b, uint16(v)) }
	for _, tag := range f.tags {
		b16(0x8100)
		b16(tag)
	}
	switch {
	case f.labels != nil:
		b16(0x8847)
		for i, label := range f.labels {
			bottom := 0
			if i == len(f.labels)-1 {
				bottom = 1
			}
			b16(label >> 4)
			b16(label<<12 | bottom<<8 | 64)
		}
	case f.session >= 0 && (f.etherType == etherIP || f.etherType == etherIPv6):
		b16(0x8864)
		b16(0x1100)
		b16(f.session)
		b16(0)
		b16(map[int]int{etherIP: 0x21, etherIPv6: 0x57}[f.etherType])
	default:
		f.session = -1
		b16(f.etherType)
	}
	inner := f.inner(rnd)
	switch f.etherType {
	case etherARP, etherRARP:
		b = append(b, 0, 1, 8, 0, 6, 4, 0, byte(f.op), 2, 0, 0, 0, 0, f.mac[0])
		b = append(append(b, f.src.AsSlice()...), 0, 0, 0, 0, 0, 0)
		b = append(b, f.dst.AsSlice()...)
	case etherIP:
		b = append(b, 0x45, byte(f.tos))
		b16(20 + len(inner))
		b16(f.id)
		frag := 0
		if f.df {
			frag |= 0x4000
		}
		if f.mf {
			frag |= 0x2000
		}
		b16(frag)
		b = append(b, byte(f.ttl), byte(f.proto), 0, 0)
		b = append(append(b, f.src.AsSlice()...), f.dst.AsSlice()...)
	case etherIPv6:
		b = append(b, 0x60, 0, 0, 0)
		next := f.proto
		if f.ext {
			next = 60
			inner = append([]byte{byte(f.proto), 0, 1, 4, 0, 0, 0, 0}, inner...)
		}
		b16(len(inner))
		b = append(b, byte(next), byte(f.ttl))
		b = append(append(b, f.src.AsSlice()...), f.dst.AsSlice()...)
	}
	b = append(b, inner...)
	for len(b) < 60 {
		b = append(b, 0)
	}
	f.data = b
}

// inner is the transport header and what it carries.
func (f *frame) inner(rnd *rand.Rand) []byte {
	var b []byte
	b16 := func(v int) { b = binary.BigEndian.AppendUint16(b, uint16(v)) }
	switch f.proto {
	case 6:
		b16(f.sport)
		b16(f.dport)
		b = append(b, 0, 0, 0, 9, 0, 0, 0, 0, 0x50, byte(f.flags))
		b16(f.window)
		b = append(b, 0, 0, 0, 0)
	case 17:
		b16(f.sport)
		b16(f.dport)
		b16(8 + f.payload)
		b16(0)
	case 132:
		b16(f.sport)
		b16(f.dport)
		b = append(b, 0, 0, 0, 0, 0, 0, 0, 0)
	case 1, 58:
		b = append(b, byte(f.icmp), byte(f.code), 0, 0, 0, 0, 0, 0)
	}
	for range f.payload {
		b = append(b, byte(rnd.IntN(256)))
	}
	return b
}

func (f *frame) String() string {
	return fmt.Sprintf("%04x tags %v labels %v session %d, %v.%d > %v.%d proto %d flags %#x icmp %d/%d ext %v: %x",
		f.etherType, f.tags, f.labels, f.session, f.src, f.sport, f.dst, f.dport, f.proto, f.flags, f.icmp, f.code, f.ext, f.data[:min(80, len(f.data))])
}

// meaning says which frames are meant.
type meaning func(f *frame) bool

func all(list ...meaning) meaning {
	return func(f *frame) bool { return !slices.ContainsFunc(list, func(m meaning) bool { return !m(f) }) }
}

func some(list ...meaning) meaning {
	return func(f *frame) bool { return slices.ContainsFunc(list, func(m meaning) bool { return m(f) }) }
}

func none(m meaning) meaning { return func(f *frame) bool { return !m(f) } }

func isIP(f *frame) bool   { return f.etherType == etherIP }
func isIP6(f *frame) bool  { return f.etherType == etherIPv6 }
func isARP(f *frame) bool  { return f.etherType == etherARP }
func isRARP(f *frame) bool { return f.etherType == etherRARP }

// isProto is a protocol directly behind the header of IPv4 or IPv6.
func isProto(n int) meaning {
	return func(f *frame) bool { return f.proto == n && !f.ext }
}

// Of ICMP only that of IPv4 counts, of ICMPv6 only that of IPv6.
var (
	isTCP   = isProto(6)
	isUDP   = isProto(17)
	isSCTP  = isProto(132)
	isICMP  = all(isIP, isProto(1))
	isICMP6 = all(isIP6, isProto(58))
)

func from(lo, hi int) meaning {
	return func(f *frame) bool { return !f.ext && lo <= f.sport && f.sport <= hi }
}

func to(lo, hi int) meaning {
	return func(f *frame) bool { return !f.ext && lo <= f.dport && f.dport <= hi }
}

func ports(lo, hi int) meaning { return some(from(lo, hi), to(lo, hi)) }

// onPorts is one of several ports.
func onPorts(list ...int) meaning {
	return func(f *frame) bool {
		return !f.ext && (slices.Contains(list, f.sport) && f.sport >= 0 || slices.Contains(list, f.dport) && f.dport >= 0)
	}
}

func sourceIn(prefix string) meaning {
	p := parsePrefix(prefix)
	return func(f *frame) bool { return f.src.IsValid() && p.Contains(f.src) }
}

func destinationIn(prefix string) meaning {
	p := parsePrefix(prefix)
	return func(f *frame) bool { return f.dst.IsValid() && p.Contains(f.dst) }
}

// with is an address or network at either end.
func with(prefix string) meaning { return some(sourceIn(prefix), destinationIn(prefix)) }

func parsePrefix(text string) netip.Prefix {
	if p, err := netip.ParsePrefix(text); err == nil {
		return p
	}
	a := netip.MustParseAddr(text)
	return netip.PrefixFrom(a, a.BitLen())
}

// flagged looks at TCP over IPv4, as tcp[tcpflags] does.
func flagged(mask, want int) meaning {
	return func(f *frame) bool { return isIP(f) && f.proto == 6 && f.flags&mask == want }
}

func anyFlag(mask int) meaning {
	return func(f *frame) bool { return isIP(f) && f.proto == 6 && f.flags&mask != 0 }
}

func icmpIs(n int) meaning  { return func(f *frame) bool { return isICMP(f) && f.icmp == n } }
func icmp6Is(n int) meaning { return func(f *frame) bool { return isICMP6(f) && f.icmp == n } }
func arpOp(n int) meaning   { return func(f *frame) bool { return isARP(f) && f.op == n } }

func inVLAN(list ...int) meaning {
	return func(f *frame) bool { return len(f.tags) > 0 && slices.Contains(list, f.tags[0]) }
}

func labelled(n int) meaning {
	return func(f *frame) bool { return len(f.labels) > 0 && f.labels[0] == n }
}

func size(compare func(n int) bool) meaning {
	return func(f *frame) bool { return compare(len(f.data)) }
}
func ip4(test func(f *frame) bool) meaning { return func(f *frame) bool { return isIP(f) && test(f) } }
func ofType(n int) meaning                 { return func(f *frame) bool { return f.etherType == n } }
func fromMAC(n byte) meaning               { return func(f *frame) bool { return f.mac[0] == n } }
func toMAC(n byte) meaning                 { return func(f *frame) bool { return f.mac[1] == n } }

func plainFrame(f *frame) bool { return f.tags == nil && f.labels == nil && f.session < 0 }

func binaryLength(f *frame) int { return int(f.data[16])<<8 | int(f.data[17]) }
