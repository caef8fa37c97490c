package live

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// netlinkMessage is one with a header whose length is too large by more.
func netlinkMessage(kind uint16, seq uint32, more int, body ...byte) []byte {
	ne := binary.NativeEndian
	b := ne.AppendUint32(nil, uint32(unix.SizeofNlMsghdr+len(body)+more))
	b = ne.AppendUint32(ne.AppendUint16(ne.AppendUint16(b, kind), 0), seq)
	b = append(ne.AppendUint32(b, 0), body...)
	return append(b, make([]byte, alignedLen(len(b))-len(b))...)
}

// TestNetlinkAnswers: what the kernel answers, and what it should not.
func TestNetlinkAnswers(t *testing.T) {
	const family, seq = 0x1c, 7
	ne := binary.NativeEndian
	ack := netlinkMessage(unix.NLMSG_ERROR, seq, 0, make([]byte, unix.SizeofNlMsgerr)...)
	refused := netlinkMessage(unix.NLMSG_ERROR, seq, 0, ne.AppendUint32(nil, uint32(0x1_0000_0000-uint64(unix.ENFILE)))...)
	attributes := attribute(attribute32(nil, unix.NL80211_ATTR_IFTYPE, 6), unix.NL80211_ATTR_IFNAME|unix.NLA_F_NESTED, []byte("mon0\x00"))
	told := netlinkMessage(family, seq, 0, append([]byte{7, 1, 0, 0}, attributes...)...)
	const read = "5=06000000 4=6d6f6e3000"
	for _, c := range []struct {
		what   string
		answer []byte
		want   string // attributes
		done   bool
		err    error
	}{
		{"told, and done", bytes.Join([][]byte{told, ack}, nil), read, true, nil},
		{"told", told, read, false, nil},
		{"done", netlinkMessage(unix.NLMSG_DONE, seq, 0), "", true, nil},
		{"refused", refused, "", true, unix.ENFILE},
		{"another's", netlinkMessage(family, seq+1, 0, append([]byte{7, 1, 0, 0}, attributes...)...), "", false, nil},
		{"another's refusal", netlinkMessage(unix.NLMSG_ERROR, seq-1, 0, 1, 1, 1, 1), "", false, nil},
		{"nothing", nil, "", false, nil},
		{"less than a header", told[:10], "", false, nil},
		{"a length beyond the end", netlinkMessage(family, seq, 1, 1, 1, 0, 0), "", false, errAnswer},
		{"a length that is too small", netlinkMessage(family, seq, -5, 1, 1, 0, 0), "", false, errAnswer},
		{"a refusal cut short", netlinkMessage(unix.NLMSG_ERROR, seq, 0, 1), "", false, errAnswer},
		{"no room for a command", append(netlinkMessage(family, seq, 0, 1), ack...), "", true, nil},
		{"an attribute beyond the end", netlinkMessage(family, seq, 0, append([]byte{7, 1, 0, 0}, attributes[:len(attributes)-4]...)...), "5=06000000", false, nil},
		{"an attribute without a length", netlinkMessage(family, seq, 0, 7, 1, 0, 0, 0, 0, 5, 0), "", false, nil},
	} {
		if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
			t.Skip("the attributes above are those of little-endian machines")
		}
		var got []string
		done, err := readAnswer(c.answer, seq, func(kind uint16, value []byte) { got = append(got, fmt.Sprintf("%d=%x", kind, value)) })
		if s := strings.Join(got, " "); s != c.want || done != c.done || !errors.Is(err, c.err) || err != nil && c.err == nil {
			t.Errorf("%s: %q, done %v, %v; want %q, %v, %v", c.what, s, done, err, c.want, c.done, c.err)
		}
	}
}

// FuzzNetlinkAnswer: no answer leads astray, and no value is longer than it.
func FuzzNetlinkAnswer(f *testing.F) {
	f.Add(netlinkMessage(0x1c, 1, 0, append([]byte{7, 1, 0, 0}, attribute32(nil, 5, 6)...)...))
	f.Add(netlinkMessage(unix.NLMSG_ERROR, 1, 0, 1, 2, 3, 4))
	f.Fuzz(func(t *testing.T, b []byte) {
		total := 0
		readAnswer(b, 1, func(_ uint16, value []byte) { total += unix.SizeofNlAttr + len(value) })
		if total > len(b) {
			t.Errorf("attributes of %d bytes in %d", total, len(b))
		}
	})
}

// TestAttributes: what is sent is read as it was meant.
func TestAttributes(t *testing.T) {
	b := attribute(nil, 1, []byte("abc"))
	b = attribute32(b, 2, 0x01020304)
	b = attribute(b, 3, nil)
	if len(b)%4 != 0 {
		t.Errorf("%d bytes", len(b))
	}
	got := map[uint16]string{}
	readAttributes(b, func(kind uint16, value []byte) { got[kind] = string(value) })
	want := map[uint16]string{1: "abc", 2: string(binary.NativeEndian.AppendUint32(nil, 0x01020304)), 3: ""}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestNetlinkTexts: errors are worded as libnl words them.
func TestNetlinkTexts(t *testing.T) {
	for err, want := range map[error]string{
		unix.EPERM: "Operation not permitted", unix.EOPNOTSUPP: "Operation not supported", unix.EBUSY: "Object busy",
		unix.ENODEV: "No such device", unix.EINVAL: "Invalid input data or parameter", unix.EEXIST: "Object exists",
		unix.EACCES: "No Access", unix.ENFILE: "Unspecific failure", errAnswer: "Unable to parse object",
	} {
		if got := netlinkText(err); got != want {
			t.Errorf("%v: %s, want %s", err, got, want)
		}
	}
}

// TestNL80211Socket: a socket that speaks with the kernel is apart from files, and has
// an address that is not a process's.
func TestNL80211Socket(t *testing.T) {
	s, err := openNL80211()
	if errors.Is(err, errNoFamily) {
		t.Skip("needs a kernel with Wi-Fi (modprobe mac80211_hwsim)")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	sa, err := unix.Getsockname(s.fd)
	if err != nil {
		t.Fatal(err)
	}
	if pid := sa.(*unix.SockaddrNetlink).Pid; pid>>31 != 1 || s.fd < FirstSocket {
		t.Errorf("descriptor %d has address %#x", s.fd, pid)
	}
	if _, err := s.interfaceType(1 << 30); !errors.Is(err, unix.ENODEV) {
		t.Errorf("the type of an interface that is not there: %v", err)
	}
}
