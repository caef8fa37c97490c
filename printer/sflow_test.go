package printer

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// TestSFlowBound: records that claim no length but show some do not make text
// without bound.
func TestSFlowBound(t *testing.T) {
	var b []byte
	for _, v := range []uint32{5, 1, 0xc0000201, 1, 2, 3, 1, sflowCounterSample, 64000, 1, 1, 6000} {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	b = append(b, bytes.Repeat([]byte{0, 0, 0, sflowCounterInterface, 0, 0, 0, 0}, 7990)...)
	b = append(b, make([]byte, 200)...)
	p := New(testOptions(t, "-nv"))
	func() {
		defer func() {
			if _, ok := recover().(overlong); !ok {
				t.Error("the datagram did not end early")
			}
		}()
		p.sflow(b, len(b))
	}()
	if len(p.out) > outputMax+1000 {
		t.Errorf("%d bytes of text for a datagram of %d", len(p.out), len(b))
	}
}
