package pcapfile

import (
	"encoding/binary"

	"github.com/tapdump/tapdump/capture"
)

// ngSource is what pcapng files that are written take over from the savefiles
// that they follow: section headers, interfaces and all other blocks, and of
// packets the options. The files of a Rotator share it, since each begins with
// what the section began with.
type ngSource struct {
	format    Format
	link      capture.LinkType // of what is not described otherwise
	readers   map[*Reader]*ngReader
	last      *Reader // the one that was looked up last, and what readers has of it
	lastState *ngReader
	joined    bool // packets of several Readers come in turn, and share a section

	// Of the section that is being written: what a next file begins with.
	options    []byte // of its header, without an end
	described  []byte // blocks of its interfaces
	interfaces uint32 // how many
	tables     []byte // blocks of names and secrets
	processes  repeatedProcesses

	omitted *omissions
}

// ngReader is what is known of a Reader.
type ngReader struct {
	ids     []uint32 // the interfaces of its section, as they are numbered in ours
	skipped bool     // the first section header, which start has taken
}

// maxRepeated bounds the blocks of interfaces, and those of names and secrets,
// that each file of a series begins with, in bytes.
const maxRepeated = 16 << 20

// reader returns what is known of r, nil if it is not followed.
func (s *ngSource) reader(r *Reader) *ngReader {
	if r != s.last || s.lastState == nil {
		s.last, s.lastState = r, s.readers[r]
	}
	return s.lastState
}

// start begins with the packets of readers: one, or several whose packets come
// in turn.
func (s *ngSource) start(readers []*Reader) {
	s.readers, s.last, s.lastState = make(map[*Reader]*ngReader), nil, nil
	s.joined = len(readers) > 1
	s.begin()
	for _, r := range readers {
		if r.passage.late {
			continue // its packets are those of a source that is not followed
		}
		s.readers[r] = &ngReader{}
		s.omitted.add(omittedEarly, r.passage.omitted)
		first := true
		r.passage.eachEarly(func(b *block) {
			if b.kind == blockSection && first {
				s.takeSection(r, b)
				first = false
			}
		})
	}
}

// begin begins a section.
func (s *ngSource) begin() {
	s.options, s.described, s.interfaces, s.tables = s.options[:0], s.described[:0], 0, s.tables[:0]
	s.processes = repeatedProcesses{}
}

// takeSection takes over the options of a section header. Of several sections
// that become one all comments are kept, and what else the first one says.
func (s *ngSource) takeSection(r *Reader, b *block) {
	only := anyOption
	if len(s.options) > 0 {
		only = optionComment
	}
	s.options = s.appendOptions(s.options, r, blockSection, b.body[sectionLen:], only)
}

// appendSection appends the section header and what is known of the section, for
// the beginning of a file or of the section.
func (s *ngSource) appendSection(b []byte) []byte {
	clear(s.processes.here)
	b, at := beginBlock(b, blockSection)
	b = appendSectionBody(b)
	start := len(b)
	b = append(b, s.options...)
	b = appendTextOption(b, optionComment, s.format.Comment)
	if !hasOption(s.options, optionApplication) {
		b = appendTextOption(b, optionApplication, s.format.Application)
	}
	b = endBlock(endOptions(b, start), at)
	b = append(b, s.described...)
	return append(b, s.tables...)
}

// hasOption reports whether options in the machine's byte order have one of a
// code.
func hasOption(options []byte, code uint16) bool {
	var r Reader
	for {
		has, _, rest, ok := r.option(options)
		if !ok || has == code {
			return ok
		}
		options = rest
	}
}

// addInterface gives an interface of a Reader, described in a block, the next
// number.
func (s *ngSource) addInterface(st *ngReader, described []byte) {
	st.ids = append(st.ids, s.interfaces)
	s.interfaces++
	if len(s.described)+len(described) <= maxRepeated {
		s.described = append(s.described, described...)
		return
	}
	s.omitted.add(omittedRepeats, 1)
	var machine Reader
	b, at := beginBlock(s.described, blockInterface)
	start := len(b) + interfaceLen
	b = append(b, machine.bareInterface(described[blockHeadLen:len(described)-blockTailLen])...)
	s.described = endBlock(endOptions(b, start), at)
}

// appendBlock appends a block of a Reader that is no packet, as it is to stand in
// a file of the machine's byte order, or nothing.
func (s *ngSource) appendBlock(b []byte, r *Reader, blk *block) []byte {
	st, start := s.reader(r), len(b)
	if blk == nil {
		b = appendInterface(b, capture.Interface{LinkType: r.head.LinkType, SnapLen: uint32(r.head.SnapLen)})
		s.addInterface(st, b[start:])
		return b
	}
	switch blk.kind {
	case blockSection:
		return s.appendNextSection(b, r, st, blk)
	case blockInterface:
		b = s.appendInterface(b, r, blk)
		s.addInterface(st, b[start:])
		return b
	case blockStatistics:
		return s.appendStatistics(b, r, st, blk)
	case blockNames, blockSecrets:
		b = s.appendTable(b, r, blk)
		if len(s.tables)+len(b)-start > maxRepeated {
			s.omitted.add(omittedRepeats, 1)
		} else {
			s.tables = append(s.tables, b[start:]...)
		}
		return b
	case blockCustomNotCopy:
		if s.format.Selective || s.joined || r.swapped {
			s.omitted.add(omittedNotCopy, 1)
			return b
		}
	case blockJournal: // the same in either byte order
	case blockCustom: // what is in it has a byte order of its own, section 5.4
	default:
		if r.swapped {
			s.omitted.add(omittedForeign, 1)
			return b
		}
	}
	b, at := beginBlock(b, blk.kind)
	body := len(b)
	b = append(b, blk.body...)
	if r.swapped && (blk.kind == blockCustom || blk.kind == blockCustomNotCopy) {
		swap(b[body:], 0, 4) // the enterprise's number
	}
	b = endBlock(b, at)
	if blk.kind == blockCustom && !s.processes.keep(r, blk.body, b[at:]) {
		s.omitted.add(omittedRepeats, 1)
	}
	return b
}

// appendNextSection takes a section header behind which the same Reader goes on.
func (s *ngSource) appendNextSection(b []byte, r *Reader, st *ngReader, blk *block) []byte {
	if !st.skipped {
		st.skipped = true
		return b
	}
	st.ids = st.ids[:0]
	if s.joined {
		if len(blk.body) > sectionLen {
			s.omitted.add(omittedSections, 1)
		}
		return b
	}
	s.begin()
	s.takeSection(r, blk)
	return s.appendSection(b)
}

func (s *ngSource) appendInterface(b []byte, r *Reader, blk *block) []byte {
	b, at := beginBlock(b, blockInterface)
	b = binary.NativeEndian.AppendUint16(b, r.u16(blk.body))
	b = binary.NativeEndian.AppendUint16(b, 0)
	b = binary.NativeEndian.AppendUint32(b, r.u32(blk.body[4:]))
	start := len(b)
	b = s.appendOptions(b, r, blk.kind, blk.body[interfaceLen:], anyOption)
	return endBlock(endOptions(b, start), at)
}

func (s *ngSource) appendStatistics(b []byte, r *Reader, st *ngReader, blk *block) []byte {
	const fixed = 12
	if len(blk.body) < fixed || int64(r.u32(blk.body)) >= int64(len(st.ids)) {
		s.omitted.add(omittedDamaged, 1)
		return b
	}
	b, at := beginBlock(b, blk.kind)
	b = binary.NativeEndian.AppendUint32(b, st.ids[r.u32(blk.body)])
	b = binary.NativeEndian.AppendUint32(b, r.u32(blk.body[4:]))
	b = binary.NativeEndian.AppendUint32(b, r.u32(blk.body[8:]))
	start := len(b)
	b = s.appendOptions(b, r, blk.kind, blk.body[fixed:], anyOption)
	return endBlock(endOptions(b, start), at)
}

// appendTable appends a block of names or secrets, sections 4.5 and 4.7.
func (s *ngSource) appendTable(b []byte, r *Reader, blk *block) []byte {
	start := len(b)
	b, at := beginBlock(b, blk.kind)
	body := len(b)
	fixed, ok := len(blk.body), false
	if blk.kind == blockNames {
		fixed, ok = r.endOfNames(blk.body)
	} else if len(blk.body) >= 8 {
		n := 8 + (uint64(r.u32(blk.body[4:]))+3)&^3
		fixed, ok = int(min(n, uint64(len(blk.body)))), n <= uint64(len(blk.body))
	}
	if !ok {
		s.omitted.add(omittedDamaged, 1)
		return b[:start]
	}
	b = append(b, blk.body[:fixed]...)
	if r.swapped {
		if blk.kind == blockNames {
			swapNames(b[body:])
		} else {
			swap(b[body:], 0, 4)
			swap(b[body:], 4, 4)
		}
	}
	options := len(b)
	b = s.appendOptions(b, r, blk.kind, blk.body[fixed:], anyOption)
	return endBlock(endOptions(b, options), at)
}

// endOfNames is where the options of a name resolution block begin, behind its
// records, which are formed as options are.
func (r *Reader) endOfNames(body []byte) (end int, ok bool) {
	for rest := body; ; {
		code, _, next, ok := r.option(rest)
		if !ok {
			return 0, false
		}
		if rest = next; code == optionEnd {
			return len(body) - len(rest), true
		}
	}
}

// swapNames converts the records of a name resolution block, which are whole.
func swapNames(records []byte) {
	for len(records) > 0 {
		swap(records, 0, 2)
		swap(records, 2, 2)
		records = records[4+(int(binary.NativeEndian.Uint16(records[2:]))+3)&^3:]
	}
}

// anyOption stands for options of any code.
const anyOption = -1

// appendOptions appends options of a block of r, without an end; those of one
// code only, unless that is anyOption. What cannot be kept it counts.
func (s *ngSource) appendOptions(b []byte, r *Reader, kind uint32, options []byte, only int) []byte {
	for len(options) > 0 {
		code, value, rest, ok := r.option(options)
		if !ok {
			s.omitted.add(omittedDamaged, 1)
			break
		}
		if code == optionEnd {
			break
		}
		options = rest
		switch {
		case only != anyOption && int(code) != only:
			continue
		case code == optionCustomTextNotCopy || code == optionCustomBinaryNotCopy:
			if s.format.Selective || s.joined || r.swapped {
				s.omitted.add(omittedNotCopy, 1)
				continue
			}
		}
		start := len(b)
		b = appendOption(b, code, value)
		if r.swapped && !swapOption(kind, code, b[start+4:start+4+len(value)]) {
			s.omitted.add(omittedForeign, 1)
			b = b[:start]
		}
	}
	return b
}

// endOptions ends a block's options, if there are any behind offset start.
func endOptions(b []byte, start int) []byte {
	if len(b) > start {
		b = append(b, 0, 0, 0, 0)
	}
	return b
}
