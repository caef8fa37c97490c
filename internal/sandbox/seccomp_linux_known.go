//go:build linux && (amd64 || arm64)

package sandbox

import (
	"slices"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// Offsets in struct seccomp_data (linux/seccomp.h); those of arguments are of
// their low half in little-endian order, as all systems here have it.
const (
	dataCall = 0
	dataArch = 4
	dataArgs = 16
	argSize  = 8
)

var (
	allow = bpf.RetConstant{Val: unix.SECCOMP_RET_ALLOW}
	deny  = bpf.RetConstant{Val: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)}
)

// receiveOnly are calls, allowed on other files and sockets, that are not on those
// which packets come from: nothing is sent, and no other interface listened to.
var receiveOnly = []uint32{unix.SYS_WRITE, unix.SYS_WRITEV, unix.SYS_PWRITE64, unix.SYS_SENDTO, unix.SYS_BIND, unix.SYS_CONNECT}

// seccompProgram is the program that decides on system calls.
func seccompProgram(n *Needs) ([]bpf.RawInstruction, error) {
	p := []bpf.Instruction{
		bpf.LoadAbsolute{Off: dataArch, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: auditArch, SkipTrue: 1},
		bpf.RetConstant{Val: unix.SECCOMP_RET_KILL_PROCESS},
		bpf.LoadAbsolute{Off: dataCall, Size: 4},
	}
	var order []uint32
	rules := make(map[uint32][]rule)
	for _, g := range grants(n) {
		if !g.needed {
			continue
		}
		for _, r := range g.calls {
			if rules[r.call] == nil {
				order = append(order, r.call)
			}
			rules[r.call] = append(rules[r.call], r)
		}
	}
	for _, call := range order {
		var body []bpf.Instruction
		if slices.Contains(receiveOnly, call) {
			body = n.refuse(call)
		}
		for _, r := range rules[call] {
			body = append(body, r.body()...)
		}
		p = append(p, onCall(call, append(body, deny)...)...)
	}
	// Its flags lie in memory; callers know how to do without.
	p = append(p, onCall(unix.SYS_CLONE3, bpf.RetConstant{Val: unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)})...)
	return bpf.Assemble(append(p, deny))
}

// refuse denies a call, one of receiveOnly, on sockets that packets come from, or
// will; only new ones may be bound.
func (n *Needs) refuse(call uint32) (body []bpf.Instruction) {
	load := bpf.LoadAbsolute{Off: dataArgs, Size: 4}
	for _, fd := range n.sources() {
		if n.NewSockets == 0 || fd < n.NewSockets { // of those from there on the numbers are used again
			body = append(body, load, bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: uint32(fd), SkipTrue: 1}, deny)
		}
	}
	if n.NewSockets > 0 && call != unix.SYS_BIND {
		body = append(body, load, bpf.JumpIf{Cond: bpf.JumpLessThan, Val: uint32(n.NewSockets), SkipTrue: 1}, deny)
	}
	return body
}

// sources are all descriptors that packets come from.
func (n *Needs) sources() []int {
	s := &n.Sources
	return slices.Concat(n.Sockets, s.Bluetooth, s.USB, s.Netfilter, s.DBus)
}

// body allows a call whose arguments pass, and goes on behind it for others.
func (r *rule) body() []bpf.Instruction {
	body := []bpf.Instruction{allow}
	for _, arg := range slices.Backward(r.args) {
		test := []bpf.Instruction{bpf.LoadAbsolute{Off: uint32(dataArgs + argSize*arg.number), Size: 4}}
		if arg.values == nil {
			test = append(test, bpf.JumpIf{Cond: bpf.JumpGreaterOrEqual, Val: arg.mask, SkipTrue: 1})
		} else {
			test = append(test, bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: arg.mask})
		}
		for i, v := range arg.values {
			others := len(arg.values) - 1 - i
			test = append(test, bpf.JumpIf{Cond: bpf.JumpEqual, Val: v, SkipTrue: uint8(others + 1)})
		}
		test = append(test, bpf.Jump{Skip: uint32(len(body))})
		body = append(test, body...)
	}
	return body
}

// onCall is body for one system call; it has to end in a return.
func onCall(call uint32, body ...bpf.Instruction) []bpf.Instruction {
	return append([]bpf.Instruction{
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: call, SkipTrue: 1},
		bpf.Jump{Skip: uint32(len(body))},
	}, body...)
}

// Grants are the names of the rows of the table that n takes.
func (n *Needs) Grants() (names []string) {
	for _, g := range grants(n) {
		if g.needed {
			names = append(names, g.name)
		}
	}
	return names
}
