// Package parquetfile writes records as Parquet files, and reads packets back from
// files that have them whole.
//
//	file.go      a file that appears under its name when it is whole
//	writer.go    rows become groups of rows, and these a file
//	column.go    the values of a column within a group of rows
//	page.go      pages of encoded values, their statistics
//	encode.go    the encodings, which are parquet-go's
//	thrift.go    the compact protocol of Thrift, in which Parquet says what is where
//	reader.go    packets of a file
//	metadata.go  what a file that is read says of itself
//	decode.go    pages of values, from anybody's file
//
// The format is that of https://parquet.apache.org/docs/file-format/. Columns are made
// of the table of records.Column: a schema stands nowhere else. parquet-go is linked
// for its encoders alone, which have vector instructions; what it says of a file it
// reads by reflection, and it trusts the file. The build tag noparquet leaves it out:
// then files are read, and not written.
//
// What is read may be anybody's, and is bounded: see reader.go. A Writer, a File and a
// Reader are for one goroutine.
package parquetfile

// Meta is a key with a value that a file has beside its records.
type Meta struct{ Key, Value string }

// magic begins and ends a file.
const magic = "PAR1"

// The physical types, format.thrift: Type.
const (
	typeBoolean = 0
	typeInt32   = 1
	typeInt64   = 2
	typeDouble  = 5
	typeBytes   = 6
)

// The encodings, format.thrift: Encoding.
const (
	encodingPlain           = 0
	encodingPlainDictionary = 2
	encodingRLE             = 3
	encodingDelta           = 5
	encodingDeltaLengths    = 6
	encodingDictionary      = 8
)

// The codecs, format.thrift: CompressionCodec.
const (
	codecNone   = 0
	codecSnappy = 1
	codecGzip   = 2
	codecZstd   = 6
	codecLZ4Raw = 7
)

// The kinds of pages, format.thrift: PageType.
const (
	pageData       = 0
	pageDictionary = 2
	pageDataV2     = 3
)

// What a field may be repeated, format.thrift: FieldRepetitionType.
const (
	required = 0
	optional = 1
	repeated = 2
)
