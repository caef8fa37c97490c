//go:build !noebpf && !tapdump_small

package probes

import (
	"errors"
	"fmt"
	"io"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/link"
)

// licence is what the helpers that read the kernel's memory ask for; this project's
// own is the BSD's.
const licence = "Dual BSD/GPL"

// readKernel copies n bytes at what is in a register, and an offset, to the stack.
func readKernel(stack int16, n int, from asm.Register, offset int16) asm.Instructions {
	return asm.Instructions{
		asm.Mov.Reg(asm.R1, asm.RFP),
		asm.Add.Imm(asm.R1, int32(stack)),
		asm.Mov.Imm(asm.R2, int32(n)),
		asm.Mov.Reg(asm.R3, from),
		asm.Add.Imm(asm.R3, int32(offset)),
		asm.FnProbeReadKernel.Call(),
	}
}

// zero clears n bytes of the stack, a multiple of 4.
func zero(stack int16, n int) (all asm.Instructions) {
	for i := 0; i < n; i += 4 {
		all = append(all, asm.StoreImm(asm.RFP, stack+int16(i), 0, asm.Word))
	}
	return all
}

// stackAt has a register point into the stack.
func stackAt(r asm.Register, stack int16) asm.Instructions {
	return asm.Instructions{asm.Mov.Reg(r, asm.RFP), asm.Add.Imm(r, int32(stack))}
}

// mapAndKey begins a call about what a map has for the key on the stack.
func mapAndKey(m *ebpf.Map, key int16) asm.Instructions {
	return join(asm.Instructions{asm.LoadMapPtr(asm.R1, m.FD())}, stackAt(asm.R2, key))
}

func join(parts ...asm.Instructions) (all asm.Instructions) {
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

// labelled has jumps lead to instructions.
func labelled(label string, code asm.Instructions) asm.Instructions {
	all := append(asm.Instructions{}, code...)
	all[0] = all[0].WithSymbol(label)
	return all
}

// end is the end of a program, whose result is a number.
func end(result int32) asm.Instructions {
	return asm.Instructions{asm.Mov.Imm(asm.R0, result).WithSymbol("end"), asm.Return()}
}

// onTracepoint runs instructions at a tracepoint. Its arguments are words at R1.
func onTracepoint(name string, code asm.Instructions) (io.Closer, error) {
	p, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Name: "tapdump", Type: ebpf.Tracing, AttachType: ebpf.AttachTraceRawTp, AttachTo: name, Instructions: code, License: licence,
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	defer p.Close() // the link holds it
	l, err := link.AttachTracing(link.TracingOptions{Program: p, AttachType: ebpf.AttachTraceRawTp})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return l, nil
}

// onNewSocket runs instructions where a process of a control group makes a socket.
func onNewSocket(group string, code asm.Instructions) (io.Closer, error) {
	p, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Name: "tapdump", Type: ebpf.CGroupSock, AttachType: ebpf.AttachCGroupInetSockCreate, Instructions: code, License: licence,
	})
	if err != nil {
		return nil, fmt.Errorf("new sockets: %w", err)
	}
	defer p.Close()
	l, err := link.AttachCgroup(link.CgroupOptions{Path: group, Attach: ebpf.AttachCGroupInetSockCreate, Program: p})
	if err != nil {
		return nil, fmt.Errorf("new sockets: %w", err)
	}
	return l, nil
}

func closeAll(all []io.Closer) (err error) {
	for i := len(all) - 1; i >= 0; i-- {
		err = errors.Join(err, all[i].Close())
	}
	return err
}
