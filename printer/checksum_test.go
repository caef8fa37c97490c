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
