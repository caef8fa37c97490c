// q933.go: signalling of frame relay (ITU-T Q.933 annex A, ANSI T1.617 annex D)
// and of the calls of Q.931.

package printer

var q933Messages = []tok{
	{0x00, "ESC to National"},
	{0x01, "Alert"},
	{0x02, "Call proceeding"},
	{0x07, "Connect"},
	{0x0f, "Connect ACK"},
	{0x03, "Progress"},
	{0x05, "Setup"},
	{0x45, "Disconnect"},
	{0x4d, "Release"},
	{0x5a, "Release Complete"},
	{0x46, "Restart"},
	{0x4e, "Restart ACK"},
	{0x7d, "Status Reply"},
	{0x75, "Status Enquiry"},
}

// Information elements of codesets 0 and 5.
const (
	q933ANSIReport  = 0x01
	q933ANSIVerify  = 0x03
	q933ANSIPVC     = 0x07
	q933ANSIVerify9 = 0x19 // of 1991
	q933Report      = 0x51
	q933Verify      = 0x53
	q933PVC         = 0x57
)

var q933Elements = []tok{
	{q933ANSIReport, "ANSI Report Type"},
	{q933ANSIVerify9, "ANSI Link Verify"},
	{q933ANSIVerify, "ANSI Link Verify"},
	{q933ANSIPVC, "ANSI PVC Status"},
	{q933Report, "CCITT Report Type"},
	{q933Verify, "CCITT Link Verify"},
	{q933PVC, "CCITT PVC Status"},
}

var q933Reports = []tok{
	{0, "Full Status"},
	{1, "Link verify"},
	{2, "Async PVC Status"},
}

// q933Codeset is which set of information elements is meant (Q.931 section
// 4.5.3).
type q933Codeset struct {
	now  uint8
	back uint8 // after the element that a non-locking shift is for
	wait int   // elements until then; 0: none
}

func q933IsShift(element uint8) bool   { return element&0xf0 == 0x90 }
func q933IsLocking(element uint8) bool { return element&0x08 == 0 }

func (c *q933Codeset) shift(element uint8) {
	if q933IsLocking(element) {
		c.wait = 0
	} else {
		c.wait, c.back = 2, c.now
	}
	c.now = element & 7
}

// next is to be called before an element is read.
func (c *q933Codeset) next() {
	if c.wait == 0 {
		return
	}
	if c.wait--; c.wait == 0 {
		c.now = c.back
	}
}

// known reports whether the elements of the codeset are.
func (c *q933Codeset) known() bool { return c.now == 0 || c.now == 5 }

// q933 prints a message; b starts with the length of the call reference.
func (p *Printer) q933(b []byte, length int) {
	p.proto = "q.933"
	if !p.eflag {
		p.str("Q.933")
	}
	here := limit(b, length)
	if len(here) < 1 {
		p.q933Cut(length)
		return
	}
	reference := int(here[0] & 0xf)
	i := 1 + reference // of the message type
	if len(here) <= i {
		p.q933Cut(length)
		return
	}
	message := here[i]
	i++
	var codeset q933Codeset
	ansi := false
	if i < length {
		if len(here) <= i {
			p.q933Cut(length)
			return
		}
		if first := here[i]; q933IsShift(first) {
			i++
			codeset.shift(first)
			ansi = q933IsLocking(first) && codeset.now == 5
		}
	}
	if !p.eflag {
		p.str(", ")
	}
	standard := "CCITT"
	if ansi {
		standard = "ANSI"
	}
	p.printf("%s, codeset %d", standard, codeset.now)
	if reference > 1 || reference == 1 && u8(b, i) != 0 {
		p.str(", Call Ref: 0x")
		for _, c := range here[1 : 1+reference] {
			p.hex(uint64(c), 2)
		}
	}
	if p.vflag > 0 {
		p.printf(", %s (0x%02x), length %d", tokStr(q933Messages, "unknown message", message), message, uint32(length))
	} else {
		p.printf(", %s", tokStr(q933Messages, "unknown message 0x%02x", message))
	}
	p.q933Body(codeset, here, i, length)
}

func (p *Printer) q933Cut(length int) {
	if !p.eflag {
		p.str(", ")
	}
	p.printf("length %d", uint32(length))
	p.truncMark()
}

// q933Body prints the information elements from here[i] on.
func (p *Printer) q933Body(codeset q933Codeset, here []byte, i, length int) {
	whole := true
	for i < length && whole {
		codeset.next()
		if i >= len(here) {
			whole = false
			break
		}
		element := here[i]
		i++
		if element&0x80 != 0 { // a single byte
			if q933IsShift(element) {
				codeset.shift(element)
			}
			continue
		}
		if i >= len(here) {
			whole = false
			break
		}
		n := int(here[i])
		i++
		if p.vflag > 0 {
			p.q933ElementHead(&codeset, element, n)
		}
		if element == 0 || n == 0 {
			return
		}
		if whole = has(here, i, n); whole {
			p.q933Element(&codeset, element, here[i:i+n])
			i += n
		}
	}
	if p.vflag == 0 {
		p.printf(", length %d", uint32(length))
	}
	if !whole {
		p.truncMark()
	}
}

func (p *Printer) q933ElementHead(codeset *q933Codeset, element uint8, n int) {
	var table []tok
	if codeset.known() {
		table = q933Elements
	}
	p.printf("\n\t%s IE (0x%02x), length %d: ", tokStr(table, "unknown", element), element, n)
}

// q933Element prints the content of an information element.
func (p *Printer) q933Element(codeset *q933Codeset, element uint8, value []byte) {
	known := codeset.known()
	if known {
		switch element {
		case q933ANSIReport, q933Report:
			if p.vflag > 0 {
				p.printf("%s (%d)", tokStr(q933Reports, "unknown", value[0]), value[0])
			}
		case q933ANSIVerify, q933Verify, q933ANSIVerify9:
			p.q933LinkVerify(value)
		case q933ANSIPVC, q933PVC:
			p.q933Status(value)
		default:
			known = false
		}
	}
	switch {
	case known && p.vflag > 1:
		p.unknownData(value, "\n\t  ", len(value))
	case !known && p.vflag > 0:
		p.unknownData(value, "\n\t", len(value))
	}
}

func (p *Printer) q933LinkVerify(value []byte) {
	if p.vflag == 0 {
		p.str(", ")
	}
	if len(value) < 2 {
		p.str("Invalid LINK VERIFY IE")
		return
	}
	p.printf("TX Seq: %3d, RX Seq: %3d", value[0], value[1])
}

// q933Status prints the state of a permanent virtual circuit: its DLCI in
// pieces whose last one is marked, then the state, marked too.
func (p *Printer) q933Status(value []byte) {
	if p.vflag == 0 {
		p.str(", ")
	}
	n := len(value)
	valid := n >= 3 && n <= 5 && value[n-1]&0x80 != 0
	for i := 0; valid && i < n-1; i++ {
		valid = value[i]&0x80 != 0 == (i == n-2)
	}
	if !valid {
		p.str("Invalid DLCI in PVC STATUS IE")
		return
	}
	dlci := uint32(value[0]&0x3f)<<4 | uint32(value[1]&0x78)>>3
	switch n {
	case 4:
		dlci = dlci<<6 | uint32(value[2]&0x7e)>>1
	case 5:
		// the middle piece is not shifted, as tcpdump has it
		dlci = dlci<<13 | uint32(value[2]&0x7f) | uint32(value[3]&0x7e)>>1
	}
	status := value[n-1]
	p.printf("DLCI %d: status ", dlci)
	if status&0x08 != 0 {
		p.str("New, ")
	}
	if status&0x02 != 0 {
		p.str("Active")
	} else {
		p.str("Inactive")
	}
}
