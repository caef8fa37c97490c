// esp.go: IP Encapsulating Security Payload (RFC 4303), decrypted with the
// secrets of -E.

package printer

import (
	"strconv"

	"github.com/tapdump/tapdump/versions"
)

var espEarly = versions.Since(versions.V5_0, "ESP", "a packet that is cut, or has nothing behind its header, is `[\\|esp]`",
	"`ESP` and what there is of the header are printed: `ESP(spi=0x00000001 [\\|esp]`")

const espHeaderLen = 8

// espState is the plain text of a packet.
type espState struct {
	packet uint64 // the count of the packet that plain belongs to
	plain  []byte
	work   espWork
	warned bool // of what is wrong with the secrets
}

// espSecrets are the secrets of -E, or nil. With the first packet, the user is
// told what is wrong with them.
func (p *Printer) espSecrets() *ESPSecrets {
	known := p.opts.ESPSecret
	if known != nil && len(known.warnings) > 0 && !p.conv.esp.warned {
		p.inOrder()
		p.conv.esp.warned = true
		for _, w := range known.warnings {
			p.warn(w)
		}
	}
	return known
}

// esp prints a packet, and what it carries when its secret is known.
func (p *Printer) esp(b []byte, length int, ip ipHeader) {
	p.proto = "esp"
	if len(b) <= espHeaderLen && !p.follows(espEarly) {
		p.truncMark()
		return
	}
	p.str("ESP")
	spi := u32(b, 0)
	p.printf("(spi=0x%08x", spi)
	p.printf(",seq=0x%x), length %d", u32(b, 4), uint32(length))
	sa := p.espFind(spi, ip)
	if sa == nil {
		return
	}
	body := b[espHeaderLen:]
	end := len(body) - sa.icvLen
	if end < sa.cipher.ivLen {
		p.truncMark()
		return
	}
	iv, payload := body[:sa.cipher.ivLen], body[sa.cipher.ivLen:end]
	plain, ok := p.espDecrypt("esp_print", sa, iv, payload)
	if !ok {
		return
	}
	// padding, its length and the next header are at the end (RFC 4303 section 2)
	n := len(plain)
	if n < 2 || int(plain[n-2])+2 > n {
		p.truncMark()
		return
	}
	next := plain[n-1]
	plain = limit(plain, n-2-int(plain[n-2]))
	p.str(": ")
	p.enter()
	p.ipProto(next, plain, len(plain), ip)
	p.leave()
}

// espFind is the security association of a packet, or nil: the one for its SPI
// and destination, or else the one for all.
func (p *Printer) espFind(spi uint32, ip ipHeader) *espAssociation {
	known := p.espSecrets()
	if known == nil || len(known.list) == 0 {
		return nil
	}
	switch ip.version {
	case 6:
		// a jumbogram has no length there
		if u16(ip.b, 4) == 0 {
			return nil
		}
		dst := ip6At(ip.b, 24)
		for i := len(known.list) - 1; i >= 0; i-- {
			sa := &known.list[i]
			if sa.spi == spi && sa.version == 6 && sa.dst == dst {
				return sa
			}
		}
	case 4:
		// the next header is in the last fragment
		if ip.fragment {
			return nil
		}
		dst := ip4At(ip.b, 16)
		for i := len(known.list) - 1; i >= 0; i-- {
			sa := &known.list[i]
			if sa.spi == spi && sa.version == 4 && addr4(sa.dst[:4]) == dst {
				return sa
			}
		}
	default:
		return nil
	}
	if known.hasDefault {
		return &known.list[known.defaultAt]
	}
	return nil
}

// espDecryptIKE decrypts what an encrypted payload of IKEv2 holds (RFC 7296
// section 3.14) and reports whether its secret is known.
func (p *Printer) espDecryptIKE(initiator bool, spiI, spiR [8]byte, body []byte) ([]byte, bool) {
	known := p.espSecrets()
	if known == nil {
		return nil, false
	}
	for i := len(known.list) - 1; i >= 0; i-- {
		sa := &known.list[i]
		if sa.spi != 0 || sa.initiator != initiator || sa.spiI != spiI || sa.spiR != spiR {
			continue
		}
		end := len(body) - sa.icvLen
		if end <= sa.cipher.ivLen {
			return nil, false
		}
		return p.espDecrypt("esp_decrypt_buffer_by_ikev2_print", sa, body[:sa.cipher.ivLen], body[sa.cipher.ivLen:end])
	}
	return nil, false
}

// espDecrypt returns the plain text, which stays valid as long as the packet is
// being printed.
func (p *Printer) espDecrypt(caller string, sa *espAssociation, iv, payload []byte) ([]byte, bool) {
	if size := sa.cipher.unit(); len(payload)%size != 0 {
		p.inOrder()
		p.warn("WARNING: " + caller + ": ciphertext size " + strconv.Itoa(len(payload)) +
			" is not a multiple of the cipher block size " + strconv.Itoa(size))
		return nil, false
	}
	if !sa.cipher.decrypts() {
		p.inOrder()
		p.warn("WARNING: " + caller + ": EVP_DecryptUpdate failed")
		return nil, false
	}
	s := &p.conv.esp
	if s.packet != p.count {
		s.packet, s.plain = p.count, s.plain[:0]
	}
	start := len(s.plain)
	// packets in packets go behind each other
	s.plain = append(s.plain, payload...)
	plain := s.plain[start:len(s.plain):len(s.plain)]
	sa.cipher.decrypt(&s.work, plain, payload, iv)
	return plain, true
}
