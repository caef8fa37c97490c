package index

import "math/bits"

// bloom is a Bloom filter: a set that has all that was put into it, and perhaps more. It
// has 64 bits in each of its words.
type bloom []uint64

// has reports whether all bits of a key are set. They are where places says, modulo the
// number of bits.
func (b bloom) has(places []uint64) bool {
	size := 64 * uint64(len(b))
	for _, place := range places {
		place %= size
		if b[place/64]>>(place%64)&1 == 0 {
			return false
		}
	}
	return true
}

// locate are the bits of a key that is a hash, of which each half alone says where they
// are, in a filter of any size.
func locate(key uint64) (all [bitsEach]uint64) {
	step := bits.RotateLeft64(key, 32) | 1
	for i := range all {
		all[i] = key >> 6
		key += step
	}
	return all
}

// add sets the bits of a key that is a hash.
func (b bloom) add(key uint64) {
	for _, place := range locate(key) {
		place %= 64 * uint64(len(b))
		b[place/64] |= 1 << (place % 64)
	}
}

// test reports whether a key that is a hash was added, or others that have its bits.
func (b bloom) test(key uint64) bool {
	places := locate(key)
	return b.has(places[:])
}
