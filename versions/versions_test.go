package versions

import (
	"slices"
	"testing"
)

// TestVersions: names and order of the versions, and which of them have a change.
func TestVersions(t *testing.T) {
	if all := All(); !slices.Equal(all, []Version{V4_99_6, V4_99, V5_0}) {
		t.Errorf("the versions are %v", all)
	}
	if v, err := Parse("4.99.5"); v != 0 || err == nil || err.Error() != "not one of 4.99.6, 4.99, 5.0" {
		t.Errorf("an unknown name is read as %v, %v", v, err)
	}
	for i, v := range All() {
		if got, err := Parse(v.String()); got != v || err != nil {
			t.Errorf("%s is read as %v, %v", v, got, err)
		}
		if i > 0 && v <= All()[i-1] {
			t.Errorf("%s is not above %s", v, All()[i-1])
		}
	}
	if v := Version(100); v.String() != "Version(100)" || v.Tcpdump() != v.String() || v.Libpcap() != v.String() {
		t.Errorf("an unknown version is %s, %s with %s", v, v.Tcpdump(), v.Libpcap())
	}
	defer func(before []*Change) { changes = before }(changes)
	late, early := Since(V5_0, "B", "was", "is"), Since(V4_99, "a", "was", "is")
	if late.In(V4_99) || !late.In(V5_0) || early.In(V4_99_6) || !early.In(V4_99) || !early.In(V5_0) {
		t.Error("a change is in a version before it, or not in its own")
	}
	if got := Changes(); len(got) < 2 || got[0] != early || got[0].Version() != V4_99 || got[0].About()+got[0].Before()+got[0].From() != "awasis" {
		t.Errorf("changes are %v", got)
	}
}
