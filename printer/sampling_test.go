package printer

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/tapdump/tapdump/internal/testenv"
)

// TestSampling: each Nth packet is printed as all before it are not, and numbers go
// on; what is in front of lines stands in its order; and several cores print the same.
func TestSampling(t *testing.T) {
	captures := loadCaptures(t, "../testdata/captures")
	if len(captures) == 0 {
		t.Fatal("there are no captures")
	}
	for name, packets := range captures {
		for _, skipped := range []uint64{0, 5} {
			o := testOptions(t, "-n -#")
			o.TimeFormat, o.AbsoluteSeq, o.Lengths, o.Skipped, o.Sampling = int(timeSincePrevious), true, true, skipped, 4
			all := packets[min(skipped, uint64(len(packets))):]
			got := printInOrder(o, all)
			if d := testenv.FirstDifference(got, printParallel(t, o, all, 4)); d != "" {
				t.Errorf("%s: several cores print something else: %s", name, d)
			}
			var want []byte
			one := o
			one.Sampling, one.Number, one.Lengths = 0, false, false
			p := New(one)
			for i := range all {
				if number := skipped + uint64(i) + 1; number%4 == 0 {
					want = fmt.Appendf(want, "%5d  caplen %d len %d ", number, len(all[i].Data), all[i].Length)
					want = p.Print(want, &all[i])
				}
			}
			if d := testenv.FirstDifference(want, got); d != "" || bytes.Count(got, []byte("caplen")) < len(all)/4 {
				t.Errorf("%s, %d skipped: printed is something else than each 4th packet: %s", name, skipped, d)
			}
		}
	}
}
