package names

import (
	"iter"
	"strconv"
	"strings"
	"sync"
)

type station struct {
	name string
	addr [6]byte
}

// stations yields the entries of an ethers(5) text: six hexadecimal numbers
// between colons, a name.
func stations(text string) iter.Seq[station] {
	return func(yield func(station) bool) {
		for line := range lines(text) {
			addr, rest := field(line)
			s := station{}
			s.name, _ = field(rest)
			if s.name == "" || !parseEther(&s.addr, addr) {
				continue
			}
			if !yield(s) {
				return
			}
		}
	}
}

func parseEther(dst *[6]byte, s string) bool {
	for i := range dst {
		octet, rest, more := strings.Cut(s, ":")
		if more != (i < len(dst)-1) {
			return false
		}
		n, err := strconv.ParseUint(octet, 16, 8)
		if err != nil {
			return false
		}
		dst[i], s = byte(n), rest
	}
	return true
}

// etherDB finds the names of stations.
type etherDB struct {
	database
	index sync.Once
	names map[[6]byte]string
}

// AppendEther appends the name of an Ethernet address, the first in the ethers
// file, and reports whether there is one. The broadcast address is "Broadcast"
// unless the file names it.
func (r *Resolver) AppendEther(dst []byte, addr [6]byte) ([]byte, bool) {
	d := &r.ethers
	d.index.Do(func() {
		d.names = make(map[[6]byte]string)
		for s := range stations(d.load(r.files.Ethers)) {
			if _, have := d.names[s.addr]; !have && len(d.names) < maxIndex {
				d.names[s.addr] = s.name
			}
		}
		broadcast := [6]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
		if _, have := d.names[broadcast]; !have {
			d.names[broadcast] = "Broadcast"
		}
	})
	name, ok := d.names[addr]
	return append(dst, name...), ok
}

// Ether returns the address of a name in the ethers file, as ether_hostton(3)
// does. Case does not count.
func (r *Resolver) Ether(name string) (addr [6]byte, ok bool) {
	for s := range stations(r.ethers.load(r.files.Ethers)) {
		if strings.EqualFold(s.name, name) {
			return s.addr, true
		}
	}
	return addr, false
}
