package names

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Options say how a Resolver finds names. The zero value reads no file.
type Options struct {
	Files Files

	// Timeout is how long a reverse lookup may keep the caller waiting;
	// 0 stands for 2 s.
	Timeout time.Duration

	// CutDomain cuts the names of hosts at the first dot (option -N).
	CutDomain bool

	// Background has reverse lookups keep nobody waiting: there is no name until the
	// answer has come.
	Background bool

	// DNS answers what the hosts file does not; nil stands for
	// net.DefaultResolver.
	DNS *net.Resolver
}

const (
	defaultTimeout = 2 * time.Second

	// maxTimeouts lookups in a row that nobody answered, and DNS is left
	// alone for firstPause. The next lookup then is a trial; each that fails
	// again doubles the pause. So a dead resolver stops the output in a run of
	// t seconds for (maxTimeouts + log2(t/30)) time-outs at most.
	maxTimeouts = 3
	firstPause  = 30 * time.Second
)

// Resolver finds names and numbers. Its methods may be used by several
// goroutines at once.
//
// Which addresses are to be shown by name at all (options -n and -f) is the
// caller's decision.
type Resolver struct {
	files      Files
	timeout    time.Duration
	cutDomain  bool
	background bool
	dns        *net.Resolver

	services  serviceDB
	protocols database
	ethers    etherDB
	hosts     hostDB
	networks  database
	rpc       rpcDB

	cache4  *cache[[4]byte]
	cache16 *cache[[16]byte]

	started  time.Time
	resumeAt atomic.Int64 // DNS is left alone until then; ns since started

	mu       sync.Mutex          // held during a lookup that keeps its caller waiting; guards what follows and puts
	asked    map[netip.Addr]bool // in the background; nil: nothing yet
	timeouts int                 // lookups without an answer since the last answer
	pause    time.Duration
}

// New returns a Resolver. It reads no file yet.
func New(o Options) *Resolver {
	r := &Resolver{
		files:      o.Files,
		timeout:    o.Timeout,
		cutDomain:  o.CutDomain,
		background: o.Background,
		dns:        o.DNS,
		cache4:     newCache[[4]byte](),
		cache16:    newCache[[16]byte](),
		started:    time.Now(),
		pause:      firstPause,
	}
	if r.timeout == 0 {
		r.timeout = defaultTimeout
	}
	if r.dns == nil {
		r.dns = net.DefaultResolver
	}
	return r
}

// AppendHost4 appends the name of an IPv4 host and reports whether it has one.
//
// The first call for an address looks into the hosts file, then asks DNS and
// waits for at most the time-out. The answer, also that there is none, is kept.
// While DNS is left alone because it did not answer several times in a row, an
// address that is new has no name, and is asked for again later.
func (r *Resolver) AppendHost4(dst []byte, addr [4]byte) ([]byte, bool) {
	h := r.cache4.get(addr)
	if h == nil {
		name, ok := r.hostNames().by4[addr]
		h = resolve(r, r.cache4, addr, netip.AddrFrom4(addr), name, ok)
	}
	return appendHost(dst, h)
}

// AppendHost16 is AppendHost4 for an IPv6 host. The unspecified address has no
// name.
func (r *Resolver) AppendHost16(dst []byte, addr [16]byte) ([]byte, bool) {
	h := r.cache16.get(addr)
	if h == nil {
		a := netip.AddrFrom16(addr)
		if a.IsUnspecified() {
			return dst, false
		}
		name, ok := r.hostNames().by16[addr]
		h = resolve(r, r.cache16, addr, embedded4(a), name, ok)
	}
	return appendHost(dst, h)
}

func appendHost[K comparable](dst []byte, h *host[K]) ([]byte, bool) {
	if h == nil {
		return dst, false
	}
	return append(dst, h.name...), h.named
}

// embedded4 returns the IPv4 address that a mapped (::ffff:192.0.2.1) or
// compatible (::192.0.2.1) address stands for; DNS is asked for that.
func embedded4(a netip.Addr) netip.Addr {
	b := a.As16()
	if [12]byte(b[:12]) == [12]byte{} && a != netip.IPv6Loopback() {
		return netip.AddrFrom4([4]byte(b[12:]))
	}
	return a.Unmap()
}

// resolve finds the name of an address that was not in the cache; nil stands
// for no name for now. One lookup runs at a time, so that several goroutines
// wait no longer than one would.
func resolve[K comparable](r *Resolver, c *cache[K], key K, addr netip.Addr, name string, named bool) *host[K] {
	if named {
		h := newHost(r, key, name, true)
		if r.mu.TryLock() { // do not wait for another's lookup only to keep this
			defer r.mu.Unlock()
			if c.get(key) == nil {
				c.put(h)
			}
		}
		return h
	}
	if r.paused() {
		return nil
	}
	if r.background {
		inBackground(r, c, key, addr)
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if h := c.get(key); h != nil { // another goroutine was first
		return h
	}
	if r.paused() {
		return nil
	}
	name, named = r.reverse(addr)
	h := newHost(r, key, name, named)
	c.put(h)
	return h
}

func newHost[K comparable](r *Resolver, addr K, name string, named bool) *host[K] {
	if r.cutDomain {
		name, _, _ = strings.Cut(name, ".")
	}
	return &host[K]{addr, name, named}
}

func (r *Resolver) paused() bool {
	until := r.resumeAt.Load()
	return until != 0 && int64(time.Since(r.started)) < until
}

// reverse asks DNS for the name of an address. The caller holds r.mu.
func (r *Resolver) reverse(addr netip.Addr) (name string, named bool) {
	names, answered := r.lookupAddr(addr.String())
	r.judge(answered)
	if len(names) == 0 {
		return "", false
	}
	return strings.TrimSuffix(names[0], "."), true
}

// judge leaves DNS alone for a while when it did not answer several times in a row. The
// caller holds r.mu.
func (r *Resolver) judge(answered bool) {
	if answered {
		r.timeouts, r.pause = 0, firstPause
	} else if r.timeouts++; r.timeouts >= maxTimeouts {
		r.resumeAt.Store(int64(time.Since(r.started) + r.pause))
		r.pause *= 2
	}
}

// lookupAddr returns the names of an address, and whether the resolver answered
// in time, be it that there is no name.
func (r *Resolver) lookupAddr(addr string) (names []string, answered bool) {
	type answer struct {
		names []string
		err   error
	}
	ctx, cancel := context.WithTimeout(context.Background(), r.timeout)
	defer cancel()
	ch := make(chan answer, 1)
	// In a goroutine, because on some systems a lookup cannot be interrupted.
	go func() {
		names, err := r.dns.LookupAddr(ctx, addr)
		ch <- answer{names, err}
	}()
	select {
	case <-ctx.Done():
		return nil, false
	case a := <-ch:
		var dnsErr *net.DNSError
		if errors.As(a.err, &dnsErr) && dnsErr.IsTimeout {
			return nil, false
		}
		return a.names, true
	}
}

// Addrs returns the IPv4 and IPv6 addresses of a host, each once, in the order
// of getaddrinfo(3): from the hosts file if that has the name, otherwise from
// DNS. Addresses in text form stand for themselves.
func (r *Resolver) Addrs(ctx context.Context, name string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(name); err == nil {
		return []netip.Addr{a.WithZone("")}, nil
	}
	addrs := r.hostAddrs(name)
	if len(addrs) == 0 {
		found, err := r.dns.LookupNetIP(ctx, "ip", name)
		if err != nil {
			return nil, fmt.Errorf("address of host %q not found: %w", name, err)
		}
		for _, a := range found {
			addrs = appendAddr(addrs, a.Unmap().WithZone(""))
		}
	}
	if len(addrs) > 1 {
		sortAddrs(addrs, sourceOf)
	}
	return addrs, nil
}

func appendAddr(addrs []netip.Addr, a netip.Addr) []netip.Addr {
	if slices.Contains(addrs, a) {
		return addrs
	}
	return append(addrs, a)
}
