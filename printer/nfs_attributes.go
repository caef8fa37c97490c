// nfs_attributes.go: attributes of files in NFS (RFC 1094 section 2.3, RFC 1813
// section 2.5).

package printer

const (
	nfsAttributes2Len = 68
	nfsAttributes3Len = 84
	nfsWCCLen         = 24 // size, mtime and ctime
)

var nfsFileTypes = []tok{
	{0, "NON"},
	{1, "REG"},
	{2, "DIR"},
	{3, "BLK"},
	{4, "CHR"},
	{5, "LNK"},
	{7, "FIFO"},
}

// nfsSettable are attributes that a call sets (RFC 1813 section 2.6, sattr3).
type nfsSettable struct {
	hasMode, hasUID, hasGID, hasAtime, hasMtime bool
	mode, uid, gid                              uint32
	atime, mtime                                [2]uint32 // seconds, nanoseconds
}

func (s *nfsSettable) read(x *nfsXDR) {
	optional := func(v *uint32) bool {
		if x.word() == 0 {
			return false
		}
		*v = x.word()
		return true
	}
	var size uint32 // shown nowhere, and taken for a single word
	s.hasMode = optional(&s.mode)
	s.hasUID = optional(&s.uid)
	s.hasGID = optional(&s.gid)
	optional(&size)
	clientTime := func(v *[2]uint32) bool {
		const setToClientTime = 2
		if x.word() != setToClientTime {
			return false
		}
		v[0] = x.word()
		v[1] = x.word()
		return true
	}
	s.hasAtime = clientTime(&s.atime)
	s.hasMtime = clientTime(&s.mtime)
}

func (p *Printer) nfsSettable(s *nfsSettable) {
	if s.hasMode {
		p.printf(" mode %o", s.mode)
	}
	if s.hasUID {
		p.printf(" uid %d", s.uid)
	}
	if s.hasGID {
		p.printf(" gid %d", s.gid)
	}
	if p.vflag < 2 {
		return
	}
	if s.hasAtime {
		p.printf(" atime %d.%06d", s.atime[0], s.atime[1])
	}
	if s.hasMtime {
		p.printf(" mtime %d.%06d", s.mtime[0], s.mtime[1])
	}
}

// nfsTime prints a time of seconds and a fraction.
func (p *Printer) nfsTime(b []byte, i int) {
	p.printf(" %d.%06d", u32(b, i), u32(b, i+4))
}

// nfsAttributes prints the attributes of a file, at verbose 0 nothing of them.
// It reports whether those shown were all captured.
func (p *Printer) nfsAttributes(x *nfsXDR, verbose int) bool {
	b := x.b
	if !has(b, 16, 4) {
		return false
	}
	if verbose > 0 {
		// a user of -2 is the traditional nobody
		p.printf(" %s %o ids %d/%d", tokStr(nfsFileTypes, "unk-ft %u ", u32(b, 0)), u32(b, 4),
			int32(u32(b, 12)), int32(u32(b, 16)))
		if x.v3 {
			p.printf(" sz %d", u64(b, 20))
		} else {
			p.printf(" sz %d", u32(b, 20))
		}
	}
	n, ctime := nfsAttributes2Len, 60
	if x.v3 {
		n, ctime = nfsAttributes3Len, 76
	}
	if verbose > 1 {
		if !has(b, ctime, 8) {
			return false
		}
		if x.v3 {
			p.printf(" nlink %d rdev %d/%d fsid %x fileid %x a/m/ctime", u32(b, 8), u32(b, 36), u32(b, 40),
				u64(b, 44), u64(b, 52))
		} else {
			p.printf(" nlink %d rdev 0x%x fsid 0x%x nodeid 0x%x a/m/ctime", u32(b, 8), u32(b, 28), u32(b, 36),
				u32(b, 40))
		}
		p.nfsTime(b, ctime-16)
		p.nfsTime(b, ctime-8)
		p.nfsTime(b, ctime)
	}
	x.skip(n)
	return true
}

// nfsBefore prints what a directory or file was like before the operation (RFC
// 1813 section 2.6, pre_op_attr), from -vv on.
func (p *Printer) nfsBefore(x *nfsXDR) bool {
	if x.word() == 0 {
		return true
	}
	if !has(x.b, 0, nfsWCCLen) {
		return false
	}
	if p.vflag > 1 {
		p.printf(" sz %d", u64(x.b, 0))
		p.str(" mtime")
		p.nfsTime(x.b, 8)
		p.str(" ctime")
		p.nfsTime(x.b, 16)
	}
	x.skip(nfsWCCLen)
	return true
}

// nfsAfter prints what it is like afterwards (post_op_attr), from -v on.
func (p *Printer) nfsAfter(x *nfsXDR) bool {
	if x.word() == 0 {
		return true
	}
	if p.vflag > 0 {
		return p.nfsAttributes(x, p.vflag)
	}
	x.skip(nfsAttributes3Len)
	return true
}

// nfsChange prints weak cache consistency data: both (wcc_data).
func (p *Printer) nfsChange(x *nfsXDR) bool {
	if p.vflag > 1 {
		p.str(" PRE:")
	}
	if !p.nfsBefore(x) {
		return false
	}
	if p.vflag > 0 {
		p.str(" POST:")
	}
	return p.nfsAfter(x)
}
