//go:build amd64 || arm64

package limits

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/internal/testenv"
)

// orderVariable in the environment makes this test's program do what it says
// instead of testing, and print what came of it.
const orderVariable = "LIMITS_ORDER"

type order struct {
	Resource int // whose limit is lowered to Limit
	Limit    uint64
	Again    bool // the argument of Prepare
	Commands bool // ask Commands, too
}

type outcome struct {
	Error      string
	Missing    int   // how many processes too few it says there are
	Processors int   // that Go's runtime runs on
	Memory     int64 // that it may use
	Left       []string
}

func TestMain(m *testing.M) {
	text := os.Getenv(orderVariable)
	if text == "" {
		os.Exit(m.Run())
	}
	var o order
	var limit unix.Rlimit
	err := errors.Join(json.Unmarshal([]byte(text), &o), unix.Getrlimit(o.Resource, &limit))
	limit.Cur = o.Limit
	if err := errors.Join(err, unix.Setrlimit(o.Resource, &limit)); err != nil {
		panic(err)
	}
	err = Prepare(o.Again)
	if err == nil && o.Commands {
		err = Commands()
	}
	got := outcome{Processors: runtime.GOMAXPROCS(0), Memory: debug.SetMemoryLimit(-1)}
	if err != nil {
		got.Error = err.Error()
	}
	var few *Error
	if errors.As(err, &few) {
		got.Missing = few.Needed - few.Left
	}
	for _, variable := range os.Environ() {
		if strings.HasPrefix(variable, frugal) || strings.HasPrefix(variable, "GOMAXPROCS") {
			got.Left = append(got.Left, variable)
		}
	}
	json.NewEncoder(os.Stdout).Encode(got)
}

// carryOut has a program, this one, carry out an order.
func carryOut(t *testing.T, program string, uid int, o order, env ...string) (got outcome) {
	t.Helper()
	text, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program)
	cmd.Dir = filepath.Dir(program)
	cmd.Env = append(env, orderVariable+"="+string(text))
	cmd.SysProcAttr = &syscall.SysProcAttr{}
	if uid != 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}
	}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err := errors.Join(err, json.Unmarshal(out, &got)); err != nil {
		t.Fatalf("%+v: %v\n%.400s", o, err, &stderr)
	}
	return got
}

// TestPrepareProcesses: where few processes are allowed the program is started
// anew on one processor, if it may be; where too few are, an error says so.
func TestPrepareProcesses(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to be a user that has no process")
	}
	// The package itself takes no cgo, which starts threads before anything can look.
	if build, ok := debug.ReadBuildInfo(); ok && slices.Contains(build.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		t.Skip("needs a program without the race detector, which takes cgo")
	}
	if left, limit := processes(); left < 3*plenty() {
		t.Skipf("needs room for processes: %d, by %s", left, limit)
	}
	uid := 60000 + os.Getpid()%20000 // limits count what all runs of this test have
	testenv.NeedsUser(t, uid)
	dir := testenv.OpenDir(t)
	program := filepath.Join(dir, "program")
	data, err := os.ReadFile(os.Args[0])
	if err := errors.Join(err, os.WriteFile(program, data, 0o755), os.Chmod(program, 0o755)); err != nil {
		t.Fatal(err)
	}
	enough := uint64(plenty() + 100)
	all := carryOut(t, program, uid, order{Resource: unix.RLIMIT_NPROC, Limit: enough}).Processors
	for _, c := range []struct {
		what       string
		order      order
		env        []string
		missing    int
		processors int
		left       []string
	}{
		{"plenty", order{Limit: enough, Again: true}, nil, 0, all, nil},
		{"few", order{Limit: runThreads, Again: true}, nil, 0, 1, nil},
		{"few, with commands", order{Limit: runThreads + commandProcesses, Again: true, Commands: true}, nil, 0, 1, nil},
		{"few, but as it is", order{Limit: runThreads + 4, Again: true}, []string{"GOMAXPROCS=1"}, 0, 1, []string{"GOMAXPROCS=1"}},
		{"plenty, as it is", order{Limit: enough, Again: true}, []string{"GOMAXPROCS=1"}, 0, 1, []string{"GOMAXPROCS=1"}},
		{"one too few", order{Limit: runThreads - 1, Again: true}, nil, 1, 1, nil},
		{"one too few for commands", order{Limit: runThreads + commandProcesses - 1, Again: true, Commands: true}, nil, 1, 1, nil},
		{"not again", order{Limit: runThreads + 2*uint64(runtime.NumCPU()), Again: false}, nil, 0, all, nil},
	} {
		c.order.Resource = unix.RLIMIT_NPROC
		var got outcome
		for range 20 { // a thread that begins meanwhile is one that is not missing
			if got = carryOut(t, program, uid, c.order, c.env...); got.Missing == c.missing {
				break
			}
			if c.missing == 0 {
				break
			}
		}
		if got.Missing != c.missing || (got.Error == "") != (c.missing == 0) || got.Processors != c.processors || !slices.Equal(got.Left, c.left) {
			t.Errorf("%s: %+v; want %d missing, %d processors, %q left in the environment", c.what, got, c.missing, c.processors, c.left)
		}
		if c.missing > 0 && (!strings.HasPrefix(got.Error, "too few processes are allowed: ") || !strings.Contains(got.Error, " more, by ulimit -u, and ")) {
			t.Errorf("%s: %s", c.what, got.Error)
		}
	}
}

// TestPrepareMemory: where memory is limited, garbage is collected before the
// limit is reached, and where it is not, as always.
func TestPrepareMemory(t *testing.T) {
	var before unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_DATA, &before); err != nil || before.Max < spacious {
		t.Skipf("needs the right to %d bytes: %v, %v", spacious, before, err)
	}
	for limit, want := range map[uint64]int64{
		spacious:     math.MaxInt64,
		spacious - 1: (spacious - 1 - reserved) / 8 * 7,
		2 << 30:      (2<<30 - reserved) / 8 * 7,
		512 << 20:    (32 << 20) / 8 * 7,
	} {
		if got := carryOut(t, os.Args[0], 0, order{Resource: unix.RLIMIT_DATA, Limit: limit}); got.Memory != want || got.Error != "" {
			t.Errorf("with %d bytes: %+v, want %d", limit, got, want)
		}
	}
}
