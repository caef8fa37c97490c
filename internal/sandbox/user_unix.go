//go:build unix

package sandbox

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"slices"
	"strconv"
	"syscall"
)

// BecomeUser gives up root for a user, with that user's groups, for good. Files
// made from then on belong to the user. It does nothing for a process that is
// not root, as tcpdump's -Z does not; became reports whether the process is that
// user's now. With sockets it keeps the right to open packet sockets, where that
// is a right of its own.
func BecomeUser(name string, sockets bool) (became bool, err error) {
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
	if err := keeping(sockets, func() error { return setUser(uid, ids) }); err != nil {
		//lint:ignore ST1005 libpcap's words
		return false, fmt.Errorf("Couldn't change to '%.32s' uid=%d gid=%d: %w", name, uid, ids[0], err)
	}
	return true, nil
}

// setUser makes the process a user's, with groups of which the first is the
// primary one.
func setUser(uid int, groups []int) error {
	err := setGroups(groups)
	if isUser(uid, groups[0]) {
		if errors.Is(err, syscall.EPERM) {
			return nil // a user namespace may not allow setgroups(2): then they are the namespace's
		}
		return err
	}
	if err == nil {
		err = syscall.Setgid(groups[0])
	}
	if err == nil {
		err = syscall.Setuid(uid)
	}
	return err
}

// setGroups sets the supplementary groups, unless they are these already.
func setGroups(groups []int) error {
	has, err := syscall.Getgroups()
	if err != nil {
		return err
	}
	want := slices.Clone(groups)
	slices.Sort(want)
	slices.Sort(has)
	if slices.Equal(slices.Compact(has), want) {
		return nil
	}
	return syscall.Setgroups(groups)
}

// isUser reports whether the process is a user's already.
func isUser(uid, gid int) bool {
	return syscall.Getuid() == uid && syscall.Geteuid() == uid && syscall.Getgid() == gid && syscall.Getegid() == gid
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
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// SetID is what a set-UID or set-GID program has beyond the user that runs it.
// nil stands for nothing.
type SetID struct{ uid, gid int }

// LendSetID puts it aside, so that the program does as the user what is not
// within Use.
func LendSetID() (*SetID, error) {
	s := &SetID{syscall.Geteuid(), syscall.Getegid()}
	if s.uid == syscall.Getuid() && s.gid == syscall.Getgid() {
		return nil, nil
	}
	return s, s.become(syscall.Getuid(), syscall.Getgid())
}

// become sets the effective IDs. The way up begins with the user, the way down
// ends there: only root may set any group.
func (s *SetID) become(uid, gid int) error {
	if uid == s.uid {
		if err := syscall.Setreuid(-1, uid); err != nil {
			return fmt.Errorf("can't become user %d: %w", uid, err)
		}
	}
	if err := syscall.Setregid(-1, gid); err != nil {
		return fmt.Errorf("can't become group %d: %w", gid, err)
	}
	if err := syscall.Setreuid(-1, uid); err != nil {
		return fmt.Errorf("can't become user %d: %w", uid, err)
	}
	return nil
}

// Use calls f with it.
func (s *SetID) Use(f func() error) error {
	if s == nil {
		return f()
	}
	if err := s.become(s.uid, s.gid); err != nil {
		return err
	}
	err := f()
	return errors.Join(err, s.become(syscall.Getuid(), syscall.Getgid()))
}

// Drop gives it up for good, but with sockets the right to open packet sockets,
// as BecomeUser.
func (s *SetID) Drop(sockets bool) error {
	if s == nil {
		return nil
	}
	return keeping(sockets, s.drop)
}

func (s *SetID) drop() error {
	uid, gid := syscall.Getuid(), syscall.Getgid()
	if err := s.become(s.uid, gid); err != nil {
		return err
	}
	// With the real ones, the saved ones change.
	if err := errors.Join(syscall.Setregid(gid, gid), syscall.Setreuid(uid, uid)); err != nil {
		return fmt.Errorf("can't give up set-UID: %w", err)
	}
	return nil
}
