package apps

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/headertest"
	"github.com/tapdump/tapdump/internal/testenv"
)

// testdata/NAME.txt has conversations as text:
//
//	# what is behind a number sign means nothing
//	tcp 192.0.2.1:49152 192.0.2.2:80      a connection, from client to server; with "mid"
//	                                      behind it, its begin was not captured
//	udp [2001:db8::1]:5000 [2001:db8::2]:53
//	> 4745 54 "GET / HTTP/1.1\r\n"        a segment or datagram of the client: hexadecimal
//	                                      digits, and text in Go's quotes
//	< "HTTP/1.1 200 OK\r\n\r\n"           one of the server
//	    cont 20                           goes on with the line above
//	> 4{ "four" } l2+2{ 01 02 }           a length of four bytes in front of what is inside,
//	                                      and one of two, little-endian, with 2 added to it
//	ports matter                          the protocol is known by its port too
//
// NAME.golden has what is said of each, and its fields.

// said1 is one segment or datagram.
type said1 struct {
	toServer bool
	text     string // as it is written
	data     []byte
	line     int
}

// talk1 is one conversation of a file.
type talk1 struct {
	transport      uint8
	client, server netip.AddrPort
	mid            bool
	said           []said1
}

// conversationFile is a file of testdata.
type conversationFile struct {
	name        string
	talks       []talk1
	portsMatter bool
}

func readConversations(t testing.TB, file string) *conversationFile {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	f := &conversationFile{name: strings.TrimSuffix(filepath.Base(file), ".txt")}
	for i, line := range strings.Split(string(text), "\n") {
		fail := func(format string, args ...any) {
			t.Helper()
			t.Fatalf("%s:%d: %s", file, i+1, fmt.Sprintf(format, args...))
		}
		trimmed := strings.TrimSpace(line)
		if trimmed == "" || trimmed[0] == '#' {
			continue
		}
		first, rest, _ := strings.Cut(trimmed, " ")
		switch {
		case first == "tcp" || first == "udp":
			parts := strings.Fields(rest)
			if len(parts) < 2 {
				fail("two ends are needed")
			}
			k := talk1{transport: header.ProtocolTCP, client: netip.MustParseAddrPort(parts[0]), server: netip.MustParseAddrPort(parts[1])}
			if first == "udp" {
				k.transport = header.ProtocolUDP
			}
			k.mid = len(parts) > 2 && parts[2] == "mid"
			f.talks = append(f.talks, k)
		case trimmed == "ports matter":
			f.portsMatter = true
		case len(f.talks) == 0:
			fail("a conversation is missing before %q", line)
		case first == ">" || first == "<":
			k := &f.talks[len(f.talks)-1]
			k.said = append(k.said, said1{toServer: first == ">", text: rest, line: i + 1})
		case line[0] == ' ' || line[0] == '\t':
			k := &f.talks[len(f.talks)-1]
			if len(k.said) == 0 {
				fail("what goes on here?")
			}
			k.said[len(k.said)-1].text += "\n" + trimmed
		default:
			fail("%q is not understood", line)
		}
	}
	for i := range f.talks {
		for j := range f.talks[i].said {
			one := &f.talks[i].said[j]
			data, rest, err := bytesOf(one.text)
			if err == nil && rest != "" {
				err = errors.New("a brace is closed that nothing opened")
			}
			if err != nil {
				t.Fatalf("%s:%d: %v", file, one.line, err)
			}
			one.data = data
		}
	}
	return f
}

// lengthOf is what stands for the length of what is in braces: whether it is
// little-endian, its bytes, what is added.
var lengthOf = regexp.MustCompile(`^(l?)([1-4])([+-][0-9]+)?\{$`)

// bytesOf reads hexadecimal digits, quoted text and lengths, up to the end or to a
// brace that was not opened in s, behind which is rest.
func bytesOf(s string) (b []byte, rest string, err error) {
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		if s[0] == '#' {
			_, s, _ = strings.Cut(s, "\n")
			continue
		}
		if s[0] == '"' {
			quoted, err := strconv.QuotedPrefix(s)
			if err != nil {
				return nil, "", fmt.Errorf("%s: %w", s, err)
			}
			text, err := strconv.Unquote(quoted)
			if err != nil {
				return nil, "", err
			}
			b, s = append(b, text...), s[len(quoted):]
			continue
		}
		end := strings.IndexAny(s, " \n\"")
		if end < 0 {
			end = len(s)
		}
		word := s[:end]
		s = s[end:]
		if word == "}" {
			return b, s + " ", nil
		}
		if m := lengthOf.FindStringSubmatch(word); m != nil {
			inside, behind, err := bytesOf(s)
			if err != nil {
				return nil, "", err
			}
			if behind == "" {
				return nil, "", fmt.Errorf("%s is not closed", word)
			}
			size, _ := strconv.Atoi(m[2])
			more, _ := strconv.Atoi(m[3])
			length := make([]byte, 4)
			binary.BigEndian.PutUint32(length, uint32(len(inside)+more))
			length = length[4-size:]
			if m[1] == "l" {
				slices.Reverse(length)
			}
			b, s = append(append(b, length...), inside...), behind
			continue
		}
		digits, err := hex.DecodeString(word)
		if err != nil {
			return nil, "", fmt.Errorf("%q: %w", word, err)
		}
		b = append(b, digits...)
	}
	return b, "", nil
}

// replay is how a file is played to a Decoder.
type replay struct {
	d    *Decoder
	seqs [2]uint32
	pkt  capture.Packet
	p    header.Packet
	hide bool // other ports
}

// begin opens a conversation.
func (r *replay) begin(k *talk1) {
	r.seqs = [2]uint32{0xfffffff0, 1000} // wraps soon
	if k.transport == header.ProtocolTCP && !k.mid {
		r.packet(k, true, nil, header.SYN)
		r.packet(k, false, nil, header.SYN|header.ACK)
	}
}

// packet plays one packet, and advances the sequence number.
func (r *replay) packet(k *talk1, toServer bool, data []byte, flags uint8) {
	side := 1
	if toServer {
		side = 0
	}
	r.at(k, toServer, r.seqs[side], data, len(data), flags)
	r.seqs[side] += uint32(len(data))
	if flags&header.SYN != 0 {
		r.seqs[side]++
	}
}

// at plays a packet of which captured bytes of the payload are there.
func (r *replay) at(k *talk1, toServer bool, seq uint32, data []byte, captured int, flags uint8) {
	src, dst := k.client, k.server
	if r.hide {
		src, dst = netip.AddrPortFrom(src.Addr(), 49999), netip.AddrPortFrom(dst.Addr(), 39999)
	}
	if !toServer {
		src, dst = dst, src
	}
	s := headertest.Spec{Src: src.Addr().String(), Dst: dst.Addr().String(), SrcPort: src.Port(), DstPort: dst.Port(),
		Protocol: k.transport, Seq: seq, Flags: flags | header.ACK, Payload: data}
	if flags == header.SYN {
		s.Flags = flags
	}
	r.pkt = *s.Packet(1_700_000_000, 0)
	r.pkt.Data = r.pkt.Data[:len(r.pkt.Data)-(len(data)-captured)]
	r.d.Begin(&r.pkt)
	if header.Decode(&r.pkt, &r.p) {
		r.d.Add(&r.p)
	}
}

// said appends what was said of the last packet.
func (r *replay) said(b []byte) []byte {
	b = r.d.Said().AppendText(b, nil)
	for f := range FieldCount {
		for n := 0; ; n++ {
			text, number, ok := r.d.Said().Value(f, n)
			if !ok {
				break
			}
			if Fields[f].Number {
				b = fmt.Appendf(b, "\n    %s=%d", Fields[f].Name, number)
			} else {
				b = fmt.Appendf(b, "\n    %s=%s", Fields[f].Name, appendName(nil, text))
			}
		}
	}
	if decoded := r.d.Said().Decoded(); len(decoded) > 0 {
		b = fmt.Appendf(b, "\n    decoded %q", decoded)
	}
	return b
}

func conversationFiles(t testing.TB) (all []*conversationFile) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("there are no files in testdata", err)
	}
	for _, file := range files {
		all = append(all, readConversations(t, file))
	}
	return all
}

func TestGolden(t *testing.T) {
	for _, f := range conversationFiles(t) {
		t.Run(f.name, func(t *testing.T) {
			var out []byte
			r := replay{d: New(Options{})}
			for i := range f.talks {
				k := &f.talks[i]
				r.begin(k)
				for _, s := range k.said {
					r.packet(k, s.toServer, s.data, header.PSH)
					arrow := "<"
					if s.toServer {
						arrow = ">"
					}
					out = fmt.Appendf(out, "%d %s %s", s.line, arrow, r.d.Said().Protocol.Name())
					out = append(r.said(out), '\n')
				}
			}
			testenv.Golden(t, "testdata/"+f.name+".golden", out)
		})
	}
}

// plays plays a file; TCP segments by means of play, which calls part for each packet.
// It returns the lines of all that is said, without packets that say nothing.
func (f *conversationFile) plays(r *replay, play func(s *said1, part func(from, to, captured int))) string {
	r.d = New(Options{})
	var out []byte
	hear := func() {
		if text := r.said(nil); len(text) > 0 {
			out = append(append(out, text...), '\n')
		}
	}
	for i := range f.talks {
		k := &f.talks[i]
		r.begin(k)
		for j := range k.said {
			s := &k.said[j]
			if k.transport != header.ProtocolTCP {
				r.packet(k, s.toServer, s.data, 0)
				hear()
				continue
			}
			side := 1
			if s.toServer {
				side = 0
			}
			play(s, func(from, to, captured int) {
				r.at(k, s.toServer, r.seqs[side]+uint32(from), s.data[from:to], captured, header.PSH)
				hear()
			})
			r.seqs[side] += uint32(len(s.data))
		}
	}
	return string(out)
}

func whole(s *said1, part func(from, to, captured int)) { part(0, len(s.data), len(s.data)) }

// TestPieces: what is said does not depend on where segments end, nor on their order,
// nor on whether they come twice.
func TestPieces(t *testing.T) {
	for _, f := range conversationFiles(t) {
		t.Run(f.name, func(t *testing.T) {
			var r replay
			want := sorted(f.plays(&r, whole))
			compare := func(how, got string) {
				t.Helper()
				if got = sorted(got); got != want {
					t.Errorf("%s:\n%s\nwant\n%s", how, got, want)
				}
			}
			if f.split() {
				compare("byte by byte", f.plays(&r, func(s *said1, part func(from, to, captured int)) {
					for i := range s.data {
						part(i, i+1, 1)
					}
				}))
			}
			compare("twice", f.plays(&r, func(s *said1, part func(from, to, captured int)) {
				whole(s, part)
				whole(s, part)
			}))
			random := rand.New(rand.NewPCG(1, 2))
			for range 20 {
				if !f.split() {
					break
				}
				compare("in pieces, out of order", f.plays(&r, func(s *said1, part func(from, to, captured int)) {
					var ends []int
					for at := 0; at < len(s.data); {
						at = min(at+1+random.IntN(40), len(s.data))
						ends = append(ends, at)
					}
					for _, i := range random.Perm(len(ends)) {
						from := 0
						if i > 0 {
							from = ends[i-1]
						}
						part(from, ends[i], ends[i]-from)
					}
				}))
			}
		})
	}
}

// split reports whether segments of the file may be split: those of connections whose
// begin was captured.
func (f *conversationFile) split() bool {
	for i := range f.talks {
		if f.talks[i].mid {
			return false
		}
	}
	return true
}

// sorted are the messages and fields of a text, in the order of the alphabet: in which
// packets they end depends on where these are cut.
func sorted(text string) string {
	var all []string
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimPrefix(line, ": ")
		if strings.HasPrefix(line, "    decoded ") {
			continue
		}
		for message := range strings.SplitSeq(line, "; ") {
			if message != "" {
				all = append(all, message)
			}
		}
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}

// TestPorts: a protocol is known by its content, wherever it is.
func TestPorts(t *testing.T) {
	for _, f := range conversationFiles(t) {
		if f.portsMatter {
			continue
		}
		var r replay
		for i := range f.talks {
			// One after the other, since all have the same ports now.
			one := &conversationFile{talks: f.talks[i : i+1]}
			r.hide = false
			want := one.plays(&r, whole)
			r.hide = true
			if got := one.plays(&r, whole); got != want {
				t.Errorf("%s.txt, line %d: on other ports\n%s\nwant\n%s\nif the port is needed, say so in the file: ports matter",
					f.name, f.talks[i].said[0].line, got, want)
			}
		}
	}
}

// TestCut: packets that were cut anywhere make no fault, and nothing is said that
// the whole packet does not say but for its end.
func TestCut(t *testing.T) {
	for _, f := range conversationFiles(t) {
		for i := range f.talks {
			k := &f.talks[i]
			for j := range k.said {
				for captured := range k.said[j].data {
					r := replay{d: New(Options{})}
					r.begin(k)
					for n := range k.said {
						s := &k.said[n]
						if n != j {
							r.packet(k, s.toServer, s.data, header.PSH)
							continue
						}
						side := 1
						if s.toServer {
							side = 0
						}
						r.at(k, s.toServer, r.seqs[side], s.data, captured, header.PSH)
						r.seqs[side] += uint32(len(s.data))
					}
				}
			}
		}
	}
}

// TestNothingClaimed: bytes by chance are of no protocol, on whatever port they come.
func TestNothingClaimed(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	d := New(Options{})
	ports := []uint16{443}
	for i := range protocols {
		ports = append(ports, protocols[i].ports...)
	}
	claimed := map[string]int{}
	packets := 0
	for range 20_000 {
		data := make([]byte, 1+random.IntN(200))
		for i := range data {
			data[i] = byte(random.Uint32())
		}
		s := headertest.Spec{Src: "192.0.2.1", Dst: "192.0.2.2", SrcPort: uint16(random.Uint32() | 32768), DstPort: ports[random.IntN(len(ports))],
			Protocol: header.ProtocolTCP, Seq: 1, Payload: data}
		if random.IntN(2) == 0 {
			s.Protocol = header.ProtocolUDP
		}
		pkt := s.Packet(1_700_000_000, 0)
		var p header.Packet
		if !header.Decode(pkt, &p) {
			t.Fatal("a packet of the test is wrong")
		}
		d.Begin(pkt)
		d.Add(&p)
		packets++
		if name := d.Said().Protocol.Name(); name != "" {
			claimed[name]++
		}
	}
	for name, n := range claimed {
		// A port and a few bits of content are worth less than a number that is long
		// enough, but not nothing.
		if n > packets/2000 {
			t.Errorf("%d of %d packets with bytes by chance are claimed for %s", n, packets, name)
		}
	}
}

// TestProtocolFiles: each protocol has a file of conversations, and is in it.
func TestProtocolFiles(t *testing.T) {
	have := map[string]bool{}
	for _, f := range conversationFiles(t) {
		golden, err := os.ReadFile("testdata/" + f.name + ".golden")
		if err != nil {
			t.Fatal(err)
		}
		for i := range protocols {
			if name := protocols[i].name; name != "" && bytes.Contains(golden, []byte(" "+name)) {
				have[name] = true
			}
		}
	}
	for _, name := range Names() {
		if !have[name] {
			t.Errorf("no file of testdata has a conversation of %s", name)
		}
	}
}

// TestNoAllocations: packets in which nothing is found cost none, and those of a
// conversation that is passed over.
func TestNoAllocations(t *testing.T) {
	for _, transport := range []uint8{header.ProtocolTCP, header.ProtocolUDP} {
		d := New(Options{})
		data := make([]byte, 1400)
		for i := range data {
			data[i] = 0xf0
		}
		pkt := headertest.Spec{Src: "192.0.2.1", Dst: "192.0.2.2", SrcPort: 40000, DstPort: 5001, Protocol: transport, Seq: 1, Payload: data}.Packet(1, 0)
		var p header.Packet
		if !header.Decode(pkt, &p) {
			t.Fatal("a packet of the test is wrong")
		}
		seq := uint32(1)
		add := func() {
			if transport == header.ProtocolTCP {
				binary.BigEndian.PutUint32(p.Transport[4:], seq)
				seq += uint32(len(data))
			}
			d.Begin(pkt)
			d.Add(&p)
		}
		for range 100 {
			add()
		}
		if n := testing.AllocsPerRun(1000, add); n > 0 {
			t.Errorf("%s: %.1f allocations a packet", header.ProtocolName(transport), n)
		}
	}
}

func FuzzAdd(f *testing.F) {
	for _, file := range conversationFiles(f) {
		for i := range file.talks {
			for _, s := range file.talks[i].said {
				f.Add(s.data, uint16(file.talks[i].server.Port()), uint16(3), file.talks[i].transport == header.ProtocolTCP)
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, port, cut uint16, tcp bool) {
		k := talk1{transport: header.ProtocolUDP, client: netip.MustParseAddrPort("192.0.2.1:40000"), server: netip.AddrPortFrom(netip.MustParseAddr("192.0.2.2"), port)}
		if tcp {
			k.transport = header.ProtocolTCP
		}
		data = data[:min(len(data), 60000)]
		r := replay{d: New(Options{MaxMemory: 1 << 20})}
		r.begin(&k)
		at := min(int(cut), len(data))
		for _, toServer := range []bool{true, false} {
			r.packet(&k, toServer, data[:at], header.PSH)
			r.packet(&k, toServer, data[at:], header.PSH)
			r.said(nil)
		}
		r.at(&k, true, r.seqs[0], data, len(data)-at, header.PSH)
		if size, limit := r.d.conversations.size, r.d.conversations.limit; size > limit && len(r.d.conversations.known) > 1 {
			t.Errorf("%d bytes are held, of %d", size, limit)
		}
	})
}
