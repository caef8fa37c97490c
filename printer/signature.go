package printer

import "crypto/md5"

// signature checks the HMAC-MD5 (RFC 2104) of a message of length bytes with the
// secret of -M. It stands at b[digest:]; for the sum, it and the 16-bit fields at
// the offsets in zero count as zero. The result is for the line; before it, a
// wrong signature appends what would be right.
func (p *Printer) signature(b []byte, length, digest int, zero ...int) string {
	if p.opts.TCPSecret == "" || !has(b, 0, length) || !has(b, digest, md5.Size) || digest+md5.Size > length {
		return "unchecked"
	}
	var key [md5.BlockSize]byte
	p.scratch = append(p.scratch[:0], p.opts.TCPSecret...)
	if len(p.scratch) > len(key) {
		sum := md5.Sum(p.scratch)
		p.scratch = append(p.scratch[:0], sum[:]...)
	}
	copy(key[:], p.scratch)

	m := p.scratch[:0]
	for _, c := range key {
		m = append(m, c^0x36)
	}
	m = append(m, b[:length]...)
	message := m[len(key):]
	clear(message[digest : digest+md5.Size])
	for _, i := range zero {
		if has(message, i, 2) {
			clear(message[i : i+2])
		}
	}
	inner := md5.Sum(m)
	m = m[:0]
	for _, c := range key {
		m = append(m, c^0x5c)
	}
	m = append(m, inner[:]...)
	p.scratch = m

	want := md5.Sum(m)
	if want == [md5.Size]byte(b[digest:digest+md5.Size]) {
		return "valid"
	}
	for _, c := range want {
		p.hex(uint64(c), 2)
	}
	return "invalid"
}
