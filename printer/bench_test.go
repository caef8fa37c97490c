package printer

import (
	"strings"
	"testing"
	"time"

	"github.com/tapdump/tapdump/capture"
)

// benchPackets are what most captures are made of.
var benchPackets = []struct {
	name, headers, body string
}{
	{"ip4-tcp-data", "ip4 6 tcp 40000 8088", "68656c6c6f"},
	{"ip4-tcp-options", "ip4 6", "9c401f980000100100010001801000ff000000000101080a0000000100000002"},
	{"ip6-tcp-data", "ip6 6 tcp 40000 8088", "68656c6c6f"},
	{"ip4-udp", "ip4 17 udp 40000 8088", "68656c6c6f"},
	{"ip6-udp", "ip6 17 udp 40000 8088", "68656c6c6f"},
	{"ip4-icmp-echo", "ip4 1", "0800000012340001"},
	{"dns-query", "ip4 17 udp 40000 53", "000101000001000000000000 07 6578616d706c65 03 636f6d 00 0001 0001"},
	{"dns-answer", "ip4 17 udp 53 40000", "000185800001000200000000 07 6578616d706c65 03 636f6d 00 0001 0001" +
		"c00c 0005 0001 00000e10 0004 01 61 c00c  c029 0001 0001 00000e10 0004 c0000207"},
}

// BenchmarkPacket prints one packet over and over; go test -bench Packet -run NONE.
func BenchmarkPacket(b *testing.B) {
	for _, bp := range benchPackets {
		for _, verbose := range []int{0, 1} {
			builder := packetBuilder{link: capture.LinkEN10MB, at: capture.Timestamp{Sec: 1700000000}}
			if err := builder.line(append([]string{"packet"}, strings.Fields(bp.headers)...)); err != nil {
				b.Fatal(err)
			}
			if err := builder.line(strings.Fields(bp.body)); err != nil {
				b.Fatal(err)
			}
			if err := builder.finish(); err != nil {
				b.Fatal(err)
			}
			pkt := &builder.done[0]
			b.Run(bp.name+[]string{"", "-v"}[verbose], func(b *testing.B) {
				p := New(Options{Verbose: verbose, Location: time.UTC})
				out := p.Print(nil, pkt)
				b.ReportAllocs()
				b.SetBytes(int64(len(out)))
				for b.Loop() {
					out = p.Print(out[:0], pkt)
				}
			})
		}
	}
}
