package cli

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path"
	"slices"
	"strings"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/live"
	"github.com/tapdump/tapdump/internal/cli/args"
	"github.com/tapdump/tapdump/internal/features"
	"github.com/tapdump/tapdump/internal/names"
	"github.com/tapdump/tapdump/internal/places"
	"github.com/tapdump/tapdump/internal/syserr"
	"github.com/tapdump/tapdump/printer"
	"github.com/tapdump/tapdump/versions"
)

// anyDevice captures from all interfaces.
const anyDevice = "any"

// chosen are the devices to capture from.
type chosen struct {
	names       []string // numbers and patterns, too
	promiscuous bool
}

// devices are those given with -i, else the first that there is; in ipscap, all
// interfaces at once, where the system can do that. In places they are looked for
// there.
func (s *session) devices() (chosen, error) {
	d := &s.plan.Device
	if d.Places != nil && d.Names == nil && s.ipscap {
		return chosen{[]string{anyDevice}, false}, nil
	}
	if d.Names != nil || d.Places != nil {
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

// spot is a device at a place.
type spot struct {
	place  *places.Place // nil: where the program is
	device string
}

// here are devices where the program is.
func here(names []string) []spot {
	spots := make([]spot, len(names))
	for i, name := range names {
		spots[i].device = name
	}
	return spots
}

// openDevices opens those devices.
func (r *liveRun) openDevices(spots []spot) (parts []*live.Live, err error) {
	without := 0
	for _, at := range spots {
		source, err := r.openDevice(at, len(spots))
		var e *live.Error
		if r.plan.Device.Monitor && errors.As(err, &e) && e.NoMonitor() && without < len(spots)-1 {
			without++
			if source, err = r.openAsIs(at, len(spots)); err == nil {
				r.warn(syserr.Text(e) + ", and is captured from as it is")
			}
		}
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

// config is how one of so many devices is to be captured from.
func (r *liveRun) config(of int) live.Config {
	d := &r.plan.Device
	buffer := d.Buffer
	if share := buffersTogether / of; buffer == 0 && share < live.DefaultBuffer {
		buffer = max(share, bufferAtLeast)
	}
	return live.Config{
		SnapLen:       d.SnapLen,
		Promiscuous:   r.chosen.promiscuous,
		Monitor:       d.Monitor,
		Direction:     d.Direction,
		BufferSize:    buffer,
		Immediate:     d.Immediate,
		Timeout:       d.HoldBack,
		TimestampType: d.StampType,
		Nanoseconds:   r.plan.Precision == args.Nanoseconds,
		Workers:       d.Workers,
		Like:          r.like,
	}
}

// openDevice opens one of so many devices as the command line asks.
func (r *liveRun) openDevice(at spot, of int) (*live.Live, error) {
	return r.openWith(r.config(of), at)
}

// openAsIs is openDevice without monitor mode.
func (r *liveRun) openAsIs(at spot, of int) (*live.Live, error) {
	cfg := r.config(of)
	cfg.Monitor = false
	return r.openWith(cfg, at)
}

func (r *liveRun) openWith(cfg live.Config, at spot) (*live.Live, error) {
	if err := r.refuseRemote(at.device); err != nil {
		return nil, err
	}
	if !features.HasDevices && at.device != anyDevice && !live.Watched(at.device) {
		return nil, features.Devices.Need("-i " + at.device)
	}
	if at.place != nil {
		cfg.Namespace, cfg.Place = at.place.Namespace, at.place.Name
	}
	source, err := live.Open(at.device, cfg)
	if err != nil {
		var e *live.Error
		if errors.As(err, &e) && e.Warning != "" {
			r.warnOnce(e.Warning)
		}
		return nil, err
	}
	if err := r.prepareDevice(source); err != nil {
		return nil, err
	}
	return source, nil
}

var remoteSources = versions.Since(versions.V5_0, "devices", "`rpcap://host/eth0: No such device exists`", "`pcap_open() is not supported`")

// refuseRemote refuses a device that libpcap, built for that, would ask another host
// for, in the words of one that is not.
func (c *command) refuseRemote(device string) error {
	if remoteSources.In(c.like) && (strings.HasPrefix(device, "rpcap://") || strings.HasPrefix(device, "rpcaps://")) {
		return errorText("pcap_open() is not supported")
	}
	return nil
}

// prepareDevice has an open device be of the link type of -y; it is closed when it
// cannot be.
func (r *liveRun) prepareDevice(source *live.Live) error {
	r.passWarnings(source)
	if link := r.plan.Device.LinkType; link != nil {
		name, _ := link.TextsIn(r.like)
		if !slices.Contains(source.LinkTypes(), *link) {
			source.Close()
			return errorText(name + " is not one of the DLTs supported by this device")
		}
		if err := source.SetLinkType(*link); err != nil {
			source.Close()
			return err
		}
		r.remark("data link type " + name)
	}
	switch asked, has := r.plan.Device.SnapLen, source.SnapLen(); {
	case asked != 0 && asked < has:
		r.warnOnce(fmt.Sprintf("snaplen raised from %d to %d", asked, has))
	case asked > has:
		r.warnOnce(fmt.Sprintf("snaplen lowered from %d to %d", asked, has))
	}
	return nil
}

// sameLinkType refuses to write packets of several link types into a file that
// has one.
func (r *liveRun) sameLinkType(all []capture.Interface) error {
	if r.plan.Write == nil || r.plan.AnyLinkType() {
		return nil
	}
	for _, other := range all[1:] {
		if first := all[0]; other.LinkType != first.LinkType {
			return errorText(fmt.Sprintf("a pcap file cannot hold packets of both %s (%s) and %s (%s)\nWrite pcapng (--format pcapng), or capture from \"any\".",
				first.Name, first.LinkType, other.Name, other.LinkType))
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
	if r.ipscap && !r.traces(2) || r.leash != nil {
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
	c.say("listening on %s, link-type %s, snapshot length %d bytes\n", source.Device(), linkTypeText(source.LinkType(), c.like), source.SnapLen())
}

// interfaceCandidates are the interfaces that completion offers. A list that cannot be had
// is empty: there is nobody to complain to.
func interfaceCandidates() (all []args.Candidate) {
	devices, err := live.Devices()
	if err != nil {
		return nil
	}
	for i := range devices {
		all = append(all, args.Candidate{Text: devices[i].Name, Help: devices[i].Description})
	}
	return all
}

// offeredLinkTypes are those of a device, none where it cannot be opened.
func offeredLinkTypes(device string) []capture.LinkType {
	source, err := live.Open(device, live.Config{BufferSize: bufferAtLeast})
	if err != nil {
		return nil
	}
	defer source.Close()
	return source.LinkTypes()
}

// hostCandidates are the names of hosts that the system's file has.
func hostCandidates() (all []args.Candidate) {
	for _, h := range names.Hosts(names.SystemFiles()) {
		all = append(all, args.Candidate{Text: h.Name, Help: h.Addr.String()})
	}
	return all
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
		c.appendAddresses(&devices[i], addresses)
	}
	return nil
}

// appendAddresses prints the addresses of a device, if they are wanted.
func (c *command) appendAddresses(d *live.Device, wanted bool) {
	if wanted {
		for _, p := range d.Addresses {
			c.out.buf = fmt.Appendf(c.out.buf, "\t%s\n", p)
		}
	}
}

func (c *command) listStampTypes(spots []spot) error {
	for _, at := range spots {
		if err := c.refuseRemote(at.device); err != nil {
			return err
		}
		var types []capture.TimestampType
		err := at.within(func() (err error) {
			types, err = live.TimestampTypes(at.device)
			return err
		})
		if err != nil {
			return err
		}
		c.out.buf = appendStampTypes(c.out.buf, at.String(), types)
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

func (c *command) listLinkTypes(all []*live.Live, monitors bool) {
	for _, source := range all {
		title := source.Device()
		if source.CanMonitor() && monitors {
			title += " when in monitor mode"
		} else if source.CanMonitor() {
			title += " when not in monitor mode"
		}
		c.appendLinkTypes(title, source.LinkTypes())
	}
}

func (c *command) appendLinkTypes(device string, all []capture.LinkType) {
	b := fmt.Appendf(c.out.buf, "Data link types for %s (use option -y to set):\n", device)
	for _, l := range all {
		unprintable := ""
		if !printer.CanPrint(l) {
			unprintable = " (printing not supported)"
		}
		if name, description := l.TextsIn(c.like); name == "" {
			b = fmt.Appendf(b, "  DLT %d%s\n", uint32(l), unprintable)
		} else {
			b = fmt.Appendf(b, "  %s (%s)%s\n", name, description, unprintable)
		}
	}
	c.out.buf = b
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
	if _, err := net.InterfaceByName(device); err != nil {
		return netip.Prefix{}, errorText("SIOCGIFADDR: " + device + ": No such device")
	}
	return netip.Prefix{}, errorText(device + ": no IPv4 address assigned")
}
