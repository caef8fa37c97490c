package live

import (
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// interfaces are those that packets of "any" come from, each under a number of
// its own.
type interfaces struct {
	fd       int                           // of a socket, to ask for names
	all      int                           // the number of "any"
	numbered func(name string) (int, bool) // gives a number to the name of an interface
	seen     map[int32]seenInterface       // by index
	round    uint32                        // counts calls of recheck
	checked  int64                         // the stamp of the last one of recheckAt
	request  nameRequest                   // kept, so that asking allocates nothing

	index  int32  // the one asked for last
	found  int    // its number
	latest uint32 // the round of that
}

// seenInterface is an interface as it was when its name was last asked for.
type seenInterface struct {
	name   [unix.IFNAMSIZ]byte // zeros: none was known
	number int
	round  uint32
}

// nameRequest is struct ifreq (linux/if.h) with ifr_ifindex.
type nameRequest struct {
	name  [unix.IFNAMSIZ]byte
	index int32
	_     [20]byte
}

// nameStep is how long a name is taken for granted where packets come one by one.
const nameStep = 10 * time.Millisecond

// recheckAt is recheck before a packet with that stamp, unless the last was just now.
func (m *interfaces) recheckAt(stamp int64) {
	if m != nil && uint64(stamp-m.checked) > uint64(nameStep) { // of a clock that was set back, too
		m.checked = stamp
		m.recheck()
	}
}

// recheck has the names of interfaces be asked for again: they may have changed since
// packets last came.
func (m *interfaces) recheck() {
	if m != nil {
		m.round++
	}
}

// number is the number of the interface with an index. The first packet of an
// interface tells its name; where there is none any more, that of "any" serves. An
// interface that has got another name is another one; one that is gone stays what it was.
func (m *interfaces) number(index int32) int {
	if index == m.index && m.latest == m.round {
		return m.found
	}
	s, known := m.seen[index]
	if !known || s.round != m.round {
		s = m.look(index, s, known)
	}
	m.index, m.found, m.latest = index, s.number, m.round
	return s.number
}

// look asks for the name of an interface that may be known as s.
func (m *interfaces) look(index int32, s seenInterface, known bool) seenInterface {
	if !known {
		s.number = m.all
	}
	if m.ask(index) && m.request.name != s.name {
		s.name = m.request.name
		if number, ok := m.numbered(unix.ByteSliceToString(s.name[:])); ok {
			s.number = number
		} else {
			s.number = m.all
		}
	}
	s.round = m.round
	if m.seen == nil || !known && len(m.seen) == maxInterfaces {
		m.seen = make(map[int32]seenInterface)
	}
	m.seen[index] = s
	return s
}

// ask puts the name of the interface with an index into the request, if there is one.
func (m *interfaces) ask(index int32) bool {
	m.request = nameRequest{index: index}
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(m.fd), unix.SIOCGIFNAME, uintptr(unsafe.Pointer(&m.request)))
	return errno == 0
}
