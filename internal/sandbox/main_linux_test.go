//go:build linux && (amd64 || arm64)

package sandbox

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// roles are what this test's program does instead of testing, by the value of a
// variable in the environment. What a role prints are its findings.
var roles = map[string]func(dir string){
	"probe":              probe,
	"confine":            confineAndWait,
	"become":             become,
	"become for sockets": becomeForSockets,
	"setid for sockets":  lendForSockets,
	"already":            alreadyRoot,
	"plain":              plainUser,
	"setid":              lendAndDrop,
	"run":                runCommands,
	"gone":               goneProgram,
	"check":              runChecks,
	"check for ever":     checkForEver,
}

const (
	roleVariable = "SANDBOX_ROLE"
	dirVariable  = "SANDBOX_DIR"
)

func TestMain(m *testing.M) {
	if served, err := ServeRunner(nil, startCommand); served {
		if err != nil {
			fmt.Println(err)
		}
		return
	}
	if role := roles[os.Getenv(roleVariable)]; role != nil {
		role(os.Getenv(dirVariable))
		return
	}
	os.Exit(m.Run())
}

// problem reports what did not go as it should.
func problem(format string, args ...any) { fmt.Printf(format+"\n", args...) }

// inRole is a command that plays a role.
func inRole(t *testing.T, role, dir string, env ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), roleVariable+"="+role, dirVariable+"="+dir)
	cmd.Env = append(cmd.Env, env...)
	return cmd
}

// play plays a role, and reports what it found.
func play(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	var stderr strings.Builder // where a test's program that measures coverage says that it cannot write it down
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if cmd.ProcessState == nil {
		t.Skipf("cannot start it: %v", err)
	}
	if text, skips := strings.CutPrefix(string(out), "skip: "); skips {
		t.Skip(text)
	}
	if err != nil {
		t.Errorf("%v\n%s", err, &stderr)
	}
	for line := range strings.Lines(string(out)) {
		t.Error(strings.TrimSuffix(line, "\n"))
	}
}

// as makes a command run as another user.
func as(cmd *exec.Cmd, uid, gid uint32, groups ...uint32) *exec.Cmd {
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: gid, Groups: groups}}
	return cmd
}

// landlockVersion is the version of Landlock that this kernel has, 0 for none.
func landlockVersion() int {
	version, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 {
		return 0
	}
	return int(version)
}

// denied reports whether an error is one of the sandbox's.
func denied(err error) bool {
	return errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) || errors.Is(err, unix.ENOSYS)
}
