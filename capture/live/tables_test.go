package live

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"github.com/tapdump/tapdump/capture"
)

func TestErrorText(t *testing.T) {
	for _, c := range []struct {
		err    Error
		want   string
		absent bool
	}{
		{Error{Reason: "a"}, "a", false},
		{Error{Device: "d", Reason: "a", Detail: "b", Remedy: "c"}, "d: a\n(b)\nc", false},
		{Error{Reason: noSuchDevice}, noSuchDevice, true},
		{Error{Reason: notUp}, notUp, true},
		{Error{Reason: interfaceGone}, "The interface disappeared", false},
		{Error{Reason: noPermission}, noPermission, false},
	} {
		c.err.Err = fs.ErrNotExist
		if c.err.Error() != c.want || c.err.Absent() != c.absent || !errors.Is(&c.err, fs.ErrNotExist) {
			t.Errorf("%+v: %q, absent: %v; want %q, %v", c.err, c.err.Error(), c.err.Absent(), c.want, c.absent)
		}
	}
	other := errors.New("other")
	if err := departed(other, "eth0", true); err != other {
		t.Errorf("an error of another kind: %v", err)
	}
	named := &Error{Device: "eth1", Reason: "a"}
	if err := departed(named, "eth0", true); err.Error() != "eth1: a" || named.GoesOn {
		t.Errorf("one with a name: %v", err)
	}
}

// TestBPFLinks holds the whole table of numbers that differ between systems.
func TestBPFLinks(t *testing.T) {
	want := map[string]map[uint32]capture.LinkType{
		"darwin":    {18: capture.LinkPFSYNC, 149: capture.LinkPKTAP},
		"dragonfly": {18: capture.LinkPFSYNC},
		"freebsd":   {13: capture.LinkSLIP_BSDOS, 14: capture.LinkPPP_BSDOS, 121: capture.LinkPFSYNC},
		"netbsd":    {13: capture.LinkSLIP_BSDOS, 14: capture.LinkPPP_BSDOS, 18: capture.LinkPFSYNC},
		"openbsd":   {12: capture.LinkLOOP, 13: capture.LinkENC, 14: capture.LinkRAW, 18: capture.LinkPFSYNC},
		"linux":     {},
	}
	for system, differ := range want {
		for dlt := range uint32(400) {
			link, ok := differ[dlt]
			if !ok {
				link = capture.LinkType(dlt)
			}
			if got := linkOfDLT(system, dlt); got != link {
				t.Errorf("%s: %d is %v, want %v", system, dlt, got, link)
			}
			if ok && dltOfLink(system, link) != dlt {
				t.Errorf("%s: %v is %d, want %d", system, link, dltOfLink(system, link), dlt)
			}
		}
		if got := dltOfLink(system, capture.LinkEN10MB); got != 1 {
			t.Errorf("%s: Ethernet is %d", system, got)
		}
	}
	for l := range capture.LinkType(400) {
		is := l == capture.LinkIEEE802_11 || l == capture.LinkPRISM_HEADER || l == capture.LinkIEEE802_11_RADIO || l == capture.LinkIEEE802_11_RADIO_AVS
		if isWiFiLink(l) != is {
			t.Errorf("%v is of 802.11: %v", l, !is)
		}
	}
}

// TestMergedState: captures of devices that can be had everywhere, with what is
// known of them merged and closed.
func TestMergedState(t *testing.T) {
	a, b, c := &fakeBPF{}, &fakeBPF{}, &fakeBPF{}
	a.put(packets(1))
	b.put(packets(2))
	l := startFakes(t, a, b)
	if d := l.Interfaces(); len(d) != 2 || d[1] != (capture.Interface{Name: "dev1", LinkType: 101, SnapLen: 96}) || l.Device() != "dev0, dev1" || l.SnapLen() != 96 {
		t.Errorf("%s: %+v, %d", l.Device(), d, l.SnapLen())
	}
	var p capture.Packet
	for range 2 {
		if err := l.Next(&p); err != nil || l.Source(p.Interface) != p.Interface {
			t.Errorf("%+v, %v", p, err)
		}
	}
	more := openFake(t, c, "dev2", 102)
	if err := l.Add(more); err != ErrNotStarted {
		t.Errorf("Add before Start: %v", err)
	}
	if _, err := more.Start(nil); err != nil {
		t.Fatal(err)
	}
	if err := l.Add(more); err != nil {
		t.Fatal(err)
	}
	c.put(packets(3))
	if err := l.Next(&p); err != nil || p.Interface != 2 || fmt.Sprint(p.LinkType) != "DLT 102" && p.LinkType != 102 {
		t.Errorf("%+v, %v", p, err)
	}
	if st, err := l.Stats(); err != nil || st != (capture.Stats{Received: 3, IfDropped: 3 * fakeIfDropped}) {
		t.Errorf("%+v, %v", st, err)
	}
	if len(l.Sockets()) != 0 || len(l.Warnings()) != 0 || l.Index() != 0 {
		t.Errorf("sockets %v, warnings %q, number %d", l.Sockets(), l.Warnings(), l.Index())
	}
	if err := more.Close(); err != nil {
		t.Error(err)
	}
	for i := range 3 {
		if st, err := l.InterfaceStats(i); err != nil || st.Received != 1 {
			t.Errorf("interface %d: %+v, %v", i, st, err)
		}
	}
	if err := l.Next(&p); err == nil {
		t.Error("a packet after Close")
	}
}
