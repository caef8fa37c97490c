// openflow_10_stats.go: statistics of OpenFlow 1.0 (OpenFlow Switch
// Specification 1.0.0, section 5.3.5).

package printer

// Types of statistics.
const (
	openflow10StatsDesc = iota
	openflow10StatsFlow
	openflow10StatsAggregate
	openflow10StatsTable
	openflow10StatsPort
	openflow10StatsQueue
	openflow10StatsVendor = 0xffff
)

// Lengths of replies; that of a flow is without its actions.
const (
	openflow10DescStatsLen      = 1056
	openflow10FlowStatsLen      = 88
	openflow10AggregateStatsLen = 24
	openflow10TableStatsLen     = 64
	openflow10PortStatsLen      = 104
	openflow10QueueStatsLen     = 32
)

var openflow10TableIDs = []tok{{0xfe, "EMERG"}, {0xff, "ALL"}}

// openflow10StatsRequest prints ofp_stats_request.
func (p *Printer) openflow10StatsRequest(b []byte, length int) {
	kind := u16(b, 0)
	p.printf("\n\t type %s", tokStr(openflow10Stats, "invalid (0x%04x)", kind))
	flags := u16(b, 2)
	p.printf(", flags 0x%04x", flags)
	if flags != 0 {
		p.str(" (bogus)")
	}
	b, length = b[4:], length-4
	want := length
	switch kind {
	case openflow10StatsDesc, openflow10StatsTable:
		want = 0
	case openflow10StatsFlow, openflow10StatsAggregate:
		want = 44
	case openflow10StatsPort, openflow10StatsQueue:
		want = 8
	}
	if length != want {
		p.openflowWrong(b, length, "len", length, "!=", want)
		return
	}
	switch kind {
	case openflow10StatsFlow, openflow10StatsAggregate:
		p.openflow10Match("\n\t ", b)
		p.printf("\n\t table_id %s", tokStr(openflow10TableIDs, "%d", u8(b, 40)))
		p.printf(", out_port %s", openflow10PortAt(b, 42))
	case openflow10StatsPort:
		p.printf("\n\t port_no %s", openflow10PortAt(b, 0))
		need(b, 2, 6)
	case openflow10StatsQueue:
		p.printf("\n\t port_no %s", openflow10PortAt(b, 0))
		p.printf(", queue_id %s", tokStr(openflow10QueueIDs, "%d", u32(b, 4)))
	case openflow10StatsVendor:
		p.openflow10VendorStats(b, length)
	}
}

// openflow10StatsReply prints ofp_stats_reply.
func (p *Printer) openflow10StatsReply(b []byte, length int) {
	const more = 0x1
	kind := u16(b, 0)
	p.printf("\n\t type %s", tokStr(openflow10Stats, "invalid (0x%04x)", kind))
	flags := u16(b, 2)
	p.printf(", flags 0x%04x", flags)
	if flags&more != 0 {
		p.str(" (MORE)")
	}
	if flags&^more != 0 {
		p.str(" (bogus)")
	}
	b, length = b[4:], length-4
	switch kind {
	case openflow10StatsDesc:
		p.openflow10DescStats(b, length)
	case openflow10StatsFlow:
		p.openflow10FlowStats(b, length)
	case openflow10StatsAggregate:
		p.openflow10AggregateStats(b, length)
	case openflow10StatsTable:
		p.openflow10StatsList("\n\t", b, length, openflow10TableStatsLen, kind)
	case openflow10StatsPort:
		p.openflow10StatsList("\n\t ", b, length, openflow10PortStatsLen, kind)
	case openflow10StatsQueue:
		p.openflow10StatsList("\n\t ", b, length, openflow10QueueStatsLen, kind)
	case openflow10StatsVendor:
		p.openflow10VendorStats(b, length)
	default:
		need(b, 0, length)
	}
}

// openflow10StatsList prints statistics that are size bytes each.
func (p *Printer) openflow10StatsList(prefix string, b []byte, length, size int, kind uint16) {
	for length > 0 {
		p.str(prefix)
		if length < size {
			p.openflowWrong(b, length, "remaining length", length, "<", size)
			return
		}
		switch kind {
		case openflow10StatsTable:
			p.openflow10TableStats(b)
		case openflow10StatsPort:
			p.openflow10PortStats(b)
		default:
			p.openflow10QueueStats(b)
		}
		b, length = b[size:], length-size
	}
}

// openflow10DescStats prints ofp_desc_stats.
func (p *Printer) openflow10DescStats(b []byte, length int) {
	const textLen, serialLen = 256, 32
	p.str("\n\t ")
	if length != openflow10DescStatsLen {
		p.openflowWrong(b, length, "len", length, "!=", openflow10DescStatsLen)
		return
	}
	p.openflowText(" mfr_desc", b, textLen)
	p.openflowText("\n\t  hw_desc", at(b, textLen), textLen)
	p.openflowText("\n\t  sw_desc", at(b, 2*textLen), textLen)
	p.openflowText("\n\t  serial_num", at(b, 3*textLen), serialLen)
	p.openflowText("\n\t  dp_desc", at(b, 3*textLen+serialLen), textLen)
}

// openflow10FlowStats prints flows, ofp_flow_stats each.
func (p *Printer) openflow10FlowStats(b []byte, length int) {
	for length > 0 {
		p.str("\n\t")
		if length < openflow10FlowStatsLen {
			p.openflowWrong(b, length, "remaining length", length, "<", openflow10FlowStatsLen)
			return
		}
		n := int(u16(b, 0))
		p.printf(" length %d", n)
		if n < openflow10FlowStatsLen {
			p.openflowWrong(b, length, "entry_len", n, "<", openflow10FlowStatsLen)
			return
		}
		if n > length {
			p.openflowWrong(b, length, "entry_len", n, ">", length)
			return
		}
		p.printf(", table_id %s", tokStr(openflow10TableIDs, "%d", u8(b, 2)))
		p.openflow10Match("\n\t  ", at(b, 4))
		p.printf("\n\t  duration_sec %d", u32(b, 44))
		p.printf(", duration_nsec %d", u32(b, 48))
		p.printf(", priority %d", u16(b, 52))
		p.printf(", idle_timeout %d", u16(b, 54))
		p.printf(", hard_timeout %d", u16(b, 56))
		p.printf(", cookie 0x%016x", u64(b, 64))
		p.printf(", packet_count %d", u64(b, 72))
		p.printf(", byte_count %d", u64(b, 80))
		p.openflow10ActionList("\n\t  ", b[openflow10FlowStatsLen:], n-openflow10FlowStatsLen)
		b, length = at(b, n), length-n
	}
}

// openflow10AggregateStats prints ofp_aggregate_stats_reply.
func (p *Printer) openflow10AggregateStats(b []byte, length int) {
	p.str("\n\t")
	if length != openflow10AggregateStatsLen {
		p.openflowWrong(b, length, "remaining length", length, "!=", openflow10AggregateStatsLen)
		return
	}
	p.printf(" packet_count %d", u64(b, 0))
	p.printf(", byte_count %d", u64(b, 8))
	p.printf(", flow_count %d", u32(b, 16))
	need(b, 20, 4)
}

// openflow10TableStats prints ofp_table_stats.
func (p *Printer) openflow10TableStats(b []byte) {
	const nameLen = 32
	p.printf(" table_id %s", tokStr(openflow10TableIDs, "%d", u8(b, 0)))
	p.openflowText(", name", at(b, 4), nameLen)
	p.openflowFlags("\n\t  wildcards", openflow10Wildcards, u32(b, 36), openflow10WildcardsAll)
	p.printf("\n\t  max_entries %d", u32(b, 40))
	p.printf(", active_count %d", u32(b, 44))
	p.printf(", lookup_count %d", u64(b, 48))
	p.printf(", matched_count %d", u64(b, 56))
}

// openflow10PortCounters are the counters of ofp_port_stats, 64 bits each.
var openflow10PortCounters = []string{
	"rx_packets", "tx_packets", "rx_bytes", "tx_bytes", "rx_dropped", "tx_dropped",
	"rx_errors", "tx_errors", "rx_frame_err", "rx_over_err", "rx_crc_err", "collisions",
}

// openflow10PortStats prints ofp_port_stats.
func (p *Printer) openflow10PortStats(b []byte) {
	p.printf(" port_no %s", openflow10PortAt(b, 0))
	if p.vflag < 2 {
		need(b, 0, openflow10PortStatsLen)
		return
	}
	for i, name := range openflow10PortCounters {
		p.printf(", %s %d", name, u64(b, 8+8*i))
	}
}

// openflow10QueueStats prints ofp_queue_stats.
func (p *Printer) openflow10QueueStats(b []byte) {
	p.printf(" port_no %s", openflow10PortAt(b, 0))
	p.printf(", queue_id %d", u32(b, 4))
	p.printf(", tx_bytes %d", u64(b, 8))
	p.printf(", tx_packets %d", u64(b, 16))
	p.printf(", tx_errors %d", u64(b, 24))
}
