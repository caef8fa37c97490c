package printer

import (
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/tapdump/tapdump/capture"
)

// A Pool prints packets on several cores. What it writes is, byte for byte,
// what one Printer would write.
//
// Packets are gathered into batches, by Add, or by the workers themselves, by Run.
// Workers print the batches side by side, each on a Printer of its own, and leave open
// what depends on earlier packets (deferral.go). Finding that, and handing on the lines,
// is done in order: whichever worker comes with the batch that is next does it, for
// those behind it too that have come before, so that nobody needs to be woken for it.
// In between, the gaps are filled side by side.
//
// The methods of a Pool are for one goroutine.
type Pool struct {
	work    chan *batch // to the workers, in any order
	free    chan *batch
	workers sync.WaitGroup

	printers []*Printer // the workers'
	current  *batch
	count    uint64   // packets so far
	issued   uint64   // batches so far
	passing  *Printer // keeps the reference time from batch to batch
	queue    queue
}

// Batches end at this number of packets or bytes: small enough for the caches and for
// the memory that batches under way may take, large enough that handing one
// over costs little against printing it.
const (
	batchPackets = 256
	batchBytes   = 256 << 10
	batchPerJob  = 3 // batches under way for each worker
)

// Packets are some packets in order that are in memory.
type Packets interface {
	Len() int
	// Packet fills pkt with the i-th one.
	Packet(i int, pkt *capture.Packet)
}

// batch is packets that are printed together.
type batch struct {
	number    uint64 // in order
	owner     *worker
	from      Packets        // nil: of Add, as the fields up to reference are
	one       capture.Packet // of from
	packets   []capture.Packet
	data      []byte // what the packets' Data are slices of
	notes     []byte // of all packets
	noteEnds  []int  // in notes, of each packet up to the last that has one
	first     uint64 // packets before this batch
	reference capture.Timestamp
	later     deferral
	bases     [][3]uint32 // what numbers of segments are relative to
	whole     []byte      // lines of packets that belong into gaps
	out       []byte
}

// NewPool starts a pool of as many workers as jobs says. write is handed whole
// lines, in order, by one goroutine at a time; after it has failed once, it is not
// called again.
func NewPool(o Options, jobs int, write func([]byte) error) *Pool {
	n := jobs * batchPerJob
	pool := &Pool{work: make(chan *batch, n), free: make(chan *batch, n), passing: New(o), count: o.Skipped}
	for range n {
		pool.free <- new(batch)
	}
	pool.current = <-pool.free
	pool.queue = queue{write: write, free: pool.free, settled: pool.passing.sibling(), count: o.Skipped}
	pool.queue.printed.waiting, pool.queue.filled.waiting = make([]*batch, n), make([]*batch, n)
	for range jobs {
		w := &worker{printer: pool.passing.sibling(), queue: &pool.queue}
		pool.printers = append(pool.printers, w.printer)
		pool.workers.Go(func() {
			for b := range pool.work {
				w.print(b)
			}
		})
	}
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

// reset has a batch begin anew.
func (b *batch) reset() {
	b.packets, b.data, b.bases, b.whole = b.packets[:0], b.data[:0], b.bases[:0], b.whole[:0]
	b.notes, b.noteEnds = b.notes[:0], b.noteEnds[:0]
	b.later.reset()
}

func (b *batch) len() int {
	if b.from != nil {
		return b.from.Len()
	}
	return len(b.packets)
}

// packet is the i-th packet, valid until it is called again.
func (b *batch) packet(i int) *capture.Packet {
	if b.from != nil {
		b.from.Packet(i, &b.one)
		return &b.one
	}
	return &b.packets[i]
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
		b.number = pool.issued
		pool.issued++
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
	if err := pool.queue.failed.Load(); err != nil {
		return *err
	}
	return nil
}

// Close prints what is left and ends the pool's goroutines. It returns the first
// error of write.
func (pool *Pool) Close() error {
	_ = pool.Flush() // its error is the same as the one below
	close(pool.work)
	pool.workers.Wait()
	return pool.failure()
}

// ForgottenConversations is that of a Printer, once the Pool is closed.
func (pool *Pool) ForgottenConversations() uint64 { return pool.queue.settled.ForgottenConversations() }

// CanRun reports whether Run prints what Add would: it does not know, while it prints
// a packet, which number that has, and when those before it came.
func (pool *Pool) CanRun() bool {
	p := pool.passing
	f := timeFormat(p.opts.TimeFormat)
	return !p.opts.Number && p.opts.Sampling <= 1 && f != timeSincePrevious && f != timeSinceFirst && p.names.cursor == nil
}

// Run prints packets, after those that were added, which the workers fetch themselves.
// Each of them calls fetch again and again, until ok is false or the lines cannot be
// written. It is handed what it gave out before, to be filled anew, or nil, and returns
// packets with their place in order: 0, 1, 2 and so on, each of them once. Packets stay
// as they are until they are handed back. The error is the first of write. No more
// workers fetch than there are processors: those that fetch may wait for each other.
func (pool *Pool) Run(fetch func(used Packets) (next Packets, place uint64, ok bool)) error {
	if err := pool.Drain(); err != nil {
		return err
	}
	first := pool.issued
	var running sync.WaitGroup
	for _, p := range pool.printers[:min(len(pool.printers), runtime.GOMAXPROCS(0))] {
		w := &worker{printer: p, queue: &pool.queue, freed: make(chan *batch, batchPerJob)}
		running.Go(func() {
			for pool.failure() == nil {
				b := w.ownBatch()
				next, place, ok := fetch(b.from)
				if !ok {
					return
				}
				b.from, b.number = next, first+place
				w.print(b)
			}
		})
	}
	running.Wait()
	pool.count, pool.issued = pool.queue.count, pool.queue.printed.next
	return pool.failure()
}

// printBatch prints a batch beside others that come before it.
func (p *Printer) printBatch(b *batch) {
	p.later = &b.later
	p.count, p.conv.timeReference = b.first, b.reference
	out := b.out[:0]
	for i := range b.len() {
		start, steps, seen := len(out), len(b.later.steps), len(b.later.seen)
		out = p.PrintNoted(out, b.packet(i), b.note(i))
		if p.redo || p.vflag != p.opts.Verbose {
			p.redo, p.vflag = false, p.opts.Verbose
			out = out[:start]
			b.later.steps, b.later.seen = b.later.steps[:steps], b.later.seen[:seen]
			b.later.packet(start, i)
		}
	}
	b.out = out
}

// worker prints batches.
type worker struct {
	printer *Printer
	queue   *queue
	settled []*batch // scratch
	lines   []byte   // scratch

	// Batches of Run stay with their worker, that last used first, for their memory is
	// in its core's caches.
	own   []*batch    // free
	made  int         // batches, up to batchPerJob
	freed chan *batch // by other workers
}

// ownBatch is a free batch of the worker's own.
func (w *worker) ownBatch() *batch {
	if n := len(w.own); n > 0 {
		b := w.own[n-1]
		w.own = w.own[:n-1]
		return b
	}
	select {
	case b := <-w.freed:
		return b
	default:
	}
	if w.made == batchPerJob {
		return <-w.freed
	}
	w.made++
	return &batch{owner: w}
}

// free gives a batch back to where it came from.
func (w *worker) free(b *batch) {
	b.reset()
	switch b.owner {
	case nil:
		w.queue.free <- b
	case w:
		w.own = append(w.own, b)
	default:
		b.owner.freed <- b
	}
}

// print prints a batch, and hands on what has its turn.
func (w *worker) print(b *batch) {
	q := w.queue
	w.printer.printBatch(b)
	for b := q.printed.add(b); b != nil; b = q.printed.after() {
		q.settle(b)
		w.settled = append(w.settled, b)
	}
	for _, b := range w.settled {
		if q.failed.Load() == nil {
			w.lines = b.appendFilled(w.lines[:0])
			w.lines, b.out = b.out, w.lines
		}
		for b := q.filled.add(b); b != nil; {
			q.handOn(b)
			next := q.filled.after()
			w.free(b) // last: when all are free, nobody has a turn
			b = next
		}
	}
	w.settled = w.settled[:0]
}

// queue is what is done with batches in order.
type queue struct {
	printed, filled turn
	settled         *Printer // has seen all packets in order
	count           uint64   // of them

	write  func([]byte) error
	failed atomic.Pointer[error] // the first of write
	free   chan<- *batch         // of Add
}

// settle is for printed batches.
func (q *queue) settle(b *batch) {
	if b.from != nil {
		b.first = q.count
	}
	q.count += uint64(b.len())
	if q.failed.Load() == nil {
		q.settled.settle(b)
	}
}

// handOn is for filled batches.
func (q *queue) handOn(b *batch) {
	if q.failed.Load() == nil {
		if err := q.write(b.out); err != nil {
			q.failed.Store(&err)
		}
	}
}

// turn brings batches back into order, for something that is done with one of them
// after the other.
type turn struct {
	mu      sync.Mutex
	next    uint64   // number of the batch that has its turn
	waiting []*batch // others, by their numbers modulo its length: no more are under way
	busy    bool     // somebody is at it
}

// add returns the batch that has its turn; nil: it has not come, or somebody is at it,
// who has b in its turn. Whoever was given a batch has to ask for the one after it.
func (t *turn) add(b *batch) *batch {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.waiting[b.number%uint64(len(t.waiting))] = b
	if t.busy {
		return nil
	}
	return t.take()
}

// after is the batch after one that add or after has returned; nil: it has not come.
func (t *turn) after() *batch {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.take()
}

func (t *turn) take() *batch {
	slot := &t.waiting[t.next%uint64(len(t.waiting))]
	b := *slot
	if t.busy = b != nil; t.busy {
		*slot = nil
		t.next++
	}
	return b
}
