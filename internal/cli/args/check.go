package args

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/features"
	"github.com/tapdump/tapdump/internal/triggers"
	"github.com/tapdump/tapdump/pcapfile"
	"github.com/tapdump/tapdump/printer/detail"
	"github.com/tapdump/tapdump/versions"
)

// checkTogether refuses options that do not go together: first tcpdump's, in its
// order, then our own. What depends on the system (-D) comes between this and
// checkReading.
func (o *options) checkTogether(like versions.Version) error {
	switch {
	case o.ASCII > 0 && o.Hex > 0:
		return Complaint("-A and -x[x] are mutually exclusive.")
	case o.ASCII > 0 && o.HexASCII > 0:
		return Complaint("-A and -X[X] are mutually exclusive.")
	case o.Hex > 0 && o.HexASCII > 0:
		return Complaint("-x[x] and -X[X] are mutually exclusive.")
	case o.FileSize != 0 && o.WriteFile == nil:
		return Complaint("-C cannot be used without -w.")
	case o.FileSeconds != 0 && o.WriteFile == nil:
		return Complaint("-G cannot be used without -w.")
	case o.Count && !o.reads() && countOfSavefiles.In(like):
		return Complaint("--count cannot be used without -r or -V.")
	case o.PostRotate != nil && !o.recordsIncidents() && (o.WriteFile == nil || o.FileSize == 0 && o.FileSeconds == 0 && !o.rotatesSeries()):
		return Complaint("-z cannot be used without -w and (-C or -G).")
	case o.MaxPackets > 0 && o.Skip > uint64(math.MaxInt32-o.MaxPackets):
		return Complaint(fmt.Sprintf("Overflow (-c count) %d + (--skip count) %d", o.MaxPackets, o.Skip))
	}
	if o.writesParquet() {
		if err := features.Parquet.Need("-w " + textOf(o.WriteFile)); err != nil {
			return err
		}
	}
	if o.fileFormat().Compression != pcapfile.Uncompressed {
		if err := features.Compress.Need("-w " + textOf(o.WriteFile)); err != nil {
			return err
		}
	}
	series, rotates := o.rotation().Series, o.rotatesSeries()
	switch {
	case o.WriteFile == nil && (series != pcapfile.Series{} || o.Format != "" || o.Comment != nil):
		return Complaint("--rotate-..., --keep-..., --align, --max-bytes, --format and --comment are about a file: name it with -w")
	case o.Align && series.Every == 0:
		return Complaint("--align is about --rotate-time: give that too")
	case (o.KeepFiles > 0 || o.KeepBytes > 0) && !rotates && !o.recordsIncidents():
		return Complaint("--keep-files and --keep-bytes are about several files: give --rotate-size, --rotate-time or --rotate-count too")
	case o.Comment != nil && o.writesParquet():
		return Complaint("a Parquet file has no place for --comment: leave it out")
	case o.WriteFile != nil && packedParquet(*o.WriteFile) && o.Format == "":
		return Complaint("Parquet files are compressed within: give -w a name that ends in .parquet")
	case o.Comment != nil && !o.fileFormat().Pcapng:
		return Complaint("a pcap file has no place for --comment: give --format pcapng, or -w a name that ends in .pcapng")
	}
	return nil
}

// packedParquet reports whether a name is that of a Parquet file that is compressed once
// more.
func packedParquet(name string) bool {
	_, packing := pcapfile.ByName(name)
	return packing != pcapfile.Uncompressed && strings.HasSuffix(name[:strings.LastIndexByte(name, '.')], ".parquet")
}

// checkReading is the second half of what tcpdump refuses, and what of our own
// is about savefiles that are read.
func (o *options) checkReading() error {
	switch {
	case o.TimeStamps > 5:
		return Complaint("only -t, -tt, -ttt, -tttt and -ttttt are supported")
	case o.Foreign && o.reads():
		return Complaint("-f cannot be used with -V or -r.")
	case o.ReadLists != nil && o.ReadFiles != nil:
		return Complaint("-V and -r are mutually exclusive.")
	case o.Merge && !o.reads():
		return Complaint("--merge is about savefiles: name them with -r or -V")
	case len(o.ReadFiles) > 1 && !o.Merge:
		return Complaint("-r is given more than once: give --merge to read all by their time stamps, or list them in a file for -V to read one after the other")
	case len(o.ReadLists) > 1 && !o.Merge:
		return Complaint("-V is given more than once: give --merge to read all by their time stamps, or make one list to read one after the other")
	}
	return o.checkTiming()
}

// checkEngine refuses what the engine of --capture-engine cannot do.
func (o *options) checkEngine() error {
	if o.Engine != EngineGoPcap {
		return nil
	}
	if err := features.GoPcap.Need("--capture-engine go-pcap"); err != nil {
		return err
	}
	for _, lack := range [...]struct {
		asked        bool
		what, option string
	}{
		{len(o.Interfaces) > 1, "captures from one interface", "give -i once"},
		{slices.Contains(o.Interfaces, "any"), "captures from one interface", "name it in place of any"},
		{o.Direction != capture.DirUnknown, "does not know which way packets go", "leave out -Q"},
		{o.StampType != capture.TimestampHost, "has the host's time stamps alone", "leave out -j"},
		{o.Immediate, "hands over many packets at once", "leave out --immediate-mode"},
		{o.Monitor, "knows Ethernet alone", "leave out -I"},
		{o.Workers > 1, "has one buffer", "leave out --workers"},
		{o.FollowInterfaces, "does not take up interfaces", "leave out --follow-interfaces"},
	} {
		if lack.asked {
			return Complaint("--capture-engine go-pcap " + lack.what + ": " + lack.option)
		}
	}
	return nil
}

// checkInspecting refuses options of ipscap that do not go together.
func (o *options) checkInspecting(ipscap bool) error {
	toStdout := textOf(o.WriteFile) == "-"
	_, finds := o.given["find"]
	switch {
	case o.OutputRaw && o.View == nil && !ipscap:
		return valueError("--output_raw is about --output: give that too")
	case o.FindStream && !finds && !o.triggersOn(triggers.Find):
		return valueError("--find-stream is about --find: give that too")
	case o.Stats != "" && o.StatMode != nil && *o.StatMode == 0:
		return valueError("--stats asks for statistics, --stat_mode=0 for none: leave one of them out")
	case toStdout && o.View != nil && *o.View != detail.None:
		return valueError("--output and -w - both write to the standard output: give -w a file")
	case toStdout && (o.Stats != "" || o.StatMode != nil && *o.StatMode != 0):
		return valueError("statistics and -w - both write to the standard output: give -w a file")
	case o.Timeout > 0 && o.Duration > 0:
		return valueError("--timeout and --duration are the same: leave one of them out")
	}
	return nil
}

// lacksFilter reports whether no filter was given, and should have been.
func (o *options) lacksFilter() bool {
	asks := o.ListStampTypes || o.ListLinkTypes || o.dump() != DumpNothing
	return !o.Force && !asks && !o.sortsOut() && o.FilterFile == nil && isBlank(strings.Join(o.Expression, " "))
}

// sortsOut reports whether an option of ipscap sorts out packets.
func (o *options) sortsOut() bool {
	return o.Find != nil || o.Ports != nil || o.Protocols != 0 || o.Addresses != nil || o.Conditions != nil ||
		o.ExcludeSSH || o.WebPort || o.GeneralPort
}

// inspects reports whether an option of ipscap needs to know what packets are.
func (o *options) inspects() bool {
	return o.sortsOut() || o.Tracking || o.View != nil || o.StatMode != nil || o.DumpFiles > 0 || o.Stats != ""
}

// reads reports whether savefiles are read.
func (o *options) reads() bool { return o.ReadFiles != nil || o.ReadLists != nil }

// rotatesSeries reports whether an option of our own begins new files.
func (o *options) rotatesSeries() bool {
	return o.RotateSize > 0 || o.RotateTime > 0 || o.RotateCount > 0
}

// textOf is the text of an option, "" when it was not given.
func textOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
