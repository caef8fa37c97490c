package cli

import (
	"fmt"
	"net/netip"
	"os"
	"strings"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/cli/args"
	"github.com/tapdump/tapdump/internal/features"
	"github.com/tapdump/tapdump/internal/owners"
	"github.com/tapdump/tapdump/internal/sandbox"
	"github.com/tapdump/tapdump/internal/syserr"
	"github.com/tapdump/tapdump/pcapfile"
)

// ownership knows whose packets are: by a helper of a live capture, or by what savefiles
// say.
type ownership struct {
	plan   *args.Owners
	says   bool // behind lines, which are printed
	remote bool // packets are of other hosts, which say whose they are
	lookup
	names *interfaceNames
	known map[uint32]*owners.Owner // of savefiles, by the numbers of processes

	packet     header.Packet
	flow       owners.Flow
	concerned  bool // the packet is one of TCP or UDP, with its ports
	ends       owners.Ends
	annotation capture.Annotation
	comment    []byte

	unowned
}

// lookup is the helper, and what is known by it.
type lookup struct {
	tried    bool             // to start it
	live     *owners.Client   // nil: of savefiles, or there is none
	table    *owners.Table    // of live
	networks *owners.Networks // tells it of places; nil: there are none, or all are told
}

// unowned counts what is not known.
type unowned struct {
	unknown [owners.Unasked + 1]uint64 // packets without an owner, by the reason
	others  uint64                     // packets of other protocols
	lostAll uint64                     // processes of savefiles that were forgotten
}

// maxKnown bounds the processes of savefiles that are remembered.
const maxKnown = 65536

// newOwnership is nil where nobody asks.
func newOwnership(p *args.Owners, prints bool) *ownership {
	if p == nil {
		return nil
	}
	return &ownership{plan: p, says: p.Says && prints, known: make(map[uint32]*owners.Owner)}
}

// startOwners starts the helper of a live capture, which keeps the rights for it, if it is
// not there yet. Without one the capture goes on.
func (r *liveRun) startOwners() {
	if r.analysis == nil || r.analysis.owners == nil || r.analysis.owners.tried || r.remote != nil {
		return
	}
	o := r.analysis.owners
	o.tried = true
	if !owners.Available || !r.ownsProcess {
		r.warn("owners of packets cannot be found out on this system")
		return
	}
	if err := o.start(r.plan.Device.Places != nil); err != nil {
		r.warn(syserr.Text(err))
		return
	}
	for _, lack := range o.live.Lacks() {
		r.remark("--owner: " + lack)
	}
}

// start starts the helper, which is to hear of places, too.
func (o *ownership) start(places bool) (err error) {
	if !features.HasOwners {
		return features.Owners.Need("--owner")
	}
	var theirs *os.File
	if places {
		if o.networks, theirs, err = owners.NewNetworks(); err != nil {
			return err
		}
		defer theirs.Close()
	}
	helper, err := sandbox.StartLookup(theirs)
	if err == nil {
		o.live, err = owners.NewClient(helper.Requests(), helper.Replies())
	}
	if err != nil {
		o.live = nil
		o.told()
		return err
	}
	o.table = owners.NewTable(o.live)
	return nil
}

// told says that no more places are told from here.
func (o *ownership) told() {
	if o != nil && o.networks != nil {
		_ = o.networks.Close() // nothing is lost
		o.networks = nil
	}
}

// tellOwners has the helper know of the places that are captured in.
func (o *openPlaces) tellOwners() {
	if o == nil || o.run.analysis == nil || o.run.analysis.owners == nil || o.run.analysis.owners.networks == nil {
		return
	}
	for _, p := range o.all {
		if err := p.Share(o.run.analysis.owners.networks); err != nil {
			o.run.warn("--owner: whose sockets are in " + placeTitle(p) + " is not known: " + syserr.Text(err))
		}
	}
	o.run.analysis.owners.told()
}

// forgetOwners has the helper let a place go, which has ended.
func (r *liveRun) forgetOwners(namespace uint32) {
	if r.analysis != nil && r.analysis.owners != nil && r.analysis.owners.table != nil {
		r.analysis.owners.table.Forget(namespace)
	}
}

// serveOwners is the helper: it gives up what it does not need for looking at processes.
func serveOwners(requests, replies *os.File, networks int) error {
	return owners.Serve(requests, replies, networks, func() error {
		if !sandbox.Available {
			return nil
		}
		return sandbox.Confine(sandbox.Needs{Processes: true, Networks: networks})
	})
}

// close ends the helper.
func (o *ownership) close() {
	if o != nil && o.live != nil {
		_ = o.live.Close() // nobody asks any more
	}
}

// learn takes what a savefile says of a process.
func (o *ownership) learn(p *owners.Owner) {
	if len(o.known) >= maxKnown && o.known[p.Process] == nil {
		clear(o.known)
		o.lostAll += maxKnown
	}
	o.known[p.Process] = p
}

// find finds the flow of a packet.
func (o *ownership) find(pkt *capture.Packet) (begins bool) {
	p := &o.packet
	o.concerned = header.Decode(pkt, p) && p.SrcPort != header.NoPort &&
		(p.Protocol == header.ProtocolTCP || p.Protocol == header.ProtocolUDP)
	if !o.concerned {
		return false
	}
	o.flow = owners.Flow{
		Protocol:  p.Protocol,
		From:      netip.AddrPortFrom(p.Src, uint16(p.SrcPort)),
		To:        netip.AddrPortFrom(p.Dst, uint16(p.DstPort)),
		Interface: o.flow.Interface,
	}
	if o.names != nil {
		o.flow.Interface, o.flow.Namespace = o.names.place(pkt.Interface)
	}
	const syn, ack = 2, 16
	return p.Protocol == header.ProtocolTCP && len(p.Transport) > 13 && header.TCP(p.Transport).Flags()&(syn|ack) == syn
}

// ask finds out whose a captured packet is. It reports whether all is known that will be.
func (o *ownership) ask(pkt *capture.Packet, first bool) (answered bool) {
	begins := o.find(pkt)
	if !o.concerned || o.table == nil {
		o.ends = owners.Ends{WhyFrom: owners.Unasked, WhyTo: owners.Unasked}
		return true
	}
	o.ends, answered = o.table.Look(&o.flow, pkt.Time, begins && first)
	return answered
}

func (o *ownership) collect() error { return o.table.Collect() }

// read finds out whose a packet of a savefile is.
func (o *ownership) read(pkt *capture.Packet) {
	o.ends, o.concerned = owners.Ends{WhyFrom: owners.Elsewhere, WhyTo: owners.Elsewhere}, true
	if o.remote {
		if a := pkt.Annotation; a != nil && a.Owned {
			o.ends.From, o.ends.WhyFrom = a.Owner, owners.Known
		}
		return
	}
	r, ok := pkt.Origin.(*pcapfile.Reader)
	if !ok {
		return
	}
	a, ok := r.Annotation()
	if !ok || !a.Owned {
		return
	}
	owner := o.known[a.Process]
	if owner == nil {
		owner = &owners.Owner{Process: a.Process}
		o.learn(owner)
	}
	if owner.Thread != a.Thread {
		other := *owner
		other.Thread = a.Thread
		owner = &other
		o.known[a.Process] = owner
	}
	o.ends.From, o.ends.WhyFrom = owner, owners.Known
}

// look says whose a packet is behind its line, and in its annotation.
func (o *ownership) look(pkt *capture.Packet, note []byte) []byte {
	owner := o.first()
	o.count(owner)
	if o.says {
		note = o.say(note)
	}
	thread := uint32(0)
	if owner != nil {
		thread = owner.Thread
	}
	if o.remote && pkt.Annotation != nil {
		thread = pkt.Annotation.Thread // owners are of processes there
	}
	pkt.Annotation = nil
	if (o.live != nil || o.remote) && owner != nil && owner.Process != 0 {
		o.annotation = capture.Annotation{Process: owner.Process, Thread: thread, Owned: true, Owner: owner}
		if o.plan.Comments {
			o.comment = owners.AppendComment(o.comment[:0], owner)
			o.annotation.Comment = o.comment
		}
		pkt.Annotation = &o.annotation
	}
	return note
}

// say appends the owners: that of the sender, and that of the receiver if it is another
// one on this host, too.
func (o *ownership) say(note []byte) []byte {
	from, to := o.ends.From, o.ends.To
	if from == nil && to == nil {
		return note
	}
	note = append(note, ", "...)
	switch {
	case from != nil:
		note = owners.AppendText(note, from)
	case o.ends.WhyFrom != owners.Elsewhere:
		note = append(note, '?')
	default:
		return owners.AppendText(note, to)
	}
	if to != nil && (from == nil || !owners.Same(from, to)) {
		note = owners.AppendText(append(note, " > "...), to)
	}
	return note
}

// first is the owner of the sender, if that is on this host, else of the receiver.
func (o *ownership) first() *owners.Owner {
	if o.ends.From != nil || o.ends.WhyFrom != owners.Elsewhere {
		return o.ends.From
	}
	return o.ends.To
}

// count counts packets whose process is not known.
func (o *ownership) count(owner *owners.Owner) {
	switch {
	case owner != nil && owner.Process != 0:
	case !o.concerned:
		o.others++
	case o.ends.WhyFrom == owners.Known: // its number is not
		o.unknown[owners.Gone]++
	default:
		// Of this host's end, if there is one.
		o.unknown[max(o.ends.WhyFrom, o.ends.WhyTo)]++
	}
}

// value is what conditions ask for, of the n-th owner of a packet.
func (o *ownership) value(fact, n int) (text []byte, number int64, ok bool) {
	owner := o.ends.From
	switch {
	case owner == nil && n == 0, owner != nil && n == 1:
		owner = o.ends.To
	case n > 0:
		return nil, 0, false
	}
	if owner == nil {
		return nil, 0, false
	}
	switch fact {
	case args.FactPID:
		return nil, int64(owner.Process), owner.Process != 0
	case args.FactUID:
		return nil, int64(owner.UserID), owner.HasUser
	case args.FactCommand:
		return []byte(owner.Command), 0, owner.Command != ""
	case args.FactUser:
		return []byte(owner.User), 0, owner.User != ""
	case args.FactContainer:
		return []byte(owner.Container), 0, owner.Container != ""
	}
	return nil, 0, false
}

// owned is a source whose packets wait for their owners, if these are asked for.
func (r *liveRun) owned(src liveSource) capture.Source {
	if r.analysis == nil || r.analysis.owners == nil || r.analysis.owners.table == nil {
		return src
	}
	return hold(src, r.analysis.owners, func(err error) { r.warn("--owner: " + syserr.Text(err)) })
}

// ownerLosses is what is not known of owners.
type ownerLosses struct {
	flows, processes uint64   // that were forgotten
	unknown          []string // what there is to say of packets without an owner
}

func (o *ownership) losses() (l ownerLosses) {
	if o.table != nil {
		l.flows = o.table.Forgotten()
	}
	l.processes = o.lostAll
	if o.live == nil || !o.plan.Asked {
		return l
	}
	var reasons []string
	total := uint64(0)
	for _, r := range [...]struct {
		n    uint64
		what string
	}{
		{o.unknown[owners.Elsewhere], "of other hosts"},
		{o.unknown[owners.NoSocket], "of no socket"},
		{o.unknown[owners.Gone], "of a process that was not found"},
		{o.unknown[owners.Unasked], "not answered in time"},
		{o.others, "neither TCP nor UDP"},
	} {
		if r.n > 0 {
			reasons = append(reasons, fmt.Sprintf("%d %s", r.n, r.what))
			total += r.n
		}
	}
	if total > 0 {
		l.unknown = append(l.unknown, fmt.Sprintf("--owner: %d packet%s without a process: %s", total, plural(total), strings.Join(reasons, ", ")))
	}
	return l
}
