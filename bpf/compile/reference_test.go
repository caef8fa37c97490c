package compile

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/bpf/internal/steer"
	"github.com/tapdump/tapdump/capture"
)

// referenceEntry is a line of recorded answers: an expression with the program
// or the message that libpcap 1.10.6 gives for it.
type referenceEntry struct {
	Num     uint32      `json:"dlt_num"`
	Expr    string      `json:"expr"`
	SnapLen int         `json:"snaplen"`
	Netmask *uint32     `json:"netmask"`
	Mode    string      `json:"mode"`
	Opt     [][4]uint32 `json:"opt"`
	Noopt   [][4]uint32 `json:"noopt"`
	Error   *string     `json:"error"`
	Wrong   bool        `json:"opt_wrong"`
	V111    bool        `json:"v111_differs"`
}

func (e *referenceEntry) program() []bpf.Instruction {
	prog := make([]bpf.Instruction, len(e.Opt))
	for i, ins := range e.Opt {
		prog[i] = bpf.Instruction{Op: uint16(ins[0]), Jt: uint8(ins[1]), Jf: uint8(ins[2]), K: ins[3]}
	}
	return prog
}

func (e *referenceEntry) options(names *Names) options {
	o := options{link: capture.LinkType(e.Num), Options: Options{SnapLen: e.SnapLen, Names: names}}
	if e.Netmask != nil {
		o.Network = netip.PrefixFrom(netip.IPv4Unspecified(), bits.OnesCount32(*e.Netmask))
	}
	switch e.Mode {
	case "linux":
		o.mode = ModeLive
	case "offline":
		o.mode = ModeSavefileLittle
	case "swapped":
		o.mode = ModeSavefileBig
	}
	return o
}

// referenceEntries reads a file of recorded answers that lies beside the
// repository.
func referenceEntries(t testing.TB, file string) []referenceEntry {
	path := filepath.Join("..", "..", "..", "shared", "bpf", file)
	f, err := os.Open(path)
	if err != nil {
		t.Skipf("no recorded answers of libpcap to compare with: %v", err)
	}
	defer f.Close()
	var entries []referenceEntry
	r := bufio.NewReader(f)
	dec := json.NewDecoder(r)
	for dec.More() {
		var e referenceEntry
		if err := dec.Decode(&e); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		entries = append(entries, e)
	}
	return entries
}

// TestReferenceModes compares with what libpcap makes for live captures and
// savefiles.
func TestReferenceModes(t *testing.T) { compareReference(t, "modes.jsonl", &Names{}) }

// TestReferenceNames compares with what libpcap makes of names of hosts and
// networks.
func TestReferenceNames(t *testing.T) { compareReference(t, "host-table.jsonl", &tableNames) }

// TestReferenceAnswers compares which expressions are refused, and how, over a
// part of all recorded answers.
func TestReferenceAnswers(t *testing.T) {
	names := referenceNames(t)
	for i, e := range referenceEntries(t, "known.jsonl") {
		if i%11 != 0 && (e.Error == nil || *e.Error != "expression rejects all packets") || e.SnapLen == 0 {
			continue
		}
		p, err := compileFor(e.Expr, e.options(names))
		switch {
		case e.Error == nil && err != nil:
			t.Errorf("%s (link type %d): %v, want a program", e.Expr, e.Num, err)
		case e.Error != nil && err == nil && !p.expr.Newer:
			t.Errorf("%s (link type %d): is compiled, want the error %q", e.Expr, e.Num, *e.Error)
		case e.Error != nil && err != nil && strings.TrimSpace(err.Error()) != strings.TrimSpace(*e.Error):
			t.Errorf("%s (link type %d): error %q, want %q", e.Expr, e.Num, err, *e.Error)
		}
	}
}

// referenceNames are the services and protocols that the answers were recorded
// with.
func referenceNames(t testing.TB) *Names {
	path := filepath.Join("..", "..", "..", "shared", "bpf", "names.json")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Skipf("no recorded answers of libpcap to compare with: %v", err)
	}
	var table struct { // -1: not found
		Protocol map[string]int
		Service  map[string]map[string]int
	}
	if err := json.Unmarshal(b, &table); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return &Names{
		Port: func(name, protocol string) (uint16, bool) {
			n, ok := table.Service[name][protocol]
			return uint16(n), ok && n >= 0
		},
		Protocol: func(name string) (uint8, bool) {
			n, ok := table.Protocol[name]
			return uint8(n), ok && n >= 0
		},
	}
}

func compareReference(t *testing.T, file string, names *Names) {
	rnd := rand.New(rand.NewPCG(1, 2))
	compared := make(map[string]bool)
	for _, e := range referenceEntries(t, file) {
		if e.SnapLen == 0 {
			continue
		}
		p, err := compileFor(e.Expr, e.options(names))
		var wrong *Error
		switch {
		case e.Error != nil && err == nil && p.expr.Newer:
		case e.Error != nil && err == nil:
			t.Errorf("%s (link type %d, %s): is compiled, want the error %q", e.Expr, e.Num, e.Mode, *e.Error)
		case e.Error != nil && (!errors.As(err, &wrong) || strings.TrimSpace(wrong.Msg) != strings.TrimSpace(*e.Error)):
			t.Errorf("%s (link type %d, %s): error %q, want %q", e.Expr, e.Num, e.Mode, err, *e.Error)
		case e.Error == nil && err != nil:
			t.Errorf("%s (link type %d, %s): %v, want a program", e.Expr, e.Num, e.Mode, err)
		case e.Error == nil && !e.Wrong && !e.V111 && !mended(e.program()):
			key := fmt.Sprint(e.Opt, p.Instructions)
			if compared[key] {
				continue
			}
			compared[key] = true
			if len(p.Instructions) > len(e.Opt) {
				t.Errorf("%s (link type %d, %s): %d instructions, libpcap needs %d:\n%s",
					e.Expr, e.Num, e.Mode, len(p.Instructions), len(e.Opt), bpf.Disassemble(nil, p.Instructions))
			}
			if pk := steer.Difference(e.program(), p.Instructions, rnd, 300); pk != nil {
				want, _ := steer.Answer(e.program(), pk)
				t.Errorf("%s (link type %d, %s): packet %x, length %d, ancillary %x: answers differ, want %d from\n%s",
					e.Expr, e.Num, e.Mode, pk.Data[:96], pk.Wire, pk.Ancillary, want, bpf.Disassemble(nil, p.Instructions))
			}
		}
	}
}

// mended tells programs of libpcap that Linux would refuse: they read scratch
// words that nothing wrote, or have loops. What we make of those differs on
// purpose.
func mended(prog []bpf.Instruction) bool {
	return bpf.Verify(prog, bpf.Rules{AnyLength: true}) != nil
}

// tableNames are the names of host-table.jsonl.
var tableNames = func() Names {
	type host struct {
		mac   string
		addrs string
	}
	const suffix = ".libpcap.test"
	const v6 = "fd00:a1b2:c3d4::1020:3040:5060:7080"
	const a, b = "fd00:a1b2:c3d4::a0b0:c0d0:e0f0:3456", "fd00:a1b2:c3d4::a0b0:c0d0:e0f0:1278"
	const mac1, mac2 = "aa:00:04:00:14:0e", "aa:00:04:00:01:08"
	hosts := map[string]host{
		"eth-noipv4-noipv6.host123":   {mac1, ""},
		"eth-noipv4-ipv6.host123":     {mac1, v6},
		"eth-ipv4-noipv6.host123":     {mac1, "10.20.30.40"},
		"eth-ipv4-ipv6.host123":       {mac1, "10.20.30.40 " + v6},
		"noeth-ipv4-noipv6.host123":   {"", "10.20.30.40"},
		"noeth-ipv4-ipv6.host123":     {"", "10.20.30.40 " + v6},
		"noeth-noipv4-ipv6.host123":   {"", v6},
		"noeth-noipv4-noipv6.host123": {"", v6},
		"eth-ipv4x4-noipv6.host357":   {mac2, "192.168.243.1 192.168.242.4 192.168.244.2 192.168.241.3"},
		"eth-ipv4x4-ipv6x2.host357":   {mac2, "192.168.241.3 192.168.244.2 192.168.242.4 192.168.243.1 " + a + " " + b},
		"eth-noipv4-ipv6x2.host357":   {mac2, b + " " + a},
	}
	networks := map[string]uint32{"net-10-0-0-0": 10 << 24, "net-10-20-0-0": 10<<24 | 20<<16, "net-10-20-30-0": 10<<24 | 20<<16 | 30<<8}
	find := func(name string) (string, bool) { return strings.CutSuffix(strings.ToLower(name), suffix) }
	return Names{
		Hosts: func(name string) (addrs []netip.Addr) {
			name, _ = find(name)
			for _, s := range strings.Fields(hosts[name].addrs) {
				addrs = append(addrs, netip.MustParseAddr(s))
			}
			return addrs
		},
		MAC: func(name string) (addr [6]byte, ok bool) {
			name, _ = find(name)
			mac, err := net.ParseMAC(hosts[name].mac)
			copy(addr[:], mac)
			return addr, err == nil
		},
		Network: func(name string) (uint32, bool) {
			name, _ = find(name)
			n, ok := networks[name]
			return n, ok
		},
	}
}()
