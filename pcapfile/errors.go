package pcapfile

import "github.com/tapdump/tapdump/internal/syserr"

// reason is the bare reason of a failed system call.
func reason(err error) string { return syserr.Reason(err) }
