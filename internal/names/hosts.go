package names

import (
	"iter"
	"net/netip"
	"strings"
	"sync"
)

type hostLine struct {
	addr          netip.Addr // without a zone
	name, aliases string
}

// hostLines yields the entries of a hosts(5) text: address, name, aliases.
func hostLines(text string) iter.Seq[hostLine] {
	return func(yield func(hostLine) bool) {
		for line := range lines(text) {
			var h hostLine
			word, rest := field(line)
			addr, err := netip.ParseAddr(word)
			if err != nil || addr.Zone() != "" || rest == "" {
				continue
			}
			h.addr = addr
			h.name, h.aliases = field(rest)
			if !yield(h) {
				return
			}
		}
	}
}

// Host is a name of a hosts(5) file.
type Host struct {
	Name string
	Addr netip.Addr
}

// Hosts lists the names and aliases in the hosts(5) file, each once, in the order of the
// file; of the largest files not all.
func Hosts(files Files) (all []Host) {
	text, _ := readFile(files.Hosts, maxFile)
	known := make(map[string]bool)
	for h := range hostLines(text) {
		for _, name := range strings.Fields(h.name + " " + h.aliases) {
			if len(all) < maxIndex && !known[name] {
				known[name] = true
				all = append(all, Host{name, h.addr})
			}
		}
	}
	return all
}

// maxIndex is how many numbers of one file have their names found. A file with
// more is a list for other purposes, and its index would fill the memory.
const maxIndex = 1 << 17

// hostDB finds the names of hosts by their addresses.
type hostDB struct {
	database
	index sync.Once
	by4   map[[4]byte]string
	by16  map[[16]byte]string
}

func (r *Resolver) hostNames() *hostDB {
	d := &r.hosts
	d.index.Do(func() {
		d.by4 = make(map[[4]byte]string)
		d.by16 = make(map[[16]byte]string)
		for h := range hostLines(d.load(r.files.Hosts)) {
			d.add(h)
		}
	})
	return d
}

// add takes a line up as the C library does: the line for ::1 serves for
// 127.0.0.1 also, one for a mapped address for the IPv4 address in it.
func (d *hostDB) add(h hostLine) {
	if len(d.by4)+len(d.by16) >= maxIndex {
		return
	}
	a4 := h.addr.Unmap()
	if h.addr.Is6() {
		a := h.addr.As16()
		if _, have := d.by16[a]; !have {
			d.by16[a] = h.name
		}
		if h.addr == netip.IPv6Loopback() {
			a4 = netip.AddrFrom4([4]byte{127, 0, 0, 1})
		}
	}
	if !a4.Is4() {
		return
	}
	if _, have := d.by4[a4.As4()]; !have {
		d.by4[a4.As4()] = h.name
	}
}

// hostAddrs returns the addresses of a name or alias in the hosts file, each
// once, in the order of the file. Case does not count.
func (r *Resolver) hostAddrs(name string) []netip.Addr {
	var addrs []netip.Addr
	for h := range hostLines(r.hosts.load(r.files.Hosts)) {
		if strings.EqualFold(h.name, name) || hasWordFold(h.aliases, name) {
			addrs = appendAddr(addrs, h.addr)
		}
	}
	return addrs
}
