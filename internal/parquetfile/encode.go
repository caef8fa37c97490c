//go:build !noparquet

package parquetfile

import (
	"encoding/binary"

	"github.com/parquet-go/parquet-go/encoding/delta"
	"github.com/parquet-go/parquet-go/encoding/rle"
)

// Available reports whether files are written; they are read in any case.
const Available = true

// encoder has what encoding needs beside the values.
type encoder struct{ scratch []byte }

// delta appends numbers in DELTA_BINARY_PACKED.
func (e *encoder) delta(b []byte, values []int64) ([]byte, error) {
	var coding delta.BinaryPackedEncoding
	var err error
	e.scratch, err = coding.EncodeInt64(e.scratch, values)
	return append(b, e.scratch...), err
}

// indexes appends indexes of a dictionary in RLE_DICTIONARY, each of so many bits.
func (e *encoder) indexes(b []byte, values []int32, bits int) ([]byte, error) {
	coding := rle.Encoding{BitWidth: bits}
	var err error
	e.scratch, err = coding.EncodeInt32(e.scratch, values)
	return append(append(b, byte(bits)), e.scratch...), err
}

// levels appends levels in RLE, each of so many bits, behind their length.
func (e *encoder) levels(b []byte, values []uint8, bits int) ([]byte, error) {
	coding := rle.Encoding{BitWidth: bits}
	var err error
	e.scratch, err = coding.EncodeLevels(e.scratch, values)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(e.scratch)))
	return append(b, e.scratch...), err
}
