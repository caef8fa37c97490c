package cli

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/internal/testenv"
)

// nameServer answers what a test asks.
type nameServer struct {
	mu    sync.Mutex
	asked map[string]string // of each name, how it was asked for last
}

// startNameServer starts one on the loopback, not where a resolver looks by default. The name of an address ending in 9
// does not fit into a datagram.
func startNameServer(t *testing.T) *nameServer {
	t.Helper()
	s := &nameServer{asked: make(map[string]string)}
	udp, err := net.ListenPacket("udp", "127.0.0.53:53")
	if err != nil {
		t.Fatal(err)
	}
	tcp, err := net.Listen("tcp", "127.0.0.53:53")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { udp.Close(); tcp.Close() })
	go func() {
		var b [512]byte
		for {
			n, from, err := udp.ReadFrom(b[:])
			if err != nil {
				return
			}
			if answer := s.answer(b[:n], "udp"); answer != nil {
				udp.WriteTo(answer, from)
			}
		}
	}()
	go func() {
		for {
			conn, err := tcp.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				var size [2]byte
				for {
					if _, err := io.ReadFull(conn, size[:]); err != nil {
						return
					}
					b := make([]byte, binary.BigEndian.Uint16(size[:]))
					if _, err := io.ReadFull(conn, b); err != nil {
						return
					}
					answer := s.answer(b, "tcp")
					conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...))
				}
			}()
		}
	}()
	return s
}

// answer is the answer to a question for a name: 127.0.2.1 is a1.example.
func (s *nameServer) answer(query []byte, network string) []byte {
	var p dnsmessage.Parser
	head, err := p.Start(query)
	if err != nil {
		return nil
	}
	q, err := p.Question()
	if err != nil {
		return nil
	}
	last, _, _ := strings.Cut(q.Name.String(), ".")
	s.mu.Lock()
	s.asked[last] = network
	s.mu.Unlock()
	truncated := network == "udp" && strings.HasSuffix(last, "9")
	b := dnsmessage.NewBuilder(nil, dnsmessage.Header{ID: head.ID, Response: true, Authoritative: true, Truncated: truncated})
	b.StartQuestions()
	b.Question(q)
	b.StartAnswers()
	if q.Type == dnsmessage.TypePTR && !truncated {
		b.PTRResource(dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 60},
			dnsmessage.PTRResource{PTR: dnsmessage.MustNewName("a" + last + ".example.")})
	}
	answer, _ := b.Finish()
	return answer
}

// ownEtc gives processes that this goroutine starts a folder /etc of their own.
func ownEtc(t *testing.T, files map[string]string) (dir string) {
	t.Helper()
	dir = testenv.OpenDir(t)
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	runtime.LockOSThread() // the thread ends with the test
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		t.Skipf("cannot make a mount namespace: %v", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		t.Skipf("cannot change mounts: %v", err)
	}
	if err := unix.Mount(dir, "/etc", "", unix.MS_BIND, ""); err != nil {
		t.Skipf("cannot mount: %v", err)
	}
	return dir
}

// send sends a packet to a port of an address of this host.
func send(t *testing.T, to netip.Addr, port int) {
	t.Helper()
	conn, err := net.DialUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}, &net.UDPAddr{IP: to.AsSlice(), Port: port})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("payload")); err != nil {
		t.Fatal(err)
	}
}

// TestLiveNames: a confined process finds names in files and from name servers,
// by UDP and TCP, also when the files are replaced; and it has nothing more.
func TestLiveNames(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	t.Setenv("TZ", "") // the zone of the machine may be in what this process hides
	server := startNameServer(t)
	etc := ownEtc(t, map[string]string{
		"hosts":         "127.0.0.1 here\n127.0.2.100 inhosts\n",
		"resolv.conf":   "nameserver 127.0.0.53\n",
		"nsswitch.conf": "hosts: files dns\n",
		"services":      "aservice 47123/udp\n",
	})
	for i, jobs := range []string{"1", "2"} {
		before := time.Unix(1_000_000_000+int64(i), 0) // a time stamp that no file had
		cmd, r := startProcess(t, "-i", "lo", "-t", "--jobs", jobs, "udp dst port 47123")
		expect := func(last int, name string) {
			t.Helper()
			send(t, netip.AddrFrom4([4]byte{127, 0, 2, byte(last)}), 47123)
			r.wait(t, &r.stdout, " > "+name+".aservice: UDP, length 7\n")
		}
		expect(1, "a1.example")
		expect(9, "a9.example")
		expect(100, "inhosts")
		// New files, as a DHCP client makes one, that cannot be read any more.
		for _, name := range []string{"resolv.conf", "nsswitch.conf", "hosts"} {
			copyFile(t, filepath.Join(etc, name), filepath.Join(etc, "new"))
			if err := os.Chtimes(filepath.Join(etc, "new"), before, before); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(filepath.Join(etc, "new"), filepath.Join(etc, name)); err != nil {
				t.Fatal(err)
			}
		}
		if jobs == "2" && !testing.Short() {
			time.Sleep(5500 * time.Millisecond) // so long Go's resolver does not look whether they have changed
		}
		expect(2, "a2.example")
		expect(19, "a19.example")
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
		if err != nil {
			t.Fatal(err)
		}
		wanted := []string{"\nCapEff:\t0000000000000000\n", "\nCapPrm:\t0000000000000000\n", "\nNoNewPrivs:\t1\n"}
		if runtime.GOARCH == "amd64" || runtime.GOARCH == "arm64" { // others have no filter of system calls
			wanted = append(wanted, "\nSeccomp:\t2\n")
		}
		for _, want := range wanted {
			if !strings.Contains(string(status), want) {
				t.Errorf("its status has no %q:\n%s", want, status)
			}
		}
		cmd.Process.Signal(syscall.SIGINT)
		if status := r.ended(t); status != 0 || strings.Contains(r.stderr.String(), "WARNING") {
			t.Errorf("exit status %d\n%s", status, &r.stderr)
		}
		server.mu.Lock()
		if server.asked["1"] != "udp" || server.asked["9"] != "tcp" || server.asked["100"] != "" {
			t.Errorf("the name server was asked %v", server.asked)
		}
		server.mu.Unlock()
	}
}
