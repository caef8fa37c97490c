package pcapfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/versions"
)

// TestVersions: errors are worded as by the libpcap of the version that is followed,
// which knows which link types can be written.
func TestVersions(t *testing.T) {
	const older, newer = versions.V4_99, versions.V5_0
	o := binary.LittleEndian
	trailer := bytes.Clone(pcapngHead(o).iface(1, 100).block(5, nil).b)
	trailer[len(trailer)-4] ^= 1
	for _, c := range []struct {
		name string
		file []byte
		like versions.Version
		want string
	}{
		{"archaic", pcapVersion(o, magicMicro, 1, 4, 100, 1).b, older, "archaic pcap savefile format"},
		{"archaic", pcapVersion(o, magicMicro, 1, 4, 100, 1).b, newer, "unsupported pcap savefile version 1.4"},
		{"trailer", trailer, older, "block total length in header and trailer don't match"},
		{"trailer", trailer, newer, "block total length in header 12 and trailer 13 don't match"},
	} {
		r, err := ReadOptions{Like: c.like}.NewReader(bytes.NewReader(c.file))
		var pkt capture.Packet
		for err == nil {
			err = r.Next(&pkt)
		}
		if errors.Is(err, io.EOF) || err.Error() != c.want {
			t.Errorf("%s, %s: %v, want %s", c.name, c.like, err, c.want)
		}
	}
	for _, v := range versions.All() {
		_, err := NewWriter(io.Discard, "x", capture.LinkDECT_NR_TAP, Format{Like: v})
		if (err == nil) != (v >= newer) {
			t.Errorf("a file of DECT_NR_TAP for %s: %v", v, err)
		}
	}
}
