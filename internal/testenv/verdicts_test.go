package testenv_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/testenv"
	"github.com/tapdump/tapdump/pcapfile"
)

// documented are expressions as the documentation of tools has them that run filters
// as eBPF: pwru, ptcpdump and Inspektor Gadget.
var documented = []string{
	"host 1.1.1.1", "host 8.8.8.8", "dst host 1.1.1.1 and dst port 80 and tcp", "host 172.17.0.4 and tcp",
	"ether host aa:aa:aa:aa:aa:10 and ip6[40] = 134",
	"tcp", "port 80", "port 80 and host 10.10.1.1", "tcp and port 80 and host 10.10.1.1", "icmp",
	"tcp[tcpflags] & (tcp-syn|tcp-fin) != 0", "arp host 1.1.1.1", "icmp and host 1.1.1.1", "icmp and host 192.168.64.2",
}

// withTags are 67 expressions about VLAN tags.
func withTags() []string {
	list := []string{"vlan"}
	for _, tags := range []string{"vlan 5 and %s", "vlan and %s", "vlan 5 and vlan 6 and %s", "%s or vlan 7", "vlan 7 or (vlan 5 and %s)", "not vlan 5 and %s"} {
		for _, inner := range []string{
			"ip", "ip6", "arp", "tcp port 80", "udp", "host 1.1.1.1", "net 10.0.0.0/8 and port 53", "icmp", "portrange 50-100",
			"tcp[tcpflags] & tcp-syn != 0", "ip[8] < 64 and greater 70",
		} {
			list = append(list, fmt.Sprintf(tags, inner))
		}
	}
	return list
}

// manyPackets are Ethernet frames, each made of a few choices that expressions ask for.
func manyPackets(n int) [][]byte {
	rnd := rand.New(rand.NewPCG(14, 67))
	pick := func(from ...uint32) uint32 { return from[rnd.IntN(len(from))] }
	packets := make([][]byte, n)
	for i := range packets {
		b := binary.BigEndian.AppendUint32(nil, 0xaaaaaaaa)
		b = binary.BigEndian.AppendUint16(b, uint16(pick(0xaa10, 0xaa11)))
		b = append(b, 2, 0, 0, 0, 0, byte(i))
		for range pick(0, 0, 1, 1, 2, 3) {
			b = binary.BigEndian.AppendUint16(b, uint16(pick(0x8100, 0x8100, 0x8100, 0x88a8, 0x9100)))
			b = binary.BigEndian.AppendUint16(b, uint16(pick(5, 5, 6, 7, 0xe005, 0)))
		}
		address := func(b []byte) []byte {
			return binary.BigEndian.AppendUint32(b, pick(0x01010101, 0x08080808, 0xac110004, 0x0a0a0101, 0xc0a84002, 0x0a000001))
		}
		transport := func(b []byte, protocol byte) []byte {
			b = binary.BigEndian.AppendUint16(b, uint16(pick(80, 53, 99, 40000)))
			b = binary.BigEndian.AppendUint16(b, uint16(pick(80, 53, 50, 40000)))
			b = append(b, 0, 1, 2, 3, 4, 5, 6, 7, 0x50, byte(pick(2, 1, 16, 24)), 0, 0)
			return append(b, make([]byte, rnd.IntN(30))...)
		}
		protocol := byte(pick(6, 6, 17, 17, 1, 47))
		switch pick(4, 4, 4, 6, 6, 0) {
		case 4:
			header := byte(pick(0x45, 0x45, 0x46))
			b = append(b, 8, 0, header, 0, 0, 60, 0, 0, byte(pick(0, 0, 0, 0x20)), byte(pick(0, 0, 0, 9)), byte(pick(63, 64)), protocol, 0, 0)
			b = address(address(b))
			b = append(b, make([]byte, int(header&15)*4-20)...)
			b = transport(b, protocol)
		case 6:
			b = append(b, 0x86, 0xdd, 0x60, 0, 0, 0, 0, 40, byte(pick(6, 17, 58, 0, 44)), 64)
			b = append(b, make([]byte, 32)...)
			b = transport(append(b, byte(pick(134, 0))), protocol)
		default:
			b = append(b, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1)
			b = address(append(address(b), make([]byte, 6)...))
		}
		if rnd.IntN(20) == 0 {
			b = b[:max(20, rnd.IntN(len(b)))]
		}
		packets[i] = b
	}
	return packets
}

// verdicts has a 1 for each packet that vm takes, and else a 0.
func verdicts(vm *bpf.VM, packets [][]byte) string {
	b := make([]byte, len(packets))
	for i, data := range packets {
		b[i] = '0'
		if vm.Run(data, uint32(len(data)), nil) != 0 {
			b[i] = '1'
		}
	}
	return string(b)
}

// referenceProgram is what a tcpdump compiles an expression to.
func referenceProgram(t *testing.T, tcpdump, expr string) []bpf.Instruction {
	t.Helper()
	out, err := exec.Command(tcpdump, "-y", "EN10MB", "-ddd", expr).Output()
	if err != nil {
		t.Fatalf("%s -ddd '%s': %v", tcpdump, expr, err)
	}
	return parseProgram(string(out))
}

// parseProgram reads a program of four numbers on each line.
func parseProgram(text string) (program []bpf.Instruction) {
	for line := range strings.Lines(text) {
		var ins bpf.Instruction
		if n, _ := fmt.Sscan(line, &ins.Op, &ins.Jt, &ins.Jf, &ins.K); n == 4 {
			program = append(program, ins)
		}
	}
	return program
}

// TestVerdicts: of 10,000 packets the expressions take those that libpcap takes, in
// our virtual machine and, where cbpfc and bpf(2) can be had, as eBPF in the kernel.
func TestVerdicts(t *testing.T) {
	needsGo(t)
	tcpdump := testenv.Reference(t)
	if tcpdump == "" {
		tcpdump = testenv.Oracle(t, "tcpdump")
	}
	list, packets := append(slices.Clone(documented), withTags()...), manyPackets(10_000)
	if n := len(withTags()); n != 67 {
		t.Errorf("%d expressions about tags", n)
	}
	asEBPF := kernelVerdicts(t, list, packets)
	for i, expr := range list {
		p, err := compile.Compile(expr, capture.LinkEN10MB, compile.ModeDead, compile.Options{})
		if err != nil {
			t.Errorf("%s: %v", expr, err)
			continue
		}
		ours, err := bpf.NewVM(p.Instructions, p.Rules())
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := bpf.NewVM(referenceProgram(t, tcpdump, expr), bpf.Rules{})
		if err != nil {
			t.Fatal(err)
		}
		want := verdicts(theirs, packets)
		if !strings.Contains(want, "1") || !strings.Contains(want, "0") {
			t.Errorf("%s: all packets have the same verdict", expr)
		}
		sameVerdicts(t, expr, "our virtual machine", verdicts(ours, packets), want, packets)
		if asEBPF != nil {
			sameVerdicts(t, expr, "eBPF in the kernel", asEBPF[i], want, packets)
		}
	}
}

// TestVerdictsOfGoPcap counts how many of the same expressions the filter package of
// go-pcap gets right: what docs/library.md says of it is from here.
func TestVerdictsOfGoPcap(t *testing.T) {
	needsGo(t)
	list, packets := append(slices.Clone(documented), withTags()...), manyPackets(10_000)
	program := filepath.Join(t.TempDir(), "programs")
	if out, err := goCommand(filepath.Join(outsideDir, "gopcap"), "build", "-o", program, "./programs"); err != nil {
		t.Skipf("github.com/packetcap/go-pcap cannot be had: %s", out)
	}
	command := exec.Command(program)
	command.Stdin = strings.NewReader(strings.Join(list, "\n"))
	out, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(lines) != len(list) {
		t.Fatalf("%d programs, want %d", len(lines), len(list))
	}
	compiled, right := 0, 0
	for i, line := range lines {
		theirs, err := bpf.NewVM(parseProgram(strings.ReplaceAll(strings.ReplaceAll(line, " ", "\n"), ",", " ")), bpf.Rules{Ancillary: true})
		if err != nil {
			continue
		}
		compiled++
		p, err := compile.Compile(list[i], capture.LinkEN10MB, compile.ModeDead, compile.Options{})
		if err != nil {
			t.Fatal(err)
		}
		ours, err := bpf.NewVM(p.Instructions, p.Rules())
		if err != nil {
			t.Fatal(err)
		}
		if verdicts(theirs, packets) == verdicts(ours, packets) {
			right++
		}
	}
	t.Logf("of %d expressions go-pcap's filter package compiles %d, and %d take the same packets as libpcap's", len(list), compiled, right)
	if right == len(list) {
		t.Error("all of them are right: docs/library.md says otherwise")
	}
}

func sameVerdicts(t *testing.T, expr, machine, got, want string, packets [][]byte) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %s has %d verdicts, want %d", expr, machine, len(got), len(want))
		return
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%s: %s says %c and libpcap %c of packet %d: %x", expr, machine, got[i], want[i], i, packets[i])
			return
		}
	}
}

// kernelVerdicts has the kernel run expressions that cbpfc has made eBPF of; nil where
// that cannot be had.
func kernelVerdicts(t *testing.T, list []string, packets [][]byte) []string {
	t.Helper()
	folder := filepath.Join(outsideDir, "cbpfc")
	program := filepath.Join(t.TempDir(), "verdicts")
	out, err := goCommand(folder, "build", "-o", program, "./verdicts")
	if err != nil {
		t.Logf("not compared with eBPF, as github.com/cloudflare/cbpfc cannot be had: %s", out)
		return nil
	}
	file := filepath.Join(t.TempDir(), "packets.pcap")
	w, err := pcapfile.Create(file, capture.LinkEN10MB, pcapfile.Format{})
	if err != nil {
		t.Fatal(err)
	}
	for _, data := range packets {
		if err := w.Write(capture.NewPacket(capture.LinkEN10MB, data)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(program, file)
	command.Stdin = strings.NewReader(strings.Join(list, "\n"))
	lines, err := command.CombinedOutput()
	if err != nil && strings.Contains(string(lines), "operation not permitted") {
		t.Logf("not compared with eBPF, as bpf(2) is not allowed: %s", lines)
		return nil
	}
	if err != nil {
		t.Fatalf("verdicts: %v\n%s", err, lines)
	}
	return strings.Fields(string(lines))
}
