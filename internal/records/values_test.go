package records

import (
	"math"
	"net/netip"
	"strconv"
	"strings"
	"testing"
)

// TestAppendUint: numbers of every length, and their neighbours.
func TestAppendUint(t *testing.T) {
	numbers := []uint64{math.MaxUint64, math.MaxUint64 - 1, math.MaxUint32, math.MaxInt64}
	for n := uint64(1); ; n *= 10 {
		numbers = append(numbers, n-1, n, n+1, n*9, n*15/10)
		if n > math.MaxUint64/10 {
			break
		}
	}
	for i := range 64 {
		numbers = append(numbers, 1<<i-1, 1<<i, 1<<i+1)
	}
	for n := range uint64(30_000) {
		numbers = append(numbers, n)
	}
	for _, n := range numbers {
		for _, room := range []int{0, 64} {
			b := append(make([]byte, 0, room), "x"...)
			if got, want := string(appendUint(b, n)), "x"+strconv.FormatUint(n, 10); got != want {
				t.Fatalf("%s, want %s", got, want)
			}
		}
	}
}

// FuzzAppendAddr: addresses as package netip writes them.
func FuzzAppendAddr(f *testing.F) {
	for _, s := range []string{"::", "::1", "1::", "2001:db8::1", "2001:db8:0:1::1", "1:0:0:2:0:0:0:3", "1:0:0:0:2:0:0:3", "0:1::2:0", "1:2:3:4:5:6:7:8",
		"fe80::1%eth0", "::ffff:192.0.2.1", "::192.0.2.1", "1:0:3:4:5:6:7:0", "0:2:3:4:5:6:0:0", "abcd:ef0:12:3::", "192.0.2.1"} {
		a := netip.MustParseAddr(s)
		b := a.As16()
		f.Add(b[:], a.Zone(), a.Is4())
	}
	f.Fuzz(func(t *testing.T, b []byte, zone string, v4 bool) {
		if len(b) < 16 {
			return
		}
		a := netip.AddrFrom16([16]byte(b)).WithZone(zone)
		if v4 {
			a = netip.AddrFrom4([4]byte(b[12:]))
		}
		if got, want := string(appendAddr([]byte("x"), a)), "x"+a.String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	})
}

// TestAddressesWithZeros: every set of groups that are zero.
func TestAddressesWithZeros(t *testing.T) {
	for zero := range 256 {
		for _, group := range []byte{0x01, 0x20, 0xff} {
			var a [16]byte
			for i := range 8 {
				if zero>>i&1 == 0 {
					a[2*i], a[2*i+1] = group&byte(i<<3), group
				}
			}
			if got, want := string(appendAddr(nil, netip.AddrFrom16(a))), netip.AddrFrom16(a).String(); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
	}
}

// TestChunks: texts of all lengths, with and without room behind.
func TestChunks(t *testing.T) {
	for n := range 70 {
		text := strings.Repeat("a", n)
		c := newChunk(text)
		for _, room := range []int{1, n + 1, 32, 33, 34, 200} {
			if got := string(c.append(append(make([]byte, 0, room), 'x'))); got != "x"+text {
				t.Errorf("%d bytes with room for %d: %s", n, room, got)
			}
		}
	}
}
