//go:build !unix

package sandbox

import "errors"

// BecomeUser is not available on this system.
func BecomeUser(string, bool) (changed bool, err error) {
	return false, errors.New("changing the user is not available on this system")
}

// SetID is what a program has beyond the user that runs it: nothing here.
type SetID struct{}

// LendSetID has nothing to put aside.
func LendSetID() (*SetID, error) { return nil, nil }

// Use calls f.
func (*SetID) Use(f func() error) error { return f() }

// Drop has nothing to give up.
func (*SetID) Drop(bool) error { return nil }
