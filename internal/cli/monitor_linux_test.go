package cli

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/tapdump/tapdump/capture/live"
)

// TestMonitorOfSeveral: of several devices those without monitor mode are captured from
// as they are, which is said, but one has to have it.
func TestMonitorOfSeveral(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	const lacks = ": That device doesn't support monitor mode"
	for _, c := range []struct{ devices, want string }{
		{"-i lo", "tapdump: lo" + lacks + "\n"},
		{"-i any", "tapdump: any" + lacks + "\n"},
		{"-i lo -i any", "tapdump: WARNING: lo" + lacks + ", and is captured from as it is\ntapdump: any" + lacks + "\n"},
	} {
		var stdout, stderr bytes.Buffer
		status := runInProcess("tapdump", append([]string{"-I", "-L"}, strings.Fields(c.devices)...), &stdout, &stderr)
		if status != 1 || stderr.String() != c.want || stdout.Len() > 0 {
			t.Errorf("-I %s: status %d, %q, %q, want %q", c.devices, status, &stdout, &stderr, c.want)
		}
	}
}

// TestMonitorOfDown: a Wi-Fi device that is named need not be up for its radio to be
// listened to; of a pattern it has to be.
func TestMonitorOfDown(t *testing.T) {
	devices := []live.Device{{Name: "wlan0", Wireless: true}, {Name: "eth0"}, {Name: "wlan1", Wireless: true, Up: true}}
	for _, c := range []struct {
		device   string
		monitor  bool
		up, down []string
	}{
		{"wlan0", true, []string{"wlan0"}, nil},
		{"wlan0", false, nil, []string{"wlan0"}},
		{"eth0", true, nil, []string{"eth0"}},
		{"wlan*", true, []string{"wlan1"}, []string{"wlan0"}},
	} {
		up, down, err := pick(c.device, devices, c.monitor)
		if err != nil || !slices.Equal(up, c.up) || !slices.Equal(down, c.down) {
			t.Errorf("%s, -I %v: up %q, down %q, %v", c.device, c.monitor, up, down, err)
		}
	}
}

// simulatedRadio is a Wi-Fi device of mac80211_hwsim, whose frames go nowhere.
func simulatedRadio(t *testing.T) string {
	t.Helper()
	all, _ := filepath.Glob("/sys/class/net/wlan*/phy80211")
	for _, link := range all {
		driver, err := os.Readlink(filepath.Dir(link) + "/device/driver")
		if err == nil && filepath.Base(driver) == "mac80211_hwsim" && os.Geteuid() == 0 {
			return filepath.Base(filepath.Dir(link))
		}
	}
	t.Skip("needs root, and radios in software (modprobe mac80211_hwsim)")
	return ""
}

// TestMonitorLists: -L tells the link types of a Wi-Fi device in the mode that is asked
// for, in tcpdump's words, and leaves nothing behind; nor does a capture.
func TestMonitorLists(t *testing.T) {
	radio := simulatedRadio(t)
	if out, err := exec.Command("ip", "link", "set", radio, "up").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	const air = " (use option -y to set):\n  IEEE802_11_RADIO (802.11 plus radiotap header)\n"
	const wire = " (use option -y to set):\n  EN10MB (Ethernet)\n"
	for line, want := range map[string]string{
		"-L -i " + radio:          "Data link types for " + radio + " when not in monitor mode" + wire,
		"-L -I -i " + radio:       "Data link types for " + radio + " when in monitor mode" + air,
		"-L -I -i lo -i " + radio: "Data link types for lo" + wire + "Data link types for " + radio + " when in monitor mode" + air,
	} {
		var stdout, stderr bytes.Buffer
		if status := runInProcess("tapdump", strings.Fields(line), &stdout, &stderr); status != 0 || stdout.String() != want {
			t.Errorf("%s: status %d, %s\n%s\nwant\n%s", line, status, &stderr, &stdout, want)
		}
	}
	monitors := func() []string {
		all, _ := filepath.Glob("/sys/class/net/mon*")
		return all
	}
	before := len(monitors())
	r := startLive(t, "-I", "-i", radio, "-w", filepath.Join(t.TempDir(), "x.pcap"))
	if there := len(monitors()); there != before+1 {
		t.Errorf("%d monitor interfaces, were %d", there, before)
	}
	if err := syscall.Kill(os.Getpid(), syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if status := r.ended(t); status != 0 {
		t.Errorf("status %d: %s", status, &r.stderr)
	}
	if there := len(monitors()); there != before {
		t.Errorf("%d monitor interfaces, were %d", there, before)
	}
}
