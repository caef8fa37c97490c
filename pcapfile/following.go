package pcapfile

// followed is what one file, or the files of a Rotator, know of the Readers that
// they follow.
type followed struct {
	follows bool
	source  *ngSource // of pcapng files
	omitted *omissions
}

// Follow has a pcapng file take over what the pcapng files of readers hold beside
// packets, as far as they are read, and of each packet all that is said of it. It
// comes before more than the first packet is read. Packets of several readers come
// in turn, and share a section; of one alone every section is kept. After the last
// of its packets another Reader can be followed.
//
// A pcap file has no place for any of that; OmittedBlocks counts what was left out.
func (w *Writer) Follow(readers ...*Reader) {
	w.mu.Lock()
	w.beginSection(readers)
	w.mu.Unlock()
	for _, r := range readers {
		r.follow(w)
	}
}

// beginSection begins with the packets of readers.
func (w *Writer) beginSection(readers []*Reader) {
	w.follows = true
	if w.ng == nil || w.err != nil {
		return
	}
	if w.source == nil {
		w.source = &ngSource{format: w.ng.format, link: w.ng.link, omitted: w.omitted}
		w.ng.source = w.source
	}
	w.source.start(readers)
	if w.ng.begun {
		w.put(w.source.appendSection)
	}
}

// put has something appended to the buffer.
func (w *Writer) put(f func(b []byte) []byte) {
	before := len(w.buf)
	w.buf = f(w.buf)
	w.size += int64(len(w.buf) - before)
	w.tellOther(before)
}

// takeBlock implements follower.
func (w *Writer) takeBlock(r *Reader, b *block) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.err != nil:
	case w.ng == nil && b == nil:
	case w.ng == nil:
		w.omitted.addBlock(r, b)
	default:
		w.begin()
		w.put(func(dst []byte) []byte { return w.source.appendBlock(dst, r, b) })
		_ = w.gathered() // an error stays
	}
}

// OmittedBlocks lists in words which blocks and options of pcapng files were not
// taken over, "" if there were none.
func (w *Writer) OmittedBlocks() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.omitted.String()
}
