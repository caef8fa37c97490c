// forces.go: Forwarding and Control Element Separation protocol (RFC 5810).

package printer

import "github.com/tapdump/tapdump/versions"

var (
	forcesChecks = versions.Since(versions.V5_0, "ForCES", "a malformed message is dumped in hexadecimal; what is wrong in a path does not make it malformed",
		"it is `[rc 4294967295 < 0] (invalid)`; what is wrong in a path is printed twice at each level, behind it the expression that failed: `[pdata_print(...) 4294967295 == 4294967295]`")
	forcesWords = versions.Since(versions.V5_0, "ForCES", "`truncated lfb selector: 4 bytes missing!`, `Unknown Teardown reason`",
		"`undersized lfb selector: 4 bytes missing!`, `unknown (5)`")
)

const (
	forcesHeaderLen = 24
	forcesTLVLen    = 4 // header of a TLV
	forcesILVLen    = 8 // header of an ILV, whose index and length have 32 bits
)

// forcesMessage is a message type: how many TLVs it has at the top, which
// operations its LFBselect TLVs may have, and what prints its TLVs.
type forcesMessage struct {
	kind       uint8
	name       string
	body       forcesBody
	most       int    // TLVs at the top
	optional   bool   // it may have none
	operations uint16 // 1 << (operation-1)
}

// forcesBody says what the TLVs at the top of a message are.
type forcesBody uint8

const (
	forcesNothing forcesBody = iota
	forcesLFBSelect
	forcesTeardown
	forcesSetupResult
	forcesRedirect
)

// forcesMany is the number of TLVs that are looked at where there may be many.
const forcesMany = 15

// forcesMessages are the message types (RFC 5810 section 7).
var forcesMessages = []forcesMessage{
	{0x01, "Association Setup", forcesLFBSelect, 2, true, forcesOps(forcesReport)},
	{0x02, "Association TearDown", forcesTeardown, 1, false, 0},
	{0x03, "Config", forcesLFBSelect, forcesMany, false,
		forcesOps(forcesSet, forcesSetProp, forcesDel, forcesCommit, forcesTransactionComplete)},
	{0x04, "Query", forcesLFBSelect, forcesMany, false, forcesOps(forcesGet, forcesGetProp)},
	{0x05, "Event Notification", forcesLFBSelect, 1, false, forcesOps(forcesReport)},
	{0x06, "Packet Redirect", forcesRedirect, forcesMany, false, 0},
	{0x0f, "HeartBeat", forcesNothing, 0, false, 0},
	{0x11, "Association Response", forcesSetupResult, 1, false, 0},
	{0x13, "Config Response", forcesLFBSelect, forcesMany, false,
		forcesOps(forcesSetResponse, forcesSetPropResponse, forcesDelResponse, forcesCommitResponse)},
	{0x14, "Query Response", forcesLFBSelect, forcesMany, false, forcesOps(forcesGetResponse, forcesGetPropResponse)},
}

// forcesOps is a set of operations.
func forcesOps(operations ...uint16) (set uint16) {
	for _, op := range operations {
		set |= 1 << (op - 1)
	}
	return set
}

// forces prints a message; whole, in hexadecimal, when it is malformed.
func (p *Printer) forces(b []byte, length int) {
	p.proto = "forces"
	if !has(b, 0, forcesHeaderLen) {
		p.truncSince(forcesChecks)
		return
	}
	if !p.forcesMessage(b, length) {
		if p.follows(forcesChecks) {
			p.invalid()
			return
		}
		p.hexDump("\n\t[", b, length)
		p.str("\n\t]")
		return
	}
	if p.vflag >= 4 {
		p.str("\n\t  Raw ForCES message\n\t [")
		p.hexDump("\n\t ", b, length)
		p.str("\n\t ]")
	}
}

// forcesMessage prints header and body and reports, as most functions below do,
// whether what it prints is well-formed.
func (p *Printer) forcesMessage(b []byte, length int) bool {
	kind := b[1]
	if kind == 0 || kind >= 0x07 && kind <= 0x0e || kind == 0x10 || kind > 0x14 {
		p.printf("Invalid ForCES message type %d\n", kind)
		return false
	}
	message := forcesLookup(kind)
	if message == nil {
		p.printf("\n\tUnknown ForCES message type=0x%x", kind)
		return false
	}
	p.printf("\n\tForCES %s ", message.name)
	n := int(u16(b, 2)) * 4
	if n < forcesHeaderLen || n != length {
		p.printf("Illegal ForCES pkt len - min %d, total recvd %d, advertised %d ",
			forcesHeaderLen, uint32(length), n)
		return false
	}
	if p.vflag > 0 {
		p.forcesHeader(b, n)
	}
	if p.vflag >= 2 {
		p.forcesFlags(u32(b, 20))
	}
	return p.forcesTLVs(message, b[forcesHeaderLen:], n-forcesHeaderLen) || p.forcesFailed()
}

// forcesFailed ends what is malformed, in versions that print the expression that
// failed. It returns false.
func (p *Printer) forcesFailed() bool {
	if p.follows(forcesChecks) {
		p.str(" [rc 4294967295 < 0]")
	}
	return false
}

// forcesAgain ends what is malformed in a path and was printed from p.out[start] on.
// Versions that print the expression that failed evaluate it twice.
func (p *Printer) forcesAgain(start int, expression string) {
	if p.follows(forcesChecks) {
		p.bound()
		p.out = append(p.out, p.out[start:]...)
		p.printf(" [%s 4294967295 == 4294967295]", expression)
	}
}

func forcesLookup(kind uint8) *forcesMessage {
	for i := range forcesMessages {
		if forcesMessages[i].kind == kind {
			return &forcesMessages[i]
		}
	}
	return nil
}

// forcesHeader prints the common header (section 6.1).
func (p *Printer) forcesHeader(b []byte, n int) {
	p.printf("\n\tForCES Version %d len %dB flags 0x%08x ", b[0]>>4, n, u32(b, 20))
	src, dst := u32(b, 4), u32(b, 8)
	p.printf("\n\tSrcID 0x%x(%s) DstID 0x%x(%s) Correlator 0x%x",
		src, forcesElement(src), dst, forcesElement(dst), u64(b, 12))
}

// forcesElement names the range that the identifier of an element is in
// (section 6.1).
func forcesElement(id uint32) string {
	switch {
	case id <= 0x3fffffff:
		return "FE"
	case id <= 0x7fffffff:
		return "CE"
	case id >= 0xc0000000 && id <= 0xffffffef:
		return "AllMulticast"
	case id == 0xfffffffd:
		return "AllCEsBroadcast"
	case id == 0xfffffffe:
		return "AllFEsBroadcast"
	case id == 0xffffffff:
		return "AllBroadcast"
	}
	return "ForCESreserved"
}

var (
	forcesAcks         = [...]string{"NoACK", "SuccessACK", "FailureACK", "AlwaysACK"}
	forcesModes        = [...]string{"EMReserved", "execute-all-or-none", "execute-until-failure", "continue-execute-on-failure"}
	forcesTransactions = [...]string{"Standalone", "2PCtransaction"}
	forcesPhases       = [...]string{"StartofTransaction", "MiddleofTransaction", "EndofTransaction", "abort"}
)

// forcesFlags prints the flags of the common header (section 6.1).
func (p *Printer) forcesFlags(flags uint32) {
	ack, mode, transaction, phase := flags>>30, flags>>22&3, flags>>21&1, flags>>19&3
	p.printf("\n\tForCES flags:\n\t  %s(0x%x), prio=%d, %s(0x%x),\n\t  %s(0x%x), %s(0x%x)\n",
		forcesAcks[ack], ack, flags>>27&7, forcesModes[mode], mode,
		forcesTransactions[transaction], transaction, forcesPhases[phase], phase)
	p.printf("\t  Extra flags: rsv(b5-7) 0x%x rsv(b13-31) 0x%x\n", flags>>24&7, flags&0x7ffff)
}

// TLV types (appendix A.2).
const (
	forcesTLVRedirect     = 0x0001
	forcesTLVSetupResult  = 0x0010
	forcesTLVTeardown     = 0x0011
	forcesTLVPathData     = 0x0110
	forcesTLVKeyInfo      = 0x0111
	forcesTLVFullData     = 0x0112
	forcesTLVSparseData   = 0x0113
	forcesTLVResult       = 0x0114
	forcesTLVMetadata     = 0x0115
	forcesTLVRedirectData = 0x0116
	forcesTLVLFBSelect    = 0x1000
)

var forcesTLVNames = []tok{
	{0, "Invalid TLV"},
	{forcesTLVRedirect, "REDIRECT TLV"},
	{forcesTLVSetupResult, "ASResult TLV"},
	{forcesTLVTeardown, "ASTreason TLV"},
	{forcesTLVLFBSelect, "LFBselect TLV"},
	{forcesTLVPathData, "PATH-DATA TLV"},
	{forcesTLVKeyInfo, "KEYINFO TLV"},
	{forcesTLVFullData, "FULLDATA TLV"},
	{forcesTLVSparseData, "SPARSEDATA TLV"},
	{forcesTLVResult, "RESULT TLV"},
	{forcesTLVMetadata, "METADATA TLV"},
	{forcesTLVRedirectData, "REDIRECTDATA TLV"},
}

// forcesTLVIsKnown reports whether a type may stand at the top of a message.
func forcesTLVIsKnown(kind uint16) bool {
	switch kind {
	case forcesTLVRedirect, forcesTLVSetupResult, forcesTLVTeardown, forcesTLVLFBSelect:
		return true
	}
	return kind >= forcesTLVPathData && kind <= forcesTLVRedirectData
}

// forcesLenFault says what is wrong with a TLV or ILV of n bytes, with a header
// of header bytes, when left remain; "" when nothing is.
func forcesLenFault(n uint32, header, left int) string {
	switch {
	case left < header:
		return "Invalid total length"
	case n < uint32(header):
		return "xLV too short"
	case n > uint32(left):
		return "xLV too long"
	case left < forcesAlign(int(n)):
		return "data padding missing"
	}
	return ""
}

// forcesAlign is n with the padding that follows (section 6.2).
func forcesAlign(n int) int { return (n + 3) &^ 3 }

// forcesTLVs prints the TLVs at the top of a message.
func (p *Printer) forcesTLVs(message *forcesMessage, b []byte, length int) bool {
	switch {
	case message.body == forcesNothing:
		if length > forcesTLVLen {
			p.str("<0x1>Illegal Top level TLV!\n")
			return false
		}
		return true
	case length <= forcesTLVLen:
		if !message.optional {
			p.str("\tTop level TLV Data missing!\n")
		}
		return message.optional
	}
	for count := 0; length > 0 && count < message.most; count++ {
		kind, n := u16(b, 0), int(u16(b, 2))
		if forcesLenFault(uint32(n), forcesTLVLen, length) != "" {
			break
		}
		if !forcesTLVIsKnown(kind) {
			p.printf("\n\tInvalid ForCES Top TLV type=0x%x", kind)
			return false
		}
		if p.vflag >= 3 {
			p.printf("\t%s, length %d (data length %d Bytes)", tokStr(forcesTLVNames, "", kind), n, n-forcesTLVLen)
		}
		if !p.forcesTop(message, b[forcesTLVLen:], n-forcesTLVLen) {
			return p.forcesFailed()
		}
		b, length = at(b, forcesAlign(n)), length-forcesAlign(n)
	}
	if length > 0 {
		p.printf("\tMess TopTLV header: min %d, total %d advertised %d ", forcesTLVLen, length, u16(b, 2))
		return false
	}
	return true
}

// forcesTop prints the value of a TLV at the top of a message.
func (p *Printer) forcesTop(message *forcesMessage, b []byte, length int) bool {
	const indent = 9
	switch message.body {
	case forcesLFBSelect:
		return p.forcesLFB(b, length, message.operations, indent)
	case forcesTeardown:
		return p.forcesTeardownReason(b, length, indent)
	case forcesSetupResult:
		return p.forcesSetupResult(b, length, indent)
	}
	return p.forcesRedirected(b, length, indent+1)
}

var forcesTeardownReasons = []string{
	"Normal Teardown", "Loss of Heartbeats", "Out of bandwidth", "Out of Memory", "Application Crash",
}

// forcesTeardownReason prints why an association ends (section 7.5.3).
func (p *Printer) forcesTeardownReason(b []byte, length, indent int) bool {
	if length != 4 {
		p.printf("illegal ASTresult-TLV: %d bytes!\n", length)
		return false
	}
	reason := u32(b, 0)
	if reason > 255 {
		p.printf("illegal ASTresult result code: %d!\n", reason)
		return false
	}
	if p.vflag >= 3 {
		p.printf("Teardown reason:\n%s", forcesBlanks(indent))
		if name := strName(forcesTeardownReasons, reason); name != "" {
			p.str(name)
		} else if p.follows(forcesWords) {
			p.printf("unknown (%d)", reason)
		} else {
			p.str("Unknown Teardown reason")
		}
		p.printf("(%x)\n%s", reason, forcesBlanks(indent))
	}
	return true
}

var forcesSetupResults = []string{"Success ", "FE ID invalid ", "permission denied ", "Unknown "}

// forcesSetupResult prints how an association was answered (section 7.5.2).
func (p *Printer) forcesSetupResult(b []byte, length, indent int) bool {
	if length != 4 {
		p.printf("illegal ASRresult-TLV: %d bytes!\n", length)
		return false
	}
	result := u32(b, 0)
	if result >= uint32(len(forcesSetupResults)) {
		p.printf("illegal ASRresult result code: %d!\n", result)
		return false
	}
	if p.vflag >= 3 {
		p.printf("\n%s%s(%x)\n%s", forcesBlanks(indent), forcesSetupResults[result], result, forcesBlanks(indent))
	}
	return true
}

// forcesIndents is a line end and the deepest indentation.
const (
	forces16Blanks  = "                "
	forces64Blanks  = forces16Blanks + forces16Blanks + forces16Blanks + forces16Blanks
	forcesIndentMax = 255
	forcesIndents   = "\n" + forces64Blanks + forces64Blanks + forces64Blanks + forces64Blanks
)

// forcesBlanks is an indentation of n columns.
func forcesBlanks(n int) string { return forcesIndents[1 : 1+min(n, forcesIndentMax)] }

// forcesNewLine is a line end and an indentation, n characters together.
func forcesNewLine(n int) string { return forcesIndents[:min(n, forcesIndentMax)] }
