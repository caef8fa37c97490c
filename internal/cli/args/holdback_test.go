package args

import (
	"strings"
	"testing"
	"time"

	"github.com/tapdump/tapdump/printer"
)

// TestHoldBack: packets are held back longer only where nobody waits for one.
func TestHoldBack(t *testing.T) {
	for args, want := range map[string]time.Duration{
		"-i lo":                        0,
		"-i lo -w -":                   0,
		"-i lo -w x.pcap":              FileHoldBack,
		"-i lo -w x.pcap -C 1 -W 2":    FileHoldBack,
		"-i lo -i any -w x.pcapng":     MergedHoldBack,
		"-i lo --workers 2 -w x.pcap":  MergedHoldBack,
		"-i lo -i any -w x.pcapng -U":  0,
		"-i lo -w x.pcap -U":           0,
		"-i lo -w x.pcap --print":      0,
		"-i lo -w x --rotate-time=10s": 0,
		"-i lo -w x --find=word":       0,
	} {
		p, err := Parse(Program{Name: "tapdump"}, strings.Fields(args), testHost(t))
		if err != nil {
			t.Fatalf("%s: %v", args, err)
		}
		if got := p.Device.HoldBack; got != want {
			t.Errorf("%s: packets are held back for %v, want %v", args, got, want)
		}
	}
}

// testHost is a machine on which nothing is remarkable.
func testHost(t testing.TB) Host {
	return Host{
		Remark:     func(text string) { t.Helper(); t.Log(text) },
		ESPSecrets: printer.ReadESPSecrets,
		Diagnose:   func(int, *string) error { return nil },
	}
}
