package testenv

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// hot are packages whose functions are called for every packet; a name that ends in /
// stands for all below it, and itself.
var hot = []string{
	"bufio", "bytes", "encoding/binary", "hash/maphash", "maps", "net/netip", "slices", "sort", "strconv", "strings", "sync", "time", "unicode/utf8",
	module + "bpf", module + "capture/", module + "filters/", module + "pcapfile/", module + "printer/",
	module + "internal/apps", module + "internal/cli", module + "internal/recent", module + "internal/segments", module + "internal/text",
	"github.com/klauspost/compress/", "github.com/pierrec/lz4/v4/",
}

// TestColdPackages: what the Makefile does not inline is not on the way of packets.
func TestColdPackages(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "\nCOLD ")
	list, _, ended := strings.Cut(rest, "\n\n")
	_, list, begun := strings.Cut(list, "=%=-l,")
	if !ok || !ended || !begun {
		t.Fatal("the Makefile has no list COLD")
	}
	ours := regexp.MustCompile(`\$\(addprefix \$\(OURS\)/,([^)]*)\)`)
	list = ours.ReplaceAllStringFunc(list, func(s string) string {
		return " " + module + strings.Join(strings.Fields(ours.FindStringSubmatch(s)[1]), " "+module)
	})
	if ours := strings.Count(list, module); ours == 0 {
		t.Error("COLD has no package of ours: it is not read as it is meant")
	}
	for _, pattern := range strings.Fields(strings.NewReplacer("\\", " ", ")", " ").Replace(list)) {
		cold, below := strings.CutSuffix(pattern, "/...")
		for _, h := range hot {
			name, all := strings.CutSuffix(h, "/")
			if name == cold || below && strings.HasPrefix(name, cold+"/") || all && strings.HasPrefix(cold, name+"/") {
				t.Errorf("%s is for every packet, and COLD has %s", h, pattern)
			}
		}
	}
}
