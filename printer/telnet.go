// telnet.go: Telnet commands and options (RFC 854, RFC 855, RFC 2941, RFC 2946).

package printer

const (
	telnetIAC  = 255 // interpret as command
	telnetDont = 254
	telnetDo   = 253
	telnetWont = 252
	telnetWill = 251
	telnetSB   = 250 // begin of subnegotiation
	telnetSE   = 240 // end of subnegotiation

	telnetFirstCommand = 236

	telnetAuthentication = 37
	telnetEncrypt        = 38
)

// telnetCommands are the commands from telnetFirstCommand on.
var telnetCommands = [...]string{
	"EOF", "SUSP", "ABORT", "EOR", "SE", "NOP", "DMARK", "BRK", "IP", "AO", "AYT", "EC", "EL", "GA", "SB",
	"WILL", "WONT", "DO", "DONT", "IAC",
}

// telnetOptions are the options by number (IANA telnet-options).
var telnetOptions = []string{
	"BINARY", "ECHO", "RCP", "SUPPRESS GO AHEAD", "NAME", "STATUS", "TIMING MARK", "RCTE", "NAOL", "NAOP",
	"NAOCRD", "NAOHTS", "NAOHTD", "NAOFFD", "NAOVTS", "NAOVTD", "NAOLFD", "EXTEND ASCII", "LOGOUT",
	"BYTE MACRO", "DATA ENTRY TERMINAL", "SUPDUP", "SUPDUP OUTPUT", "SEND LOCATION", "TERMINAL TYPE",
	"END OF RECORD", "TACACS UID", "OUTPUT MARKING", "TTYLOC", "3270 REGIME", "X.3 PAD", "NAWS", "TSPEED",
	"LFLOW", "LINEMODE", "XDISPLOC", "OLD-ENVIRON", "AUTHENTICATION", "ENCRYPT", "NEW-ENVIRON",
}

// What the first bytes of a subnegotiation mean.
var (
	telnetQualifiers      = []string{"IS", "SEND", "INFO"}
	telnetAuthCommands    = []string{"IS", "SEND", "REPLY", "NAME"}
	telnetAuthTypes       = []string{"NULL", "KERBEROS_V4", "KERBEROS_V5", "SPX", "MINK", "SRP", "RSA", "SSL", "", "", "LOKI", "SSA", "KEA_SJ", "KEA_SJ_INTEG", "DSS", "NTLM"}
	telnetEncryptCommands = []string{"IS", "SUPPORT", "REPLY", "START", "END", "REQUEST-START", "REQUEST-END", "END_KEYID", "DEC_KEYID"}
	telnetEncryptTypes    = []string{"NULL", "DES_CFB64", "DES_OFB64", "DES3_CFB64", "DES3_OFB64", "", "CAST5_40_CFB64", "CAST5_40_OFB64", "CAST128_CFB64", "CAST128_OFB64"}
)

// telnet prints the commands that a segment begins with. With -X and -vvv each
// is dumped in front of its text.
func (p *Printer) telnet(b []byte, length int) {
	p.proto = "telnet"
	dumped := p.opts.HexASCII > 0 && p.vflag > 2
	at, left := 0, uint32(length)
	for left > 0 && u8(b, at) == telnetIAC {
		n, data := telnetCommandLen(b[at:], left)
		if n < 0 {
			break
		}
		first := at == 0
		switch {
		case dumped:
			if first {
				p.str("\nTelnet:")
			}
			p.hexDumpAt("\n", b[at:], n, at)
			if n > 8 {
				p.str("\n\t\t\t\t")
			} else {
				p.printf("%*s\t", (8-n)*3, "")
			}
		case first:
			p.str(" [telnet ")
		default:
			p.str(", ")
		}
		p.telnetCommand(b[at:], data)
		at += n
		// A lone IAC as the last byte counts as two: the reference goes on
		// behind the segment then.
		left -= uint32(n)
	}
	switch {
	case at == 0:
	case dumped:
		p.char('\n')
	default:
		p.char(']')
	}
}

// telnetCommandLen is the length of the command at the start of b and, for a
// subnegotiation, of the data in it; -1 when it is none or not whole. length is
// what the segment has of it.
func telnetCommandLen(b []byte, length uint32) (n, data int) {
	if length < 2 {
		return -1, 0
	}
	switch c := u8(b, 1); {
	case c < telnetFirstCommand:
		return -1, 0
	case c < telnetSB || c == telnetIAC:
		return 2, 0
	case length < 3:
		return -1, 0
	case c != telnetSB:
		u8(b, 2)
		return 3, 0
	}
	u8(b, 2)
	end := 3
	for length-3 > uint32(end+1-3) {
		if u8(b, end) == telnetIAC && u8(b, end+1) == telnetSE {
			break
		}
		end++
	}
	if u8(b, end) != telnetIAC {
		return -1, 0
	}
	return end + 2, end - 3
}

// telnetCommand prints the command at the start of b, which was captured.
func (p *Printer) telnetCommand(b []byte, data int) {
	command := b[1]
	if command == telnetIAC {
		p.str("IAC IAC")
		return
	}
	p.str(telnetCommands[command-telnetFirstCommand])
	if command < telnetSB {
		return
	}
	option := b[2]
	p.telnetName(telnetOptions, option)
	if command != telnetSB {
		return
	}
	names := [2][]string{telnetQualifiers, nil}
	switch option {
	case telnetAuthentication:
		names = [2][]string{telnetAuthCommands, telnetAuthTypes}
	case telnetEncrypt:
		names = [2][]string{telnetEncryptCommands, telnetEncryptTypes}
	}
	for i, c := range b[3 : 3+data] {
		if i < len(names) {
			p.telnetName(names[i], c)
		} else {
			p.telnetNumber(c)
		}
	}
	p.str(" SE")
}

func (p *Printer) telnetName(names []string, v uint8) {
	if s := strName(names, v); s != "" {
		p.char(' ')
		p.str(s)
		return
	}
	p.telnetNumber(v)
}

// telnetNumber is written for each byte of what may be long.
func (p *Printer) telnetNumber(v uint8) {
	p.out = appendPrefixedHex(append(p.out, ' '), uint64(v))
}
