package printer

import "bytes"

// Part is a part of a line that can have a colour of its own.
type Part uint8

// What lines have. A part that is not among them has no colour.
const (
	PartTime      Part = iota // time stamp
	PartInterface             // interface and direction
	PartProtocol              // name of a protocol, in front of what is said of it
	PartAddress               // address or name of a host
	PartPort                  // TCP or UDP port
	PartStation               // MAC address
	PartSYN                   // TCP flags with S, and neither R nor F
	PartFIN                   // those with F, and no R
	PartRST                   // those with R
	PartPush                  // those with P alone, or with an acknowledgement
	PartACK                   // all others
	PartNote                  // what PrintNoted adds
	PartWrong                 // truncated, invalid, with a wrong length or checksum
	PartOffset                // offset of a row of a dump
	partFlow                  // the first of Colors.Flows
)

// Parts is how many there are.
const Parts = int(partFlow)

// Colors are what parts of lines look like: each the parameters of an SGR control
// sequence (ECMA-48 8.3.117), such as "1;32"; "" leaves the part as it is.
type Colors struct {
	Of [Parts]string

	// Flows take the place of the colours of addresses and ports: each
	// conversation has one of them, in both directions, chosen by its addresses
	// and ports. Of packets without ports the addresses alone count. nil: none.
	Flows []string
}

// painter knows the parts of the lines that are being printed.
type painter struct {
	on        []string // sequences that begin a part, by Part
	spans     []span   // from left to right, without overlaps
	flow      Part     // that of the addresses and ports to come; 0: none
	borders   []*int   // scratch of escapeParts
	flows     int      // how many colours they have
	firstStep int      // in the steps of the deferral, of this packet
}

// span is a part of p.out. An end of spanOpen is that of the first word.
type span struct {
	part       Part
	start, end int
}

const spanOpen = -1

// colorOff ends a part.
const colorOff = "\x1b[0m"

func newPainter(c *Colors) *painter {
	if c == nil {
		return nil
	}
	t := &painter{flows: len(c.Flows)}
	for _, sgr := range append(c.Of[:Parts:Parts], c.Flows...) {
		if sgr != "" {
			sgr = "\x1b[" + sgr + "m"
		}
		t.on = append(t.on, sgr)
	}
	return t
}

// What follows is called for every packet, and costs one comparison where there are no
// colours: all of it is inlined.

// mark makes a part of what was written from start on.
func (p *Printer) mark(part Part, start int) {
	if p.painter != nil {
		p.painter.mark(part, p.out, start)
	}
}

// markProtocol makes a part of the name that follows, if one does.
func (p *Printer) markProtocol() {
	if p.painter != nil {
		p.painter.open(PartProtocol, len(p.out))
	}
}

// markFlow begins the addresses and ports of a conversation, endFlow ends them.
func (p *Printer) markFlow(sport, dport uint16, ip ipHeader) {
	if p.painter != nil {
		p.painter.beginFlow(sport, dport, ip)
	}
}

func (p *Printer) endFlow() {
	if p.painter != nil {
		p.painter.flow = 0
	}
}

// shorten takes back what was written from n on.
func (p *Printer) shorten(n int) {
	p.out = p.out[:n]
	if p.painter != nil {
		p.painter.cut(n)
	}
}

// begin forgets the packet before.
func (t *painter) begin(later *deferral) {
	t.spans, t.flow = t.spans[:0], 0
	if later != nil {
		t.firstStep = len(later.steps)
	}
}

// mark makes a part of out from start on, but for blanks around it. Where that has
// parts, they are forgotten.
func (t *painter) mark(part Part, out []byte, start int) {
	end := len(out)
	for start < end && (out[start] == ' ' || out[start] == '\n') {
		start++
	}
	for end > start && (out[end-1] == ' ' || out[end-1] == '\n') {
		end--
	}
	if t.flow != 0 && (part == PartAddress || part == PartPort) {
		part = t.flow
	}
	if t.cut(start); start < end && t.on[part] != "" {
		t.spans = append(t.spans, span{part, start, end})
	}
}

// open begins a part that close ends.
func (t *painter) open(part Part, at int) {
	t.cut(at)
	t.spans = append(t.spans, span{part, at, spanOpen})
}

// beginFlow chooses the colour of a conversation.
func (t *painter) beginFlow(sport, dport uint16, ip ipHeader) {
	if t.flows == 0 {
		return
	}
	src, dst := uint32(sport), uint32(dport)
	from, n := 12, 4
	if ip.version == 6 {
		from, n = 8, 16
	}
	if has(ip.b, from, 2*n) {
		src, dst = flowHash(src, ip.b[from:from+n]), flowHash(dst, ip.b[from+n:from+2*n])
	}
	hash := (src ^ dst) * 0x9e3779b1 // the same in both directions
	t.flow = partFlow + Part(uint64(hash)*uint64(t.flows)>>32)
}

func flowHash(h uint32, b []byte) uint32 {
	h ^= 0x811c9dc5
	for _, c := range b { // FNV-1a
		h = (h ^ uint32(c)) * 0x01000193
	}
	return h
}

// cut forgets what parts there are from an offset on.
func (t *painter) cut(at int) {
	n := len(t.spans)
	for n > 0 && (t.spans[n-1].start >= at || t.spans[n-1].end > at) {
		n--
	}
	t.spans = t.spans[:n]
}

// shift moves the parts from an offset on.
func (t *painter) shift(from, by int) {
	for i := len(t.spans) - 1; i >= 0 && t.spans[i].start >= from; i-- {
		t.spans[i].start += by
		if t.spans[i].end != spanOpen {
			t.spans[i].end += by
		}
	}
}

// offsets makes parts of the offsets of a dump's rows, which out has from start on,
// each after indent.
func (t *painter) offsets(out []byte, start int, indent string) {
	if len(indent) == 0 || indent[0] > ' ' { // what tells rows apart
		return
	}
	for start < len(out) {
		row := start + len(indent)
		end := row + bytes.IndexByte(out[row:], ':') + 1
		t.mark(PartOffset, out[:end], row)
		next := bytes.Index(out[end:], []byte(indent))
		if next < 0 {
			return
		}
		start = end + next
	}
}

// close gives open parts their end: that of the word of text that names a protocol.
// Where there is none, the part is forgotten.
func (t *painter) close(text []byte) {
	kept := t.spans[:0]
	for i, s := range t.spans {
		if s.end == spanOpen {
			limit := len(text)
			if i+1 < len(t.spans) {
				limit = t.spans[i+1].start
			}
			if s.start, s.end = protocolWord(text[:limit], s.start); s.start == s.end || t.on[s.part] == "" {
				continue
			}
		}
		kept = append(kept, s)
	}
	t.spans = kept
}

// protocolWord is where the first word from a place on begins and ends, if it names a
// protocol, or what a frame of one is for. Blanks and punctuation may stand before it.
func protocolWord(text []byte, at int) (start, end int) {
	for at < len(text) && bytes.IndexByte([]byte(" ,:[\n\t"), text[at]) >= 0 {
		at++
	}
	end = at
	for end < len(text) && isWordByte(text[end]) {
		end++
	}
	if !isProtocol(text[at:end]) {
		return at, at
	}
	return at, end
}

func isWordByte(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || isDigit(c) || c == '-' || c == '/' || c == '.' || c == '_'
}

// isProtocol reports whether a word is the name of a protocol: all have a capital in
// front, but for a few.
func isProtocol(word []byte) bool {
	if len(word) < 2 {
		return false
	}
	if word[0] >= 'A' && word[0] <= 'Z' {
		for _, other := range otherWords {
			if string(word) == other {
				return false
			}
		}
		return true
	}
	for _, name := range smallNames {
		if n := len(name); len(word) >= n && string(word[:n]) == name && (len(word) == n || word[n] == '-' || word[n] == '/' || word[n] == 'v') {
			return true
		}
	}
	return false
}

// smallNames are the names that lines have in small letters; -, / or a version may follow.
var smallNames = [...]string{
	"aarp", "aodv", "auto-rp", "babel", "bluetooth", "dhcp6", "hncp", "icmp6", "igmp", "igrp", "ip", "isakmp", "kerberos", "kip", "l2f", "l2tp", "lwres",
	"mobile", "msdp", "pflog", "pptp", "ripng", "rx", "sFlow", "tcp", "telnet", "udp", "wb", "zephyr",
}

// otherWords stand where a name could.
var otherWords = [...]string{"ERROR", "In", "Invalid", "NO_INFO", "No", "Out", "Reply", "Request", "UNKNOWN", "Unknown", "WARNING"}
