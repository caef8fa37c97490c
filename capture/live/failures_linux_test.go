package live

import (
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/capture"
)

// failingEngine is one whose socket is no descriptor, so that each system call
// fails.
func failingEngine(t *testing.T, cfg Config) *ringEngine {
	t.Helper()
	p, err := newRingPoller()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.close() })
	cfg.SnapLen = capture.MaxSnapLen
	return &ringEngine{device: &device{name: "eth0", index: 9, cfg: cfg, link: capture.LinkEN10MB}, rings: []*ring{{fd: -1, device: "eth0"}}, poller: p}
}

// TestFailures: each says what failed, of which device, and why.
func TestFailures(t *testing.T) {
	start := func(e *ringEngine) error { _, err := e.start(nil); return err }
	drained := func(e *ringEngine) error { _, err := e.drained(); return err }
	for _, c := range []struct {
		cfg  Config
		do   func(*ringEngine) error
		want string
	}{
		{Config{}, start, "eth0: can't create rx ring on packet socket: Bad file descriptor"},
		{Config{Immediate: true}, start, "eth0: can't create rx ring on packet socket: Bad file descriptor"},
		{Config{Promiscuous: true}, start, "eth0: setsockopt (PACKET_ADD_MEMBERSHIP): Bad file descriptor"},
		{Config{}, func(e *ringEngine) error { _, err := e.setFilter(nil); return err }, "eth0: can't set the kernel filter: Bad file descriptor"},
		{Config{}, (*ringEngine).receive, "eth0: bind: Bad file descriptor"},
		{Config{}, func(e *ringEngine) error { return e.openInterface(-1) }, "eth0: SIOCGIFINDEX: Bad file descriptor"},
		{Config{}, func(e *ringEngine) error { _, err := e.queues(); return err }, "eth0: setsockopt (SO_TIMESTAMPNS): Bad file descriptor"},
		{Config{}, func(e *ringEngine) error { return e.attach(e.poller, 0, nil) }, "eth0: can't wait for packets: epoll_ctl: Bad file descriptor"},
		{Config{}, func(e *ringEngine) error { _, err := e.stats(); return err }, "failed to get statistics from socket: Bad file descriptor"},
		{Config{}, (*ringEngine).release, "failed to get statistics from socket: Bad file descriptor"},
		{Config{}, func(e *ringEngine) error {
			e.poller.marks.clear = func(now time.Time) int64 { return now.UnixNano() }
			e.poller.stopped = time.Now().Add(-time.Hour)
			return drained(e)
		}, "can't set the kernel filter: Bad file descriptor"},
		{Config{}, func(e *ringEngine) error { e.draining = true; return drained(e) }, "failed to get statistics from socket: Bad file descriptor"},
		{Config{}, func(e *ringEngine) error { e.rings[0].down = true; return e.failure() }, "getsockname failed: Bad file descriptor"},
		{Config{}, func(e *ringEngine) error {
			e.rings[0].down, e.gone = true, true
			return e.failure()
		}, "failed to get statistics from socket: Bad file descriptor"},
		{Config{}, func(e *ringEngine) error { return e.poller.socketError(-1) }, "Error condition on packet socket: Bad file descriptor"},
		{Config{}, func(e *ringEngine) error { e.poller.close(); return e.poller.wait(0) }, "can't poll on packet socket: "},
		{Config{}, func(e *ringEngine) error { e.poller.epoll = -1; return e.poller.wait(0) }, "can't poll on packet socket: Bad file descriptor"},
		{Config{}, func(e *ringEngine) error { return e.failed("anything", unix.ENODEV) }, "eth0: No such device exists\n(No such device exists)"},
		{Config{}, func(e *ringEngine) error { return e.failed("anything", unix.ENETDOWN) }, "eth0: That device is not up\nTo bring it up: ip link set dev eth0 up"},
		{Config{}, func(e *ringEngine) error { return socketFailure(e.name, unix.EACCES) }, "eth0: You don't have permission to perform this capture on that device\n(Attempt to create packet socket failed - CAP_NET_RAW may be required)\nTo capture without being root: sudo setcap cap_net_raw,cap_net_admin+ep "},
		{Config{}, func(e *ringEngine) error { return socketFailure(e.name, unix.EAFNOSUPPORT) }, "eth0: Packet capture is not supported on that device\n(PF_PACKET sockets not supported - is this WSL1?)"},
		{Config{}, func(e *ringEngine) error { return socketFailure(e.name, unix.EMFILE) }, "eth0: socket: Too many open files"},
		{Config{}, func(e *ringEngine) error { return watchError(unix.EPERM) }, "can't watch for interfaces: Operation not permitted"},
	} {
		err := c.do(failingEngine(t, c.cfg))
		if err == nil || !strings.HasPrefix(err.Error(), c.want) || !strings.HasSuffix(c.want, " ") && err.Error() != c.want {
			t.Errorf("got  %v\nwant %s", err, c.want)
		}
		var e *Error
		if !errors.As(err, &e) || e.Err == nil {
			t.Errorf("%v has no cause", err)
		}
	}
}

// TestDeviceState: a name that is no device's is that of one that is gone.
func TestDeviceState(t *testing.T) {
	inNamespace(t, func() {
		r, err := newRing(false)
		if err != nil {
			t.Fatal(err)
		}
		defer r.close()
		for _, c := range []struct {
			device   string
			gone, up bool
		}{
			{"", false, true}, // all
			{"lo", false, true},
			{"nosuch0", true, false},
			{"averylongnameindeed", true, false},
		} {
			r.device = c.device
			if gone, up, err := r.deviceState(); gone != c.gone || up != c.up || err != nil {
				t.Errorf("%q: gone %v, up %v, %v; want %v, %v", c.device, gone, up, err, c.gone, c.up)
			}
		}
	})
}

// TestAnyNotPromiscuous: "any" is captured from without promiscuous mode, and that
// is said.
func TestAnyNotPromiscuous(t *testing.T) {
	inNamespace(t, func() {
		l := mustOpen(t, "any", Config{Promiscuous: true})
		mustStart(t, l, nil)
		const want = "any: That device doesn't support promiscuous mode\n(Promiscuous mode not supported on the \"any\" device)"
		if w := l.Warnings(); len(w) != 1 || w[0] != want {
			t.Errorf("warnings %q, want %q", w, want)
		}
	})
}

// TestArrived: what had been received when the capture was to end is thought to be
// in the rings when no backlog has any of it, and some time has passed; or, of a
// processor that is never idle, after a longer time.
func TestArrived(t *testing.T) {
	stop := time.Unix(1000, 0)
	for _, c := range []struct {
		what     string
		after    time.Duration // since the end
		backlogs time.Duration // since the end, too: they are empty of what came before
		want     bool
	}{
		{"at once", 0, 0, false},
		{"some may be on its way out of a backlog", minLateness - 1, 0, false},
		{"it had the time", minLateness, 0, true},
		{"later", 5 * minLateness, 4 * minLateness, true},
		{"one lies in a backlog", minLateness, -1, false},
		{"for long", maxBacklog, -1, false},
		{"for too long", maxBacklog + 1, -1, true},
	} {
		p := failingEngine(t, Config{}).poller
		now, clear := stop, int64(0)
		p.marks.now = func() time.Time { return now }
		p.marks.clear = func(time.Time) int64 { return clear }
		if p.arrived() {
			t.Errorf("%s: at the end already", c.what)
		}
		now, clear = stop.Add(c.after), stop.Add(c.backlogs).UnixNano()
		if got := p.arrived(); got != c.want {
			t.Errorf("%s: %v", c.what, got)
		}
	}
}

// TestHangup: a descriptor at which nothing can happen any more ends waiting.
func TestHangup(t *testing.T) {
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	defer unix.Close(ends[0])
	p := failingEngine(t, Config{}).poller
	if err := p.watch(ends[0]); err != nil {
		t.Fatal(err)
	}
	if happened, err := p.poll(0); happened || err != nil {
		t.Errorf("nothing has happened: %v, %v", happened, err)
	}
	unix.Close(ends[1])
	if happened, err := p.poll(0); !happened || err == nil || err.Error() != "Hangup on packet socket" {
		t.Errorf("the other end is closed: %v, %v", happened, err)
	}
}
