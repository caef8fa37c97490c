package pcapfile

import (
	"math"

	"github.com/tapdump/tapdump/capture"
)

// Remarks fills a with what a pcapng file says of the packet that Next gave last, and of
// which capture.Packet has nothing: its comments, of several the lines one behind the
// other, and the process; lost is how many packets were lost before it (sections 3.5 and
// 4.3.1). What a.Comment had room for is used again.
func (r *Reader) Remarks(a *capture.Annotation) (lost uint64) {
	*a = capture.Annotation{Comment: a.Comment[:0]}
	if r.ng == nil {
		return 0
	}
	kind := r.passage.packet.kind
	if kind == blockPacket {
		const unknown = 0xffff
		if drops := r.u16(r.passage.packet.body[2:]); drops != unknown {
			lost = uint64(drops)
		}
	}
	for options := r.packetOptions(); ; {
		code, value, rest, ok := r.option(options)
		if !ok || code == optionEnd {
			return lost
		}
		options = rest
		switch {
		case code == optionComment && len(a.Comment)+len(value) < math.MaxUint16:
			if len(a.Comment) > 0 {
				a.Comment = append(a.Comment, '\n')
			}
			a.Comment = append(a.Comment, value...)
		case code == optionDropCount && kind == blockEnhancedPacket && len(value) == 8:
			lost = r.u64(value)
		case code == optionProcess && kind == blockEnhancedPacket && len(value) == 8:
			a.Process, a.Thread, a.Owned = r.u32(value), r.u32(value[4:]), true
		}
	}
}
