// Package places finds network namespaces of Linux to capture in: those that ip(8)
// has given names to, those of processes, and those of containers, whose managers'
// files it reads and whose managers it asks nothing.
//
// What it reads was written by others, containers among them, and is read with
// bounds. A process is taken for that of a container only if it has not begun after
// the file that names it was written.
package places

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/tapdump/tapdump/capture/live"
	"github.com/tapdump/tapdump/internal/owners"
)

// Spec is a place that is asked for.
type Spec struct {
	Option string // OptionNetNS, OptionPID or OptionContainer
	Value  string
}

// The options that ask for places.
const (
	OptionNetNS     = "netns"
	OptionPID       = "pid"
	OptionContainer = "container"
)

// Values that stand for no single name. No namespace of ip(8) can have the name Own.
const (
	All = "all" // all that there are
	Own = "."   // the namespace that the program is in
)

// String is the option as it is given.
func (s Spec) String() string { return "--" + s.Option + " " + visible(s.Value) }

// Place is a network namespace to capture in.
type Place struct {
	Spec      Spec            // that it was found for
	Name      string          // for people, and in names of interfaces; "" for the program's own
	Namespace *live.Namespace // nil: the program's own
	ID        live.NamespaceID
	// Containers are the names of those that are in it, by their identifiers, as far as it
	// was found for them.
	Containers map[string]string
	end        end
}

// Close closes the namespace, and what tells of its end.
func (p *Place) Close() error {
	p.end.close()
	if p.Namespace == nil {
		return nil
	}
	return p.Namespace.Close()
}

// Share has the owners of sockets in the place be known by those who have the other end
// of networks. The program's own is known there.
func (p *Place) Share(networks *owners.Networks) error {
	if p.Namespace == nil {
		return nil
	}
	return p.Namespace.Do(func() error { return networks.Add(uint32(p.ID.Inode), p.Containers) })
}

// Ended says in words that the place is no more.
func (p *Place) Ended() string { return p.end.words }

// Error says why a place cannot be captured in.
type Error struct {
	Spec   Spec
	Reason string // what is wrong
	Detail string // particulars, shown in parentheses; may be empty
	Remedy string // may be empty
	Err    error  // the system's; may be nil
	Absent bool   // it may come yet
}

func (e *Error) Error() string {
	text := e.Spec.String() + ": " + e.Reason
	if e.Detail != "" {
		text += "\n(" + e.Detail + ")"
	}
	if e.Remedy != "" {
		text += "\n" + e.Remedy
	}
	return text
}

func (e *Error) Unwrap() error { return e.Err }

// maxName bounds names of places, in bytes.
const maxName = 128

// visible is a name as people read it: without blanks and control characters, which
// others may have put there, and not too long.
func visible(name string) string {
	if len(name) > maxName {
		name = strings.ToValidUTF8(name[:maxName], "") + "..."
	}
	if !strings.ContainsFunc(name, mustShow) && !strings.Contains(name, string(unicode.ReplacementChar)) {
		return name
	}
	var b strings.Builder
	for _, r := range name {
		switch {
		case !mustShow(r):
			b.WriteRune(r)
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

func mustShow(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) }

// named gives each of several places a name that no other has.
func named(all []*Place, p *Place) {
	taken := func(name string) bool {
		return slices.ContainsFunc(all, func(has *Place) bool { return has.Name == name })
	}
	if p.Name != "" && taken(p.Name) {
		p.Name += "#" + p.ID.String()
	}
}
