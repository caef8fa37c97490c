package hosts

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/internal/testenv"
)

// nasty are words that a shell would read otherwise.
var nasty = []string{
	"", " ", "a b", "'", "''", `a'b"c`, `"`, `\`, `\'`, "`id`", "$(id)", "$HOME", "${x:-y}", "*", "?", "[a]", "~", "#", ";", "|", "&", "<x", ">x", "(", ")",
	"{a,b}", "!", "!!", "a\nb", "\n", "\t", "-n", "--", "=", "é", "\xff\xfe", "%s", "a\\", "tcp port 80 and not host 'x'",
}

// TestQuote: a shell reads a quoted word as it was, whatever is in it.
func TestQuote(t *testing.T) {
	for _, shell := range shells(t) {
		out, err := exec.Command(shell[0], append(shell[1:], "-c", `for w in`+quoteAll(nasty)+`; do printf '%s\0' "$w"; done`)...).Output()
		if err != nil {
			t.Fatalf("%s: %v", shell, err)
		}
		if got, want := string(out), strings.Join(nasty, "\x00")+"\x00"; got != want {
			t.Errorf("%s reads\n%q, want\n%q", shell, got, want)
		}
	}
}

// shells are those that are here.
func shells(t *testing.T) (all [][]string) {
	for _, shell := range [][]string{{"sh"}, {"dash"}, {"bash"}, {"busybox", "sh"}, {"mksh"}, {"ksh"}, {"zsh"}} {
		if _, err := exec.LookPath(shell[0]); err == nil {
			all = append(all, shell)
		}
	}
	if all == nil {
		t.Skip("needs a shell")
	}
	return all
}

// TestScripts: shells take each piece, also when it is the last that comes.
func TestScripts(t *testing.T) {
	pieces := map[string]string{
		"firstLine": firstLine, "asking": asking, "copying": copying(5, "x"), "running": running(nasty, false),
		"running a copy": running(nasty, true), "tcpdump": runningTcpdump(nasty),
	}
	for _, shell := range shells(t) {
		for name, piece := range pieces {
			if out, err := exec.Command(shell[0], append(shell[1:], "-n", "-c", piece)...).CombinedOutput(); err != nil {
				t.Errorf("%s, %s: %v\n%s", shell, name, err, out)
			}
		}
	}
}

func TestOperands(t *testing.T) {
	for _, expression := range []string{"", "tcp", "a b", "  a  b ", strings.Repeat("host 10.0.0.1 or ", 20000) + "arp", strings.Repeat("x", 3*maxArgument)} {
		all := operands(expression)
		if got := strings.Join(all, " "); got != expression {
			t.Errorf("%d bytes become %d", len(expression), len(got))
		}
		for _, part := range all {
			if len(part) > maxArgument && strings.Contains(part, " ") {
				t.Errorf("a part has %d bytes", len(part))
			}
		}
	}
}

func TestWithoutConnections(t *testing.T) {
	v4 := &host{found: found{connection: strings.Fields("10.0.0.1 50000 10.0.0.2 22")}}
	v6 := &host{found: found{connection: strings.Fields("fe80::1%eth0 50001 fe80::2%eth0 2222")}}
	mapped := &host{found: found{connection: strings.Fields("::ffff:10.0.0.1 50002 ::ffff:10.0.0.2 22")}}
	const not4 = "not (tcp and host 10.0.0.1 and host 10.0.0.2 and port 50000 and port 22)"
	for _, row := range [...]struct {
		user string
		all  []*host
		want string
	}{
		{"arp", nil, "arp"},
		{"arp", []*host{{}}, "arp"},
		{"", []*host{v4}, not4},
		{"vlan or arp", []*host{v4}, not4 + " and (vlan or arp\n)"},
		{"", []*host{v4, v6}, not4 + " and not (tcp and host fe80::1 and host fe80::2 and port 50001 and port 2222)"},
		{"", []*host{mapped}, "not (tcp and host 10.0.0.1 and host 10.0.0.2 and port 50002 and port 22)"},
		// What is no connection does not get into an expression.
		{"arp", []*host{{found: found{connection: strings.Fields("10.0.0.1 1 or 2")}}}, "arp"},
		{"arp", []*host{{found: found{connection: strings.Fields("10.0.0.1 1 10.0.0.2 70000")}}}, "arp"},
	} {
		if got := withoutConnections(row.user, row.all); got != row.want {
			t.Errorf("%q: %q, want %q", row.user, got, row.want)
		}
	}
}

// TestRunsOn: uname of this machine is that of a system where this program runs.
func TestRunsOn(t *testing.T) {
	testenv.NeedsCommand(t, "uname")
	out, err := exec.Command("uname", "-sm").Output()
	if err != nil {
		t.Fatal(err)
	}
	if system := strings.TrimSpace(string(out)); !runsOn(system) {
		t.Skipf("uname says %q, which may be another machine than Go's", system)
	}
	for _, other := range []string{"", "Plan9 mips", "Linux", "Linux vax"} {
		if runsOn(other) {
			t.Errorf("it runs on %q", other)
		}
	}
}
