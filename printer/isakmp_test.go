package printer

import (
	"bytes"
	"testing"
)

// TestIKEBound: text stays in proportion to the message, however deep payloads
// are in each other, and whatever they show again.
func TestIKEBound(t *testing.T) {
	header := make([]byte, isakmpHeaderLen)
	header[0], header[17], header[18] = 1, 0x10, 5
	// a security association whose transform is followed by the next
	nested := bytes.Repeat([]byte{
		0, 0, 0, 12, 0, 0, 0, 1, 0, 0, 0, 1,
		0, 0, 0, 8, 1, 1, 0, 1,
		isakmpSA, 0, 0, 8, 1, 1, 0, 0,
	}, 2300)
	// with -vvvv a notification shows all that follows it
	notify := bytes.Repeat([]byte{isakmpNotify, 0, 0, 12, 0, 0, 0, 1, 1, 0, 156, 64}, 5000)
	for first, body := range map[byte][]byte{isakmpSA: nested, isakmpNotify: notify} {
		p := New(testOptions(t, "-nvvvv"))
		header[16] = first
		b := append(bytes.Clone(header), body...)
		func() {
			defer func() {
				if _, ok := recover().(overlong); !ok {
					t.Errorf("the message of %d bytes did not end early", len(b))
				}
			}()
			ip := ipHeader{b: make([]byte, 20), version: 4}
			p.isakmp(b, len(b), ip)
		}()
		if len(p.out) > outputMax+100000 {
			t.Errorf("%d bytes of text for a message of %d", len(p.out), len(b))
		}
	}
}
