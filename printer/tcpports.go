package printer

// tcpPorts prints the payload of a TCP segment by its ports.
func (p *Printer) tcpPorts(sport, dport uint16, b []byte, length int, ip ipHeader) {
	p.markProtocol()
	if tcpListed.has(sport) || tcpListed.has(dport) {
		p.tcpListedPorts(sport, dport, b, length, ip)
	}
}

// tcpListed are the ports that tcpListedPorts asks for.
var tcpListed = makePortSet([]portRange{
	{21, 23}, {25, 25}, {43, 43}, {53, 53}, {80, 80}, {139, 139}, {179, 179}, {323, 323}, {445, 445}, {554, 554},
	{639, 639}, {646, 646}, {1723, 1723}, {2049, 2049}, {6379, 6379}, {6633, 6633}, {6653, 6653}, {8080, 8080},
	{8554, 8554}, {10288, 10288},
})

// tcpListedPorts is tcpPorts for the ports of tcpListed. The first match wins; the
// order is the reference's.
func (p *Printer) tcpListedPorts(sport, dport uint16, b []byte, length int, ip ipHeader) {
	either := func(port uint16) bool { return sport == port || dport == port }
	switch {
	case either(21):
		p.str(": ")
		p.ftp(b, length)
	case either(22):
		p.ssh(b, length)
	case either(23):
		p.telnet(b, length)
	case either(25):
		p.str(": ")
		p.smtp(b, length)
	case either(43):
		p.str(": ")
		p.whois(b, length)
	case either(53):
		p.domain(b, length, domainTCP)
	case either(80):
		p.str(": ")
		p.http(b, length)
	case either(139):
		p.nbtSession(b, length)
	case either(179):
		p.bgp(b, length)
	case either(323):
		p.rpkiRTR(b, length)
	case either(445):
		p.smbTCP(b, length)
	case either(554):
		p.str(": ")
		p.rtsp(b, length)
	case either(639):
		p.msdp(b, length)
	case either(646):
		p.ldp(b, length)
	case either(1723):
		p.pptp(b)
	case either(6379):
		p.resp(b, length)
	case either(10288):
		p.beep(b, length)
	case either(6633), either(6653):
		p.openflow(b, length)
	case either(8080):
		p.str(": ")
		p.http(b, length)
	case either(8554):
		p.str(": ")
		p.rtsp(b, length)
	case either(2049) && length >= 4 && (has(b, 0, 4) || p.follows(ipCutEnds)):
		p.nfsOverTCP(b, length, sport, dport, ip)
	}
}
