package testenv

import (
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/tapdump/tapdump/"

// mayLink are the packages of other modules that those who import one of ours get
// with it; a name that ends in / stands for all below it.
var mayLink = map[string][]string{
	"bpf":            {"golang.org/x/net/bpf"},
	"bpf/compile":    {"golang.org/x/net/bpf"},
	"capture":        {},
	"capture/gopcap": {"github.com/packetcap/go-pcap", "github.com/packetcap/go-pcap/", "github.com/gopacket/gopacket/", "github.com/sirupsen/logrus", "golang.org/x/net/bpf", "golang.org/x/sys/"},
	"capture/header": {},
	"capture/live":   {"golang.org/x/net/bpf", "golang.org/x/sys/unix"},
	"filters":        {},
	"filters/stats":  {},
	"pcapfile":       {"github.com/klauspost/compress/", "github.com/pierrec/lz4/v4/", "golang.org/x/sys/unix"}, // alone has compression
	"printer":        {"golang.org/x/crypto/blowfish", "golang.org/x/crypto/cast5"},                             // of -E
	"printer/detail": {},
	"versions":       {},
}

// mayLinkOurs are the internal packages that they get.
var mayLinkOurs = map[string][]string{
	"bpf":            {},
	"bpf/compile":    {"bpf/internal/flow", "bpf/internal/syntax"},
	"capture":        {},
	"capture/gopcap": {"internal/kernelfilter", "internal/netlink", "internal/syserr", "internal/text"},
	"capture/header": {},
	"capture/live":   {"internal/kernelfilter", "internal/netlink", "internal/syserr", "internal/text"},
	"filters":        {"internal/recent", "internal/segments", "internal/text"},
	"filters/stats":  {"internal/features", "internal/recent", "internal/text", "internal/zone"},
	"pcapfile":       {"internal/features", "internal/openfile", "internal/syserr", "internal/zone"},
	"printer":        {"internal/ipproto", "internal/syserr", "internal/zone"},
	"printer/detail": {"internal/features", "internal/recent", "internal/segments", "internal/text", "internal/zone"},
	"versions":       {},
}

// startsPrograms and asksNetwork may use what others of ours have no business with.
var (
	startsPrograms = []string{"pcapfile"}                       // Rules.Command
	asksNetwork    = []string{"capture/live", "capture/gopcap"} // addresses of interfaces
)

// TestLinked: whoever imports one of the public packages does not get the command
// line, the sandbox or compression with it, nor what it has no use for.
func TestLinked(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the go command, which the short form does not")
	}
	for _, folder := range publicPackages(t) {
		name := strings.TrimPrefix(folder, "../../")
		others, known := mayLink[name]
		ours, knownOurs := mayLinkOurs[name]
		if !known || !knownOurs {
			t.Errorf("%s: say in mayLink and mayLinkOurs what it links", name)
			continue
		}
		command := exec.Command("go", "list", "-deps", "./"+folder)
		command.Env = append(command.Environ(), "GOOS=linux")
		out, err := command.Output()
		if err != nil {
			t.Fatalf("go list -deps %s: %v", folder, err)
		}
		for dep := range strings.FieldsSeq(string(out)) {
			first, _, _ := strings.Cut(dep, "/")
			inner, isOurs := strings.CutPrefix(dep, module)
			switch {
			case isOurs:
				if strings.Contains("/"+inner+"/", "/internal/") && !slices.Contains(ours, inner) {
					t.Errorf("%s links %s", name, dep)
				}
			case dep == "os/exec" && !slices.Contains(startsPrograms, name), dep == "net" && !slices.Contains(asksNetwork, name):
				t.Errorf("%s links %s", name, dep)
			case strings.Contains(first, "."):
				if !slices.ContainsFunc(others, func(may string) bool {
					return dep == may || strings.HasSuffix(may, "/") && strings.HasPrefix(dep+"/", may)
				}) {
					t.Errorf("%s links %s of another module", name, dep)
				}
			}
		}
	}
	for name := range mayLink {
		if !slices.Contains(publicPackages(t), path.Join("../..", name)) {
			t.Errorf("mayLink has %s, which is no public package", name)
		}
	}
}
