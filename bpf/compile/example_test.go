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
