package report

// kind is a row of kinds: something that may be wrong.
type kind uint8

const (
	nameMissing kind = iota
	serverFailed
	dnsRefused
	dnsOther
	dnsSilent
	connectionReset
	connectionRefused
	synUnanswered
	slowHandshake
	resentStorm
	zeroWindow
	icmpUnreachable
	icmpExceeded
	arpConflict
	clockBack
	clockGap

	kindCount
)

// weight is how much a finding matters.
type weight uint8

const (
	note weight = iota
	warning
	problem
)

// String is how the page calls it.
func (w weight) String() string { return [...]string{"Note", "Warning", "Problem"}[w] }

// kindRow is what there is to know of a kind.
type kindRow struct {
	id     string // of its element
	weight weight
	// one and several are the sentence about it; in several # stands for the number.
	one, several string
	why          string // what it means, and what to look at
	unit         string // what is counted, as a column's head: "Answers"
	// What selects its packets over IPv4 and over IPv6; "": its rows do, or nothing.
	over4, over6 string
	condition    string // of --condition, which selects its packets alone; "": none
}

// Parts of expressions. libpcap's language has bytes of TCP and UDP over IPv4 alone.
const (
	answers4 = "udp src port 53 and udp[10] & 0x80 != 0 and "
	answers6 = "ip6[6] = 17 and ip6[40:2] = 53 and ip6[50] & 0x80 != 0 and "
	// A port that nobody listens on answers SYN with the number 0 (RFC 9293, section
	// 3.10.7.1): by that, a connection that was refused differs from one that was reset.
	refusal4 = "tcp[13] & 0x14 = 0x14 and tcp[4:4] = 0"
	refusal6 = "ip6[53] & 0x14 = 0x14 and ip6[44:4] = 0"
)

// kinds are all rows.
var kinds = [kindCount]kindRow{
	nameMissing: {
		id: "dns-nxdomain", weight: warning,
		one:     "One DNS answer says that the name does not exist (NXDOMAIN).",
		several: "# DNS answers say that the name does not exist (NXDOMAIN).",
		why:     "A slip in a name, a search list that appends domains, or a name that was taken away.",
		unit:    "Answers",
		over4:   answers4 + "udp[11] & 15 = 3", over6: answers6 + "ip6[51] & 15 = 3",
	},
	serverFailed: {
		id: "dns-servfail", weight: problem,
		one:     "One DNS answer says that the server failed (SERVFAIL).",
		several: "# DNS answers say that the server failed (SERVFAIL).",
		why:     "The resolver got no answer that it may use: a name server is down, or signatures (DNSSEC) are wrong.",
		unit:    "Answers",
		over4:   answers4 + "udp[11] & 15 = 2", over6: answers6 + "ip6[51] & 15 = 2",
	},
	dnsRefused: {
		id: "dns-refused", weight: problem,
		one:     "One DNS answer refuses to say anything (REFUSED).",
		several: "# DNS answers refuse to say anything (REFUSED).",
		why:     "The server does not serve this client, or not this domain.",
		unit:    "Answers",
		over4:   answers4 + "udp[11] & 15 = 5", over6: answers6 + "ip6[51] & 15 = 5",
	},
	dnsOther: {
		id: "dns-error", weight: warning,
		one:     "One DNS answer has another error code.",
		several: "# DNS answers have another error code.",
		why:     "Neither NXDOMAIN, SERVFAIL nor REFUSED: a message that the server does not understand, most often.",
		unit:    "Answers",
		over4:   answers4 + "(udp[11] & 15 = 1 or udp[11] & 15 = 4 or udp[11] & 15 > 5)",
		over6:   answers6 + "(ip6[51] & 15 = 1 or ip6[51] & 15 = 4 or ip6[51] & 15 > 5)",
	},
	dnsSilent: {
		id: "dns-no-answer", weight: problem,
		one:     "One DNS query got no answer within 5 seconds.",
		several: "# DNS queries got no answer within 5 seconds.",
		why:     "The server is down, something drops queries or answers on the way, or answers go past where it was captured.",
		unit:    "Queries",
	},
	connectionReset: {
		id: "tcp-reset", weight: warning,
		one:     "One segment resets a TCP connection (RST).",
		several: "# segments reset TCP connections (RST).",
		why:     "A program that gives up or crashes, a firewall that ends connections, or a time limit. Some clients end all connections so.",
		unit:    "Segments",
		over4:   "tcp[13] & 4 != 0 and not (" + refusal4 + ")",
		over6:   "ip6[6] = 6 and ip6[53] & 4 != 0 and not (" + refusal6 + ")",
	},
	connectionRefused: {
		id: "tcp-refused", weight: problem,
		one:     "One TCP connection was refused: a RST answers its SYN.",
		several: "# times a TCP connection was refused: a RST answers its SYN.",
		why:     "Nobody listens on the port: the service is down or elsewhere, or somebody looks for open ports.",
		unit:    "Refusals",
		over4:   refusal4, over6: "ip6[6] = 6 and " + refusal6,
	},
	synUnanswered: {
		id: "tcp-unanswered", weight: problem,
		one:     "One TCP connection got no answer: nothing came back for its SYN.",
		several: "# TCP connections got no answer: nothing came back for their SYN.",
		why:     "A firewall that drops, a host that is down, a way back that leads elsewhere, or somebody who looks for open ports.",
		unit:    "SYN sent",
	},
	slowHandshake: {
		id: "tcp-slow-handshake", weight: warning,
		one:     "One TCP handshake took 200 ms or longer.",
		several: "# TCP handshakes took 200 ms or longer.",
		why:     "A long way, a busy server, or a SYN that was lost and sent again (then it takes about a second).",
		unit:    "Time",
	},
	resentStorm: {
		id: "tcp-retransmissions", weight: problem,
		one:     "One TCP connection sent much again.",
		several: "# TCP connections sent much again.",
		why:     "10 segments or more in one direction, and one in 33 or more of all there: packets are lost on the way, or come too late.",
		unit:    "Sent again", condition: "tcp=retransmission,resent",
	},
	zeroWindow: {
		id: "tcp-zero-window", weight: warning,
		one:     "One TCP segment says that its sender has no room left (zero window).",
		several: "# TCP segments say that their sender has no room left (zero window).",
		why:     "The program there reads too slowly: it is busy, blocked or stopped. The network is not at fault.",
		unit:    "Segments",
		over4:   "tcp[14:2] = 0 and tcp[13] & 7 = 0", over6: "ip6[6] = 6 and ip6[54:2] = 0 and ip6[53] & 7 = 0",
	},
	icmpUnreachable: {
		id: "icmp-unreachable", weight: warning,
		one:     "One ICMP message says that something cannot be reached.",
		several: "# ICMP messages say that something cannot be reached.",
		why:     "A port that nobody has, a route that is missing, a firewall that says so, or a packet that is too large.",
		unit:    "Messages",
		over4:   "icmp[0] = 3", over6: "ip6[6] = 58 and ip6[40] = 1",
	},
	icmpExceeded: {
		id: "icmp-exceeded", weight: warning,
		one:     "One ICMP message says that a packet ran out of hops or time.",
		several: "# ICMP messages say that packets ran out of hops or time.",
		why:     "Somebody runs traceroute, or packets go in circles.",
		unit:    "Messages",
		over4:   "icmp[0] = 11", over6: "ip6[6] = 58 and ip6[40] = 3",
	},
	arpConflict: {
		id: "arp-conflict", weight: problem,
		one:     "One IPv4 address is claimed by several stations (ARP).",
		several: "# IPv4 addresses are claimed by several stations each (ARP).",
		why:     "Two hosts with the same address, an address that moved, or somebody who redirects traffic.",
		unit:    "ARP packets",
	},
	clockBack: {
		id: "clock-back", weight: note,
		one:     "Once the time goes back by a second or more.",
		several: "# times the time goes back by a second or more.",
		why:     "The clock was set, files were put together out of order, or several interfaces have clocks of their own.",
		unit:    "Back by",
	},
	clockGap: {
		id: "gap", weight: note,
		one:     "One long gap: no packet for a second or more, and a twentieth of the whole time.",
		several: "# long gaps: no packet for a second or more, and a twentieth of the whole time.",
		why:     "Nothing was sent, the capture was stopped, or an interface was gone.",
		unit:    "Length",
	},
}
