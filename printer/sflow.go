// sflow.go: sFlow version 5 (sflow.org: sFlow Version 5).

package printer

import "github.com/tapdump/tapdump/versions"

const (
	sflowHeaderLen  = 28 // with an IPv4 agent
	sflowHeader6Len = 40

	sflowFlowSample            = 1
	sflowCounterSample         = 2
	sflowExpandedFlowSample    = 3
	sflowExpandedCounterSample = 4

	sflowFlowRaw      = 1
	sflowFlowEthernet = 2
	sflowFlowSwitch   = 1001

	sflowCounterInterface = 1
	sflowCounterEthernet  = 2
	sflowCounterTokenRing = 3
	sflowCounterVG        = 4
	sflowCounterVLAN      = 5
	sflowCounterProcessor = 1001
)

var sflowSampleTypes = []tok{
	{sflowFlowSample, "flow sample"},
	{sflowCounterSample, "counter sample"},
	{sflowExpandedFlowSample, "expanded flow sample"},
	{sflowExpandedCounterSample, "expanded counter sample"},
}

var sflowFlowTypes = []tok{
	{sflowFlowRaw, "Raw packet"},
	{sflowFlowEthernet, "Ethernet frame"},
	{3, "IPv4 Data"},
	{4, "IPv6 Data"},
	{sflowFlowSwitch, "Extended Switch data"},
	{1002, "Extended Router data"},
	{1003, "Extended Gateway data"},
	{1004, "Extended User data"},
	{1005, "Extended URL data"},
	{1006, "Extended MPLS data"},
	{1007, "Extended NAT data"},
	{1008, "Extended MPLS tunnel"},
	{1009, "Extended MPLS VC"},
	{1010, "Extended MPLS FEC"},
	{1011, "Extended MPLS LVP FEC"},
	{1012, "Extended VLAN Tunnel"},
}

var sflowCounterTypes = []tok{
	{sflowCounterInterface, "Generic counter"},
	{sflowCounterEthernet, "Ethernet counter"},
	{sflowCounterTokenRing, "Token ring counter"},
	{sflowCounterVG, "100 BaseVG counter"},
	{sflowCounterVLAN, "Vlan counter"},
	{sflowCounterProcessor, "Processor counter"},
}

var sflowHeaderProtocols = []tok{{1, "Ethernet"}, {11, "IPv4"}, {12, "IPv6"}}

var sflowDirections = []tok{{0, "unknown"}, {1, "full-duplex"}, {2, "half-duplex"}, {3, "in"}, {4, "out"}}

var sflowExpandedInterfaces = versions.Since(versions.V5_0, "sFlow", "expanded flow samples without their interfaces", "`input 1 (0), output 2 (0),`, each with its format")

// sflow prints a datagram.
func (p *Printer) sflow(b []byte, length int) {
	p.proto = "sflow"
	agentVersion := u32(b, 4)
	version := u32(b, 0)
	if agentVersion == 1 && length < sflowHeaderLen || agentVersion == 2 && length < sflowHeader6Len {
		p.printf("sFlowv%d [length %d < %d]", version, length, sflowHeaderLen)
		p.invalid()
		return
	}
	need(b, 0, sflowHeaderLen)
	if version != 5 {
		p.printf("sFlow version %d packet not supported", version)
		return
	}
	header := sflowHeaderLen
	if agentVersion != 1 {
		header = sflowHeader6Len
	}
	agent := at(b, header-16) // its number, behind its address
	if p.vflag == 0 {
		if agentVersion == 1 {
			p.printf("sFlowv5, IPv4 agent %s, agent-id %d, length %d", ip4At(b, 8), u32(agent, 0), uint32(length))
		} else {
			p.printf("sFlowv5, IPv6 agent %s, agent-id %d, length %d", ip6At(b, 8), u32(agent, 0), uint32(length))
		}
		return
	}
	need(agent, 0, 16)
	if agentVersion == 1 {
		p.printf("sFlowv5, IPv4 agent %s", ip4At(b, 8))
	} else {
		p.printf("sFlowv5, IPv6 agent %s", ip6At(b, 8))
	}
	samples := u32(agent, 12)
	p.printf(", agent-id %d, seqnum %d, uptime %d, samples %d, length %d",
		u32(agent, 0), u32(agent, 4), u32(agent, 8), samples, uint32(length))
	if length < header {
		p.refuse("tlen", length, "<", header)
		need(b, 0, length)
		return
	}
	if rest, n, ok := p.sflowSamples(b[header:], length-header, samples); !ok {
		p.invalid()
		need(rest, 0, n)
	}
}

// sflowSamples prints the samples in length bytes and reports whether all could
// be right; rest and n are where it ended.
func (p *Printer) sflowSamples(b []byte, length int, samples uint32) (rest []byte, n int, ok bool) {
	for ; samples > 0 && length > 0; samples-- {
		kind, claimed := u32(b, 0)&0xfff, u32(b, 4)
		if length < 8 {
			return b, length, false
		}
		b, length = b[8:], length-8
		p.printf("\n\t%s (%d), length %d,", tokStr(sflowSampleTypes, "Unknown", kind), kind, claimed)
		if kind == 0 || claimed == 0 {
			return nil, 0, true
		}
		size := asInt(claimed)
		if length < size {
			return b, length, false
		}
		need(b, 0, size)
		ok := true
		switch kind {
		case sflowFlowSample, sflowExpandedFlowSample:
			ok = p.sflowFlow(b, length, kind == sflowExpandedFlowSample)
		case sflowCounterSample, sflowExpandedCounterSample:
			ok = p.sflowCounters(b, length, kind == sflowExpandedCounterSample)
		default:
			if p.vflag <= 1 {
				p.unknownData(b, "\n\t    ", size)
			}
		}
		if !ok {
			return b, length, false
		}
		b, length = b[size:], length-size
	}
	return nil, 0, true
}

// sflowSource is the source of a sample: type and index, in 32 bits or in 32
// each.
func sflowSource(b []byte, expanded bool) (kind, index uint32, size int) {
	if expanded {
		return u32(b, 4), u32(b, 8), 12
	}
	return uint32(u8(b, 4)), u24(b, 5), 8
}

// sflowFlow prints a flow sample and its records. Like all below, it reports
// whether length is long enough.
func (p *Printer) sflowFlow(b []byte, length int, expanded bool) bool {
	header := 32
	if expanded {
		header = 44
	}
	if length < header {
		return false
	}
	need(b, 0, header)
	kind, index, i := sflowSource(b, expanded)
	records := u32(b, header-4)
	p.printf(" seqnum %d, type %d, idx %d, rate %d, pool %d, drops %d,",
		u32(b, 0), kind, index, u32(b, i), u32(b, i+4), u32(b, i+8))
	switch {
	case !expanded:
		p.printf(" input %d output %d", u32(b, 20), u32(b, 24))
	case p.follows(sflowExpandedInterfaces):
		p.printf(" input %d (%d), output %d (%d),", u32(b, 28), u32(b, 24), u32(b, 36), u32(b, 32))
	}
	p.printf(" records %d", records)
	b, length = b[header:], length-header
	for ; records > 0; records-- {
		p.bound()
		if length < 8 {
			return false
		}
		format, claimed := u32(b, 0), u32(b, 4)
		enterprise, kind := format>>12, format&0xfff
		p.printf("\n\t    enterprise %d %s (%d) length %d", enterprise, sflowName(sflowFlowTypes, enterprise, kind), kind, claimed)
		b, length = b[8:], length-8
		size := asInt(claimed)
		if length < size || enterprise == 0 && !p.sflowFlowRecord(kind, b, length, size) {
			return false
		}
		b, length = at(b, size), length-size
	}
	return true
}

// sflowName is a record's name; enterprises other than 0 have names of their own.
func sflowName(table []tok, enterprise, kind uint32) tokArg {
	if enterprise != 0 {
		table = nil
	}
	return tokStr(table, "Unknown", kind)
}

func (p *Printer) sflowFlowRecord(kind uint32, b []byte, length, size int) bool {
	switch kind {
	case sflowFlowRaw:
		if length < 16 {
			return false
		}
		p.printf("\n\t      protocol %s (%d), length %d, stripped bytes %d, header_size %d",
			tokStr(sflowHeaderProtocols, "Unknown", u32(b, 0)), u32(b, 0), u32(b, 4), u32(b, 8), u32(b, 12))
	case sflowFlowEthernet:
		// the addresses take eight bytes each
		if length < 24 {
			return false
		}
		p.printf("\n\t      frame len %d, type %d", u32(b, 0), u32(b, 20))
	case sflowFlowSwitch:
		if length < 16 {
			return false
		}
		p.printf("\n\t      src vlan %d, src pri %d, dst vlan %d, dst pri %d", u32(b, 0), u32(b, 4), u32(b, 8), u32(b, 12))
	default:
		if tokName(sflowFlowTypes, kind) == "" && p.vflag <= 1 {
			p.unknownData(b, "\n\t\t", size)
		}
	}
	return true
}

// sflowCounters prints a counter sample and its records.
func (p *Printer) sflowCounters(b []byte, length int, expanded bool) bool {
	header := 12
	if expanded {
		header = 16
	}
	if length < header {
		return false
	}
	need(b, 0, header)
	kind, index, _ := sflowSource(b, expanded)
	records := u32(b, header-4)
	p.printf(" seqnum %d, type %d, idx %d, records %d", u32(b, 0), kind, index, records)
	b, length = b[header:], length-header
	for ; records > 0; records-- {
		p.bound()
		if length < 8 {
			return false
		}
		format, claimed := u32(b, 0), u32(b, 4)
		enterprise, kind := format>>20, format&0xfff
		p.printf("\n\t    enterprise %d, %s (%d) length %d", enterprise, sflowName(sflowCounterTypes, enterprise, kind), kind, claimed)
		b, length = b[8:], length-8
		size := asInt(claimed)
		if length < size || enterprise == 0 && !p.sflowCounterRecord(kind, b, length, size) {
			return false
		}
		b, length = at(b, size), length-size
	}
	return true
}

func (p *Printer) sflowCounterRecord(kind uint32, b []byte, length, size int) bool {
	var least int
	switch kind {
	case sflowCounterInterface:
		least = 88
	case sflowCounterEthernet:
		least = 52
	case sflowCounterVG:
		least = 80
	case sflowCounterVLAN:
		least = 28
	case sflowCounterProcessor:
		least = 28
	case sflowCounterTokenRing:
	default:
		if p.vflag <= 1 {
			p.unknownData(b, "\n\t\t", size)
		}
	}
	if length < least {
		return false
	}
	switch kind {
	case sflowCounterInterface:
		p.sflowInterface(b)
	case sflowCounterEthernet:
		p.sflowEthernet(b)
	case sflowCounterVG:
		p.sflowVG(b)
	case sflowCounterVLAN:
		p.printf("\n\t      vlan_id %d, octets %d, unicast_pkt %d, multicast_pkt %d, broadcast_pkt %d, discards %d",
			u32(b, 0), u64(b, 4), u32(b, 12), u32(b, 16), u32(b, 20), u32(b, 24))
	case sflowCounterProcessor:
		// both memory sizes go by the name of the total
		p.printf("\n\t      5sec %d, 1min %d, 5min %d, total_mem %d, total_mem %d",
			u32(b, 0), u32(b, 4), u32(b, 8), u64(b, 12), u64(b, 20))
	}
	return true
}

func (p *Printer) sflowInterface(b []byte) {
	p.printf("\n\t      ifindex %d, iftype %d, ifspeed %d, ifdirection %d (%s)",
		u32(b, 0), u32(b, 4), u64(b, 8), u32(b, 16), tokStr(sflowDirections, "Unknown", u32(b, 16)))
	status := u32(b, 20)
	p.printf("\n\t      ifstatus %d, adminstatus: %s, operstatus: %s", status, sflowUp(status&1), sflowUp(status>>1&1))
	p.printf("\n\t      In octets %d, unicast pkts %d, multicast pkts %d, broadcast pkts %d, discards %d",
		u64(b, 24), u32(b, 32), u32(b, 36), u32(b, 40), u32(b, 44))
	p.printf("\n\t      In errors %d, unknown protos %d", u32(b, 48), u32(b, 52))
	p.printf("\n\t      Out octets %d, unicast pkts %d, multicast pkts %d, broadcast pkts %d, discards %d",
		u64(b, 56), u32(b, 64), u32(b, 68), u32(b, 72), u32(b, 76))
	p.printf("\n\t      Out errors %d, promisc mode %d", u32(b, 80), u32(b, 84))
}

func sflowUp(bit uint32) string {
	if bit != 0 {
		return "up"
	}
	return "down"
}

func (p *Printer) sflowEthernet(b []byte) {
	p.printf("\n\t      align errors %d, fcs errors %d, single collision %d, multiple collision %d, test error %d",
		u32(b, 0), u32(b, 4), u32(b, 8), u32(b, 12), u32(b, 16))
	p.printf("\n\t      deferred %d, late collision %d, excessive collision %d, mac trans error %d",
		u32(b, 20), u32(b, 24), u32(b, 28), u32(b, 32))
	p.printf("\n\t      carrier error %d, frames too long %d, mac receive errors %d, symbol errors %d",
		u32(b, 36), u32(b, 40), u32(b, 44), u32(b, 48))
}

func (p *Printer) sflowVG(b []byte) {
	p.printf("\n\t      in high prio frames %d, in high prio octets %d", u32(b, 0), u64(b, 4))
	p.printf("\n\t      in norm prio frames %d, in norm prio octets %d", u32(b, 12), u64(b, 16))
	p.printf("\n\t      in ipm errors %d, oversized %d, in data errors %d, null addressed frames %d",
		u32(b, 24), u32(b, 28), u32(b, 32), u32(b, 36))
	p.printf("\n\t      out high prio frames %d, out high prio octets %d, trans into frames %d",
		u32(b, 40), u64(b, 44), u32(b, 52))
	p.printf("\n\t      in hc high prio octets %d, in hc norm prio octets %d, out hc high prio octets %d",
		u64(b, 56), u64(b, 64), u64(b, 72))
}
