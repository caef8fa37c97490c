// Package syserr words the system's errors. All that people read of an error
// goes through it, so that strerror(3)'s words are seen: "No such file or
// directory".
package syserr

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"
)

// Reason is what the system says about err, without the operation and the file
// that Go puts in front. The reason of an error that is not the system's is its
// whole text.
func Reason(err error) string {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return capital(errno.Error())
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		if isNotFound(inner) {
			return noSuchFile
		}
	}
	for _, known := range standIns {
		if errors.Is(err, known.err) {
			return known.text
		}
	}
	return err.Error()
}

// Worded returns err worded as Reason does. errors.Is and errors.As find err in
// it.
func Worded(err error) error { return worded{err} }

type worded struct{ cause error }

func (w worded) Error() string { return Reason(w.cause) }
func (w worded) Unwrap() error { return w.cause }

const noSuchFile = "No such file or directory"

// isNotFound reports whether err is exec.ErrNotFound, going by its text: who starts
// no programs need not link what does.
func isNotFound(err error) bool {
	return strings.HasPrefix(err.Error(), "executable file not found in ")
}

// standIns are errors of the standard library in place of the system's.
var standIns = [...]struct {
	err  error
	text string
}{
	{fs.ErrPermission, "Permission denied"},
	{fs.ErrNotExist, noSuchFile},
	{fs.ErrExist, "File exists"},
	{os.ErrClosed, "File already closed"},
}

// Text is the whole text of err, with what the system says in it worded as
// Reason does.
func Text(err error) string {
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		return joined(err.Error(), several.Unwrap())
	}
	text := err.Error()
	if inner := errors.Unwrap(err); inner != nil {
		return reworded(text, inner)
	}
	if _, ok := err.(syscall.Errno); ok {
		return capital(text)
	}
	if isNotFound(err) {
		return noSuchFile
	}
	for _, known := range standIns {
		if err == known.err {
			return known.text
		}
	}
	return text
}

// joined is text with the words of all errors that it is made of.
func joined(text string, errs []error) string {
	done := ""
	for _, err := range errs {
		before, after, found := strings.Cut(text, err.Error())
		if !found {
			continue
		}
		done, text = done+before+Text(err), after
	}
	return done + text
}

// reworded is text, in which inner's stands last.
func reworded(text string, inner error) string {
	old := inner.Error()
	at := strings.LastIndex(text, old)
	if at < 0 {
		return text
	}
	return text[:at] + Text(inner) + text[at+len(old):]
}

func capital(s string) string {
	if s != "" && 'a' <= s[0] && s[0] <= 'z' {
		return string(s[0]-('a'-'A')) + s[1:]
	}
	return s
}
