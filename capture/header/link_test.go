package header_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/headertest"
)

// frame joins parts: a string as it is, a number as so many zeros.
func frame(parts ...any) []byte {
	var b []byte
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			b = append(b, p...)
		case int:
			b = append(b, make([]byte, p)...)
		case []byte:
			b = append(b, p...)
		}
	}
	return b
}

const (
	snapIPv4 = "\xaa\xaa\x03\x00\x00\x00\x08\x00"
	data     = "\x08\x02" // 802.11: data from an access point
	qos      = "\x88\x02"
)

// linkFrames are frames with an IPv4 packet of UDP behind what stands here, or
// with none to be found.
var linkFrames = []struct {
	name   string
	link   capture.LinkType
	before []byte
	found  bool
}{
	{"IPv4", capture.LinkEN10MB, frame(12, "\x08\x00"), true},
	{"another type", capture.LinkEN10MB, frame(12, "\x08\x06"), false},
	{"the first type is no length", capture.LinkEN10MB, frame(12, "\x06\x00", snapIPv4), false},
	{"the last length", capture.LinkEN10MB, frame(12, "\x05\xff", snapIPv4), true},
	{"802.2 with IP's SAP", capture.LinkEN10MB, frame(12, "\x00\x20", "\x06\x06\x03"), true},
	{"802.2 of others", capture.LinkEN10MB, frame(12, "\x00\x20", "\xe0\xe0\x03"), false},
	{"SNAP, IPv6 announced", capture.LinkEN10MB, frame(12, "\x00\x20", "\xaa\xaa\x03\x00\x00\x00\x86\xdd"), false},
	{"802.2, half a SNAP", capture.LinkEN10MB, frame(12, "\x00\x20", "\xaa\x06\x03"), false},
	{"802.2, half of IP", capture.LinkEN10MB, frame(12, "\x00\x20", "\x06\xaa\x03"), false},
	{"802.2, not UI", capture.LinkEN10MB, frame(12, "\x00\x20", "\x06\x06\x13"), false},
	{"802.1Q", capture.LinkEN10MB, frame(12, "\x81\x00\x00\x05\x08\x00"), true},
	{"802.1ad, then 802.1Q", capture.LinkEN10MB, frame(12, "\x88\xa8\x00\x05\x81\x00\x00\x06\x08\x00"), true},
	{"9100, then 9200", capture.LinkEN10MB, frame(12, "\x91\x00\x00\x05\x92\x00\x00\x06\x08\x00"), true},
	{"PPPoE", capture.LinkEN10MB, frame(12, "\x88\x64", 6, "\x00\x21"), true},
	{"MPLS, two labels", capture.LinkEN10MB, frame(12, "\x88\x47", "\x00\x00\x10\xff\x00\x00\x11\xff"), true},
	{"MPLS, upstream", capture.LinkEN10MB, frame(12, "\x88\x48", "\x00\x00\x11\xff"), true},
	{"no header", capture.LinkRAW, nil, true},
	{"no header", capture.LinkIPV4, nil, true},
	{"IPv6 announced", capture.LinkIPV6, nil, false},
	{"cooked", capture.LinkLINUX_SLL, frame(14, "\x08\x00"), true},
	{"cooked, tagged", capture.LinkLINUX_SLL, frame(14, "\x81\x00\x00\x05\x08\x00"), true},
	{"cooked, others", capture.LinkLINUX_SLL, frame(14, "\x08\x06"), false},
	{"cooked v2", capture.LinkLINUX_SLL2, frame("\x08\x00", 18), true},
	{"cooked v2, others", capture.LinkLINUX_SLL2, frame("\x08\x06", 18), false},
	{"", capture.LinkNULL, frame(4), true},
	{"", capture.LinkLOOP, frame(4), true},
	{"", capture.LinkENC, frame(12), true},
	{"", capture.LinkSLIP, frame(16), true},
	{"", capture.LinkSLIP_BSDOS, frame(24), true},
	{"", capture.LinkPPP_BSDOS, frame(24), true},
	{"without framing", capture.LinkPPP, frame("\x00\x21"), true},
	{"compressed protocol", capture.LinkPPP, frame("\x21"), true},
	{"HDLC framing", capture.LinkPPP, frame("\xff\x03\x00\x21"), true},
	{"HDLC framing, compressed protocol", capture.LinkPPP_SERIAL, frame("\xff\x03\x21"), true},
	{"half of the framing", capture.LinkPPP, frame("\xff\x02\x00\x21"), false},
	{"half of the framing", capture.LinkPPP, frame("\xfe\x03\x00\x21"), false},
	{"IPv6's protocol", capture.LinkPPP, frame("\x00\x57"), true}, // the version says what it is
	{"another protocol", capture.LinkPPP, frame("\xc0\x21"), false},
	{"PPPoE", capture.LinkPPP_ETHER, frame(6, "\x00\x21"), true},
	{"Cisco", capture.LinkC_HDLC, frame("\x0f\x00\x08\x00"), true},
	{"Cisco, others", capture.LinkC_HDLC, frame("\x0f\x00\x20\x00"), false},
	{"Q.922 of two bytes", capture.LinkFRELAY, frame("\x18\x41\x03\xcc"), true},
	{"Q.922 of four bytes", capture.LinkFRELAY, frame("\x18\x40\x40\x41\x03\xcc"), true},
	{"padding", capture.LinkFRELAY, frame("\x18\x41\x03\x00\xcc"), true},
	{"NLPID of IPv6", capture.LinkFRELAY, frame("\x18\x41\x03\x8e"), true},
	{"SNAP", capture.LinkFRELAY, frame("\x18\x41\x03\x00\x80\x00\x00\x00\x08\x00"), true},
	{"not UI", capture.LinkFRELAY, frame("\x18\x41\x13\xcc"), false},
	{"another NLPID", capture.LinkFRELAY, frame("\x18\x41\x03\x81"), false},
	{"61 bytes and three of padding", capture.LinkPFLOG, frame("\x3d", 63), true},
	{"64 bytes", capture.LinkPFLOG, frame("\x40", 63), true},
	{"", capture.LinkMPLS, frame("\x00\x00\x10\xff\x00\x00\x11\xff"), true},
	{"SNAP", capture.LinkFDDI, frame(13, snapIPv4), true},
	{"SNAP", capture.LinkIEEE802, frame(14, snapIPv4), true},
	{"source routing", capture.LinkIEEE802, frame(8, "\x80", 5, "\x06\x30\x00\x11\x00\x12", snapIPv4), true},
	{"SNAP", capture.LinkATM_RFC1483, frame(snapIPv4), true},
	{"SNAP", capture.LinkIP_OVER_FC, frame(16, snapIPv4), true},
	{"", capture.LinkAPPLE_IP_OVER_IEEE1394, frame(16, "\x08\x00"), true},
	{"data", capture.LinkIEEE802_11, frame(data, 22, snapIPv4), true},
	{"four addresses", capture.LinkIEEE802_11, frame("\x08\x03", 28, snapIPv4), true},
	{"QoS", capture.LinkIEEE802_11, frame(qos, 24, snapIPv4), true},
	{"QoS and HT control", capture.LinkIEEE802_11, frame("\x88\x82", 28, snapIPv4), true},
	{"order without QoS", capture.LinkIEEE802_11, frame("\x08\x82", 22, snapIPv4), true},
	{"QoS, four addresses", capture.LinkIEEE802_11, frame("\x88\x03", 30, snapIPv4), true},
	{"encrypted", capture.LinkIEEE802_11, frame("\x08\x42", 22, snapIPv4), false},
	{"no data", capture.LinkIEEE802_11, frame("\x48\x02", 22, snapIPv4), false},
	{"management", capture.LinkIEEE802_11, frame("\x80\x00", 22, snapIPv4), false},
	{"radiotap", capture.LinkIEEE802_11_RADIO, frame("\x00\x00\x0a\x00", 6, data, 22, snapIPv4), true},
	{"radiotap, long", capture.LinkIEEE802_11_RADIO, frame("\x00\x00\x04\x01", 256, data, 22, snapIPv4), true},
	{"Prism", capture.LinkPRISM_HEADER, frame(144, data, 22, snapIPv4), true},
	{"AVS", capture.LinkIEEE802_11_RADIO_AVS, frame("\x80\x21\x10\x01\x00\x00\x00\x40", 56, data, 22, snapIPv4), true},
	{"AVS, long", capture.LinkIEEE802_11_RADIO_AVS, frame("\x80\x21\x10\x01\x00\x00\x01\x04", 252, data, 22, snapIPv4), true},
	{"unknown", capture.LinkUSER0, nil, false},
}

func TestLinks(t *testing.T) {
	spec := headertest.Spec{Link: capture.LinkRAW, Src: "192.0.2.1", Dst: "192.0.2.2", Protocol: 17, SrcPort: 1025, DstPort: 53, Payload: []byte("abc")}
	packet := spec.Bytes()
	var tried []capture.LinkType
	for _, f := range linkFrames {
		tried = append(tried, f.link)
		b := append(slices.Clone(f.before), packet...)
		pkt := capture.Packet{LinkType: f.link, Data: b, Length: uint32(len(b))}
		var p header.Packet
		if ok := header.Decode(&pkt, &p); ok != f.found {
			t.Errorf("%v, %s: decoded: %v", f.link, f.name, ok)
			continue
		}
		if f.found && (p.Offset != len(f.before) || string(p.Payload) != "abc" || p.DstPort != 53) {
			t.Errorf("%v, %s: IP at %d, not %d; payload %q", f.link, f.name, p.Offset, len(f.before), p.Payload)
		}
		// Cut where nothing of IP is left, and anywhere before, there is none.
		for n := range len(f.before) + 1 {
			pkt.Data = b[:n]
			if header.Decode(&pkt, &p) || p.Version != 0 {
				t.Errorf("%v, %s, cut to %d bytes: IPv%d", f.link, f.name, n, p.Version)
			}
		}
	}
	for l := capture.LinkType(0); l < 400; l++ {
		switch has := slices.Contains(tried, l); {
		case header.CanDecode(l) && !has:
			t.Errorf("linkFrames of link_test.go has no frame of %v, in which IP is looked for: add one with IP, and one without", l)
		case !header.CanDecode(l) && has && l != capture.LinkUSER0:
			t.Errorf("linkFrames of link_test.go has a frame of %v, in which IP is not looked for any more", l)
		}
	}
}

// TestEdges: lengths at their limits.
func TestEdges(t *testing.T) {
	spec4 := headertest.Spec{Link: capture.LinkRAW, Src: "192.0.2.1", Dst: "192.0.2.2", Protocol: 17, SrcPort: 1, DstPort: 2, Payload: []byte("abcd")}
	spec6 := spec4
	spec6.Src, spec6.Dst = "2001:db8::1", "2001:db8::2"
	tcp := spec4
	tcp.Protocol = 6
	set := func(b []byte, at int, with ...byte) []byte {
		b = slices.Clone(b)
		copy(b[at:], with)
		return b
	}
	icmp := spec4
	icmp.Protocol = 1
	v4, v6, t4, i4 := spec4.Bytes(), spec6.Bytes(), tcp.Bytes(), icmp.Bytes()
	ah := frame(v6[:4], "\x00\x24", "\x33\x40", v6[8:40], "\x11\x04", 22, v6[40:]) // RFC 4302: 24 bytes, in units of 4 less 2
	for _, c := range []struct {
		name   string
		b      []byte
		extra  int // bytes on the wire that were not captured
		length int // of the payload; -1: not decoded
	}{
		{"IPv4", v4, 0, 4},
		{"IPv4, more on the wire, which is padding", v4, 100, 4},
		{"IPv4, total length 0", set(v4, 2, 0, 0), 0, 4},
		{"IPv4, total length 0, more on the wire", set(v4, 2, 0, 0), 100, 104},
		{"IPv4, total length that of the headers", set(v4, 2, 0, 28), 0, 0},
		{"IPv4, total length less than the headers", set(v4, 2, 0, 27), 0, -1},
		{"IPv4, total length less than its own header", set(v4, 2, 0, 19), 0, -1},
		{"IPv4, header of 16 bytes", set(v4, 0, 0x44), 0, -1},
		{"IPv4, header longer than what there is", set(v4, 0, 0x4f), 0, -1},
		{"IPv4, the first fragment", set(v4, 6, 0x20, 0), 0, 4},
		{"IPv4, the second fragment", set(v4, 6, 0, 1), 0, -1},
		{"IPv4 with ICMPv6", set(v4, 9, 58), 0, -1},
		{"IPv4 with OSPF", set(v4, 9, 89), 0, -1},
		{"version 5", set(v4, 0, 0x55), 0, -1},
		{"ICMP of four bytes", set(i4[:24], 2, 0, 24), 0, 0},
		{"ICMP of three bytes", set(i4[:24], 2, 0, 23), 0, -1},
		{"TCP, header of 16 bytes", set(t4, 32, 0x40), 0, -1},
		{"TCP, header of 20 bytes", set(t4, 32, 0x50), 0, 4},
		{"TCP, header of 24 bytes", set(t4, 32, 0x60), 0, 0},
		{"TCP, header of 28 bytes", set(t4, 32, 0x70), 0, -1},
		{"TCP, cut within its options", set(t4[:42], 32, 0x60), 2, 0},
		{"TCP, cut within its header", t4[:39], 5, -1},
		{"UDP, cut behind its header", v4[:28], 4, 4},
		{"UDP, cut within its header", v4[:27], 5, -1},
		{"IPv6", v6, 0, 4},
		{"IPv6, payload length 0, which is a jumbogram or TSO", set(v6, 4, 0, 0), 0, 4},
		{"IPv6, payload length 0, more on the wire", set(v6, 4, 0, 0), 100, 104},
		{"IPv6, payload length 8", set(v6, 4, 0, 8), 0, 0},
		{"IPv6, payload length 7", set(v6, 4, 0, 7), 0, -1},
		{"IPv6 with ICMP", set(v6, 6, 1), 0, -1},
		{"IPv6 with AH", ah, 0, 4},
		{"IPv6 with AH, cut in it", ah[:63], 30, -1},
		{"IPv6, the first fragment", frame(v6[:4], "\x00\x14", "\x2c\x40", v6[8:40], "\x11\x05\x00\x01", 4, v6[40:]), 0, 4},
		{"IPv6, the second fragment", frame(v6[:4], "\x00\x14", "\x2c\x40", v6[8:40], "\x11\x00\x00\x08", 4, v6[40:]), 0, -1},
		{"IPv6, two options headers", frame(v6[:4], "\x00\x24", "\x00\x40", v6[8:40], "\x3c\x01", 14, "\x11\x00", 6, v6[40:]), 0, 4},
	} {
		pkt := capture.Packet{LinkType: capture.LinkRAW, Data: c.b, Length: uint32(len(c.b) + c.extra)}
		var p header.Packet
		ok := header.Decode(&pkt, &p)
		if ok != (c.length >= 0) || ok && p.Length != c.length {
			t.Errorf("%s: decoded: %v, %d bytes of payload; want %d", c.name, ok, p.Length, c.length)
		}
		if ok && !strings.HasPrefix("abcd", string(p.Payload[:min(len(p.Payload), 4)])) {
			t.Errorf("%s: payload %q", c.name, p.Payload)
		}
		if ok && (p.TTL() != c.b[map[uint8]int{4: 8, 6: 7}[p.Version]] || !bytes.Equal(p.All, c.b[p.Offset:p.Offset+len(p.All)])) {
			t.Errorf("%s: TTL %d, %d bytes in all", c.name, p.TTL(), len(p.All))
		}
	}
	// Without being decoded it is known what it is, as far as that was captured.
	for _, c := range []struct {
		b                 []byte
		version, protocol uint8
		src               string
	}{
		{v4[:19], 4, 0, "invalid IP"},
		{set(v4, 6, 0, 1), 4, 17, "192.0.2.1"},
		{v6[:39], 6, 0, "invalid IP"},
		{v6[:40], 6, 17, "2001:db8::1"},
		{set(v6, 6, 89), 6, 89, "2001:db8::1"},
		{ah[:47], 6, 51, "2001:db8::1"},
		{ah[:63], 6, 17, "2001:db8::1"},
		{[]byte("x"), 0, 0, "invalid IP"},
	} {
		pkt := capture.Packet{LinkType: capture.LinkRAW, Data: c.b, Length: 200}
		p := header.Packet{Version: 9, Protocol: 9}
		if ok := header.Decode(&pkt, &p); ok || p.Version != c.version || p.Protocol != c.protocol || p.Src.String() != c.src || p.Dst.IsValid() != p.Src.IsValid() {
			t.Errorf("% x: decoded: %v; version %d, protocol %d, source %v; want %d, %d, %s", c.b, ok, p.Version, p.Protocol, p.Src, c.version, c.protocol, c.src)
		}
	}
}
