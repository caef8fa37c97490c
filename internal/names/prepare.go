package names

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"sync/atomic"
)

// resolvConf is where resolver(3) finds the name servers.
const resolvConf = "/etc/resolv.conf"

// maxServers is how many name servers a resolver uses.
const maxServers = 3

// Prepare reads now what lookups read later, for a process that may soon open no
// more files. Names are found as before, in the files as they are now and from
// the name servers of now. No lookup may run meanwhile.
func (r *Resolver) Prepare() {
	r.services.load(r.files.Services)
	r.protocols.load(r.files.Protocols)
	r.ethers.load(r.files.Ethers)
	r.hosts.load(r.files.Hosts)
	r.networks.load(r.files.Networks)
	r.rpc.load(r.files.RPC)
	if r.dns != net.DefaultResolver {
		return
	}
	text, _ := readFile(resolvConf, maxFile)
	kept := &keptServers{servers: nameServers(text)}
	// The C library's resolver would open files.
	r.dns = &net.Resolver{PreferGo: true, Dial: kept.dial}
	// This reads what Go's resolver reads, and asks nobody.
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, _ = r.dns.LookupAddr(ctx, "192.0.2.0") // it fails, of course
}

// keptServers are the name servers of resolv.conf as it was. Go's resolver reads
// that file again when it has changed and, where it may not, falls back to name
// servers on this host.
type keptServers struct {
	servers []string // with ports
	next    atomic.Uint32
	dialer  net.Dialer
}

// dial connects to the name server that is asked for or, if that is none of
// those, to one of those.
func (k *keptServers) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return k.dialer.DialContext(ctx, network, k.choose(address))
}

func (k *keptServers) choose(address string) string {
	if len(k.servers) == 0 || slices.Contains(k.servers, address) {
		return address
	}
	return k.servers[int(k.next.Add(1)-1)%len(k.servers)]
}

// nameServers are those that a resolv.conf(5) text names, with their port.
func nameServers(text string) []string {
	var all []string
	for line := range lines(text) {
		word, rest := field(line)
		server, _ := field(rest)
		if word != "nameserver" || len(all) == maxServers {
			continue
		}
		if _, err := netip.ParseAddr(server); err == nil {
			all = append(all, net.JoinHostPort(server, "53"))
		}
	}
	return all
}
