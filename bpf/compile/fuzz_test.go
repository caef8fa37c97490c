package compile

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/bpf/internal/steer"
	"github.com/tapdump/tapdump/bpf/internal/syntax"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/testenv"
	"github.com/tapdump/tapdump/versions"
)

// fuzzLinks are link types with the most code of their own.
var fuzzLinks = []capture.LinkType{
	capture.LinkEN10MB, capture.LinkRAW, capture.LinkNULL, capture.LinkLINUX_SLL, capture.LinkLINUX_SLL2,
	capture.LinkIEEE802_11, capture.LinkIEEE802_11_RADIO, capture.LinkPRISM_HEADER, capture.LinkPPI, capture.LinkSUNATM,
	capture.LinkMTP2, capture.LinkPFLOG, capture.LinkPPP, capture.LinkC_HDLC, capture.LinkARCNET, capture.LinkJUNIPER_ES,
	capture.LinkDSA_TAG_DSA, capture.LinkFDDI, capture.LinkNETANALYZER,
}

// FuzzFilter takes any string: it must end, soon, in a program that is valid or
// in an error that points into it. The optimized and the plain program must
// answer alike.
func FuzzFilter(f *testing.F) {
	exprs := []string{
		"tcp[13] & 7 != 0", "-1 % 7 ^ 2 = 1 << 3", "not (tcp or udp) and icmp", "host 2001:db8::1 or net 2001:db8::/32",
		"port (80 or not 90)", "ether dst 01:02:03:04:05:06", "src net 10.0.0.0/8", "link host $5",
	}
	for _, w := range syntax.Words {
		exprs = append(exprs, w.Sample)
	}
	for i, expr := range exprs {
		f.Add(expr, uint8(i), []byte("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x08\x00\x45\x00\x00\x28"))
	}
	for _, expr := range []string{"((((", "1 << 40 = 3", "host ::1/129", "ip[", "\\", "$", "::", "1:2:3:", "tcp.port == 80", "0x", "008"} {
		f.Add(expr, uint8(0), []byte{})
	}
	f.Fuzz(func(t *testing.T, expr string, link uint8, data []byte) {
		if len(expr) > 4000 {
			return
		}
		started := time.Now()
		o := options{link: fuzzLinks[int(link)%len(fuzzLinks)], mode: Mode(link>>6) % 4, Options: Options{Names: &testNames}}
		o.Like = versions.All()[len(expr)%len(versions.All())]
		p, err := compileFor(expr, o)
		if took := time.Since(started); took > testenv.Patience {
			t.Errorf("%q took %v", expr, took)
		}
		if err != nil {
			checkError(t, expr, o, err)
			return
		}
		o.NoOptimize = true
		plain, err := compileFor(expr, o)
		if err != nil {
			return // an expression may need more scratch words than there are
		}
		if bpf.Loops(p.Instructions) { // nothing bounds the rounds of a chain
			return
		}
		checkAlike(t, expr, p, plain, data)
		checkExplained(t, expr, p)
	})
}

func checkError(t *testing.T, expr string, o options, err error) {
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("%q: %v, want an *Error", expr, err)
	}
	if e.Msg == "" || e.Pos < 0 || e.Len < 0 || e.Pos+e.Len > len(expr) {
		t.Errorf("%q: error %q at %d, length %d", expr, e.Msg, e.Pos, e.Len)
	}
	if d := e.Detail(); !strings.HasSuffix(d, "\n") || strings.Count(d, "\n") > 6+strings.Count(e.Msg, "\n") {
		t.Errorf("%q: detail of the error is\n%s", expr, d)
	}
	if e.Suggestion != "" {
		o.Names = withoutHosts(&Names{})
		if _, problem := compileFor(e.Suggestion, o); problem != nil {
			t.Errorf("%q: suggests %q, which is wrong: %v", expr, e.Suggestion, problem)
		}
	}
}

func checkAlike(t *testing.T, expr string, one, other *Program, data []byte) {
	p := &steer.Packet{Data: data, Wire: uint32(len(data))}
	a, pastA := steer.Answer(one.Instructions, p)
	b, pastB := steer.Answer(other.Instructions, p)
	if !pastA && !pastB && a != b {
		t.Errorf("%q: packet %x: the optimized program answers %d, the plain one %d:\n%s\n%s", expr, data, a, b,
			bpf.Disassemble(nil, one.Instructions), bpf.Disassemble(nil, other.Instructions))
	}
}

// checkExplained takes the expression as understood for another way to write it.
func checkExplained(t *testing.T, expr string, p *Program) {
	text := p.Expr().String()
	again, err := Parse(text)
	if err != nil {
		t.Errorf("%q: is understood as %q, which does not parse: %v", expr, text, err)
	} else if again.String() != text {
		t.Errorf("%q: is understood as %q, and that as %q", expr, text, again)
	}
	for i := range p.Instructions {
		if start, end := p.Source(i); start < 0 || end < start || end > len(expr) {
			t.Errorf("%q: instruction %d comes from %d to %d", expr, i, start, end)
		}
	}
}
