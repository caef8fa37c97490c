package pcapfile

import (
	"os"

	"github.com/tapdump/tapdump/capture"
)

// tailBlocks is how many blocks at the end of a pcapng file are looked at.
const tailBlocks = 64

// Misses reports whether the ends of a savefile show that none of its packets is in a
// span: its first one comes a minute or more behind that, or its last ones, of a pcapng file
// that is not compressed, so much before. A file that cannot be understood does not miss it.
func (o ReadOptions) Misses(name string, span Span) bool {
	first, ok, err := o.FirstTime(name)
	switch {
	case err != nil || !ok:
		return false
	case !first.Before(later(span.To, maxDisorder)):
		return true
	}
	o.Within = nil
	r, err := o.Open(name)
	if err != nil {
		return false
	}
	defer r.Close()
	f, plain := r.file.(*os.File)
	if !plain || r.ng == nil || r.stream != nil {
		return false
	}
	info, err := f.Stat()
	if err != nil {
		return false
	}
	last, ok := r.lastTime(f, info.Size())
	// Of an interface that another section describes, the time is far away.
	return ok && !last.Before(later(first, -maxDisorder)) && last.Before(later(span.From, -maxDisorder))
}

// lastTime is the latest time of the last packets of a pcapng file, which is read from
// its end: each block says there how long it is (section 3.1).
func (r *Reader) lastTime(f *os.File, size int64) (last capture.Timestamp, ok bool) {
	var b [blockHeadLen + enhancedPacketLen]byte
	for end, blocks := size, 0; blocks < tailBlocks; blocks++ {
		if _, err := f.ReadAt(b[:blockTailLen], end-blockTailLen); err != nil {
			return last, false
		}
		n := r.u32(b[:])
		begin := end - int64(n)
		if n < blockHeadLen+blockTailLen || n%4 != 0 || n > r.ng.maxBlock || begin < 0 {
			return last, false
		}
		head := b[:min(int64(len(b)), int64(n))]
		if _, err := f.ReadAt(head, begin); err != nil || r.u32(head[4:]) != n {
			return last, false
		}
		switch r.u32(head) {
		case blockSection:
			return last, ok
		case blockEnhancedPacket:
			if len(head) < len(b) || uint64(r.u32(head[8:])) >= uint64(len(r.ng.interfaces)) {
				return last, false
			}
			in := &r.ng.interfaces[r.u32(head[8:])]
			at := normal(in.time(uint64(r.u32(head[12:]))<<32 | uint64(r.u32(head[16:]))))
			if !ok || last.Before(at) {
				last, ok = at, true
			}
		}
		end = begin
	}
	return last, ok
}
