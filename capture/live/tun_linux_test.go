package live

import (
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/capture"
)

// tun makes a device of a hardware type, up, which receives what is written to
// the file.
func tun(t *testing.T, name string, arphrd int) *os.File {
	t.Helper()
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Skip("needs devices of tun(4):", err)
	}
	file := os.NewFile(uintptr(fd), "tun")
	t.Cleanup(func() { file.Close() })
	ifr, err := unix.NewIfreq(name)
	if err != nil {
		t.Fatal(err)
	}
	ifr.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
	if err := unix.IoctlIfreq(fd, unix.TUNSETIFF, ifr); err != nil {
		t.Skip("can't make a device of tun(4):", err)
	}
	if err := unix.IoctlSetInt(fd, unix.TUNSETLINK, arphrd); err != nil {
		t.Fatal(err)
	}
	os.WriteFile("/proc/sys/net/ipv6/conf/"+name+"/disable_ipv6", []byte("1"), 0)
	setUp(t, name)
	return file
}

// TestHardwareTypesLive: devices of several hardware types are captured from with
// their own link type, cooked where it has to be, and a warning where nothing is
// known of it.
func TestHardwareTypesLive(t *testing.T) {
	const packet = "\x45\x00\x00\x1c\x00\x00\x00\x00\x40\x11\x00\x00\xc0\x00\x02\x01\xc0\x00\x02\x02\x00\x07\x00\x07\x00\x08\x00\x00"
	for _, c := range []struct {
		arphrd  int
		link    capture.LinkType
		links   []capture.LinkType
		before  string
		warning string
	}{
		{unix.ARPHRD_NONE, capture.LinkRAW, []capture.LinkType{capture.LinkRAW}, "", ""},
		{unix.ARPHRD_PPP, capture.LinkLINUX_SLL, []capture.LinkType{capture.LinkLINUX_SLL},
			"\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x08\x00", ""},
		{unix.ARPHRD_TUNNEL6, capture.LinkLINUX_SLL, []capture.LinkType{capture.LinkLINUX_SLL},
			"\x00\x00\x03\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x08\x00", "arptype 769 not supported by libpcap - falling back to cooked socket"},
		{unix.ARPHRD_FCPP, capture.LinkFC_2, []capture.LinkType{capture.LinkFC_2, capture.LinkFC_2_WITH_FRAME_DELIMS, capture.LinkIP_OVER_FC}, "", ""},
	} {
		inNamespace(t, func() {
			file := tun(t, "tun0", c.arphrd)
			l := mustOpen(t, "tun0", Config{})
			if l.LinkType() != c.link || !slices.Equal(l.LinkTypes(), c.links) {
				t.Fatalf("hardware type %d: %v of %v, want %v of %v", c.arphrd, l.LinkType(), l.LinkTypes(), c.link, c.links)
			}
			if got := strings.Join(l.Warnings(), "\n"); got != c.warning {
				t.Errorf("hardware type %d: warnings %q, want %q", c.arphrd, got, c.warning)
			}
			mustStart(t, l, nil)
			if _, err := file.Write([]byte(packet)); err != nil {
				t.Fatal(err)
			}
			waitReceived(t, l, 1)
			l.Interrupt()
			got := collect(t, l)
			if len(got) != 1 || string(got[0].Data) != c.before+packet || got[0].Length != uint32(len(c.before+packet)) || int(got[0].Added) != len(c.before) {
				t.Errorf("hardware type %d: %+v; want %x before the packet", c.arphrd, got, c.before)
			}
		})
	}
}
