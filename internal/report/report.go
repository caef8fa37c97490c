package report

import (
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/filters/stats"
	"github.com/tapdump/tapdump/internal/apps"
	"github.com/tapdump/tapdump/internal/names"
	"github.com/tapdump/tapdump/internal/tcpanalysis"
)

// Report counts packets, for a page about them. New makes one.
type Report struct {
	tcp      *tcpanalysis.Analyzer // nil: nothing is known of connections
	counts   *stats.Statistics
	hosts    *stats.Hosts
	heard    names.Heard
	over     timeline
	clock    clock
	all      hierarchy
	findings findings
	tunnels  map[string]*tally // by their names
	key      []byte            // scratch
	stacks   connStacks
	last     capture.Timestamp // of the packet that was added last
	seen
}

// seen is how much there was.
type seen struct {
	packets  uint64
	cut      uint64 // packets that were not captured whole
	cutBytes uint64 // that are missing of them
	lost     uint64 // packets that sources say are missing
}

func newReport(o Options) *Report {
	return &Report{tcp: o.TCP, counts: stats.NewStatistics(true), hosts: stats.NewHosts(nil), tunnels: make(map[string]*tally)}
}

func (r *Report) add(pkt *capture.Packet, f *Facts) {
	now := nanoseconds(pkt.Time)
	r.packets++
	r.last = pkt.Time
	r.clock.tick(now)
	b := bin{packets: 1, bytes: uint64(pkt.Length), lost: f.Lost}
	if f.TCP != nil && f.TCP.Marks&(tcpanalysis.Retransmission|tcpanalysis.Resent) != 0 {
		b.resent = 1
	}
	r.over.at(now).add(b)
	r.lost += f.Lost
	if n := uint32(len(pkt.Data)); n < pkt.Length {
		r.cut++
		r.cutBytes += uint64(pkt.Length - n)
	}
	if f.Decoded {
		_, way := r.hosts.Direction(f.Header)
		r.counts.Add(pkt, f.Header, way)
	} else {
		r.counts.AddOther(pkt, f.Header)
	}
	if f.TCP != nil {
		r.stacks.add(f.TCP, stackOf(pkt, f))
	}
	r.all.add(pkt, f)
	r.tunnel(pkt, f)
	r.findings.examine(pkt, f, now)
}

// maxTunnels is how many combinations of tunnels are told apart.
const maxTunnels = 32

// tunnel counts a packet in a tunnel.
func (r *Report) tunnel(pkt *capture.Packet, f *Facts) {
	if f.Tunnels.Len() == 0 {
		return
	}
	r.key = f.Tunnels.AppendTo(r.key[:0])
	t := r.tunnels[string(r.key)]
	if t == nil {
		if len(r.tunnels) == maxTunnels {
			r.key = append(r.key[:0], "others"...)
			t = r.tunnels[string(r.key)]
		}
		if t == nil {
			t = new(tally)
			r.tunnels[string(r.key)] = t
		}
	}
	t.add(pkt.Length)
}

func (r *Report) learn(l apps.Lesson) {
	// All are asked for at the end, when most have expired.
	r.heard.Hear(names.Lesson{Address: l.Address, Name: l.Name, Packet: r.packets + 1, Second: r.last.Sec})
}
