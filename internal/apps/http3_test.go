package apps

import (
	"bytes"
	"encoding/hex"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/testenv"
)

// The examples of RFC 9204, appendix B, with a dynamic table of 220 bytes.
func TestQPACK(t *testing.T) {
	var table qpackTable
	for _, step := range []struct{ encoder, section, want string }{
		{"", "0000510b2f696e6465782e68746d6c", ":path=/index.html"},
		{"3fbd01c00f7777772e6578616d706c652e636f6dc10c2f73616d706c652f70617468", "03811011", ":authority=www.example.com,:path=/sample/path"},
		{"4a637573746f6d2d6b65790c637573746f6d2d76616c7565", "", ""},
		{"02", "050080c181", ":authority=www.example.com,:path=/,custom-key=custom-value"},
		{"810d637573746f6d2d76616c756532", "", ""},
		{"", "060080", "custom-key=custom-value2"},
	} {
		instructions, err1 := hex.DecodeString(step.encoder)
		section, err2 := hex.DecodeString(step.section)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		// What is cut is left, and changes nothing.
		for n := range instructions {
			copied := table
			copied.fields = slices.Clone(table.fields)
			if read := copied.encoder(instructions[:n]); read > n || copied.broken {
				t.Errorf("%s cut after %d: %d bytes are read, broken: %v", step.encoder, n, read, copied.broken)
			}
		}
		if n := table.encoder(instructions); n != len(instructions) || table.broken {
			t.Errorf("%s: %d bytes are read", step.encoder, n)
		}
		if step.section == "" {
			continue
		}
		var got []string
		if !table.section(section, func(f qpackField) { got = append(got, f.name+"="+f.value) }) || strings.Join(got, ",") != step.want {
			t.Errorf("%s: %q, want %s", step.section, got, step.want)
		}
	}
	if table.bytes > table.capacity || len(table.fields) != 4 {
		t.Errorf("%d bytes in a table of %d, %d fields", table.bytes, table.capacity, len(table.fields))
	}
	// A field whose insertion was not seen is left out; the others are there.
	var got []string
	new(qpackTable).section([]byte("\x05\x00\x80\xd1\x50\x01a"), func(f qpackField) { got = append(got, f.name+"="+f.value) })
	if strings.Join(got, ",") != ":method=GET,:authority=a" {
		t.Errorf("%q", got)
	}
}

// TestHTTP3: requests and answers are found whatever the order of frames; an interim
// answer is followed by another; what is not the header is not read.
func TestHTTP3(t *testing.T) {
	frame := func(kind byte, b string) string { return string([]byte{kind, byte(len(b))}) + b }
	request := frame(0x21, "grease") + frame(http3Headers, "\x00\x00\xd1\xc1\x50\x09a.example\x5f\x50\x04test") + frame(http3Data, "body")
	answer := frame(http3Headers, "\x00\x00\xff\x00") + frame(http3Headers, "\x00\x00\xd9\xf5") + frame(http3Data, "body")
	for size := range len(request) {
		q := newQUICConn(NewKeys())
		q.http3, q.server = new(http3Conn), 1
		var said quicSaid
		send := func(side int, text string) {
			var payload []byte
			for from := 0; from < len(text); from += size + 1 {
				part := text[from:min(from+size+1, len(text))]
				payload = append(append([]byte{0x0e, 0, byte(from), byte(len(part))}, part...), payload...) // the last first
			}
			q.frames(side, quicLevels, payload, &said)
			q.frames(side, quicLevels, payload, &said)
		}
		send(0, request)
		send(1, answer)
		var all []string
		for i := range said.http {
			h := &said.http[i]
			all = append(all, string(bytes.Join([][]byte{h.method, h.path, h.host, h.agent, h.status, h.kind}, []byte(" "))))
		}
		if got, want := strings.Join(all, ";"), "GET / a.example test  ;    100 ;    200 text/plain"; got != want {
			t.Errorf("frames of %d bytes: %q, want %q", size+1, got, want)
		}
	}
}

// TestHTTP3OfQUICGo: a request of quic-go, with its secrets.
func TestHTTP3OfQUICGo(t *testing.T) {
	testenv.NeedsLoopback(t)
	out, err := exec.CommandContext(t.Context(), quicGo(t), "http3").Output()
	if err != nil {
		t.Fatal(err)
	}
	keys := NewKeys()
	var packets []wire
	for line := range strings.Lines(string(out)) {
		first, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch first {
		case "key":
			keys.Add([]byte(rest))
		case "<", ">":
			data, err := hex.DecodeString(rest)
			if err != nil {
				t.Fatal(err)
			}
			packets = append(packets, wire{chunk: chunk{first == "<", data}})
		}
	}
	said, decoded := hear(header.ProtocolUDP, 20000, packets, Options{Keys: keys})
	for _, want := range []string{"HTTP/3 GET /secret?q=1 (host=g0.example)", "HTTP/3 404 (type=text/plain; charset=utf-8)"} {
		if !slices.Contains(strings.Split(strings.Join(said, "; "), "; "), want) && !strings.Contains(strings.Join(said, "; "), want) {
			t.Errorf("%q is not said, but\n%s", want, strings.Join(said, "\n"))
		}
	}
	if !bytes.Contains(decoded, []byte(":path: /secret?q=1\r\n")) || !bytes.Contains(decoded, []byte("nothing here")) {
		t.Errorf("decoded: %q", decoded)
	}
}

// FuzzHTTP3: bytes of streams make no fault, and what is kept of them is bounded.
func FuzzHTTP3(f *testing.F) {
	f.Add([]byte("\x01\x04\x00\x00\xd1\xc1\x00\x04body"), []byte("\x02\x3f\xbd\x01\xc0\x01a\x02"), uint64(0), uint64(2))
	f.Fuzz(func(t *testing.T, a, b []byte, one, two uint64) {
		h := new(http3Conn)
		var said quicSaid
		for i := range uint64(80) {
			h.add(int(i%2), &quicFrame{stream: one + i*4, data: a}, &said)
			h.add(int(i%2), &quicFrame{stream: two, data: b, offset: i * uint64(len(b))}, &said)
		}
		if limit := http3MaxStreams * (128 + 2*maxOffsetBytes + 32*maxOffsetSpans); h.size() > limit+2*qpackMaxTable {
			t.Errorf("%d bytes are kept", h.size())
		}
	})
}
