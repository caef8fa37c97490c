//go:build unix

package sandbox

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// BecomeUser gives up root for a user, with that user's groups, for good. Files
// made from then on belong to the user. It does nothing for a process that is
// not root, as tcpdump's -Z does not; changed tells.
func BecomeUser(name string) (changed bool, err error) {
	if os.Getuid() != 0 && os.Geteuid() != 0 {
		return false, nil
	}
	u, err := user.Lookup(name)
	if err != nil {
		return false, fmt.Errorf("Couldn't find user '%.32s'", name) //lint:ignore ST1005 libpcap's words
	}
	ids, err := groupIDs(u)
	if err != nil {
		return false, fmt.Errorf("can't find the groups of user %s: %w", name, err)
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return false, fmt.Errorf("user %s has no number: %w", name, err)
	}
	err = syscall.Setgroups(ids)
	if err == nil {
		err = syscall.Setgid(ids[0])
	}
	if err == nil {
		err = syscall.Setuid(uid)
	}
	if err != nil {
		//lint:ignore ST1005 libpcap's words
		return false, fmt.Errorf("Couldn't change to '%.32s' uid=%d gid=%d: %w", name, uid, ids[0], err)
	}
	return true, nil
}

// groupIDs lists a user's groups, the primary one first.
func groupIDs(u *user.User) ([]int, error) {
	primary, err := strconv.Atoi(u.Gid)
	if err != nil {
		return nil, err
	}
	ids := []int{primary}
	more, err := u.GroupIds()
	if err != nil {
		return nil, err
	}
	for _, s := range more {
		id, err := strconv.Atoi(s)
		if err != nil {
			return nil, err
		}
		if id != primary {
			ids = append(ids, id)
		}
	}
	return ids, nil
}
