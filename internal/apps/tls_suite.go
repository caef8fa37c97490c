package apps

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"hash"
	"slices"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"
)

// Cipher suites of TLS 1.3 (RFC 8446 B.4); the first is that of Initial packets of QUIC.
const (
	tlsAES128GCM = 0x1301
	tlsAES256GCM = 0x1302
	tlsChaCha20  = 0x1303
)

// tlsSuite is how a cipher suite protects records.
type tlsSuite struct {
	keyLength int // bytes
	hash      func() hash.Hash
	chacha    bool // ChaCha20-Poly1305; else AES-GCM
}

// tlsSuiteOf returns how a cipher suite protects records. Those with AES-GCM (RFC
// 5288, 5289, 5487, 8442) and ChaCha20-Poly1305 (RFC 7905) are known, whatever
// their key exchange and signature.
func tlsSuiteOf(id uint16) (s tlsSuite, ok bool) {
	i, found := slices.BinarySearchFunc(tlsCiphers, id, func(n tlsName, v uint16) int { return int(n.value) - int(v) })
	if !found {
		return s, false
	}
	switch name := tlsCiphers[i].name; {
	case strings.HasSuffix(name, "_AES_128_GCM_SHA256"):
		return tlsSuite{keyLength: 16, hash: sha256.New}, true
	case strings.HasSuffix(name, "_AES_256_GCM_SHA384"):
		return tlsSuite{keyLength: 32, hash: sha512.New384}, true
	case strings.HasSuffix(name, "_CHACHA20_POLY1305_SHA256"):
		return tlsSuite{keyLength: 32, hash: sha256.New, chacha: true}, true
	}
	return s, false
}

// aead is the algorithm with a key; nil where it is forbidden.
func (s tlsSuite) aead(key []byte) cipher.AEAD {
	if s.chacha {
		aead, err := chacha20poly1305.New(key)
		if err != nil {
			return nil
		}
		return aead
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil
	}
	return aead
}

// tls12PRF fills out with the pseudorandom function of TLS 1.2 (RFC 5246 5).
func tls12PRF(h func() hash.Hash, out, secret []byte, label string, seed ...[]byte) {
	mac := hmac.New(h, secret)
	sum := func(parts ...[]byte) []byte {
		mac.Reset()
		for _, p := range parts {
			mac.Write(p)
		}
		return mac.Sum(nil)
	}
	labelled := slices.Concat(append([][]byte{[]byte(label)}, seed...)...)
	for a := sum(labelled); len(out) > 0; a = sum(a) {
		out = out[copy(out, sum(a, labelled)):]
	}
}
