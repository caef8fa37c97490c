package printer

import (
	"slices"
	"testing"
)

// TestAmended: entries of a table are replaced, added and taken out, and the table
// itself stays.
func TestAmended(t *testing.T) {
	table := []tok{{1, "one"}, {2, "two"}, {3, "three"}}
	before := slices.Clone(table)
	if got, want := amended(table, tok{2, "zwei"}, tok{3, ""}, tok{4, "vier"}), []tok{{1, "one"}, {2, "zwei"}, {4, "vier"}}; !slices.Equal(got, want) {
		t.Errorf("the table becomes %v, want %v", got, want)
	}
	if !slices.Equal(table, before) {
		t.Errorf("the table itself is now %v", table)
	}
}
