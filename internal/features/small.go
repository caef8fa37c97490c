//go:build tapdump_small

package features

// What is ours, and is left out where the program has to be small.
const (
	HasApps     = false
	HasCompress = false
	HasDevices  = false
	HasIndex    = false
	HasOwners   = false
	HasPlaces   = false
	HasRecords  = false
	HasRecorder = false
	HasRemote   = false
	HasStreams  = false
	HasSums     = false
)
