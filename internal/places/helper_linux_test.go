package places

import (
	"testing"

	"github.com/tapdump/tapdump/internal/fdpass"
)

// Who is told of something sees it at once, also that no more comes.
func TestHelperTellsOfItsEnd(t *testing.T) {
	ours, theirs, err := fdpass.Pair()
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	if err := theirs.Close(); err != nil {
		t.Fatal(err)
	}
	h := &Helper{pipe: ours, news: make(chan News, 1), done: make(chan struct{})}
	told := 0
	h.collect(func() {
		told++
		select {
		case n, more := <-h.news:
			if more {
				t.Errorf("news %+v", n)
			}
		default:
			t.Error("told of the end before it can be seen")
		}
	})
	if told != 1 {
		t.Errorf("told %d times", told)
	}
}
