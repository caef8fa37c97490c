package steer

import (
	"fmt"
	"math/rand/v2"
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
