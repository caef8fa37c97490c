// Package viewer shows a capture to somebody who scrolls: a View is one way to look at one
// file, with options and a filter, and has lines as the program prints them, the bytes of
// a packet, and a report. It is what the page in the browser runs; here is nothing of
// JavaScript.
//
//	v, err := viewer.Open(file, size, viewer.Options{Flags: "-e", Filter: "udp"})
//	for err == nil && !v.State().Done {
//		v.Step(busy)
//	}
//	v.Rows(0, 50, func(r *viewer.Row) { ... })
//
// Step works for as long as its caller wants, so that one thread can answer questions
// meanwhile. Lines are kept compressed, in Options.Memory bytes; packets for whose lines
// there is no room are counted. The file is read again for the bytes of a packet.
//
// A View is for one goroutine.
package viewer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/syserr"
	"github.com/tapdump/tapdump/pcapfile"
	"github.com/tapdump/tapdump/printer"
	"github.com/tapdump/tapdump/printer/detail"
)

// DefaultMemory is how many bytes lines take at most, compressed.
const DefaultMemory = 256 << 20

// Options are how a capture is looked at.
type Options struct {
	Flags  string // options of the program, as in "-e -vv"
	Filter string // the expression; blank: all packets
	Zone   string // of times, such as "Europe/Berlin"; "" is UTC
	Memory int64  // bytes for lines; 0: DefaultMemory
}

// View is a capture with options and a filter.
type View struct {
	src     *counted
	reader  *pcapfile.Reader
	filter  *filter
	options Options
	print   printer.Options
	printer *printer.Printer
	store   *store
	pkt     capture.Packet
	state   State
	line    []byte // scratch
}

// State is how far a View has come.
type State struct {
	Bytes     int64  // of the file that were read
	Size      int64  // of the file
	Packets   int64  // that were read
	Matched   int64  // that the filter let through
	Shown     int64  // packets whose lines are kept
	Rows      int64  // lines that are kept
	Forgotten int64  // packets for whose lines there was no room
	Held      int64  // bytes that lines take
	LinkTypes string // of the file
	Done      bool
	Problem   string // why the reading ended before the end of the file; "": it did not
}

// FilterError says what is wrong with a filter expression.
type FilterError struct{ err error }

func (e *FilterError) Error() string { return e.err.Error() }

// Unwrap is the compiler's error.
func (e *FilterError) Unwrap() error { return e.err }

// Detail is the message with a caret below the wrong part, on lines of their own.
func (e *FilterError) Detail() string { return detailOf(e.err) }

// Open begins to look at a file of size bytes. The error is a *FilterError, or about the
// file or the options.
func Open(file io.ReaderAt, size int64, o Options) (*View, error) {
	if o.Memory == 0 {
		o.Memory = DefaultMemory
	}
	v := &View{options: o, store: newStore(o.Memory), state: State{Size: size}}
	var err error
	if v.print, err = readFlags(o.Flags); err != nil {
		return nil, err
	}
	if v.print.Location, err = location(o.Zone); err != nil {
		return nil, err
	}
	v.src = newCounted(file, size)
	if v.reader, err = pcapfile.NewReader(v.src); err != nil {
		return nil, err
	}
	if v.filter, err = newFilter(o.Filter, v.reader.Kinds(), v.reader.SnapLen()); err != nil {
		v.Close()
		return nil, &FilterError{err}
	}
	v.print.SourceInterface = v.interfaceName
	v.print.InterfaceName = linuxInterface
	v.printer = printer.New(v.print)
	v.state.LinkTypes = linkTypes(v.reader.Kinds())
	return v, nil
}

// linkTypes names link types.
func linkTypes(kinds []pcapfile.Kind) (text string) {
	for i, k := range kinds {
		if i > 0 {
			text += ", "
		}
		if i == maxKinds {
			return text + "..."
		}
		name := k.LinkType.Name()
		if name == "" {
			name = fmt.Sprint(uint32(k.LinkType))
		}
		text += name
	}
	return text
}

// interfaceName is what the file calls an interface.
func (v *View) interfaceName(number int) string {
	list := v.reader.Interfaces()
	if number < 0 || number >= len(list) {
		return ""
	}
	return list[number].Name
}

// linuxInterface is the name of the one interface that has the same number on every
// Linux: the loopback.
func linuxInterface(index uint32) string {
	if index == 1 {
		return "lo"
	}
	return ""
}

// Close ends the reading. What was printed stays.
func (v *View) Close() {
	if v.reader != nil {
		v.reader.Close() // it closes no file
	}
	v.state.Done = true
}

// stepPackets is after how many packets the caller of Step is asked.
const stepPackets = 64

// Step reads, filters and prints packets until busy returns false, at the end of some
// packets, or to the end of the file.
func (v *View) Step(busy func() bool) {
	for !v.state.Done {
		for range stepPackets {
			if !v.next() {
				return
			}
		}
		if !busy() {
			return
		}
	}
}

// next takes the next packet; false: there is none.
func (v *View) next() bool {
	if err := v.reader.Next(&v.pkt); err != nil {
		v.state.Done = true
		if !errors.Is(err, io.EOF) {
			v.state.Problem = syserr.Text(err)
		}
		for _, remark := range v.reader.Warnings() {
			v.state.Problem = remark
		}
		v.state.LinkTypes = linkTypes(v.reader.Kinds())
		v.reader.Close() // it closes no file
		return false
	}
	number := v.state.Packets
	v.state.Packets++
	if !v.filter.match(&v.pkt) {
		return true
	}
	v.state.Matched++
	v.line = v.printer.Print(v.line[:0], &v.pkt)
	v.store.add(&record{
		number: number, place: v.reader.Place(&v.pkt), pkt: v.pkt, length: len(v.pkt.Data),
		rows: bytes.Count(v.line, []byte{'\n'}), text: v.line,
	})
	return true
}

// State is how far the View has come.
func (v *View) State() State {
	s := v.state
	s.Bytes = min(v.src.read.Load(), s.Size)
	s.Shown, s.Rows, s.Forgotten, s.Held = v.store.packets, v.store.rows, v.store.forgotten, v.store.held
	return s
}

// Row is a line of a packet.
type Row struct {
	Number int64  // of the packet in the file, from 1 on
	Index  int64  // of the packet among those that are shown, from 0 on
	Line   int    // of the packet, from 0 on
	Text   []byte // without its end, valid until see returns
}

// Rows has see called with n rows from one on, fewer where there are no more. With
// visible, what could make text look like something else is written so that it shows.
func (v *View) Rows(from int64, n int, visible bool, see func(r *Row)) error {
	if from < 0 {
		from = 0
	}
	return v.store.each(from, func(r *record, row, index int64) bool {
		line := 0
		for text := range bytes.Lines(r.text) {
			if n == 0 {
				return false
			}
			if row >= from {
				text = bytes.TrimSuffix(text, []byte{'\n'})
				if visible {
					text = detail.AppendVisible(nil, text)
				}
				see(&Row{Number: r.number + 1, Index: index, Line: line, Text: text})
				n--
			}
			row++
			line++
		}
		return n > 0
	})
}

// FirstRow is the first row of a packet by its place among those that are shown.
func (v *View) FirstRow(index int64) (row int64, ok bool, err error) {
	_, row, ok, err = v.store.packet(index)
	return row, ok, err
}

// Packet is a packet in full.
type Packet struct {
	Number   int64 // in the file, from 1 on
	Row      int64 // its first
	Length   uint32
	Captured int
	LinkType string
	Text     string // as -e -vvv prints it, by itself
	Data     []byte // what was captured
}

// errGone is for a packet that is not where it was.
var errGone = errors.New("the packet is not in the file any more: has it changed?")

// Packet reads a packet again, by its place among those that are shown.
func (v *View) Packet(index int64) (*Packet, error) {
	r, row, ok, err := v.store.packet(index)
	if err != nil || !ok {
		return nil, err
	}
	pkt := r.pkt
	if v.reader.Compressed() || pkt.Swapped {
		pkt.Data, err = v.again(&r)
	} else {
		pkt.Data = make([]byte, r.length)
		_, err = v.src.file.ReadAt(pkt.Data, r.place)
	}
	if errors.Is(err, io.EOF) {
		err = errGone
	}
	if err != nil {
		return nil, fmt.Errorf("packet %d: %w", r.number+1, err)
	}
	o := v.print
	o.Verbose, o.LinkHeader, o.Quick, o.Hex, o.HexASCII, o.ASCII, o.TimeFormat = 3, true, 0, 0, 0, 0, 4
	o.Number, o.AbsoluteSeq, o.Escape = false, true, detail.MakeVisible
	return &Packet{
		Number: r.number + 1, Row: row, Length: pkt.Length, Captured: len(pkt.Data), LinkType: linkTypes([]pcapfile.Kind{{LinkType: pkt.LinkType}}),
		Text: string(printer.New(o).Print(nil, &pkt)), Data: pkt.Data,
	}, nil
}

// again reads the file up to a packet.
func (v *View) again(r *record) ([]byte, error) {
	reader, err := pcapfile.NewReader(newCounted(v.src.file, v.src.size))
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	var pkt capture.Packet
	for range r.number + 1 {
		if err := reader.Next(&pkt); err != nil {
			return nil, err
		}
	}
	if len(pkt.Data) != r.length {
		return nil, errGone
	}
	return bytes.Clone(pkt.Data), nil
}

// counted reads a file from its beginning and counts what it has read.
type counted struct {
	file io.ReaderAt
	size int64
	in   *io.SectionReader
	read atomic.Int64 // a compressed file is read ahead
}

func newCounted(file io.ReaderAt, size int64) *counted {
	return &counted{file: file, size: size, in: io.NewSectionReader(file, 0, size)}
}

// Read implements io.Reader.
func (c *counted) Read(b []byte) (int, error) {
	n, err := c.in.Read(b)
	c.read.Add(int64(n))
	return n, err
}
