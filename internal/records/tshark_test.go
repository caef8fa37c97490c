package records

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/apps"
	"github.com/tapdump/tapdump/internal/tcpanalysis"
	"github.com/tapdump/tapdump/internal/testenv"
	"github.com/tapdump/tapdump/pcapfile"
)

var (
	allCaptures = flag.Bool("all", false, "TestTshark compares on all captures, not on a sample; TestCutCaptures cuts at all lengths")
	kinds       = flag.Int("kinds", 40, "how many kinds of deviations TestTshark lists")
	others      = flag.String("captures", "", "folder with captures for TestTshark, in place of those of the repository")
	cache       = flag.String("cache", "", "folder where TestTshark keeps what tshark said")
)

// maker makes records of packets, as the program does.
type maker struct {
	tcp     *tcpanalysis.Analyzer
	apps    *apps.Decoder
	streams Streams
	record  Packet
	result  tcpanalysis.Result
	outer   header.Packet
}

func newMaker() *maker {
	return &maker{tcp: tcpanalysis.New(tcpanalysis.Options{}), apps: apps.New(apps.Options{})}
}

func (m *maker) make(number uint64, pkt *capture.Packet) *Packet {
	p := &m.record
	p.Begin(number, pkt)
	m.apps.Begin(pkt)
	if p.Tunnels.Len() > 0 && header.Decode(pkt, &m.outer) {
		m.apps.Add(&m.outer)
	}
	if p.Decoded {
		m.apps.Add(&p.Header)
		if p.Header.Protocol == header.ProtocolTCP {
			m.result = m.tcp.Add(pkt, &p.Header)
			p.TCP = &m.result
		}
	}
	m.streams.Take(p)
	p.Said = m.apps.Said()
	return p
}

// captures are the capture files in folders.
func captures(t testing.TB, folders ...string) (all []string) {
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(name string, d fs.DirEntry, err error) error {
			if e := filepath.Ext(name); err == nil && (e == ".pcap" || e == ".pcapng") {
				all = append(all, name)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

const shared = "../../../shared/conformance/captures"

// unknownToTshark are aliases that tshark 4.0 has no field for.
var unknownToTshark = []string{"communityid", "tls.handshake.ja4"}

// TestTshark compares the values of all aliases with what tshark prints.
func TestTshark(t *testing.T) {
	tshark := testenv.Oracle(t, "tshark")
	var columns []*Column[Packet]
	for _, c := range Aliases() {
		if !slices.Contains(unknownToTshark, c.Name) {
			columns = append(columns, c)
		}
	}
	names := captures(t, "../../testdata/captures")
	if !testing.Short() {
		for i, name := range captures(t, shared) {
			if *allCaptures || i%12 == 0 {
				names = append(names, name)
			}
		}
	}
	if *others != "" {
		names = captures(t, *others)
	}
	cells, wrong := 0, 0
	perColumn, perKind, example := map[string]int{}, map[string]int{}, map[string]string{}
	for _, name := range names {
		want := tsharkFields(t, tshark, name, columns)
		src, err := pcapfile.Open(name)
		if err != nil {
			continue // tshark's matter
		}
		m, n := newMaker(), 0
		var pkt capture.Packet
		var line []byte
		for n < len(want) && src.Next(&pkt) == nil {
			r := m.make(uint64(n+1), &pkt)
			if list := src.Interfaces(); pkt.Interface < len(list) {
				r.Interface = list[pkt.Interface].Name
			}
			for i, c := range columns {
				line = appendSeparatedValue(line[:0], c, r, Tab)
				cells++
				if string(line) != want[n][i] {
					wrong++
					perColumn[c.Name]++
					kind := fmt.Sprintf("%s: tshark %.80q, we %.80q", c.Name, want[n][i], line)
					if perKind[kind]++; perKind[kind] == 1 {
						example[kind] = fmt.Sprintf("%s:%d", filepath.Base(name), n+1)
					}
				}
			}
			n++
		}
		src.Close()
	}
	for i, k := range byCount(perKind) {
		if i == *kinds {
			break
		}
		t.Logf("%6d %s (%s)", perKind[k], k, example[k])
	}
	for _, k := range byCount(perColumn) {
		t.Logf("%6d %s", perColumn[k], k)
	}
	share := 100 * float64(cells-wrong) / float64(cells)
	t.Logf("%d of %d cells as tshark has them: %.3f %%", cells-wrong, cells, share)
	if share < 99.5 {
		t.Error("less than 99.5 % of cells are as in tshark")
	}
}

func byCount(m map[string]int) (keys []string) {
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(m[b]-m[a], strings.Compare(a, b)) })
	return keys
}

// tsharkFields are the values that tshark prints for the packets of a capture.
func tsharkFields(t *testing.T, tshark, name string, columns []*Column[Packet]) (rows [][]string) {
	args := []string{"-n", "-r", name, "-T", "fields"}
	for _, c := range columns {
		args = append(args, "-e", c.Name)
	}
	saved := filepath.Join(*cache, strings.NewReplacer("/", "+", "..+", "").Replace(name))
	out, err := os.ReadFile(saved)
	if *cache == "" || err != nil {
		var stderr bytes.Buffer
		cmd := exec.Command(tshark, args...)
		cmd.Stderr = &stderr
		if out, err = cmd.Output(); err != nil {
			t.Logf("tshark -r %s: %v %s", name, err, &stderr)
		}
		if *cache != "" {
			if err := os.WriteFile(saved, out, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	for line := range strings.Lines(string(out)) {
		row := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(row) != len(columns) {
			t.Fatalf("%s: tshark prints %d fields for %d: %q", name, len(row), len(columns), line)
		}
		rows = append(rows, row)
	}
	return rows
}
