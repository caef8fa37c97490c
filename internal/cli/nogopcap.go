//go:build nogopcap || tapdump_small

package cli

import "github.com/tapdump/tapdump/internal/features"

const goPcap = false

// captureGoPcap fails in this build.
func (r *liveRun) captureGoPcap() error { return features.GoPcap.Need("--capture-engine go-pcap") }
