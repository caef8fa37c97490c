// Programs compiles the expressions on the standard input with the filter package of
// go-pcap, and prints a line for each: the program, or what is wrong.
package main

import (
	"bufio"
	"fmt"
	"os"

	"github.com/packetcap/go-pcap/filter"
	"golang.org/x/net/bpf"
)

func main() {
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		program, err := compile(lines.Text())
		if err != nil {
			fmt.Println("error:", err)
			continue
		}
		for _, ins := range program {
			fmt.Print(ins.Op, ",", ins.Jt, ",", ins.Jf, ",", ins.K, " ")
		}
		fmt.Println()
	}
}

func compile(expr string) (program []bpf.RawInstruction, err error) {
	defer func() {
		if wrong := recover(); wrong != nil {
			err = fmt.Errorf("panic: %v", wrong)
		}
	}()
	f := filter.NewExpression(expr).Compile()
	if f == nil {
		return nil, fmt.Errorf("no filter")
	}
	instructions, err := f.Compile()
	if err != nil {
		return nil, err
	}
	return bpf.Assemble(instructions)
}
