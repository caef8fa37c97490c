package records

import "github.com/tapdump/tapdump/capture"

// Drop is why and where the kernel threw a packet away; empty where it did not.
type Drop struct{ Reason, Place string }

// ofOwner is a column of a number of the owner.
func ofOwner(find func(o *capture.Owner) (uint32, bool)) func(p *Packet) (uint64, bool) {
	return func(p *Packet) (uint64, bool) {
		if p.Owner == nil {
			return 0, false
		}
		n, ok := find(p.Owner)
		return uint64(n), ok
	}
}

// nameOfOwner is a column of a text of the owner.
func nameOfOwner(find func(o *capture.Owner) string) func(b []byte, p *Packet) ([]byte, bool) {
	return func(b []byte, p *Packet) ([]byte, bool) {
		if p.Owner == nil {
			return b, false
		}
		text := find(p.Owner)
		return append(b, text...), text != ""
	}
}

// ownerColumns say whose a packet is, and why it was thrown away.
var ownerColumns = []*packetColumn{
	{Name: "pid", Group: "owner", Kind: Number, Needs: NeedsOwner, Meaning: "number of the process that sent the packet, or of the one that received it if another host did",
		Number: ofOwner(func(o *capture.Owner) (uint32, bool) { return o.Process, o.Process != 0 })},
	{Name: "tid", Group: "owner", Kind: Number, Needs: NeedsOwner, Meaning: "number of its thread, where that is known",
		Number: ofOwner(func(o *capture.Owner) (uint32, bool) { return o.Thread, o.Thread != 0 })},
	{Name: "process", Group: "owner", Kind: Text, Needs: NeedsOwner, Meaning: "its name, 15 bytes at most",
		Text: nameOfOwner(func(o *capture.Owner) string { return o.Command })},
	{Name: "uid", Group: "owner", Kind: Number, Needs: NeedsOwner, Meaning: "number of its user",
		Number: ofOwner(func(o *capture.Owner) (uint32, bool) { return o.UserID, o.HasUser })},
	{Name: "user", Group: "owner", Kind: Text, Needs: NeedsOwner, Meaning: "name of its user",
		Text: nameOfOwner(func(o *capture.Owner) string { return o.User })},
	{Name: "container", Group: "owner", Kind: Text, Needs: NeedsOwner, Meaning: "its container: the name, else 12 digits of the identifier",
		Text: nameOfOwner(func(o *capture.Owner) string { return o.Container })},
	{Name: "drop_reason", Group: "drop", Kind: Text, Needs: NeedsDrop, Meaning: "why the kernel threw the packet away: NETFILTER_DROP",
		Text: func(b []byte, p *Packet) ([]byte, bool) { return append(b, p.Drop.Reason...), p.Drop.Reason != "" }},
	{Name: "drop_place", Group: "drop", Kind: Text, Needs: NeedsDrop, Meaning: "the function of the kernel that did",
		Text: func(b []byte, p *Packet) ([]byte, bool) { return append(b, p.Drop.Place...), p.Drop.Place != "" }},
}
