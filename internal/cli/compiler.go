package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/netip"
	"os"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/cli/args"
	"github.com/tapdump/tapdump/internal/names"
	"github.com/tapdump/tapdump/internal/syserr"
	"github.com/tapdump/tapdump/versions"
)

// target is what a filter is compiled for.
type target struct {
	link    capture.LinkType
	snapLen int
	mode    compile.Mode
	readers bool // those of what we serve may be among the packets
}

// compiler compiles the expression of the command line, together with what
// ipscap's options can say in the language.
type compiler struct {
	*console
	plan       *args.Plan
	names      *names.Resolver
	inspect    *inspection             // nil: no such options
	expression func() (string, error)  // is read when it is first needed
	hosts      map[string][]netip.Addr // that names in it stand for
	network    netip.Prefix            // of the device, for -f
	odd        *compile.Error          // the first remark on the expression; nil: none
	last       *compiled               // that once has returned; nil: none
	served     []netip.AddrPort        // where what we serve is read; nil: nowhere
}

func newCompiler(s *session) *compiler {
	return &compiler{
		console:    s.console,
		plan:       s.plan,
		names:      s.names,
		inspect:    s.inspect,
		expression: sync.OnceValues(func() (string, error) { return readExpression(s.plan.Filter) }),
		hosts:      make(map[string][]netip.Addr),
	}
}

// compiled is the program for a target.
type compiled struct {
	*compile.Program
	target  target
	options compile.Options
	text    string  // the user's expression
	own     bool    // it is the user's expression and nothing else
	vm      *bpf.VM // runs it here; nil: every packet passes, or the mode is for elsewhere
}

// compileMemory is where the memory for compiling begins to be collected at any
// price; the longest expressions need about as much.
const compileMemory = 768 << 20

// longExpression is the length from which on the collector is told so, which stops all
// goroutines four times: a short one is compiled before.
const longExpression = 4 << 10

// compile returns the program for t.
func (c *compiler) compile(t target) (*compiled, error) {
	text, err := c.expression()
	if err != nil {
		return nil, err
	}
	p := &compiled{target: t, text: text, options: compile.Options{
		SnapLen:    t.snapLen,
		Network:    c.ipNetwork(),
		NoOptimize: c.plan.Filter.NoOptimize,
		Names:      c.filterNames(),
		Hints:      c.hints() || c.plan.Dump == args.DumpExplanation,
		Demand:     c.plan.Task == args.Read,
		Like:       c.plan.Program.Like,
	}}
	// For a long list memory is better used than collected, up to a point.
	if len(text) >= longExpression {
		defer debug.SetGCPercent(debug.SetGCPercent(300))
		defer debug.SetMemoryLimit(debug.SetMemoryLimit(min(compileMemory, debug.SetMemoryLimit(-1))))
	}
	user, err := compile.Compile(text, t.link, t.mode, p.options)
	if err != nil {
		c.explainOperand(err)
		return nil, err
	}
	if list := user.Hints(); c.odd == nil && len(list) > 0 {
		c.odd = list[0]
	}
	p.Program, text = c.withFilters(user, p)
	if t.readers && c.served != nil {
		if p.Program, err = c.withoutReaders(p.Program, text, p); err != nil {
			return nil, err
		}
	}
	p.own = p.Program == user
	if t.mode == compile.ModeSavefileLittle || t.mode == compile.ModeSavefileBig {
		p.vm, err = newVM(p.Program)
	}
	return p, err
}

// once is compile, but for the target of the last call, whose program is shared.
func (c *compiler) once(t target) (*compiled, error) {
	if c.last != nil && c.last.target == t {
		return c.last, nil
	}
	p, err := c.compile(t)
	if err == nil {
		c.last = p
	}
	return p, err
}

// newVM is what runs a program, nil for one that every packet passes.
func newVM(program *compile.Program) (*bpf.VM, error) {
	if first := program.Instructions[0]; first.Op == bpf.RET|bpf.K && first.K != 0 {
		return nil, nil
	}
	return bpf.NewVM(program.Instructions, program.Rules())
}

// withFilters is the program for the user's expression together with what the
// filters can say in the language, if there is such a program.
// It returns its expression, too.
func (c *compiler) withFilters(user *compile.Program, p *compiled) (*compile.Program, string) {
	text := c.inspect.expression(p.text, p.target.link, p.target.mode == compile.ModeLive)
	if text == p.text {
		return user, text
	}
	program, err := compile.Compile(text, p.target.link, p.target.mode, p.options)
	if err == nil && len(program.Instructions) > bpf.MaxInstructions && len(user.Instructions) <= bpf.MaxInstructions {
		err = errorText(fmt.Sprintf("it would have %d instructions", len(program.Instructions)))
	}
	if err != nil {
		c.trace(2, "filters work without the help of an expression: %s", syserr.Text(err))
		return user, p.text
	}
	c.trace(2, "expression, %d instructions: %s", len(program.Instructions), text)
	return program, text
}

// ipNetwork is the device's network, which only -f finds out; without, the netmask
// is 0 as libpcap has it.
func (c *compiler) ipNetwork() netip.Prefix {
	if c.network.IsValid() {
		return c.network
	}
	return netip.PrefixFrom(netip.IPv4Unspecified(), 0)
}

// filterNames finds the names in expressions.
func (c *compiler) filterNames() *compile.Names {
	r := c.names
	return &compile.Names{
		Hosts: func(name string) []netip.Addr {
			// A filter for another link type means the same hosts, and may have to do
			// without asking.
			addrs, known := c.hosts[name]
			if !known {
				addrs, _ = r.Addrs(context.Background(), name) // without any, the compiler says that the host is not known
				c.hosts[name] = addrs
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
		MAC: r.Ether,
	}
}

// dumpProgram prints a program as -d, -dd and -ddd ask, as a graph with -dddd,
// explained with --explain.
func (s *session) dumpProgram(p *compiled) error {
	b := s.out.buf
	switch s.plan.Dump {
	case args.DumpExplanation:
		b = s.appendHere(p.AppendExplanation(b))
	case args.DumpInstructions:
		b = s.disassemble(b, p.Instructions)
	case args.DumpC:
		b = bpf.AppendC(b, p.Instructions)
	case args.DumpDecimal:
		b = bpf.AppendDecimal(b, p.Instructions)
	default:
		b = p.AppendDot(b)
	}
	s.out.buf = b
	if s.compiler.hints() || s.plan.Dump == args.DumpExplanation {
		s.compiler.sayRemark()
	}
	return nil
}

var bareInstructions = versions.Since(versions.V5_0, "`-d`", "spaces behind instructions without an operand: `(014) txa      `", "none")

// disassemble appends a program as -d prints it.
func (s *session) disassemble(dst []byte, prog []bpf.Instruction) []byte {
	if !bareInstructions.In(s.plan.Program.Like) {
		return bpf.Disassemble(dst, prog)
	}
	for i, ins := range prog {
		dst = append(bytes.TrimRight(bpf.AppendInstruction(dst, ins, i), " "), '\n')
	}
	return dst
}

// dumpWithoutSource prints the program for the link type of -y.
func (s *session) dumpWithoutSource() error {
	t := target{link: capture.LinkEN10MB, snapLen: s.plan.Device.SnapLen}
	if t.snapLen == 0 {
		t.snapLen = capture.MaxSnapLen
	}
	if link := s.plan.Device.LinkType; link != nil {
		t.link = *link
	} else {
		s.say("Warning: assuming Ethernet\n")
	}
	if err := s.excludeReaders(); err != nil {
		return err
	}
	t.readers = true
	p, err := s.compiler.compile(t)
	if err != nil {
		return err
	}
	return s.dumpProgram(p)
}

// readExpression returns the filter expression: the operands, or the file of -F,
// in which # begins a comment.
func readExpression(f args.Filter) (string, error) {
	if f.File == nil {
		return f.Expression, nil
	}
	name := *f.File
	file, err := os.Open(name)
	if err != nil {
		return "", fmt.Errorf("can't open %s: %w", name, syserr.Worded(err))
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, compile.MaxLength+1))
	if err != nil {
		return "", fmt.Errorf("read %s: %w", name, syserr.Worded(err))
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
