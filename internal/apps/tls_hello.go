package apps

import (
	"golang.org/x/crypto/cryptobyte"
)

// Extensions of hellos that are looked into (the registry "TLS ExtensionType
// Values").
const (
	tlsExtServerName        = 0
	tlsExtSupportedGroups   = 10
	tlsExtPointFormats      = 11
	tlsExtSignatures        = 13
	tlsExtALPN              = 16
	tlsExtSupportedVersions = 43
	tlsExtQUICParameters    = 57
	tlsExtQUICParametersOld = 0xffa5
	tlsExtECH               = 0xfe0d // RFC 9849
)

// tlsHello is a ClientHello or a ServerHello (RFC 8446 4.1.2 and 4.1.3, RFC 5246
// 7.4.1, RFC 6347 4.2.1). Its slices lie in the message; lists are without
// their lengths, as they were sent, with GREASE.
type tlsHello struct {
	server     bool
	version    uint16 // legacy_version
	random     []byte // 32 bytes
	session    []byte
	ciphers    []byte // of a ServerHello: the one chosen
	extensions []byte // type, length and value of each, in order
	versions   []byte // supported_versions; of a ServerHello: the one chosen
	name       []byte // the first host name of server_name
	hasName    bool   // has the extension server_name
	alpn       []byte // ProtocolNameList: a length byte before each
	groups     []byte
	points     []byte
	signatures []byte
	ech        bool // encrypted_client_hello: name is the outer one, or stands for nothing
	quic       bool // has transport parameters of QUIC
	whole      bool // nothing is missing at the end
}

// tlsRetryRandom is the random of a HelloRetryRequest (RFC 8446 4.1.3).
const tlsRetryRandom = "\xcf\x21\xad\x74\xe5\x9a\x61\x11\xbe\x1d\x8c\x02\x1e\x65\xb8\x91" +
	"\xc2\xa2\x11\x16\x7a\xbb\x8c\x5e\x07\x9e\x09\xe2\xc8\xa8\x33\x9c"

// parseClientHello reads the body of a ClientHello. Of one that was cut it reads
// what is there; it reports whether there is at least all that stands before
// the extensions.
func (h *tlsHello) parseClientHello(body []byte, dtls bool) bool {
	*h = tlsHello{}
	s := cryptobyte.String(body)
	if !h.parseBegin(&s) {
		return false
	}
	var cookie, compression []byte
	if dtls && !readVector8(&s, &cookie) {
		return false
	}
	if !readVector16(&s, &h.ciphers) || len(h.ciphers) == 0 || len(h.ciphers)%2 != 0 ||
		!readVector8(&s, &compression) || len(compression) == 0 {
		return false
	}
	h.parseExtensions(s)
	return true
}

// parseServerHello reads the body of a ServerHello as parseClientHello does.
func (h *tlsHello) parseServerHello(body []byte) bool {
	*h = tlsHello{server: true}
	s := cryptobyte.String(body)
	if s2 := s; len(s) >= 6 && s[0] == 0x7f && s[1] < 22 {
		// Drafts of TLS 1.3 before 22 have neither session nor compression.
		if !s2.ReadUint16(&h.version) || !s2.ReadBytes(&h.random, 32) || !s2.ReadBytes(&h.ciphers, 2) {
			return false
		}
		h.parseExtensions(s2)
		return true
	}
	if !h.parseBegin(&s) || !s.ReadBytes(&h.ciphers, 2) || !s.Skip(1) {
		return false
	}
	h.parseExtensions(s)
	return true
}

// parseBegin reads what both hellos begin with.
func (h *tlsHello) parseBegin(s *cryptobyte.String) bool {
	return s.ReadUint16(&h.version) && s.ReadBytes(&h.random, 32) && readVector8(s, &h.session) && len(h.session) <= 32
}

// parseExtensions reads the extensions as far as they go.
func (h *tlsHello) parseExtensions(s cryptobyte.String) {
	if h.whole = len(s) == 0; h.whole {
		return // before extensions were invented
	}
	var length uint16
	if !s.ReadUint16(&length) {
		return
	}
	h.whole = len(s) >= int(length)
	h.extensions = s[:min(len(s), int(length))]
	for rest := h.extensions; ; {
		var value []byte
		kind, ok := nextExtension(&rest, &value)
		if !ok {
			h.extensions = h.extensions[:len(h.extensions)-len(rest)]
			h.whole = h.whole && len(rest) == 0
			return
		}
		h.extension(kind, value)
	}
}

// nextExtension cuts off the next extension.
func nextExtension(rest, value *[]byte) (kind uint16, ok bool) {
	s := cryptobyte.String(*rest)
	if !s.ReadUint16(&kind) || !readVector16(&s, value) {
		return 0, false
	}
	*rest = s
	return kind, true
}

// extension takes one extension. What is malformed counts as absent.
func (h *tlsHello) extension(kind uint16, value []byte) {
	s := cryptobyte.String(value)
	switch kind {
	case tlsExtServerName:
		h.hasName = true
		var list, name []byte
		var of uint8
		if readVector16(&s, &list) {
			l := cryptobyte.String(list)
			if l.ReadUint8(&of) && of == 0 && readVector16(&l, &name) {
				h.name = name
			}
		}
	case tlsExtALPN:
		readVector16(&s, &h.alpn)
	case tlsExtSupportedVersions:
		if h.server {
			if len(value) == 2 {
				h.versions = value
			}
		} else {
			readVector8(&s, &h.versions)
		}
	case tlsExtSupportedGroups:
		readVector16(&s, &h.groups)
	case tlsExtPointFormats:
		readVector8(&s, &h.points)
	case tlsExtSignatures:
		readVector16(&s, &h.signatures)
	case tlsExtECH:
		h.ech = true
	case tlsExtQUICParameters, tlsExtQUICParametersOld:
		h.quic = true
	}
}

// retry reports whether a ServerHello is a HelloRetryRequest.
func (h *tlsHello) retry() bool { return h.server && string(h.random) == tlsRetryRandom }

// best is the highest version that a ClientHello offers, or what a ServerHello
// chose.
func (h *tlsHello) best() uint16 {
	best := uint16(0)
	for v := range uint16s(h.versions) {
		if !isGREASE(v) && tlsAge(v) > tlsAge(best) {
			best = v
		}
	}
	if best == 0 {
		return h.version
	}
	return best
}

// tlsAge orders versions: those of DTLS count down.
func tlsAge(v uint16) int {
	switch {
	case v>>8 == 0xfe:
		return 0x10000 - int(v)
	case v>>8 == 0x7f || v>>8 == 0xfb:
		return tls12 + 1 // drafts of TLS 1.3
	case v >= tls13 && v>>8 == 3:
		return int(v) + 1
	case v>>8 > 3:
		return -1 // unknown
	}
	return int(v)
}

// isGREASE reports whether a value is one that clients send at random, so that
// servers get used to the unknown (RFC 8701).
func isGREASE(v uint16) bool { return v&0x0f0f == 0x0a0a && v>>8 == v&0xff }

// uint16s ranges over a list of 16-bit numbers.
func uint16s(list []byte) func(func(uint16) bool) {
	return func(yield func(uint16) bool) {
		for ; len(list) >= 2; list = list[2:] {
			if !yield(uint16(list[0])<<8 | uint16(list[1])) {
				return
			}
		}
	}
}

// nextProtocol cuts the next name off a ProtocolNameList.
func nextProtocol(list *[]byte) (name []byte, ok bool) {
	s := cryptobyte.String(*list)
	ok = readVector8(&s, &name)
	*list = s
	return name, ok
}

// readVector8 and readVector16 read as many bytes as the first or the first two
// say, as a slice of the message.
func readVector8(s *cryptobyte.String, out *[]byte) bool {
	return s.ReadUint8LengthPrefixed((*cryptobyte.String)(out))
}

func readVector16(s *cryptobyte.String, out *[]byte) bool {
	return s.ReadUint16LengthPrefixed((*cryptobyte.String)(out))
}
