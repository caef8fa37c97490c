package live

import (
	"errors"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/internal/netlink"
)

// TestNetlinkTexts: errors are worded as libnl words them.
func TestNetlinkTexts(t *testing.T) {
	for err, want := range map[error]string{
		unix.EPERM: "Operation not permitted", unix.EOPNOTSUPP: "Operation not supported", unix.EBUSY: "Object busy",
		unix.ENODEV: "No such device", unix.EINVAL: "Invalid input data or parameter", unix.EEXIST: "Object exists",
		unix.EACCES: "No Access", unix.ENFILE: "Unspecific failure", &netlink.LengthError{}: "Unable to parse object",
	} {
		if got := netlinkText(err); got != want {
			t.Errorf("%v: %s, want %s", err, got, want)
		}
	}
}

// TestNL80211Socket: a socket that speaks with the kernel is apart from files, and has
// an address that is not a process's.
func TestNL80211Socket(t *testing.T) {
	s, err := openNL80211()
	if errors.Is(err, errNoFamily) {
		t.Skip("needs a kernel with Wi-Fi (modprobe mac80211_hwsim)")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	sa, err := unix.Getsockname(s.FD)
	if err != nil {
		t.Fatal(err)
	}
	if pid := sa.(*unix.SockaddrNetlink).Pid; pid>>31 != 1 || s.FD < FirstSocket {
		t.Errorf("descriptor %d has address %#x", s.FD, pid)
	}
	if _, err := s.interfaceType(1 << 30); !errors.Is(err, unix.ENODEV) {
		t.Errorf("the type of an interface that is not there: %v", err)
	}
}
