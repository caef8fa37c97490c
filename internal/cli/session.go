package cli

import (
	"runtime"
	"sync"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/cli/args"
	"github.com/tapdump/tapdump/internal/names"
	"github.com/tapdump/tapdump/internal/syserr"
	"github.com/tapdump/tapdump/internal/zone"
)

// session is a run of a plan: what captures and reading savefiles share.
type session struct {
	*command
	serving
	plan      *args.Plan
	names     *names.Resolver       // of what is printed, and in expressions
	location  func() *time.Location // of local times; what of TZ is not understood it says when first called
	compiler  *compiler
	inspect   *inspection // nil: nobody asks what packets are over IP
	analysis  *analysis   // nil: nobody asks what they say beyond their headers
	shard     *sharder    // nil: all packets are taken
	keyLog    *keyLog     // of --tls-keys, for the savefile; nil: it takes none
	handed    int         // the descriptor by which packet sockets come; 0: they do not
	recording *recording  // nil: there is no flight recorder
	sinks     sinks
	captured  uint64 // packets that were to be handed to the sinks
	idleErr   error  // of flushing while the source was idle
}

func newSession(c *command, plan *args.Plan) *session {
	s := &session{command: c, plan: plan, sinks: sinks{out: &c.out}}
	options := c.host.names
	options.CutDomain = plan.Lines.NoDomain
	options.Background = plan.Analysis != nil && plan.Analysis.Hosts.Background
	s.names = names.New(options)
	s.location = sync.OnceValue(func() *time.Location {
		location, err := zone.Local()
		if err != nil {
			c.warn(syserr.Text(err))
		}
		return location
	})
	s.analysis = s.newAnalysis()
	if plan.Inspect != nil {
		s.inspect = s.newInspection()
	}
	s.shard = s.newSharder()
	s.compiler = newCompiler(s)
	return s
}

// jobs is how many goroutines may work on packets at the same time.
func (s *session) jobs() int {
	if s.plan.Lines.Jobs == 0 {
		return runtime.GOMAXPROCS(0)
	}
	return s.plan.Lines.Jobs
}

// interrupted reports whether a signal asked to end; ending, whether --duration
// is over too.
func (s *session) interrupted() bool { return s.events.pending.Load()&eventStop != 0 }
func (s *session) ending() bool      { return s.events.pending.Load()&eventEnd != 0 }

// passes reports whether a packet that the filter let through is one to show;
// without an inspection all are.
func (s *session) passes(pkt *capture.Packet) bool {
	if s.analysis != nil {
		s.analysis.look(pkt)
	}
	if s.inspect == nil {
		return true
	}
	passes := s.inspect.match(pkt)
	if s.traces(3) {
		s.trace(3, "packet of %d bytes: shown %t", pkt.Length, passes)
	}
	return passes
}

// whileIdle writes what was gathered. It is called when the source has no more
// packets for now, so that nobody waits for one, or for a line.
func (s *session) whileIdle() error {
	s.idleErr = s.sinks.flush()
	return s.idleErr
}

// endLine is printed after an interrupt, which may have come in the middle of a
// line in tcpdump.
func (s *session) endLine() {
	switch {
	case !s.interrupted():
	case s.ipscap:
		s.out.buf = append(s.out.buf, " Stopped by user...\n"...)
	case s.plan.Write == nil && !s.plan.RecordsToStdout() && s.plan.Report() != "-":
		s.out.buf = append(s.out.buf, '\n')
	}
}
