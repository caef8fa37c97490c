//go:build linux

package main

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/pcapfile"
)

// The first packets of what is compared hold begins, the last ones ends. CAN
// frames have room for as many bytes.
const (
	begins = "tapBEGIN"
	ends   = "tapENDED"
)

// captured is what one program has of one device.
type captured struct {
	head    string   // of the savefile: link type and snapshot length
	packets []string // bytes, and the length on the wire
	texts   []string // what is printed of each packet; nil: they cannot be told apart
	text    string   // all that is printed
	count   int      // of packets, as the program says
	dropped int      // by the kernel, as it says
}

var (
	countLine = regexp.MustCompile(`(?m)^(\d+) packets? captured`)
	dropLine  = regexp.MustCompile(`(?m)^(\d+) packets? dropped by kernel`)
)

// readCapture reads a savefile, the lines of its packets, and what was said at the end.
func readCapture(file, lines, said string) (*captured, error) {
	c := &captured{text: lines, count: number(countLine, said), dropped: number(dropLine, said)}
	r, err := pcapfile.Open(file)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	c.head = fmt.Sprintf("link type %d, snapshot length %d", r.LinkType(), r.SnapLen())
	for p, err := range capture.Packets(r) {
		if err != nil {
			return nil, err
		}
		clean(p)
		c.packets = append(c.packets, fmt.Sprintf("%d %s", p.Length, p.Data))
	}
	if c.texts = perPacket(lines); len(c.texts) != len(c.packets) {
		c.texts = nil
	}
	return c, nil
}

// clean clears what stands behind a link-layer address of fewer than 8 bytes in a
// cooked header: the reference has what was in the kernel's buffer before.
func clean(p *capture.Packet) {
	length, address := 0, 0 // where they stand
	switch p.LinkType {
	case capture.LinkLINUX_SLL:
		length, address = 5, 6
	case capture.LinkLINUX_SLL2:
		length, address = 11, 12
	default:
		return
	}
	if len(p.Data) < address+8 {
		return
	}
	clear(p.Data[address+min(8, int(p.Data[length])) : address+8])
}

func number(line *regexp.Regexp, text string) int {
	m := line.FindStringSubmatch(text)
	if m == nil {
		return -1
	}
	n, _ := strconv.Atoi(m[1])
	return n
}

// perPacket divides lines: those of a packet but the first are indented.
func perPacket(lines string) (texts []string) {
	for line := range strings.Lines(lines) {
		if len(texts) > 0 && (line[0] == ' ' || line[0] == '\t' || line[0] == '\n') {
			texts[len(texts)-1] += line
			continue
		}
		texts = append(texts, line)
	}
	return texts
}

// cut keeps what lies between the first packet that begins and the last that ends.
func (c *captured) cut() bool {
	first := slices.IndexFunc(c.packets, func(p string) bool { return strings.Contains(p, begins) })
	last := len(c.packets) - 1
	for last >= 0 && !strings.Contains(c.packets[last], ends) {
		last--
	}
	if first < 0 || last < first {
		return false
	}
	c.packets = c.packets[first : last+1]
	if c.texts != nil {
		c.texts = c.texts[first : last+1]
		c.text = strings.Join(c.texts, "")
	}
	return true
}

// ended reports whether a savefile has a packet that ends.
func ended(content []byte) bool { return bytes.Contains(content, []byte(ends)) }

// comparison is the outcome of a device.
type comparison struct {
	packets, lines, differing int
	shown                     []string // some of what differs
}

// compare compares what both have.
func compare(ours, theirs *captured) (c comparison) {
	c.packets = len(ours.packets)
	c.lines = strings.Count(ours.text, "\n")
	if ours.head != theirs.head {
		c.differ("the header of the file: %s; the reference: %s", ours.head, theirs.head)
	}
	c.list("packet", ours.packets, theirs.packets, readable)
	if ours.texts != nil && theirs.texts != nil {
		c.list("lines", ours.texts, theirs.texts, strings.TrimSpace)
	} else {
		c.list("line", strings.Split(ours.text, "\n"), strings.Split(theirs.text, "\n"), strings.TrimSpace)
	}
	return c
}

func readable(p string) string {
	length, data, _ := strings.Cut(p, " ")
	return length + " bytes: " + hex.EncodeToString([]byte(data[:min(len(data), 120)]))
}

func (c *comparison) differ(format string, args ...any) {
	c.differing++
	if len(c.shown) < 8 {
		c.shown = append(c.shown, fmt.Sprintf(format, args...))
	}
}

// list compares lists. Packets that several processors have received at once may
// reach one socket in another order than the other: the order alone is no difference.
func (c *comparison) list(what string, ours, theirs []string, show func(string) string) {
	if slices.Equal(ours, theirs) {
		return
	}
	balance := make(map[string]int)
	for _, s := range theirs {
		balance[s]++
	}
	for _, s := range ours {
		if balance[s]--; balance[s] < 0 {
			c.differ("%s of ours alone: %s", what, show(s))
		}
	}
	for _, s := range theirs {
		if balance[s] > 0 {
			balance[s]--
			c.differ("%s of the reference alone: %s", what, show(s))
		}
	}
}
