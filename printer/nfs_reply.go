// nfs_reply.go: results of NFS calls (RFC 1094 section 2.2, RFC 1813 section
// 3.3).

package printer

const (
	nfsStatistics2Len = 20
	nfsStatistics3Len = 52
	nfsFSInfoLen      = 48
	nfsPathConfLen    = 24
)

// nfsStatuses are the errors of both versions, and of servers that hand on their
// system's (RFC 1094 section 2.3.1, RFC 1813 section 2.6).
var nfsStatuses = []tok{
	{1, "Operation not permitted"},
	{2, "No such file or directory"},
	{5, "Input/output error"},
	{6, "Device not configured"},
	{11, "Resource deadlock avoided"},
	{12, "Cannot allocate memory"},
	{13, "Permission denied"},
	{17, "File exists"},
	{18, "Cross-device link"},
	{19, "Operation not supported by device"},
	{20, "Not a directory"},
	{21, "Is a directory"},
	{22, "Invalid argument"},
	{26, "Text file busy"},
	{27, "File too large"},
	{28, "No space left on device"},
	{30, "Read-only file system"},
	{31, "Too many links"},
	{45, "Operation not supported"},
	{62, "Too many levels of symbolic links"},
	{63, "File name too long"},
	{66, "Directory not empty"},
	{69, "Disc quota exceeded"},
	{70, "Stale NFS file handle"},
	{71, "Too many levels of remote in path"},
	{99, "Write cache flushed to disk"},
	{10001, "Illegal NFS file handle"},
	{10002, "Update synchronization mismatch"},
	{10003, "READDIR/READDIRPLUS cookie is stale"},
	{10004, "Operation not supported"},
	{10005, "Buffer or request is too small"},
	{10006, "Unspecified error on server"},
	{10007, "Object of that type not supported"},
	{10008, "Request couldn't be completed in time"},
}

// nfsAccepts are how the server took a call (RFC 5531 section 9, accept_stat).
var nfsAccepts = []tok{
	{1, "PROG_UNAVAIL"},
	{2, "PROG_MISMATCH"},
	{3, "PROC_UNAVAIL"},
	{4, "GARBAGE_ARGS"},
	{5, "SYSTEM_ERR"},
}

// nfsResults prints the results of an accepted call.
func (p *Printer) nfsResults(b []byte, length uint32, call *nfsCalled) {
	x := nfsXDR{v3: call.version == nfsVersion3}
	procedure := nfsProcedure(call.procedure, x.v3)
	p.printf(" %s", tokStr(nfsProcedures, "proc-%u", procedure))
	if procedure == nfsNull || procedure > nfsCommit {
		return
	}
	verifier := u32(b, nfsReplyAuth+4)
	if verifier >= length {
		p.truncMark()
		return
	}
	x.b = at(b, nfsReplyAuth+nfsAuthHeaderLen+asInt(verifier+3)&^3)
	if status := x.word(); status != 0 {
		p.printf(" %s", tokStr(nfsAccepts, "ar_stat %u", status))
		return
	}
	status := x.word()
	if x.failed = status != 0; x.failed && p.qflag == 0 {
		p.printf(" ERROR: %s", tokStr(nfsStatuses, "unk %u", status))
	}
	whole := false
	if x.v3 {
		whole = p.nfsResults3(&x, procedure)
	} else {
		whole = x.failed || p.nfsResults2(&x, procedure)
	}
	if !whole && !x.failed {
		p.truncMark()
	}
}

// nfsUnlessQuiet is how verbose the attributes are that a call asked for.
func (p *Printer) nfsUnlessQuiet() int {
	if p.qflag > 0 {
		return 0
	}
	return 1
}

// nfsResults2 prints the results of version 2 of a call that succeeded. It
// reports whether they end within the capture, as the functions below do.
func (p *Printer) nfsResults2(x *nfsXDR, procedure uint32) bool {
	switch procedure {
	case nfsGetAttr, nfsSetAttr:
		return p.nfsAttributes(x, p.nfsUnlessQuiet())
	case nfsRead, nfsWrite:
		return p.nfsAttributes(x, p.vflag)
	case nfsLookup, nfsCreate, nfsMkdir:
		return p.nfsHandle(x) && p.nfsAttributes(x, p.vflag)
	case nfsReadLink:
		p.char(' ')
		return p.nfsName(x)
	case nfsReadDir:
		if p.qflag > 0 {
			break
		}
		p.printf(" offset 0x%x size %d ", u32(x.b, 0), u32(x.b, 4))
		if u32(x.b, 8) != 0 {
			p.str(" eof")
		}
	case nfsFSStat:
		if p.qflag > 0 {
			break
		}
		if !has(x.b, 0, nfsStatistics2Len) {
			return false
		}
		p.printf(" tsize %d bsize %d blocks %d bfree %d bavail %d", u32(x.b, 0), u32(x.b, 4), u32(x.b, 8),
			u32(x.b, 12), u32(x.b, 16))
	}
	return true
}

// nfsResults3 prints the results of version 3, those of a call that failed too.
func (p *Printer) nfsResults3(x *nfsXDR, procedure uint32) bool {
	switch procedure {
	case nfsGetAttr:
		return x.failed || p.nfsAttributes(x, p.nfsUnlessQuiet())
	case nfsSetAttr, nfsRemove, nfsRmdir:
		return p.nfsChange(x)
	case nfsLookup:
		return p.nfsLookupResults(x)
	case nfsAccess:
		return p.nfsAccessResults(x)
	case nfsReadLink:
		if x.failed {
			return true
		}
		if !p.nfsAfter(x) {
			return false
		}
		p.char(' ')
		return p.nfsName(x)
	case nfsRead:
		return p.nfsReadResults(x)
	case nfsWrite:
		return p.nfsWriteResults(x)
	case nfsCreate, nfsMkdir, nfsSymlink, nfsMknod:
		return p.nfsCreateResults(x)
	case nfsRename:
		return p.nfsRenameResults(x)
	case nfsLink:
		return p.nfsLinkResults(x)
	case nfsReadDir, nfsReadDirPlus:
		return p.nfsReadDirResults(x)
	case nfsFSStat:
		return p.nfsFSStatResults(x)
	case nfsFSInfo:
		return p.nfsFSInfoResults(x)
	case nfsPathConf:
		return p.nfsPathConfResults(x)
	case nfsCommit:
		if !p.nfsChange(x) {
			return false
		}
		if p.vflag > 1 {
			p.printf(" verf %x", u64(x.b, 0))
		}
	}
	return true
}

// nfsLabelledAfter is nfsAfter with a label in front.
func (p *Printer) nfsLabelledAfter(x *nfsXDR, label string) bool {
	if p.vflag > 0 {
		p.str(label)
	}
	return p.nfsAfter(x)
}

func (p *Printer) nfsLookupResults(x *nfsXDR) bool {
	if !x.failed && (!p.nfsHandle(x) || !p.nfsAfter(x)) {
		return false
	}
	if p.vflag < 2 {
		return true
	}
	p.str(" post dattr:")
	return p.nfsAfter(x)
}

func (p *Printer) nfsAccessResults(x *nfsXDR) bool {
	if !p.nfsLabelledAfter(x, " attr:") {
		return false
	}
	if !x.failed {
		p.printf(" c %04x", u32(x.b, 0))
	}
	return true
}

func (p *Printer) nfsReadResults(x *nfsXDR) bool {
	if !p.nfsAfter(x) {
		return false
	}
	if x.failed || p.vflag == 0 {
		return true
	}
	p.printf(" %d bytes", u32(x.b, 0))
	if u32(x.b, 4) != 0 {
		p.str(" EOF")
	}
	return true
}

func (p *Printer) nfsWriteResults(x *nfsXDR) bool {
	if !p.nfsChange(x) {
		return false
	}
	if x.failed || p.vflag == 0 {
		return true
	}
	p.printf(" %d bytes", u32(x.b, 0))
	if p.vflag > 1 {
		p.printf(" <%s>", tokStr(nfsWriteModes, "", u32(x.b, 4)))
		p.printf(" verf %x", u64(x.b, 8))
	}
	return true
}

func (p *Printer) nfsCreateResults(x *nfsXDR) bool {
	if x.failed {
		return p.nfsChange(x)
	}
	if x.word() == 0 {
		return true
	}
	if !p.nfsHandle(x) {
		return false
	}
	if p.vflag == 0 {
		return true
	}
	if !p.nfsAfter(x) {
		return false
	}
	if p.vflag < 2 {
		return true
	}
	p.str(" dir attr:")
	return p.nfsChange(x)
}

func (p *Printer) nfsRenameResults(x *nfsXDR) bool {
	if p.vflag == 0 {
		return true
	}
	p.str(" from:")
	if !p.nfsChange(x) {
		return false
	}
	p.str(" to:")
	return p.nfsChange(x)
}

func (p *Printer) nfsLinkResults(x *nfsXDR) bool {
	if p.vflag == 0 {
		return true
	}
	p.str(" file POST:")
	if !p.nfsAfter(x) {
		return false
	}
	p.str(" dir:")
	return p.nfsChange(x)
}

func (p *Printer) nfsReadDirResults(x *nfsXDR) bool {
	if !p.nfsLabelledAfter(x, " POST:") {
		return false
	}
	if !x.failed && p.vflag > 0 {
		p.printf(" verf %08x%08x", u32(x.b, 0), u32(x.b, 4))
	}
	return true
}

func (p *Printer) nfsFSStatResults(x *nfsXDR) bool {
	if p.qflag > 0 {
		return true
	}
	if !p.nfsLabelledAfter(x, " POST:") || !has(x.b, 0, nfsStatistics3Len) {
		return false
	}
	b := x.b
	p.printf(" tbytes %d fbytes %d abytes %d", u64(b, 0), u64(b, 8), u64(b, 16))
	if p.vflag > 0 {
		p.printf(" tfiles %d ffiles %d afiles %d invar %d", u64(b, 24), u64(b, 32), u64(b, 40), u32(b, 48))
	}
	return true
}

func (p *Printer) nfsFSInfoResults(x *nfsXDR) bool {
	if !p.nfsLabelledAfter(x, " POST:") {
		return false
	}
	if x.failed {
		return true
	}
	b := x.b
	if !has(b, 0, nfsFSInfoLen) {
		return false
	}
	p.printf(" rtmax %d rtpref %d wtmax %d wtpref %d dtpref %d", u32(b, 0), u32(b, 4), u32(b, 12), u32(b, 16),
		u32(b, 24))
	if p.vflag > 0 {
		p.printf(" rtmult %d wtmult %d maxfsz %d delta %d.%06d ", u32(b, 8), u32(b, 20), u64(b, 28), u32(b, 36),
			u32(b, 40))
	}
	return true
}

func (p *Printer) nfsPathConfResults(x *nfsXDR) bool {
	if !p.nfsLabelledAfter(x, " POST:") {
		return false
	}
	if x.failed {
		return true
	}
	b := x.b
	if !has(b, 0, nfsPathConfLen) {
		return false
	}
	p.printf(" linkmax %d namemax %d", u32(b, 0), u32(b, 4))
	for i, name := range [...]string{"notrunc", "chownres", "igncase", "keepcase"} {
		p.char(' ')
		if u32(b, 8+4*i) != 0 {
			p.str(name)
		}
	}
	return true
}
