package names

import (
	"iter"
	"strconv"
	"strings"
)

type network struct {
	name, aliases string
	number        uint32
}

// networks yields the entries of a networks(5) text: name, number, aliases.
func networks(text string) iter.Seq[network] {
	return func(yield func(network) bool) {
		for line := range lines(text) {
			var n network
			var number string
			var ok bool
			n.name, n.aliases = field(line)
			number, n.aliases = field(n.aliases)
			if n.number, ok = parseNetwork(number); !ok {
				continue
			}
			if !yield(n) {
				return
			}
		}
	}
}

// parseNetwork reads one to four octets between dots, decimal, octal (0…) or
// hexadecimal (0x…); octets that are left out at the end are zero.
func parseNetwork(s string) (uint32, bool) {
	var number uint32
	for i := range 4 {
		octet, rest, more := strings.Cut(s, ".")
		base := 10
		switch {
		case strings.HasPrefix(octet, "0x"), strings.HasPrefix(octet, "0X"):
			octet, base = octet[2:], 16
		case len(octet) > 1 && octet[0] == '0':
			base = 8
		}
		n, err := strconv.ParseUint(octet, base, 8)
		if err != nil {
			return 0, false
		}
		number |= uint32(n) << (24 - 8*i)
		if !more {
			return number, true
		}
		s = rest
	}
	return 0, false // a fifth octet
}

// Net returns the number of a network's name or alias in host byte order, as
// getnetbyname(3) does: always of four octets, so "127" is 0x7f000000. Case
// does not count.
func (r *Resolver) Net(name string) (uint32, bool) {
	for n := range networks(r.networks.load(r.files.Networks)) {
		if strings.EqualFold(n.name, name) || hasWordFold(n.aliases, name) {
			return n.number, true
		}
	}
	return 0, false
}
