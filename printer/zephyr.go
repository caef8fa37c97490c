// zephyr.go: Zephyr notification service, version 0.2 (MIT Project Athena
// Technical Plan, section E.4.1, and the library that came with it).

package printer

// Fields of a notice, zero-terminated text each, that are looked at.
const (
	zephyrVersion   = 0
	zephyrKind      = 2
	zephyrClass     = 8
	zephyrInstance  = 9
	zephyrOpcode    = 10
	zephyrSender    = 11
	zephyrRecipient = 12
	zephyrFields    = 17
)

const zephyrServerAck = 5

var zephyrKinds = []string{
	"unsafe", "unacked", "acked", "hm-ack", "hm-ctl", "serv-ack", "serv-nak", "client-ack", "stat",
}

// zephyrTextMax is how much of some texts is shown.
const zephyrTextMax = 255

// zephyrNotice is a notice: its fields, and what comes behind them.
type zephyrNotice struct {
	fields [zephyrFields][]byte
	rest   []byte
	left   int // bytes of rest that were sent
}

// next takes the next text. ok is false when it has no end.
func (z *zephyrNotice) next() (text []byte, ok bool) {
	for i := 0; i < z.left; i++ {
		if u8(z.rest, i) == 0 {
			text = z.rest[:i]
			z.rest, z.left = z.rest[i+1:], z.left-i-1
			return text, true
		}
	}
	z.left = 0
	return nil, false
}

// is reports whether a field has this text.
func (z *zephyrNotice) is(field int, text string) bool { return string(z.fields[field]) == text }

// isOne reports whether a field has one of these texts.
func (z *zephyrNotice) isOne(field int, texts []string) bool {
	for _, text := range texts {
		if z.is(field, text) {
			return true
		}
	}
	return false
}

func (p *Printer) zephyr(b []byte, length int) {
	p.proto = "zephyr"
	z := zephyrNotice{rest: b, left: length}
	for i := range z.fields {
		text, ok := z.next()
		if !ok {
			p.invalid()
			return
		}
		if i == zephyrVersion && (len(text) < 4 || string(text[:4]) != "ZEPH") {
			return
		}
		z.fields[i] = text
	}
	p.str(" zephyr")
	version := z.fields[zephyrVersion][4:]
	if len(version) < 3 || string(version[:3]) != "0.2" {
		p.zephyrText(" v", version)
		return
	}
	kind := zephyrNumber(z.fields[zephyrKind])
	if name := strName(zephyrKinds, kind); name != "" {
		p.printf(" %s", name)
	} else {
		p.printf(" type %d", kind)
	}
	if kind == zephyrServerAck {
		if answer, ok := z.next(); ok && string(answer) != "SENT" {
			p.zephyrLower("/", answer)
		}
	}
	if sender := z.fields[zephyrSender]; len(sender) > 0 {
		p.zephyrText(" ", sender)
	}
	if p.zephyrService(&z, kind) {
		return
	}
	p.str(" to ")
	p.zephyrTriple(z.fields[zephyrClass], z.fields[zephyrInstance], z.fields[zephyrRecipient])
	if opcode := z.fields[zephyrOpcode]; len(opcode) > 0 {
		p.zephyrText(" op ", opcode)
	}
}

// zephyrNumber reads a hexadecimal number as strtol(3) does, up to the first
// byte that is no digit.
func zephyrNumber(text []byte) int32 {
	const most = 1<<63 - 1
	i := 0
	for i < len(text) && (text[i] == ' ' || text[i] >= '\t' && text[i] <= '\r') {
		i++
	}
	negative := i < len(text) && text[i] == '-'
	if negative || i < len(text) && text[i] == '+' {
		i++
	}
	if i+2 < len(text) && text[i] == '0' && text[i+1]|0x20 == 'x' && zephyrDigit(text[i+2]) < 16 {
		i += 2
	}
	var v uint64
	for ; i < len(text); i++ {
		digit := zephyrDigit(text[i])
		if digit > 15 {
			break
		}
		if v > most>>4 {
			// too large: the limits of a long, cut to an int
			if negative {
				return 0
			}
			return -1
		}
		v = v<<4 | digit
	}
	if negative {
		return -int32(uint32(v))
	}
	return int32(uint32(v))
}

// zephyrDigit is the value of a hexadecimal digit, or 16 when c is none.
func zephyrDigit(c byte) uint64 {
	switch {
	case isDigit(c):
		return uint64(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return uint64(c|0x20-'a') + 10
	}
	return 16
}

// zephyrText prints text from a packet behind prefix.
func (p *Printer) zephyrText(prefix string, text []byte) {
	p.str(prefix)
	p.safe(text)
}

// zephyrLower is zephyrText with small letters.
func (p *Printer) zephyrLower(prefix string, text []byte) {
	p.str(prefix)
	for _, c := range text[:min(len(text), zephyrTextMax)] {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		p.safeChar(c)
	}
}

// zephyrTriple prints class, instance and recipient.
func (p *Printer) zephyrTriple(class, instance, recipient []byte) {
	t := append(append(p.scratch[:0], '<'), class...)
	t = append(append(t, ','), instance...)
	t = append(t, ',')
	if len(recipient) == 0 {
		t = append(t, '*')
	}
	t = append(append(t, recipient...), '>')
	p.scratch = t
	p.safe(t[:min(len(t), zephyrTextMax)])
}
