package pcapfile

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// maxMapped bounds what is mapped where addresses have 32 bits.
const maxMapped = 512 << 20

// mapFile maps the first size bytes of a regular file. Mapping them takes a quarter of
// the time that copying them takes, and only those come to the processor that somebody
// looks at. Workers share a mapping, since changing one stops them all.
func mapFile(file *os.File, size int64) ([]byte, error) {
	if strconv.IntSize == 32 && size > maxMapped {
		return nil, unix.EFBIG
	}
	b, err := unix.Mmap(int(file.Fd()), 0, int(size), unix.PROT_READ, unix.MAP_PRIVATE)
	if err != nil {
		return nil, err
	}
	// Who reads in order wants the kernel to read ahead, and not to note each page.
	if err := unix.Madvise(b, unix.MADV_SEQUENTIAL); err != nil {
		unmapFile(b)
		return nil, err
	}
	return b, nil
}

// unmapFile gives up what mapFile has mapped.
func unmapFile(b []byte) {
	if err := unix.Munmap(b); err != nil {
		panic(err) // it is a mapping
	}
}

// fetchPart has a part of a mapping in memory: the bytes from offset on, which is that of
// a page. What has to be read from a disk is left to be read, since the kernel reads
// ahead better then. Kernels before Linux 5.14 cannot fetch a part.
func fetchPart(file *os.File, b []byte, offset int64) error {
	last := [][]byte{make([]byte, 1)}
	if _, err := unix.Preadv2(int(file.Fd()), last, offset+int64(len(b))-1, unix.RWF_NOWAIT); err != nil {
		return err
	}
	return unix.Madvise(b, unix.MADV_POPULATE_READ)
}

// dropPart says that a part of a mapping is not needed any more. That it is kept costs
// memory, and is no failure.
func dropPart(b []byte) { _ = unix.Madvise(b, unix.MADV_DONTNEED) }
