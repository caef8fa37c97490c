package compile

import "errors"

// rejectsAllText is libpcap's message for an expression that no packet of the link
// type can match.
const rejectsAllText = "expression rejects all packets"

// RejectsAll reports whether an error of Compile says that no packet of the link
// type can match the expression, which is valid otherwise.
func RejectsAll(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Msg == rejectsAllText
}
