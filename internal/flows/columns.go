//go:build !tapdump_small

package flows

import (
	"net/netip"
	"sync"

	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/records"
)

type column = records.Column[Flow]

// Columns are the columns of flows. Nobody changes what it returns.
var Columns = sync.OnceValue(func() []*column {
	return []*column{
		{Name: "ts", Group: "flow", Kind: records.Time, Meaning: "when the first packet of the record was captured",
			Number: func(f *Flow) (uint64, bool) { return uint64(f.Start), true }},
		{Name: "uid", Group: "flow", Kind: records.Word, Meaning: "what all records of the conversation have in common, and no others",
			Text: func(b []byte, f *Flow) ([]byte, bool) { return f.appendUID(b), true }},
		{Name: "id_orig_h", Group: "flow", Kind: records.Word, Meaning: "address of the end that began the conversation: the originator",
			Text: func(b []byte, f *Flow) ([]byte, bool) { return f.Orig.Addr.AppendTo(b), true }},
		number("id_orig_p", "flow", "", "its port; of ICMP, the type of its message", func(f *Flow) uint64 { return uint64(f.Orig.Port) }),
		{Name: "id_resp_h", Group: "flow", Kind: records.Word, Meaning: "address of the other end: the responder",
			Text: func(b []byte, f *Flow) ([]byte, bool) { return f.Resp.Addr.AppendTo(b), true }},
		number("id_resp_p", "flow", "", "its port; of ICMP, the type of the message that answers, or the code where none does", func(f *Flow) uint64 { return uint64(f.Resp.Port) }),
		{Name: "proto", Group: "flow", Kind: records.Word, Meaning: "tcp, udp or icmp, which ICMPv6 is too",
			Text: func(b []byte, f *Flow) ([]byte, bool) { return append(b, protocolName(f.Protocol)...), true }},
		{Name: "service", Group: "flow", Kind: records.Word, Needs: records.NeedsApps, Meaning: "protocols of applications that were seen, with commas between them: dns; quic,ssl",
			Text: func(b []byte, f *Flow) ([]byte, bool) { return append(b, f.Service...), len(f.Service) > 0 }},
		{Name: "duration", Group: "flow", Kind: records.Interval, Meaning: "from the first packet to the last one, but for what comes when both ends have closed",
			Number: func(f *Flow) (uint64, bool) { return uint64(f.Duration), true }},
		number("orig_bytes", "flow", "bytes", "payload that the originator sent; of TCP by sequence numbers", func(f *Flow) uint64 { return f.Orig.Bytes }),
		number("resp_bytes", "flow", "bytes", "payload that the responder sent, likewise", func(f *Flow) uint64 { return f.Resp.Bytes }),
		{Name: "conn_state", Group: "flow", Kind: records.Word, Meaning: "how it went: S0, S1, SF, REJ, S2, S3, RSTO, RSTR, RSTOS0, RSTRH, SH, SHR, OTH",
			Text: func(b []byte, f *Flow) ([]byte, bool) { return append(b, f.State...), true }},
		number("missed_bytes", "flow", "bytes", "payload that was acknowledged and not captured", func(f *Flow) uint64 { return f.Missed }),
		{Name: "history", Group: "flow", Kind: records.Word, Meaning: "what happened, a letter each; those of the originator are upper-case",
			Text: func(b []byte, f *Flow) ([]byte, bool) { return append(b, f.History...), len(f.History) > 0 }},
		number("orig_pkts", "flow", "", "packets that the originator sent", func(f *Flow) uint64 { return f.Orig.Packets }),
		number("orig_ip_bytes", "flow", "bytes", "of IP packets that the originator sent", func(f *Flow) uint64 { return f.Orig.IPBytes }),
		number("resp_pkts", "flow", "", "packets that the responder sent", func(f *Flow) uint64 { return f.Resp.Packets }),
		number("resp_ip_bytes", "flow", "bytes", "of IP packets that the responder sent", func(f *Flow) uint64 { return f.Resp.IPBytes }),

		{Name: "community_id", Group: "flow", Kind: records.Word, Meaning: "Community ID, version 1, with seed 0",
			Text: func(b []byte, f *Flow) ([]byte, bool) {
				return records.AppendCommunityID(b, f.Orig.Addr, f.Resp.Addr, f.Protocol, f.Orig.Port, f.Resp.Port, true), true
			}},
		{Name: "vlan_id", Group: "place", Kind: records.Number, Meaning: "outermost VLAN of the first packet",
			Number: func(f *Flow) (uint64, bool) { return uint64(f.Place.VLAN), f.Place.HasVLAN }},
		{Name: "interface", Group: "place", Kind: records.Text, Meaning: "where the first packet was captured",
			Text: func(b []byte, f *Flow) ([]byte, bool) {
				return append(b, f.Place.Interface...), f.Place.Interface != ""
			}},
		{Name: "tunnel", Group: "place", Kind: records.Word, Meaning: "what is around the first packet, the outermost first, with commas between them: vxlan; gre,ip",
			Text: func(b []byte, f *Flow) ([]byte, bool) {
				return f.Place.Tunnels.AppendTo(b), f.Place.Tunnels.Len() > 0
			}},

		measured("handshake_rtt_us", "from the SYN to the acknowledgement of its answer", func(m *TCP) (uint32, bool) { return m.Handshake, m.Handshake > 0 }),
		measured("rtt_min_us", "shortest time from a segment of either end to its acknowledgement", func(m *TCP) (uint32, bool) { return m.RTTMin, m.RTTs > 0 }),
		measured("rtt_p50_us", "median of these times, estimated where there are more than five", func(m *TCP) (uint32, bool) { return m.RTTMedian, m.RTTs > 0 }),
		measured("rtt_max_us", "longest of these times", func(m *TCP) (uint32, bool) { return m.RTTMax, m.RTTs > 0 }),
		counted("retransmissions", "segments that are retransmissions", func(m *TCP) uint32 { return m.Retransmissions }),
		counted("out_of_order", "segments that came out of order", func(m *TCP) uint32 { return m.OutOfOrder }),
		counted("zero_windows", "segments whose sender had no room for data", func(m *TCP) uint32 { return m.ZeroWindows }),
		counted("resets", "segments with RST", func(m *TCP) uint32 { return m.Resets }),

		name("dns_qname", "dns", NameDNS, "first name that was asked for"),
		name("tls_sni", "tls", NameSNI, "name of the server that the client asks for"),
		name("tls_alpn", "tls", NameALPN, "protocols above that the client offers, with commas between them"),
		name("ja4", "tls", NameJA4, "fingerprint of the client"),
		name("http_host", "http", NameHost, "first host that a request was for"),
		{Name: "process", Group: "process", Kind: records.Text, Meaning: "program whose conversation it is; not known yet",
			Text: func(b []byte, f *Flow) ([]byte, bool) { return append(b, f.Process...), f.Process != "" }},
	}
})

func number(name, group, unit, meaning string, value func(*Flow) uint64) *column {
	return &column{Name: name, Group: group, Kind: records.Number, Unit: unit, Meaning: meaning,
		Number: func(f *Flow) (uint64, bool) { return value(f), true }}
}

// measured is a time in TCP; counted is a number of segments, which only TCP has.
func measured(name, meaning string, value func(*TCP) (uint32, bool)) *column {
	return &column{Name: name, Group: "tcp", Kind: records.Number, Unit: "µs", Meaning: meaning,
		Number: func(f *Flow) (uint64, bool) { n, ok := value(&f.TCP); return uint64(n), ok }}
}

func counted(name, meaning string, value func(*TCP) uint32) *column {
	return &column{Name: name, Group: "tcp", Kind: records.Number, Meaning: meaning,
		Number: func(f *Flow) (uint64, bool) {
			return uint64(value(&f.TCP)), f.Protocol == header.ProtocolTCP
		}}
}

func name(name, group string, which Name, meaning string) *column {
	return &column{Name: name, Group: group, Kind: records.Text, Meaning: meaning, Needs: records.NeedsApps,
		Text: func(b []byte, f *Flow) ([]byte, bool) {
			return append(b, f.Names[which]...), len(f.Names[which]) > 0
		}}
}

// protocolName is proto.
func protocolName(protocol uint8) string {
	switch protocol {
	case header.ProtocolTCP:
		return "tcp"
	case header.ProtocolUDP:
		return "udp"
	}
	return "icmp"
}

// appendUID appends uid, which looks as Zeek's does: C, and 17 digits of base 62. It
// is a hash of both ends and the time of the first packet, so that it is the same
// wherever and however often the packets are read.
func (f *Flow) appendUID(b []byte) []byte {
	x := uidHash{0x243f6a8885a308d3, 0x13198a2e03707344} // digits of pi
	x.add(uint64(f.Begun))
	x.add(uint64(f.Protocol)<<32 | uint64(f.Orig.Port)<<16 | uint64(f.Resp.Port))
	for _, a := range [...]netip.Addr{f.Orig.Addr, f.Resp.Addr} {
		bytes := a.As16()
		x.add(be64(bytes[:8]))
		x.add(be64(bytes[8:]))
	}
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	b = append(b, 'C')
	for i := range 17 {
		h := &x[i&1]
		b = append(b, digits[*h%62])
		*h /= 62
	}
	return b
}
