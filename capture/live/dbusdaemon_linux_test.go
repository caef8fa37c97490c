package live

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/testenv"
)

// dbusDaemon is a bus of a test's own.
type dbusDaemon struct {
	address string
	process *os.Process
}

func startDBusDaemon(t *testing.T) *dbusDaemon {
	program, err := exec.LookPath("dbus-daemon")
	if err != nil {
		t.Skip("needs dbus-daemon")
	}
	if _, err := user.LookupId(strconv.Itoa(os.Getuid())); err != nil {
		t.Skip("a bus lets in users whom the system knows: ", err)
	}
	folder := t.TempDir()
	config := filepath.Join(folder, "config")
	if err := os.WriteFile(config, []byte(`<busconfig>
<type>session</type><listen>unix:path=`+escapeDBus(folder)+`/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>`), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "--config-file="+config, "--nofork", "--nopidfile", "--print-address=1")
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Skip("dbus-daemon does not start here")
	}
	return &dbusDaemon{strings.TrimSpace(line), cmd.Process}
}

// client is one more connection to the bus.
func (d *dbusDaemon) client(t *testing.T) *dbusConn {
	fd, guid, err := connectDBus(d.address)
	if err != nil {
		t.Fatal(err)
	}
	c := &dbusConn{fd: fd}
	t.Cleanup(func() { unix.Close(fd) })
	if err := c.register(guid, func([]byte) {}); err != nil {
		t.Fatal(err)
	}
	return c
}

type dbusByteOrder interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

// dbusSignal is a signal with an array of bytes, or an open file.
func dbusSignal(order dbusByteOrder, member string, body []byte, file bool) []byte {
	return dbusMessage(4, "", order, member, body, file)
}

// dbusMessage is a signal, or a call to a client.
func dbusMessage(kind byte, to string, order dbusByteOrder, member string, body []byte, file bool) []byte {
	b := make([]byte, dbusHeader, len(body)+256)
	b[0], b[1], b[3] = 'l', kind, 1
	if order == dbusByteOrder(binary.BigEndian) {
		b[0] = 'B'
	}
	pad := func() {
		for len(b)%8 != 0 {
			b = append(b, 0)
		}
	}
	for _, f := range []struct {
		field, kind byte
		value       string
	}{{dbusPath, 'o', "/"}, {dbusInterface, 's', "a.b"}, {dbusMember, 's', member}, {dbusDestination, 's', to}} {
		if f.value == "" {
			continue
		}
		pad()
		b = append(order.AppendUint32(append(b, f.field, 1, f.kind, 0), uint32(len(f.value))), f.value+"\x00"...)
	}
	pad()
	signature := "ay"
	if file {
		b = order.AppendUint32(append(b, 9, 1, 'u', 0), 1)
		pad()
		signature = "h"
	}
	b = append(append(b, dbusSignature, 1, 'g', 0, byte(len(signature))), signature+"\x00"...)
	order.PutUint32(b[12:], uint32(len(b)-dbusHeader))
	pad()
	start := len(b)
	if file {
		b = order.AppendUint32(b, 0)
	} else {
		b = append(order.AppendUint32(b, uint32(len(body))), body...)
	}
	order.PutUint32(b[4:], uint32(len(b)-start))
	order.PutUint32(b[8:], 99)
	return b
}

// sendAll writes however much there is, and with it an open file.
func sendAll(t *testing.T, fd int, b []byte, file *os.File) {
	var rights []byte
	if file != nil {
		rights = unix.UnixRights(int(file.Fd()))
	}
	for len(b) > 0 {
		n, err := unix.SendmsgN(fd, b, rights, nil, unix.MSG_NOSIGNAL)
		switch {
		case errors.Is(err, unix.EAGAIN):
			if _, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}, -1); err != nil && !errors.Is(err, unix.EINTR) {
				t.Error(err)
				return
			}
		case err != nil:
			t.Error(err)
			return
		default:
			b, rights = b[n:], nil
		}
	}
}

// awaitMessage reads up to the message that is waited for.
func awaitMessage(t *testing.T, c *dbusConn, is func(m []byte) bool) {
	t.Helper()
	for {
		m, ok, err := c.in.message()
		if ok && is(m) {
			return
		}
		if !ok && err == nil {
			err = c.await(time.Now().Add(testenv.Patience))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestDBusInterrupted: what the bus had sent when the end was asked for is captured.
func TestDBusInterrupted(t *testing.T) {
	daemon := startDBusDaemon(t)
	l := mustOpen(t, dbusAt+daemon.address, Config{})
	if inKernel, err := l.Start(nil); !inKernel || err != nil {
		t.Fatal(inKernel, err)
	}
	client, other := daemon.client(t), daemon.client(t)
	const n = 20
	for i := range n {
		sendAll(t, client.fd, dbusSignal(binary.LittleEndian, fmt.Sprintf("Signal%dEnd", i), nil, false), nil)
	}
	// The bus has gone through them when it gives this to another client.
	sendAll(t, client.fd, dbusMessage(dbusCall, other.name, binary.LittleEndian, "Ask", nil, false), nil)
	awaitMessage(t, other, func(m []byte) bool { return m[1] == dbusCall })
	l.Interrupt()
	var all []byte
	for _, p := range collect(t, l) {
		all = append(all, p.Data...)
	}
	for i := range n {
		if !bytes.Contains(all, fmt.Appendf(nil, "Signal%dEnd", i)) {
			t.Errorf("signal %d is lost", i)
		}
	}
}

// TestDBusDaemon: from a real bus come calls, returns, errors and signals, in both byte
// orders, with open files and large bodies, each as it was sent but for its sender; and
// the capture ends with the bus.
func TestDBusDaemon(t *testing.T) {
	daemon := startDBusDaemon(t)
	l := mustOpen(t, dbusAt+daemon.address, Config{})
	if l.SnapLen() != dbusLongest || l.LinkType() != capture.LinkDBUS || !slices.Equal(l.LinkTypes(), []capture.LinkType{capture.LinkDBUS}) {
		t.Errorf("snapshot length %d, %v", l.SnapLen(), l.LinkTypes())
	}
	if fds := l.Sources().DBus; len(fds) != 1 || fds[0] < FirstSocket {
		t.Errorf("descriptors %v", fds)
	}
	if inKernel, err := l.Start(nil); !inKernel || err != nil {
		t.Fatal(inKernel, err)
	}
	var want []string // parts of messages, in their order
	client := daemon.client(t)
	want = append(want, "Hello")
	for i := range 50 {
		var order dbusByteOrder = binary.LittleEndian
		if i%2 == 1 {
			order = binary.BigEndian
		}
		body := bytes.Repeat([]byte{byte(i)}, 10+i*i*200)
		member := fmt.Sprintf("Signal%d", i)
		if i%5 == 4 {
			sendAll(t, client.fd, dbusSignal(order, member, nil, true), os.Stdin)
			want = append(want, member)
			continue
		}
		sendAll(t, client.fd, dbusSignal(order, member, body, false), nil)
		want = append(want, member+" "+string(body))
	}
	other := daemon.client(t)
	for i := range 10 {
		call := dbusMessage(dbusCall, other.name, binary.BigEndian, "Ask", []byte{1, 2, 3}, false)
		serial := uint32(200 + i)
		binary.BigEndian.PutUint32(call[8:], serial)
		sendAll(t, client.fd, call, nil)
		awaitMessage(t, other, func(m []byte) bool { return m[1] == dbusCall })
		answer := fmt.Sprintf("Answer%d.", i)
		sendAll(t, other.fd, dbusAnswer(dbusReturn+byte(i%2), serial, client.name, answer), nil)
		awaitMessage(t, client, func(m []byte) bool { return bytes.Contains(m, []byte(answer)) })
		want = append(want, "Ask \x01\x02\x03", answer)
	}
	defer time.AfterFunc(testenv.Patience, l.Abandon).Stop()
	for _, w := range want {
		member, body, whole := strings.Cut(w, " ")
		for {
			var p capture.Packet
			if err := l.Next(&p); err != nil {
				t.Fatalf("before %s: %v", member, err)
			}
			if n, err := dbusLength(p.Data); err != nil || n != len(p.Data) || p.Length != uint32(n) || p.LinkType != capture.LinkDBUS {
				t.Fatalf("%d bytes, %d said, %v", len(p.Data), n, err)
			}
			if !bytes.Contains(p.Data[:min(len(p.Data), 300)], []byte(member)) {
				continue // what the bus says of itself
			}
			if whole && !bytes.HasSuffix(p.Data, []byte(body)) {
				t.Errorf("%s: %d bytes", member, len(p.Data))
			}
			break
		}
	}
	st, err := l.Stats()
	if err != nil || st.Received < uint64(len(want)) || st.Dropped != 0 {
		t.Errorf("%+v, %v", st, err)
	}
	daemon.process.Kill()
	for {
		var p capture.Packet
		if err = l.Next(&p); err != nil {
			break
		}
	}
	if err.Error() != "Connection closed" {
		t.Errorf("at the end: %v", err)
	}
}

// TestDBusMerged: messages of two buses come in the order of their stamps, and one that
// ends leaves the other.
func TestDBusMerged(t *testing.T) {
	first, second := startDBusDaemon(t), startDBusDaemon(t)
	var parts []*Live
	for _, d := range []*dbusDaemon{first, second} {
		l := mustOpen(t, dbusAt+d.address, Config{})
		if _, err := l.Start(nil); err != nil {
			t.Fatal(err)
		}
		parts = append(parts, l)
	}
	l, err := Merge(parts)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	defer time.AfterFunc(testenv.Patience, l.Abandon).Stop()
	clients := []*dbusConn{first.client(t), second.client(t)}
	for i := range 100 {
		sendAll(t, clients[i%2].fd, dbusSignal(binary.LittleEndian, fmt.Sprintf("Signal%dx", i/2), make([]byte, i*1000), false), nil)
	}
	var next [2]int
	var last capture.Timestamp
	for next != [2]int{50, 50} {
		var p capture.Packet
		if err := l.Next(&p); err != nil {
			t.Fatal(next, err)
		}
		if p.Time.Before(last) {
			t.Errorf("%v after %v", p.Time, last)
		}
		last = p.Time
		if bytes.Contains(p.Data, fmt.Appendf(nil, "Signal%dx", next[p.Interface])) {
			next[p.Interface]++
		}
	}
	first.process.Kill()
	var p capture.Packet
	for err = l.Next(&p); err == nil; err = l.Next(&p) {
	}
	var e *Error
	if !errors.As(err, &e) || !e.GoesOn || e.Reason != "Connection closed" {
		t.Fatalf("%v", err)
	}
	sendAll(t, clients[1].fd, dbusSignal(binary.LittleEndian, "Later", nil, false), nil)
	for {
		if err := l.Next(&p); err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(p.Data, []byte("Later")) {
			break
		}
	}
	l.Interrupt()
	for err = nil; err == nil; err = l.Next(&p) {
	}
	if err != io.EOF {
		t.Error(err)
	}
}
