package live

import (
	"strings"
	"testing"
)

func TestDeviceList(t *testing.T) {
	var devices []Device
	for _, d := range []Device{
		{Name: "lo", Up: true, Running: true, Loopback: true, Connection: ConnectionNotApplicable},
		{Name: "dummy0", Connection: ConnectionNotApplicable},
		{Name: "wlan0", Up: true, Running: true, Wireless: true, Connection: Disconnected},
		{Name: "eth0", Up: true, Running: true, Connection: Connected},
		{Name: "eth1", Up: true, Connection: Disconnected},
		{Name: "eth2", Connection: Disconnected},
		{Name: "tun0", Up: true, Running: true, Connection: ConnectionUnknown},
		{Name: "bluetooth0", Wireless: true},
		{Name: "odd0"},
		{Name: "any", Description: "Pseudo-device", Up: true, Running: true, Connection: ConnectionNotApplicable},
	} {
		devices = insertDevice(devices, d)
	}
	var lines []string
	for i := range devices {
		lines = append(lines, devices[i].String())
	}
	want := `wlan0 [Up, Running, Wireless, Not associated]
eth0 [Up, Running, Connected]
tun0 [Up, Running, Connection status unknown]
any (Pseudo-device) [Up, Running]
lo [Up, Running, Loopback]
eth1 [Up, Disconnected]
dummy0 [none]
bluetooth0 [Wireless, Association status unknown]
odd0
eth2 [none, Disconnected]`
	if got := strings.Join(lines, "\n"); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}
