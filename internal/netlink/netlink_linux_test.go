package netlink

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// raw is a message, written by hand, whose length is too large by more.
func raw(kind uint16, number uint32, more int64, body ...byte) []byte {
	b := binary.NativeEndian.AppendUint32(nil, uint32(int64(16+len(body))+more))
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = append(b, 0, 0)
	b = binary.NativeEndian.AppendUint32(b, number)
	b = append(append(b, 0, 0, 0, 0), body...)
	return append(b, make([]byte, (4-len(b)%4)%4)...)
}

// attribute is one, written by hand, whose length is too large by more.
func attribute(kind uint16, more int, value string) []byte {
	b := binary.NativeEndian.AppendUint16(nil, uint16(4+len(value)+more))
	b = append(binary.NativeEndian.AppendUint16(b, kind), value...)
	return append(b, make([]byte, (4-len(b)%4)%4)...)
}

// TestBuild: what is built has the bytes that it should have, wherever it lies.
func TestBuild(t *testing.T) {
	inner := NewMessage(nil, 0, 0).Attribute(7, []byte("in")).Body()
	want := raw(0x1234, 0, 0, slices.Concat([]byte{1, 2, 3, 4}, attribute(5, 0, "abc"), attribute(6, 0, ""),
		attribute(8, 0, string(binary.NativeEndian.AppendUint32(nil, 0x01020304))), attribute(9|unix.NLA_F_NESTED, 0, string(attribute(7, 0, "in"))))...)
	binary.NativeEndian.PutUint16(want[6:], unix.NLM_F_REQUEST|unix.NLM_F_ACK)
	dirty := bytes.Repeat([]byte{0xff}, 200)
	for _, memory := range [][]byte{nil, make([]byte, 3), dirty} {
		m := NewMessage(memory, 0x1234, unix.NLM_F_ACK).Append(1, 2, 3, 4).Attribute(5, []byte("abc")).
			Attribute(6, nil).Attribute32(8, 0x01020304).Attribute(9|unix.NLA_F_NESTED, inner)
		if !bytes.Equal(m, want) {
			t.Errorf("in %d bytes: % x, want % x", len(memory), m, want)
		}
	}
	if n := testing.AllocsPerRun(100, func() { NewMessage(dirty, 1, 2).Append(1, 2, 3, 4).Attribute32(3, 4) }); n != 0 {
		t.Errorf("%v allocations where there is room", n)
	}
}

// TestMessages: messages are told apart, up to one that is damaged.
func TestMessages(t *testing.T) {
	one, five, two := raw(16, 7, 0), raw(17, 8, 0, 1, 2, 3, 4, 5), raw(18, 9, 0, 6)
	for _, c := range []struct {
		what  string
		b     []byte
		want  string // kinds, numbers, bodies
		wrong LengthError
	}{
		{"several", slices.Concat(one, five, two), "16 7 ; 17 8 0102030405; 18 9 06; ", LengthError{}},
		{"without the last's alignment", slices.Concat(one, two[:17]), "16 7 ; 18 9 06; ", LengthError{}},
		{"nothing", nil, "", LengthError{}},
		{"less than a header", one[:15], "", LengthError{}},
		{"less than a header behind one", slices.Concat(one, two[:15]), "16 7 ; ", LengthError{}},
		{"beyond the end", slices.Concat(one, raw(18, 9, 1, 1, 2, 3, 4)), "16 7 ; ", LengthError{20, 21}},
		{"too short", slices.Concat(one, raw(18, 9, -1)), "16 7 ; ", LengthError{16, 15}},
		{"no length", slices.Concat(raw(18, 9, -16), one), "", LengthError{32, 0}},
		{"the longest", raw(18, 9, math.MaxUint32-16), "", LengthError{16, math.MaxUint32}},
	} {
		var got strings.Builder
		m := NewMessages(c.b)
		for m.Next() {
			fmt.Fprintf(&got, "%d %d %x; ", m.Kind(), m.Number(), m.Body())
			if cap(m.Message) != len(m.Message) {
				t.Errorf("%s: what is behind can be reached by append", c.what)
			}
		}
		var wrong *LengthError
		if errors.As(m.Err(), &wrong) != (c.wrong != LengthError{}) || wrong != nil && *wrong != c.wrong || got.String() != c.want {
			t.Errorf("%s: %q, %+v, want %q, %+v", c.what, got.String(), wrong, c.want, c.wrong)
		}
		if m.Next() {
			t.Errorf("%s: goes on behind the end", c.what)
		}
	}
}

// TestAttributes: attributes are told apart, up to one that is damaged.
func TestAttributes(t *testing.T) {
	for _, c := range []struct {
		what string
		b    []byte
		want string // kinds and values
	}{
		{"several", slices.Concat(attribute(1, 0, ""), attribute(2, 0, "a"), attribute(3, 0, "abcde"), attribute(2, 0, "abcd")), `1"" 2"a" 3"abcde" 2"abcd" `},
		{"without the last's alignment", attribute(2, 0, "a")[:5], `2"a" `},
		{"with flags", slices.Concat(attribute(1|unix.NLA_F_NESTED, 0, "x"), attribute(2|unix.NLA_F_NET_BYTEORDER, 0, "y")), `1"x" 2"y" `},
		{"nothing", nil, ""},
		{"less than a header", attribute(1, 0, "")[:3], ""},
		{"beyond the end", slices.Concat(attribute(1, 0, "a"), attribute(2, 1, "abcd")), `1"a" `},
		{"too short", slices.Concat(attribute(1, 0, "a"), attribute(2, -1, ""), attribute(3, 0, "")), `1"a" `},
		{"no length", slices.Concat(attribute(2, -4, ""), attribute(3, 0, "")), ""},
	} {
		var got strings.Builder
		a := NewAttributes(c.b)
		for a.Next() {
			fmt.Fprintf(&got, "%d%q ", a.Kind, a.Value)
			if cap(a.Value) != len(a.Value) {
				t.Errorf("%s: what is behind can be reached by append", c.what)
			}
		}
		if got.String() != c.want || a.Next() {
			t.Errorf("%s: %s, want %s", c.what, got.String(), c.want)
		}
	}
	b := slices.Concat(attribute(1, 0, "a"), attribute(2, 0, "b"), attribute(2, 0, "c"), attribute(4, 0, ""))
	if string(Find(b, 2)) != "b" || Find(b, 3) != nil || Find(b, 4) == nil {
		t.Errorf("found %q, %q, %q", Find(b, 2), Find(b, 3), Find(b, 4))
	}
}

// FuzzWalk: whatever is received is gone through in as many steps as there is room for
// headers, and nothing beside it, or twice, is yielded.
func FuzzWalk(f *testing.F) {
	f.Add(slices.Concat(raw(16, 1, 0), raw(17, 2, 0, attribute(1, 0, "abc")...), raw(unix.NLMSG_DONE, 2, 0)))
	f.Add(raw(unix.NLMSG_ERROR, 1, 0, 0xff, 0xff, 0xff, 0xff))
	f.Add(raw(unix.NLMSG_ERROR, 1, 0, 1))
	f.Add(slices.Concat(raw(16, 1, 0, attribute(1, 9, "abc")...), raw(17, 1, 1)))
	f.Add(raw(16, 1, math.MaxUint32-16))
	f.Add(raw(16, 1, -16))
	f.Fuzz(func(t *testing.T, b []byte) {
		messages, values := 0, 0
		m := NewMessages(b)
		for m.Next() {
			messages += len(m.Message)
			m.End()
			values = 0
			for a := NewAttributes(m.Body()); a.Next(); {
				values += 4 + len(a.Value)
			}
			if values > len(m.Body()) {
				t.Fatalf("attributes of %d bytes in %d", values, len(m.Body()))
			}
		}
		if messages > len(b) {
			t.Fatalf("messages of %d bytes in %d", messages, len(b))
		}
		s := Socket{number: 1}
		s.read(b, false, func(m Message) { messages -= len(m) })
	})
}

// TestRead: what an answer is, where it ends, and what the kernel says is wrong.
func TestRead(t *testing.T) {
	code := func(errno unix.Errno) []byte { return binary.NativeEndian.AppendUint32(nil, uint32(-int32(errno))) }
	told, ack := raw(28, 7, 0, 1), raw(unix.NLMSG_ERROR, 7, 0, make([]byte, unix.SizeofNlMsgerr)...)
	for _, c := range []struct {
		what           string
		b              []byte
		single         bool
		took, others   int
		answered, done bool
		err            error
		wrong          bool // a *LengthError
	}{
		{what: "told, and done", b: slices.Concat(told, told, ack), took: 2, answered: true, done: true},
		{what: "told", b: told, took: 1, answered: true},
		{what: "told, and nothing else is to come", b: slices.Concat(told, told), single: true, took: 1, answered: true, done: true},
		{what: "the end of a list", b: slices.Concat(told, raw(unix.NLMSG_DONE, 7, 0, 0, 0, 0, 0), told), took: 1, answered: true, done: true},
		{what: "the same without a word", b: raw(unix.NLMSG_DONE, 7, 0), answered: true, done: true},
		{what: "a list that fails", b: slices.Concat(told, raw(unix.NLMSG_DONE, 7, 0, code(unix.ENOENT)...)), took: 1, answered: true, done: true, err: unix.ENOENT},
		{what: "refused", b: raw(unix.NLMSG_ERROR, 7, 0, code(unix.ENFILE)...), answered: true, done: true, err: unix.ENFILE},
		{what: "refused with the largest code", b: raw(unix.NLMSG_ERROR, 7, 0, code(math.MinInt32&math.MaxUint32)...), answered: true, done: true, err: unix.Errno(1 << 31)},
		{what: "a refusal cut short", b: raw(unix.NLMSG_ERROR, 7, 0, 1), answered: true, done: true, wrong: true},
		{what: "another's", b: slices.Concat(raw(28, 8, 0), raw(unix.NLMSG_ERROR, 6, 0, code(unix.EPERM)...), told), took: 1, others: 2, answered: true},
		{what: "nothing", b: raw(unix.NLMSG_NOOP, 7, 0), answered: true},
		{what: "damaged", b: slices.Concat(told, raw(28, 7, 4)), took: 1, answered: true, wrong: true},
	} {
		var took, others int
		s := Socket{number: 7, Others: func(Message) { others++ }}
		answered, done, err := s.read(c.b, c.single, func(Message) { took++ })
		var wrong *LengthError
		if took != c.took || others != c.others || answered != c.answered || done != c.done || errors.As(err, &wrong) != c.wrong || !c.wrong && err != c.err {
			t.Errorf("%s: %d taken, %d others, answered %v, done %v, %v", c.what, took, others, answered, done, err)
		}
		s.Others = nil
		s.read(c.b, c.single, func(Message) {})
	}
}

// TestAsk: the kernel answers about the loopback, lists, and refuses; who is no kernel is
// not listened to, nor waited for without an end.
func TestAsk(t *testing.T) {
	fd, err := Open(unix.NETLINK_ROUTE)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	s := Socket{FD: fd, Buf: make([]byte, 64<<10)}
	link := func(flags uint16, index uint32) Message {
		info := make([]byte, unix.SizeofIfInfomsg)
		binary.NativeEndian.PutUint32(info[4:], index)
		return NewMessage(nil, unix.RTM_GETLINK, flags).Append(info...)
	}
	forge(t, fd)
	for _, c := range []struct {
		what    string
		request Message
		some    bool // there are answers
		err     error
	}{
		{"one", link(0, 1), true, nil},
		{"one, and an acknowledgement", link(unix.NLM_F_ACK, 1), true, nil},
		{"all", link(unix.NLM_F_DUMP, 0), true, nil},
		{"one that is not there", link(0, math.MaxInt32), false, unix.ENODEV},
	} {
		var n int
		err := s.Ask(c.request, func(m Message) {
			if m.Kind() == unix.RTM_NEWLINK && len(Find(m.Body()[unix.SizeofIfInfomsg:], unix.IFLA_IFNAME)) > 0 {
				n++
			}
		})
		if n > 0 != c.some || err != c.err {
			t.Errorf("%s: %d, %v", c.what, n, err)
		}
	}
	wait, err := unix.GetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO)
	if err != nil || wait.Nano() != int64(patience) {
		t.Errorf("waits for %v, %v", wait, err)
	}
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: 1000}); err != nil {
		t.Fatal(err)
	}
	// The kernel has nothing to say to this.
	if err := s.Ask(NewMessage(nil, unix.NLMSG_NOOP, 0), func(Message) { t.Error("an answer") }); err != unix.ETIMEDOUT {
		t.Errorf("without an answer: %v", err)
	}
	s.FD = -1
	if err := s.Ask(link(0, 1), nil); err != unix.EBADF {
		t.Errorf("without a socket: %v", err)
	}
}

// forge has another socket say that the first requests are refused, where it may.
func forge(t *testing.T, to int) {
	if err := unix.Bind(to, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		t.Fatal(err)
	}
	sa, err := unix.Getsockname(to)
	if err != nil {
		t.Fatal(err)
	}
	fd, err := Open(unix.NETLINK_ROUTE)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	for number := range uint32(5) {
		refusal := raw(unix.NLMSG_ERROR, number, 0, 0xf0, 0xff, 0xff, 0xff)
		if err := unix.Sendto(fd, refusal, 0, sa); err != nil {
			t.Logf("nobody forges answers: %v", err)
			return
		}
	}
}
