package cli

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/cli/args"
	"github.com/tapdump/tapdump/internal/index"
	"github.com/tapdump/tapdump/internal/sandbox"
	"github.com/tapdump/tapdump/internal/syserr"
	"github.com/tapdump/tapdump/pcapfile"
)

// watcher begins the index of a savefile that is written. Packets do not wait for it, and
// are written without it where it fails.
func (s *session) watcher(name string) pcapfile.Watcher {
	f, err := index.Create(name, s.noIndex)
	if err != nil {
		s.noIndex(err)
		return nil
	}
	return f
}

// decoder is what finds the names in indexes: another version may find others.
const decoder = "tapdump " + args.Version

// noIndex says why there is no index.
func (s *session) noIndex(err error) { s.warn("--index: " + syserr.Text(err)) }

// makeIndexes makes the indexes of --make-index, of several files at the same time.
func (s *session) makeIndexes() error {
	names := s.plan.Files.Names
	if s.sandboxed() {
		n := sandbox.Needs{ReadFiles: names}
		if s.showsProgress() {
			n.Terminals = descriptorsOf(s.console.w)
		}
		for _, name := range names {
			dir, base := filepath.Split(name)
			if dir == "" {
				dir = "."
			}
			n.Folders = append(n.Folders, sandbox.Folder{Path: dir, Names: base + index.Suffix, Remove: true, Rename: true})
		}
		s.confineTo(n)
	}
	p := s.startProgress(names)
	defer p.stop()
	var mu sync.Mutex
	var failed error
	work := make(chan string)
	var wg sync.WaitGroup
	for range min(s.jobs(), len(names)) {
		wg.Go(func() {
			for name := range work {
				partial, err := index.Make(name, decoder, s.interrupted, p.meter())
				mu.Lock()
				if partial != nil {
					s.warn(syserr.Text(partial) + ": what comes before has an index, the rest is always read")
				}
				failed = alsoFailed(failed, err)
				mu.Unlock()
			}
		})
	}
	for _, name := range names {
		if s.interrupted() {
			break
		}
		work <- name
	}
	close(work)
	wg.Wait()
	return failed
}

// indexed are the parts of a savefile that may have what the filter takes, by its index.
// nil: all of it is to be read, as there is no index, or nothing to find by one.
func (r *fileRun) indexed(f *os.File, size int64, snapLen int) []pcapfile.Extent {
	q := r.query(snapLen)
	if q.Demand == nil && q.Times == nil && q.Names == nil {
		return nil
	}
	s, err := index.Open(f, size, q)
	if err != nil {
		reason := syserr.Text(err)
		if errors.Is(err, index.ErrForeign) || errors.Is(err, index.ErrDamaged) || errors.Is(err, index.ErrVersion) {
			reason += " (--make-index makes another)"
		}
		r.warn(index.Name(f.Name()) + " is not used: " + reason)
	}
	if s == nil {
		return nil
	}
	r.trace(1, "%s: %d of %d blocks may have packets that match", index.Name(f.Name()), s.Chosen, s.Blocks)
	if r.found.first != nil && !r.spanned() && r.found.latest.Before(timestamp(s.Last)) {
		r.found.latest, r.found.last = timestamp(s.Last), f.Name()
	}
	if s.Only != nil {
		r.analysis.only = s
	}
	if s.Extents == nil {
		return []pcapfile.Extent{} // nothing, which is not all
	}
	return s.Extents
}

// query is what is looked for in a savefile. What packets have decides only where nobody
// looks at those that do not match.
func (r *fileRun) query(snapLen int) (q index.Query) {
	if r.dumps() {
		return q
	}
	heard := r.analysis != nil && r.analysis.heard != nil
	if r.spanned() && r.times.known {
		span := r.times.span
		q.Times = func(first, last int64) bool {
			return !timestamp(last).Before(span.From) && timestamp(first).Before(span.To)
		}
	}
	// After -c packets, what stands before the next one goes with them.
	next := r.plan.Running.MaxPackets > 0 && r.plan.Pcapng()
	if heard || next || r.plan.Filter.Hints || !r.filter.asks() {
		return q
	}
	q.Names = r.wantedNames()
	q.Demand = func(links []capture.LinkType) *compile.Demand { return r.filter.demand(links, snapLen) }
	return q
}

// wantedNames are what a packet must say that is shown, if all packets of a file are
// decoded and nobody but conditions looks at those that are not shown; else nil. What is
// said depends on the packets before, which may be in other files, or be sorted out by an
// expression or a time.
func (r *fileRun) wantedNames() *index.Names {
	a, n := r.analysis, r.inspect
	text, err := r.filter.expression()
	all := r.alone && !r.spanned() && r.shard == nil && err == nil && strings.TrimSpace(text) == ""
	if !all || a == nil || a.apps == nil || a.tcp != nil || a.plan.TLSKeys != "" {
		return nil
	}
	if n == nil || n.analysis == nil || !n.plan.Filtering || n.hosts != nil || n.plan.Filters.Stream || n.plan.Filters.Tracking {
		return nil
	}
	for _, f := range index.Named {
		if texts := n.plan.Filters.Conditions.Exactly(args.FactField(f)); texts != nil {
			return &index.Names{Field: f, Texts: texts, Decoder: decoder, Partly: r.plan.Running.MaxPackets > 0}
		}
	}
	return nil
}

// timestamp is a time of so many nanoseconds since 1970.
func timestamp(ns int64) capture.Timestamp {
	const second = 1_000_000_000
	return capture.Timestamp{Sec: ns / second, Nsec: ns % second}
}

// asks reports whether there is a filter at all.
func (c *compiler) asks() bool {
	text, err := c.expression()
	return err != nil || strings.TrimSpace(text) != "" || c.inspect != nil
}

// demand is what packets of some link types must have that pass.
func (c *compiler) demand(links []capture.LinkType, snapLen int) *compile.Demand {
	var some []*compile.Demand
	for _, l := range links {
		p, err := c.once(target{link: l, snapLen: snapLen, mode: compile.SavefileMode(false)})
		switch {
		case err == nil:
			some = append(some, p.Demand())
		case !compile.RejectsAll(err):
			return compile.Whatever() // that they do not match is said when they come
		}
	}
	return compile.SomeOf(some...)
}
