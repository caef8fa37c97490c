// forces_lfb.go: operations on logical functional blocks, LFBs (RFC 5810
// sections 7.1 to 7.4 and 7.6 to 7.8).

package printer

// Operations (appendix A.3), which are the types of the TLVs in LFBselect.
const (
	forcesSet                 = 1
	forcesSetProp             = 2
	forcesSetResponse         = 3
	forcesSetPropResponse     = 4
	forcesDel                 = 5
	forcesDelResponse         = 6
	forcesGet                 = 7
	forcesGetProp             = 8
	forcesGetResponse         = 9
	forcesGetPropResponse     = 10
	forcesReport              = 11
	forcesCommit              = 12
	forcesCommitResponse      = 13
	forcesTransactionComplete = 14
)

// What data an operation may have, and how its path selects (section 7.1.1).
const (
	forcesFull   = 0x01 // FULLDATA
	forcesSparse = 0x02 // SPARSEDATA
	forcesResult = 0x04 // RESULT
	forcesKey    = 0x08 // selects by key
	forcesAppend = 0x10 // appends to a table
	forcesRange  = 0x20 // selects a range of a table
)

var forcesOperations = [...]struct {
	name string
	data uint16
}{
	{"Invalid OPTLV", 0},
	forcesSet:                 {" Set", forcesFull | forcesSparse},
	forcesSetProp:             {" SetProp", forcesFull | forcesSparse},
	forcesSetResponse:         {" SetResp", forcesResult},
	forcesSetPropResponse:     {" SetPropResp", forcesResult},
	forcesDel:                 {" Del", 0},
	forcesDelResponse:         {" DelResp", forcesResult},
	forcesGet:                 {" Get", 0},
	forcesGetProp:             {" GetProp", 0},
	forcesGetResponse:         {" GetResp", forcesFull | forcesSparse | forcesResult},
	forcesGetPropResponse:     {" GetPropResp", forcesFull | forcesResult},
	forcesReport:              {" Report", forcesFull | forcesSparse},
	forcesCommit:              {" Commit", 0},
	forcesCommitResponse:      {" RCommit", forcesResult},
	forcesTransactionComplete: {" RTRCOMP", 0},
}

var forcesLFBs = []tok{{0, "Invalid TLV"}, {1, "FEObj LFB"}, {2, "FEProtoObj LFB"}}

// forcesLFB prints the value of an LFBselect TLV: class, instance and
// operations. What is wrong inside an operation does not make it malformed.
func (p *Printer) forcesLFB(b []byte, length int, operations uint16, indent int) bool {
	const least, selector = 12, 8
	if length <= least {
		what := "truncated"
		if p.follows(forcesWords) {
			what = "undersized"
		}
		p.printf("\n\t\t%s lfb selector: %d bytes missing! ", what, least-length)
		return false
	}
	if !has(b, 0, selector) {
		p.truncSince(forcesChecks)
		return false
	}
	if p.vflag >= 3 {
		class := u32(b, 0)
		p.printf("\n%s%s(Classid %x) instance %x\n",
			forcesBlanks(indent), tokStr(forcesLFBs, "", class), class, u32(b, 4))
	}
	indent++
	b, length = b[selector:], length-selector
	for length > 0 {
		kind, n := u16(b, 0), int(u16(b, 2))
		if forcesLenFault(uint32(n), forcesTLVLen, length) != "" {
			break
		}
		if kind >= 0x8000 || kind != 0 && int(kind) < len(forcesOperations) && operations&(1<<(kind-1)) != 0 {
			p.forcesOperation(kind, b, n, indent)
		} else {
			if p.vflag < 3 {
				p.char('\n')
			}
			p.printf("\t\tINValid oper-TLV type 0x%x length %d for this ForCES message\n", kind, n)
			p.forcesInvalidData(b, length, indent)
		}
		b, length = at(b, forcesAlign(n)), length-forcesAlign(n)
	}
	return length == 0 || p.forcesMessy("oper", b, length)
}

// forcesMessy prints the header of a TLV that does not fit into the bytes left.
// It is never well-formed.
func (p *Printer) forcesMessy(what string, b []byte, left int) bool {
	p.printf("\n\t\tMessy %s TLV header, type (0x%x)\n\t\texcess of %d Bytes ",
		what, u16(b, 0), uint32(left)-uint32(u16(b, 2)))
	return false
}

// forcesOperation prints the TLV of an operation, n bytes long.
func (p *Printer) forcesOperation(kind uint16, b []byte, n, indent int) {
	const least = 8
	op := &forcesOperations[0]
	if int(kind) < len(forcesOperations) {
		op = &forcesOperations[kind]
	}
	if p.vflag >= 3 {
		p.printf("%sOper TLV %s(0x%x) length %d\n", forcesBlanks(indent), op.name, kind, n)
	}
	b, length := b[forcesTLVLen:], n-forcesTLVLen
	switch {
	case length < least:
		p.printf("\t\tOper TLV %s(0x%x) length %d\n", op.name, kind, n)
		p.printf("\t\tTruncated data size %d minimum required %d\n", length, least)
		p.forcesInvalidData(b, length, indent)
	case int(kind) >= len(forcesOperations):
		p.forcesInvalidData(b, length, indent+1)
	case kind == forcesCommit, kind == forcesTransactionComplete:
	case kind == forcesCommitResponse:
		p.forcesCommitted(b, length, op.data, indent+1)
	default:
		p.forcesPathList(b, length, op.data, indent+1)
	}
}

func (p *Printer) forcesInvalidData(b []byte, length, indent int) {
	if p.vflag < 3 {
		return
	}
	line := forcesNewLine(indent)
	p.printf("%sData[", line[1:])
	p.hexDump(line, b, length)
	p.printf("%s]\n", line)
}

// forcesCommitted prints the answer to a commit, which has one TLV.
func (p *Printer) forcesCommitted(b []byte, length int, data uint16, indent int) bool {
	kind, n := u16(b, 0), int(u16(b, 2))
	p.printf("genoptlvprint - %s TLV type 0x%x len %d\n", tokStr(forcesTLVNames, "", kind), kind, n)
	if forcesLenFault(uint32(n), forcesTLVLen, length) != "" {
		p.printf("\t\t\tInvalid ForCES TLV type=%x", kind)
		return false
	}
	if !forcesTLVIsKnown(kind) {
		p.printf("#0 TLV type 0x%x len %d\n", kind, n)
		return false
	}
	n -= forcesTLVLen
	if p.vflag >= 3 {
		p.printf("%s%s, length %d (data length %d Bytes)",
			forcesBlanks(indent), tokStr(forcesTLVNames, "", kind), n+forcesTLVLen, n)
	}
	return p.forcesPath(b[forcesTLVLen:], n, data, indent+1)
}

// forcesPathList prints PATH-DATA TLVs (section 7.1.1).
func (p *Printer) forcesPathList(b []byte, length int, data uint16, indent int) bool {
	for length > 0 {
		n := int(u16(b, 2))
		if forcesLenFault(uint32(n), forcesTLVLen, length) != "" {
			break
		}
		if p.vflag >= 3 {
			p.printf("%s%s, length %d (data encapsulated %d Bytes)",
				forcesBlanks(indent), tokStr(forcesTLVNames, "", u16(b, 0)), n, n-forcesTLVLen)
		}
		start := len(p.out)
		if !p.forcesPath(b[forcesTLVLen:], n-forcesTLVLen, data, indent+1) {
			p.forcesAgain(start, "pdata_print(ndo, dp, tlvl - TLV_HDRL, op_msk, indent + 1)")
			return false
		}
		b, length = at(b, forcesAlign(n)), length-forcesAlign(n)
	}
	return length == 0 || p.forcesMessy("PATHDATA", b, length)
}

// forcesPath prints the value of a PATH-DATA TLV: a path of identifiers, what
// selects in the table at its end, and data. Paths may be nested. In older versions
// a fault in the data does not make the TLVs around it malformed.
func (p *Printer) forcesPath(b []byte, length int, data uint16, indent int) bool {
	const header = 4
	if p.follows(forcesChecks) {
		need(b, 0, header)
	}
	if length < header || !has(b, 0, header) {
		if p.follows(forcesChecks) {
			p.wrong("len", length, "<", header)
		} else {
			p.truncMark()
		}
		return false
	}
	flags, ids := u16(b, 0), int(u16(b, 2))
	if p.vflag >= 3 {
		p.printf("\n%sPathdata: Flags 0x%x ID count %d\n", forcesBlanks(indent), flags, ids)
	}
	if flags&0x1 != 0 {
		data |= forcesKey
	}
	if flags&0x2 != 0 {
		data |= forcesRange
	}
	if flags&0x4 != 0 {
		data |= forcesAppend
	}
	b, length = b[header:], length-header
	if length < 4*ids {
		p.printf("\t\t\ttruncated IDs expected %dB got %dB\n", 4*ids, length)
		p.hexDump("\t\t\tID Data[", b, length)
		p.str("]\n")
		return false
	}
	if data&forcesRange != 0 && data&forcesKey != 0 {
		p.str("\t\t\tIllegal to have both Table ranges and keys\n")
		return false
	}
	rest, left := p.forcesPathValue(b, length, ids, data, indent)
	if left <= 0 {
		return left == 0 || !p.follows(forcesChecks)
	}
	return p.forcesPathList(rest, left, data, indent+1)
}

// forcesPathValue prints path, selector and data, and returns what comes
// behind, of which left bytes belong to the TLV; -1 when it is malformed.
func (p *Printer) forcesPathValue(b []byte, length, ids int, data uint16, indent int) (rest []byte, left int) {
	blanks := forcesBlanks(indent)
	if data&forcesAppend != 0 && p.vflag >= 3 {
		p.printf("%sTABLE APPEND\n", blanks)
	}
	for i := range ids {
		if !has(b, 0, 4) {
			p.truncSince(forcesChecks)
			return nil, -1
		}
		if p.vflag >= 3 {
			p.printf("%sID#%02d: %d\n", blanks, i+1, u32(b, 0))
		}
		b, length = b[4:], length-4
	}
	n, ok := 0, true
	switch {
	case data&forcesRange != 0:
		n, ok = p.forcesTableRange(b, length, blanks)
	case data&forcesKey != 0:
		n, ok = p.forcesTableKey(b, length)
	}
	if !ok {
		return nil, -1
	}
	b, length = at(b, n), length-n
	if length == 0 {
		return b, 0
	}
	return p.forcesPathData(b, length, data, indent)
}

// forcesTableSelector is the least length of what selects in a table.
const forcesTableSelector = 12

func (p *Printer) forcesSelectorFits(length int) bool {
	if length < forcesTableSelector {
		p.printf("pathlength %d with key/range too short %d\n", length, forcesTableSelector)
		return false
	}
	return true
}

// forcesTableRange prints a range of a table and returns its length.
func (p *Printer) forcesTableRange(b []byte, length int, blanks string) (n int, ok bool) {
	if !p.forcesSelectorFits(length) {
		return 0, false
	}
	first, last := u32(b, 4), u32(b, 8)
	if p.vflag >= 3 {
		p.printf("%sTable range: [%d,%d]\n", blanks, first, last)
	}
	return forcesTableSelector, true
}

// forcesTableKey passes over a key in front of the data and returns its length.
func (p *Printer) forcesTableKey(b []byte, length int) (n int, ok bool) {
	const header = 8
	if !p.forcesSelectorFits(length) {
		return 0, false
	}
	n = int(u16(b, 6))
	if n < forcesTLVLen {
		p.printf("key content length %d < %d\n", n, forcesTLVLen)
		return 0, false
	}
	n -= forcesTLVLen
	if length-header < n {
		p.str("key content too short\n")
		return 0, false
	}
	return header + n, true
}
