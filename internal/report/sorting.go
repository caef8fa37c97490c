package report

import "slices"

// sortBy sorts by an order in which no two are equal.
func sortBy[T any](all []T, less func(a, b T) bool) {
	slices.SortFunc(all, func(a, b T) int {
		switch {
		case less(a, b):
			return -1
		case less(b, a):
			return 1
		}
		return 0
	})
}

// largest keeps those of many that come first in an order in which no two are equal.
type largest[T any] struct {
	less  func(a, b T) bool
	most  int
	all   []T
	total uint64 // of those that were added
}

func (l *largest[T]) add(x T) {
	l.total++
	l.all = append(l.all, x)
	if len(l.all) >= 4*l.most+64 {
		l.cut()
	}
}

func (l *largest[T]) cut() {
	sortBy(l.all, l.less)
	l.all = l.all[:min(l.most, len(l.all))]
}

// sorted are those that are kept, in order, and how many are not.
func (l *largest[T]) sorted() (all []T, more uint64) {
	l.cut()
	return l.all, l.total - uint64(len(l.all))
}
