package args

import (
	"slices"
	"strings"

	"github.com/tapdump/tapdump/internal/text"
	"github.com/tapdump/tapdump/versions"
)

// following are about which tcpdump is followed.
type following struct {
	Like *versions.Version `name:"like" type:"like" getopt:"112" own:"" placeholder:"VERSION" help:"print, decide and complain as that tcpdump: 4.99.6, or the next ones, 4.99 and 5.0"` // nil: not given
	// RemoteSource is of an option that tcpdump has had since 5.0, as libpcap is built
	// without what it asks for.
	RemoteSource *string `name:"list-remote-interfaces" type:"text" takes:"free" getopt:"3" about:"list the interfaces of a remote source"`
}

// What versions have options for, and what they say of values.
var (
	newOptions = versions.Since(versions.V5_0, "options", "`--skip`, `--lengths` and `--print-sampling` are tapdump's own, so that `--pri` means `--print`",
		"they are tcpdump's, so that `--pri` is ambiguous")
	remoteInterfaces = versions.Since(versions.V5_0, "options", "there is no `--list-remote-interfaces`", "`pcap_findalldevs_ex() is not supported`")
	lackingModules   = versions.Since(versions.V5_0, "options", "`ignoring option '-m x' (no libsmi support)`", "`invalid option -- 'm'`")
	strictNumbers    = versions.Since(versions.V5_0, "options", "`-B`, `-c`, `-G` and `-W` take a number and what follows it: `-c 10x` is 10; `invalid packet count x`",
		"they take a number, as `-s` and `-C` do: `invalid packet count \"x\" (not a valid number)`, `invalid packet count 0 (must be >= 1 and <= 2147483647)`")
	countOfSavefiles = versions.Since(versions.V4_99, "options", "`--count` counts what is captured, too", "`--count cannot be used without -r or -V.`")
	quicPackets      = versions.Since(versions.V5_0, "options", "`unknown packet type 'quic'`", "`-T quic`")
)

func parseVersion(s string) (*versions.Version, error) {
	v, err := versionOf("--like ", s)
	return &v, err
}

// versionOf is the version with a name, which stands behind from.
func versionOf(from, name string) (versions.Version, error) {
	v, err := versions.Parse(name)
	if err != nil {
		var all []string
		for _, v := range versions.All() {
			all = append(all, v.String())
		}
		return 0, Complaint(from + text.Quote(name) + ": not one of " + strings.Join(all, ", "))
	}
	return v, nil
}

// Follow finds the version of tcpdump that a command line is to be read as: that of
// the last --like, wherever it stands, else that of TAPDUMP_LIKE. A wrong value of
// --like is none; Parse complains about it where it stands.
func Follow(program Program, arguments []string, host Host) (versions.Version, error) {
	// What is shorter may mean other options.
	if slices.ContainsFunc(arguments, func(s string) bool { return strings.HasPrefix(s, "--lik") }) {
		table := parserOf(program, host, new(options)).getoptTable(program)
		flags, _, _ := getopt(arguments, table, host.Posix, true)
		for _, f := range slices.Backward(flags) {
			if name, is := strings.CutPrefix(f, "--like="); is {
				v, _ := versions.Parse(name)
				return v, nil
			}
		}
	}
	if host.Like == "" {
		return 0, nil
	}
	return versionOf("TAPDUMP_LIKE=", host.Like)
}

// complete fills in what options imply.
func (o *options) complete() {
	if o.Sampling > 0 {
		o.Print, o.AbsoluteSeq = true, true
	}
}

// standing is whether an option is there in the version that is followed, and
// whether it is one of our own then.
func (p Program) standing(r *row) (there, own bool) {
	there, own = true, r.has("own")
	switch r.name {
	case "skip", "lengths", "print-sampling":
		own = !newOptions.In(p.Like)
	case "list-remote-interfaces":
		there = remoteInterfaces.In(p.Like)
	case "m":
		there = !lackingModules.In(p.Like)
	}
	return there, own
}
