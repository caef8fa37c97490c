//go:build !tapdump_small

package features

// What is ours, and is left out where the program has to be small.
const (
	HasApps     = true
	HasCompress = true
	HasDevices  = true
	HasIndex    = true
	HasOwners   = true
	HasPlaces   = true
	HasRecords  = true
	HasRecorder = true
	HasRemote   = true
	HasStreams  = true
	HasSums     = true
)
