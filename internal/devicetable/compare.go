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
	"github.com/tapdump/tapdump/internal/netlink"
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

	groupWords = regexp.MustCompile(`resource ID \d+, family`) // of nflog: each program has another group
)

// readCapture reads a savefile, the lines of its packets, and what was said at the end.
func readCapture(file, lines, said string) (*captured, error) {
	lines = groupWords.ReplaceAllString(lines, "resource ID N, family")
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

// clean clears what is of the listener, not of the packet.
func clean(p *capture.Packet) {
	switch p.LinkType {
	case capture.LinkLINUX_SLL:
		cleanAddress(p.Data, 5, 6)
	case capture.LinkLINUX_SLL2:
		cleanAddress(p.Data, 11, 12)
	case capture.LinkUSB_LINUX, capture.LinkUSB_LINUX_MMAPPED:
		if len(p.Data) >= 28 {
			clear(p.Data[16:28]) // the stamp: the kernel takes one for each reader
		}
	case capture.LinkNFLOG:
		cleanLogged(p.Data)
	}
}

// cleanAddress clears what stands behind a link-layer address of fewer than 8 bytes in
// a cooked header, whose length and bytes are at these places: the reference has what
// was in the kernel's buffer before.
func cleanAddress(data []byte, length, address int) {
	if len(data) >= address+8 {
		clear(data[address+min(8, int(data[length])) : address+8])
	}
}

// cleanLogged clears the number of a group of nflog, and the stamp, which the kernel
// takes for each group (linux/netfilter/nfnetlink_log.h).
func cleanLogged(data []byte) {
	const stamp = 3 // NFULA_TIMESTAMP
	if len(data) < 4 {
		return
	}
	clear(data[2:4])
	clear(netlink.Find(data[4:], stamp))
}

func number(line *regexp.Regexp, text string) int {
	m := line.FindStringSubmatch(text)
	if m == nil {
		return -1
	}
	n, _ := strconv.Atoi(m[1])
	return n
}

// perPacket divides lines that -# numbers, and takes the numbers off: programs have not
// begun with the same packet.
func perPacket(lines string) (texts []string) {
	for line := range strings.Lines(lines) {
		if text, ok := strings.CutPrefix(line, fmt.Sprintf("%5d  ", len(texts)+1)); ok {
			texts = append(texts, text)
		} else if len(texts) > 0 {
			texts[len(texts)-1] += line
		}
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
