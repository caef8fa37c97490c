package cli

import (
	"bytes"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/internal/testenv"
)

// block makes a pcapng block with options (a code and a text each) behind the
// body.
func block(kind uint32, body []byte, options ...any) []byte {
	o := binary.NativeEndian
	for i := 0; i < len(options); i += 2 {
		text := options[i+1].(string)
		body = o.AppendUint16(body, uint16(options[i].(int)))
		body = o.AppendUint16(body, uint16(len(text)))
		body = append(body, text...)
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
	}
	if len(options) > 0 {
		body = append(body, 0, 0, 0, 0)
	}
	n := uint32(len(body) + 12)
	b := o.AppendUint32(o.AppendUint32(nil, kind), n)
	return o.AppendUint32(append(b, body...), n)
}

func words32(v ...uint32) (b []byte) {
	for _, v := range v {
		b = binary.NativeEndian.AppendUint32(b, v)
	}
	return b
}

// annotated is a pcapng file with two packets, to UDP ports 53 and 123, and with
// everything that may stand beside them.
func annotated() [][]byte {
	packet := func(port byte, options ...any) []byte {
		data := make([]byte, 44)
		copy(data[12:], "\x08\x00\x45\x00\x00\x1c\x00\x01\x00\x00\x40\x11\x00\x00\xc0\x00\x02\x01\xc0\x00\x02\x02\x10\x00\x00\x00\x00\x08")
		data[37] = port
		return block(6, append(words32(0, 0x00112233, 0x44556677, 42, 42), data...), options...)
	}
	return [][]byte{
		block(0x0a0d0d0a, words32(0x1a2b3c4d, 1, 0xffffffff, 0xffffffff), 1, "about the section", 4, "a program"),
		block(10, append(words32(0x544c534b, 4), "KEY\n"...)),
		block(1, words32(1, 1000), 1, "about the interface", 2, "eth0", 9, "\x0c", 11, "\x00udp", 12, "a system"),
		packet(53, 1, "about port 53", 19372, "\x00\x00\x7e\xd9not to be copied"),
		block(4, words32(0), 1, "about names"),
		packet(123, 1, "about port 123", 2, "\x01\x00\x00\x00"),
		block(0xbad, words32(32473, 1)),
		block(0x40000bad, words32(32473, 2)),
		block(9, []byte("MESSAGE=x\n\x00\x00")),
		block(5, words32(0, 1, 2), 1, "about statistics"),
	}
}

// TestFollowedSavefile: what a pcapng file holds beside packets goes over, however
// it is read and written, and what does not is said where that is of use.
func TestFollowedSavefile(t *testing.T) {
	t.Chdir(t.TempDir())
	parts := annotated()
	if err := os.WriteFile("in.pcapng", slices.Concat(parts...), 0o600); err != nil {
		t.Fatal(err)
	}
	const notCopied = "tapdump: WARNING: out.pcapng: left out: 2 custom blocks and options that are not to be copied into a changed file\n"
	stripped := func() []byte { // without the option that is not to be copied
		data := parts[3][8 : 8+20+44]
		return block(6, slices.Clone(data), 1, "about port 53")
	}()
	for _, c := range []struct {
		options string
		want    [][]byte
		says    string
	}{
		{"", parts, ""},
		{"-U", parts, ""},
		{"udp", slices.Concat(parts[:3], [][]byte{stripped}, parts[4:7], parts[8:]), notCopied},
		{"udp port 123", slices.Concat(parts[:3], parts[4:7], parts[8:]), strings.Replace(notCopied, "2 custom blocks and options that are", "1 custom block or option that is", 1)},
		{"udp port 99", slices.Concat(parts[:3], parts[4:5], parts[6:7], parts[8:]), strings.Replace(notCopied, "2 custom blocks and options that are", "1 custom block or option that is", 1)},
		{"-c 1", slices.Concat(parts[:3], [][]byte{stripped}, parts[4:5]), strings.Replace(notCopied, "2 custom blocks and options that are", "1 custom block or option that is", 1)},
		{"-c 2", slices.Concat(parts[:3], [][]byte{stripped}, parts[4:7], parts[8:]), notCopied},
		{"-C 100", slices.Concat(parts[:3], [][]byte{stripped}, parts[4:7], parts[8:]), notCopied},
	} {
		var stdout, stderr bytes.Buffer
		args := append([]string{"-r", "in.pcapng", "-w", "out.pcapng"}, strings.Fields(c.options)...)
		status := runInProcess("tapdump", args, &stdout, &stderr)
		got, err := os.ReadFile("out.pcapng")
		_, says, _ := strings.Cut(stderr.String(), "snapshot length 1000\n")
		if status != 0 || err != nil || says != c.says || !bytes.Equal(got, slices.Concat(c.want...)) {
			t.Errorf("%s: exit status %d, %v, %q; want %q\nthe file is\n%q\nwant\n%q", c.options, status, err, says, c.says, got, slices.Concat(c.want...))
		}
	}

	var stdout, stderr bytes.Buffer
	if status := runInProcess("tapdump", []string{"-r", "in.pcapng", "-w", "out.pcapng.zst", "--comment", "ours"}, &stdout, &stderr); status != 0 {
		t.Errorf("compressed: exit status %d, %s", status, &stderr)
	}
	t.Run("compressed", func(t *testing.T) {
		out, err := exec.Command(testenv.Oracle(t, "zstd"), "-dc", "out.pcapng.zst").Output()
		head := block(0x0a0d0d0a, words32(0x1a2b3c4d, 1, 0xffffffff, 0xffffffff), 1, "about the section", 4, "a program", 1, "ours")
		if want := slices.Concat(head, slices.Concat(parts[1:]...)); err != nil || !bytes.Equal(out, want) {
			t.Errorf("%v, the file is\n%q\nwant\n%q", err, out, want)
		}
	})

	// In a pcap file nobody expects it.
	for _, c := range []struct{ options, says string }{
		{"", ""},
		{"--verbose 1", "tapdump: WARNING: out.pcap: left out, as a pcap file has no place for it (pcapng has: --format pcapng): " +
			"4 comments; 1 block of decryption secrets; 1 block of names; 1 block of statistics; 3 other blocks\n"},
	} {
		stderr.Reset()
		status := runInProcess("tapdump", append([]string{"-r", "in.pcapng", "-w", "out.pcap"}, strings.Fields(c.options)...), &stdout, &stderr)
		if _, says, _ := strings.Cut(stderr.String(), "snapshot length 1000\n"); status != 0 || says != c.says {
			t.Errorf("to pcap, %s: exit status %d, %q; want %q", c.options, status, says, c.says)
		}
	}
}

// TestFollowedList: of the files of a list each has its sections.
func TestFollowedList(t *testing.T) {
	t.Chdir(t.TempDir())
	parts := annotated()
	file := slices.Concat(parts...)
	for _, name := range []string{"a.pcapng", "b.pcapng"} {
		if err := os.WriteFile(name, file, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile("list", []byte("a.pcapng\nb.pcapng\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	status := runInProcess("tapdump", []string{"-V", "list", "-w", "out.pcapng"}, &stdout, &stderr)
	got, err := os.ReadFile("out.pcapng")
	if status != 0 || err != nil || bytes.Count(got, []byte("about the section")) != 2 || bytes.Count(got, []byte("about port 53")) != 2 ||
		bytes.Count(got, []byte("a system")) != 2 {
		t.Errorf("exit status %d, %v, %s\n%q", status, err, &stderr, got)
	}
	if n := packetsIn(filepath.Join(".", "out.pcapng")); n != 4 {
		t.Errorf("%d packets, want 4", n)
	}
}
