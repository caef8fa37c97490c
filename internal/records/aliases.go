//go:build !tapdump_small

package records

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"strconv"
	"sync"

	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/apps"
	"github.com/tapdump/tapdump/internal/tcpanalysis"
)

// Aliases are columns that have the names of tshark's fields, and the values that
// tshark 4.0 prints with -T fields: several, where a packet has several headers of the
// kind, with commas between them. Nobody changes what it returns.
var Aliases = sync.OnceValue(func() []*packetColumn {
	return slices.Concat(frameAliases(), headerAliases(), appAliases(), markAliases())
})

// alias is a row of Aliases.
func alias(name, meaning string, text func(b []byte, p *Packet) ([]byte, bool)) *packetColumn {
	return &packetColumn{Name: name, Group: tsharkGroup, Kind: Text, Meaning: meaning, Text: text}
}

// ofLayers is an alias for something in headers of a protocol, of which at least size
// bytes were captured. write appends it.
func ofLayers(name, meaning string, of proto, size int, write func(b, h []byte) []byte) *packetColumn {
	return ofEach(name, meaning, of, size, func(b, h []byte, _ *layer) []byte { return write(b, h) })
}

// ofEach is ofLayers for those who ask for the layer, too. A header for which nothing is
// appended does not have the field.
func ofEach(name, meaning string, of proto, size int, write func(b, h []byte, l *layer) []byte) *packetColumn {
	return alias(name, meaning, func(b []byte, p *Packet) ([]byte, bool) {
		f, start := p.layers(), len(b)
		for i := range f.layers[:f.n] {
			l := &f.layers[i]
			if l.proto != of || l.part || l.len() < size {
				continue
			}
			before := len(b)
			if before > start {
				b = append(b, ',')
			}
			at := len(b)
			if b = write(b, f.data[l.at:l.end], l); len(b) == at {
				b = b[:before]
			}
		}
		return b, len(b) > start
	})
}

// decimal, two, four and eight digits of numbers that stand in headers.
func number8(at int) func(b, h []byte) []byte {
	return func(b, h []byte) []byte { return appendUint(b, uint64(h[at])) }
}

func number16(at int) func(b, h []byte) []byte {
	return func(b, h []byte) []byte {
		return appendUint(b, uint64(binary.BigEndian.Uint16(h[at:])))
	}
}

func number32(at int) func(b, h []byte) []byte {
	return func(b, h []byte) []byte {
		return appendUint(b, uint64(binary.BigEndian.Uint32(h[at:])))
	}
}

// appendHex appends 0x and so many digits.
func appendHex(b []byte, n uint64, digits int) []byte {
	const all = "0123456789abcdef"
	b = append(b, "0x"...)
	for i := digits - 1; i >= 0; i-- {
		b = append(b, all[n>>(4*i)&15])
	}
	return b
}

func hex16(at int) func(b, h []byte) []byte {
	return func(b, h []byte) []byte { return appendHex(b, uint64(binary.BigEndian.Uint16(h[at:])), 4) }
}

func address4(at int) func(b, h []byte) []byte {
	return func(b, h []byte) []byte { return appendIPv4(b, [4]byte(h[at:])) }
}

func address6(at int) func(b, h []byte) []byte {
	return func(b, h []byte) []byte { return appendAddr(b, netip.AddrFrom16([16]byte(h[at:]))) }
}

var frameAliases = sync.OnceValue(func() []*packetColumn {
	return []*packetColumn{
		alias("frame.number", "number of the packet", func(b []byte, p *Packet) ([]byte, bool) { return appendUint(b, p.Number), true }),
		alias("frame.time_epoch", "seconds since 1970", func(b []byte, p *Packet) ([]byte, bool) {
			t := p.Pkt.Time
			ns := t.Nsec
			if t.Sec < 0 && ns > 0 {
				b = append(b, '-')
				t.Sec, ns = -t.Sec-1, 1e9-ns
			}
			return appendNine(append(strconv.AppendInt(b, t.Sec+ns/1e9, 10), '.'), uint32(ns%1e9)), true
		}),
		alias("frame.len", "bytes on the wire", func(b []byte, p *Packet) ([]byte, bool) {
			return appendUint(b, uint64(p.Pkt.Length)), true
		}),
		alias("frame.cap_len", "bytes that were captured", func(b []byte, p *Packet) ([]byte, bool) {
			return strconv.AppendInt(b, int64(len(p.Pkt.Data)), 10), true
		}),
		{Name: "frame.protocols", Group: tsharkGroup, Kind: Text, Meaning: "the protocols from outside in", Needs: NeedsApps,
			Text: func(b []byte, p *Packet) ([]byte, bool) { return p.allProtocols(b) }},
		alias("frame.interface_name", "where it was captured", func(b []byte, p *Packet) ([]byte, bool) {
			return append(b, p.Interface...), p.Interface != ""
		}),
	}
})

var headerAliases = sync.OnceValue(func() []*packetColumn {
	return []*packetColumn{
		ofLayers("eth.src", "address of the sender", protoEthernet, 12, func(b, h []byte) []byte { return appendMAC(b, h[6:]) }),
		ofLayers("eth.dst", "address of the receiver", protoEthernet, 12, func(b, h []byte) []byte { return appendMAC(b, h) }),
		ofLayers("eth.type", "EtherType", protoEthernet, 14, func(b, h []byte) []byte {
			if t := binary.BigEndian.Uint16(h[12:]); t >= firstEtherType {
				return appendHex(b, uint64(t), 4)
			}
			return b
		}),
		ofLayers("vlan.id", "identifier of a tag (802.1Q)", protoVLAN, 2, func(b, h []byte) []byte {
			return appendUint(b, uint64(binary.BigEndian.Uint16(h)&0xfff))
		}),
		ofLayers("mpls.label", "label", protoMPLS, 4, func(b, h []byte) []byte {
			return appendUint(b, uint64(binary.BigEndian.Uint32(h)>>12))
		}),
		ofLayers("ip.src", "IPv4 address of the sender", protoIPv4, 16, address4(12)),
		ofLayers("ip.dst", "IPv4 address of the receiver", protoIPv4, 20, address4(16)),
		ofLayers("ip.proto", "protocol", protoIPv4, 20, number8(9)),
		ofLayers("ip.ttl", "time to live", protoIPv4, 20, number8(8)),
		ofLayers("ip.id", "identification", protoIPv4, 20, hex16(4)),
		ofLayers("ip.dsfield", "type of service", protoIPv4, 20, func(b, h []byte) []byte { return appendHex(b, uint64(h[1]), 2) }),
		ofLayers("ip.flags.mf", "more fragments", protoIPv4, 20, func(b, h []byte) []byte { return append(b, '0'+h[6]>>5&1) }),
		ofLayers("ip.frag_offset", "where the data lies, in eight bytes", protoIPv4, 20, func(b, h []byte) []byte {
			return strconv.AppendInt(b, int64(header.IPv4(h).FragmentOffset()), 10)
		}),
		ofLayers("ipv6.src", "IPv6 address of the sender", protoIPv6, 40, address6(8)),
		ofLayers("ipv6.dst", "IPv6 address of the receiver", protoIPv6, 40, address6(24)),
		ofLayers("ipv6.hlim", "hop limit", protoIPv6, 40, number8(7)),
		ofLayers("ipv6.flow", "flow label", protoIPv6, 40, func(b, h []byte) []byte { return appendHex(b, uint64(header.IPv6(h).FlowLabel()), 6) }),
		ofLayers("tcp.srcport", "port of the sender", protoTCP, 2, number16(0)),
		ofLayers("tcp.dstport", "port of the receiver", protoTCP, 4, number16(2)),
		ofLayers("tcp.seq_raw", "sequence number", protoTCP, 8, number32(4)),
		ofLayers("tcp.ack_raw", "acknowledgement number", protoTCP, 12, number32(8)),
		ofLayers("tcp.flags", "flags", protoTCP, 14, func(b, h []byte) []byte {
			return appendHex(b, uint64(binary.BigEndian.Uint16(h[12:])&0xfff), 4)
		}),
		ofLayers("tcp.flags.str", "flags by letters", protoTCP, 14, func(b, h []byte) []byte {
			flags := binary.BigEndian.Uint16(h[12:])
			for i, letter := range []byte("RRRACEUAPRSF") {
				if flags>>(11-i)&1 != 0 {
					b = append(b, letter)
				} else {
					b = append(b, "·"...)
				}
			}
			return b
		}),
		ofLayers("tcp.window_size_value", "window, unscaled", protoTCP, 16, number16(14)),
		ofEach("tcp.len", "bytes of payload on the wire", protoTCP, 20, func(b, h []byte, l *layer) []byte {
			n := l.long() - header.TCP(h).HeaderLength()
			if n < 0 || l.quoted {
				return b
			}
			return strconv.AppendInt(b, int64(n), 10)
		}),
		ofOption("tcp.options.mss_val", "maximum segment size", header.OptionMSS, 2, 0, 2),
		ofOption("tcp.options.wscale.shift", "shift of windows", header.OptionWindowScale, 1, 0, 1),
		ofOption("tcp.options.timestamp.tsval", "timestamp", header.OptionTimestamps, 8, 0, 4),
		ofOption("tcp.options.timestamp.tsecr", "timestamp that is echoed", header.OptionTimestamps, 8, 4, 8),
		ofLayers("udp.srcport", "port of the sender", protoUDP, 2, number16(0)),
		ofLayers("udp.dstport", "port of the receiver", protoUDP, 4, number16(2)),
		ofLayers("udp.length", "bytes of header and payload", protoUDP, 6, number16(4)),
		ofLayers("icmp.type", "type of ICMP", protoICMP, 1, number8(0)),
		ofLayers("icmp.code", "code of ICMP", protoICMP, 2, number8(1)),
		ofLayers("icmpv6.type", "type of ICMPv6", protoICMPv6, 1, number8(0)),
		ofLayers("icmpv6.code", "code of ICMPv6", protoICMPv6, 2, number8(1)),
		ofLayers("arp.opcode", "operation", protoARP, 8, number16(6)),
		ofLayers("arp.src.proto_ipv4", "IPv4 address of the sender", protoARP, 8, func(b, h []byte) []byte {
			b, _ = appendARP(b, h, false)
			return b
		}),
		ofLayers("arp.dst.proto_ipv4", "IPv4 address that it is about", protoARP, 8, func(b, h []byte) []byte {
			b, _ = appendARP(b, h, true)
			return b
		}),
		{Name: "communityid", Group: tsharkGroup, Kind: Text, Meaning: "Community ID of the flow",
			Text: func(b []byte, p *Packet) ([]byte, bool) { return p.communityID(b) }},
		ofResult("tcp.stream", "number of the connection", func(b []byte, p *Packet, r *tcpanalysis.Result) ([]byte, bool) {
			return appendUint(b, r.Stream), true
		}),
		ofResult("tcp.seq", "sequence number, from that of SYN on", func(b []byte, p *Packet, r *tcpanalysis.Result) ([]byte, bool) {
			return appendUint(b, uint64(p.tcp().Sequence()-r.Base)), true
		}),
		ofResult("tcp.ack", "acknowledgement number, from that of SYN on", func(b []byte, p *Packet, r *tcpanalysis.Result) ([]byte, bool) {
			if p.tcp().Flags()&header.ACK == 0 {
				return appendUint(b, uint64(p.tcp().Acknowledgement())), true
			}
			return appendUint(b, uint64(p.tcp().Acknowledgement()-r.PeerBase)), true
		}),
		{Name: "udp.stream", Group: tsharkGroup, Kind: Text, Meaning: "number of the conversation", Needs: NeedsUDP,
			Text: func(b []byte, p *Packet) ([]byte, bool) {
				for i, n := range p.UDP {
					if i > 0 {
						b = append(b, ',')
					}
					b = appendUint(b, n)
				}
				return b, len(p.UDP) > 0
			}},
	}
})

// ofOption is an alias for an option of TCP.
func ofOption(name, meaning string, kind uint8, length, from, to int) *packetColumn {
	return ofLayers(name, meaning, protoTCP, 20, func(b, h []byte) []byte {
		t := header.TCP(h)
		if n := t.HeaderLength(); n < 20 {
			return b
		} else if n < len(t) {
			t = t[:n]
		}
		if n, ok := option(t, kind, length, from, to); ok {
			return appendUint(b, n)
		}
		return b
	})
}

// ofResult is an alias for something that the analysis of TCP says.
func ofResult(name, meaning string, text func(b []byte, p *Packet, r *tcpanalysis.Result) ([]byte, bool)) *packetColumn {
	c := alias(name, meaning, func(b []byte, p *Packet) ([]byte, bool) {
		if p.TCP == nil {
			return b, false
		}
		return text(b, p, p.TCP)
	})
	c.Needs = NeedsTCP
	return c
}

// ofSaid is an alias for a field of applications; write appends one value.
func ofSaid(name, meaning string, f apps.Field, write func(b, text []byte, n int64) []byte) *packetColumn {
	c := alias(name, meaning, func(b []byte, p *Packet) ([]byte, bool) {
		if p.Said == nil {
			return b, false
		}
		for n := 0; ; n++ {
			text, number, ok := p.Said.Value(f, n)
			if !ok {
				return b, n > 0
			}
			if n > 0 {
				b = append(b, ',')
			}
			b = write(b, text, number)
		}
	})
	c.Needs = NeedsApps
	return c
}

func asText(b, text []byte, _ int64) []byte { return append(b, text...) }
func asNumber(b, _ []byte, n int64) []byte  { return strconv.AppendInt(b, n, 10) }
func asHex16(b, _ []byte, n int64) []byte   { return appendHex(b, uint64(n), 4) }
func asHex32(b, _ []byte, n int64) []byte   { return appendHex(b, uint64(n), 8) }
func asDNSName(b, text []byte, _ int64) []byte {
	if len(text) == 0 || len(text) == 1 && text[0] == '.' {
		return append(b, "<Root>"...)
	}
	return append(b, text...)
}

// ofHTTP is ofSaid for HTTP/1 alone, ofTLS for what is not DTLS, whose fields tshark
// calls otherwise.
func ofHTTP(name, meaning string, f apps.Field, write func(b, text []byte, n int64) []byte) *packetColumn {
	return onlyOf(func(app string) bool { return app == "http" }, ofSaid(name, meaning, f, write))
}

func ofTLS(name, meaning string, f apps.Field, write func(b, text []byte, n int64) []byte) *packetColumn {
	return onlyOf(func(app string) bool { return app != "dtls" }, ofSaid(name, meaning, f, write))
}

// onlyOf is a column for packets of some protocols.
func onlyOf(is func(app string) bool, c *packetColumn) *packetColumn {
	all := c.Text
	c.Text = func(b []byte, p *Packet) ([]byte, bool) {
		if p.Said == nil || !is(p.Said.Protocol.Name()) {
			return b, false
		}
		return all(b, p)
	}
	return c
}

var appAliases = sync.OnceValue(func() []*packetColumn {
	return []*packetColumn{
		ofSaid("dns.id", "identifier", apps.FieldDNSID, asHex16),
		ofSaid("dns.qry.name", "name that is asked for", apps.FieldDNSQName, asDNSName),
		ofSaid("dns.qry.type", "type that is asked for", apps.FieldDNSTypeNumber, asNumber),
		ofSaid("dns.flags.rcode", "response code", apps.FieldDNSRCodeNumber, asNumber),
		ofSaid("dns.a", "IPv4 addresses", apps.FieldDNSA, asText),
		ofSaid("dns.aaaa", "IPv6 addresses", apps.FieldDNSAAAA, asText),
		ofSaid("dns.cname", "aliases", apps.FieldDNSCName, asDNSName),
		ofTLS("tls.handshake.type", "types of handshake messages", apps.FieldTLSHandshake, asNumber),
		ofTLS("tls.handshake.version", "version in the hello", apps.FieldTLSHelloVersion, asHex16),
		ofTLS("tls.handshake.extensions_server_name", "server that is asked for", apps.FieldTLSSNI, asText),
		ofTLS("tls.handshake.extensions_alpn_str", "protocols above", apps.FieldTLSALPN, asText),
		ofTLS("tls.handshake.ja3", "fingerprint of the client", apps.FieldJA3, asText),
		ofTLS("tls.handshake.ja4", "fingerprint of the client", apps.FieldJA4, asText),
		ofSaid("quic.version", "version", apps.FieldQUICVersionNumber, asHex32),
		ofHTTP("http.request.method", "method", apps.FieldHTTPMethod, asText),
		ofHTTP("http.host", "host", apps.FieldHTTPHost, asText),
		ofHTTP("http.request.uri", "path", apps.FieldHTTPPath, asText),
		ofHTTP("http.response.code", "status", apps.FieldHTTPStatus, asNumber),
		ofHTTP("http.user_agent", "program that asks", apps.FieldHTTPUserAgent, asText),
		ofSaid("ssh.protocol", "version and program", apps.FieldSSHVersion, asText),
	}
})

// markAliases are those for marks of segments, and for numbers beside them.
func markAliases() (all []*packetColumn) {
	for _, m := range tcpanalysis.Table() {
		if m.Field == "" {
			continue
		}
		all = append(all, ofResult(m.Field, m.Meaning, func(b []byte, _ *Packet, r *tcpanalysis.Result) ([]byte, bool) {
			if m.Bit == tcpanalysis.DuplicateAck {
				b = append(b, "1,"...) // once for the mark, and once above its number
			}
			return append(b, '1'), r.Marks&m.Bit != 0
		}))
	}
	return append(all,
		ofResult("tcp.analysis.duplicate_ack_num", "number of the duplicate acknowledgement", func(b []byte, _ *Packet, r *tcpanalysis.Result) ([]byte, bool) {
			return appendUint(b, uint64(r.DuplicateAck)), r.Marks&tcpanalysis.DuplicateAck != 0
		}),
		ofResult("tcp.analysis.ack_rtt", "seconds from the segment that is acknowledged", func(b []byte, _ *Packet, r *tcpanalysis.Result) ([]byte, bool) {
			return appendSigned(b, int64(r.AckRTT)), r.HasAckRTT
		}),
		ofResult("tcp.analysis.initial_rtt", "seconds of the handshake", func(b []byte, _ *Packet, r *tcpanalysis.Result) ([]byte, bool) {
			return appendSigned(b, int64(r.InitialRTT)), r.InitialRTT != 0 && (r.Marks&tsharkMarks != 0 || r.HasAckRTT || r.BytesInFlight > 0)
		}),
		ofResult("tcp.analysis.bytes_in_flight", "bytes without an acknowledgement", func(b []byte, _ *Packet, r *tcpanalysis.Result) ([]byte, bool) {
			return appendUint(b, uint64(r.BytesInFlight)), r.BytesInFlight > 0
		}),
	)
}

// tsharkMarks are the marks that tshark has, too.
var tsharkMarks = func() (all tcpanalysis.Marks) {
	for _, m := range tcpanalysis.Table() {
		if m.Field != "" {
			all |= m.Bit
		}
	}
	return all
}()

// appendSigned is appendSeconds for a number with a sign.
func appendSigned(b []byte, ns int64) []byte {
	if ns < 0 {
		return appendSeconds(append(b, '-'), uint64(-ns))
	}
	return appendSeconds(b, uint64(ns))
}

// allProtocols appends the names of all protocols of the frame.
func (p *Packet) allProtocols(b []byte) ([]byte, bool) {
	f := p.layers()
	if f.n == 0 {
		return b, false
	}
	last := protoNone
	for i := range f.layers[:f.n] {
		l := &f.layers[i]
		if l.part {
			return append(b, ":data"...), true
		}
		if i > 0 {
			b = append(b, ':')
		}
		last = l.proto
		b = append(b, protos[last].name...)
	}
	l := &f.layers[f.n-1]
	size := 8
	if last == protoTCP && l.len() >= 20 {
		h := header.TCP(f.data[l.at:l.end])
		if size = h.HeaderLength(); size >= 20 && size <= len(h) && hasOption(h[:size], optionMPTCP) {
			b = append(b, ":mptcp"...)
		}
	}
	if last != protoTCP && last != protoUDP || size >= l.len() {
		return b, true
	}
	if name := p.application(l); name != "" {
		b = append(append(b, ':'), name...)
		b = append(b, within(name, f.data[int(l.at)+size:l.end])...)
	}
	return b, true
}

// optionMPTCP is the kind of the option of Multipath TCP (RFC 8684).
const optionMPTCP = 30

func hasOption(h header.TCP, kind uint8) bool {
	for o := h.Options(); o.Next(); {
		if o.Kind == kind {
			return true
		}
	}
	return false
}

// within is what tshark calls the protocol in a message of another, by its first bytes.
func within(name string, b []byte) string {
	switch name {
	case "openflow":
		if b[0] == 1 || b[0] == 4 || b[0] == 5 || b[0] == 6 {
			return ":openflow_v" + string('0'+b[0])
		}
	case "rx":
		if len(b) > 28 && b[20] == 1 {
			return ":afs"
		}
	case "kerberos":
		if b[0] == 4 {
			return ":krb4"
		}
	case "udpencap":
		if len(b) >= 4 && string(b[:4]) == "\x00\x00\x00\x00" {
			return ":isakmp"
		}
		if len(b) > 1 {
			return ":esp"
		}
	case "nbss":
		if len(b) >= 8 && string(b[5:8]) == "SMB" {
			if b[4] == 0xfe {
				return ":smb2"
			}
			return ":smb"
		}
	}
	return ""
}

// application is what tshark calls the protocol of a payload over TCP or UDP, l.
func (p *Packet) application(l *layer) string {
	if p.Said != nil && !l.quoted {
		if app, ok := p.Said.App(0); ok {
			if name, known := tsharkNames[app.Name()]; known {
				return name
			}
			return app.Name()
		}
	}
	h := p.frame.data[l.at:l.end]
	src, dst := binary.BigEndian.Uint16(h), binary.BigEndian.Uint16(h[2:])
	ports := byNumber().tcp
	if l.proto == protoUDP {
		ports = byNumber().udp
	}
	for _, port := range [...]uint16{min(src, dst), max(src, dst)} {
		if known := ports[port]; known != protoNone {
			return protos[known].name
		}
	}
	return "data"
}

// tsharkNames are the names of protocols that tshark calls otherwise.
var tsharkNames = map[string]string{
	"postgresql": "pgsql", "redis": "resp", "memcached": "memcache", "mongodb": "mongo",
	"modbus": "mbtcp", "wireguard": "wg", "gtpu": "gtp", "gtpc": "gtp", "netflow": "cflow", "ipfix": "cflow",
	"iscsi": "iscsi", "nvme": "nvme-tcp",
}
