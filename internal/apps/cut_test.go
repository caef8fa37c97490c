package apps

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture/header"
)

// TestCutSaid: of a packet that was cut it is said what is there of it, and of the next
// one too.
func TestCutSaid(t *testing.T) {
	h2 := func(payload string) string {
		return "\x00\x00" + string(rune(len(payload))) + "\x01\x05\x00\x00\x00\x01" + payload
	}
	authority := "\x41\x0bexample.com"
	tests := []struct {
		name  string
		first string // which is whole
		data  string
		cut   int // so many bytes are missing
		want  string
	}{
		{"http request", "", "GET /path HTTP/1.1\r\nHost: example.com\r\nUser-Agent: abc\r\n\r\n", 5, ": HTTP GET /path (host=example.com)"},
		{"http target", "", "GET /path HTTP/1.1\r\n\r\n", 8, ": HTTP GET /path"},
		{"http path", "", "GET /path HTTP/1.1\r\n\r\n", 14, ": HTTP GET /pat..."},
		{"http status", "", "HTTP/1.1 404 Not Found\r\n\r\n", 6, ": HTTP 404 Not Fou..."},
		{"http answer", "", "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", 20, ": HTTP 200 OK"},
		{"http2 request", h2Preface, h2("\x82\x84\x86" + authority), 4, ": HTTP/2 GET / (stream=1)"},
		{"http2 whole field", h2Preface, h2("\x82\x84\x86" + authority + "\x5f\x01a"), 1, ": HTTP/2 GET / (host=example.com, stream=1)"},
		{"http2 settings", h2Preface, "\x00\x00\x0c\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64\x00\x04\x00\x00\xff\xff", 3, ": HTTP/2 SETTINGS (MAX_CONCURRENT_STREAMS=100)"},
		{"websocket", "", "\x81\x88\x00\x00\x00\x00abcdefgh", 1, ""},
		{"ssh", "SSH-2.0-a\r\n", "\x00\x00\x00\x2b\x04\x14" + "0123456789abcdef" + "\x00\x00\x00\x03kex\x00\x00\x00\x03key\x00\x00\x00\x03enc\x00\x00\x00\x00", 5, ": SSH Key Exchange Init, preferred (kex=kex, hostkey=key)"},
		{"mqtt", "", "\x10\x13\x00\x04MQTT\x04\x02\x00\x3c\x00\x07sensor1", 1, ": MQTT CONNECT (version=3.1.1)"},
		{"mqtt topic", "\x10\x13\x00\x04MQTT\x04\x02\x00\x3c\x00\x07sensor1", "\x30\x06\x00\x03a/bm", 2, ": MQTT PUBLISH (topic=a/...)"},
		{"amqp", "AMQP\x00\x00\x09\x01", "\x01\x00\x01\x00\x00\x00\x0b\x00\x3c\x00\x28\x00\x00\x01a\x01bc\xce", 4, ": AMQP Basic.Publish (exchange=a, channel=1)"},
		{"kafka", "", "\x00\x00\x00\x1c\x00\x03\x00\x01\x00\x00\x00\x01\x00\x06client\x00\x00\x00\x01\x00\x06orders", 2, ": Kafka Metadata v1 (client=client)"},
		{"nats", "", "INFO {\"server_id\":\"A\",\"server_name\":\"n1\",\"version\":\"2.10\"}\r\n", 10, ": NATS INFO (server=n1)"},
	}
	for _, test := range tests {
		k := talk1{transport: header.ProtocolTCP, client: netip.MustParseAddrPort("192.0.2.1:49152"), server: netip.MustParseAddrPort("192.0.2.2:9000")}
		r := replay{d: New(Options{})}
		r.begin(&k)
		if test.first != "" {
			r.packet(&k, true, []byte(test.first), header.PSH)
		}
		for range 2 {
			r.at(&k, true, r.seqs[0], []byte(test.data), len(test.data)-test.cut, header.PSH)
			r.seqs[0] += uint32(len(test.data))
			if got := string(r.d.Said().AppendText(nil, nil)); got != test.want {
				t.Errorf("%s: %q, want %q", test.name, got, test.want)
			}
			for _, f := range []Field{FieldHTTPPath, FieldSSHVersion} {
				if text, _, ok := r.d.Said().Value(f, 0); ok && strings.Contains(test.want, "...") {
					t.Errorf("%s: %s is %q, of which the end is missing", test.name, Fields[f].Name, text)
				}
			}
		}
	}
}
