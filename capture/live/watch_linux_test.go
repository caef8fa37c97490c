package live

import (
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/internal/testenv"
)

// TestWatch: interfaces that come, go up, go down, are renamed or go are told of.
func TestWatch(t *testing.T) {
	inNamespace(t, func() {
		if _, err := exec.LookPath("ip"); err != nil {
			t.Skip("needs the command ip, to make interfaces")
		}
		ip(t, "link add a0 type veth peer name a1")
		changed := make(chan struct{}, 1)
		w, err := Watch(func() {
			select {
			case changed <- struct{}{}:
			default:
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		seen := map[int]string{}
		await := func(want ...string) {
			t.Helper()
			for end := time.After(10 * time.Second); ; {
				var names []string
				links, err := w.Links()
				if err != nil {
					t.Fatal(err)
				}
				for _, l := range links {
					if !l.Up {
						continue
					}
					names = append(names, l.Name)
					if before, known := seen[l.Index]; known && before != l.Name && before != "a0" {
						t.Errorf("%s and %s have the index %d", before, l.Name, l.Index)
					}
					seen[l.Index] = l.Name
				}
				if slices.Equal(names, want) {
					return
				}
				select {
				case <-changed:
				case <-end:
					t.Fatalf("%q are up, want %q", names, want)
				}
			}
		}
		await("lo")
		ip(t, "link set a0 up")
		await("lo", "a0")
		ip(t, "link add b0 type veth peer name b2")
		ip(t, "link set b0 up")
		await("lo", "a0", "b0")
		ip(t, "link set b0 down")
		await("lo", "a0")
		ip(t, "link set a0 down")
		ip(t, "link set a0 name c0")
		ip(t, "link set c0 up")
		await("lo", "c0")
		ip(t, "link del c0")
		await("lo")
		ip(t, "link add b1 type veth peer name b3")
		ip(t, "link set b1 up")
		await("lo", "b1")
		want := []string{"lo", "b1"}
		var batch strings.Builder
		for i := range 150 { // more than one answer of the kernel's holds
			fmt.Fprintf(&batch, "link add n%d type veth peer name m%d\n", i, i)
			if i%50 == 0 {
				fmt.Fprintf(&batch, "link set n%d up\n", i)
				want = append(want, fmt.Sprintf("n%d", i))
			}
		}
		t.Chdir(t.TempDir()) // whose name may have blanks
		if err := os.WriteFile("batch", []byte(batch.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		ip(t, "-batch batch")
		await(want...)
		again, err := Watch(func() {})
		if err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
			links, err := again.Links()
			if err == nil && len(links) >= 300 {
				break
			}
			if time.Now().After(end) {
				t.Fatalf("another one sees %d, %v", len(links), err)
			}
		}
		if err := again.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestWatchLists: nothing is taken for gone while the kernel is sending a list, or
// on the word of one during which something was lost or changed.
func TestWatchLists(t *testing.T) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fds[1])
	w := &Watcher{file: os.NewFile(uintptr(fds[0]), "messages"), links: make(map[int]WatchedLink)}
	defer w.Close()
	ne := binary.NativeEndian
	message := func(kind, flags uint16, body []byte) error {
		b := make([]byte, unix.SizeofNlMsghdr, unix.SizeofNlMsghdr+len(body))
		ne.PutUint32(b, uint32(cap(b)))
		ne.PutUint16(b[4:], kind)
		ne.PutUint16(b[6:], flags)
		_, err := w.take(append(b, body...))
		return err
	}
	done := func() {
		t.Helper()
		if err := message(unix.NLMSG_DONE, 0, nil); err != nil {
			t.Fatal(err)
		}
	}
	tell := func(kind uint16, family byte, index int, flags uint16) {
		t.Helper()
		body := make([]byte, unix.SizeofIfInfomsg+8)
		body[0] = family
		ne.PutUint32(body[4:], uint32(index))
		ne.PutUint16(body[unix.SizeofIfInfomsg:], 8)
		ne.PutUint16(body[unix.SizeofIfInfomsg+2:], unix.IFLA_IFNAME)
		copy(body[unix.SizeofIfInfomsg+4:], fmt.Sprintf("n%d", index))
		if err := message(kind, flags, body); err != nil {
			t.Fatal(err)
		}
	}
	link := func(index int, flags uint16) { t.Helper(); tell(unix.RTM_NEWLINK, unix.AF_UNSPEC, index, flags) }
	want := func(what string, asked int, indexes ...int) {
		t.Helper()
		links, _ := w.Links()
		var got []int
		for _, l := range links {
			got = append(got, l.Index)
		}
		if !slices.Equal(got, indexes) {
			t.Errorf("%s: %v, want %v", what, got, indexes)
		}
		var b [64]byte
		n := 0
		for ; ; n++ {
			if _, err := unix.Read(fds[1], b[:]); err != nil {
				break
			}
		}
		if n != asked {
			t.Errorf("%s: %d lists were asked for, want %d", what, n, asked)
		}
	}
	lost := func() {
		t.Helper()
		if err := w.list(); err != nil {
			t.Fatal(err)
		}
	}
	lost()
	link(1, 0)
	link(2, 0)
	want("the first list", 1, 1, 2)
	done()
	lost()
	link(2, 0)
	link(3, unix.NLM_F_DUMP_INTR)
	want("the second", 1, 1, 2, 3)
	done()
	want("it is not of one moment", 1, 1, 2, 3)
	link(3, 0)
	lost()
	done()
	want("something was lost meanwhile", 1, 1, 2, 3)
	link(3, 0)
	link(4, 0)
	done()
	want("a whole one", 0, 3, 4)
	done()
	want("nobody asked for it", 0, 3, 4)
	lost()
	link(3, 0)
	link(4, 0)
	link(5, 0)
	tell(unix.RTM_DELLINK, unix.AF_UNSPEC, 4, 0)
	tell(unix.RTM_DELLINK, unix.AF_BRIDGE, 5, 0) // it leaves a bridge
	want("one goes while the list is sent", 1, 3, 5)
	done()
	want("it does not come back with the list", 0, 3, 5)
	tell(unix.RTM_DELLINK, unix.AF_UNSPEC, 3, 0)
	want("one goes when no list is sent", 0, 5)
	refusal := make([]byte, 4)
	ne.PutUint32(refusal, ^uint32(unix.EPERM)+1)
	if err := message(unix.NLMSG_ERROR, 0, refusal); err != unix.EPERM {
		t.Errorf("a refusal: %v", err)
	}
}

// TestWatchCloses: after Close no descriptor is left, and nothing is called.
func TestWatchCloses(t *testing.T) {
	before, _ := holds(t)
	calls := make(chan bool, 100)
	w, err := Watch(func() { calls <- true })
	if err != nil {
		t.Fatal(err)
	}
	<-calls // the list is known
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	for end := time.Now().Add(testenv.Patience); ; time.Sleep(time.Millisecond) {
		if now, _ := holds(t); now <= before {
			break
		} else if time.Now().After(end) {
			t.Fatalf("%d descriptors after Close, %d before", now, before)
		}
	}
	if err := w.Close(); err == nil {
		t.Error("it was not closed")
	}
}

// TestWatchAlignment: a message begins at a multiple of four bytes behind the one
// before.
func TestWatchAlignment(t *testing.T) {
	ne := binary.NativeEndian
	message := func(kind uint16, body []byte) []byte {
		b := ne.AppendUint32(nil, uint32(unix.SizeofNlMsghdr+len(body)))
		b = append(ne.AppendUint16(b, kind), make([]byte, unix.SizeofNlMsghdr-6)...)
		b = append(b, body...)
		return append(b, make([]byte, (4-len(b)%4)%4)...)
	}
	link := make([]byte, unix.SizeofIfInfomsg+8)
	ne.PutUint32(link[4:], 7)
	ne.PutUint16(link[unix.SizeofIfInfomsg:], 8)
	ne.PutUint16(link[unix.SizeofIfInfomsg+2:], unix.IFLA_IFNAME)
	copy(link[unix.SizeofIfInfomsg+4:], "eth0")
	for n := range 9 {
		w := &Watcher{links: map[int]WatchedLink{}}
		any, err := w.take(slices.Concat(message(unix.NLMSG_NOOP, make([]byte, n)), message(unix.RTM_NEWLINK, link)))
		if !any || err != nil || w.links[7].Name != "eth0" {
			t.Errorf("behind one with %d bytes: %v, %v, %v", n, any, err, w.links)
		}
	}
}

func TestParseLink(t *testing.T) {
	for n := range 64 { // no message is too short to be read
		parseLink(make([]byte, n))
		(&Watcher{links: map[int]WatchedLink{}}).take(make([]byte, n))
	}
	ne := binary.NativeEndian
	attribute := func(kind uint16, value string) []byte {
		b := ne.AppendUint16(nil, uint16(unix.SizeofRtAttr+len(value)))
		b = append(ne.AppendUint16(b, kind), value...)
		return append(b, make([]byte, (4-len(b)%4)%4)...)
	}
	info := make([]byte, unix.SizeofIfInfomsg)
	ne.PutUint32(info[4:], 7)
	ne.PutUint32(info[8:], unix.IFF_UP|unix.IFF_RUNNING)
	name := attribute(unix.IFLA_IFNAME, "eth0\x00")
	for _, c := range []struct {
		what       string
		attributes []byte
		want       string
	}{
		{"a name", name, "eth0"},
		{"without the zero", attribute(unix.IFLA_IFNAME, "eth0"), "eth0"},
		{"one without a value before", slices.Concat(attribute(99, ""), name), "eth0"},
		{"one of five bytes before", slices.Concat(attribute(99, "x"), name), "eth0"},
		{"nothing", nil, ""},
		{"another alone", attribute(99, "eth0"), ""},
		{"one that is cut before", slices.Concat([]byte{3, 0, 99, 0}, name), ""},
		{"cut", name[:7], ""},
	} {
		l, ok := parseLink(slices.Concat(info, c.attributes))
		if ok != (c.want != "") || l.Name != c.want || l.Index != 7 || !l.Up {
			t.Errorf("%s: %+v, %v", c.what, l, ok)
		}
	}
	ne.PutUint32(info[8:], unix.IFF_RUNNING)
	if l, _ := parseLink(slices.Concat(info, name)); l.Up {
		t.Error("an interface that is down is up")
	}
}
