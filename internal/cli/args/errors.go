package args

import "github.com/tapdump/tapdump/internal/text"

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

// ValueError is a complaint about the value of one of ipscap's options. It makes
// the exit status 2.
type ValueError string

func (e ValueError) Error() string { return string(e) }

// WrongValue names the option, the value, and what is allowed.
func WrongValue(option, value, allowed string) ValueError {
	return ValueError("--" + option + ": wrong value " + text.Quote(value) + ": " + allowed)
}

// NoFilterError is ipscap's where it would show everything and was not told to.
// It stands without the program's name.
type NoFilterError struct{}

func (NoFilterError) Error() string {
	return "Any filters are not specified. Set any filter option or `--force` option."
}
