package printer

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/versions"
)

// TestOrdinary: what ordinary.go prints is what the printers of the protocols do, which
// print what has colours: of traffic as it is, cut, longer on the wire and with bytes of
// its headers changed; with each option that a header's text depends on, one packet
// after the other and side by side.
func TestOrdinary(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	packets := madeTraffic(t, 1000)
	ordinary := 0
	for i := range packets {
		if isOrdinary(&packets[i]) {
			ordinary++
		}
	}
	if ordinary < len(packets)/2 {
		t.Errorf("%d of %d packets of the traffic are ordinary, want half of them at least", ordinary, len(packets))
	}
	for _, pkt := range packets {
		for range 3 {
			spoilt := pkt
			spoilt.Data = append([]byte(nil), pkt.Data...)
			spoilPacket(random, &spoilt)
			packets = append(packets, spoilt)
		}
	}
	for i, o := range ordinaryOptions() {
		o.Location, o.Strict = time.UTC, true
		colored := o
		colored.Colors = testColors(false)
		name := fmt.Sprintf("options %d: %+v", i, o)
		want := ourSequences.ReplaceAll(printInOrder(colored, packets), nil)
		for way, got := range map[string][]byte{"in order": printInOrder(o, packets), "in parallel": printParallel(t, o, packets, 2)} {
			if got, want, same := differentLines(got, want); !same {
				t.Errorf("%s, %s: the first lines that differ\n got %q\nwant %q", name, way, got, want)
			}
		}
	}
}

// ordinaryOptions are Options that the text of IP, TCP and UDP headers depends on.
func ordinaryOptions() []Options {
	var all []Options
	for verbose := range 4 {
		for _, header := range []bool{false, true} {
			all = append(all, Options{Verbose: verbose, LinkHeader: header})
		}
	}
	for _, like := range versions.All() {
		all = append(all, Options{Verbose: 2, Like: like})
	}
	return append(all,
		Options{Quick: 1}, Options{Quick: 2}, Options{Verbose: 1, NoChecksum: true}, Options{AbsoluteSeq: true}, Options{Verbose: 1, OneLine: true},
		Options{HexASCII: 1}, Options{TimeFormat: 1}, Options{TimeFormat: 3}, Options{TimeFormat: 4}, Options{Nano: true},
		Options{Type: TypeDomain}, Options{Type: TypeRPC}, Options{Type: TypeRESP},
		Options{Names: oddNames{}}, Options{Names: oddNames{}, Numeric: true, Verbose: 1},
	)
}

// spoilPacket changes bytes of a packet's headers, cuts it or makes it longer.
func spoilPacket(random *rand.Rand, pkt *capture.Packet) {
	const headers = 14 + ip6HeaderLen + 60
	for range random.IntN(3) {
		at := random.IntN(min(headers, len(pkt.Data)))
		if random.IntN(2) == 0 {
			pkt.Data[at] ^= 1 << random.IntN(8)
		} else {
			pkt.Data[at] = byte(random.Uint32())
		}
	}
	for _, length := range []int{16, 18, 38, 58} { // of IPv4, IPv6, and UDP in each
		if length+2 <= len(pkt.Data) && random.IntN(16) == 0 {
			pkt.Data[length], pkt.Data[length+1] = 0, byte(random.IntN(64)/2)
		}
	}
	switch random.IntN(8) {
	case 0:
		pkt.Data = pkt.Data[:1+random.IntN(len(pkt.Data))]
	case 1:
		pkt.Data = pkt.Data[:1+random.IntN(len(pkt.Data))]
		pkt.Length = uint32(len(pkt.Data))
	case 2:
		pkt.Length += uint32(random.IntN(100))
	}
	pkt.Time.Nsec = int64(random.IntN(1 << 30)) // some are more than a second
}

// isOrdinary reports whether ordinary.go takes a frame.
func isOrdinary(pkt *capture.Packet) (took bool) {
	defer func() {
		if recover() != nil {
			took = true // it ends what it took where that is cut, and nothing else
		}
	}()
	p, b, length := New(Options{}), pkt.Data[etherHeaderLen:], int(pkt.Length)-etherHeaderLen
	return p.ordinary4(b, length) || p.ordinary6(b, length)
}

// differentLines are the first lines that differ.
func differentLines(got, want []byte) (a, b []byte, same bool) {
	for {
		a, got, _ = bytes.Cut(got, []byte("\n"))
		b, want, _ = bytes.Cut(want, []byte("\n"))
		switch {
		case !bytes.Equal(a, b):
			return a, b, false
		case len(got) == 0 && len(want) == 0:
			return nil, nil, true
		}
	}
}

// oddNames has names for odd numbers.
type oddNames struct{}

func oddName(dst []byte, last byte) ([]byte, bool) {
	if last%2 == 0 {
		return dst, false
	}
	return append(dst, "name"...), true
}

func (oddNames) AppendHost4(dst []byte, addr [4]byte) ([]byte, bool)   { return oddName(dst, addr[3]) }
func (oddNames) AppendHost16(dst []byte, addr [16]byte) ([]byte, bool) { return oddName(dst, addr[15]) }
func (oddNames) AppendEther(dst []byte, addr [6]byte) ([]byte, bool)   { return oddName(dst, addr[5]) }
func (oddNames) AppendTCPPort(dst []byte, port uint16) ([]byte, bool) {
	return oddName(dst, byte(port))
}
func (oddNames) AppendUDPPort(dst []byte, port uint16) ([]byte, bool) {
	return oddName(dst, byte(port))
}
