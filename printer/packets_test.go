package printer

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/versions"
)

// packetFile is testdata/packets/NAME.txt. Its grammar is in testdata/README.md.
type packetFile struct {
	name    string
	flags   []string
	packets []capture.Packet
	made    []madePacket // how the packets were made, in the same order
	unlike  string       // why the reference prints something else; "": it does not
}

// madePacket is a packet before its headers were put in front.
type madePacket struct {
	headers []string
	body    []byte
}

func loadPackets(t testing.TB, path string) packetFile {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	pf := packetFile{name: strings.TrimSuffix(filepath.Base(path), ".txt")}
	b := packetBuilder{link: capture.LinkEN10MB, at: capture.Timestamp{Sec: 1700000000}}
	s := bufio.NewScanner(f)
	for n := 1; s.Scan(); n++ {
		line, _, _ := strings.Cut(s.Text(), "#")
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if words[0] == "flags" {
			pf.flags = append(pf.flags, strings.Join(words[1:], " "))
			continue
		}
		if words[0] == "reference" {
			if len(words) < 3 || words[1] != "lacks" && words[1] != "differs" || pf.unlike != "" {
				t.Fatalf("%s:%d: wants one line: reference lacks PROTOCOL, or: reference differs REASON", path, n)
			}
			pf.unlike = strings.Join(words[1:], " ")
			continue
		}
		if err := b.line(words); err != nil {
			t.Fatalf("%s:%d: %v", path, n, err)
		}
	}
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
	if err := b.finish(); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if len(b.done) == 0 || len(pf.flags) == 0 {
		t.Fatalf("%s: wants at least one packet and one line with flags", path)
	}
	pf.packets, pf.made = b.done, b.made
	return pf
}

type packetBuilder struct {
	link    capture.LinkType
	at      capture.Timestamp
	headers []string
	body    []byte
	length  int
	open    bool
	done    []capture.Packet
	made    []madePacket
}

func (b *packetBuilder) line(words []string) (err error) {
	switch words[0] {
	case "link":
		if err := b.finish(); err != nil {
			return err
		}
		lt, ok := capture.LinkTypeByName(words[1])
		if !ok {
			n, err := strconv.Atoi(words[1])
			if err != nil {
				return fmt.Errorf("no link type %q", words[1])
			}
			lt = capture.LinkType(n)
		}
		b.link = lt
	case "time":
		if err := b.finish(); err != nil {
			return err
		}
		sec, frac, _ := strings.Cut(words[1], ".")
		b.at.Sec, err = strconv.ParseInt(sec, 10, 64)
		b.at.Nsec, _ = strconv.ParseInt((frac + "000000000")[:9], 10, 64)
	case "packet":
		if err := b.finish(); err != nil {
			return err
		}
		b.open, b.headers = true, words[1:]
	case "length":
		b.length, err = strconv.Atoi(words[1])
	case "fill":
		var n, c uint64
		if n, err = strconv.ParseUint(words[1], 10, 20); err == nil {
			c, err = strconv.ParseUint(words[2], 16, 8)
		}
		b.body = append(b.body, bytes.Repeat([]byte{byte(c)}, int(n))...)
	default:
		if !b.open {
			return fmt.Errorf("bytes before the first packet")
		}
		p, err := hex.DecodeString(strings.Join(words, ""))
		if err != nil {
			return fmt.Errorf("%v in %q", err, strings.Join(words, " "))
		}
		b.body = append(b.body, p...)
	}
	return err
}

func (b *packetBuilder) finish() error {
	if !b.open {
		return nil
	}
	data, err := wrapHeaders(b.link, b.headers, b.body)
	if err != nil {
		return err
	}
	length := len(data)
	if b.length != 0 {
		length = b.length
	}
	b.done = append(b.done, capture.Packet{Time: b.at, Data: data, Length: uint32(length), LinkType: b.link})
	b.made = append(b.made, madePacket{b.headers, b.body})
	b.at.Sec++
	b.open, b.headers, b.body, b.length = false, nil, nil, 0
	return nil
}

// wrapHeaders puts headers in front of body.
func wrapHeaders(link capture.LinkType, words []string, body []byte) ([]byte, error) {
	type header struct {
		kind, arg string
		n         []uint64
	}
	counts := map[string]int{"ether": 1, "8023": 0, "llc": 3, "snap": 2, "ip4": 1, "ip6": 1, "udp": 2, "tcp": 2, "sctp": 2}
	var hs []header
	for i := 0; i < len(words); {
		kind, arg, _ := strings.Cut(words[i], "/")
		n, ok := counts[kind]
		if !ok || i+n >= len(words)+0 && n > 0 && i+n > len(words)-1 {
			return nil, fmt.Errorf("bad header %q", words[i])
		}
		h := header{kind: kind, arg: arg}
		base := 10
		if kind == "llc" || kind == "snap" {
			base = 16
		}
		for _, w := range words[i+1 : i+1+n] {
			v, err := strconv.ParseUint(strings.TrimPrefix(w, "0x"), map[bool]int{true: 16, false: base}[strings.HasPrefix(w, "0x")], 32)
			if err != nil {
				return nil, err
			}
			h.n = append(h.n, v)
		}
		hs = append(hs, h)
		i += 1 + n
	}
	if link == capture.LinkEN10MB && len(hs) > 0 {
		switch hs[0].kind {
		case "ip4":
			hs = append([]header{{kind: "ether", n: []uint64{0x0800}}}, hs...)
		case "ip6":
			hs = append([]header{{kind: "ether", n: []uint64{0x86dd}}}, hs...)
		case "llc", "snap":
			hs = append([]header{{kind: "8023"}}, hs...)
		}
	}
	p := body
	for i := len(hs) - 1; i >= 0; i-- {
		h := hs[i]
		var outer header
		if i > 0 {
			outer = hs[i-1]
		}
		var b []byte
		switch h.kind {
		case "ether", "8023":
			dst, _ := hex.DecodeString("020000000002")
			if h.arg != "" {
				d, err := hex.DecodeString(h.arg)
				if err != nil || len(d) != 6 {
					return nil, fmt.Errorf("bad address %q", h.arg)
				}
				dst = d
			}
			t := uint64(len(p))
			if h.kind == "ether" {
				t = h.n[0]
			}
			b = append(append(b, dst...), 2, 0, 0, 0, 0, 1, byte(t>>8), byte(t))
		case "llc":
			b = []byte{byte(h.n[0]), byte(h.n[1]), byte(h.n[2])}
		case "snap":
			b = []byte{0xaa, 0xaa, 3, byte(h.n[0] >> 16), byte(h.n[0] >> 8), byte(h.n[0]), byte(h.n[1] >> 8), byte(h.n[1])}
		case "ip4":
			n := 20 + len(p)
			b = []byte{0x45, 0, byte(n >> 8), byte(n), 0, 1, 0, 0, 64, byte(h.n[0]), 0, 0, 192, 0, 2, 1, 192, 0, 2, 2}
			if err := setAddr4(b[16:], h.arg); err != nil {
				return nil, err
			}
			c := checksum(b)
			b[10], b[11] = byte(c>>8), byte(c)
		case "ip6":
			b = []byte{0x60, 0, 0, 0, byte(len(p) >> 8), byte(len(p)), byte(h.n[0]), 64,
				0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
				0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}
		case "udp":
			n := 8 + len(p)
			b = []byte{byte(h.n[0] >> 8), byte(h.n[0]), byte(h.n[1] >> 8), byte(h.n[1]), byte(n >> 8), byte(n), 0, 0}
		case "tcp":
			b = []byte{byte(h.n[0] >> 8), byte(h.n[0]), byte(h.n[1] >> 8), byte(h.n[1]), 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x18, 1, 0, 0, 0, 0, 0}
		case "sctp":
			b = []byte{byte(h.n[0] >> 8), byte(h.n[0]), byte(h.n[1] >> 8), byte(h.n[1]), 0, 0, 0, 1, 0, 0, 0, 0}
		}
		p = append(b, p...)
		if h.kind == "udp" || h.kind == "tcp" {
			at := map[string]int{"udp": 6, "tcp": 16}[h.kind]
			c := transportChecksum(outer.kind, outer.arg, map[string]byte{"udp": 17, "tcp": 6}[h.kind], p)
			p[at], p[at+1] = byte(c>>8), byte(c)
		}
	}
	return p, nil
}

func setAddr4(b []byte, s string) error {
	if s == "" {
		return nil
	}
	parts := strings.Split(s, ".")
	for i, w := range parts {
		v, err := strconv.ParseUint(w, 10, 8)
		if err != nil || len(parts) != 4 {
			return fmt.Errorf("bad address %q", s)
		}
		b[i] = byte(v)
	}
	return nil
}

func transportChecksum(version, dst string, proto byte, p []byte) uint16 {
	var pseudo []byte
	if version == "ip6" {
		pseudo = []byte{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
			0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2,
			0, 0, byte(len(p) >> 8), byte(len(p)), 0, 0, 0, proto}
	} else {
		pseudo = []byte{192, 0, 2, 1, 192, 0, 2, 2, 0, proto, byte(len(p) >> 8), byte(len(p))}
		_ = setAddr4(pseudo[4:], dst)
	}
	c := onesFold(onesSum(onesSum(0, pseudo), p))
	if c == 0 && proto == 17 {
		c = 0xffff
	}
	return c
}

// testOptions reads the flags of packet files and golden lists: single letters,
// clustered or not, and the long options that concern printing.
func testOptions(t testing.TB, flags string) Options {
	t.Helper()
	o := Options{Location: time.UTC, TimeFormat: 1, Strict: true}
	words := strings.Fields(flags)
	for i := 0; i < len(words); i++ {
		w := words[i]
		if w == "--nano" {
			o.Nano = true
			continue
		}
		if w == "--like" && i+1 < len(words) {
			i++
			var err error
			if o.Like, err = versions.Parse(words[i]); err != nil {
				t.Fatalf("flags %q: %s is %v", flags, words[i], err)
			}
			continue
		}
		if !strings.HasPrefix(w, "-") {
			t.Fatalf("flags %q: %q is not an option", flags, w)
		}
		for j := 1; j < len(w); j++ {
			value := func() string {
				v := w[j+1:]
				if j = len(w); v == "" {
					i++
					v = words[i]
				}
				return v
			}
			switch w[j] {
			case 'n':
			case 'v':
				o.Verbose++
			case 'e':
				o.LinkHeader = true
			case 'q':
				o.Quick++
			case 'x':
				o.Hex++
			case 'X':
				o.HexASCII++
			case 'A':
				o.ASCII++
			case 't':
				o.TimeFormat++
			case 'K':
				o.NoChecksum = true
			case 'S':
				o.AbsoluteSeq = true
			case 'b':
				o.ASDot = true
			case 'u':
				o.RawHandles = true
			case 'g':
				o.OneLine = true
			case 'H':
				o.Mesh = true
			case '#':
				o.Number = true
			case 'T':
				v := value()
				var ok bool
				if o.Type, ok = PacketTypeByName(v); !ok {
					t.Fatalf("flags %q: no type %q", flags, v)
				}
			case 'E':
				secrets, err := ReadESPSecrets(value(), o.Like)
				if err != nil {
					t.Fatalf("flags %q: %v", flags, err)
				}
				o.ESPSecret = secrets
			case 'M':
				o.TCPSecret = value()
			default:
				t.Fatalf("flags %q: the tests do not know -%c", flags, w[j])
			}
		}
	}
	return o
}
