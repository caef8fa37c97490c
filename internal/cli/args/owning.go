package args

import (
	"slices"
	"strings"

	"github.com/tapdump/tapdump/internal/records"
	"github.com/tapdump/tapdump/internal/text"
)

// owning are about whose packets are.
type owning struct {
	Owner *ownerForm `name:"owner" type:"owner" bare:"lines" getopt:"111" own:"" placeholder:"HOW" help:"say behind lines whose packets are: , curl.4711; with =comment in comments of pcapng, too"` // nil: not given
}

// ownerForm is where owners are said.
type ownerForm struct{ comments bool }

// Drops is the name of the device whose packets are those that the kernel throws away.
const Drops = "drops"

// Owners says that owners of packets are to be known, and where they are said.
type Owners struct {
	Asked    bool // by an option: it is said how many are not known
	Says     bool // behind lines
	Comments bool // in comments of pcapng
}

func parseOwner(s string) (*ownerForm, error) {
	form := new(ownerForm)
	for item := range strings.SplitSeq(s, ",") {
		switch strings.ToLower(strings.TrimSpace(item)) {
		case "lines":
		case "comment":
			form.comments = true
		default:
			return nil, Complaint("--owner: " + text.Quote(item) + " is not one of lines, comment")
		}
	}
	return form, nil
}

// isOwnerFact reports whether a fact is about whose a packet is.
func isOwnerFact(fact int) bool { return fact >= FactPID && fact <= FactContainer }

// owners is what is to be known of owners, nil where nobody asks: columns of records do
// if they are named, or read from savefiles.
func (o *options) owners(need records.Needs) *Owners {
	asks := slices.ContainsFunc(slices.Concat(o.Conditions.Facts(), o.triggerFacts()), isOwnerFact)
	named := (o.Fields != nil || o.Columns != nil || o.reads()) && need&records.NeedsOwner != 0
	if o.Owner == nil && !asks && !named {
		return nil
	}
	return &Owners{
		Asked: o.Owner != nil || asks || named && !o.reads(), Says: o.Owner != nil, Comments: o.Owner != nil && o.Owner.comments,
	}
}

// checkOwning refuses what does not go together.
func (o *options) checkOwning() error {
	switch {
	case o.Owner != nil && o.Owner.comments && (o.WriteFile == nil || !o.fileFormat().Pcapng):
		return Complaint("--owner=comment puts comments into a pcapng file: give -w a name that ends in .pcapng, or --format pcapng")
	}
	return nil
}

// drops reports whether packets that were thrown away are asked for.
func (o *options) drops() bool { return slices.Contains(o.Interfaces, Drops) }
