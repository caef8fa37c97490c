package cli

import (
	"sync/atomic"

	"github.com/tapdump/tapdump/pcapfile"
	"github.com/tapdump/tapdump/printer"
)

// printBlocks prints what is left of src on all cores, if it can be divided among them
// and packets go nowhere else: each core reads a block of its own, filters it and prints
// it. What it leaves over, of any src, loop prints.
func (r *fileRun) printBlocks(src *pcapfile.Reader) error {
	lines := r.onlyParallelLines()
	if lines == nil || r.ending() {
		return nil
	}
	blocks := src.Blocks(r.jobs(), r.ending)
	if blocks == nil {
		return nil
	}
	f := blockFeed{blocks: blocks, filter: r.filter.sorters(src.Kinds()[0]), progress: r.progress}
	lines.names.know(0)
	err := lines.told(lines.pool.Run(f.fetch))
	r.captured += f.captured.Load()
	r.filter.seen += f.seen.Load()
	if err != nil {
		return err
	}
	return blocks.End()
}

// onlyParallelLines are lines printed on several cores, if they are all that is made of
// packets, and nobody has to see those one after the other; else nil.
func (r *fileRun) onlyParallelLines() *parallelLines {
	if len(r.sinks.list) != 1 || r.inspect != nil || r.analysis != nil || r.shard != nil || r.limit() != 0 || r.plan.Running.Skip != 0 {
		return nil
	}
	lines, _ := r.sinks.list[0].(*parallelLines)
	if lines == nil || !lines.pool.CanRun() {
		return nil
	}
	return lines
}

// blockFeed reads and filters blocks for those that print them.
type blockFeed struct {
	blocks         *pcapfile.Blocks
	filter         func() sorter // makes one for a goroutine; nil: all packets pass
	progress       *progress
	seen, captured atomic.Uint64
}

// sortedBlock is a block with what filters it.
type sortedBlock struct {
	pcapfile.Block
	sort sorter
}

// fetch is called by several goroutines.
func (f *blockFeed) fetch(used printer.Packets) (printer.Packets, uint64, bool) {
	b, _ := used.(*sortedBlock)
	if b == nil {
		b = new(sortedBlock)
		if f.filter != nil {
			b.sort = f.filter()
		}
	}
	number, ok := f.blocks.Next(&b.Block)
	if !ok {
		return nil, 0, false
	}
	n := uint64(b.Len())
	f.seen.Add(n)
	if f.progress != nil {
		f.progress.packets.Add(n)
	}
	if b.sort != nil {
		b.Filter(b.sort)
	}
	f.captured.Add(uint64(b.Len()))
	return b, uint64(number), true
}
