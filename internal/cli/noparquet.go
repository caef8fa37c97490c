//go:build noparquet || tapdump_small

package cli

import (
	"io"
	"os"

	"github.com/tapdump/tapdump/internal/features"
)

// openParquet fails in this build.
func (s *session) openParquet(opening) (sink, error) {
	return nil, features.Parquet.Need("-w " + s.plan.Write.Name)
}

// parquetPackets fails for a Parquet file in this build; nil: it is another file.
func parquetPackets(f *os.File, _ int64) (io.Reader, error) {
	var begin [4]byte
	if _, err := f.ReadAt(begin[:], 0); err != nil || string(begin[:]) != "PAR1" {
		return nil, nil
	}
	return nil, features.Parquet.Need("")
}
