package hosts

import (
	"bytes"
	"errors"
	"io"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/tapdump/tapdump/capture"
)

// Packets go from host to host's queue in batches, of which so many may be under way,
// each with so many packets and bytes: a host that is faster than we are has to wait, which it
// counts.
const (
	mostBatches  = 16
	batchPackets = 2048
	batchBytes   = 256 << 10
)

// batch is a number of packets of a host that came together.
type batch struct {
	host       *host
	arrived    time.Time
	packets    []capture.Packet
	data       []byte               // of the last of them
	notes      []capture.Annotation // of those that have one
	size       int                  // of all their bytes
	next       int                  // of packets, that was not given out
	at         int64                // the corrected time of that, ns
	correction time.Duration        // of times
	interfaces []capture.Interface  // those of the host, if there are new ones
	err        error                // nothing comes behind it
}

// idleReader reads packets of a host, and has a function called before it waits for
// more.
type idleReader struct {
	file *os.File
	rest []byte // that was read already
	idle func()

	mu     sync.Mutex
	failed error
}

// Read implements io.Reader.
func (r *idleReader) Read(b []byte) (int, error) {
	if len(r.rest) > 0 {
		n := copy(b, r.rest)
		r.rest = r.rest[n:]
		return n, nil
	}
	if r.idle != nil {
		r.idle()
	}
	n, err := r.file.Read(b)
	if err != nil && err != io.EOF {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.failed != nil {
			err = r.failed
		}
	}
	return n, err
}

// fail is why the file was closed.
func (r *idleReader) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed = err
}

// skip reads up to a line: what a user's shell says when it begins is in front.
func (r *idleReader) skip(line []byte) error {
	const most = 1 << 20
	buf := make([]byte, 64<<10)
	var all []byte
	for len(all) < most {
		n, err := r.file.Read(buf)
		all = append(all, buf[:n]...)
		if _, after, ok := bytes.Cut(all, line); ok {
			r.rest = after
			return nil
		}
		if err != nil {
			return err
		}
	}
	return errors.New("what comes from there is no capture")
}

// add takes a packet into the batch. What was taken before stays where it is.
func (b *batch) add(pkt *capture.Packet) {
	if cap(b.data)-len(b.data) < len(pkt.Data) {
		b.data = make([]byte, 0, max(min(2*cap(b.data), batchBytes), len(pkt.Data)))
	}
	start := len(b.data)
	b.data = append(b.data, pkt.Data...)
	b.size += len(pkt.Data)
	b.packets = append(b.packets, *pkt)
	kept := &b.packets[len(b.packets)-1]
	kept.Data, kept.Origin, kept.Annotation = b.data[start:len(b.data):len(b.data)], nil, nil
}

// annotate adds what the host has said of the packet that was added last.
func (b *batch) annotate(a capture.Annotation) {
	if cap(b.notes) < batchPackets {
		b.notes = make([]capture.Annotation, 0, batchPackets) // which packets point into
	}
	b.notes = append(b.notes, a)
	b.packets[len(b.packets)-1].Annotation = &b.notes[len(b.notes)-1]
}

// maxOwners bounds the processes of a host that are known.
const maxOwners = 65536

// learn takes what a host says of a process.
func (h *host) learn(o *capture.Owner) {
	if h.owners == nil || len(h.owners) >= maxOwners && h.owners[o.Process] == nil {
		h.owners = make(map[uint32]*capture.Owner)
	}
	h.owners[o.Process] = o
}

// note is what the host has said of the last packet.
func (h *host) note() (a capture.Annotation, ok bool) {
	if a, ok = h.reader.Annotation(); !ok {
		return a, false
	}
	a.Comment = bytes.Clone(a.Comment)
	if a.Owned {
		if a.Owner = h.owners[a.Process]; a.Owner == nil {
			a.Owner = &capture.Owner{Process: a.Process}
			h.learn(a.Owner)
		}
	}
	return a, true
}

// release makes the batch free again.
func (b *batch) release() {
	b.notes = b.notes[:0]
	b.packets, b.data, b.size, b.next, b.interfaces = b.packets[:0], b.data[:0], 0, 0, nil
	b.host.free <- b
}

// read reads packets until the host ends, and says then how that came.
func (h *host) read(to chan<- *batch) {
	b := <-h.free
	interfaces := len(h.reader.Interfaces())
	deliver := func() {
		if len(b.packets) == 0 && b.err == nil {
			return
		}
		if all := h.reader.Interfaces(); len(all) > interfaces {
			b.interfaces, interfaces = slices.Clone(all), len(all)
		}
		b.arrived = time.Now()
		last := b.err != nil
		if to <- b; !last {
			b = <-h.free
		}
	}
	h.packets.idle = deliver
	var pkt capture.Packet
	for {
		err := h.reader.Next(&pkt)
		if err != nil {
			// The end of its packets is that of the host. Counts come before it is over.
			h.stdin.Close()
			select {
			case <-h.exited:
				h.settle()
			case <-time.After(grace):
			}
			h.stdout.Close()
			b.err = err
			deliver()
			return
		}
		if b.size > 0 && b.size+len(pkt.Data) > batchBytes || len(b.packets) == batchPackets {
			deliver()
		}
		b.add(&pkt)
		if a, ok := h.note(); ok {
			b.annotate(a)
		}
	}
}
