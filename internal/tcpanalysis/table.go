package tcpanalysis

import "github.com/tapdump/tapdump/internal/endpoints"

// table has the connections, and finds those that packets may belong to by key:
// the last one of each. It holds no pointers into what the garbage collector would
// have to walk but one for each chunk.
type table struct {
	max    int
	last   *conn           // of the packet before
	index  endpoints.Index // of conns that are linked
	chunks []*[chunk]conn
	made   int      // conns that were ever in use
	unused []uint32 // indices of those that are not
	hand   int      // where to look next for what can be forgotten
}

// chunk is how many conns are made at once.
const chunk = 64

func (t *table) at(i uint32) *conn { return &t.chunks[i/chunk][i%chunk] }

func (t *table) init(most int) {
	t.max = most
	t.index = endpoints.NewIndex(func(i uint32) *endpoints.Pair { return &t.at(i).key })
}

// find returns the connection of a key, nil if there is none.
func (t *table) find(k *endpoints.Pair) *conn {
	if c := t.last; c != nil && c.linked && c.key == *k {
		return c
	}
	i, ok := t.index.Find(k)
	if !ok {
		return nil
	}
	t.last = t.at(i)
	return t.last
}

// add makes a connection, for which another one may have to be forgotten.
func (t *table) add(a *Analyzer, k *endpoints.Pair, now int64) *conn {
	i := t.place(a, now)
	c := t.at(i)
	*c = conn{key: *k, used: true, linked: true, index: i}
	c.flows[0].scale, c.flows[1].scale = scaleUnknown, scaleUnknown
	c.flows[0].known, c.flows[1].known = bifValid, bifValid
	t.index.Add(i)
	return c
}

// place is the index of a conn that is free, or is made so.
func (t *table) place(a *Analyzer, now int64) uint32 {
	for range 2 { // so that silent ones go in time
		if c := t.next(); c != nil && a.idle > 0 && now-c.last() > a.idle {
			c.expire()
			a.forget(c)
		}
	}
	if n := len(t.unused); n > 0 {
		i := t.unused[n-1]
		t.unused = t.unused[:n-1]
		return i
	}
	if t.made < t.max {
		if t.made%chunk == 0 {
			t.chunks = append(t.chunks, new([chunk]conn))
		}
		t.made++
		return uint32(t.made - 1)
	}
	const sample = 16
	var oldest *conn
	for range sample {
		if c := t.next(); oldest == nil || c.keep(now) < oldest.keep(now) {
			oldest = c
		}
	}
	a.forget(oldest)
	i := t.unused[len(t.unused)-1]
	t.unused = t.unused[:len(t.unused)-1]
	return i
}

// next goes on to the next conn and returns it, nil where none is in use.
func (t *table) next() *conn {
	if t.made == 0 {
		return nil
	}
	if t.hand++; t.hand >= t.made {
		t.hand = 0
	}
	if c := t.at(uint32(t.hand)); c.used {
		return c
	}
	return nil
}

// unlink makes that packets do not find c any more; its summary stays.
func (t *table) unlink(c *conn) {
	if !c.linked {
		return
	}
	c.linked = false
	t.index.Remove(c.index)
}

// free gives the place of c back.
func (t *table) free(c *conn) {
	t.unlink(c)
	i := c.index
	*c = conn{}
	t.unused = append(t.unused, i)
}
