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
