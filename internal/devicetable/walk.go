//go:build linux

package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/pcapfile"
)

// walker changes interfaces at random while programs capture, and compares what
// they see packet by packet, as it comes.
//
//	any:     -i any, beside the reference: all that it has
//	pattern: -i 'p*' --follow-interfaces: all on interfaces that it has taken up
//	two:     -i lo -i keep0, beside a reference for each of these
type walker struct {
	o           options
	chance      *rand.Rand
	near, far   *frames
	slots       []*slot
	names       int    // how many names have been given
	sequence    uint64 // of frames
	programs    []*program
	ours        []*program
	base        []int // descriptors of ours after the first lap
	first       []int // memory of ours, in KiB, after some laps
	any, two    *ledger
	pattern     *ledger
	mutex       sync.Mutex // of what follows
	seen        map[uint16]uint32
	errors      []string
	acts, wrong map[string]int
}

// slot is a place for an interface that comes and goes.
type slot struct {
	number     uint16
	name       string // "": there is none now
	peer       string // in far, if it has one
	up, away   bool
	generation uint32    // changes with each act on it
	since      time.Time // of that act
}

// ledger has packets that the reference has seen and ours has not, or the other way.
type ledger struct {
	name    string
	mutex   sync.Mutex
	open    map[uint64]entry
	matched uint64
	more    uint64 // seen by ours alone, and no longer waited for
}

type entry struct {
	balance int // how often the reference has seen it more often than ours
	at      time.Time
	what    string
}

func newLedger(name string) *ledger { return &ledger{name: name, open: make(map[uint64]entry)} }

// note adds a packet to those of the reference (1), or takes it off (-1).
func (l *ledger) note(key uint64, by int, what func() string) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	e, ok := l.open[key]
	if !ok {
		e = entry{at: time.Now(), what: what()}
	}
	e.balance += by
	if e.balance == 0 {
		delete(l.open, key)
		l.matched++
		return
	}
	l.open[key] = e
}

// late takes out what has been open for long, and tells what ours lacks.
func (l *ledger) late(after time.Duration) (lacking []string) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	for key, e := range l.open {
		if time.Since(e.at) < after {
			continue
		}
		delete(l.open, key)
		if e.balance < 0 {
			l.more++
			continue
		}
		lacking = append(lacking, fmt.Sprintf("%s lacks, seen %s: %s", l.name, e.at.Format(time.TimeOnly), e.what))
	}
	return lacking
}

// The payload of our frames.
const (
	frameMagic  = "walk"
	frameHeader = 14
	frameBytes  = 4 + 8 + 2 + 4 + 1
	// loop is the slot of lo and keep0, whose frames no pattern sees.
	loop = 0xffff
)

// frame makes one with the next number; wanted: -i 'p*' has to see it.
func (w *walker) frame(slot uint16, generation uint32, wanted bool) []byte {
	w.sequence++
	b := make([]byte, 0, 1600)
	b = append(b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, byte(slot))
	if w.chance.IntN(3) == 0 {
		b[0] = 2 // for another host
	}
	b = binary.BigEndian.AppendUint16(b, markProtocol)
	b = append(b, frameMagic...)
	b = binary.BigEndian.AppendUint64(b, w.sequence)
	b = binary.BigEndian.AppendUint16(b, slot)
	b = binary.BigEndian.AppendUint32(b, generation)
	if wanted {
		b = append(b, 1)
	} else {
		b = append(b, 0)
	}
	return b[:len(b)+1+w.chance.IntN(200)]
}

// payload reads what frame has written, behind the link-layer header.
func payload(b []byte) (sequence uint64, slot uint16, generation uint32, wanted, ok bool) {
	if len(b) < frameBytes || string(b[:4]) != frameMagic {
		return 0, 0, 0, false, false
	}
	return binary.BigEndian.Uint64(b[4:]), binary.BigEndian.Uint16(b[12:]), binary.BigEndian.Uint32(b[14:]), b[18] == 1, true
}

// behind is what follows the link-layer header.
func behind(p *capture.Packet) []byte {
	n := frameHeader
	if p.LinkType == capture.LinkLINUX_SLL2 {
		n = 20
	}
	return p.Data[min(n, len(p.Data)):]
}

// problem notes what is wrong.
func (w *walker) problem(format string, args ...any) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	text := fmt.Sprintf(format, args...)
	w.errors = append(w.errors, text)
	fmt.Println(time.Now().Format(time.TimeOnly), "WRONG", text)
}

// capture starts a program whose packets go to see.
func (w *walker) capture(name string, see func(*capture.Packet), args ...string) error {
	r, out, err := os.Pipe()
	if err != nil {
		return err
	}
	p, err := start(near, name, out, args...)
	out.Close()
	if err != nil {
		return err
	}
	w.programs = append(w.programs, p)
	if args[0] == w.o.tapdump {
		w.ours = append(w.ours, p)
	}
	go func() {
		reader, err := pcapfile.NewReader(r)
		if err != nil {
			w.problem("%s: %v: %s", name, err, p.said())
			return
		}
		for packet, err := range capture.Packets(reader) {
			if err != nil {
				w.problem("%s: %v", name, err)
				return
			}
			see(packet)
		}
	}()
	return p.listen()
}

// captures starts all programs.
func (w *walker) captures() error {
	seed := maphash.MakeSeed()
	whole := func(l *ledger, by int) func(p *capture.Packet) {
		return func(p *capture.Packet) {
			clean(p)
			l.note(maphash.Bytes(seed, p.Data), by, func() string { return fmt.Sprintf("%d bytes: %x", len(p.Data), p.Data[:min(60, len(p.Data))]) })
		}
	}
	w.any, w.two, w.pattern = newLedger("-i any"), newLedger("-i lo -i keep0"), newLedger("-i p*")
	wanted := func(by int) func(p *capture.Packet) {
		return func(p *capture.Packet) {
			n, number, generation, wanted, ok := payload(behind(p))
			if !ok {
				return
			}
			if by < 0 {
				w.mutex.Lock()
				w.seen[number] = max(w.seen[number], generation)
				w.mutex.Unlock()
			}
			if wanted {
				w.pattern.note(n, by, func() string { return fmt.Sprintf("frame %d of slot %d, act %d", n, number, generation) })
			}
		}
	}
	ofAny, ofPattern := whole(w.any, 1), wanted(1)
	ours := func(args ...string) []string { return append([]string{w.o.tapdump, "-nn", "-w", "-"}, args...) }
	theirs := func(args ...string) []string {
		return append([]string{w.o.reference, "-nn", "-U", "-B", "8192", "-w", "-"}, args...)
	}
	return errors.Join(
		w.capture("tapdump -i any", whole(w.any, -1), ours("-i", "any")...),
		w.capture("tapdump -i p*", wanted(-1), ours("-i", "p*", "--follow-interfaces")...),
		w.capture("tapdump -i lo -i keep0", whole(w.two, -1), ours("-i", "lo", "-i", "keep0")...),
		w.capture("reference -i any", func(p *capture.Packet) { ofAny(p); ofPattern(p) }, theirs("-i", "any")...),
		w.capture("reference -i lo", whole(w.two, 1), theirs("-i", "lo")...),
		w.capture("reference -i keep0", whole(w.two, 1), theirs("-i", "keep0")...),
	)
}

// walk is the command.
func walk(o options) error {
	w := &walker{
		o: o, chance: rand.New(rand.NewPCG(o.seed, 1)), seen: make(map[uint16]uint32),
		acts: make(map[string]int), wrong: make(map[string]int),
	}
	fmt.Printf("walk of %d s on kernel %s, -seed %d\n", o.seconds, kernel(), o.seed)
	if err := freshNamespaces(); err != nil {
		return err
	}
	// p-first is there from the start, so that -i 'p*' has something to open.
	if err := sh(`for i in keep0,keep1 p-first,q-first; do
	n link add ${i%,*} type veth peer name ${i#*,} netns far
	n link set ${i%,*} up; f link set ${i#*,} up
done`); err != nil {
		return err
	}
	var err1, err2 error
	w.near, err1 = newFrames(near)
	w.far, err2 = newFrames(far)
	for i := range 8 {
		w.slots = append(w.slots, &slot{number: uint16(i)})
	}
	if err := errors.Join(err1, err2, w.captures()); err != nil {
		return err
	}
	end := time.Now().Add(time.Duration(o.seconds) * time.Second)
	for lap := 1; time.Now().Before(end) && len(w.errors) < 50; lap++ {
		w.lap(min(time.Minute, time.Until(end)))
		w.rest(lap)
	}
	return w.finish()
}

// lap is a time of acts and traffic, at the end of which no interface is left.
func (w *walker) lap(length time.Duration) {
	for end := time.Now().Add(length); time.Now().Before(end); {
		w.act(w.slots[w.chance.IntN(len(w.slots))])
		for range 1 + w.chance.IntN(8) {
			w.traffic()
			time.Sleep(20 * time.Millisecond)
		}
	}
	for _, s := range w.slots {
		if s.name != "" {
			w.remove(s)
		}
	}
	w.ip("near", "link set keep0 up")
}

// rest waits until all has been seen, and looks at what the programs hold.
func (w *walker) rest(lap int) {
	time.Sleep(5 * time.Second)
	line := fmt.Sprintf("%s lap %d: %d frames sent", time.Now().Format(time.TimeOnly), lap, w.sequence)
	for _, l := range []*ledger{w.any, w.pattern, w.two} {
		for _, lack := range l.late(30 * time.Second) {
			w.problem("%s", lack)
		}
		line += fmt.Sprintf("; %s: %d, %d more than the reference", l.name, l.matched, l.more)
	}
	for i, p := range w.ours {
		descriptors, memory := p.held()
		line += fmt.Sprintf("; %d descriptors %d KiB", descriptors, memory)
		switch {
		case lap == 1:
			w.base = append(w.base, descriptors)
			w.first = append(w.first, memory)
		case lap <= 5:
			w.first[i] = max(w.first[i], memory)
		case memory > w.first[i]+8<<10:
			w.problem("%s: %d KiB of memory, %d at first", p.name, memory, w.first[i])
		}
		if descriptors != w.base[i] {
			w.problem("%s: %d descriptors, %d at first", p.name, descriptors, w.base[i])
		}
	}
	for _, p := range w.programs {
		select {
		case <-p.done:
			w.problem("%s has ended: %v: %s", p.name, p.failure, tail(p.said()))
			w.errors = append(w.errors, make([]string, 50)...) // nothing to walk with
		default:
		}
	}
	fmt.Println(line)
}

func tail(text string) string { return text[max(0, len(text)-2000):] }

// ip runs a command of ip; that one fails is counted, since some kernels refuse some.
func (w *walker) ip(namespace, command string) bool {
	out, err := exec.Command("ip", append([]string{"-n", namespace}, strings.Fields(command)...)...).CombinedOutput()
	verb := strings.Join(strings.Fields(command)[:2], " ")
	w.acts[verb]++
	if err != nil {
		if w.wrong[verb]++; w.wrong[verb] < 3 {
			fmt.Printf("ip -n %s %s: %s\n", namespace, command, strings.TrimSpace(string(out)))
		}
	}
	return err == nil
}

// name gives a name that none has had; half of them match the pattern.
func (w *walker) name() string {
	w.names++
	return fmt.Sprintf("%c%d", "px"[w.chance.IntN(2)], w.names)
}

// act does something to an interface.
func (w *walker) act(s *slot) {
	s.generation, s.since = s.generation+1, time.Now()
	switch {
	case s.name == "":
		w.add(s)
	case s.away:
		s.away = !w.ip(away, "link set "+s.name+" netns near")
		w.ip(near, "link set "+s.name+" up")
		s.up = !s.away
	default:
		switch w.chance.IntN(7) {
		case 0, 1:
			w.remove(s)
		case 2:
			w.ip(near, "link set "+s.name+" down")
			s.up = false
		case 3:
			to := w.name()
			if s.up && w.chance.IntN(2) == 0 {
				w.ip(near, "link set "+s.name+" down")
			}
			if w.ip(near, "link set "+s.name+" name "+to) {
				s.name = to
			}
			s.up = w.ip(near, "link set "+s.name+" up")
		case 4:
			s.away = w.ip(near, "link set "+s.name+" netns away")
			s.up = false
		default:
			s.up = w.ip(near, "link set "+s.name+" up")
		}
	}
	if w.chance.IntN(20) == 0 {
		w.ip(near, "link set keep0 "+[]string{"down", "up"}[w.chance.IntN(2)])
	}
}

func (w *walker) add(s *slot) {
	name := w.name()
	switch w.chance.IntN(3) {
	case 0:
		if !w.ip(near, "link add "+name+" type dummy") {
			return
		}
		s.name, s.peer = name, ""
	default:
		peer := "q" + name
		if !w.ip(near, "link add "+name+" type veth peer name "+peer+" netns far") {
			return
		}
		s.name, s.peer = name, peer
		w.ip(far, "link set "+peer+" up")
	}
	s.up = w.ip(near, "link set "+name+" up")
	s.away = false
}

func (w *walker) remove(s *slot) {
	where := near
	if s.away {
		where = away
	}
	if w.ip(where, "link del "+s.name) {
		s.name, s.up, s.away = "", false, false
	}
}

// traffic sends a frame on each interface, either way.
func (w *walker) traffic() {
	w.near.send(w.near.index("lo"), w.frame(loop, 0, false))
	w.near.send(w.near.index("keep0"), w.frame(loop, 0, false))
	w.far.send(w.far.index("keep1"), w.frame(loop, 0, false))
	for _, s := range w.slots {
		if s.name == "" || !s.up || s.away {
			continue
		}
		w.mutex.Lock()
		seen := w.seen[s.number] == s.generation
		w.mutex.Unlock()
		if !seen && s.name[0] == 'p' && time.Since(s.since) > patience {
			w.problem("-i p* has not taken up %s, slot %d, in %v", s.name, s.number, patience)
			s.since = time.Now()
		}
		wanted := seen && s.name[0] == 'p'
		w.near.send(w.near.index(s.name), w.frame(s.number, s.generation, wanted))
		if s.peer != "" {
			w.far.send(w.far.index(s.peer), w.frame(s.number, s.generation, wanted))
		}
	}
}

// finish ends the programs, and sums up.
func (w *walker) finish() error {
	time.Sleep(10 * time.Second)
	for _, l := range []*ledger{w.any, w.pattern, w.two} {
		for _, lack := range l.late(0) {
			w.problem("%s", lack)
		}
		fmt.Printf("%s: %d packets seen by both, %d by ours alone\n", l.name, l.matched, l.more)
	}
	for _, p := range w.programs {
		if err := p.stop(); err != nil {
			w.problem("%v", err)
		}
		lines := strings.Split(strings.TrimSpace(p.said()), "\n")
		fmt.Printf("%s: %v\n  %s\n", p.name, p.failure, strings.Join(lines[max(0, len(lines)-4):], "\n  "))
	}
	fmt.Println("commands of ip:", w.acts, "refused:", w.wrong)
	w.errors = slices.DeleteFunc(w.errors, func(e string) bool { return e == "" })
	if len(w.errors) > 0 {
		return fmt.Errorf("%d things are wrong", len(w.errors))
	}
	fmt.Println("nothing is wrong")
	return nil
}
