package compile

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/bits"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/bpf/internal/syntax"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/testenv"
	"github.com/tapdump/tapdump/versions"
)

var followingEvery = flag.Int("following-every", 40, "TestFollowing and TestFollowingRecorded ask one of so many questions")

// filtertest is the program of libpcap's tests that shows what a version makes of an
// expression: TAPDUMP_FILTERTEST_5_0 names that of the libpcap beside tcpdump 5.0.
type filtertest struct {
	path string
	like versions.Version
}

func newFiltertest(t testing.TB, v versions.Version) filtertest {
	t.Helper()
	variable := "TAPDUMP_FILTERTEST_" + strings.ReplaceAll(v.String(), ".", "_")
	path := os.Getenv(variable)
	if path == "" {
		t.Skipf("set %s to testprogs/filtertest of libpcap %s to compare with it", variable, v.Libpcap())
	}
	out, _ := exec.CommandContext(t.Context(), path, "-h").CombinedOutput() // older ones take it for wrong
	if !bytes.Contains(out, []byte("libpcap version "+v.Libpcap())) {
		t.Fatalf("%s=%s is not of libpcap %s: %s", variable, path, v.Libpcap(), out)
	}
	return filtertest{path, v}
}

// question is an expression with all that decides what becomes of it.
type question struct {
	link    capture.LinkType
	mode    Mode
	expr    string
	netmask string // of IPv4, with dots; "": not known
	snapLen int
	plain   bool // without the optimizer
}

func (q question) String() string {
	return fmt.Sprintf("%q on %s%s", q.expr, q.link.Name(), modeNames[q.mode])
}

func (q question) options(like versions.Version, names *Names) options {
	o := options{link: q.link, mode: q.mode, Options: Options{SnapLen: q.snapLen, Names: names, Like: like, NoOptimize: q.plain}}
	if mask, err := netip.ParseAddr(q.netmask); err == nil {
		b := mask.As4()
		ones := 0
		for _, b := range b {
			ones += bits.OnesCount8(b)
		}
		o.Network = netip.PrefixFrom(netip.IPv4Unspecified(), ones)
	}
	return o
}

// ask is what libpcap makes of q: a program or a message.
func (f filtertest) ask(t testing.TB, q question) (prog []bpf.Instruction, message string) {
	args := []string{"-dd"}
	if q.plain {
		args = append(args, "-O")
	}
	switch q.mode {
	case ModeLive:
		args = append(args, "-l")
	case ModeSavefileLittle:
		args = append(args, "-S", "unswapped")
	case ModeSavefileBig:
		args = append(args, "-S", "swapped")
	}
	if q.netmask != "" {
		parts := strings.Split(q.netmask, ".")
		if f.like < versions.V5_0 { // that program has its bytes in the order of the host
			slices.Reverse(parts)
		}
		args = append(args, "-m", strings.Join(parts, "."))
	}
	if q.snapLen != 0 {
		args = append(args, "-s", strconv.Itoa(q.snapLen))
	}
	ctx, cancel := context.WithTimeout(t.Context(), testenv.Patience)
	defer cancel()
	name, _ := q.link.TextsIn(f.like)
	args = append(args, "--", name, q.expr)
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, f.path, args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit.Exited() {
		_, message, _ = strings.Cut(strings.TrimRight(stderr.String(), "\n"), ": ")
		return nil, message
	} else if err != nil {
		t.Errorf("%v: %v", q, err)
		return nil, "?"
	}
	for line := range strings.Lines(stdout.String()) {
		var ins bpf.Instruction
		if n, _ := fmt.Sscan(line, &ins.Op, &ins.Jt, &ins.Jf, &ins.K); n == 4 {
			prog = append(prog, ins)
		}
	}
	return prog, ""
}

// compare returns what came of asking both about q, and whether that is a problem.
func (f filtertest) compare(t testing.TB, q question, names *Names, rnd *rand.Rand) (outcome string, problem bool) {
	want, message := f.ask(t, q)
	p, err := compileFor(q.expr, q.options(f.like, names))
	switch {
	case message != "" && err == nil && f.like < versions.V5_0 && p.expr.Newer:
		return "taken by newer versions", false
	case message != "" && err == nil:
		return "is taken, want the error " + message, true
	case message == "" && err != nil:
		return "is refused: " + err.Error(), true
	case message != "" && oneLine(strings.TrimSpace(err.Error())) != oneLine(strings.TrimSpace(message)):
		return fmt.Sprintf("error %q, want %q", err, message), true
	case message != "":
		return "refused by both", false
	case mended(want) && bpf.Loops(want):
		return "libpcap's program has loops", false
	case mended(want) && differs(withWords(want), p.Instructions, rnd):
		return "libpcap's program is none for Linux: " + another, false
	case mended(want):
		return "same packets, but libpcap's program is none for Linux", false
	case !differs(want, p.Instructions, rnd):
		return "same packets", false
	}
	q.plain = true
	plain, _ := f.ask(t, q)
	if !differs(plain, p.Instructions, rnd) {
		return "libpcap's optimizer changes what it selects", false
	}
	if fault := faultOf(plain, p.Instructions, rnd); fault != "" {
		return fault, false
	}
	return another, true
}

const another = "another packet is selected"

// compareAll compares one of so many questions, and says how many came out which way.
func (f filtertest) compareAll(t *testing.T, names *Names, questions []question, every int) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	total, problems := make(map[string]int), 0
	next := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range next {
				outcome, problem := f.compare(t, questions[i], names, rand.New(rand.NewPCG(*randomSeed, uint64(i))))
				mu.Lock()
				if problem {
					problems++
					t.Errorf("%v: %s", questions[i], outcome)
				} else if total[outcome]++; strings.HasSuffix(outcome, another) {
					t.Logf("%v: %s", questions[i], outcome)
				}
				mu.Unlock()
			}
		})
	}
	for i := range questions {
		if i%every == 0 {
			next <- i
		}
	}
	close(next)
	wg.Wait()
	for _, outcome := range slices.Sorted(maps.Keys(total)) {
		t.Logf("%7d %s", total[outcome], outcome)
	}
	t.Logf("%7d differ", problems)
}

// eachVersion runs a test against those versions that there is a program of.
func eachVersion(t *testing.T, test func(t *testing.T, f filtertest)) {
	for _, v := range versions.All()[1:] {
		t.Run(v.String(), func(t *testing.T) { test(t, newFiltertest(t, v)) })
	}
}

// modes are those that a filtertest has.
func (f filtertest) modes() []Mode {
	if f.like < versions.V5_0 {
		return []Mode{ModeDead}
	}
	return []Mode{ModeDead, ModeLive, ModeSavefileLittle, ModeSavefileBig}
}

// onlyServices are the names of services and protocols that filtertest finds, too.
func onlyServices(names *Names) *Names { return &Names{Port: names.Port, Protocol: names.Protocol} }

// TestFollowing compares what versions make of expressions about each link type, of
// the sample of each word, and of those that the compiler refuses.
func TestFollowing(t *testing.T) {
	eachVersion(t, func(t *testing.T, f filtertest) {
		var all []question
		for _, l := range everyLinkType() {
			if name, _ := l.TextsIn(f.like); name == "" {
				continue
			}
			for _, expr := range slices.Concat(perLinkType, changed) {
				for _, mode := range f.modes() {
					if mode == ModeDead || slices.Contains(perMode, expr) || slices.Contains(changed, expr) {
						all = append(all, question{link: l, mode: mode, expr: expr, netmask: "255.255.255.0"})
					}
				}
			}
		}
		for _, l := range []capture.LinkType{capture.LinkEN10MB, capture.LinkRAW, capture.LinkIEEE802_11, capture.LinkSUNATM, capture.LinkPFLOG, capture.LinkMTP2, capture.LinkARCNET} {
			for _, expr := range wrong {
				all = append(all, question{link: l, expr: expr})
			}
			for _, w := range syntax.Words {
				all = append(all, question{link: l, expr: w.Sample})
			}
		}
		f.compareAll(t, onlyServices(&testNames), all, *followingEvery)
	})
}

// TestFollowingRandom does the same with random expressions.
func TestFollowingRandom(t *testing.T) {
	eachVersion(t, func(t *testing.T, f filtertest) {
		var links []capture.LinkType
		for _, l := range everyLinkType() {
			if name, _ := l.TextsIn(f.like); name != "" {
				links = append(links, l)
			}
		}
		all := make([]question, *randomCount)
		for i := range all {
			rnd := rand.New(rand.NewPCG(*randomSeed, uint64(i)))
			all[i] = question{link: links[rnd.IntN(len(links))], mode: f.modes()[rnd.IntN(len(f.modes()))], expr: randomExpression(rnd), netmask: "255.0.0.0"}
			if rnd.IntN(2) == 0 {
				all[i].link = capture.LinkEN10MB
			}
			if rnd.IntN(3) == 0 { // of many no packet can match
				all[i].expr = randomRejected(rnd, 3)
			}
		}
		f.compareAll(t, onlyServices(&testNames), all, 1)
	})
}

// TestFollowingRecorded does so with the expressions of which the answers of another
// version are recorded.
func TestFollowingRecorded(t *testing.T) {
	eachVersion(t, func(t *testing.T, f filtertest) {
		names := referenceNames(t)
		asked := make(map[question]bool)
		var all []question
		for _, file := range []string{"known.jsonl", "modes.jsonl", "newer.jsonl"} {
			for _, e := range referenceEntries(t, file) {
				q := question{link: capture.LinkType(e.Num), mode: e.options(names).mode, expr: e.Expr, snapLen: e.SnapLen}
				if e.Netmask != nil {
					q.netmask = netip.AddrFrom4([4]byte{byte(*e.Netmask >> 24), byte(*e.Netmask >> 16), byte(*e.Netmask >> 8), byte(*e.Netmask)}).String()
				}
				if name, _ := q.link.TextsIn(f.like); name == "" || q.snapLen == 0 || q.snapLen > capture.MaxSnapLen || asked[q] || !slices.Contains(f.modes(), q.mode) {
					continue
				}
				asked[q] = true
				all = append(all, q)
			}
		}
		f.compareAll(t, names, all, *followingEvery)
	})
}

// listTests has libpcap's own script of tests say which there are: link type,
// expression, netmask, snapshot length, and how the program is to be made, each with
// a zero behind it.
const listTests = `
foreach (@ready_to_run) {
	next unless defined $_->{DLT} && defined $_->{expr};
	print join ("\0", map {defined $_ ? $_ : ''}
		@$_{qw(DLT expr netmask snaplen linuxext generate_offline_filter optimize)}), "\0";
}
exit 0;
`

// TestFollowingTheirs does so with the expressions of libpcap's own tests, which are
// read from beside the program.
func TestFollowingTheirs(t *testing.T) {
	eachVersion(t, func(t *testing.T, f filtertest) {
		if f.like < versions.V5_0 {
			t.Skip("that version has its tests elsewhere")
		}
		folder := filepath.Dir(f.path)
		script, err := os.ReadFile(filepath.Join(folder, "TESTrun"))
		if err != nil {
			t.Skipf("no tests beside the program: %v", err)
		}
		head, _, found := strings.Cut(string(script), "\nif ($only_list) {")
		if !found {
			t.Fatal("the script of tests is another than what is known")
		}
		cmd := exec.CommandContext(t.Context(), testenv.Oracle(t, "perl"), "-")
		cmd.Dir, cmd.Stdin = folder, strings.NewReader(head+listTests)
		cmd.Env = append(cmd.Environ(), "CONFIG_H="+filepath.Join(folder, "..", "config.h"))
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("listing the tests: %v", err)
		}
		fields := strings.Split(string(out), "\x00")
		asked := make(map[question]bool)
		var all []question
		for ; len(fields) >= 7; fields = fields[7:] {
			if strings.HasPrefix(fields[1], "_") { // no expression, but a list of all instructions
				continue
			}
			q := question{expr: fields[1], netmask: fields[2], plain: fields[6] != "1"}
			q.link, _ = capture.LinkTypeByNameIn(fields[0], f.like)
			q.snapLen, _ = strconv.Atoi(fields[3])
			switch {
			case fields[4] != "" && fields[4] != "0":
				q.mode = ModeLive
			case fields[5] == "unswapped":
				q.mode = ModeSavefileLittle
			case fields[5] == "swapped":
				q.mode = ModeSavefileBig
			}
			if !asked[q] {
				asked[q] = true
				all = append(all, q)
			}
		}
		if len(all) < 1000 {
			t.Errorf("%d tests, want all", len(all))
		}
		names := *referenceNames(t)
		names.Hosts, names.MAC, names.Network = tableNames.Hosts, tableNames.MAC, tableNames.Network
		f.compareAll(t, &names, all, 1)
	})
}

// changed are expressions that versions take otherwise, on some link type.
var changed = []string{
	"vpi 255", "vpi 256", "vci 65536", "vpi != 3", "vci != 5", "lane and vpi 3", "lane and oam", "metac or connectmsg", "oamf4sc", "llc and vpi 3",
	"sio != 3", "sio 256", "hsio 256", "opc != 9", "hopc 16384", "dpc != 300", "dpc 16384", "sls != 3", "hsls 16", "fisu or hlssu",
	"byte 3 & 5", "byte 3 | 5", "byte 3 | 0", "byte 3 = 255", "byte 3 = 256", "byte 3 > 256", "byte 3 & 256",
	"ip proto 255", "ip proto 256", "ip6 proto 256", "proto 256", "ip protochain 256", "protochain 300", "iso proto 256", "isis proto 31", "isis proto 32", "tcp proto 300", "iso proto \\nosuch", "isis proto \\nosuch", "tcp proto \\nosuch",
	"link proto 5", "link proto 255", "link proto 256", "link proto 300", "link proto 1500", "link proto 1501", "link proto 65535", "link proto 65536", "ether proto \\slow", "ether proto \\nosuch",
	"dir 3", "dir 4", "dir 0x10", "type ctl subtype ba", "subtype bar",
	"inbound", "outbound", "ifindex 7", "inbound and outbound", "vlan and inbound",
	"ip", "ip6", "arp", "rarp", "tcp", "ip or ip6", "decnet", "atalk", "aarp", "iso", "l1", "psnp", "isis",
	"decnet host 1.2", "decnet src 63.1023", "decnet dst 1.2", "decnet src and dst 1.2", "decnet host 64.1", "decnet host 1.1024", "decnet host 1.2.3", "decnet host 256", "decnet 5", "decnet net 1.2", "decnet net 1.0.0.0/8", "decnet host nosuch", "decnet port 5", "decnet addr1 1.2", "decnet gateway 1.2", "decnet proto 5",
	"link host $5", "link src $ff", "link dst $0", "link src and dst $5", "link addr1 $5", "link net $5", "ip host $5", "$5", "tcp or $5", "broadcast", "multicast", "link broadcast", "ip broadcast", "ip multicast", "ip6 broadcast", "tcp multicast",
	"gateway nosuch.invalid", "ip6 gateway nosuch.invalid", "mpls and gateway nosuch.invalid", "vxlan and gateway nosuch.invalid", "geneve and gateway nosuch.invalid", "gateway 10.0.0.1", "gateway 02:00:00:00:00:01", "gateway 5", "gateway 2001:db8::1", "gateway 2001:db8::/32", "gateway 10.0.0.0/8",
	"ip[12:4] & 0xffffffff = 0", "ip[12:4] & 0xffffffff != 0", "link[0:4] & 0xffffffff = 0", "link[0:4] & 0xffffffff != 0 and ip", "link[0] | 0xffffffff = 0",
	"vxlan", "vxlan 5 and ip", "vxlan and ether host 02:00:00:00:00:01", "vxlan and vlan 5", "vxlan and clnp", "vxlan 16777216", "host vxlan", "host \\vxlan", "port vxlan",
	"vlan", "vlan 5", "vlan and vlan", "vlan and ip", "mpls", "mpls and mpls 5", "mpls and ip", "mpls and tcp port 80", "mpls and arp", "pppoes 5", "pppoes and ip", "geneve 5 and ip",
	"host 10.0.0.1", "src host 10.0.0.1", "net 0.0.0.0/0", "ip dst net 0.0.0.0/0", "net 10", "net 10.1 mask 255.255.0.0", "ip6 host 2001:db8::1", "net ::/0", "host 10.0.0.1/32", "host 2001:db8::/32", "10.0.0.0/8", "2001:db8::/32", "net 10.0.0.0/33", "net 2001:db8::/129", "net 10.0.0.1/8",
	"ip addr1 10.0.0.1", "arp addr1 net 10.0.0.0/8", "ra host 2001:db8::1", "addr2 port 80", "ta portrange 1-2", "wlan ra 02:00:00:00:00:01", "ether ra 02:00:00:00:00:01",
	"icmp host 10.0.0.1", "tcp net 10.0.0.0/8", "tcp host 2001:db8::1", "ah net 2001:db8::/32", "icmp port 80", "ip portrange 1-2", "icmp port http", "port 65536", "portrange 1-65536", "portrange 80-80", "portrange 5-4294967296", "port 42949672960", "port 0x1ffffffff", "port 0777777777777", "len = 99999999999",
	"port 10.0.0.1", "proto 10.0.0.1", "portrange 10.0.0.0/8", "protochain 10.0.0.0 mask 255.0.0.0", "port 2001:db8::1", "proto 2001:db8::1", "proto 2001:db8::/32", "protochain 2001:db8::/32",
	"host 1:2:3", "aa:bb:cc::", "host ::1:2:3:4:5:6:7:8:9", "host 2001:db8::1.2.3.400", "ip host 02:00:00:00:00:01", "link 5", "link 10.0.0.1", "link host nosuch.invalid", "link host 10.0.0.1", "link net 10.0.0.0/8", "link", "radio", "ah[0] = 1", "stp[0] = 1", "radio[0] = 1",
	"tcp[0] = 1", "icmp6[0] = 1", "udp[2:2] > 5 and ip6", "carp[0] = 1", "icmp[icmptype] = 8 or tcp[13] = 2", "arp and tcp[0] = 1", "ip6 and icmp[0] = 1", "arp and ip[0] / (1 - 1) = 1", "ip[0] / (1 - 1) = 1 and arp", "rarp and port 80", "ip and ip6", "not ip and host 10.0.0.1", "tcp and arp",
	"ifname em0", "rulenum 5", "subrulenum 5", "reason short", "action block", "ruleset x", "llc", "llc ui", "type data", "subtype beacon", "dir tods",
}
