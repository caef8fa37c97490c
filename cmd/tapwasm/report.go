//go:build js && wasm

package main

import (
	"syscall/js"

	"github.com/tapdump/tapdump/internal/page/viewer"
)

// startReport begins a report of a file, in place of one that is under way.
func (b *bridge) startReport(a []js.Value) any {
	b.stopReport(nil)
	r, err := viewer.NewReport(blob{a[0]}, int64(a[1].Float()), options(a[2:]), a[5].String())
	if err != nil {
		return failure(err)
	}
	b.reported = r
	return map[string]any{}
}

// stepReport works on it.
func (b *bridge) stepReport(a []js.Value) any {
	if b.reported == nil {
		return nil
	}
	read, done := b.reported.Step(until(a[0]))
	if !done {
		return map[string]any{"bytes": read, "done": false}
	}
	html, err := b.reported.HTML()
	b.reported = nil
	if err != nil {
		return failure(err)
	}
	return map[string]any{"bytes": read, "done": true, "html": html}
}

// stopReport ends it.
func (b *bridge) stopReport([]js.Value) any {
	if b.reported != nil {
		b.reported.Close()
		b.reported = nil
	}
	return nil
}
