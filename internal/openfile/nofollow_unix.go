//go:build unix

package openfile

import "syscall"

// NoFollow is a flag of Open with which a symbolic link is refused: somebody may have
// laid one where a temporary file goes, to have another file overwritten.
const NoFollow = syscall.O_NOFOLLOW
