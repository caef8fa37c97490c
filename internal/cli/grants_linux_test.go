//go:build linux && (amd64 || arm64)

package cli

import (
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/live"
	"github.com/tapdump/tapdump/internal/cli/args"
	"github.com/tapdump/tapdump/internal/sandbox"
	"github.com/tapdump/tapdump/internal/triggers"
	"github.com/tapdump/tapdump/internal/watch"
	"github.com/tapdump/tapdump/pcapfile"
)

// pretended is a source with packets of one link type; a live one has sockets.
type pretended struct{ link capture.LinkType }

func (p pretended) Next(*capture.Packet) error { return io.EOF }
func (p pretended) LinkType() capture.LinkType { return p.link }
func (p pretended) SnapLen() int               { return capture.MaxSnapLen }
func (p pretended) Interfaces() []capture.Interface {
	return []capture.Interface{{LinkType: p.link}}
}
func (p pretended) Close() error { return nil }

// pretendedFile is a file that may name further interfaces.
type pretendedFile struct{ pretended }

func (pretendedFile) Header() pcapfile.Header { return pcapfile.Header{} }
func (pretendedFile) Kinds() []pcapfile.Kind  { return nil }
func (pretendedFile) MayGrow() bool           { return true }

type pretendedLive struct{ pretended }

func (pretendedLive) Sockets() []int { return []int{512} }

// pretendedMonitor has what does not come from packet sockets, of one kind.
type pretendedMonitor struct {
	pretended
	all live.Sources
}

func (s pretendedMonitor) Sources() live.Sources { return s.all }

// sourcesOf are those of a device that is no interface.
func sourcesOf(device string) (all live.Sources, ok bool) {
	for prefix, kind := range map[string]*[]int{"bluetooth": &all.Bluetooth, "usbmon": &all.USB, "nflog": &all.Netfilter, "nfqueue": &all.Netfilter, "dbus": &all.DBus} {
		if strings.HasPrefix(device, prefix) {
			*kind = []int{513}
			return all, true
		}
	}
	return all, false
}

// pretendedRecording has what triggers open.
func pretendedRecording(all []triggers.Trigger) *recording {
	t := new(triggering)
	for _, one := range all {
		switch one.Kind {
		case triggers.Socket:
			t.sockets, t.runner = append(t.sockets, new(watch.Socket)), &sandbox.Runner{}
		case triggers.Exit:
			t.runner = &sandbox.Runner{}
		}
	}
	return &recording{triggers: t}
}

// TestGrantsOfCommandLines: what command lines may do once they are confined is
// what the table of SECURITY.md says.
func TestGrantsOfCommandLines(t *testing.T) {
	rows := 0
	for line := range strings.Lines(securityPage(t)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 3 || !strings.HasPrefix(cells[0], " `") {
			continue
		}
		text, onTerminal := strings.CutSuffix(strings.TrimSpace(cells[0]), ", on a terminal")
		line := strings.Fields(strings.Trim(text, " `"))
		c := newCommand(line[0], nil, io.Discard, io.Discard)
		if onTerminal {
			t.Setenv("TERM", "xterm")
			terminal, read := openTerminal(t)
			defer read()
			c = newCommand(line[0], terminal, terminal, terminal)
		}
		c.ipscap = line[0] == "ipscap"
		plan, err := c.parse(line[1:])
		if err != nil {
			t.Errorf("%s: %v", cells[0], err)
			continue
		}
		rows++
		s := newSession(c, plan)
		if s.runsCommand() {
			c.postRotate.runner = &sandbox.Runner{}
		}
		if plan.Recorder() != nil {
			s.recording = pretendedRecording(plan.Recorder().Triggers)
		}
		if plan.Write != nil && plan.Write.Served != nil || plan.Task == args.ServePage {
			s.listeners = []int{3}
		}
		p := pretended{capture.LinkEN10MB}
		if slices.Contains(plan.Device.Names, anyDevice) {
			p.link = capture.LinkLINUX_SLL2
		}
		var src capture.Source = p
		switch {
		case plan.Device.Names != nil:
			src = pretendedLive{p}
			if all, ok := sourcesOf(plan.Device.Names[0]); ok {
				src = pretendedMonitor{p, all}
			}
		case strings.HasSuffix(strings.Join(plan.Files.Names, " "), ".pcapng"):
			src = pretendedFile{p}
		}
		var files []string
		switch {
		case strings.Contains(strings.Join(plan.Files.Names, " "), "://"):
			r := newFileRun(s)
			if err := r.prepareStreams(plan.Files.Names); err != nil {
				t.Error(err)
			}
			files = r.streams.reconnecting()
		case plan.Files.Lists != nil:
			files = []string{"b.pcap"}
		case plan.Task == args.MergeStatistics:
			files, src = plan.Files.Names, nil
		}
		if plan.Device.Follow && plan.Device.Places != nil {
			s.handed = 3 // by which the helper hands over sockets
		}
		needs := s.needs(src, files)
		var want []string
		if text := strings.TrimSpace(cells[1]); text != "" {
			want = strings.Split(text, ", ")
		}
		got := slices.DeleteFunc(needs.Grants(), func(name string) bool { return name == "run" })
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s may %q, the table says %q", cells[0], got, want)
		}
		caps := "none"
		switch {
		case needs.NewSockets > 0 && needs.Handed == 0:
			caps = "CAP_NET_RAW"
		case needs.Folders != nil:
			caps = "CAP_DAC_OVERRIDE, if needed"
		}
		if said := strings.TrimSpace(cells[2]); said != caps {
			t.Errorf("%s keeps %s, the table says %s", cells[0], caps, said)
		}
	}
	if rows < 12 {
		t.Errorf("the table has only %d rows", rows)
	}
}

type lowLive struct{ pretended }

func (lowLive) Sockets() []int { return []int{3} }

// TestNoDescriptorsForFollowing: where sockets cannot be told from other
// descriptors by their numbers, there is no sandbox, which is said with the remedy.
func TestNoDescriptorsForFollowing(t *testing.T) {
	var stderr strings.Builder
	c := newTestCommand("tapdump", nil, io.Discard, &stderr)
	plan, err := c.parse([]string{"-i", "lo", "--follow-interfaces"})
	if err != nil {
		t.Fatal(err)
	}
	c.ownsProcess = true
	newSession(c, plan).confine(lowLive{pretended{capture.LinkEN10MB}}, nil)
	const want = "tapdump: WARNING: running without a sandbox: following interfaces in it takes descriptors from 512 on (ulimit -n)\n"
	if stderr.String() != want {
		t.Errorf("says %q, want %q", &stderr, want)
	}
}
