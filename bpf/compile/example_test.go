package compile_test

import (
	"errors"
	"fmt"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/capture"
)

func Example() {
	p, err := compile.Compile("ip proto 47", capture.LinkEN10MB, compile.ModeDead, compile.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(string(bpf.Disassemble(nil, p.Instructions)))

	vm, err := bpf.NewVM(p.Instructions, p.Rules())
	if err != nil {
		fmt.Println(err)
		return
	}
	frame := make([]byte, 60)
	frame[12], frame[13] = 0x08, 0x00 // IPv4
	frame[23] = 47                    // GRE
	fmt.Println(vm.Run(frame, 60, nil))
	// Output:
	// (000) ldh      [12]
	// (001) jeq      #0x800           jt 2	jf 5
	// (002) ldb      [23]
	// (003) jeq      #0x2f            jt 4	jf 5
	// (004) ret      #262144
	// (005) ret      #0
	// 262144
}

func ExampleMatcher() {
	m, err := compile.NewMatcher("vlan 5 and udp port 53", capture.LinkEN10MB, compile.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	frame := make([]byte, 60)
	copy(frame[12:], []byte{0x81, 0, 0, 5, 0x08, 0, 0x45}) // VLAN 5, IPv4
	frame[27] = 17                                         // UDP
	frame[41] = 53                                         // destination port
	fmt.Println(m.Match(capture.NewPacket(capture.LinkEN10MB, frame)))

	// As a socket of Linux has it: the tag is beside the packet.
	untagged := append(frame[:12:12], frame[16:]...)
	fmt.Println(m.MatchBytes(untagged, 60, &bpf.Ancillary{VLANTagPresent: 1, VLANTag: 5}))
	// Output:
	// true
	// true
}

func ExampleParse() {
	e, err := compile.Parse("tcp port 80 or 443 and not src 10.0.0.1")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(e)
	// Output: ((tcp src or dst port 80) or (tcp src or dst port 443)) and not (src host 10.0.0.1)
}

func ExampleError() {
	_, err := compile.Compile("tcp.port == 80", capture.LinkEN10MB, compile.ModeDead, compile.Options{})
	var wrong *compile.Error
	if errors.As(err, &wrong) {
		fmt.Print(wrong.Detail())
	}
	// Output:
	// can't parse filter expression: syntax error
	//   tcp.port == 80
	//   ^^^^^^^^
	// expected a primitive such as `tcp`, `host NAME`, `port 80`, `ip[8] = 1` or `not ...`
	// did you mean: tcp port 80
}

func ExampleProgram_Source() {
	const expr = "arp and greater 100"
	p, err := compile.Compile(expr, capture.LinkEN10MB, compile.ModeDead, compile.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	start, end := p.Source(0)
	fmt.Println(expr[start:end])
	// Output: arp
}
