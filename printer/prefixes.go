package printer

// What prefix4At and prefix6At return for a prefix that cannot be read.
const (
	prefixIllegal = -1 // longer than an address
	prefixShort   = -2 // does not fit into its field
)

// prefix4At reads an IPv4 prefix as BGP writes it (RFC 4271 section 4.3): its
// length in bits and as many bytes as that takes, in a field of size bytes at
// b[i]. n is the number of bytes taken, or prefixIllegal or prefixShort. Bits
// behind the length are cleared.
func prefix4At(b []byte, i, size int) (a addr4, bits, n int) {
	bits, n = prefixAt(a[:], b, i, size)
	return a, bits, n
}

// prefix6At is prefix4At for IPv6 (RFC 2545, RFC 4760 section 5).
func prefix6At(b []byte, i, size int) (a addr6, bits, n int) {
	bits, n = prefixAt(a[:], b, i, size)
	return a, bits, n
}

func prefixAt(dst, b []byte, i, size int) (bits, n int) {
	if size < 1 {
		return 0, prefixShort
	}
	if bits = int(u8(b, i)); bits > 8*len(dst) {
		return bits, prefixIllegal
	}
	if n = (bits + 7) / 8; size < 1+n {
		return bits, prefixShort
	}
	prefixBits(dst, b, i+1, bits)
	return bits, 1 + n
}

// prefixBits copies the bits of a prefix at b[i] to the zeroed dst, and clears
// what is left of its last byte.
func prefixBits(dst, b []byte, i, bits int) {
	n := (bits + 7) / 8
	copy(dst, bytesAt(b, i, n))
	if bits%8 != 0 {
		dst[n-1] &= 0xff << (8 - bits%8)
	}
}
