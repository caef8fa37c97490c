package pcapfile

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/testenv"
)

// pcapngSample writes packets of three interfaces, of which one appears late.
func pcapngSample(t *testing.T, name string) []capture.Packet {
	t.Helper()
	interfaces := []capture.Interface{
		{Name: "eth0", Description: "uplink", LinkType: capture.LinkEN10MB, SnapLen: 65535},
		{Name: "eth1", LinkType: capture.LinkEN10MB, SnapLen: 65535},
	}
	var lost [3]uint64
	w, err := Create(name, capture.LinkEN10MB, Format{
		SnapLen: 65535, Pcapng: true,
		Interfaces: func() []capture.Interface { return interfaces },
		Stats: func(i int) (capture.Stats, bool) {
			return capture.Stats{Received: 10, Dropped: 5, IfDropped: 1}, i == 1
		},
		Lost: func(i int) uint64 {
			n := lost[i]
			lost[i] = 0
			return n
		},
		Application: "tapdump test", Comment: "a comment of 27 characters!",
	})
	if err != nil {
		t.Fatal(err)
	}
	var packets []capture.Packet
	for i := range 7 {
		if i == 4 {
			interfaces = append(interfaces, capture.Interface{Name: "late", LinkType: capture.LinkEN10MB, SnapLen: 65535})
		}
		pkt := *packet(60 + i)
		pkt.Time = capture.Timestamp{Sec: 5e9 + int64(i), Nsec: 123456789}
		pkt.Interface = min(i%4, len(interfaces)-1)
		pkt.Direction, pkt.Reception = capture.Direction(i%3), capture.Reception(i%5)
		lost[1] += uint64(i)
		if err := w.Write(&pkt); err != nil {
			t.Fatal(err)
		}
		packets = append(packets, pkt)
	}
	size := w.Size()
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(name); err != nil || info.Size() != size {
		t.Errorf("after Flush the file has %d bytes (%v), Size said %d", info.Size(), err, size)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return packets
}

func TestPcapngWriteRead(t *testing.T) {
	name := filepath.Join(t.TempDir(), "out.pcapng")
	want := pcapngSample(t, name)
	r, err := Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got, err := drain(r)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v, %v; wrote %+v", got, err, want)
	}
	var names []string
	for _, d := range r.Interfaces() {
		names = append(names, d.Name+":"+d.Description)
	}
	if s := strings.Join(names, " "); s != "eth0:uplink eth1: late:" {
		t.Errorf("interfaces %q", s)
	}
	if !r.Header().Nano {
		t.Error("the file has no nanoseconds")
	}
}

// TestPcapngOptions checks where drop counts and statistics went.
func TestPcapngOptions(t *testing.T) {
	name := filepath.Join(t.TempDir(), "out.pcapng")
	pcapngSample(t, name)
	file, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var r Reader
	var drops []uint64
	var stats []string
	for b := file; len(b) > 0; b = b[r.u32(b[4:]):] {
		body := b[8 : r.u32(b[4:])-4]
		switch r.u32(b) {
		case blockEnhancedPacket:
			for o := body[20+(r.u32(body[12:])+3)&^3:]; len(o) > 0; {
				code, value, rest, ok := r.option(o)
				if !ok {
					t.Fatalf("options of a packet are damaged: % x", o)
				}
				if code == optionDropCount {
					drops = append(drops, uint64(r.u32(body)), r.u64(value))
				}
				o = rest
			}
		case blockStatistics:
			for o := body[12:]; len(o) > 0; {
				code, value, rest, ok := r.option(o)
				if !ok {
					t.Fatalf("options of the statistics are damaged: % x", o)
				}
				if len(value) == 8 {
					stats = append(stats, string(rune('0'+code))+"="+string(rune('0'+r.u64(value))))
				}
				o = rest
			}
		}
	}
	// Before packet i of any interface i packets of interface 1 were lost; its own
	// are packets 1, 2, 3 and 5.
	if want := []uint64{1, 1, 1, 2, 1, 3, 1, 9}; !reflect.DeepEqual(drops, want) {
		t.Errorf("interfaces and drop counts %d, want %d", drops, want)
	}
	if s := strings.Join(stats, " "); s != "5=1 6=: 7=5 8=4" {
		t.Errorf("statistics %q", s)
	}
}

// TestPcapngHalfBlock is TestNoHalfRecord for pcapng.
func TestPcapngHalfBlock(t *testing.T) {
	dir := t.TempDir()
	f := ethernet
	f.Pcapng = true
	whole := 0
	for n := 0; ; n += 3 {
		name := filepath.Join(dir, "out.pcapng")
		w, err := Create(name, capture.LinkEN10MB, f)
		if err != nil {
			t.Fatal(err)
		}
		w.out = &quota{w.file, n}
		for range 3 {
			w.Write(packet(10))
		}
		err = w.Close()
		if err == nil {
			break
		}
		file, ferr := os.ReadFile(name)
		if ferr != nil {
			t.Fatal(ferr)
		}
		if _, got, err := readAll(file); err != nil && len(file) > 28 || len(got) < whole {
			t.Errorf("%d bytes of room: %d packets are in the file, then %v", n, len(got), err)
		} else {
			whole = len(got)
		}
		if want := "packets in the file: " + string(rune('0'+whole)); !strings.Contains(err.Error(), want) {
			t.Errorf("%d bytes of room: error %q does not say %q", n, err, want)
		}
	}
	if whole != 2 {
		t.Errorf("at most %d packets came through; want 2", whole)
	}
}

// TestPcapngOthersRead has other programs read the file.
func TestPcapngOthersRead(t *testing.T) {
	name := filepath.Join(t.TempDir(), "out.pcapng")
	pcapngSample(t, name)
	for _, c := range []struct {
		program, args string // and the file
		want          string // pattern of the output
	}{
		{"tcpdump", "-n -t -q -r", `(?i)^(.*ethertype.*\n){7}$`},
		{"tshark", "-T fields -e frame.interface_name -c 2 -r", `^eth0\neth1\n$`},
		{"capinfos", "-k -c", `a comment of 27 characters!`},
	} {
		t.Run(c.program, func(t *testing.T) {
			cmd := exec.Command(testenv.Oracle(t, c.program), append(strings.Fields(c.args), name)...)
			// No settings of whoever runs the tests.
			cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "XDG_CONFIG_HOME="+t.TempDir(), "LC_ALL=C")
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			err := cmd.Run()
			if strings.Contains(stderr.String(), "tcpdump: Couldn't ") {
				t.Skipf("needs a tcpdump that can give up being root: %s", &stderr)
			}
			if err != nil || !regexp.MustCompile(c.want).MatchString(stdout.String()) {
				t.Errorf("%s: %v, printed %q, %q; want %q", cmd, err, &stdout, &stderr, c.want)
			}
			for line := range strings.Lines(stderr.String()) {
				if !strings.HasPrefix(line, "reading from file") && !strings.HasPrefix(line, "Running as user") {
					t.Errorf("%s complains: %s", cmd, line)
				}
			}
		})
	}
}
