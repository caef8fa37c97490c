package apps

import (
	"crypto/cipher"
	"encoding/binary"
)

// Content types of records (RFC 8446 5.1).
const (
	tlsChangeCipherSpec = 20
	tlsAlert            = 21
	tlsHandshake        = 22
	tlsApplicationData  = 23
	tlsHeartbeat        = 24
)

const (
	tlsRecordHeader = 5
	tlsMaxRecord    = 1<<14 + 2048 // bytes of a protected fragment (RFC 5246 6.2.3)

	// After records were lost, or before their keys came, tlsAhead numbers are tried;
	// after tlsGiveUp records in a row that no number fits, a direction is given up.
	tlsAhead  = 64
	tlsGiveUp = 32
)

// Stages of a direction's keys.
const (
	tlsClear       = iota
	tlsHandshaking // of TLS 1.3: handshake traffic secrets
	tlsRunning     // application traffic secrets, or the keys of TLS 1.2
	tlsGivenUp
)

// tlsSession decrypts the records of one connection.
type tlsSession struct {
	keys         *Keys
	version      uint16 // chosen by the server; DTLS as the TLS it is made of
	cipher       uint16
	suite        tlsSuite
	known        bool // suite is one that can be decrypted
	clientRandom [32]byte
	serverRandom [32]byte
	sides        [2]recordKeys // of the client, of the server
	early        recordKeys    // of the client's early data
}

// recordKeys protect the records of one direction.
type recordKeys struct {
	stage  uint8
	suite  tlsSuite
	tls13  bool
	secret []byte // traffic secret of TLS 1.3
	aead   cipher.AEAD
	iv     []byte
	number uint64 // of the next record
	lost   bool   // number may be too low
	failed int    // records in a row that could not be decrypted
}

// clientHello begins a handshake.
func (s *tlsSession) clientHello(h *tlsHello) {
	copy(s.clientRandom[:], h.random)
	s.early = recordKeys{}
}

// serverHello takes what the server chose; from here on TLS 1.3 is encrypted.
func (s *tlsSession) serverHello(h *tlsHello) {
	if h.retry() {
		return
	}
	copy(s.serverRandom[:], h.random)
	s.version = h.best()
	s.cipher = uint16(h.ciphers[0])<<8 | uint16(h.ciphers[1])
	s.suite, s.known = tlsSuiteOf(s.cipher)
	if s.version == tls13 {
		for i := range s.sides {
			s.sides[i] = recordKeys{stage: tlsHandshaking}
		}
	}
}

// changeCipherSpec starts the encryption of a direction up to TLS 1.2; in 1.3 it
// says nothing (RFC 8446 D.4).
func (s *tlsSession) changeCipherSpec(server bool) {
	if s.version != 0 && s.version < tls13 {
		*s.side(server) = recordKeys{stage: tlsRunning}
	}
}

// missing is told that bytes of a direction were lost.
func (s *tlsSession) missing(server bool) {
	s.side(server).lost = true
	s.early.lost = true
}

func (s *tlsSession) side(server bool) *recordKeys {
	if server {
		return &s.sides[1]
	}
	return &s.sides[0]
}

// encrypted reports whether a record of a type is encrypted.
func (s *tlsSession) encrypted(server bool, kind uint8) bool {
	if kind == tlsApplicationData {
		return true
	}
	return s.version != tls13 && s.side(server).stage != tlsClear && kind != tlsChangeCipherSpec
}

// decryptable reports whether records of a side may still be decrypted, given secrets.
func (s *tlsSession) decryptable(server bool) bool {
	stage := s.side(server).stage
	return s.keys != nil && s.known && stage != tlsClear && stage != tlsGivenUp
}

// clear reports whether the records of a side that were seen so far may be followed
// by others that are not encrypted: before the server's hello.
func (s *tlsSession) clear(server bool) bool {
	return !server && s.side(server).stage == tlsClear && s.clientRandom != [32]byte{}
}

// open decrypts a record, of which there are header and fragment, into room. It
// returns the content type inside; plain is nil if the secrets are not known or do
// not fit.
func (s *tlsSession) open(room []byte, server bool, header, fragment []byte) (kind uint8, plain []byte) {
	k := s.side(server)
	if !s.decryptable(server) {
		if s.keys != nil && s.clear(server) {
			return s.openEarly(room, header, fragment)
		}
		return 0, nil
	}
	if s.version == tls13 {
		kind, plain = s.open13(k, room, server, header, fragment)
	} else if s.derive12(k, server) {
		kind, plain = header[0], k.try(room, header, fragment)
	}
	if plain != nil {
		k.failed = 0
		return kind, plain
	}
	k.lost = true
	if k.failed++; k.failed >= tlsGiveUp {
		k.stage = tlsGivenUp
	}
	return 0, nil
}

// open13 decrypts with the handshake's keys until those of the application fit.
func (s *tlsSession) open13(k *recordKeys, room []byte, server bool, header, fragment []byte) (kind uint8, plain []byte) {
	if k.stage == tlsHandshaking {
		if s.derive13(k, server, secretClientHandshake, secretServerHandshake) {
			plain = k.try(room, header, fragment)
		}
		if plain == nil {
			next := recordKeys{stage: tlsRunning, lost: k.lost, failed: k.failed}
			if s.derive13(&next, server, secretClientApplication, secretServerApplication) {
				if plain = next.try(room, header, fragment); plain != nil {
					*k = next
				}
			}
		}
	} else {
		plain = k.try(room, header, fragment)
	}
	if plain == nil && !server && k.stage == tlsHandshaking {
		return s.openEarly(room, header, fragment)
	}
	return innerType(plain)
}

// try decrypts with the number that is due, or one of those behind it if some
// records may have been lost.
func (k *recordKeys) try(room, header, fragment []byte) (plain []byte) {
	ahead := uint64(1)
	if k.lost {
		ahead = tlsAhead
	}
	for number := k.number; number < k.number+ahead; number++ {
		if plain = k.decrypt(room, header, fragment, number); plain != nil {
			k.number, k.lost = number+1, false
			return plain
		}
	}
	return nil
}

// decrypt decrypts a record that has a number: RFC 8446 5.2, RFC 5288 3, RFC 7905 2.
func (k *recordKeys) decrypt(room, header, fragment []byte, number uint64) []byte {
	var nonce [12]byte
	var additional [13]byte
	with := additional[:]
	switch {
	case k.tls13:
		with = additional[:copy(additional[:], header[:tlsRecordHeader])]
		xorNonce(&nonce, k.iv, number)
	case k.suite.chacha:
		xorNonce(&nonce, k.iv, number)
	case len(fragment) < 8:
		return nil
	default:
		copy(nonce[:], k.iv)
		copy(nonce[4:], fragment)
		fragment = fragment[8:]
	}
	if len(fragment) < k.aead.Overhead() {
		return nil
	}
	if !k.tls13 {
		binary.BigEndian.PutUint64(with, number)
		copy(with[8:], header[:3])
		binary.BigEndian.PutUint16(with[11:], uint16(len(fragment)-k.aead.Overhead()))
	}
	plain, err := k.aead.Open(room[:0], nonce[:], fragment, with)
	if err != nil {
		return nil
	}
	if plain == nil {
		plain = room[:0:0]
	}
	return plain
}

// derive12 derives the keys of TLS 1.2 when they are needed first (RFC 5246 6.3).
func (s *tlsSession) derive12(k *recordKeys, server bool) bool {
	if k.aead != nil {
		return true
	}
	master := s.keys.secret(&s.clientRandom, secretMaster)
	if master == nil || s.version != tls12 {
		return false
	}
	ivLength := 4
	if s.suite.chacha {
		ivLength = 12
	}
	block := make([]byte, 2*s.suite.keyLength+2*ivLength)
	tls12PRF(s.suite.hash, block, master, "key expansion", s.serverRandom[:], s.clientRandom[:])
	key, iv := block[:s.suite.keyLength], block[2*s.suite.keyLength:][:ivLength]
	if server {
		key, iv = block[s.suite.keyLength:][:s.suite.keyLength], block[2*s.suite.keyLength+ivLength:]
	}
	k.suite, k.aead, k.iv = s.suite, s.suite.aead(key), iv
	return k.aead != nil
}

// derive13 derives the keys of TLS 1.3 from one of two secrets when they are needed
// first.
func (s *tlsSession) derive13(k *recordKeys, server bool, ofClient, ofServer int) bool {
	if k.aead != nil {
		return true
	}
	label := ofClient
	if server {
		label = ofServer
	}
	secret := s.keys.secret(&s.clientRandom, label)
	return secret != nil && k.use(s.suite, secret)
}

// use sets the keys of a traffic secret of TLS 1.3 (RFC 8446 7.3).
func (k *recordKeys) use(suite tlsSuite, secret []byte) bool {
	key := expandLabel(suite.hash, secret, "key", suite.keyLength)
	iv := expandLabel(suite.hash, secret, "iv", 12)
	if key == nil || iv == nil {
		return false
	}
	aead := suite.aead(key)
	if aead == nil {
		return false
	}
	k.suite, k.tls13, k.secret, k.aead, k.iv, k.number = suite, true, secret, aead, iv, 0
	return true
}

// openEarly decrypts a record of the client's early data (RFC 8446 2.3) as open does.
// Its cipher suite is that of an earlier connection: those of which the secret can be
// are tried.
func (s *tlsSession) openEarly(room, header, fragment []byte) (kind uint8, plain []byte) {
	k := &s.early
	switch {
	case k.stage == tlsGivenUp:
		return 0, nil
	case k.aead != nil:
		plain = k.try(room, header, fragment)
	default:
		secret := s.keys.secret(&s.clientRandom, secretClientEarly)
		for _, suite := range tlsEarlySuites(secret) {
			if k.use(suite, secret) {
				if plain = k.try(room, header, fragment); plain != nil {
					break
				}
			}
			k.aead = nil
		}
	}
	if plain == nil {
		if k.failed++; k.failed >= tlsGiveUp {
			*k = recordKeys{stage: tlsGivenUp}
		}
	}
	return innerType(plain)
}

// tlsEarlySuites are the cipher suites of which a secret may be, by its length.
func tlsEarlySuites(secret []byte) []tlsSuite {
	var all []tlsSuite
	for _, id := range [...]uint16{tlsAES128GCM, tlsAES256GCM, tlsChaCha20} {
		if suite, ok := tlsSuiteOf(id); ok && suite.hash().Size() == len(secret) {
			all = append(all, suite)
		}
	}
	return all
}

// innerType splits what was in a record of TLS 1.3 (RFC 8446 5.2): content, type and
// zeros.
func innerType(plain []byte) (kind uint8, content []byte) {
	for i := len(plain) - 1; i >= 0; i-- {
		if plain[i] != 0 {
			return plain[i], plain[:i:i]
		}
	}
	return 0, nil
}

// keyUpdate goes on to the next keys of a direction, which said KeyUpdate (RFC 8446
// 7.2).
func (s *tlsSession) keyUpdate(server bool) {
	k := s.side(server)
	if k.stage != tlsRunning || k.secret == nil {
		return
	}
	next := expandLabel(s.suite.hash, k.secret, "traffic upd", len(k.secret))
	if next == nil || !k.use(k.suite, next) {
		k.stage = tlsGivenUp
	}
}
