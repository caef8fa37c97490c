package gopcap_test

import (
	"fmt"
	"log"
	"time"

	"github.com/gopacket/gopacket"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/gopcap"
	"github.com/tapdump/tapdump/printer"
)

// Prints a line for each packet of eth0 that a filter accepts, on Linux.
func Example() {
	source, err := gopcap.Open("eth0", gopcap.Config{Promiscuous: true})
	if err != nil {
		log.Fatal(err)
	}
	defer source.Close()
	program, err := compile.Compile("tcp port 80 or vlan 5", source.LinkType(), compile.CaptureMode(), compile.Options{SnapLen: source.SnapLen()})
	if err != nil {
		log.Fatal(err)
	}
	// What was captured before the filter is left out.
	if _, err := source.Start(program.Instructions, nil); err != nil {
		log.Fatal(err)
	}
	lines := printer.New(printer.Options{})
	for packet, err := range capture.Packets(source) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s", lines.Print(nil, packet))
	}
}

// A handle that is open already is one of go-pcap's:
//
//	handle, err := pcap.OpenLive(ctx, "eth0", capture.MaxSnapLen, true, 0, pcap.DefaultSyscalls)
//
// Here it is one that has captured a packet before there was a filter.
func ExampleNew() {
	var handle gopcap.Handle = captured("\x02\x00\x00\x00\x00\x02\x02\x00\x00\x00\x00\x01\x08\x06" +
		"\x00\x01\x08\x00\x06\x04\x00\x01\x02\x00\x00\x00\x00\x01\xc0\x00\x02\x01\x00\x00\x00\x00\x00\x00\xc0\x00\x02\x02")
	source, err := gopcap.New(handle, "eth0", 0)
	if err != nil {
		log.Fatal(err)
	}
	defer source.Close()
	// For the kernel, and for packets that it has not filtered.
	inKernel, err := compile.Compile("arp host 192.0.2.2", source.LinkType(), compile.CaptureMode(), compile.Options{})
	if err != nil {
		log.Fatal(err)
	}
	again, err := compile.Compile("arp host 192.0.2.2", source.LinkType(), compile.SavefileMode(false), compile.Options{})
	if err != nil {
		log.Fatal(err)
	}
	vm, err := bpf.NewVM(again.Instructions, again.Rules())
	if err != nil {
		log.Fatal(err)
	}
	if _, err := source.Start(inKernel.Instructions, vm); err != nil {
		log.Fatal(err)
	}
	var packet capture.Packet
	if err := source.Next(&packet); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s", printer.New(printer.Options{TimeFormat: 1}).Print(nil, &packet))
	// Output:
	// ARP, Request who-has 192.0.2.2 tell 192.0.2.1, length 28
}

// captured is a Handle with the same packet again and again.
type captured string

func (c captured) ReadPacketData() ([]byte, gopacket.CaptureInfo, error) {
	return []byte(c), gopacket.CaptureInfo{Timestamp: time.Unix(1, 0), CaptureLength: len(c), Length: len(c)}, nil
}
func (captured) SetRawBPFFilter([]bpf.Instruction) error { return nil }
func (captured) LinkType() uint32                        { return uint32(capture.LinkEN10MB) }
func (captured) Close()                                  {}
