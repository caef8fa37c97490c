package live

import "github.com/tapdump/tapdump/versions"

// What versions do with CAN frames. They stand apart from Linux, where the frames are,
// since the table of changes is the same on all systems.
var (
	canKept     = versions.Since(versions.V5_0, "CAN, captured", "other flags and the reserved bytes of a frame become 0", "they stay")
	canFiltered = versions.Since(versions.V5_0, "CAN, captured", "`link[0]` to `link[3]` are of the identifier in the byte order of the machine", "in that of lines and files")
)
