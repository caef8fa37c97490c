// icmp_probe.go: PROBE, extended echo in ICMP and ICMPv6 (RFC 8335).

package printer

import "github.com/tapdump/tapdump/versions"

var icmpProbed = versions.Since(versions.V5_0, "ICMP, ICMPv6", "`type-#42`, `unknown icmp6 type (160)`", "`extended echo request, id 1, seq 2`, and with `-v` the interface that is asked for or its state")

const (
	icmpExtendedEcho      = 42
	icmpExtendedEchoReply = 43
	icmpProbeFlags        = 7 // where flags and state are
)

var icmpProbeCodes = []string{"No error", "Malformed Query", "No Such Interface", "No Such Table Entry", "Multiple Interfaces Satisfy Query"}

var icmpProbeStates = []string{"Reserved", "Incomplete", "Reachable", "Stale", "Delay", "Probe", "Failed"}

// icmpProbes reports whether a type of ICMP is an extended echo that is decoded.
func (p *Printer) icmpProbes(kind uint8) bool {
	return (kind == icmpExtendedEcho || kind == icmpExtendedEchoReply) && p.follows(icmpProbed)
}

// icmpExtendedEcho describes an extended echo; its first seven bytes were captured.
func (p *Printer) icmpExtendedEcho(b []byte, kind uint8) {
	what := "request"
	if kind == icmpExtendedEchoReply {
		what = "reply"
	}
	p.printf("extended echo %s, id %d, seq %d", what, u16(b, 4), u8(b, 6))
}

// icmpProbe prints the rest of an extended echo, the same in ICMP and ICMPv6.
func (p *Printer) icmpProbe(b []byte, code uint8, request bool) {
	flags := u8(b, icmpProbeFlags)
	if !request {
		p.icmpProbeReply(flags, code)
		return
	}
	where := "Remote"
	if flags&1 != 0 {
		where = "Local"
	}
	p.printf("\n\t%s Interface", where)
	b = b[icmpHeaderLen:]
	if u8(b, 0)>>4 != icmpExtensionVersion {
		p.invalid()
		return
	}
	// the checksum is that of one object
	is, n := u16(b, 2), u16(b, 4)+4
	if has(b, 0, int(n)) {
		verdict := "correct"
		if checksum(b[:n]) != 0 {
			verdict = "incorrect"
		}
		p.printf(", checksum 0x%04x (%s), length %d", is, verdict, n)
	}
	p.icmpExtensionObject(b[4:])
}

func (p *Printer) icmpProbeReply(flags, code uint8) {
	p.printf("\n\tCode %d (%s), State %d (%s)", code, icmpProbeName(icmpProbeCodes, code), flags>>5, icmpProbeName(icmpProbeStates, flags>>5))
	p.printf(", active %d ipv4 %d ipv6 %d", flags>>2&1, flags>>1&1, flags&1)
}

func icmpProbeName(names []string, v uint8) string {
	if s := strName(names, v); s != "" {
		return s
	}
	return "Unknown"
}
