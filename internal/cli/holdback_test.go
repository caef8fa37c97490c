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
		"-i lo -i any -w x.pcapng":     mergedHoldBack,
		"-i lo --workers 2 -w x.pcap":  mergedHoldBack,
		"-i lo -i any -w x.pcapng -U":  0,
		"-i lo -w x.pcap -U":           0,
		"-i lo -w x.pcap --print":      0,
		"-i lo -w x --rotate-time=10s": 0,
		"-i lo -w x --find=word":       0,
	} {
		o, err := parse(persona{name: "tapdump"}, strings.Fields(args), io.Discard)
		if err != nil {
			t.Fatalf("%s: %v", args, err)
		}
		if got := o.holdBack(); got != want {
			t.Errorf("%s: packets are held back for %v, want %v", args, got, want)
		}
	}
	for _, d := range []time.Duration{fileHoldBack, 2 * mergedHoldBack} {
		if d+writeDelay >= time.Second {
			t.Errorf("packets are held back for %v and gathered for %v: that is not below a second", d, writeDelay)
		}
	}
}
