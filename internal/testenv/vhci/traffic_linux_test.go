package vhci

import (
	"errors"
	"testing"
)

// TestTraffic: what the host sends comes through the controller.
func TestTraffic(t *testing.T) {
	c, err := Open()
	if errors.Is(err, ErrUnavailable) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Up(); err != nil {
		t.Fatalf("%v; refused commands: %#x", err, c.Unknown())
	}
	for i := range 10 {
		if err := c.Echo(make([]byte, i%40)); err != nil {
			t.Fatalf("echo %d: %v", i, err)
		}
		if err := c.Ask(); err != nil {
			t.Fatalf("command %d: %v", i, err)
		}
	}
	t.Logf("adapter %d, %d packets, refused commands: %#x", c.Adapter, c.Packets(), c.Unknown())
}
