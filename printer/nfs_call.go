// nfs_call.go: arguments of NFS calls (RFC 1094 section 2.2, RFC 1813 section
// 3.3).

package printer

// nfsArguments is the call from its arguments on, or nil when the credentials
// and the verifier in front of them do not end within the capture or within the
// message.
func (p *Printer) nfsArguments(b []byte, length uint32) []byte {
	b = at(b, nfsCallAuth)
	for _, what := range [...]string{"credentials", "verifier"} {
		if length < nfsAuthHeaderLen {
			return nil
		}
		n := u32(b, 4)
		if n > length {
			p.printf(" [%s length %d > %d]", what, n, length)
			p.invalid()
			return nil
		}
		n = (n + 3) &^ 3
		if !has(b, nfsAuthHeaderLen, int(n)) || nfsAuthHeaderLen+n > length {
			return nil
		}
		b = b[nfsAuthHeaderLen+n:]
		length -= nfsAuthHeaderLen + n
	}
	if length == 0 {
		return nil
	}
	return b
}

// nfsCall prints the arguments of a call and reports whether they end within
// the capture.
func (p *Printer) nfsCall(x *nfsXDR, procedure uint32) bool {
	if !p.nfsHandle(x) {
		return false
	}
	switch procedure {
	case nfsLookup, nfsCreate, nfsMkdir, nfsRemove, nfsRmdir, nfsSymlink, nfsMknod, nfsRename:
		p.char(' ')
		if !p.nfsName(x) {
			return false
		}
	}
	switch procedure {
	case nfsAccess:
		p.nfsAccessFlags(x.word())
	case nfsRead:
		if x.v3 {
			p.printf(" %d bytes @ %d", u32(x.b, 8), u64(x.b, 0))
		} else {
			p.printf(" %d bytes @ %d", u32(x.b, 4), u32(x.b, 0))
		}
	case nfsWrite:
		p.nfsWriteCall(x)
	case nfsSymlink:
		return p.nfsSymlinkCall(x)
	case nfsMknod:
		p.nfsMknodCall(x)
	case nfsRename, nfsLink:
		p.str(" ->")
		if !p.nfsHandle(x) {
			return false
		}
		p.char(' ')
		return p.nfsName(x)
	case nfsReadDir, nfsReadDirPlus:
		p.nfsReadDirCall(x, procedure)
	case nfsCommit:
		p.printf(" %d bytes @ %d", u32(x.b, 8), u64(x.b, 0))
	}
	return true
}

// nfsName prints a file name and reports whether it ends within the capture.
func (p *Printer) nfsName(x *nfsXDR) bool {
	n := x.word()
	if n > 0xfffffffc {
		p.str("[cannot pad to 32-bit boundaries]")
		p.invalid()
		return false
	}
	padded := int(n+3) &^ 3
	if !has(x.b, 0, padded) {
		return false
	}
	p.char('"')
	p.safe(x.b[:n])
	p.char('"')
	x.skip(padded)
	return true
}

// nfsAccessRights is every right that version 3 knows.
const nfsAccessRights = 0x3f

var nfsAccessNames = []tok{
	{0x01, "NFS_ACCESS_READ"},
	{0x02, "NFS_ACCESS_LOOKUP"},
	{0x04, "NFS_ACCESS_MODIFY"},
	{0x08, "NFS_ACCESS_EXTEND"},
	{0x10, "NFS_ACCESS_DELETE"},
	{0x20, "NFS_ACCESS_EXECUTE"},
}

// nfsAccessFlags prints the rights that are asked for (RFC 1813 section 3.3.4).
func (p *Printer) nfsAccessFlags(rights uint32) {
	switch {
	case rights&^nfsAccessRights != 0:
		p.printf(" %04x", rights)
	case rights == nfsAccessRights:
		p.str(" NFS_ACCESS_FULL")
	case rights != 0:
		p.printf(" %s", bitStrSep(nfsAccessNames, "", "|", rights))
	}
}

var nfsWriteModes = []tok{
	{0, "unstable"},
	{1, "datasync"},
	{2, "filesync"},
}

func (p *Printer) nfsWriteCall(x *nfsXDR) {
	b := x.b
	if !x.v3 {
		p.printf(" %d (%d) bytes @ %d (%d)", u32(b, 12), u32(b, 8), u32(b, 4), u32(b, 0))
		return
	}
	p.printf(" %d (%d) bytes @ %d", u32(b, 16), u32(b, 8), u64(b, 0))
	if p.vflag > 0 {
		p.printf(" <%s>", tokStr(nfsWriteModes, "", u32(b, 12)))
	}
}

func (p *Printer) nfsSymlinkCall(x *nfsXDR) bool {
	p.str(" ->")
	var set nfsSettable
	if x.v3 {
		set.read(x)
	}
	if !p.nfsName(x) {
		return false
	}
	if x.v3 && p.vflag > 0 {
		p.nfsSettable(&set)
	}
	return true
}

func (p *Printer) nfsMknodCall(x *nfsXDR) {
	const block, character = 3, 4
	kind := x.word()
	var set nfsSettable
	set.read(x)
	p.printf(" %s", tokStr(nfsFileTypes, "unk-ft %u", kind))
	if p.vflag == 0 {
		return
	}
	if kind == block || kind == character {
		p.printf(" %d/%d", u32(x.b, 0), u32(x.b, 4))
	}
	p.nfsSettable(&set)
}

func (p *Printer) nfsReadDirCall(x *nfsXDR, procedure uint32) {
	b := x.b
	if !x.v3 {
		p.printf(" %d bytes @ %d", u32(b, 4), u32(b, 0))
		return
	}
	p.printf(" %d bytes @ %d", u32(b, 16), int64(u64(b, 0)))
	if p.vflag == 0 {
		return
	}
	if procedure == nfsReadDirPlus {
		p.printf(" max %d verf %08x%08x", u32(b, 20), u32(b, 8), u32(b, 12))
	} else {
		p.printf(" verf %08x%08x", u32(b, 8), u32(b, 12))
	}
}
