package pcapfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"runtime"
	"syscall"
	"unsafe"
)

// keepingTurn writes to a file for who does not let others run meanwhile. It is the
// file itself if that is not one that takes what is written at once: a pipe or a
// terminal has somebody at the other end who may take his time.
func keepingTurn(file *os.File) io.Writer {
	if st, err := file.Stat(); err != nil || !st.Mode().IsRegular() && file.Name() != os.DevNull {
		return file
	}
	return turnKeeper{file}
}

// turnKeeper is a file that is written to without a word to Go's scheduler.
type turnKeeper struct{ file *os.File }

// Write implements io.Writer. Errors are those of os.File.
func (k turnKeeper) Write(b []byte) (n int, err error) {
	fd := k.file.Fd()
	for n < len(b) {
		wrote, _, errno := syscall.RawSyscall(syscall.SYS_WRITE, fd, uintptr(unsafe.Pointer(&b[n])), uintptr(len(b)-n))
		switch {
		case errno == syscall.EINTR:
		case errno != 0:
			return n, &fs.PathError{Op: "write", Path: k.file.Name(), Err: errno}
		case wrote == 0:
			return n, &fs.PathError{Op: "write", Path: k.file.Name(), Err: errNothingWritten}
		default:
			n += int(wrote)
		}
	}
	runtime.KeepAlive(k.file)
	return n, nil
}

// errNothingWritten is what the system says where it neither writes nor fails.
var errNothingWritten = errors.New("the system writes nothing of it")
