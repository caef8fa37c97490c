package compile

import (
	"strconv"
	"strings"

	"github.com/tapdump/tapdump/bpf/internal/syntax"
	"github.com/tapdump/tapdump/versions"
)

var decnetStrict = versions.Since(versions.V5_0, "filter: `decnet`",
	"`decnet host 64.120`, `decnet host 256` are numbers modulo 65536; `decnet net 1.2` is a host",
	"refused: `invalid DECnet address '64.120'`, `'decnet' is not a valid qualifier for 'net'`")

// decnetHost tests for a host by its DECnet address, as libpcap 1.11 does.
func (g *generator) decnetHost(t *syntax.Term) *pred {
	g.notWlan(t.Qual.Dir)
	if typ := t.Qual.Typ; typ != syntax.TypeDefault && typ != syntax.TypeHost {
		g.notDECnet(typ)
	}
	if t.Kind == syntax.AddressNumber {
		g.fail("invalid DECnet address '%d'", t.Num)
	}
	area, node, _ := strings.Cut(t.Text, ".")
	if !isDecimal(area, 63) || !isDecimal(node, 1023) {
		g.fail("invalid DECnet address '%s'", t.Text)
	}
	return g.decnet(decnetAddress(t.Text), t.Qual.Dir)
}

// isDecimal reports whether s is a decimal number up to most.
func isDecimal(s string, most uint64) bool {
	n, err := strconv.ParseUint(s, 10, 32)
	return err == nil && n <= most
}

// notDECnet refuses DECnet before a name, or a type other than that of hosts.
func (g *generator) notDECnet(typ syntax.AddressType) {
	if !g.follows(decnetStrict) {
		return
	}
	name := "host"
	if typ != syntax.TypeDefault {
		name = typeName(typ)
	}
	g.notQualifier("decnet", name)
}

// decnetAddress reads AREA.NODE, of which 6 and 10 bits count.
func decnetAddress(s string) uint32 {
	area, node, _ := strings.Cut(s, ".")
	number := func(s string) (n uint32) {
		for i := 0; i < len(s) && syntax.IsDigit(s[i]); i++ {
			n = n*10 + uint32(s[i]-'0')
		}
		return n
	}
	return number(area)<<10&0xfc00 | number(node)&0x3ff
}

// decnet tests the addresses of DECnet Phase IV in the four layouts of its
// routing header: long or short, behind a byte of padding or not. Addresses
// and the length before the header are little-endian.
func (g *generator) decnet(addr uint32, dir syntax.Direction) *pred {
	g.notFor(dir, otherAddresses)
	swapped := addr<<8&0xff00 | addr>>8&0xff
	field := func(short, long uint32) func() *pred {
		return func() *pred {
			return or(
				and(g.maskedEqual(atPayload, 2, 1, 0x02, 0x07), g.equal(atPayload, 2+short, 2, swapped)),
				and(g.maskedEqual(atPayload, 2, 2, 0x8102, 0xff07), g.equal(atPayload, 2+1+short, 2, swapped)),
				and(g.maskedEqual(atPayload, 2, 1, 0x06, 0x07), g.equal(atPayload, 2+long, 2, swapped)),
				and(g.maskedEqual(atPayload, 2, 2, 0x8106, 0xff07), g.equal(atPayload, 2+1+long, 2, swapped)))
		}
	}
	return g.typeAndEither(etherDECnet, dir, field(3, 15), field(1, 7))
}
