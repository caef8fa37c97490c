package cli

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/live"
)

// TestLosesTheRightOne: of the interfaces that are captured from, the one that has
// gone is forgotten, and may be taken up again.
func TestLosesTheRightOne(t *testing.T) {
	all := []taken{{1, "a"}, {2, "b"}, {3, "c"}}
	for _, c := range []struct {
		name string
		want []taken
	}{
		{"a", all[1:]}, {"b", []taken{all[0], all[2]}}, {"c", all[:2]}, {"d", all},
	} {
		f := &linkFollower{has: slices.Clone(all), ended: true}
		f.lose(c.name)
		if !slices.Equal(f.has, c.want) {
			t.Errorf("without %s there are %v, want %v", c.name, f.has, c.want)
		}
		for _, i := range all {
			if got := f.hasIndex(i.index); got != slices.Contains(c.want, i) {
				t.Errorf("without %s, interface %d is captured from: %t", c.name, i.index, got)
			}
		}
	}
}

// TestChoose: tapdump captures from the first device, ipscap from all at once
// where the system has that.
func TestChoose(t *testing.T) {
	two := []live.Device{{Name: "eth0"}, {Name: "lo"}}
	three := append(two[:2:2], live.Device{Name: "any"})
	for _, c := range []struct {
		devices     []live.Device
		ipscap      bool
		name        string
		promiscuous bool
	}{
		{two, false, "eth0", true}, {two, true, "eth0", true}, {three, false, "eth0", true}, {three, true, "any", false},
		{three[2:], false, "any", true}, {three[2:], true, "any", false},
	} {
		if name, promiscuous := choose(c.devices, c.ipscap); name != c.name || promiscuous != c.promiscuous {
			t.Errorf("of %v, ipscap %t: %s, promiscuous %t", c.devices, c.ipscap, name, promiscuous)
		}
	}
}

// TestListedLinkTypes: of those that can be chosen it is said which are not
// printed, and which have only a number.
func TestListedLinkTypes(t *testing.T) {
	const want = "Data link types for lo (use option -y to set):\n  EN10MB (Ethernet)\n  USER0 (Private use 0) (printing not supported)\n  DLT 65000 (printing not supported)\n"
	c := newTestCommand("tapdump", strings.NewReader(""), nil, nil)
	c.appendLinkTypes("lo", []capture.LinkType{capture.LinkEN10MB, 147, 65000})
	if got := string(c.out.buf); got != want {
		t.Errorf("listed are\n%s\nwant\n%s", got, want)
	}
}

// TestNamesOnTerminals: what would drive a terminal is made visible there, on
// both outputs, and stays as it is elsewhere.
func TestNamesOnTerminals(t *testing.T) {
	const name = "dump\x1b[2J"
	for _, terminal := range []bool{false, true} {
		want := name
		if terminal {
			want = "dump^[[2J"
		}
		for _, option := range []string{"--version", "-c0"} {
			var stdout, stderr bytes.Buffer
			c := newTestCommand(name, strings.NewReader(""), &stdout, &stderr)
			c.out.terminal, c.terminal = terminal, terminal
			c.main([]string{name, option})
			if got := stdout.String() + stderr.String(); !strings.HasPrefix(got, want) || strings.Contains(got, "\x1b") == terminal {
				t.Errorf("%s on a terminal (%t): %q", option, terminal, got)
			}
		}
	}
}
