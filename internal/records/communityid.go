package records

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"net/netip"

	"github.com/tapdump/tapdump/capture/header"
)

// AppendCommunityID appends the Community ID of a flow, version 1 with seed 0
// (https://github.com/corelight/community-id-spec), which is the same for both
// directions. The ports of ICMP are type and code. ports is false for protocols that
// have neither. Both addresses are of the same version of IP.
func AppendCommunityID(b []byte, src, dst netip.Addr, protocol uint8, srcPort, dstPort uint16, ports bool) []byte {
	var low, high [16]byte
	n := 16
	if src.Is4() {
		a, c := src.As4(), dst.As4()
		n = copy(low[:], a[:])
		copy(high[:], c[:])
	} else {
		low, high = src.As16(), dst.As16()
	}
	srcPort, dstPort, oneWay := FlowPorts(protocol, srcPort, dstPort)
	if c := bytes.Compare(low[:], high[:]); !oneWay && (c > 0 || c == 0 && srcPort > dstPort) {
		low, high, srcPort, dstPort = high, low, dstPort, srcPort
	}
	var input [2 + 16 + 16 + 2 + 4]byte
	in := append(append(input[:2], low[:n]...), high[:n]...)
	in = append(in, protocol, 0)
	if ports {
		in = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(in, srcPort), dstPort)
	}
	sum := sha1.Sum(in)
	return base64.StdEncoding.AppendEncode(append(b, "1:"...), sum[:])
}

// icmpAnswers and icmp6Answers are types that answer each other.
var (
	icmpAnswers  = [...][2]uint16{{8, 0}, {13, 14}, {15, 16}, {10, 9}, {17, 18}}
	icmp6Answers = [...][2]uint16{{128, 129}, {133, 134}, {135, 136}, {130, 131}, {139, 140}, {144, 145}}
)

// FlowPorts are the ports by which packets belong to a flow: of ICMP, type and code,
// these are the type and that of the message that answers it or that it answers.
// Where there is none, they are type and code, and the flow is one way.
func FlowPorts(protocol uint8, srcPort, dstPort uint16) (src, dst uint16, oneWay bool) {
	switch protocol {
	case header.ProtocolICMP:
		return answers(icmpAnswers[:], srcPort, dstPort)
	case header.ProtocolICMPv6:
		return answers(icmp6Answers[:], srcPort, dstPort)
	}
	return srcPort, dstPort, false
}

// answers are the ports that stand for a type of ICMP: it and the one that answers
// it, or it and its code where none does.
func answers(pairs [][2]uint16, kind, code uint16) (src, dst uint16, oneWay bool) {
	for _, p := range pairs {
		switch kind {
		case p[0]:
			return p[0], p[1], false
		case p[1]:
			return p[1], p[0], false
		}
	}
	return kind, code, true
}

// communityID appends that of a packet; false where it has no flow.
func (p *Packet) communityID(b []byte) ([]byte, bool) {
	n := p.net()
	if n == nil || !n.src.IsValid() || !n.dst.IsValid() || n.later {
		return b, false
	}
	l4 := n.transport
	switch n.protocol {
	case header.ProtocolTCP, header.ProtocolUDP, protocolSCTP:
		if len(l4) < 4 {
			return b, false
		}
		return AppendCommunityID(b, n.src, n.dst, n.protocol, binary.BigEndian.Uint16(l4), binary.BigEndian.Uint16(l4[2:]), true), true
	case header.ProtocolICMP, header.ProtocolICMPv6:
		if len(l4) < 2 {
			return b, false
		}
		return AppendCommunityID(b, n.src, n.dst, n.protocol, uint16(l4[0]), uint16(l4[1]), true), true
	}
	return AppendCommunityID(b, n.src, n.dst, n.protocol, 0, 0, false), true
}

const protocolSCTP = 132
