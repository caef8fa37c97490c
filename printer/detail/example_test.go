package detail_test

import (
	"fmt"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/printer/detail"
)

func Example() {
	data := append([]byte{
		0x45, 0, 0, 33, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2,
		0xc0, 0, 0, 7, 0, 13, 0, 0,
	}, "hello"...)
	pkt := capture.NewPacket(capture.LinkRAW, data)
	pkt.Time = capture.Timestamp{Sec: 1700000000}

	var p header.Packet
	if !header.Decode(pkt, &p) {
		return
	}
	v := detail.New(detail.Line, detail.Options{Location: time.UTC})
	fmt.Print(string(v.Append(nil, &detail.Entry{Time: pkt.Time, Packet: &p})))
	// Output: 2023-11-14 22:13:20.0000, 0,  4, 20, 64, 33,      UDP, 8, 5,          192.0.2.1:49152,         192.0.2.2:7,             UNKNOWN
}
