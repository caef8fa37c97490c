package cli

import (
	"slices"
	"strings"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/cli/args"
	"github.com/tapdump/tapdump/internal/syserr"
	"github.com/tapdump/tapdump/pcapfile"
)

// passesVM reports whether a packet passes vm.
func passesVM(vm *bpf.VM, pkt *capture.Packet) bool {
	return vm.Run(pkt.Data, pkt.Length-uint32(pkt.Added), nil) != 0
}

// deviceFilter sorts out the packets of a capture from one device.
type deviceFilter struct {
	vm     *bpf.VM // nil: every packet passes, since the kernel has sorted
	missed *missed // nil: nobody wants to know
}

func (f *deviceFilter) match(pkt *capture.Packet) bool {
	passes := f.vm == nil || passesVM(f.vm, pkt)
	if f.missed != nil {
		f.missed = f.missed.judge(pkt, passes)
	}
	return passes
}

// mergedFilter sorts out the packets of a capture from several devices, by their
// interface.
type mergedFilter struct {
	byInterface []*bpf.VM
	through     func(int) int // the interface that another one's packets come through
}

func (f *mergedFilter) match(pkt *capture.Packet) bool {
	f.extend(pkt.Interface + 1)
	vm := f.byInterface[pkt.Interface]
	return vm == nil || passesVM(vm, pkt)
}

// add has packets of the interface with the next number, above those that are
// known only by their packets, filtered by vm.
func (f *mergedFilter) add(number int, vm *bpf.VM) {
	f.extend(number)
	f.byInterface = append(f.byInterface, vm)
}

// extend makes the first n interfaces known.
func (f *mergedFilter) extend(n int) {
	for i := len(f.byInterface); i < n; i++ {
		f.byInterface = append(f.byInterface, f.byInterface[f.through(i)])
	}
}

// savefileFilter sorts out the packets of savefiles, whose kinds show only as
// they come.
type savefileFilter struct {
	*compiler
	seen uint64        // packets
	kind pcapfile.Kind // that vm is for
	vm   *bpf.VM       // nil: every packet passes

	byKind   map[pcapfile.Kind]*bpf.VM
	snapLen  int       // of the file at hand
	first    *compiled // the program that can be shown
	several  bool      // kinds there have been
	warnings int       // about kinds

	missed *missed // nil: nobody wants to know
}

func newSavefileFilter(c *compiler) *savefileFilter {
	return &savefileFilter{compiler: c, byKind: make(map[pcapfile.Kind]*bpf.VM), missed: c.newMissed()}
}

// match reports whether a packet passes.
func (f *savefileFilter) match(pkt *capture.Packet) bool {
	f.seen++
	if k := (pcapfile.Kind{LinkType: pkt.LinkType, Swapped: pkt.Swapped}); k != f.kind {
		f.kind, f.vm = k, f.forKind(k)
	}
	passes := f.vm == nil || passesVM(f.vm, pkt)
	if f.missed != nil {
		f.missed = f.missed.judge(pkt, passes)
	}
	return passes
}

// forKind is what decides about packets of a kind; nil: every one passes.
func (f *savefileFilter) forKind(k pcapfile.Kind) *bpf.VM {
	vm, known := f.byKind[k]
	if !known {
		f.several = true
		var err error
		if vm, err = f.compileKind(k); err != nil {
			vm = f.rejecting(k, err)
		}
		f.byKind[k] = vm
	}
	return vm
}

// counter makes what counts the packets of a kind that pass, in a savefile.
func (f *savefileFilter) counter(k pcapfile.Kind) pcapfile.Counter {
	vm := f.forKind(k)
	if vm == nil {
		return func(data [][]byte, _ []uint32) int { return len(data) }
	}
	batch, missed := vm.NewBatch(), f.missed
	return func(data [][]byte, lengths []uint32) (n int) {
		var take [bpf.BatchSize]uint32
		for some := range slices.Chunk(data, bpf.BatchSize) {
			matched := batch.Run(some, lengths[:len(some)], take[:])
			if missed != nil {
				missed.saw(k.LinkType, some, lengths, matched)
			}
			n += matched
			lengths = lengths[len(some):]
		}
		return n
	}
}

// sorter puts something else than 0 into take for packets of a kind that pass, up to
// bpf.BatchSize of them.
type sorter func(data [][]byte, lengths, take []uint32)

// sorters makes those of the packets of a kind, one for each goroutine; nil: all pass.
func (f *savefileFilter) sorters(k pcapfile.Kind) func() sorter {
	vm, missed := f.forKind(k), f.missed
	if vm == nil {
		return nil
	}
	return func() sorter {
		batch := vm.NewBatch()
		return func(data [][]byte, lengths, take []uint32) {
			matched := batch.Run(data, lengths, take)
			if missed != nil {
				missed.saw(k.LinkType, data, lengths, matched)
			}
		}
	}
}

// prepare compiles for the kinds of packets that a savefile is known to have; for
// others it will be compiled when they come. It fails if the expression is valid
// for none of them. Packets of those for which it is not valid do not match.
func (f *savefileFilter) prepare(kinds []pcapfile.Kind, snapLen int) error {
	f.snapLen = snapLen
	if f.plan.Dump != args.DumpNothing {
		kinds = kinds[:1] // what is shown
	}
	f.several = f.several || len(kinds) > 1
	errs := make([]error, len(kinds))
	failed := 0
	for i, k := range kinds {
		if _, known := f.byKind[k]; known {
			continue
		}
		vm, err := f.compileKind(k)
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
			f.byKind[kinds[i]] = f.rejecting(kinds[i], err)
		}
	}
	f.kind, f.vm = kinds[0], f.byKind[kinds[0]]
	return nil
}

// compileKind compiles for packets of a kind. The first program is the one that
// can be shown.
func (f *savefileFilter) compileKind(k pcapfile.Kind) (*bpf.VM, error) {
	text, err := f.expression()
	if err != nil {
		return nil, err
	}
	if f.several && strings.TrimSpace(text) == "" {
		return nil, nil // every packet passes, of link types that are not known too
	}
	p, err := f.compile(target{link: k.LinkType, snapLen: f.snapLen, mode: compile.SavefileMode(k.Swapped)})
	if err != nil {
		return nil, err
	}
	f.missed.watch(p)
	if f.first == nil {
		f.first = p
	}
	return p.vm, nil
}

// maxKindWarnings is how many link types are told for which the expression is
// not valid: a damaged file may have thousands.
const maxKindWarnings = 8

// rejecting is what decides about packets of a kind for which the expression is
// not valid: none passes. It says so, unless they could not match anyway.
func (f *savefileFilter) rejecting(k pcapfile.Kind, cause error) *bpf.VM {
	if !compile.RejectsAll(cause) {
		f.warnOfKind(k.LinkType, cause)
	}
	vm, err := bpf.NewVM([]bpf.Instruction{{Op: bpf.RET | bpf.K}}, bpf.Rules{})
	if err != nil {
		panic(err) // the program is valid
	}
	return vm
}

func (f *savefileFilter) warnOfKind(l capture.LinkType, cause error) {
	switch f.warnings++; {
	case f.warnings < maxKindWarnings:
		f.warn("packets with link-type " + linkTypeText(l, f.plan.Program.Like) + " do not match: " + syserr.Text(cause))
	case f.warnings == maxKindWarnings:
		f.warn("packets with further link types do not match, as the expression is not valid for them")
	}
}
