//go:build (linux || darwin || freebsd) && !nogopcap && !tapdump_small

package gopcap

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"github.com/packetcap/go-pcap"
	"github.com/sirupsen/logrus"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/live"
	"github.com/tapdump/tapdump/internal/syserr"
)

// Available reports whether Open works on this system.
const Available = true

// Open begins to capture from device: its name, or its number in the list that
// live.Devices returns. Failures are of type *live.Error.
func Open(device string, cfg Config) (*Source, error) {
	// What is wrong with the device is found out as always, and said so.
	like, err := live.Open(device, live.Config{})
	if err != nil {
		return nil, err
	}
	device = like.Device()
	link := like.LinkType()
	if err := like.Close(); err != nil {
		return nil, err
	}
	if !known(link) {
		return nil, unfit(device, link)
	}
	size, err := bufferFor(device, cfg.BufferSize)
	if err != nil {
		return nil, err
	}
	before := packetSockets()
	h, size, err := openHandle(device, size, cfg.Promiscuous)
	if err != nil {
		return nil, &live.Error{Device: device, Reason: "go-pcap: " + syserr.Text(err), Err: err}
	}
	s, err := New(h, device, cfg.SnapLen)
	if err != nil {
		h.Close()
		return nil, err
	}
	if kib := bufferSize(size) >> 10; kib < cfg.BufferSize>>10 {
		s.warnings = append(s.warnings, fmt.Sprintf("%s: memory is short: the buffer has %d KiB instead of %d", device, kib, cfg.BufferSize>>10))
	}
	s.delay, s.first = holdBack(size), firstOf(device)
	s.sockets = slices.DeleteFunc(packetSockets(), func(fd int) bool { return slices.Contains(before, fd) })
	return s, nil
}

// openHandle opens a Handle with a buffer of a size, or a smaller one if that fails,
// as it does where memory is short. go-pcap does not tell why it failed.
func openHandle(device string, size int32, promiscuous bool) (*pcap.Handle, int32, error) {
	for {
		h, err := pcap.OpenLive(context.Background(), device, size, promiscuous, 0, pcap.DefaultSyscalls)
		if err == nil || size <= capture.MaxSnapLen {
			return h, size, err
		}
		size /= 2
	}
}

// SilenceLog has what go-pcap logs go nowhere. go-pcap uses the standard logger
// of logrus, which is the process's: what others log there is not touched.
func SilenceLog() {
	logger := logrus.StandardLogger()
	if _, silent := logger.Formatter.(quietFormatter); !silent {
		logger.SetFormatter(quietFormatter{logger.Formatter})
	}
}

// quietFormatter formats what go-pcap logs as nothing.
type quietFormatter struct{ others logrus.Formatter }

func (f quietFormatter) Format(e *logrus.Entry) ([]byte, error) {
	if fromGoPcap() {
		return nil, nil
	}
	return f.others.Format(e)
}

// fromGoPcap reports whether a function of go-pcap is among the callers.
func fromGoPcap() bool {
	var callers [32]uintptr
	frames := runtime.CallersFrames(callers[:runtime.Callers(2, callers[:])])
	for {
		frame, more := frames.Next()
		if strings.HasPrefix(frame.Function, "github.com/packetcap/go-pcap.") {
			return true
		}
		if !more {
			return false
		}
	}
}
