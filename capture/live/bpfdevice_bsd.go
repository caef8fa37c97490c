//go:build dragonfly || freebsd || netbsd || openbsd

package live

// dltList is struct bpf_dltlist.
type dltList struct {
	len  uint32
	list *uint32
}

// point has the list be written from first on.
func (l *dltList) point(first *uint32) { l.list = first }
