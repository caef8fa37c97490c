// bfd.go: Bidirectional Forwarding Detection, versions 0 and 1 (RFC 5880, 5881, 5883, 7130), and its Seamless form (RFC 7881).

package printer

import "github.com/tapdump/tapdump/versions"

const (
	bfdHeaderLen = 24
	bfdAuth      = 0x04 // Authentication Present
	bfdEcho      = 3785
	bfdSeamless  = 7784
)

var (
	bfdLAG         = versions.Since(versions.V5_0, "BFD", "`Lag` on port 6784", "`LAG`")
	bfdHasSeamless = versions.Since(versions.V5_0, "S-BFD", "only a length (port 7784)", "decoded")
)

var bfdPorts = []tok{
	{3784, "Control"},
	{4784, "Multihop"},
	{6784, "Lag"},
}

var bfdPortsLAG = amended(bfdPorts, tok{6784, "LAG"}, tok{bfdSeamless, "S-BFD"})

var bfdDiagnostics = []tok{
	{0, "No Diagnostic"},
	{1, "Control Detection Time Expired"},
	{2, "Echo Function Failed"},
	{3, "Neighbor Signaled Session Down"},
	{4, "Forwarding Plane Reset"},
	{5, "Path Down"},
	{6, "Concatenated Path Down"},
	{7, "Administratively Down"},
	{8, "Reverse Concatenated Path Down"},
}

var bfdFlags0 = []tok{
	{0x80, "I Hear You"},
	{0x40, "Demand"},
	{0x20, "Poll"},
	{0x10, "Final"},
	{0x08, "Control Plane Independent"},
	{bfdAuth, "Authentication Present"},
	{0x02, "Reserved"},
	{0x01, "Reserved"},
}

var bfdFlags1 = []tok{
	{0x20, "Poll"},
	{0x10, "Final"},
	{0x08, "Control Plane Independent"},
	{bfdAuth, "Authentication Present"},
	{0x02, "Demand"},
	{0x01, "Multipoint"},
}

var bfdStates = []tok{
	{0, "AdminDown"},
	{1, "Down"},
	{2, "Init"},
	{3, "Up"},
}

// bfd prints a packet to one of the protocol's ports.
func (p *Printer) bfd(b []byte, length int, port uint16) {
	p.proto = "bfd"
	if port == bfdEcho {
		p.printf("BFD, Echo, length: %d", uint32(length))
		p.bfdDump(b, length)
		return
	}
	need(b, 0, bfdHeaderLen)
	diagnostic, bits := b[0]&0x1f, b[1]
	switch version := b[0] >> 5; version {
	case 0:
		if p.vflag == 0 {
			p.printf("BFDv0, Control, Flags: [%s], length: %d", bitStr(bfdFlags0, "none", bits), uint32(length))
			return
		}
		p.printf("BFDv0, length: %d\n\tControl, Flags: [%s], ", uint32(length), bitStr(bfdFlags0, "none", bits))
	case 1:
		state := tokStr(bfdStates, "unknown (%d)", bits>>6)
		ports := p.tableSince(bfdLAG, bfdPortsLAG, bfdPorts)
		if p.vflag == 0 {
			p.printf("BFDv1, %s, State %s, Flags: [%s], length: %d",
				tokStr(ports, "unknown (%d)", port), state, bitStr(bfdFlags1, "none", bits&0x3f), uint32(length))
			return
		}
		p.printf("BFDv1, length: %d\n\t%s, State %s, Flags: [%s], ",
			uint32(length), tokStr(ports, "unknown (%d)", port), state, bitStr(bfdFlags1, "none", bits&0x3f))
	default:
		p.printf("BFDv%d, Control, length: %d", version, uint32(length))
		p.bfdDump(b, length)
		return
	}
	p.printf("Diagnostic: %s (0x%02x)", tokStr(bfdDiagnostics, "unknown", diagnostic), diagnostic)
	p.bfdBody(b)
	if bits&bfdAuth != 0 {
		p.bfdAuthentication(at(b, bfdHeaderLen))
	}
}

func (p *Printer) bfdDump(b []byte, length int) {
	if p.vflag > 0 {
		p.unknownData(b, "\n\t", length)
	}
}

// bfdBody prints the fields that both versions share; intervals are in
// microseconds.
func (p *Printer) bfdBody(b []byte) {
	multiplier, txInterval := uint32(b[2]), u32(b, 12)
	p.printf("\n\tDetection Timer Multiplier: %d (%d ms Detection time), BFD Length: %d",
		multiplier, multiplier*txInterval/1000, b[3])
	p.printf("\n\tMy Discriminator: 0x%08x, Your Discriminator: 0x%08x", u32(b, 4), u32(b, 8))
	p.printf("\n\t  Desired min Tx Interval:    %4d ms", txInterval/1000)
	p.printf("\n\t  Required min Rx Interval:   %4d ms", u32(b, 16)/1000)
	p.printf("\n\t  Required min Echo Interval: %4d ms", u32(b, 20)/1000)
}

var bfdAuthTypes = []tok{
	{1, "Simple Password"},
	{2, "Keyed MD5"},
	{3, "Meticulous Keyed MD5"},
	{4, "Keyed SHA1"},
	{5, "Meticulous Keyed SHA1"},
}

// bfdAuthentication prints the section behind the header (RFC 5880 sections 4.2
// to 4.4).
func (p *Printer) bfdAuthentication(b []byte) {
	need(b, 0, 4)
	kind, length := b[0], b[1]
	p.printf("\n\tAuthentication: %s (%d), length: %d", tokStr(bfdAuthTypes, "Unknown", kind), kind, length)
	p.printf("\n\t  Auth Key ID: %d", b[2])
	switch kind {
	case 1:
		if length < 4 || length > 19 {
			p.printf("[invalid length %d]", length)
			return
		}
		p.str(", Password: ")
		p.safeN(b[3:], int(length)-3)
	case 2, 3:
		p.bfdDigest(b, length, 24, "Digest")
	case 4, 5:
		p.bfdDigest(b, length, 28, "Hash")
	}
}

// bfdDigest prints the sequence number and what follows it of a section that has
// to be of the given length.
func (p *Printer) bfdDigest(b []byte, length uint8, want int, label string) {
	if int(length) != want {
		p.printf("[invalid length %d]", length)
		return
	}
	p.printf(", Sequence Number: 0x%08x", u32(b, 4))
	digest := bytesAt(b, 8, want-8)
	p.printf("\n\t  %s: ", label)
	for _, c := range digest {
		p.hex(uint64(c), 2)
	}
}
