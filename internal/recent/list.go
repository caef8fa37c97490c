package recent

// Links are a value's place in a List; the value has them as a field.
type Links[T any] struct{ newer, older *T }

// List has values in the order in which they were touched last. It allocates nothing,
// and is for one goroutine.
type List[T any] struct {
	Newest, Oldest *T // nil: there are none
	links          func(*T) *Links[T]
}

// NewList returns an empty list of values whose place links finds.
func NewList[T any](links func(*T) *Links[T]) List[T] { return List[T]{links: links} }

// Touch makes v the newest, be it in the list or not.
func (l *List[T]) Touch(v *T) {
	if l.Newest == v {
		return
	}
	l.Remove(v)
	l.links(v).older = l.Newest
	if l.Newest != nil {
		l.links(l.Newest).newer = v
	}
	l.Newest = v
	if l.Oldest == nil {
		l.Oldest = v
	}
}

// Remove takes v out, if it is in the list.
func (l *List[T]) Remove(v *T) {
	at := l.links(v)
	if at.newer != nil {
		l.links(at.newer).older = at.older
	} else if l.Newest == v {
		l.Newest = at.older
	}
	if at.older != nil {
		l.links(at.older).newer = at.newer
	} else if l.Oldest == v {
		l.Oldest = at.newer
	}
	*at = Links[T]{}
}
