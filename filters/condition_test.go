package filters

import (
	"fmt"
	"testing"

	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/headertest"
)

func TestConditions(t *testing.T) {
	syn := headertest.Decode(t, headertest.Spec{
		SrcPort: 40000, DstPort: 443, TTL: 57, Seq: 4000000000, Ack: 7, Flags: header.SYN | header.ECE, Window: 1024,
		Options: []byte{2, 4, 5, 0xb4, 4, 2, 1, 3, 3, 9, 0, 0},
	})
	udp := headertest.Decode(t, headertest.Spec{Src: "2001:db8::1", Dst: "2001:db8::2", Protocol: 17, SrcPort: 53, DstPort: 5353, TTL: 1})
	icmp := headertest.Decode(t, headertest.Spec{Protocol: 1, Type: 8})
	for _, c := range []struct {
		text           string
		syn, udp, icmp bool
	}{
		{"port=443", true, false, false},
		{"port == 443 , 53", true, true, false},
		{"port!=22,80", true, true, true},
		{"port!=22,443", false, true, true},
		{"port>=53; port<=443", true, true, false},
		{"port<100", false, true, true},
		{"port=-1", false, false, true},
		{"port>53,1000", true, false, false}, // one of them
		{"client_port=40000", true, false, false},
		{"CLIENT-PORT>=5353", true, true, false},
		{"src_port=53", false, true, false},
		{"dest_port=443,5353", true, true, false},
		{"ttl=57", true, false, false},
		{"ttl<2", false, true, false},
		{"ttl>1", true, false, true},
		{"flags=SYN", true, false, false},
		{"flags = fin , ece", true, false, false},
		{"flags=ACK", false, false, false},
		{"flags!=ACK", true, false, false}, // only TCP has flags
		{"flags!=SYN", false, false, false},
		{"seq=4000000000", true, false, false},
		{"seq>=0xee6b2800", true, false, false},
		{"ack<8", true, false, false},
		{"window!=0", true, false, false},
		{"mss=1460", true, false, false},
		{"mss<1460", false, false, false},
		{"wscale>8", true, false, false},
		{"sack=1", true, false, false},
		{"sack=0", false, false, false},
		{"port=443;;", true, false, false},
	} {
		conditions, err := ParseConditions(c.text)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		for name, x := range map[string]struct {
			p    *header.Packet
			want bool
		}{"SYN": {syn, c.syn}, "UDP": {udp, c.udp}, "ICMP": {icmp, c.icmp}} {
			if got := conditions.Match(x.p); got != x.want {
				t.Errorf("%q of the %s: %t", c.text, name, got)
			}
		}
	}
	plain := headertest.Decode(t, headertest.Spec{})
	for _, text := range []string{"mss>=0", "wscale!=5", "sack!=1"} {
		conditions, err := ParseConditions(text)
		if err != nil {
			t.Fatal(err)
		}
		if conditions.Match(plain) {
			t.Errorf("%q holds of a packet without the option", text)
		}
	}
}

// TestConditionRanges: each field takes its least and its largest value, and none
// beside them.
func TestConditionRanges(t *testing.T) {
	for name, has := range map[string][2]int64{
		"port": {-1, 65535}, "client_port": {-1, 65535}, "src_port": {-1, 65535}, "dest_port": {-1, 65535}, "ttl": {0, 255}, "seq": {0, 1<<32 - 1},
		"ack": {0, 1<<32 - 1}, "window": {0, 65535}, "mss": {0, 65535}, "wscale": {0, 255}, "sack": {0, 1},
	} {
		for _, value := range []int64{has[0] - 1, has[0], has[1], has[1] + 1} {
			_, err := ParseConditions(fmt.Sprintf("%s=%d", name, value))
			if want := has[0] <= value && value <= has[1]; (err == nil) != want {
				t.Errorf("%s=%d: %v", name, value, err)
			}
		}
	}
}

func TestConditionErrors(t *testing.T) {
	const names = "port, client_port, src_port, dest_port, ttl, flags, seq, ack, window, mss, wscale, sack"
	for text, want := range map[string]string{
		"":                         "there is no condition in it; write one as in port=80",
		" ; ":                      "there is no condition in it; write one as in port=80",
		"port":                     `"port": an operator is missing behind "port"; there are = != > < >= <=`,
		"port 80":                  `"port 80": there is no "port 80"; there are ` + names,
		"prt=80":                   `"prt=80": there is no "prt"; there are ` + names,
		"=80":                      `"=80": a name is missing in front of the operator`,
		"ttl=1; port=":             `"port=": a value is missing at the end`,
		"port=80,":                 `"port=80,": a value is missing beside a comma`,
		"port=http":                `"port=http": "http" is no number`,
		"port=70000":               `"port=70000": 70000 is not from -1 to 65535`,
		"port!80":                  `"port!80": an operator is missing behind "port"; there are = != > < >= <=`,
		"port=<80":                 `"port=<80": "<80" is no number`,
		"ttl=1e2":                  `"ttl=1e2": "1e2" is no number`,
		"flags=SIN":                `"flags=SIN": "SIN" is no flag; there are FIN, SYN, RST, PSH, ACK, URG, ECE, CWR`,
		"flags>SYN":                `"flags>SYN": flags can be compared with = and != only`,
		"seq=99999999999999999999": `"seq=99999999999999999999": "99999999999999999999" is no number`,
	} {
		if _, err := ParseConditions(text); err == nil || err.Error() != want {
			t.Errorf("%q: %v\nwant %s", text, err, want)
		}
	}
}

// FuzzConditions: a text ends in conditions or an error, and conditions can be
// asked about any packet and put into an expression.
func FuzzConditions(f *testing.F) {
	for _, text := range []string{"port=80", "port!=22,80; flags=SYN,ack", "ttl<0x40;seq>=1", "sack=1;mss>5;wscale!=7", "client-port==1", ">=;", "port"} {
		f.Add(text)
	}
	packets := []*header.Packet{
		headertest.Decode(f, headertest.Spec{SrcPort: 80, DstPort: 1, Options: []byte{2, 4, 5, 0xb4, 3, 0, 0, 0}}),
		headertest.Decode(f, headertest.Spec{Src: "::1", Dst: "::2", Protocol: 58}),
	}
	f.Fuzz(func(t *testing.T, text string) {
		conditions, err := ParseConditions(text)
		if (err == nil) == (conditions == nil) {
			t.Fatalf("%q: %v, %v", text, conditions, err)
		}
		for _, p := range packets {
			conditions.Match(p)
		}
		New(Config{Protocols: AllProtocols, Conditions: conditions}).Expression(1)
	})
}
