package cli

import (
	"io"
	"os"
	"strings"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/syserr"
)

// target is what a filter is compiled for.
type target struct {
	link     capture.LinkType
	snapLen  int
	savefile bool
	swapped  bool // a savefile in the other byte order
}

// filter is the expression of the command line, compiled for one target.
type filter struct {
	text   *string // nil: not read yet
	target target
	prog   []bpf.Instruction
	vm     *bpf.VM // nil: every packet passes

	byInterface []*bpf.VM // of a merged capture, in place of vm
}

// match tells whether a packet passes.
func (f *filter) match(pkt *capture.Packet) bool {
	vm := f.vm
	if f.byInterface != nil {
		vm = f.byInterface[pkt.Interface]
	}
	return vm == nil || vm.Run(pkt.Data, pkt.Length, nil) != 0
}

// compile makes the program for t.
func (c *command) compile(t target) error {
	f := &c.filter
	if f.text == nil {
		text, err := c.expression()
		if err != nil {
			return err
		}
		f.text = &text
	} else if f.target == t {
		return nil
	}
	f.target = t
	if strings.TrimSpace(*f.text) != "" {
		return errorText("filter expressions are not available yet")
	}
	f.prog = []bpf.Instruction{{Op: bpf.RET, K: uint32(t.snapLen)}}
	return nil
}

// dumpProgram prints the program as -d, -dd or -ddd ask.
func (c *command) dumpProgram() error {
	dump := bpf.AppendDecimal
	switch c.opts.DumpFilter {
	case 1:
		dump = bpf.Disassemble
	case 2:
		dump = bpf.AppendC
	}
	c.out.buf = dump(c.out.buf, c.filter.prog)
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
	data, err := io.ReadAll(file)
	if err != nil {
		return "", errorText("read " + name + ": " + syserr.Reason(err))
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
