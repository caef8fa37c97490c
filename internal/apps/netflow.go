package apps

// NetFlow 9: RFC 3954; versions 5 and 7: "NetFlow Export Datagram Formats" of Cisco.

import "encoding/binary"

const (
	netflowHeader5 = 24
	netflowHeader9 = 20
	// netflowTemplatesMax is how many templates of a conversation are known.
	netflowTemplatesMax = 128
)

// netflowTemplates are the templates that a conversation announced last: a ring. IPFIX
// has the same.
type netflowTemplates struct {
	known [netflowTemplatesMax]netflowTemplate
	n     int // announced so far
}

// netflowTemplate says how long the records of a data set are.
type netflowTemplate struct {
	domain uint32 // of the exporter, or its source
	id     uint16
	size   uint16 // bytes; 0: not the same for all
}

// add takes note of a template.
func (x *netflowTemplates) add(domain uint32, id, size uint16) {
	if old := x.find(domain, id); old != nil {
		old.size = size
		return
	}
	x.known[x.n%len(x.known)] = netflowTemplate{domain, id, size}
	x.n++
}

// find is the template of an id; nil: it is not known.
func (x *netflowTemplates) find(domain uint32, id uint16) *netflowTemplate {
	for i := range x.known[:min(x.n, len(x.known))] {
		if k := &x.known[i]; k.domain == domain && k.id == id {
			return k
		}
	}
	return nil
}

// netflowKnown are the templates of the conversation.
func netflowKnown(t *talk) *netflowTemplates {
	x, _ := t.state().(*netflowTemplates)
	if x == nil {
		x = new(netflowTemplates)
		t.keep(x, netflowTemplatesMax*8+8)
	}
	return x
}

func netflowDatagram(t *talk, b []byte) bool {
	if len(b) < netflowHeader9 {
		return false
	}
	version, count := binary.BigEndian.Uint16(b), int(binary.BigEndian.Uint16(b[2:]))
	switch version {
	case 5:
		return netflowFixed(t, b, count, 48, 30)
	case 7:
		return netflowFixed(t, b, count, 52, 28)
	case 9:
		// Each record has four bytes at least.
		if count == 0 || count > t.length/4 || !netflowFills(b, netflowHeader9, t.length, 0) {
			return false
		}
	default:
		return false
	}
	t.say("NetFlow v9")
	domain := binary.BigEndian.Uint32(b[16:])
	t.itemNumber("source", uint64(domain))
	t.itemNumber("seq", uint64(binary.BigEndian.Uint32(b[12:])))
	t.itemNumber("count", uint64(count))
	netflowSets(t, b[netflowHeader9:], domain, false)
	return true
}

// netflowFixed says a datagram of flows that are size bytes each, up to most of them.
func netflowFixed(t *talk, b []byte, count, size, most int) bool {
	if count == 0 || count > most || netflowHeader5+count*size != t.length {
		return false
	}
	t.say("NetFlow v")
	t.addNumber(uint64(b[1]))
	t.itemNumber("seq", uint64(binary.BigEndian.Uint32(b[16:])))
	t.itemNumber("flows", uint64(count))
	return true
}

// netflowFills reports whether sets fill a message of length bytes behind its header, as
// far as it was captured. The first that has no meaning of its own is template.
func netflowFills(b []byte, at, length int, template uint16) bool {
	if at >= length {
		return false
	}
	for at+4 <= len(b) {
		id, n := binary.BigEndian.Uint16(b[at:]), int(binary.BigEndian.Uint16(b[at+2:]))
		if n < 4 || id != template && id != template+1 && id < 256 {
			return false
		}
		at += n
	}
	return at == length || at <= length && at > len(b)
}

// netflowSets says what sets have: templates with the number of their fields, data with
// that of its records.
func netflowSets(t *talk, b []byte, domain uint32, ipfix bool) {
	known := netflowKnown(t)
	template := uint16(0)
	if ipfix {
		template = 2
	}
	for len(b) >= 4 {
		id, n := binary.BigEndian.Uint16(b), int(binary.BigEndian.Uint16(b[2:]))
		if n < 4 {
			return
		}
		set := b[4:min(n, len(b))]
		switch {
		case id >= 256:
			t.nextItem("")
			t.add("data ")
			t.addNumber(uint64(id))
			if k := known.find(domain, id); k != nil && k.size > 0 {
				t.add(": ")
				netflowCount(t, (n-4)/int(k.size), "record")
			}
		case id == template:
			for len(set) >= 4 {
				set = netflowTemplateRecord(t, known, set, domain, ipfix)
			}
		case ipfix:
			for len(set) >= 6 {
				set = ipfixOptionsRecord(t, known, set, domain)
			}
		default:
			for len(set) >= 6 {
				set = netflowOptionsRecord(t, known, set, domain)
			}
		}
		if n >= len(b) {
			return
		}
		b = b[n:]
	}
}

// netflowTemplateRecord says a template: its id, the number of its fields, and for each
// a type and a length. It returns what follows.
func netflowTemplateRecord(t *talk, known *netflowTemplates, b []byte, domain uint32, ipfix bool) []byte {
	id, fields := binary.BigEndian.Uint16(b), int(binary.BigEndian.Uint16(b[2:]))
	if id < 256 {
		return nil // padding
	}
	size, rest, ok := netflowFields(b[4:], fields, ipfix)
	netflowSay(t, "template ", id, fields)
	if ok {
		known.add(domain, id, size)
	}
	return rest
}

// netflowOptionsRecord is the same for a template of options, which has the lengths of
// its scope and of its options in bytes.
func netflowOptionsRecord(t *talk, known *netflowTemplates, b []byte, domain uint32) []byte {
	id := binary.BigEndian.Uint16(b)
	fields := (int(binary.BigEndian.Uint16(b[2:])) + int(binary.BigEndian.Uint16(b[4:]))) / 4
	if id < 256 {
		return nil
	}
	size, rest, ok := netflowFields(b[6:], fields, false)
	netflowSay(t, "options template ", id, fields)
	if ok {
		known.add(domain, id, size)
	}
	return rest
}

func netflowSay(t *talk, what string, id uint16, fields int) {
	t.nextItem("")
	t.add(what)
	t.addNumber(uint64(id))
	t.add(": ")
	netflowCount(t, fields, "field")
}

func netflowCount(t *talk, n int, what string) {
	t.addNumber(uint64(n))
	t.add(" ", what)
	if n != 1 {
		t.add("s")
	}
}

// netflowFields adds the lengths of fields together; 0: one of them has a length of its
// own in each record. In IPFIX a type may be followed by the number of an enterprise.
func netflowFields(b []byte, fields int, ipfix bool) (size uint16, rest []byte, ok bool) {
	const enterprise, variable = 0x8000, 0xffff
	sum := 0
	for range fields {
		if len(b) < 4 {
			return 0, nil, false
		}
		kind, n := binary.BigEndian.Uint16(b), int(binary.BigEndian.Uint16(b[2:]))
		if n == variable {
			sum = variable // and is no length of a record any more
		}
		sum += n
		b = b[4:]
		if ipfix && kind&enterprise != 0 {
			if len(b) < 4 {
				return 0, nil, false
			}
			b = b[4:]
		}
	}
	if sum >= variable {
		sum = 0
	}
	return uint16(sum), b, true
}
