package live

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/testenv"
)

// TestBufferSizes: a buffer is rounded up to whole blocks, which workers share,
// and frames have room for what the device sends.
func TestBufferSizes(t *testing.T) {
	inNamespace(t, func() {
		veth(t, "tx0", "rx0")
		for _, c := range []struct {
			cfg   Config
			size  int // of each ring's memory
			count int
		}{
			{Config{}, 8 << 20, 32},
			{Config{BufferSize: 1}, 256 << 10, 1},
			{Config{BufferSize: 256 << 10}, 256 << 10, 1},
			{Config{BufferSize: 256<<10 + 1}, 512 << 10, 2},
			{Config{BufferSize: 1 << 20, Workers: 2}, 512 << 10, 2},
			{Config{BufferSize: 1, Immediate: true}, 64 << 10, 39},                      // of 1664 bytes
			{Config{BufferSize: 64 << 10, Immediate: true, SnapLen: 96}, 64 << 10, 256}, // of 256
			{Config{BufferSize: 64<<10 + 1, Immediate: true, SnapLen: 97}, 128 << 10, 2 * 240},
			{Config{BufferSize: 1 << 20, Immediate: true, Workers: 2}, 512 << 10, 8 * 39},
			{Config{BufferSize: 32 << 20, Immediate: true}, 32 << 20, 512 * 39}, // more than a system lets all have
		} {
			l := mustOpen(t, "rx0", c.cfg)
			mustStart(t, l, nil)
			e := l.engine.(*ringEngine)
			if workers := max(c.cfg.Workers, 1); len(e.rings) != workers || len(l.Sockets()) != workers || e.lanes() != workers {
				t.Errorf("%+v: %d rings, sockets %v", c.cfg, len(e.rings), l.Sockets())
			}
			for _, r := range e.rings {
				if len(r.mem) != c.size || r.count != c.count {
					t.Errorf("%+v: %d bytes, %d blocks or frames; want %d, %d", c.cfg, len(r.mem), r.count, c.size, c.count)
				}
				// What is too large for a frame comes through the socket's queue.
				large := c.cfg.Immediate && c.cfg.SnapLen == 0
				if (r.whole != nil) != large {
					t.Errorf("%+v: a buffer of %d bytes for large packets", c.cfg, len(r.whole))
				}
				if !large || c.cfg.BufferSize == 1 {
					continue // or the queue has its least size
				}
				if room, err := unix.GetsockoptInt(r.fd, unix.SOL_SOCKET, unix.SO_RCVBUF); err != nil || room != c.size {
					t.Errorf("%+v: the socket's queue has %d bytes, %v; want %d", c.cfg, room, err, c.size)
				}
			}
			for _, fd := range l.Sockets() {
				if domain, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_DOMAIN); err != nil || domain != unix.AF_PACKET || fd < FirstSocket {
					t.Errorf("socket %d: domain %d, %v", fd, domain, err)
				}
			}
			if len(l.Warnings()) > 0 {
				t.Errorf("%+v: %q", c.cfg, l.Warnings())
			}
			l.Close()
			if len(l.Sockets()) > 0 {
				t.Errorf("sockets after Close: %v", l.Sockets())
			}
		}
	})
}

// TestDownThenGone: a device that goes while it is down ends the capture, too.
func TestDownThenGone(t *testing.T) {
	inNamespace(t, func() {
		veth(t, "tx0", "rx0")
		l := mustOpen(t, "rx0", Config{})
		mustStart(t, l, nil)
		idle := 0
		l.OnIdle(func() error {
			switch idle++; idle {
			case 1:
				ip(t, "link set rx0 down")
			case 4: // it has been looked at
				ip(t, "link del tx0")
			}
			return nil
		})
		detector := time.AfterFunc(testenv.Patience, l.Abandon)
		defer detector.Stop()
		var p capture.Packet
		if err := l.Next(&p); err == nil || err.Error() != interfaceGone {
			t.Errorf("the device was down, and is gone: %v after %d waits", err, idle)
		}
	})
}

// TestWakeImmediate: waiting ends once for each cause, and not by itself.
func TestWakeImmediate(t *testing.T) {
	inNamespace(t, func() {
		veth(t, "tx0", "rx0")
		tx := newSender(t, "tx0")
		for _, cfg := range []Config{{}, {Immediate: true}} {
			l := mustOpen(t, "rx0", cfg)
			idle := 0
			l.OnIdle(func() error {
				if idle++; idle == 1 {
					time.AfterFunc(30*time.Millisecond, l.Wake)
				}
				return nil
			})
			mustStart(t, l, udpPort(t, 9, capture.MaxSnapLen))
			var p capture.Packet
			if err := l.Next(&p); err != ErrWake || idle != 1 {
				t.Errorf("%+v: Next after Wake: %v after %d waits", cfg, err, idle)
			}
			l.OnIdle(nil)
			tx.send(udpFrame(9, 7, 40))
			if err := l.Next(&p); err != nil || frameNumber(p.Data[14:]) != 7 {
				t.Errorf("%+v: after a packet: %v", cfg, err)
			}
			l.Wake()
			l.Interrupt()
			if err := l.Next(&p); err != ErrWake {
				t.Errorf("%+v: Wake comes before the end: %v", cfg, err)
			}
			if err := l.Next(&p); err != io.EOF {
				t.Errorf("%+v: the end: %v", cfg, err)
			}
			if err := l.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}

// TestAbout: what is known of an open device.
func TestAbout(t *testing.T) {
	inNamespace(t, func() {
		veth(t, "tx0", "rx0")
		l := mustOpen(t, "rx0", Config{SnapLen: 77})
		if l.Device() != "rx0" || l.SnapLen() != 77 || l.Index() <= 1 || l.LinkType() != capture.LinkEN10MB ||
			!slices.Equal(l.LinkTypes(), []capture.LinkType{capture.LinkEN10MB, capture.LinkDOCSIS}) {
			t.Errorf("%s, number %d, %d bytes, %v of %v", l.Device(), l.Index(), l.SnapLen(), l.LinkType(), l.LinkTypes())
		}
		if err := l.SetLinkType(capture.LinkDOCSIS); err != nil || l.LinkType() != capture.LinkDOCSIS {
			t.Errorf("SetLinkType: %v, %v", err, l.LinkType())
		}
		any := mustOpen(t, "any", Config{})
		if any.Index() != 0 || any.SnapLen() != capture.MaxSnapLen || !slices.Equal(any.LinkTypes(), []capture.LinkType{capture.LinkLINUX_SLL, capture.LinkLINUX_SLL2}) {
			t.Errorf("any: number %d, %d bytes, %v", any.Index(), any.SnapLen(), any.LinkTypes())
		}
		for asked, want := range map[int]int{capture.MaxSnapLen + 1: capture.MaxSnapLen, -1: capture.MaxSnapLen, 0: capture.MaxSnapLen, 1: 1, capture.MaxSnapLen - 1: capture.MaxSnapLen - 1} {
			if l := mustOpen(t, "rx0", Config{SnapLen: asked}); l.SnapLen() != want {
				t.Errorf("%d bytes asked for: %d, want %d", asked, l.SnapLen(), want)
			}
		}
		for asked, want := range map[time.Duration]time.Duration{-1: defaultTimeout, 0: defaultTimeout, 1: 1, time.Second: time.Second} {
			if l := mustOpen(t, "rx0", Config{Timeout: asked}); l.cfg.Timeout != want {
				t.Errorf("a timeout of %v asked for: %v, want %v", asked, l.cfg.Timeout, want)
			}
		}
	})
}

// TestDevicesLive lists devices of states that can be made.
func TestDevicesLive(t *testing.T) {
	inNamespace(t, func() {
		veth(t, "up0", "up1")
		ip(t, "link add peerless type veth peer name down0")
		setUp(t, "peerless")
		ip(t, "addr add 192.0.2.1/24 dev up0")
		devices, err := Devices()
		if err != nil {
			t.Fatal(err)
		}
		lines := map[string]string{}
		for i, d := range devices {
			if d.Name == "peerless" {
				d.Running = false // it may be so for a moment
			}
			lines[d.Name] = d.String()
			if d.Pseudo != (slices.Contains([]string{"any", "nflog", "nfqueue"}, d.Name) || sourceOf(d.Name) != nil) {
				t.Errorf("%s is a pseudo-device: %v", d.Name, d.Pseudo)
			}
			if d.Name == "up0" && (len(d.Addresses) != 1 || d.Addresses[0].String() != "192.0.2.1/24") {
				t.Errorf("addresses of up0: %v", d.Addresses)
			}
			if name, err := DeviceName(fmt.Sprint(i + 1)); err != nil || name != d.Name {
				t.Errorf("device %d is %s, %v; want %s", i+1, name, err, d.Name)
			}
			if name, err := DeviceName(d.Name); err != nil || name != d.Name {
				t.Errorf("device %s is %s, %v", d.Name, name, err)
			}
		}
		for name, want := range map[string]string{
			"up0":      "up0 [Up, Running, Connected]",
			"peerless": "peerless [Up, Disconnected]",
			"down0":    "down0 [none, Disconnected]",
			"lo":       "lo [Up, Running, Loopback]",
			"any":      "any (Pseudo-device that captures on all interfaces) [Up, Running]",
			"nflog":    "nflog (Linux netfilter log (NFLOG) interface) [none]",
			"nfqueue":  "nfqueue (Linux netfilter queue (NFQUEUE) interface) [none]",
		} {
			if lines[name] == "" && strings.HasPrefix(name, "nf") {
				continue // a kernel without netfilter
			}
			if lines[name] != want {
				t.Errorf("got %q, want %q", lines[name], want)
			}
		}
		if name, err := DeviceName("nosuch0"); err != nil || name != "nosuch0" {
			t.Errorf("what is no number is a name: %q, %v", name, err)
		}
		if name, err := DeviceName("0"); err == nil {
			t.Errorf("device 0 is %q", name)
		}
	})
}

// TestDropCounts: counts of a device begin where they are, and those that cannot
// be read are none.
func TestDropCounts(t *testing.T) {
	dir := t.TempDir()
	d := &dropCounts{start: 7}
	write := func(i int, text string) {
		name := filepath.Join(dir, fmt.Sprint(i))
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if d.files[i] == nil {
			f, err := os.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			d.files[i] = f
		}
	}
	for _, c := range []struct {
		missed, fifo string
		want         uint64
	}{{"3\n", "4\n", 0}, {"30\n", "4\n", 27}, {"0\n", "0\n", 0}, {"\n", "12\n", 5}, {"18446744073709551615\n", "", 1<<64 - 8}} {
		write(0, c.missed)
		write(1, c.fifo)
		if got := d.since(); got != c.want {
			t.Errorf("%q and %q: %d since the start, want %d", c.missed, c.fifo, got, c.want)
		}
	}
	if err := d.close(); err != nil {
		t.Error(err)
	}
	if err := d.close(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("the files are open: %v", err)
	}
	if none := (*dropCounts)(nil); none.since() != 0 || none.close() != nil {
		t.Error("counts of nothing")
	}
	if _, err := os.Stat("/sys/class/net/lo/statistics/rx_missed_errors"); err != nil {
		t.Skip("needs /sys:", err)
	}
	lo := openDrops("lo")
	defer lo.close()
	for i, name := range []string{"rx_missed_errors", "rx_fifo_errors"} {
		if lo.files[i] == nil || filepath.Base(lo.files[i].Name()) != name {
			t.Errorf("%s of lo is not open", name)
		}
	}
	if none := openDrops("nosuch0"); none.files[0] != nil || none.since() != 0 {
		t.Error("a device that does not exist has counts")
	}
}

// TestMergedTimeout: what is waited for in a merged capture has the time of the
// device that is given the longest.
func TestMergedTimeout(t *testing.T) {
	inNamespace(t, func() {
		var parts []*Live
		for _, timeout := range []time.Duration{time.Second, time.Minute, time.Millisecond} {
			l := mustOpen(t, "lo", Config{Timeout: timeout})
			mustStart(t, l, nil)
			parts = append(parts, l)
		}
		l, err := Merge(parts)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		if got := l.stream.poller.(*ringPoller).timeout; got != time.Minute {
			t.Errorf("%v, want a minute", got)
		}
	})
}

// TestSysfs: lo is no Wi-Fi, and has the hardware type of a loopback.
func TestSysfs(t *testing.T) {
	if _, err := os.Stat("/sys/class/net/lo/type"); err != nil {
		t.Skip("needs /sys:", err)
	}
	if n, ok := sysfsNumber("lo", "type"); !ok || n != unix.ARPHRD_LOOPBACK {
		t.Errorf("lo has hardware type %d, %v", n, ok)
	}
	if n, ok := sysfsNumber("lo", "nosuch"); ok {
		t.Errorf("there is a number %d", n)
	}
	if n, ok := sysfsNumber("lo", "operstate"); ok {
		t.Errorf("a word is number %d", n)
	}
	if wireless, c := mediumOf("lo"); wireless || c != ConnectionUnknown {
		t.Errorf("lo is wireless: %v, connection %v", wireless, c)
	}
	if isWiFi("lo") {
		t.Error("lo is a Wi-Fi device")
	}
	if link, tagged := switchTagging("lo"); tagged {
		t.Errorf("lo is behind a switch: %v", link)
	}
}

func TestStampedBy(t *testing.T) {
	all := []capture.TimestampType{capture.TimestampHost, capture.TimestampAdapter, capture.TimestampAdapterUnsynced}
	for i, flag := range []uint32{unix.SOF_TIMESTAMPING_SOFTWARE, unix.SOF_TIMESTAMPING_SYS_HARDWARE, unix.SOF_TIMESTAMPING_RAW_HARDWARE} {
		if got := stampedBy(flag); !slices.Equal(got, all[i:i+1]) {
			t.Errorf("flag %#x: %v", flag, got)
		}
	}
	if got := stampedBy(1<<32 - 1); !slices.Equal(got, all) {
		t.Errorf("all flags: %v", got)
	}
	if got := stampedBy(unix.SOF_TIMESTAMPING_RX_SOFTWARE | unix.SOF_TIMESTAMPING_TX_HARDWARE); got != nil {
		t.Errorf("other flags: %v", got)
	}
}

// TestTimestampTypesOf: lo has the host's time stamps, as "any" and what does not
// exist have.
func TestTimestampTypesOf(t *testing.T) {
	inNamespace(t, func() {
		for _, device := range []string{"lo", "any", "nosuch0"} {
			types, err := TimestampTypes(device)
			if err != nil || !slices.Equal(types, []capture.TimestampType{capture.TimestampHost}) {
				t.Errorf("%s: %v, %v", device, types, err)
			}
		}
		for _, kind := range []capture.TimestampType{capture.TimestampAdapter, capture.TimestampHostHiPrec} {
			l := mustOpen(t, "lo", Config{TimestampType: kind})
			want := fmt.Sprintf("When trying to set timestamp type '%s' on lo: That type of time stamp is not supported by that device", kind)
			if w := l.Warnings(); len(w) != 1 || w[0] != want {
				t.Errorf("%v: %q, want %q", kind, w, want)
			}
		}
		var e *Error
		if _, err := Open("nosuch0", Config{TimestampType: capture.TimestampAdapter, Place: "web"}); !errors.As(err, &e) ||
			e.Warning != "When trying to set timestamp type 'adapter' on nosuch0: "+timestampUnsupported || e.Device != "nosuch0@web" {
			t.Errorf("a device that is not there: %+v", e)
		}
		if _, err := Open("nosuch0", Config{}); !errors.As(err, &e) || e.Warning != "" {
			t.Errorf("a device that is not there, without a type: %+v", e)
		}
		if l := mustOpen(t, "lo", Config{TimestampType: capture.TimestampHost}); len(l.Warnings()) > 0 {
			t.Errorf("the host's: %q", l.Warnings())
		}
	})
}
