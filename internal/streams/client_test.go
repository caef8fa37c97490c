package streams

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/testenv"
	"github.com/tapdump/tapdump/pcapfile"
)

// sender answers each connection by what one of its functions does.
func sender(t *testing.T, each ...func(conn *net.TCPConn)) netip.AddrPort {
	t.Helper()
	testenv.NeedsLoopback(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for _, answer := range each {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			answer(conn.(*net.TCPConn))
			conn.Close()
		}
	}()
	return l.Addr().(*net.TCPAddr).AddrPort()
}

// file is a savefile of packets with numbers.
func file(t *testing.T, link capture.LinkType, f pcapfile.Format, from, to int) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := pcapfile.NewWriter(&b, "memory", link, f)
	if err != nil {
		t.Fatal(err)
	}
	for n := from; n < to; n++ {
		pkt := packet(n, 60)
		pkt.LinkType = link
		if err := w.Write(pkt); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// sends are functions that send bytes; the connection is reset behind them, or ends.
func sends(b []byte) func(*net.TCPConn) { return func(conn *net.TCPConn) { conn.Write(b) } }
func breaks(b []byte) func(*net.TCPConn) {
	return func(conn *net.TCPConn) {
		conn.Write(b)
		conn.CloseWrite()
		io.Copy(io.Discard, conn) // until it has been read
	}
}

// read connects to addr and reads all.
func read(t *testing.T, addr netip.AddrPort, a Address, o ClientOptions) (c *Client, all []int, err error) {
	t.Helper()
	o.pause = time.Millisecond
	a.Host, a.Port = addr.Addr().String(), addr.Port()
	c = NewClient(context.Background(), a, []netip.AddrPort{addr}, o)
	t.Cleanup(c.Close)
	if err := c.Connect(); err != nil {
		t.Fatal(err)
	}
	all, _, err = numbers(c)
	return c, all, err
}

// TestReconnect: a connection that breaks in a packet is followed by another one, whose
// packets go on in the same file.
func TestReconnect(t *testing.T) {
	for _, f := range []pcapfile.Format{{}, {Nano: true}, {Pcapng: true}} {
		t.Run(fmt.Sprintf("%+v", f.Pcapng), func(t *testing.T) {
			first, second := file(t, capture.LinkEN10MB, f, 0, 10), file(t, capture.LinkEN10MB, f, 10, 20)
			said := new(log)
			addr := sender(t, breaks(first[:len(first)-7]), sends(nil), sends(second[:3]), sends(second))
			_, got, err := read(t, addr, Address{}, ClientOptions{Note: said.note})
			if err != nil {
				t.Error(err)
			}
			want := append([]int{0, 1, 2, 3, 4, 5, 6, 7, 8}, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19)
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("packets %v", got)
			}
			if !said.has("connection lost: it ended in the middle of a packet; connecting again") || !said.has("connected again after") || len(said.lines) != 2 {
				t.Errorf("it says\n%s", said)
			}
		})
	}
}

// TestReset: a connection that is reset has not ended, even between two packets.
func TestReset(t *testing.T) {
	whole := file(t, capture.LinkEN10MB, pcapfile.Format{}, 0, 10)
	said := new(log)
	addr := sender(t, func(conn *net.TCPConn) {
		conn.Write(whole)
		one := make([]byte, 1)
		conn.Read(one) // the reader does not send it before it has them
		conn.SetLinger(0)
	}, sends(whole))
	a := Address{Host: addr.Addr().String(), Port: addr.Port()}
	c := NewClient(context.Background(), a, []netip.AddrPort{addr}, ClientOptions{Note: said.note, pause: time.Millisecond})
	defer c.Close()
	if err := c.Connect(); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(whole))
	if _, err := io.ReadFull(c, got); err != nil {
		t.Fatal(err)
	}
	c.conn.Write([]byte("x"))
	rest, err := io.ReadAll(c)
	if err != nil || !bytes.Equal(rest, whole[fileHeaderLen:]) {
		t.Errorf("%d bytes more, %v; want %d", len(rest), err, len(whole)-fileHeaderLen)
	}
	if !said.has("connection lost: Connection reset by peer") {
		t.Errorf("it says\n%s", said)
	}
}

// TestCleanEnd: a stream that ends between packets has ended, unless it is to be
// connected to always.
func TestCleanEnd(t *testing.T) {
	whole := file(t, capture.LinkEN10MB, pcapfile.Format{}, 0, 10)
	for reconnect, want := range map[Reconnect]int{AfterBreak: 10, Never: 10, Always: 19} {
		addr := sender(t, sends(whole), sends(whole[:len(whole)-1]))
		a := Address{Host: addr.Addr().String(), Port: addr.Port(), Reconnect: reconnect}
		c := NewClient(context.Background(), a, []netip.AddrPort{addr}, ClientOptions{pause: time.Millisecond})
		if err := c.Connect(); err != nil {
			t.Fatal(err)
		}
		n := 0
		r, err := pcapfile.NewReader(c)
		if err != nil {
			t.Fatal(err)
		}
		var pkt capture.Packet
		for n < 19 && r.Next(&pkt) == nil {
			n++
		}
		if n != want {
			t.Errorf("reconnect=%s: %d packets, want %d", reconnect, n, want)
		}
		c.Close()
	}
}

// TestNever: without connecting again, what is missing is an error.
func TestNever(t *testing.T) {
	whole := file(t, capture.LinkEN10MB, pcapfile.Format{}, 0, 10)
	addr := sender(t, sends(whole[:len(whole)-7]))
	_, got, err := read(t, addr, Address{Reconnect: Never}, ClientOptions{pause: time.Millisecond})
	if len(got) != 9 || err == nil || !strings.Contains(err.Error(), "truncated dump file") {
		t.Errorf("%d packets, %v", len(got), err)
	}
}

// TestOtherHeader: a stream that goes on with another header is another file.
func TestOtherHeader(t *testing.T) {
	first := file(t, capture.LinkEN10MB, pcapfile.Format{}, 0, 10)
	second := file(t, capture.LinkRAW, pcapfile.Format{}, 10, 20)
	parts := []func(*net.TCPConn){breaks(first[:len(first)-7]), sends(second)}
	c, got, err := read(t, sender(t, parts...), Address{}, ClientOptions{pause: time.Millisecond})
	if err != nil || len(got) != 9 || !c.More() {
		t.Fatalf("%d packets, %v, more: %t", len(got), err, c.More())
	}
	got, _, err = numbers(c)
	if err != nil || c.More() {
		t.Errorf("%v, more: %t", err, c.More())
	}
	checkNumbers(t, "the second part", got, 10, 20)
	_, got, err = read(t, sender(t, parts...), Address{}, ClientOptions{OneHeader: true})
	if err == nil || len(got) != 9 {
		t.Errorf("%d packets, %v", len(got), err)
	}
}

// TestStrangeStream: what is no savefile is handed on as it is, for its reader to say
// so; and so is a record that is too long to be one.
func TestStrangeStream(t *testing.T) {
	head := file(t, capture.LinkEN10MB, pcapfile.Format{}, 0, 1)
	long := append(bytes.Clone(head[:fileHeaderLen]), bytes.Repeat([]byte{0x7f}, 100)...)
	section := append(file(t, capture.LinkEN10MB, pcapfile.Format{Pcapng: true}, 0, 1), bytes.Repeat([]byte{1}, 100)...)
	for _, b := range [][]byte{[]byte("HTTP/1.1 400 Bad Request\r\n"), {0x1f}, long, section} {
		addr := sender(t, sends(b))
		c := NewClient(context.Background(), Address{Host: "127.0.0.1", Reconnect: Never}, []netip.AddrPort{addr}, ClientOptions{pause: time.Millisecond})
		if err := c.Connect(); err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(c); err != nil || !bytes.Equal(got, b) {
			t.Errorf("%.20q: %d bytes, %v; want %d", b, len(got), err, len(b))
		}
		c.Close()
	}
}

// TestSwapped: a stream of the other byte order is followed, too.
func TestSwapped(t *testing.T) {
	var f framing
	head := []byte{0xa1, 0xb2, 0xc3, 0xd4, 0, 2, 0, 4}
	if n := f.recordEnd(head); n != fileHeaderLen {
		t.Errorf("a header of %d bytes", n)
	}
	if n := f.recordEnd([]byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 7}); n != 16+7 {
		t.Errorf("a record of %d bytes", n)
	}
	f = framing{}
	if n := f.recordEnd([]byte{0x0a, 0x0d, 0x0d, 0x0a, 0, 0, 0, 28, 0x1a, 0x2b, 0x3c, 0x4d}); n != 28 {
		t.Errorf("a section header of %d bytes", n)
	}
	if n := f.recordEnd([]byte{0, 0, 0, 6, 0, 0, 0, 32}); n != 32 {
		t.Errorf("a block of %d bytes", n)
	}
}

// TestCloseWhileConnecting: the end of a run ends the waiting for a server that has gone.
func TestCloseWhileConnecting(t *testing.T) {
	whole := file(t, capture.LinkEN10MB, pcapfile.Format{}, 0, 10)
	addr := sender(t, sends(whole[:len(whole)-7]))
	ctx, cancel := context.WithCancel(context.Background())
	said := new(log)
	c := NewClient(ctx, Address{Host: "127.0.0.1"}, []netip.AddrPort{addr}, ClientOptions{Note: said.note})
	if err := c.Connect(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() {
		_, err := io.Copy(io.Discard, c)
		done <- err
	}()
	testenv.WaitFor(t, "the connection is lost", func() bool { return said.has("connection lost") })
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestServerRestarts: a reader goes on when the server has come again, with what it
// sends from then on.
func TestServerRestarts(t *testing.T) {
	s := serve(t, 0, false, ServerOptions{})
	a := Address{Host: "127.0.0.1", Port: s.port(), Reconnect: Always}
	c := NewClient(context.Background(), a, s.Addrs(), ClientOptions{pause: time.Millisecond})
	defer c.Close()
	if err := c.Connect(); err != nil {
		t.Fatal(err)
	}
	s.await(t, 1)
	s.send(t, 0, 10, 60)
	s.Close(testenv.Patience, nil)
	r, err := pcapfile.NewReader(c)
	if err != nil {
		t.Fatal(err)
	}
	var pkt capture.Packet
	for n := range 10 {
		if err := r.Next(&pkt); err != nil {
			t.Fatalf("packet %d: %v", n, err)
		}
	}
	done := make(chan error, 1)
	go func() { done <- r.Next(&pkt) }()
	again := serve(t, s.port(), false, ServerOptions{})
	again.await(t, 1)
	again.send(t, 10, 11, 60)
	if err := <-done; err != nil || pkt.Time.Sec != 10 {
		t.Errorf("packet %d, %v", pkt.Time.Sec, err)
	}
}
