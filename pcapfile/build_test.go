package pcapfile

import (
	"bytes"
	"encoding/binary"
	"io"
	"testing"

	"github.com/tapdump/tapdump/capture"
)

// order is what encoding/binary's two byte orders have in common.
type order interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

// orders are the byte orders of the files that tests build.
var orders = []struct {
	name string
	order
}{{"little-endian", binary.LittleEndian}, {"big-endian", binary.BigEndian}}

// builder makes savefiles for tests, damaged ones included.
type builder struct {
	order
	b []byte
}

func (f *builder) u16(v ...uint16) *builder {
	for _, v := range v {
		f.b = f.AppendUint16(f.b, v)
	}
	return f
}

func (f *builder) u32(v ...uint32) *builder {
	for _, v := range v {
		f.b = f.AppendUint32(f.b, v)
	}
	return f
}

func (f *builder) bytes(b ...byte) *builder {
	f.b = append(f.b, b...)
	return f
}

// pcapHead starts a pcap file of version 2.4.
func pcapHead(o order, magic, snaplen, link uint32) *builder {
	return pcapVersion(o, magic, 2, 4, snaplen, link)
}

func pcapVersion(o order, magic uint32, major, minor uint16, snaplen, link uint32) *builder {
	f := &builder{order: o}
	return f.u32(magic).u16(major, minor).u32(0, 0, snaplen, link)
}

// record adds a pcap record.
func (f *builder) record(sec, frac, caplen, length uint32, data []byte) *builder {
	return f.u32(sec, frac, caplen, length).bytes(data...)
}

// option is one option of a pcapng block.
type option struct {
	code  uint16
	value []byte
}

// block adds a pcapng block with the options behind the body.
func (f *builder) block(kind uint32, body []byte, options ...option) *builder {
	in := &builder{order: f.order, b: bytes.Clone(body)}
	for _, o := range options {
		in.u16(o.code, uint16(len(o.value))).bytes(o.value...).pad()
	}
	if len(options) > 0 {
		in.u16(optionEnd, 0)
	}
	n := uint32(len(in.b) + 12)
	return f.u32(kind, n).bytes(in.b...).u32(n)
}

func (f *builder) pad() *builder {
	for len(f.b)%4 != 0 {
		f.b = append(f.b, 0)
	}
	return f
}

// body starts the body of a block in f's byte order.
func (f *builder) body() *builder { return &builder{order: f.order} }

func pcapngHead(o order) *builder {
	f := &builder{order: o}
	return f.section()
}

func (f *builder) section() *builder {
	return f.block(blockSection, f.body().u32(byteOrderMagic).u16(1, 0).u32(0xffffffff, 0xffffffff).b)
}

func (f *builder) iface(link uint16, snaplen uint32, options ...option) *builder {
	return f.block(blockInterface, f.body().u16(link, 0).u32(snaplen).b, options...)
}

func (f *builder) enhanced(iface uint32, stamp uint64, length uint32, data []byte, options ...option) *builder {
	body := f.body().u32(iface, uint32(stamp>>32), uint32(stamp), uint32(len(data)), length)
	return f.block(blockEnhancedPacket, body.bytes(data...).pad().b, options...)
}

func (f *builder) simple(length uint32, data []byte) *builder {
	return f.block(blockSimplePacket, f.body().u32(length).bytes(data...).pad().b)
}

func (f *builder) obsolete(iface uint16, stamp uint64, length uint32, data []byte, options ...option) *builder {
	body := f.body().u16(iface, 0).u32(uint32(stamp>>32), uint32(stamp), uint32(len(data)), length)
	return f.block(blockPacket, body.bytes(data...).pad().b, options...)
}

// fill is n bytes of data that differ by place and seed.
func fill(n, seed int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7 + seed)
	}
	return b
}

// readAll reads a file given as bytes, and copies its packets.
func readAll(file []byte) (*Reader, []capture.Packet, error) {
	r, packets, err := readAllUnclosed(file)
	if r != nil {
		r.Close()
	}
	return r, packets, err
}

func readAllUnclosed(file []byte) (*Reader, []capture.Packet, error) {
	r, err := NewReader(bytes.NewReader(file))
	if err != nil {
		return nil, nil, err
	}
	packets, err := drain(r)
	return r, packets, err
}

// drain reads what is left; the error is nil at a good end.
func drain(r *Reader) ([]capture.Packet, error) {
	var packets []capture.Packet
	for {
		var pkt capture.Packet
		if err := r.Next(&pkt); err == io.EOF {
			return packets, nil
		} else if err != nil {
			return packets, err
		}
		pkt.Data, pkt.Origin = bytes.Clone(pkt.Data), nil
		packets = append(packets, pkt)
	}
}

// rewrite is what writing a file's packets again makes of it; of a damaged file
// the packets before the damage. It mirrors -r FILE -w -.
func rewrite(t testing.TB, file []byte, nano bool) []byte {
	t.Helper()
	r, err := NewReader(bytes.NewReader(file))
	if err != nil {
		return nil
	}
	h := r.Header()
	h.Nano = nano
	var out bytes.Buffer
	w, err := NewWriter(&out, "copy", h.LinkType, h.Format())
	if err != nil {
		return nil
	}
	var pkt capture.Packet
	for r.Next(&pkt) == nil {
		pkt.Time.Sec = int64(uint32(pkt.Time.Sec)) // as the reference does; we refuse
		if err := w.Write(&pkt); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// pcapngOf is the format of a pcapng file with what a header says.
func pcapngOf(h Header) Format {
	f := h.Format()
	f.Pcapng = true
	return f
}
