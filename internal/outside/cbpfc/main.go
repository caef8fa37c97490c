// Cbpfc prints an expression as eBPF: cbpfc EXPRESSION
package main

import (
	"fmt"
	"log"
	"os"

	"github.com/cilium/ebpf/asm"
	"github.com/cloudflare/cbpfc"
	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/capture"
	"golang.org/x/net/bpf"
)

func main() {
	program, err := compile.Compile(os.Args[1], capture.LinkEN10MB, compile.ModeDead, compile.Options{})
	if err != nil {
		log.Fatal(err)
	}
	filter := make([]bpf.Instruction, len(program.Instructions))
	for i, ins := range program.Instructions {
		filter[i] = ins.Disassemble()
	}
	code, err := cbpfc.ToEBPF(filter, cbpfc.EBPFOpts{
		PacketStart: asm.R2, PacketEnd: asm.R3, Result: asm.R0, ResultLabel: "result",
		Working: [4]asm.Register{asm.R4, asm.R5, asm.R6, asm.R7}, LabelPrefix: "filter",
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(code)
}
