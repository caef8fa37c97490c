package printer

import (
	"fmt"
	"net/netip"
	"testing"
	"testing/quick"
)

func printed(f func(p *Printer)) string {
	p := New(Options{})
	f(p)
	return string(p.out)
}

// TestPrintf compares printf with fmt, which has the same verbs.
func TestPrintf(t *testing.T) {
	for _, c := range []struct {
		format string
		args   []any
	}{
		{"plain", nil},
		{"100%% %d", []any{7}},
		{"%d %d %d", []any{0, -5, int64(1) << 40}},
		{"%5d|%-5d|%05d|%+d|% d", []any{42, 42, 42, 42, 42}},
		{"%05d|%5d", []any{-42, -42}},
		{"%x %X %#x %04x %08X", []any{255, 255, 255, 255, uint32(0xabcdef)}},
		{"%o", []any{8}},
		{"%c%c", []any{'a', byte('b')}},
		{"%s %10s|%-10s|%.2s", []any{"a", "bc", "def", "ghij"}},
		{"%s", []any{[]byte("bytes")}},
		{"%*d|%-*d", []any{6, 1, 6, 2}},
		{"%d%0*x%s", []any{1, 6, 0xab, "after"}},
		{"%*d|%*d", []any{-6, 1, 0, 2}},
		{"%%%d%%", []any{7}},
		{"more than sixteen bytes of text %d and %s", []any{7, "as many as that behind it"}},
		{"sixteen bytes...%#x%#x", []any{255, uint64(1) << 40}},
		{"%.*s", []any{3, "abcdef"}},
		{"%f %.2f %8.3f %08.3f", []any{1.5, 2.345, 3.14159, 3.14159}},
		{"%d %d %d %d", []any{uint8(1), uint16(2), uint32(3), uint64(4)}},
		{"%d %d %d", []any{int8(-1), int16(-2), int32(-3)}},
		{"%.3d", []any{7}},
	} {
		want := fmt.Sprintf(c.format, c.args...)
		if got := printed(func(p *Printer) { p.printf(c.format, c.args...) }); got != want {
			t.Errorf("printf(%q, %v) = %q, want %q", c.format, c.args, got, want)
		}
	}
}

// C differs from fmt in %g and in %x of negative numbers.
func TestPrintfAsC(t *testing.T) {
	for _, c := range []struct {
		v    float64
		prec int
		want string
	}{
		{0, 10, "0"}, {1, 10, "1"}, {1250000, 10, "1250000"}, {0.1, 10, "0.1"},
		{1e10, 10, "1e+10"}, {123456789012, 10, "1.23456789e+11"}, {0.0001, 6, "0.0001"},
		{0.00001, 6, "1e-05"}, {-2.5, 6, "-2.5"},
	} {
		if got := printed(func(p *Printer) { p.printf("%.*g", c.prec, c.v) }); got != c.want {
			t.Errorf("%%.%dg of %v = %q, want %q", c.prec, c.v, got, c.want)
		}
	}
	if got := printed(func(p *Printer) { p.printf("%#x", 0) }); got != "0" {
		t.Errorf("%%#x of 0 = %q, want 0", got)
	}
	if got := printed(func(p *Printer) { p.printf("%x", int32(-1)) }); got != "ffffffff" {
		t.Errorf("%%x of -1 = %q, want ffffffff", got)
	}
}

func TestTables(t *testing.T) {
	table := []tok{{1, "one"}, {2, "two"}, {2, "never"}, {4, "four"}}
	for _, c := range []struct{ got, want string }{
		{printed(func(p *Printer) { p.printf("%s", tokStr(table, "unknown (%d)", 2)) }), "two"},
		{printed(func(p *Printer) { p.printf("%s", tokStr(table, "unknown (%d)", 9)) }), "unknown (9)"},
		{printed(func(p *Printer) { p.printf("%s", tokStr(table, "0x%04x", uint32(0xfffffff0))) }), "0xfffffff0"},
		{printed(func(p *Printer) { p.printf("%s", tokStr(table, "", uint32(0xffffffff))) }), "#-1"},
		{printed(func(p *Printer) { p.printf("%s", tokStr(table, "none", 3)) }), "none"},
		{printed(func(p *Printer) { p.printf("[%s]", bitStr(table, "none", 5)) }), "[one, four]"},
		{printed(func(p *Printer) { p.printf("[%s]", bitStrSep(table, "none", "", 7)) }), "[onetwoneverfour]"},
		{printed(func(p *Printer) { p.printf("[%s]", bitStr(table, "none", 8)) }), "[none]"},
		{printed(func(p *Printer) { p.printf("[%s]", bitStr(table, "", 8)) }), "[#00000008]"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

// TestIPv6Text compares with net/netip, which follows RFC 5952 too, but for
// IPv4-compatible addresses.
func TestIPv6Text(t *testing.T) {
	same := func(a [16]byte, zeros uint16) bool {
		for i := range a {
			if zeros>>i&1 != 0 {
				a[i] = 0
			}
		}
		if [12]byte(a[:12]) == [12]byte{} {
			return true // IPv4-compatible: the table below
		}
		return string(appendIPv6(nil, a)) == netip.AddrFrom16(a).String()
	}
	if err := quick.Check(same, &quick.Config{MaxCount: 20000}); err != nil {
		t.Error(err)
	}
	for _, c := range []struct{ addr, want string }{
		{"::", "::"}, {"::1", "::1"}, {"1::", "1::"}, {"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
		{"::c000:201", "::192.0.2.1"}, {"1:0:0:2:0:0:0:3", "1:0:0:2::3"}, {"1:0:2:0:3:0:4:0", "1:0:2:0:3:0:4:0"},
	} {
		if got := string(appendIPv6(nil, netip.MustParseAddr(c.addr).As16())); got != c.want {
			t.Errorf("%s printed as %s, want %s", c.addr, got, c.want)
		}
	}
}

func TestIPv4Text(t *testing.T) {
	same := func(a [4]byte) bool { return string(appendIPv4(nil, a)) == netip.AddrFrom4(a).String() }
	if err := quick.Check(same, &quick.Config{MaxCount: 5000}); err != nil {
		t.Error(err)
	}
}

func TestUintText(t *testing.T) {
	same := func(v uint64, shift uint8) bool {
		v >>= shift & 63
		return string(appendUint(nil, v)) == fmt.Sprint(v)
	}
	if err := quick.Check(same, &quick.Config{MaxCount: 20000}); err != nil {
		t.Error(err)
	}
	values := []uint64{1<<32 - 1, 1 << 32}
	for v := range uint64(10000) { // both halves of eight digits
		values = append(values, v, v*10000, v*10001)
	}
	for v := uint64(1); v < 1e10; v *= 10 {
		values = append(values, v-1, v, v+1)
	}
	for _, v := range values {
		if got := string(appendUint(nil, v)); got != fmt.Sprint(v) {
			t.Errorf("%d printed as %s", v, got)
		}
	}
}

func TestDuration(t *testing.T) {
	for _, c := range []struct {
		secs uint32
		want string
	}{{0, "0s"}, {59, "59s"}, {60, "1m"}, {3661, "1h1m1s"}, {32230861, "1y1w1d1h1m1s"}, {4294967295, "136y10w6h28m15s"}} {
		if got := printed(func(p *Printer) { p.duration(c.secs) }); got != c.want {
			t.Errorf("%d s = %q, want %q", c.secs, got, c.want)
		}
	}
	if got := printed(func(p *Printer) { p.durationSigned(-2147483648) }); got != "-68y5w3h14m8s" {
		t.Errorf("the most negative duration = %q", got)
	}
}

func TestSafe(t *testing.T) {
	got := printed(func(p *Printer) { p.safe([]byte("a\x00\x1b[31m\x7f\x80\x8a\xff~\"\\")) })
	if want := `a^@^[[31m^?M-^@M-^JM-^?~"\`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestMaskLength(t *testing.T) {
	for n := 0; n <= 32; n++ {
		if got := maskLength(^uint32(0) << (32 - n)); got != n {
			t.Errorf("/%d came out as %d", n, got)
		}
	}
	if got := maskLength(0xff00ff00); got != -1 {
		t.Errorf("a mask with a hole has length %d", got)
	}
}

// TestChecksum sums RFC 1071's example (section 3).
func TestChecksum(t *testing.T) {
	b := []byte{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7}
	if got := checksum(b); got != ^uint16(0xddf2) {
		t.Errorf("checksum = %#04x, want %#04x", got, ^uint16(0xddf2))
	}
	with := append(b, 0x22, 0x0d)
	if got := checksum(with); got != 0 {
		t.Errorf("checksum over data with its checksum = %#04x, want 0", got)
	}
	bad := append([]byte(nil), with...)
	bad[0] = 0x80
	if got := checksumShould(0x220d, checksum(bad)); got != 0xa20c {
		t.Errorf("checksum should be %#04x, want 0xa20c", got)
	}
}
