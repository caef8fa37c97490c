package cli

import (
	"testing"

	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/capture/live"
	"github.com/tapdump/tapdump/filters"
	"github.com/tapdump/tapdump/filters/stats"
	"github.com/tapdump/tapdump/internal/apps"
	"github.com/tapdump/tapdump/internal/flows"
	"github.com/tapdump/tapdump/internal/names"
	"github.com/tapdump/tapdump/internal/streams"
	"github.com/tapdump/tapdump/internal/tcpanalysis"
	"github.com/tapdump/tapdump/internal/testenv"
	"github.com/tapdump/tapdump/pcapfile"
)

// TestManualLimits: the manual page has the limits as they are.
func TestManualLimits(t *testing.T) {
	testenv.ManualLimits(t, "../..", map[string]uint64{
		"live.DefaultBuffer":     live.DefaultBuffer,
		"streams.MaxBacklog":     streams.MaxBacklog,
		"compile.MaxLength":      compile.MaxLength,
		"pcapfile.DefaultWindow": pcapfile.DefaultWindow,
		"apps.MaxMemory":         apps.MaxMemory,
		"apps.MaxSecrets":        apps.MaxSecrets,
		"flows.MaxNames":         flows.MaxNames,
		"filters.MaxStreamBytes": filters.MaxStreamBytes,
	}, map[string]uint64{
		"streams.MaxReaders":         streams.MaxReaders,
		"tcpanalysis.MaxConnections": tcpanalysis.MaxConnections,
		"names.MaxHeard":             names.MaxHeard,
		"flows.MaxFlows":             flows.MaxFlows,
		"filters.MaxTracks":          filters.MaxTracks,
		"stats.MaxTransfers":         stats.MaxTransfers,
		"stats.MaxHosts":             stats.MaxHosts,
		"cli.maxDumpFiles":           maxDumpFiles,
	}, "printer.", "args.") // which have tests of their own
}
