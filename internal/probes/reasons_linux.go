//go:build !noebpf && !tapdump_small

package probes

import (
	"bufio"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/cilium/ebpf/btf"
)

// reasons are the names of the reasons why the kernel throws packets away.
type reasons struct {
	names []string
	none  []int32 // that are none: the packet was not thrown away
}

const reasonPrefix = "SKB_DROP_REASON_"

func newReasons(enum *btf.Enum) (r reasons) {
	for _, v := range enum.Values {
		name, named := strings.CutPrefix(v.Name, reasonPrefix)
		switch {
		case v.Name == "SKB_NOT_DROPPED_YET", v.Name == "SKB_CONSUMED":
			r.none = append(r.none, int32(v.Value))
		case named && v.Value < 1<<16 && !strings.HasPrefix(name, "SUBSYS"):
			for len(r.names) <= int(v.Value) {
				r.names = append(r.names, "")
			}
			r.names[v.Value] = name
		}
	}
	return r
}

// name is that of a reason; what is a module's own has its number.
func (r *reasons) name(reason uint32) string {
	if reason < uint32(len(r.names)) && r.names[reason] != "" {
		return r.names[reason]
	}
	return "0x" + strconv.FormatUint(uint64(reason), 16)
}

// symbols are the names of places in the kernel, by their addresses.
type symbols struct {
	from  []uint64
	names []string
}

// readSymbols reads them. Without the right to know addresses there are none.
func readSymbols() (s symbols) {
	f, err := os.Open("/proc/kallsyms")
	if err != nil {
		return s
	}
	defer f.Close()
	type symbol struct {
		at   uint64
		name string
	}
	var all []symbol
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		fields := strings.Fields(lines.Text()) // address, kind, name, perhaps [module]
		if len(fields) < 3 || !strings.Contains("tTwW", fields[1]) {
			continue
		}
		at, err := strconv.ParseUint(fields[0], 16, 64)
		if err != nil || at == 0 {
			continue
		}
		name, _, _ := strings.Cut(fields[2], ".") // what the compiler made of it
		all = append(all, symbol{at, name})
	}
	slices.SortStableFunc(all, func(a, b symbol) int {
		switch {
		case a.at < b.at:
			return -1
		case a.at > b.at:
			return 1
		}
		return 0
	})
	for _, one := range all {
		s.from, s.names = append(s.from, one.at), append(s.names, one.name)
	}
	return s
}

// name is that of the function with an address in it. An address is that behind a call.
func (s *symbols) name(at uint64) string {
	i, _ := slices.BinarySearch(s.from, at)
	if i == 0 || at == 0 {
		return "0x" + strconv.FormatUint(at, 16)
	}
	return s.names[i-1]
}
