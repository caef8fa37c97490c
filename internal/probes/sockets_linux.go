//go:build !noebpf && !tapdump_small

package probes

import (
	"io"
	"net/netip"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"golang.org/x/sys/unix"
)

// Sockets says which processes use sockets, from when it is opened on. A process is
// known by making a socket or by connecting it, which happens in its own name; the
// flow, by the first packet that is about to be sent. Of a connection that was taken
// up, whoever closes it is known.
type Sockets struct {
	ring   *Ring
	owners *ebpf.Map // processes by the cookies of sockets
	seen   *ebpf.Map // flows that were told, and when
	links  []io.Closer
	layout *layout
}

const (
	socketsRing   = 1 << 20
	socketsOwners = 32768
	socketsSeen   = 32768
	sayAgain      = 1e9 // ns, after which a flow is told again
)

// What a record of Sockets has, in this order: the process, then the flow.
const (
	useGroup   = 0
	useCommand = 8
	useThread  = 24
	useProcess = 28
	useUser    = 32
	useNetwork = 36
	useFamily  = 40 // 16 bits
	useProto   = 42 // 16 bits
	useSport   = 44 // in the network's order
	useDport   = 46 // likewise
	useAddr4   = 48 // local, remote
	useAddr6   = 56 // local, remote
	useSize    = 88

	ownerSize = useNetwork    // of the process
	ownerTold = useFamily     // in the map: when a packet of the socket was told, 64 bits
	ownerKept = ownerTold + 8 // size in the map
	flowFrom  = useProcess    // what is told once in a while
)

// On the stack the record is at the top, and these below.
const (
	scratch = -useSize - 8
	now     = -useSize - 16
	cookie  = -useSize - 24
	frame   = -cookie // size of all
)

// at is a place in the record.
func at(field int16) int16 { return field - useSize }

// OpenSockets begins to tell.
func OpenSockets() (*Sockets, error) {
	l, err := newLayout()
	if err != nil {
		return nil, err
	}
	s := &Sockets{layout: l}
	if err := s.open(); err != nil {
		s.Close()
		return nil, refused(err)
	}
	s.layout = nil
	return s, nil
}

func (s *Sockets) open() (err error) {
	if s.ring, err = newRing(socketsRing); err != nil {
		return err
	}
	s.owners, err = ebpf.NewMap(&ebpf.MapSpec{
		Name: "tapdump_owners", Type: ebpf.LRUHash, KeySize: 8, ValueSize: ownerKept, MaxEntries: socketsOwners,
	})
	if err != nil {
		return err
	}
	s.seen, err = ebpf.NewMap(&ebpf.MapSpec{
		Name: "tapdump_seen", Type: ebpf.LRUHash, KeySize: useSize - flowFrom, ValueSize: 8, MaxEntries: socketsSeen,
	})
	if err != nil {
		return err
	}
	states, packets, made := s.onState(), s.onPacket(), s.onNew()
	if s.layout.err != nil {
		return s.layout.err
	}
	groups, done, err := Groups()
	if err != nil {
		return err
	}
	defer done()
	for _, attach := range [...]func() (io.Closer, error){
		func() (io.Closer, error) { return onTracepoint("inet_sock_set_state", states) },
		func() (io.Closer, error) { return onTracepoint("net_dev_queue", packets) },
		func() (io.Closer, error) { return onNewSocket(groups, made) },
	} {
		one, err := attach()
		if err != nil {
			return err
		}
		s.links = append(s.links, one)
	}
	return nil
}

// current fills in the process that is at work.
func current() asm.Instructions {
	return join(
		stackAt(asm.R1, at(useCommand)),
		asm.Instructions{
			asm.Mov.Imm(asm.R2, 16),
			asm.FnGetCurrentComm.Call(),
			asm.FnGetCurrentPidTgid.Call(),
			asm.StoreMem(asm.RFP, at(useThread), asm.R0, asm.Word),
			asm.RSh.Imm(asm.R0, 32),
			asm.StoreMem(asm.RFP, at(useProcess), asm.R0, asm.Word),
			asm.FnGetCurrentUidGid.Call(),
			asm.StoreMem(asm.RFP, at(useUser), asm.R0, asm.Word),
			asm.FnGetCurrentCgroupId.Call(),
			asm.StoreMem(asm.RFP, at(useGroup), asm.R0, asm.DWord),
		})
}

// remember notes that the process owns the socket.
func (s *Sockets) remember() asm.Instructions {
	return join(
		mapAndKey(s.owners, cookie),
		stackAt(asm.R3, at(0)),
		asm.Instructions{asm.Mov.Imm(asm.R4, 0), asm.FnMapUpdateElem.Call()})
}

// recall has R0 point to the process that owns the socket; it is 0 where nobody knows.
func (s *Sockets) recall() asm.Instructions {
	return join(mapAndKey(s.owners, cookie), asm.Instructions{asm.FnMapLookupElem.Call()})
}

// fillOwner copies the process at R0.
func fillOwner() (all asm.Instructions) {
	for i := int16(0); i < ownerSize; i += 4 {
		all = append(all, asm.LoadMem(asm.R1, asm.R0, i, asm.Word), asm.StoreMem(asm.RFP, at(i), asm.R1, asm.Word))
	}
	return all
}

// takeCookie takes the cookie of the socket in R1, as which bpf_get_socket_cookie takes
// it.
func takeCookie() asm.Instructions {
	return asm.Instructions{asm.FnGetSocketCookie.Call(), asm.StoreMem(asm.RFP, cookie, asm.R0, asm.DWord)}
}

// onNew notes who makes a socket. Nothing is forbidden.
func (s *Sockets) onNew() asm.Instructions {
	const allow = 1
	return join(
		asm.Instructions{asm.Mov.Reg(asm.R6, asm.R1)},
		zero(cookie, frame),
		asm.Instructions{asm.Mov.Reg(asm.R1, asm.R6)}, takeCookie(),
		current(), s.remember(), end(allow))
}

// onState notes who connects a TCP socket, and tells the flow of one that is closed:
// both are done by a process (tcp(7); net/ipv4/tcp.c has no other way into the states).
func (s *Sockets) onState() asm.Instructions {
	const synSent, finWait1, lastAck = 2, 4, 9
	return join(
		asm.Instructions{
			asm.LoadMem(asm.R6, asm.R1, 0, asm.DWord),
			asm.LoadMem(asm.R7, asm.R1, 16, asm.Word), // the new state
			asm.JEq.Imm(asm.R7, synSent, "do"),
			asm.JEq.Imm(asm.R7, finWait1, "do"),
			asm.JNE.Imm(asm.R7, lastAck, "end"),
		},
		labelled("do", zero(cookie, frame)),
		readKernel(at(useProto), 2, asm.R6, s.layout.offset("sock", "sk_protocol")),
		asm.Instructions{
			asm.LoadMem(asm.R1, asm.RFP, at(useProto), asm.Half),
			asm.JNE.Imm(asm.R1, unix.IPPROTO_TCP, "end"),
			asm.Mov.Reg(asm.R1, asm.R6),
		},
		takeCookie(),
		asm.Instructions{asm.JEq.Imm(asm.R7, synSent, "connects")},
		s.recall(),
		asm.Instructions{asm.JEq.Imm(asm.R0, 0, "unknown")},
		fillOwner(),
		asm.Instructions{asm.Ja.Label("tell")},
		labelled("unknown", current()),
		labelled("tell", s.ofSocket()), s.tell(),
		asm.Instructions{asm.Ja.Label("end")},
		labelled("connects", current()), s.remember(),
		end(0))
}

// ofSocket fills in the flow of the socket in R6.
func (s *Sockets) ofSocket() asm.Instructions {
	field := func(name string) int16 { return s.layout.offset("sock", "__sk_common."+name) }
	return join(
		readKernel(at(useFamily), 2, asm.R6, field("skc_family")),
		readKernel(at(useSport), 2, asm.R6, field("skc_num")), // in ours
		asm.Instructions{
			asm.LoadMem(asm.R1, asm.RFP, at(useSport), asm.Half),
			asm.HostTo(asm.BE, asm.R1, asm.Half),
			asm.StoreMem(asm.RFP, at(useSport), asm.R1, asm.Half),
		},
		readKernel(at(useDport), 2, asm.R6, field("skc_dport")),
		readKernel(at(useAddr4), 4, asm.R6, field("skc_rcv_saddr")),
		readKernel(at(useAddr4+4), 4, asm.R6, field("skc_daddr")),
		readKernel(at(useAddr6), 16, asm.R6, field("skc_v6_rcv_saddr")),
		readKernel(at(useAddr6+16), 16, asm.R6, field("skc_v6_daddr")),
		s.network(),
	)
}

// network fills in that of the socket in R6.
func (s *Sockets) network() asm.Instructions {
	return join(
		readKernel(scratch, 8, asm.R6, s.layout.offset("sock", "__sk_common.skc_net.net")),
		asm.Instructions{asm.LoadMem(asm.R3, asm.RFP, scratch, asm.DWord)},
		readKernel(at(useNetwork), 4, asm.R3, s.layout.offset("net", "ns.inum")),
	)
}

// onPacket tells the flow of a packet that is about to be sent, if the process is known
// that owns its socket. It runs for every packet: those of a connection that was told a
// short time ago are passed over soon.
func (s *Sockets) onPacket() asm.Instructions {
	skb := func(field string) int16 { return s.layout.offset("sk_buff", field) }
	sock := func(field string) int16 { return s.layout.offset("sock", "__sk_common."+field) }
	return join(
		asm.Instructions{
			asm.LoadMem(asm.R8, asm.R1, 0, asm.DWord),
			asm.LoadMem(asm.R6, asm.R8, skb("sk"), asm.DWord),
			asm.JEq.Imm(asm.R6, 0, "end"),
			asm.LoadMem(asm.R1, asm.R6, sock("skc_cookie"), asm.DWord),
			asm.JEq.Imm(asm.R1, 0, "end"),
			asm.StoreMem(asm.RFP, cookie, asm.R1, asm.DWord),
		},
		s.recall(),
		asm.Instructions{
			asm.JEq.Imm(asm.R0, 0, "end"),
			asm.Mov.Reg(asm.R9, asm.R0),
			asm.FnKtimeGetNs.Call(),
			asm.LoadMem(asm.R1, asm.R6, sock("skc_dport"), asm.Half),
			asm.JEq.Imm(asm.R1, 0, "look"), // it sends wherever it likes
			asm.LoadMem(asm.R1, asm.R9, ownerTold, asm.DWord),
			asm.Mov.Reg(asm.R2, asm.R0),
			asm.Sub.Reg(asm.R2, asm.R1),
			asm.JLT.Imm(asm.R2, sayAgain, "end"),
			asm.StoreMem(asm.R9, ownerTold, asm.R0, asm.DWord),
		},
		labelled("look", asm.Instructions{asm.Mov.Reg(asm.R7, asm.R0)}),
		zero(now, useSize+16),
		asm.Instructions{asm.StoreMem(asm.RFP, now, asm.R7, asm.DWord), asm.Mov.Reg(asm.R0, asm.R9)},
		fillOwner(),
		s.network(),
		asm.Instructions{
			asm.LoadMem(asm.R9, asm.R8, skb("head"), asm.DWord),
			asm.LoadMem(asm.R7, asm.R8, skb("network_header"), asm.Half),
			asm.LoadMem(asm.R8, asm.R8, skb("transport_header"), asm.Half),
			asm.Add.Reg(asm.R7, asm.R9), asm.Add.Reg(asm.R8, asm.R9),
		},
		// The beginning of the IP header says what it is.
		readKernel(scratch, 8, asm.R7, 0),
		asm.Instructions{
			asm.LoadMem(asm.R1, asm.RFP, scratch, asm.Byte),
			asm.RSh.Imm(asm.R1, 4),
			asm.JEq.Imm(asm.R1, 6, "six"),
			asm.JNE.Imm(asm.R1, 4, "end"),
			asm.StoreImm(asm.RFP, at(useFamily), unix.AF_INET, asm.Half),
		},
		readKernel(at(useProto), 1, asm.R7, 9),
		readKernel(at(useAddr4), 8, asm.R7, 12),
		asm.Instructions{
			asm.Ja.Label("ports"),
			asm.StoreImm(asm.RFP, at(useFamily), unix.AF_INET6, asm.Half).WithSymbol("six"),
		},
		readKernel(at(useProto), 1, asm.R7, 6),
		readKernel(at(useAddr6), 32, asm.R7, 8),
		labelled("ports", readKernel(at(useSport), 4, asm.R8, 0)),
		s.onceInAWhile(), s.tell(), end(0),
	)
}

// onceInAWhile goes to the end if the flow of the process was told a short time ago, or
// has no ports.
func (s *Sockets) onceInAWhile() asm.Instructions {
	return join(
		asm.Instructions{
			asm.LoadMem(asm.R1, asm.RFP, at(useProto), asm.Half),
			asm.JEq.Imm(asm.R1, unix.IPPROTO_TCP, "mine"),
			asm.JNE.Imm(asm.R1, unix.IPPROTO_UDP, "end"),
		},
		labelled("mine", mapAndKey(s.seen, at(flowFrom))),
		asm.Instructions{
			asm.FnMapLookupElem.Call(),
			asm.JEq.Imm(asm.R0, 0, "new"),
			asm.LoadMem(asm.R1, asm.R0, 0, asm.DWord),
			asm.LoadMem(asm.R2, asm.RFP, now, asm.DWord),
			asm.Sub.Reg(asm.R2, asm.R1),
			asm.JLT.Imm(asm.R2, sayAgain, "end"),
		},
		labelled("new", mapAndKey(s.seen, at(flowFrom))),
		stackAt(asm.R3, now),
		asm.Instructions{asm.Mov.Imm(asm.R4, 0), asm.FnMapUpdateElem.Call()})
}

// tell writes the record. Nobody is woken: whoever wants to know looks.
func (s *Sockets) tell() asm.Instructions {
	const noWakeUp = 1
	return join(
		asm.Instructions{asm.LoadMapPtr(asm.R1, s.ring.buffer.FD())},
		stackAt(asm.R2, at(0)),
		asm.Instructions{asm.Mov.Imm(asm.R3, useSize), asm.Mov.Imm(asm.R4, noWakeUp), asm.FnRingbufOutput.Call()})
}

// Next fills u with the next use, and reports whether there was one.
func (s *Sockets) Next(u *Use) bool {
	b := s.ring.Next()
	if len(b) < useSize {
		s.ring.Release()
		return false
	}
	*u = Use{
		Namespace: native.Uint32(b[useNetwork:]),
		Protocol:  uint8(native.Uint16(b[useProto:])),
		Process:   native.Uint32(b[useProcess:]), Thread: native.Uint32(b[useThread:]),
		User: native.Uint32(b[useUser:]), Group: native.Uint64(b[useGroup:]),
		Command: [16]byte(b[useCommand:]),
	}
	sport, dport := uint16(b[useSport])<<8|uint16(b[useSport+1]), uint16(b[useDport])<<8|uint16(b[useDport+1])
	if native.Uint16(b[useFamily:]) == unix.AF_INET {
		u.Local = netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[useAddr4:])), sport)
		u.Remote = netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[useAddr4+4:])), dport)
	} else {
		u.Local = netip.AddrPortFrom(netip.AddrFrom16([16]byte(b[useAddr6:])).Unmap(), sport)
		u.Remote = netip.AddrPortFrom(netip.AddrFrom16([16]byte(b[useAddr6+16:])).Unmap(), dport)
	}
	return true
}

// Close ends it.
func (s *Sockets) Close() error {
	err := closeAll(s.links)
	for _, m := range [...]*ebpf.Map{s.owners, s.seen} {
		if m != nil {
			m.Close()
		}
	}
	if s.ring != nil {
		s.ring.Close()
	}
	return err
}
