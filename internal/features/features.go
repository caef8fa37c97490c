// Package features knows what this build of the program is: its release, the state of the
// source that it was built of, and which parts it has.
//
// A part that a build may lack is a row of All and a constant. What links other modules,
// or is large, has two files, NAME.go and noNAME.go: the build tag noNAME leaves that out
// alone, tapdump_small all. The constants of what is ours are in full.go and small.go. An
// option that needs a part has its name in the tag needs; functions that begin one return
// at once where its constant is false, so that nothing behind them is linked.
package features

import (
	"runtime/debug"
	"strings"
)

// Release is the version of the program.
const Release = "0.1.0"

// commit is set by the linker (-X), for builds that Go does not know the source of.
var commit string

// Feature is a part of the program that a build may lack.
type Feature struct {
	Name string
	What string // what there is none of: a plural
	Here bool
	Tag  string // the build tag that leaves it out alone; "": there is none
}

// The features. A constant stands behind each, so that what is below it is not linked.
var (
	Apps     = Feature{"apps", "the protocols of applications", HasApps, ""}
	Compress = Feature{"compress", "compressed savefiles", HasCompress, ""}
	Devices  = Feature{"devices", "captures from Bluetooth, USB, netfilter and D-Bus", HasDevices, ""}
	EBPF     = Feature{"ebpf", "programs in the kernel (eBPF)", HasEBPF, "noebpf"}
	GoPcap   = Feature{"gopcap", "captures by go-pcap", HasGoPcap, "nogopcap"}
	Index    = Feature{"index", "indexes of savefiles", HasIndex, ""}
	Owners   = Feature{"owners", "owners of packets", HasOwners, ""}
	Page     = Feature{"page", "the page for browsers", HasPage, "nopage"}
	Parquet  = Feature{"parquet", "Parquet files", HasParquet, "noparquet"}
	Places   = Feature{"places", "captures in namespaces and containers", HasPlaces, ""}
	Recorder = Feature{"recorder", "the flight recorder", HasRecorder, ""}
	Records  = Feature{"records", "packets as records", HasRecords, ""}
	Remote   = Feature{"remote", "captures on other hosts", HasRemote, ""}
	Report   = Feature{"report", "reports as pages", HasReport, "noreport"}
	Streams  = Feature{"streams", "streams over TCP", HasStreams, ""}
	Sums     = Feature{"sums", "sums of statistics", HasSums, ""}
	TLS      = Feature{"tls", "streams over TLS", HasTLS, "notls"}
)

// All has every feature, by name.
var All = [...]*Feature{&Apps, &Compress, &Devices, &EBPF, &GoPcap, &Index, &Owners, &Page, &Parquet, &Places, &Recorder, &Records, &Remote, &Report, &Streams, &Sums, &TLS}

// ByName is the feature of a name, nil if there is none.
func ByName(name string) *Feature {
	for _, f := range All {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// Lacking says that a build lacks a feature.
type Lacking struct {
	What    string // what was asked for; "": others say that
	Feature *Feature
}

func (l *Lacking) Error() string {
	what, tags := l.What, "the tag tapdump_small"
	if what != "" {
		what += ": "
	}
	if l.Feature.Tag != "" {
		tags = "the tags " + l.Feature.Tag + " and tapdump_small"
	}
	return what + "this tapdump was built without " + l.Feature.What + "; one that is built without " + tags + " has them"
}

// Need is a *Lacking if the build lacks the feature that something needs.
func (f *Feature) Need(what string) error {
	if f.Here {
		return nil
	}
	return &Lacking{what, f}
}

// Text is what --version says of the build: the commit, which features there are, and
// which there are not.
func Text() string {
	var here, not []string
	for _, f := range All {
		if f.Here {
			here = append(here, f.Name)
		} else {
			not = append(not, f.Name)
		}
	}
	list := func(names []string) string {
		if len(names) == 0 {
			return "none"
		}
		return strings.Join(names, " ")
	}
	return "commit " + Commit() + "\nfeatures: " + list(here) + "\nleft out: " + list(not) + "\n"
}

// Commit is that of the source, with "-dirty" behind it if files were different; "unknown"
// if it was built outside of a repository and nobody said.
func Commit() string {
	if commit != "" {
		return commit
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	revision, dirty := "unknown", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value[:min(12, len(s.Value))]
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "-dirty"
		}
	}
	return revision + dirty
}
