package cli

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/filters/stats"
	"github.com/tapdump/tapdump/internal/screen"
	"github.com/tapdump/tapdump/internal/syserr"
	"github.com/tapdump/tapdump/printer/detail"
)

// top is the interactive page of --stats top. Packets are counted, keys handled and the
// page drawn by the goroutine of the loop.
type top struct {
	*liveRun
	terminal *screen.Terminal
	frame    screen.Frame
	page     topPage
	typed    string // the filter of what is counted, beside that of the command line
	order    stats.Order
	buf      []byte

	mu      sync.Mutex
	keys    []screen.Key // that nobody has handled yet
	said    []byte       // what the console had to say, for the end
	unsaid  int          // bytes of it that there was no room for
	lastSay string       // the last line of it, for the screen
}

// mostKeys and mostSaid bound what is kept of keys and of what the console says.
const (
	mostKeys = 1 << 12
	mostSaid = 1 << 16
)

// topRowsKept is how many rows of a section can be scrolled through.
const topRowsKept = 1000

// interactive reports whether --stats top has a page that takes keys: it is shown while
// packets come, and somebody can type on the terminal that it is on.
func (s *session) interactive() bool {
	in, fromFile := s.stdin.(*os.File)
	_, toFile := s.out.w.(*os.File)
	term := os.Getenv("TERM")
	return s.plan.Live() && s.refreshesTop() && s.out.terminal && fromFile && toFile && isTerminal(in) && term != "" && term != "dumb"
}

// openTop prepares the interactive page while everything can be asked.
func (r *liveRun) openTop() {
	if !r.interactive() {
		return
	}
	terminal, err := screen.Open(r.stdin.(*os.File), r.out.w.(*os.File))
	if err != nil {
		r.trace(1, "--stats top takes no keys: %s", syserr.Text(err))
		return
	}
	r.names.Prepare() // for filters that are typed
	r.top = &top{liveRun: r, terminal: terminal, page: topPage{state: topState{view: topOverview}}}
}

// begin shows the page.
func (t *top) begin() error {
	if t == nil {
		return nil
	}
	t.events.letGo(t.terminal.Close)
	if t.handleQuit != nil {
		t.handleQuit()
	}
	t.mutedBy(t.setAside)
	look := func() { t.events.post(eventScreen) }
	t.terminal.Watch(look, func() { t.events.endBy(syscall.SIGQUIT) })
	t.terminal.Keys(func(keys []screen.Key) {
		t.mu.Lock()
		if len(t.keys) < mostKeys {
			t.keys = append(t.keys, keys...)
		}
		t.mu.Unlock()
		look()
	})
	t.inspect.statistics.Mark(time.Now())
	t.gather()
	return t.draw()
}

// close gives the terminal back, and says what was to be said. It may be called more than
// once.
func (t *top) close() {
	if t == nil {
		return
	}
	t.terminal.Close()
	if t.handleQuit != nil {
		quitPlainly()
	}
	t.events.letGo(nil)
	t.mutedBy(nil)
	t.mu.Lock()
	said, unsaid := t.said, t.unsaid
	t.said, t.unsaid = nil, 0
	t.mu.Unlock()
	if len(said) > 0 {
		t.sayAsItIs(said)
	}
	if unsaid > 0 {
		t.warn(fmt.Sprintf("%d more bytes of messages found no room while the page was shown", unsaid))
	}
}

// setAside takes what the console says while the page is shown.
func (t *top) setAside(text []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	room := min(len(text), mostSaid-len(t.said))
	t.said = append(t.said, text[:room]...)
	t.unsaid += len(text) - room
	if line := bytes.TrimRight(text, "\n"); len(line) > 0 {
		t.lastSay = plainText(string(line[bytes.LastIndexByte(line, '\n')+1:]))
	}
	t.events.post(eventScreen)
}

// plainText is text in ASCII characters, each of which takes one cell.
func plainText(text string) string {
	b := detail.MakeVisible([]byte(text), 0)
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, string(b))
}

// tick shows the page anew, each second.
func (t *top) tick() error {
	t.inspect.statistics.Mark(time.Now())
	if !t.page.state.paused {
		t.gather()
	}
	return t.draw()
}

// handleKeys does what was typed, and draws what has changed.
func (t *top) handleKeys() error {
	t.mu.Lock()
	keys := t.keys
	t.keys = nil
	if t.lastSay != "" {
		t.page.state.note, t.lastSay = t.lastSay, ""
	}
	t.mu.Unlock()
	for _, k := range keys {
		if t.page.state.editor != nil {
			t.edit(k)
		} else {
			t.press(k)
		}
	}
	return t.draw()
}

// draw draws what has changed.
func (t *top) draw() error {
	_, first, err := t.terminal.Take()
	if err != nil {
		return screenError(err)
	}
	if first {
		t.frame.Forget()
	}
	width, height, err := t.terminal.Size()
	if err != nil {
		return screenError(err)
	}
	lines, row, column := t.page.lines(width, height)
	t.buf = t.frame.Append(t.buf[:0], lines, width, height, row, column)
	if err := t.terminal.Draw(t.buf); err != nil {
		return screenError(err)
	}
	return nil
}

// screenError is what the run fails with when the terminal does.
func screenError(err error) error {
	return fmt.Errorf("the page of --stats top: %w", syserr.Worded(err))
}

// gather takes from the statistics what the page shows.
func (t *top) gather() {
	n, p := t.inspect, &t.page
	s := n.statistics
	p.title, p.filter = plainText(t.source.Device()), t.filterText()
	p.seconds = time.Since(n.began).Seconds()
	p.total, p.packetRate = s.TotalRow(), s.PacketRate()
	p.dropped = ""
	if c, err := t.counts(); err == nil && c.known {
		p.dropped = strconv.FormatUint(c.Dropped, 10)
	}
	p.perPackets, p.perBytes, p.interval = s.OverTime(p.perPackets[:0], p.perBytes[:0])
	p.sections[topProtocols] = topSection{name: "Protocols", unit: "bytes", rows: s.ProtocolRows(nil)}
	for i, one := range [...]struct {
		name, unit string
		rows       func(stats.Order, int) ([]stats.Row, int)
	}{{"Hosts", "bytes", s.HostRows}, {"Services", "bytes", s.ServiceRows}, {"Conversations", "payload", s.ConversationRows}} {
		rows, all := one.rows(t.order, topRowsKept)
		p.sections[topHosts+i] = topSection{name: one.name, unit: one.unit, rows: rows, all: all}
	}
}

// filterText is what is counted: that of the command line, and what was typed.
func (t *top) filterText() string {
	text, err := t.compiler.expression()
	if err != nil {
		text = ""
	}
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		text = t.typed
	case t.typed != "":
		text = "(" + text + ") and (" + t.typed + ")"
	}
	return plainText(text)
}

// press does what a key does while no filter is typed.
func (t *top) press(k screen.Key) {
	st := &t.page.state
	st.note = ""
	switch k {
	case 'q', 'Q':
		t.events.post(eventOver)
	case '?', 'h':
		st.help = !st.help
	case screen.Escape:
		st.help = false
	case ' ':
		if st.paused = !st.paused; !st.paused {
			t.gather()
		}
	case 'z':
		t.restart("counting from zero")
	case '/':
		st.editor, st.help = screen.NewEditor(t.typed), false
	case screen.Ctrl('l'):
		t.frame.Forget()
	case 'b':
		t.sortBy(stats.ByBytes, "bytes")
	case 'p':
		t.sortBy(stats.ByPackets, "packets")
	case 'r':
		t.sortBy(stats.ByRate, "rate")
	case 'n':
		t.sortBy(stats.ByName, "name")
	case screen.Tab:
		t.show((st.view+2)%(topSections+1) - 1)
	case screen.BackTab:
		t.show((st.view+1+topSections)%(topSections+1) - 1)
	case '1', '2', '3', '4', '5':
		t.show(int(k-'1') - 1)
	default:
		t.scroll(k)
	}
}

// show shows a section alone, or all.
func (t *top) show(view int) {
	st := &t.page.state
	st.view, st.first, st.help = view, 0, false
}

// sortBy has rows in an order. Those of a page that is paused are gathered anew: they
// are those of now.
func (t *top) sortBy(o stats.Order, name string) {
	t.order = o
	t.gather()
	t.page.state.note = "sorted by " + name
}

// scroll goes through the rows of a section that is shown alone.
func (t *top) scroll(k screen.Key) {
	st := &t.page.state
	if st.view == topOverview {
		return
	}
	const page = 10
	switch k {
	case screen.Up, 'k':
		st.first--
	case screen.Down, 'j':
		st.first++
	case screen.PageUp:
		st.first -= page
	case screen.PageDown:
		st.first += page
	case screen.Home:
		st.first = 0
	case screen.End:
		st.first = topRowsKept
	}
	st.first = max(min(st.first, len(t.page.sections[st.view].rows)-1), 0)
}

// restart has the statistics begin anew.
func (t *top) restart(note string) {
	n := t.inspect
	n.statistics.Restart()
	n.began = time.Now()
	n.statistics.Mark(n.began)
	t.gather()
	t.page.state.note = note
}

// edit does what a key does while a filter is typed.
func (t *top) edit(k screen.Key) {
	st := &t.page.state
	switch k {
	case screen.Escape, screen.Ctrl('g'):
		st.editor, st.below = nil, nil
	case screen.Enter:
		t.apply(strings.TrimSpace(string(st.editor.Text)))
	case screen.Tab:
		t.complete()
	case screen.Ctrl('l'):
		t.frame.Forget()
	default:
		if st.editor.Press(k) {
			st.below = nil
		}
	}
}

// apply has packets counted that pass a filter, from now on, or says what is wrong with
// it.
func (t *top) apply(text string) {
	st := &t.page.state
	narrowed, err := t.narrow(text)
	if err != nil {
		said := syserr.Text(err)
		var wrong *compile.Error
		if errors.As(err, &wrong) {
			said = wrong.Detail()
		}
		st.below = nil
		for line := range strings.Lines(said) {
			st.below = append(st.below, plainText(strings.TrimRight(line, "\n")))
		}
		return
	}
	st.editor, st.below = nil, nil
	t.typed, t.inspect.narrowed = text, narrowed
	t.inspect.typed = text
	t.restart("the filter is another: counting from zero")
}

// complete completes the word before the cursor, as far as it is clear, and shows what
// may stand there.
func (t *top) complete() {
	st := &t.page.state
	e := st.editor
	before := string(e.Text[:e.At])
	at, words := compile.Expected(before, t.plan.Program.Like)
	st.below = nil
	if len(words) == 0 {
		return
	}
	common := words[0].Text
	for _, w := range words[1:] {
		n := 0
		for n < len(common) && n < len(w.Text) && common[n] == w.Text[n] {
			n++
		}
		common = common[:n]
	}
	if len(words) == 1 {
		common += " "
	}
	if len(common) > len(before)-at {
		e.Replace(at, common)
	}
	if len(words) > 1 {
		texts := make([]string, len(words))
		for i, w := range words {
			texts[i] = w.Text
		}
		st.below = []string{strings.Join(texts, " ")}
	}
}

// narrowing is what of the packets is counted: those of a link type that a program takes.
type narrowing struct {
	link capture.LinkType
	vm   *bpf.VM
}

// takes reports whether a packet is counted. nil takes all.
func (n *narrowing) takes(pkt *capture.Packet) bool {
	return n == nil || pkt.LinkType == n.link && passesVM(n.vm, pkt)
}

// narrow compiles a filter that was typed; nil takes all packets.
func (t *top) narrow(text string) (*narrowing, error) {
	if text == "" {
		return nil, nil
	}
	link := t.source.LinkType()
	p, err := compile.Compile(text, link, compile.SavefileMode(false), compile.Options{
		SnapLen: t.source.SnapLen(),
		Network: t.compiler.ipNetwork(),
		Names:   t.compiler.filterNames(),
		Like:    t.plan.Program.Like,
	})
	if err != nil {
		return nil, err
	}
	vm, err := newVM(p)
	if err != nil || vm == nil {
		return nil, err
	}
	return &narrowing{link, vm}, nil
}
