package printer

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/testenv"
	"github.com/tapdump/tapdump/versions"
)

// fuzzLinks are the link types that FuzzPrint chooses from.
var fuzzLinks = func() []capture.LinkType {
	var all []capture.LinkType
	for n := capture.LinkType(0); n <= capture.MaxLinkType; n++ {
		if CanPrint(n) {
			all = append(all, n)
		}
	}
	return all
}()

// fuzzFlags packs the options that FuzzPrint varies into a number.
func fuzzFlags(o Options) uint16 {
	flags := uint16(o.Verbose&7) | uint16(o.Quick&1)<<4 | uint16(o.HexASCII&1)<<5 | uint16(o.Type&0x7f)<<6 | uint16(slices.Index(versions.All(), o.Like))<<13
	if o.LinkHeader {
		flags |= 1 << 3
	}
	return flags
}

// fuzzOptions is the inverse of fuzzFlags; any number gives options.
func fuzzOptions(flags uint16) Options {
	all := versions.All()
	return Options{
		Like: all[int(flags>>13)%len(all)], Verbose: int(flags & 7), LinkHeader: flags&8 != 0, Quick: int(flags >> 4 & 1),
		HexASCII: int(flags >> 5 & 1), Type: PacketType((flags >> 6 & 0x7f) % uint16(len(packetTypeNames))), Location: time.UTC, Strict: true,
	}
}

// packetFamilies reads the list of families: packet files by name of family.
func packetFamilies(t testing.TB) map[string][]string {
	text, err := os.ReadFile(filepath.Join(packetDir, "FAMILIES"))
	if err != nil {
		t.Fatal(err)
	}
	families, taken := make(map[string][]string), make(map[string]bool)
	for line := range strings.Lines(string(text)) {
		name, patterns, ok := strings.Cut(line, ":")
		if !ok || line[0] == '#' {
			continue
		}
		for pattern := range strings.FieldsSeq(patterns) {
			for _, path := range packetFiles(t, pattern) {
				if !taken[path] {
					families[name] = append(families[name], path)
				}
				taken[path] = true
			}
		}
	}
	return families
}

// TestPacketFamilies: fuzzing family by family reaches every packet file.
func TestPacketFamilies(t *testing.T) {
	var listed []string
	for _, files := range packetFamilies(t) {
		listed = append(listed, files...)
	}
	for _, path := range packetFiles(t, "*") {
		if !slices.Contains(listed, path) {
			t.Errorf("%s is in no family: add it to %s", path, filepath.Join(packetDir, "FAMILIES"))
		}
	}
}

// FuzzPrint feeds arbitrary bytes to every printer: a packet may end early but
// not panic, not run long and not print without bound, and colours add nothing but
// their sequences. With TAPDUMP_FUZZ set to a family (igp) or the names of packet
// files (ospf, juniper*), it starts from those alone.
func FuzzPrint(f *testing.F) {
	name := os.Getenv("TAPDUMP_FUZZ")
	focused := name != ""
	files := packetFiles(f, "*")
	if family, ok := packetFamilies(f)[name]; ok {
		files = family
	} else if focused {
		files = packetFiles(f, name)
	}
	type kind struct {
		forced PacketType
		like   versions.Version
	}
	covered := make(map[capture.LinkType]bool)
	for _, path := range files {
		pf := loadPackets(f, path)
		var kinds []kind
		for _, flags := range pf.flags {
			if o := testOptions(f, flags); !slices.Contains(kinds, kind{o.Type, o.Like}) {
				kinds = append(kinds, kind{o.Type, o.Like})
			}
		}
		for _, pkt := range pf.packets {
			covered[pkt.LinkType] = true
			for _, k := range kinds {
				f.Add(uint16(pkt.LinkType), fuzzFlags(Options{Verbose: 3, Type: k.forced, Like: k.like}), uint16(0), pkt.Data)
			}
		}
	}
	for _, link := range fuzzLinks {
		if !focused && !covered[link] {
			f.Add(uint16(link), uint16(3), uint16(0), make([]byte, 64))
		}
	}
	// Where other packages' tests run at the same time, only hanging is reported.
	limit := testenv.Patience
	if flag.Lookup("test.fuzz").Value.String() != "" {
		limit = 50 * time.Millisecond
	}
	f.Fuzz(func(t *testing.T, link, flags, extra uint16, data []byte) {
		if len(data) == 0 || len(data) > 65535 {
			return
		}
		lt := capture.LinkType(link)
		if !CanPrint(lt) {
			lt = fuzzLinks[int(link)%len(fuzzLinks)]
		}
		p := New(fuzzOptions(flags))
		pkt := capture.Packet{Data: data[:len(data):len(data)], Length: uint32(len(data)) + uint32(extra), LinkType: lt}
		var out []byte
		quickest := time.Hour
		for range 3 { // a busy machine slows some, a slow packet all
			start := time.Now()
			out = p.Print(out[:0], &pkt)
			quickest = min(quickest, time.Since(start))
			if most := outputMax + fuzzLine(len(data)); len(out) > most {
				t.Errorf("%d bytes of output for a packet of %d, want %d at most", len(out), len(data), most)
			}
		}
		if quickest > limit {
			t.Errorf("a print took %v, want %v at most", quickest, limit)
		}
		o := fuzzOptions(flags)
		o.Colors = testColors(flags&1 != 0)
		checkColored(t, "colours", string(New(o).Print(nil, &pkt)), string(New(fuzzOptions(flags)).Print(nil, &pkt)))
	})
}

// fuzzLine is how long a line may be that outputMax ends: a text of a packet of
// n bytes, each as an escape, and the dump of all bytes after it.
func fuzzLine(n int) int { return 4096 + 4*n + 5*n }
