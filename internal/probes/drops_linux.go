//go:build !noebpf && !tapdump_small

package probes

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"unsafe"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"
	"golang.org/x/sys/unix"
)

// drops writes a record for each packet that the kernel throws away, of the network
// that this process is in.
type drops struct {
	ring    *Ring
	buffer  *ebpf.Map // room for a record on each processor
	counts  *ebpf.Map // received, lost
	counted []byte    // of counts
	links   []io.Closer
	layout  *layout
}

// What a record has; the bytes of the packet are behind, from its network header on.
const (
	dropTime     = 0  // ns, of CLOCK_MONOTONIC
	dropPlace    = 8  // address in the kernel
	dropReason   = 16 // enum skb_drop_reason
	dropDevice   = 20 // its number; 0: not known
	dropProtocol = 24 // EtherType, in the network's order; 0: not known
	dropHardware = 26 // ARPHRD_*
	dropLength   = 28 // bytes, from the network header on
	dropCaptured = 32
	dropType     = 36 // PACKET_*, in the lower bits of a byte
	dropHasMAC   = 37
	dropSender   = 38 // Ethernet address, if dropHasMAC
	dropNetwork  = 44
	dropSize     = 48

	dropsMost = 16 << 10 // bytes that are taken of a packet
)

// On the stack the record is at the top, and these below.
const (
	dropScratch = -dropSize - 8
	dropKey     = -dropSize - 16
	dropFrame   = -dropKey
)

func dropAt(field int16) int16 { return field - dropSize }

// openDrops begins to write records, with so many bytes of packets, into a ring of so
// many bytes, a power of two.
func openDrops(snapLen, size int) (*drops, reasons, error) {
	l, err := newLayout()
	if err != nil {
		return nil, reasons{}, err
	}
	var enum *btf.Enum
	if err := l.spec.TypeByName("skb_drop_reason", &enum); err != nil {
		return nil, reasons{}, errors.New("the kernel has no reasons for that (Linux 5.17 has)")
	}
	names := newReasons(enum)
	d := &drops{layout: l}
	if err := d.open(names, min(snapLen, dropsMost), size); err != nil {
		d.close()
		return nil, reasons{}, refused(err)
	}
	d.layout = nil
	return d, names, nil
}

func (d *drops) open(names reasons, snapLen, size int) (err error) {
	if d.ring, err = newRing(size); err != nil {
		return err
	}
	d.buffer, err = ebpf.NewMap(&ebpf.MapSpec{
		Name: "tapdump_drop", Type: ebpf.PerCPUArray, KeySize: 4, ValueSize: dropSize + dropsMost, MaxEntries: 1,
	})
	if err != nil {
		return err
	}
	d.counts, err = ebpf.NewMap(&ebpf.MapSpec{
		Name: "tapdump_counts", Type: ebpf.Array, KeySize: 4, ValueSize: 16, MaxEntries: 1, Flags: unix.BPF_F_MMAPABLE,
	})
	if err != nil {
		return err
	}
	if d.counted, err = unix.Mmap(d.counts.FD(), 0, os.Getpagesize(), unix.PROT_READ, unix.MAP_SHARED); err != nil {
		return fmt.Errorf("can't map counts: %w", err)
	}
	network, err := ownNetwork()
	if err != nil {
		return err
	}
	code := d.onFree(names.none, network, snapLen)
	if d.layout.err != nil {
		return d.layout.err
	}
	one, err := onTracepoint("kfree_skb", code)
	if err != nil {
		return err
	}
	d.links = append(d.links, one)
	return nil
}

// ownNetwork is the inode of the network that this process is in.
func ownNetwork() (uint32, error) {
	var st unix.Stat_t
	if err := unix.Stat("/proc/self/ns/net", &st); err != nil {
		return 0, fmt.Errorf("/proc/self/ns/net: %w", err)
	}
	return uint32(st.Ino), nil
}

// field reads a field of what is in a register, to the stack.
func (d *drops) field(stack int16, n int, from asm.Register, structure, name string) asm.Instructions {
	return readKernel(stack, n, from, d.layout.offset(structure, name))
}

// pointer reads a number of n bytes, as a pointer is, into a register.
func (d *drops) number(to asm.Register, n int, from asm.Register, structure, name string) asm.Instructions {
	return join(zero(dropScratch, 8), d.field(dropScratch, n, from, structure, name),
		asm.Instructions{asm.LoadMem(to, asm.RFP, dropScratch, asm.DWord)})
}

// onFree writes the record of a packet, which R6 points to: R7 is its device, R8 where
// its bytes begin, R9 how many there are.
func (d *drops) onFree(none []int32, network uint32, snapLen int) asm.Instructions {
	begin := asm.Instructions{
		asm.LoadMem(asm.R6, asm.R1, 0, asm.DWord),
		asm.LoadMem(asm.R7, asm.R1, 8, asm.DWord),
		asm.LoadMem(asm.R8, asm.R1, 16, asm.Word),
	}
	for _, reason := range none {
		begin = append(begin, asm.JEq.Imm(asm.R8, reason, "end"))
	}
	return join(
		begin,
		zero(dropKey, dropFrame),
		asm.Instructions{
			asm.StoreMem(asm.RFP, dropAt(dropPlace), asm.R7, asm.DWord),
			asm.StoreMem(asm.RFP, dropAt(dropReason), asm.R8, asm.Word),
			asm.FnKtimeGetNs.Call(),
			asm.StoreMem(asm.RFP, dropAt(dropTime), asm.R0, asm.DWord),
		},
		d.networks(network),
		d.field(dropAt(dropProtocol), 2, asm.R6, "sk_buff", "protocol"),
		// What is of no protocol and has no network header is of local sockets.
		d.number(asm.R8, 2, asm.R6, "sk_buff", "network_header"),
		asm.Instructions{
			asm.LoadMem(asm.R1, asm.RFP, dropAt(dropProtocol), asm.Half),
			asm.Or.Reg(asm.R8, asm.R1),
			asm.JEq.Imm(asm.R8, 0, "end"),
		},
		d.place(snapLen),
		d.write(snapLen),
		end(0))
}

// networks finds the device in R7 and the network, and goes to the end if that is
// another one. A packet may have no device any more: its socket and its route have.
func (d *drops) networks(own uint32) asm.Instructions {
	netOf := func(at asm.Register, structure, name, next string) asm.Instructions {
		return join(
			asm.Instructions{asm.JEq.Imm(at, 0, next)},
			d.number(asm.R3, 8, at, structure, name),
			d.field(dropAt(dropNetwork), 4, asm.R3, "net", "ns.inum"),
			asm.Instructions{
				asm.LoadMem(asm.R1, asm.RFP, dropAt(dropNetwork), asm.Word),
				asm.JNE.Imm(asm.R1, 0, "found"),
			})
	}
	return join(
		d.number(asm.R7, 8, asm.R6, "sk_buff", "dev"),
		netOf(asm.R7, "net_device", "nd_net.net", "socket"),
		labelled("socket", d.number(asm.R7, 8, asm.R6, "sk_buff", "sk")),
		netOf(asm.R7, "sock", "__sk_common.skc_net.net", "route"),
		labelled("route", d.number(asm.R7, 8, asm.R6, "sk_buff", "_skb_refdst")),
		asm.Instructions{asm.And.Imm(asm.R7, -2), asm.JEq.Imm(asm.R7, 0, "nowhere")},
		d.number(asm.R7, 8, asm.R7, "dst_entry", "dev"),
		netOf(asm.R7, "net_device", "nd_net.net", "nowhere"),
		asm.Instructions{
			asm.Ja.Label("nowhere"),
			asm.LoadMem(asm.R1, asm.RFP, dropAt(dropNetwork), asm.Word).WithSymbol("found"),
			asm.LoadImm(asm.R2, int64(own), asm.DWord),
			asm.JNE.Reg(asm.R1, asm.R2, "end"),
		},
		labelled("nowhere", d.device()),
	)
}

// device says what there is to know of the device. Where it is not known any more, the
// one that the packet came in by is.
func (d *drops) device() asm.Instructions {
	return join(
		d.number(asm.R7, 8, asm.R6, "sk_buff", "dev"),
		d.field(dropAt(dropDevice), 4, asm.R7, "net_device", "ifindex"),
		d.field(dropAt(dropHardware), 2, asm.R7, "net_device", "type"),
		asm.Instructions{
			asm.LoadMem(asm.R1, asm.RFP, dropAt(dropHardware), asm.Half),
			asm.LoadMem(asm.R2, asm.RFP, dropAt(dropDevice), asm.Word),
			asm.JNE.Imm(asm.R2, 0, "device"),
		},
		d.field(dropAt(dropDevice), 4, asm.R6, "sk_buff", "skb_iif"),
		labelled("device", readKernel(dropAt(dropType), 1, asm.R6, d.layout.packetType())),
	)
}

// place finds where the bytes of the packet begin, and how many there are in one piece,
// and the sender's Ethernet address.
func (d *drops) place(snapLen int) asm.Instructions {
	const unset = 0xffff
	return join(
		d.number(asm.R7, 8, asm.R6, "sk_buff", "head"),
		d.number(asm.R8, 2, asm.R6, "sk_buff", "mac_header"),
		asm.Instructions{asm.JEq.Imm(asm.R8, unset, "bare")},
		d.number(asm.R9, 2, asm.R6, "sk_buff", "network_header"),
		asm.Instructions{
			asm.Sub.Reg(asm.R9, asm.R8),
			asm.JSLT.Imm(asm.R9, 14, "bare"),
			asm.StoreImm(asm.RFP, dropAt(dropHasMAC), 1, asm.Byte),
			asm.Add.Reg(asm.R8, asm.R7),
		},
		readKernel(dropAt(dropSender), 6, asm.R8, 6),
		// What has no network header begins with its data.
		labelled("bare", d.number(asm.R9, 8, asm.R6, "sk_buff", "data")),
		d.number(asm.R8, 2, asm.R6, "sk_buff", "network_header"),
		asm.Instructions{
			asm.JEq.Imm(asm.R8, 0, "data"),
			asm.JEq.Imm(asm.R8, unset, "data"),
			asm.Add.Reg(asm.R8, asm.R7),
			asm.Ja.Label("there"),
			asm.Mov.Reg(asm.R8, asm.R9).WithSymbol("data"),
			asm.Sub.Reg(asm.R9, asm.R8).WithSymbol("there"), // bytes in front of the data
		},
		d.number(asm.R7, 4, asm.R6, "sk_buff", "len"),
		asm.Instructions{
			asm.Add.Reg(asm.R7, asm.R9),
			asm.StoreMem(asm.RFP, dropAt(dropLength), asm.R7, asm.Word),
		},
		d.number(asm.R9, 4, asm.R6, "sk_buff", "data_len"), // in other pieces
		asm.Instructions{
			asm.Sub.Reg(asm.R7, asm.R9),
			asm.Mov.Reg(asm.R9, asm.R7),
			asm.JSGE.Imm(asm.R9, 0, "some"),
			asm.Mov.Imm(asm.R9, 0),
			asm.JLE.Imm(asm.R9, int32(snapLen), "most").WithSymbol("some"),
			asm.Mov.Imm(asm.R9, int32(snapLen)),
			asm.StoreMem(asm.RFP, dropAt(dropCaptured), asm.R9, asm.Word).WithSymbol("most"),
		})
}

// write puts the record together and writes it, and counts.
func (d *drops) write(snapLen int) asm.Instructions {
	count := func(at int16) asm.Instructions {
		return join(
			mapAndKey(d.counts, dropKey),
			asm.Instructions{
				asm.FnMapLookupElem.Call(),
				asm.JEq.Imm(asm.R0, 0, "end"),
				asm.Mov.Imm(asm.R1, 1),
				asm.AddAtomic.Mem(asm.R0, asm.R1, asm.DWord, at),
			})
	}
	record := asm.Instructions{asm.FnMapLookupElem.Call(), asm.JEq.Imm(asm.R0, 0, "end"), asm.Mov.Reg(asm.R7, asm.R0)}
	for i := int16(0); i < dropSize; i += 8 {
		record = append(record, asm.LoadMem(asm.R1, asm.RFP, dropAt(i), asm.DWord), asm.StoreMem(asm.R7, i, asm.R1, asm.DWord))
	}
	return join(
		mapAndKey(d.buffer, dropKey), record,
		asm.Instructions{
			asm.JGT.Imm(asm.R9, int32(snapLen), "end"),
			asm.Mov.Reg(asm.R1, asm.R7),
			asm.Add.Imm(asm.R1, dropSize),
			asm.Mov.Reg(asm.R2, asm.R9),
			asm.Mov.Reg(asm.R3, asm.R8),
			asm.FnProbeReadKernel.Call(),
		},
		count(0),
		asm.Instructions{
			asm.LoadMapPtr(asm.R1, d.ring.buffer.FD()),
			asm.Mov.Reg(asm.R2, asm.R7),
			asm.Mov.Reg(asm.R3, asm.R9),
			asm.Add.Imm(asm.R3, dropSize),
			asm.Mov.Imm(asm.R4, 0),
			asm.FnRingbufOutput.Call(),
			asm.JEq.Imm(asm.R0, 0, "end"),
		},
		count(8))
}

// packetType is where sk_buff has its pkt_type, a bit field at the beginning of a byte.
func (l *layout) packetType() int16 {
	for _, name := range [...]string{"__pkt_type_offset", "headers.__pkt_type_offset"} {
		probe := layout{spec: l.spec}
		if at := probe.offset("sk_buff", name); probe.err == nil {
			return at
		}
	}
	return l.offset("sk_buff", "pkt_type")
}

// received and lost count packets, so far.
func (d *drops) received() uint64 { return d.count(0) }
func (d *drops) lost() uint64     { return d.count(8) }

func (d *drops) count(at int) uint64 {
	if d.counted == nil {
		return 0
	}
	return atomic.LoadUint64((*uint64)(unsafe.Pointer(&d.counted[at])))
}

// stop has no more records be written.
func (d *drops) stop() error {
	err := closeAll(d.links)
	d.links = nil
	return err
}

func (d *drops) close() error {
	err := d.stop()
	if d.counted != nil {
		_ = unix.Munmap(d.counted) // it was mapped
		d.counted = nil
	}
	for _, m := range [...]*ebpf.Map{d.buffer, d.counts} {
		if m != nil {
			m.Close()
		}
	}
	if d.ring != nil {
		d.ring.Close()
	}
	return err
}
