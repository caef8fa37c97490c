//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package live

import (
	"math/bits"
	"runtime"
	"testing"
)

func TestSystemLayout(t *testing.T) {
	if bits.UintSize != 64 {
		t.Skip("the layouts of 32-bit machines are others")
	}
	if want := bpfLayouts[runtime.GOOS]; systemLayout != want {
		t.Errorf("got %+v, want %+v", systemLayout, want)
	}
}

// TestNoSuchDevice needs no privileges.
func TestNoSuchDevice(t *testing.T) {
	if _, err := Open("nosuch0", Config{}); err == nil {
		t.Error("a device that does not exist can be opened")
	}
}
