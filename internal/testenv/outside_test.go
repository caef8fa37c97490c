package testenv_test

import (
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/testenv"
	"github.com/tapdump/tapdump/pcapfile"
)

// outsideDir has programs of another module.
const outsideDir = "../outside"

// goCommand runs the go command in a folder, and returns what it prints.
func goCommand(folder string, arguments ...string) (string, error) {
	command := exec.Command("go", arguments...)
	command.Dir = folder
	command.Env = append(command.Environ(), "GOFLAGS=", "GOWORK=off", "GOOS=", "GOARCH=")
	out, err := command.CombinedOutput()
	return string(out), err
}

// needsGo skips a test that runs the go command, which machines that run compiled
// tests do not have.
func needsGo(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("runs the go command, which the short form does not")
	}
}

// outside builds the programs and returns the folder where they are.
func outside(t *testing.T) string {
	t.Helper()
	needsGo(t)
	if out, err := goCommand(outsideDir, "mod", "download"); err != nil {
		if os.Getenv("TAPDUMP_REQUIRE_MODULES") != "" {
			t.Fatalf("go mod download: %v\n%s", err, out)
		}
		t.Skipf("the modules that other programs need cannot be had: %s", out)
	}
	bin := t.TempDir() + string(filepath.Separator)
	if out, err := goCommand(outsideDir, "build", "-o", bin, "./..."); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	if out, err := goCommand(outsideDir, "vet", "./..."); err != nil {
		t.Errorf("go vet: %v\n%s", err, out)
	}
	return bin
}

// savedAsPcapng is a capture of testdata, with comments of its own, as pcapng.
func savedAsPcapng(t *testing.T, name string) string {
	t.Helper()
	r, err := pcapfile.Open(filepath.Join("../../testdata/captures", name))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	out := filepath.Join(t.TempDir(), "packets.pcapng")
	w, err := pcapfile.Create(out, r.LinkType(), pcapfile.Format{Pcapng: true})
	if err != nil {
		t.Fatal(err)
	}
	for pkt, err := range capture.Packets(r) {
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(pkt); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestOutside: programs that others write with the library alone build, and do what
// they are for.
func TestOutside(t *testing.T) {
	bin := outside(t)
	lan := savedAsPcapng(t, "lan.pcap")
	frame := append([]byte{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0},
		0x45, 0, 0, 33, 0, 1, 0, 0, 64, 17, 0xf6, 0xc7, 192, 0, 2, 1, 192, 0, 2, 2, 0x9c, 0x40, 0, 7, 0, 13, 0, 0, 'h', 'e', 'l', 'l', 'o')
	for _, c := range []struct {
		program   string
		arguments []string
		want      string
	}{
		{"lines", []string{lan, "udp port 53 and ip"}, "" +
			"23:05:00.600228 IP 192.0.2.1.56910 > 192.0.2.2.53: 4660+ A? www.example.com. (33)\n" +
			"23:05:00.600322 IP 192.0.2.2.53 > 192.0.2.1.56910: 4660* 1/0/0 A 192.0.2.2 (49)\n"},
		{"one", []string{hex.EncodeToString(frame)}, "" +
			"02:00:00:00:00:01 > 02:00:00:00:00:02, ethertype IPv4 (0x0800), length 47: (tos 0x0, ttl 64, id 1, offset 0, flags [none], proto UDP (17), length 33)\n" +
			"    192.0.2.1.40000 > 192.0.2.2.7: UDP, length 5\n"},
		{"search", []string{lan, `server: \w+`}, "" +
			"192.0.2.2: hits at [{69 87}]\n2001:db8::2: hits at [{89 107}]\n" +
			"protocol,local,local_port,remote,remote_port,send_count,send_unique,send_size,receive_count,receive_unique,receive_size\n" +
			"TCP,192.0.2.1,49310,192.0.2.2,8000,0,0,0,1,1,188\n" +
			"TCP,2001:db8::1,42870,2001:db8::2,8000,0,0,0,1,1,188\n"},
		{"gopacket", []string{lan}, "28 4 15\n"},
	} {
		out, err := exec.Command(bin+c.program, c.arguments...).CombinedOutput()
		if got := strings.ReplaceAll(string(out), "\r\n", "\n"); err != nil || got != c.want {
			t.Errorf("%s prints %q, %v; want %q", c.program, got, err, c.want)
		}
	}
	for _, program := range programs(t) {
		text, err := os.ReadFile(program)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(text), "\n"); n >= 40 {
			t.Errorf("%s has %d lines: the library should make that shorter", program, n)
		}
	}
}

// programs are the sources of the seven.
func programs(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(outsideDir, "*", "main.go"))
	if err != nil || len(files) != 7 {
		t.Fatalf("%d programs (%v), want 7", len(files), err)
	}
	return files
}

// TestOutsideLive: those that capture do so, in a network of their own.
func TestOutsideLive(t *testing.T) {
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		t.Skip("needs root on Linux, to make a network namespace")
	}
	for _, command := range []string{"unshare", "ip", "bash"} {
		testenv.NeedsCommand(t, command)
	}
	if err := exec.Command("unshare", "-n", "true").Run(); err != nil {
		t.Skipf("needs CAP_SYS_ADMIN, to make a network namespace: %v", err)
	}
	bin := outside(t)
	// Datagrams are sent once a program is ready.
	run := func(program string, arguments ...string) string {
		t.Helper()
		const script = `ip link set lo up
			"$@" | { read ready; echo "$ready"
				for n in 1 2 3; do for port in 6 7 8; do echo hi 2> /dev/null > /dev/udp/127.0.0.1/$port; done; done
				cat; }`
		out, err := exec.Command("unshare", append([]string{"-n", "bash", "-c", script, "bash", bin + program}, arguments...)...).CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", program, err, out)
		}
		return string(out)
	}
	got := run("socket", "udp dst port 7")
	if !strings.HasPrefix(got, "ready\nIP 127.0.0.1.") || !strings.HasSuffix(got, " > 127.0.0.1.7: UDP, length 3\n") {
		t.Errorf("socket prints %q", got)
	}
	file := filepath.Join(t.TempDir(), "live.pcap")
	run("live", "lo", "udp dst port 8", file)
	out, err := exec.Command(bin+"lines", file, "udp dst port 8 and not port 7").CombinedOutput()
	if n := strings.Count(string(out), " > 127.0.0.1.8: UDP, length 3\n"); err != nil || n != 2 {
		t.Errorf("live wrote %q (%v), want two packets to port 8", out, err)
	}
}
