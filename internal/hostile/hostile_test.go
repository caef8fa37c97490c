package hostile

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/pcapfile"
)

// TestCaptures: the captures can be read to their end, are the same each time, and
// hold each text that fits.
func TestCaptures(t *testing.T) {
	for name, made := range map[string]func(io.Writer, []Text) error{"pcap": Pcap, "wireless": Wireless, "pcapng": Pcapng} {
		var first, second bytes.Buffer
		for _, b := range []*bytes.Buffer{&first, &second} {
			if err := made(b, Texts()); err != nil {
				t.Fatal(name, err)
			}
		}
		if !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Errorf("%s: two files differ", name)
		}
		r, err := pcapfile.NewReader(bytes.NewReader(first.Bytes()))
		if err != nil {
			t.Fatal(name, err)
		}
		defer r.Close()
		var all []byte
		for pkt, err := range capture.Packets(r) {
			if err != nil {
				t.Fatal(name, err)
			}
			all = append(all, pkt.Data...)
		}
		for _, text := range Texts() {
			most := 32 // of the name of a network
			if name != "wireless" {
				most = 60
			}
			if !bytes.Contains(all, []byte(text.cut(most))) {
				t.Errorf("%s: no packet says %s: %q", name, text.Name, text.Text)
			}
		}
	}
}

// TestTexts: each has a name of its own, which is harmless.
func TestTexts(t *testing.T) {
	names := map[string]bool{}
	invalid := 0
	for _, text := range Texts() {
		if names[text.Name] || strings.Trim(text.Name, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
			t.Errorf("%q", text.Name)
		}
		names[text.Name] = true
		if !utf8.ValidString(text.Text) {
			invalid++
		}
	}
	if invalid < 4 {
		t.Errorf("%d texts are no UTF-8", invalid)
	}
}
