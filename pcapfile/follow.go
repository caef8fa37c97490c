package pcapfile

import "encoding/binary"

// What a pcapng file holds beside its packets goes to a Writer or Rotator that
// follows its Reader: the Reader hands on each block when it comes to it, so that
// the order stays. Packets say which Reader they are of (capture.Packet.Origin),
// and that has their block until its next one.

// follower takes blocks.
type follower interface {
	// takeBlock is given a valid block that is no packet. It may be used until
	// takeBlock returns. r has the byte order of its section. A pcap file has one,
	// which is nil and stands for its interface.
	takeBlock(r *Reader, b *block)
}

// passage is the part of a Reader that hands on blocks.
type passage struct {
	to      follower // nil: nobody yet
	early   []byte   // blocks that were read by then: type, length of the body, body, in the machine's byte order
	kept    int      // bytes of their bodies
	omitted uint64   // blocks that early had no room for
	again   bool     // what precedes the first packet is read once more, and was handed on
	given   bool     // the first packet was read, or looked for
	late    bool     // more packets are read, and nobody follows
	packet  block    // of the last packet, or the one that was read last
	counts  statistics
}

// maxEarly bounds the blocks that are kept until a Writer follows, in bytes, for
// all files that are merged together.
const maxEarly = 16 << 20

// reopened is the passage of a Reader that reads its file from the beginning.
func (r *Reader) reopenedPassage() passage {
	p := r.passage
	p.again, p.given, p.packet = r.ng != nil, false, block{}
	return p
}

// pass hands on a block, which is no packet.
func (r *Reader) pass(b *block) {
	p := &r.passage
	if b.kind == blockSecrets && r.secrets != nil && !p.again {
		r.tellSecrets(b.body)
	}
	if b.kind == blockCustom && r.processes != nil && !p.again {
		r.tellProcess(b.body)
	}
	if !p.again {
		p.counts.take(r, b)
	}
	switch {
	case p.again || p.late:
	case p.to != nil:
		p.to.takeBlock(r, b)
	default:
		r.keepEarly(b)
	}
}

// keepEarly keeps a block for who follows later. Of section headers and
// interfaces the place is kept in any case.
func (r *Reader) keepEarly(b *block) {
	p, kept := &r.passage, &r.interfaces.all.early
	body := b.body
	if *kept+len(body) > maxEarly {
		p.omitted++
		switch b.kind {
		case blockSection:
			body = body[:sectionLen]
		case blockInterface:
			body = r.bareInterface(body)
		default:
			return
		}
	}
	p.early = binary.NativeEndian.AppendUint32(p.early, b.kind)
	p.early = binary.NativeEndian.AppendUint32(p.early, uint32(len(body)))
	p.early = append(p.early, body...)
	p.kept += len(body)
	*kept += len(body)
}

// dropEarly gives up the blocks that were kept.
func (r *Reader) dropEarly() {
	r.interfaces.all.early -= r.passage.kept
	r.passage.early, r.passage.kept = nil, 0
}

// bareInterface is the body of an interface's block with nothing but what is
// needed to read its packets: link type, snapshot length and unit of time.
func (r *Reader) bareInterface(body []byte) []byte {
	bare := append([]byte(nil), body[:interfaceLen]...)
	for options := body[interfaceLen:]; ; {
		code, value, rest, ok := r.option(options)
		if !ok || code == optionEnd {
			return bare
		}
		if code == optionIfTsresol || code == optionIfTsoffset {
			padded := 4 + (len(value)+3)&^3
			bare = append(bare, options[:padded]...)
		}
		options = rest
	}
}

// nextPacket returns the place for the block of the next packet. The first one
// may be read before somebody follows.
func (r *Reader) nextPacket() *block {
	p := &r.passage
	if p.given {
		p.again = false
		if p.to == nil && !p.late {
			p.late = true
			r.dropEarly()
		}
	}
	p.given = true
	return &p.packet
}

// follow hands on to f the blocks that were read already, and those to come.
func (r *Reader) follow(f follower) {
	p := &r.passage
	switch {
	case p.late:
		return
	case r.ng == nil:
		f.takeBlock(r, nil)
		return
	}
	p.to = f
	p.eachEarly(func(b *block) { f.takeBlock(r, b) })
	r.dropEarly()
}

// eachEarly calls f with the blocks that were read before anybody followed.
func (p *passage) eachEarly(f func(b *block)) {
	for e := p.early; len(e) > 0; {
		n := blockHeadLen + int(binary.NativeEndian.Uint32(e[4:]))
		f(&block{kind: binary.NativeEndian.Uint32(e), body: e[blockHeadLen:n]})
		e = e[n:]
	}
}

// Readers are those of the files, in their order: to be followed, and to be
// woken.
func (m *Merged) Readers() []*Reader {
	all := make([]*Reader, len(m.files))
	for i, f := range m.files {
		all[i] = f.r
	}
	return all
}
