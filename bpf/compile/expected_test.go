package compile

import (
	"slices"
	"testing"

	"github.com/tapdump/tapdump/versions"
)

// TestExpected: the door to what the parser expects.
func TestExpected(t *testing.T) {
	at, words := Expected("tcp portr", versions.V4_99_6)
	if want := []Word{{"portrange", "tcp portrange 80-90"}}; at != len("tcp ") || !slices.Equal(words, want) {
		t.Errorf("from %d on: %q, not %q", at, words, want)
	}
	if at, words := Expected("host ex", versions.V5_0); at != len("host ") || words != nil {
		t.Errorf("a name, from %d on: %q", at, words)
	}
}
