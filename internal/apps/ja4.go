package apps

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// What a ClientHello came in, as the first letter of its JA4.
const (
	ja4TLS  = 't'
	ja4QUIC = 'q'
	ja4DTLS = 'd'
)

// appendJA4 appends the JA4 fingerprint of a ClientHello
// (github.com/FoxIO-LLC/ja4, technical_details/JA4.md; of that family JA4 alone is
// free to use): transport, version, whether it names a server, the numbers of
// cipher suites and extensions, the first protocol; a hash of the sorted cipher
// suites; one of the sorted extensions and the signature algorithms.
func appendJA4(b []byte, h *tlsHello, transport byte) []byte {
	var room [128]uint16
	ciphers := room[:0]
	for v := range uint16s(h.ciphers) {
		if !isGREASE(v) {
			ciphers = append(ciphers, v)
		}
	}
	var extRoom [64]uint16
	extensions, count := extRoom[:0], 0
	var value []byte
	for rest := h.extensions; ; {
		kind, ok := nextExtension(&rest, &value)
		if !ok {
			break
		}
		if isGREASE(kind) {
			continue
		}
		count++
		if kind != tlsExtServerName && kind != tlsExtALPN {
			extensions = append(extensions, kind)
		}
	}
	b = append(b, transport)
	b = append(b, ja4Version(h.best())...)
	if h.hasName {
		b = append(b, 'd')
	} else {
		b = append(b, 'i')
	}
	b = appendTwoDigits(b, len(ciphers))
	b = appendTwoDigits(b, count)
	b = appendJA4Protocol(b, h)
	slices.Sort(ciphers)
	b = appendJA4Hash(append(b, '_'), ciphers, nil)
	slices.Sort(extensions)
	return appendJA4Hash(append(b, '_'), extensions, h.signatures)
}

func ja4Version(v uint16) string {
	switch v {
	case tls13:
		return "13"
	case tls12:
		return "12"
	case tls11:
		return "11"
	case tls10:
		return "10"
	case tlsSSL30:
		return "s3"
	case 0x0002:
		return "s2"
	case dtls10:
		return "d1"
	case dtls12:
		return "d2"
	case dtls13:
		return "d3"
	}
	return "00"
}

func appendTwoDigits(b []byte, n int) []byte {
	n = min(n, 99)
	return append(b, byte('0'+n/10), byte('0'+n%10))
}

// appendJA4Protocol appends the first and the last character of the first protocol
// of ALPN, or of its bytes in hex.
func appendJA4Protocol(b []byte, h *tlsHello) []byte {
	list := h.alpn
	name, ok := nextProtocol(&list)
	if !ok || len(name) == 0 {
		return append(b, "00"...)
	}
	first, last := name[0], name[len(name)-1]
	if isAlphanumeric(first) && isAlphanumeric(last) {
		return append(b, first, last)
	}
	const digits = "0123456789abcdef"
	return append(b, digits[first>>4], digits[last&15])
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}

// appendJA4Hash appends the first twelve digits of the SHA-256 of numbers in hex,
// those of signatures behind an underscore; zeros if there is no number.
func appendJA4Hash(b []byte, sorted []uint16, signatures []byte) []byte {
	if len(sorted) == 0 {
		return append(b, "000000000000"...)
	}
	var room [1024]byte
	text := room[:0]
	for i, v := range sorted {
		if i > 0 {
			text = append(text, ',')
		}
		text = appendHex16(text, v)
	}
	between := byte('_')
	for v := range uint16s(signatures) {
		if !isGREASE(v) {
			text = appendHex16(append(text, between), v)
			between = ','
		}
	}
	sum := sha256.Sum256(text)
	return hex.AppendEncode(b, sum[:6])
}
