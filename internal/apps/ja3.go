package apps

import (
	"crypto/md5"
	"encoding/hex"
	"strconv"
)

// appendJA3 appends the JA3 fingerprint of a ClientHello: the MD5 of its version,
// cipher suites, extensions, groups and point formats as decimal numbers in the
// order they were sent, without GREASE (github.com/salesforce/ja3).
func appendJA3(b []byte, h *tlsHello) []byte {
	var scratch [1024]byte
	sum := md5.Sum(appendJA3Text(scratch[:0], h))
	return hex.AppendEncode(b, sum[:])
}

// appendJA3Text appends what is hashed.
func appendJA3Text(b []byte, h *tlsHello) []byte {
	b = strconv.AppendUint(b, uint64(h.version), 10)
	b = appendDashed(append(b, ','), h.ciphers)
	b = append(b, ',')
	begin := len(b)
	var value []byte
	for rest := h.extensions; ; {
		kind, ok := nextExtension(&rest, &value)
		if !ok {
			break
		}
		b = appendDash(b, begin, kind)
	}
	b = appendDashed(append(b, ','), h.groups)
	b = append(b, ',')
	begin = len(b)
	for _, p := range h.points {
		b = appendDash(b, begin, uint16(p))
	}
	return b
}

func appendDashed(b, list []byte) []byte {
	begin := len(b)
	for v := range uint16s(list) {
		b = appendDash(b, begin, v)
	}
	return b
}

// appendDash appends a number to the list that begins at begin.
func appendDash(b []byte, begin int, v uint16) []byte {
	if isGREASE(v) {
		return b
	}
	if len(b) > begin {
		b = append(b, '-')
	}
	return strconv.AppendUint(b, uint64(v), 10)
}
