package printer

// Text protocols: FTP, HTTP, RTSP, SIP, SMTP, whois and their like.

// textTokenMax is the longest first word that is looked at.
const textTokenMax = 128

// textProtocol prints requests and responses of a protocol made of lines; the
// caller has set p.proto. With commands, only text that starts with one of them
// or with a response code is shown, so that bodies and continuations are not;
// without, all text is. With codeSecond, the response code is the second word
// of a line (HTTP/1.1 200 OK).
func (p *Printer) textProtocol(b []byte, length int, commands []string, codeSecond bool) {
	show := commands == nil || textIsMessage(b, length, commands, codeSecond)
	for i := 0; i < len(p.proto); i++ {
		c := p.proto[i]
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		p.char(c)
	}
	if !show {
		return
	}
	if p.vflag == 0 {
		p.textLine(": ", b, 0, length)
		return
	}
	p.printf(", length: %d", uint32(length))
	for i := 0; i < length; {
		if i = p.textLine("\n\t", b, i, length); i == 0 {
			return
		}
	}
}

// textIsMessage reports whether the first line has a command or a response
// code of three digits.
func textIsMessage(b []byte, length int, commands []string, codeSecond bool) bool {
	word, next := textToken(b, 0, length)
	if next == 0 {
		return false
	}
	for _, c := range commands {
		if equalFoldASCII(word, c) {
			return true
		}
	}
	if codeSecond {
		if word, next = textToken(b, next, length); next == 0 {
			return false
		}
	}
	return len(word) == 3 && isDigit(word[0]) && isDigit(word[1]) && isDigit(word[2])
}

// textToken is the word at b[i] and the index of the next one on the line, or
// 0 when there is no word of printable characters or it is too long.
func textToken(b []byte, i, length int) ([]byte, int) {
	start := i
	for ; i < length; i++ {
		if i >= len(b) {
			return nil, 0
		}
		c := b[i]
		if c == ' ' || c == '\t' || c == '\r' || c == '\n' {
			break
		}
		if c < 0x20 || c > 0x7e || i-start+1 > textTokenMax {
			return nil, 0
		}
	}
	if i == start {
		return nil, 0
	}
	word := b[start:i]
	for i < length && i < len(b) && (b[i] == ' ') {
		i++
	}
	return word, i
}

// textLine prints the line at b[i] behind prefix and returns the index of the
// next one, or 0 when there is none or the text ends: at a byte that is not
// printable, or at a carriage return without a line feed.
func (p *Printer) textLine(prefix string, b []byte, i, length int) int {
	start := i
	for ; i < length; i++ {
		if i < len(b) {
			if i += printable(b[i:min(length, len(b))]); i == length {
				break
			}
		}
		switch c := u8(b, i); {
		case c == '\n':
			p.textPiece(prefix, b[start:i])
			return i + 1
		case c == '\r':
			if i+1 >= length || u8(b, i+1) != '\n' {
				return 0
			}
			p.textPiece(prefix, b[start:i])
			return i + 2
		case (c < 0x20 || c > 0x7e) && c != '\t':
			return 0
		}
	}
	p.textPiece(prefix, b[start:i])
	return 0
}

func (p *Printer) textPiece(prefix string, text []byte) {
	p.str(prefix)
	p.bytes(text)
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// equalFoldASCII compares a with the upper- or lower-case word s, letters in
// any case.
func equalFoldASCII(a []byte, s string) bool {
	if len(a) != len(s) {
		return false
	}
	for i, c := range a {
		d := s[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if d >= 'A' && d <= 'Z' {
			d += 'a' - 'A'
		}
		if c != d {
			return false
		}
	}
	return true
}
