package viewer

import (
	"errors"
	"net/netip"
	"strings"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/syserr"
	"github.com/tapdump/tapdump/pcapfile"
	"github.com/tapdump/tapdump/versions"
)

// maxKinds bounds how many link types are told apart: damaged files may have thousands.
const maxKinds = 64

// filter sorts packets out as the program does for savefiles.
type filter struct {
	expr    string
	snapLen int
	byKind  map[pcapfile.Kind]verdict
	several bool // kinds there have been
	kind    pcapfile.Kind
	now     verdict // about packets of kind
}

// verdict is what decides about packets of a kind.
type verdict struct {
	vm   *bpf.VM // nil: all pass, or none
	none bool
}

// newFilter compiles for the kinds of packets that a file is known to have. It fails if
// the expression is valid for none of them.
func newFilter(expr string, kinds []pcapfile.Kind, snapLen int) (*filter, error) {
	f := &filter{expr: expr, snapLen: snapLen, byKind: make(map[pcapfile.Kind]verdict), several: len(kinds) > 1}
	var first error
	valid := 0
	for i, k := range kinds {
		v, err := f.compile(k)
		if i == 0 {
			first, f.kind, f.now = err, k, v
		}
		if err == nil {
			valid++
		}
		f.byKind[k] = v
	}
	if valid == 0 {
		return nil, first
	}
	return f, nil
}

// compile makes the verdict about a kind: where the expression is not valid, no packet
// passes.
func (f *filter) compile(k pcapfile.Kind) (verdict, error) {
	if f.several && strings.TrimSpace(f.expr) == "" {
		return verdict{}, nil // all pass, of link types that are not known too
	}
	p, err := compile.Compile(f.expr, k.LinkType, compile.SavefileMode(k.Swapped), compile.Options{
		SnapLen: f.snapLen, Network: netip.PrefixFrom(netip.IPv4Unspecified(), 0), Names: builtInNames(),
	})
	if err != nil {
		return verdict{none: true}, err
	}
	if first := p.Instructions[0]; first.Op == bpf.RET|bpf.K && first.K != 0 {
		return verdict{}, nil
	}
	vm, err := bpf.NewVM(p.Instructions, p.Rules())
	if err != nil {
		return verdict{none: true}, err
	}
	return verdict{vm: vm}, nil
}

// match reports whether a packet passes.
func (f *filter) match(pkt *capture.Packet) bool {
	if k := (pcapfile.Kind{LinkType: pkt.LinkType, Swapped: pkt.Swapped}); k != f.kind {
		f.kind, f.now = k, f.forKind(k)
	}
	if f.now.vm == nil {
		return !f.now.none
	}
	return f.now.vm.Run(pkt.Data, pkt.Length, nil) != 0
}

// forKind is the verdict about a kind that may be new.
func (f *filter) forKind(k pcapfile.Kind) verdict {
	v, known := f.byKind[k]
	if known {
		return v
	}
	f.several = true
	v, _ = f.compile(k) // not valid for it: none passes
	if len(f.byKind) >= maxKinds {
		clear(f.byKind)
	}
	f.byKind[k] = v
	return v
}

// Check says what is wrong with an expression, for packets of a link type; "" if nothing
// is. What it says has several lines, one of them with a caret below the wrong part.
func Check(expr string, link capture.LinkType) string {
	_, err := newFilter(expr, []pcapfile.Kind{{LinkType: link}}, capture.MaxSnapLen)
	return detailOf(err)
}

// detailOf is an error in full, "" for none.
func detailOf(err error) string {
	var wrong *compile.Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &wrong):
		return wrong.Detail()
	}
	return syserr.Text(err) + "\n"
}

// Suggestion is a word that a filter expression may go on with.
type Suggestion struct{ Text, Sample string }

// Suggest lists what may stand in the place of the word that expr ends in, from byte at
// on.
func Suggest(expr string) (at int, list []Suggestion) {
	at, words := compile.Expected(expr, versions.V4_99_6)
	for _, w := range words {
		list = append(list, Suggestion{w.Text, w.Sample})
	}
	return at, list
}
