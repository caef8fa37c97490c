package pcapfile

import (
	"fmt"
	"strings"

	"github.com/tapdump/tapdump/capture"
)

// omission is a reason for which something is not taken over from a pcapng file.
type omission uint8

const (
	omittedNotCopy omission = iota
	omittedForeign
	omittedDamaged
	omittedSections
	omittedEarly
	omittedRepeats
	// The rest has no place in a pcap file.
	omittedComments
	omittedSecrets
	omittedNames
	omittedStatistics
	omittedOthers
	numOmissions
)

// omissions counts what was not taken over.
type omissions [numOmissions]uint64

func (o *omissions) add(reason omission, n uint64) { o[reason] += n }

// words of the reasons: what of one thing, and what of several.
var omissionWords = [numOmissions][2]string{
	omittedNotCopy:    {"custom block or option that is not to be copied into a changed file", "custom blocks and options that are not to be copied into a changed file"},
	omittedForeign:    {"block or option of an unknown kind, which cannot be converted from the other byte order", "blocks and options of unknown kinds, which cannot be converted from the other byte order"},
	omittedDamaged:    {"damaged block or list of options", "damaged blocks and lists of options"},
	omittedSections:   {"section's description, as merged files share a section", "sections' descriptions, as merged files share a section"},
	omittedEarly:      {"block before the first interface, where they are too large to be kept", "blocks before the first interface, where they are too large to be kept"},
	omittedRepeats:    {"block of an interface, of names, of secrets or of a process in the files after the one that it is in, as they are too large to be repeated", "blocks of interfaces, names, secrets and processes in the files after those that they are in, as they are too large to be repeated"},
	omittedComments:   {"comment", "comments"},
	omittedSecrets:    {"block of decryption secrets", "blocks of decryption secrets"},
	omittedNames:      {"block of names", "blocks of names"},
	omittedStatistics: {"block of statistics", "blocks of statistics"},
	omittedOthers:     {"other block", "other blocks"},
}

// String lists what was not taken over; "" for nothing.
func (o *omissions) String() string {
	var parts []string
	for reason, n := range o {
		switch {
		case n == 1:
			parts = append(parts, "1 "+omissionWords[reason][0])
		case n > 1:
			parts = append(parts, fmt.Sprint(n, " ", omissionWords[reason][1]))
		}
	}
	return strings.Join(parts, "; ")
}

// addBlock counts a block that has no place in a pcap file.
func (o *omissions) addBlock(r *Reader, b *block) {
	switch b.kind {
	case blockSection:
		o.addCommentsIn(r, b.body[sectionLen:])
	case blockInterface:
		o.addCommentsIn(r, b.body[interfaceLen:])
	case blockNames:
		o.add(omittedNames, 1)
	case blockStatistics:
		o.add(omittedStatistics, 1)
	case blockSecrets:
		o.add(omittedSecrets, 1)
	default:
		o.add(omittedOthers, 1)
	}
}

// addCommentsIn counts the comments among options.
func (o *omissions) addCommentsIn(r *Reader, options []byte) {
	for {
		code, _, rest, ok := r.option(options)
		if !ok || code == optionEnd {
			return
		}
		if code == optionComment {
			o.add(omittedComments, 1)
		}
		options = rest
	}
}

// addComments counts the comments of a packet that goes to a pcap file.
func (o *omissions) addComments(pkt *capture.Packet) {
	if r, ok := pkt.Origin.(*Reader); ok && r.ng != nil {
		o.addCommentsIn(r, r.packetOptions())
	}
}
