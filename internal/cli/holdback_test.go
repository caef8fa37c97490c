package cli

import (
	"io"
	"strings"
	"testing"
	"time"
)

// TestHoldBack: packets are held back longer only where nobody waits for one.
func TestHoldBack(t *testing.T) {
	for args, want := range map[string]time.Duration{
		"-i lo":                        0,
		"-i lo -w -":                   0,
		"-i lo -w x.pcap":              fileHoldBack,
		"-i lo -w x.pcap -C 1 -W 2":    fileHoldBack,
		"-i lo -w x.pcap -U":           0,
		"-i lo -w x.pcap --print":      0,
		"-i lo -w x --rotate-time=10s": 0,
		"-i lo -w x --find=word":       0,
	} {
		o, err := parse(identity{name: "tapdump"}, strings.Fields(args), io.Discard)
		if err != nil {
			t.Fatalf("%s: %v", args, err)
		}
		if got := o.holdBack(); got != want {
			t.Errorf("%s: packets are held back for %v, want %v", args, got, want)
		}
	}
}
