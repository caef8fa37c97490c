package cli

import (
	"bytes"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/cli/args"
	"github.com/tapdump/tapdump/internal/records"
	"github.com/tapdump/tapdump/pcapfile"
)

// judgement is what others know of packets: whose they are, and why the kernel threw
// them away.
type judgement struct {
	owners *ownership // nil: nobody asks
	drops  *dropping  // nil: nobody asks
}

func newJudgement(p *args.Analysis, prints bool) *judgement {
	j := &judgement{owners: newOwnership(p.Owners, prints)}
	if p.Drops {
		j.drops = new(dropping)
	}
	return j
}

// judge finds out about a packet, and says it behind its line and in its annotation.
func (j *judgement) judge(pkt *capture.Packet, note []byte) []byte {
	if j.drops != nil {
		note = j.drops.look(pkt, note)
	}
	if j.owners != nil {
		if j.owners.live == nil {
			j.owners.read(pkt)
		}
		note = j.owners.look(pkt, note)
	}
	return note
}

// judged is what conditions ask for.
func (j *judgement) judged(fact, n int) (text []byte, number int64, ok bool) {
	switch {
	case fact == args.FactDrop || fact == args.FactDropPlace:
		if j.drops == nil || n > 0 {
			return nil, 0, false
		}
		text := j.drops.now.Reason
		if fact == args.FactDropPlace {
			text = j.drops.now.Place
		}
		return []byte(text), 0, text != ""
	case j.owners != nil:
		return j.owners.value(fact, n)
	}
	return nil, 0, false
}

// annotates reports whether packets say what is known of them to a file that has a place
// for it.
func (a *analysis) annotates() bool {
	return a != nil && (a.owners != nil && (a.owners.live != nil || a.owners.remote) || a.drops != nil && a.drops.source != nil)
}

// end ends what is at work beside.
func (a *analysis) end() {
	if a != nil {
		a.owners.close()
	}
}

// dropping knows why packets were thrown away: of their source, or of savefiles that say
// so in comments.
type dropping struct {
	source     func() records.Drop // of the packet that came last; nil: of savefiles
	now        records.Drop
	annotation capture.Annotation
	comment    []byte
}

// droppedComment is what comments begin with that say why.
const droppedComment = "dropped: "

func (d *dropping) look(pkt *capture.Packet, note []byte) []byte {
	d.now = records.Drop{}
	if d.source == nil {
		d.read(pkt)
	} else {
		d.now = d.source()
		d.comment = append(append(d.comment[:0], droppedComment...), d.now.Reason...)
		if d.now.Place != "" {
			d.comment = append(append(d.comment, ' '), d.now.Place...)
		}
		d.annotation.Comment = d.comment
		pkt.Annotation = &d.annotation
	}
	if d.now.Reason == "" {
		return note
	}
	note = append(append(note, " ["+droppedComment...), d.now.Reason...)
	if d.now.Place != "" {
		note = append(append(note, ' '), d.now.Place...)
	}
	return append(note, ']')
}

// read takes what a savefile says.
func (d *dropping) read(pkt *capture.Packet) {
	var a capture.Annotation
	if r, ok := pkt.Origin.(*pcapfile.Reader); ok {
		a, _ = r.Annotation()
	} else if pkt.Annotation != nil {
		a = *pkt.Annotation // of another host
	}
	if why, is := bytes.CutPrefix(a.Comment, []byte(droppedComment)); is && printableWords(why) {
		reason, place, _ := bytes.Cut(why, []byte{' '})
		d.now = records.Drop{Reason: string(reason), Place: string(place)}
	}
}

// printableWords reports whether a comment is what look writes: it goes into lines.
func printableWords(b []byte) bool {
	return !bytes.ContainsFunc(b, func(r rune) bool { return r < ' ' || r > '~' })
}
