package flows

import (
	"encoding/binary"
	"math/bits"
)

// uidHash is a multiply-and-fold hash like wyhash, of 128 bits.
type uidHash [2]uint64

func (x *uidHash) add(n uint64) {
	for i, k := range [...]uint64{0xa4093822299f31d0, 0x082efa98ec4e6c89} {
		high, low := bits.Mul64(x[i]^n, k^bits.RotateLeft64(x[1-i], 32))
		x[i] = high ^ low ^ n
	}
}

func be64(b []byte) uint64 { return binary.BigEndian.Uint64(b) }
