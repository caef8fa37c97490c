package capture

import (
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	pcap "github.com/packetcap/go-pcap"
	"golang.org/x/net/bpf"
)

// backend captures with go-pcap, which knows Ethernet only, stamps no packets
// (so we do, when we get them), counts no losses, tells no direction, and hands
// over only the first of the packets that the kernel gives it at a time.
type backend struct {
	handle  *pcap.Handle
	parts   []*Live
	packets chan arrival
	ending  chan struct{} // closed by Interrupt
	once    sync.Once
	wakes   chan struct{}
	idle    func() error
	count   atomic.Uint64
}

// arrival is what a reading goroutine hands to Next.
type arrival struct {
	packet Packet
	err    error
}

func open(device string, cfg Config) (*Live, error) {
	if cfg.Monitor {
		return nil, &Error{Device: device, Reason: noMonitorMode}
	}
	ifs, err := net.InterfaceByName(device)
	if err != nil {
		return nil, &Error{Device: device, Reason: noSuchDevice, Detail: noSuchDevice, Err: err}
	}
	if ifs.Flags&net.FlagUp == 0 {
		return nil, &Error{Device: device, Reason: notUp, Remedy: "To bring it up: sudo ifconfig " + device + " up"}
	}
	h, err := pcap.OpenLive(device, int32(cfg.SnapLen), cfg.Promiscuous, cfg.Timeout, pcap.DefaultSyscalls)
	if err != nil && strings.Contains(err.Error(), "permission denied") { // it wraps no error
		return nil, &Error{Device: device, Reason: noPermission, Err: err, Detail: err.Error(),
			Remedy: "Run it with sudo, or let your user read and write /dev/bpf*."}
	}
	if err != nil {
		return nil, &Error{Device: device, Reason: err.Error(), Err: err}
	}
	link := LinkType(h.LinkType())
	l := &Live{device: device, cfg: cfg, link: link, links: []LinkType{link}}
	l.handle = h
	l.prepare()
	l.warnings = append(l.warnings, device+": packets that come close together may be lost unnoticed on this system")
	if cfg.Direction != DirUnknown {
		l.warnings = append(l.warnings, device+": the direction of packets is not known on this system; all are captured")
	}
	return l, nil
}

func (l *Live) prepare() {
	l.packets = make(chan arrival, 64)
	l.ending = make(chan struct{})
	l.wakes = make(chan struct{}, 1)
}

func (l *Live) start(filter []bpf.RawInstruction) (inKernel bool, err error) {
	const retK = 0x06
	inKernel = true
	acceptAll := []bpf.RawInstruction{{Op: retK, K: uint32(l.cfg.SnapLen)}}
	if len(filter) == 0 {
		filter = acceptAll
	}
	// Setting a filter empties the buffer (bpf(4), BIOCSETF).
	if err := l.handle.SetRawBPFFilter(filter); err != nil {
		l.warnings = append(l.warnings, "Kernel filter failed: "+err.Error())
		inKernel = false
		if err := l.handle.SetRawBPFFilter(acceptAll); err != nil {
			return false, &Error{Device: l.device, Reason: err.Error(), Err: err}
		}
	}
	go l.read()
	return inKernel, nil
}

// read hands over packets until the capture ends.
func (l *Live) read() {
	for {
		data, info, err := l.handle.ReadPacketData()
		now := time.Now()
		if err != nil {
			err = &Error{Device: l.device, Reason: err.Error(), Err: err}
		}
		a := arrival{err: err, packet: Packet{
			Time:     Timestamp{Sec: now.Unix(), Nsec: int64(now.Nanosecond())},
			Data:     data,
			Length:   uint32(info.Length),
			LinkType: l.link,
		}}
		select {
		case l.packets <- a:
		case <-l.ending:
			return
		}
		if err != nil {
			return
		}
		l.count.Add(1)
	}
}

// Next fills pkt with the next packet, waiting for it.
func (l *Live) Next(pkt *Packet) error {
	select {
	case a := <-l.packets:
		*pkt = a.packet
		return a.err
	default:
	}
	if l.idle != nil {
		if err := l.idle(); err != nil {
			return err
		}
	}
	select {
	case a := <-l.packets:
		*pkt = a.packet
		return a.err
	case <-l.wakes:
		return ErrWake
	case <-l.ending:
		return io.EOF
	}
}

// OnIdle has f called whenever Next has no packet and is about to wait; what f
// returns, Next returns. It is the time to flush output.
func (l *Live) OnIdle(f func() error) { l.idle = f }

// Interrupt makes Next yield everything received so far and then io.EOF.
func (l *Live) Interrupt() {
	l.once.Do(func() { close(l.ending) })
	for _, part := range l.parts {
		part.Interrupt()
	}
}

// Abandon is Interrupt.
func (l *Live) Abandon() { l.Interrupt() }

// Wake makes Next return ErrWake once, when it has no packet.
func (l *Live) Wake() {
	select {
	case l.wakes <- struct{}{}:
	default:
	}
}

// Stats counts the packets received; how many were lost is not known.
func (l *Live) Stats() (Stats, error) {
	st := Stats{Received: l.count.Load()}
	for _, part := range l.parts {
		st.Received += part.count.Load()
	}
	return st, nil
}

// InterfaceStats is Stats for number i of Interfaces.
func (l *Live) InterfaceStats(i int) (Stats, error) {
	if l.parts == nil {
		return l.Stats()
	}
	return l.parts[i].Stats()
}

// Lost is always 0: how many packets were lost is not known.
func (l *Live) Lost(int) uint64 { return 0 }

// Close ends the capture.
func (l *Live) Close() error {
	l.Interrupt()
	if l.handle != nil {
		l.handle.Close()
	}
	for _, part := range l.parts {
		part.Close()
	}
	return nil
}

// Merge makes one capture of several that have been started. It yields their
// packets as they come, with an Interface that counts them as given. Closing it
// closes them.
func Merge(parts []*Live) (*Live, error) {
	l := &Live{device: parts[0].device, cfg: parts[0].cfg, link: parts[0].link, links: parts[0].links}
	l.prepare()
	l.parts = parts
	for i, part := range parts {
		if i > 0 {
			l.device += ", " + part.device
		}
		go l.forward(part, i)
	}
	return l, nil
}

func (l *Live) forward(part *Live, index int) {
	for {
		select {
		case a := <-part.packets:
			a.packet.Interface = index
			select {
			case l.packets <- a:
			case <-l.ending:
				return
			}
		case <-l.ending:
			return
		}
	}
}
