package pcapfile

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/tapdump/tapdump/capture"
)

// TestAnnotation has comments and processes of packets written, which come from nowhere,
// from a pcap file and from a pcapng file whose packet has a comment already.
func TestAnnotation(t *testing.T) {
	note := &capture.Annotation{Comment: []byte("why"), Process: 4711, Thread: 4712, Owned: true}
	plain := write(t, capture.LinkEN10MB, Format{}, packet(60))
	described := write(t, capture.LinkEN10MB, Format{Pcapng: true}, &capture.Packet{
		Data: make([]byte, 60), Length: 60, LinkType: capture.LinkEN10MB, Annotation: &capture.Annotation{Comment: []byte("mine")},
	})
	want := optionsOf(appendOption(nil, optionComment, "why"), appendOption(nil, optionProcess, pair(4711, 4712)))
	for name, c := range map[string]struct {
		from []byte // a savefile; nil: the packet is from nowhere
		want []byte
	}{
		"from nowhere":       {nil, want},
		"from a pcap file":   {plain, want},
		"from a pcapng file": {described, append(appendOption(nil, optionComment, "mine"), want...)},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			w, err := NewWriter(&out, name, capture.LinkEN10MB, Format{Pcapng: true})
			if err != nil {
				t.Fatal(err)
			}
			pkt := packet(60)
			if c.from != nil {
				r, err := NewReader(bytes.NewReader(c.from))
				if err != nil {
					t.Fatal(err)
				}
				w.Follow(r)
				if err := r.Next(pkt); err != nil {
					t.Fatal(err)
				}
			}
			pkt.Annotation = note
			if err := w.Write(pkt); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			b := out.Bytes()
			got := b[:len(b)-blockTailLen]
			if !bytes.HasSuffix(got, append(pkt.Data, c.want...)) {
				t.Errorf("the packet's block ends with % x\nwant the packet and % x", got[len(got)-len(c.want)-8:], c.want)
			}
		})
	}
}

// write is a savefile of packets.
func write(t *testing.T, link capture.LinkType, f Format, packets ...*capture.Packet) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := NewWriter(&out, "savefile", link, f)
	if err != nil {
		t.Fatal(err)
	}
	for _, pkt := range packets {
		if err := w.Write(pkt); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// optionsOf is a list of options with its end.
func optionsOf(all ...[]byte) []byte { return append(bytes.Join(all, nil), 0, 0, 0, 0) }

func pair(a, b uint32) []byte {
	return binary.NativeEndian.AppendUint32(binary.NativeEndian.AppendUint32(nil, a), b)
}
