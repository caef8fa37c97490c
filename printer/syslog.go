// syslog.go: the BSD syslog Protocol (RFC 3164).

package printer

// syslogDigits is the most that a priority has.
const syslogDigits = 3

var syslogFacilities = []string{
	"kernel", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
	"ntp", "security", "console", "cron", "local0", "local1", "local2", "local3", "local4", "local5",
	"local6", "local7",
}

var syslogSeverities = [8]string{
	"emergency", "alert", "critical", "error", "warning", "notice", "info", "debug",
}

func (p *Printer) syslog(b []byte, length int) {
	p.proto = "syslog"
	if u8(b, 0) != '<' {
		p.invalid()
		return
	}
	i, priority := 1, uint16(0)
	for ; i <= syslogDigits && isDigit(u8(b, i)); i++ {
		priority = 10*priority + uint16(b[i]-'0')
	}
	if u8(b, i) != '>' {
		p.invalid()
		return
	}
	i++
	facility, severity := priority>>3, priority&7
	if p.vflag == 0 {
		p.str("SYSLOG ")
		p.syslogFacility(facility)
		p.printf(".%s, length: %d", syslogSeverities[severity], length)
		return
	}
	p.printf("SYSLOG, length: %d\n\tFacility ", length)
	p.syslogFacility(facility)
	p.printf(" (%d), Severity %s (%d)\n\tMsg: ", facility, syslogSeverities[severity], severity)
	p.safeN(b[i:], length-i)
	if p.vflag > 1 {
		p.unknownData(b, "\n\t", length)
	}
}

func (p *Printer) syslogFacility(v uint16) {
	if s := strName(syslogFacilities, v); s != "" {
		p.str(s)
		return
	}
	p.printf("unknown (%d)", v)
}
