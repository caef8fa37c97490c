//go:build unix

package cli

import (
	"os"
	"slices"

	"golang.org/x/sys/unix"
)

// onDescriptor calls f with the descriptor of what is a file. Whether it could be called
// is returned.
func onDescriptor(file any, f func(fd int)) bool {
	one, ok := file.(*os.File)
	if !ok {
		return false
	}
	raw, err := one.SyscallConn()
	if err != nil {
		return false
	}
	return raw.Control(func(fd uintptr) { f(int(fd)) }) == nil
}

// descriptorsOf are those of files.
func descriptorsOf(files ...any) (all []int) {
	for _, f := range files {
		onDescriptor(f, func(fd int) {
			if !slices.Contains(all, fd) {
				all = append(all, fd)
			}
		})
	}
	return all
}

// isTerminal tells whether what is written to, or read from, file is seen, or typed, on
// a terminal.
func isTerminal(file any) bool {
	_, _, ok := terminalSize(file)
	return ok
}

// terminalSize is how many columns and lines the terminal has; 0 where it does not say.
func terminalSize(file any) (width, height int, ok bool) {
	called := onDescriptor(file, func(fd int) {
		size, err := unix.IoctlGetWinsize(fd, unix.TIOCGWINSZ)
		if ok = err == nil; ok {
			width, height = int(size.Col), int(size.Row)
		}
	})
	return width, height, called && ok
}

// processGroup is the group of processes that this one belongs to: in the sandbox nobody
// can ask.
func processGroup() int { return unix.Getpgrp() }

// inForeground reports whether a process of a group may write to a terminal without
// being in the way of others. A terminal that it is not controlled by has no foreground.
func inForeground(file any, group int) (is bool) {
	called := onDescriptor(file, func(fd int) {
		turn, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP)
		is = err != nil || int32(turn) == int32(group)
	})
	return called && is
}
