package cli

import (
	"errors"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/live"
	"github.com/tapdump/tapdump/pcapfile"
)

// liveBatch is how many packets go over into a savefile together: so few that signals do
// not wait, and what is known of them stays in the cache.
const liveBatch = 64

// copiesInto is the savefile that all packets of src go into and nowhere else, by one
// writer; nil: there is none, or somebody looks at each.
func (r *liveRun) copiesInto(src capture.Source) *pcapfile.Writer {
	only := r.sinks.onlyFile()
	if only == nil || r.own == nil || src != capture.Source(r.own) || r.inspect != nil || r.analysis != nil || r.shard != nil || r.plan.Running.Skip > 0 {
		return nil
	}
	if f, ok := r.filter.(*deviceFilter); !ok || f.vm != nil || f.missed != nil {
		return nil
	}
	w, _ := only.packetWriter.(*pcapfile.Writer)
	return w
}

// copy is loop for packets that copiesInto a savefile.
func (r *liveRun) copy(w *pcapfile.Writer) error {
	pkts := make([]capture.Packet, liveBatch)
	for limit := r.limit(); ; {
		if r.events.pending.Load() != 0 {
			if stop, err := r.handleEvents(r); stop || err != nil {
				return err
			}
		}
		some := pkts
		if limit > 0 {
			some = pkts[:min(limit-int(r.captured), liveBatch)]
		}
		n, err := r.own.NextBatch(some)
		if err != nil {
			if errors.Is(err, live.ErrWake) || r.goesOn(err) {
				continue
			}
			return r.sourceEnded(err)
		}
		taken, err := w.WriteAll(some[:n])
		r.captured += uint64(taken)
		if err != nil {
			r.captured++ // that one was, too
			return r.limitReached(outputError(err))
		}
		if limit > 0 && r.captured >= uint64(limit) {
			return nil
		}
	}
}
