// tcp_options.go: TCP's options (IANA tcp-parameters).

package printer

import "crypto/md5"

// Option kinds (IANA tcp-parameters).
const (
	tcpOptEnd          = 0
	tcpOptNop          = 1
	tcpOptMSS          = 2
	tcpOptWindowScale  = 3
	tcpOptSACKOK       = 4
	tcpOptSACK         = 5
	tcpOptEcho         = 6
	tcpOptEchoReply    = 7
	tcpOptTimestamps   = 8
	tcpOptCC           = 11
	tcpOptCCNew        = 12
	tcpOptCCEcho       = 13
	tcpOptMD5          = 19
	tcpOptSCPS         = 20
	tcpOptUserTimeout  = 28
	tcpOptAO           = 29
	tcpOptMPTCP        = 30
	tcpOptFastOpen     = 34
	tcpOptExperiment2  = 254
	tcpExpFastOpen     = 0xf989 // RFC 7413 section 4.1.1, an ExID of RFC 6994
	tcpMD5Len          = 16
	tcpOptTimestampLen = 10
)

var tcpOptionNames = [256]string{
	tcpOptEnd:         "eol",
	tcpOptNop:         "nop",
	tcpOptMSS:         "mss",
	tcpOptWindowScale: "wscale",
	tcpOptSACKOK:      "sackOK",
	tcpOptSACK:        "sack",
	tcpOptEcho:        "echo",
	tcpOptEchoReply:   "echoreply",
	tcpOptTimestamps:  "TS",
	tcpOptCC:          "cc",
	tcpOptCCNew:       "ccnew",
	tcpOptCCEcho:      "ccecho",
	tcpOptMD5:         "md5",
	tcpOptSCPS:        "scps",
	tcpOptUserTimeout: "uto",
	tcpOptAO:          "tcp-ao",
	tcpOptMPTCP:       "mptcp",
	tcpOptFastOpen:    "tfo",
	tcpOptExperiment2: "exp",
}

// tcpOnlyTimes begins options that are timestamps alone, as RFC 7323 appendix A lays
// them out: those of nearly all segments.
const (
	tcpOnlyTimes    = tcpOptNop<<24 | tcpOptNop<<16 | tcpOptTimestamps<<8 | tcpOptTimestampLen
	tcpOnlyTimesLen = 12
)

// tcpOptions prints the options and reports whether the segment goes on behind
// them.
func (p *Printer) tcpOptions(s *tcpSegment, ip ipHeader) bool {
	p.str(", options [")
	if s.hlen == tcpHeaderLen+tcpOnlyTimesLen && has(s.b, tcpHeaderLen, tcpOnlyTimesLen) && u32(s.b, tcpHeaderLen) == tcpOnlyTimes {
		p.str("nop,nop,TS val ")
		p.uint(uint64(u32(s.b, tcpHeaderLen+4)))
		p.str(" ecr ")
		p.uint(uint64(u32(s.b, tcpHeaderLen+8)))
		p.char(']')
		return true
	}
	went := done
	for i := tcpHeaderLen; i < s.hlen; {
		if i > tcpHeaderLen {
			p.char(',')
		}
		kind := u8(s.b, i)
		if kind == tcpOptEnd || kind == tcpOptNop {
			p.str(tcpOptionNames[kind])
			i++
			if kind == tcpOptEnd {
				break
			}
			continue
		}
		n := int(u8(s.b, i+1))
		var used int
		if went = bad; n >= 2 && n <= s.hlen-i {
			used, went = p.tcpOption(s, i, kind, n, ip)
		}
		switch went {
		case bad:
			p.str("[bad opt]")
			if i > tcpHeaderLen {
				p.char(']')
			}
			return false
		case cut:
			p.tcpOptionsCut(i > tcpHeaderLen)
			return false
		}
		i += 2 + used
		if used+2 != n {
			p.str("[len ")
			p.uint(uint64(n))
			p.char(']')
		}
	}
	p.char(']')
	return true
}

// tcpOptionsCut marks a segment whose end was not captured; once an option was
// printed the mark closes them, with the wrong bracket.
func (p *Printer) tcpOptionsCut(options bool) {
	p.truncSince(tcpCut)
	if options {
		p.char('>')
	}
}

// tcpOption prints the option at s.b[i] that claims n bytes. It returns how many
// of them behind kind and length are accounted for: those that the kind has, not
// those that the length says.
func (p *Printer) tcpOption(s *tcpSegment, i int, kind uint8, n int, ip ipHeader) (int, outcome) {
	if name := tcpOptionNames[kind]; name != "" {
		p.str(name)
	} else {
		p.str("unknown-")
		p.uint(uint64(kind))
	}
	b, left := at(s.b, i+2), s.hlen-i-2
	size := n - 2
	switch kind {
	case tcpOptSACKOK:
		return 0, done
	case tcpOptWindowScale:
		size = 1
	case tcpOptMSS, tcpOptSCPS, tcpOptUserTimeout:
		size = 2
	case tcpOptEcho, tcpOptEchoReply, tcpOptCC, tcpOptCCNew, tcpOptCCEcho:
		size = 4
	case tcpOptTimestamps:
		size = 8
	case tcpOptMD5:
		size = tcpMD5Len
	case tcpOptSACK:
		return size, p.tcpSACK(s, b, size, left)
	case tcpOptAO:
		return size, p.tcpAO(b, size, left)
	case tcpOptMPTCP, tcpOptFastOpen, tcpOptExperiment2:
	default:
		return size, p.tcpUnknownOption(b, size)
	}
	if went := tcpOptionFits(b, size, left); went != done {
		return 0, went
	}
	return size, p.tcpOptionData(s, i, kind, b[:size], ip)
}

// tcpOptionFits is bad unless the first n bytes of an option's data fit into
// the left bytes of options, and cut unless they were captured.
func tcpOptionFits(b []byte, n, left int) outcome {
	switch {
	case n > left:
		return bad
	case !has(b, 0, n):
		return cut
	}
	return done
}

// tcpOptionData prints the data of an option, all of which is there.
func (p *Printer) tcpOptionData(s *tcpSegment, i int, kind uint8, data []byte, ip ipHeader) outcome {
	switch kind {
	case tcpOptMSS:
		p.char(' ')
		p.uint(uint64(u16(data, 0)))
	case tcpOptWindowScale:
		p.char(' ')
		p.uint(uint64(data[0]))
	case tcpOptEcho, tcpOptEchoReply, tcpOptCC, tcpOptCCNew, tcpOptCCEcho:
		p.char(' ')
		p.uint(uint64(u32(data, 0)))
	case tcpOptTimestamps:
		p.str(" val ")
		p.uint(uint64(u32(data, 0)))
		p.str(" ecr ")
		p.uint(uint64(u32(data, 4)))
	case tcpOptMD5:
		p.tcpMD5(s, data, ip)
	case tcpOptSCPS:
		p.printf(" cap %02x id %d", data[0], data[1])
	case tcpOptUserTimeout:
		p.tcpUserTimeout(u16(data, 0))
	case tcpOptMPTCP:
		if !p.mptcp(s.b[i:i+2+len(data)], len(data)+2, s.flags) {
			return bad
		}
	case tcpOptFastOpen:
		p.char(' ')
		p.tcpFastOpen(data)
	case tcpOptExperiment2:
		return p.tcpExperiment(data)
	}
	return done
}

// tcpSACK prints the blocks of a selective acknowledgement (RFC 2018 section 3).
func (p *Printer) tcpSACK(s *tcpSegment, b []byte, size, left int) outcome {
	if size%8 != 0 {
		p.str(" invalid sack")
		return done
	}
	p.char(' ')
	p.uint(uint64(size / 8))
	p.char(' ')
	for i := 0; i < size; i += 8 {
		if went := tcpOptionFits(b, i+8, left); went != done {
			return went
		}
		p.char('{')
		p.tcpNumber(s, u32(b, i), tcpNumberSACK)
		p.char(':')
		p.tcpNumber(s, u32(b, i+4), tcpNumberSACK)
		p.char('}')
	}
	return done
}

// tcpAO prints the authentication option (RFC 5925 section 2.2).
func (p *Printer) tcpAO(b []byte, size, left int) outcome {
	if size < 2 {
		p.invalid()
		return done
	}
	if went := tcpOptionFits(b, 1, left); went != done {
		return went
	}
	p.printf(" keyid %d", b[0])
	if went := tcpOptionFits(b, 2, left); went != done {
		return went
	}
	p.printf(" rnextkeyid %d", b[1])
	if size == 2 {
		return done
	}
	p.str(" mac 0x")
	return p.tcpHex(b[2:], size-2)
}

// tcpUnknownOption prints the data of an option in hexadecimal.
func (p *Printer) tcpUnknownOption(b []byte, size int) outcome {
	if size == 0 {
		return done
	}
	p.str(" 0x")
	return p.tcpHex(b, size)
}

// tcpHex prints n bytes, or as many as were captured.
func (p *Printer) tcpHex(b []byte, n int) outcome {
	for _, c := range limit(b, n) {
		p.hex(uint64(c), 2)
	}
	if n > len(b) {
		return cut
	}
	return done
}

// tcpUserTimeout prints the user timeout (RFC 5482 section 2): 15 bits under a
// bit that says minutes. The reference takes the lowest bit for it.
func (p *Printer) tcpUserTimeout(v uint16) {
	seconds := uint32(v >> 1)
	if v&1 != 0 {
		seconds *= 60
	}
	p.printf(" 0x%x %d", v, seconds)
}

// tcpFastOpen prints a cookie or the request for one (RFC 7413 section 2).
func (p *Printer) tcpFastOpen(cookie []byte) {
	switch n := len(cookie); {
	case n == 0:
		p.str(" cookiereq")
	case n%2 != 0 || n < 4 || n > 16:
		p.invalid()
	default:
		p.str(" cookie ")
		p.tcpHex(cookie, n)
	}
}

// tcpExperiment prints an experimental option by its identifier (RFC 6994).
func (p *Printer) tcpExperiment(data []byte) outcome {
	if len(data) < 2 {
		return bad
	}
	p.char('-')
	switch id := u16(data, 0); id {
	case tcpExpFastOpen:
		p.str("tfo")
		p.tcpFastOpen(data[2:])
	default:
		p.hex(uint64(id), 4)
	}
	return done
}

// tcpMD5 prints whether the signature is right (RFC 2385 section 2).
func (p *Printer) tcpMD5(s *tcpSegment, signature []byte, ip ipHeader) {
	p.char(' ')
	switch {
	case !has(s.b, s.hlen, s.length):
		p.str("snaplen too short, ")
	case p.opts.TCPSecret == "":
		p.str("shared secret not supplied with -M, ")
	case p.tcpDigest(s, ip) == [md5.Size]byte(signature):
		p.str("valid")
		return
	default:
		p.invalid()
		return
	}
	p.str("can't check - ")
	p.tcpHex(signature, len(signature))
}

// tcpDigest is the signature that the segment should carry.
func (p *Printer) tcpDigest(s *tcpSegment, ip ipHeader) [md5.Size]byte {
	m := p.scratch[:0]
	if ip.version == 6 {
		m = append(m, bytesAt(ip.b, 8, 32)...)
		n := u16(ip.b, 4)
		m = append(m, 0, 0, byte(n>>8), byte(n), 0, 0, 0, protoTCP)
	} else {
		m = append(m, bytesAt(ip.b, 12, 8)...)
		n := u16(ip.b, 2) - uint16(ip.b[0]&15)*4
		m = append(m, 0, u8(ip.b, 9), byte(n>>8), byte(n))
	}
	m = append(m, s.b[:16]...)
	m = append(m, 0, 0) // the checksum counts as zero
	m = append(m, s.b[18:tcpHeaderLen]...)
	m = append(m, s.b[s.hlen:s.hlen+s.length]...)
	m = append(m, p.opts.TCPSecret...)
	p.scratch = m
	return md5.Sum(m)
}
