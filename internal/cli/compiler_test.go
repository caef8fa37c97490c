package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNamesInExpressions: what a name means is looked up for the protocol that the
// expression asks for, and -f alone knows a network for ip broadcast.
func TestNamesInExpressions(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	services := file("services", "onlytcp 98/tcp\nonlyudp 99/udp\nboth 97/tcp\nboth 97/udp\n")
	protocols := file("protocols", "fourth 4 FOURTH\nfar 256 FAR\nlast 255 LAST\n")
	ethers := file("ethers", "02:00:00:00:00:0f board\n")
	networks := file("networks", "lab 192.0.2.0\n")
	run := func(expression string) (program, complaint string) {
		var stdout, stderr bytes.Buffer
		c := newTestCommand("tapdump", strings.NewReader(""), &stdout, &stderr)
		c.host.names.Files.Services, c.host.names.Files.Protocols = services, protocols
		c.host.names.Files.Ethers, c.host.names.Files.Networks = ethers, networks
		c.main(append([]string{"tapdump", "-y", "EN10MB", "-d"}, strings.Fields(expression)...))
		return stdout.String(), stderr.String()
	}
	for name, number := range map[string]string{
		"tcp port onlytcp": "tcp port 98", "udp port onlyudp": "udp port 99", "tcp port both": "tcp port 97", "udp port both": "udp port 97",
		"ip proto fourth": "ip proto 4", "ip proto last": "ip proto 255", "ether host board": "ether host 02:00:00:00:00:0f", "net lab": "net 192.0.2.0",
	} {
		got, complaint := run(name)
		if want, _ := run(number); got != want || got == "" {
			t.Errorf("%s is not %s: %s%s", name, number, got, complaint)
		}
	}
	for _, expression := range []string{"tcp port onlyudp", "udp port onlytcp", "ip proto far", "ether host card", "net nowhere", "port neither"} {
		if got, complaint := run(expression); got != "" || !strings.Contains(complaint, expression[strings.LastIndex(expression, " ")+1:]) {
			t.Errorf("%s is taken: %s%s", expression, got, complaint)
		}
	}
	if got, _ := run("ip broadcast"); !strings.Contains(got, "#0xfffffffe ") {
		t.Errorf("ip broadcast without a network:\n%s", got)
	}
}

// TestBareInstructions: -d ends lines as the version that is followed does.
func TestBareInstructions(t *testing.T) {
	dump := func(version string) string {
		var stdout, stderr bytes.Buffer
		c := newTestCommand("tapdump", strings.NewReader(""), &stdout, &stderr)
		if status := c.main([]string{"tapdump", "--like", version, "-y", "EN10MB", "-dO", "5 + -link[0] = 3"}); status != 0 || stderr.Len() > 0 {
			t.Fatalf("status %d, says %s", status, stderr.String())
		}
		return stdout.String()
	}
	older, newer := dump("4.99"), dump("5.0")
	if !strings.Contains(older, ") neg      \n") || strings.Contains(newer, " \n") || strings.ReplaceAll(older, "      \n", "\n") != newer {
		t.Errorf("with 4.99:\n%s\nwith 5.0:\n%s", older, newer)
	}
}
