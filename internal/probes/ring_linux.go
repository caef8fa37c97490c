//go:build !noebpf && !tapdump_small

package probes

import (
	"encoding/binary"
	"fmt"
	"os"
	"sync/atomic"
	"unsafe"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// Ring is what a program in the kernel writes records into, and one goroutine reads
// from (BPF_MAP_TYPE_RINGBUF).
type Ring struct {
	buffer             *ebpf.Map
	control            []byte // the page with the place of the reader
	data               []byte // the page with the place of the writer, and twice the records behind
	consumer, producer *uint64
	at                 uint64 // place of the reader, which the kernel learns with Release
}

const (
	ringHeader    = 8
	ringBusy      = 1 << 31 // it is being written
	ringDiscarded = 1 << 30
)

// newRing makes one of so many bytes, a power of two.
func newRing(size int) (*Ring, error) {
	buffer, err := ebpf.NewMap(&ebpf.MapSpec{Name: "tapdump_ring", Type: ebpf.RingBuf, MaxEntries: uint32(size)})
	if err != nil {
		return nil, err
	}
	r := &Ring{buffer: buffer}
	page := os.Getpagesize()
	if r.control, err = unix.Mmap(buffer.FD(), 0, page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED); err == nil {
		r.data, err = unix.Mmap(buffer.FD(), int64(page), page+2*size, unix.PROT_READ, unix.MAP_SHARED)
	}
	if err != nil {
		r.Close()
		return nil, fmt.Errorf("can't map the ring: %w", err)
	}
	r.consumer = (*uint64)(unsafe.Pointer(&r.control[0]))
	r.producer = (*uint64)(unsafe.Pointer(&r.data[0]))
	r.at = atomic.LoadUint64(r.consumer)
	return r, nil
}

// size is how many bytes of records there may be.
func (r *Ring) size() uint64 { return uint64(len(r.data)-len(r.control)) / 2 }

// Next is the next record, nil if there is none. It is valid until Release.
func (r *Ring) Next() []byte {
	for r.at < atomic.LoadUint64(r.producer) {
		start := uint64(len(r.control)) + r.at&(r.size()-1)
		word := atomic.LoadUint32((*uint32)(unsafe.Pointer(&r.data[start])))
		if word&ringBusy != 0 {
			return nil
		}
		n := uint64(word &^ (ringBusy | ringDiscarded))
		record := r.data[start+ringHeader : start+ringHeader+n : start+ringHeader+n]
		r.at += (ringHeader + n + 7) &^ 7
		if word&ringDiscarded == 0 {
			return record
		}
	}
	return nil
}

// Release gives the room of records back.
func (r *Ring) Release() { atomic.StoreUint64(r.consumer, r.at) }

// Descriptor can be read from when there is a record.
func (r *Ring) Descriptor() int { return r.buffer.FD() }

// Close gives it back.
func (r *Ring) Close() error {
	for _, m := range [...][]byte{r.control, r.data} {
		if m != nil {
			_ = unix.Munmap(m) // it was mapped
		}
	}
	r.control, r.data = nil, nil
	return r.buffer.Close()
}

// native reads numbers of records.
var native = binary.NativeEndian
