package printer

import "testing"

func TestPrefixes(t *testing.T) {
	b := []byte{20, 10, 1, 0xff, 0xff}
	for _, c := range []struct {
		first         byte
		size, bits, n int
		want          string
	}{
		{20, 5, 20, 4, "10.1.240.0"},
		{16, 3, 16, 3, "10.1.0.0"},
		{0, 1, 0, 1, "0.0.0.0"},
		{32, 5, 32, 5, "10.1.255.255"},
		{33, 5, 33, prefixIllegal, "0.0.0.0"},
		{20, 3, 20, prefixShort, "0.0.0.0"},
		{20, 0, 0, prefixShort, "0.0.0.0"},
	} {
		b[0] = c.first
		a, bits, n := prefix4At(b, 0, c.size)
		if a.String() != c.want || bits != c.bits || n != c.n {
			t.Errorf("/%d in %d bytes: %s, %d bits, %d; want %s, %d, %d", c.first, c.size, a, bits, n, c.want, c.bits, c.n)
		}
	}
	if a, bits, n := prefix6At([]byte{13, 0x20, 0xff}, 0, 3); a.String() != "20f8::" || bits != 13 || n != 3 {
		t.Errorf("IPv6 /13: %s, %d bits, %d; want 20f8::, 13, 3", a, bits, n)
	}
}
