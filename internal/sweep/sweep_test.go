package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/pcapfile"
)

func TestCutLengths(t *testing.T) {
	if got := cutLengths(1, 3); !slices.Equal(got, []int{1, 2, 3}) {
		t.Errorf("a packet of 3 bytes is cut at %v, want every length", got)
	}
	for n := 6; n < 200; n++ {
		got := cutLengths(7, n)
		if len(got) != cutsPerPacket || !slices.Contains(got, n) || len(slices.Compact(slices.Clone(got))) != len(got) || got[0] < 1 {
			t.Errorf("a packet of %d bytes is cut at %v, want %d different lengths and the whole", n, got, cutsPerPacket)
		}
		if again := cutLengths(7, n); !slices.Equal(got, again) {
			t.Errorf("a packet of %d bytes is cut at %v, then at %v", n, got, again)
		}
	}
}

// TestCompare: what the reference prints otherwise than the exact version does
// not count against tapdump, what tapdump prints otherwise than both does.
func TestCompare(t *testing.T) {
	records := []record{{1, 10, 20}, {1, 20, 20}}
	exact := "    1  a\n\tb\n    2  c\n"
	older := "    1  a\n\told\n    2  c\n"
	for _, test := range []struct {
		what, tapdump string
		want          tally
	}{
		{"as exact", exact, tally{lines: 3, comparable: 2, same: 2, exact: 3}},
		{"as the older one", older, tally{lines: 3, comparable: 2, same: 2, exact: 2}},
		{"another line", "    1  a\n\tb\n    2  d\n", tally{lines: 3, comparable: 2, same: 1, exact: 2}},
		{"a line less", "    1  a\n    2  c\n", tally{lines: 3, comparable: 2, same: 2, exact: 2}},
		{"a line more", exact + "\tmore\n", tally{lines: 4, comparable: 3, same: 2, exact: 3}},
		{"nothing", "", tally{lines: 3, comparable: 2}},
	} {
		var c comparison
		c.compare("-n", records, []result{{out: []byte(test.tapdump)}, {out: []byte(older)}, {out: []byte(exact)}}, 1)
		if c.tally != test.want {
			t.Errorf("%s: %+v, want %+v", test.what, c.tally, test.want)
		}
		if shown := len(c.differences) > 0; shown != (c.tally.exact < c.tally.lines) {
			t.Errorf("%s: differences shown: %v", test.what, c.differences)
		}
	}
}

func TestWords(t *testing.T) {
	if got := words(`-v -E "file keys.txt" -tttt`); !slices.Equal(got, []string{"-v", "-E", "file keys.txt", "-tttt"}) {
		t.Errorf("%q", got)
	}
}

// program writes a stand-in for a tcpdump, a script.
func program(t *testing.T, name, body string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte("#!/bin/sh\n"+body+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return file
}

// saved writes packets of these lengths to a capture.
func saved(t *testing.T, name string, lengths ...int) string {
	t.Helper()
	w, err := pcapfile.Create(name, capture.LinkRAW, pcapfile.Format{SnapLen: 100})
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range lengths {
		data := bytes.Repeat([]byte{byte(i + 1)}, n)
		if err := w.Write(&capture.Packet{Data: data, Length: uint32(n), LinkType: capture.LinkRAW}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestCutCapture: every packet is there at its lengths, up to as many packets as
// are asked for, and what is before damage of a damaged capture.
func TestCutCapture(t *testing.T) {
	name := saved(t, filepath.Join(t.TempDir(), "x.pcap"), 3, 2, 60)
	for most, want := range map[int][]record{
		0: {{1, 1, 3}, {1, 2, 3}, {1, 3, 3}, {2, 1, 2}, {2, 2, 2}},
		1: {{1, 1, 3}, {1, 2, 3}, {1, 3, 3}},
		2: {{1, 1, 3}, {1, 2, 3}, {1, 3, 3}, {2, 1, 2}, {2, 2, 2}},
	} {
		if most == 0 {
			for _, k := range cutLengths(3, 60) {
				want = append(want, record{3, k, 60})
			}
		}
		to := filepath.Join(t.TempDir(), "cut.pcap")
		got, damage, err := cutCapture(name, to, most)
		if err != nil || damage != nil || !slices.Equal(got, want) {
			t.Errorf("at most %d: %v, %v, %v; want %v", most, got, damage, err, want)
		}
		r, err := pcapfile.Open(to)
		if err != nil {
			t.Fatal(err)
		}
		var pkt capture.Packet
		for _, w := range want {
			if err := r.Next(&pkt); err != nil || len(pkt.Data) != w.cut || pkt.Length != uint32(w.all) || pkt.Data[0] != byte(w.packet) {
				t.Errorf("%v: %d bytes of %d, %v", w, len(pkt.Data), pkt.Length, err)
			}
		}
		if err := r.Next(&pkt); err != io.EOF {
			t.Errorf("behind the last: %v", err)
		}
		r.Close()
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	damaged := filepath.Join(t.TempDir(), "damaged.pcap")
	if err := os.WriteFile(damaged, text[:len(text)-1], 0o644); err != nil {
		t.Fatal(err)
	}
	if got, damage, err := cutCapture(damaged, filepath.Join(t.TempDir(), "cut.pcap"), 0); len(got) != 5 || damage == nil || err != nil {
		t.Errorf("damaged: %v, %v, %v", got, damage, err)
	}
	if got, damage, err := cutCapture(damaged+"none", filepath.Join(t.TempDir(), "cut.pcap"), 0); got != nil || damage == nil || err != nil {
		t.Errorf("not there: %v, %v, %v", got, damage, err)
	}
	if _, _, err := cutCapture(name, t.TempDir(), 0); err == nil {
		t.Error("a folder is written to")
	}
}

// TestRun: captures by name or all of the recorded cases, those apart that the
// reference prints otherwise than recorded; the share of identical lines decides.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	captures := filepath.Join(dir, "captures")
	if err := errors.Join(os.Mkdir(captures, 0o755), os.Mkdir(filepath.Join(dir, "expected"), 0o755)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a.pcap", "b.pcap"} {
		saved(t, filepath.Join(captures, name), 2)
	}
	// It prints as it was recorded for a.pcap, not for b.pcap.
	like := `[ "$4" = a.pcap ] && exec echo "$@"; [ "$4" = b.pcap ] && exec echo other; printf '    1  x\n    2  y\n'`
	good, bad := program(t, "good", like), program(t, "bad", `printf '    1  x\n    2  z\n'`)
	fails := program(t, "fails", `echo first >&2; echo last words >&2; exit 3`)
	if err := errors.Join(
		os.WriteFile(filepath.Join(dir, "cases.tsv"), []byte("one\ta.pcap\t0\t-v -E \"a b\"\ntwo\tb.pcap\t0\t-v\n"), 0o644),
		os.WriteFile(filepath.Join(dir, "expected", "one.out"), []byte("-# -n -r a.pcap -v -E a b\n"), 0o644),
		os.WriteFile(filepath.Join(dir, "expected", "two.out"), []byte("-# -n -r b.pcap -v\n"), 0o644),
	); err != nil {
		t.Fatal(err)
	}
	a := filepath.Join(captures, "a.pcap")
	for _, c := range []struct {
		name     string
		sweep    sweep
		captures []string
		only     string
		want     string // in the error
	}{
		{"alike", sweep{tapdump: good, reference: good, conformance: dir, want: 100, show: 3}, nil, "", ""},
		{"one, unlike", sweep{tapdump: bad, reference: good, want: 50, show: 3}, []string{a}, "", ""},
		{"one, too unlike", sweep{tapdump: bad, reference: good, want: 50.1, show: 3}, []string{a}, "", "50.000 % of the lines are identical, 50.1 % are wanted"},
		{"those apart do not count", sweep{tapdump: bad, reference: good, conformance: dir, want: 100}, nil, "b.pcap", ""},
		{"the exact one counts", sweep{tapdump: bad, reference: good, exact: bad, want: 100}, []string{a}, "", ""},
		{"none of that name", sweep{tapdump: good, reference: good}, []string{a}, "c.pcap", "nothing was compared"},
		{"no captures", sweep{tapdump: good, reference: good}, nil, "", "no captures: name some"},
		{"a program that fails", sweep{tapdump: fails, reference: good, want: 1}, []string{a}, "", "0.000 % of the lines"},
		{"no tapdump", sweep{tapdump: dir + "/none", reference: good}, []string{a}, "", "run make build first"},
		{"no reference", sweep{tapdump: good, reference: dir + "/none"}, []string{a}, "", "name it with -reference"},
		{"no exact one", sweep{tapdump: good, reference: good, exact: dir + "/none"}, []string{a}, "", "or leave it out"},
		{"no cases", sweep{tapdump: good, reference: good, conformance: captures}, nil, "", "no captures"},
	} {
		err := c.sweep.run(c.captures, c.only)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
		if _, err := os.Stat(c.sweep.dir); c.sweep.dir != "" && !os.IsNotExist(err) {
			t.Errorf("%s: %s is left behind", c.name, c.sweep.dir)
		}
	}
	s := sweep{tapdump: fails, reference: good, show: 1, dir: t.TempDir()}
	got, err := s.capture(a)
	if err != nil {
		t.Fatal(err)
	}
	text := got.String()
	for _, want := range []string{"fails -n: exit status 3: last words", "6 lines", "0.000 % identical, 6 differ", "-n, packet 1 cut at 1 of 2, line 1\n", `tcpdump "    1  x\n"`, "tapdump (no such line)"} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q:\n%s", want, text)
		}
	}
	if n := strings.Count(text, "cut at"); n != 1 {
		t.Errorf("%d differences are shown, want one:\n%s", n, text)
	}
}

// TestTally: what is printed of the sums.
func TestTally(t *testing.T) {
	for want, c := range map[string]tally{
		"      10 lines    90.000 % identical, 1 differ":                                                          {lines: 10, comparable: 10, same: 9, exact: 9},
		"       8 lines   100.000 % identical, 0 differ; reference unlike exact: 2, of which 1 differ from exact": {lines: 10, comparable: 8, same: 8, exact: 9},
		"       0 lines   100.000 % identical, 0 differ":                                                          {},
	} {
		if got := c.String(); got != want {
			t.Errorf("%+v: %q, want %q", c, got, want)
		}
	}
}
