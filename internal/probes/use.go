package probes

import "net/netip"

// Use says that a process uses a socket to exchange packets with another host.
type Use struct {
	Namespace       uint32 // of the network, the inode of /proc/PID/ns/net
	Protocol        uint8
	Process, Thread uint32
	User            uint32
	Group           uint64 // identifier of the control group
	Command         [16]byte
	Local, Remote   netip.AddrPort
}
