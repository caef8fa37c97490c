package live

import "golang.org/x/sys/unix"

// interfaces are those that packets of "any" come from, each under a number of
// its own.
type interfaces struct {
	fd       int                           // of a socket, to ask for names
	all      int                           // the number of "any"
	numbered func(name string) (int, bool) // gives a number to the name of an interface
	numbers  map[int32]int                 // by index
	index    int32                         // the one asked for last
	found    int                           // its number
}

// number is the number of the interface with an index. The first packet of an
// interface tells its name; where there is none any more, that of "any" serves.
func (m *interfaces) number(index int32) int {
	if index == m.index {
		return m.found
	}
	n, known := m.numbers[index]
	if !known {
		n = m.all
		if name, err := deviceName(m.fd, index); err == nil {
			if number, ok := m.numbered(name); ok {
				n = number
			}
		}
		if m.numbers == nil || len(m.numbers) == maxInterfaces {
			m.numbers = make(map[int32]int)
		}
		m.numbers[index] = n
	}
	m.index, m.found = index, n
	return n
}

// deviceName is the name of the device with an index.
func deviceName(fd int, index int32) (string, error) {
	ifr, err := unix.NewIfreq("")
	if err != nil {
		return "", err
	}
	ifr.SetUint32(uint32(index))
	if err := unix.IoctlIfreq(fd, unix.SIOCGIFNAME, ifr); err != nil {
		return "", err
	}
	return ifr.Name(), nil
}
