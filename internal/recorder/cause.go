package recorder

import (
	"unicode/utf8"

	"github.com/tapdump/tapdump/capture"
)

// Cause is why the recorder fires.
type Cause struct {
	Rule   string            // as the command line has it: "signal", "condition:tcp=retransmission"
	Reason string            // what happened, for people; may be empty
	Time   capture.Timestamp // when
	Packet bool              // a packet fired, and Time is its time; else Time is the clock's
}

// maxText is how long the text of a cause becomes at most, in bytes.
const maxText = 1024

// String is what people are told: the rule, and the reason if there is one.
func (c Cause) String() string {
	text := c.Rule
	if c.Reason != "" {
		text += ": " + c.Reason
	}
	if len(text) <= maxText {
		return text
	}
	cut := maxText - len("...")
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "..."
}
