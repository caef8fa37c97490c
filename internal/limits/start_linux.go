//go:build linux && (amd64 || arm64)

package limits

import "golang.org/x/sys/unix"

// lowered is the limit on address space that tapdump_start has lowered while Go's
// runtime starts; 0: it has not.
var lowered uint64

// outputClosed is set by tapdump_start.
var outputClosed bool

// OutputClosed reports whether the program was started without a standard output
// (>&-), as far as the code that comes first could see.
func OutputClosed() bool { return outputClosed }

// restoreSpace sets the limit to what it was.
func restoreSpace() {
	var limit unix.Rlimit
	if lowered == 0 || unix.Getrlimit(unix.RLIMIT_AS, &limit) != nil {
		return
	}
	limit.Cur, lowered = lowered, 0
	_ = unix.Setrlimit(unix.RLIMIT_AS, &limit) // up to the hard limit nobody is refused
}
