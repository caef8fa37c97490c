package args

import (
	"strings"
	"testing"

	"github.com/tapdump/tapdump/printer"
	"github.com/tapdump/tapdump/versions"
)

// TestFollow: which version a command line follows, and what is said of one that
// there is not.
func TestFollow(t *testing.T) {
	for _, c := range []struct {
		variable, line string
		want           versions.Version
		err            string
	}{
		{"", "-n", versions.V4_99_6, ""},
		{"5.0", "-n", versions.V5_0, ""},
		{"5.0", "--like 4.99", versions.V4_99, ""},
		{"5.0", "--like=4.99.6", versions.V4_99_6, ""},
		{"6", "--like 5.0", versions.V5_0, ""},
		{"6", "-h", 0, `TAPDUMP_LIKE="6": not one of 4.99.6, 4.99, 5.0`},
		{"6", "-w --like -n", 0, `TAPDUMP_LIKE="6": not one of 4.99.6, 4.99, 5.0`},
		{"", "tcp --lik 5.0", versions.V5_0, ""},
		{"", "-P --wrong -nP --like 5.0", versions.V5_0, ""},
		{"", "-w --like 5.0", versions.V4_99_6, ""},
		{"", "-w x --like 5.0 --like 4.99", versions.V4_99, ""},
		{"", "-- --like 5.0", versions.V4_99_6, ""},
		{"", "--l 5.0", versions.V4_99_6, ""},
		{"", "--like", versions.V4_99_6, ""},
		{"", "--like 7", versions.V4_99_6, ""}, // Parse complains
	} {
		host := testHost(t)
		host.Like = c.variable
		got, err := Follow(Program{Name: "tapdump"}, strings.Fields(c.line), host)
		if message := errorOf(err); got != c.want || message != c.err {
			t.Errorf("TAPDUMP_LIKE=%s tapdump %s follows %s, %q; want %s, %q", c.variable, c.line, got, message, c.want, c.err)
		}
	}
}

func errorOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestFollowPosix: an operand ends the options where the system wants that.
func TestFollowPosix(t *testing.T) {
	host := testHost(t)
	host.Posix = true
	if got, err := Follow(Program{Name: "tapdump"}, []string{"tcp", "--like", "5.0"}, host); got != versions.V4_99_6 || err != nil {
		t.Errorf("an option behind an operand counts: %s, %v", got, err)
	}
}

// TestQUICType: versions that know no QUIC refuse -T quic.
func TestQUICType(t *testing.T) {
	_, known := printer.PacketTypeByName("quic")
	for _, v := range versions.All() {
		_, err := Parse(Program{Name: "tapdump", Like: v}, []string{"-T", "QUIC"}, testHost(t))
		if awaited := known && v >= versions.V5_0; awaited != (err == nil) || !awaited && err.Error() != "unknown packet type 'QUIC'" {
			t.Errorf("%s: -T QUIC: %v", v, err)
		}
	}
}
