package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tapdump/tapdump/internal/features"
	"github.com/tapdump/tapdump/internal/page"
	"github.com/tapdump/tapdump/internal/syserr"
)

// servePage shows the page of --serve, with the capture of -r, until a signal comes.
func (s *session) servePage() error {
	if !features.HasPage {
		return features.Page.Need("--serve")
	}
	var offered *page.Offered
	if names := s.plan.Files.Names; len(names) > 0 {
		f, size, err := openOffered(names[0])
		if err != nil {
			return err
		}
		defer f.Close()
		offered = &page.Offered{File: f, Size: size, Name: filepath.Base(names[0])}
	}
	at := *s.plan.Files.Serve
	server, err := page.Listen(at, offered)
	if errors.Is(err, page.ErrNone) {
		return fmt.Errorf("--serve: %w", err)
	}
	if err != nil {
		return fmt.Errorf("--serve=%w", err)
	}
	defer server.Close()
	if err := s.dropPrivileges(); err != nil {
		return err
	}
	s.events.listen(listening{wake: func() {}, stop: server.Close})
	s.events.handle()
	s.listeners = []int{server.Descriptor()}
	if s.sandboxed() {
		s.confineTo(s.needs(nil, nil))
	}
	if !at.Addr().IsLoopback() {
		what := "sees this page"
		if offered != nil {
			what += ", and reads the capture"
		}
		s.warn("--serve=" + at.String() + ": whoever can connect to it " + what + ", and so does whoever sees it on its way")
	}
	s.remark("the page is at " + server.URL() + "; Ctrl-C ends it")
	server.Serve(s.remark)
	return nil
}

// openOffered opens a savefile that is offered to the page.
func openOffered(name string) (*os.File, int64, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", name, syserr.Worded(err))
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errorText("it is no regular file, which the browser could read more than once")
	}
	if err != nil {
		f.Close() // which was only read
		return nil, 0, fmt.Errorf("%s: %w", name, syserr.Worded(err))
	}
	return f, info.Size(), nil
}
