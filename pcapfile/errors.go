package pcapfile

import "github.com/tapdump/tapdump/internal/syserr"

// reason is err, worded as the bare reason of a failed system call.
func reason(err error) error { return syserr.Worded(err) }
