package compile

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"testing"

	"github.com/tapdump/tapdump/bpf/internal/steer"
	"github.com/tapdump/tapdump/bpf/internal/syntax"
	"github.com/tapdump/tapdump/capture"
)

// edgeLinks are link types that mark the type of their payload in different ways.
var edgeLinks = []capture.LinkType{
	capture.LinkEN10MB, capture.LinkIEEE802_11, capture.LinkRAW, capture.LinkFDDI, capture.LinkLINUX_SLL, capture.LinkLINUX_SLL2,
	capture.LinkPPP, capture.LinkNULL, capture.LinkATM_RFC1483, capture.LinkSUNATM, capture.LinkC_HDLC, capture.LinkFRELAY, capture.LinkPPP_ETHER,
}

// edges are numbers at which a primitive, or the size of a field, changes.
var edges = []uint64{0, 1, 2, 3, 5, 12, 16, 31, 32, 63, 64, 127, 128, 254, 255, 256, 257, 1023, 1024, 1499, 1500, 1501, 1535, 1536, 1537, 4094, 4095, 4096,
	16383, 16384, 32767, 32768, 65534, 65535, 65536, 1<<20 - 1, 1 << 20, 1<<24 - 1, 1 << 24, 1<<31 - 1, 1 << 31, 0xfffff000, 0xfffff002, 0xfffff03c, 0xfffff040, 1<<32 - 1, 1 << 32}

// TestEdges has every primitive with a number at the numbers where something
// changes, every word in a few places, and constants that are computed: by one
// checksum of all plain programs and errors of a form. With -v it shows them.
func TestEdges(t *testing.T) {
	var lines []string
	add := func(l capture.LinkType, name string, exprs []string) {
		sum := fnv.New32a()
		for _, expr := range exprs {
			text := understood(t, expr, options{link: l}, 0)
			if testing.Verbose() {
				t.Logf("%s on %s: %s", expr, l.Name(), text)
			}
			fmt.Fprintln(sum, expr, text)
		}
		lines = append(lines, fmt.Sprintf("%s on %s: %08x", name, l.Name(), sum.Sum32()))
	}
	forms := []string{
		"ether proto %d", "link proto %d", "ip proto %d", "ip6 proto %d", "iso proto %d", "isis proto %d", "proto %d", "ip protochain %d", "ip6 protochain %d", "port %d", "tcp src port %d", "portrange %d-7", "portrange 1500-%d",
		"vlan %d", "mpls %d", "pppoes %d", "geneve %d", "vxlan %d", "ifindex %d", "less %d", "greater %d", "byte 2 = %d", "byte %d = 2",
		"vpi %d", "vci %d", "net %d", "host %d", "net %d.0.0.0/8", "ip[%d] = 1", "ip[%d:2] = 1", "ether[%d:4] = 1", "tcp[%d] = 1", "ip[8] = %d", "len = %d", "link[%d] = 1", "rulenum %d", "type %d", "dir %d",
	}
	for _, l := range edgeLinks {
		for _, form := range forms {
			var exprs []string
			for _, n := range edges {
				exprs = append(exprs, fmt.Sprintf(form, n))
			}
			add(l, form, exprs)
		}
		for _, w := range syntax.Words {
			var exprs []string
			for _, form := range []string{"%s", "%s[0] = 1", "%s 5", "not %s", "ip proto \\%s", "ether proto \\%s", "vlan and %s", "vxlan and %s"} {
				exprs = append(exprs, fmt.Sprintf(form, w.Text))
			}
			add(l, w.Text, exprs)
		}
	}
	for _, op := range []string{"+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>"} {
		for _, form := range []string{"ip[(%d %s %d) & 15] = 3", "ip[8] = %d %s %d", "ip[0] + (%d %s %d) = 9", "5 < %d %s %d", "-(%d %s %d) >= 1000"} {
			var exprs []string
			for _, a := range []uint32{0, 1, 5, 77, 0x80000001, 0xffffffff} {
				for _, b := range []uint32{0, 1, 3, 31, 32, 0xffffffff} {
					exprs = append(exprs, fmt.Sprintf(form, a, op, b))
				}
			}
			add(capture.LinkEN10MB, form+" with "+op, exprs)
		}
	}
	checkGolden(t, "edges.golden", lines)
}

// TestRandomSums has random expressions on random link types in all modes, by a
// checksum of the plain program.
func TestRandomSums(t *testing.T) {
	rnd := rand.New(rand.NewPCG(20, 26))
	links := everyLinkType()
	var lines []string
	for i := range 2500 {
		l := links[rnd.IntN(len(links))]
		if i%2 == 0 {
			l = edgeLinks[rnd.IntN(len(edgeLinks))]
		}
		expr := steer.Expression(rnd, 1+rnd.IntN(3))
		switch rnd.IntN(4) {
		case 0:
			expr = steer.Tests(rnd)
		case 1:
			expr = perLinkType[rnd.IntN(len(perLinkType))] + [...]string{" and ", " or ", " and not "}[rnd.IntN(3)] + expr
		}
		mode := Mode(rnd.IntN(len(modeNames)))
		lines = append(lines, fmt.Sprintf("%d%s %s: %s", l, modeNames[mode], expr, understood(t, expr, options{link: l, mode: mode}, 0)))
	}
	checkGolden(t, "random.golden", lines)
}
