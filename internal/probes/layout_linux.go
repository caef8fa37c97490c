//go:build !noebpf && !tapdump_small

package probes

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/cilium/ebpf/btf"
	"golang.org/x/sys/unix"
)

// layout finds the places of fields of the kernel's types.
type layout struct {
	spec *btf.Spec
	err  error // the first
}

// newLayout reads the kernel's description of its types.
func newLayout() (*layout, error) {
	spec, err := btf.LoadKernelSpec()
	if err != nil {
		return nil, errors.New("the kernel does not describe its types (BTF)")
	}
	return &layout{spec: spec}, nil
}

// offset is where a field is in a structure, in bytes: names of fields in fields have a
// dot between. What has no name is gone through.
func (l *layout) offset(structure, path string) int16 {
	var s *btf.Struct
	if err := l.spec.TypeByName(structure, &s); err != nil {
		l.fail("the kernel has no structure " + structure)
		return 0
	}
	at := uint32(0)
	var t btf.Type = s
	for name := range strings.SplitSeq(path, ".") {
		m, off, ok := member(t, name)
		if !ok {
			l.fail("the kernel's structure " + structure + " has no " + path)
			return 0
		}
		at, t = at+off, m.Type
	}
	return int16(at)
}

func (l *layout) fail(text string) {
	if l.err == nil {
		l.err = errors.New(text)
	}
}

// member finds a field in a structure, or in what of it has no name.
func member(t btf.Type, name string) (m btf.Member, offset uint32, ok bool) {
	var members []btf.Member
	switch t := btf.UnderlyingType(t).(type) {
	case *btf.Struct:
		members = t.Members
	case *btf.Union:
		members = t.Members
	}
	for _, m := range members {
		if m.Name == name {
			return m, m.Offset.Bytes(), true
		}
		if m.Name != "" {
			continue
		}
		if found, at, ok := member(m.Type, name); ok {
			return found, m.Offset.Bytes() + at, true
		}
	}
	return m, 0, false
}

// refused says why the kernel did not take a program.
func refused(err error) error {
	switch {
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES), errors.Is(err, os.ErrPermission):
		return errors.New("that takes root, or CAP_BPF and CAP_PERFMON, and a kernel that is not locked down")
	case errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, unix.EINVAL):
		return fmt.Errorf("the kernel cannot run such programs: %w", err)
	}
	return err
}
