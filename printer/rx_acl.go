// rx_acl.go: access control lists of AFS, which are text: how many entries give
// rights and how many take them, then the entries, a name and a number each.

package printer

const rxAccessListMax = 1024

// rxRights are the letters of rights, in the order that AFS's own tools show.
var rxRights = []struct {
	bit    int32
	letter byte
}{{1, 'r'}, {8, 'l'}, {4, 'i'}, {16, 'd'}, {2, 'w'}, {32, 'k'}, {64, 'a'}}

func (p *Printer) rxAccessList(x *rxXDR) bool {
	n := int(x.word())
	if !has(x.b, 0, n) {
		return false
	}
	text := rxScanner{limit(x.b[:n], rxAccessListMax)}
	positive, ok := text.number()
	if !ok {
		return true
	}
	negative, ok := text.number()
	if !ok {
		return true
	}
	if p.rxAccessEntries(&text, " +{", positive) {
		p.rxAccessEntries(&text, " -{", negative)
	}
	return true
}

// rxAccessEntries prints n entries and reports whether the text has as many.
func (p *Printer) rxAccessEntries(text *rxScanner, label string, n int32) bool {
	for ; n > 0; n-- {
		user := text.word()
		rights, ok := text.number()
		if !ok {
			return false
		}
		p.str(label)
		p.safe(user)
		p.char(' ')
		for _, r := range rxRights {
			if rights&r.bit != 0 {
				p.char(r.letter)
			}
		}
		p.char('}')
	}
	return true
}

// rxScanner reads words and numbers from text, up to a zero byte.
type rxScanner struct{ b []byte }

func (s *rxScanner) blanks() {
	for len(s.b) > 0 && (s.b[0] == ' ' || s.b[0] >= '\t' && s.b[0] <= '\r') {
		s.b = s.b[1:]
	}
}

func (s *rxScanner) word() []byte {
	s.blanks()
	n := 0
	for n < len(s.b) && s.b[n] > 0 && s.b[n] != ' ' && (s.b[n] < '\t' || s.b[n] > '\r') {
		n++
	}
	word := s.b[:n]
	s.b = s.b[n:]
	return word
}

// number reads a decimal number; one that does not fit into 64 bits is the
// largest there is, of which the lower half counts.
func (s *rxScanner) number() (int32, bool) {
	const most = 1<<63 - 1
	s.blanks()
	negative := len(s.b) > 0 && s.b[0] == '-'
	if negative || len(s.b) > 0 && s.b[0] == '+' {
		s.b = s.b[1:]
	}
	var v uint64
	n := 0
	for ; n < len(s.b) && isDigit(s.b[n]); n++ {
		digit := uint64(s.b[n] - '0')
		if v > (most-digit)/10 {
			v = most
			if negative {
				v++
			}
			for n+1 < len(s.b) && isDigit(s.b[n+1]) {
				n++
			}
			continue
		}
		v = v*10 + digit
	}
	s.b = s.b[n:]
	if negative {
		v = -v
	}
	return int32(v), n > 0
}
