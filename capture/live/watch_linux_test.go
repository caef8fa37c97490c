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

	"github.com/tapdump/tapdump/internal/netlink"
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
		_, err := w.take(netlink.NewMessage(nil, kind, flags).Append(body...))
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
		body := make([]byte, unix.SizeofIfInfomsg)
		body[0] = family
		ne.PutUint32(body[4:], uint32(index))
		body = append(body, nameAttribute(fmt.Sprintf("n%d", index))...)
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
	for what, kind := range map[string]uint16{"a refusal": unix.NLMSG_ERROR, "a list that was not sent whole": unix.NLMSG_DONE} {
		if err := message(kind, 0, refusal); err != unix.EPERM {
			t.Errorf("%s: %v", what, err)
		}
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

// nameAttribute is the name of an interface.
func nameAttribute(name string) []byte {
	return netlink.NewMessage(nil, 0, 0).Attribute(unix.IFLA_IFNAME, []byte(name)).Body()
}

func TestParseLink(t *testing.T) {
	for n := range 64 { // no message is too short to be read
		parseLink(make([]byte, n))
		(&Watcher{links: map[int]WatchedLink{}}).take(make([]byte, n))
	}
	ne := binary.NativeEndian
	info := make([]byte, unix.SizeofIfInfomsg)
	ne.PutUint32(info[4:], 7)
	ne.PutUint32(info[8:], unix.IFF_UP|unix.IFF_RUNNING)
	name := nameAttribute("eth0\x00")
	for _, c := range []struct {
		what       string
		attributes []byte
		want       string
	}{
		{"a name", name, "eth0"},
		{"without the zero", nameAttribute("eth0"), "eth0"},
		{"nothing", nil, ""},
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
