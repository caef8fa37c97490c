// vsock.go: Linux vsockmon (linux/vsockmon.h) with the headers of virtio sockets
// (Virtual I/O Device specification 1.2, 5.10.6).

package printer

import "github.com/tapdump/tapdump/versions"

var vsockCut = versions.Since(versions.V5_0, "vsock", "-x dumps nothing of a header that is cut", "-x dumps what there is")

const (
	vsockHeaderLen = 32
	vsockVirtioLen = 44
	vsockVirtio    = 2 // transport
	vsockPayload   = 4 // operation
)

var (
	vsockTransports = []tok{
		{0, "UNKNOWN"},
		{1, "NO_INFO"},
		{vsockVirtio, "VIRTIO"},
	}
	vsockOperations = []tok{
		{0, "UNKNOWN"},
		{1, "CONNECT"},
		{2, "DISCONNECT"},
		{3, "CONTROL"},
		{vsockPayload, "PAYLOAD"},
	}
	vsockVirtioTypes = []tok{
		{1, "STREAM"},
	}
	vsockVirtioOperations = []tok{
		{0, "INVALID"},
		{1, "REQUEST"},
		{2, "RESPONSE"},
		{3, "RST"},
		{4, "SHUTDOWN"},
		{5, "RW"},
		{6, "CREDIT UPDATE"},
		{7, "CREDIT REQUEST"},
	}
)

func (p *Printer) vsockLink(b []byte, length int) {
	p.proto = "vsock"
	if !has(b, 0, vsockHeaderLen) {
		p.truncSince(vsockCut)
		p.llHdrLen += len(b)
		return
	}
	p.llHdrLen += vsockHeaderLen
	transport, operation := le16(b, 26), le16(b, 24)
	p.printf("%s", tokStr(vsockTransports, "Invalid transport (%d)", transport))
	n := vsockHeaderLen
	if transport == vsockVirtio {
		n += vsockVirtioLen
	}
	isCut := p.vflag > 0 && len(b) < n
	switch {
	case p.vflag == 0:
		p.char(' ')
	case !isCut:
		if transport == vsockVirtio {
			p.vsockVirtioHeader(b[vsockHeaderLen:])
		}
		p.str("\n\t")
	}
	p.printf("%d.%d > %d.%d %s, length %d", le64(b, 0), le32(b, 16), le64(b, 8), le32(b, 20),
		tokStr(vsockOperations, " invalid op (%d)", operation), len(b))
	switch {
	case isCut:
		p.truncMark()
	case p.vflag > 1 && operation == vsockPayload && len(b) > n:
		p.char('\n')
		p.unknownData(b[n:], "\t", len(b)-n)
	case p.vflag > 1 && operation == vsockPayload:
		p.truncMark()
	}
}

func (p *Printer) vsockVirtioHeader(b []byte) {
	p.printf(" (len %d, type %s, op %s, flags %x, buf_alloc %d, fwd_cnt %d)", le32(b, 24),
		tokStr(vsockVirtioTypes, "Invalid type (%d)", le16(b, 28)),
		tokStr(vsockVirtioOperations, "Invalid op (%d)", le16(b, 30)), le32(b, 32), le32(b, 36), le32(b, 40))
}
