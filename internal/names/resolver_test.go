package names

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tapdump/tapdump/internal/testenv"
)

// noDNS is a resolver that fails at once, as on a machine without a network.
func noDNS() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("no network in this test")
	}}
}

// silentDNS is a resolver that never answers and cannot be interrupted.
func silentDNS(t testing.TB) *net.Resolver {
	end := make(chan struct{})
	t.Cleanup(func() { close(end) })
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		<-end
		return nil, errors.New("the test is over")
	}}
}

// testDNS is a resolver that asks a name server of the test: PTR records are
// answered with ptr, A and AAAA with fixed addresses, everything else and an
// empty ptr with "no such name". No network is needed. The standard library
// still looks into the system's hosts file first, which has no reserved
// addresses.
func testDNS(t testing.TB, ptr string, asked *atomic.Int32) *net.Resolver {
	t.Helper()
	r := &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go func() {
			defer server.Close()
			// A stream, where a length is in front of messages (RFC 1035, 4.2.2).
			var size [2]byte
			for {
				if _, err := io.ReadFull(server, size[:]); err != nil {
					return // closed by the resolver
				}
				query := make([]byte, binary.BigEndian.Uint16(size[:]))
				if _, err := io.ReadFull(server, query); err != nil {
					return
				}
				asked.Add(1)
				answer := answerDNS(query, ptr)
				binary.BigEndian.PutUint16(size[:], uint16(len(answer)))
				if _, err := server.Write(append(size[:], answer...)); err != nil {
					return
				}
			}
		}()
		return client, nil
	}}
	before := asked.Load()
	if r.LookupAddr(t.Context(), "240.0.2.99"); asked.Load() == before {
		t.Skip("this machine's configuration, perhaps /etc/nsswitch.conf, has no name server asked")
	}
	asked.Store(before)
	return r
}

// answerDNS makes the answer to a query with one question (RFC 1035, 4.1).
func answerDNS(query []byte, ptr string) []byte {
	end := 12
	for query[end] != 0 {
		end += 1 + int(query[end])
	}
	end += 5
	qtype := binary.BigEndian.Uint16(query[end-4:])
	msg := slices.Clone(query[:end])
	copy(msg[2:12], []byte{0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0})
	var rdata []byte
	switch {
	case qtype == 12 && ptr != "":
		for label := range strings.SplitSeq(ptr, ".") {
			rdata = append(append(rdata, byte(len(label))), label...)
		}
		rdata = append(rdata, 0)
	case qtype == 1:
		rdata = []byte{192, 0, 2, 80}
	case qtype == 28:
		rdata = netip.MustParseAddr("2001:db8::80").AsSlice()
	default:
		msg[3] |= 3 // NXDOMAIN
		return msg
	}
	msg[7] = 1
	msg = append(msg, 0xc0, 12)
	msg = binary.BigEndian.AppendUint16(msg, qtype)
	msg = append(msg, 0, 1, 0, 0, 0, 60)
	msg = binary.BigEndian.AppendUint16(msg, uint16(len(rdata)))
	return append(msg, rdata...)
}

func TestReverseLookup(t *testing.T) {
	var asked atomic.Int32
	r := New(Options{DNS: testDNS(t, "www.example.org", &asked), Timeout: 10 * time.Second})
	for _, s := range []string{"240.0.2.1", "100::1"} {
		asked.Store(0)
		for range 3 {
			if got, ok := appendAny(r, netip.MustParseAddr(s)); got != "www.example.org" || !ok {
				t.Errorf("name of %s = %q, %v, want www.example.org without a final dot", s, got, ok)
			}
		}
		if n := asked.Load(); n != 1 {
			t.Errorf("%s: the name server was asked %d times, want once", s, n)
		}
	}
}

func TestReverseLookupWithoutName(t *testing.T) {
	var asked atomic.Int32
	r := New(Options{DNS: testDNS(t, "", &asked), Timeout: 10 * time.Second})
	for range 3 {
		if got, ok := r.AppendHost4([]byte("x"), [4]byte{240, 0, 2, 1}); string(got) != "x" || ok {
			t.Errorf("got %q, %v, want no name", got, ok)
		}
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("the name server was asked %d times, want once", n)
	}
	if r.timeouts != 0 {
		t.Errorf("%d lookups count as timed out though all were answered", r.timeouts)
	}
}

// TestBackground: nobody waits for an answer, which is there when it has come; an
// address is asked for once.
func TestBackground(t *testing.T) {
	var asked atomic.Int32
	r := New(Options{DNS: testDNS(t, "back.example.org", &asked), Timeout: testenv.Patience, Background: true})
	addr := [4]byte{240, 0, 2, 1}
	if got, ok := r.AppendHost4([]byte("x"), addr); string(got) != "x" || ok {
		t.Errorf("got %q, %t at once", got, ok)
	}
	testenv.WaitFor(t, "the answer", func() bool {
		got, ok := r.AppendHost4(nil, addr)
		return ok && string(got) == "back.example.org"
	})
	if n := asked.Load(); n != 1 {
		t.Errorf("the name server was asked %d times, want once", n)
	}
	// One that never answers keeps nobody, and no more than maxAsked wait for it.
	r = New(Options{DNS: silentDNS(t), Timeout: testenv.Patience, Background: true})
	for i := range 3 * maxAsked {
		if _, ok := r.AppendHost4(nil, [4]byte{240, 0, 2, byte(i)}); ok {
			t.Fatal("a name from a resolver that never answers")
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := len(r.asked); n != maxAsked {
		t.Errorf("%d addresses are being asked for, want %d", n, maxAsked)
	}
}

func TestAddrsFromDNS(t *testing.T) {
	var asked atomic.Int32
	r := New(Options{DNS: testDNS(t, "", &asked)})
	got, err := r.Addrs(context.Background(), "www.example.org")
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(got, netip.Addr.Compare) // which is reachable depends on the machine
	want := []netip.Addr{netip.MustParseAddr("192.0.2.80"), netip.MustParseAddr("2001:db8::80")}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestSilentResolver shows how often a resolver that never answers, and that
// does not heed its context, can stop the output for the time-out.
func TestSilentResolver(t *testing.T) {
	const timeout = 50 * time.Millisecond
	r := New(Options{DNS: silentDNS(t), Timeout: timeout})
	for i := range 1000 {
		if _, ok := r.AppendHost4(nil, [4]byte{240, 0, 2, byte(i)}); ok {
			t.Fatal("a name from a resolver that never answers")
		}
	}
	// Nothing else stops the output.
	if n := r.timeouts; n != maxTimeouts {
		t.Errorf("the resolver was waited for %d times, want %d: the pause does not work", n, maxTimeouts)
	}
	if allocs := testing.AllocsPerRun(100, func() { r.AppendHost4(nil, [4]byte{198, 51, 100, 1}) }); allocs != 0 {
		t.Errorf("%v allocations for a new address while DNS is left alone, want 0", allocs)
	}

	// When the pause is over there is one trial, and the next pause is longer.
	r.resumeAt.Store(1)
	r.AppendHost4(nil, [4]byte{198, 51, 100, 1})
	r.AppendHost4(nil, [4]byte{198, 51, 100, 2})
	if n := r.timeouts; n != maxTimeouts+1 {
		t.Errorf("the resolver was waited for %d times after the pause, want once", n-maxTimeouts)
	}
	if rest := time.Duration(r.resumeAt.Load()) - time.Since(r.started); rest < firstPause {
		t.Errorf("the second pause lasts %v, want more than %v", rest, firstPause)
	}

	// An answer ends it.
	var asked atomic.Int32
	r.dns = testDNS(t, "back.example.org", &asked)
	r.timeout = 10 * time.Second
	r.resumeAt.Store(1)
	for i := range 3 {
		if got, _ := r.AppendHost4(nil, [4]byte{203, 0, 113, byte(i)}); string(got) != "back.example.org" {
			t.Errorf("name = %q after the resolver came back", got)
		}
	}
}

// TestSilentResolverParallel: goroutines that ask together do not wait for one
// another's time-outs beyond the same bound, and names from the file not at all.
func TestSilentResolverParallel(t *testing.T) {
	const timeout = 50 * time.Millisecond
	r := New(Options{
		Files:   fixtures(t, Files{Hosts: testHosts}),
		DNS:     silentDNS(t),
		Timeout: timeout,
	})
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 100 {
				r.AppendHost4(nil, [4]byte{240, 0, 2, byte(i)})
				r.AppendHost16(nil, [16]byte{0x20, 1, 0xd, 0xb8, 15: byte(i * g)})
				if got, _ := r.AppendHost4(nil, [4]byte{10, 1, 1, 2}); string(got) != "first.example.org" {
					t.Errorf("name from the hosts file = %q", got)
				}
			}
		})
	}
	wg.Wait()
	if n := r.timeouts; n != maxTimeouts {
		t.Errorf("the resolver was waited for %d times, want %d", n, maxTimeouts)
	}
}

func TestCacheBounded(t *testing.T) {
	c := newCache[[4]byte]()
	key := func(i int) (k [4]byte) {
		binary.BigEndian.PutUint32(k[:], uint32(i))
		return k
	}
	const n = 4 * cacheSets * cacheWays
	for i := range n {
		c.put(&host[[4]byte]{addr: key(i), named: true})
		if h := c.get(key(i)); h == nil || h.addr != key(i) {
			t.Fatalf("address %d is not in the cache after it was put there", i)
		}
	}
	kept := 0
	for i := range n {
		if c.get(key(i)) != nil {
			kept++
		}
	}
	if kept < cacheSets*cacheWays*9/10 || kept > cacheSets*cacheWays {
		t.Errorf("%d of %d addresses kept, want nearly %d", kept, n, cacheSets*cacheWays)
	}
}

// hits does every lookup that is in memory.
func hits(r *Resolver, dst []byte) []byte {
	dst, _ = r.AppendHost4(dst[:0], [4]byte{10, 1, 1, 2})
	dst, _ = r.AppendHost4(dst, [4]byte{240, 0, 2, 1}) // no name
	dst, _ = r.AppendHost16(dst, netip.IPv6Loopback().As16())
	dst, _ = r.AppendTCPPort(dst, 80)
	dst, _ = r.AppendUDPPort(dst, 53)
	dst, _ = r.AppendEther(dst, [6]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	dst, _ = r.AppendRPC(dst, 100003)
	return dst
}

func TestHitsAllocateNothing(t *testing.T) {
	r := New(Options{Files: fixtures(t, Files{Hosts: testHosts, RPC: "nfs 100003"}), DNS: noDNS()})
	dst := make([]byte, 0, 256)
	dst = hits(r, dst)
	if got, want := string(dst), "first.example.orgsix-loophttpdomainBroadcastnfs"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if allocs := testing.AllocsPerRun(100, func() { dst = hits(r, dst) }); allocs != 0 {
		t.Errorf("%v allocations for names that are in memory, want 0", allocs)
	}
}

func BenchmarkAppendHost4(b *testing.B) {
	r := New(Options{Files: fixtures(b, Files{Hosts: testHosts}), DNS: noDNS()})
	dst := make([]byte, 0, 256)
	b.ReportAllocs()
	for b.Loop() {
		dst, _ = r.AppendHost4(dst[:0], [4]byte{10, 1, 1, 2})
	}
}

func BenchmarkAppendHost16(b *testing.B) {
	r := New(Options{Files: fixtures(b, Files{Hosts: testHosts}), DNS: noDNS()})
	dst := make([]byte, 0, 256)
	b.ReportAllocs()
	for b.Loop() {
		dst, _ = r.AppendHost16(dst[:0], netip.IPv6Loopback().As16())
	}
}

func BenchmarkAppendTCPPort(b *testing.B) {
	r := New(Options{})
	dst := make([]byte, 0, 256)
	b.ReportAllocs()
	for b.Loop() {
		dst, _ = r.AppendTCPPort(dst[:0], 80)
	}
}

// TestCacheTurns: where an address has no free place, the places are given up in
// turn, so that those put last are known.
func TestCacheTurns(t *testing.T) {
	c := newCache[uint32]()
	var together []uint32
	for k := uint32(0); len(together) < 3*cacheWays; k++ {
		if c.set(k) == c.set(0) {
			together = append(together, k)
		}
	}
	for i, k := range together {
		c.put(&host[uint32]{addr: k})
		for j, other := range together {
			if known := c.get(other) != nil; known != (j <= i && j > i-cacheWays) {
				t.Fatalf("after %d addresses number %d is known: %t", i+1, j, known)
			}
		}
	}
}

// TestEmbedded4: DNS is asked for the IPv4 address that an IPv6 address stands
// for, if it does.
func TestEmbedded4(t *testing.T) {
	for addr, want := range map[string]string{
		"::ffff:192.0.2.1": "192.0.2.1", "::192.0.2.1": "192.0.2.1", "::2": "0.0.0.2", "::1": "::1",
		"2001:db8::192.0.2.1": "2001:db8::c000:201", "::1:c000:201": "::1:c000:201", "64:ff9b::192.0.2.1": "64:ff9b::c000:201",
	} {
		if got := embedded4(netip.MustParseAddr(addr)).String(); got != want {
			t.Errorf("for %s %s is asked for, want %s", addr, got, want)
		}
	}
}

// timeoutError is an error of a name server that did not answer.
type timeoutError struct{}

func (timeoutError) Error() string   { return "no answer" }
func (timeoutError) Timeout() bool   { return true }
func (timeoutError) Temporary() bool { return true }

// TestTimeoutOfResolver: that the standard library gives up counts as no answer,
// any other failure as one. After an answer, pauses begin anew.
func TestTimeoutOfResolver(t *testing.T) {
	failing := func(err error) *net.Resolver {
		return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) { return nil, err }}
	}
	r := New(Options{DNS: failing(timeoutError{}), Timeout: 10 * time.Second})
	ask := func(last byte) {
		t.Helper()
		if name, ok := r.AppendHost4(nil, [4]byte{240, 0, 2, last}); ok {
			t.Errorf("a name from a resolver that fails: %s", name)
		}
	}
	for i := range byte(5) {
		ask(i)
	}
	if r.timeouts != maxTimeouts || r.pause != 2*firstPause || !r.paused() {
		t.Errorf("%d time-outs, the next pause lasts %v, paused: %t", r.timeouts, r.pause, r.paused())
	}
	r.dns = failing(errors.New("refused"))
	r.resumeAt.Store(1)
	ask(100)
	if r.timeouts != 0 || r.pause != firstPause || r.paused() {
		t.Errorf("after an answer: %d time-outs, the next pause lasts %v, paused: %t", r.timeouts, r.pause, r.paused())
	}
}

// TestDefaults: what Options leave out.
func TestDefaults(t *testing.T) {
	if r := New(Options{}); r.timeout != 2*time.Second || r.dns != net.DefaultResolver {
		t.Errorf("lookups wait %v for %v", r.timeout, r.dns)
	}
	dns := noDNS()
	if r := New(Options{Timeout: time.Hour, DNS: dns}); r.timeout != time.Hour || r.dns != dns {
		t.Errorf("lookups wait %v for %v", r.timeout, r.dns)
	}
}
