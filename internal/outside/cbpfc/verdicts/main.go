// Verdicts has the kernel run expressions, one a line of the standard input, as eBPF
// on the packets of a savefile: verdicts FILE. For each expression it prints a line
// with a 1 for each packet that matches, and else a 0.
package main

import (
	"bufio"
	"fmt"
	"log"
	"os"
	"slices"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cloudflare/cbpfc"
	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/pcapfile"
	"golang.org/x/net/bpf"
)

func main() {
	file, err := pcapfile.Open(os.Args[1])
	check(err)
	var packets [][]byte
	for pkt, err := range capture.Packets(file) {
		check(err)
		packets = append(packets, slices.Clone(pkt.Data))
	}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		program := load(lines.Text(), file.LinkType())
		verdicts := make([]byte, len(packets))
		for i, data := range packets {
			result, err := program.Run(&ebpf.RunOptions{Data: data})
			check(err)
			verdicts[i] = '0' + byte(result)
		}
		fmt.Println(string(verdicts))
		program.Close()
	}
}

// load makes a program for packets that a driver hands over, which returns 1 or 0.
func load(expr string, link capture.LinkType) *ebpf.Program {
	compiled, err := compile.Compile(expr, link, compile.ModeDead, compile.Options{})
	check(err)
	filter := make([]bpf.Instruction, len(compiled.Instructions))
	for i, ins := range compiled.Instructions {
		filter[i] = ins.Disassemble()
	}
	code, err := cbpfc.ToEBPF(filter, cbpfc.EBPFOpts{
		PacketStart: asm.R2, PacketEnd: asm.R3, Result: asm.R0, ResultLabel: "result",
		Working: [4]asm.Register{asm.R4, asm.R5, asm.R6, asm.R7}, LabelPrefix: "filter",
	})
	check(err)
	const dataAt, dataEndAt = 0, 4 // in struct xdp_md of <linux/bpf.h>
	begin := asm.Instructions{asm.LoadMem(asm.R2, asm.R1, dataAt, asm.Word), asm.LoadMem(asm.R3, asm.R1, dataEndAt, asm.Word)}
	end := asm.Instructions{
		asm.JEq.Imm(asm.R0, 0, "rejected").WithSymbol("result"), asm.Mov.Imm(asm.R0, 1),
		asm.Return().WithSymbol("rejected"),
	}
	program, err := ebpf.NewProgram(&ebpf.ProgramSpec{Type: ebpf.XDP, License: "BSD", Instructions: slices.Concat(begin, code, end)})
	check(err)
	return program
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
