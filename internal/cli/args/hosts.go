package args

import (
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/text"
	"github.com/tapdump/tapdump/versions"
)

// remoting are about captures on other hosts.
type remoting struct {
	Hosts      []string `name:"host" type:"texts" takes:"hosts" getopt:"95" own:"" placeholder:"LIST" help:"capture on other hosts, over ssh, as on one: web1,admin@web2"`
	Via        []string `name:"via" type:"texts" takes:"free" getopt:"96" own:"" placeholder:"COMMAND" help:"likewise by a command that runs one there: 'web=kubectl exec -i POD --'"`
	KeepClocks bool     `name:"no-clock-correction" getopt:"97" own:"" help:"leave the times of --host and --via as their clocks have them"`
}

// Remote is a capture on other hosts.
type Remote struct {
	Hosts      []RemoteHost
	Tapdump    []string // options of tapdump there
	Tcpdump    []string // options of tcpdump there
	Lacks      string   // what tcpdump does not have of them; "": nothing
	KeepClocks bool
	Owners     bool // tapdump there says whose packets are
}

// ask has owners be found out where they are.
func (r *Remote) ask(a *Analysis) {
	if r != nil && a != nil && a.Owners != nil && a.Owners.Asked {
		r.Owners = true
		r.Tapdump = append(r.Tapdump, "--owner")
	}
}

// RemoteHost is one, or a command that leads to one.
type RemoteHost struct {
	Name    string // in messages and names of interfaces
	Host    string // of ssh; "": there is a command
	Command string
}

var (
	// A name, and = before what no variable of the environment would have.
	namedCommand = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^([A-Za-z0-9_.-]+)=(.*)$`) })
	wrongInHost  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[\s\x00-\x1f\x7f]`) })
)

// remoteHosts are the hosts and commands that are asked for.
func (o *options) remoteHosts() (all []RemoteHost, err error) {
	for _, list := range o.Hosts {
		for host := range strings.SplitSeq(list, ",") {
			switch {
			case host == "":
				return nil, Complaint("--host " + text.Quote(list) + ": names of hosts are awaited, with commas between: web1,admin@web2")
			case strings.HasPrefix(host, "-") || wrongInHost().MatchString(host):
				return nil, Complaint("--host: " + text.Quote(host) + " is no name of a host")
			}
			name := strings.TrimPrefix(host, "ssh://")
			name = name[strings.LastIndexByte(name, '@')+1:]
			if name == "" || strings.HasPrefix(name, "-") {
				return nil, Complaint("--host: " + text.Quote(host) + " is no name of a host")
			}
			all = append(all, RemoteHost{Name: name, Host: host})
		}
	}
	for i, command := range o.Via {
		p := RemoteHost{Name: "via" + strconv.Itoa(i+1), Command: command}
		if m := namedCommand().FindStringSubmatch(command); m != nil {
			p.Name, p.Command = m[1], m[2]
		}
		if strings.TrimSpace(p.Command) == "" {
			return nil, Complaint("--via " + text.Quote(command) + ": a command is awaited that runs another one elsewhere, such as 'web=docker exec -i web'")
		}
		all = append(all, p)
	}
	has := make(map[string]bool)
	for i := range all {
		if has[all[i].Name] && all[i].Host != "" {
			all[i].Name = all[i].Host
		}
		if has[all[i].Name] {
			return nil, Complaint("--host and --via: " + text.Quote(all[i].Name) + " is there twice: name each once (--via 'NAME=COMMAND' gives a name)")
		}
		has[all[i].Name] = true
	}
	return all, nil
}

// isRemote reports whether the capture is on other hosts.
func (o *options) isRemote() bool { return o.Hosts != nil || o.Via != nil }

// checkRemote refuses what does not go together with other hosts.
func (o *options) checkRemote() error {
	if !o.isRemote() {
		if o.KeepClocks {
			return Complaint("--no-clock-correction is about --host and --via: give one of them too")
		}
		return nil
	}
	for _, other := range [...]struct {
		asked        bool
		option, does string
	}{
		{o.reads(), "-r and -V", "read savefiles: leave them out"},
		{o.ListInterfaces, "-D", "is about interfaces here: run tapdump -D there"},
		{o.ListStampTypes, "-J", "is about interfaces here: run tapdump -J there"},
		{o.ListLinkTypes, "-L", "is about interfaces here: run tapdump -L there"},
		{o.Foreign, "-f", "is about this host's network: leave it out"},
		{o.Engine != "", "--capture-engine", "is about captures here: leave it out"},
	} {
		if other.asked {
			return Complaint("--host and --via capture on other hosts; " + other.option + " " + other.does)
		}
	}
	_, err := o.remoteHosts()
	return err
}

// remote is the capture on other hosts; nil: it is on this one.
func (o *options) remote(like versions.Version) *Remote {
	if !o.isRemote() {
		return nil
	}
	a := &Remote{KeepClocks: o.KeepClocks}
	a.Hosts, _ = o.remoteHosts() // they were checked
	common := o.farOptions(like)
	a.Tapdump = append([]string{"-w", "-", "--format", "pcapng"}, common...)
	a.Tcpdump = append([]string{"-U", "--immediate-mode", "-w", "-"}, common...)
	if o.Precision == Nanoseconds {
		a.Tcpdump = append(a.Tcpdump, "--time-stamp-precision=nano")
	}
	if like != versions.V4_99_6 {
		a.Tapdump = append(a.Tapdump, "--like", like.String())
	}
	if o.Immediate {
		a.Tapdump = append(a.Tapdump, "--immediate-mode")
	}
	switch {
	case o.drops():
		a.Lacks = "-i " + Drops
	case len(o.Interfaces) > 1:
		a.Lacks = "several -i"
	case len(o.Interfaces) == 1 && strings.ContainsAny(o.Interfaces[0], "*?["):
		a.Lacks = "patterns for -i"
	case o.FollowInterfaces:
		a.Lacks = "--follow-interfaces"
	case o.Workers > 1:
		a.Lacks = "--workers"
	case o.places() != nil:
		a.Lacks = "--" + o.places()[0].Option
	}
	for _, p := range o.places() { // which are there
		a.Tapdump = append(a.Tapdump, "--"+p.Option, p.Value)
	}
	if o.FollowInterfaces {
		a.Tapdump = append(a.Tapdump, "--follow-interfaces")
	}
	if o.Workers > 0 {
		a.Tapdump = append(a.Tapdump, "--workers", strconv.Itoa(o.Workers))
	}
	return a
}

// farOptions are the options of a capture that tapdump and tcpdump both have.
func (o *options) farOptions(like versions.Version) (all []string) {
	for _, name := range o.Interfaces {
		all = append(all, "-i", name)
	}
	if o.SnapLen > 0 {
		all = append(all, "-s", strconv.Itoa(o.SnapLen))
	}
	if o.BufferSize > 0 {
		all = append(all, "-B", strconv.Itoa(o.BufferSize/1024))
	}
	for _, flag := range [...]struct {
		asked  bool
		option string
	}{{o.NoPromiscuous, "-p"}, {o.Monitor, "-I"}, {o.NoOptimize, "-O"}} {
		if flag.asked {
			all = append(all, flag.option)
		}
	}
	switch o.Direction {
	case capture.DirIn:
		all = append(all, "-Q", "in")
	case capture.DirOut:
		all = append(all, "-Q", "out")
	}
	if o.StampType != capture.TimestampHost {
		all = append(all, "-j", o.StampType.String())
	}
	if o.LinkType != nil {
		name, _ := o.LinkType.TextsIn(like)
		all = append(all, "-y", name)
	}
	return all
}
