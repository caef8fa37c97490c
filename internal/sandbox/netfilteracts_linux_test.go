//go:build linux && (amd64 || arm64)

package sandbox

import (
	"errors"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/internal/netlink"
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
			m := netlink.NewMessages(answer[:max(n, 0)])
			if err != nil || !m.Next() {
				return errors.Join(err, errNothing)
			}
			_, err = m.End()
			return err
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
	return netlink.NewMessage(nil, unix.NFNL_SUBSYS_ULOG<<8|1, unix.NLM_F_ACK).
		Append(unix.AF_UNSPEC, unix.NFNETLINK_V0, 0, group).Attribute(1, []byte{1})
}
