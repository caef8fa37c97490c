package triggers

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/filters"
)

// facts are some that conditions may ask for.
var facts = []filters.Fact{
	{Names: []string{"tcp"}, Kind: filters.FactWords, Words: []string{"retransmission", "zero_window"}},
	{Names: []string{"rtt"}, Kind: filters.FactDuration},
	{Names: []string{"sni"}, Kind: filters.FactText},
	{Names: []string{"status"}, Kind: filters.FactNumber},
}

func TestParse(t *testing.T) {
	for what, want := range map[string]Trigger{
		"tcp port 80":                   {Kind: Filter, Text: "tcp port 80"},
		"  host ::1 ":                   {Kind: Filter, Text: "host ::1"},
		"ether host 1:2:3:4:5:6":        {Kind: Filter, Text: "ether host 1:2:3:4:5:6"},
		"host drops or host signal":     {Kind: Filter, Text: "host drops or host signal"},
		"port 80 and greater 100":       {Kind: Filter, Text: "port 80 and greater 100"},
		"find:secret":                   {Kind: Find, Text: "secret"},
		"find: a:b ":                    {Kind: Find, Text: "a:b"},
		"condition:tcp=retransmission":  {Kind: Condition, Text: "tcp=retransmission"},
		"condition:port=80; rtt>200ms":  {Kind: Condition, Text: "port=80; rtt>200ms"},
		"rate>5000/s":                   {Kind: RateOf, Rate: Rate{Limit: 5000}},
		"rate >= 1.5gbit/s":             {Kind: RateOf, Rate: Rate{Limit: 1.5e9, Unit: Bits, Equals: true}},
		"rate>100Mbit/s":                {Kind: RateOf, Rate: Rate{Limit: 1e8, Unit: Bits}},
		"rate<10/s":                     {Kind: RateOf, Rate: Rate{Limit: 10, Below: true}},
		"rate<=3kpackets/s":             {Kind: RateOf, Rate: Rate{Limit: 3000, Below: true, Equals: true}},
		"rate>2mbytes/s":                {Kind: RateOf, Rate: Rate{Limit: 2e6, Unit: Bytes}},
		"rate>9kbps":                    {Kind: RateOf, Rate: Rate{Limit: 9000, Unit: Bits}},
		"rate>5000 PPS":                 {Kind: RateOf, Rate: Rate{Limit: 5000}},
		"drops":                         {Kind: Drops},
		" signal ":                      {Kind: Signal},
		"silence:10s":                   {Kind: Silence, Time: 10 * time.Second},
		"silence: 1m30s":                {Kind: Silence, Time: 90 * time.Second},
		"exit:curl -sf http://[::1]:80": {Kind: Exit, Text: "curl -sf http://[::1]:80", Time: time.Second},
		"exit:5s:test -e x:y":           {Kind: Exit, Text: "test -e x:y", Time: 5 * time.Second},
		"exit:500ms: true":              {Kind: Exit, Text: "true", Time: 500 * time.Millisecond},
		"file:/run/incident":            {Kind: File, Text: "/run/incident"},
		"file:a b:c":                    {Kind: File, Text: "a b:c"},
		"socket:/run/x.sock":            {Kind: Socket, Text: "/run/x.sock"},
	} {
		got, err := Parse(what, facts)
		if err != nil {
			t.Errorf("%q: %v", what, err)
			continue
		}
		if got.Rule != strings.TrimSpace(what) || got.Kind != want.Kind || got.Rate != want.Rate || got.Time != want.Time {
			t.Errorf("%q is %+v, want %+v", what, got, want)
		}
		if want.Text != "" && got.Text != want.Text {
			t.Errorf("%q is about %q, want %q", what, got.Text, want.Text)
		}
		if (got.Conditions != nil) != (want.Kind == Condition) {
			t.Errorf("%q has the conditions %v", what, got.Conditions)
		}
	}
}

// TestParseWrong: what is wrong is said, with what is right.
func TestParseWrong(t *testing.T) {
	for what, want := range map[string]string{
		"":                              "give a filter expression, find:TEXT",
		"  ":                            "nothing is said",
		"a\x00b":                        "a byte that is 0",
		strings.Repeat("x", 70000):      "70000 bytes are more than 65536",
		"find:":                         "as in find:password",
		"find:" + many("x", 5000):       "longer than 4096",
		"condition:":                    "as in condition:tcp=retransmission",
		"condition:tcp=nothing":         `there is no "nothing"; there are retransmission`,
		"condition:nothing=1":           `there is no "nothing"; there are port`,
		"condition:rtt>5":               "no time with its unit",
		"silence:":                      "as in silence:10s",
		"silence:10":                    "no time with its unit, as in 10s",
		"silence:0s":                    "is not from 100ms",
		"silence:-5s":                   "is not from 100ms",
		"silence:99999h":                "is not from 100ms",
		"exit:":                         "a command is missing",
		"exit:5s:":                      "a command is missing",
		"exit:1ns:true":                 "is not from 100ms",
		"file:":                         "a path is missing",
		"file:/tmp/":                    "names a folder",
		"socket:":                       "as in socket:/run/tapdump.sock",
		"socket:/":                      "names a folder",
		"rate>5000":                     "has no /s at its end",
		"rate>":                         "has no /s at its end",
		"rate>/s":                       "does not begin with a number",
		"rate>x/s":                      "does not begin with a number",
		"rate>1.2.3/s":                  "does not begin with a number",
		"rate>100m/s":                   "write 100mpackets/s, 100mbit/s or 100mbyte/s",
		"rate>100mb/s":                  "write 100mpackets/s, 100mbit/s or 100mbyte/s",
		"rate>100b/s":                   "100bit/s or 100byte/s",
		"rate>5 furlongs/s":             `no unit "furlongs"`,
		"rate<0/s":                      "silence:1s",
		"rate>99999999999gbit/s":        "more than can come",
		"rate>" + many("9", 400) + "/s": "does not begin with a number",
		"rate>9mbps/s":                  "no unit",
		"rate=5000/s":                   "compared with > or <",
		"rate:5000/s":                   "compared with > or <",
		"drop":                          "write drops",
		"Drops":                         "write drops",
		"SIGUSR2":                       "write signal",
		"usr2":                          "write signal",
		"Find:x":                        "write find in small letters, with a colon",
		"condition=tcp":                 "with a colon",
		"silence":                       "with a colon",
		"silence=5s":                    "with a colon",
	} {
		_, err := Parse(what, facts)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %q", what, err, want)
		}
	}
}

func many(s string, n int) string { return strings.Repeat(s, n) }

// TestExpressionWrong: the compiler says what is wrong, at once, or when it knows the link
// type and names; then of which trigger.
func TestExpressionWrong(t *testing.T) {
	var wrong *compile.Error
	if _, err := Parse("tcp prot 80", facts); !errors.As(err, &wrong) || !strings.Contains(wrong.Detail(), "^^^^") {
		t.Errorf("the error is %v", err)
	}
	one, err := Parse("host nowhere", facts)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = New([]Trigger{one}, Config{}); !errors.As(err, &wrong) || !strings.HasPrefix(err.Error(), "--trigger host nowhere: ") {
		t.Errorf("the error is %v", err)
	}
}

// TestOfPackets: a savefile has packets and their times, and nothing else.
func TestOfPackets(t *testing.T) {
	for what, want := range map[string]bool{
		"tcp": true, "find:x": true, "condition:port=80": true, "rate>1/s": true, "silence:1s": true,
		"drops": false, "signal": false, "exit:true": false, "file:x": false, "socket:x": false,
	} {
		one, err := Parse(what, facts)
		if err != nil || one.OfPackets() != want {
			t.Errorf("%s is of packets: %t, want %t (%v)", what, one.OfPackets(), want, err)
		}
	}
}

// FuzzParse: whatever is written, there is a trigger or an error, and an expression
// compiles or not.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"tcp port 80", "find:x", "condition:rtt>1s;sni~a", "rate>=1.5gbit/s", "rate<5 kpackets/s", "drops", "signal", "silence:1h", "exit:5s:true", "file:/x", "socket:x",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, what string) {
		one, err := Parse(what, facts)
		if err != nil {
			if err.Error() == "" {
				t.Error("the error says nothing")
			}
			return
		}
		again, err := Parse(one.Rule, facts)
		if err != nil || again.Kind != one.Kind || again.Text != one.Text || again.Rate != one.Rate || again.Time != one.Time {
			t.Errorf("%q is %+v, then %+v, %v", what, one, again, err)
		}
		set, err := New([]Trigger{one}, Config{})
		if err != nil {
			return
		}
		pkt := capture.NewPacket(capture.LinkEN10MB, make([]byte, 60))
		set.Packet(pkt)
		pkt.Time.Sec = 5
		set.Packet(pkt)
		set.End()
	})
}
