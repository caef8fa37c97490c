// nfs_handle.go: file handles of NFS. They are opaque; what the file systems of
// old servers put into them is recognized by its shape.

package printer

const nfsHandle2Len = 32

// nfsHandle prints a file handle and reports whether all of it was captured.
func (p *Printer) nfsHandle(x *nfsXDR) bool {
	n := nfsHandle2Len
	if x.v3 {
		n = int(x.word() &^ 3)
	}
	if !has(x.b, 0, n) {
		return false
	}
	handle := x.b[:n]
	x.skip(n)
	if p.uflag {
		p.nfsRawHandle(handle)
	} else {
		p.nfsKnownHandle(handle)
	}
	return true
}

func (p *Printer) nfsRawHandle(handle []byte) {
	p.str(" fh[")
	for i := 0; i < len(handle); i += 4 {
		if i > 0 {
			p.char(':')
		}
		p.hex(uint64(u32(handle, i)), 1)
	}
	p.char(']')
}

// nfsServer is the kind of server that a handle comes from.
type nfsServer uint8

const (
	nfsUnknown nfsServer = iota
	nfsAuspex
	nfsBSD44
	nfsOSF
	nfsIRIX4
	nfsSunOS4
	nfsSunOS5
	nfsUltrix
	nfsUCX // VMS
	nfsHPUX9
)

// nfsGuessServer guesses from zeros and lengths in a handle whose it is.
func nfsGuessServer(h []byte) nfsServer {
	if len(h) < 16 {
		return nfsUnknown
	}
	low, high := u16(h, 0), u16(h, 2)
	osf := h[8] == 12 && h[9] == 0 // the length of its file identifier
	switch {
	case low == 0 && high == 0:
		return nfsAuspex
	case low == 0 && osf && h[4] != 0 && h[5] == 0:
		return nfsOSF
	case low == 0 && u32(h, 4) == 0x00080000:
		return nfsIRIX4
	case low == 0:
		return nfsSunOS4
	case high == 0 && u16(h, 6) == 0:
		return nfsBSD44
	case high == 0 && len(h) >= 24 && h[21] == 0 && h[23] == 0:
		return nfsUltrix
	case high == 0 && h[9] == 10:
		return nfsSunOS5
	case high == 0:
		return nfsUnknown
	case osf:
		return nfsOSF
	case u16(h, 8) == 10 && u32(h, 4) == 0:
		return nfsHPUX9
	case u16(h, 8) == 10:
		return nfsSunOS5
	case nfsIsUCX(h):
		return nfsUCX
	}
	return nfsUnknown
}

// nfsIsUCX reports whether a handle holds a device's name, as VMS has it: text,
// then zeros.
func nfsIsUCX(h []byte) bool {
	if len(h) < 28 {
		return false
	}
	ended := false
	for _, c := range h[1:14] {
		switch {
		case c == 0:
			ended = true
		case c < 0x20 || c > 0x7e || ended:
			return false
		}
	}
	return true
}

// nfsKnownHandle prints device and inode of a handle, or what stands for them.
func (p *Printer) nfsKnownHandle(h []byte) {
	var major, minor, inode uint32
	switch nfsGuessServer(h) {
	case nfsAuspex:
		major, minor, inode = uint32(h[6]), uint32(h[7]), u32(h, 12)
	case nfsBSD44:
		major, minor, inode = uint32(h[1]), uint32(h[0]), le32(h, 12)
	case nfsOSF:
		major, minor, inode = le32(h, 0)>>20, le32(h, 0)&0xfffff, le32(h, 12)
	case nfsIRIX4:
		major, minor, inode = uint32(h[2]), uint32(h[3]), u32(h, 8)
	case nfsSunOS4:
		major, minor, inode = uint32(h[2]), uint32(h[3]), u32(h, 12)
	case nfsSunOS5:
		major, minor, inode = uint32(u16(h, 0))>>2, u24(h, 1)&0x3ffff, u32(h, 12)
	case nfsUltrix:
		major, minor, inode = uint32(h[1]), uint32(h[0]), le32(h, 4)
	case nfsHPUX9:
		major, minor, inode = uint32(h[0]), u24(h, 1), u32(h, 12)
	case nfsUCX:
		p.nfsDeviceName(h[1:], len(h)/4)
		p.uint(uint64(uint32(h[26])<<24 | uint32(h[27])<<16 | uint32(le16(h, 22))))
		return
	default:
		p.nfsUnknownHandle(h)
		return
	}
	p.printf(" fh %d,%d/%d", major, minor, inode)
}

// nfsDeviceName prints the name of a VMS device, up to its end or its first
// blank, at most n bytes.
func (p *Printer) nfsDeviceName(name []byte, n int) {
	p.str(" fh ")
	for _, c := range limit(name, min(n, 64)) {
		if c == 0 || c == ' ' {
			break
		}
		p.safeChar(c)
	}
	p.char('/')
}

// nfsUnknownHandle prints the first bytes of a handle. As many letters of the
// word in front are shown as the handle has words.
func (p *Printer) nfsUnknownHandle(h []byte) {
	const shown = 32
	name := "Unknown"
	p.str(" fh ")
	p.str(name[:min(len(h)/4, len(name))])
	p.char('/')
	for _, c := range h[:min(len(h), shown)] {
		p.printf("%02X", c)
	}
}
