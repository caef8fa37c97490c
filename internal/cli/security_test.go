package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// securityPage is SECURITY.md.
func securityPage(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "SECURITY.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestSecurityPage: every test that SECURITY.md names is there.
func TestSecurityPage(t *testing.T) {
	var defined strings.Builder
	err := filepath.WalkDir(filepath.Join("..", ".."), func(path string, d os.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, "_test.go") {
			var text []byte
			text, err = os.ReadFile(path)
			defined.Write(text)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile("`((?:Test|Fuzz)[A-Z][A-Za-z0-9]*)`").FindAllStringSubmatch(securityPage(t), -1)
	if len(names) < 30 {
		t.Errorf("only %d tests are named", len(names))
	}
	for _, name := range names {
		if !strings.Contains(defined.String(), "\nfunc "+name[1]+"(") {
			t.Errorf("there is no %s", name[1])
		}
	}
}

// runTapdump runs a command line in this process.
func runTapdump(args ...string) (status int, stdout, stderr string) {
	var o, e bytes.Buffer
	status = newCommand("tapdump", strings.NewReader(""), &o, &e).main(append([]string{"tapdump"}, args...))
	return status, o.String(), e.String()
}

// TestNoRemoteCapture: what libpcap may take for another host to capture on is
// an interface that does not exist.
func TestNoRemoteCapture(t *testing.T) {
	for _, device := range []string{"rpcap://192.0.2.1/eth0", "rpcaps://192.0.2.1:2002/eth0", "rpcap://"} {
		status, _, stderr := runTapdump("-i", device, "-c", "1")
		if status != 1 || !strings.Contains(stderr, device+": No such device exists") && !strings.Contains(stderr, "permission") {
			t.Errorf("%s: exit status %d\n%s", device, status, stderr)
		}
	}
}

// TestLongNames: names and expressions of any length, on the command line and in
// files, are read whole or refused (CVE-2018-14879 and CVE-2018-16301 of
// tcpdump).
func TestLongNames(t *testing.T) {
	t.Chdir(t.TempDir())
	capture := makeCapture(t, 3)
	long := strings.Repeat("x", 1<<20)
	write := func(name, text string) string {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	for _, args := range [][]string{
		{"-r", long}, {"-V", long}, {"-F", long, "-r", capture}, {"-w", long, "-r", capture}, {"-i", long}, {"-E", long, "-r", capture, "-c", "x"},
		{"-V", write("long", long)}, {"-V", write("longline", capture+"\n"+long+"\n")}, {"-V", write("zeros", strings.Repeat("\x00", 1<<16))},
		{"-r", capture, "-F", write("expression", "host "+long)}, {"-r", capture, "host", long}, {"-" + long[:1000] + "?", "-r", capture}, {"--" + long}, {"-s", long}, {"-z", long, "-w", "o", "-r", capture},
		{"-r", capture, "-w", long + "%Y", "-G", "1"}, {"-r", capture, "-w", strings.Repeat("%Y", 1<<16), "-G", "1"},
	} {
		if status, _, stderr := runTapdump(args...); status == 0 || stderr == "" {
			t.Errorf("%.20q...: exit status %d, %.200s", args, status, stderr)
		}
	}
	// The longest expression that there is in practice: a file of hosts.
	hosts := "host 192.0.2.1" + strings.Repeat(" or host 192.0.2.1", 20_000)
	if status, _, stderr := runTapdump("-r", capture, "-n", "-F", write("hosts", hosts)); status != 0 {
		t.Errorf("a long expression: exit status %d, %.200s", status, stderr)
	}
}
