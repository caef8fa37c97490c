package apps

import (
	"net/netip"
	"testing"

	"github.com/tapdump/tapdump/capture/header"
)

// TestMySQLContinues: a packet of 2^24-1 bytes goes on in the next one, which is no
// command by itself.
func TestMySQLContinues(t *testing.T) {
	k := talk1{transport: header.ProtocolTCP, client: netip.MustParseAddrPort("192.0.2.1:40000"), server: netip.MustParseAddrPort("192.0.2.2:3306")}
	r := replay{d: New(Options{})}
	r.begin(&k)
	var all []byte
	play := func(b []byte) {
		for len(b) > 0 {
			n := min(len(b), 60000)
			r.packet(&k, true, b[:n], header.PSH)
			all = r.said(all)
			b = b[n:]
		}
	}
	long := append([]byte("\xff\xff\xff\x00\x03SELECT "), make([]byte, mysqlContinues-len("\x03SELECT "))...)
	for i := len("\xff\xff\xff\x00\x03SELECT "); i < len(long); i++ {
		long[i] = 'x'
	}
	play([]byte("\x09\x00\x00\x00\x03SELECT 1")) // by which it is known
	play(long)
	play([]byte("\x01\x00\x00\x01\x01")) // COM_QUIT, were it a command
	play([]byte("\x01\x00\x00\x00\x0e"))
	want := ": MySQL COM_QUERY (SELECT 1): MySQL COM_QUERY (SELECT "
	for range nameMax - len("SELECT ") {
		want += "x"
	}
	want += "...): MySQL COM_PING"
	if string(all) != want {
		t.Errorf("%s\nis said, want\n%s", all, want)
	}
}
