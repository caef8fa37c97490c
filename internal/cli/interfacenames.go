package cli

import (
	"strings"
	"sync/atomic"

	"github.com/tapdump/tapdump/capture"
)

// interfaceNames are what sources call their interfaces, for those who print
// packets while the source goes on.
type interfaceNames struct {
	source capture.Source // one after the other, whose list has all of those before
	known  atomic.Pointer[[]capture.Interface]
	count  int // of known
}

// know makes the name of an interface known, before a packet from it is handed on.
func (n *interfaceNames) know(number int) {
	if number < n.count {
		return
	}
	// The source may add to its list, but changes nothing in it.
	list := n.source.Interfaces()
	n.known.Store(&list)
	n.count = max(len(list), number+1)
}

// name is the name of an interface, "" where the source does not say.
func (n *interfaceNames) name(number int) string {
	list := n.known.Load()
	if list == nil || number >= len(*list) {
		return ""
	}
	return (*list)[number].Name
}

// place is what a device is called where it is, and the number of that network namespace.
func (n *interfaceNames) place(number int) (device string, namespace uint32) {
	n.know(number)
	list := n.known.Load()
	if list == nil || number >= len(*list) {
		return "", 0
	}
	d := &(*list)[number]
	if d.Namespace == 0 {
		return d.Name, 0
	}
	device, _, _ = strings.Cut(d.Name, "@")
	return device, d.Namespace
}
