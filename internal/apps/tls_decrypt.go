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
}

// recordKeys protect the records of one direction.
type recordKeys struct {
	stage  uint8
	secret []byte // traffic secret of TLS 1.3
	aead   cipher.AEAD
	iv     []byte
	number uint64 // of the next record
	lost   bool   // number may be too low
	failed int    // records in a row that could not be decrypted
}

// clientHello begins a handshake.
func (s *tlsSession) clientHello(h *tlsHello) { copy(s.clientRandom[:], h.random) }

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
func (s *tlsSession) missing(server bool) { s.side(server).lost = true }

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
		return 0, nil
	}
	if s.version == tls13 {
		kind, plain = s.open13(k, room, server, header, fragment)
	} else if s.derive12(k, server) {
		kind, plain = header[0], s.try(k, room, header, fragment)
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
			plain = s.try(k, room, header, fragment)
		}
		if plain == nil {
			next := recordKeys{stage: tlsRunning, lost: k.lost, failed: k.failed}
			if s.derive13(&next, server, secretClientApplication, secretServerApplication) {
				if plain = s.try(&next, room, header, fragment); plain != nil {
					*k = next
				}
			}
		}
	} else {
		plain = s.try(k, room, header, fragment)
	}
	for i := len(plain) - 1; i >= 0; i-- {
		if plain[i] != 0 {
			return plain[i], plain[:i:i]
		}
	}
	return 0, nil
}

// try decrypts with the number that is due, or one of those behind it if some
// records may have been lost.
func (s *tlsSession) try(k *recordKeys, room, header, fragment []byte) (plain []byte) {
	ahead := uint64(1)
	if k.lost {
		ahead = tlsAhead
	}
	for number := k.number; number < k.number+ahead; number++ {
		if plain = s.decrypt(k, room, header, fragment, number); plain != nil {
			k.number, k.lost = number+1, false
			return plain
		}
	}
	return nil
}

// decrypt decrypts a record that has a number: RFC 8446 5.2, RFC 5288 3, RFC 7905 2.
func (s *tlsSession) decrypt(k *recordKeys, room, header, fragment []byte, number uint64) []byte {
	var nonce [12]byte
	var additional [13]byte
	with := additional[:]
	switch {
	case s.version == tls13:
		with = additional[:copy(additional[:], header[:tlsRecordHeader])]
		xorNonce(&nonce, k.iv, number)
	case s.suite.chacha:
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
	if s.version != tls13 {
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
	k.aead, k.iv = s.suite.aead(key), iv
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
	return secret != nil && s.use13(k, secret)
}

// use13 sets the keys of a traffic secret (RFC 8446 7.3).
func (s *tlsSession) use13(k *recordKeys, secret []byte) bool {
	key := expandLabel(s.suite.hash, secret, "key", s.suite.keyLength)
	iv := expandLabel(s.suite.hash, secret, "iv", 12)
	if key == nil || iv == nil {
		return false
	}
	aead := s.suite.aead(key)
	if aead == nil {
		return false
	}
	k.secret, k.aead, k.iv, k.number = secret, aead, iv, 0
	return true
}

// keyUpdate goes on to the next keys of a direction, which said KeyUpdate (RFC 8446
// 7.2).
func (s *tlsSession) keyUpdate(server bool) {
	k := s.side(server)
	if k.stage != tlsRunning || k.secret == nil {
		return
	}
	next := expandLabel(s.suite.hash, k.secret, "traffic upd", len(k.secret))
	if next == nil || !s.use13(k, next) {
		k.stage = tlsGivenUp
	}
}
