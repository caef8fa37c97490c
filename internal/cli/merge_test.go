package cli

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/pcapfile"
)

// ping is an ICMP echo request of 28 bytes.
const ping = "\x45\x00\x00\x1c\x00\x01\x00\x00\x40\x01\x00\x00\xc0\x00\x02\x01\xc0\x00\x02\x02\x08\x00\xf7\xfe\x00\x01\x00\x00"

// pingOn is the packet as a link type has it.
func pingOn(l capture.LinkType) []byte {
	switch l {
	case capture.LinkEN10MB:
		return []byte("\x02\x00\x00\x00\x00\x02\x02\x00\x00\x00\x00\x01\x08\x00" + ping)
	case capture.LinkLINUX_SLL:
		return []byte("\x00\x00\x00\x01\x00\x06\x02\x00\x00\x00\x00\x01\x00\x00\x08\x00" + ping)
	case capture.LinkNULL:
		return []byte("\x00\x00\x00\x02" + ping) // of a big-endian machine
	}
	return []byte(ping)
}

// stamped is a packet of link type l, so many seconds after 1970.
type stamped struct {
	sec  int64
	link capture.LinkType
}

// writePings makes a savefile of an interface for each link type, named by it.
func writePings(t *testing.T, name string, packets ...stamped) string {
	t.Helper()
	name = filepath.Join(t.TempDir(), name)
	var interfaces []capture.Interface
	number := make(map[capture.LinkType]int)
	for _, p := range packets {
		if _, known := number[p.link]; !known {
			number[p.link] = len(interfaces)
			interfaces = append(interfaces, capture.Interface{Name: strings.ToLower(p.link.Name()), LinkType: p.link, SnapLen: 96})
		}
	}
	pcapng, compression := pcapfile.ByName(name)
	w, err := pcapfile.Create(name, packets[0].link, pcapfile.Format{
		SnapLen: 96, Pcapng: pcapng, Compression: compression,
		Interfaces: func() []capture.Interface { return interfaces },
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range packets {
		data := pingOn(p.link)
		pkt := capture.Packet{Time: capture.Timestamp{Sec: p.sec}, Data: data, Length: uint32(len(data)), LinkType: p.link, Interface: number[p.link]}
		if err := w.Write(&pkt); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return name
}

// ran is what became of a command line.
type ran struct {
	stdout, stderr string
	status         int
}

func run(args ...string) ran {
	var stdout, stderr bytes.Buffer
	status := runInProcess("tapdump", args, &stdout, &stderr)
	return ran{stdout.String(), stderr.String(), status}
}

// checkRun compares; NAME in the wanted messages stands for name.
func checkRun(t *testing.T, name string, args []string, stdout, stderr string, status int) {
	t.Helper()
	got := run(args...)
	want := ran{stdout, strings.ReplaceAll(stderr, "NAME", name), status}
	if got != want {
		t.Errorf("tapdump %s: status %d, printed\n%s%swant status %d,\n%s%s",
			strings.Join(args, " "), got.status, got.stdout, got.stderr, want.status, want.stdout, want.stderr)
	}
}

const (
	pingLine = "IP 192.0.2.1 > 192.0.2.2: ICMP echo request, id 1, seq 0, length 8\n"
	eth      = capture.LinkEN10MB
	raw      = capture.LinkRAW
	sll      = capture.LinkLINUX_SLL
)

// TestMixedLinkTypes: a pcapng file with interfaces of several link types is
// printed, filtered, counted and copied.
func TestMixedLinkTypes(t *testing.T) {
	t.Setenv("TZ", "GMT0")
	name := writePings(t, "mixed.pcapng", stamped{1, eth}, stamped{2, raw}, stamped{3, sll}, stamped{4, raw}, stamped{5, eth})
	const from = "reading from file NAME, link-types EN10MB (Ethernet), RAW (Raw IP) and LINUX_SLL (Linux cooked v1), snapshot length 96\n"
	lines := func(n int) string { return strings.Repeat(pingLine, n) }
	noEther := "ethernet addresses supported only on ethernet/FDDI/token ring/802.11/ATM LANE/Fibre Channel\n"
	for _, c := range []struct {
		args           string
		stdout, stderr string
		status         int
	}{
		{"-nt", lines(5), from, 0},
		{"-nt -c 3", lines(3), from, 0},
		{"-nt icmp", lines(5), from, 0},
		{"-nt tcp", "", from, 0},
		{"-nt len <= 30", lines(2), from, 0},
		{"--count", "5 packets\n", from, 0},
		{"--count icmp and dst 192.0.2.2", "5 packets\n", from, 0},
		{"-nt arp or ether src 2:0:0:0:0:1", lines(2), from +
			"tapdump: WARNING: packets with link-type RAW (Raw IP) do not match: " + noEther +
			"tapdump: WARNING: packets with link-type LINUX_SLL (Linux cooked v1) do not match: " + noEther, 0},
		{"--count arp", "0 packets\n", from, 0},
		{"--count wlan type data", "", from + "tapdump: 802.11 link-layer types supported only on 802.11\n", 1},
		{"-d", "(000) ret      #96\n", from, 0},
		{"-net", "02:00:00:00:00:01 > 02:00:00:00:00:02, ethertype IPv4 (0x0800), length 42: 192.0.2.1 > 192.0.2.2: ICMP echo request, id 1, seq 0, length 8\n" +
			"ip: 192.0.2.1 > 192.0.2.2: ICMP echo request, id 1, seq 0, length 8\n", from, 0},
	} {
		args := append([]string{"-r", name}, strings.Fields(c.args)...)
		if c.args == "-net" {
			args = append(args, "-c", "2")
		}
		got := run(args...)
		if c.status == 1 {
			// The complaint is followed by the expression.
			got.stderr = got.stderr[:strings.Index(got.stderr, "802.11\n")+7]
		}
		if want := (ran{c.stdout, strings.ReplaceAll(c.stderr, "NAME", name), c.status}); got != want {
			t.Errorf("tapdump %s: %+v\nwant %+v", c.args, got, want)
		}
	}
	dir := t.TempDir()
	copied := filepath.Join(dir, "copy.pcapng")
	checkRun(t, name, []string{"-r", name, "-w", copied}, "", from, 0)
	checkRun(t, copied, []string{"-nt", "-r", copied}, lines(5), from, 0)
	if got := interfacesOf(t, copied); got != "en10mb EN10MB, raw RAW, linux_sll LINUX_SLL" {
		t.Errorf("the copy has the interfaces %s", got)
	}
	some := filepath.Join(dir, "some.pcap")
	checkRun(t, name, []string{"-r", name, "-w", some, "ether", "src", "2:0:0:0:0:1"}, "", from+
		"tapdump: WARNING: packets with link-type RAW (Raw IP) do not match: "+noEther+
		"tapdump: WARNING: packets with link-type LINUX_SLL (Linux cooked v1) do not match: "+noEther, 0)
	checkRun(t, some, []string{"--count", "-r", some}, "2 packets\n", "reading from file NAME, link-type EN10MB (Ethernet), snapshot length 96\n", 0)
	all := filepath.Join(dir, "all.pcap")
	checkRun(t, name, []string{"-r", name, "-w", all}, "", from+"tapdump: "+all+
		": packet 2 is of link type RAW, and a pcap file holds only one link type, this one EN10MB: write pcapng (--format pcapng, or a name that ends in .pcapng)\n", 1)
	checkRun(t, all, []string{"-nt", "-r", all}, pingLine, "reading from file NAME, link-type EN10MB (Ethernet), snapshot length 96\n", 0)
}

// TestLinkTypeComesLate: the filter is compiled for a link type when its first
// packet comes.
func TestLinkTypeComesLate(t *testing.T) {
	var file []byte
	for _, part := range []string{
		writePings(t, "a.pcapng", stamped{1, eth}, stamped{2, eth}), writePings(t, "b.pcapng", stamped{3, raw}), writePings(t, "c.pcapng", stamped{4, eth}),
	} {
		b, err := os.ReadFile(part)
		if err != nil {
			t.Fatal(err)
		}
		file = append(file, b...)
	}
	name := filepath.Join(t.TempDir(), "sections.pcapng")
	if err := os.WriteFile(name, file, 0o600); err != nil {
		t.Fatal(err)
	}
	const from = "reading from file NAME, link-type EN10MB (Ethernet), snapshot length 96\n"
	const warning = "tapdump: WARNING: packets with link-type RAW (Raw IP) do not match: ethernet addresses supported only on ethernet/FDDI/token ring/802.11/ATM LANE/Fibre Channel\n"
	checkRun(t, name, []string{"-nt", "-r", name, "icmp"}, strings.Repeat(pingLine, 4), from, 0)
	checkRun(t, name, []string{"-nt", "-r", name, "ether", "src", "2:0:0:0:0:1"}, strings.Repeat(pingLine, 3), from+warning, 0)
	checkRun(t, name, []string{"--count", "-r", name, "ether", "src", "2:0:0:0:0:1"}, "3 packets\n", from+warning, 0)
}

// interfacesOf lists the interfaces of a savefile.
func interfacesOf(t *testing.T, name string) string {
	t.Helper()
	r, err := pcapfile.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for pkt := (capture.Packet{}); r.Next(&pkt) == nil; {
	}
	var list []string
	for _, d := range r.Interfaces() {
		list = append(list, strings.TrimSpace(d.Name+" "+d.LinkType.Name()))
	}
	return strings.Join(list, ", ")
}

// TestByteOrderOfFilters: fields in the byte order of the capturing host are
// looked for in that of each file.
func TestByteOrderOfFilters(t *testing.T) {
	big := filepath.Join(t.TempDir(), "big.pcap")
	file := "\xa1\xb2\xc3\xd4\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x60\x00\x00\x00\x00" +
		"\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x20\x00\x00\x00\x20" + string(pingOn(capture.LinkNULL))
	if err := os.WriteFile(big, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	little := filepath.Join(t.TempDir(), "little.pcap")
	file = "\xd4\xc3\xb2\xa1\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x60\x00\x00\x00\x00\x00\x00\x00" +
		"\x02\x00\x00\x00\x00\x00\x00\x00\x20\x00\x00\x00\x20\x00\x00\x00" + "\x02\x00\x00\x00" + ping
	if err := os.WriteFile(little, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"-nt", "--merge", "-r", big, "-r", little, "icmp"}, {"-nt", "--merge", "-r", little, "-r", big, "icmp"}} {
		if got := run(args...); got.stdout != pingLine+pingLine || got.status != 0 {
			t.Errorf("%v: %+v", args, got)
		}
	}
}

// TestMergeFiles: --merge sorts the packets of all files, whatever they are.
func TestMergeFiles(t *testing.T) {
	t.Setenv("TZ", "GMT0")
	a := writePings(t, "a.pcap", stamped{1, eth}, stamped{4, eth})
	b := writePings(t, "b.pcapng.gz", stamped{2, raw}, stamped{3, sll})
	z := writePings(t, "c.pcap.zst", stamped{3, raw}, stamped{5, raw})
	list := filepath.Join(t.TempDir(), "list")
	if err := os.WriteFile(list, []byte(a+"\n"+b+"\n"+z+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const (
		ether = ", link-type EN10MB (Ethernet), snapshot length 96\n"
		two   = ", link-types RAW (Raw IP) and LINUX_SLL (Linux cooked v1), snapshot length 96\n"
		ip    = ", link-type RAW (Raw IP), snapshot length 96\n"
	)
	from := "reading from file " + a + ether + "reading from file " + b + two + "reading from file " + z + ip
	var sorted, inTurn string
	for _, sec := range []int{1, 2, 3, 3, 4, 5} {
		sorted += fmt.Sprintf("00:00:0%d.000000 %s", sec, pingLine)
	}
	for _, sec := range []int{1, 4, 2, 3, 3, 5} {
		inTurn += fmt.Sprintf("00:00:0%d.000000 %s", sec, pingLine)
	}
	out := filepath.Join(t.TempDir(), "out.pcapng")
	for _, c := range []struct {
		args           []string
		stdout, stderr string
		status         int
	}{
		{[]string{"-n", "--merge", "-r", a, "-r", b, "-r", z}, sorted, from, 0},
		{[]string{"-n", "--merge", "-V", list}, sorted, from, 0},
		{[]string{"-n", "-V", list}, inTurn, from, 0},
		{[]string{"--merge", "-V", list, "--count"}, "6 packets\n", from, 0},
		{[]string{"--merge", "-V", list, "--count", "icmp"}, "6 packets\n", from, 0},
		{[]string{"--merge", "-V", list, "--count", "-c", "2"}, "2 packets\n", from, 0},
		{[]string{"-n", "--merge", "-V", list, "-c", "2"}, sorted[:2*len("00:00:00.000000 "+pingLine)], from, 0},
		{[]string{"--merge", "-V", list, "-d"}, "(000) ret      #96\n", from, 0},
		{[]string{"--merge", "-V", list, "-w", out}, "", from, 0},
		{[]string{"-n", "-r", out}, sorted, "reading from file " + out +
			", link-types EN10MB (Ethernet), RAW (Raw IP) and LINUX_SLL (Linux cooked v1), snapshot length 96\n", 0},
		{[]string{"-r", a, "-r", b}, "", "tapdump: -r is given more than once: give --merge to read all by their time stamps, or list them in a file for -V to read one after the other\n", 1},
		{[]string{"-V", list, "-V", list}, "", "tapdump: -V is given more than once: give --merge to read all by their time stamps, or make one list to read one after the other\n", 1},
		{[]string{"--merge", "-i", "lo"}, "", "tapdump: --merge is about savefiles: name them with -r or -V\n", 1},
		{[]string{"--merge", "-r", a, "-r", "-", "-r", "-"}, "", "tapdump: the standard input (-) is named more than once\n", 1},
		{[]string{"--merge", "-r", a, "-r", a + "x"}, "", "tapdump: " + a + "x: No such file or directory\n", 1},
		{[]string{"--merge", "-r", a, "-r", list}, "", "tapdump: " + list + ": unknown file format\n", 1},
	} {
		checkRun(t, "", c.args, c.stdout, c.stderr, c.status)
	}
	if got := interfacesOf(t, out); got != "EN10MB, raw RAW, linux_sll LINUX_SLL, RAW" {
		t.Errorf("merged, the interfaces are %s", got)
	}
	// One after the other they keep their interfaces, too.
	checkRun(t, "", []string{"-V", list, "-w", out}, "", from, 0)
	if got := interfacesOf(t, out); got != "EN10MB, raw RAW, linux_sll LINUX_SLL, RAW" {
		t.Errorf("one after the other, the interfaces are %s", got)
	}
	checkRun(t, "", []string{"-V", list, "-w", filepath.Join(t.TempDir(), "out.pcap")}, "",
		"reading from file "+a+ether+"tapdump: "+b+": new dlt does not match original\nWrite pcapng (--format pcapng).\n", 1)
	got := run("--merge", "-V", list, "--stats", "json")
	if want := run("-V", list, "--stats", "json"); got.stdout != want.stdout || !strings.Contains(got.stdout, `"packets":6`) {
		t.Errorf("statistics of merged files:\n%s\nof the files in turn:\n%s", got.stdout, want.stdout)
	}
}

// TestMergeDamaged: a file that cannot be read on is named, and the others are
// read to their end.
func TestMergeDamaged(t *testing.T) {
	a := writePings(t, "a.pcap", stamped{1, eth}, stamped{4, eth})
	b := writePings(t, "b.pcap", stamped{2, eth}, stamped{3, eth})
	info, err := os.Stat(a)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(a, info.Size()-1); err != nil {
		t.Fatal(err)
	}
	const from = "link-type EN10MB (Ethernet), snapshot length 96\n"
	checkRun(t, "", []string{"-nt", "--merge", "-r", a, "-r", b}, strings.Repeat(pingLine, 3),
		"reading from file "+a+", "+from+"reading from file "+b+", "+from+
			"tapdump: "+a+": pcap_loop: truncated dump file; tried to read 42 captured bytes, only got 41\n", 1)
}

// TestCompressedMessages: what is said of compressed files.
func TestCompressedMessages(t *testing.T) {
	name := writePings(t, "a.pcap.gz", stamped{1, eth}, stamped{2, eth})
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	const from = "reading from file NAME, link-type EN10MB (Ethernet), snapshot length 96\n"
	for _, c := range []struct {
		name   string
		file   []byte
		count  string
		stderr string
		status int
	}{
		{"zeros", append(bytes.Clone(whole), make([]byte, 512)...), "2 packets\n", from, 0},
		{"rubbish", append(bytes.Clone(whole), "rubbish"...), "2 packets\n", from +
			"tapdump: WARNING: NAME: what follows the gzip stream is no part of it, and was ignored\n", 0},
		{"cut", whole[:len(whole)-4], "2 packets\n", from +
			"tapdump: pcap_loop: truncated gzip stream: the compressed file is cut off before its end\n", 1},
		{"damaged", []byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\xff\xff"), "",
			"tapdump: unknown file format: damaged gzip stream (flate: corrupt input before offset 1)\n", 1},
		{"zstd with a window of 128 MiB", []byte("\x28\xb5\x2f\xfd\x00\x88\x01\x00\x00"), "",
			"tapdump: unknown file format: the zstd stream refers back further than memory is allowed for: 128 MiB needed, 64 MiB allowed (--decompress-memory=128m allows it)\n", 1},
	} {
		if err := os.WriteFile(name, c.file, 0o600); err != nil {
			t.Fatal(err)
		}
		checkRun(t, name, []string{"--count", "-r", name}, c.count, c.stderr, c.status)
	}
	// With more memory the last one can be read, and has nothing in it.
	checkRun(t, name, []string{"--count", "--decompress-memory", "128m", "-r", name}, "",
		"tapdump: truncated dump file; tried to read 4 file header bytes, only got 0\n", 1)
}

// TestNotAList: -V of a savefile is told, and on a terminal its bytes cannot do
// anything.
func TestNotAList(t *testing.T) {
	list := filepath.Join(t.TempDir(), "list")
	if err := os.WriteFile(list, []byte("\x1b[2Ja\xc3\xb6\xff\x9b\x00the rest\n"+strings.Repeat("x", 10_000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, terminal := range []bool{false, true} {
		var stderr bytes.Buffer
		c := newTestCommand("tapdump", strings.NewReader(""), &bytes.Buffer{}, &stderr)
		c.terminal = terminal
		status := c.main([]string{"tapdump", "-V", list})
		name := "\x1b[2Ja\xc3\xb6\xff\x9b"
		if terminal {
			name = `^[[2Jaö\xff\x9b`
		}
		want := "tapdump: WARNING: " + list + " is no list of file names: savefiles are read with -r\ntapdump: " + name + ": No such file or directory\n"
		if status != 1 || stderr.String() != want {
			t.Errorf("on a terminal %v: status %d, %q; want 1, %q", terminal, status, &stderr, want)
		}
	}
}
