package live

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/netlink"
	"github.com/tapdump/tapdump/internal/testenv"
)

// TestNetfilterGroups: the numbers behind the names of devices, and what is wrong with
// others, in libpcap's words.
func TestNetfilterGroups(t *testing.T) {
	many := strings.Repeat("1,", 32)
	for _, c := range []struct {
		device string
		want   []uint16
		reason string
	}{
		{"nflog", []uint16{0}, ""},
		{"nflog:", []uint16{0}, ""},
		{"nflog:,", []uint16{0}, ""},
		{"nflog:5", []uint16{5}, ""},
		{"nfqueue:0x10,017,", []uint16{16, 15}, ""},
		{"nflog:,5,, 6", []uint16{5, 6}, ""},
		{"nflog:+7,-0,0X1f", []uint16{7, 0, 31}, ""},
		{"nflog:65535", []uint16{65535}, ""},
		{"nflog:0", []uint16{0}, ""},
		{"nflog:65536", nil, "Netfilter group range from 0 to 65535 (got 65536)"},
		{"nflog:-1", nil, "Netfilter group range from 0 to 65535 (got -1)"},
		{"nflog:99999999999999999999", nil, "Netfilter group range from 0 to 65535 (got 9223372036854775807)"},
		{"nflog:5x", nil, "Can't get netfilter group(s) index from nflog:5x"},
		{"nflog:0x", nil, "Can't get netfilter group(s) index from nflog:0x"},
		{"nflog:08", nil, "Can't get netfilter group(s) index from nflog:08"},
		{"nflog:5 ", nil, "Can't get netfilter group(s) index from nflog:5 "},
		{"nflog:--1", nil, "Can't get netfilter group(s) index from nflog:--1"},
		{"nflog:" + many, slices.Repeat([]uint16{1}, 32), ""},
		{"nflog:" + many + "1", nil, "Maximum 32 netfilter groups! dev: nflog:" + many + "1"},
		{"nflog:" + strings.Repeat("x", 300), nil, ("Can't get netfilter group(s) index from nflog:" + strings.Repeat("x", 300))[:255]},
	} {
		got, err := netfilterGroups(c.device)
		var e *Error
		switch {
		case c.reason == "" && (err != nil || !slices.Equal(got, c.want)):
			t.Errorf("%s: %v, %v, want %v", c.device, got, err, c.want)
		case c.reason != "" && (!errors.As(err, &e) || e.Reason != c.reason || e.Device != c.device):
			t.Errorf("%s: %v, want %s", c.device, err, c.reason)
		}
	}
	for device, want := range map[string]bool{"nflog": true, "nflog:x": true, "nfqueue:1": true, "nflogger": false, "x/nflog": false, "lo": false} {
		if isNetfilter(device) != want {
			t.Errorf("%s: %v", device, !want)
		}
	}
}

// netfilterPacket is a message of the kernel's about a group or a queue, with attributes:
// kinds, each with its value behind it.
func netfilterPacket(subsystem, kind uint16, group uint16, attributes ...any) netlink.Message {
	m := newNetfilter(nil, subsystem<<8|kind, 0, unix.AF_INET, group)
	for ; len(attributes) > 0; attributes = attributes[2:] {
		m = m.Attribute(uint16(attributes[0].(int)), []byte(attributes[1].(string)))
	}
	return m
}

const netfilterLogs, netfilterQueues = unix.NFNL_SUBSYS_ULOG, unix.NFNL_SUBSYS_QUEUE

// loggedMessage and queuedMessage are such, of which what is captured is known.
func loggedMessage(payload string) netlink.Message {
	return netfilterPacket(netfilterLogs, logPacket, 5, 1, "\x08\x00\x01\x00", 10, "hello \x00", logPayload, payload)
}

func queuedMessage(queue uint16, id uint32, payload string) netlink.Message {
	header := string(binary.BigEndian.AppendUint32(nil, id)) + "\x08\x00\x01"
	return netfilterPacket(netfilterQueues, queuePacket, queue, queueHeader, header, queuePayload|0x8000, payload)
}

// TestParseNetfilter: what is captured of messages.
func TestParseNetfilter(t *testing.T) {
	logged := loggedMessage("packet")
	for _, c := range []struct {
		what    string
		message netlink.Message
		link    capture.LinkType
		want    string // "-": nothing
		queued  queuedPacket
		failure string
	}{
		{"logged", logged, capture.LinkNFLOG, string(logged[16:]), queuedPacket{}, ""},
		{"logged, the payload alone", logged, capture.LinkIPV4, "packet", queuedPacket{}, ""},
		{"queued", queuedMessage(3, 77, "packet"), capture.LinkIPV4, "packet", queuedPacket{3, 77}, ""},
		{"an empty packet", queuedMessage(3, 78, ""), capture.LinkIPV4, "", queuedPacket{3, 78}, ""},
		{"queued without a packet", netfilterPacket(netfilterQueues, queuePacket, 9, queueHeader, "\x00\x00\x00\x05..."), capture.LinkIPV4, "-", queuedPacket{9, 5}, ""},
		{"a short header", netfilterPacket(netfilterQueues, queuePacket, 9, queueHeader, "\x00\x00\x05", queuePayload, "x"), capture.LinkIPV4, "x", queuedPacket{9, 0}, ""},
		{"no attributes", netfilterPacket(netfilterLogs, logPacket, 0), capture.LinkIPV4, "-", queuedPacket{}, ""},
		{"an attribute too long", append(loggedMessage("x"), 200, 0, 9, 0), capture.LinkIPV4, "x", queuedPacket{}, ""},
		{"an attribute too short", append(netfilterPacket(netfilterLogs, logPacket, 0).Append(3, 0, 9, 0), loggedMessage("x")[20:]...), capture.LinkIPV4, "-", queuedPacket{}, ""},
		{"the payload of logs in a queue", netfilterPacket(netfilterQueues, queuePacket, 1, logPayload, "x"), capture.LinkIPV4, "-", queuedPacket{1, 0}, ""},
		{"something else", netfilterPacket(netfilterLogs, logConfig, 5, logPayload, "x"), capture.LinkIPV4, "-", queuedPacket{}, ""},
		{"an error", netfilterPacket(0, unix.NLMSG_ERROR, 0), capture.LinkNFLOG, "-", queuedPacket{}, ""},
		{"nothing behind netlink's header", logged[:16], capture.LinkNFLOG, "", queuedPacket{}, ""},
		{"the same, the payload alone", logged[:16], capture.LinkIPV4, "-", queuedPacket{}, "Malformed message: (nlmsg_len: 16)"},
	} {
		m, err := parseNetfilter(c.message, c.link)
		got := string(m.data)
		if m.data == nil {
			got = "-"
		}
		if failure := fmt.Sprint(err); got != c.want || m.queuedPacket != c.queued || (err != nil || c.failure != "") && failure != c.failure {
			t.Errorf("%s: %q, %+v, %v", c.what, got, m.queuedPacket, err)
		}
	}
	wrong := netfilterText(&netlink.LengthError{Got: 16, Length: math.MaxUint32})
	if netfilterText(nil) != nil || wrong.Error() != "Message truncated: (got: 16) (nlmsg_len: 4294967295)" {
		t.Errorf("%v", wrong)
	}
}

// FuzzNetfilter: a message is read whatever it is, and nothing beside it is captured.
func FuzzNetfilter(f *testing.F) {
	f.Add([]byte(append(loggedMessage("a"), loggedMessage("bcd")...)), true)
	f.Add([]byte(append(queuedMessage(1, 2, "a"), queuedMessage(3, 4, "bcdef")...)), false)
	f.Fuzz(func(t *testing.T, b []byte, logs bool) {
		link := capture.LinkIPV4
		if logs {
			link = capture.LinkNFLOG
		}
		for all := netlink.NewMessages(b); all.Next(); {
			if m, _ := parseNetfilter(all.Message, link); len(m.data) > len(all.Message) {
				t.Fatalf("%d bytes of %d", len(m.data), len(all.Message))
			}
		}
	})
}

// pairedNetfilter is a source that is fed, and that gives verdicts, through the other
// end of a pair of sockets.
func pairedNetfilter(t *testing.T, queues bool, link capture.LinkType) (s *netfilterSource, other int) {
	t.Helper()
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(ends[1]) })
	s = &netfilterSource{device: &device{name: "nf", link: link}, queues: queues, sock: netlink.Socket{FD: ends[0], Buf: make([]byte, netfilterBuffer)}}
	return s, ends[1]
}

func feed(t *testing.T, fd int, messages ...netlink.Message) {
	t.Helper()
	if _, err := unix.Write(fd, slices.Concat(messages...)); err != nil {
		t.Fatal(err)
	}
}

// mustNext returns the next packets' bytes, up to where there is none yet.
func mustNext(t *testing.T, s source) (all []string) {
	t.Helper()
	var p capture.Packet
	for {
		ok, err := skipping(s, &p)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return all
		}
		if int(p.Length) != len(p.Data) || time.Since(p.Time.Time()).Abs() > time.Hour {
			t.Errorf("%d of %d bytes at %v", len(p.Data), p.Length, p.Time)
		}
		all = append(all, string(p.Data))
	}
}

// TestNetfilterQueue: packets of a queue go on, those that a filter rejects, too; only
// others are counted.
func TestNetfilterQueue(t *testing.T) {
	s, other := pairedNetfilter(t, true, capture.LinkIPV4)
	defer s.close()
	longer := []bpf.Instruction{{Op: bpf.LD | bpf.W | bpf.LEN}, {Op: bpf.JMP | bpf.JGT | bpf.K, K: 2, Jf: 1}, {Op: bpf.RET | bpf.K, K: 99}, {Op: bpf.RET | bpf.K}}
	if inKernel, err := s.start(longer); !inKernel || err != nil {
		t.Fatal(inKernel, err)
	}
	feed(t, other, queuedMessage(3, 1, "one"), queuedMessage(4, 2, "2"), queuedMessage(3, 0x01020304, "three"))
	if got := mustNext(t, s); !slices.Equal(got, []string{"one", "three"}) {
		t.Errorf("%q", got)
	}
	for _, want := range []queuedPacket{{3, 1}, {4, 2}, {3, 0x01020304}} {
		b := make([]byte, 100)
		n, err := unix.Read(other, b)
		// struct nlmsghdr, struct nfgenmsg, struct nfattr, struct nfqnl_msg_verdict_hdr
		verdict := binary.NativeEndian.AppendUint32(nil, 32)
		verdict = binary.NativeEndian.AppendUint16(verdict, 3<<8|1)
		verdict = binary.NativeEndian.AppendUint16(verdict, 1)
		verdict = append(verdict, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
		verdict = binary.BigEndian.AppendUint16(verdict, want.queue)
		verdict = binary.NativeEndian.AppendUint16(verdict, 12)
		verdict = binary.NativeEndian.AppendUint16(verdict, 2)
		verdict = binary.BigEndian.AppendUint32(append(verdict, 0, 0, 0, 1), want.id)
		if err != nil || !bytes.Equal(b[:n], verdict) {
			t.Errorf("% x, %v, want % x", b[:max(n, 0)], err, verdict)
		}
	}
	if st, err := s.stats(); st != (capture.Stats{Received: 2}) || err != nil {
		t.Errorf("%+v, %v", st, err)
	}
}

// TestNetfilterTurns: what is passed over comes one by one.
func TestNetfilterTurns(t *testing.T) {
	s, other := pairedNetfilter(t, true, capture.LinkIPV4)
	defer s.close()
	mustRejectAll(t, s)
	feed(t, other, queuedMessage(3, 1, "one"), queuedMessage(3, 2, "two"))
	mustPassOver(t, s, 1)
	verdict := make([]byte, 100)
	if n, err := unix.Read(other, verdict); err != nil || !bytes.Equal(verdict[:n], newVerdict(nil, queuedPacket{3, 1})) {
		t.Errorf("% x, %v", verdict[:max(n, 0)], err)
	}
	if n, err := unix.Read(other, verdict); err != unix.EAGAIN {
		t.Errorf("two at once: % x, %v", verdict[:max(n, 0)], err)
	}
	mustPassOver(t, s, 1)
	mustHaveNone(t, s)
}

// TestVerdictsByOthers: another process, or what stands for it here, gives verdicts;
// when it is gone the capture ends.
func TestVerdictsByOthers(t *testing.T) {
	s, other := pairedNetfilter(t, true, capture.LinkIPV4)
	asked, asks, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error)
	err = s.giveVerdicts(func(socket *os.File) (io.WriteCloser, error) {
		fd, err := unix.Dup(int(socket.Fd()))
		go func() {
			served <- ServeVerdicts(asked, fd)
			unix.Close(fd)
		}()
		return asks, err
	})
	if err != nil {
		t.Fatal(err)
	}
	const n = 500 // more than are asked for at once
	for i := range n {
		feed(t, other, queuedMessage(7, uint32(i), "x"))
		if got := mustNext(t, s); len(got) != 1 {
			t.Fatalf("%q", got)
		}
		if i%100 != 99 {
			continue
		}
		for j := i - 99; j <= i; j++ {
			b := make([]byte, 100)
			testenv.WaitFor(t, "a verdict", func() bool { _, err := unix.Read(other, b); return err == nil })
			if want := newVerdict(nil, queuedPacket{7, uint32(j)}); !bytes.Equal(b[:len(want)], want) {
				t.Fatalf("% x, want % x", b[:len(want)], want)
			}
		}
	}
	asked.Close()
	<-served
	feed(t, other, queuedMessage(7, n, "x"))
	var e *Error
	if _, err := skipping(s, new(capture.Packet)); !errors.As(err, &e) || !strings.Contains(e.Reason, "lets packets go on") || e.Err == nil {
		t.Errorf("without the other: %v", err)
	}
	if err := s.close(); err != nil {
		t.Error(err)
	}
	if _, err := asks.Write([]byte("x")); !errors.Is(err, os.ErrClosed) {
		t.Errorf("requests are open after the end: %v", err)
	}
}

// TestNetfilterAllocations: a packet costs no memory.
func TestNetfilterAllocations(t *testing.T) {
	s, other := pairedNetfilter(t, true, capture.LinkIPV4)
	defer s.close()
	message, verdict := queuedMessage(7, 1, "packet"), make([]byte, 100)
	var p capture.Packet
	if n := testing.AllocsPerRun(200, func() {
		unix.Write(other, message)
		if ok, err := s.next(&p); !ok || err != nil {
			t.Fatal(err)
		}
		unix.Read(other, verdict)
	}); n != 0 {
		t.Errorf("%v allocations a packet", n)
	}
}

// withRules loads rules of nftables into the namespace that the test is in.
func withRules(t *testing.T, rules string) {
	t.Helper()
	testenv.NeedsCommand(t, "nft")
	cmd := exec.Command("nft", "-f", "-")
	cmd.Stdin = strings.NewReader(rules)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Skipf("needs rules of nftables that the kernel has: %v\n%s", err, out)
	}
}

// mustSendUDP sends packets to a port of the loopback, to both families by turns.
func mustSendUDP(t *testing.T, port, n int) {
	t.Helper()
	for _, host := range []string{"127.0.0.1", "::1"} {
		conn, err := net.ListenPacket("udp", ":0") // to which it does not matter that nobody listens there
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		for i := range n {
			if _, err := conn.WriteTo(fmt.Appendf(nil, "packet %d to %s", i, host), &net.UDPAddr{IP: net.ParseIP(host), Port: port}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// waitHandedOver returns when the kernel keeps back nothing of what was logged for
// groups; it keeps a group's packets for a second, or longer where it has no time.
func waitHandedOver(t *testing.T) {
	t.Helper()
	testenv.WaitFor(t, "the kernel has handed over what was logged", func() bool {
		text, err := os.ReadFile("/proc/thread-self/net/netfilter/nfnetlink_log")
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if f := strings.Fields(line); len(f) > 2 && f[2] != "0" { // group, port, packets that wait
				return false
			}
		}
		return true
	})
}

const logRules = `table inet t {
	chain in { type filter hook input priority 0
		udp dport 4444 log prefix "in: " group 5
		udp dport 4444 log prefix "in: " group 6 snaplen 30
	}
	chain out { type filter hook output priority 0
		udp dport 4444 log prefix "out: " group 5
	}
}`

// TestLogs: packets that rules log, of several groups, are captured, merged with those
// of a network interface, and what has come is not lost at the end.
func TestLogs(t *testing.T) {
	inNamespace(t, func() {
		withRules(t, logRules)
		l := mustOpen(t, "nflog:5,6", Config{BufferSize: 4 << 20})
		if l.LinkType() != capture.LinkNFLOG || !slices.Equal(l.LinkTypes(), []capture.LinkType{capture.LinkNFLOG, capture.LinkIPV4}) {
			t.Errorf("%v of %v", l.LinkType(), l.LinkTypes())
		}
		mustStart(t, l, nil)
		var e *Error
		if _, err := Open("nflog:6", Config{}); !errors.As(err, &e) || e.Reason != "Can't listen on group index: Operation not permitted" || e.Err != unix.EPERM {
			t.Errorf("a group that is taken: %v", err)
		}
		lo := mustOpen(t, "lo", Config{})
		mustStart(t, lo, udpPort(t, 4444, capture.MaxSnapLen))
		whole, err := Merge([]*Live{l, lo})
		if err != nil {
			t.Fatal(err)
		}
		const n = 100
		mustSendUDP(t, 4444, n)
		waitHandedOver(t)
		whole.Interrupt()
		counts := map[string]int{}
		var p capture.Packet
		for whole.Next(&p) == nil {
			if p.LinkType != capture.LinkNFLOG {
				counts["frames"]++
				continue
			}
			key := "out"
			if bytes.Contains(p.Data, []byte("in: \x00")) {
				key = "in"
			}
			if p.Data[3] == 6 {
				key = "short"
			}
			if cut := !bytes.Contains(p.Data, []byte("packet")); cut != (key == "short") {
				t.Errorf("of %s: %q", key, p.Data)
			}
			counts[key]++
		}
		if counts["in"] != 2*n || counts["out"] != 2*n || counts["short"] != 2*n || counts["frames"] == 0 {
			t.Errorf("%v", counts)
		}
		if st, err := l.Stats(); st != (capture.Stats{Received: 6 * n}) || err != nil {
			t.Errorf("%+v, %v", st, err)
		}
	})
}

// TestLogsWithoutRoom: what finds no room is counted, as often as the kernel says so,
// and the capture goes on.
func TestLogsWithoutRoom(t *testing.T) {
	inNamespace(t, func() {
		withRules(t, logRules)
		l := mustOpen(t, "nflog:5", Config{BufferSize: 1})
		mustStart(t, l, nil)
		mustSendUDP(t, 4444, 1000)
		waitHandedOver(t)
		l.Interrupt()
		n := len(collect(t, l))
		if st, err := l.Stats(); err != nil || st.Dropped == 0 || st.Received != uint64(n) || n == 0 || n == 4000 {
			t.Errorf("%d packets, %+v, %v", n, st, err)
		}
	})
}

// TestQueueFlows: packets that wait in queues go on, with several queues of which some
// get packets while others are still being asked for.
func TestQueueFlows(t *testing.T) {
	inNamespace(t, func() {
		withRules(t, `table inet t { chain in { type filter hook input priority 0
			udp dport 4444 queue num 3
			udp dport 4445 queue num 4
		}
		}`)
		l := mustOpen(t, "nfqueue:3,4", Config{})
		if l.LinkType() != capture.LinkIPV4 || !slices.Equal(l.LinkTypes(), []capture.LinkType{capture.LinkIPV4}) {
			t.Errorf("%v of %v", l.LinkType(), l.LinkTypes())
		}
		mustStart(t, l, nil)
		listener, err := net.ListenPacket("udp", "127.0.0.1:4445")
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		done := make(chan int)
		go func() {
			n, b := 0, make([]byte, 100)
			for ; n < 50; n++ {
				listener.SetReadDeadline(time.Now().Add(10 * time.Second))
				if _, _, err := listener.ReadFrom(b); err != nil {
					break
				}
			}
			l.Interrupt()
			done <- n
		}()
		mustSendUDP(t, 4445, 50)
		if got := len(collect(t, l)); got < 50 {
			t.Errorf("%d captured", got)
		}
		if n := <-done; n != 50 {
			t.Errorf("%d of 50 went on", n)
		}
	})
}

// TestNetfilterRefusals: what such a device cannot do, in libpcap's words.
func TestNetfilterRefusals(t *testing.T) {
	inNamespace(t, func() {
		if l, err := Open("nflog", Config{}); err != nil {
			t.Skipf("needs logs of netfilter: %v", err)
		} else {
			l.Close()
		}
		for reason, cfg := range map[string]Config{
			noMonitorMode: {Monitor: true},
			"pcap_setdirection() failed: Setting direction is not supported on this device": {Direction: capture.DirIn},
		} {
			var e *Error
			if _, err := Open("nflog", cfg); !errors.As(err, &e) || e.Reason != reason || e.Device != "nflog" {
				t.Errorf("%v, want %s", err, reason)
			}
		}
		l := mustOpen(t, "nflog", Config{TimestampType: capture.TimestampAdapter})
		const warning = "When trying to set timestamp type 'adapter' on nflog: That type of time stamp is not supported by that device"
		if !slices.Contains(l.Warnings(), warning) {
			t.Errorf("%q", l.Warnings())
		}
	})
}
