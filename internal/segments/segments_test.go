package segments

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// read adds a segment and returns what is read then: payload, with "|" before what
// follows a gap and "+" before what was held.
func read(d *Direction, seq uint32, data string, cut int) (text string) {
	d.Add(seq, []byte(data), cut)
	for d.Next() {
		if d.Piece.Missing > 0 {
			text += "|"
		}
		if d.Piece.Held {
			text += "+"
		}
		text += string(d.Piece.Data)
		for range d.Piece.Cut {
			text += "?"
		}
	}
	return text
}

func TestOrder(t *testing.T) {
	type step struct {
		seq  uint32
		data string
		cut  int
		want string
	}
	for name, steps := range map[string][]step{
		"in order":                {{100, "ab", 0, "ab"}, {102, "cd", 0, "cd"}},
		"sent again":              {{100, "ab", 0, "ab"}, {100, "ab", 0, ""}, {101, "bc", 0, "c"}},
		"out of order":            {{102, "cd", 0, ""}, {104, "ef", 0, ""}, {100, "ab", 0, "ab+cd+ef"}},
		"held overlaps":           {{101, "bcd", 0, ""}, {100, "ab", 0, "ab+cd"}},
		"held is all in the rest": {{101, "b", 0, ""}, {100, "abc", 0, "abc"}},
		"held twice":              {{102, "cd", 0, ""}, {102, "cd", 0, ""}, {100, "ab", 0, "ab+cd"}},
		"lost":                    {{100 + MaxHeld + 1, "z", 0, "|z"}, {100 + MaxHeld + 2, "y", 0, "y"}},
		"lost, held before it":    {{102, "cd", 0, ""}, {100 + MaxHeld + 1, "z", 0, "|+cd|z"}},
		"lost, held behind it":    {{105, "fg", 0, ""}, {103, "d", 9, "|d?????????"}},
		"cut":                     {{100, "a", 3, "a???"}, {104, "ef", 0, "ef"}},
		"cut, sent again longer":  {{100, "a", 1, "a?"}, {100, "abc", 0, "c"}},
		"cut, ahead of its turn":  {{102, "c", 1, "|c?"}, {104, "e", 0, "e"}},
	} {
		for _, start := range []uint32{100, 0, 0xfffffffe} { // numbers wrap
			var d Direction
			d.Begin(start)
			for i, s := range steps {
				if got := read(&d, s.seq-100+start, s.data, s.cut); got != s.want {
					t.Errorf("%s, from %d: step %d reads %q, want %q", name, start, i, got, s.want)
				}
			}
			if d.Held() != 0 || d.Waiting() {
				t.Errorf("%s: %d bytes wait at the end", name, d.Held())
			}
		}
	}
}

func TestBounds(t *testing.T) {
	var d Direction
	for i := range MaxSegments {
		if got := read(&d, uint32(10+2*i), "x", 0); got != "" {
			t.Fatalf("%q is read, before its turn", got)
		}
	}
	if want := MaxSegments * (1 + segmentBytes); d.Held() != want {
		t.Errorf("%d bytes wait, want %d", d.Held(), want)
	}
	if got := read(&d, 1000, "y", 0); len(got) != 3*MaxSegments+2 || d.Held() != 0 || d.Gaps() != 1 {
		t.Errorf("one segment too many: %q is read, %d bytes wait, %d gaps", got, d.Held(), d.Gaps())
	}
	d = Direction{}
	read(&d, 1, string(make([]byte, MaxHeld)), 0)
	if got := read(&d, 1+MaxHeld, "y", 0); d.Held() != 0 || len(got) != MaxHeld+3 {
		t.Errorf("one byte too many: %d are read, %d wait", len(got), d.Held())
	}
}

// TestAnyOrder: whatever the order, and however often segments come, a stream whose
// segments all come within the bounds is read once, whole and in order.
func TestAnyOrder(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		stream := make([]byte, 2000)
		for i := range stream {
			stream[i] = byte(r.Uint32())
		}
		base := r.Uint32()
		var d Direction
		d.Begin(base)
		var got []byte
		add := func(from, to int) {
			d.Add(base+uint32(from), stream[from:to], 0)
			for d.Next() {
				if d.Piece.Missing > 0 || d.Piece.Cut > 0 {
					t.Fatalf("seed %d: a gap where nothing is lost", seed)
				}
				got = append(got, d.Piece.Data...)
			}
		}
		for from := 0; from < len(stream); {
			type span struct{ from, to int }
			var window []span
			end := from
			for range 1 + r.IntN(20) {
				to := min(end+1+r.IntN(60), len(stream))
				if to > end {
					window = append(window, span{end, to}, span{max(0, end-r.IntN(40)), to})
				}
				end = to
			}
			r.Shuffle(len(window), func(i, j int) { window[i], window[j] = window[j], window[i] })
			for _, w := range window {
				add(w.from, w.to)
			}
			from = end
		}
		if !bytes.Equal(got, stream) {
			t.Fatalf("seed %d: %d bytes are read, want %d", seed, len(got), len(stream))
		}
	}
}
