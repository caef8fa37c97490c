package hosts

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/syserr"
)

// Variables in the environment of a tapdump that another one has started from afar.
const (
	leashVariable  = "TAPDUMP_LEASH"
	folderVariable = "TAPDUMP_LEASH_FOLDER" // that it was copied into

	leashAsk  = "ask"  // it only says which version of the protocol it knows
	leashHold = "hold" // it captures
)

// patience is how long a host goes on without hearing anything, and how long nothing
// is heard of a host before it has gone.
const patience = time.Minute

// Leash is what holds a capture that another host has started.
type Leash struct{ say func(line string) }

// Leashed finds out whether this process was started from afar. It is asked for its
// version, which is to be printed, or it captures: then l is not nil.
func Leashed(say func(line string)) (version string, l *Leash) {
	switch os.Getenv(leashVariable) {
	case leashAsk:
		return Version, nil
	case leashHold:
		folder := os.Getenv(folderVariable)
		os.Unsetenv(leashVariable)
		os.Unsetenv(folderVariable)
		l = &Leash{say}
		if folder != "" {
			l.remove(folder)
		}
		return "", l
	}
	return "", nil
}

// remove removes the program, as it was copied for this run alone.
func (l *Leash) remove(folder string) {
	err := os.Remove(filepath.Join(folder, "tapdump"))
	if err == nil {
		err = os.Remove(folder)
	}
	if err != nil {
		l.say("tapdump: " + syserr.Text(err))
	}
}

// Hold answers what time it is until in ends or nothing comes for a minute. Then end
// is called, and once more if the process is still there later.
func (l *Leash) Hold(in io.Reader, end func()) {
	heard := make(chan struct{}, 1)
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		lines := bufio.NewReaderSize(in, 256)
		for {
			line, err := lines.ReadSlice('\n')
			if err != nil {
				return
			}
			now := time.Now()
			l.say(fmt.Sprintf("%sclock %s %d.%09d", mark, line[:len(line)-1], now.Unix(), now.Nanosecond()))
			select {
			case heard <- struct{}{}:
			default:
			}
		}
	}()
	go func() {
		defer func() {
			end()
			time.Sleep(5 * time.Second)
			end()
		}()
		for {
			select {
			case <-heard:
			case <-gone:
				return
			case <-time.After(patience):
				return
			}
		}
	}()
}

// Counts says how many packets there were, of each interface in its order and
// together.
func (l *Leash) Counts(captured uint64, all capture.Stats, each []capture.Stats) {
	for _, s := range each {
		l.say(fmt.Sprintf("%sinterface %d %d %d", mark, s.Received, s.Dropped, s.IfDropped))
	}
	l.say(fmt.Sprintf("%scounts %d %d %d %d", mark, captured, all.Received, all.Dropped, all.IfDropped))
}

// numbers are words of the protocol as numbers.
func numbers(words []string) (all []uint64, ok bool) {
	for _, w := range words {
		n, err := strconv.ParseUint(w, 10, 64)
		if err != nil {
			return nil, false
		}
		all = append(all, n)
	}
	return all, true
}
