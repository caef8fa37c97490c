package args

import (
	"slices"
	"strings"
)

// placing are about where interfaces are: in which network namespaces.
type placing struct {
	NetNS     []string `name:"netns" type:"texts" takes:"free" getopt:"108" own:"" placeholder:"NAME" help:"capture in the network namespace NAME of ip netns, or of a path; . is this one; all"`
	PID       []string `name:"pid" type:"texts" takes:"free" getopt:"109" own:"" placeholder:"N" help:"capture in the network namespace of the process N"`
	Container []string `name:"container" type:"texts" takes:"free" getopt:"110" own:"" placeholder:"NAME" help:"capture in the network namespace of a container, by name, pod/name or ID; all"`
}

// Place is a network namespace that is asked for.
type Place struct {
	Option string // without dashes
	Value  string
}

// places lists the places that are asked for: those of one option in their order.
func (o *options) places() (all []Place) {
	for _, asked := range [...]struct {
		option string
		values []string
	}{{"netns", o.NetNS}, {"pid", o.PID}, {"container", o.Container}} {
		for _, value := range asked.values {
			all = append(all, Place{asked.option, value})
		}
	}
	return all
}

// placesHere are those on this host.
func (o *options) placesHere() []Place {
	if o.isRemote() {
		return nil
	}
	return o.places()
}

// checkPlaces refuses what places do not go together with.
func (o *options) checkPlaces() error {
	places := o.places()
	if places == nil {
		return nil
	}
	for _, p := range places {
		switch {
		case strings.Trim(p.Value, "/") == "":
			return Complaint("--" + p.Option + ` "": the name of a place is awaited`)
		case p.Option == "pid" && strings.Trim(p.Value, "0123456789") != "":
			return Complaint("--pid " + p.Value + ": the number of a process is awaited")
		}
	}
	option := "--" + places[0].Option
	switch {
	case o.reads():
		return Complaint(option + " is about interfaces, and -r and -V read files: leave one of them out")
	case o.Engine == EngineGoPcap:
		return Complaint("--capture-engine go-pcap captures in the namespace that it is started in: leave it out, or " + option)
	case o.Monitor && o.FollowInterfaces:
		return Complaint("-I makes interfaces, which who finds others in places may not: leave out -I, --follow-interfaces or " + option)
	case o.Foreign:
		return Complaint("-f is about the network of one interface: leave it out, or " + option)
	case o.dump() != DumpNothing && o.Interfaces == nil:
		return Complaint("-d without -i compiles for no interface: name one, or leave out " + option)
	case slices.ContainsFunc(o.Interfaces, isNumber):
		return Complaint("-i with a number, and " + option + ": give the interface's name, which -D lists")
	}
	return nil
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
