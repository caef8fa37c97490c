package sandbox

import (
	"bufio"
	"bytes"
	"reflect"
	"testing"
)

// TestMessages: what was sent is received, of any bytes; of messages that are cut off or
// wrong nothing is.
func TestMessages(t *testing.T) {
	var b bytes.Buffer
	tasks := []task{
		{Command: "gzip -9", Folders: []string{"/a", "b\xff\n"}},
		{Checks: &checks{Commands: []string{"true", ""}, Remove: []string{"/x"}}},
	}
	for _, one := range tasks {
		b.Reset()
		if err := one.message().send(&b); err != nil {
			t.Fatal(err)
		}
		m, err := receive(bufio.NewReader(&b))
		if got, ok := taskOf(m); err != nil || !ok || !reflect.DeepEqual(got, one) {
			t.Errorf("%+v: received as %+v, %t, %v", one, got, ok, err)
		}
	}
	what, answer := request{ID: 1 << 63, File: "f\xfe", Check: 3}, reply{ID: 7, Error: "no"}
	if got, ok := requestOf(what.message()); !ok || got != what {
		t.Errorf("%+v: %+v, %t", what, got, ok)
	}
	if got, ok := replyOf(answer.message()); !ok || got != answer {
		t.Errorf("%+v: %+v, %t", answer, got, ok)
	}
}

// FuzzReceive: nothing that comes makes more of it than it has.
func FuzzReceive(f *testing.F) {
	var b bytes.Buffer
	if err := (message{"command", "x", ""}).send(&b); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add(b.Bytes()[:5])
	f.Add([]byte("\xff\xff\xff\xff\x0f"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := receive(bufio.NewReader(bytes.NewReader(data)))
		size := 0
		for _, text := range m {
			size += len(text)
		}
		if err == nil && size > len(data) {
			t.Errorf("%d bytes of %d", size, len(data))
		}
		taskOf(m)
		requestOf(m)
		replyOf(m)
	})
}
