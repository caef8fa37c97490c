package printer

import (
	"math/rand"
	"testing"
)

// TestOnesSum compares sums of many lengths with one by 16-bit words.
func TestOnesSum(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	b := make([]byte, 300)
	for n := range b {
		for _, fill := range []func() byte{func() byte { return byte(random.Int()) }, func() byte { return 0xff }, func() byte { return 0 }} {
			var sum uint64
			for i := range b[:n] {
				b[i] = fill()
				sum += uint64(b[i]) << (8 * (1 - i%2))
			}
			if got, want := checksum(b[:n]), onesFold(sum); got != want {
				t.Fatalf("checksum of % x is %#x, want %#x", b[:n], got, want)
			}
		}
	}
}

// TestIP6Texts compares addresses whose text is kept with the text that is made anew:
// more than there is room for, and those that come again.
func TestIP6Texts(t *testing.T) {
	var texts ip6Texts
	random := rand.New(rand.NewSource(1))
	addresses := make([]addr6, 1000)
	for i := range addresses[1:] { // the first is ::
		random.Read(addresses[1+i][random.Intn(16):])
	}
	for range 20000 {
		a := addresses[random.Intn(random.Intn(len(addresses))+1)]
		if got, want := string(texts.append([]byte("> "), a)), "> "+string(appendIPv6(nil, a)); got != want {
			t.Fatalf("%q, want %q", got, want)
		}
	}
}

// TestPrintable compares the length of text with one found byte by byte.
func TestPrintable(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	for n := range 5000 {
		b := make([]byte, n%40)
		for i := range b {
			b[i] = byte(0x20 + random.Intn(0x5f))
		}
		for range random.Intn(3) {
			if len(b) > 0 {
				b[random.Intn(len(b))] = []byte{0, 9, 0x1f, 0x20, 0x7e, 0x7f, 0x80, 0x9f, 0xa0, 0xfe, 0xff}[random.Intn(11)]
			}
		}
		want := 0
		for want < len(b) && b[want] >= 0x20 && b[want] <= 0x7e {
			want++
		}
		if got := printable(b); got != want {
			t.Fatalf("%q begins with %d bytes of text, want %d", b, got, want)
		}
	}
}
