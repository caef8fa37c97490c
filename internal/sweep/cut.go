package main

import (
	"errors"
	"io"
	"math/rand/v2"
	"slices"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/pcapfile"
)

// cutsPerPacket is at how many lengths a packet is cut, the whole included.
const cutsPerPacket = 5

// snapLen is the largest that tcpdump takes.
const snapLen = 262144

// record is a packet of a cut capture.
type record struct {
	packet   int // in the capture, from 1
	cut, all int // bytes that are left and that there were
}

// cutLengths chooses at which lengths a packet of n bytes is cut. The same
// packet of a capture always gets the same ones.
func cutLengths(packet, n int) []int {
	if n <= cutsPerPacket {
		var every []int
		for k := range n {
			every = append(every, k+1)
		}
		return every
	}
	random := rand.New(rand.NewPCG(uint64(packet), uint64(n)))
	lengths := []int{n}
	for len(lengths) < cutsPerPacket {
		if k := 1 + random.IntN(n-1); !slices.Contains(lengths, k) {
			lengths = append(lengths, k)
		}
	}
	slices.Sort(lengths)
	return lengths
}

// cutCapture writes the packets of a capture, cut, to a pcap file. A capture
// that ends in an error gives the packets before it, and the error as damage.
func cutCapture(path, to string, most int) (records []record, damage, err error) {
	r, err := pcapfile.Open(path)
	if err != nil {
		return nil, err, nil
	}
	defer r.Close()
	header := r.Header()
	header.SnapLen = snapLen
	w, err := pcapfile.Create(to, header.LinkType, header.Format())
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	var pkt capture.Packet
	for n := 1; most == 0 || n <= most; n++ {
		if err := r.Next(&pkt); err == io.EOF {
			break
		} else if err != nil {
			return records, err, nil
		}
		pkt.Time.Sec = int64(uint32(pkt.Time.Sec)) // when it was does not matter, and pcap has 32 bits for it
		whole := pkt.Data
		for _, k := range cutLengths(n, len(whole)) {
			pkt.Data = whole[:k:k]
			if err := w.Write(&pkt); err != nil {
				return records, nil, err
			}
			records = append(records, record{n, k, len(whole)})
		}
	}
	return records, nil, nil
}
