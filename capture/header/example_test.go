package header_test

import (
	"fmt"
	"log"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/pcapfile"
)

// The segments that open TCP connections, and the options in them.
func Example() {
	r, err := pcapfile.Open("../../testdata/captures/lan.pcap")
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	var p header.Packet
	for pkt, err := range capture.Packets(r) {
		if err != nil {
			log.Fatal(err)
		}
		if !header.Decode(pkt, &p) || p.Protocol != header.ProtocolTCP {
			continue
		}
		tcp := header.TCP(p.Transport)
		if tcp.Flags()&(header.SYN|header.ACK) != header.SYN {
			continue
		}
		for o := tcp.Options(); o.Next(); {
			if size, ok := o.Number(); ok && o.Kind == header.OptionMSS {
				fmt.Println(p.Src, "to", string(header.AppendEndpoint(nil, p.Dst, p.DstPort)), "MSS", size)
			}
		}
	}
	// Output:
	// 192.0.2.1 to 192.0.2.2:8000 MSS 1460
	// 192.0.2.1 to 192.0.2.2:81 MSS 1460
	// 2001:db8::1 to [2001:db8::2]:8000 MSS 1440
	// 2001:db8::1 to [2001:db8::2]:81 MSS 1440
}
