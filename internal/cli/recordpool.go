package cli

import (
	"sync"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/apps"
	"github.com/tapdump/tapdump/internal/records"
	"github.com/tapdump/tapdump/internal/tcpanalysis"
)

// recordPool encodes records on several cores. What is written is, byte for byte, what
// one would encode: batches of records are encoded side by side, and handed on in
// order. Its methods are for one goroutine.
type recordPool struct {
	outputs []recordOutput[records.Packet]
	work    chan *recordBatch // to the workers, in any order
	ordered chan *recordBatch // to the collector, in order
	free    chan *recordBatch
	workers sync.WaitGroup
	done    chan struct{} // closed when the collector has ended
	current *recordBatch
}

// Batches end at this number of packets or bytes; there are three for each worker.
const (
	recordBatchPackets = 256
	recordBatchBytes   = 256 << 10
	recordBatchPerJob  = 3
)

// recordBatch is records that are encoded together, with all that they refer to.
type recordBatch struct {
	n       int
	records [recordBatchPackets]records.Packet
	packets [recordBatchPackets]capture.Packet
	results [recordBatchPackets]tcpanalysis.Result
	said    [recordBatchPackets]apps.Said
	data    []byte // of the packets
	lines   []byte // of the column text
	out     [][]byte
	encoded chan struct{}
}

func newRecordPool(outputs []recordOutput[records.Packet], jobs int) *recordPool {
	n := jobs * recordBatchPerJob
	p := &recordPool{
		outputs: outputs, work: make(chan *recordBatch, n), ordered: make(chan *recordBatch, n),
		free: make(chan *recordBatch, n), done: make(chan struct{}),
	}
	for range n {
		p.free <- &recordBatch{out: make([][]byte, len(outputs)), encoded: make(chan struct{}, 1)}
	}
	p.current = <-p.free
	for range jobs {
		p.workers.Add(1)
		go p.encode()
	}
	go p.collect()
	return p
}

// add takes a packet of which x makes the record. The error is that of an output, soon
// after it occurred.
func (p *recordPool) add(x *recordSink, pkt *capture.Packet) error {
	b := p.current
	var failed error
	if b.n == recordBatchPackets || b.n > 0 && len(b.data)+len(pkt.Data) > recordBatchBytes {
		p.flush()
		for i := range p.outputs {
			failed = alsoFailed(failed, p.outputs[i].file.failure())
		}
		b = p.current
	}
	if cap(b.data)-len(b.data) < len(pkt.Data) {
		// Only an empty batch gets here: packets point into what it has.
		b.data = make([]byte, 0, max(recordBatchBytes, len(pkt.Data)))
	}
	r := &b.records[b.n]
	x.fill(r, pkt)
	b.keep(r, pkt) // after an error, too: it is counted
	return failed
}

// keep copies what a record refers to.
func (b *recordBatch) keep(r *records.Packet, pkt *capture.Packet) {
	i, start := b.n, len(b.data)
	b.n++
	b.data = append(b.data, pkt.Data...)
	b.packets[i] = *pkt
	b.packets[i].Data = b.data[start:len(b.data):len(b.data)]
	b.packets[i].Origin = nil // it goes on meanwhile
	r.Keep(&b.packets[i])
	if r.TCP != nil {
		b.results[i] = *r.TCP
		r.TCP = &b.results[i]
	}
	if r.Said != nil {
		r.Said.CopyTo(&b.said[i])
		r.Said = &b.said[i]
	}
	if r.Line != nil {
		at := len(b.lines)
		b.lines = append(b.lines, r.Line...) // lines before keep their place if it moves
		r.Line = b.lines[at:len(b.lines):len(b.lines)]
	}
}

// flush hands on the records so far without waiting for more.
func (p *recordPool) flush() {
	if p.current.n > 0 {
		p.ordered <- p.current
		p.work <- p.current
		p.current = <-p.free
	}
}

// drain waits until all records so far are handed on.
func (p *recordPool) drain() {
	p.flush()
	idle := make([]*recordBatch, 0, cap(p.free))
	for len(idle) < cap(p.free)-1 { // one is the current batch
		idle = append(idle, <-p.free)
	}
	for _, b := range idle {
		p.free <- b
	}
}

// close hands on what is left and ends the goroutines.
func (p *recordPool) close() {
	p.flush()
	close(p.work)
	close(p.ordered)
	p.workers.Wait()
	<-p.done
}

// encode is a worker.
func (p *recordPool) encode() {
	defer p.workers.Done()
	for b := range p.work {
		for i := range p.outputs {
			out := b.out[i][:0]
			for k := range b.n {
				out = p.outputs[i].append(out, &b.records[k])
			}
			b.out[i] = out
		}
		b.encoded <- struct{}{}
	}
}

// collect goes through the batches in order.
func (p *recordPool) collect() {
	defer close(p.done)
	for b := range p.ordered {
		<-b.encoded
		for i := range p.outputs {
			b.out[i] = p.outputs[i].file.hand(b.out[i], uint64(b.n))
		}
		b.n, b.data, b.lines = 0, b.data[:0], b.lines[:0]
		p.free <- b
	}
}
