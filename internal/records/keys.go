package records

import "encoding/binary"

// protocolsKey is the key of the protocols of a frame, of which it has 16 at most.
func (p *Packet) protocolsKey() (k Key, ok bool) {
	f := p.layers()
	if f.n > 16 {
		return k, false
	}
	for i := range f.layers[:f.n] {
		k.High, k.Low = k.High<<8|k.Low>>56, k.Low<<8|uint64(f.layers[i].proto)+1
	}
	return k, f.n > 0
}

// macKey is the key of an Ethernet address in a header; nil: there is none.
func macKey(h []byte, at int) (Key, bool) {
	if h == nil {
		return Key{}, false
	}
	return Key{Low: uint64(binary.BigEndian.Uint32(h[at:]))<<16 | uint64(binary.BigEndian.Uint16(h[at+4:]))}, true
}

// addrKey is the key of an address of n, as it stands in the header.
func addrKey(n *network, src bool) (Key, bool) {
	if n == nil {
		return Key{}, false
	}
	if n.version == 4 {
		at := 16
		if src {
			at = 12
		}
		return Key{High: 1, Low: uint64(binary.BigEndian.Uint32(n.ip[at:]))}, true // no address of IPv6 that is written as one of IPv4
	}
	at := 24
	if src {
		at = 8
	}
	return Key{binary.BigEndian.Uint64(n.ip[at:]), binary.BigEndian.Uint64(n.ip[at+8:])}, true
}
