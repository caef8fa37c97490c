package compile

import (
	"strconv"
	"strings"

	"github.com/tapdump/tapdump/bpf"
)

// explainWidth is the column of the source beside an instruction.
const explainWidth = 46

// AppendExplanation appends the expression as understood, then the program with
// the term that each instruction comes from.
func (p *Program) AppendExplanation(dst []byte) []byte {
	understood := p.expr.String()
	if understood == "" {
		understood = "every packet"
	}
	dst = append(dst, understood...)
	dst = append(dst, '\n', '\n')
	for i, ins := range p.Instructions {
		line := strings.ReplaceAll(string(bpf.AppendInstruction(nil, ins, i)), "\t", "  ")
		dst = append(dst, strings.TrimRight(line, " ")...)
		if source := p.source(i); source != "" {
			for n := len(strings.TrimRight(line, " ")); n < explainWidth; n++ {
				dst = append(dst, ' ')
			}
			dst = append(dst, "  "...)
			dst = append(dst, source...)
		}
		dst = append(dst, '\n')
	}
	return dst
}

// source is the text that instruction i comes from, on one line.
func (p *Program) source(i int) string {
	start, end := p.Source(i)
	return strings.Join(strings.Fields(p.expr.Src[start:end]), " ")
}

// AppendDot appends the flow graph of the program in the language of Graphviz:
// a box for each run of instructions, with the terms that they come from, and
// arrows for where it goes on when a test holds and when not.
func (p *Program) AppendDot(dst []byte) []byte {
	leads := p.leaders()
	dst = append(dst, "digraph filter {\n\tnode [shape=box, fontname=monospace]\n"...)
	start := 0
	for i, ins := range p.Instructions {
		last := i+1 == len(p.Instructions) || leads[i+1]
		if !last {
			continue
		}
		dst = p.appendBox(dst, start, i)
		dst = appendArrows(dst, start, i, ins)
		start = i + 1
	}
	return append(dst, "}\n"...)
}

// leaders marks the instructions that a run starts at.
func (p *Program) leaders() []bool {
	leads := make([]bool, len(p.Instructions)+1)
	for i, ins := range p.Instructions {
		switch {
		case ins.Op&7 == bpf.RET:
			leads[i+1] = true
		case ins.Op == bpf.JMP|bpf.JA:
			leads[i+1], leads[i+1+int(int32(ins.K))] = true, true
		case ins.Op&7 == bpf.JMP:
			leads[i+1], leads[i+1+int(ins.Jt)], leads[i+1+int(ins.Jf)] = true, true, true
		}
	}
	return leads
}

func (p *Program) appendBox(dst []byte, start, end int) []byte {
	dst = appendNode(append(dst, '\t'), start)
	dst = append(dst, ` [label="`...)
	term := ""
	for i := start; i <= end; i++ {
		if s := p.source(i); s != "" && s != term {
			term = s
			dst = appendEscaped(dst, term)
			dst = append(dst, `\l`...)
		}
		line := string(bpf.AppendInstruction(nil, p.Instructions[i], i))
		if p.Instructions[i].Op&7 == bpf.JMP { // the arrows say where it goes
			line, _, _ = strings.Cut(line, " jt ")
		}
		dst = appendEscaped(dst, strings.TrimRight(line, " \t"))
		dst = append(dst, `\l`...)
	}
	return append(dst, "\"]\n"...)
}

func appendArrows(dst []byte, start, i int, ins bpf.Instruction) []byte {
	arrow := func(to int, label string) {
		dst = appendNode(append(dst, '\t'), start)
		dst = append(dst, " -> "...)
		dst = appendNode(dst, to)
		if label != "" {
			dst = append(dst, ` [label="`+label+`"]`...)
		}
		dst = append(dst, '\n')
	}
	switch {
	case ins.Op&7 == bpf.RET:
	case ins.Op == bpf.JMP|bpf.JA:
		arrow(i+1+int(int32(ins.K)), "")
	case ins.Op&7 == bpf.JMP:
		arrow(i+1+int(ins.Jt), "yes")
		arrow(i+1+int(ins.Jf), "no")
	default:
		arrow(i+1, "")
	}
	return dst
}

func appendNode(dst []byte, i int) []byte { return strconv.AppendInt(append(dst, 'n'), int64(i), 10) }

func appendEscaped(dst []byte, s string) []byte {
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, s[i])
	}
	return dst
}
