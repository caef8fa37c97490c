package cli

import (
	"errors"
	"strings"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/syserr"
	"github.com/tapdump/tapdump/pcapfile"
)

// compileForSavefile compiles for the kinds of packets that a savefile is known
// to have; for others it will be compiled when they come. It fails if the
// expression is valid for none of them. Packets of those for which it is not
// valid do not match.
func (c *command) compileForSavefile(kinds []pcapfile.Kind, snapLen int) error {
	f := &c.filter
	if f.byKind == nil {
		f.byKind = make(map[pcapfile.Kind]*bpf.VM)
	}
	f.another = func(k pcapfile.Kind) *bpf.VM {
		f.severalKinds = true
		vm, err := c.compileKind(k, snapLen)
		if err != nil {
			vm = c.rejecting(k, err)
		}
		return vm
	}
	if c.opts.DumpFilter > 0 {
		kinds = kinds[:1] // what is shown
	}
	f.severalKinds = f.severalKinds || len(kinds) > 1
	errs := make([]error, len(kinds))
	failed := 0
	for i, k := range kinds {
		if _, known := f.byKind[k]; known {
			continue
		}
		vm, err := c.compileKind(k, snapLen)
		if err != nil {
			errs[i] = err
			failed++
			continue
		}
		f.byKind[k] = vm
	}
	if failed == len(kinds) {
		return errs[0]
	}
	for i, err := range errs {
		if err != nil {
			f.byKind[kinds[i]] = c.rejecting(kinds[i], err)
		}
	}
	f.kind, f.vm = kinds[0], f.byKind[kinds[0]]
	return nil
}

// compileKind compiles for packets of a kind. The first program is the one that
// can be shown.
func (c *command) compileKind(k pcapfile.Kind, snapLen int) (*bpf.VM, error) {
	f := &c.filter
	if err := c.readExpression(); err != nil {
		return nil, err
	}
	if f.severalKinds && strings.TrimSpace(*f.text) == "" {
		return nil, nil // every packet passes, of link types that are not known too
	}
	t := target{link: k.LinkType, snapLen: snapLen, mode: savefileMode(k.Swapped)}
	program, err := c.compileFor(t)
	if err != nil {
		return nil, err
	}
	if f.source == nil {
		f.target, f.source, f.prog = t, program, program.Instructions
	}
	return newVM(program)
}

// maxKindWarnings is how many link types are told for which the expression is
// not valid: a damaged file may have thousands.
const maxKindWarnings = 8

// rejecting is what decides about packets of a kind for which the expression is
// not valid: none passes. It says so, unless they could not match anyway.
func (c *command) rejecting(k pcapfile.Kind, cause error) *bpf.VM {
	var wrong *compile.Error
	if !errors.As(cause, &wrong) || wrong.Msg != rejectsAll {
		c.warnOfKind(k.LinkType, cause)
	}
	vm, err := bpf.NewVM([]bpf.Instruction{{Op: bpf.RET | bpf.K}}, bpf.Rules{})
	if err != nil {
		panic(err) // the program is valid
	}
	return vm
}

// rejectsAll is what the compiler says of an expression that no packet of a link
// type can match.
const rejectsAll = "expression rejects all packets"

func (c *command) warnOfKind(l capture.LinkType, cause error) {
	switch c.filter.kindWarnings++; {
	case c.filter.kindWarnings < maxKindWarnings:
		c.warn("packets with" + strings.TrimPrefix(describeLinkType(l), ",") + " do not match: " + syserr.Text(cause))
	case c.filter.kindWarnings == maxKindWarnings:
		c.warn("packets with further link types do not match, as the expression is not valid for them")
	}
}
