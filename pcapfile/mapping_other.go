//go:build !linux

package pcapfile

import (
	"errors"
	"os"
)

// mapFile is for Linux; elsewhere files are read.
func mapFile(*os.File, int64) ([]byte, error) { return nil, errors.ErrUnsupported }

func unmapFile([]byte) {}

func fetchPart(*os.File, []byte, int64) error { return errors.ErrUnsupported }

func dropPart([]byte) {}
