package apps

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture/header"
)

// TestJA4Authors: names and fingerprints are those that the authors of JA4 have for
// their own captures. TAPDUMP_JA4 is the folder of their sources.
func TestJA4Authors(t *testing.T) {
	dir := os.Getenv("TAPDUMP_JA4")
	if dir == "" {
		t.Skip("TAPDUMP_JA4 is not set: the folder of the sources of github.com/FoxIO-LLC/ja4, with its captures")
	}
	files, err := filepath.Glob(dir + "/rust/ja4/src/snapshots/ja4__insta@*.snap")
	if err != nil || len(files) == 0 {
		t.Fatalf("%s has no snapshots: %v", dir, err)
	}
	flows, equal := 0, 0
	for _, file := range files {
		name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "ja4__insta@"), ".snap")
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), "\n  ja4: ") {
			continue
		}
		got, err := hearAll(t, filepath.Join(dir, "pcap", name), func(ja4, _, _ string) string { return ja4 })
		if err != nil {
			t.Logf("%s: %v", name, err)
			continue
		}
		for flow := range strings.SplitSeq(string(text), "\n- ") {
			value := func(key string) string {
				_, rest, _ := strings.Cut(flow, "\n  "+key+": ")
				rest, _, _ = strings.Cut(rest, "\n")
				return strings.Trim(rest, "\"'")
			}
			want := heard{value("tls_server_name"), value("ja4")}
			// The program writes 99 for a protocol that is no text, where its authors'
			// description, which is younger, has digits of it.
			if want.ja4 == "" || want.ja4[8:10] == "99" {
				continue
			}
			flows++
			protocol := uint8(header.ProtocolTCP)
			if value("transport") != "tcp" {
				protocol = header.ProtocolUDP
			}
			a, err1 := netip.ParseAddrPort(addressPort(value("src"), value("src_port")))
			b, err2 := netip.ParseAddrPort(addressPort(value("dst"), value("dst_port")))
			if err1 != nil || err2 != nil {
				t.Fatal(err1, err2)
			}
			if a.Compare(b) > 0 {
				a, b = b, a
			}
			if all := got[key{a, b, protocol}]; slices.Contains(all, want) {
				equal++
			} else {
				t.Errorf("%s: %v %v: %q, the authors %q", name, a, b, all, want)
			}
		}
	}
	t.Logf("%d of %d flows are equal", equal, flows)
}

// addressPort is an address and a port.
func addressPort(address, port string) string {
	if strings.Contains(address, ":") {
		address = "[" + address + "]"
	}
	return address + ":" + port
}
