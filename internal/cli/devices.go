package cli

import (
	"fmt"
	"net/netip"
	"path"
	"slices"
	"strings"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/live"
	"github.com/tapdump/tapdump/printer"
)

// devices are the names, numbers or patterns given with -i, else the first device
// there is.
func (c *command) devices() ([]string, error) {
	if c.opts.Interfaces != nil {
		return c.opts.Interfaces, nil
	}
	devices, err := live.Devices()
	if err != nil {
		return nil, err
	}
	if len(devices) == 0 {
		return nil, errorText("no interfaces available for capture")
	}
	if c.ipscap {
		name := ipscapDevice(devices)
		// All interfaces at once cannot be made promiscuous.
		c.opts.NoPromiscuous = c.opts.NoPromiscuous || name == anyDevice
		return []string{name}, nil
	}
	return []string{devices[0].Name}, nil
}

// isPattern reports whether a device is given as what shells match file names
// with.
func isPattern(device string) bool { return strings.ContainsAny(device, "*?[") }

// matchesDevice reports whether a name is the one given, or matches the pattern.
// In a shell's pattern ! negates a class, in Go's ^.
func matchesDevice(device, name string) (bool, error) {
	if device == name || !isPattern(device) {
		return device == name, nil
	}
	matches, err := path.Match(strings.ReplaceAll(device, "[!", "[^"), name)
	if err != nil {
		return false, errorText(device + ": not a pattern for names of interfaces")
	}
	return matches, nil
}

// expandDevices puts the names of interfaces that are up in the place of patterns.
func (c *command) expandDevices(given []string) ([]string, error) {
	if !slices.ContainsFunc(given, isPattern) {
		return given, nil
	}
	devices, err := live.Devices()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, device := range given {
		if !isPattern(device) {
			names = append(names, device)
			continue
		}
		var found, down []string
		for i := range devices {
			d := &devices[i]
			matches, err := matchesDevice(device, d.Name)
			switch {
			case err != nil:
				return nil, err
			case !matches || d.Pseudo || slices.Contains(given, d.Name):
			case d.Up:
				found = append(found, d.Name)
			default:
				down = append(down, d.Name)
			}
		}
		slices.Sort(down)
		if found == nil {
			return nil, noneMatches(device, down)
		}
		if down != nil {
			c.warn(strings.Join(down, ", ") + ": not up, and not captured from (with --follow-interfaces, once up)")
		}
		for _, name := range found {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names, nil
}

func noneMatches(device string, down []string) error {
	text := device + ": No interface that is up has such a name"
	if down != nil {
		text += "\n(not up: " + strings.Join(down, ", ") + ")"
	}
	return errorText(text + "\nThe option -D lists the interfaces; --follow-interfaces waits for one.")
}

// openDevices opens those devices.
func (c *command) openDevices(names []string) (parts []*live.Live, err error) {
	for _, name := range names {
		live, err := c.openDevice(name, len(names))
		if err != nil {
			for _, live := range parts {
				live.Close()
			}
			return nil, err
		}
		parts = append(parts, live)
	}
	return parts, nil
}

// Buffers of many devices together have no more than this, unless -B says how
// much each has, but each at least the other.
const (
	buffersTogether = 64 << 20
	bufferAtLeast   = 1 << 20
)

// openDevice opens one of so many devices as the command line asks.
func (c *command) openDevice(device string, of int) (*live.Live, error) {
	o := c.opts
	buffer := o.BufferSize
	if share := buffersTogether / of; buffer == 0 && share < live.DefaultBuffer {
		buffer = max(share, bufferAtLeast)
	}
	live, err := live.Open(device, live.Config{
		SnapLen:       o.SnapLen,
		Promiscuous:   !o.NoPromiscuous,
		Monitor:       o.Monitor,
		Direction:     o.Direction,
		BufferSize:    buffer,
		Immediate:     o.Immediate,
		Timeout:       o.holdBack(),
		TimestampType: o.StampType,
		Workers:       o.Workers,
	})
	if err != nil {
		return nil, err
	}
	c.passWarnings(live)
	if o.LinkType != nil && !o.ListLinkTypes {
		if err := live.SetLinkType(*o.LinkType); err != nil {
			live.Close()
			return nil, err
		}
		c.say("%s: data link type %s\n", c.name, o.LinkType)
	}
	return live, nil
}

// sameLinkType refuses to write packets of several link types into a file that
// has one.
func (c *command) sameLinkType(first capture.Interface, others ...*live.Live) error {
	if c.opts.WriteFile == nil || c.opts.fileFormat().Pcapng {
		return nil
	}
	for _, live := range others {
		if live.LinkType() != first.LinkType {
			return errorText(fmt.Sprintf("a pcap file cannot hold packets of both %s (%s) and %s (%s)\nWrite pcapng (--format pcapng), or capture from \"any\".",
				first.Name, first.LinkType, live.Device(), live.LinkType()))
		}
	}
	return nil
}

// passWarnings prints the warnings of a device, each only once.
func (c *command) passWarnings(live *live.Live) {
	if c.warned == nil {
		c.warned = make(map[string]bool)
	}
	for _, w := range live.Warnings() {
		if !c.warned[w] {
			c.warned[w] = true
			c.warn(w)
		}
	}
}

// announceDevices says what is captured from.
func (c *command) announceDevices(all []*live.Live) error {
	if c.ipscap && textOf(c.opts.WriteFile) != "-" && c.opts.Stats != "json" && c.opts.Stats != "csv" {
		if err := c.announceIPScap(); err != nil {
			return err
		}
	}
	if c.ipscap && c.diagnostics.level < 2 {
		return nil
	}
	c.say("%s: ", c.name)
	if c.opts.Verbose == 0 && c.opts.WriteFile == nil && (c.inspect == nil || c.printsLines()) {
		c.say("verbose output suppressed, use -v[v]... for full protocol decode\n")
	}
	for _, live := range all {
		c.announceDevice(live)
	}
	return nil
}

func (c *command) announceDevice(live *live.Live) {
	c.say("listening on %s%s, snapshot length %d bytes\n", live.Device(), describeLinkType(live.LinkType()), live.SnapLen())
}

// listInterfaces prints what there is to capture from, with the numbers that
// -i takes, and with -v the addresses.
func (c *command) listInterfaces() error {
	devices, err := live.Devices()
	if err != nil {
		return err
	}
	for i := range devices {
		c.out.buf = fmt.Appendf(c.out.buf, "%d.%s\n", i+1, &devices[i])
		if c.opts.Verbose > 0 {
			for _, p := range devices[i].Addresses {
				c.out.buf = fmt.Appendf(c.out.buf, "\t%s\n", p)
			}
		}
	}
	return nil
}

func (c *command) listStampTypes(devices []string) error {
	for _, device := range devices {
		types, err := live.TimestampTypes(device)
		if err != nil {
			return err
		}
		c.out.buf = fmt.Appendf(c.out.buf, "Time stamp types for %s (use option -j to set):\n", device)
		for _, t := range types {
			c.out.buf = fmt.Appendf(c.out.buf, "  %s (%s)\n", t, t.Description())
		}
	}
	return nil
}

func (c *command) listLinkTypes(all []*live.Live) {
	for _, live := range all {
		c.out.buf = fmt.Appendf(c.out.buf, "Data link types for %s (use option -y to set):\n", live.Device())
		for _, l := range live.LinkTypes() {
			unprintable := ""
			if !printer.CanPrint(l) {
				unprintable = " (printing not supported)"
			}
			if l.Name() == "" {
				c.out.buf = fmt.Appendf(c.out.buf, "  DLT %d%s\n", uint32(l), unprintable)
			} else {
				c.out.buf = fmt.Appendf(c.out.buf, "  %s (%s)%s\n", l.Name(), l.Description(), unprintable)
			}
		}
	}
}

// localNetwork is the network of -f: the device's first IPv4 network.
func localNetwork(device string) (netip.Prefix, error) {
	devices, err := live.Devices()
	if err != nil {
		return netip.Prefix{}, err
	}
	for i := range devices {
		if devices[i].Name != device {
			continue
		}
		for _, p := range devices[i].Addresses {
			if p.Addr().Is4() {
				return p.Masked(), nil
			}
		}
	}
	return netip.Prefix{}, errorText(device + ": no IPv4 address assigned")
}
