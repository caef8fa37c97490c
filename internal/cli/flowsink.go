package cli

import (
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/live"
	"github.com/tapdump/tapdump/internal/flows"
	"github.com/tapdump/tapdump/internal/records"
)

// flowSink writes records of flows, to one or several outputs.
type flowSink struct {
	maker   recordSink // of packets, without outputs of its own
	tracker *flows.Tracker
	live    bool // time goes on without packets
	recordOutputs[flows.Flow]
}

// openFlows opens the outputs of records that are of flows.
func (s *session) openFlows(o opening) (sink, error) {
	var x *flowSink
	x = s.newFlowSink(o, func(f *flows.Flow) error { return x.write(f) })
	if err := x.open(s, flowColumn, func() error { return x.drain() }); err != nil {
		return nil, err
	}
	return x, nil
}

func flowColumn(name string) *records.Column[flows.Flow] { return records.Find(flows.Columns(), name) }

// newFlowSink makes a sink that has write called with each record.
func (s *session) newFlowSink(o opening, write func(*flows.Flow) error) *flowSink {
	p := s.plan.Flows()
	x := &flowSink{maker: recordSink{names: &interfaceNames{source: o.src}, analysis: s.analysis}}
	_, x.live = o.src.(*live.Live)
	x.tracker = flows.New(flows.Options{Idle: p.Idle, Interval: p.Interval, NoChecksums: p.NoChecksums}, write)
	return x
}

// flows is the sink that has records of flows, nil if there is none.
func (x *sinks) flows() *flowSink {
	for _, s := range x.list {
		if f, ok := s.(*flowSink); ok {
			return f
		}
	}
	return nil
}

func (x *flowSink) packet(pkt *capture.Packet) error {
	x.maker.fill(&x.maker.record, pkt)
	return x.tracker.Add(&x.maker.record)
}

func (x *flowSink) follow(src capture.Source) { x.maker.follow(src) }

// liveDelay is how much later than its time a packet of an interface may come.
const liveDelay = 2 * time.Second

// flush writes what has ended, too.
func (x *flowSink) flush() error {
	err := x.tick()
	return alsoFailed(err, x.recordOutputs.flush())
}

// tick writes what has ended by now, where packets come as they are captured.
func (x *flowSink) tick() error {
	if !x.live {
		return nil
	}
	return x.tracker.Tick(time.Now().Add(-liveDelay).UnixNano())
}

func (x *flowSink) close() error {
	err := x.tracker.Close()
	return alsoFailed(err, x.recordOutputs.close())
}

func (x *flowSink) lost(l *losses) {
	f := x.tracker.Losses()
	l.flowsEarly, l.flowNames = f.Early, f.Nameless
}
