package streams

import (
	"net/netip"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]Address{
		"tcp://":                                {Port: 57012},
		"tcp:///":                               {Port: 57012},
		"TCP://:1":                              {Port: 1},
		"tcp://:0":                              {},
		"tcp://127.0.0.1":                       {Host: "127.0.0.1", Port: 57012},
		"tcp://127.0.0.1:80/":                   {Host: "127.0.0.1", Port: 80},
		"tls://[::1]:80":                        {TLS: true, Host: "::1", Port: 80},
		"tls://[fe80::1%eth0]":                  {TLS: true, Host: "fe80::1%eth0", Port: 57012},
		"tcp://sensor.example:57012":            {Host: "sensor.example", Port: 57012},
		"tcp://?format=pcapng":                  {Port: 57012, Format: "pcapng"},
		"tcp://x?reconnect=always":              {Host: "x", Port: 57012, Reconnect: Always},
		"tcp://x:1?format=pcap&reconnect=never": {Host: "x", Port: 1, Format: "pcap", Reconnect: Never},
	} {
		got, err := Parse(text)
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"tcp:/x":                          "tcp:// or tls://",
		"udp://x":                         "tcp:// or tls://",
		"tcp://::1":                       "in brackets",
		"tcp://[::1":                      "does not end",
		"tcp://[::1]57012":                "behind the bracket",
		"tcp://[127.0.0.1]:1":             "no IPv6 address",
		"tcp://x:":                        "no port",
		"tcp://x:65536":                   "no port",
		"tcp://x:-1":                      "no port",
		"tcp://x:http":                    "no port",
		"tcp://a b":                       "no name",
		"tcp://user@host":                 "no name",
		"tcp://host/path":                 "no name",
		"tcp://x?format=csv":              "pcap or pcapng",
		"tcp://x?":                        "there is no",
		"tcp://x?retry=1":                 "there are format",
		"tcp://x?reconnect=no":            "always or never",
		"tcp://x?format=pcap&format=pcap": "more than once",
	} {
		if _, err := Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", text, err, want)
		}
	}
	for name, want := range map[string]bool{"tcp://": true, "tls://x": true, "tcp:/x": false, "./tcp://": false, "t": false, "-": false} {
		if Is(name) != want {
			t.Errorf("%s is a stream: %t", name, !want)
		}
	}
	if _, err := ParseServed("tcp://?reconnect=always"); err == nil {
		t.Error("a server connects again")
	}
	for _, text := range []string{"tcp://x?format=pcap", "tcp://x:0"} {
		if _, err := ParseRead(text); err == nil {
			t.Errorf("%s is read", text)
		}
	}
}

// FuzzParse: what can be read is read the same when it is written again, and needs
// nothing but what a terminal shows.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"tcp://", "tls://[::1]:80?format=pcapng", "tcp://h:1?reconnect=never&format=pcap", "tcp://[fe80::1%25eth0]", "tcp://a:b:c", "TcP://\x00"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Parse(a.String())
		if err != nil || again != a {
			t.Errorf("%q is %+v, written %s, which is %+v, %v", text, a, a, again, err)
		}
	})
}

func TestExclusion(t *testing.T) {
	at := netip.MustParseAddrPort
	for want, addrs := range map[string][]netip.AddrPort{
		"not (tcp and ((src host 127.0.0.1 and src port 9) or (dst host 127.0.0.1 and dst port 9) or (src host ::1 and src port 9) or (dst host ::1 and dst port 9)))": {at("127.0.0.1:9"), at("[::1]:9")},
		"not (tcp and (port 9))": {at("0.0.0.0:9"), at("[::]:9")},
		"not (tcp and ((src host fe80::1 and src port 9) or (dst host fe80::1 and dst port 9)))": {at("[fe80::1%eth0]:9")},
	} {
		if got := Exclusion(addrs); got != want {
			t.Errorf("%v: %s, want %s", addrs, got, want)
		}
	}
	if !Public([]netip.AddrPort{at("127.0.0.1:9"), at("0.0.0.0:9")}) || Public([]netip.AddrPort{at("127.0.0.2:9"), at("[::1]:9")}) {
		t.Error("what is public")
	}
}
