package cli

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/filters"
	"github.com/tapdump/tapdump/filters/stats"
	"github.com/tapdump/tapdump/internal/headertest"
)

func TestLossLines(t *testing.T) {
	l := losses{conversations: 1, Losses: filters.Losses{Streams: 2, Gaps: 3, Tracks: 4}, servers: 5, transfers: 6, hosts: 7}
	got := strings.Join(l.lines(), "\n")
	const want = `1 TCP conversations were forgotten, as there were more than 1048576: where they went on, their numbers began anew
--find-stream: 2 directions of TCP connections were forgotten, to stay within 256 MiB: hits split over their segments may be missing
--find-stream: 3 missing TCP segments were not waited for, with 64 KiB behind them or not captured whole: hits across them are missing
--tracking: 4 pairs of hosts were forgotten, as there were more than 131072: what followed later is missing
5 connections begun from the lower port were forgotten, as there were more than 131072: later packets have the other direction
6 packets belong to transfers after the first 2097152, and are in none
7 packets belong to hosts after the first 131072, and are in none`
	if got != want {
		t.Errorf("says\n%s\nwant\n%s", got, want)
	}
}

// TestLossesAreSaid: at the end of a run, what was forgotten is counted on the
// standard error; without losses nothing is said.
func TestLossesAreSaid(t *testing.T) {
	t.Chdir(t.TempDir())
	gap := []headertest.Spec{
		{Src: "10.0.0.1", Dst: "10.0.0.2", Protocol: 6, SrcPort: 4000, DstPort: 80, Seq: 1, Payload: []byte("secret")},
		{Src: "10.0.0.1", Dst: "10.0.0.2", Protocol: 6, SrcPort: 4000, DstPort: 80, Seq: 1 << 30, Payload: []byte("secret")},
	}
	pairs := make([]headertest.Spec, 0, filters.MaxTracks+3)
	for i := range cap(pairs) {
		pairs = append(pairs, headertest.Spec{Src: "10.0.0.1", Dst: "10.0.0.2", Protocol: 17, SrcPort: uint16(i), DstPort: 65535, TTL: uint8(1 + i>>16), Payload: []byte("secret")})
		pairs[i].Dst = []string{"10.0.0.2", "10.0.0.3", "10.0.0.4"}[i>>16]
	}
	hosts := make([]headertest.Spec, stats.MaxHosts+3) // with the source
	for i := range hosts {
		hosts[i] = pairs[0]
		hosts[i].Dst = netip.AddrFrom4([4]byte{10, byte(1 + i>>16), byte(i >> 8), byte(i)}).String()
	}
	for _, test := range []struct {
		name, args, want string
		specs            []headertest.Spec
	}{
		{"whole", "--find secret --find-stream --tracking", "", gap[:1]},
		{"gap", "--find secret --find-stream", "tapdump: --find-stream: 1 missing TCP segments were not waited for, ", gap},
		{"hosts", "--stats top", "tapdump: 4 packets belong to hosts after the first ", hosts},
		{"hosts", "--stats json", "", hosts},
		{"tracks", "--find secret --tracking", "tapdump: --tracking: 3 pairs of hosts were forgotten, ", pairs},
	} {
		var stdout, stderr bytes.Buffer
		name := writeSpecs(t, test.name+".pcap", test.specs...)
		if status := runIPScap("tapdump", append(strings.Fields(test.args), "--count", "-r", name), &stdout, &stderr); status != 0 {
			t.Errorf("%s: exit status %d: %s", test.name, status, &stderr)
		}
		_, said, _ := strings.Cut(stderr.String(), "262144\n")
		if !strings.HasPrefix(said, test.want) || test.want == "" && said != "" {
			t.Errorf("%s: says %q, want %q", test.name, said, test.want)
		}
	}
}
