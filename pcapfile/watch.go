package pcapfile

import (
	"encoding/binary"
	"io"

	"github.com/tapdump/tapdump/capture"
)

// Watcher hears what a file that is written consists of, in its order: the sizes in
// bytes add up to that of the file. It is called with the Writer locked.
type Watcher interface {
	// Packet says that the next n bytes are a packet, valid until it returns.
	Packet(pkt *capture.Packet, n int)
	// Other says that the next n bytes are no packet.
	Other(n int)
	// Insert says that n bytes that are no packet have come in at offset at, in front of
	// packets that were told of before.
	Insert(at int64, n int)
	// Written has the next bytes of the file, as they are handed to the system.
	Written(b []byte)
	// Close says that there is no more. The file is complete, or writing it failed.
	Close(complete bool)
}

// tellOther says that what the buffer has from offset before on is no packet.
func (w *Writer) tellOther(before int) {
	if w.watcher != nil && len(w.buf) > before {
		w.watcher.Other(len(w.buf) - before)
	}
}

// tellPacket says that what the buffer has from offset before on is a packet, in
// front of which interfaces may be described.
func (w *Writer) tellPacket(before int, pkt *capture.Packet) {
	if w.watcher == nil {
		return
	}
	for w.ng != nil && binary.NativeEndian.Uint32(w.buf[before:]) == blockInterface {
		n := int(binary.NativeEndian.Uint32(w.buf[before+4:]))
		w.watcher.Other(n)
		before += n
	}
	w.watcher.Packet(pkt, len(w.buf)-before)
}

// endWatching says how the file ended.
func (w *Writer) endWatching(err error) {
	if w.watcher != nil {
		w.watcher.Close(err == nil)
		w.watcher = nil
	}
}

// Tell reads what is left of the file and has w hear what it consists of, from its
// beginning on; it is called before the first packet is read. stop is asked now and then,
// and ends it. The error is Next's, nil at the end of the file. w's Written and Close are
// not called.
func (r *Reader) Tell(w Watcher, stop func() bool) error {
	at := r.in.offset()
	w.Other(int(at))
	var pkt capture.Packet
	for read := 1; ; read++ {
		err := r.Next(&pkt)
		n := r.in.offset() - at
		at += n
		if err != nil {
			if n > 0 && err == io.EOF {
				w.Other(int(n))
			}
			return endOfInput(err)
		}
		size := n
		if r.ng != nil {
			size = int64(r.ng.length)
			w.Other(int(n - size))
		}
		w.Packet(&pkt, int(size))
		if read%1024 == 0 && stop() {
			return nil
		}
	}
}

// Compressed reports whether the file is compressed.
func (r *Reader) Compressed() bool { return r.stream != nil }

// Place is where the data of pkt, the packet that Next gave last, stands in the file: in
// bytes from its beginning, of what comes out of it if it is compressed. In pseudo-headers
// of a file with the other byte order (Swapped) some fields stand otherwise there.
func (r *Reader) Place(pkt *capture.Packet) int64 {
	if r.ng != nil {
		return r.in.offset() - int64(r.ng.length) + int64(r.ng.front)
	}
	return r.in.offset() - int64(cap(pkt.Data))
}
