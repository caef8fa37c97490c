//go:build !unix

package sandbox

import "errors"

// BecomeUser is not available on this system.
func BecomeUser(string) (changed bool, err error) {
	return false, errors.New("changing the user is not available on this system")
}
