//go:build linux && (amd64 || arm64)

package sandbox

import (
	"encoding/binary"
	"errors"

	"golang.org/x/sys/unix"
)

// netfilterActs change what netfilter does, through a socket that is open. Who finds
// places has the right to, but no such socket.
func netfilterActs() []act {
	asking := func(group byte, send func(fd int, message []byte) error) func(*world) error {
		return func(w *world) error {
			if w.netfilter < 0 {
				return errNothing
			}
			if err := send(w.netfilter, packetsToLog(group)); err != nil {
				return err
			}
			answer := make([]byte, 4096)
			n, err := unix.Read(w.netfilter, answer)
			if err != nil || n < unix.SizeofNlMsghdr+4 {
				return errors.Join(err, errNothing)
			}
			if code := int32(binary.NativeEndian.Uint32(answer[unix.SizeofNlMsghdr:])); code != 0 {
				return unix.Errno(-code)
			}
			return nil
		}
	}
	return []act{
		{"have packets be logged", slicesOf(judging, finding), nil, asking(1, func(fd int, message []byte) error { _, err := unix.Write(fd, message); return err })},
		{"have packets be logged, in parts", slicesOf(judging, finding), nil, asking(2, func(fd int, message []byte) error {
			_, err := unix.Writev(fd, [][]byte{message[:16], message[16:]})
			return err
		})},
		{"have packets be logged, by sending", finding, nil, asking(3, func(fd int, message []byte) error {
			return unix.Sendto(fd, message, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK})
		})},
	}
}

// packetsToLog asks for the packets of a group, and for an answer
// (linux/netfilter/nfnetlink_log.h).
func packetsToLog(group byte) []byte {
	b := binary.NativeEndian.AppendUint32(nil, 28)
	b = binary.NativeEndian.AppendUint16(b, unix.NFNL_SUBSYS_ULOG<<8|1)
	b = binary.NativeEndian.AppendUint16(b, unix.NLM_F_REQUEST|unix.NLM_F_ACK)
	b = append(b, 0, 0, 0, 0, 0, 0, 0, 0, unix.AF_UNSPEC, unix.NFNETLINK_V0, 0, group)
	b = binary.NativeEndian.AppendUint16(b, 5)
	b = binary.NativeEndian.AppendUint16(b, 1)
	return append(b, 1, 0, 0, 0)
}
