package cli

import (
	"net/netip"

	"github.com/tapdump/tapdump/capture/live"
	"github.com/tapdump/tapdump/internal/names"
)

// host is what a run asks the machine that it runs on, beside captures and
// clocks. Tests have a machine of their own.
type host struct {
	addresses     func() []netip.Addr
	interfaceName func(index uint32) string // as in printer.Options
	names         names.Options             // where the names in expressions are found
}

func thisHost() host {
	return host{addresses: ownAddresses, names: names.Options{Files: names.SystemFiles()}}
}

// ownAddresses are those of this host.
func ownAddresses() []netip.Addr {
	devices, err := live.Devices()
	if err != nil {
		return nil // directions go by private addresses then
	}
	var all []netip.Addr
	for i := range devices {
		for _, p := range devices[i].Addresses {
			all = append(all, p.Addr())
		}
	}
	return all
}
