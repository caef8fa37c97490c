package tcpanalysis

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math/bits"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Sum adds what WriteJSON of a Report wrote: Known for a Report of all. Connections
// are numbered anew, in the order in which they were added, since a number is one of
// its capture; those beyond MaxConnections count as forgotten. It is for one goroutine.
type Sum struct {
	total       Totals
	connections []Summary
	most        int // of connections; 0: MaxConnections
}

// Totals implements Known.
func (s *Sum) Totals() Totals { return s.total }

// Connections implements Known.
func (s *Sum) Connections() iter.Seq[Summary] { return slices.Values(s.connections) }

// jsonReport is an object of WriteJSON.
type jsonReport struct {
	Connections, Forgotten, Segments, Retransmitted *uint64
	RetransmittedBytes                              *uint64 `json:"retransmitted_bytes"`
	Stalls                                          *uint64
	StalledUS                                       *uint64 `json:"stalled_us"`
	Endings, Marks                                  map[string]uint64
	Conversations                                   *[]jsonConnection
}

type jsonConnection struct {
	Stream         uint64
	Client, Server *jsonSide
	HandshakeUS    *uint64 `json:"handshake_rtt_us"`
	End, By        string
}

type jsonSide struct {
	Address                        netip.Addr
	Port                           uint16
	Segments, Bytes, Retransmitted uint64
	RetransmittedBytes             uint64 `json:"retransmitted_bytes"`
	DuplicateBytes                 uint64 `json:"duplicate_bytes"`
	Stalls                         uint32
	StalledUS                      uint64 `json:"stalled_us"`
	RTTs                           uint32
	MedianUS                       uint64 `json:"rtt_p50_us"`
	LargestUS                      uint64 `json:"rtt_max_us"`
}

// AddJSON adds the object that is next in d.
func (s *Sum) AddJSON(d *json.Decoder) error {
	var r jsonReport
	if err := d.Decode(&r); err != nil {
		return err
	}
	if r.Connections == nil || r.Forgotten == nil || r.Segments == nil || r.Retransmitted == nil || r.RetransmittedBytes == nil ||
		r.Stalls == nil || r.StalledUS == nil || r.Endings == nil || r.Marks == nil || r.Conversations == nil {
		return errors.New("the statistics of TCP lack members")
	}
	t := &s.total
	var overflow bool
	add := func(to *uint64, n uint64) {
		var carry uint64
		*to, carry = bits.Add64(*to, n, 0)
		overflow = overflow || carry > 0
	}
	add(&t.Connections, *r.Connections)
	add(&t.Forgotten, *r.Forgotten)
	add(&t.Packets, *r.Segments)
	add(&t.Retransmitted, *r.Retransmitted)
	add(&t.RetransmittedLen, *r.RetransmittedBytes)
	add(&t.Stalls, *r.Stalls)
	stalled, tooLong := microseconds(*r.StalledUS)
	t.Stalled += stalled
	overflow = overflow || tooLong || t.Stalled < 0
	for name, n := range r.Endings {
		ending, ok := endingByName(strings.ReplaceAll(name, "_", " "))
		if !ok {
			return fmt.Errorf("nobody knows the ending %q of TCP connections", name)
		}
		add(&t.Endings[ending], n)
	}
	for name, n := range r.Marks {
		i := slices.IndexFunc(marks[:], func(m Mark) bool { return m.Name == name })
		if i < 0 {
			return fmt.Errorf("nobody knows the mark %q of TCP segments", name)
		}
		add(&t.marks[bits.TrailingZeros32(uint32(marks[i].Bit))], n)
	}
	for i := range *r.Conversations {
		c, err := (*r.Conversations)[i].summary()
		if err != nil {
			return err
		}
		if len(s.connections) == cmp.Or(s.most, MaxConnections) {
			add(&t.Forgotten, 1)
			continue
		}
		c.Stream = uint64(len(s.connections))
		s.connections = append(s.connections, c)
	}
	if overflow {
		return errors.New("a sum has more than 64 bits")
	}
	return nil
}

// microseconds are what is written as µs.
func microseconds(us uint64) (d time.Duration, tooLong bool) {
	const most = uint64(1<<63-1) / uint64(time.Microsecond)
	return time.Duration(min(us, most)) * time.Microsecond, us > most
}

func endingByName(name string) (Ending, bool) {
	for e := range Ending(endings) {
		if e.String() == name {
			return e, true
		}
	}
	return 0, false
}

func (j *jsonConnection) summary() (Summary, error) {
	ending, ok := endingByName(j.End)
	by, has := map[string]int{"": -1, "client": 0, "server": 1}[j.By]
	if !ok || !has || j.Client == nil || j.Server == nil || !j.Client.Address.IsValid() || !j.Server.Address.IsValid() {
		return Summary{}, errors.New("a conversation of TCP lacks members, or has a value that nobody knows")
	}
	c := Summary{Ending: ending, By: by}
	long := false
	if j.HandshakeUS != nil {
		d, tooLong := microseconds(*j.HandshakeUS)
		c.Handshake, long = max(d, 1), tooLong // 0 is none
	}
	for i, side := range [...]*jsonSide{j.Client, j.Server} {
		s := &c.Sides[i]
		*s = Side{
			Addr: side.Address, Port: side.Port, Packets: side.Segments, Bytes: side.Bytes,
			Retransmitted: side.Retransmitted, RetransmittedLen: side.RetransmittedBytes, Unneeded: side.DuplicateBytes,
			Stalls: side.Stalls, RTTs: side.RTTs,
		}
		var tooLong [3]bool
		s.Stalled, tooLong[0] = microseconds(side.StalledUS)
		s.MedianRTT, tooLong[1] = microseconds(side.MedianUS)
		s.LargestRTT, tooLong[2] = microseconds(side.LargestUS)
		long = long || tooLong != [3]bool{}
	}
	if long {
		return Summary{}, errors.New("a conversation of TCP has a time that is too long")
	}
	return c, nil
}
