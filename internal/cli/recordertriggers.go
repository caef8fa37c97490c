package cli

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/cli/args"
	"github.com/tapdump/tapdump/internal/limits"
	"github.com/tapdump/tapdump/internal/recorder"
	"github.com/tapdump/tapdump/internal/sandbox"
	"github.com/tapdump/tapdump/internal/syserr"
	"github.com/tapdump/tapdump/internal/triggers"
	"github.com/tapdump/tapdump/internal/watch"
	"github.com/tapdump/tapdump/printer/detail"
)

// triggering has a flight recorder fire: as packets and time ask for it, and what happens
// outside.
type triggering struct {
	*session
	all    []triggers.Trigger
	set    *triggers.Set
	fire   func(recorder.Cause)
	causes []recorder.Cause
	stats  func() (capture.Stats, error) // nil: nobody asks what was lost
	asked  time.Time                     // when it was asked last

	sockets []*watch.Socket
	files   []*watch.File
	runner  *sandbox.Runner // of commands and sockets; nil: there are none
	stop    chan struct{}   // closed at the end
	running sync.WaitGroup
}

// pulse is how often time is looked at where packets do not come: silence is as exact.
const pulse = 100 * time.Millisecond

// lossesEvery is how often the kernel is asked what was lost.
const lossesEvery = time.Second

// newTriggers prepares what fires by packets.
func (s *session) newTriggers(o opening) (*triggering, error) {
	p := s.plan.Recorder()
	t := &triggering{session: s, all: p.Triggers, stop: make(chan struct{})}
	cfg := triggers.Config{
		Links: []capture.LinkType{o.head.LinkType},
		Compile: compile.Options{
			SnapLen: o.src.SnapLen(),
			Network: s.compiler.ipNetwork(),
			Names:   s.compiler.filterNames(),
			Like:    s.plan.Program.Like,
		},
		Find:   p.FindMode,
		Stream: p.FindStream,
		Live:   s.plan.Task == args.Capture,
	}
	if file, ok := o.src.(savefile); ok {
		for _, k := range file.Kinds() {
			cfg.Links = append(cfg.Links, k.LinkType)
		}
	}
	if a := s.analysis; a != nil {
		cfg.Facts = a
		cfg.Decoded = func() (*header.Packet, bool) { return &a.inner, a.decoded }
	}
	var err error
	if t.set, err = triggers.New(t.all, cfg); err != nil {
		return nil, err
	}
	for i := range t.all {
		switch t.all[i].Kind {
		case triggers.Drops:
			source, ok := o.src.(interface{ Stats() (capture.Stats, error) })
			if !ok {
				return nil, errorText("--trigger drops: nobody counts here what is lost: leave it out")
			}
			t.stats = source.Stats
		case triggers.Signal:
			if runtime.GOOS == "windows" {
				return nil, errorText("--trigger signal: this system has no SIGUSR2: file:PATH fires as well")
			}
		}
	}
	return t, nil
}

// begin opens what is watched, and watches it: what happens calls fire.
func (t *triggering) begin(fire func(recorder.Cause)) (err error) {
	t.fire = fire
	defer func() {
		if err != nil {
			_ = t.close() // the first error is the one that counts
		}
	}()
	var commands, remove []string
	for i := range t.all {
		one := &t.all[i]
		switch one.Kind {
		case triggers.Exit:
			commands = append(commands, one.Text)
		case triggers.File:
			f, err := watch.NewFile(one.Text)
			if err != nil {
				return &triggers.Error{Rule: one.Rule, Err: err}
			}
			t.files = append(t.files, f)
			t.watch(one, f.Run)
		case triggers.Socket:
			s, err := watch.NewSocket(one.Text)
			if err != nil {
				return &triggers.Error{Rule: one.Rule, Err: err}
			}
			t.sockets = append(t.sockets, s)
			remove = append(remove, s.Path())
			t.watch(one, s.Run)
		}
	}
	if len(commands)+len(remove) == 0 {
		return nil
	}
	if err := limits.Commands(); err != nil {
		return fmt.Errorf("--trigger: %w", err)
	}
	if t.runner, err = sandbox.StartChecks(commands, remove); err != nil {
		return fmt.Errorf("--trigger: %w", err)
	}
	t.runCommands()
	return nil
}

// watch waits for what a trigger is about.
func (t *triggering) watch(one *triggers.Trigger, run func(watch.Fire, func(error)) error) {
	var once sync.Once
	t.running.Go(func() {
		warn := func(err error) { once.Do(func() { t.warnOf(one, err) }) }
		if err := run(t.happens(one), warn); err != nil {
			t.warnOf(one, fmt.Errorf("it fires no more: %w", err))
		}
	})
}

// runCommands runs the commands of triggers again and again.
func (t *triggering) runCommands() {
	number := 0
	for i := range t.all {
		one := &t.all[i]
		if one.Kind != triggers.Exit {
			continue
		}
		check := number
		number++
		run := func() error {
			err := t.runner.Check(check)
			if errors.Is(err, sandbox.ErrRunnerGone) {
				return fmt.Errorf("%w: %w", watch.ErrOver, err)
			}
			return err
		}
		t.watch(one, func(fire watch.Fire, _ func(error)) error { return watch.Repeat(run, one.Time, t.stop, fire) })
	}
}

func (t *triggering) warnOf(one *triggers.Trigger, err error) {
	t.warn(syserr.Text(&triggers.Error{Rule: one.Rule, Err: err}))
}

// happens is what is called when a trigger fires that is not about packets. What others
// say cannot drive a terminal.
func (t *triggering) happens(one *triggers.Trigger) watch.Fire {
	return func(at time.Time, what string) {
		what = string(detail.MakeVisible([]byte(strings.ToValidUTF8(what, "?")), 0))
		t.fire(recorder.Cause{Rule: one.Rule, Reason: what, Time: stampOf(at)})
	}
}

func stampOf(t time.Time) capture.Timestamp {
	return capture.Timestamp{Sec: t.Unix(), Nsec: int64(t.Nanosecond())}
}

// packet returns why a packet fires, or the time before it; valid until the next call.
func (t *triggering) packet(pkt *capture.Packet) []recorder.Cause {
	fired := t.set.Packet(pkt)
	if len(fired) == 0 {
		return nil
	}
	t.causes = t.causes[:0]
	for _, f := range fired {
		t.causes = append(t.causes, recorder.Cause(f))
	}
	return t.causes
}

// tick has time go on, in a live capture.
func (t *triggering) tick() {
	now := time.Now()
	t.fireAll(t.set.Tick(now))
	if t.stats == nil || now.Sub(t.asked) < lossesEvery {
		return
	}
	t.asked = now
	if st, err := t.stats(); err == nil { // the end of the run says what is wrong
		t.fireAll(t.set.Lost(st, now))
	}
}

func (t *triggering) fireAll(fired []triggers.Firing) {
	for _, f := range fired {
		t.fire(recorder.Cause(f))
	}
}

// triggerPulse is how often triggers look at the time; 0: they do not.
func (r *liveRun) triggerPulse() (every time.Duration) {
	if r.plan.Recorder() == nil {
		return 0
	}
	for _, t := range r.plan.Recorder().Triggers {
		switch t.Kind {
		case triggers.RateOf, triggers.Silence:
			return pulse
		case triggers.Drops:
			every = lossesEvery
		}
	}
	return every
}

// signal fires for SIGUSR2.
func (t *triggering) signal() {
	for i := range t.all {
		if t.all[i].Kind == triggers.Signal {
			t.happens(&t.all[i])(time.Now(), "")
		}
	}
}

// finish fires for what is left at the end of savefiles.
func (t *triggering) finish() {
	if t.plan.Task == args.Read {
		t.fireAll(t.set.End())
	}
}

// close ends what is watched, and says what could not be judged.
func (t *triggering) close() (err error) {
	close(t.stop)
	for _, f := range t.files {
		err = alsoFailed(err, f.Close())
	}
	for _, s := range t.sockets {
		err = alsoFailed(err, s.Close())
		if t.runner == nil {
			err = alsoFailed(err, s.Remove())
		}
	}
	if t.runner != nil {
		err = alsoFailed(err, t.runner.Close())
	}
	t.running.Wait()
	for _, wrong := range t.set.Unusable() {
		t.warn("packets of some link types fire nothing: " + syserr.Text(wrong))
	}
	return err
}

// lost adds what had to be forgotten.
func (t *triggering) lost(l *losses) {
	forgotten := t.set.Losses()
	l.Streams += forgotten.Streams
	l.Gaps += forgotten.Gaps
}

// needs adds what watching needs.
func (t *triggering) needs(n *sandbox.Needs) {
	n.Runner = n.Runner || t.runner != nil
	for _, s := range t.sockets {
		n.Listeners = append(n.Listeners, s.Descriptor())
	}
}
