package bpf

import (
	"math/bits"
	"unsafe"
)

// BatchSize is the number of packets that a Batch takes at once.
const BatchSize = 256

// A Batch runs a program on many packets at once: operation by operation, each
// on all packets that have come to it. So the processor need not guess where a
// packet goes next, and waits for the bytes of many packets at the same time.
//
// A Batch is for one goroutine.
//
// Operations that filters seldom use are left to Run, from where the packet is.
type Batch struct {
	vm    *VM
	lists []waiting // by operation
	some  []uint64  // bit i is set: packets wait for operation i
	a, x  [BatchSize]uint32
}

// waiting are the packets that wait for an operation.
type waiting struct {
	n       int
	packets [BatchSize]uint8
}

// NewBatch makes a Batch for the program. Goroutines need one each. Packets of
// a program that is too long for Linux run one by one, since lists for all its
// operations would take more memory than they save time.
func (vm *VM) NewBatch() *Batch {
	b := &Batch{vm: vm}
	if n := len(vm.ops); n <= MaxInstructions+1 { // one op stands behind the last
		b.lists, b.some = make([]waiting, n), make([]uint64, (n+63)/64)
	}
	return b
}

// Run runs the program on packets, up to BatchSize of them: data[i] are the
// captured bytes of one that had wireLen[i] bytes on the wire. For each it puts
// into take what VM.Run returns without ancillary data. It returns how many are
// accepted. Run does not allocate.
func (b *Batch) Run(data [][]byte, wireLen, take []uint32) (accepted int) {
	take = take[:len(data)]
	if b.lists == nil {
		for i := range data {
			if take[i] = b.vm.Run(data[i], wireLen[i], nil); take[i] != 0 {
				accepted++
			}
		}
		return accepted
	}
	clear(take)
	clear(b.a[:])
	clear(b.x[:])
	b.lists[0].packets = everyPacket
	b.wait(0, len(data))
	return b.steps(data, wireLen, take)
}

// everyPacket lists packets by their numbers.
var everyPacket = func() (all [BatchSize]uint8) {
	for i := range all {
		all[i] = uint8(i)
	}
	return all
}()

// wait notes that n packets wait for operation i.
func (b *Batch) wait(i, n int) {
	if b.lists[i].n = n; n > 0 {
		b.some[i>>6] |= 1 << (i & 63)
	}
}

// steps takes the operations in turn. All but loops, which are left to run, lead
// to later ones. It returns how many packets are accepted.
func (b *Batch) steps(data [][]byte, wireLen, take []uint32) (accepted int) {
	for word := range b.some {
		for b.some[word] != 0 {
			i := word<<6 + bits.TrailingZeros64(b.some[word])
			b.some[word] &= b.some[word] - 1
			list := &b.lists[i]
			packets := list.packets[:list.n]
			list.n = 0
			accepted += b.step(&b.vm.ops[i], packets, data, wireLen, take)
		}
	}
	return accepted
}

// index is the number of the operation at o.
func (vm *VM) index(o *op) int {
	return int((uintptr(unsafe.Pointer(o)) - uintptr(unsafe.Pointer(&vm.ops[0]))) / unsafe.Sizeof(op{}))
}

// step does o for packets, and has them wait for what comes next. It returns how many
// it accepts.
func (b *Batch) step(o *op, packets []uint8, data [][]byte, wireLen, take []uint32) (accepted int) {
	load, jump := o.parts()
	switch {
	case o.code == opReturn:
		if o.k == 0 {
			return 0
		}
		for _, p := range packets {
			take[p] = o.k
		}
		return len(packets)
	case load == opNone && jump == opNone:
		for _, p := range packets {
			take[p] = b.vm.run(o, b.a[p], b.x[p], data[p], wireLen[p], nil)
			accepted += one(take[p] != 0)
		}
		return accepted
	case load >= opLoad1 && load <= opLoad4 && jump == opEq && o.yes != o.no:
		b.loadEqual(o, load, packets, data)
		return 0
	case load == opHeaderLength:
		packets = b.headerLength(o, packets, data)
	case load >= opIndexed1:
		packets = b.loadIndexed(o, load, packets, data)
	case load != opNone:
		packets = b.load(o, load, packets, data)
	}
	if jump == opNone || o.yes == o.no {
		next := b.vm.index(o.yes)
		list := &b.lists[next]
		b.wait(next, list.n+copy(list.packets[list.n:], packets))
		return 0
	}
	b.jump(jump, o.k, packets, b.vm.index(o.yes), b.vm.index(o.no))
	return 0
}

// loadEqual is load and jump for what filters do most.
func (b *Batch) loadEqual(o *op, load opcode, packets []uint8, data [][]byte) {
	yes, no := b.vm.index(o.yes), b.vm.index(o.no)
	toYes, toNo := &b.lists[yes], &b.lists[no]
	y, n := toYes.n, toNo.n
	off, end, k := uint64(o.off), uint64(o.end), o.k
	switch load {
	case opLoad1:
		for _, p := range packets {
			if d := data[p]; end <= uint64(len(d)) {
				v := load1(unsafe.Pointer(unsafe.SliceData(d)), off)
				b.a[p], toYes.packets[uint8(y)], toNo.packets[uint8(n)] = v, p, p
				is := one(v == k)
				y, n = y+is, n+1-is
			}
		}
	case opLoad2:
		for _, p := range packets {
			if d := data[p]; end <= uint64(len(d)) {
				v := load2(unsafe.Pointer(unsafe.SliceData(d)), off)
				b.a[p], toYes.packets[uint8(y)], toNo.packets[uint8(n)] = v, p, p
				is := one(v == k)
				y, n = y+is, n+1-is
			}
		}
	default:
		for _, p := range packets {
			if d := data[p]; end <= uint64(len(d)) {
				v := load4(unsafe.Pointer(unsafe.SliceData(d)), off)
				b.a[p], toYes.packets[uint8(y)], toNo.packets[uint8(n)] = v, p, p
				is := one(v == k)
				y, n = y+is, n+1-is
			}
		}
	}
	b.wait(yes, y)
	b.wait(no, n)
}

// parts are the load and the jump that o consists of, opNone for each that it
// has not; both if Batch has nothing of its own for o.
func (o *op) parts() (load, jump opcode) {
	switch o.code {
	case opLoad1, opLoad2, opLoad4, opIndexed1, opIndexed2, opIndexed4, opHeaderLength:
		return o.code, opNone
	case opEq, opGt, opSet:
		return opNone, o.code
	case opLoad1Eq, opLoad2Eq, opLoad4Eq:
		return o.code - opLoad1Eq + opLoad1, opEq
	case opLoad1Set, opLoad2Set:
		return o.code - opLoad1Set + opLoad1, opSet
	case opLoad4Gt:
		return opLoad4, opGt
	case opIndexed1Eq, opIndexed2Eq, opIndexed4Eq:
		return o.code - opIndexed1Eq + opIndexed1, opEq
	}
	return opNone, opNone
}

// load loads at a fixed offset into A. It returns the packets that have the
// bytes; the others are rejected.
func (b *Batch) load(o *op, load opcode, packets []uint8, data [][]byte) []uint8 {
	packets = having(packets, data, uint64(o.end))
	off := uint64(o.off)
	switch load {
	case opLoad1:
		for _, p := range packets {
			b.a[p] = load1(unsafe.Pointer(unsafe.SliceData(data[p])), off)
		}
	case opLoad2:
		for _, p := range packets {
			b.a[p] = load2(unsafe.Pointer(unsafe.SliceData(data[p])), off)
		}
	default:
		for _, p := range packets {
			b.a[p] = load4(unsafe.Pointer(unsafe.SliceData(data[p])), off)
		}
	}
	return packets
}

// having are the packets that have at least n bytes.
func having(packets []uint8, data [][]byte, n uint64) []uint8 {
	kept := 0
	for _, p := range packets {
		packets[kept] = p
		kept += one(n <= uint64(len(data[p])))
	}
	return packets[:kept]
}

// headerLength loads the length of an IPv4 header into X, and is like load
// otherwise.
func (b *Batch) headerLength(o *op, packets []uint8, data [][]byte) []uint8 {
	packets = having(packets, data, uint64(o.off)+1)
	for _, p := range packets {
		b.x[p] = load1(unsafe.Pointer(unsafe.SliceData(data[p])), uint64(o.off)) & 0xf << 2
	}
	return packets
}

// loadIndexed is load for an offset that is relative to X.
func (b *Batch) loadIndexed(o *op, load opcode, packets []uint8, data [][]byte) []uint8 {
	size := uint64(1) << (load - opIndexed1)
	kept := 0
	for _, p := range packets {
		off := uint64(o.off) + uint64(b.x[p])
		if off+size > uint64(len(data[p])) {
			continue
		}
		packets[kept] = p
		kept++
		base := unsafe.Pointer(unsafe.SliceData(data[p]))
		switch size {
		case 1:
			b.a[p] = load1(base, off)
		case 2:
			b.a[p] = load2(base, off)
		default:
			b.a[p] = load4(base, off)
		}
	}
	return packets[:kept]
}

// jump parts packets by a comparison of A with k. Each is put into both lists,
// of which one grows: there is nothing to guess.
func (b *Batch) jump(jump opcode, k uint32, packets []uint8, yes, no int) {
	toYes, toNo := &b.lists[yes], &b.lists[no]
	y, n := toYes.n, toNo.n
	switch jump {
	case opEq:
		for _, p := range packets {
			toYes.packets[uint8(y)], toNo.packets[uint8(n)] = p, p
			is := one(b.a[p] == k)
			y, n = y+is, n+1-is
		}
	case opGt:
		for _, p := range packets {
			toYes.packets[uint8(y)], toNo.packets[uint8(n)] = p, p
			is := one(b.a[p] > k)
			y, n = y+is, n+1-is
		}
	case opSet:
		for _, p := range packets {
			toYes.packets[uint8(y)], toNo.packets[uint8(n)] = p, p
			is := one(b.a[p]&k != 0)
			y, n = y+is, n+1-is
		}
	}
	b.wait(yes, y)
	b.wait(no, n)
}

// one is 1 if is holds, else 0, without a branch.
func one(is bool) int {
	n := 0
	if is {
		n = 1
	}
	return n
}
