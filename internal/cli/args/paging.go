package args

import (
	"net/netip"
	"strconv"
	"strings"
)

// paging are about the page in a browser.
type paging struct {
	Serve *netip.AddrPort `name:"serve" type:"serveaddress" bare:"127.0.0.1:0" getopt:"115" own:"" placeholder:"ADDRESS" help:"serve a page that shows captures in a browser, with the file of -r; PORT or IP:PORT"` // nil: not given
}

// parseServeAddress reads where the page is served: a port of the loopback, or an address
// with a port.
func parseServeAddress(s string) (*netip.AddrPort, error) {
	text := s
	if _, err := strconv.ParseUint(s, 10, 16); err == nil {
		text = "127.0.0.1:" + s
	} else if strings.HasPrefix(s, ":") {
		text = "127.0.0.1" + s
	} else if port, found := strings.CutPrefix(s, "localhost:"); found {
		text = "127.0.0.1:" + port
	}
	at, err := netip.ParseAddrPort(text)
	if err != nil || at.Addr().Zone() != "" {
		return nil, Complaint("--serve=" + s + ": a port of this machine is awaited, such as 8080, or an address with a port, such as 192.0.2.7:8080")
	}
	return &at, nil
}

// servingPage is the plan of --serve, which shows the page and does nothing else.
func (o *options) servingPage(program Program) (*Plan, error) {
	for name := range o.given {
		switch {
		case name == "serve", name == "r", name == "no-sandbox", name == "relinquish-privileges":
		case len(name) == 1:
			return nil, Complaint("--serve shows captures in a browser, which has options of its own: leave out -" + name)
		default:
			return nil, Complaint("--serve shows captures in a browser, which has options of its own: leave out --" + name)
		}
	}
	switch {
	case len(o.Expression) > 0:
		return nil, Complaint("--serve: the filter is typed in the browser: leave out " + strings.Join(o.Expression, " ") + "; an address is attached, as in --serve=8080")
	case len(o.ReadFiles) > 1:
		return nil, Complaint("--serve shows one capture at a time: give -r once")
	case len(o.ReadFiles) == 1 && o.ReadFiles[0] == "-":
		return nil, Complaint("--serve: the browser reads a capture more than once, and the standard input can be read once: write it to a file")
	}
	return &Plan{
		Program: program, Task: o.task(), Given: o.given,
		Files:      Files{Names: o.ReadFiles, Serve: o.Serve},
		Privileges: Privileges{User: o.User, NoSandbox: o.NoSandbox},
	}, nil
}
