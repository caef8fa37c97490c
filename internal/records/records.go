// Package records turns packets, and conversations, into rows of named values, and
// writes these in the encodings that engines read: NDJSON, tab- or comma-separated
// text, Parquet.
//
// A column stands in one row of a table (packet*.go for packets): its name, the kind
// of its values, its unit, what it means, and the function that finds its value. All
// encodings, the list of --list-fields, the page in docs and the schema of Parquet are
// made of that row. The columns of packets are of type Column[Packet], those of
// conversations Column[Flow]; encoders are written once for both.
//
// A value that a packet does not have is absent: nothing in NDJSON, empty in text,
// null in Parquet. Appending a record allocates nothing.
//
// The package touches nothing but what it is given. Tables do not change; what else
// has a state is for one goroutine.
package records

import "slices"

// Kind says what values of a column are, and how they are found.
type Kind uint8

// Kinds.
const (
	Number   Kind = iota // an unsigned integer
	Interval             // a duration, a number of nanoseconds; as text seconds with nine digits: 1.500000000
	Time                 // nanoseconds since 1970, UTC, as a number; as text RFC 3339 with nine digits
	Flag                 // 1 or absent
	Word                 // few different short texts of printable ASCII without quotes and backslashes: addresses, names of flags
	Text                 // any text, which the encoder makes valid UTF-8
	List                 // several texts
	Bytes                // any bytes; as text hexadecimal digits
)

var kindNames = [...]string{"number", "seconds", "time", "flag", "word", "text", "list", "bytes"}

// String is the name of a kind in lists of columns.
func (k Kind) String() string { return kindNames[k] }

// Column is a row of a table of columns of T.
type Column[T any] struct {
	Name    string // in records
	Group   string // with --columns: basic, tcp, dns ...
	Kind    Kind
	Unit    string // "bytes", "µs", "": none
	Alias   string // the field of tshark that says the same, perhaps spelled otherwise; "": none
	Meaning string
	Needs   Needs

	// One of these finds the value in a record; ok is false where there is none.
	Number func(r *T) (n uint64, ok bool)                  // of Number, Interval, Time and Flag
	Text   func(b []byte, r *T) (appended []byte, ok bool) // of Word, Text and Bytes: appends the value to b
	// Key, of some of Word, may be nil: records with the same key, if they have one, have
	// the same text. An encoder that keeps texts asks for each only once.
	Key  func(r *T) (key Key, ok bool)
	Item func(b []byte, r *T, n int) (appended []byte, ok bool) // of List: appends the n-th value, from 0 on
}

// Key stands for a text.
type Key struct{ High, Low uint64 }

// Groups are the groups of columns, in the order in which they come.
func Groups[T any](columns []*Column[T]) (names []string) {
	for _, c := range columns {
		if !slices.Contains(names, c.Group) {
			names = append(names, c.Group)
		}
	}
	return names
}

// Find is the column of a name, nil if there is none.
func Find[T any](columns []*Column[T], name string) *Column[T] {
	for _, c := range columns {
		if c.Name == name {
			return c
		}
	}
	return nil
}
