package printer

import (
	"testing"

	"github.com/tapdump/tapdump/internal/testenv"
)

// TestManualLimits: the manual page has the limits as they are.
func TestManualLimits(t *testing.T) {
	testenv.ManualLimits(t, "..", map[string]uint64{"printer.outputMax": outputMax},
		map[string]uint64{"printer.maxDepth": maxDepth, "printer.tcpFlowsMax": tcpFlowsMax}, "")
}
