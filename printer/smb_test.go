package printer

import (
	"testing"
	"time"
	_ "time/tzdata" // where the system has no zones
)

// TestSMBTimeInSummer: times of DOS know no daylight saving; they are shown in
// the zone's own, as mktime with tm_isdst 0 and localtime do.
func TestSMBTimeInSummer(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	p := New(Options{Location: zone})
	for _, c := range []struct{ packed, want string }{
		{"\x00\x00\x2f\x26", "1999-01-15 00:00:00\n"},
		{"\x00\x60\xef\x26", "1999-07-15 13:00:00\n"}, // noon without daylight saving
		{"\x00\x60\x8f\x26", "1999-04-15 13:00:00\n"}, // six months on it is still summer
		{"\x00\x00\x00\x00", "NULL\n"},
		{"\xff\xff\xff\xff", "NULL\n"},
	} {
		p.out = p.out[:0]
		m := smbMessage{b: []byte(c.packed)}
		if n, ok := p.smbTime(&m, 0, 1); n != 4 || !ok || string(p.out) != c.want {
			t.Errorf("time % x is %q (%d bytes, whole: %t), want %q", c.packed, p.out, n, ok, c.want)
		}
	}
}
