//go:build tapdump_small

package records

// Aliases, and the columns of packets, are none in this build, which has no records.
func Aliases() []*packetColumn { return nil }

func headerColumns() []*packetColumn  { return nil }
func ownerColumns() []*packetColumn   { return nil }
func contentColumns() []*packetColumn { return nil }
