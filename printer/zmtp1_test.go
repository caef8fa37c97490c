package printer

import "testing"

// TestZMTP1Datagram prints what PGM carries: an offset, the end of an earlier
// message, frames.
func TestZMTP1Datagram(t *testing.T) {
	for _, test := range []struct {
		name, in, want string
		length         int
	}{
		{"frames", "\x00\x00\x03\x01ab\x01\x00",
			"\n\t frame offset 0x0000\n\t frame flags+body  (8-bit) length 3, flags 0x01" +
				"\n\t frame flags+body  (8-bit) length 1, flags 0x00", 8},
		{"the end of a message, a frame", "\x00\x02xy\x01\x00",
			"\n\t frame offset 0x0002\n\t frame intermediate part, 2 bytes" +
				"\n\t frame flags+body  (8-bit) length 1, flags 0x00", 6},
		{"nothing but a part", "\xff\xffxyz", "\n\t frame offset 0xffff\n\t frame intermediate part, 3 bytes", 5},
		{"a part that is cut", "\xff\xffxy",
			"\n\t frame offset 0xffff\n\t frame intermediate part, 7 bytes (2 captured)", 9},
		{"an offset past the end", "\x00\x09xy", "\n\t frame offset 0x0009 (exceeds datagram declared length)", 4},
	} {
		p := New(Options{})
		func() {
			defer func() {
				if v := recover(); v != nil {
					if _, ok := v.(truncated); !ok {
						panic(v)
					}
				}
			}()
			p.zmtp1Datagram([]byte(test.in), test.length)
		}()
		if got := string(p.out); got != test.want {
			t.Errorf("%s: printed %q, want %q", test.name, got, test.want)
		}
	}
}
