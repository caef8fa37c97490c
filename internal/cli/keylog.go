package cli

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/tapdump/tapdump/internal/syserr"
)

// keyLog is the text of the file of --tls-keys, for the savefile that is written. What
// is appended to the file is read in time. Several goroutines may call its methods.
type keyLog struct {
	mu     sync.Mutex
	file   *os.File
	text   []byte // whole lines
	rest   []byte // the line that has not ended yet
	failed error  // of reading
	full   bool   // there is more than maxKeyLog
}

// maxKeyLog is how much of a key log is kept in files, in bytes.
const maxKeyLog = 16 << 20

// openKeys opens the file of --tls-keys.
func (s *session) openKeys() error {
	a := s.plan.Analysis
	if a == nil || a.TLSKeys == "" {
		return nil
	}
	err := s.analysis.keys.Open(a.TLSKeys)
	if err == nil && s.plan.Pcapng() {
		s.keyLog = new(keyLog)
		s.keyLog.file, err = os.Open(a.TLSKeys)
	}
	if err != nil {
		return fmt.Errorf("--tls-keys %s: %w", a.TLSKeys, syserr.Worded(err))
	}
	return nil
}

// secrets implements pcapfile.Format.Secrets. It looks into the file each time:
// secrets are of use in front of the packets that they are for, and programs write
// them down right before those.
func (k *keyLog) secrets() []byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.read()
	return k.text
}

// read takes what was appended.
func (k *keyLog) read() {
	var room [16 << 10]byte
	for k.failed == nil && !k.full {
		n, err := k.file.Read(room[:])
		k.rest = append(k.rest, room[:n]...)
		if end := bytes.LastIndexByte(k.rest, '\n') + 1; end > 0 {
			k.text = append(k.text, k.rest[:end]...)
			k.rest = append(k.rest[:0], k.rest[end:]...)
		}
		k.full = len(k.text)+len(k.rest) > maxKeyLog
		if err == io.EOF {
			return
		}
		k.failed = err
	}
}

// problem says why not all of the key log is in the file, "" if it is.
func (k *keyLog) problem() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case k.failed != nil:
		return "cannot be read on, so that later secrets are not in the file: " + syserr.Text(k.failed)
	case k.full:
		return fmt.Sprintf("has more than %d MiB, so that its later secrets are not in the file", maxKeyLog>>20)
	}
	return ""
}
