//go:build linux

package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/netlink"
)

// Lines of a packet stay together, and what lies outside the marks is left out.
func TestCutCapture(t *testing.T) {
	c := &captured{
		packets: []string{"1 early", "8 " + begins, "4 then", "8 " + ends, "8 " + ends, "1 late"},
		text:    "    1  early\n    2  begin\n    more\n    3  then\n    9  more\n\nand more\n    4  end\n    5  end\n    6  late\n",
	}
	c.texts = perPacket(c.text)
	if len(c.texts) != len(c.packets) {
		t.Fatalf("%d texts of %d packets: %q", len(c.texts), len(c.packets), c.texts)
	}
	if !c.cut() || c.text != "begin\n    more\nthen\n    9  more\n\nand more\nend\nend\n" || len(c.packets) != 4 {
		t.Errorf("%q of %q", c.text, c.packets)
	}
	if (&captured{packets: []string{begins, "no end"}}).cut() {
		t.Error("a capture without an end has one")
	}
}

// The order of packets is no difference; one that is missing is, and one that is
// there twice, and one with other bytes, and another header.
func TestCompareCaptures(t *testing.T) {
	made := func(head string, packets ...string) *captured {
		c := &captured{head: head, packets: packets}
		for _, p := range packets {
			c.texts = append(c.texts, "line of "+p+"\n")
		}
		c.text = strings.Join(c.texts, "")
		return c
	}
	reference := made("h", "1 a", "1 b", "1 c")
	for _, c := range []struct {
		name      string
		ours      *captured
		differing int
	}{
		{"the same", made("h", "1 a", "1 b", "1 c"), 0},
		{"another order", made("h", "1 b", "1 a", "1 c"), 0},
		{"one less", made("h", "1 a", "1 b"), 2},
		{"one twice", made("h", "1 a", "1 b", "1 c", "1 c"), 2},
		{"another packet", made("h", "1 a", "1 b", "1 x"), 4},
		{"another link type", made("i", "1 a", "1 b", "1 c"), 1},
	} {
		if got := compare(c.ours, reference); got.differing != c.differing || got.lines != len(c.ours.packets) {
			t.Errorf("%s: %+v, want %d differing", c.name, got, c.differing)
		}
	}
}

// Only what no address reaches is cleared.
func TestCleanCooked(t *testing.T) {
	sll2 := []byte{0x08, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 7, 8, 0x45}
	sll := []byte{0, 0, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 7, 8, 8, 0, 0x45}
	for link, data := range map[capture.LinkType][]byte{capture.LinkLINUX_SLL2: sll2, capture.LinkLINUX_SLL: sll, capture.LinkEN10MB: slices.Clone(sll2)} {
		want := slices.Clone(data)
		if at := slices.Index(want, 7); link != capture.LinkEN10MB {
			want[at], want[at+1] = 0, 0
		}
		if clean(capture.NewPacket(link, data)); !slices.Equal(data, want) {
			t.Errorf("%v: %x, want %x", link, data, want)
		}
		clean(capture.NewPacket(link, data[:5]))
	}
}

// Stamps that the kernel takes for each listener are cleared, and the number of a group
// of nflog; what is cut short is no reason to stop.
func TestCleanListener(t *testing.T) {
	before := netlink.NewMessage(nil, 0, 0).Append(2, 0, 0, 6).Attribute(10, []byte("in\x00")) // a prefix, and one byte to the next
	logged := before.Attribute(3, []byte("a stamp!")).Attribute(9, []byte("x")).Body()
	at := len(before.Body()) + 4
	want := slices.Clone(logged)
	clear(want[2:4])
	clear(want[at : at+8])
	usb := bytes.Repeat([]byte{7}, 66)
	usbWant := slices.Clone(usb)
	clear(usbWant[16:28])
	for _, c := range []struct {
		link       capture.LinkType
		data, want []byte
	}{
		{capture.LinkNFLOG, logged, want},
		{capture.LinkUSB_LINUX_MMAPPED, usb, usbWant},
		{capture.LinkUSB_LINUX, usb, usbWant},
		{capture.LinkEN10MB, usb, usb},
	} {
		got := slices.Clone(c.data)
		if clean(capture.NewPacket(c.link, got)); !bytes.Equal(got, c.want) {
			t.Errorf("%v: %x, want %x", c.link, got, c.want)
		}
		for n := range c.data {
			clean(capture.NewPacket(c.link, slices.Clone(c.data[:n])))
		}
	}
}

// Rows of a device stand beside one another, in the order of the devices.
func TestArranged(t *testing.T) {
	rows := "| a: `x` | 6.1 | 1 | 2 | 0 |\n| b: `y` | 6.1 | 1 | 2 | 0 |\n| a: `x` | 6.12 | 3 | 4 | 0 |\n"
	got := strings.Split(strings.TrimSpace(arranged(rows)), "\n")
	want := []string{"| a: `x` | 6.1 | 1 | 2 | 0 |", "| a: `x` | 6.12 | 3 | 4 | 0 |", "| b: `y` | 6.1 | 1 | 2 | 0 |"}
	if !slices.Equal(got[2:], want) {
		t.Errorf("%q", got)
	}
}

// The walk counts a packet for both, once each.
func TestLedger(t *testing.T) {
	l := newLedger("any")
	what := func() string { return "a packet" }
	l.note(1, 1, what)
	l.note(1, -1, what)
	l.note(2, -1, what)
	l.note(3, 1, what)
	if lacking := l.late(0); len(lacking) != 1 || l.matched != 1 || l.more != 1 {
		t.Errorf("%q, %d matched, %d more", lacking, l.matched, l.more)
	}
}
