package cli

import (
	"net"
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
	return host{addresses: ownAddresses, interfaceName: interfaceName, names: names.Options{Files: names.SystemFiles()}}
}

// interfaceName is the name of this host's interface with an index.
func interfaceName(index uint32) string {
	ifi, err := net.InterfaceByIndex(int(index))
	if err != nil {
		return ""
	}
	return ifi.Name
}

// ownAddresses are those of this host.
func ownAddresses() []netip.Addr {
	devices, err := live.Devices()
	if err != nil {
		return nil // directions go by private addresses then
	}
	return addressesOf(devices)
}

// addressesOf are the addresses of devices.
func addressesOf(devices []live.Device) (all []netip.Addr) {
	for i := range devices {
		for _, p := range devices[i].Addresses {
			all = append(all, p.Addr())
		}
	}
	return all
}
