// pgm_options.go: options of Pragmatic General Multicast (RFC 3208 section 9,
// RFC 4654).

package printer

const (
	pgmOptionMin  = 4
	pgmOptionMask = 0x7f
	pgmOptionEnd  = 0x80 // set in the last one
)

// Option types (RFC 3208 section 9, RFC 4654 section 8).
const (
	pgmOptLength        = 0x00
	pgmOptFragment      = 0x01
	pgmOptNAKList       = 0x02
	pgmOptJoin          = 0x03
	pgmOptBackoffIvl    = 0x04
	pgmOptBackoffRange  = 0x05
	pgmOptRedirect      = 0x07
	pgmOptParityMax     = 0x08
	pgmOptParityGroup   = 0x09
	pgmOptParityCurrent = 0x0a
	pgmOptUnreachable   = 0x0b
	pgmOptPathNLA       = 0x0c
	pgmOptSYN           = 0x0d
	pgmOptFIN           = 0x0e
	pgmOptRST           = 0x0f
	pgmOptCR            = 0x10
	pgmOptCRQST         = 0x11
	pgmOptCCData        = 0x12
	pgmOptCCFeedback    = 0x13
)

// pgmOptionShape is the length that an option must have, or with an address at
// its end the least, 0 when any will do.
type pgmOptionShape struct {
	name    string
	length  int
	address bool
}

var pgmOptionShapes = [...]pgmOptionShape{
	pgmOptLength:        {"OPT_LENGTH", 4, false},
	pgmOptFragment:      {"OPT_FRAGMENT", 16, false},
	pgmOptJoin:          {"OPT_JOIN", 8, false},
	pgmOptBackoffIvl:    {"OPT_NAK_BO_IVL", 12, false},
	pgmOptBackoffRange:  {"OPT_NAK_BO_RNG", 12, false},
	pgmOptRedirect:      {"OPT_REDIRECT", 8, true},
	pgmOptParityMax:     {"OPT_PARITY_PRM", 8, false},
	pgmOptParityGroup:   {"OPT_PARITY_GRP", 8, false},
	pgmOptParityCurrent: {"OPT_CURR_TGSIZE", 8, false},
	pgmOptUnreachable:   {"OPT_NBR_UNREACH", 4, false},
	pgmOptSYN:           {"OPT_SYN", 4, false},
	pgmOptFIN:           {"OPT_FIN", 4, false},
	pgmOptRST:           {"OPT_RST", 4, false},
	pgmOptCRQST:         {"OPT_CRQST", 4, false},
	pgmOptCCData:        {"OPT_PGMCC_DATA", 12, true},
	pgmOptCCFeedback:    {"OPT_PGMCC_FEEDBACK", 12, true},
}

// pgmOptions prints the options and returns what comes behind them. ok is false
// when they are malformed, which has been said.
func (p *Printer) pgmOptions(b []byte) (rest []byte, ok bool) {
	if !p.pgmWhole(b, 0, pgmOptionMin) {
		return nil, false
	}
	if first := u8(b, 0) & pgmOptionMask; first != pgmOptLength {
		p.printf("[First option bad, should be PGM_OPT_LENGTH, is %d]", first)
		return nil, false
	}
	if n := u8(b, 1); n != 4 {
		p.printf("[Bad OPT_LENGTH option, length %d != 4]", n)
		return nil, false
	}
	left := int(u16(b, 2))
	if left < 4 {
		p.printf("[Bad total option length %d < 4]", left)
		return nil, false
	}
	p.printf(" OPTS LEN %d", left)
	b, left = b[4:], left-4
	for left > 0 {
		if left < pgmOptionMin {
			p.str("[Total option length leaves no room for final option]")
			return nil, false
		}
		kind, n := u8(b, 0), int(u8(b, 1))
		if n < pgmOptionMin {
			p.printf("[Bad option, length %d < %d]", n, pgmOptionMin)
			return b[2:], true
		}
		if left < n {
			p.str("[Total option length leaves no room for final option]")
			return nil, false
		}
		if !p.pgmWhole(b, 0, n) {
			return nil, false
		}
		if !p.pgmOption(kind, b[:n]) {
			return nil, false
		}
		b = at(b, p.pgmOptionSkip(kind&pgmOptionMask, n))
		if left -= n; kind&pgmOptionMask == pgmOptNAKList {
			// the reference does not count this option's header
			left += pgmOptionMin
		}
		if kind&pgmOptionEnd != 0 {
			break
		}
	}
	return b, true
}

// pgmOptionSkip is how many bytes to go on behind an option of n bytes: in older
// versions, behind those that they do not look into, two too many.
func (p *Printer) pgmOptionSkip(kind uint8, n int) int {
	if p.follows(pgmEnds) {
		return n
	}
	switch kind {
	case pgmOptPathNLA, pgmOptCR:
		return n + 2
	case pgmOptNAKList:
		return n
	}
	if int(kind) >= len(pgmOptionShapes) || pgmOptionShapes[kind].name == "" {
		return n + 2
	}
	return n
}

// pgmOption prints an option, o, and reports whether it is well-formed.
func (p *Printer) pgmOption(kind uint8, o []byte) bool {
	code := kind & pgmOptionMask
	if int(code) < len(pgmOptionShapes) && !p.pgmOptionFits(code, len(o)) {
		return false
	}
	switch code {
	case pgmOptLength:
		p.printf(" OPTS LEN (extra?) %d", u16(o, 2))
	case pgmOptFragment:
		p.printf(" FRAG seq %d off %d len %d", u32(o, 4), u32(o, 8), u32(o, 12))
	case pgmOptNAKList:
		return p.pgmNAKList(o)
	case pgmOptJoin:
		p.printf(" JOIN %d", u32(o, 4))
	case pgmOptBackoffIvl:
		p.printf(" BACKOFF ivl %d ivlseq %d", u32(o, 4), u32(o, 8))
	case pgmOptBackoffRange:
		p.printf(" BACKOFF max %d min %d", u32(o, 4), u32(o, 8))
	case pgmOptRedirect, pgmOptCCData, pgmOptCCFeedback:
		return p.pgmOptionAddress(code, o)
	case pgmOptParityMax:
		p.printf(" PARITY MAXTGS %d", u32(o, 4))
	case pgmOptParityGroup:
		p.printf(" PARITY GROUP %d", u32(o, 4))
	case pgmOptParityCurrent:
		p.printf(" PARITY ATGS %d", u32(o, 4))
	case pgmOptUnreachable:
		p.str(" NBR_UNREACH")
	case pgmOptPathNLA:
		p.printf(" PATH_NLA [%d]", len(o))
	case pgmOptSYN:
		p.str(" SYN")
	case pgmOptFIN:
		p.str(" FIN")
	case pgmOptRST:
		p.str(" RST")
	case pgmOptCR:
		p.str(" CR")
	case pgmOptCRQST:
		p.str(" CRQST")
	default:
		p.printf(" OPT_%02X [%d] ", kind, len(o))
	}
	return true
}

// pgmOptionFits reports, and prints when not, whether an option has the length
// that its type must have.
func (p *Printer) pgmOptionFits(code uint8, n int) bool {
	shape := &pgmOptionShapes[code]
	switch {
	case shape.address && n < shape.length:
		p.str("[Bad ")
		if code == pgmOptCCFeedback {
			p.str("PGM_")
		}
		p.printf("%s option, length %d < %d]", shape.name, n, shape.length)
		return false
	case !shape.address && shape.length > 0 && n != shape.length:
		p.printf("[Bad %s option, length %d != %d]", shape.name, n, shape.length)
		return false
	}
	return true
}

// pgmNAKList prints the sequence numbers of a NAK list (section 9.3).
func (p *Printer) pgmNAKList(o []byte) bool {
	p.str(" NAK LIST")
	for o = o[pgmOptionMin:]; len(o) > 0; o = o[4:] {
		if len(o) < 4 {
			p.str("[Option length not a multiple of 4]")
			return false
		}
		p.printf(" %d", u32(o, 0))
	}
	return true
}

// pgmOptionAddress prints an option that has a network layer address at its
// end, with family and reserved bytes in front of it.
func (p *Printer) pgmOptionAddress(code uint8, o []byte) bool {
	shape := &pgmOptionShapes[code]
	size := 0
	switch u16(o, shape.length-4) {
	case afIPv4:
		size = 4
	case afIPv6:
		size = 16
	default:
		p.invalidSince(pgmChecks)
		return false
	}
	if len(o) != shape.length+size {
		p.printf("[Bad %s option, length %d != %d + address size]", shape.name, len(o), shape.length)
		return false
	}
	switch code {
	case pgmOptRedirect:
		p.str(" REDIRECT ")
	case pgmOptCCData:
		p.printf(" PGMCC DATA %d ", u32(o, 4))
	default:
		p.printf(" PGMCC FEEDBACK %d ", u32(o, 4))
	}
	p.pgmAddress(o[shape.length:])
	return true
}
