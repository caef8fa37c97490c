package pcapfile

import "github.com/tapdump/tapdump/capture"

// Interfaces are those of one or more files. Files do not share any.
type Interfaces struct {
	list  []capture.Interface
	text  int // bytes of names and descriptions
	early int // bytes of blocks that are kept until a Writer follows
}

// fileInterfaces are those of one file.
type fileInterfaces struct {
	all   *Interfaces
	known map[capture.Interface]int // where the file's are in all
}

// maxInterfaces and maxInterfaceText bound what files full of interface
// descriptions make us remember: the interfaces of a section, the different ones
// of a file, and the bytes of all names and descriptions together.
const (
	maxInterfaces    = 1 << 16
	maxInterfaceText = 4 << 20
)

// newFileInterfaces is for a file whose interfaces are listed in all, or in a
// list of its own.
func newFileInterfaces(all *Interfaces) fileInterfaces {
	if all == nil {
		all = new(Interfaces)
	}
	return fileInterfaces{all, make(map[capture.Interface]int)}
}

// intern returns the index of d, added if need be; without its names where they
// are too many, and without its snapshot length if that is not enough: of link
// types there are few.
func (f *fileInterfaces) intern(d capture.Interface) int {
	if i, ok := f.known[d]; ok {
		return i
	}
	text := len(d.Name) + len(d.Description)
	full := len(f.known) >= maxInterfaces
	switch {
	case text > 0 && (full || text > maxInterfaceText-f.all.text):
		d.Name, d.Description = "", ""
		return f.intern(d)
	case full && d.SnapLen != maxSnapLen(d.LinkType):
		d.SnapLen = maxSnapLen(d.LinkType)
		return f.intern(d)
	}
	i := len(f.all.list)
	f.all.list = append(f.all.list, d)
	f.all.text += text
	f.known[d] = i
	return i
}
