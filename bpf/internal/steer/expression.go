package steer

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// randomTerms are what random expressions are made of.
var randomTerms = []string{
	"ip", "ip6", "arp", "tcp", "udp", "icmp", "ip proto 47", "ip6 proto 58", "host 10.0.0.1", "src host 10.0.0.2", "dst net 10.0.0.0/8",
	"net 172.16.0.0/12", "host 2001:db8::1", "src net 2001:db8::/32", "port 53", "tcp port 80", "udp src port 67", "portrange 20-25",
	"tcp dst portrange 1024-65535", "ip[8] < 5", "tcp[13] & 2 != 0", "tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn", "ip[6:2] & 0x3fff != 0",
	"ip[12:4] = ip[16:4]", "ip[2:2] - ((ip[0] & 0xf) << 2) > 100", "len > 100", "less 64", "ip multicast", "ether[0] & 1 = 1", "arp[6:2] = 1",
	"udp[8:4] % 7 = ip[8]", "ip[8] * ip[9] > 77", "len - ip[2:2] = 14", "icmp[0] = 8", "ip6[6] = 58", "udp[4:2] >> 3 = 5", "-ip[1] = 0 - 4",
	"ether host 00:11:22:33:44:55", "ip[9] ^ 6 = 0", "tcp[0:2] = tcp[2:2]", "ip[0] >> 4 = 4", "ip[8] | 0x0f = 0x4f", "vlan 5", "geneve",
}

// Expression is a random expression of terms joined so deeply.
func Expression(rnd *rand.Rand, depth int) string {
	if depth == 0 || rnd.IntN(5) == 0 {
		term := randomTerms[rnd.IntN(len(randomTerms))]
		if rnd.IntN(4) == 0 {
			return "not (" + term + ")"
		}
		return term
	}
	op := [...]string{"and", "or"}[rnd.IntN(2)]
	return fmt.Sprintf("(%s %s %s)", Expression(rnd, depth-1), op, Expression(rnd, depth-1))
}

// Comparison is a random comparison of bytes of a packet behind arithmetic. The
// constants are those at which masks, shifts and ranges change their meaning.
func Comparison(rnd *rand.Rand) string {
	rel := [...]string{"=", "!=", ">", ">=", "<", "<="}[rnd.IntN(6)]
	right := constant(rnd)
	if rnd.IntN(8) == 0 {
		right = arithmetic(rnd, 1)
	}
	left := arithmetic(rnd, 1+rnd.IntN(2))
	if rnd.IntN(10) == 0 {
		left, right = right, left
	}
	text := fmt.Sprintf("%s %s %s", left, rel, right)
	if rnd.IntN(4) == 0 {
		text = fmt.Sprintf("%s and %s", text, Comparison(rnd))
	}
	if rnd.IntN(6) == 0 {
		text = fmt.Sprintf("(%s) or %s", text, Comparison(rnd))
	}
	return text
}

// load is a load at a fixed offset, or at one that the packet tells.
func load(rnd *rand.Rand) string {
	size := [...]int{1, 1, 2, 4}[rnd.IntN(4)]
	switch rnd.IntN(8) {
	case 0:
		return fmt.Sprintf("tcp[%d:%d]", rnd.IntN(6), size)
	case 1:
		return fmt.Sprintf("ether[ether[%d] + %d:%d]", rnd.IntN(3), rnd.IntN(6), size)
	}
	return fmt.Sprintf("ether[%d:%d]", rnd.IntN(6), size)
}

// Tests are random tests of a few values, which settle each other: against
// constants, of bits, and of one value against another.
func Tests(rnd *rand.Rand) string {
	values := []string{load(rnd), load(rnd), [...]string{"len", "ether[0]", "ether[0:2] & 0xff0", "ether[1] * 2", "ether[2] + 3", "ether[0:4] >> 20"}[rnd.IntN(6)]}
	value := func() string { return values[rnd.IntN(len(values))] }
	text := ""
	for n := 2 + rnd.IntN(5); n > 0; n-- {
		rel := [...]string{"=", "!=", ">", ">=", "<", "<="}[rnd.IntN(6)]
		var test string
		switch rnd.IntN(4) {
		case 0:
			test = fmt.Sprintf("%s %s %s", value(), rel, value())
		case 1:
			test = fmt.Sprintf("%s & %d %s %d", value(), 1<<rnd.IntN(8)|1<<rnd.IntN(9), rel, rnd.IntN(6))
		default:
			test = fmt.Sprintf("%s %s %d", value(), rel, [...]int{0, 1, 2, 3, 5, 8, 16, 100, 127, 128, 254, 255}[rnd.IntN(12)])
		}
		if rnd.IntN(4) == 0 {
			test = "not " + test
		}
		if text == "" {
			text = test
			continue
		}
		text = fmt.Sprintf("%s %s %s", text, [...]string{"and", "or"}[rnd.IntN(2)], test)
		if rnd.IntN(3) == 0 {
			text = "(" + text + ")"
		}
	}
	return text
}

// Tails are alternatives that end in the same tests of numbers at different
// places, as ports behind headers of IPv4 and IPv6 are.
func Tails(rnd *rand.Rand) string {
	numbers := [...]int{rnd.IntN(300), rnd.IntN(300), rnd.IntN(3)}
	op := [...]string{"=", ">", "& 1 !="}[rnd.IntN(3)]
	var terms []string
	for n := 2 + rnd.IntN(2); n > 0; n-- {
		guard := [...]string{"ip", "ip6", "arp", "tcp", "udp", "ether[12] = 5", "len > 90", "ether[6] & 3 = 1"}[rnd.IntN(8)]
		header := [...]string{"ip", "ip6", "ether", "tcp", "udp", "arp"}[rnd.IntN(6)]
		at := rnd.IntN(30)
		if rnd.IntN(3) == 0 {
			header, guard = "ether", guard+" and ether[0] < 9"
		}
		index := func(i int) string {
			if rnd.IntN(6) == 0 {
				return fmt.Sprintf("%s[ether[0] + %d:2]", header, at+i)
			}
			return fmt.Sprintf("%s[%d:2]", header, at+i)
		}
		terms = append(terms, fmt.Sprintf("%s and (%s %s %d or %s %s %d and %s = %d)", guard, index(0), op, numbers[0], index(2), op, numbers[1], index(4), numbers[2]))
	}
	return strings.Join(terms, " or ")
}

func constant(rnd *rand.Rand) string {
	list := [...]uint32{0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 31, 32, 63, 64, 127, 128, 255, 256, 0xfff, 0x7fff, 0x8000, 0xffff, 0x10000,
		0xffffff, 0x1000000, 0x7fffffff, 0x80000000, 0xf0, 0xff00, 0xff00ff00, 0xfffffff0, 0xffffffff}
	return fmt.Sprint(list[rnd.IntN(len(list))])
}

func arithmetic(rnd *rand.Rand, depth int) string {
	if depth == 0 {
		switch rnd.IntN(12) {
		case 0:
			return "len"
		case 1:
			return constant(rnd)
		}
		return load(rnd)
	}
	left, right := arithmetic(rnd, depth-1), constant(rnd)
	if rnd.IntN(5) == 0 {
		right = arithmetic(rnd, depth-1)
	}
	switch op := [...]string{"+", "-", "*", "/", "%", "&", "&", "|", "^", "<<", ">>", "-x"}[rnd.IntN(12)]; op {
	case "-x":
		return "(-" + left + ")"
	case "<<", ">>":
		return fmt.Sprintf("(%s %s %d)", left, op, [...]int{0, 1, 3, 4, 8, 16, 24, 31}[rnd.IntN(8)])
	case "/", "%":
		return fmt.Sprintf("(%s %s %d)", left, op, [...]uint32{1, 2, 3, 4, 7, 8, 16, 255, 256, 1 << 16, 1 << 31}[rnd.IntN(11)])
	default:
		return fmt.Sprintf("(%s %s %s)", left, op, right)
	}
}
