package pcapfile

import (
	"bytes"
	"encoding/binary"
	"strings"

	"github.com/tapdump/tapdump/capture"
)

// A custom block (draft-ietf-opsawg-pcapng, section 4.9) of this enterprise, with an
// entry of this type, says what is known of a process. That is Wireshark's, and the entry
// is little-endian in every section.
const (
	enterpriseProcess = 32622
	entryProcess      = 3
)

// Options of such an entry.
const (
	processComment     = 1
	processName        = 2
	processPath        = 3
	processCommandLine = 4 // with bytes of 0 between
	processParent      = 5
	processUserID      = 6
	processUser        = 7
	processStarted     = 9 // nanoseconds since 1970, 64 bits
)

// containerComment is what comments of processes begin with that are in a container.
const containerComment = "container="

// maxProcesses bounds the processes that a file is known to describe: behind so many,
// those that go on are described again.
const maxProcesses = 65536

// processSet are processes that a file describes: by their number, and all that says the
// same.
type processSet struct {
	byNumber map[uint32]*capture.Owner
	said     map[*capture.Owner]bool
}

// appendProcess appends what is known of the process of a packet, before its first one in
// the file, and when it has become another.
func (g *ngWriter) appendProcess(b []byte, a *capture.Annotation) []byte {
	if a == nil || !a.Owned || a.Owner == nil || g.processes.said[a.Owner] {
		return b
	}
	p := &g.processes
	if len(p.said) >= maxProcesses || p.said == nil {
		p.byNumber, p.said = make(map[uint32]*capture.Owner), make(map[*capture.Owner]bool)
	}
	before := p.byNumber[a.Process]
	p.byNumber[a.Process], p.said[a.Owner] = a.Owner, true
	if before != nil && sameProcess(before, a.Owner) {
		return b
	}
	return appendProcessBlock(b, a.Owner)
}

// sameProcess reports whether blocks would say the same.
func sameProcess(a, b *capture.Owner) bool {
	one, other := *a, *b
	one.Thread, other.Thread = 0, 0
	return one == other
}

func appendProcessBlock(b []byte, o *capture.Owner) []byte {
	b, at := beginBlock(b, blockCustom)
	b = binary.NativeEndian.AppendUint32(b, enterpriseProcess)
	little := binary.LittleEndian
	b = little.AppendUint32(b, entryProcess)
	b = little.AppendUint32(b, o.Process)
	option := func(code uint16, value []byte) {
		if len(value) == 0 {
			return
		}
		b = little.AppendUint16(b, code)
		b = little.AppendUint16(b, uint16(len(value)))
		b = appendPadded(b, value)
	}
	if o.Container != "" {
		option(processComment, []byte(containerComment+o.Container))
	}
	option(processName, []byte(o.Command))
	option(processPath, []byte(o.Path))
	option(processCommandLine, []byte(o.CommandLine))
	if o.Parent != 0 {
		option(processParent, little.AppendUint32(nil, o.Parent))
	}
	if o.HasUser {
		option(processUserID, little.AppendUint32(nil, o.UserID))
	}
	option(processUser, []byte(o.User))
	if o.Started != 0 {
		option(processStarted, little.AppendUint64(nil, uint64(o.Started)))
	}
	b = append(b, 0, 0, 0, 0)
	return endBlock(b, at)
}

// processOf is the number of the process that a custom block says something of.
func (r *Reader) processOf(body []byte) (number uint32, ok bool) {
	little := binary.LittleEndian
	if len(body) < 12 || r.u32(body) != enterpriseProcess || little.Uint32(body[4:]) != entryProcess {
		return 0, false
	}
	return little.Uint32(body[8:]), true
}

// repeatedProcesses are blocks of processes of a section that is taken over: each file of
// a series has those of its packets.
type repeatedProcesses struct {
	blocks map[uint32][]byte // the last ones, by the number
	here   map[uint32]bool   // those that are in the file which is written now
	size   int               // of blocks
}

// keep keeps a block that the file has now, if it is of a process. It reports false if
// that was too much.
func (p *repeatedProcesses) keep(r *Reader, body, block []byte) bool {
	number, ok := r.processOf(body)
	if !ok {
		return true
	}
	if p.blocks == nil {
		p.blocks, p.here = make(map[uint32][]byte), make(map[uint32]bool)
	}
	p.size += len(block) - len(p.blocks[number])
	if p.size > maxRepeated {
		p.size -= len(block)
		delete(p.blocks, number) // what it said before is not true any more
		delete(p.here, number)
		return false
	}
	p.blocks[number], p.here[number] = bytes.Clone(block), true
	return true
}

// appendOf appends the block of the last packet's process, if the file lacks it.
func (p *repeatedProcesses) appendOf(b []byte, r *Reader) []byte {
	if len(p.blocks) == len(p.here) {
		return b // as in the first file
	}
	a, _ := r.Annotation()
	block := p.blocks[a.Process]
	if !a.Owned || p.here[a.Process] || block == nil {
		return b
	}
	p.here[a.Process] = true
	return append(b, block...)
}

// tellProcess hands what a custom block says of a process to ReadOptions.Processes.
func (r *Reader) tellProcess(body []byte) {
	number, ok := r.processOf(body)
	if !ok {
		return
	}
	little := binary.LittleEndian
	o := &capture.Owner{Process: number}
	for b := body[12:]; len(b) >= 4; {
		code, n := little.Uint16(b), int(little.Uint16(b[2:]))
		if code == 0 || n > len(b)-4 {
			break
		}
		takeProcessOption(o, code, b[4:4+n])
		b = b[min(len(b), 4+(n+3)&^3):]
	}
	r.processes(o)
}

func takeProcessOption(o *capture.Owner, code uint16, value []byte) {
	little := binary.LittleEndian
	switch {
	case code == processComment:
		if id, is := bytes.CutPrefix(value, []byte(containerComment)); is {
			o.Container = string(id)
		}
	case code == processName:
		o.Command = text(value)
	case code == processPath:
		o.Path = text(value)
	case code == processCommandLine:
		o.CommandLine = string(value)
	case code == processParent && len(value) == 4:
		o.Parent = little.Uint32(value)
	case code == processUserID && len(value) == 4:
		o.UserID, o.HasUser = little.Uint32(value), true
	case code == processUser:
		o.User = text(value)
	case code == processStarted && len(value) == 8:
		o.Started = int64(little.Uint64(value))
	}
}

// text is that of an option, up to a byte of 0 that some put behind it.
func text(value []byte) string {
	s, _, _ := strings.Cut(string(value), "\x00")
	return s
}

// Annotation is what the file says of the last packet beside what was captured: its
// first comment and its process. Comment is valid until the next call of Next. ok is
// false where it says nothing of that.
func (r *Reader) Annotation() (a capture.Annotation, ok bool) {
	if r.ng == nil || r.passage.packet.body == nil {
		return a, false
	}
	for b := r.packetOptions(); ; {
		code, value, rest, more := r.option(b)
		if !more || code == optionEnd {
			return a, ok
		}
		switch {
		case code == optionComment && a.Comment == nil:
			a.Comment, ok = value, true
		case code == optionProcess && len(value) == 8:
			a.Process, a.Thread, a.Owned, ok = r.u32(value), r.u32(value[4:]), true, true
		}
		b = rest
	}
}
