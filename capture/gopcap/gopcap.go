// Package gopcap joins go-pcap (github.com/packetcap/go-pcap) to the other packages:
// its Handle becomes a capture.Source, whose packets everything here takes, and what
// bpf/compile compiles becomes its filter. So programs that capture with go-pcap get
// the whole filter language, savefiles and printers. Whoever does not import this
// package does not link go-pcap.
//
//	src, err := gopcap.Open("eth0", gopcap.Config{})
//	if err != nil {
//		return err
//	}
//	defer src.Close()
//	program, err := compile.Compile("udp port 53", src.LinkType(), compile.CaptureMode(), compile.Options{SnapLen: src.SnapLen()})
//	if err != nil {
//		return err
//	}
//	if _, err := src.Start(program.Instructions, nil); err != nil {
//		return err
//	}
//	for pkt, err := range capture.Packets(src) { ... }
//
// Open opens a device with go-pcap. New takes a Handle that is open already. Start
// has the filter be set and lets packets come; Next has them. On Linux the filter is
// compiled for a live capture (compile.ModeLive), elsewhere for a savefile.
//
// What go-pcap cannot do, it cannot do here either; live.Open can:
//
//   - It counts nothing: nobody knows how many packets were lost.
//   - It does not tell which way a packet went, nor whom it was for.
//   - On Linux it takes every interface for Ethernet. Open refuses others.
//   - On Linux it writes 0x8100 in place of the type of an 802.1ad tag; of two tags it
//     exchanges the types; a tag that is all zeros it drops. Filters in the kernel
//     see the packet as it was.
//   - It captures from one interface, hands packets over when a block of its buffer
//     is full or some milliseconds have passed, and copies each.
//   - It ends where an interface goes down for a moment.
//   - On macOS and FreeBSD it has of all packets that are read at once the first
//     alone, stamps none (Next gives the time of reading), and cannot set an
//     interface promiscuous.
//
// What is mended here: packets from before the filter are filtered again, or left
// out; lengths include a VLAN tag that was put back; packets are cut off at the
// snapshot length; a read that waits can be ended; the buffer is larger, and read
// ahead of Next, since it holds packets of 1 to 8 ms in each of its 32 blocks at the
// usual size, however few they are; through the loopback a packet comes once, not
// twice, if Open has opened it.
//
// go-pcap logs to logrus, also where it returns the same as an error; SilenceLog
// ends that. It runs on Linux, macOS and FreeBSD; elsewhere, and in programs built with the
// tag nogopcap, Open returns live.ErrNotSupported.
package gopcap

// Config says how a device is to be captured from.
type Config struct {
	// SnapLen is the number of bytes kept of a packet; 0 means capture.MaxSnapLen.
	SnapLen int
	// Promiscuous asks the device for packets that are not addressed to it. On
	// macOS and FreeBSD go-pcap does not.
	Promiscuous bool
	// BufferSize is the size of the kernel's buffer in bytes, on Linux, at least:
	// go-pcap has 32 blocks, each a power of two that is larger than a packet of
	// capture.MaxSnapLen, so that 16 MiB is the smallest. 0 means 64 MiB, or less
	// if memory is short.
	BufferSize int
}

// Limitations lists what go-pcap cannot do on this system, in half-sentences
// for the user.
func Limitations() []string { return limitations }
