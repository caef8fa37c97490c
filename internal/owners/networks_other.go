//go:build !linux

package owners

import (
	"errors"
	"os"
)

// Networks is not available here.
type Networks struct{}

// NewNetworks is not available here.
func NewNetworks() (*Networks, *os.File, error) {
	return nil, nil, errors.New("network namespaces are Linux's")
}

// Add is not available here.
func (*Networks) Add(uint32, map[string]string) error { return nil }

// File is not available here.
func (*Networks) File() *os.File { return nil }

// Close is not available here.
func (*Networks) Close() error { return nil }
