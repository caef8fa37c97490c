package live

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/capture"
)

// TestDBusAddresses: what an address leads to, and what is said of one that leads
// nowhere, in libdbus's words.
func TestDBusAddresses(t *testing.T) {
	for _, c := range []struct{ address, want string }{
		{"unix:path=/run/bus", "/run/bus"},
		{"unix:path=/run/bus,guid=00", "/run/bus guid 00"},
		{"unix:path=/run/bus,", "/run/bus"},
		{"unix:path=/a,path=/b;", "/a"},
		{"unix:abstract=/tmp/bus", "@/tmp/bus"},
		{"unix:path=@bus", "'@' should have been escaped"},
		{"unix:path=%40bus", "./@bus"},
		{"unix:path=/a%20%C3%a4%2c", "/a \u00e4,"},
		{"unix:path=/a%00b", "/a"},
		{"tcp:port=1;unix:path=/b", "buses over tcp are not available here, those over unix are | /b"},
		{"", "Empty address ''"},
		{";unix:path=/a", "Address does not contain a colon"},
		{"unix", "Address does not contain a colon"},
		{"unix:path", "'=' character not found or has no value following it"},
		{"unix:path=", "'=' character not found or has no value following it"},
		{"unix:=a", "'=' character not found or has no value following it"},
		{"unix:path=/a,,abstract=b", "'=' character not found or has no value following it"},
		{"unix:path=/a b", "In D-Bus address, character ' ' should have been escaped\n"},
		{"unix:path=%2", "In D-Bus address, percent character was not followed by two hex digits"},
		{"unix:path=%zz", "In D-Bus address, percent character was followed by characters other than hex digits"},
		{"unix:path=%+1", "In D-Bus address, percent character was followed by characters other than hex digits"},
		{"unix:runtime=yes", "Server address of type unix was missing argument path or abstract"},
		{"unix:path=/a,abstract=b", `Could not parse server address: can't specify both "path" and "abstract" options in an address`},
		{"unix:tmpdir=/tmp", `Could not parse server address: cannot use the "tmpdir" option for an address to connect to, only in an address to listen on`},
		{"foo:", `Could not parse server address: Unknown address type (examples of valid types are "tcp" and on UNIX "unix")`},
		{"autolaunch:", "Unable to autolaunch a dbus-daemon without a $DISPLAY for X11"},
		{"unix:path=" + strings.Repeat("a", 100), "Socket name too long\n"},
		{"unix:abstract=" + strings.Repeat("a", 99), "Abstract socket name too long\n"},
	} {
		var got []string
		all, err := dbusAddresses(c.address)
		if err != nil {
			got = append(got, err.Error())
		}
		for i := range all {
			to, _, err := all[i].socket()
			switch guid := all[i].keys["guid"]; {
			case err != nil:
				got = append(got, err.Error())
			case guid != "":
				got = append(got, to.Name+" guid "+guid)
			default:
				got = append(got, to.Name)
			}
		}
		if got := strings.Join(got, " | "); got != c.want && !(strings.HasPrefix(c.want, "'@'") && strings.Contains(got, c.want)) {
			t.Errorf("%q: %q, want %q", c.address, got, c.want)
		}
	}
}

// TestDBusEnvironment: where the buses are that have names.
func TestDBusEnvironment(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"DBUS_SYSTEM_BUS_ADDRESS", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"} {
		t.Setenv(name, "")
	}
	check := func(system, session string) {
		t.Helper()
		if systemDBus() != system || sessionDBus() != session {
			t.Errorf("system %q, session %q; want %q, %q", systemDBus(), sessionDBus(), system, session)
		}
	}
	const system = "unix:path=/run/dbus/system_bus_socket"
	check(system, "autolaunch:")
	t.Setenv("XDG_RUNTIME_DIR", folder)
	check(system, "autolaunch:")
	l, err := net.Listen("unix", filepath.Join(folder, "bus"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	check(system, "unix:path="+escapeDBus(folder)+"/bus")
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "a:")
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "b:")
	check("a:", "b:")
	if got := escapeDBus("/a b%\u00e4"); got != "/a%20b%25%c3%a4" {
		t.Errorf("escaped %s", got)
	}
}

// swapDBus is a call of appendDBusCall in the other byte order.
func swapDBus(m []byte) []byte {
	b := slices.Clone(m)
	b[0] = 'B'
	swap := func(at int) (n int) {
		n = int(binary.LittleEndian.Uint32(b[at:]))
		binary.BigEndian.PutUint32(b[at:], uint32(n))
		return n
	}
	body := swap(4)
	swap(8)
	end := dbusHeader + swap(12)
	for at := dbusHeader; at < end; at = align8(at) {
		if b[at+2] == 'g' {
			at += 5 + int(b[at+4]) + 1
		} else {
			at += 8 + swap(at+4) + 1
		}
	}
	if body > 0 {
		swap(align8(end))
	}
	return b
}

// dbusAnswer is what a bus returns; without a text it has no body.
func dbusAnswer(kind byte, serial uint32, to, text string) []byte {
	b := []byte{'l', kind, 1, 1, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0}
	pad := func(n int) {
		for len(b)%n != 0 {
			b = append(b, 0)
		}
	}
	put := func(s string) {
		b = append(binary.LittleEndian.AppendUint32(b, uint32(len(s))), s+"\x00"...)
	}
	b = append(b, dbusDestination, 1, 's', 0)
	put(to)
	pad(8)
	b = append(b, dbusReplySerial, 1, 'u', 0)
	b = binary.LittleEndian.AppendUint32(b, serial)
	pad(8)
	if kind == dbusErrors {
		b = append(b, dbusErrorName, 1, 's', 0)
		put("com.example.Error")
		pad(8)
	}
	if text != "" {
		b = append(b, dbusSignature, 1, 'g', 0, 1, 's', 0)
	}
	binary.LittleEndian.PutUint32(b[12:], uint32(len(b)-dbusHeader))
	pad(8)
	if text != "" {
		start := len(b)
		put(text)
		binary.LittleEndian.PutUint32(b[4:], uint32(len(b)-start))
	}
	return b
}

// TestDBusMessages: messages in both byte orders are found one behind the other, however
// they come in pieces, and lengths that cannot be are refused.
func TestDBusMessages(t *testing.T) {
	little := appendDBusCall(nil, 7, "AddMatch", "type='signal'")
	large := slices.Concat(little[:4], []byte{0, 0, 8, 0}, little[8:])
	large = append(large, make([]byte, align8(dbusHeader+int(little[12]))+8<<16-len(large))...)
	all := [][]byte{little, swapDBus(little), appendDBusCall(nil, 1, "Hello", ""), large, little}
	stream := slices.Concat(all...)
	for _, piece := range []int{1, 7, 1000, 1 << 20} {
		var u dbusBuffer
		var got [][]byte
		for rest := stream; ; {
			m, ok, err := u.message()
			if err != nil {
				t.Fatal(err)
			}
			if ok {
				got = append(got, bytes.Clone(m))
				continue
			}
			if len(rest) == 0 {
				break
			}
			n := copy(u.room(), rest[:min(piece, len(rest))])
			u.filled(n)
			rest = rest[n:]
		}
		if !slices.EqualFunc(got, all, bytes.Equal) {
			t.Errorf("pieces of %d: %d messages, want %d", piece, len(got), len(all))
		}
	}
	for _, c := range []struct {
		order        binary.AppendByteOrder
		mark         byte
		body, fields uint32
		want         int // -1: refused
	}{
		{binary.LittleEndian, 'l', 5, 9, 16 + 16 + 5},
		{binary.BigEndian, 'B', 5, 9, 16 + 16 + 5},
		{binary.LittleEndian, 'l', dbusLongest - 16, 0, dbusLongest},
		{binary.LittleEndian, 'l', dbusLongest - 15, 0, -1},
		{binary.BigEndian, 'B', 0, dbusLongest + 1, -1},
		{binary.BigEndian, 'B', 0xffff_ffff, 0xffff_ffff, -1},
		{binary.LittleEndian, 'x', 0, 0, -1},
	} {
		b := c.order.AppendUint32([]byte{c.mark, 1, 0, 1}, c.body)
		b = c.order.AppendUint32(c.order.AppendUint32(b, 1), c.fields)
		n, err := dbusLength(b)
		if err != nil {
			n = -1
		}
		if n != c.want {
			t.Errorf("%c, body %d, fields %d: %d, want %d", c.mark, c.body, c.fields, n, c.want)
		}
		if n, err := dbusLength(b[:15]); n != 0 || err != nil {
			t.Errorf("of 15 bytes: %d, %v", n, err)
		}
	}
}

// TestDBusMemory: what a message says of its length takes no memory, only what comes
// does, and it is given back.
func TestDBusMemory(t *testing.T) {
	var u dbusBuffer
	head := []byte{'l', 1, 0, 1, 0, 0, 0, 4, 1, 0, 0, 0, 0, 0, 0, 0} // a body of 64 MiB
	u.filled(copy(u.room(), head))
	if _, ok, err := u.message(); ok || err != nil || len(u.data) != dbusBufferSize {
		t.Errorf("%v, %v, %d bytes", ok, err, len(u.data))
	}
	for left := 64 << 20; left > 0; {
		if _, ok, _ := u.message(); ok || len(u.data) > max(dbusBufferSize, 4*u.to) {
			t.Fatalf("%d bytes for %d", len(u.data), u.to)
		}
		n := min(len(u.room()), left)
		u.filled(n)
		left -= n
	}
	if m, ok, err := u.message(); !ok || err != nil || len(m) != 16+64<<20 {
		t.Errorf("%d bytes, %v, %v", len(m), ok, err)
	}
	if u.room(); len(u.data) != dbusBufferSize {
		t.Errorf("%d bytes are kept", len(u.data))
	}
}

func FuzzDBusReply(f *testing.F) {
	call := appendDBusCall(nil, 7, "AddMatch", "type='signal'")
	for _, m := range [][]byte{call, swapDBus(call), dbusAnswer(dbusErrors, 3, ":1.5", "no"), dbusAnswer(dbusReturn, 1, ":1.5", ":1.5")} {
		f.Add(m)
	}
	// A string that is longer than a message may be.
	long := dbusAnswer(dbusReturn, 1, ":1.5", ":1.5")
	binary.NativeEndian.PutUint32(long[bytes.LastIndex(long, []byte(":1.5"))-4:], math.MaxUint32)
	f.Add(long)
	f.Fuzz(func(t *testing.T, b []byte) {
		parseDBusReply(b)
		u := dbusBuffer{data: b, to: len(b)}
		for ok := true; ok; {
			_, ok, _ = u.message()
		}
		if _, ok := u.line(); ok && u.from > u.to {
			t.Error("beyond the end")
		}
	})
}

// bus is the other end of a connection: it answers as the test has it.
type bus struct {
	t *testing.T
	net.Conn
	r *bufio.Reader
}

// startBus has serve answer whoever connects to the address that it returns.
func startBus(t *testing.T, serve func(b *bus)) (address string) {
	path := filepath.Join(t.TempDir(), "bus")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		serve(&bus{t, conn, bufio.NewReader(conn)})
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return "unix:path=" + escapeDBus(path)
}

const dbusGUID = "0123456789abcdef0123456789abcdef"

// expect reads a line, and answers it.
func (b *bus) expect(line, answer string) {
	got, err := b.r.ReadString('\n')
	if err != nil || got != line+"\r\n" {
		b.t.Errorf("%q, %v; want %q", got, err, line)
	}
	if answer != "" {
		io.WriteString(b, answer+"\r\n")
	}
}

func (b *bus) authenticate() {
	b.expect(fmt.Sprintf("\x00AUTH EXTERNAL %x", fmt.Append(nil, unix.Geteuid())), "OK "+dbusGUID)
	b.expect("NEGOTIATE_UNIX_FD", "AGREE_UNIX_FD")
	b.expect("BEGIN", "")
}

// call reads a message.
func (b *bus) call(want []byte) {
	got := make([]byte, len(want))
	if _, err := io.ReadFull(b.r, got); err != nil || !bytes.Equal(got, want) {
		b.t.Errorf("%q, %v\nwant %q", got, err, want)
	}
}

// welcome is what a bus says to a client of the name :1.5.
func (b *bus) welcome() {
	b.authenticate()
	b.call(appendDBusCall(nil, 1, "Hello", ""))
	b.Write(dbusAnswer(dbusReturn, 1, ":1.5", ":1.5"))
	for i, kind := range []string{"signal", "method_call", "method_return", "error"} {
		b.call(appendDBusCall(nil, uint32(i)+2, "AddMatch", "eavesdrop=true,type='"+kind+"'"))
		b.Write(dbusAnswer(dbusReturn, uint32(i)+2, ":1.5", ""))
	}
}

// openBus opens the bus at an address as a device.
func openBus(t *testing.T, address string) *dbusSource {
	s, err := openDBus(&device{name: dbusAt + address})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.close() })
	return s.(*dbusSource)
}

// nextMessage waits for a message.
func nextMessage(s *dbusSource) (*capture.Packet, error) {
	for {
		var p capture.Packet
		if ok, err := skipping(s, &p); ok || err != nil {
			return &p, err
		}
		if _, err := unix.Poll([]unix.PollFd{{Fd: int32(s.fd()), Events: unix.POLLIN}}, -1); err != nil && !errors.Is(err, unix.EINTR) {
			return nil, err
		}
	}
}

// TestDBusHandshake: the bus is asked for all messages, by what it knows; what comes in
// between are packets, but for the answers; one to somebody else is none.
func TestDBusHandshake(t *testing.T) {
	signal := swapDBus(appendDBusCall(nil, 77, "NameAcquired", ":1.5"))
	others := dbusAnswer(dbusReturn, 3, ":1.6", "x")
	address := startBus(t, func(b *bus) {
		b.authenticate()
		b.call(appendDBusCall(nil, 1, "Hello", ""))
		b.Write(slices.Concat(dbusAnswer(dbusReturn, 1, ":1.5", ":1.5"), signal))
		b.call(appendDBusCall(nil, 2, "AddMatch", "eavesdrop=true,type='signal'"))
		b.Write(dbusAnswer(dbusErrors, 2, ":1.5", "no"))
		b.call(appendDBusCall(nil, 3, "AddMatch", "type='signal'"))
		b.Write(slices.Concat(others, dbusAnswer(dbusReturn, 3, ":1.5", "")))
		for i, kind := range []string{"method_call", "method_return", "error"} {
			b.call(appendDBusCall(nil, uint32(i)+4, "AddMatch", "eavesdrop=true,type='"+kind+"'"))
			b.Write(dbusAnswer(dbusReturn, uint32(i)+4, ":1.5", ""))
		}
		b.Write(signal)
	})
	s := openBus(t, address+",guid="+dbusGUID)
	if s.conn.name != ":1.5" {
		t.Errorf("the name is %q", s.conn.name)
	}
	if s.fd() < FirstSocket {
		t.Errorf("descriptor %d", s.fd())
	}
	for i, want := range [][]byte{signal, others, signal} {
		if p, err := nextMessage(s); err != nil || !bytes.Equal(p.Data, want) || p.Length != uint32(len(want)) || p.Time.Nsec%1000 != 0 || p.Time.Sec == 0 {
			t.Fatalf("message %d: %q, %v", i, p.Data, err)
		}
	}
	if _, err := nextMessage(s); err == nil || err.Error() != "Connection closed" {
		t.Errorf("at the end: %v", err)
	}
	if st, _ := s.stats(); st != (capture.Stats{Received: 3}) {
		t.Errorf("%+v", st)
	}
}

// TestDBusRefused: a bus that does not want us, or is none, is said to have sent no reply.
func TestDBusRefused(t *testing.T) {
	auth := fmt.Sprintf("\x00AUTH EXTERNAL %x", fmt.Append(nil, unix.Geteuid()))
	silent := "Failed to register bus ADDRESS: " + errNoDBusReply.Error() + "\n"
	for _, c := range []struct {
		name, want string
		serve      func(b *bus)
	}{
		{"closed", silent, func(b *bus) {}},
		{"rejected", silent, func(b *bus) { b.expect(auth, "REJECTED EXTERNAL DBUS_COOKIE_SHA1") }},
		{"rejected twice", silent, func(b *bus) {
			b.expect(auth, "REJECTED EXTERNAL ANONYMOUS")
			b.expect("AUTH ANONYMOUS 74617064756d70", "REJECTED EXTERNAL ANONYMOUS")
		}},
		{"another bus", silent, func(b *bus) { b.expect(auth, "OK 00") }},
		{"a long line", silent, func(b *bus) { b.Write(make([]byte, 100_000)) }},
		{"no message", silent, func(b *bus) { b.authenticate(); b.Write(make([]byte, 100)) }},
		{"no Hello", "Failed to register bus ADDRESS: not you\n", func(b *bus) {
			b.authenticate()
			b.Write(dbusAnswer(dbusErrors, 1, "", "not you"))
			b.call(appendDBusCall(nil, 1, "Hello", ""))
		}},
		{"no rules", "Failed to add bus match: com.example.Error\n", func(b *bus) {
			b.authenticate()
			b.Write(slices.Concat(dbusAnswer(dbusReturn, 1, ":1.5", ":1.5"), dbusAnswer(dbusErrors, 2, ":1.5", "no"), dbusAnswer(dbusErrors, 3, ":1.5", "")))
			b.r.WriteTo(io.Discard)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			address := startBus(t, c.serve) + ",guid=" + dbusGUID
			_, err := openDBus(&device{name: dbusAt + address})
			want := strings.ReplaceAll(c.want, "ADDRESS", address)
			if want = "dbus://" + address + ": " + want[:min(len(want), 255)]; strings.HasSuffix(want, "\n") {
				want += "\n"
			}
			if err == nil || err.Error() != want {
				t.Errorf("%v\nwant %s", err, want)
			}
		})
	}
	_, err := openDBus(&device{name: "dbus://unix:path=/nonexistent"})
	want := "dbus://unix:path=/nonexistent: Failed to open connection to: unix:path=/nonexistent: Failed to connect to socket /nonexistent: No such file or directory"
	if err == nil || err.Error() != want || !errors.Is(err, unix.ENOENT) {
		t.Errorf("%v\nwant %s", err, want)
	}
	hello := func(b *bus) {
		b.authenticate()
		b.call(appendDBusCall(nil, 1, "Hello", ""))
		b.Write(dbusAnswer(dbusReturn, 1, ":1.5", ":1.5"))
	}
	if _, err := openDBus(&device{name: dbusAt + startBus(t, hello), cfg: Config{Monitor: true}}); err == nil || !strings.HasSuffix(err.Error(), ": "+noMonitorMode) {
		t.Errorf("monitor mode: %v", err)
	}
}

// TestDBusFlood: messages that come while answers are awaited are kept within bounds, and
// others counted.
func TestDBusFlood(t *testing.T) {
	m := dbusAnswer(dbusReturn, 9, ":1.6", strings.Repeat("x", 1<<20))
	address := startBus(t, func(b *bus) {
		b.authenticate()
		b.Write(dbusAnswer(dbusReturn, 1, ":1.5", ":1.5"))
		for range 20 {
			b.Write(m)
		}
		for i := range uint32(4) {
			b.Write(dbusAnswer(dbusReturn, i+2, ":1.5", ""))
		}
		b.r.WriteTo(io.Discard)
	})
	s := openBus(t, address)
	if st, _ := s.stats(); st.Dropped != 5 || len(s.kept) > dbusKept {
		t.Errorf("%d dropped, %d bytes kept", st.Dropped, len(s.kept))
	}
	for range 15 {
		if p, err := nextMessage(s); err != nil || !bytes.Equal(p.Data, m) {
			t.Fatalf("%d bytes, %v", len(p.Data), err)
		}
	}
}

// pairedBus is a source, and the other end of its connection.
func pairedBus(t *testing.T) (s *dbusSource, other int) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	s = &dbusSource{conn: dbusConn{fd: fds[0]}}
	t.Cleanup(func() { s.close(); unix.Close(fds[1]) })
	return s, fds[1]
}

// TestDBusFilter: only what the filter lets through is counted, as in libpcap.
func TestDBusFilter(t *testing.T) {
	short, long := appendDBusCall(nil, 1, "Hello", ""), appendDBusCall(nil, 1, "AddMatch", "something")
	address := startBus(t, func(b *bus) {
		b.welcome()
		b.Write(slices.Concat(short, long, short, long))
	})
	s := openBus(t, address)
	if inKernel, err := s.start([]bpf.Instruction{
		{Op: 0x80}, {Op: 0x35, Jt: 0, Jf: 1, K: uint32(len(long))}, {Op: 0x06, K: dbusLongest}, {Op: 0x06},
	}); !inKernel || err != nil {
		t.Fatal(inKernel, err)
	}
	for range 2 {
		if p, err := nextMessage(s); err != nil || !bytes.Equal(p.Data, long) {
			t.Errorf("%q, %v", p.Data, err)
		}
	}
	if _, err := nextMessage(s); err == nil {
		t.Error("more messages")
	}
	if st, _ := s.stats(); st.Received != 2 {
		t.Errorf("%d received", st.Received)
	}
}

// TestDBusTurns: what is passed over comes one by one, once it is read.
func TestDBusTurns(t *testing.T) {
	s, other := pairedBus(t)
	mustRejectAll(t, s)
	m := appendDBusCall(nil, 1, "AddMatch", "something")
	if _, err := unix.Write(other, slices.Concat(m, m[:10])); err != nil {
		t.Fatal(err)
	}
	mustPassOver(t, s, 2) // reading is one
	mustHaveNone(t, s)
	if _, err := unix.Write(other, slices.Concat(m[10:], m, m)); err != nil {
		t.Fatal(err)
	}
	mustPassOver(t, s, 4)
	mustHaveNone(t, s)
}

// TestDBusAllocations: a message costs none.
func TestDBusAllocations(t *testing.T) {
	s, other := pairedBus(t)
	m := slices.Repeat(appendDBusCall(nil, 1, "AddMatch", "something"), 20)
	s.conn.in.room()
	var p capture.Packet
	if n := testing.AllocsPerRun(100, func() {
		if _, err := unix.Write(other, m); err != nil {
			t.Fatal(err)
		}
		for range 20 {
			if ok, err := skipping(s, &p); !ok || err != nil {
				t.Fatal(ok, err)
			}
		}
		if ok, err := s.next(&p); ok || err != nil {
			t.Fatal(ok, err)
		}
	}); n != 0 {
		t.Errorf("%v allocations for 20 messages", n)
	}
}
