package live

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/testenv"
)

// simulatedRadios are the Wi-Fi devices of mac80211_hwsim, whose frames go nowhere.
func simulatedRadios(t *testing.T) (names []string) {
	t.Helper()
	all, _ := filepath.Glob("/sys/class/net/*/phy80211")
	for _, link := range all {
		name := filepath.Base(filepath.Dir(link))
		if driver, err := os.Readlink(filepath.Dir(link) + "/device/driver"); err == nil && filepath.Base(driver) == "mac80211_hwsim" &&
			!strings.HasPrefix(name, "mon") {
			names = append(names, name)
		}
	}
	if len(names) < 2 || os.Geteuid() != 0 {
		t.Skip("needs root, and radios in software (modprobe mac80211_hwsim)")
	}
	slices.Sort(names)
	return names
}

// TestMonitor: a Wi-Fi device in monitor mode yields frames of another radio; the
// interface that was made for that is gone when Close returns, and the device is as it
// was.
func TestMonitor(t *testing.T) {
	radios := simulatedRadios(t)
	interfaces := func() (all []string) {
		links, err := net.Interfaces()
		if err != nil {
			t.Fatal(err)
		}
		for i := range links {
			all = append(all, links[i].Name+" "+links[i].Flags.String())
		}
		return all
	}
	before := interfaces()
	for _, cfg := range []Config{{Monitor: true, Promiscuous: true}, {Monitor: true, Immediate: true}, {Monitor: true, Workers: 2}} {
		l, other := mustOpen(t, radios[0], cfg), mustOpen(t, radios[1], Config{Monitor: true})
		if l.Device() != radios[0] || l.LinkType() != capture.LinkIEEE802_11_RADIO || !l.CanMonitor() {
			t.Errorf("%s yields %s; it can be in monitor mode: %v", l.Device(), l.LinkType(), l.CanMonitor())
		}
		if l.MonitorIndex() == 0 || l.MonitorIndex() == l.Index() {
			t.Errorf("the interface for it is number %d, the device %d", l.MonitorIndex(), l.Index())
		}
		owners := 0
		for _, fd := range l.Sockets() {
			if domain, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_DOMAIN); err != nil {
				t.Error(err)
			} else if domain == unix.AF_NETLINK {
				owners++
			}
			if fd < FirstSocket {
				t.Errorf("a socket has descriptor %d", fd)
			}
		}
		if owners != 1 {
			t.Errorf("%d sockets of netlink, want one", owners)
		}
		if _, err := l.Start(nil); err != nil {
			t.Fatal(err)
		}
		sendFrame(t, other.MonitorIndex())
		waitReceived(t, l, 1)
		l.Interrupt()
		if got := collect(t, l); len(got) == 0 || !bytes.Contains(got[0].Data, []byte("marked")) {
			t.Errorf("%d packets", len(got))
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if err := other.Close(); err != nil {
			t.Error(err)
		}
		if after := interfaces(); !slices.Equal(before, after) {
			t.Errorf("interfaces are %q, were %q", after, before)
		}
	}
}

// sendFrame sends a frame of 802.11 through a monitor interface.
func sendFrame(t *testing.T, index int) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	// Radiotap without fields, and a beacon to all.
	frame := append([]byte{0, 0, 8, 0, 0, 0, 0, 0, 0x80, 0, 0, 0}, bytes.Repeat([]byte{0xff}, 6)...)
	frame = append(frame, 2, 0, 0, 0, 9, 9, 2, 0, 0, 0, 9, 9, 0, 0)
	frame = append(frame, append(make([]byte, 12), "\x00\x06marked"...)...)
	if err := unix.Sendto(fd, frame, 0, &unix.SockaddrLinklayer{Ifindex: index}); err != nil {
		t.Fatal(err)
	}
}

// monitorVariable in the environment is the device that the process is to open in
// monitor mode, and stay.
const monitorVariable = "LIVE_TEST_MONITOR"

// TestMonitorOfKilled: the interface goes with the process, even when that is killed.
func TestMonitorOfKilled(t *testing.T) {
	if device := os.Getenv(monitorVariable); device != "" {
		l := mustOpen(t, device, Config{Monitor: true})
		link, err := net.InterfaceByIndex(l.MonitorIndex())
		if err != nil {
			t.Fatal(err)
		}
		os.Stdout.WriteString(link.Name + "\n")
		select {}
	}
	radios := simulatedRadios(t)
	cmd := exec.Command(os.Args[0], "-test.run=^TestMonitorOfKilled$")
	cmd.Env = append(os.Environ(), monitorVariable+"="+radios[0])
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 64)
	n, err := out.Read(b)
	name := strings.TrimSpace(string(b[:n]))
	if _, there := net.InterfaceByName(name); err != nil || there != nil {
		t.Errorf("%q, %v, %v", name, err, there)
	}
	cmd.Process.Kill()
	cmd.Wait()
	testenv.WaitFor(t, name+" is gone", func() bool {
		_, err := net.InterfaceByName(name)
		return err != nil
	})
}

// TestMonitorNames: a monitor interface has the first name that is free, and what is a
// monitor interface already is captured from itself.
func TestMonitorNames(t *testing.T) {
	radios := simulatedRadios(t)
	first := mustOpen(t, radios[0], Config{Monitor: true})
	defer first.Close()
	link, err := net.InterfaceByIndex(first.MonitorIndex())
	if err != nil {
		t.Fatal(err)
	}
	again := mustOpen(t, link.Name, Config{Monitor: true})
	defer again.Close()
	if again.MonitorIndex() != 0 || again.Index() != link.Index || again.LinkType() != capture.LinkIEEE802_11_RADIO {
		t.Errorf("of %s, number %d, another is made, number %d", link.Name, again.Index(), again.MonitorIndex())
	}
	second := mustOpen(t, radios[0], Config{Monitor: true})
	defer second.Close()
	other, err := net.InterfaceByIndex(second.MonitorIndex())
	if err != nil || !strings.HasPrefix(other.Name, "mon") || other.Name <= link.Name {
		t.Errorf("the second is %v, the first %s (%v)", other, link.Name, err)
	}
}

// TestMonitorErrors: what libpcap says where there is no monitor mode.
func TestMonitorErrors(t *testing.T) {
	for name, want := range map[string]string{
		"lo":     "lo: That device doesn't support monitor mode",
		"nosuch": "nosuch: No such device exists\n(nosuch: /sys/class/net/nosuch doesn't exist)",
	} {
		d := &device{name: name}
		if m, err := d.makeMonitor(-1); m != nil || err == nil || err.Error() != want {
			t.Errorf("%s: %v, %v, want %s", name, m, err, want)
		}
	}
}
