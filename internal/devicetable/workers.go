//go:build linux

package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/pcapfile"
)

// workers has --workers share packets while all processors have something else to
// do, and looks at their order: in the tests of capture/live, and with the program.
func workers(o options) error {
	idle := busy()
	defer idle()
	var failures []error
	if o.tests != "" {
		c := exec.Command(o.tests, "-test.run", "^TestWorkersKeepOrder$", "-test.v", "-test.timeout", "20m")
		out, err := c.CombinedOutput()
		fmt.Printf("%s", out)
		if err != nil {
			failures = append(failures, fmt.Errorf("TestWorkersKeepOrder: %w", err))
		}
	}
	failures = append(failures, inOrder(o, 4, nil), inOrder(o, 2, []string{"--immediate-mode"}))
	return errors.Join(failures...)
}

// busy keeps every processor busy until the function that it returns is called.
func busy() (stop func()) {
	var loops []*exec.Cmd
	for range runtime.NumCPU() {
		c := exec.Command("bash", "-c", "while :; do :; done")
		if c.Start() == nil {
			loops = append(loops, c)
		}
	}
	return func() {
		for _, c := range loops {
			c.Process.Kill()
			c.Wait()
		}
	}
}

// inOrder captures numbered frames that several processors send in turn.
func inOrder(o options, n int, more []string) error {
	const sent = 8000
	title := fmt.Sprintf("--workers %d %v, %d processors, kernel %s", n, more, runtime.NumCPU(), kernel())
	if err := errors.Join(freshNamespaces(), sh(wires+"pair wire")); err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "devicetable")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	file := filepath.Join(folder, "workers.pcap")
	args := append([]string{o.tapdump, "-i", "wire", "-nn", "-B", "65536", "--workers", fmt.Sprint(n), "-w", file}, more...)
	p, err := start(near, title, nil, append(args, fmt.Sprintf("ether proto %#x", markProtocol))...)
	if err != nil {
		return err
	}
	if err := p.listen(); err != nil {
		return err
	}
	if err := inTurn(sent); err != nil {
		return err
	}
	time.Sleep(time.Second)
	if err := p.stop(); err != nil {
		return err
	}
	r, err := pcapfile.Open(file)
	if err != nil {
		return fmt.Errorf("%s: %w", title, err)
	}
	defer r.Close()
	next, wrong := uint32(0), 0
	for packet, err := range capture.Packets(r) {
		if err != nil {
			return fmt.Errorf("%s: %w", title, err)
		}
		number := binary.BigEndian.Uint32(packet.Data[frameHeader:])
		if number != next {
			if wrong++; wrong <= 5 {
				fmt.Printf("%s: frame %d comes where %d should\n", title, number, next)
			}
		}
		next = number + 1
	}
	fmt.Printf("%s: %d frames, %d not in their place\n%s", title, next, wrong, p.said())
	if wrong > 0 || next != sent {
		return fmt.Errorf("%s: %d frames are not in their place, the last is %d of %d", title, wrong, next, sent)
	}
	return nil
}

// inTurn has several threads send frames with numbers into near, one after the other.
func inTurn(n uint32) error {
	var turn sync.Mutex
	var senders sync.WaitGroup
	var failures []error
	s, err := newFrames(far)
	if err != nil {
		return err
	}
	defer s.close()
	index := s.index("wire")
	next := uint32(0)
	for range 4 {
		senders.Go(func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			for {
				turn.Lock()
				if next == n {
					turn.Unlock()
					return
				}
				// Several a turn: a thread waits long for its own where all processors are busy.
				for range min(16, n-next) {
					frame := append([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, markProtocol >> 8, markProtocol & 0xff}, make([]byte, 46)...)
					binary.BigEndian.PutUint32(frame[frameHeader:], next)
					if err := s.send(index, frame); err != nil {
						failures = append(failures, err)
					}
					next++
				}
				turn.Unlock()
			}
		})
	}
	senders.Wait()
	return errors.Join(failures...)
}
