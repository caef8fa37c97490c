// Package streams hands packets from one program to others over TCP: a savefile, its
// header first, that has no end while packets come (PCAP-over-IP). Server is the side
// that has packets, Client the side that reads them.
package streams

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/tapdump/tapdump/internal/syserr"
	"github.com/tapdump/tapdump/internal/text"
)

// DefaultPort is the port that PCAP-over-IP has by custom.
const DefaultPort = 57012

// Address is where a stream is served, or read from:
// tcp://HOST:PORT?format=pcapng, or tls://HOST:PORT.
type Address struct {
	TLS       bool
	Host      string // a name or an address, without brackets; "": the loopback
	Port      uint16 // 0: any that is free
	Format    string // pcap or pcapng; "": not given
	Reconnect Reconnect
}

// Reconnect says when a Client connects again.
type Reconnect string

// The values of reconnect.
const (
	AfterBreak Reconnect = ""       // the connection broke; not given
	Always     Reconnect = "always" // it ended, too
	Never      Reconnect = "never"
)

const (
	schemeTCP = "tcp://"
	schemeTLS = "tls://"
)

// Is reports whether a name is that of a stream, and not of a file.
func Is(name string) bool {
	return len(name) >= len(schemeTCP) && (strings.EqualFold(name[:len(schemeTCP)], schemeTCP) || strings.EqualFold(name[:len(schemeTLS)], schemeTLS))
}

// Parse reads an address of a stream.
func Parse(s string) (a Address, err error) {
	if !Is(s) {
		return a, errors.New("a stream begins with tcp:// or tls://")
	}
	a.TLS = strings.EqualFold(s[:len(schemeTLS)], schemeTLS)
	authority, query, asked := strings.Cut(s[len(schemeTCP):], "?")
	if a.Host, a.Port, err = parseAuthority(strings.TrimSuffix(authority, "/")); err != nil {
		return Address{}, err
	}
	if asked {
		if err := a.parseQuery(query); err != nil {
			return Address{}, err
		}
	}
	return a, nil
}

// ParseServed is Parse for what is to be served.
func ParseServed(s string) (Address, error) {
	a, err := Parse(s)
	if err == nil && a.Reconnect != AfterBreak {
		return Address{}, errors.New("reconnect is about a stream that is read, with -r")
	}
	return a, err
}

// ParseRead is Parse for what is to be read.
func ParseRead(s string) (Address, error) {
	a, err := Parse(s)
	switch {
	case err != nil:
		return a, err
	case a.Format != "":
		return Address{}, errors.New("format is about a stream that is served, with -w: what comes says itself what it is")
	case a.Port == 0:
		return Address{}, errors.New("port 0 is none to connect to")
	}
	return a, nil
}

// parseAuthority reads HOST:PORT, either of which may be left out.
func parseAuthority(s string) (host string, port uint16, err error) {
	host, number, numbered := s, "", false
	bracketed := strings.HasPrefix(s, "[")
	if bracketed {
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return "", 0, errors.New("the bracket of the address does not end")
		}
		host, number = s[1:end], s[end+1:]
		if number, numbered = strings.CutPrefix(number, ":"); !numbered && number != "" {
			return "", 0, errors.New("behind the bracket a port is awaited, such as [::1]:" + strconv.Itoa(DefaultPort))
		}
		if a, err := netip.ParseAddr(host); err != nil || !a.Is6() {
			return "", 0, errors.New(text.Quote(host) + " is no IPv6 address, which brackets are for")
		}
	} else if host, number, numbered = strings.Cut(s, ":"); strings.Contains(number, ":") {
		return "", 0, errors.New("an IPv6 address stands in brackets, as in [::1]:" + strconv.Itoa(DefaultPort))
	}
	if !bracketed && !isHost(host) {
		return "", 0, errors.New(text.Quote(host) + " is no name or address of a host")
	}
	if !numbered {
		return host, DefaultPort, nil
	}
	n, err := strconv.ParseUint(number, 10, 16)
	if err != nil {
		return "", 0, errors.New(text.Quote(number) + " is no port, a number up to 65535")
	}
	return host, uint16(n), nil
}

// isHost reports whether s may be the name of a host or an IPv4 address; "" may.
func isHost(s string) bool {
	return len(s) <= 253 && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r == 0x7f || r == 0xfffd || strings.ContainsRune(`/\@[]%#&="'<>|`, r)
	})
}

// parseQuery reads what stands behind the question mark.
func (a *Address) parseQuery(query string) error {
	seen := make(map[string]bool)
	for item := range strings.SplitSeq(query, "&") {
		key, value, _ := strings.Cut(item, "=")
		if seen[key] {
			return errors.New(key + " is given more than once")
		}
		seen[key] = true
		switch key {
		case "format":
			if value != "pcap" && value != "pcapng" {
				return errors.New("format is pcap or pcapng, not " + text.Quote(value))
			}
			a.Format = value
		case "reconnect":
			if a.Reconnect = Reconnect(value); a.Reconnect != Always && a.Reconnect != Never {
				return errors.New("reconnect is always or never, not " + text.Quote(value))
			}
		default:
			return errors.New("there is no " + text.Quote(key) + "; there are format, of what is served, and reconnect, of what is read")
		}
	}
	return nil
}

// String is the address as Parse reads it.
func (a Address) String() string {
	scheme := schemeTCP
	if a.TLS {
		scheme = schemeTLS
	}
	s := scheme + hostPort(a.Host, a.Port)
	separator := "?"
	if a.Format != "" {
		s += separator + "format=" + a.Format
		separator = "&"
	}
	if a.Reconnect != AfterBreak {
		s += separator + "reconnect=" + string(a.Reconnect)
	}
	return s
}

func hostPort(host string, port uint16) string {
	return net.JoinHostPort(host, strconv.Itoa(int(port)))
}

// loopbacks are what no host stands for.
var loopbacks = []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}

// maxAddresses is how many addresses of a name are used.
const maxAddresses = 8

// Resolve finds the addresses of the host.
func (a Address) Resolve(ctx context.Context) (all []netip.AddrPort, err error) {
	var addrs []netip.Addr
	if a.Host == "" {
		addrs = loopbacks
	} else if one, err := netip.ParseAddr(a.Host); err == nil {
		addrs = []netip.Addr{one}
	} else if addrs, err = net.DefaultResolver.LookupNetIP(ctx, "ip", a.Host); err != nil {
		var dns *net.DNSError
		if errors.As(err, &dns) && dns.IsNotFound {
			return nil, fmt.Errorf("no host is called %s: check the name, or give an address", text.Quote(a.Host))
		}
		return nil, fmt.Errorf("cannot look up %s: %w", text.Quote(a.Host), syserr.Worded(err))
	}
	for _, addr := range addrs {
		if one := netip.AddrPortFrom(addr.Unmap(), a.Port); !slices.Contains(all, one) && len(all) < maxAddresses {
			all = append(all, one)
		}
	}
	return all, nil
}

// Public reports whether others than this machine may come to one of the addresses.
func Public(addrs []netip.AddrPort) bool {
	return slices.ContainsFunc(addrs, func(a netip.AddrPort) bool { return !a.Addr().IsLoopback() })
}

// Exclusion is a filter expression that all packets pass but those of connections to
// what is served at some addresses, both ways. Of an address that stands for all
// (0.0.0.0, ::) the port decides, as addresses come and go.
func Exclusion(addrs []netip.AddrPort) string {
	var terms []string
	for _, a := range addrs {
		term := fmt.Sprintf("port %d", a.Port())
		if host := a.Addr().WithZone(""); !host.IsUnspecified() {
			term = fmt.Sprintf("(src host %s and src port %d) or (dst host %s and dst port %d)", host, a.Port(), host, a.Port())
		}
		if !slices.Contains(terms, term) {
			terms = append(terms, term)
		}
	}
	return "not (tcp and (" + strings.Join(terms, " or ") + "))"
}
