package live_test

import (
	"errors"
	"fmt"
	"os"
	"os/signal"

	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/live"
	"github.com/tapdump/tapdump/pcapfile"
)

// capturesDNS writes DNS packets to a file until it is interrupted.
func capturesDNS(device, name string) error {
	src, err := live.Open(device, live.Config{})
	if err != nil {
		return err
	}
	defer src.Close()
	filter, err := compile.NewMatcher("port 53", src.LinkType(), compile.Options{SnapLen: src.SnapLen()})
	if err != nil {
		return err
	}
	if err := src.StartFilter(filter); err != nil {
		return err
	}
	interrupt := make(chan os.Signal, 1)
	signal.Notify(interrupt, os.Interrupt)
	go func() { <-interrupt; src.Interrupt() }()

	w, err := pcapfile.Create(name, src.LinkType(), pcapfile.Format{Pcapng: true, Interfaces: src.Interfaces})
	if err != nil {
		return err
	}
	for pkt, err := range capture.Packets(src) {
		if err == nil {
			err = w.Write(pkt)
		}
		if err != nil {
			return errors.Join(err, w.Close())
		}
	}
	return w.Close()
}

func Example() {
	if err := capturesDNS("eth0", "dns.pcapng"); err != nil {
		fmt.Println(err)
	}
}

func ExampleDevices() {
	devices, err := live.Devices()
	if err != nil {
		fmt.Println(err)
	}
	for i := range devices {
		fmt.Println(devices[i].Name, devices[i].Addresses)
	}
}

func ExampleError() {
	_, err := live.Open("eth0", live.Config{})
	var failed *live.Error
	if errors.As(err, &failed) {
		fmt.Println(failed.Reason, failed.Remedy, failed.Absent())
	}
}

func ExampleMerge() {
	_, err := live.Merge(nil)
	fmt.Println(err, errors.Is(err, live.ErrNoParts))
	// Output: there is no capture to merge true
}
