package live

import "unsafe"

// dltList is struct bpf_dltlist, which is packed: the pointer follows at 4.
type dltList struct {
	len  uint32
	list [8]byte
}

// point has the list be written from first on, which must be pinned.
func (l *dltList) point(first *uint32) {
	address := uintptr(unsafe.Pointer(first))
	copy(l.list[:], (*[unsafe.Sizeof(address)]byte)(unsafe.Pointer(&address))[:])
}
