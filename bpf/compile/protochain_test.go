package compile

import (
	"fmt"
	"math/rand/v2"
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
			program, err := Compile(c.expression, capture.LinkEN10MB, ModeDead, Options{SnapLen: capture.MaxSnapLen, NoOptimize: plain})
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

// TestProtochainWalks has chains of extension headers of IPv6, of different
// lengths, and what is found in them: the header asked for, what comes before it
// and behind, one that ends the chain, and one that the walk does not know.
func TestProtochainWalks(t *testing.T) {
	rnd := rand.New(rand.NewPCG(71, 17))
	options, ends := []byte{0, 60, 43, 44}, []byte{6, 17, 58, 59, 50, 132}
	asked := []int{0, 6, 17, 43, 44, 50, 58, 59, 60, 132}
	type machines struct{ plain, optimized *bpf.VM }
	vms := make(map[int]machines)
	for _, n := range asked {
		var m machines
		for _, plain := range []bool{false, true} {
			p, err := Compile(fmt.Sprintf("ip6 protochain %d", n), capture.LinkEN10MB, ModeDead, Options{NoOptimize: plain})
			if err != nil {
				t.Fatal(err)
			}
			vm, err := bpf.NewVM(p.Instructions, p.Rules())
			if err != nil {
				t.Fatal(err)
			}
			if plain {
				m.plain = vm
			} else {
				m.optimized = vm
			}
		}
		vms[n] = m
	}
	matched := 0
	for range 400 {
		var chain []byte
		for range rnd.IntN(5) {
			chain = append(chain, options[rnd.IntN(len(options))])
		}
		chain = append(chain, ends[rnd.IntN(len(ends))])
		packet := append(make([]byte, 12), 0x86, 0xdd, 0x60, 0, 0, 0, 0, 8, chain[0], 64)
		packet = append(packet, make([]byte, 32)...)
		for i, kind := range chain[:len(chain)-1] {
			length := rnd.IntN(3)
			if kind == 44 { // has none
				length = 0
			}
			header := make([]byte, 8*(length+1))
			header[0], header[1] = chain[i+1], byte(length)
			packet = append(packet, header...)
		}
		packet = append(packet, make([]byte, 20)...)
		for _, n := range asked {
			want := false
			for _, kind := range chain {
				want = want || int(kind) == n
			}
			if want {
				matched++
			}
			m := vms[n]
			if got := m.plain.Run(packet, uint32(len(packet)), nil) != 0; got != want {
				t.Errorf("plain: %d in %d: %t, want %t", n, chain, got, want)
			}
			if got := m.optimized.Run(packet, uint32(len(packet)), nil) != 0; got != want {
				t.Errorf("optimized: %d in %d: %t, want %t", n, chain, got, want)
			}
		}
	}
	if matched == 0 {
		t.Error("nothing was found in any chain")
	}
}
