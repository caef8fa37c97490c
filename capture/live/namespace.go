package live

import "strconv"

// NamespaceID tells namespaces apart: where the kernel keeps them.
type NamespaceID struct{ Device, Inode uint64 }

// String is the number by which ip and lsns know a namespace.
func (id NamespaceID) String() string { return strconv.FormatUint(id.Inode, 10) }
