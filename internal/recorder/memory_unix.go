//go:build unix

package recorder

import "golang.org/x/sys/unix"

// allocate is memory that the garbage collector does not know, and that takes room when it
// is first written to.
func allocate(n int) ([]byte, error) {
	return unix.Mmap(-1, 0, n, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
}

func release(b []byte) error { return unix.Munmap(b) }
