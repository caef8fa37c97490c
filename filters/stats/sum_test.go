package stats

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/headertest"
	"github.com/tapdump/tapdump/internal/shard"
)

// counted are statistics of packets as JSON.
func counted(t *testing.T, g Grouping, all bool, packets []*capture.Packet, start capture.Timestamp) string {
	t.Helper()
	hosts, s := NewHosts(nil), NewStatistics(false)
	s.Grouping, s.All = g, all
	s.StartRate(start)
	var p header.Packet
	for _, pkt := range packets {
		if header.Decode(pkt, &p) {
			_, way := hosts.Direction(&p)
			s.Add(pkt, &p, way)
		} else {
			s.AddOther(pkt, &p)
		}
	}
	var b strings.Builder
	if err := s.WriteJSON(&b, s.Span()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func sumOf(parts ...string) (string, error) {
	sum := NewSum(nil)
	for _, part := range parts {
		if err := sum.AddJSON(strings.NewReader(part)); err != nil {
			return "", err
		}
	}
	s, span := sum.Statistics()
	var b strings.Builder
	err := s.WriteJSON(&b, span)
	return b.String(), err
}

// TestSumOfShards: the sum of parts of a capture is what all of it gives, byte for
// byte, however transfers are grouped.
func TestSumOfShards(t *testing.T) {
	_, packets, _ := headertest.Made(5000)
	const n = 3
	for _, g := range []Grouping{Ungrouped, ByService, ByAddresses} {
		var parts []string
		for i := range n {
			d := shard.New(shard.Part{Index: i, Of: n})
			var some []*capture.Packet
			for _, pkt := range packets {
				if d.Takes(pkt) {
					some = append(some, pkt)
				}
			}
			parts = append(parts, counted(t, g, false, some, packets[0].Time))
		}
		want := counted(t, g, false, packets, packets[0].Time)
		for _, order := range [][]string{parts, {parts[2], parts[0], parts[1]}} {
			got, err := sumOf(order...)
			if err != nil || got != want {
				t.Errorf("grouping %d: %v\n%.2000s\nwant\n%.2000s", g, err, got, want)
			}
		}
		if got, err := sumOf(want); got != want || err != nil {
			t.Errorf("grouping %d: the sum of one is not the same (%v)", g, err)
		}
	}
}

// TestSumOfCaptures: statistics of captures at different times, at different rates.
func TestSumOfCaptures(t *testing.T) {
	at := func(ms ...int64) (all []*capture.Packet) {
		for _, m := range ms {
			all = append(all, headertest.Spec{Src: "10.0.0.1", Dst: "192.0.2.2", Protocol: header.ProtocolUDP, SrcPort: 1000, DstPort: 53}.Packet(m/1000, m%1000*1e6))
		}
		return all
	}
	early, late := at(1000, 1003, 1127), at(1129, 2000)
	got, err := sumOf(counted(t, Ungrouped, true, late, late[0].Time), counted(t, Ungrouped, true, early, early[0].Time))
	if err != nil {
		t.Fatal(err)
	}
	var s struct {
		Scope      string
		Begin, End time.Time
		Packets    int
		Seconds    float64
		Rate       struct {
			Interval       float64
			Start          time.Time
			Packets, Bytes []int
		}
		Transfers []struct{ Send struct{ Count, Unique int } }
	}
	if err := json.Unmarshal([]byte(got), &s); err != nil {
		t.Fatal(err)
	}
	begin := time.Unix(1, 0)
	if s.Scope != "all" || !s.Begin.Equal(begin) || !s.End.Equal(time.Unix(2, 0)) || s.Seconds != 1 || s.Packets != 5 || !s.Rate.Start.Equal(begin) ||
		s.Rate.Interval != 0.016 || len(s.Transfers) != 1 || s.Transfers[0].Send.Count != 5 {
		t.Errorf("the sum is %s", got)
	}
	n := 0
	for _, packets := range s.Rate.Packets {
		n += packets
	}
	// The interval with the packet of 2000 ms begins at 1993.
	if n != 5 || s.Rate.Packets[0] != 2 || s.Rate.Packets[62] != 1 || len(s.Rate.Packets) != 63 {
		t.Errorf("the rate is %v", s.Rate.Packets)
	}
	none := counted(t, Ungrouped, true, nil, capture.Timestamp{})
	none = strings.Replace(none, `"interval":0.001,"start":"1970-01-01T00:00:00Z"`, `"interval":0,"start":null`, 1)
	if again, err := sumOf(none, got, none); again != got || err != nil {
		t.Errorf("with nothing: %s (%v)", again, err)
	}
}

// TestSumRefuses: what does not fit is refused, and says why.
func TestSumRefuses(t *testing.T) {
	_, packets, _ := headertest.Made(100)
	good := counted(t, Ungrouped, false, packets, packets[0].Time)
	change := func(from, to string) string {
		if !strings.Contains(good, from) {
			t.Fatalf("the statistics have no %s", from)
		}
		return strings.Replace(good, from, to, 1)
	}
	for _, c := range []struct{ part, want string }{
		{"", "ends in the middle"},
		{good[:len(good)/2], "ends in the middle"},
		{good[:len(good)-2], "ends in the middle"},
		{good + "{}", "something follows"},
		{"[]", "no object"},
		{"x", "no statistics of --stats json"},
		{change(`"format":1`, `"format":2`), "of format 2"},
		{change(`"format":1,`, ``), `without the member "format"`},
		{change(`"format":1`, `"format":null`), `without the member "format"`},
		{change(`"scope":"shown"`, `"scope":"all"`), "the scopes differ"},
		{change(`"scope":"shown"`, `"scope":"some"`), `the scope "some"`},
		{change(`"unlisted":0`, `"unlisted":-1`), "cannot be a"},
		{change(`"unlisted":0`, `"unlisted":18446744073709551615`), ""},
		{change(`"transport":"TCP"`, `"transport":"QUIC"`), `the protocol "QUIC"`},
		{change(`"rate":{"interval":`, `"rate":{"interval":0.003,"x":`), "unknown field"},
		{change(`"start":"`, `"start":null,"end":"`), "unknown field"},
		{change(`"protocols":`, `"more":1,"protocols":`), `its member "more"`},
		{change(`"send":{"count":`, `"send":{"count":"`), "invalid"},
		{change(`"protocol":"UDP"`, `"protocol":"SCTP"`), "SCTP"},
		{change(`"local_port":`, `"port":1,"local_port":`), "lacks members"},
		{counted(t, ByService, false, packets, packets[0].Time), "told apart in two ways"},
	} {
		_, err := sumOf(good, c.part)
		if c.want == "" && err == nil {
			continue
		}
		if err == nil || c.want == "" || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.60q...: %v, want %q", c.part, err, c.want)
		}
	}
	byAddresses := counted(t, ByAddresses, false, packets, packets[0].Time)
	if _, err := sumOf(counted(t, ByService, false, packets, packets[0].Time), byAddresses); err == nil {
		t.Error("groups of two kinds are added")
	}
	huge := change(`"unlisted":0`, `"unlisted":18446744073709551615`)
	if _, err := sumOf(huge, huge); err == nil || !strings.Contains(err.Error(), "64 bits") {
		t.Errorf("a sum that is too large: %v", err)
	}
}

// TestSumLimit: transfers beyond the limit are counted in one number.
func TestSumLimit(t *testing.T) {
	_, packets, _ := headertest.Made(500)
	sum := NewSum(nil)
	sum.stats.transfers.limit = 3
	if err := sum.AddJSON(strings.NewReader(counted(t, Ungrouped, false, packets, packets[0].Time))); err != nil {
		t.Fatal(err)
	}
	s, _ := sum.Statistics()
	listed := uint64(0)
	s.transfers.each(Ungrouped, func(r *row) { listed += r.ways[0].packets + r.ways[1].packets })
	if unlisted, _ := s.Unlisted(); listed+unlisted != uint64(len(packets)) || listed == 0 || unlisted == 0 {
		t.Errorf("%d listed and %d unlisted of %d", listed, unlisted, len(packets))
	}
}

func FuzzSum(f *testing.F) {
	_, packets, _ := headertest.Made(30)
	var t testing.T
	for _, g := range []Grouping{Ungrouped, ByService, ByAddresses} {
		f.Add([]byte(counted(&t, g, false, packets, packets[0].Time)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		sum := NewSum(nil)
		if sum.AddJSON(bytes.NewReader(data)) != nil {
			return
		}
		s, span := sum.Statistics()
		var b bytes.Buffer
		if err := s.WriteJSON(&b, span); err != nil || !json.Valid(b.Bytes()) {
			t.Errorf("the sum is %s (%v)", &b, err)
		}
		if again, err := sumOf(b.String()); again != b.String() {
			t.Errorf("%s\nis added as\n%s\n%v", &b, again, fmt.Sprint(err))
		}
	})
}
