package capture

import (
	"strconv"
	"strings"
)

// LinkType is a link-layer header type as libpcap numbers them in memory (a
// DLT), which is what filters and printers go by. LinkTypeOf turns the number
// of a savefile into one.
type LinkType uint32

// MaxLinkType is the highest number that libpcap 1.10 knows; it takes unknown ones
// below that for link types of which nothing is known.
const MaxLinkType = LinkDEBUG_ONLY

// String is the name that -y takes, or the number of a link type without a name.
func (l LinkType) String() string {
	if n := l.Name(); n != "" {
		return n
	}
	return "DLT " + strconv.FormatUint(uint64(l), 10)
}

// Name is the name that -y takes, or "" for a link type without a name.
func (l LinkType) Name() string {
	if row := l.row(); row.description != "" {
		return row.name
	}
	return ""
}

// Description is the text shown beside the name, or "".
func (l LinkType) Description() string { return l.row().description }

// HeaderLength is the length in bytes of the header before what a frame carries;
// 0 where it is not always the same, or there is none.
func (l LinkType) HeaderLength() int { return l.row().header }

// EndsWithEtherType reports whether the last two bytes of a header of that length
// are the EtherType of what the frame carries. IP is then found, and filters
// work, by the row alone.
func (l LinkType) EndsWithEtherType() bool { return l.row().etherType }

// rowNumbers leads from the number of a link type to its row, plus 1.
var rowNumbers = func() (numbers [512]uint16) {
	for i := range linkTable {
		numbers[linkTable[i].number] = uint16(i + 1)
	}
	return numbers
}()

var noRow linkRow

// row is what is known of l. It costs no search, since it is asked for each packet.
func (l LinkType) row() *linkRow {
	if int64(l) < int64(len(rowNumbers)) && rowNumbers[l] > 0 {
		return &linkTable[rowNumbers[l]-1]
	}
	return &noRow
}

// LinkTypes are all that there is a row for, by number.
func LinkTypes() []LinkType {
	all := make([]LinkType, len(linkTable))
	for i := range linkTable {
		all[i] = linkTable[i].number
	}
	return all
}

// LinkTypeByName finds a link type by its name, in any case of letters.
func LinkTypeByName(name string) (LinkType, bool) {
	for i := range linkTable {
		if row := &linkTable[i]; row.description != "" && strings.EqualFold(row.name, name) {
			return row.number, true
		}
	}
	return 0, false
}

// LinkTypeOf turns the link type number of a savefile into a LinkType. Only a
// few numbers differ: those whose values once depended on the system.
// See https://www.tcpdump.org/linktypes.html.
func LinkTypeOf(savefile uint32) LinkType {
	for i := range linkTable {
		if row := &linkTable[i]; row.savefile != 0 && row.savefile == savefile {
			return row.number
		}
	}
	return LinkType(savefile)
}

// Savefile is the inverse of LinkTypeOf: the number that stands in files, which is
// also what other libraries call a link type (layers.LinkType of gopacket).
func (l LinkType) Savefile() uint32 {
	if n := l.row().savefile; n != 0 {
		return n
	}
	return uint32(l)
}
