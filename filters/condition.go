package filters

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/text"
)

// field is what a condition compares.
type field uint8

const (
	fieldPort field = iota // the lower of both ports
	fieldClientPort
	fieldSrcPort
	fieldDestPort
	fieldTTL
	fieldFlags
	fieldSeq
	fieldAck
	fieldWindow
	fieldMSS
	fieldWScale
	fieldSACK
)

// fieldNames are the names of the fields, with the values that they can have.
var fieldNames = [...]struct {
	name     string
	min, max int64
}{
	fieldPort:       {"port", header.NoPort, 65535},
	fieldClientPort: {"client_port", header.NoPort, 65535},
	fieldSrcPort:    {"src_port", header.NoPort, 65535},
	fieldDestPort:   {"dest_port", header.NoPort, 65535},
	fieldTTL:        {"ttl", 0, 255},
	fieldFlags:      {"flags", 0, 0},
	fieldSeq:        {"seq", 0, 1<<32 - 1},
	fieldAck:        {"ack", 0, 1<<32 - 1},
	fieldWindow:     {"window", 0, 65535},
	fieldMSS:        {"mss", 0, 65535},
	fieldWScale:     {"wscale", 0, 255},
	fieldSACK:       {"sack", 0, 1},
}

// Fields lists the names of the fields of headers that conditions can ask for.
func Fields() []string {
	names := make([]string, len(fieldNames))
	for f := range fieldNames {
		names[f] = fieldNames[f].name
	}
	return names
}

// ofTCP reports whether only TCP has the field.
func (f field) ofTCP() bool { return f >= fieldFlags }

// comparison is an operator of conditions.
type comparison uint8

const (
	equal comparison = iota
	notEqual
	greater
	less
	greaterEqual
	lessEqual
	matches    // a regular expression, for text
	matchesNot // likewise
)

// operators are in the order in which they are tried.
var operators = [...]struct {
	text string
	op   comparison
}{
	{"==", equal}, {"!=", notEqual}, {"!~", matchesNot}, {"~", matches}, {">=", greaterEqual}, {"<=", lessEqual},
	{"=", equal}, {">", greater}, {"<", less},
}

// MaxConditions is the longest text of conditions in bytes.
const MaxConditions = 4096

// condition is one comparison. Of several values one has to hold, with notEqual
// all of them.
type condition struct {
	field  field
	op     comparison
	values []int64        // of flags and words one, with all bits
	beyond *factCondition // nil: it is about field
	text   string         // as it was written
}

// Conditions all have to hold. They do not change, so that goroutines may share
// them.
type Conditions []condition

// ParseConditions reads comparisons such as "port=80,443; ttl<64", which may be about
// facts too: "sni=*.example.com". A value with a comma or semicolon in it stands in
// double quotes. The error names the part that is wrong.
func ParseConditions(text string, facts ...Fact) (Conditions, error) {
	if len(text) > MaxConditions {
		return nil, fmt.Errorf("conditions of %d bytes are longer than %d", len(text), MaxConditions)
	}
	var all Conditions
	parts, err := splitQuoted(text, ';')
	if err != nil {
		return nil, err
	}
	for _, part := range parts {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		c, err := parseCondition(part, facts)
		if err != nil {
			return nil, err
		}
		c.text = part
		all = append(all, c)
	}
	if all == nil {
		return nil, fmt.Errorf("there is no condition in it; write one as in port=80")
	}
	return all, nil
}

// String is the text that ParseConditions reads.
func (all Conditions) String() string {
	var parts []string
	for i := range all {
		parts = append(parts, all[i].text)
	}
	return strings.Join(parts, "; ")
}

func parseCondition(part string, facts []Fact) (c condition, err error) {
	at := strings.IndexAny(part, "=!<>~")
	name := part
	if at >= 0 {
		name = strings.TrimSpace(part[:at])
	}
	if c, ok, err := parseFact(name, part, at, facts); ok {
		return c, err
	}
	if c.field, err = fieldByName(name, part, facts); err != nil {
		return c, err
	}
	var values string
	if c.op, values, err = operatorAt(part, at); err != nil {
		return c, err
	}
	if c.op == matches || c.op == matchesNot {
		return c, fmt.Errorf("%s: only text can be compared with ~", text.Quote(part))
	}
	if strings.TrimSpace(values) == "" {
		return c, fmt.Errorf("%s: a value is missing at the end", text.Quote(part))
	}
	if c.field == fieldFlags {
		return c, c.parseFlags(part, values)
	}
	for value := range strings.SplitSeq(values, ",") {
		n, err := c.field.parseValue(part, strings.TrimSpace(value))
		if err != nil {
			return c, err
		}
		c.values = append(c.values, n)
	}
	return c, nil
}

// operatorAt is the operator at a place of a condition, -1 for none, and what is
// behind it.
func operatorAt(part string, at int) (op comparison, rest string, err error) {
	name := part
	if at >= 0 {
		name = strings.TrimSpace(part[:at])
		for _, o := range operators {
			if strings.HasPrefix(part[at:], o.text) {
				return o.op, part[at+len(o.text):], nil
			}
		}
	}
	return 0, "", fmt.Errorf("%s: an operator is missing behind %s; there are = != > < >= <=", text.Quote(part), text.Quote(name))
}

func fieldByName(name, part string, facts []Fact) (field, error) {
	if name == "" {
		return 0, fmt.Errorf("%s: a name is missing in front of the operator", text.Quote(part))
	}
	for f := range fieldNames {
		if strings.EqualFold(fieldNames[f].name, strings.ReplaceAll(name, "-", "_")) {
			return field(f), nil
		}
	}
	var names []string
	for f := range fieldNames {
		names = append(names, fieldNames[f].name)
	}
	for i := range facts {
		names = append(names, facts[i].Names[0])
	}
	return 0, fmt.Errorf("%s: there is no %s; there are %s", text.Quote(part), text.Quote(name), strings.Join(names, ", "))
}

func (f field) parseValue(part, value string) (int64, error) {
	if value == "" {
		return 0, fmt.Errorf("%s: a value is missing beside a comma", text.Quote(part))
	}
	n, err := strconv.ParseInt(value, 0, 64)
	if err != nil {
		return 0, fmt.Errorf("%s: %s is no number", text.Quote(part), text.Quote(value))
	}
	if has := &fieldNames[f]; n < has.min || n > has.max {
		return 0, fmt.Errorf("%s: %s is not from %d to %d", text.Quote(part), value, has.min, has.max)
	}
	return n, nil
}

func (c *condition) parseFlags(part, values string) error {
	if c.op != equal && c.op != notEqual {
		return fmt.Errorf("%s: flags can be compared with = and != only", text.Quote(part))
	}
	bits := int64(0)
next:
	for value := range strings.SplitSeq(values, ",") {
		value = strings.TrimSpace(value)
		for i, name := range header.FlagNames {
			if strings.EqualFold(value, name) {
				bits |= 1 << i
				continue next
			}
		}
		return fmt.Errorf("%s: %s is no flag; there are %s", text.Quote(part), text.Quote(value), strings.Join(header.FlagNames[:], ", "))
	}
	c.values = []int64{bits}
	return nil
}

// Match reports whether the conditions hold for a packet of which no facts are known.
// It does not allocate.
func (all Conditions) Match(p *header.Packet) bool { return all.match(p, nil) }

func (all Conditions) match(p *header.Packet, facts Facts) bool {
	for i := range all {
		if !all[i].match(p, facts) {
			return false
		}
	}
	return true
}

func (c *condition) match(p *header.Packet, facts Facts) bool {
	if c.beyond != nil {
		return c.matchFact(facts)
	}
	if c.field.ofTCP() && p.Protocol != header.ProtocolTCP {
		return false
	}
	if c.field == fieldFlags {
		any := int64(header.TCP(p.Transport).Flags())&c.values[0] != 0
		return any == (c.op == equal)
	}
	n, ok := c.field.of(p)
	return ok && c.holds(n)
}

// holds reports whether the comparison holds for n.
func (c *condition) holds(n int64) bool {
	for _, v := range c.values {
		switch c.op {
		case notEqual:
			if n == v {
				return false
			}
		case equal:
			if n == v {
				return true
			}
		case greater:
			if n > v {
				return true
			}
		case less:
			if n < v {
				return true
			}
		case greaterEqual:
			if n >= v {
				return true
			}
		case lessEqual:
			if n <= v {
				return true
			}
		}
	}
	return c.op == notEqual
}

// of returns the field's value in a packet that may have it.
func (f field) of(p *header.Packet) (n int64, ok bool) {
	lower, higher := p.Ports()
	switch f {
	case fieldPort:
		return int64(lower), true
	case fieldClientPort:
		return int64(higher), true
	case fieldSrcPort:
		return int64(p.SrcPort), true
	case fieldDestPort:
		return int64(p.DstPort), true
	case fieldTTL:
		return int64(p.TTL()), true
	}
	t := header.TCP(p.Transport)
	switch f {
	case fieldSeq:
		return int64(t.Sequence()), true
	case fieldAck:
		return int64(t.Acknowledgement()), true
	case fieldWindow:
		return int64(t.Window()), true
	case fieldMSS:
		return optionNumber(t, header.OptionMSS)
	case fieldWScale:
		return optionNumber(t, header.OptionWindowScale)
	case fieldSACK:
		for o := t.Options(); o.Next(); {
			if o.Kind == header.OptionSACKPermitted {
				return 1, true
			}
		}
	}
	return 0, false
}

// optionNumber is the value of the first option of a kind.
func optionNumber(t header.TCP, kind uint8) (int64, bool) {
	for o := t.Options(); o.Next(); {
		if o.Kind == kind {
			n, ok := o.Number()
			return int64(n), ok
		}
	}
	return 0, false
}
