package printer

import (
	"sync"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/versions"
)

// TestSharedOptions: printers in several goroutines share their options, secrets and
// names among them.
func TestSharedOptions(t *testing.T) {
	secrets, err := ReadESPSecrets("0x12345678@192.0.2.2 aes256-cbc:0x0123456789012345678901234567890123456789012345678901234567890123", versions.V4_99_6)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{ESPSecret: secrets, Verbose: 2, HexASCII: 1, Strict: true}
	packets := loadCaptures(t, "../testdata/captures")["lan.pcap"]
	var lines [4]string
	var wg sync.WaitGroup
	for i := range lines {
		wg.Go(func() {
			p := New(o)
			var b []byte
			for n := range packets {
				b = p.Print(b, &packets[n])
			}
			esp := append([]byte{0x45, 0, 0, 84, 0, 0, 0, 0, 64, 50, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2, 0x12, 0x34, 0x56, 0x78}, make([]byte, 60)...)
			lines[i] = string(p.Print(b, capture.NewPacket(capture.LinkRAW, esp)))
		})
	}
	wg.Wait()
	for i := range lines {
		if lines[i] != lines[0] || lines[i] == "" {
			t.Errorf("printer %d printed %d bytes, and the first %d", i, len(lines[i]), len(lines[0]))
		}
	}
}
