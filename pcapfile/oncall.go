package pcapfile

import (
	"errors"
	"time"
)

// Begin begins a file of Rules.OnCall, after the end of the one before. The file is
// called after a time; the header of a pcapng file has a comment, in place of that of the
// Format. It returns the file's name, with an error too if the file is there.
func (r *Rotator) Begin(at time.Time, comment string) (name string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.w != nil || !r.rules.OnCall || errors.Is(r.err, errClosed) {
		return "", errors.New("a file that is written ends first, and none begins after the last")
	}
	r.format.Comment = comment
	if r.err = r.open(at.In(r.rules.Location)); r.err == nil {
		r.err = r.w.Flush() // whatever ends the program, the file is one that can be read
		return r.name, r.err
	}
	return "", r.err
}

// End ends the file that Begin began. It returns the error that ended the writing.
func (r *Rotator) End() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	err := r.err
	if r.w != nil {
		if cerr := r.closeFile(); err == nil {
			err = cerr
		}
	}
	if !errors.Is(err, errClosed) {
		r.err = nil
	}
	return err
}
