package viewer

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/pcapfile"
	"github.com/tapdump/tapdump/printer"
)

func always() bool { return true }

// open opens a View and steps to the end.
func open(t testing.TB, file []byte, o Options) *View {
	t.Helper()
	v, err := Open(bytes.NewReader(file), int64(len(file)), o)
	if err != nil {
		t.Fatal(err)
	}
	v.Step(always)
	return v
}

func mixed(t testing.TB) []byte {
	t.Helper()
	file, err := os.ReadFile("../../../testdata/captures/mixed.pcap")
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// written is a file of the same packets in another format.
func written(t testing.TB, file []byte, f pcapfile.Format) []byte {
	t.Helper()
	r, err := pcapfile.NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w, err := pcapfile.NewWriter(&b, "test", r.LinkType(), f)
	if err != nil {
		t.Fatal(err)
	}
	for pkt, err := range capture.Packets(r) {
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(pkt); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zipped(t testing.TB, file []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(file); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// text is what Rows gives.
func text(t testing.TB, v *View, from int64, n int) string {
	t.Helper()
	var b []byte
	if err := v.Rows(from, n, false, func(r *Row) { b = append(append(b, r.Text...), '\n') }); err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestRows: the rows from any one on are the lines that a Printer prints, and each packet
// comes out of the file again, whatever the format.
func TestRows(t *testing.T) {
	file := mixed(t)
	for name, one := range map[string][]byte{
		"pcap": file, "pcapng": written(t, file, pcapfile.Format{Pcapng: true}), "gzip": zipped(t, file), "nanoseconds": written(t, file, pcapfile.Format{Nano: true}),
	} {
		t.Run(name, func(t *testing.T) {
			v := open(t, one, Options{Flags: "-v -e"})
			p := printer.New(printer.Options{Verbose: 1, LinkHeader: true, Location: time.UTC})
			r, err := pcapfile.NewReader(bytes.NewReader(one))
			if err != nil {
				t.Fatal(err)
			}
			var want []byte
			index := int64(0)
			for pkt, err := range capture.Packets(r) {
				if err != nil {
					t.Fatal(err)
				}
				row := int64(bytes.Count(want, []byte{'\n'}))
				want = p.Print(want, pkt)
				got, err := v.Packet(index)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(got.Data, pkt.Data) || got.Length != pkt.Length || got.Number != index+1 || got.Row != row {
					t.Fatalf("packet %d is %+v, want %x of %d bytes at row %d", index+1, got, pkt.Data, pkt.Length, row)
				}
				index++
			}
			if s := v.State(); s.Packets != 400 || s.Matched != 400 || s.Shown != index || s.Bytes != int64(len(one)) || s.Problem != "" || !s.Done {
				t.Errorf("the state is %+v", s)
			}
			lines := strings.SplitAfter(string(want), "\n")
			lines = lines[:len(lines)-1]
			if rows := v.State().Rows; rows != int64(len(lines)) {
				t.Fatalf("there are %d rows, want %d", rows, len(lines))
			}
			for _, at := range []int{0, 1, 7, 333, len(lines) - 1, len(lines)} {
				for _, n := range []int{1, 2, 100, len(lines)} {
					want := strings.Join(lines[at:min(at+n, len(lines))], "")
					if got := text(t, v, int64(at), n); got != want {
						t.Fatalf("%d rows from %d on:\n%s\nwant\n%s", n, at, got, want)
					}
				}
			}
		})
	}
}

// TestFilter: packets that the filter keeps out have no rows, and numbers stay those of
// the file.
func TestFilter(t *testing.T) {
	v := open(t, mixed(t), Options{Filter: "arp", Flags: "-t -#"})
	s := v.State()
	if s.Packets != 400 || s.Matched == 0 || s.Matched == 400 || s.Rows != s.Matched {
		t.Fatalf("the state is %+v", s)
	}
	var last int64
	err := v.Rows(0, 1000, true, func(r *Row) {
		if !strings.Contains(string(r.Text), "ARP, ") || r.Number <= last {
			t.Errorf("row %+v %s", r, r.Text)
		}
		last = r.Number
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := v.Packet(s.Shown - 1)
	if err != nil || p.Number != last || !strings.Contains(p.Text, "ethertype ARP") {
		t.Errorf("the last packet is %+v, %v; want number %d", p, err, last)
	}
	if row, ok, err := v.FirstRow(s.Shown); ok || err != nil {
		t.Errorf("behind the last packet is row %d, %v", row, err)
	}
}

// TestWrongFilter: what is wrong has a caret below it.
func TestWrongFilter(t *testing.T) {
	file := mixed(t)
	_, err := Open(bytes.NewReader(file), int64(len(file)), Options{Filter: "tcp prot 80"})
	var wrong *FilterError
	if !errors.As(err, &wrong) || !strings.Contains(wrong.Detail(), "  tcp prot 80\n      ^^^^\n") {
		t.Fatalf("the error is %v", err)
	}
	if got := Check("tcp prot 80", capture.LinkEN10MB); got != wrong.Detail() {
		t.Errorf("Check says\n%s\nand Open\n%s", got, wrong.Detail())
	}
	for _, right := range []string{"", "tcp port http", "host 192.0.2.1 and ip proto ospf"} {
		if got := Check(right, capture.LinkEN10MB); got != "" {
			t.Errorf("%s: %s", right, got)
		}
	}
	if got := Check("host www.example.com", capture.LinkEN10MB); !strings.Contains(got, "www.example.com") {
		t.Errorf("a name is looked up: %s", got)
	}
	at, words := Suggest("tcp po")
	if at != 4 || !slices.ContainsFunc(words, func(s Suggestion) bool { return s.Text == "port" }) {
		t.Errorf("behind tcp po: %d, %v", at, words)
	}
}

// TestMemory: packets for whose lines there is no room are counted.
func TestMemory(t *testing.T) {
	v := open(t, mixed(t), Options{Flags: "-vvv -XX", Memory: 20 << 10})
	s := v.State()
	if s.Forgotten == 0 || s.Shown+s.Forgotten != s.Matched || s.Matched != 400 || s.Held > 20<<10+blockBytes {
		t.Errorf("the state is %+v", s)
	}
	if got := strings.Count(text(t, v, 0, int(s.Rows)+1), "\n"); int64(got) != s.Rows {
		t.Errorf("%d rows, want %d", got, s.Rows)
	}
}

// TestCutFile: of a file that is cut all whole packets are shown, and it is said.
func TestCutFile(t *testing.T) {
	file := mixed(t)
	v := open(t, file[:len(file)-3], Options{})
	if s := v.State(); s.Packets != 399 || !strings.Contains(s.Problem, "truncated dump file") {
		t.Errorf("the state is %+v", s)
	}
	for _, wrong := range []string{"", "no capture", strings.Repeat("x", 100)} {
		if _, err := Open(strings.NewReader(wrong), int64(len(wrong)), Options{}); err == nil {
			t.Errorf("%q is a capture", wrong)
		}
	}
}

// changing is a file that somebody makes shorter.
type changing struct {
	io.ReaderAt
	size int64
}

func (c *changing) ReadAt(b []byte, at int64) (int, error) {
	if at+int64(len(b)) > c.size {
		return 0, io.EOF
	}
	return c.ReaderAt.ReadAt(b, at)
}

// TestFileChanges: a packet that is no more in the file is an error.
func TestFileChanges(t *testing.T) {
	file := mixed(t)
	c := &changing{bytes.NewReader(file), int64(len(file))}
	v, err := Open(c, c.size, Options{})
	if err != nil {
		t.Fatal(err)
	}
	v.Step(always)
	c.size = 1000
	if _, err := v.Packet(399); !errors.Is(err, errGone) {
		t.Errorf("the error is %v", err)
	}
	if _, err := v.Packet(0); err != nil {
		t.Errorf("the first packet: %v", err)
	}
}

// TestCommandLine: the command is quoted for a shell.
func TestCommandLine(t *testing.T) {
	for want, o := range map[string]Options{
		"tapdump -n -r a.pcap": {},
		"TZ=Europe/Berlin tapdump -n -e -vv -r a.pcap 'tcp[13] & 2 != 0'": {Flags: "-n -e  -vv", Zone: "Europe/Berlin", Filter: "tcp[13] & 2 != 0"},
		`TZ=UTC tapdump -n '-#' -r a.pcap 'host a'\''b'`:                  {Flags: "-#", Zone: "UTC", Filter: "host a'b"},
	} {
		if got := CommandLine(o, "a.pcap"); got != want {
			t.Errorf("%+v: %s, want %s", o, got, want)
		}
	}
	if got := CommandLine(Options{}, "-w $(x)"); got != "tapdump -n -r './-w $(x)'" {
		t.Errorf("a name that looks like an option: %s", got)
	}
	for _, wrong := range []string{"-w", "-", "a", "-e -r", "--count"} {
		if _, err := readFlags(wrong); err == nil {
			t.Errorf("%s is taken", wrong)
		}
	}
	if _, err := location("Nowhere/Else"); err == nil {
		t.Error("there is a zone Nowhere/Else")
	}
}

// TestReport: the report is made in steps, of what the filter lets through.
func TestReport(t *testing.T) {
	file := mixed(t)
	r, err := NewReport(bytes.NewReader(file), int64(len(file)), Options{Filter: "udp port 53"}, "a<b>.pcap")
	if err != nil {
		t.Fatal(err)
	}
	steps := 0
	for done := false; !done; steps++ {
		_, done = r.Step(func() bool { return false })
	}
	html, err := r.HTML()
	if err != nil || !strings.Contains(html, "udp port 53") || strings.Contains(html, "a<b>") || steps < 2 {
		t.Errorf("after %d steps, %v:\n%.2000s", steps, err, html)
	}
}

// TestReportCommands: the commands of a report show packets that pass its filter alone.
func TestReportCommands(t *testing.T) {
	file, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "examples", "office.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := NewReport(bytes.NewReader(file), int64(len(file)), Options{Filter: "not port 5353"}, "a.pcap")
	if err != nil {
		t.Fatal(err)
	}
	r.Step(func() bool { return true })
	html, err := r.HTML()
	if err != nil {
		t.Fatal(err)
	}
	commands := strings.Split(html, `<code class="command">`)[1:]
	for _, c := range commands {
		if c, _, _ = strings.Cut(c, "</code>"); !strings.Contains(c, "not port 5353") {
			t.Errorf("a command without the filter: %s", c)
		}
	}
	if len(commands) < 5 {
		t.Errorf("%d commands", len(commands))
	}
}

// FuzzView looks at anything, with any filter.
func FuzzView(f *testing.F) {
	file := mixed(f)
	f.Add(file[:2000], "", "-e -vvv")
	f.Add(written(f, file, pcapfile.Format{Pcapng: true})[:3000], "tcp", "-X")
	f.Add(zipped(f, file[:1000]), "port 53", "-ttt")
	f.Fuzz(func(t *testing.T, file []byte, filter, flags string) {
		if len(file) > 64<<10 || len(filter) > 200 {
			return
		}
		v, err := Open(bytes.NewReader(file), int64(len(file)), Options{Filter: filter, Flags: flags, Memory: 1 << 20})
		if err != nil {
			return
		}
		defer v.Close()
		for range 100 {
			v.Step(func() bool { return false })
		}
		s := v.State()
		rows := int64(0)
		if err := v.Rows(0, int(s.Rows)+1, true, func(*Row) { rows++ }); err != nil || rows != s.Rows {
			t.Fatalf("%d rows of %d: %v", rows, s.Rows, err)
		}
		for i := range min(s.Shown, 20) {
			if p, err := v.Packet(i); err != nil || p == nil {
				t.Fatalf("packet %d: %v", i, err)
			}
		}
	})
}

// TestGoldenFlags: the flags that the page offers are known.
func TestGoldenFlags(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "assets", "page.html"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, part := range strings.Split(string(page), `value="-`)[1:] {
		flag, _, _ := strings.Cut(part, `"`)
		if _, err := readFlags("-" + flag); err != nil {
			t.Errorf("-%s: %v", flag, err)
		}
		n++
	}
	if n < 15 {
		t.Errorf("the page offers %d options", n)
	}
}
