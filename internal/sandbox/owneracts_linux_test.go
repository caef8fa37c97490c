//go:build linux && (amd64 || arm64)

package sandbox

import (
	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/internal/netlink"
)

// ownerActs are about the socket with which a monitor interface goes: it is kept, and
// nothing else, so that nobody can make, change or remove interfaces through it, nor
// ask about any.
func ownerActs() []act {
	// A question that everybody may ask: which families there are (linux/genetlink.h).
	question := netlink.NewMessage(nil, unix.GENL_ID_CTRL, unix.NLM_F_DUMP).Append(unix.CTRL_CMD_GETFAMILY, 0, 0, 0)
	kernel := &unix.SockaddrNetlink{Family: unix.AF_NETLINK}
	on := func(try func(fd int) error) func(*world) error {
		return func(w *world) error {
			if w.owner < 0 {
				return errNothing
			}
			return try(w.owner)
		}
	}
	return []act{
		{"ask through the socket of an interface", nil, nil, on(func(fd int) error { return unix.Sendto(fd, question, 0, kernel) })},
		{"the same without an address", nil, nil, on(func(fd int) error { return unix.Sendto(fd, question, 0, nil) })},
		{"the same as a message", nil, nil, on(func(fd int) error { return unix.Sendmsg(fd, question, nil, kernel, 0) })},
		{"write to the socket of an interface", nil, nil, on(func(fd int) error { _, err := unix.Write(fd, question); return err })},
		{"write to it in pieces", nil, nil, on(func(fd int) error { _, err := unix.Writev(fd, [][]byte{question}); return err })},
		{"write to it somewhere", nil, nil, on(func(fd int) error {
			if _, err := unix.Pwrite(fd, question, 0); err != unix.ESPIPE { // it was let through
				return err
			}
			return nil
		})},
		{"copy that socket", nil, nil, on(func(fd int) error { _, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0); return err })},
		{"have it hear what happens", nil, nil, on(func(fd int) error {
			return unix.SetsockoptInt(fd, unix.SOL_NETLINK, unix.NETLINK_ADD_MEMBERSHIP, unix.GENL_ID_CTRL)
		})},
		{"the same by binding it", nil, nil, on(func(fd int) error {
			sa, err := unix.Getsockname(fd)
			if err != nil {
				return unix.EPERM // with the right to neither
			}
			return unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Pid: sa.(*unix.SockaddrNetlink).Pid, Groups: 1})
		})},
		{"connect it elsewhere", nil, nil, on(func(fd int) error { return unix.Connect(fd, kernel) })},
	}
}
