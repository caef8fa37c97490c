package tcpanalysis

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

const jsonOfTwo = `{"connections":2,"forgotten":1,"endings":{"open":0,"half_closed":0,"closed":1,"reset":1,"refused":0,"unanswered":0,"timed_out":0},` +
	`"segments":9,"retransmitted":1,"retransmitted_bytes":100,"stalls":1,"stalled_us":1500,"marks":{"retransmission":1},"conversations":[` +
	`{"stream":4,"client":{"address":"192.0.2.1","port":4000,"segments":3,"bytes":10,"retransmitted":1,"retransmitted_bytes":100,"duplicate_bytes":0,` +
	`"stalls":0,"stalled_us":0,"rtts":0},"server":{"address":"192.0.2.2","port":80,"segments":2,"bytes":0,"retransmitted":0,"retransmitted_bytes":0,` +
	`"duplicate_bytes":0,"stalls":1,"stalled_us":1500,"rtts":2,"rtt_p50_us":0,"rtt_max_us":20},"handshake_rtt_us":0,"end":"closed","by":"client"},` +
	`{"stream":7,"client":{"address":"2001:db8::1","port":4000,"segments":2,"bytes":0,"retransmitted":0,"retransmitted_bytes":0,"duplicate_bytes":0,` +
	`"stalls":0,"stalled_us":0,"rtts":0},"server":{"address":"2001:db8::2","port":80,"segments":2,"bytes":0,"retransmitted":0,"retransmitted_bytes":0,` +
	`"duplicate_bytes":0,"stalls":0,"stalled_us":0,"rtts":0},"end":"reset","by":"server"}]}`

// TestSum: numbers add up, connections stay as they are but for their numbers, and
// those that are too many are counted.
func TestSum(t *testing.T) {
	s := &Sum{most: 3}
	for range 2 {
		if err := s.AddJSON(json.NewDecoder(strings.NewReader(jsonOfTwo))); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := (Report{s}).WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	got := b.String()
	for _, want := range []string{`"connections":4,"forgotten":3,`, `"closed":2,"reset":2,`, `"segments":18,"retransmitted":2,"retransmitted_bytes":200,"stalls":2,"stalled_us":3000,`,
		`"retransmission":2,`, `"rtts":2,"rtt_p50_us":0,"rtt_max_us":20},"handshake_rtt_us":0,"end":"closed","by":"client"}`} {
		if !strings.Contains(got, want) {
			t.Errorf("the sum lacks %s:\n%s", want, got)
		}
	}
	for i, old := range []string{`"stream":4,`, `"stream":7,`, `"stream":4,`} {
		_, conversation, _ := strings.Cut(jsonOfTwo, old)
		conversation, _, _ = strings.Cut(conversation, `,"by"`)
		if want := `"stream":` + string(rune('0'+i)) + `,` + conversation; !strings.Contains(got, want) {
			t.Errorf("the sum lacks %s:\n%s", want, got)
		}
	}
	if strings.Count(got, `"stream"`) != 3 {
		t.Errorf("the sum has not 3 connections:\n%s", got)
	}
}

// TestSumRefuses: what nobody knows is not added.
func TestSumRefuses(t *testing.T) {
	for from, to := range map[string]string{
		`"forgotten":1,`:    ``,
		`"closed":1`:        `"gone":1`,
		`"retransmission"`:  `"repetition"`,
		`"end":"reset"`:     `"end":"over"`,
		`"by":"server"`:     `"by":"nobody"`,
		`"192.0.2.1"`:       `"192.0.2"`,
		`"segments":9`:      `"segments":-9`,
		`"stalled_us":1500`: `"stalled_us":18446744073709551615`,
	} {
		text := strings.Replace(jsonOfTwo, from, to, 1)
		if text == jsonOfTwo {
			t.Errorf("there is no %s", from)
		}
		if err := new(Sum).AddJSON(json.NewDecoder(strings.NewReader(text))); err == nil {
			t.Errorf("%s is added", to)
		}
	}
}
