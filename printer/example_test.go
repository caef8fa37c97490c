package printer_test

import (
	"fmt"
	"log"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/pcapfile"
	"github.com/tapdump/tapdump/printer"
)

// datagram is a packet over IPv4 and UDP without a link-layer header: a query for
// the address of example.com.
var datagram = []byte{
	0x45, 0, 0, 57, 0, 0, 0, 0, 64, 17, 0xf6, 0xb0, 192, 0, 2, 1, 192, 0, 2, 2,
	0xc0, 0, 0, 53, 0, 37, 0, 0,
	0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 3, 'c', 'o', 'm', 0, 0, 1, 0, 1,
}

func ExampleSprint() {
	fmt.Print(printer.Sprint(capture.LinkRAW, datagram, printer.Options{}))
	// Output: IP 192.0.2.1.49152 > 192.0.2.2.53: 4660+ A? example.com. (29)
}

// Lines of a savefile, in a buffer that is used again.
func ExamplePrinter() {
	r, err := pcapfile.Open("../testdata/captures/lan.pcap")
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	p := printer.New(printer.Options{Location: time.UTC})
	var lines []byte
	n := 0
	for pkt, err := range capture.Packets(r) {
		if err != nil {
			log.Fatal(err)
		}
		if lines = p.Print(lines[:0], pkt); n < 2 {
			fmt.Print(string(lines))
		}
		n++
	}
	fmt.Println(n)
	// Output:
	// 23:04:58.507327 IP6 :: > ff02::16: HBH ICMP6, multicast listener report v2, 1 group record(s), length 28
	// 23:04:58.507350 IP6 :: > ff02::16: HBH ICMP6, multicast listener report v2, 1 group record(s), length 28
	// 52
}

// services has a name for a port, and nothing else.
type services struct{}

func (services) AppendTCPPort(dst []byte, port uint16) ([]byte, bool) { return dst, false }
func (services) AppendUDPPort(dst []byte, port uint16) ([]byte, bool) {
	if port == 53 {
		return append(dst, "domain"...), true
	}
	return dst, false
}
func (services) AppendHost4(dst []byte, addr [4]byte) ([]byte, bool)   { return dst, false }
func (services) AppendHost16(dst []byte, addr [16]byte) ([]byte, bool) { return dst, false }
func (services) AppendEther(dst []byte, addr [6]byte) ([]byte, bool)   { return dst, false }

func ExampleNames() {
	fmt.Print(printer.Sprint(capture.LinkRAW, datagram, printer.Options{Names: services{}}))
	// Output: IP 192.0.2.1.49152 > 192.0.2.2.domain: 4660+ A? example.com. (29)
}
