package cli

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/names"
	"github.com/tapdump/tapdump/internal/syserr"
	"github.com/tapdump/tapdump/pcapfile"
)

// target is what a filter is compiled for.
type target struct {
	link    capture.LinkType
	snapLen int
	mode    compile.Mode
}

// savefileMode is the mode for a savefile in this machine's byte order or, if
// swapped, in the other one.
func savefileMode(swapped bool) compile.Mode {
	little := binary.NativeEndian.Uint16([]byte{1, 0}) == 1
	if little != swapped {
		return compile.ModeSavefileLittle
	}
	return compile.ModeSavefileBig
}

// liveMode is the mode for a live capture. Only Linux keeps VLAN tags apart from
// packets and tells more of a packet than what is in it; elsewhere a packet is
// what it would be in a savefile.
func liveMode() compile.Mode {
	if runtime.GOOS == "linux" {
		return compile.ModeLive
	}
	return savefileMode(false)
}

// filter is the expression of the command line, compiled for one target, or for
// the kinds of packets that savefiles have.
type filter struct {
	text   *string // nil: not read yet
	target target
	prog   []bpf.Instruction
	source *compile.Program // that prog is of
	vm     *bpf.VM          // nil: every packet passes

	byInterface []*bpf.VM     // of a merged capture, in place of vm
	through     func(int) int // the interface that another one's packets come through

	kind   pcapfile.Kind // of the packets that vm is for, in savefiles
	byKind map[pcapfile.Kind]*bpf.VM
	// another compiles for a kind that byKind lacks; nil: there is no savefile.
	another      func(pcapfile.Kind) *bpf.VM
	severalKinds bool                    // there have been
	kindWarnings int                     // about kinds
	hosts        map[string][]netip.Addr // that names in it stand for

	missed *missed // nil: nobody wants to know
}

// match tells whether a packet passes.
func (f *filter) match(pkt *capture.Packet) bool {
	vm := f.vm
	if f.byInterface != nil {
		if pkt.Interface >= len(f.byInterface) {
			f.extend(pkt.Interface + 1)
		}
		vm = f.byInterface[pkt.Interface]
	} else if k := (pcapfile.Kind{LinkType: pkt.LinkType, Swapped: pkt.Swapped}); k != f.kind && f.another != nil {
		vm = f.forKind(k)
		f.kind, f.vm = k, vm
	}
	length := pkt.Length - uint32(pkt.Added)
	passes := vm == nil || vm.Run(pkt.Data, length, nil) != 0
	if f.missed != nil {
		if passes {
			f.missed = nil
		} else {
			f.missed.look(pkt.LinkType, pkt.Data, length)
		}
	}
	return passes
}

// addInterface has packets of the interface with the next number of a merged
// capture, above those that are known only by their packets, filtered by vm.
func (f *filter) addInterface(number int, vm *bpf.VM) {
	f.extend(number)
	f.byInterface = append(f.byInterface, vm)
}

// extend makes so many interfaces known.
func (f *filter) extend(n int) {
	for i := len(f.byInterface); i < n; i++ {
		f.byInterface = append(f.byInterface, f.byInterface[f.through(i)])
	}
}

// forKind is what decides about packets of a kind; nil: every one passes.
func (f *filter) forKind(k pcapfile.Kind) *bpf.VM {
	vm, known := f.byKind[k]
	if !known {
		vm = f.another(k)
		f.byKind[k] = vm
	}
	return vm
}

// counter makes what counts the packets of a kind that pass, in a savefile.
func (f *filter) counter(k pcapfile.Kind) pcapfile.Counter {
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

// compileMemory is where the memory for compiling begins to be collected at any
// price; the longest expressions need about as much.
const compileMemory = 768 << 20

// compile makes the program for t.
func (c *command) compile(t target) error {
	f := &c.filter
	if f.text != nil && f.target == t {
		return nil
	}
	program, err := c.compileFor(t)
	if err != nil {
		return err
	}
	f.target, f.source, f.prog = t, program, program.Instructions
	f.vm, err = newVM(program)
	return err
}

// compileFor returns the program for t.
func (c *command) compileFor(t target) (*compile.Program, error) {
	f := &c.filter
	if err := c.readExpression(); err != nil {
		return nil, err
	}
	options := compile.Options{
		LinkType:   t.link,
		SnapLen:    t.snapLen,
		Netmask:    c.netmask(),
		NoOptimize: c.opts.NoOptimize,
		Mode:       t.mode,
		Names:      c.filterNames(),
		Hints:      c.hints() || c.opts.Explain,
	}
	// For a long list memory is better used than collected, up to a point.
	defer debug.SetGCPercent(debug.SetGCPercent(800))
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(min(compileMemory, debug.SetMemoryLimit(-1))))
	program, err := compile.Compile(*f.text, options)
	if err != nil {
		c.explainOperand(err)
		return nil, err
	}
	c.remember(program)
	user := program
	if program = c.withFilters(program, options); program == user {
		c.watchMissed(program, options)
	}
	return program, nil
}

// newVM is what runs a program, nil for one that every packet passes.
func newVM(program *compile.Program) (*bpf.VM, error) {
	if first := program.Instructions[0]; first.Op == bpf.RET|bpf.K && first.K != 0 {
		return nil, nil
	}
	return bpf.NewVM(program.Instructions, program.Rules())
}

// netmask is that of the device's network, which only -f finds out.
func (c *command) netmask() uint32 {
	if !c.network.IsValid() {
		return 0
	}
	return binary.BigEndian.Uint32(net.CIDRMask(c.network.Bits(), 32))
}

// names is what finds names, of what is printed and in expressions.
func (c *command) names() *names.Resolver {
	if c.resolver == nil {
		o := c.host.names
		o.CutDomain = c.opts.NoDomain
		c.resolver = names.New(o)
	}
	return c.resolver
}

// filterNames finds the names in expressions.
func (c *command) filterNames() *compile.Names {
	r := c.names()
	if c.filter.hosts == nil {
		c.filter.hosts = make(map[string][]netip.Addr)
	}
	return &compile.Names{
		Hosts: func(name string) []netip.Addr {
			// A filter for another link type means the same hosts, and may have to do
			// without asking.
			addrs, known := c.filter.hosts[name]
			if !known {
				addrs, _ = r.Addrs(context.Background(), name) // without any, the compiler says that the host is not known
				c.filter.hosts[name] = addrs
			}
			return addrs
		},
		Network: r.Net,
		Port: func(name, protocol string) (uint16, bool) {
			port, in, ok := r.Port(name)
			want := names.TCP
			if protocol == "udp" {
				want = names.UDP
			}
			return port, ok && in&want != 0
		},
		Protocol: func(name string) (uint8, bool) {
			n, ok := r.IPProto(name)
			return uint8(n), ok && n <= 255
		},
		MAC: func(name string) (net.HardwareAddr, bool) {
			addr, ok := r.Ether(name)
			return addr[:], ok
		},
	}
}

// dumpProgram prints the program as -d, -dd and -ddd ask, as a graph with -dddd,
// explained with --explain.
func (c *command) dumpProgram() error {
	f, b := &c.filter, c.out.buf
	switch n := c.opts.DumpFilter; {
	case c.opts.Explain:
		b = f.source.AppendExplanation(b)
	case n == 1:
		b = bpf.Disassemble(b, f.prog)
	case n == 2:
		b = bpf.AppendC(b, f.prog)
	case n == 3:
		b = bpf.AppendDecimal(b, f.prog)
	default:
		b = f.source.AppendDot(b)
	}
	c.out.buf = b
	if c.hints() || c.opts.Explain {
		c.sayRemark()
	}
	return nil
}

// dumpWithoutSource prints the program for the link type of -y.
func (c *command) dumpWithoutSource() error {
	t := target{link: capture.LinkEN10MB, snapLen: c.opts.SnapLen}
	if t.snapLen == 0 {
		t.snapLen = capture.MaxSnapLen
	}
	if c.opts.LinkType != nil {
		t.link = *c.opts.LinkType
	} else {
		c.say("Warning: assuming Ethernet\n")
	}
	if err := c.compile(t); err != nil {
		return err
	}
	return c.dumpProgram()
}

// readExpression reads the filter expression, once.
func (c *command) readExpression() error {
	f := &c.filter
	if f.text != nil {
		return nil
	}
	text, err := c.expression()
	if err == nil {
		f.text = &text
	}
	return err
}

// expression returns the filter expression: the operands, or the file of -F,
// in which # begins a comment.
func (c *command) expression() (string, error) {
	if c.opts.FilterFile == nil {
		return strings.Join(c.opts.Expression, " "), nil
	}
	name := *c.opts.FilterFile
	file, err := os.Open(name)
	if err != nil {
		return "", errorText("can't open " + name + ": " + syserr.Reason(err))
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, compile.MaxLength+1))
	if err != nil {
		return "", errorText("read " + name + ": " + syserr.Reason(err))
	}
	if len(data) > compile.MaxLength {
		return "", errorText(fmt.Sprintf("%s is too long for a filter expression (more than %d MiB)", name, compile.MaxLength>>20))
	}
	text, _, _ := strings.Cut(string(data), "\x00")
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if at := strings.IndexByte(line, '#'); at >= 0 {
			// Blanks keep the columns of what is complained about.
			lines[i] = line[:at] + strings.Repeat(" ", len(line)-at)
		}
	}
	return strings.Join(lines, "\n"), nil
}
