package capture_test

import (
	"bytes"
	"fmt"
	"go/format"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/testenv"
	"github.com/tapdump/tapdump/printer"
	"github.com/tapdump/tapdump/versions"
)

// TestLinkTypeConstants: there is a constant of each row.
func TestLinkTypeConstants(t *testing.T) {
	var b bytes.Buffer
	b.WriteString("// Code generated from linktypetable.go by \"go test -update\"; DO NOT EDIT.\n\npackage capture\n\n")
	b.WriteString("// Link types, named as the -y option spells them.\nconst (\n")
	for _, r := range capture.Rows() {
		fmt.Fprintf(&b, "\tLink%s LinkType = %d", r.ConstName(), uint32(r.Number()))
		if r.Text() != "" {
			b.WriteString(" // " + r.Text())
		}
		b.WriteString("\n")
	}
	b.WriteString(")\n")
	source, err := format.Source(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	testenv.Golden(t, "linktypes.go", source)
}

// TestLinkTypeTable holds the whole table, and all that is found in it.
func TestLinkTypeTable(t *testing.T) {
	var b bytes.Buffer
	b.WriteString("# number, number in files, bytes of header (E: with an EtherType at its end), name for -y, what String says, description\n")
	last := int64(-1)
	for _, r := range capture.Rows() {
		l := r.Number()
		if int64(l) <= last {
			t.Errorf("%v comes behind number %d: the table is not in order", l, last)
		}
		last = int64(l)
		end := ""
		if l.EndsWithEtherType() {
			end = "E"
		}
		fmt.Fprintf(&b, "%d\t%d\t%d%s\t%s\t%s\t%s\n", uint32(l), l.Savefile(), l.HeaderLength(), end, l.Name(), l, l.Description())
		if l.Description() != r.Text() || (l.Name() == "") != (r.Text() == "") {
			t.Errorf("%d is %q, %q", uint32(l), l.Name(), l.Description())
		}
		if back := capture.LinkTypeOf(l.Savefile()); back != l {
			t.Errorf("%v is written as %d, which is read as %v", l, l.Savefile(), back)
		}
		for _, name := range []string{r.ConstName(), strings.ToLower(r.ConstName())} {
			if found, ok := capture.LinkTypeByName(name); ok != (r.Text() != "") || ok && found != l {
				t.Errorf("name %s: %v, %v", name, found, ok)
			}
		}
	}
	testenv.Golden(t, "testdata/linktypes.txt", b.Bytes())
	if found, ok := capture.LinkTypeByName("NOTHING"); ok {
		t.Errorf("NOTHING is %v", found)
	}
	for _, l := range []capture.LinkType{13, capture.LinkType(last + 1), 511, 512, 1 << 31} {
		if l.Name() != "" || l.Description() != "" || l.HeaderLength() != 0 || l.String() != fmt.Sprintf("DLT %d", uint32(l)) || l.Savefile() != uint32(l) {
			t.Errorf("unknown link type %d: %q, %q, %d, %q, %d", uint32(l), l.Name(), l.Description(), l.HeaderLength(), l, l.Savefile())
		}
	}
	if l := capture.MaxLinkType; l.Name() == "" || (l+1).Name() != "" {
		t.Errorf("MaxLinkType is %v, and there is %v", l, l+1)
	}
}

// TestLinkTypesKnown: what a row says that places know nothing of it is so, and
// all others know it.
func TestLinkTypesKnown(t *testing.T) {
	for _, r := range capture.Rows() {
		l := r.Number()
		_, refused := compile.Compile("ip", l, compile.ModeDead, compile.Options{})
		for _, place := range []struct {
			knows  bool
			lacks  bool
			reason string
			where  string
		}{
			{printer.CanPrint(l), r.Lacks(capture.Dumped), "dumped", "printer/linktypes.go: add its printer to linkPrinter"},
			{header.CanDecode(l), r.Lacks(capture.Unread), "unread", "capture/header/link.go: add to decoder what finds IP in it"},
			{refused == nil, r.Lacks(capture.Untyped), "untyped", "bpf/compile/gen_linktype.go: add to linkType how it says what it carries, and its layout to fixedLayout in gen_link.go"},
		} {
			switch {
			case !place.knows && !place.lacks:
				t.Errorf("Link%s is not known in %s; or have its row of capture/linktypetable.go say that it lacks that for a reason (%s)", r.ConstName(), place.where, place.reason)
			case place.knows && place.lacks:
				t.Errorf("the row of Link%s in capture/linktypetable.go says %q, but it is known there: take that out", r.ConstName(), place.reason)
			}
		}
	}
}

// TestLinkTypesSince holds the names and descriptions that are others with a later
// libpcap.
func TestLinkTypesSince(t *testing.T) {
	var b bytes.Buffer
	b.WriteString("# number, version, name for -y, description\n")
	for _, r := range capture.Rows() {
		l := r.Number()
		name, description := l.Name(), l.Description()
		for _, v := range versions.All() {
			newName, newDescription := l.TextsIn(v)
			if newName != name || newDescription != description {
				fmt.Fprintf(&b, "%d\t%s\t%s\t%s\n", uint32(l), v, newName, newDescription)
			}
			name, description = newName, newDescription
			for _, other := range []string{r.ConstName(), strings.ToLower(name)} {
				if found, ok := capture.LinkTypeByNameIn(other, v); ok != (name != "" && strings.EqualFold(other, name)) || ok && found != l {
					t.Errorf("%s: name %s is %v, %v", v, other, found, ok)
				}
			}
		}
	}
	testenv.Golden(t, "testdata/linktypes-since.txt", b.Bytes())
}
