// egp.go: Exterior Gateway Protocol (RFC 904).

package printer

const egpHeaderLen = 16

const (
	egpUpdate  = 1
	egpPoll    = 2
	egpAcquire = 3
	egpReach   = 5
	egpError   = 8

	egpUnsolicited = 0x80
)

var egpTypes = []tok{
	{egpAcquire, "acquire"},
	{egpReach, "reach"},
	{egpPoll, "poll"},
	{egpUpdate, "update"},
	{egpError, "error"},
}

var egpAcquireCodes = []tok{{0, "request"}, {1, "confirm"}, {2, "refuse"}, {3, "cease"}, {4, "cease_ack"}}

var egpReachCodes = []tok{{0, "hello"}, {1, "i-h-u"}}

// egpModes are the status of a request or confirmation, egpCauses that of a
// refusal or an end.
var egpModes = []tok{{0, "unspecified"}, {1, "active_mode"}, {2, "passive_mode"}}

var egpCauses = []tok{
	{0, "unspecified"},
	{3, "insufficient_resources"},
	{4, "administratively_prohibited"},
	{5, "going_down"},
	{6, "parameter_violation"},
	{7, "protocol_violation"},
}

var egpStates = []tok{{0, "indeterminate"}, {1, "up"}, {2, "down"}}

var egpReasons = []tok{
	{0, "unspecified"},
	{1, "bad_EGP_header_format"},
	{2, "bad_EGP_data_field_format"},
	{3, "reachability_info_unavailable"},
	{4, "excessive_polling_rate"},
	{5, "no_response"},
	{6, "unsupported_version"},
}

func (p *Printer) egp(b []byte, length int) {
	p.proto = "egp"
	p.str("EGP")
	if p.lacks("length", length, egpHeaderLen) {
		return
	}
	if version := u8(b, 0); version != 2 {
		p.printf(" [version %d != 2]", version)
		p.invalid()
		return
	}
	need(b, 0, egpHeaderLen)
	p.str("v2")
	if p.vflag == 0 {
		p.printf(", length %d", length)
		return
	}
	p.printf(", AS %d, seq %d, length %d", u16(b, 6), u16(b, 8), length)
	kind, status := b[1], b[3]
	p.printf(", %s", tokStr(egpTypes, "[type %d]", kind))
	switch kind {
	case egpAcquire:
		p.egpAcquisition(b)
	case egpReach:
		p.printf(" %s", tokStr(egpReachCodes, "[reach code %d]", b[2]))
		if b[2] <= 1 {
			p.egpState(status)
		}
	case egpPoll:
		p.egpState(status)
		p.printf(" net:%s", ip4At(b, 12))
	case egpUpdate:
		if status&egpUnsolicited != 0 {
			p.str(" unsolicited")
		}
		p.egpState(status &^ egpUnsolicited)
		p.printf(" %s int %d ext %d", ip4At(b, 12), b[10], b[11])
		p.egpGateways(b, length-egpHeaderLen)
	case egpError:
		p.egpState(status)
		p.printf(" %s", tokStr(egpReasons, "[reason %d]", u16(b, 10)))
	}
}

func (p *Printer) egpState(status uint8) { p.printf(" state:%s", tokStr(egpStates, "%d", status)) }

func (p *Printer) egpAcquisition(b []byte) {
	code, status := b[2], b[3]
	p.printf(" %s", tokStr(egpAcquireCodes, "[code %d]", code))
	switch code {
	case 0, 1:
		p.printf(" %s", tokStr(egpModes, "[status %d]", status))
		p.printf(" hello:%d poll:%d", u16(b, 10), u16(b, 12))
	case 2, 3, 4:
		if s := tokName(egpCauses, uint32(status)); s != "" {
			p.printf(" %s", s)
		} else {
			p.printf("[status %d]", status)
		}
	}
}

// egpGateways prints the networks that an update reports by gateway and
// distance (RFC 904 appendix A.5). left counts the bytes behind the header.
//
// tcpdump reads these addresses in the byte order of the machine that it runs
// on, so that they come out reversed on most; here they are as they were sent.
func (p *Printer) egpGateways(b []byte, left int) {
	shared := ip4At(b, 12)
	netLen := egpNetLen(shared[0])
	r := egpReader{b: at(b, egpHeaderLen), left: left}
	interior := int(b[10])
	for g := range interior + int(b[11]) {
		gateway := shared
		if netLen == 0 {
			gateway = addr4{}
		}
		if !p.egpFits(&r, 4-netLen) {
			return
		}
		if netLen == 0 {
			r.take(4) // an address without a network is not told apart
		} else {
			copy(gateway[netLen:], r.take(4-netLen))
		}
		if !p.egpFits(&r, 1) {
			return
		}
		distances := int(r.take(1)[0])
		side := "ext"
		if g < interior {
			side = "int"
		}
		p.printf(" %s %s (", side, gateway)
		for d := range distances {
			if !p.egpDistance(&r, d > 0) {
				return
			}
		}
		p.char(')')
	}
}

// egpDistance prints the networks at one distance.
func (p *Printer) egpDistance(r *egpReader, more bool) bool {
	if !p.egpFits(r, 2) {
		return false
	}
	between := ""
	if more {
		between = ", "
	}
	p.printf("%sd%d:", between, r.take(1)[0])
	for range r.take(1)[0] {
		if !p.egpFits(r, 1) {
			return false
		}
		var network addr4
		network[0] = r.take(1)[0]
		n := egpNetLen(network[0])
		if n == 0 {
			n = 3
		}
		if n > 1 {
			if !p.egpFits(r, n-1) {
				return false
			}
			copy(network[1:], r.take(n-1))
		}
		p.printf(" %s", network)
	}
	return true
}

// egpNetLen is the number of bytes of the network part, by the class of the
// address that begins with b; 0 for classes D and E.
func egpNetLen(b byte) int {
	switch {
	case b < 128:
		return 1
	case b < 192:
		return 2
	case b < 224:
		return 3
	}
	return 0
}

// egpReader walks through an update.
type egpReader struct {
	b    []byte
	left int
}

// take consumes n bytes, which have been found to fit.
func (r *egpReader) take(n int) []byte {
	v := bytesAt(r.b, 0, n)
	r.b, r.left = r.b[n:], r.left-n
	return v
}

// egpFits reports whether n more bytes belong to the message, and prints that
// they do not.
func (p *Printer) egpFits(r *egpReader, n int) bool {
	if r.left >= n {
		return true
	}
	p.refuse("length", r.left, "<", n)
	return false
}
