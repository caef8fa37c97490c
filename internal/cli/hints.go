package cli

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/capture"
)

// Hints: one remark at the end, where a filter expression is right but hardly
// says what is meant, or where nothing matched. It is given on a terminal, where
// nobody compares what is written there, and when asked for.

// hints reports whether a hint is given.
func (c *command) hints() bool { return c.opts.Hints || c.errOnTerminal }

// remember keeps the first remark on the expression.
func (c *command) remember(program *compile.Program) {
	if list := program.Hints(); c.hint == nil && len(list) > 0 {
		c.hint = list[0]
	}
}

// sayHint gives the hint at the end of a run. Unasked, it says nothing as long
// as packets match.
func (c *command) sayHint() {
	switch {
	case !c.hints():
	case c.captured == 0 && c.sayMissed():
	case c.captured == 0 || c.opts.Hints:
		c.sayRemark()
	}
}

// sayRemark says what there is to say on the expression.
func (c *command) sayRemark() {
	if c.hint != nil {
		c.say("%s: hint: %s", c.name, c.hint.Detail())
	}
}

// explainOperand says, where the expression is wrong, that it begins at a word
// that is no part of one: the name of a file behind that of -r, or of an
// interface without -i.
func (c *command) explainOperand(err error) {
	var wrong *compile.Error
	if c.opts.FilterFile != nil || !errors.As(err, &wrong) || wrong.Expr == "" {
		return
	}
	start := strings.LastIndexAny(wrong.Expr[:wrong.Pos], " \t\n") + 1
	word := wrong.Expr[start:]
	if end := strings.IndexAny(word, " \t\n"); end >= 0 {
		word = word[:end]
	}
	reads := c.opts.reads()
	switch {
	case word == "" || strings.ContainsRune(word, 0):
		return
	case reads && isFile(word):
		wrong.Note = word + " is a file: several are read by -r for each of them and --merge, or one after the other by -V"
	case !reads && isInterface(word):
		wrong.Note = word + " is an interface: -i " + word
	default:
		return
	}
	wrong.Expected, wrong.Suggestion = "", ""
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

func isInterface(name string) bool {
	_, err := net.InterfaceByName(name)
	return err == nil || name == anyDevice
}

// maxSample is how many packets are looked at for what they would have matched.
const maxSample = 10_000

// missed is what is known of packets as long as none has matched.
type missed struct {
	matched atomic.Bool // one has, and nothing else counts
	mu      sync.Mutex
	seen    int
	sampled int // of those, looked at
	byLink  map[capture.LinkType]*missedKind
}

// missedKind is for packets of one link type.
type missedKind struct {
	elsewhere []compile.Elsewhere
	vms       []*bpf.VM
	matches   []int
}

// watchMissed has packets that do not match looked at for what they would have
// matched. The expressions are compiled now: later the names in them may be out
// of reach.
func (c *command) watchMissed(program *compile.Program, options compile.Options) {
	if !c.hints() || c.opts.DumpFilter > 0 || len(program.Instructions) > bpf.MaxInstructions || options.Mode == compile.ModeLive {
		return
	}
	f := &c.filter
	if f.missed == nil {
		f.missed = &missed{byLink: make(map[capture.LinkType]*missedKind)}
	}
	if f.missed.byLink[options.LinkType] != nil {
		return
	}
	kind := new(missedKind)
	options.Hints = false
	for _, e := range program.Elsewhere(options.Names) {
		other, err := compile.Compile(e.Expr, options)
		if err != nil {
			continue // not on this link type
		}
		if vm, err := bpf.NewVM(other.Instructions, other.Rules()); err == nil {
			kind.elsewhere, kind.vms = append(kind.elsewhere, e), append(kind.vms, vm)
		}
	}
	kind.matches = make([]int, len(kind.vms))
	f.missed.mu.Lock()
	defer f.missed.mu.Unlock()
	f.missed.byLink[options.LinkType] = kind
}

// saw counts packets of a link type, of which so many matched.
func (m *missed) saw(link capture.LinkType, data [][]byte, lengths []uint32, matched int) {
	if matched > 0 {
		m.matched.Store(true)
	}
	if m.matched.Load() {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, d := range data {
		m.look(link, d, lengths[i])
	}
}

// look counts a packet that did not match.
func (m *missed) look(link capture.LinkType, data []byte, length uint32) {
	m.seen++
	kind := m.byLink[link]
	if kind == nil || m.sampled == maxSample {
		return
	}
	m.sampled++
	for k, vm := range kind.vms {
		if vm.Run(data, length, nil) != 0 {
			kind.matches[k]++
		}
	}
}

// sayMissed says where packets have what the expression asks for, if none of
// them matched. It reports whether there is something to say.
func (c *command) sayMissed() bool {
	m := c.filter.missed
	if m == nil || m.matched.Load() {
		return false
	}
	best, most := compile.Elsewhere{}, 0
	for _, kind := range m.byLink {
		for k, n := range kind.matches {
			if n > most {
				best, most = kind.elsewhere[k], n
			}
		}
	}
	if most == 0 {
		return false
	}
	of := "them"
	if m.sampled < m.seen {
		of = fmt.Sprintf("the first %d", m.sampled)
	}
	c.say("%s: hint: '%s' matched 0 of %d packet%s; %d of %s %s: try '%s'\n",
		c.name, shorten(*c.filter.text), m.seen, plural(uint64(m.seen)), most, of, best.Packets, best.Expr)
	return true
}

// shorten is text on one line of a message.
func shorten(text string) string {
	const most = 72
	line := []rune(strings.Join(strings.Fields(text), " "))
	if len(line) > most {
		line = append(line[:most-3:most-3], []rune("...")...)
	}
	return string(line)
}
