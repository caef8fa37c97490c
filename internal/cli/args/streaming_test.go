package args

import (
	"strings"
	"testing"

	"github.com/tapdump/tapdump/internal/syserr"
)

// TestStreaming: streams go with what makes sense of them, and the rest is refused with
// what to do.
func TestStreaming(t *testing.T) {
	const pair = " --stream-cert c --stream-key k"
	for line, want := range map[string]string{
		"-w tcp://":                                  "",
		"-w tcp://:1 --print --json=x":               "",
		"-w tcp://0.0.0.0 --insecure-listen":         "",
		"-w tcp://?format=pcapng --comment text":     "",
		"-w tcp://?format=pcapng --format pcapng":    "",
		"-w tls://" + pair:                           "",
		"-r tcp://x":                                 "",
		"-r tls://x --stream-ca a":                   "",
		"-r tls://x" + pair:                          "",
		"--merge -r tcp://x -r tcp://y -w both.pcap": "",
		"-V list --stream-ca a":                      "",
		"-w tcp://a:b:c":                             "-w tcp://a:b:c: an IPv6 address stands in brackets",
		"-w tcp://?reconnect=always":                 "reconnect is about a stream that is read",
		"-r tcp://x?format=pcap":                     "format is about a stream that is served",
		"-r tcp://x:0":                               "port 0 is none to connect to",
		"-r tcp://x -w tcp://":                       "what is captured is served",
		"-r x -w tcp://":                             "leave out -r",
		"-w tcp:// -C 1":                             "a stream is one",
		"-w tcp:// -G 1":                             "a stream is one",
		"-w tcp:// -C 1 -W 2":                        "a stream is one",
		"-w tcp:// -C 1 -z gzip":                     "a stream is one",
		"-w tcp:// --trigger signal":                 "--trigger writes files, and -w tcp:// is a stream: name files",
		"-w tcp:// --rotate-time 1m":                 "a stream is one",
		"-w tcp:// --max-bytes 1m":                   "a stream is one",
		"-w tcp:// --format parquet":                 "leave out --format parquet",
		"-w tcp://?format=pcap --format pcapng":      "asks for another format",
		"-w tcp:// --comment text":                   "a pcap file has no place for --comment",
		"-w tls://":                                  "give --stream-cert and --stream-key",
		"-w tls:// --stream-cert c":                  "give --stream-cert and --stream-key",
		"-w tls:// --insecure-listen" + pair:         "--insecure-listen is about tcp://",
		"-w tcp://" + pair:                           "are about tls://",
		"-r x --stream-ca a":                         "are about tls://",
		"-r tls://x --stream-key k":                  "give both",
		"-w x --insecure-listen":                     "--insecure-listen is about -w tcp://",
	} {
		_, err := Parse(Program{Name: "tapdump"}, strings.Fields(line), testHost(t))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(syserr.Text(err), want)) {
			t.Errorf("%s: %v, want %q", line, err, want)
		}
	}
}

// TestServedFormat: a stream is pcap unless it is asked for pcapng, whatever the name of
// the host ends in.
func TestServedFormat(t *testing.T) {
	for line, pcapng := range map[string]bool{
		"-w tcp://":                     false,
		"-w tcp://sensor.pcapng":        false,
		"-w tcp://sensor.gz":            false,
		"-w tcp://sensor.parquet":       false,
		"-w tcp:// --format pcapng":     true,
		"-w tcp://sensor?format=pcapng": true,
	} {
		p, err := Parse(Program{Name: "tapdump"}, strings.Fields(line), testHost(t))
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		if p.Write.Format.Pcapng != pcapng || p.Write.Format.Compression != 0 || p.Write.Parquet || p.Write.Several || p.Device.HoldBack != 0 {
			t.Errorf("%s: %+v, packets held back for %v", line, p.Write, p.Device.HoldBack)
		}
	}
}
