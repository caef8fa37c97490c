package owners

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/internal/fdpass"
)

// Networks hands a helper what asks the kernel about sockets of network namespaces, which
// the helper has no right to enter.
type Networks struct{ channel *fdpass.Channel }

// NewNetworks makes one, and the file that the helper is to have.
func NewNetworks() (n *Networks, theirs *os.File, err error) {
	channel, theirs, err := fdpass.Pair()
	if err != nil {
		return nil, nil, err
	}
	return &Networks{channel}, theirs, nil
}

// OpenNetworks makes one of a descriptor that another process has from NewNetworks.
func OpenNetworks(fd int) (*Networks, error) {
	channel, err := fdpass.New(fd)
	if err != nil {
		return nil, err
	}
	return &Networks{channel}, nil
}

// File is for another process, which opens it by OpenNetworks.
func (n *Networks) File() *os.File { return n.channel.File() }

// Close closes it. What was handed on stays.
func (n *Networks) Close() error { return n.channel.Close() }

// arrival is a network that was handed on, with two sockets.
type arrival struct {
	Number     uint32            // inode of the namespace
	Containers map[string]string // names by identifiers, of shortContainer digits
	sockets    []int
}

// Add hands on the network namespace that the calling thread is in, which has that
// number, and the names of its containers by their identifiers.
func (n *Networks) Add(number uint32, containers map[string]string) error {
	diag, route, err := openNetlink()
	if err != nil {
		return err
	}
	defer fdpass.CloseAll([]int{diag, route})
	a := arrival{Number: number, Containers: make(map[string]string)}
	for id, name := range containers {
		a.Containers[id[:min(len(id), shortContainer)]] = name
	}
	return n.channel.Send(a, []int{diag, route})
}

// receive passes on what is handed on, until nothing can come any more.
func (n *Networks) receive(into chan<- arrival) {
	defer n.channel.Close()
	for {
		var a arrival
		files, err := n.channel.Receive(&a)
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, os.ErrClosed), errors.Is(err, unix.ECONNRESET):
			return
		case err != nil: // too many files are open, and its sockets are not known
		case len(files) != 2:
			fdpass.CloseAll(files)
		default:
			a.sockets = files
			into <- a
		}
	}
}

// network is a network namespace in which sockets are looked for.
type network struct {
	number    uint32
	diagnosis *diagnosis
	addresses map[netip.Addr]bool
	devices   map[string]uint32
	listed    time.Time // when these were
}

// ownNetwork opens that of the program.
func ownNetwork() (*network, error) {
	d, err := openDiagnosis()
	if err != nil {
		return nil, err
	}
	var st unix.Stat_t
	if err := unix.Stat("/proc/self/ns/net", &st); err != nil {
		return nil, fmt.Errorf("/proc/self/ns/net: %w", err)
	}
	return &network{number: uint32(st.Ino), diagnosis: d}, nil
}

// isLocal reports whether an address is one of the network's.
func (n *network) isLocal(a netip.Addr) bool {
	if a.IsLoopback() {
		return true
	}
	a = a.WithZone("")
	if n.addresses[a] {
		return true
	}
	if time.Since(n.listed) > time.Second {
		n.listed = time.Now()
		if all, devices, err := n.diagnosis.addresses(); err == nil {
			n.addresses, n.devices = all, devices
		}
	}
	return n.addresses[a]
}

// arrive takes in a network.
func (h *helper) arrive(a arrival) {
	if h.own == nil { // it cannot find out anything
		fdpass.CloseAll(a.sockets)
		return
	}
	h.forget(a.Number)
	h.networks[a.Number] = &network{number: a.Number, diagnosis: newDiagnosis(a.sockets[0], a.sockets[1])}
	for id, name := range a.Containers {
		h.processes.title(id, name)
	}
}

// forget lets a network go, which sockets in it would keep, and all that is known of it.
func (h *helper) forget(number uint32) {
	n := h.networks[number]
	if n == nil || n == h.own {
		return
	}
	delete(h.networks, number)
	fdpass.CloseAll([]int{n.diagnosis.diag.FD, n.diagnosis.route.FD})
	h.uses.forget(number)
}
