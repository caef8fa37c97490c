package bpf_test

import (
	"fmt"

	"github.com/tapdump/tapdump/bpf"
)

// isARP accepts ARP on Ethernet.
var isARP = []bpf.Instruction{
	{Op: bpf.LD | bpf.H | bpf.ABS, K: 12},
	{Op: bpf.JMP | bpf.JEQ | bpf.K, K: 0x806, Jf: 1},
	{Op: bpf.RET | bpf.K, K: 262144},
	{Op: bpf.RET | bpf.K},
}

func ExampleVM() {
	vm, err := bpf.NewVM(isARP, bpf.Rules{})
	if err != nil {
		fmt.Println(err)
		return
	}
	frame := make([]byte, 60)
	frame[12], frame[13] = 0x08, 0x06
	fmt.Println(vm.Run(frame, 60, nil))
	fmt.Println(vm.Run(frame[:13], 60, nil)) // cut before what is asked for
	// Output:
	// 262144
	// 0
}

func ExampleBatch() {
	vm, err := bpf.NewVM(isARP, bpf.Rules{})
	if err != nil {
		fmt.Println(err)
		return
	}
	frames := [][]byte{make([]byte, 60), make([]byte, 60), make([]byte, 60)}
	frames[1][12], frames[1][13] = 0x08, 0x06
	take := make([]uint32, len(frames))
	accepted := vm.NewBatch().Run(frames, []uint32{60, 60, 60}, take)
	fmt.Println(accepted, take)
	// Output: 1 [0 262144 0]
}

func ExampleDisassemble() {
	fmt.Print(string(bpf.Disassemble(nil, isARP)))
	// Output:
	// (000) ldh      [12]
	// (001) jeq      #0x806           jt 2	jf 3
	// (002) ret      #262144
	// (003) ret      #0
}

func ExampleVerify() {
	fmt.Println(bpf.Verify(isARP, bpf.Rules{}))
	fmt.Println(bpf.Verify(isARP[:2], bpf.Rules{}))
	// Output:
	// <nil>
	// instruction 1 ((001) jeq      #0x806           jt 2	jf 3): jump past the end
}
