//go:build !tapdump_small

package records

import (
	"encoding/binary"
	"sync"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
)

// headerColumns are what headers say, up to layer 4.
var headerColumns = sync.OnceValue(func() []*packetColumn {
	return []*packetColumn{
		{Name: "number", Group: "basic", Kind: Number, Alias: "frame.number", Meaning: "number of the packet among those that are shown, from 1 on",
			Number: func(p *Packet) (uint64, bool) { return p.Number, true }},
		{Name: "timestamp", Group: "basic", Kind: Time, Alias: "frame.time_epoch", Meaning: "when it was captured",
			Number: func(p *Packet) (uint64, bool) { return p.time() }},
		{Name: "capture_length", Group: "basic", Kind: Number, Unit: "bytes", Alias: "frame.cap_len", Meaning: "what was captured",
			Number: func(p *Packet) (uint64, bool) { return uint64(len(p.Pkt.Data)), true }},
		{Name: "original_length", Group: "basic", Kind: Number, Unit: "bytes", Alias: "frame.len", Meaning: "what was on the wire",
			Number: func(p *Packet) (uint64, bool) { return uint64(p.Pkt.Length), true }},
		{Name: "link_type", Group: "basic", Kind: Number, Meaning: "the link type, as savefiles have it: 1 is Ethernet",
			Number: func(p *Packet) (uint64, bool) { return uint64(p.Pkt.LinkType.Savefile()), true }},
		{Name: "protocols", Group: "basic", Kind: Word, Alias: "frame.protocols", Meaning: "the protocols from outside in, up to layer 4: eth:ethertype:ip:tcp",
			Text: func(b []byte, p *Packet) ([]byte, bool) { return p.protocols(b) },
			Key:  (*Packet).protocolsKey},
		{Name: "eth_src", Group: "basic", Kind: Word, Alias: "eth.src", Meaning: "Ethernet address of the sender, of the outermost frame",
			Text: func(b []byte, p *Packet) ([]byte, bool) {
				h := p.ethernet(12)
				if h == nil {
					return b, false
				}
				return appendMAC(b, h[6:]), true
			},
			Key: func(p *Packet) (Key, bool) { return macKey(p.first(protoEthernet, 12), 6) }},
		{Name: "eth_dst", Group: "basic", Kind: Word, Alias: "eth.dst", Meaning: "Ethernet address of the receiver, likewise",
			Text: func(b []byte, p *Packet) ([]byte, bool) {
				h := p.ethernet(12)
				if h == nil {
					return b, false
				}
				return appendMAC(b, h), true
			},
			Key: func(p *Packet) (Key, bool) { return macKey(p.first(protoEthernet, 12), 0) }},
		{Name: "eth_type", Group: "basic", Kind: Number, Alias: "eth.type", Meaning: "EtherType of the outermost frame, behind no tag",
			Number: func(p *Packet) (uint64, bool) {
				h := p.ethernet(14)
				if h == nil {
					return 0, false
				}
				t := binary.BigEndian.Uint16(h[12:])
				return uint64(t), t >= firstEtherType
			}},
		{Name: "vlan_id", Group: "basic", Kind: Number, Alias: "vlan.id", Meaning: "identifier of the outermost VLAN tag (802.1Q, 802.1ad)",
			Number: func(p *Packet) (uint64, bool) {
				f := p.layers()
				if f.tag == 0 {
					return 0, false
				}
				l := &f.layers[f.tag-1]
				if l.len() < 2 {
					return 0, false
				}
				return uint64(binary.BigEndian.Uint16(f.data[l.at:]) & 0xfff), true
			}},
		{Name: "ip_version", Group: "basic", Kind: Number, Meaning: "4 or 6; this and all below is of the innermost IP packet",
			Number: func(p *Packet) (uint64, bool) {
				n := p.net()
				if n == nil {
					return 0, false
				}
				return uint64(n.version), true
			}},
		{Name: "src_addr", Group: "basic", Kind: Word, Alias: "ip.src", Meaning: "IP address of the sender (ipv6.src of IPv6)",
			Text: func(b []byte, p *Packet) ([]byte, bool) {
				if n := p.net(); n != nil {
					return appendAddr(b, n.src), true
				}
				return b, false
			},
			Key: func(p *Packet) (Key, bool) { return addrKey(p.net(), true) }},
		{Name: "dst_addr", Group: "basic", Kind: Word, Alias: "ip.dst", Meaning: "IP address of the receiver (ipv6.dst of IPv6)",
			Text: func(b []byte, p *Packet) ([]byte, bool) {
				if n := p.net(); n != nil {
					return appendAddr(b, n.dst), true
				}
				return b, false
			},
			Key: func(p *Packet) (Key, bool) { return addrKey(p.net(), false) }},
		{Name: "ip_protocol", Group: "basic", Kind: Number, Alias: "ip.proto", Meaning: "number of the protocol over IP, behind extension headers",
			Number: func(p *Packet) (uint64, bool) {
				n := p.net()
				if n == nil {
					return 0, false
				}
				return uint64(n.protocol), true
			}},
		{Name: "ip_ttl", Group: "basic", Kind: Number, Unit: "hops", Alias: "ip.ttl", Meaning: "time to live, hop limit (ipv6.hlim) of IPv6",
			Number: func(p *Packet) (uint64, bool) {
				n := p.net()
				if n == nil {
					return 0, false
				}
				if n.version == 4 {
					return uint64(n.ip[8]), true
				}
				return uint64(n.ip[7]), true
			}},
		{Name: "src_port", Group: "basic", Kind: Number, Alias: "tcp.srcport", Meaning: "port of the sender: TCP, UDP (udp.srcport)",
			Number: func(p *Packet) (uint64, bool) {
				return uint64(p.Header.SrcPort), p.Decoded && p.Header.SrcPort != header.NoPort
			}},
		{Name: "dst_port", Group: "basic", Kind: Number, Alias: "tcp.dstport", Meaning: "port of the receiver: TCP, UDP (udp.dstport)",
			Number: func(p *Packet) (uint64, bool) {
				return uint64(p.Header.DstPort), p.Decoded && p.Header.DstPort != header.NoPort
			}},
		{Name: "tcp_flags", Group: "basic", Kind: Word, Alias: "tcp.flags.str", Meaning: "flags of TCP that are set, by name: ACK,PSH",
			Text: func(b []byte, p *Packet) ([]byte, bool) {
				h := p.tcp()
				if h == nil {
					return b, false
				}
				return append(b, flagNames()[h.Flags()]...), true
			},
			Key: func(p *Packet) (Key, bool) {
				h := p.tcp()
				if h == nil {
					return Key{}, false
				}
				return Key{Low: uint64(h.Flags())}, true
			}},
		{Name: "tcp_seq", Group: "basic", Kind: Number, Alias: "tcp.seq_raw", Meaning: "sequence number, as it stands there",
			Number: ofTCP(func(h header.TCP) (uint64, bool) { return uint64(h.Sequence()), true })},
		{Name: "tcp_ack", Group: "basic", Kind: Number, Alias: "tcp.ack_raw", Meaning: "acknowledgement number, where ACK is set",
			Number: ofTCP(func(h header.TCP) (uint64, bool) { return uint64(h.Acknowledgement()), h.Flags()&header.ACK != 0 })},
		{Name: "payload_length", Group: "basic", Kind: Number, Unit: "bytes", Alias: "tcp.len", Meaning: "payload of TCP or UDP on the wire, by the IP header",
			Number: func(p *Packet) (uint64, bool) { return uint64(p.Header.Length), p.Decoded && !p.Header.ICMP() }},

		{Name: "interface", Group: "link", Kind: Text, Alias: "frame.interface_name", Meaning: "where it was captured",
			Text: func(b []byte, p *Packet) ([]byte, bool) { return append(b, p.Interface...), p.Interface != "" }},
		{Name: "direction", Group: "link", Kind: Word, Meaning: "which way it went, where that is known: in, out",
			Text: func(b []byte, p *Packet) ([]byte, bool) {
				switch p.Pkt.Direction {
				case capture.DirIn:
					return append(b, "in"...), true
				case capture.DirOut:
					return append(b, "out"...), true
				}
				return b, false
			}},
		{Name: "mpls_label", Group: "link", Kind: Number, Alias: "mpls.label", Meaning: "the outermost label of MPLS",
			Number: func(p *Packet) (uint64, bool) {
				h := p.first(protoMPLS, 4)
				if h == nil {
					return 0, false
				}
				return uint64(binary.BigEndian.Uint32(h) >> 12), true
			}},

		{Name: "tunnel", Group: "ip", Kind: Word, Meaning: "tunnels around the innermost IP packet, from outside in: vxlan; gre,ip",
			Text: func(b []byte, p *Packet) ([]byte, bool) { return p.Tunnels.AppendTo(b), p.Tunnels.Len() > 0 }},
		{Name: "ip_tos", Group: "ip", Kind: Number, Alias: "ip.dsfield", Meaning: "type of service, traffic class of IPv6",
			Number: func(p *Packet) (uint64, bool) {
				n := p.net()
				if n == nil {
					return 0, false
				}
				if n.version == 4 {
					return uint64(n.ip[1]), true
				}
				return uint64(header.IPv6(n.ip).TrafficClass()), true
			}},
		{Name: "ip_id", Group: "ip", Kind: Number, Alias: "ip.id", Meaning: "identification, which fragments have in common; of IPv6 that of the fragment header",
			Number: func(p *Packet) (uint64, bool) {
				n := p.net()
				if n == nil {
					return 0, false
				}
				switch {
				case n.version == 4:
					return uint64(header.IPv4(n.ip).Identification()), true
				case n.extension != nil:
					return uint64(binary.BigEndian.Uint32(n.extension[4:])), true
				}
				return 0, false
			}},
		{Name: "ip_fragment_offset", Group: "ip", Kind: Number, Unit: "bytes", Alias: "ip.frag_offset", Meaning: "where the data of a fragment lies in the whole packet; fragments alone have it",
			Number: func(p *Packet) (uint64, bool) {
				n := p.net()
				if n == nil {
					return 0, false
				}
				offset, more, ok := n.fragment()
				return uint64(offset), ok && (more || offset > 0)
			}},
		{Name: "ip_more_fragments", Group: "ip", Kind: Flag, Alias: "ip.flags.mf", Meaning: "a fragment, and not the last",
			Number: func(p *Packet) (uint64, bool) {
				n := p.net()
				if n == nil {
					return 0, false
				}
				_, more, ok := n.fragment()
				return 1, ok && more
			}},
		{Name: "ip6_flow_label", Group: "ip", Kind: Number, Alias: "ipv6.flow", Meaning: "flow label of IPv6, where it is not 0",
			Number: func(p *Packet) (uint64, bool) {
				n := p.net()
				if n == nil {
					return 0, false
				}
				if n.version != 6 {
					return 0, false
				}
				label := header.IPv6(n.ip).FlowLabel()
				return uint64(label), label != 0
			}},

		{Name: "tcp_window", Group: "tcp", Kind: Number, Alias: "tcp.window_size_value", Meaning: "window as it stands there, unscaled",
			Number: ofTCP(func(h header.TCP) (uint64, bool) { return uint64(h.Window()), true })},
		{Name: "tcp_mss", Group: "tcp", Kind: Number, Unit: "bytes", Alias: "tcp.options.mss_val", Meaning: "maximum segment size, of SYN",
			Number: ofTCP(func(h header.TCP) (uint64, bool) { return option(h, header.OptionMSS, 2, 0, 2) })},
		{Name: "tcp_wscale", Group: "tcp", Kind: Number, Alias: "tcp.options.wscale.shift", Meaning: "by how many bits windows are shifted, of SYN",
			Number: ofTCP(func(h header.TCP) (uint64, bool) { return option(h, header.OptionWindowScale, 1, 0, 1) })},
		{Name: "tcp_sack_permitted", Group: "tcp", Kind: Flag, Meaning: "selective acknowledgements are understood, of SYN",
			Number: ofTCP(func(h header.TCP) (uint64, bool) {
				_, ok := option(h, header.OptionSACKPermitted, 0, 0, 0)
				return 1, ok
			})},
		{Name: "tcp_ts_val", Group: "tcp", Kind: Number, Alias: "tcp.options.timestamp.tsval", Meaning: "timestamp of the sender",
			Number: ofTCP(func(h header.TCP) (uint64, bool) { return option(h, header.OptionTimestamps, 8, 0, 4) })},
		{Name: "tcp_ts_ecr", Group: "tcp", Kind: Number, Alias: "tcp.options.timestamp.tsecr", Meaning: "timestamp that it echoes",
			Number: ofTCP(func(h header.TCP) (uint64, bool) { return option(h, header.OptionTimestamps, 8, 4, 8) })},

		{Name: "icmp_type", Group: "icmp", Kind: Number, Alias: "icmp.type", Meaning: "type of ICMP or ICMPv6 (icmpv6.type)",
			Number: func(p *Packet) (uint64, bool) { return p.icmp(0) }},
		{Name: "icmp_code", Group: "icmp", Kind: Number, Alias: "icmp.code", Meaning: "code of ICMP or ICMPv6",
			Number: func(p *Packet) (uint64, bool) { return p.icmp(1) }},

		{Name: "arp_operation", Group: "arp", Kind: Number, Alias: "arp.opcode", Meaning: "1 request, 2 reply",
			Number: func(p *Packet) (uint64, bool) {
				h := p.first(protoARP, 8)
				if h == nil {
					return 0, false
				}
				return uint64(binary.BigEndian.Uint16(h[6:])), true
			}},
		{Name: "arp_sender", Group: "arp", Kind: Word, Alias: "arp.src.proto_ipv4", Meaning: "IPv4 address of who sends it",
			Text: func(b []byte, p *Packet) ([]byte, bool) { return appendARP(b, p.first(protoARP, 8), false) }},
		{Name: "arp_target", Group: "arp", Kind: Word, Alias: "arp.dst.proto_ipv4", Meaning: "IPv4 address that it is about",
			Text: func(b []byte, p *Packet) ([]byte, bool) { return appendARP(b, p.first(protoARP, 8), true) }},

		{Name: "community_id", Group: "flow", Kind: Word, Alias: "communityid", Meaning: "Community ID of the flow, version 1 with seed 0, the same for both directions",
			Text: func(b []byte, p *Packet) ([]byte, bool) { return p.communityID(b) }},
		{Name: "flow", Group: "flow", Kind: Number, Alias: "tcp.stream", Meaning: "number of the conversation of TCP, or of UDP (udp.stream), from 0 on; each counts its own",
			Needs: NeedsTCP | NeedsUDP,
			Number: func(p *Packet) (uint64, bool) {
				if p.TCP != nil {
					return p.TCP.Stream, true
				}
				if p.Decoded && p.Header.Protocol == header.ProtocolUDP && len(p.UDP) > 0 {
					return p.UDP[len(p.UDP)-1], true
				}
				return 0, false
			}},

		{Name: "tcp_analysis", Group: "diagnosis", Kind: List, Alias: "tcp.analysis.*", Meaning: "what is wrong with the segment: retransmission, out_of_order, duplicate_ack ...",
			Needs: NeedsTCP, Item: func(b []byte, p *Packet, n int) ([]byte, bool) { return p.mark(b, n) }},
		{Name: "rtt_us", Group: "diagnosis", Kind: Number, Unit: "µs", Alias: "tcp.analysis.ack_rtt", Meaning: "from the segment that this one acknowledges to it",
			Needs: NeedsTCP,
			Number: func(p *Packet) (uint64, bool) {
				if p.TCP == nil || !p.TCP.HasAckRTT || p.TCP.AckRTT < 0 {
					return 0, false
				}
				return uint64(p.TCP.AckRTT.Microseconds()), true
			}},
	}
})

// contentColumns are those that have to be asked for.
var contentColumns = sync.OnceValue(func() []*packetColumn {
	return []*packetColumn{
		{Name: "text", Group: "text", Kind: Text, Meaning: "tcpdump's line of the packet, without its time stamp; -n, -e and -v shape it", Needs: NeedsLine,
			Text: func(b []byte, p *Packet) ([]byte, bool) { return append(b, p.Line...), p.Line != nil }},
		{Name: "payload", Group: "payload", Kind: Bytes, Meaning: "payload of TCP or UDP, as far as it was captured",
			Text: func(b []byte, p *Packet) ([]byte, bool) {
				if !p.Decoded || len(p.Header.Payload) == 0 {
					return b, false
				}
				return append(b, p.Header.Payload...), true
			}},
		{Name: "raw", Group: "raw", Kind: Bytes, Meaning: "the whole frame, as far as it was captured",
			Text: func(b []byte, p *Packet) ([]byte, bool) { return append(b, p.Pkt.Data...), true }},
	}
})

// ownerColumns say whose a packet is, and why it was thrown away.
var ownerColumns = sync.OnceValue(func() []*packetColumn {
	return []*packetColumn{
		{Name: "pid", Group: "owner", Kind: Number, Needs: NeedsOwner, Meaning: "number of the process that sent the packet, or of the one that received it if another host did",
			Number: ofOwner(func(o *capture.Owner) (uint32, bool) { return o.Process, o.Process != 0 })},
		{Name: "tid", Group: "owner", Kind: Number, Needs: NeedsOwner, Meaning: "number of its thread, where that is known",
			Number: ofOwner(func(o *capture.Owner) (uint32, bool) { return o.Thread, o.Thread != 0 })},
		{Name: "process", Group: "owner", Kind: Text, Needs: NeedsOwner, Meaning: "its name, 15 bytes at most",
			Text: nameOfOwner(func(o *capture.Owner) string { return o.Command })},
		{Name: "uid", Group: "owner", Kind: Number, Needs: NeedsOwner, Meaning: "number of its user",
			Number: ofOwner(func(o *capture.Owner) (uint32, bool) { return o.UserID, o.HasUser })},
		{Name: "user", Group: "owner", Kind: Text, Needs: NeedsOwner, Meaning: "name of its user",
			Text: nameOfOwner(func(o *capture.Owner) string { return o.User })},
		{Name: "container", Group: "owner", Kind: Text, Needs: NeedsOwner, Meaning: "its container: the name, else 12 digits of the identifier",
			Text: nameOfOwner(func(o *capture.Owner) string { return o.Container })},
		{Name: "drop_reason", Group: "drop", Kind: Text, Needs: NeedsDrop, Meaning: "why the kernel threw the packet away: NETFILTER_DROP",
			Text: func(b []byte, p *Packet) ([]byte, bool) { return append(b, p.Drop.Reason...), p.Drop.Reason != "" }},
		{Name: "drop_place", Group: "drop", Kind: Text, Needs: NeedsDrop, Meaning: "the function of the kernel that did",
			Text: func(b []byte, p *Packet) ([]byte, bool) { return append(b, p.Drop.Place...), p.Drop.Place != "" }},
	}
})
