package args

import (
	"github.com/tapdump/tapdump/internal/syserr"
	"github.com/tapdump/tapdump/internal/text"
)

// Stop ends the parsing of a command line before its end: -h, --version and
// their like act where they stand. Text is what they print on standard output.
type Stop struct{ Text string }

func (s Stop) Error() string { return "stopped by an option" }

// UsageError is getopt's complaint, without the program's name; it may be
// empty. The usage text follows it.
type UsageError string

func (e UsageError) Error() string { return string(e) }

// Complaint is a complaint to the user, complete but for the program's name.
type Complaint string

func (e Complaint) Error() string { return string(e) }

// ValueError is a complaint about the value of one of ipscap's options, or about
// several of them. It makes the exit status 2.
type ValueError struct {
	text  string
	cause error // nil: the value itself is the cause
}

func (e *ValueError) Error() string { return e.text }
func (e *ValueError) Unwrap() error { return e.cause }

// valueError is a ValueError of that text.
func valueError(text string) *ValueError { return &ValueError{text: text} }

// wrongValue names the option, the value, and what is allowed.
func wrongValue(option, value, allowed string) *ValueError {
	return valueError("--" + option + ": wrong value " + text.Quote(value) + ": " + allowed)
}

// WrongValue names the option, the value, and why it is refused.
func WrongValue(option, value string, cause error) *ValueError {
	e := wrongValue(option, value, syserr.Text(cause))
	e.cause = cause
	return e
}

// NoFilterError is ipscap's where it would show everything and was not told to.
// It stands without the program's name.
type NoFilterError struct{}

func (NoFilterError) Error() string {
	return "Any filters are not specified. Set any filter option or `--force` option."
}
