package printer

// Address families that systems in the tradition of BSD put in front of packets
// (AF_ constants). That of IPv6 differs between them.
const (
	bsdIPv4        = 2
	bsdNS          = 6
	bsdISO         = 7
	bsdAppleTalk   = 16
	bsdIPX         = 23
	bsdIPv6        = 24 // NetBSD, OpenBSD
	bsdIPv6FreeBSD = 28
	bsdIPv6Darwin  = 30
)

var bsdFamilyNames = []tok{
	{bsdIPv4, "IPv4"},
	{bsdNS, "NS"},
	{bsdISO, "ISO"},
	{bsdAppleTalk, "Appletalk"},
	{bsdIPX, "IPX"},
	{bsdIPv6, "IPv6"},
	{bsdIPv6FreeBSD, "IPv6"},
	{bsdIPv6Darwin, "IPv6"},
}

// Address families as protocols number them (IANA address-family-numbers).
const (
	afReserved = 0
	afIPv4     = 1
	afIPv6     = 2
	afNSAP     = 3
	af802      = 6
	afVPLS     = 25
	afL2VPN    = 196 // never assigned, but in use
)

var afNames = []tok{
	{afReserved, "Reserved"},
	{afIPv4, "IPv4"},
	{afIPv6, "IPv6"},
	{afNSAP, "NSAP"},
	{4, "HDLC"},
	{5, "BBN 1822"},
	{af802, "802"},
	{7, "E.163"},
	{8, "E.164"},
	{9, "F.69"},
	{10, "X.121"},
	{11, "Novell IPX"},
	{12, "Appletalk"},
	{13, "Decnet IV"},
	{14, "Banyan Vines"},
	{15, "E.164 with NSAP subaddress"},
	{afL2VPN, "Layer-2 VPN"},
	{afVPLS, "VPLS"},
}
