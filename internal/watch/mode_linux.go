package watch

import "golang.org/x/sys/unix"

// restrictMode has the file of a socket that is not bound yet be made with its mode. A
// socket that does not know that gets it afterwards.
func restrictMode(fd uintptr) { _ = unix.Fchmod(int(fd), socketMode) }
