package cli

import (
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture/gopcap"
)

// TestLacksEngine: an engine that a system lacks is an error that names those that
// it has.
func TestLacksEngine(t *testing.T) {
	for _, c := range []struct{ name, there, want string }{
		{"", "ring go-pcap", ""},
		{"ring", "ring go-pcap", ""},
		{"go-pcap", "ring go-pcap", ""},
		{"bpf", "ring go-pcap", "--capture-engine bpf: this system has ring and go-pcap"},
		{"go-pcap", "bpf", "--capture-engine go-pcap: this system has bpf"},
		{"ring", "", "--capture-engine ring: live capture is not available on this system"},
		{"", "", ""}, // opening a device says so
	} {
		got := ""
		if err := lacksEngine(c.name, strings.Fields(c.there)); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%q of %q: %q, want %q", c.name, c.there, got, c.want)
		}
	}
	names := engines()
	if n := len(names); gopcap.Available && (n == 0 || names[n-1] != "go-pcap") {
		t.Errorf("this system has %q", names)
	}
}
