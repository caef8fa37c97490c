package live

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/testenv"
)

// TestHardwareTypes holds the whole table of hardware types.
func TestHardwareTypes(t *testing.T) {
	var b strings.Builder
	b.WriteString("# hardware type, what comes without being asked, c: cooked, what there is to choose from\n")
	line := func(of string, k linkKind) {
		fmt.Fprintf(&b, "%s\t%d %v\t%v\t%v\n", of, uint32(k.link), k.link, map[bool]string{true: "c", false: "-"}[k.cooked], k.choices)
	}
	for n := range 1 << 16 {
		if k := linkKindOf(uint16(n), "nosuch0"); !k.unknown {
			line(fmt.Sprint(n), k)
		} else if !k.cooked || k.link != capture.LinkLINUX_SLL || k.choices != nil {
			t.Errorf("unknown hardware type %d: %+v", n, k)
		}
	}
	for _, device := range []string{"cdma_rmnet0", "isdn0", "isdY0", "isdn", "is0"} {
		line("1 "+device, linkKindOf(1, device))
	}
	for _, tagging := range []string{"", "none", "brcm", "brcm-prepend", "dsa", "edsa", "ocelot"} {
		link, tagged := taggingLink(tagging)
		fmt.Fprintf(&b, "tagging %q\t%d %v\t%v\n", tagging, uint32(link), link, tagged)
	}
	testenv.Golden(t, "testdata/arphrd.txt", []byte(b.String())) // libpcap's map_arphrd_to_dlt has the same
}
