// snmp_ber.go: the Basic Encoding Rules of ASN.1 (ITU-T X.690) as far as SNMP
// needs them.

package printer

import "github.com/tapdump/tapdump/versions"

var snmpCut = versions.Since(versions.V5_0, "SNMP", "where a message is cut, what is around it goes on", "the packet ends there")

// snmpKind is what an element holds.
type snmpKind uint8

const (
	snmpAny snmpKind = iota // nothing that is known
	snmpNull
	snmpOctets
	snmpOID
	snmpInteger
	snmpUnsigned
	snmpUnsigned64
	snmpString
	snmpSequence
	snmpAddress
	snmpException
	snmpPDU
)

// snmpElement is an element of a message.
type snmpElement struct {
	kind   snmpKind
	id     uint8
	b      []byte // from the contents on, as far as captured
	length int    // of the contents
	size   int    // of all
	number uint64
}

func (e *snmpElement) contents() []byte { return e.b[:e.length] }

// integer is the value of an INTEGER, of which 32 bits count.
func (e *snmpElement) integer() int32 { return int32(e.number) }

// snmpReader goes through the elements of a sequence.
type snmpReader struct {
	b    []byte // as far as captured
	left int    // bytes that belong to the sequence
}

func (e *snmpElement) reader() snmpReader { return snmpReader{e.b, e.length} }

// The tag's classes.
const (
	snmpUniversal = iota
	snmpApplication
	snmpContext
	snmpPrivate
)

// snmpTags are the names of the tags of each class.
var snmpTags = [4][]string{
	snmpUniversal: {"U-0", "Boolean", "Integer", "Bitstring", "String", "Null", "ObjID", "ObjectDes",
		"U-8", "U-9", "U-10", "U-11", "U-12", "U-13", "U-14", "U-15", "Sequence", "Set"},
	snmpApplication: {"IpAddress", "Counter", "Gauge", "TimeTicks", "Opaque", "C-5", "Counter64"},
	snmpContext: {"GetRequest", "GetNextRequest", "GetResponse", "SetRequest", "Trap", "GetBulk",
		"Inform", "V2Trap", "Report"},
	snmpPrivate: {"P-0"},
}

// snmpExceptions stand for values that there are not (RFC 3416 section 3).
var snmpExceptions = []string{"noSuchObject", "noSuchInstance", "endOfMibView"}

// snmpNext reads the next element and reports whether there is one that makes
// sense; if not, it prints why.
func (p *Printer) snmpNext(r *snmpReader) (e snmpElement, ok bool) {
	if r.left < 1 {
		p.str("[nothing to parse]")
		return e, false
	}
	tag := u8(r.b, 0)
	i := 1
	if e.id = tag & 0x1f; e.id == 0x1f {
		e.id = 0
		for more := true; more; i++ {
			c := u8(r.b, i)
			if i >= r.left {
				p.str("[Xtagfield?]")
				return e, false
			}
			e.id = e.id<<7 | c&0x7f
			more = c&0x80 != 0
		}
	}
	length, i, ok := p.snmpLength(r, i)
	if !ok {
		return e, false
	}
	e.length, e.size = length, i+length
	constructed, class := tag&0x20 != 0, tag>>6
	if int(e.id) >= len(snmpTags[class]) {
		form := byte('P')
		if constructed {
			form = 'C'
		}
		p.printf("[id?%c/x/%d]", form, e.id) // x stands for every class
		return e, false
	}
	if !has(r.b, i, length) {
		p.truncSince(snmpCut)
		return e, false
	}
	e.b = r.b[i:]
	if constructed {
		p.snmpConstructed(&e, class)
	} else if !p.snmpPrimitive(&e, class) {
		return e, false
	}
	r.b = r.b[e.size:]
	r.left -= e.size
	return e, true
}

// snmpLength reads the length octets at r.b[i] and returns the index behind
// them.
func (p *Printer) snmpLength(r *snmpReader, i int) (length, next int, ok bool) {
	if i >= r.left {
		p.str("[no asnlen]")
		return 0, 0, false
	}
	n := uint32(u8(r.b, i))
	i++
	if n&0x80 != 0 {
		octets := int(n & 0x7f)
		if r.left-i < octets {
			p.printf("[asnlen? %d<%d]", r.left-i, octets)
			return 0, 0, false
		}
		if !has(r.b, i, octets) {
			p.truncSince(snmpCut)
			return 0, 0, false
		}
		n = 0
		for _, c := range r.b[i : i+octets] {
			n = n<<8 | uint32(c)
		}
		i += octets
	}
	if uint32(r.left-i) < n {
		p.printf("[len%d<asnlen%d]", r.left-i, n)
		return 0, 0, false
	}
	return int(n), i, true
}

// snmpPrimitive names what a primitive element holds, and reads its number.
func (p *Printer) snmpPrimitive(e *snmpElement, class uint8) bool {
	const (
		integer, octetString, null, objectID = 2, 4, 5, 6
		address, timeTicks, counter64        = 0, 3, 6
	)
	switch {
	case class == snmpContext:
		if int(e.id) < len(snmpExceptions) {
			e.kind = snmpException
		}
		return true
	case class == snmpUniversal && e.id == octetString:
		e.kind = snmpString
		return true
	case class == snmpUniversal && e.id == integer:
		if e.length == 0 {
			p.str("[asnlen=0]")
			return false
		}
		e.kind = snmpInteger
		if e.b[0]&0x80 != 0 {
			e.number = ^uint64(0)
		}
	case class == snmpUniversal && e.id == objectID:
		e.kind = snmpOID
		return true
	case class == snmpUniversal && e.id == null:
		e.kind = snmpNull
		return true
	case class == snmpApplication && e.id == address:
		e.kind = snmpAddress
		return true
	case class == snmpApplication && e.id <= timeTicks:
		e.kind = snmpUnsigned
	case class == snmpApplication && e.id == counter64:
		e.kind = snmpUnsigned64
	default:
		e.kind = snmpOctets
		p.printf("[P/%c/%s]", "UAxx"[class], snmpTags[class][e.id])
		return true
	}
	for _, c := range e.contents() {
		e.number = e.number<<8 | uint64(c)
	}
	return true
}

// snmpConstructed names what a constructed element holds.
func (p *Printer) snmpConstructed(e *snmpElement, class uint8) {
	const sequence = 16
	switch {
	case class == snmpContext:
		e.kind = snmpPDU
	case class == snmpUniversal && e.id == sequence:
		e.kind = snmpSequence
	default:
		e.kind = snmpOctets
		p.printf("C/%c/%s", "Uxxx"[class], snmpTags[class][e.id])
	}
}

// snmpExpect reads the next element, which is to be of a kind. If it is not, it
// prints the complaint and what is there instead.
func (p *Printer) snmpExpect(r *snmpReader, kind snmpKind, complaint string) (e snmpElement, ok bool) {
	if e, ok = p.snmpNext(r); !ok {
		return e, false
	}
	if e.kind != kind {
		p.str(complaint)
		p.snmpValue(&e)
		return e, false
	}
	return e, true
}

// snmpValue prints an element.
func (p *Printer) snmpValue(e *snmpElement) {
	switch e.kind {
	case snmpNull:
	case snmpOctets:
		p.snmpOctets(e)
	case snmpOID:
		p.snmpObjectID(e.contents())
	case snmpInteger:
		p.int(int64(e.integer()))
	case snmpUnsigned:
		p.uint(uint64(uint32(e.number)))
	case snmpUnsigned64:
		p.uint(e.number)
	case snmpString:
		p.snmpString(e)
	case snmpSequence:
		p.printf("Seq(%d)", e.length)
	case snmpAddress:
		if e.length != 4 {
			p.str("[inetaddr len!=4]")
		}
		for i, c := range e.contents() {
			if i > 0 {
				p.char('.')
			}
			p.uint(uint64(c))
		}
	case snmpException:
		p.printf("[%s]", snmpExceptions[e.id])
	case snmpPDU:
		p.printf("%s(%d)", snmpTags[snmpContext][e.id], e.length)
	default:
		p.str("[BE_ANY!?]")
	}
}

func (p *Printer) snmpOctets(e *snmpElement) {
	for _, c := range e.contents() {
		p.char('_')
		p.hex(uint64(c), 2)
	}
}

// snmpString prints text in quotes, or in hexadecimal when not all of it is
// printable.
func (p *Printer) snmpString(e *snmpElement) {
	for _, c := range e.contents() {
		if c < 0x20 || c > 0x7e {
			p.hex(uint64(e.b[0]), 2)
			rest := snmpElement{b: e.b[1:], length: e.length - 1}
			p.snmpOctets(&rest)
			return
		}
	}
	p.char('"')
	p.bytes(e.contents())
	p.char('"')
}
