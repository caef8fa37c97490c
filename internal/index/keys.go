package index

import (
	"encoding/binary"
	"math/bits"

	"github.com/tapdump/tapdump/bpf/compile"
)

// The lengths of networks that there are keys of; a demand of another length asks for
// the next shorter one.
var (
	networks4 = [...]uint8{32, 24, 16, 8}
	networks6 = [...]uint8{128, 64, 48, 32}
)

// Factors of hashing.
const (
	spread   = 0x9e3779b97f4a7c15
	ofKinds  = 0x8bb84b93962eacc9
	ofValues = 0x2d358dccaa6c78a5
	all64    = 1<<64 - 1
)

// kindOf is what the hash of a key has of its kind and bits.
func kindOf(kind compile.KeyKind, bits uint8) uint64 {
	return (uint64(kind)<<8|uint64(bits))*spread ^ ofKinds
}

// kindOf of those kinds that nearly every packet has.
const (
	kindPort       = (3<<8)*spread&all64 ^ ofKinds
	kindMAC        = (2<<8)*spread&all64 ^ ofKinds
	kindAddress4   = (0<<8|32)*spread&all64 ^ ofKinds
	kindNetwork4   = (0<<8|24)*spread&all64 ^ ofKinds
	kindAddress6   = (1<<8|128)*spread&all64 ^ ofKinds
	kindNetwork6   = (1<<8|64)*spread&all64 ^ ofKinds
	kindNetwork6At = (1<<8|48)*spread&all64 ^ ofKinds
)

// hashed is the key as filters have it. Keys that are hashed alike cost time, and
// nothing else.
func hashed(k compile.Key) uint64 { return mixed(folded(k.High, k.Low), kindOf(k.Kind, k.Bits)) }

// folded is a value in 64 bits.
func folded(high, low uint64) uint64 { return high*spread ^ bits.RotateLeft64(low, 23) }

// mixed is a value mixed with its kind.
func mixed(v, kind uint64) uint64 {
	hi, lo := bits.Mul64(v^ofValues, kind)
	return hi ^ lo ^ v
}

// stored is the key that blocks have for k; not ok if they have none.
func stored(k compile.Key) (compile.Key, bool) {
	list := networks6[:]
	switch k.Kind {
	case compile.KeyIPv4:
		list = networks4[:]
	case compile.KeyIPv6:
	default:
		return k, true
	}
	for _, n := range list {
		if n <= k.Bits {
			return masked(k, n), true
		}
	}
	return k, false
}

// masked is the network of n bits that an address or network is in.
func masked(k compile.Key, n uint8) compile.Key {
	k.Bits = n
	switch {
	case k.Kind == compile.KeyIPv4:
		k.Low = k.Low >> (32 - n) << (32 - n)
	case n <= 64:
		k.High, k.Low = k.High>>(64-n)<<(64-n), 0
	default:
		k.Low = k.Low >> (128 - n) << (128 - n)
	}
	return k
}

// The filter of a block has bitsMost bits at most. A key sets bitsEach of them, all in one
// word, so that it takes one access to memory. A filter of half as many words has each in
// the place modulo that.
const (
	bitsMost  = 1 << 14
	bitsLeast = 1 << 6
	bitsEach  = 4
	wordsMost = bitsMost / 64
)

// patterns are the bits that keys set in their word: to look them up takes less time than
// to shift each into its place.
var patterns = func() (all [1 << 10]uint64) {
	for i := range all {
		for n := uint64(i); bits.OnesCount64(all[i]) < bitsEach; {
			n = mixed(n, spread)
			all[i] |= 1 << (n % 64)
		}
	}
	return all
}()

// keySet is the filter of the keys of a block.
type keySet struct {
	bits [wordsMost]uint64
	seen
}

// seen is what is in the filter of which there are few in a block, each in the slot that
// it is hashed to, so that it is not put there again. The zero value has nothing; what is
// zero is never seen. Addresses and ports differ from packet to packet: to put all of
// them into the filter takes less time than to look whether they are there.
type seen struct {
	networks4 [1 << 5]uint32 // of 16 bits
	networks6 [1 << 5]uint32 // of 32 bits
	protocols [1 << 8]bool
	types     [1 << 8]uint16 // by their lower bits
	macs      [1 << 6]macs   // of Ethernet headers
}

// macs are the two addresses of an Ethernet header.
type macs struct {
	eight uint64
	four  uint32
}

// clear empties the set.
func (s *keySet) clear() { *s = keySet{} }

// add puts a key into the set.
func (s *keySet) add(key uint64) {
	s.bits[key>>24%wordsMost] |= patterns[key%uint64(len(patterns))]
}

// places are where the bits of a key are in a filter of any size, modulo that.
func places(key uint64) []uint64 {
	word := key >> 24 % wordsMost * 64
	all := make([]uint64, 0, bitsEach)
	for p := patterns[key%uint64(len(patterns))]; p != 0; p &= p - 1 {
		all = append(all, word+uint64(bits.TrailingZeros64(p)))
	}
	return all
}

// shortened is the set in as few words as leave less than half of the bits set, as far as
// that is possible; none for the empty set. The set is spoilt then.
func (s *keySet) shortened() []uint64 {
	count := 0
	for _, w := range s.bits {
		count += bits.OnesCount64(w)
	}
	if count == 0 {
		return nil
	}
	words := s.bits[:]
	// Of few keys hardly two set the same bit.
	for n := len(words); n > bitsLeast/64 && count <= n*64/5; n /= 2 {
		for i, w := range words[n/2 : n] {
			words[i] |= w
		}
		words = words[:n/2]
	}
	return words
}

func (s *keySet) key(k compile.Key) { s.add(hashed(k)) }

func (s *keySet) number(kind compile.KeyKind, n uint16) { s.key(compile.NumberKey(kind, uint32(n))) }

func (s *keySet) port(n uint16) { s.add(mixed(folded(0, uint64(n)), kindPort)) }

func (s *keySet) protocol(n byte) {
	if !s.protocols[n] {
		s.protocols[n] = true
		s.number(compile.KeyProtocol, uint16(n))
	}
}

func (s *keySet) etherType(n uint16) {
	if slot := &s.types[n%uint16(len(s.types))]; *slot != n || n == 0 {
		*slot = n
		s.number(compile.KeyEtherType, n)
	}
}

// mac takes an address of six bytes, from the first bytes of b.
func (s *keySet) mac(b []byte) {
	a := uint64(binary.BigEndian.Uint16(b))<<32 | uint64(binary.BigEndian.Uint32(b[2:]))
	s.add(mixed(folded(0, a), kindMAC))
}

// pair takes the two addresses that p begins with, if they were not together before.
func (s *keySet) pair(p *[12]byte) {
	m := macs{binary.LittleEndian.Uint64(p[:]), binary.LittleEndian.Uint32(p[8:])}
	if slot := &s.macs[(m.eight^uint64(m.four)<<29)*spread>>58]; *slot != m || m == (macs{}) {
		*slot = m
		s.mac(p[:])
		s.mac(p[6:])
	}
}

func (s *keySet) address4(b []byte) {
	a := binary.BigEndian.Uint32(b)
	s.add(mixed(folded(0, uint64(a)), kindAddress4))
	s.add(mixed(folded(0, uint64(a&^0xff)), kindNetwork4))
	net := a >> 16
	if slot := &s.networks4[net*(spread>>32)>>27]; *slot != net || net == 0 {
		*slot = net
		s.wideNetworks(compile.Key{Kind: compile.KeyIPv4, Bits: 32, Low: uint64(a)}, networks4[2:])
	}
}

func (s *keySet) address6(b []byte) {
	high, low := binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])
	s.add(mixed(folded(high, low), kindAddress6))
	s.add(mixed(folded(high, 0), kindNetwork6))
	s.add(mixed(folded(high&^0xffff, 0), kindNetwork6At))
	net := uint32(high >> 32)
	if slot := &s.networks6[net*(spread>>32)>>27]; *slot != net || net == 0 {
		*slot = net
		s.wideNetworks(compile.Key{Kind: compile.KeyIPv6, Bits: 128, High: high, Low: low}, networks6[3:])
	}
}

// wideNetworks takes the networks of these lengths that an address is in.
func (s *keySet) wideNetworks(k compile.Key, lengths []uint8) {
	for _, n := range lengths {
		s.key(masked(k, n))
	}
}
