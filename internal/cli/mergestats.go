package cli

import (
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/tapdump/tapdump/filters/stats"
	"github.com/tapdump/tapdump/internal/syserr"
	"github.com/tapdump/tapdump/internal/tcpanalysis"
)

// mergeStatistics adds the statistics in files, and writes the sum once all of them
// are read.
func (s *session) mergeStatistics() error {
	names := s.plan.Files.Names
	if s.sandboxed() {
		s.confineTo(s.needs(nil, names))
	}
	tcp := new(tcpanalysis.Sum)
	sum := stats.NewSum(map[string]stats.SectionSum{"tcp": summedTCP{tcp, tcpanalysis.Report{Known: tcp}}})
	if first := slices.Index(names, "-"); first >= 0 && slices.Contains(names[first+1:], "-") {
		return errorText("the standard input (-) is named more than once")
	}
	p := s.startProgress(names)
	defer p.stop()
	for _, name := range names {
		if err := s.addStatistics(sum, name, p); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	all, span := sum.Statistics()
	if err := all.WriteJSON(&s.out, span); err != nil {
		return err
	}
	l := losses{}
	l.transfers, _ = all.Unlisted()
	s.sayLosses(&l)
	return nil
}

// summedTCP adds statistics of TCP and writes the sum.
type summedTCP struct {
	*tcpanalysis.Sum
	tcpanalysis.Report
}

func (s *session) addStatistics(sum *stats.Sum, name string, p *progress) error {
	if name == "-" {
		return sum.AddJSON(s.stdin)
	}
	f, err := os.Open(name)
	if err != nil {
		return syserr.Worded(err)
	}
	defer f.Close()
	return sum.AddJSON(readWords{f, p})
}

// readWords is a reader whose errors speak the language of users.
type readWords struct {
	io.Reader
	progress *progress // nil: nobody sees it
}

func (r readWords) Read(b []byte) (int, error) {
	n, err := r.Reader.Read(b)
	if r.progress != nil {
		r.progress.pass(int64(n))
	}
	if err != nil && err != io.EOF {
		err = syserr.Worded(err)
	}
	return n, err
}
