package live

import (
	"encoding/binary"
	"io"
	"net"
	"os/exec"
	"strconv"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/testenv"
)

// TestBigTCP: segments of more than 64 KiB, which the kernel has with a jumbo payload option
// where devices take them (BIG TCP), come whole, through the ring and through the socket's
// queue; a shorter snapshot length cuts them.
func TestBigTCP(t *testing.T) {
	const total = 2 << 20
	for _, cfg := range []Config{{BufferSize: 16 << 20}, {BufferSize: 32 << 20, Immediate: true}, {BufferSize: 16 << 20, SnapLen: 100}} {
		inNamespace(t, func() {
			testenv.NeedsCommand(t, "ip")
			setUp(t, "lo")
			if out, err := exec.Command("ip", "link", "set", "dev", "lo", "gso_max_size", "190000", "gro_max_size", "190000").CombinedOutput(); err != nil {
				t.Skipf("needs devices that take more than 64 KiB: %v\n%s", err, out)
			}
			listener, err := net.Listen("tcp6", "[::1]:0")
			if err != nil {
				t.Skip("needs IPv6 on lo:", err)
			}
			defer listener.Close()
			l := mustOpen(t, "lo", cfg)
			mustStart(t, l, nil)
			done := make(chan error)
			go func() {
				conn, err := listener.Accept()
				if err == nil {
					_, err = io.Copy(io.Discard, conn)
					conn.Close()
				}
				done <- err
			}()
			conn, err := net.Dial("tcp6", listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := conn.Write(make([]byte, total)); err != nil {
				t.Fatal(err)
			}
			conn.Close()
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			l.Interrupt()
			big, bytes := 0, 0
			port := uint16(listener.Addr().(*net.TCPAddr).Port)
			for _, p := range collect(t, l) {
				if int(p.Length) != len(p.Data) && len(p.Data) != l.SnapLen() || len(p.Data) > l.SnapLen() {
					t.Errorf("%d of %d bytes are there", len(p.Data), p.Length)
				}
				tcp := 14 + 40
				payload, says := p.Length-14-40, uint32(binary.BigEndian.Uint16(p.Data[14+4:]))
				if p.Data[14+6] == 0 { // a hop-by-hop header, with the length of a jumbogram
					tcp += 8
					says = binary.BigEndian.Uint32(p.Data[tcp-4:])
				}
				if payload > 65535 { // which is without the 40 bytes of the header
					big++
				}
				if says != payload && (says > 0 || payload <= 65535) { // kernels without the option say 0
					t.Errorf("a packet of %d bytes says that %d follow its header", p.Length, says)
				}
				if binary.BigEndian.Uint16(p.Data[tcp+2:]) == port {
					bytes += int(p.Length) - tcp - int(p.Data[tcp+12]>>4)*4
				}
			}
			st, err := l.Stats()
			switch {
			case err != nil:
				t.Error(err)
			case st.Dropped > 0:
				t.Errorf("%d packets were dropped", st.Dropped)
			case bytes < total: // more: what was sent again
				t.Errorf("segments of %d bytes came, of %d", bytes, total)
			case big == 0:
				t.Skip("the kernel made no segment of more than 64 KiB")
			}
		})
	}
}

// TestLongerThanAtStart: packets that are longer than the MTU was when the capture began come
// whole.
func TestLongerThanAtStart(t *testing.T) {
	for _, cfg := range []Config{{}, {Immediate: true}, {Immediate: true, Workers: 2}} {
		inNamespace(t, func() {
			veth(t, "tx0", "rx0")
			l := mustOpen(t, "rx0", cfg)
			mustStart(t, l, nil)
			ip(t, "link set rx0 mtu 60000")
			ip(t, "link set tx0 mtu 60000")
			tx := newSender(t, "tx0")
			for i, size := range []int{1000, 30000, 1000, 59000} {
				tx.send(udpFrame(7, uint32(i), size))
			}
			waitReceived(t, l, 4)
			l.Interrupt()
			got := collect(t, l)
			if len(got) != 4 {
				t.Fatalf("%+v: %d packets, want 4", cfg, len(got))
			}
			for i, size := range []int{1000, 30000, 1000, 59000} {
				if p := got[i]; len(p.Data) != 42+size || int(p.Length) != 42+size || frameNumber(p.Data[14:]) != uint32(i) {
					t.Errorf("%+v: packet %d has %d of %d bytes, number %d", cfg, i, len(p.Data), p.Length, frameNumber(p.Data[14:]))
				}
			}
		})
	}
}

// TestMovedAway: a device that moves to another network namespace is gone, and "any" goes on.
func TestMovedAway(t *testing.T) {
	testenv.NeedsCommand(t, "unshare")
	for _, cfg := range []Config{{}, {Immediate: true}} {
		inNamespace(t, func() {
			veth(t, "tx0", "rx0")
			l, any := mustOpen(t, "rx0", cfg), mustOpen(t, anyDevice, cfg)
			mustStart(t, l, nil)
			mustStart(t, any, nil)
			newSender(t, "tx0").send(udpFrame(7, 0, 20))
			waitReceived(t, l, 1)
			elsewhere := exec.Command("unshare", "--net", "sh", "-c", "echo there; exec sleep 1000")
			out, err := elsewhere.StdoutPipe()
			if err == nil {
				err = elsewhere.Start()
			}
			if err != nil {
				t.Fatal(err)
			}
			defer elsewhere.Wait()
			defer elsewhere.Process.Kill()
			if _, err := io.ReadFull(out, make([]byte, len("there\n"))); err != nil {
				t.Skip("needs a second network namespace: ", err)
			}
			move := exec.Command("ip", "link", "set", "rx0", "netns", strconv.Itoa(elsewhere.Process.Pid))
			if out, err := move.CombinedOutput(); err != nil {
				t.Fatalf("%s: %v\n%s", move, err, out)
			}
			var p capture.Packet
			if err := l.Next(&p); err != nil || frameNumber(p.Data[14:]) != 0 {
				t.Errorf("%+v: the packet from before: %v", cfg, err)
			}
			if err := l.Next(&p); err == nil || err.Error() != interfaceGone {
				t.Errorf("%+v: the device is elsewhere: %v", cfg, err)
			}
			any.Interrupt()
			if got := collect(t, any); len(got) != 2 {
				t.Errorf("%+v: %d packets of any, want one out and one in", cfg, len(got))
			}
		})
	}
}
