package pcapfile

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tapdump/tapdump/capture"
)

// TestProcesses: what is known of a process is in the file once, before its first packet,
// and comes back; a file in the other byte order says the same.
func TestProcesses(t *testing.T) {
	owner := &capture.Owner{
		Process: 4711, Parent: 1, UserID: 1000, HasUser: true, Started: 1700000000e9,
		Command: "curl", Path: "/usr/bin/curl", CommandLine: "curl\x00-s", User: "alice", Container: "0123456789ab",
	}
	same := *owner
	other := *owner
	other.Command = "other"
	var packets []*capture.Packet
	for _, o := range []*capture.Owner{owner, &same, &other, nil} {
		a := &capture.Annotation{Process: 4711, Thread: 4712, Owned: true, Owner: o, Comment: []byte("why")}
		packets = append(packets, &capture.Packet{Data: make([]byte, 60), Length: 60, LinkType: capture.LinkEN10MB, Annotation: a})
	}
	data := write(t, capture.LinkEN10MB, Format{Pcapng: true}, packets...)
	var pen [4]byte
	binary.NativeEndian.PutUint32(pen[:], enterpriseProcess)
	if n := bytes.Count(data, pen[:]); n != 2 {
		t.Errorf("%d blocks of processes, want 2", n)
	}
	var got []*capture.Owner
	r, err := ReadOptions{Processes: func(o *capture.Owner) { got = append(got, o) }}.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var pkt capture.Packet
	for range packets {
		if err := r.Next(&pkt); err != nil {
			t.Fatal(err)
		}
		a, ok := r.Annotation()
		if !ok || string(a.Comment) != "why" || a.Process != 4711 || a.Thread != 4712 || !a.Owned {
			t.Errorf("%+v %t", a, ok)
		}
	}
	if len(got) != 2 || *got[0] != *owner || *got[1] != other {
		t.Errorf("%+v", got)
	}
}

// TestProcessesOfSeries: each file of a series has the blocks of its packets' processes,
// once each, whether packets were captured or are of a file, whose blocks stay where they
// are; of one that became another the last.
func TestProcessesOfSeries(t *testing.T) {
	first := &capture.Owner{Process: 1, Command: "first"}
	later := &capture.Owner{Process: 1, Command: "later"}
	other := &capture.Owner{Process: 2, Command: "other"}
	var packets []*capture.Packet
	for _, o := range []*capture.Owner{first, first, later, other, other, later} {
		pkt := packet(60)
		pkt.Annotation = &capture.Annotation{Process: o.Process, Owned: true, Owner: o}
		packets = append(packets, pkt)
	}
	processes := func(file []byte) (all string) {
		r, err := ReadOptions{Processes: func(o *capture.Owner) { all += " " + o.Command }}.NewReader(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		for pkt := (capture.Packet{}); ; {
			if err := r.Next(&pkt); err != nil {
				return all
			}
		}
	}
	rules := Rules{Series: Series{Packets: 2}}
	for name, write := range map[string]func(r *Rotator){
		"captured": func(r *Rotator) {
			for _, pkt := range packets {
				if err := r.Write(pkt); err != nil {
					t.Fatal(err)
				}
			}
		},
		"of a file": func(r *Rotator) {
			from, err := NewReader(bytes.NewReader(write(t, capture.LinkEN10MB, Format{Pcapng: true}, packets...)))
			if err != nil {
				t.Fatal(err)
			}
			r.Follow(from)
			for pkt := (capture.Packet{}); from.Next(&pkt) == nil; {
				if err := r.Write(&pkt); err != nil {
					t.Fatal(err)
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir, clock := t.TempDir(), newClock()
			r, err := rotate(filepath.Join(dir, "o.pcapng"), capture.LinkEN10MB, Format{Pcapng: true}, rules, clock.now)
			if err != nil {
				t.Fatal(err)
			}
			write(r)
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, file := range filesIn(t, dir) {
				data, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, processes(data))
			}
			want := []string{" first", " later other", " other later"}
			if name == "of a file" {
				want[0] += " later" // it comes before the file is full
			}
			if !slices.Equal(got, want) {
				t.Errorf("files have %q, want %q", got, want)
			}
		})
	}
}

// TestDamagedProcesses: of a block that is cut there is what came before.
func TestDamagedProcesses(t *testing.T) {
	block := appendProcessBlock(nil, &capture.Owner{Process: 1, Command: "curl", User: "alice"})
	body := block[blockHeadLen : len(block)-blockTailLen]
	for n := range body {
		var got *capture.Owner
		r := &Reader{processes: func(o *capture.Owner) { got = o }}
		r.swapped = false
		r.tellProcess(body[:n])
		if n >= 12 && (got == nil || got.Process != 1) || n < 12 && got != nil {
			t.Errorf("%d bytes: %+v", n, got)
		}
	}
}

// TestAnnotationOfNothing: a pcap file says nothing of packets.
func TestAnnotationOfNothing(t *testing.T) {
	r, err := NewReader(bytes.NewReader(write(t, capture.LinkEN10MB, Format{}, packet(60))))
	if err != nil {
		t.Fatal(err)
	}
	var pkt capture.Packet
	if err := r.Next(&pkt); err != nil {
		t.Fatal(err)
	}
	if _, ok := r.Annotation(); ok {
		t.Error("it says something")
	}
}
