package names

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/internal/ipproto"
	"github.com/tapdump/tapdump/internal/testenv"
)

// TestTables holds every entry of the tables that are built in.
func TestTables(t *testing.T) {
	var protocols, ports strings.Builder
	r := New(Options{})
	for n, name := range ipproto.Names {
		if name == "" {
			continue
		}
		fmt.Fprintf(&protocols, "%d %s\n", n, name)
		for _, written := range []string{name, strings.ToUpper(name)} {
			if got, ok := r.IPProto(written); got != n || !ok {
				t.Errorf("protocol %s is number %d, %t; want %d", written, got, ok, n)
			}
		}
	}
	for s := range services(builtinServices) {
		fmt.Fprintf(&ports, "%d/%s %s %s\n", s.port, [...]string{TCP: "tcp", UDP: "udp"}[s.transport], s.name, s.aliases)
		for name := range strings.FieldsSeq(s.name + " " + s.aliases) {
			if port, in, ok := r.Port(name); port != s.port || in&s.transport == 0 || !ok {
				t.Errorf("service %s has port %d, %d, %t; want %d", name, port, in, ok, s.port)
			}
		}
	}
	for name, got := range map[string]string{"protocols": protocols.String(), "services": ports.String()} {
		testenv.Golden(t, filepath.Join("testdata", name+".golden"), []byte(got))
	}
}

// TestSystemFiles: each database is where the system has it.
func TestSystemFiles(t *testing.T) {
	f := SystemFiles()
	dir, protocols := "/etc", "protocols"
	if runtime.GOOS == "windows" {
		dir, protocols = filepath.Join(os.Getenv("SystemRoot"), "System32", "drivers", "etc"), "protocol"
	}
	for want, got := range map[string]string{
		"services": f.Services, protocols: f.Protocols, "ethers": f.Ethers, "hosts": f.Hosts, "networks": f.Networks, "rpc": f.RPC,
	} {
		if got != filepath.Join(dir, want) {
			t.Errorf("%s is in %s, want %s", want, got, filepath.Join(dir, want))
		}
	}
}

// TestMaxIndex: of a file with more entries than are kept the first ones have
// their names.
func TestMaxIndex(t *testing.T) {
	var hosts, ethers, rpc strings.Builder
	for i := range maxIndex + 1 {
		if i%2 == 0 {
			fmt.Fprintf(&hosts, "240.%d.%d.%d h%d\n", i>>16, i>>8&0xff, i&0xff, i)
		} else {
			fmt.Fprintf(&hosts, "2001:db8::%x:%x h%d\n", i>>16, i&0xffff, i)
		}
		fmt.Fprintf(&ethers, "2:0:0:%x:%x:%x e%d\n", i>>16, i>>8&0xff, i&0xff, i)
		fmt.Fprintf(&rpc, "r%d %d\n", i, i)
	}
	r := New(Options{Files: fixtures(t, Files{Hosts: hosts.String(), Ethers: ethers.String(), RPC: rpc.String()}), DNS: noDNS()})
	host := func(i int) (string, bool) {
		if i%2 == 0 {
			name, ok := r.hostNames().by4[[4]byte{240, byte(i >> 16), byte(i >> 8), byte(i)}]
			return name, ok
		}
		name, ok := r.hostNames().by16[[16]byte{0x20, 1, 0xd, 0xb8, 13: byte(i >> 16), 14: byte(i >> 8), 15: byte(i)}]
		return name, ok
	}
	for i, want := range map[int]bool{0: true, 1: true, maxIndex - 2: true, maxIndex - 1: true, maxIndex: false} {
		name, ok := host(i)
		check := func(kind string) {
			t.Helper()
			if ok != want || ok && name != fmt.Sprint(kind, i) {
				t.Errorf("entry %d: %q, %t; want a name: %t", i, name, ok, want)
			}
		}
		check("h")
		b, has := r.AppendEther(nil, [6]byte{2, 0, 0, byte(i >> 16), byte(i >> 8), byte(i)})
		name, ok = string(b), has
		check("e")
		b, has = r.AppendRPC(nil, uint32(i))
		name, ok = string(b), has
		check("r")
	}
}

// TestEveryPort: a file may name every port but one, which then has no name, and
// not another's.
func TestEveryPort(t *testing.T) {
	var text strings.Builder
	for port := range 1 << 16 {
		fmt.Fprintf(&text, "p%d %d/tcp\n", port, port)
	}
	r := New(Options{Files: fixtures(t, Files{Services: text.String()})})
	for _, port := range []int{0, 1, 255, 256, 1<<16 - 3, 1<<16 - 2} {
		if name, ok := r.AppendTCPPort(nil, uint16(port)); string(name) != fmt.Sprint("p", port) || !ok {
			t.Errorf("port %d is %q, %t", port, name, ok)
		}
	}
	if name, ok := r.AppendTCPPort(nil, 1<<16-1); ok {
		t.Errorf("the port beyond the index is %q", name)
	}
}
