package recorder

import "github.com/tapdump/tapdump/capture"

// memory is a ring in memory.
type memory struct {
	*ring
	recorder *Recorder
}

func (m *memory) append(r *record, pin uint64) (bool, error) {
	return m.ring.append(r.packet, r.time, r.lost, pin), nil
}

func (m *memory) position() uint64                 { return m.head }
func (m *memory) oldest() (gone int64, lacks bool) { return m.evicted, m.lacks }
func (m *memory) settle() error                    { return nil }
func (m *memory) close() error                     { return release(m.buf) }

// cursor reads what is pinned.
func (m *memory) cursor(at uint64, more more) *cursor {
	limit := at
	return &cursor{
		next: func(e *entry) (bool, error) {
			for {
				if at >= limit {
					var ok bool
					if limit, ok = more(at); !ok {
						return false, nil
					}
				}
				var ok bool
				if at, ok = m.read(at, e); ok {
					return true, nil
				}
			}
		},
		at:    func() uint64 { return at },
		close: func() {},
	}
}

// interfaces are those of the packets of all sources, each once.
type interfaces struct {
	source  capture.Source
	numbers []int // of those of the source
	list    []capture.Interface
	places  map[capture.Interface]int
	lost    []uint64 // packets that are in no ring, by number
}

// follow has packets come from another source.
func (i *interfaces) follow(src capture.Source) {
	i.source, i.numbers = src, i.numbers[:0]
	for _, d := range src.Interfaces() {
		i.numbers = append(i.numbers, i.place(d))
	}
}

// number is that of a packet's interface.
func (i *interfaces) number(pkt *capture.Packet) int {
	for n := len(i.numbers); n <= pkt.Interface; n++ {
		d := capture.Interface{LinkType: pkt.LinkType, SnapLen: uint32(i.source.SnapLen())}
		if list := i.source.Interfaces(); n < len(list) {
			d = list[n]
		}
		i.numbers = append(i.numbers, i.place(d))
	}
	return i.numbers[pkt.Interface]
}

// place is the number of an interface, which it gets if it has none.
func (i *interfaces) place(d capture.Interface) int {
	place, ok := i.places[d]
	if !ok {
		if i.places == nil {
			i.places = make(map[capture.Interface]int)
		}
		place = len(i.list)
		// Others may be reading the list so far.
		i.list = append(i.list[:place:place], d)
		i.places[d] = place
		i.lost = append(i.lost, 0)
	}
	return place
}
