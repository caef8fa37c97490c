package printer

import (
	"sync"

	"github.com/tapdump/tapdump/capture"
)

// A Pool prints packets on several cores. What it writes is, byte for byte,
// what one Printer would write.
//
// Packets are gathered into batches. Workers print the batches side by side,
// each on a Printer of its own, and leave open what depends on earlier packets
// (deferral.go). The collector goes through the batches in order, fills that in
// and hands the lines on.
//
// The methods of a Pool are for one goroutine.
type Pool struct {
	write   func([]byte) error
	work    chan *batch // to the workers, in any order
	ordered chan *batch // to the collector, in order
	free    chan *batch
	workers sync.WaitGroup
	done    chan struct{} // closed when the collector has ended

	current *batch
	count   uint64
	passing *Printer // keeps the reference time from batch to batch
	settled *Printer // the collector's

	mu  sync.Mutex
	err error // the first of write
}

// Batches end at this number of packets or bytes: small enough for the caches and for
// the memory that batches under way may take, large enough that handing one
// over costs little against printing it.
const (
	batchPackets = 256
	batchBytes   = 256 << 10
	batchPerJob  = 3 // batches under way for each worker
)

// batch is packets that are printed together.
type batch struct {
	packets   []capture.Packet
	data      []byte // what the packets' Data are slices of
	notes     []byte // of all packets
	noteEnds  []int  // in notes, of each packet up to the last that has one
	first     uint64 // packets before this batch
	reference capture.Timestamp
	later     deferral
	bases     [][3]uint32
	out       []byte
	printed   chan struct{}
}

// NewPool starts a pool of as many workers as jobs says. write is handed whole
// lines, in order, by one goroutine; after it has failed once, it is not called
// again.
func NewPool(o Options, jobs int, write func([]byte) error) *Pool {
	n := jobs * batchPerJob
	pool := &Pool{
		write: write, work: make(chan *batch, n), ordered: make(chan *batch, n), free: make(chan *batch, n),
		done: make(chan struct{}), passing: New(o), count: o.Skipped,
	}
	for range n {
		pool.free <- &batch{printed: make(chan struct{}, 1)}
	}
	pool.current, pool.settled = <-pool.free, pool.passing.sibling()
	for range jobs {
		pool.workers.Add(1)
		go pool.printBatches(pool.passing.sibling())
	}
	go pool.collect(pool.settled)
	return pool
}

// sibling is a Printer with the same options and nothing printed.
func (p *Printer) sibling() *Printer {
	return New(p.opts)
}

// Add has a packet printed after those before it. The packet's bytes are copied.
// The error is the first of write, soon after it occurred.
func (pool *Pool) Add(pkt *capture.Packet) error { return pool.AddNoted(pkt, nil) }

// AddNoted is Add for a packet with a note, which is copied, as Printer.PrintNoted has
// it.
func (pool *Pool) AddNoted(pkt *capture.Packet, note []byte) error {
	b := pool.current
	if len(b.packets) == batchPackets || len(b.data)+len(pkt.Data) > batchBytes && len(b.packets) > 0 {
		if err := pool.Flush(); err != nil {
			return err
		}
		b = pool.current
	}
	if cap(b.data)-len(b.data) < len(pkt.Data) {
		// Only an empty batch gets here: packets point into what it has.
		b.data = make([]byte, 0, max(batchBytes, len(pkt.Data)))
	}
	start := len(b.data)
	b.data = append(b.data, pkt.Data...)
	copied := *pkt
	copied.Data = b.data[start:len(b.data):len(b.data)]
	b.packets = append(b.packets, copied)
	if len(note) > 0 {
		for len(b.noteEnds) < len(b.packets)-1 {
			b.noteEnds = append(b.noteEnds, len(b.notes))
		}
		b.notes = append(b.notes, note...)
		b.noteEnds = append(b.noteEnds, len(b.notes))
	}
	return nil
}

// note is that of the i-th packet.
func (b *batch) note(i int) []byte {
	if i >= len(b.noteEnds) {
		return nil
	}
	from := 0
	if i > 0 {
		from = b.noteEnds[i-1]
	}
	return b.notes[from:b.noteEnds[i]]
}

// Flush hands on the packets added so far without waiting for more.
func (pool *Pool) Flush() error {
	b := pool.current
	if len(b.packets) > 0 {
		b.first, b.reference = pool.count, pool.passing.conv.timeReference
		for i := range b.packets {
			pool.count++
			pool.passing.passTime(&b.packets[i], pool.count)
		}
		pool.ordered <- b
		pool.work <- b
		pool.current = <-pool.free
	}
	return pool.failure()
}

// Drain waits until all packets added so far are printed and handed on.
func (pool *Pool) Drain() error {
	_ = pool.Flush() // its error is the same as the one below
	idle := make([]*batch, 0, cap(pool.free))
	for len(idle) < cap(pool.free)-1 { // one is the current batch
		idle = append(idle, <-pool.free)
	}
	for _, b := range idle {
		pool.free <- b
	}
	return pool.failure()
}

func (pool *Pool) failure() error {
	pool.mu.Lock()
	defer pool.mu.Unlock()
	return pool.err
}

// Close prints what is left and ends the pool's goroutines. It returns the first
// error of write.
func (pool *Pool) Close() error {
	_ = pool.Flush() // its error is the same as the one below
	close(pool.work)
	close(pool.ordered)
	pool.workers.Wait()
	<-pool.done
	return pool.err
}

// ForgottenConversations is that of a Printer, once the Pool is closed.
func (pool *Pool) ForgottenConversations() uint64 { return pool.settled.ForgottenConversations() }

// printBatches is a worker.
func (pool *Pool) printBatches(p *Printer) {
	defer pool.workers.Done()
	for b := range pool.work {
		p.printBatch(b)
		b.printed <- struct{}{}
	}
}

// printBatch prints a batch beside others that come before it.
func (p *Printer) printBatch(b *batch) {
	p.later = &b.later
	p.count, p.conv.timeReference = b.first, b.reference
	out := b.out[:0]
	for i := range b.packets {
		start, steps, seen := len(out), len(b.later.steps), len(b.later.seen)
		out = p.PrintNoted(out, &b.packets[i], b.note(i))
		if p.redo || p.vflag != p.opts.Verbose {
			p.redo, p.vflag = false, p.opts.Verbose
			out = out[:start]
			b.later.steps, b.later.seen = b.later.steps[:steps], b.later.seen[:seen]
			b.later.steps = append(b.later.steps, deferredStep{kind: deferPacket, at: start, value: uint32(i)})
		}
	}
	b.out = out
}

// collect goes through the batches in order.
func (pool *Pool) collect(p *Printer) {
	defer close(pool.done)
	var lines []byte
	failed := false
	for b := range pool.ordered {
		<-b.printed
		if !failed {
			lines = p.settle(lines[:0], b)
			if err := pool.write(lines); err != nil {
				failed = true
				pool.mu.Lock()
				pool.err = err
				pool.mu.Unlock()
			}
		}
		b.packets, b.data, b.bases = b.packets[:0], b.data[:0], b.bases[:0]
		b.notes, b.noteEnds = b.notes[:0], b.noteEnds[:0]
		b.later.reset()
		pool.free <- b
	}
}
