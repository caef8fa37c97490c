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

// Kind says what values of a column are.
type Kind uint8

// Kinds.
const (
	Number Kind = iota // an unsigned integer
	Text               // UTF-8, or what is made valid UTF-8 by the encoder
	List               // several texts
	Time               // nanoseconds since 1970, UTC, as a number
	Bytes              // any bytes
	Flag               // 1 or absent
)

// Column is a row of a table of columns of T.
type Column[T any] struct {
	Name    string // in records; with a dot in it, an alias: what tshark calls a field
	Group   string // with --columns: basic, tcp, dns ...
	Kind    Kind
	Unit    string // "bytes", "µs", "": none
	Meaning string

	// One of these finds the value in a record; ok is false where there is none.
	// text appends it to b.
	number func(r *T) (n uint64, ok bool)
	text   func(b []byte, r *T) ([]byte, bool)
	list   func(b []byte, r *T, n int) ([]byte, bool) // the n-th, from 0 on
}

// Number is the value of a column of Number, Time or Flag.
func (c *Column[T]) Number(r *T) (n uint64, ok bool) { return c.number(r) }

// Text appends the value of a column of Text or Bytes to b.
func (c *Column[T]) Text(b []byte, r *T) ([]byte, bool) { return c.text(b, r) }

// Item appends the n-th value of a column of List to b, counted from 0.
func (c *Column[T]) Item(b []byte, r *T, n int) ([]byte, bool) { return c.list(b, r, n) }
