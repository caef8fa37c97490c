//go:build linux || darwin || freebsd || openbsd || netbsd || dragonfly

package screen

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Terminal is a terminal that is taken over and given back. Its methods may be called
// from several goroutines.
type Terminal struct {
	in, out  *os.File
	keys     int          // the descriptor of in
	shown    int          // that of out
	cooked   unix.Termios // as it was
	raw      unix.Termios
	group    int           // of processes, this one's
	mu       chan struct{} // has room for who changes or writes
	taken    bool
	stale    bool          // another job may have set it
	over     bool          // it is not taken again
	watching chan struct{} // closed by Close; nil: nobody watches
}

// Open prepares to take over the terminal that keys come from by way of in and that out
// is shown on. It fails where that cannot be done: with files that are no terminal, or in
// the background.
func Open(in, out *os.File) (*Terminal, error) {
	t := &Terminal{in: in, out: out, keys: int(in.Fd()), shown: int(out.Fd()), group: unix.Getpgrp(), mu: make(chan struct{}, 1)}
	modes, err := unix.IoctlGetTermios(t.keys, getModes)
	if err != nil {
		return nil, fmt.Errorf("the modes of the terminal: %w", err)
	}
	if _, _, err := t.Size(); err != nil {
		return nil, err
	}
	if !t.foreground() {
		return nil, fmt.Errorf("the terminal is another job's")
	}
	t.cooked, t.raw = *modes, *modes
	// Keys come as they are pressed and are not shown. Those for signals stay such.
	t.raw.Lflag &^= unix.ICANON | unix.ECHO | unix.ECHONL | unix.IEXTEN
	t.raw.Lflag |= unix.ISIG
	t.raw.Iflag &^= unix.IXON | unix.INLCR | unix.IGNCR
	t.raw.Iflag |= unix.ICRNL
	t.raw.Cc[unix.VMIN], t.raw.Cc[unix.VTIME] = 1, 0
	return t, nil
}

// Descriptors are those of the terminal: that keys come from, and that is drawn on.
func (t *Terminal) Descriptors() (in, out int) { return t.keys, t.shown }

// Size is how many columns and lines it has.
func (t *Terminal) Size() (width, height int, err error) {
	size, err := unix.IoctlGetWinsize(t.shown, unix.TIOCGWINSZ)
	if err != nil {
		return 0, 0, fmt.Errorf("the size of the terminal: %w", err)
	}
	if size.Col == 0 || size.Row == 0 {
		return 80, 24, nil // one that does not say
	}
	return int(size.Col), int(size.Row), nil
}

// foreground reports whether it is this job's turn to use the terminal.
func (t *Terminal) foreground() bool {
	turn, err := unix.IoctlGetInt(t.shown, unix.TIOCGPGRP)
	return err != nil || int32(turn) == int32(t.group)
}

// Take takes the terminal over, if it is not yet, and if it is this job's turn. first
// reports whether nothing stands on it that was drawn before.
func (t *Terminal) Take() (taken, first bool, err error) {
	t.lock()
	defer t.unlock()
	if t.taken && !t.stale || t.over || !t.foreground() {
		return t.taken, false, nil
	}
	if err := unix.IoctlSetTermios(t.keys, setModes, &t.raw); err != nil {
		return false, false, fmt.Errorf("the modes of the terminal: %w", err)
	}
	t.taken, t.stale = true, false
	// The alternate screen, no cursor, no wrapping of what is too long.
	_, err = t.out.WriteString("\x1b[?1049h\x1b[?25l\x1b[?7l")
	return true, true, err
}

// release gives the terminal back. Where it is another job's turn, that has set the modes
// as it wants. mu is locked.
func (t *Terminal) release() {
	if !t.taken {
		return
	}
	t.taken = false
	// What fails here failed before, or the terminal has gone.
	_, _ = t.out.WriteString("\x1b[?2026l\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l")
	if t.foreground() {
		_ = unix.IoctlSetTermios(t.keys, setModes, &t.cooked)
	}
}

// Close gives the terminal back for good. It may be called more than once. It does not
// wait for one that takes nothing at the moment.
func (t *Terminal) Close() {
	select {
	case t.mu <- struct{}{}:
		defer t.unlock()
	case <-time.After(closePatience):
		if t.foreground() {
			_ = unix.IoctlSetTermios(t.keys, setModes, &t.cooked) // the rest cannot be written
		}
		return
	}
	t.over = true
	t.release()
	if t.watching != nil {
		close(t.watching)
		t.watching = nil
	}
}

const closePatience = 100 * time.Millisecond

func (t *Terminal) lock()   { t.mu <- struct{}{} }
func (t *Terminal) unlock() { <-t.mu }

// Draw writes to the terminal, as long as it is taken over.
func (t *Terminal) Draw(b []byte) error {
	t.lock()
	defer t.unlock()
	if !t.taken {
		return nil
	}
	_, err := t.out.Write(b)
	return err
}

// Watch calls changed when the terminal may have another size, or has to be taken again,
// until Close is called. SIGTSTP gives the terminal back before it stops the process;
// SIGQUIT does before quit is called. In the background the process goes on.
func (t *Terminal) Watch(changed, quit func()) {
	c := make(chan os.Signal, 8)
	done := make(chan struct{})
	t.lock()
	t.watching = done
	t.unlock()
	// Reading in the background fails then, and stops nobody.
	signal.Ignore(syscall.SIGTTIN, syscall.SIGTTOU)
	signal.Notify(c, syscall.SIGWINCH, syscall.SIGCONT, syscall.SIGTSTP, syscall.SIGQUIT)
	go func() {
		defer signal.Stop(c)
		defer signal.Reset(syscall.SIGTTIN, syscall.SIGTTOU)
		for {
			select {
			case <-done:
				return
			case sig := <-c:
				switch sig {
				case syscall.SIGTSTP:
					t.stop()
				case syscall.SIGQUIT:
					t.Close()
					quit()
				case syscall.SIGCONT:
					t.forget()
				}
				changed()
			}
		}
	}()
}

// stop gives the terminal back and stops the process.
func (t *Terminal) stop() {
	t.lock()
	defer t.unlock()
	t.release()
	stopProcess()
}

// forget has Take set the modes again: another job may have changed them while this one
// was stopped by a signal that nobody can handle.
func (t *Terminal) forget() {
	t.lock()
	defer t.unlock()
	t.stale = true
}

// Keys calls press with what is typed, in a goroutine of its own, until the terminal has
// gone. It may wait for a key when the process ends.
func (t *Terminal) Keys(press func([]Key)) {
	read := make(chan []byte)
	go func() {
		defer close(read)
		for {
			b := make([]byte, 256)
			n, err := t.in.Read(b)
			if n == 0 && err != nil {
				if t.foreground() {
					return
				}
				time.Sleep(backgroundPause)
				continue
			}
			read <- b[:n]
		}
	}()
	go decode(read, press)
}

const backgroundPause = 200 * time.Millisecond
