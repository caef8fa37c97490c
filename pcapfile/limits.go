package pcapfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/tapdump/tapdump/capture"
)

// fits reports whether a pcap file can hold the packet, and sees to it that it
// can if its snapshot length alone is against it. Otherwise it ends the writing.
func (w *Writer) fits(pkt *capture.Packet) error {
	const remedy = ": write pcapng (--format pcapng, or a name that ends in .pcapng)"
	if pkt.LinkType != w.head.LinkType {
		return w.refuse("packet %d is of link type %s, and a pcap file holds only one link type, this one %s"+remedy,
			w.taken()+1, pkt.LinkType, w.head.LinkType)
	}
	if uint64(pkt.Time.Sec) > math.MaxUint32 { // cut to 32 bits it would be another year
		return w.refuse("packet %d is of %s, and a pcap file holds times from 1970 to 2106"+remedy,
			w.taken()+1, describeTime(pkt.Time.Sec))
	}
	if len(pkt.Data) > w.head.SnapLen && w.head.SnapLen > 0 {
		if err := w.raiseSnapLen(); err != nil {
			return w.refuse("packet %d has %d bytes, and the header of this pcap file says already that none has more than %d"+remedy,
				w.taken()+1, len(pkt.Data), w.head.SnapLen)
		}
	}
	return nil
}

// refuse ends the writing. What was taken before is in the file.
func (w *Writer) refuse(format string, args ...any) error {
	if err := w.drain(); err != nil {
		return w.lose(1)
	}
	w.err = fmt.Errorf("%s: %w", w.name, fmt.Errorf(format, args...))
	return w.err
}

// snapLenAt is where the snapshot length is in a pcap file.
const snapLenAt = 16

var errWritten = errors.New("it cannot be changed any more")

// raiseSnapLen makes the file's snapshot length the largest that there is. A
// file of many interfaces may come to the one with the longest packets late, and
// readers cut packets at the snapshot length.
func (w *Writer) raiseSnapLen() error {
	snaplen := maxSnapLen(w.head.LinkType)
	if w.size == int64(len(w.buf)) && w.squeezed == 0 { // the header is in the buffer alone
		binary.NativeEndian.PutUint32(w.buf[snapLenAt:], snaplen)
		w.head.SnapLen = int(snaplen)
		return nil
	}
	if w.file == nil || w.squeezer != nil {
		return errWritten
	}
	end, err := w.file.Seek(0, io.SeekCurrent)
	if err != nil {
		return err // a pipe
	}
	if _, err := w.file.Seek(snapLenAt, io.SeekStart); err != nil {
		return err
	}
	_, err = w.file.Write(binary.NativeEndian.AppendUint32(nil, snaplen))
	if _, back := w.file.Seek(end, io.SeekStart); err == nil {
		err = back
	}
	if err == nil {
		w.head.SnapLen = int(snaplen)
	}
	return err
}
