package compile

import (
	"testing"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/capture"
)

// TestProtochainEnds: the walk of protochain ends on packets that lead it in
// circles (CVE-2026-6554 of libpcap). Its program looks for what follows an
// Authentication Header at the length of that from the start of the IP header.
func TestProtochainEnds(t *testing.T) {
	const ah = 51
	for _, c := range []struct {
		expression string
		ip         []byte
	}{
		// Five words are from the start of IP to the header that says so.
		{"ip protochain 6", append([]byte{0x45, 0, 0, 40, 0, 0, 0, 0, 64, ah, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2}, ah, 3, 0, 0, 0, 0, 0, 0)},
		// Ten words are.
		{"ip6 protochain 6", append([]byte{0x60, 0, 0, 0, 0, 8, ah, 64, 39: 0}, ah, 8, 0, 0, 0, 0, 0, 0)},
		{"protochain 6", append([]byte{0x60, 0, 0, 0, 0, 8, ah, 64, 39: 0}, ah, 8, 0, 0, 0, 0, 0, 0)},
	} {
		ethertype := []byte{8, 0}
		if c.ip[0]>>4 == 6 {
			ethertype = []byte{0x86, 0xdd}
		}
		packet := append(append(make([]byte, 12), ethertype...), c.ip...)
		for _, plain := range []bool{false, true} {
			program, err := Compile(c.expression, Options{LinkType: capture.LinkEN10MB, SnapLen: capture.MaxSnapLen, NoOptimize: plain})
			if err != nil {
				t.Fatal(err)
			}
			vm, err := bpf.NewVM(program.Instructions, program.Rules())
			if err != nil {
				t.Fatal(err)
			}
			if got := vm.Run(packet, uint32(len(packet)), nil); got != 0 {
				t.Errorf("%s, plain %t: the packet matches (%d)", c.expression, plain, got)
			}
			var take [1]uint32
			if n := vm.NewBatch().Run([][]byte{packet}, []uint32{uint32(len(packet))}, take[:]); n != 0 {
				t.Errorf("%s, plain %t: in a batch the packet matches", c.expression, plain)
			}
		}
	}
}
