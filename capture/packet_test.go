package capture_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tapdump/tapdump/capture"
)

func TestTimestamp(t *testing.T) {
	for _, c := range []struct {
		t    capture.Timestamp
		want time.Time
	}{
		{capture.Timestamp{}, time.Unix(0, 0)},
		{capture.Timestamp{Sec: -1, Nsec: 5}, time.Date(1969, 12, 31, 23, 59, 59, 5, time.UTC)},
		{capture.Timestamp{Sec: 1700000000, Nsec: 1_500_000_000}, time.Date(2023, 11, 14, 22, 13, 21, 5e8, time.UTC)},
	} {
		if got := c.t.Time(); !got.Equal(c.want) {
			t.Errorf("%+v is %v, want %v", c.t, got, c.want)
		}
	}
	inOrder := []capture.Timestamp{{Sec: -2, Nsec: 9}, {Sec: -1}, {Nsec: 1}, {Nsec: 2}, {Sec: 1}}
	for i, a := range inOrder {
		for j, b := range inOrder {
			if a.Before(b) != (i < j) {
				t.Errorf("%+v before %+v: %v", a, b, a.Before(b))
			}
		}
	}
}

func TestTimestampTypeNames(t *testing.T) {
	for i, want := range []struct{ name, description string }{
		{"host", "Host"},
		{"host_lowprec", "Host, low precision"},
		{"host_hiprec", "Host, high precision"},
		{"adapter", "Adapter"},
		{"adapter_unsynced", "Adapter, not synced with system time"},
		{"host_hiprec_unsynced", "Host, high precision, not synced with system time"},
	} {
		k := capture.TimestampType(i)
		if k.String() != want.name || k.Description() != want.description {
			t.Errorf("%d: %s, %s; want %+v", i, k, k.Description(), want)
		}
		if found, ok := capture.TimestampTypeByName(want.name); !ok || found != k {
			t.Errorf("%s is %v, %v", want.name, found, ok)
		}
	}
	if found, ok := capture.TimestampTypeByName("HOST_LowPrec"); !ok || found != capture.TimestampHostLowPrec {
		t.Errorf("capital letters: %v, %v", found, ok)
	}
	if found, ok := capture.TimestampTypeByName("hos"); ok {
		t.Errorf("half of a name: %v", found)
	}
}

// TestNoSystemCalls: the vocabulary is the same everywhere, and whoever needs it
// alone gets nothing else.
func TestNoSystemCalls(t *testing.T) {
	goTool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("needs the go tool:", err)
	}
	out, err := exec.Command(goTool, "list", "-deps", ".").Output()
	if err != nil {
		t.Skip("go list:", err)
	}
	deps := strings.Fields(string(out))
	if !slices.Contains(deps, "github.com/tapdump/tapdump/capture") {
		t.Fatalf("go list -deps: %q", deps)
	}
	for _, dep := range deps {
		host, _, _ := strings.Cut(dep, "/")
		if strings.Contains(host, ".") && !strings.HasPrefix(dep, "github.com/tapdump/tapdump/") {
			t.Errorf("capture needs %s", dep)
		}
	}
}
