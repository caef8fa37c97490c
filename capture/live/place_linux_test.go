package live

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/capture"
)

// otherNamespace is a namespace with the pair of interfaces eth0 and peer0, and an
// interface name that leads to it.
func otherNamespace(t *testing.T, before ...string) (ns *Namespace, s *sender) {
	t.Helper()
	inNamespace(t, func() {
		for _, command := range before { // numbers differ then
			ip(t, command)
		}
		veth(t, "eth0", "peer0")
		s = newSender(t, "peer0")
		var err error
		if ns, err = OpenNamespace(fmt.Sprintf("/proc/self/task/%d/ns/net", unix.Gettid())); err != nil {
			t.Error(err)
		}
	})
	if ns == nil {
		t.FailNow()
	}
	t.Cleanup(func() { ns.Close() })
	return ns, s
}

// TestNamespace: devices of the same name in two other namespaces are captured from
// at once, each with its own number; the thread that was there does not come back.
func TestNamespace(t *testing.T) {
	web, toWeb := otherNamespace(t)
	db, toDB := otherNamespace(t, "link add other0 type veth peer name other1")
	if web.ID() == db.ID() {
		t.Fatal("two namespaces have one ID")
	}
	var parts []*Live
	for place, ns := range map[string]*Namespace{"web": web, "db": db} {
		device := "eth0"
		if place == "db" {
			device = "any"
		}
		l, err := Open(device, Config{Namespace: ns, Place: place, Immediate: true})
		if err != nil {
			t.Fatal(err)
		}
		if want := device + "@" + place; l.Device() != want {
			t.Errorf("it is called %s, want %s", l.Device(), want)
		}
		if _, err := l.Start(nil); err != nil {
			t.Fatal(err)
		}
		parts = append(parts, l)
	}
	all, err := Merge(parts)
	if err != nil {
		t.Fatal(err)
	}
	defer all.Close()
	all.Await()
	toWeb.send(udpFrame(9, 1, 0))
	toDB.send(udpFrame(9, 2, 0))
	var got []string
	var pkt capture.Packet
	for len(got) < 3 { // "any" has it sent and received
		if err := all.Next(&pkt); err != nil {
			t.Fatal(err)
		}
		payload := pkt.Data[max(0, len(pkt.Data)-32):]
		got = append(got, fmt.Sprintf("%s %d", all.Interfaces()[pkt.Interface].Name, frameNumber(payload)))
	}
	slices.Sort(got)
	if want := []string{"eth0@db 2", "eth0@web 1", "peer0@db 2"}; !slices.Equal(got, want) {
		t.Errorf("there come %q, want %q", got, want)
	}
	for _, part := range parts {
		if part.Device() == "eth0@web" {
			part.End("it was removed")
		}
	}
	err = all.Next(&pkt)
	var e *Error
	if !errors.As(err, &e) || !e.GoesOn || e.Error() != "eth0@web: it was removed" {
		t.Errorf("at its end it says %v", err)
	}
	// In a namespace that is entered, /sys shows its devices; here it does not.
	err = db.Do(func() error {
		_, err := os.Stat("/sys/class/net/other0/type")
		return err
	})
	if err != nil {
		t.Errorf("there: %v", err)
	}
	if _, err := os.Stat("/sys/class/net/peer0"); err == nil {
		t.Error("peer0 is seen from here, too")
	}
}

// TestNamespaceErrors: what is no namespace is told, and where an interface is that
// is not there.
func TestNamespaceErrors(t *testing.T) {
	for _, path := range []string{"/", "/proc/self/ns/pid", "/dev/null"} {
		if _, err := OpenNamespace(path); !errors.Is(err, unix.EINVAL) {
			t.Errorf("%s: %v, want EINVAL", path, err)
		}
	}
	ns, _ := otherNamespace(t)
	for device, want := range map[string]string{
		"eth7": "eth7@web: No such device exists", "eht0": "Did you mean eth0?", "99": "Invalid adapter index 99",
	} {
		if _, err := Open(device, Config{Namespace: ns, Place: "web"}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", device, err, want)
		}
	}
	ns.Do(func() error { ip(t, "link set eth0 down"); return nil })
	const down = "eth0@web: That device is not up\nTo bring it up, in the namespace of web: ip link set dev eth0 up"
	if _, err := Open("eth0", Config{Namespace: ns, Place: "web"}); err == nil || err.Error() != down {
		t.Errorf("%v, want %q", err, down)
	}
}

// TestNamespaceFirstThread: the first thread, which stays, does not stay elsewhere.
func TestNamespaceFirstThread(t *testing.T) {
	ns, _ := otherNamespace(t)
	before, err := OwnNamespace()
	if err != nil {
		t.Fatal(err)
	}
	for range 8 * runtime.GOMAXPROCS(0) {
		if err := ns.Do(func() error {
			if unix.Gettid() == unix.Getpid() {
				t.Error("it is the first thread")
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	if after, err := OwnNamespace(); err != nil || after != before {
		t.Errorf("the program is in %v now, before in %v: %v", after, before, err)
	}
}

// TestHandOver: a device that was opened for a process is captured from, without
// opening it.
func TestHandOver(t *testing.T) {
	ns, s := otherNamespace(t)
	cfg := Config{Namespace: ns, Place: "web", Promiscuous: true, Workers: 2}
	opened, err := Open("eth0", cfg)
	if err != nil {
		t.Fatal(err)
	}
	h, files, err := opened.HandOver()
	if err != nil {
		t.Fatal(err)
	}
	for i, fd := range files {
		if files[i], err = unix.Dup(fd); err != nil {
			t.Fatal(err)
		}
	}
	if err := opened.Close(); err != nil {
		t.Fatal(err)
	}
	cfg.Namespace = nil
	l, err := TakeOver(h, files, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := l.Start(nil); err != nil {
		t.Fatal(err)
	}
	s.send(udpFrame(9, 7, 0))
	var pkt capture.Packet
	if err := l.Next(&pkt); err != nil || frameNumber(pkt.Data[14:]) != 7 || l.Interfaces()[0].Name != "eth0@web" {
		t.Errorf("%v, %v: %x", err, l.Interfaces(), pkt.Data)
	}
	if st, err := l.Stats(); err != nil || st.Received != 1 {
		t.Errorf("counts %+v, %v", st, err)
	}
	if _, err := TakeOver(h, nil, cfg); err == nil {
		t.Error("without files it can be taken over")
	}
}
