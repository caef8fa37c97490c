package live

import "golang.org/x/sys/unix"

// joinFanout makes the rings share the packets of their device, each those that
// its CPUs receive and, when one is full, what the others would
// (https://man7.org/linux/man-pages/man7/packet.7.html).
func joinFanout(rings []*ring) error {
	flags := unix.PACKET_FANOUT_CPU | unix.PACKET_FANOUT_FLAG_ROLLOVER | unix.PACKET_FANOUT_FLAG_UNIQUEID
	id := 0
	for i, r := range rings {
		if err := unix.SetsockoptInt(r.fd, unix.SOL_PACKET, unix.PACKET_FANOUT, flags<<16|id); err != nil {
			return err
		}
		if i == 0 {
			group, err := unix.GetsockoptInt(r.fd, unix.SOL_PACKET, unix.PACKET_FANOUT)
			if err != nil {
				return err
			}
			id = group & 0xffff
			flags &^= unix.PACKET_FANOUT_FLAG_UNIQUEID
		}
	}
	return nil
}

// stampOnArrival has the network stack stamp packets when they arrive, before
// they may wait for a processor. It is so for the whole system while a socket asks
// for it.
func (r *ring) stampOnArrival() error {
	return unix.SetsockoptInt(r.fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1)
}
