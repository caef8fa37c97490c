package limits

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// plenty is how many more processes may be started where nobody has to think
// about it: Go's runtime may take some for each processor.
func plenty() int { return 2*runtime.NumCPU() + runThreads + commandProcesses }

// spacious is address space, in bytes, that is as good as no limit.
const spacious = 16 << 30

// reserved is the address space, in bytes, that Go's runtime takes for itself and
// may waste at the start of the heap.
const reserved = 768 << 20

// frugal in the environment says that the program was started anew, to run on
// one processor. Its value is the variable that says so to Go's runtime.
const frugal = "TAPDUMP_FRUGAL"

// Prepare makes the program frugal where a limit is tight, and fails where it
// cannot run at all. It may start the program anew for that, with the same
// arguments, if again says that it may.
func Prepare(again bool) error {
	if space := addressSpace(); space < spacious {
		// Rather collect garbage often than reserve more.
		debug.SetMemoryLimit(max(int64(space)-reserved, 32<<20) / 8 * 7)
	}
	left, limit := processes()
	if left >= plenty() {
		return nil
	}
	if name := os.Getenv(frugal); name != "" {
		os.Unsetenv(name) // it is not for commands
		os.Unsetenv(frugal)
	} else if again {
		restart()
	}
	if more := runThreads - threads(); left < more {
		return &Error{left, more, limit}
	}
	return nil
}

// Commands fails if there is no room for the process that runs commands.
func Commands() error {
	// In this order a thread that begins meanwhile is not missing.
	left, limit := processes()
	if more := runThreads + commandProcesses - threads(); left < more {
		return &Error{left, more, limit}
	}
	return nil
}

// restart starts the program anew, on one processor and so with fewer threads,
// in this process. It returns if it cannot.
func restart() {
	const name = "GOMAXPROCS"
	if _, given := os.LookupEnv(name); !given {
		_ = syscall.Exec("/proc/self/exe", os.Args, append(os.Environ(), name+"=1", frugal+"="+name)) // as it is, then
	}
}

// addressSpace is the limit on it, in bytes.
func addressSpace() uint64 {
	restoreSpace()
	least := uint64(math.MaxUint64)
	for _, resource := range [...]int{unix.RLIMIT_AS, unix.RLIMIT_DATA} {
		var limit unix.Rlimit
		if unix.Getrlimit(resource, &limit) == nil {
			least = min(least, limit.Cur)
		}
	}
	return least
}

// room is how many more processes may be started, and the limit that says so.
type room struct {
	left  int
	limit string
}

// narrow takes a further limit into account, which leaves n processes.
func (r *room) narrow(n int, limit string) {
	if n < r.left {
		r.left, r.limit = max(n, 0), limit
	}
}

// processes is how many more processes may be started, and the limit that says
// so.
func processes() (left int, limit string) {
	r := room{left: math.MaxInt}
	var user unix.Rlimit
	// Root is exempt. It takes long to count a user's threads.
	if os.Getuid() != 0 && unix.Getrlimit(unix.RLIMIT_NPROC, &user) == nil && user.Cur < 1024 {
		r.narrow(int(user.Cur)-threadsOf(os.Getuid()), "ulimit -u")
	}
	for _, dir := range pidsGroups() {
		r.group(dir)
	}
	return r.left, r.limit
}

// group takes the limit of a control group into account, if it has one.
func (r *room) group(dir string) {
	limit := filepath.Join(dir, "pids.max")
	if most, ok := number(limit); ok {
		if now, ok := number(filepath.Join(dir, "pids.current")); ok {
			r.narrow(most-now, limit)
		}
	}
}

// threads is how many this process has.
func threads() int {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	n, _ := strconv.Atoi(field(status, "Threads"))
	return n
}

// threadsOf counts the threads of a user.
func threadsOf(uid int) (n int) {
	all, _ := filepath.Glob("/proc/[0-9]*/status")
	for _, name := range all {
		status, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended
		}
		if id, _, _ := strings.Cut(field(status, "Uid"), "\t"); id == strconv.Itoa(uid) {
			threads, _ := strconv.Atoi(field(status, "Threads"))
			n += threads
		}
	}
	return n
}

// field is the value of a line of proc(5)'s status.
func field(status []byte, name string) string {
	_, value, _ := bytes.Cut(status, []byte("\n"+name+":\t"))
	value, _, _ = bytes.Cut(value, []byte("\n"))
	return string(value)
}

// pidsGroups are the folders of the control groups (cgroups(7)) that this process
// is in and that may count processes, inner ones first.
func pidsGroups() []string {
	groups, err := readWhole("/proc/self/cgroup")
	if err != nil {
		return nil
	}
	unified := unix.Access(controlGroups+"/unified", unix.F_OK) == nil
	return groupFolders(string(groups), unified)
}

// controlGroups is where they are.
const controlGroups = "/sys/fs/cgroup"

// groupFolders are pidsGroups by the text of /proc/self/cgroup. unified says that
// version 2 has a folder of its own.
func groupFolders(groups string, unified bool) (dirs []string) {
	for line := range strings.Lines(groups) {
		fields := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		if len(fields) != 3 {
			continue
		}
		root := controlGroups
		switch {
		case fields[0] == "0" && fields[1] == "":
			if unified {
				root += "/unified"
			}
		case fields[1] == "pids":
			root += "/pids"
		default:
			continue
		}
		for group := filepath.Clean(fields[2]); ; group = filepath.Dir(group) {
			dirs = append(dirs, filepath.Join(root, group))
			if group == "/" || group == "." {
				break
			}
		}
	}
	return dirs
}

// readWhole reads a small file of the kernel's. It is os.ReadFile without what that does
// for files that may have to be waited for, of which each program start would pay.
func readWhole(name string) ([]byte, error) {
	fd, err := unix.Open(name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	text := make([]byte, 0, 1024)
	for {
		n, err := unix.Read(fd, text[len(text):cap(text)])
		if n <= 0 {
			return text, err
		}
		if text = text[:len(text)+n]; len(text) == cap(text) {
			text = slices.Grow(text, len(text))
		}
	}
}

// number reads a file with a number; "max" is none.
func number(name string) (int, bool) {
	text, err := readWhole(name)
	if err != nil {
		return 0, false
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	return n, err == nil
}
