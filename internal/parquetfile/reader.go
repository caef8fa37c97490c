package parquetfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"

	"github.com/tapdump/tapdump/capture"
)

// Columns that packets are made of.
const (
	columnTime      = "timestamp"
	columnRaw       = "raw"
	columnLength    = "original_length"
	columnLinkType  = "link_type"
	columnInterface = "interface"
	columnDirection = "direction"
)

// packetColumns are these columns; those without a need may be missing.
var packetColumns = [...]struct {
	name   string
	needed bool
	text   bool
}{
	{columnTime, true, false},
	{columnRaw, true, true},
	{columnLength, false, false},
	{columnLinkType, false, false},
	{columnInterface, false, true},
	{columnDirection, false, true},
}

// The places of columns in packetColumns.
const (
	atTime = iota
	atRaw
	atLength
	atLinkType
	atInterface
	atDirection
)

// maxInterfaces is how many interfaces are told apart.
const maxInterfaces = 1 << 16

// Packets are the packets of a Parquet file that has them whole, as a pcapng file which
// is made while it is read: so that all who read savefiles read them. A page of each
// column is in memory, and nothing that the file says makes that more than maxPage.
type Packets struct {
	f    io.ReaderAt
	size int64
	zstd *zstd.Decoder
	meta *metadata

	places   [len(packetColumns)]int // of columns; -1: missing
	elements [len(packetColumns)]element
	columns  [len(packetColumns)]*pageReader
	group    int   // the next one
	rows     int64 // left in the one at hand
	read     uint64

	interfaces map[Interface]uint32
	known      []Interface
	buf        []byte // blocks
	at         int    // of buf, what is read
	err        error
}

// Begins reports whether a file with such a beginning is a Parquet file.
func Begins(b []byte) bool { return len(b) >= len(magic) && string(b[:len(magic)]) == magic }

// NewPackets is for a file of so many bytes. It is an error if that has no packets.
func NewPackets(f io.ReaderAt, size int64) (*Packets, error) {
	meta, err := readMetadata(f, size)
	if err != nil {
		return nil, fmt.Errorf("not a Parquet file that can be read: %w", err)
	}
	p := &Packets{f: f, size: size, meta: meta, interfaces: make(map[Interface]uint32)}
	for i, c := range packetColumns {
		place, e, ok := meta.leaf(c.name)
		p.places[i], p.elements[i] = place, e
		rightType := e.physical == typeBytes && c.text || (e.physical == typeInt64 || e.physical == typeInt32) && !c.text
		if i == atTime {
			rightType = e.physical == typeInt64 && e.unit > 0
		}
		switch {
		case ok && rightType:
		case c.needed:
			return nil, errors.New("the Parquet file has no packets, as it lacks the column " + c.name + ": it is one to write with --columns usual,raw")
		default:
			p.places[i] = -1
		}
	}
	if p.places[atLinkType] < 0 && len(meta.interfaces) == 0 {
		return nil, errors.New("the Parquet file does not say of which link type its packets are, as it lacks the column " + columnLinkType)
	}
	if p.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxPage), zstd.WithDecodeAllCapLimit(true)); err != nil {
		return nil, err
	}
	p.appendSection()
	for _, i := range meta.interfaces {
		p.number(i)
	}
	return p, nil
}

// Read implements io.Reader.
func (p *Packets) Read(b []byte) (int, error) {
	for p.at == len(p.buf) {
		if p.err != nil {
			return 0, p.err
		}
		p.buf, p.at = p.buf[:0], 0
		for len(p.buf) < 32<<10 && p.err == nil {
			p.err = p.next()
		}
	}
	n := copy(b, p.buf[p.at:])
	p.at += n
	return n, nil
}

// next appends the block of the next packet.
func (p *Packets) next() error {
	for p.rows == 0 {
		if p.group == len(p.meta.groups) {
			return io.EOF
		}
		if err := p.begin(&p.meta.groups[p.group]); err != nil {
			return fmt.Errorf("group of rows %d: %w", p.group+1, err)
		}
		p.group++
	}
	p.rows--
	p.read++
	if err := p.packet(); err != nil {
		return fmt.Errorf("record %d: %w", p.read, err)
	}
	return nil
}

// begin begins with a group of rows.
func (p *Packets) begin(g *group) error {
	if g.rows < 0 {
		return errThrift
	}
	p.rows = g.rows
	for i := range packetColumns {
		if p.places[i] < 0 {
			continue
		}
		e := p.elements[i]
		s, err := g.checked(p.places[i], e, p.size)
		if err != nil {
			return err
		}
		old := p.columns[i]
		if old == nil {
			old = new(pageReader)
		}
		p.columns[i] = &pageReader{
			f: p.f, zstd: p.zstd, name: e.name, physical: e.physical, codec: s.codec, optional: e.repetition == optional,
			at: s.data, end: s.data + s.compressed, left: g.rows, packed: old.packed, plain: old.plain,
		}
	}
	return nil
}

// number, text are the next value of a column; ok is false where it has none.
func (p *Packets) value(i int) (n int64, text []byte, ok bool, err error) {
	if p.columns[i] == nil {
		return 0, nil, false, nil
	}
	c, at, err := p.columns[i].next()
	if err != nil || c == nil {
		return 0, nil, false, err
	}
	if packetColumns[i].text {
		return 0, c.data[c.starts[at]:c.ends[at]], true, nil
	}
	return c.numbers[at], nil, true, nil
}

// packet appends an enhanced packet block (draft-ietf-opsawg-pcapng, section 4.3), and
// before it the interface, if that is new.
func (p *Packets) packet() error {
	var numbers [len(packetColumns)]int64
	var texts [len(packetColumns)][]byte
	var has [len(packetColumns)]bool
	for i := range packetColumns {
		var err error
		if numbers[i], texts[i], has[i], err = p.value(i); err != nil {
			return err
		}
	}
	raw := texts[atRaw]
	if !has[atTime] || !has[atRaw] {
		return errors.New("it has no packet: timestamp or raw is absent")
	}
	if len(raw) > capture.MaxSnapLen {
		return fmt.Errorf("a packet has %d bytes, more than %d", len(raw), capture.MaxSnapLen)
	}
	ns := numbers[atTime]
	if unit := p.elements[atTime].unit; unit > 1 {
		ns *= unit
	}
	if ns < 0 {
		return errors.New("a packet is of before 1970, which pcapng has no time for")
	}
	length := int64(len(raw))
	if has[atLength] && numbers[atLength] >= length && numbers[atLength] <= 1<<32-1 {
		length = numbers[atLength]
	}
	number := p.number(p.origin(has[atInterface], string(texts[atInterface]), has[atLinkType], numbers[atLinkType]))
	p.appendPacket(number, uint64(ns), uint32(length), raw, string(texts[atDirection]))
	return nil
}

// origin is the interface that a packet is of.
func (p *Packets) origin(named bool, name string, typed bool, link int64) Interface {
	for _, i := range p.known {
		if (!named || i.Name == name) && (!typed || int64(i.LinkType) == link) {
			return i
		}
	}
	if !typed {
		link = int64(p.known[0].LinkType)
	}
	return Interface{Name: name, LinkType: uint32(link)}
}

// number is that of an interface, which is described if it is new.
func (p *Packets) number(i Interface) uint32 {
	n, ok := p.interfaces[i]
	if ok {
		return n
	}
	if len(p.known) == maxInterfaces {
		return 0
	}
	n = uint32(len(p.known))
	p.interfaces[i] = n
	p.known = append(p.known, i)
	p.appendInterface(i)
	return n
}

// Blocks and options of pcapng.
const (
	blockSection   = 0x0a0d0d0a
	blockInterface = 1
	blockPacket    = 6

	optionName       = 2
	optionResolution = 9
	optionFlags      = 2
)

// block appends one whose body fill appends.
func (p *Packets) block(kind uint32, fill func(b []byte) []byte) {
	order := binary.LittleEndian
	start := len(p.buf)
	p.buf = order.AppendUint32(p.buf, kind)
	p.buf = order.AppendUint32(p.buf, 0)
	p.buf = fill(p.buf)
	total := uint32(len(p.buf) - start + 4)
	order.PutUint32(p.buf[start+4:], total)
	p.buf = order.AppendUint32(p.buf, total)
}

func (p *Packets) appendSection() {
	p.block(blockSection, func(b []byte) []byte {
		b = binary.LittleEndian.AppendUint32(b, 0x1a2b3c4d)
		b = append(b, 1, 0, 0, 0)
		return binary.LittleEndian.AppendUint64(b, 1<<64-1)
	})
}

func appendOption(b []byte, code uint16, value []byte) []byte {
	b = binary.LittleEndian.AppendUint16(b, code)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(value)))
	return padded(append(b, value...), len(value))
}

// padded appends zeros behind n bytes up to a multiple of four.
func padded(b []byte, n int) []byte {
	for ; n%4 != 0; n++ {
		b = append(b, 0)
	}
	return b
}

func (p *Packets) appendInterface(i Interface) {
	p.block(blockInterface, func(b []byte) []byte {
		b = binary.LittleEndian.AppendUint16(b, uint16(i.LinkType))
		b = append(b, 0, 0)
		b = binary.LittleEndian.AppendUint32(b, i.SnapLen)
		if i.Name != "" && len(i.Name) < 1<<15 {
			b = appendOption(b, optionName, []byte(i.Name))
		}
		b = appendOption(b, optionResolution, []byte{9}) // nanoseconds
		return append(b, 0, 0, 0, 0)
	})
}

func (p *Packets) appendPacket(number uint32, ns uint64, length uint32, raw []byte, direction string) {
	p.block(blockPacket, func(b []byte) []byte {
		order := binary.LittleEndian
		b = order.AppendUint32(b, number)
		b = order.AppendUint32(b, uint32(ns>>32))
		b = order.AppendUint32(b, uint32(ns))
		b = order.AppendUint32(b, uint32(len(raw)))
		b = order.AppendUint32(b, length)
		b = padded(append(b, raw...), len(raw))
		switch direction {
		case "in":
			b = append(appendOption(b, optionFlags, []byte{1, 0, 0, 0}), 0, 0, 0, 0)
		case "out":
			b = append(appendOption(b, optionFlags, []byte{2, 0, 0, 0}), 0, 0, 0, 0)
		}
		return b
	})
}
