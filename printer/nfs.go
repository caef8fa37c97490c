// nfs.go: Network File System, versions 2 and 3 (RFC 1094, RFC 1813), over Sun
// RPC (RFC 5531).

package printer

const (
	nfsPort     = 2049
	nfsVersion3 = 3
)

// Where the fields of a Sun RPC message are (RFC 5531 section 9).
const (
	nfsKindAt        = 4
	nfsCallVersion   = 16
	nfsCallProcedure = 20
	nfsCallAuth      = 24 // credentials, then the verifier
	nfsReplyStatus   = 8
	nfsReplyReject   = 12 // of a denied reply
	nfsReplyAuth     = 12 // of an accepted one: the verifier
	nfsAuthHeaderLen = 8
)

const (
	nfsKindCall  = 0
	nfsKindReply = 1
)

// Procedures of version 3 (RFC 1813 section 3.3); those of version 2 are put to
// the same numbers.
const (
	nfsNull        = 0
	nfsGetAttr     = 1
	nfsSetAttr     = 2
	nfsLookup      = 3
	nfsAccess      = 4
	nfsReadLink    = 5
	nfsRead        = 6
	nfsWrite       = 7
	nfsCreate      = 8
	nfsMkdir       = 9
	nfsSymlink     = 10
	nfsMknod       = 11
	nfsRemove      = 12
	nfsRmdir       = 13
	nfsRename      = 14
	nfsLink        = 15
	nfsReadDir     = 16
	nfsReadDirPlus = 17
	nfsFSStat      = 18
	nfsFSInfo      = 19
	nfsPathConf    = 20
	nfsCommit      = 21
	nfsNoop        = 25
)

var nfsProcedures = []tok{
	{nfsNoop, "nop"},
	{nfsNull, "null"},
	{nfsGetAttr, "getattr"},
	{nfsSetAttr, "setattr"},
	{nfsLookup, "lookup"},
	{nfsAccess, "access"},
	{nfsReadLink, "readlink"},
	{nfsRead, "read"},
	{nfsWrite, "write"},
	{nfsCreate, "create"},
	{nfsMkdir, "mkdir"},
	{nfsSymlink, "symlink"},
	{nfsMknod, "mknod"},
	{nfsRemove, "remove"},
	{nfsRmdir, "rmdir"},
	{nfsRename, "rename"},
	{nfsLink, "link"},
	{nfsReadDir, "readdir"},
	{nfsReadDirPlus, "readdirplus"},
	{nfsFSStat, "fsstat"},
	{nfsFSInfo, "fsinfo"},
	{nfsPathConf, "pathconf"},
	{nfsCommit, "commit"},
}

// nfsVersion2 are the numbers in version 3 of version 2's procedures (RFC 1094
// section 2.2).
var nfsVersion2 = [nfsNoop + 1]uint8{
	nfsNull, nfsGetAttr, nfsSetAttr, nfsNoop, nfsLookup, nfsReadLink, nfsRead, nfsNoop, nfsWrite,
	nfsCreate, nfsRemove, nfsRename, nfsLink, nfsSymlink, nfsMkdir, nfsRmdir, nfsReadDir, nfsFSStat,
	nfsNoop, nfsNoop, nfsNoop, nfsNoop, nfsNoop, nfsNoop, nfsNoop, nfsNoop,
}

// nfsProcedure is the number in version 3 of a procedure.
func nfsProcedure(procedure uint32, v3 bool) uint32 {
	if !v3 && procedure < uint32(len(nfsVersion2)) {
		return uint32(nfsVersion2[procedure])
	}
	return procedure
}

// nfsXDR is what is left of a call's arguments or a reply's results.
type nfsXDR struct {
	b      []byte
	v3     bool
	failed bool // the reply says why the call failed, and may end there
}

// word takes the next number.
func (x *nfsXDR) word() uint32 {
	v := u32(x.b, 0)
	x.b = x.b[4:]
	return v
}

func (x *nfsXDR) skip(n int) { x.b = at(x.b, n) }

// nfsCallsMax is how many calls are remembered.
const nfsCallsMax = 64

// nfsCalls are the latest calls: a reply does not say what it replies to.
type nfsCalls struct {
	ring       [nfsCallsMax]nfsCalled
	next, last int // the next to be overwritten, the last that was replied to
}

type nfsCalled struct {
	ipVersion          int
	xid                uint32
	client, server     addr6 // of IPv4: in the first bytes
	procedure, version uint32
}

func (c *nfsCalls) add(called nfsCalled) {
	c.ring[c.next] = called
	c.next = (c.next + 1) % nfsCallsMax
}

// find is the call that a reply with that transaction from server to client
// belongs to, or nil.
func (c *nfsCalls) find(xid uint32, ipVersion int, client, server addr6) *nfsCalled {
	for n := range nfsCallsMax {
		i := (c.last + n) % nfsCallsMax
		e := &c.ring[i]
		if e.ipVersion == ipVersion && e.xid == xid && e.client == client && e.server == server {
			c.last = i
			return e
		}
	}
	return nil
}

// nfsAddresses are source and destination of the IP header.
func nfsAddresses(ip ipHeader) (src, dst addr6) {
	if ip.version == 6 {
		return ip6At(ip.b, 8), ip6At(ip.b, 24)
	}
	src4, dst4 := ip4At(ip.b, 12), ip4At(ip.b, 16)
	copy(src[:], src4[:])
	copy(dst[:], dst4[:])
	return src, dst
}

// nfsOverTCP prints the first record of a segment (RFC 5531 section 11), when it
// is a call or a reply.
func (p *Printer) nfsOverTCP(b []byte, length int, sport, dport uint16, ip ipHeader) {
	const mark = 4
	record := min(int(u32(b, 0)&0x7fffffff), length-mark)
	b = at(b, mark)
	if !has(b, nfsKindAt, 4) {
		return
	}
	kind := u32(b, nfsKindAt)
	switch {
	case dport == nfsPort && kind == nfsKindCall:
		p.printf(": NFS request xid %d ", u32(b, 0))
		p.nfsRequest(b, record, ip)
	case sport == nfsPort && kind == nfsKindReply:
		p.printf(": NFS reply xid %d ", u32(b, 0))
		p.nfsReply(b, record, ip)
	}
}

// nfsReplyWithAddresses prints a reply with the transaction in the place of the
// destination port.
func (p *Printer) nfsReplyWithAddresses(b []byte, length int, ip ipHeader) {
	p.proto = "nfs"
	xid := u32(b, 0)
	p.ipSource(ip)
	p.char('.')
	if p.nflag {
		p.uint(nfsPort)
	} else {
		p.str("nfs")
	}
	p.str(" > ")
	p.ipDestination(ip)
	p.printf(".%d: ", xid)
	p.nfsReply(b, length, ip)
}

// nfsRequest prints a call and remembers it for the reply.
func (p *Printer) nfsRequest(b []byte, length int, ip ipHeader) {
	p.proto = "nfs"
	p.uint(uint64(uint32(length)))
	if !has(b, nfsCallProcedure, 4) {
		p.truncMark()
		return
	}
	p.inOrder()
	version, procedure := u32(b, nfsCallVersion), u32(b, nfsCallProcedure)
	client, server := nfsAddresses(ip)
	p.conv.nfs.add(nfsCalled{ip.version, u32(b, 0), client, server, procedure, version})

	v3 := version == nfsVersion3
	procedure = nfsProcedure(procedure, v3)
	p.printf(" %s", tokStr(nfsProcedures, "proc-%u", procedure))
	if procedure == nfsNull || procedure > nfsCommit {
		return
	}
	if b = p.nfsArguments(b, uint32(length)); b == nil || !p.nfsCall(&nfsXDR{b: b, v3: v3}, procedure) {
		p.truncMark()
	}
}

// nfsReply prints a reply; its results when the call was seen.
func (p *Printer) nfsReply(b []byte, length int, ip ipHeader) {
	const accepted, denied = 0, 1
	p.proto = "nfs"
	if !has(b, nfsReplyStatus, 4) {
		p.truncMark()
		return
	}
	switch status := u32(b, nfsReplyStatus); status {
	case accepted:
		p.printf("reply ok %d", uint32(length))
		p.inOrder()
		server, client := nfsAddresses(ip)
		if call := p.conv.nfs.find(u32(b, 0), ip.version, client, server); call != nil {
			p.nfsResults(b, uint32(length), call)
		}
	case denied:
		p.printf("reply ERR %d: ", uint32(length))
		p.nfsDenied(b)
	default:
		p.printf("reply Unknown rpc response code=%d %d", status, uint32(length))
	}
}

// nfsAuthErrors are why credentials are refused (RFC 5531 section 9, auth_stat).
var nfsAuthErrors = []tok{
	{0, "OK"},
	{1, "Bogus Credentials (seal broken)"},
	{2, "Rejected Credentials (client should begin new session)"},
	{3, "Bogus Verifier (seal broken)"},
	{4, "Verifier expired or was replayed"},
	{5, "Credentials are too weak"},
	{6, "Bogus response verifier"},
	{7, "Unknown failure"},
}

// nfsDenied prints why a call was denied (RFC 5531 section 9, rejected_reply).
func (p *Printer) nfsDenied(b []byte) {
	const rpcMismatch, authError = 0, 1
	if !has(b, nfsReplyReject, 4) {
		p.truncMark()
		return
	}
	switch reason := u32(b, nfsReplyReject); reason {
	case rpcMismatch:
		if !has(b, nfsReplyReject+8, 4) {
			p.truncMark()
			return
		}
		p.printf("RPC Version mismatch (%d-%d)", u32(b, nfsReplyReject+4), u32(b, nfsReplyReject+8))
	case authError:
		if !has(b, nfsReplyReject+4, 4) {
			p.truncMark()
			return
		}
		p.printf("Auth %s", tokStr(nfsAuthErrors, "Invalid failure code %u", u32(b, nfsReplyReject+4)))
	default:
		p.printf("Unknown reason for rejecting rpc message %d", reason)
	}
}
