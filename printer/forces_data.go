// forces_data.go: data at the end of a path, and redirected packets (RFC 5810
// sections 7.1.1 and 7.9).

package printer

// forcesPathData prints the TLV at the end of a path, and returns as
// forcesPathValue does.
func (p *Printer) forcesPathData(b []byte, length int, data uint16, indent int) (rest []byte, left int) {
	kind, n := u16(b, 0), int(u16(b, 2))
	fault := forcesLenFault(uint32(n), forcesTLVLen, length)
	known := kind >= forcesTLVPathData && kind <= forcesTLVResult
	switch {
	case fault != "":
		p.printf("%s Outstanding bytes %d for TLV type 0x%x TLV len %d\n", fault, length, kind, n)
	case !known:
		p.printf("Invalid path data content type 0x%x len %d\n", kind, n)
	default:
		padded := forcesAlign(n)
		if kind != forcesTLVPathData {
			p.forcesDataHeader(kind, n, padded-n, indent)
			p.forcesDataFits(kind, data)
		}
		start := len(p.out)
		if !p.forcesData(kind, b, padded, data, indent+2) {
			p.forcesAgain(start, "ops->print(ndo, (const u_char *)pdtlv, tll + pad + TLV_HDRL, op_msk, indent + 2)")
			return nil, -1
		}
		return at(b, padded), length - padded
	}
	if n == 0 {
		return b, length
	}
	p.hexDump("Bad Data val\n\t  [", b, length)
	p.str("]\n")
	return nil, -1
}

func (p *Printer) forcesDataHeader(kind uint16, n, padding, indent int) {
	if p.vflag < 3 {
		return
	}
	p.printf("%s  %s (Length %d DataLen %d ",
		forcesBlanks(indent), tokStr(forcesTLVNames, "", kind), n, n-forcesTLVLen)
	if padding > 0 {
		p.printf("pad %d ", padding)
	}
	p.str("Bytes)\n")
}

// forcesDataFits complains when the operation or the path's flags do not allow
// this type of data.
func (p *Printer) forcesDataFits(kind, data uint16) {
	if data&forcesKey != 0 {
		if kind != forcesTLVKeyInfo {
			p.str("Based on flags expected KEYINFO TLV!\n")
		}
		return
	}
	var want uint16
	switch kind {
	case forcesTLVFullData:
		want = forcesFull
	case forcesTLVSparseData:
		want = forcesSparse
	case forcesTLVResult:
		want = forcesResult
	}
	if data&want == 0 {
		p.printf("Illegal DATA encoding for type 0x%x programmed %x got %x\n", kind, want, data)
	}
}

// forcesData prints a TLV of data, n bytes long with padding.
func (p *Printer) forcesData(kind uint16, b []byte, n int, data uint16, indent int) bool {
	switch kind {
	case forcesTLVPathData:
		return p.forcesPathList(b, n, data, indent)
	case forcesTLVKeyInfo:
		return p.forcesKeyInfo(b, n, indent)
	case forcesTLVFullData:
		return p.forcesFullData(b, n, indent)
	case forcesTLVSparseData:
		return p.forcesSparseData(b[forcesTLVLen:], n-forcesTLVLen, indent+1)
	}
	return p.forcesResultCode(b, n, indent)
}

var forcesResults = []tok{
	{0, "SUCCESS"},
	{1, "INVALID HEADER"},
	{2, "LENGTH MISMATCH"},
	{3, "VERSION MISMATCH"},
	{4, "INVALID DESTINATION PID"},
	{5, "LFB UNKNOWN"},
	{6, "LFB NOT FOUND"},
	{7, "LFB INSTANCE ID NOT FOUND"},
	{8, "INVALID PATH"},
	{9, "COMPONENT DOES NOT EXIST"},
	{10, "EXISTS ALREADY"},
	{11, "NOT FOUND"},
	{12, "READ ONLY"},
	{13, "INVALID ARRAY CREATION"},
	{14, "VALUE OUT OF RANGE"},
	{15, "CONTENTS TOO LONG"},
	{16, "INVALID PARAMETERS"},
	{17, "INVALID MESSAGE TYPE"},
	{18, "INVALID FLAGS"},
	{19, "INVALID TLV"},
	{20, "EVENT ERROR"},
	{21, "NOT SUPPORTED"},
	{22, "MEMORY ERROR"},
	{23, "INTERNAL ERROR"},
	{0xff, "UNSPECIFIED ERROR"},
}

// forcesResultCode prints a RESULT TLV.
func (p *Printer) forcesResultCode(b []byte, n, indent int) bool {
	if n != forcesTLVLen+4 {
		p.printf("illegal RESULT-TLV: %d bytes!\n", n-forcesTLVLen)
		return false
	}
	if !has(b, forcesTLVLen, 4) {
		p.truncSince(forcesChecks)
		return false
	}
	result := b[forcesTLVLen]
	if result >= 0x18 && result <= 0xfe {
		p.printf("illegal reserved result code: 0x%x!\n", result)
		return false
	}
	if p.vflag >= 3 {
		p.printf("%s  Result: %s (code 0x%x)\n", forcesBlanks(indent), tokStr(forcesResults, "", result), result)
	}
	return true
}

// forcesFullData prints a FULLDATA TLV.
func (p *Printer) forcesFullData(b []byte, n, indent int) bool {
	if !has(b, 0, forcesTLVLen) {
		p.truncSince(forcesChecks)
		return false
	}
	if u16(b, 0) != forcesTLVFullData {
		p.str("Error: expecting FULLDATA!\n")
		return false
	}
	if p.vflag >= 3 {
		line := forcesNewLine(indent + 2)
		p.printf("%s[", line[1:])
		p.hexDump(line, b[forcesTLVLen:], n-forcesTLVLen)
		p.printf("\n%s]", line[1:])
	}
	return true
}

// forcesSparseData prints the ILVs in a SPARSEDATA TLV.
func (p *Printer) forcesSparseData(b []byte, length, indent int) bool {
	if length < forcesILVLen {
		p.str("Error: BAD SPARSEDATA-TLV!\n")
		return false
	}
	for length > 0 {
		n, fault := forcesILV(b, length)
		if fault != "" {
			p.printf("Error: %s, rlen %d\n", fault, length)
			return false
		}
		if p.vflag >= 3 {
			p.printf("\n%s ILV: type %x length %d\n", forcesNewLine(indent)[1:], u32(b, 0), n)
			p.hexDump("\t\t[", at(b, forcesILVLen), n-forcesILVLen)
		}
		b, length = at(b, forcesAlign(n)), length-forcesAlign(n)
	}
	return true
}

// forcesILV is the length of the ILV at b and what is wrong with it.
func forcesILV(b []byte, left int) (n int, fault string) {
	var size uint32
	if left >= forcesILVLen {
		size = u32(b, 4)
	}
	return int(size), forcesLenFault(size, forcesILVLen, left)
}

// forcesKeyInfo prints a KEYINFO TLV.
func (p *Printer) forcesKeyInfo(b []byte, n, indent int) bool {
	p.printf("%sKeyinfo: Key 0x%x\n", forcesBlanks(indent), u32(b, 4))
	kind, size := u16(b, 8), int(u16(b, 10))
	if fault := forcesLenFault(uint32(size), forcesTLVLen, n); fault != "" {
		p.printf("%s TLV type 0x%x len %d\n", fault, kind, size)
		return false
	}
	// the reference looks for the data one header too far
	return p.forcesFullData(b[12:], size, indent)
}

// forcesRedirected prints the metadata and the packet in a REDIRECT TLV (7.9).
func (p *Printer) forcesRedirected(b []byte, length, indent int) bool {
	const least = 8
	if length <= least {
		p.printf("\n\t\ttruncated Redirect TLV: %d bytes missing! ", least-length)
		return false
	}
	for length > 0 {
		kind, n := u16(b, 0), int(u16(b, 2))
		if forcesLenFault(uint32(n), forcesTLVLen, length) != "" {
			p.str("Bad Redirect data\n")
			break
		}
		value, size := b[forcesTLVLen:], n-forcesTLVLen
		switch kind {
		case forcesTLVMetadata:
			p.forcesMetadata(value, size, indent)
		case forcesTLVRedirectData:
			p.printf("\n%s Redirect Data length %d\n", forcesBlanks(indent), size)
			if p.vflag >= 3 {
				p.str("\t\t[")
				p.hexDump("\n\t\t", value, size)
				p.str("\n\t\t]")
			}
		default:
			p.printf("Unknown REDIRECT TLV 0x%x len %d\n", kind, n)
		}
		b, length = at(b, forcesAlign(n)), length-forcesAlign(n)
	}
	return length == 0 || p.forcesMessy("Redirect", b, length)
}

// forcesMetadata prints metadata, an ILV each, up to one that does not fit.
func (p *Printer) forcesMetadata(b []byte, length, indent int) {
	p.printf("\n%s METADATA length %d\n", forcesBlanks(indent), length)
	for length > 0 {
		n, fault := forcesILV(b, length)
		if fault != "" {
			return
		}
		p.printf("%sMetaID 0x%x length %d\n", forcesBlanks(indent+1), u32(b, 0), n)
		if p.vflag >= 3 {
			p.hexDump("\t\t[", at(b, forcesILVLen), n-forcesILVLen)
			p.str(" ]\n")
		}
		b, length = at(b, forcesAlign(n)), length-forcesAlign(n)
	}
}
