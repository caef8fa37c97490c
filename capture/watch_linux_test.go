package capture

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestWatch: interfaces that come, go up, go down, are renamed or go are told of.
func TestWatch(t *testing.T) {
	inNamespace(t, func() {
		if _, err := exec.LookPath("ip"); err != nil {
			t.Skip("needs the command ip, to make interfaces")
		}
		ip(t, "link add a0 type veth peer name a1")
		changed := make(chan struct{}, 1)
		w, err := Watch(func() {
			select {
			case changed <- struct{}{}:
			default:
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		seen := map[int]string{}
		await := func(want ...string) {
			t.Helper()
			for end := time.After(10 * time.Second); ; {
				var names []string
				links, err := w.Links()
				if err != nil {
					t.Fatal(err)
				}
				for _, l := range links {
					if !l.Up {
						continue
					}
					names = append(names, l.Name)
					if before, known := seen[l.Index]; known && before != l.Name && before != "a0" {
						t.Errorf("%s and %s have the index %d", before, l.Name, l.Index)
					}
					seen[l.Index] = l.Name
				}
				if slices.Equal(names, want) {
					return
				}
				select {
				case <-changed:
				case <-end:
					t.Fatalf("%q are up, want %q", names, want)
				}
			}
		}
		await("lo")
		ip(t, "link set a0 up")
		await("lo", "a0")
		ip(t, "link add b0 type veth peer name b2")
		ip(t, "link set b0 up")
		await("lo", "a0", "b0")
		ip(t, "link set b0 down")
		await("lo", "a0")
		ip(t, "link set a0 down")
		ip(t, "link set a0 name c0")
		ip(t, "link set c0 up")
		await("lo", "c0")
		ip(t, "link del c0")
		await("lo")
		ip(t, "link add b1 type veth peer name b3")
		ip(t, "link set b1 up")
		await("lo", "b1")
		want := []string{"lo", "b1"}
		var batch strings.Builder
		for i := range 150 { // more than one answer of the kernel's holds
			fmt.Fprintf(&batch, "link add n%d type veth peer name m%d\n", i, i)
			if i%50 == 0 {
				fmt.Fprintf(&batch, "link set n%d up\n", i)
				want = append(want, fmt.Sprintf("n%d", i))
			}
		}
		name := t.TempDir() + "/batch"
		if err := os.WriteFile(name, []byte(batch.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		ip(t, "-batch "+name)
		await(want...)
		again, err := Watch(func() {})
		if err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
			links, err := again.Links()
			if err == nil && len(links) >= 300 {
				break
			}
			if time.Now().After(end) {
				t.Fatalf("another one sees %d, %v", len(links), err)
			}
		}
		if err := again.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestParseLink(t *testing.T) {
	for n := range 64 { // no message is too short to be read
		parseLink(make([]byte, n))
		(&Watcher{links: map[int]WatchedLink{}}).take(make([]byte, n))
	}
}
