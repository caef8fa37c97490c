package apps

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"hash"

	"golang.org/x/crypto/chacha20"
	"golang.org/x/crypto/chacha20poly1305"
	"golang.org/x/crypto/cryptobyte"
)

// quicKeys protect the packets of one direction at one encryption level (RFC 9001
// 5.1).
type quicKeys struct {
	suite   tlsSuite
	version uint32
	secret  []byte
	aead    cipher.AEAD
	iv      []byte
	mask    headerMask
	phase   bool  // of 1-RTT keys: the key phase bit that goes with them
	largest int64 // packet number seen; -1: none
}

// headerMask gives the first bytes of the mask of RFC 9001 5.4 for a sample of 16
// bytes.
type headerMask func(mask *[5]byte, sample []byte)

// quicSalt is the salt of the secrets of Initial packets: RFC 9001 5.2, RFC 9369
// 3.3.1, and what was before them.
func quicSalt(version uint32) []byte {
	const (
		draft22 = "\x7f\xbc\xdb\x0e\x7c\x66\xbb\xe9\x19\x3a\x96\xcd\x21\x51\x9e\xbd\x7a\x02\x64\x4a"
		draft23 = "\xc3\xee\xf7\x12\xc7\x2e\xbb\x5a\x11\xa7\xd2\x43\x2b\xb4\x63\x65\xbe\xf9\xf5\x02"
		draft29 = "\xaf\xbf\xec\x28\x99\x93\xd2\x4c\x9e\x97\x86\xf1\x9c\x61\x11\xe0\x43\x90\xa8\x99"
		v1      = "\x38\x76\x2c\xf7\xf5\x59\x34\xb3\x4d\x17\x9a\xe6\xa4\xc8\x0c\xad\xcc\xbb\x7f\x0a"
		v2      = "\x0d\xed\xe3\xde\xf7\x00\xa6\xdb\x81\x93\x81\xbe\x6e\x26\x9d\xcb\xf9\xbd\x2e\xd9"
		q050    = "\x50\x45\x74\xef\xd0\x66\xfe\x2f\x9d\x94\x5c\xfc\xdb\xd3\xa7\xf0\xd3\xb5\x6b\x45"
		t050    = "\x7f\xf5\x79\xe5\xac\xd0\x72\x91\x55\x80\x30\x4c\x43\xa2\x36\x7c\x60\x48\x83\x10"
		t051    = "\x7a\x4e\xde\xf4\xe7\xcc\xee\x5f\xa4\x50\x6c\x19\x12\x4f\xc8\xcc\xda\x6e\x03\x3d"
	)
	switch draft := quicDraftNumber(version); {
	case version == quicV2:
		return []byte(v2)
	case version == gquicQ050:
		return []byte(q050)
	case version == gquicT050:
		return []byte(t050)
	case version == gquicT051:
		return []byte(t051)
	case draft == 22:
		return []byte(draft22)
	case 23 <= draft && draft <= 28:
		return []byte(draft23)
	case 29 <= draft && draft <= 32:
		return []byte(draft29)
	}
	return []byte(v1)
}

// quicInitialKeys derives the keys of the Initial packets of a side from the first
// destination connection id of the client (RFC 9001 5.2); nil if they cannot be.
func quicInitialKeys(version uint32, dcid []byte, server bool) *quicKeys {
	initial, err := hkdf.Extract(sha256.New, dcid, quicSalt(version))
	if err != nil {
		return nil // only a hash that is forbidden, in FIPS mode
	}
	label := "client in"
	if server {
		label = "server in"
	}
	suite, _ := tlsSuiteOf(tlsAES128GCM)
	return newQUICKeys(version, suite, expandLabel(sha256.New, initial, label, 32))
}

// newQUICKeys derives keys from a secret; nil if they cannot be.
func newQUICKeys(version uint32, suite tlsSuite, secret []byte) *quicKeys {
	k := &quicKeys{suite: suite, version: version, largest: -1}
	hp := expandLabel(suite.hash, secret, k.label("hp"), suite.keyLength)
	if !k.derive(secret) || hp == nil {
		return nil
	}
	if suite.chacha {
		k.mask = func(mask *[5]byte, sample []byte) {
			*mask = [5]byte{}
			c, err := chacha20.NewUnauthenticatedCipher(hp, sample[4:16])
			if err != nil {
				return
			}
			c.SetCounter(binary.LittleEndian.Uint32(sample))
			c.XORKeyStream(mask[:], mask[:])
		}
		return k
	}
	block, err := aes.NewCipher(hp)
	if err != nil {
		return nil
	}
	var out [aes.BlockSize]byte
	k.mask = func(mask *[5]byte, sample []byte) {
		block.Encrypt(out[:], sample)
		copy(mask[:], out[:])
	}
	return k
}

// derive sets what a secret gives but header protection, which stays the same when
// keys are updated.
func (k *quicKeys) derive(secret []byte) bool {
	key := expandLabel(k.suite.hash, secret, k.label("key"), k.suite.keyLength)
	iv := expandLabel(k.suite.hash, secret, k.label("iv"), 12)
	if key == nil || iv == nil {
		return false
	}
	aead := k.suite.aead(key)
	if aead == nil {
		return false
	}
	k.secret, k.iv, k.aead = secret, iv, aead
	return true
}

// label is the label of HKDF of a version (RFC 9001 5.1, RFC 9369 3.3.2).
func (k *quicKeys) label(of string) string {
	if k.version == quicV2 {
		return "quicv2 " + of
	}
	return "quic " + of
}

// next are the keys of the next key phase (RFC 9001 6.1).
func (k *quicKeys) next() *quicKeys {
	n := *k
	secret := expandLabel(k.suite.hash, k.secret, k.label("ku"), len(k.secret))
	if secret == nil || !n.derive(secret) {
		return nil
	}
	n.phase = !k.phase
	return &n
}

// unprotect removes header protection from a packet whose protected packet number
// is at number. It appends the header as it is authenticated to dst, and returns
// the whole packet number (RFC 9001 5.4, RFC 9000 A.3).
func (k *quicKeys) unprotect(dst, packet []byte, number int) (header []byte, pn int64, ok bool) {
	if len(packet) < number+4+16 {
		return nil, 0, false
	}
	var mask [5]byte
	k.mask(&mask, packet[number+4:number+20])
	first := packet[0] ^ mask[0]&0x0f
	if packet[0]&0x80 == 0 {
		first = packet[0] ^ mask[0]&0x1f
	}
	length := int(first&3) + 1
	header = append(dst, packet[:number+length]...)
	h := header[len(dst):]
	h[0] = first
	var truncated int64
	for i := range length {
		h[number+i] ^= mask[1+i]
		truncated = truncated<<8 | int64(h[number+i])
	}
	return header, quicPacketNumber(k.largest, truncated, length), true
}

// quicPacketNumber is the packet number of which length bytes were sent, given the
// largest seen (RFC 9000 A.3).
func quicPacketNumber(largest, truncated int64, length int) int64 {
	expected := largest + 1
	window := int64(1) << (8 * length)
	candidate := expected&^(window-1) | truncated
	switch {
	case candidate <= expected-window/2 && candidate < 1<<62-window:
		return candidate + window
	case candidate > expected+window/2 && candidate >= window:
		return candidate - window
	}
	return candidate
}

// decrypt appends the payload of a packet, whose header is authenticated as
// header, to header. It is nil if the packet does not belong to these keys.
func (k *quicKeys) decrypt(header, sealed []byte, pn int64) (payload []byte) {
	var nonce [chacha20poly1305.NonceSize]byte
	xorNonce(&nonce, k.iv, uint64(pn))
	payload, err := k.aead.Open(header[len(header):], nonce[:], sealed, header)
	if err != nil {
		return nil
	}
	k.largest = max(k.largest, pn)
	return payload
}

// open decrypts a packet, which ends where its bytes end, into room. The payload is
// nil if it does not belong to these keys.
func (k *quicKeys) open(room, packet []byte, number int) (payload []byte) {
	header, pn, ok := k.unprotect(room[:0], packet, number)
	if !ok {
		return nil
	}
	return k.decrypt(header, packet[len(header):], pn)
}

// xorNonce makes the nonce of a record or packet from its number (RFC 8446 5.3).
func xorNonce(nonce *[12]byte, iv []byte, number uint64) {
	copy(nonce[:], iv)
	for i := range 8 {
		nonce[11-i] ^= byte(number >> (8 * i))
	}
}

// expandLabel is HKDF-Expand-Label without a context (RFC 8446 7.1); nil where the
// hash is forbidden.
func expandLabel(h func() hash.Hash, secret []byte, label string, length int) []byte {
	var b cryptobyte.Builder
	b.AddUint16(uint16(length))
	b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) {
		b.AddBytes([]byte("tls13 "))
		b.AddBytes([]byte(label))
	})
	b.AddUint8(0)
	out, err := hkdf.Expand(h, secret, string(b.BytesOrPanic()), length)
	if err != nil {
		return nil
	}
	return out
}
