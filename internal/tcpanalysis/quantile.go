package tcpanalysis

import "time"

// Median estimates the median of durations in constant memory, exactly up to five
// of them: the P² algorithm of Jain and Chlamtac (Communications of the ACM 28,
// October 1985). The largest one is always exact.
type Median struct {
	height [5]float32 // of the markers, in nanoseconds
	place  [5]uint32  // how many durations are not above each; the last one counts all
}

func (m *Median) Count() uint32 { return m.place[4] }

func (m *Median) Add(d int64) {
	x := float32(d)
	n := m.place[4]
	if n < 5 {
		i := n
		for ; i > 0 && m.height[i-1] > x; i-- {
			m.height[i] = m.height[i-1]
		}
		m.height[i] = x
		m.place[4]++
		if n == 4 {
			m.place = [5]uint32{1, 2, 3, 4, 5}
		}
		return
	}
	if n == 1<<32-1 {
		return
	}
	cell := 0
	switch {
	case x < m.height[0]:
		m.height[0] = x
	case x >= m.height[4]:
		m.height[4], cell = x, 3
	default:
		for x >= m.height[cell+1] {
			cell++
		}
	}
	for i := cell + 1; i < 5; i++ {
		m.place[i]++
	}
	for i := 1; i < 4; i++ {
		m.adjust(i)
	}
}

// adjust moves an inner marker by one place where it is off by one or more.
func (m *Median) adjust(i int) {
	off := 1 + int64(i)*int64(m.place[4]-1)/4 - int64(m.place[i])
	below, above := m.place[i]-m.place[i-1], m.place[i+1]-m.place[i]
	switch {
	case off >= 1 && above > 1:
		m.move(i, 1, float64(below), float64(above))
		m.place[i]++
	case off <= -1 && below > 1:
		m.move(i, -1, float64(below), float64(above))
		m.place[i]--
	}
}

// move sets the height of a marker that moves by d: along a parabola through its
// neighbours, or a line where that would leave their order.
func (m *Median) move(i int, d, below, above float64) {
	low, mid, high := float64(m.height[i-1]), float64(m.height[i]), float64(m.height[i+1])
	// conversions keep machines from fusing operations: all of them print the same
	up, down := float64((below+d)*(high-mid)/above), float64((above-d)*(mid-low)/below)
	h := mid + float64(d/(below+above)*float64(up+down))
	switch {
	case h > low && h < high:
	case d > 0:
		h = mid + (high-mid)/above
	default:
		h = mid - (mid-low)/below
	}
	m.height[i] = float32(h)
}

// Value is the median, 0 of nothing.
func (m *Median) Value() time.Duration {
	switch n := m.place[4]; {
	case n == 0:
		return 0
	case n <= 5:
		return time.Duration((m.height[(n-1)/2] + m.height[n/2]) / 2)
	}
	return time.Duration(m.height[2])
}

// Largest is the largest one, 0 of nothing.
func (m *Median) Largest() time.Duration {
	if n := m.place[4]; n > 0 && n < 5 {
		return time.Duration(m.height[n-1])
	}
	return time.Duration(m.height[4])
}
