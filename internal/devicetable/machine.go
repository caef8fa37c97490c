//go:build linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// near and far are the namespaces that devices are made in: captures run in near.
const (
	near = "near"
	far  = "far"
	away = "away" // where the walk puts devices aside
)

// helpers are words of shell: n and f are ip in near and far.
const helpers = `set -e
n() { ip -n near "$@"; }
f() { ip -n far "$@"; }
`

// sh runs commands of the shell.
func sh(script string) error {
	out, err := exec.Command("bash", "-c", helpers+script).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", strings.TrimSpace(script), err, bytes.TrimSpace(out))
	}
	return nil
}

// freshNamespaces makes near, far and away anew, with nothing but loopback in them.
func freshNamespaces() error {
	commands := ""
	for _, name := range []string{near, far, away} {
		if _, err := os.Stat("/run/netns/" + name); err == nil {
			commands += "netns del " + name + "\n"
		}
		commands += "netns add " + name + "\n"
	}
	c := exec.Command("ip", "-batch", "-")
	c.Stdin = strings.NewReader(commands)
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("namespaces: %w: %s", err, out)
	}
	for _, name := range []string{near, far, away} {
		if err := inside(name, quiet); err != nil {
			return fmt.Errorf("namespace %s: %w", name, err)
		}
	}
	return nil
}

// quiet has loopback up, and devices send little by themselves.
func quiet() error {
	for _, of := range []string{"all", "default"} {
		for _, setting := range []string{"accept_dad", "router_solicitations"} {
			if err := os.WriteFile("/proc/sys/net/ipv6/conf/"+of+"/"+setting, []byte("0"), 0o644); err != nil {
				return err
			}
		}
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	lo.SetUint16(unix.IFF_UP | unix.IFF_LOOPBACK | unix.IFF_RUNNING)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, lo)
}

// inside calls f on a thread that is in a namespace; "": where the program is.
// Sockets that f makes stay there.
func inside(namespace string, f func() error) error {
	if namespace == "" {
		return f()
	}
	result := make(chan error)
	go func() {
		runtime.LockOSThread() // for good: the thread ends with the goroutine
		fd, err := unix.Open("/run/netns/"+namespace, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err == nil {
			err = unix.Setns(fd, unix.CLONE_NEWNET)
			unix.Close(fd)
		}
		if err == nil {
			err = f()
		}
		result <- err
	}()
	return <-result
}

// frames sends frames on devices of a namespace.
type frames struct {
	namespace string
	raw, bare int // packet sockets: with a link-layer header as given, and without one
}

func newFrames(namespace string) (*frames, error) {
	s := &frames{namespace: namespace}
	err := inside(namespace, func() (err error) {
		if s.raw, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0); err != nil {
			return err
		}
		s.bare, err = unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		return err
	})
	return s, err
}

func (s *frames) close() {
	unix.Close(s.raw)
	unix.Close(s.bare)
}

// index is the number of a device, 0 if there is none.
func (s *frames) index(device string) int {
	ifr, err := unix.NewIfreq(device)
	if err != nil || unix.IoctlIfreq(s.raw, unix.SIOCGIFINDEX, ifr) != nil {
		return 0
	}
	return int(ifr.Uint32())
}

// send sends a whole frame on the device with a number.
func (s *frames) send(index int, frame []byte) error {
	return unix.Sendto(s.raw, frame, 0, &unix.SockaddrLinklayer{Ifindex: index, Protocol: protocolOrder(markProtocol)})
}

// markProtocol is the EtherType of frames that are ours: IEEE's for experiments.
const markProtocol = 0x88b5

func protocolOrder(p uint16) uint16 { return p<<8 | p>>8 }

// program is one that captures.
type program struct {
	name    string
	command *exec.Cmd
	ready   chan struct{} // closed once it says that it listens, or has ended
	done    chan struct{} // closed once it has ended
	errors  bytes.Buffer  // what it says; guarded by mutex until done
	mutex   sync.Mutex
	failure error // of the process, once it has ended
}

// start starts a program in a namespace, "" for where we are.
func start(namespace, name string, stdout *os.File, args ...string) (*program, error) {
	if namespace != "" {
		args = append([]string{"ip", "netns", "exec", namespace}, args...)
	}
	p := &program{name: name, command: exec.Command(args[0], args[1:]...), ready: make(chan struct{}), done: make(chan struct{})}
	p.command.Stdout = stdout
	stderr, err := p.command.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := p.command.Start(); err != nil {
		return nil, err
	}
	go func() {
		listening := false
		block := make([]byte, 4096)
		for {
			n, err := stderr.Read(block)
			p.mutex.Lock()
			p.errors.Write(block[:n])
			hears := !listening && bytes.Contains(p.errors.Bytes(), []byte("listening on"))
			p.mutex.Unlock()
			if hears {
				listening = true
				close(p.ready)
			}
			if err != nil {
				break
			}
		}
		p.failure = p.command.Wait()
		if !listening {
			close(p.ready)
		}
		close(p.done)
	}()
	return p, nil
}

// said is what it has written to its standard error so far.
func (p *program) said() string {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.errors.String()
}

// patience is how long something that has to come may take on a machine that is
// emulated beside others.
const patience = 2 * time.Minute

// listen waits until the program listens.
func (p *program) listen() error {
	select {
	case <-p.ready:
	case <-time.After(patience):
		return fmt.Errorf("%s does not listen: %s", p.name, p.said())
	}
	select {
	case <-p.done:
		return fmt.Errorf("%s does not capture: %s", p.name, p.said())
	default:
		return nil
	}
}

// stop interrupts the program and waits for its end.
func (p *program) stop() error {
	p.command.Process.Signal(os.Interrupt)
	select {
	case <-p.done:
	case <-time.After(patience):
		p.command.Process.Signal(syscall.SIGQUIT)
		time.Sleep(2 * time.Second)
		p.command.Process.Kill()
		<-p.done
		return fmt.Errorf("%s does not end: %s", p.name, p.said())
	}
	var exit *exec.ExitError
	if errors.As(p.failure, &exit) && !exit.Exited() {
		return fmt.Errorf("%s: %w: %s", p.name, p.failure, p.said())
	}
	return nil
}

// held is what the process takes: open descriptors, and resident memory of its own
// in KiB, without the pages of its file and of the rings.
func (p *program) held() (descriptors, memory int) {
	folder := filepath.Join("/proc", strconv.Itoa(p.command.Process.Pid))
	names, _ := os.ReadDir(folder + "/fd")
	status, _ := os.ReadFile(folder + "/status")
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "RssAnon:"); ok {
			memory, _ = strconv.Atoi(strings.Fields(value)[0])
		}
	}
	return len(names), memory
}

// kernel is the release of the kernel: 6.1.
func kernel() string {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return "?"
	}
	parts := strings.SplitN(unix.ByteSliceToString(u.Release[:]), ".", 3)
	return strings.Join(parts[:min(2, len(parts))], ".")
}
