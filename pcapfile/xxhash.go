//go:build !tapdump_small

package pcapfile

import (
	"encoding/binary"
	"math/bits"
)

// The checksums of LZ4 frames and of Zstandard frames: XXH32 and XXH64 with seed
// 0 (xxHash fast digest algorithm 0.1.1, sections 2 and 3).

const (
	xxh32Prime1 = 0x9e3779b1
	xxh32Prime2 = 0x85ebca77
	xxh32Prime3 = 0xc2b2ae3d
	xxh32Prime4 = 0x27d4eb2f
	xxh32Prime5 = 0x165667b1

	xxh64Prime1 = 0x9e3779b185ebca87
	xxh64Prime2 = 0xc2b2ae3d27d4eb4f
	xxh64Prime3 = 0x165667b19e3779f9
	xxh64Prime4 = 0x85ebca77c2b2ae63
	xxh64Prime5 = 0x27d4eb2f165667c5
)

// stripes gathers what is written into pieces of the length of rest.
type stripes struct {
	filled int // bytes of rest
	length uint64
}

// add returns how many bytes of b fill rest up, and whether they do.
func (s *stripes) add(rest, b []byte) (n int, full bool) {
	s.length += uint64(len(b))
	if s.filled == 0 {
		return 0, false
	}
	n = copy(rest[s.filled:], b)
	s.filled = (s.filled + n) % len(rest)
	return n, s.filled == 0
}

type xxh32 struct {
	stripes
	lanes [4]uint32
	rest  [16]byte
}

func (x *xxh32) reset() {
	p1, p2 := uint32(xxh32Prime1), uint32(xxh32Prime2) // variables wrap around
	*x = xxh32{lanes: [4]uint32{p1 + p2, p2, 0, -p1}}
}

func (x *xxh32) write(b []byte) {
	n, full := x.add(x.rest[:], b)
	if full {
		x.mix(x.rest[:])
	}
	if x.filled > 0 {
		return
	}
	b = b[n:]
	whole := len(b) &^ (len(x.rest) - 1)
	x.mix(b[:whole])
	x.filled = copy(x.rest[:], b[whole:])
}

func (x *xxh32) mix(b []byte) {
	v := x.lanes
	for ; len(b) > 0; b = b[16:] {
		for i := range v {
			v[i] = bits.RotateLeft32(v[i]+binary.LittleEndian.Uint32(b[4*i:])*xxh32Prime2, 13) * xxh32Prime1
		}
	}
	x.lanes = v
}

func (x *xxh32) value() uint32 {
	h := uint32(xxh32Prime5)
	if v := x.lanes; x.length >= uint64(len(x.rest)) {
		h = bits.RotateLeft32(v[0], 1) + bits.RotateLeft32(v[1], 7) + bits.RotateLeft32(v[2], 12) + bits.RotateLeft32(v[3], 18)
	}
	h += uint32(x.length)
	b := x.rest[:x.filled]
	for ; len(b) >= 4; b = b[4:] {
		h = bits.RotateLeft32(h+binary.LittleEndian.Uint32(b)*xxh32Prime3, 17) * xxh32Prime4
	}
	for _, c := range b {
		h = bits.RotateLeft32(h+uint32(c)*xxh32Prime5, 11) * xxh32Prime1
	}
	h = (h ^ h>>15) * xxh32Prime2
	h = (h ^ h>>13) * xxh32Prime3
	return h ^ h>>16
}

type xxh64 struct {
	stripes
	lanes [4]uint64
	rest  [32]byte
}

func (x *xxh64) reset() {
	p1, p2 := uint64(xxh64Prime1), uint64(xxh64Prime2) // variables wrap around
	*x = xxh64{lanes: [4]uint64{p1 + p2, p2, 0, -p1}}
}

func (x *xxh64) write(b []byte) {
	n, full := x.add(x.rest[:], b)
	if full {
		x.mix(x.rest[:])
	}
	if x.filled > 0 {
		return
	}
	b = b[n:]
	whole := len(b) &^ (len(x.rest) - 1)
	x.mix(b[:whole])
	x.filled = copy(x.rest[:], b[whole:])
}

func (x *xxh64) mix(b []byte) {
	v := x.lanes
	v0, v1, v2, v3 := v[0], v[1], v[2], v[3] // in registers
	for ; len(b) >= 32; b = b[32:] {
		v0 = xxh64Round(v0, binary.LittleEndian.Uint64(b))
		v1 = xxh64Round(v1, binary.LittleEndian.Uint64(b[8:]))
		v2 = xxh64Round(v2, binary.LittleEndian.Uint64(b[16:]))
		v3 = xxh64Round(v3, binary.LittleEndian.Uint64(b[24:]))
	}
	x.lanes = [4]uint64{v0, v1, v2, v3}
}

func xxh64Round(lane, v uint64) uint64 {
	return bits.RotateLeft64(lane+v*xxh64Prime2, 31) * xxh64Prime1
}

func (x *xxh64) value() uint64 {
	h := uint64(xxh64Prime5)
	if v := x.lanes; x.length >= uint64(len(x.rest)) {
		h = bits.RotateLeft64(v[0], 1) + bits.RotateLeft64(v[1], 7) + bits.RotateLeft64(v[2], 12) + bits.RotateLeft64(v[3], 18)
		for _, lane := range v {
			h = (h^xxh64Round(0, lane))*xxh64Prime1 + xxh64Prime4
		}
	}
	h += x.length
	b := x.rest[:x.filled]
	for ; len(b) >= 8; b = b[8:] {
		h = bits.RotateLeft64(h^xxh64Round(0, binary.LittleEndian.Uint64(b)), 27)*xxh64Prime1 + xxh64Prime4
	}
	if len(b) >= 4 {
		h = bits.RotateLeft64(h^uint64(binary.LittleEndian.Uint32(b))*xxh64Prime1, 23)*xxh64Prime2 + xxh64Prime3
		b = b[4:]
	}
	for _, c := range b {
		h = bits.RotateLeft64(h^uint64(c)*xxh64Prime5, 11) * xxh64Prime1
	}
	h = (h ^ h>>33) * xxh64Prime2
	h = (h ^ h>>29) * xxh64Prime3
	return h ^ h>>32
}
