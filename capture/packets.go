package capture

import (
	"errors"
	"io"
	"iter"
)

// Packets yields the packets of a source, one after the other, until it ends or
// fails: then the error comes last, with a nil packet. The end of a savefile and of
// a capture that was interrupted is no error.
//
//	for pkt, err := range capture.Packets(src) {
//		if err != nil {
//			return err
//		}
//		...
//	}
//
// There is one Packet, which is filled anew each time: whoever keeps a packet has
// to copy it, and its Data. Nothing is allocated for a packet. Ranging again, after
// a break too, goes on with the next packet. The source stays open.
func Packets(src Source) iter.Seq2[*Packet, error] {
	return func(yield func(*Packet, error) bool) {
		var pkt Packet
		for {
			if err := src.Next(&pkt); err != nil {
				if !errors.Is(err, io.EOF) {
					yield(nil, err)
				}
				return
			}
			if !yield(&pkt, nil) {
				return
			}
		}
	}
}
