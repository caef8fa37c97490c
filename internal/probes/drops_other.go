//go:build !linux

package probes

import "errors"

func lacksDrops() error {
	return errors.New("packets that the kernel throws away cannot be seen on this system: Linux shows them")
}
