// snmp.go: Simple Network Management Protocol, versions 1, 2c and 3 (RFC 1157,
// RFC 3416, RFC 3412, RFC 3414).

package printer

const (
	snmpVersion1 = 0
	snmpVersion2 = 1
	snmpVersion3 = 3

	snmpUSM = 3 // the user-based security model
)

// PDU types, as tags of the context class.
const (
	snmpGet     = 0
	snmpGetNext = 1
	snmpGetResp = 2
	snmpSet     = 3
	snmpTrap    = 4
	snmpGetBulk = 5
	snmpInform  = 6
	snmpTrap2   = 7
	snmpReport  = 8
)

var snmpVersions = []string{"{ SNMPv1 ", "{ SNMPv2c ", "", "{ SNMPv3 "}

var snmpErrors = []string{
	"noError", "tooBig", "noSuchName", "badValue", "readOnly", "genErr", "noAccess", "wrongType",
	"wrongLength", "wrongEncoding", "wrongValue", "noCreation", "inconsistentValue",
	"resourceUnavailable", "commitFailed", "undoFailed", "authorizationError", "notWritable",
	"inconsistentName",
}

const snmpEnterpriseTrap = 6

var snmpTraps = []string{
	"coldStart", "warmStart", "linkDown", "linkUp", "authenticationFailure", "egpNeighborLoss",
	snmpEnterpriseTrap: "enterpriseSpecific",
}

func (p *Printer) snmp(b []byte, length int) {
	p.proto = "snmp"
	p.char(' ')
	r := snmpReader{b, length}
	message, ok := p.snmpExpect(&r, snmpSequence, "[!init SEQ]")
	if !ok {
		return
	}
	if r.left > 0 {
		p.printf("[%d extra after iSEQ]", r.left)
	}
	r = message.reader()
	e, ok := p.snmpExpect(&r, snmpInteger, "[version!=INT]")
	if !ok {
		return
	}
	version := e.integer()
	if strName(snmpVersions, version) == "" {
		p.printf("SNMP [version = %d]", version)
		return
	}
	p.snmpVerbose(snmpVersions[version])
	if version == snmpVersion3 {
		p.snmpMessage3(r)
	} else {
		p.snmpCommunity(r, version)
	}
	p.snmpVerbose("} ")
}

// snmpVerbose prints what only -v shows.
func (p *Printer) snmpVerbose(s string) {
	if p.vflag > 0 {
		p.str(s)
	}
}

// snmpCommunity prints a message of version 1 or 2c behind the version.
func (p *Printer) snmpCommunity(r snmpReader, version int32) {
	e, ok := p.snmpExpect(&r, snmpString, "[comm!=STR]")
	if !ok {
		return
	}
	if string(e.contents()) != "public" {
		p.str("C=")
		p.snmpString(&e)
		p.char(' ')
	}
	p.snmpPDU(r, version)
}

// snmpPDU prints a PDU of any type.
func (p *Printer) snmpPDU(r snmpReader, version int32) {
	pdu, ok := p.snmpNext(&r)
	if !ok {
		return
	}
	if pdu.kind != snmpPDU {
		p.str("[no PDU]")
		return
	}
	if r.left > 0 {
		p.printf("[%d extra after PDU]", r.left)
	}
	p.snmpVerbose("{ ")
	p.snmpValue(&pdu)
	p.char(' ')
	switch {
	case version == snmpVersion1 && pdu.id >= snmpGetBulk:
		p.str("[v2 PDU in v1 message]")
		return
	case version == snmpVersion2 && pdu.id == snmpTrap:
		p.str("[v1 PDU in v2 message]")
		return
	case pdu.id == snmpTrap:
		p.snmpTrap(pdu.reader())
	default:
		p.snmpRequest(pdu.reader(), pdu.id)
	}
	p.snmpVerbose(" } ")
}

// snmpRequest prints a PDU of any type but the trap of version 1.
func (p *Printer) snmpRequest(r snmpReader, pdu uint8) {
	e, ok := p.snmpExpect(&r, snmpInteger, "[reqId!=INT]")
	if !ok {
		return
	}
	if p.vflag > 0 {
		p.printf("R=%d ", e.integer())
	}
	if e, ok = p.snmpExpect(&r, snmpInteger, "[errorStatus!=INT]"); !ok {
		return
	}
	status := e.integer()
	if pdu == snmpGetBulk { // which has other numbers in these places
		p.printf(" N=%d", status)
	} else if status != 0 && pdu != snmpGetResp {
		p.str("[errorStatus(")
		p.snmpError(status)
		p.str(")!=0]")
	} else if status != 0 {
		p.char(' ')
		p.snmpError(status)
	}
	if e, ok = p.snmpExpect(&r, snmpInteger, "[errorIndex!=INT]"); !ok {
		return
	}
	index := e.integer()
	switch failed := status != 0 && pdu == snmpGetResp; {
	case pdu == snmpGetBulk:
		p.printf(" M=%d", index)
	case index == 0 && failed:
		p.str("[errorIndex==0]")
	case index == 0:
	case pdu != snmpGetResp:
		p.printf("[errorIndex(%d)!=0]", index)
	case failed:
		p.printf("@%d", index)
	default:
		p.printf("[errorIndex(%d) w/o errorStatus]", index)
	}
	p.snmpBindings(r, pdu)
}

func (p *Printer) snmpError(status int32) {
	if s := strName(snmpErrors, status); s != "" {
		p.str(s)
		return
	}
	p.printf("err=%d", uint32(status))
}

// snmpTrap prints a trap of version 1 (RFC 1157 section 4.1.6).
func (p *Printer) snmpTrap(r snmpReader) {
	p.char(' ')
	e, ok := p.snmpExpect(&r, snmpOID, "[enterprise!=OID]")
	if !ok {
		return
	}
	p.snmpValue(&e)
	p.char(' ')
	if e, ok = p.snmpExpect(&r, snmpAddress, "[agent-addr!=INETADDR]"); !ok {
		return
	}
	p.snmpValue(&e)
	if e, ok = p.snmpExpect(&r, snmpInteger, "[generic-trap!=INT]"); !ok {
		return
	}
	generic := e.integer()
	if s := strName(snmpTraps, generic); s != "" {
		p.char(' ')
		p.str(s)
	} else {
		p.printf(" gt=%d", generic)
	}
	if e, ok = p.snmpExpect(&r, snmpInteger, "[specific-trap!=INT]"); !ok {
		return
	}
	if generic == snmpEnterpriseTrap {
		p.printf(" s=%d", e.integer())
	} else if e.integer() != 0 {
		p.printf("[specific-trap(%d)!=0]", e.integer())
	}
	p.char(' ')
	if e, ok = p.snmpExpect(&r, snmpUnsigned, "[time-stamp!=TIMETICKS]"); !ok {
		return
	}
	p.snmpValue(&e)
	p.snmpBindings(r, snmpTrap)
}

// snmpBindings prints the list of variables with their values. Requests have
// none.
func (p *Printer) snmpBindings(r snmpReader, pdu uint8) {
	list, ok := p.snmpExpect(&r, snmpSequence, "[!SEQ of varbind]")
	if !ok {
		return
	}
	if r.left > 0 {
		p.printf("[%d extra after SEQ of varbind]", r.left)
	}
	request := pdu == snmpGet || pdu == snmpGetNext || pdu == snmpGetBulk
	for r = list.reader(); r.left > 0; {
		p.char(' ')
		binding, ok := p.snmpExpect(&r, snmpSequence, "[!varbind]")
		if !ok {
			return
		}
		v := binding.reader()
		name, ok := p.snmpExpect(&v, snmpOID, "[objName!=OID]")
		if !ok {
			return
		}
		p.snmpValue(&name)
		if !request {
			p.char('=')
		}
		value, ok := p.snmpNext(&v)
		if !ok {
			return
		}
		if request && value.kind != snmpNull {
			p.str("[objVal!=NULL]")
		}
		p.snmpValue(&value)
	}
}

// snmpMessage3 prints a message of version 3 behind the version (RFC 3412
// section 6).
func (p *Printer) snmpMessage3(message snmpReader) {
	r := message
	header, ok := p.snmpExpect(&r, snmpSequence, "[!message]")
	if !ok {
		return
	}
	p.snmpVerbose("{ ")
	r = header.reader()
	model, ok := p.snmpHeader3(&r)
	if !ok {
		return
	}
	// The rest is looked for right behind the header's last field, even when
	// the header says that it is longer.
	r.left = message.left - (len(message.b) - len(r.b))
	p.snmpVerbose("} ")
	if model != snmpUSM {
		p.printf("[security model %d]", model)
		return
	}
	p.snmpVerbose("{ USM ")
	e, ok := p.snmpExpect(&r, snmpString, "[msgSecurityParameters!=STR]")
	if !ok {
		return
	}
	p.snmpUser(e.reader())
	p.snmpVerbose("} ")
	p.snmpVerbose("{ ScopedPDU ")
	p.snmpScoped(r)
	p.snmpVerbose("} ")
}

// snmpHeader3 prints the global data of a message and returns its security
// model.
func (p *Printer) snmpHeader3(r *snmpReader) (model int32, ok bool) {
	if _, ok = p.snmpExpect(r, snmpInteger, "[msgID!=INT]"); !ok {
		return 0, false
	}
	if _, ok = p.snmpExpect(r, snmpInteger, "[msgMaxSize!=INT]"); !ok {
		return 0, false
	}
	e, ok := p.snmpExpect(r, snmpString, "[msgFlags!=STR]")
	if !ok {
		return 0, false
	}
	if e.length != 1 {
		p.printf("[msgFlags size %d]", e.length)
		return 0, false
	}
	const authenticated, private, reportable = 1, 2, 4
	flags := e.b[0]
	if flags > 7 || flags&(authenticated|private) == private {
		p.printf("[msgFlags=0x%02X]", flags)
		return 0, false
	}
	p.str("F=")
	if flags&authenticated != 0 {
		p.char('a')
	}
	if flags&private != 0 {
		p.char('p')
	}
	if flags&reportable != 0 {
		p.char('r')
	}
	p.char(' ')
	if e, ok = p.snmpExpect(r, snmpInteger, "[msgSecurityModel!=INT]"); !ok {
		return 0, false
	}
	if e.size < r.left {
		p.printf("[%d extra after message SEQ]", r.left-e.size)
	}
	return e.integer(), true
}

// snmpUser prints the parameters of the user-based security model (RFC 3414
// section 2.4).
func (p *Printer) snmpUser(r snmpReader) {
	sequence, ok := p.snmpExpect(&r, snmpSequence, "[!usm]")
	if !ok {
		return
	}
	r = sequence.reader()
	if _, ok = p.snmpExpect(&r, snmpString, "[msgAuthoritativeEngineID!=STR]"); !ok {
		return
	}
	e, ok := p.snmpExpect(&r, snmpInteger, "[msgAuthoritativeEngineBoots!=INT]")
	if !ok {
		return
	}
	if p.vflag > 0 {
		p.printf("B=%d ", e.integer())
	}
	if e, ok = p.snmpExpect(&r, snmpInteger, "[msgAuthoritativeEngineTime!=INT]"); !ok {
		return
	}
	if p.vflag > 0 {
		p.printf("T=%d ", e.integer())
	}
	if e, ok = p.snmpExpect(&r, snmpString, "[msgUserName!=STR]"); !ok {
		return
	}
	p.str("U=")
	p.snmpString(&e)
	p.char(' ')
	if _, ok = p.snmpExpect(&r, snmpString, "[msgAuthenticationParameters!=STR]"); !ok {
		return
	}
	if e, ok = p.snmpExpect(&r, snmpString, "[msgPrivacyParameters!=STR]"); !ok {
		return
	}
	if e.size < r.left {
		p.printf("[%d extra after usm SEQ]", r.left-e.size)
	}
}

// snmpScoped prints a PDU with its context (RFC 3412 section 6.8).
func (p *Printer) snmpScoped(r snmpReader) {
	scoped, ok := p.snmpExpect(&r, snmpSequence, "[!scoped PDU]")
	if !ok {
		return
	}
	r = scoped.reader()
	e, ok := p.snmpExpect(&r, snmpString, "[contextEngineID!=STR]")
	if !ok {
		return
	}
	p.str("E=")
	p.snmpOctets(&e)
	p.char(' ')
	if e, ok = p.snmpExpect(&r, snmpString, "[contextName!=STR]"); !ok {
		return
	}
	p.str("C=")
	p.snmpString(&e)
	p.char(' ')
	p.snmpPDU(r, snmpVersion3)
}
