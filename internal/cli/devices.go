package cli

import (
	"fmt"
	"net/netip"
	"path"
	"slices"
	"strings"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/live"
	"github.com/tapdump/tapdump/internal/cli/args"
	"github.com/tapdump/tapdump/printer"
)

// anyDevice captures from all interfaces.
const anyDevice = "any"

// chosen are the devices to capture from.
type chosen struct {
	names       []string // numbers and patterns, too
	promiscuous bool
}

// devices are those given with -i, else the first that there is; in ipscap, all
// interfaces at once, where the system can do that.
func (s *session) devices() (chosen, error) {
	d := &s.plan.Device
	if d.Names != nil {
		return chosen{d.Names, d.Promiscuous}, nil
	}
	devices, err := live.Devices()
	if err != nil {
		return chosen{}, err
	}
	if len(devices) == 0 {
		return chosen{}, errorText("no interfaces available for capture")
	}
	name, promiscuous := choose(devices, s.ipscap && d.Engine != args.EngineGoPcap)
	return chosen{[]string{name}, d.Promiscuous && promiscuous}, nil
}

// choose returns the device to capture from where none is given, and whether it
// can be made promiscuous.
func choose(devices []live.Device, all bool) (name string, promiscuous bool) {
	isAny := func(d live.Device) bool { return d.Name == anyDevice }
	if all && slices.ContainsFunc(devices, isAny) {
		return anyDevice, false
	}
	return devices[0].Name, true
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
func (s *session) expandDevices(given []string) ([]string, error) {
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
			s.warn(strings.Join(down, ", ") + ": not up, and not captured from (with --follow-interfaces, once up)")
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
func (r *liveRun) openDevices(names []string) (parts []*live.Live, err error) {
	for _, name := range names {
		source, err := r.openDevice(name, len(names))
		if err != nil {
			closeAll(parts)
			return nil, err
		}
		parts = append(parts, source)
	}
	return parts, nil
}

func closeAll(parts []*live.Live) {
	for _, source := range parts {
		source.Close()
	}
}

// Buffers of many devices together have no more than this, unless -B says how
// much each has, but each at least the other.
const (
	buffersTogether = 64 << 20
	bufferAtLeast   = 1 << 20
)

// openDevice opens one of so many devices as the command line asks.
func (r *liveRun) openDevice(device string, of int) (*live.Live, error) {
	d := &r.plan.Device
	buffer := d.Buffer
	if share := buffersTogether / of; buffer == 0 && share < live.DefaultBuffer {
		buffer = max(share, bufferAtLeast)
	}
	source, err := live.Open(device, live.Config{
		SnapLen:       d.SnapLen,
		Promiscuous:   r.chosen.promiscuous,
		Monitor:       d.Monitor,
		Direction:     d.Direction,
		BufferSize:    buffer,
		Immediate:     d.Immediate,
		Timeout:       d.HoldBack,
		TimestampType: d.StampType,
		Workers:       d.Workers,
	})
	if err != nil {
		return nil, err
	}
	r.passWarnings(source)
	if d.LinkType != nil {
		if err := source.SetLinkType(*d.LinkType); err != nil {
			source.Close()
			return nil, err
		}
		r.remark("data link type " + d.LinkType.String())
	}
	return source, nil
}

// sameLinkType refuses to write packets of several link types into a file that
// has one.
func (r *liveRun) sameLinkType(first capture.Interface, others ...*live.Live) error {
	if r.plan.Write == nil || r.plan.AnyLinkType() {
		return nil
	}
	for _, source := range others {
		if source.LinkType() != first.LinkType {
			return errorText(fmt.Sprintf("a pcap file cannot hold packets of both %s (%s) and %s (%s)\nWrite pcapng (--format pcapng), or capture from \"any\".",
				first.Name, first.LinkType, source.Device(), source.LinkType()))
		}
	}
	return nil
}

// passWarnings prints the warnings of a device, each only once.
func (c *command) passWarnings(source liveSource) {
	for _, w := range source.Warnings() {
		c.warnOnce(w)
	}
}

// announceDevices says what is captured from.
func (r *liveRun) announceDevices(all []liveSource) error {
	if r.plan.Running.Banner {
		if err := r.announceIPScap(); err != nil {
			return err
		}
	}
	if r.ipscap && !r.traces(2) {
		return nil
	}
	r.say("%s: ", r.name)
	if r.plan.Lines.Options.Verbose == 0 && r.plan.Write == nil && (r.inspect == nil || r.plan.Lines.Print) {
		r.say("verbose output suppressed, use -v[v]... for full protocol decode\n")
	}
	for _, source := range all {
		r.announceDevice(source)
	}
	return nil
}

func (c *command) announceDevice(source liveSource) {
	c.say("listening on %s, link-type %s, snapshot length %d bytes\n", source.Device(), linkTypeText(source.LinkType()), source.SnapLen())
}

// listInterfaces prints what there is to capture from, with the numbers that
// -i takes, and perhaps the addresses.
func (c *command) listInterfaces(addresses bool) error {
	devices, err := live.Devices()
	if err != nil {
		return err
	}
	for i := range devices {
		c.out.buf = fmt.Appendf(c.out.buf, "%d.%s\n", i+1, &devices[i])
		if addresses {
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
		c.out.buf = appendStampTypes(c.out.buf, device, types)
	}
	return nil
}

func appendStampTypes(b []byte, device string, all []capture.TimestampType) []byte {
	b = fmt.Appendf(b, "Time stamp types for %s (use option -j to set):\n", device)
	for _, t := range all {
		b = fmt.Appendf(b, "  %s (%s)\n", t, t.Description())
	}
	return b
}

func (c *command) listLinkTypes(all []*live.Live) {
	for _, source := range all {
		c.out.buf = appendLinkTypes(c.out.buf, source.Device(), source.LinkTypes())
	}
}

func appendLinkTypes(b []byte, device string, all []capture.LinkType) []byte {
	b = fmt.Appendf(b, "Data link types for %s (use option -y to set):\n", device)
	for _, l := range all {
		unprintable := ""
		if !printer.CanPrint(l) {
			unprintable = " (printing not supported)"
		}
		if l.Name() == "" {
			b = fmt.Appendf(b, "  DLT %d%s\n", uint32(l), unprintable)
		} else {
			b = fmt.Appendf(b, "  %s (%s)%s\n", l.Name(), l.Description(), unprintable)
		}
	}
	return b
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
