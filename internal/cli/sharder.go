package cli

import (
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/shard"
)

// sharder decides which of the packets that passed the filter are of our shard. Each
// worker sees them all.
type sharder struct {
	divider *shard.Divider
	seen    uint64                  // packets of all shards
	first   func(capture.Timestamp) // is told when the first of them came
}

// newSharder is nil where all packets are taken.
func (s *session) newSharder() *sharder {
	if s.plan.Filter.Shard.Of == 0 {
		return nil
	}
	x := &sharder{divider: shard.New(s.plan.Filter.Shard)}
	if s.inspect != nil && s.inspect.statistics != nil {
		x.first = s.inspect.statistics.StartRate
	}
	return x
}

// takes reports whether a packet is of our shard, all of them for nil.
func (x *sharder) takes(pkt *capture.Packet) bool {
	if x == nil {
		return true
	}
	if x.first != nil {
		x.first(pkt.Time)
		x.first = nil
	}
	x.seen++
	return x.divider.Takes(pkt)
}

// number is that of the packet at hand among those of all shards, so that no two
// shards have the same; next for nil.
func (x *sharder) number(next uint64) uint64 {
	if x == nil {
		return next
	}
	return x.seen
}

// lost adds what had to be given up.
func (x *sharder) lost(l *losses) {
	if x != nil {
		l.shard = x.divider.Losses()
	}
}
