package cli

import (
	"fmt"
	"strings"

	"github.com/tapdump/tapdump/capture/live"
	"github.com/tapdump/tapdump/internal/cli/args"
)

// engines are those that this system has, the one that goes without saying first.
func engines() (names []string) {
	if live.EngineName != "" {
		names = append(names, live.EngineName)
	}
	if goPcap {
		names = append(names, args.EngineGoPcap)
	}
	return names
}

// checkEngine fails if this system lacks the engine that was asked for.
func (s *session) checkEngine() error { return lacksEngine(s.plan.Device.Engine, engines()) }

// lacksEngine is an error if an engine that was asked for is not among those that
// there are.
func lacksEngine(name string, there []string) error {
	for _, e := range append(there, "") {
		if e == name {
			return nil
		}
	}
	if len(there) == 0 {
		return fmt.Errorf("--capture-engine %s: %w", name, live.ErrNotSupported)
	}
	return errorText("--capture-engine " + name + ": this system has " + strings.Join(there, " and "))
}
