package live

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/capture"
)

func TestOpenErrors(t *testing.T) {
	inNamespace(t, func() {
		veth(t, "eth0", "eth1")
		ip(t, "link set eth1 down")
		devices, err := Devices() // some kernels make tunnels in every namespace
		if err != nil {
			t.Fatal(err)
		}
		for _, test := range []struct{ device, want string }{
			{"eth2", "eth2: No such device exists\n(No such device exists)\nDid you mean eth0 or eth1? The option -D lists the interfaces and their numbers."},
			{"loo", "loo: No such device exists\n(No such device exists)\nDid you mean lo? The option -D lists the interfaces and their numbers."},
			{"averylongnameindeed", "averylongnameindeed: No such device exists\n(No such device exists)\nInterfaces that are up: any, lo, eth0. The option -D lists the interfaces and their numbers."},
			{"eth1", "eth1: That device is not up\nTo bring it up: ip link set dev eth1 up"},
			{"nflog:none", "nflog:none: Can't get netfilter group(s) index from nflog:none"},
			{"0", "Invalid adapter index 0\nThe option -D lists the interfaces and their numbers."},
			{"99", fmt.Sprintf("Invalid adapter index 99: only %d interfaces found\nThe option -D lists the interfaces and their numbers.", len(devices))},
		} {
			l, err := Open(test.device, Config{})
			if err == nil {
				l.Close()
				t.Errorf("Open(%q) succeeded", test.device)
			} else if err.Error() != test.want {
				t.Errorf("Open(%q):\n got %s\nwant %s", test.device, err, test.want)
			}
		}
		number := 1 + slices.IndexFunc(devices, func(d Device) bool { return d.Name == "lo" })
		l := mustOpen(t, fmt.Sprint(number), Config{})
		if l.Device() != "lo" {
			t.Errorf("device number %d is %s, want lo", number, l.Device())
		}
		if err := l.SetLinkType(capture.LinkLINUX_SLL); err == nil || err.Error() != "LINUX_SLL is not one of the DLTs supported by this device" {
			t.Errorf("SetLinkType(LINUX_SLL) on lo: %v", err)
		}
		if _, err := Open("any", Config{Monitor: true}); err == nil || err.Error() != "any: That device doesn't support monitor mode" {
			t.Errorf("monitor mode on any: %v", err)
		}
		// iw makes no monitor interface of one that is none of Wi-Fi.
		if _, err := Open("lo", Config{Monitor: true}); err == nil || err.Error() != "lo: That device doesn't support monitor mode" {
			t.Errorf("monitor mode on lo: %v", err)
		}
	})
}

// TestManyUp: of many interfaces that are up the first five are named.
func TestManyUp(t *testing.T) {
	inNamespace(t, func() {
		for i := range 3 {
			veth(t, fmt.Sprint("a", i), fmt.Sprint("b", i))
		}
		_, err := Open("averylongnameindeed", Config{})
		if err == nil {
			t.Fatal("there is such a device")
		}
		_, rest, found := strings.Cut(err.Error(), "Interfaces that are up: ")
		if names, _, _ := strings.Cut(rest, ". "); !found || len(strings.Split(names, ", ")) != 5 {
			t.Errorf("%v", err)
		}
	})
}

func TestNoPermission(t *testing.T) {
	err := socketFailure("eth0", os.NewSyscallError("socket", unix.EPERM))
	program, _ := os.Executable()
	want := "eth0: You don't have permission to perform this capture on that device\n" +
		"(Attempt to create packet socket failed - CAP_NET_RAW may be required)\n" +
		"To capture without being root: sudo setcap cap_net_raw,cap_net_admin+ep " + program
	if err.Error() != want || !errors.Is(err, unix.EPERM) {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

// TestKernelRefuses: what the kernel does not run is left to the caller.
func TestKernelRefuses(t *testing.T) {
	accept := bpf.RawInstruction{Op: unix.BPF_RET | unix.BPF_K, K: capture.MaxSnapLen}
	load := bpf.RawInstruction{Op: unix.BPF_LD | unix.BPF_B | unix.BPF_ABS}
	for _, c := range []struct {
		program []bpf.RawInstruction
		why     string
	}{
		{[]bpf.RawInstruction{{Op: unix.BPF_JMP | unix.BPF_JA, K: 1}, accept, {Op: unix.BPF_JMP | unix.BPF_JA, K: 0xffff_fffe}}, "it loops (protochain), which the kernel does not"},
		{append(slices.Repeat([]bpf.RawInstruction{load}, 5000), accept), "it has 5001 instructions, and the kernel takes 4096"},
		{[]bpf.RawInstruction{{Op: 0xffff}, accept}, "Invalid argument"},
	} {
		inNamespace(t, func() {
			veth(t, "tx0", "rx0")
			l := mustOpen(t, "rx0", Config{})
			inKernel, err := l.Start(c.program)
			want := "Kernel filter failed: " + c.why + "; all packets are fetched"
			if w := l.Warnings(); inKernel || err != nil || len(w) != 1 || !strings.HasPrefix(w[0], want) {
				t.Fatalf("Start: in kernel: %v, %v, warnings %q; want %q", inKernel, err, w, want)
			}
			newSender(t, "tx0").send(udpFrame(1, 0, 10))
			waitReceived(t, l, 1)
			l.Interrupt()
			if got := collect(t, l); len(got) != 1 {
				t.Errorf("%d packets, want 1", len(got))
			}
		})
	}
}
