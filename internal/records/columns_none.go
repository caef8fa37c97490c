//go:build tapdump_small

package records

// Aliases, and the columns of packets, are none in this build, which has no records.
var (
	Aliases []*packetColumn

	headerColumns, ownerColumns, contentColumns []*packetColumn
)
