package flows

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/apps"
	"github.com/tapdump/tapdump/internal/headertest"
	"github.com/tapdump/tapdump/internal/records"
	"github.com/tapdump/tapdump/internal/tcpanalysis"
)

// step is a segment, datagram or message.
type step struct {
	at       float64 // seconds
	from     int     // 0: the client
	flags    string  // of TCP, as tcpdump has them; "i8/0": ICMP; "u": UDP
	seq, ack uint32
	length   int
	more     string // "w0": no window; "bad": a wrong checksum
}

// rig runs packets through everything that a Tracker needs.
type rig struct {
	tcp  *tcpanalysis.Analyzer
	t    *Tracker
	r    records.Packet
	said *apps.Said
	at   string // the interface
	got  []string
	last []Flow
}

func newRig(o Options) *rig {
	g := &rig{tcp: tcpanalysis.New(tcpanalysis.Options{})}
	g.t = New(o, func(f *Flow) error {
		kept := *f
		kept.History = append([]byte(nil), f.History...)
		g.last = append(g.last, kept)
		g.got = append(g.got, fmt.Sprintf("%s %q %d+%d bytes %d+%d packets", f.State, f.History, f.Orig.Bytes, f.Resp.Bytes, f.Orig.Packets, f.Resp.Packets))
		return nil
	})
	return g
}

func (g *rig) add(tb testing.TB, pkt *capture.Packet) {
	tb.Helper()
	g.r.Begin(g.r.Number+1, pkt)
	g.r.Said, g.r.Interface = g.said, g.at
	if g.r.Decoded && g.r.Header.Protocol == header.ProtocolTCP {
		r := g.tcp.Add(pkt, &g.r.Header)
		g.r.TCP = &r
	}
	if err := g.t.Add(&g.r); err != nil {
		tb.Fatal(err)
	}
}

// packet makes the packet of a step between the ends of base.
func (s step) packet(tb testing.TB, base headertest.Spec) *capture.Packet {
	spec := base
	if base.Src == "" {
		spec.Src, spec.Dst = "192.0.2.1", "192.0.2.2"
	}
	if base.SrcPort == 0 {
		spec.SrcPort, spec.DstPort = 40000, 80
	}
	if s.from == 1 {
		spec.Src, spec.Dst, spec.SrcPort, spec.DstPort = spec.Dst, spec.Src, spec.DstPort, spec.SrcPort
	}
	spec.Payload = make([]byte, s.length)
	switch {
	case s.flags[0] == 'i':
		spec.Protocol = header.ProtocolICMP
		if strings.Contains(spec.Src, ":") {
			spec.Protocol = header.ProtocolICMPv6
		}
		if _, err := fmt.Sscanf(s.flags, "i%d/%d", &spec.Type, &spec.Code); err != nil {
			tb.Fatal(err)
		}
		spec.Payload = make([]byte, 4+s.length)
	case s.flags == "u":
		spec.Protocol = header.ProtocolUDP
	default:
		spec.Protocol, spec.Seq, spec.Ack, spec.Window = header.ProtocolTCP, s.seq, s.ack, 1000
		for _, f := range s.flags {
			spec.Flags |= map[rune]uint8{'S': header.SYN, 'F': header.FIN, 'R': header.RST, '.': header.ACK}[f]
		}
		if s.more == "w0" {
			spec.Window = 0
		}
	}
	if s.more == "bad" {
		spec.Checksum = 0x1234
	}
	return spec.Packet(0, int64(s.at*1e9+0.5))
}

// shake is a handshake from 1000 and 5000 on that takes 30 ms.
func shake(then ...step) []step {
	return append([]step{
		{0, 0, "S", 1000, 0, 0, ""},
		{0.02, 1, "S.", 5000, 1001, 0, ""},
		{0.03, 0, ".", 1001, 5001, 0, ""},
	}, then...)
}

// talk is a handshake, 100 bytes and 200 bytes that answer them.
func talk(then ...step) []step {
	return append(shake(
		step{0.1, 0, ".", 1001, 5001, 100, ""},
		step{0.2, 1, ".", 5001, 1101, 0, ""},
		step{0.3, 1, ".", 5001, 1101, 200, ""},
		step{0.4, 0, ".", 1101, 5201, 0, ""},
	), then...)
}

// again repeats a step, each time a millisecond later.
func again(n int, s step) (all []step) {
	for range n {
		s.at += 0.001
		all = append(all, s)
	}
	return all
}

// resets are n of them, each with another number.
func resets(n int) (all []step) {
	for i := range n {
		all = append(all, step{1 + float64(i)/1000, 0, "R", uint32(1001 + i), 0, 0, ""})
	}
	return all
}

// TestScenes: what is wanted was written down from docs.zeek.org,
// base/protocols/conn/main.zeek.
func TestScenes(t *testing.T) {
	for _, c := range []struct {
		name  string
		base  headertest.Spec
		steps []step
		want  []string
	}{
		{"S0: a SYN, no reply", headertest.Spec{}, []step{{0, 0, "S", 1000, 0, 0, ""}, {1, 0, "S", 1000, 0, 0, ""}, {3, 0, "S", 1000, 0, 0, ""}},
			[]string{`S0 "S" 0+0 bytes 3+0 packets`}},
		{"S0: what is tried later is another attempt", headertest.Spec{}, []step{{0, 0, "S", 1000, 0, 0, ""}, {3, 0, "S", 1000, 0, 0, ""}, {7, 0, "S", 1000, 0, 0, ""}},
			[]string{`S0 "S" 0+0 bytes 2+0 packets`, `S0 "S" 0+0 bytes 1+0 packets`}},
		{"S0: another number at once", headertest.Spec{}, []step{{0, 0, "S", 1000, 0, 0, ""}, {1, 0, "S", 2000, 0, 0, ""}},
			[]string{`S0 "S" 0+0 bytes 1+0 packets`, `S0 "S" 0+0 bytes 1+0 packets`}},
		{"S1: established, not terminated", headertest.Spec{}, talk(), []string{`S1 "ShADad" 100+200 bytes 4+3 packets`}},
		{"S1: a handshake alone", headertest.Spec{}, shake(), []string{`S1 "ShA" 0+0 bytes 2+1 packets`}},
		{"S1: no ACK of the handshake", headertest.Spec{}, shake()[:2], []string{`S1 "Sh" 0+0 bytes 1+1 packets`}},
		{"SF", headertest.Spec{}, talk(step{1, 0, "F.", 1101, 5201, 0, ""}, step{1.1, 1, ".", 5201, 1102, 0, ""}, step{1.2, 1, "F.", 5201, 1102, 0, ""}, step{1.3, 0, ".", 1102, 5202, 0, ""}),
			[]string{`SF "ShADadFf" 100+200 bytes 6+5 packets`}},
		{"SF: closed at the same time", headertest.Spec{}, shake(step{1, 0, "F.", 1001, 5001, 0, ""}, step{1.001, 1, "F.", 5001, 1001, 0, ""}, step{1.02, 0, ".", 1002, 5002, 0, ""}, step{1.021, 1, ".", 5002, 1002, 0, ""}),
			[]string{`SF "ShAFfa" 0+0 bytes 4+3 packets`}},
		{"SF: data in the FIN", headertest.Spec{}, shake(step{1, 0, "F.", 1001, 5001, 100, ""}, step{1.1, 1, "F.", 5001, 1102, 50, ""}, step{1.2, 0, ".", 1102, 5052, 0, ""}),
			[]string{`SF "ShAFf" 100+50 bytes 4+2 packets`}},
		{"SF: the FIN comes again", headertest.Spec{}, shake(step{1, 0, "F.", 1001, 5001, 0, ""}, step{1.3, 0, "F.", 1001, 5001, 0, ""}, step{1.4, 1, "F.", 5001, 1002, 0, ""}),
			[]string{`SF "ShAFf" 0+0 bytes 4+2 packets`}},
		{"SF: a RST behind both FIN", headertest.Spec{}, shake(step{1, 0, "F.", 1001, 5001, 0, ""}, step{1.1, 1, "F.", 5001, 1002, 0, ""}, step{1.2, 0, "R", 1002, 0, 0, ""}),
			[]string{`SF "ShAFfR" 0+0 bytes 4+2 packets`}},
		{"S2: the originator closes, no reply", headertest.Spec{}, talk(step{1, 0, "F.", 1101, 5201, 0, ""}, step{1.1, 1, ".", 5201, 1102, 0, ""}),
			[]string{`S2 "ShADadF" 100+200 bytes 5+4 packets`}},
		{"S3: the responder closes, no reply", headertest.Spec{}, talk(step{1, 1, "F.", 5201, 1101, 0, ""}, step{1.1, 0, ".", 1101, 5202, 0, ""}),
			[]string{`S3 "ShADadf" 100+200 bytes 5+4 packets`}},
		{"REJ", headertest.Spec{}, []step{{0, 0, "S", 1000, 0, 0, ""}, {0.1, 1, "R.", 0, 1001, 0, ""}}, []string{`REJ "Sr" 0+0 bytes 1+1 packets`}},
		{"RSTO: the originator aborts", headertest.Spec{}, talk(step{1, 0, "R.", 1101, 5201, 0, ""}), []string{`RSTO "ShADadR" 100+200 bytes 5+3 packets`}},
		{"RSTO: a RST twice, and one with another number", headertest.Spec{}, talk(step{1, 0, "R", 1101, 0, 0, ""}, step{1.1, 0, "R", 1101, 0, 0, ""}, step{1.2, 0, "R", 1150, 0, 0, ""}),
			[]string{`RSTO "ShADadRR" 100+200 bytes 7+3 packets`}},
		{"RSTR", headertest.Spec{}, talk(step{1, 1, "R.", 5201, 1101, 0, ""}), []string{`RSTR "ShADadr" 100+200 bytes 4+4 packets`}},
		{"RSTOS0", headertest.Spec{}, []step{{0, 0, "S", 1000, 0, 0, ""}, {0.1, 0, "R", 1001, 0, 0, ""}}, []string{`RSTOS0 "SR" 0+0 bytes 2+0 packets`}},
		{"RSTRH: a SYN ACK and a RST, no SYN", headertest.Spec{}, []step{{0, 1, "S.", 5000, 1001, 0, ""}, {0.1, 1, "R", 5001, 0, 0, ""}}, []string{`RSTRH "^hr" 0+0 bytes 0+2 packets`}},
		{"SH: a SYN and a FIN, no SYN ACK", headertest.Spec{}, []step{{0, 0, "S", 1000, 0, 0, ""}, {0.1, 0, "F.", 1001, 5001, 0, ""}}, []string{`SH "SF" 0+0 bytes 2+0 packets`}},
		{"SH: one-sided, what the client sends", headertest.Spec{}, []step{{0, 0, "S", 1000, 0, 0, ""}, {0.03, 0, ".", 1001, 5001, 0, ""}, {0.1, 0, ".", 1001, 5001, 100, ""}, {1, 0, "F.", 1101, 5201, 0, ""}},
			[]string{`SH "SADF" 100+0 bytes 4+0 packets`}},
		{"SHR: one-sided, what the server sends", headertest.Spec{}, []step{{0, 1, "S.", 5000, 1001, 0, ""}, {0.1, 1, ".", 5001, 1101, 0, ""}, {0.2, 1, ".", 5001, 1101, 200, ""}, {1, 1, "F.", 5201, 1102, 0, ""}},
			[]string{`SHR "^hadf" 0+200 bytes 0+4 packets`}},
		{"OTH: in mid-stream", headertest.Spec{}, talk()[3:], []string{`OTH "DadA" 100+200 bytes 2+2 packets`}},
		{"OTH: in mid-stream, the server first", headertest.Spec{}, talk()[4:], []string{`OTH "^adA" 0+200 bytes 1+2 packets`}},
		{"OTH: in mid-stream, ports that say nothing", headertest.Spec{SrcPort: 5001, DstPort: 40000}, talk()[3:6], []string{`OTH "Dad" 100+200 bytes 1+2 packets`}},
		{"opened at the same time", headertest.Spec{}, []step{{0, 0, "S", 1000, 0, 0, ""}, {0.001, 1, "S", 5000, 0, 0, ""}, {0.02, 0, "S.", 1000, 5001, 0, ""}, {0.021, 1, "S.", 5000, 1001, 0, ""}, {0.1, 0, ".", 1001, 5001, 100, ""}},
			[]string{`S1 "SsD" 100+0 bytes 3+2 packets`}},
		{"the answer was captured before the question", headertest.Spec{SrcPort: 40000, DstPort: 5001}, []step{{0, 1, "S.", 5000, 1001, 0, ""}, {0.001, 0, "S", 1000, 0, 0, ""}, {0.03, 0, ".", 1001, 5001, 0, ""}, {0.1, 0, ".", 1001, 5001, 100, ""}},
			[]string{`S1 "Hs^AD" 100+0 bytes 3+1 packets`}},
		{"retransmission", headertest.Spec{}, talk(step{0.5, 0, ".", 1101, 5201, 50, ""}, step{0.8, 0, ".", 1101, 5201, 50, ""}), []string{`S1 "ShADadT" 150+200 bytes 6+3 packets`}},
		{"retransmissions of the responder", headertest.Spec{}, talk(step{0.8, 1, ".", 5001, 1101, 200, ""}), []string{`S1 "ShADadt" 100+200 bytes 4+4 packets`}},
		{"ten retransmissions", headertest.Spec{}, append(talk(step{0.5, 0, ".", 1101, 5201, 50, ""}), again(10, step{0.8, 0, ".", 1101, 5201, 50, ""})...), []string{`S1 "ShADadTT" 150+200 bytes 15+3 packets`}},
		{"a hundred retransmissions", headertest.Spec{}, append(talk(step{0.5, 0, ".", 1101, 5201, 50, ""}), again(199, step{0.8, 0, ".", 1101, 5201, 50, ""})...), []string{`S1 "ShADadTTT" 150+200 bytes 204+3 packets`}},
		{"out of order is no retransmission", headertest.Spec{}, shake(step{0.1, 0, ".", 1101, 5001, 100, ""}, step{0.101, 0, ".", 1001, 5001, 100, ""}, step{0.2, 1, ".", 5001, 1201, 0, ""}), []string{`S1 "ShADa" 200+0 bytes 4+2 packets`}},
		{"a gap", headertest.Spec{}, shake(step{0.1, 0, ".", 1101, 5001, 100, ""}, step{0.2, 1, ".", 5001, 1201, 0, ""}), []string{`S1 "ShADaG" 200+0 bytes 3+2 packets`}},
		{"a gap of the responder, at the end", headertest.Spec{}, talk(step{0.5, 0, ".", 1101, 5301, 0, ""}), []string{`S1 "ShADadg" 100+300 bytes 5+3 packets`}},
		{"no window", headertest.Spec{}, shake(step{0.1, 0, ".", 1001, 5001, 100, ""}, step{0.2, 1, ".", 5001, 1101, 0, "w0"}, step{0.3, 1, ".", 5001, 1101, 0, ""}), []string{`S1 "ShADaw" 100+0 bytes 3+3 packets`}},
		{"no window in a RST is nothing", headertest.Spec{}, shake(step{0.1, 1, "R.", 5001, 1001, 0, "w0"}), []string{`RSTR "ShAr" 0+0 bytes 2+2 packets`}},
		{"a wrong checksum", headertest.Spec{}, shake(step{0.1, 0, ".", 1001, 5001, 100, "bad"}), []string{`S1 "ShACD" 100+0 bytes 3+1 packets`}},
		{"FIN and RST", headertest.Spec{}, shake(step{0.1, 0, "FR", 1001, 0, 0, ""}), []string{`RSTO "ShAI" 0+0 bytes 3+1 packets`}},
		{"SYN and FIN", headertest.Spec{}, []step{{0, 0, "SF", 1000, 0, 0, ""}, {0.1, 1, "R.", 0, 1002, 0, ""}}, []string{`RSTR "Qr" 0+0 bytes 1+1 packets`}},
		{"more letters than there is room for", headertest.Spec{}, append(shake(), resets(40)...), []string{`RSTO "ShA` + strings.Repeat("R", 28) + `x" 0+0 bytes 42+1 packets`}},
		{"ports are used again", headertest.Spec{}, append(talk(), step{2, 0, "S", 9000, 0, 0, ""}, step{2.1, 1, "S.", 8000, 9001, 0, ""}),
			[]string{`S1 "ShADad" 100+200 bytes 4+3 packets`, `S1 "Sh" 0+0 bytes 1+1 packets`}},
		{"silent for five minutes", headertest.Spec{}, append(talk(), step{300.5, 0, ".", 1101, 5201, 10, ""}),
			[]string{`S1 "ShADad" 100+200 bytes 4+3 packets`, `OTH "D" 10+0 bytes 1+0 packets`}},
		{"nearly silent for five minutes", headertest.Spec{}, append(talk(), step{300.3, 0, ".", 1101, 5201, 10, ""}), []string{`S1 "ShADad" 110+200 bytes 5+3 packets`}},
		{"numbers wrap around", headertest.Spec{}, []step{{0, 0, "S", 0xffffffff - 49, 0, 0, ""}, {0.02, 1, "S.", 0xffffffff, 0xffffffff - 48, 0, ""}, {0.1, 0, ".", 0xffffffff - 48, 0, 100, ""}, {0.2, 1, ".", 0, 51, 0, ""}},
			[]string{`S1 "ShDa" 100+0 bytes 2+2 packets`}},
		{"IPv6 in a VLAN", headertest.Spec{Src: "2001:db8::2", Dst: "2001:db8::1", VLAN: []uint16{5}}, talk(), []string{`S1 "ShADad" 100+200 bytes 4+3 packets`}},
		{"ends with the same address", headertest.Spec{Src: "192.0.2.1", Dst: "192.0.2.1"}, talk(), []string{`S1 "ShADad" 100+200 bytes 4+3 packets`}},

		{"UDP, no reply", headertest.Spec{DstPort: 53, SrcPort: 40000}, []step{{0, 0, "u", 0, 0, 30, ""}, {1, 0, "u", 0, 0, 30, ""}}, []string{`S0 "D" 60+0 bytes 2+0 packets`}},
		{"UDP, both", headertest.Spec{DstPort: 53, SrcPort: 40000}, []step{{0, 0, "u", 0, 0, 30, ""}, {0.1, 1, "u", 0, 0, 300, ""}}, []string{`SF "Dd" 30+300 bytes 1+1 packets`}},
		{"UDP, the answer alone", headertest.Spec{DstPort: 53, SrcPort: 40000}, []step{{0, 1, "u", 0, 0, 300, ""}}, []string{`SHR "^d" 0+300 bytes 0+1 packets`}},
		{"UDP, a wrong checksum", headertest.Spec{DstPort: 53, SrcPort: 40000}, []step{{0, 0, "u", 0, 0, 30, "bad"}}, []string{`S0 "CD" 30+0 bytes 1+0 packets`}},
		{"UDP, silent for a minute", headertest.Spec{DstPort: 53, SrcPort: 40000}, []step{{0, 0, "u", 0, 0, 30, ""}, {60, 0, "u", 0, 0, 30, ""}}, []string{`S0 "D" 30+0 bytes 1+0 packets`, `S0 "D" 30+0 bytes 1+0 packets`}},
		{"ping", headertest.Spec{}, []step{{0, 0, "i8/0", 0, 0, 56, ""}, {0.1, 1, "i0/0", 0, 0, 56, ""}, {1, 0, "i8/0", 0, 0, 56, ""}}, []string{`OTH "" 112+56 bytes 2+1 packets`}},
		{"ICMPv6", headertest.Spec{Src: "2001:db8::2", Dst: "2001:db8::1"}, []step{{0, 0, "i128/0", 0, 0, 56, ""}, {0.1, 1, "i129/0", 0, 0, 56, ""}}, []string{`OTH "" 56+56 bytes 1+1 packets`}},
		{"unreachable, both ways", headertest.Spec{}, []step{{0, 0, "i3/1", 0, 0, 28, ""}, {0.1, 1, "i3/1", 0, 0, 28, ""}}, []string{`OTH "" 28+0 bytes 1+0 packets`, `OTH "" 28+0 bytes 1+0 packets`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := newRig(Options{})
			for _, s := range c.steps {
				g.add(t, s.packet(t, c.base))
			}
			if err := g.t.Close(); err != nil {
				t.Fatal(err)
			}
			if got, want := strings.Join(g.got, "\n"), strings.Join(c.want, "\n"); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}
