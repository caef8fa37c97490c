package capture_test

import (
	"fmt"
	"io"

	"github.com/tapdump/tapdump/capture"
)

// two is a source of two packets of its own making.
type two struct{ given int }

func (s *two) Next(pkt *capture.Packet) error {
	if s.given == 2 {
		return io.EOF
	}
	s.given++
	*pkt = *capture.NewPacket(s.LinkType(), make([]byte, 20*s.given))
	pkt.Time = capture.Timestamp{Sec: 1700000000, Nsec: int64(s.given) * 1000}
	return nil
}

func (s *two) LinkType() capture.LinkType { return capture.LinkRAW }
func (s *two) SnapLen() int               { return capture.MaxSnapLen }
func (s *two) Interfaces() []capture.Interface {
	return []capture.Interface{{Name: "made", LinkType: s.LinkType()}}
}
func (s *two) Close() error { return nil }

func ExamplePackets() {
	for pkt, err := range capture.Packets(new(two)) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(pkt.Time.Time().UTC().Format("15:04:05.000000"), pkt.LinkType, pkt.Length)
	}
	// Output:
	// 22:13:20.000001 RAW 20
	// 22:13:20.000002 RAW 40
}

func ExampleLinkTypeByName() {
	link, ok := capture.LinkTypeByName("linux_sll2")
	fmt.Println(link, ok, link.HeaderLength(), link.Description())
	// Output: LINUX_SLL2 true 20 Linux cooked v2
}
