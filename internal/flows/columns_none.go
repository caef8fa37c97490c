//go:build tapdump_small

package flows

import "github.com/tapdump/tapdump/internal/records"

// Columns are none in this build, which has no records.
func Columns() []*records.Column[Flow] { return nil }
