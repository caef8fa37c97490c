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
	"github.com/tapdump/tapdump/internal/cli/args"
)

// Hints: one remark at the end, where a filter expression is right but hardly
// says what is meant, or where nothing matched. It is given on a terminal, where
// nobody compares what is written there, and when asked for.

// hints reports whether a hint is given.
func (c *compiler) hints() bool { return c.plan.Filter.Hints || c.terminal }

// sayHint gives the hint at the end of a run. Unasked, it says nothing as long
// as packets match.
func (s *session) sayHint(m *missed) {
	switch {
	case !s.compiler.hints(), s.shard.number(0) > 0: // another shard has what matched
	case s.captured == 0 && s.compiler.sayMissed(m):
	case s.captured == 0 || s.plan.Filter.Hints:
		s.compiler.sayRemark()
	}
}

// sayRemark says what there is to say on the expression.
func (c *compiler) sayRemark() {
	if c.odd != nil {
		c.say("%s: hint: %s", c.name, c.odd.Detail())
	}
}

// explainOperand says, where the expression is wrong, that it begins at a word
// that is no part of one: the name of a file behind that of -r, or of an
// interface without -i.
func (c *compiler) explainOperand(err error) {
	var wrong *compile.Error
	if c.plan.Filter.File != nil || !errors.As(err, &wrong) || wrong.Expr == "" {
		return
	}
	start := strings.LastIndexAny(wrong.Expr[:wrong.Pos], " \t\n") + 1
	word := wrong.Expr[start:]
	if end := strings.IndexAny(word, " \t\n"); end >= 0 {
		word = word[:end]
	}
	reads := c.plan.Task == args.Read
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

// newMissed is nil if nobody wants to know.
func (c *compiler) newMissed() *missed {
	if !c.hints() || c.plan.Dump != args.DumpNothing {
		return nil
	}
	return &missed{byLink: make(map[capture.LinkType]*missedKind)}
}

// watch has packets that do not match a program looked at for what they would
// have matched. The expressions are compiled now: later the names in them may be
// out of reach.
func (m *missed) watch(p *compiled) {
	if m == nil || !p.own || len(p.Instructions) > bpf.MaxInstructions || p.target.mode == compile.ModeLive || m.byLink[p.target.link] != nil {
		return
	}
	kind := new(missedKind)
	options := p.options
	options.Hints = false
	for _, e := range p.Elsewhere(options.Names) {
		other, err := compile.Compile(e.Expr, p.target.link, p.target.mode, options)
		if err != nil {
			continue // not on this link type
		}
		if vm, err := bpf.NewVM(other.Instructions, other.Rules()); err == nil {
			kind.elsewhere, kind.vms = append(kind.elsewhere, e), append(kind.vms, vm)
		}
	}
	kind.matches = make([]int, len(kind.vms))
	m.mu.Lock()
	defer m.mu.Unlock()
	m.byLink[p.target.link] = kind
}

// judge looks at a packet that did or did not match, and returns what looks at
// the next one: nobody, once one has.
func (m *missed) judge(pkt *capture.Packet, matched bool) *missed {
	if matched {
		m.matched.Store(true)
		return nil
	}
	m.look(pkt.LinkType, pkt.Data, pkt.Length-uint32(pkt.Added))
	return m
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
func (c *compiler) sayMissed(m *missed) bool {
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
	text, err := c.expression()
	if err != nil {
		return false // it would not have been compiled
	}
	c.say("%s: hint: '%s' matched 0 of %d packet%s; %d of %s %s: try '%s'\n",
		c.name, shorten(text), m.seen, plural(uint64(m.seen)), most, of, best.Packets, best.Expr)
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
