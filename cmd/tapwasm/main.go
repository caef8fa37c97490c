//go:build js && wasm

// tapwasm is what the page in the browser runs, in a worker: viewer for JavaScript. It
// sets the global object tapdump, whose functions are called by internal/page/assets/worker.js:
//
//	check(expr, linkType)                  what is wrong with an expression, "" if nothing
//	suggest(expr)                          {keep, words: [{text, sample}]}, which may follow keep
//	command(flags, filter, zone, name)     the command line that prints the same
//	open(read, size, flags, filter, zone)  {} or {error, detail}; read(offset, length) gives a Uint8Array
//	step(milliseconds)                     works, and returns the state
//	rows(from, n)                          [{number, index, line, text}]
//	raw(from, n)                           the lines as they are printed, a Uint8Array
//	firstRow(index)                        the first row of a packet
//	packet(index)                          {number, row, length, captured, linkType, text, data} or {error}
//	startReport(read, size, flags, filter, zone, name)
//	stepReport(milliseconds)               works, and returns {bytes, done}, at last with html
//	stopReport()
//
// Names are those of viewer. All of them return at once but for the time that they are
// given; none is called while another runs.
package main

import (
	"errors"
	"io"
	"syscall/js"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/page/viewer"
	"github.com/tapdump/tapdump/internal/syserr"
)

func main() {
	b := new(bridge)
	js.Global().Set("tapdump", js.ValueOf(map[string]any{
		"check": function(func(a []js.Value) any {
			return viewer.Check(a[0].String(), capture.LinkType(a[1].Int()))
		}),
		"suggest":     function(suggest),
		"command":     function(command),
		"open":        function(b.open),
		"step":        function(b.step),
		"rows":        function(b.rows),
		"raw":         function(b.raw),
		"firstRow":    function(b.firstRow),
		"packet":      function(b.packet),
		"startReport": function(b.startReport),
		"stepReport":  function(b.stepReport),
		"stopReport":  function(b.stopReport),
	}))
	select {} // it answers for as long as the worker lives
}

func function(f func(args []js.Value) any) js.Func {
	return js.FuncOf(func(_ js.Value, args []js.Value) any { return f(args) })
}

// bridge is what is at hand.
type bridge struct {
	view     *viewer.View   // nil: none
	reported *viewer.Report // nil: none is under way
}

// blob reads through a function of JavaScript.
type blob struct{ read js.Value }

// ReadAt implements io.ReaderAt.
func (f blob) ReadAt(b []byte, at int64) (n int, err error) {
	defer func() {
		if wrong, ok := recover().(js.Error); ok { // that it cannot be read any more
			n, err = 0, errors.New(wrong.Value.Get("message").String())
		}
	}()
	n = js.CopyBytesToGo(b, f.read.Invoke(at, len(b)))
	if n < len(b) {
		err = io.EOF
	}
	return n, err
}

func suggest(a []js.Value) any {
	expr := a[0].String()
	at, list := viewer.Suggest(expr)
	words := make([]any, len(list))
	for i, s := range list {
		words[i] = map[string]any{"text": s.Text, "sample": s.Sample}
	}
	return map[string]any{"keep": expr[:at], "words": words}
}

func options(a []js.Value) viewer.Options {
	return viewer.Options{Flags: a[0].String(), Filter: a[1].String(), Zone: a[2].String()}
}

func command(a []js.Value) any { return viewer.CommandLine(options(a), a[3].String()) }

func failure(err error) any {
	var wrong *viewer.FilterError
	if errors.As(err, &wrong) {
		return map[string]any{"error": syserr.Text(wrong), "detail": wrong.Detail(), "filter": true}
	}
	return map[string]any{"error": syserr.Text(err)}
}

// open leaves the View at hand alone where it fails.
func (b *bridge) open(a []js.Value) any {
	v, err := viewer.Open(blob{a[0]}, int64(a[1].Float()), options(a[2:]))
	if err != nil {
		return failure(err)
	}
	if b.view != nil {
		b.view.Close()
	}
	b.view = v
	return map[string]any{}
}

// until reports whether there is time left, of a number of milliseconds.
func until(milliseconds js.Value) func() bool {
	end := time.Now().Add(time.Duration(milliseconds.Float() * float64(time.Millisecond)))
	return func() bool { return time.Now().Before(end) }
}

func (b *bridge) step(a []js.Value) any {
	if b.view == nil {
		return nil
	}
	b.view.Step(until(a[0]))
	s := b.view.State()
	return map[string]any{
		"bytes": s.Bytes, "size": s.Size, "packets": s.Packets, "matched": s.Matched, "shown": s.Shown, "rows": s.Rows,
		"forgotten": s.Forgotten, "held": s.Held, "linkTypes": s.LinkTypes, "done": s.Done, "problem": s.Problem,
	}
}

func (b *bridge) rows(a []js.Value) any {
	if b.view == nil {
		return nil
	}
	list := []any{}
	err := b.view.Rows(int64(a[0].Float()), a[1].Int(), true, func(r *viewer.Row) {
		list = append(list, map[string]any{"number": r.Number, "index": r.Index, "line": r.Line, "text": string(r.Text)})
	})
	if err != nil {
		return failure(err)
	}
	return list
}

func (b *bridge) raw(a []js.Value) any {
	if b.view == nil {
		return nil
	}
	var text []byte
	err := b.view.Rows(int64(a[0].Float()), a[1].Int(), false, func(r *viewer.Row) {
		text = append(append(text, r.Text...), '\n')
	})
	if err != nil {
		return failure(err)
	}
	return bytesOf(text)
}

func bytesOf(b []byte) js.Value {
	array := js.Global().Get("Uint8Array").New(len(b))
	js.CopyBytesToJS(array, b)
	return array
}

func (b *bridge) firstRow(a []js.Value) any {
	if b.view == nil {
		return nil
	}
	row, ok, err := b.view.FirstRow(int64(a[0].Float()))
	if err != nil || !ok {
		return nil
	}
	return row
}

func (b *bridge) packet(a []js.Value) any {
	if b.view == nil {
		return nil
	}
	p, err := b.view.Packet(int64(a[0].Float()))
	if err != nil {
		return failure(err)
	}
	if p == nil {
		return nil
	}
	return map[string]any{
		"number": p.Number, "row": p.Row, "length": p.Length, "captured": p.Captured, "linkType": p.LinkType,
		"text": p.Text, "data": bytesOf(p.Data),
	}
}
