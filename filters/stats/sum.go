package stats

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/features"
)

// Sum adds statistics that WriteJSON wrote: of parts of a capture, or of several. It
// is for one goroutine. After an error it is of no use.
//
// What is counted adds up. Of times the first and the last stay. Intervals of the
// rate that do not lie in one of the sum's count in the one that they begin in: in
// none such are those of parts of one capture (StartRate).
type Sum struct {
	stats    Statistics
	span     Span
	sections map[string]SectionSum
	grouped  grouped
	parts    int
	has      []string // sections of each part
	overflow bool
}

// SectionSum adds what a Section wrote as JSON.
type SectionSum interface {
	AddJSON(d *json.Decoder) error
	Section
}

// grouped is what is known of how transfers are grouped.
type grouped uint8

const (
	anyhow    grouped = iota // there was none yet
	ungrouped                // they have two ports
	byGroup                  // as one may group: those of ICMP have no ports either way
	byService
	byAddresses
)

func (g grouped) String() string {
	return [...]string{"", "each by itself", "in groups", "by service (--stat-group=1)", "by addresses (--stat-group=2)"}[g]
}

// NewSum makes a Sum of nothing, which knows sections by their names.
func NewSum(sections map[string]SectionSum) *Sum {
	s := &Sum{sections: sections}
	s.stats.transfers = newTransfers()
	s.stats.transfers.groups = []uint64{}
	return s
}

// Statistics is the sum, and when what was added began and ended.
func (s *Sum) Statistics() (*Statistics, Span) {
	switch s.grouped {
	case byService:
		s.stats.Grouping = ByService
	case byAddresses, byGroup:
		s.stats.Grouping = ByAddresses
	}
	return &s.stats, s.span
}

// part is what one object has.
type part struct {
	Format, Packets, Bytes, Unlisted *uint64
	Scope                            *string
	Begin, End                       *time.Time
	Protocols                        *[]struct {
		Network, Transport string
		Packets, Bytes     uint64
	}
	Rate *struct {
		Interval       float64
		Start          *time.Time
		Packets, Bytes []uint64
	}
	transfers bool
	sections  []string
}

// AddJSON adds the statistics in r, which is to hold nothing else.
func (s *Sum) AddJSON(r io.Reader) error {
	if !features.HasSums {
		return features.Sums.Need("")
	}
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	var p part
	if err := object(d, func(name string) error { return s.member(d, &p, name) }); err != nil {
		return notStatistics(err)
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("something follows the statistics")
	}
	if err := s.add(&p); err != nil {
		return err
	}
	if s.overflow {
		return errors.New("a sum has more than 64 bits")
	}
	return nil
}

// notStatistics says what is wrong with JSON.
func notStatistics(err error) error {
	if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("ends in the middle of the statistics")
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("no statistics of --stats json: %w", err)
	}
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return fmt.Errorf("no statistics of --stats json: %s cannot be a %s", kind.Field, kind.Value)
	}
	return err
}

// object reads an object, and calls member with the name of each of its members,
// whose value is next.
func object(d *json.Decoder, member func(name string) error) error {
	t, err := d.Token()
	if err != nil {
		return err
	}
	if t != json.Delim('{') {
		return errors.New("no statistics of --stats json: no object")
	}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return err
		}
		if err := member(t.(string)); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}

func (s *Sum) member(d *json.Decoder, p *part, name string) error {
	if known, ok := s.sections[name]; ok {
		p.sections = append(p.sections, name)
		return known.AddJSON(d)
	}
	switch name {
	case "format":
		if err := d.Decode(&p.Format); err != nil {
			return err
		}
		if p.Format != nil && *p.Format != 1 {
			return fmt.Errorf("statistics of format %d; only 1 is known", *p.Format)
		}
		return nil
	case "scope":
		return d.Decode(&p.Scope)
	case "begin":
		return d.Decode(&p.Begin)
	case "end":
		return d.Decode(&p.End)
	case "seconds": // between them
		return d.Decode(new(float64))
	case "packets":
		return d.Decode(&p.Packets)
	case "bytes":
		return d.Decode(&p.Bytes)
	case "unlisted":
		return d.Decode(&p.Unlisted)
	case "protocols":
		return d.Decode(&p.Protocols)
	case "rate":
		return d.Decode(&p.Rate)
	case "transfers":
		p.transfers = true
		return s.addTransfers(d)
	}
	return fmt.Errorf("nobody knows how to add its member %q", name)
}

// add adds what transfers and sections are beside.
func (s *Sum) add(p *part) error {
	missing := ""
	for _, need := range [...]struct {
		name string
		has  bool
	}{{"format", p.Format != nil}, {"scope", p.Scope != nil}, {"packets", p.Packets != nil}, {"bytes", p.Bytes != nil},
		{"unlisted", p.Unlisted != nil}, {"protocols", p.Protocols != nil}, {"rate", p.Rate != nil}, {"transfers", p.transfers}} {
		if !need.has && missing == "" {
			missing = need.name
		}
	}
	if missing != "" {
		return fmt.Errorf("no statistics of --stats json: without the member %q", missing)
	}
	all := *p.Scope == "all"
	if !all && *p.Scope != "shown" {
		return fmt.Errorf("nobody knows the scope %q", *p.Scope)
	}
	slices.Sort(p.sections)
	if s.parts > 0 && all != s.stats.All {
		return errors.New(`the scopes differ: "all" packets here, those "shown" there (--stat-mode)`)
	}
	if s.parts > 0 && !slices.Equal(s.has, p.sections) {
		return fmt.Errorf("it has not the same members as the one before: here [%s], there [%s]", strings.Join(p.sections, " "), strings.Join(s.has, " "))
	}
	if s.parts == 0 {
		s.stats.All, s.has = all, p.sections
		for _, name := range p.sections {
			s.stats.Sections = append(s.stats.Sections, NamedSection{Name: name, Section: s.sections[name]})
		}
	}
	s.parts++
	if p.Begin != nil && (s.span.Begin.IsZero() || p.Begin.Before(s.span.Begin)) {
		s.span.Begin = *p.Begin
	}
	if p.End != nil && p.End.After(s.span.End) {
		s.span.End = *p.End
	}
	s.sum(&s.stats.packets, *p.Packets)
	s.sum(&s.stats.bytes, *p.Bytes)
	s.sum(&s.stats.transfers.unlisted, *p.Unlisted)
	for _, row := range *p.Protocols {
		kind, ok := kindByNames(row.Network, row.Transport)
		if !ok {
			return fmt.Errorf("nobody knows the protocol %q over %q", row.Transport, row.Network)
		}
		s.sum(&s.stats.protocols[kind].packets, row.Packets)
		s.sum(&s.stats.protocols[kind].bytes, row.Bytes)
	}
	return s.addRate(p)
}

func kindByNames(network, transport string) (protocolKind, bool) {
	for kind := range protocolKinds {
		if n, t := kindNames(kind); n == network && t == transport {
			return kind, true
		}
	}
	return 0, false
}

func (s *Sum) sum(to *uint64, n uint64) {
	var carry uint64
	*to, carry = bits.Add64(*to, n, 0)
	s.overflow = s.overflow || carry > 0
}

// addRate puts what the sum has, and what is added, into intervals of the wider kind
// from the earlier start on.
func (s *Sum) addRate(p *part) error {
	n := len(p.Rate.Packets)
	if p.Rate.Start == nil {
		if n > 0 {
			return errors.New(`the rate has no member "start"`)
		}
		return nil
	}
	width := int64(p.Rate.Interval*1e9 + 0.5)
	ms := int64(time.Millisecond)
	start := p.Rate.Start.UnixNano()
	switch {
	case !time.Unix(0, start).Equal(*p.Rate.Start):
		return errors.New("the rate starts at a time that is none of a packet")
	case n > rateIntervals || n != len(p.Rate.Bytes):
		return errors.New("the rate has not as many packets as bytes, or too many of them")
	case width < ms || width%ms != 0 || bits.OnesCount64(uint64(width/ms)) != 1:
		return errors.New("the interval of the rate is no power of 2 times a millisecond")
	}
	old := s.stats.rate
	r := &s.stats.rate
	*r = rate{start: start, width: width}
	if old.width > 0 {
		r.start, r.width = min(start, old.start), max(width, old.width)
	}
	for i := range n {
		t := r.at(start + int64(i)*width)
		s.sum(&t.packets, p.Rate.Packets[i])
		s.sum(&t.bytes, p.Rate.Bytes[i])
	}
	for i, o := range old.tallies[:old.n] {
		t := r.at(old.start + int64(i)*old.width)
		s.sum(&t.packets, o.packets)
		s.sum(&t.bytes, o.bytes)
	}
	return nil
}

// jsonTransfer is a transfer or a group of some.
type jsonTransfer struct {
	Protocol      string
	Local, Remote netip.Addr
	LocalPort     *int32 `json:"local_port"`
	RemotePort    *int32 `json:"remote_port"`
	Port          *int32
	Groups        *uint64
	Send, Receive *jsonCounts
}

type jsonCounts struct{ Count, Unique, Size uint64 }

func (s *Sum) addTransfers(d *json.Decoder) error {
	if t, err := d.Token(); err != nil {
		return err
	} else if t != json.Delim('[') {
		return errors.New("no statistics of --stats json: transfers are no list")
	}
	for d.More() {
		var t jsonTransfer
		if err := d.Decode(&t); err != nil {
			return err
		}
		if err := s.addTransfer(&t); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

func (s *Sum) addTransfer(t *jsonTransfer) error {
	e, groups, err := s.endpoints(t)
	if err != nil {
		return err
	}
	x := s.stats.transfers
	before := x.n
	n, ok := x.number(&e)
	if !ok {
		s.sum(&x.unlisted, t.Send.Count)
		s.sum(&x.unlisted, t.Receive.Count)
		return nil
	}
	if x.n > before {
		x.groups = append(x.groups, 0)
	}
	s.sum(&x.groups[n], groups)
	for i, c := range [...]*jsonCounts{t.Send, t.Receive} {
		way := &x.at(n).ways[i]
		s.sum(&way.packets, c.Count)
		s.sum(&way.turns, c.Unique)
		s.sum(&way.size, c.Size)
	}
	return nil
}

// endpoints are those that a transfer is found by. Both ports are that of a group.
func (s *Sum) endpoints(t *jsonTransfer) (e endpoints, groups uint64, err error) {
	wrong := func(what string) (endpoints, uint64, error) {
		return endpoints{}, 0, fmt.Errorf("a transfer %s", what)
	}
	single := t.LocalPort != nil && t.RemotePort != nil && t.Port == nil && t.Groups == nil
	group := t.LocalPort == nil && t.RemotePort == nil && t.Port != nil && t.Groups != nil
	if !single && !group || t.Send == nil || t.Receive == nil || !t.Local.IsValid() || !t.Remote.IsValid() {
		return wrong("lacks members, or has those of a group too")
	}
	for _, protocol := range [...]uint8{header.ProtocolTCP, header.ProtocolUDP, header.ProtocolICMP, header.ProtocolICMPv6} {
		if header.ProtocolName(protocol) == t.Protocol {
			e.protocol = protocol
		}
	}
	e.version = 4
	if t.Local.Is6() {
		e.version = 6
	}
	switch {
	case e.protocol == 0:
		return wrong("is of a protocol that nobody knows: " + t.Protocol)
	case t.Local.Is6() != t.Remote.Is6() || t.Local.Zone() != "" || t.Remote.Zone() != "":
		return wrong("is between addresses that cannot talk to each other")
	}
	putAddr(&e.local, t.Local)
	putAddr(&e.remote, t.Remote)
	if single {
		err := s.groupedAs(ungrouped)
		icmp := *t.LocalPort == header.NoPort && *t.RemotePort == header.NoPort
		if !icmp {
			e.localPort, e.remotePort = uint16(*t.LocalPort), uint16(*t.RemotePort)
		}
		if l, r := e.ports(); l != *t.LocalPort || r != *t.RemotePort {
			return wrong("has ports that its protocol has not")
		}
		return e, 1, err
	}
	icmp := e.protocol == header.ProtocolICMP || e.protocol == header.ProtocolICMPv6
	how := byGroup
	switch {
	case *t.Port != header.NoPort && (icmp || *t.Port != int32(uint16(*t.Port))):
		return wrong("has ports that its protocol has not")
	case *t.Port != header.NoPort:
		how = byService
		e.localPort, e.remotePort = uint16(*t.Port), uint16(*t.Port)
	case !icmp:
		how = byAddresses
	}
	return e, *t.Groups, s.groupedAs(how)
}

// groupedAs takes note of how transfers are grouped.
func (s *Sum) groupedAs(how grouped) error {
	switch {
	case s.grouped == anyhow || s.grouped == byGroup && how >= byGroup:
		s.grouped = how
	case s.grouped == how || s.grouped > byGroup && how == byGroup:
	default:
		return fmt.Errorf("transfers are told apart in two ways: %s here, %s there", how, s.grouped)
	}
	return nil
}
