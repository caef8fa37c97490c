package printer

import (
	"bytes"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/pcapfile"
)

// Savefile is a packet file as a pcapng file, for tests of what reads such.
type Savefile struct {
	Name  string
	Flags []string // to print it with
	Bytes []byte
	Lines []string // as they are printed, with each of Flags
}

// Savefiles are all packet files, with those flags that know takes.
func Savefiles(t testing.TB, know func(flags string) bool) (all []Savefile) {
	for _, path := range packetFiles(t, "*") {
		pf := loadPackets(t, path)
		s := Savefile{Name: pf.name, Bytes: savefile(t, pf.packets)}
		for _, flags := range pf.flags {
			if !know(flags) {
				continue
			}
			var b []byte
			o := testOptions(t, flags)
			o.Strict = false
			p := New(o)
			for i := range pf.packets {
				b = p.Print(b, &pf.packets[i])
			}
			s.Flags, s.Lines = append(s.Flags, flags), append(s.Lines, string(b))
		}
		if len(s.Flags) > 0 {
			all = append(all, s)
		}
	}
	return all
}

// savefile writes packets, which may be of several link types.
func savefile(t testing.TB, packets []capture.Packet) []byte {
	t.Helper()
	var interfaces []capture.Interface
	number := make(map[capture.LinkType]int)
	for _, p := range packets {
		if _, known := number[p.LinkType]; !known {
			number[p.LinkType] = len(interfaces)
			interfaces = append(interfaces, capture.Interface{LinkType: p.LinkType, SnapLen: capture.MaxSnapLen})
		}
	}
	var b bytes.Buffer
	w, err := pcapfile.NewWriter(&b, "test", packets[0].LinkType, pcapfile.Format{
		Pcapng: true, Nano: true, Interfaces: func() []capture.Interface { return interfaces },
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range packets {
		p.Interface = number[p.LinkType]
		if err := w.Write(&p); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
