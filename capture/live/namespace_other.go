//go:build !linux

package live

// Namespace is a network namespace. There is none here.
type Namespace struct{}

// OpenNamespace is not available here.
func OpenNamespace(string) (*Namespace, error) { return nil, ErrNotSupported }

// OwnNamespace is not available here.
func OwnNamespace() (NamespaceID, error) { return NamespaceID{}, ErrNotSupported }

// ID tells namespaces apart.
func (*Namespace) ID() NamespaceID { return NamespaceID{} }

// Do calls f.
func (*Namespace) Do(f func() error) error { return f() }

// Close closes nothing.
func (*Namespace) Close() error { return nil }

// End does nothing here.
func (*Live) End(string) {}

// Handover is not available here.
type Handover struct{ Place string }

// HandOver is not available here.
func (*Live) HandOver() (h Handover, files []int, err error) { return h, nil, ErrNotSupported }

// TakeOver is not available here.
func TakeOver(Handover, []int, Config) (*Live, error) { return nil, ErrNotSupported }

func (*Namespace) number() uint32 { return 0 }
