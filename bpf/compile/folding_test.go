package compile

import (
	"errors"
	"testing"

	"github.com/tapdump/tapdump/capture"
)

// TestRejectsAll has expressions that no packet can match; libpcap refuses those
// of which its optimizer sees it.
func TestRejectsAll(t *testing.T) {
	tests := []struct {
		link    capture.LinkType
		expr    string
		refused bool
	}{
		{capture.LinkEN10MB, "ip and arp", true},
		{capture.LinkEN10MB, "ip and ip6", true},
		{capture.LinkEN10MB, "tcp and udp", true},
		{capture.LinkEN10MB, "tcp and not ip and not ip6", true},
		{capture.LinkEN10MB, "not udp port 53 and udp portrange 53-60 and icmp", true},
		{capture.LinkEN10MB, "host 10.0.0.1 and not host 10.0.0.1", true},
		{capture.LinkEN10MB, "(arp or rarp) and tcp", true},
		{capture.LinkEN10MB, "tcp and (arp or ip6 and udp or icmp)", true},
		{capture.LinkRAW, "arp", true},
		{capture.LinkNULL, "not ip and not ip6 and tcp", true},
		{capture.LinkIPV4, "ip6", true},
		{capture.LinkEN10MB, "1 = 2", true},
		{capture.LinkEN10MB, "3 - 1 = 1", true},
		{capture.LinkLINUX_SLL, "(7 % 4) % 2 >= 9 << 3", true},
		{capture.LinkEN10MB, "ip and 1 = 2", true},
		{capture.LinkEN10MB, "net 0.0.0.0/0 and not net 0.0.0.0/0 and ip", true},
		{capture.LinkRAW, "link[0:2] & 0xffffffff = 0", true}, // it could
		{capture.LinkEN10MB, "ip[8] = 4 and ip[8] = 5", true},

		{capture.LinkEN10MB, "ip and 3 - 1 = 1", false}, // arithmetic comes after the branches
		{capture.LinkEN10MB, "ip[8] > 255", false},
		{capture.LinkEN10MB, "ip[8] > 4 and ip[8] < 3", false},
		{capture.LinkEN10MB, "ip[8] = 4 and ether[22] = 5", false},                  // the same byte
		{capture.LinkEN10MB, "ether[12:2] = 0x800 and arp", false},                  // the same field
		{capture.LinkEN10MB, "5 >= 0 % 7 and 2 / 7 <= 4 ^ 8 and 0 >= 3 * 4", false}, // the same operands twice
		{capture.LinkEN10MB, "geneve and ip and arp", false},                        // not optimized
		{capture.LinkPRISM_HEADER, "ip and arp", false},
		{capture.LinkEN10MB, "tcp or udp", false},
	}
	for _, test := range tests {
		_, err := Compile(test.expr, test.link, ModeDead, Options{})
		var e *Error
		refused := errors.As(err, &e) && e.Msg == "expression rejects all packets"
		if err != nil && !refused {
			t.Errorf("%s: %v", test.expr, err)
		} else if refused != test.refused {
			t.Errorf("%s on %s: refused is %v, want %v", test.expr, test.link, refused, test.refused)
		}
		if _, err := Compile(test.expr, test.link, ModeDead, Options{NoOptimize: true}); err != nil {
			t.Errorf("%s on %s: %v, want a program that is not optimized", test.expr, test.link, err)
		}
	}
}

// TestLateErrors has operands that are wrong only once computed. libpcap says
// so where its optimizer comes to them, which it does not when branches lead
// past them, and of two of them says what it meets first.
func TestLateErrors(t *testing.T) {
	const division, modulus, shift, rejects = "division by zero", "modulus by zero", "shift by more than 31 bits", "expression rejects all packets"
	for _, c := range []struct {
		link capture.LinkType
		expr string
		want string // "": a program
	}{
		{capture.LinkEN10MB, "ip[1] / (4 & 8) = 1", division},
		{capture.LinkEN10MB, "ip[1] % 8 % 10 & 1 < 7 or ip", ""},
		{capture.LinkEN10MB, "ip[1] % 8 % 10 & 1 < 7 or ip6", modulus},
		{capture.LinkEN10MB, "ip or ip[1] / (3 & 0) = 1", ""},
		{capture.LinkEN10MB, "pim[30] = 1 and tcp[1] << (25 + 16) = 1", rejects},
		{capture.LinkEN10MB, "len / (3 & 0) = 3 and len << (16 + 16) = 1", shift},
		{capture.LinkEN10MB, "len % (3 & 0) + (len >> (16 + 16)) = 1", shift},
		{capture.LinkEN10MB, "2 / (3 & 0) = 3 and len << (16 + 16) = 1", division},
		{capture.LinkEN10MB, "4 + 3 = 4 and ip[8] << (16 + 16) = 1", shift},
		{capture.LinkEN10MB, "4 + 3 = 4 and ip[8] / (3 & 0) = 1", rejects},
		{capture.LinkEN10MB, "4 + 3 > 4 or ip[8] / (3 & 0) = 1", ""},
		{capture.LinkIPV4, "ip[1] << (16 + 16) = 1 and ip6", rejects},
		{capture.LinkIPV4, "len << (16 + 16) = 1 and ip6", shift},
		{capture.LinkIEEE802_11, "ip[1] << (16 + 16) = 1", ""}, // not optimized
	} {
		_, err := Compile(c.expr, c.link, ModeDead, Options{})
		got := ""
		if e := (*Error)(nil); errors.As(err, &e) {
			got = e.Msg
		} else if err != nil {
			t.Errorf("%s: %v", c.expr, err)
		}
		if got != c.want {
			t.Errorf("%s on %v: error %q, want %q", c.expr, c.link, got, c.want)
		}
	}
}
