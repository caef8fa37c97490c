package gopcap_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestWhoLinksIt: go-pcap, and what it needs, is in this package and the program,
// and in nothing else that others import.
func TestWhoLinksIt(t *testing.T) {
	goTool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("needs the go tool:", err)
	}
	const module = "github.com/tapdump/tapdump/"
	list := func(arguments ...string) []string {
		out, err := exec.Command(goTool, append([]string{"list"}, arguments...)...).Output()
		if err != nil {
			t.Skip("go list:", err)
		}
		return strings.Fields(string(out))
	}
	theirs := []string{"github.com/packetcap/go-pcap", "github.com/gopacket/gopacket", "github.com/sirupsen/logrus"}
	links := map[string]bool{"capture/gopcap": true, "internal/cli": true, "cmd/tapdump": true, "cmd/ipscap": true, "internal/bench/profile": true}
	all := list(module + "...")
	if !slices.Contains(all, module+"capture/live") {
		t.Fatalf("go list: %q", all)
	}
	for _, one := range all {
		name := strings.TrimPrefix(one, module)
		deps := list("-deps", one)
		for _, their := range theirs {
			if slices.Contains(deps, their) != links[name] {
				t.Errorf("%s links %s: %t", name, their, !links[name])
			}
		}
	}
	// The program can do without.
	if deps := list("-deps", "-tags", "nogopcap", module+"cmd/tapdump"); slices.Contains(deps, theirs[0]) || slices.Contains(deps, theirs[2]) {
		t.Errorf("with the tag nogopcap the program links one of %q", theirs)
	}
}
