package args

import (
	"cmp"
	"fmt"
	"runtime"
	"strconv"

	"github.com/tapdump/tapdump/internal/features"
)

// Version is the release of tapdump, behind which stands the usage.
const (
	Version = features.Release

	usageBegin = `		[ -C file_size ] [ -E algo:secret ] [ -F file ] [ -G seconds ]
		[ -i interface ] [ --immediate-mode ] [ -j tstamptype ]
`
	usageOptions = `		[ -M secret ] [ --number ] [ --print ] [ -Q in|out|inout ]
		[ -r file ] [ -s snaplen ] [ -T type ] [ --version ]
`
	usageOptions50 = `		[ --lengths ] [ --list-remote-interfaces remote-source ]
		[ -M secret ] [ --number ] [ --print ]
		[ --print-sampling nth ] [ -Q in|out|inout ] [ -r file ]
		[ -s snaplen ] [ --skip count ] [ -T type ] [ --version ]
`
	usageEnd = `		[ -V file ] [ -w file ] [ -W filecount ] [ -y datalinktype ]
		[ --time-stamp-precision precision ] [ --micro ] [ --nano ]
		[ -z postrotate-command ] [ -Z user ] [ expression ]
`
)

// usageText is what -h and a wrong option print after the version.
func usageText(program Program) string {
	options := usageOptions
	if newOptions.In(program.Like) {
		options = usageOptions50
	}
	return "Usage: " + cmp.Or(program.File, program.Name) + " [-AbdDefghHIJKlLnNOpqStuUvxX#] [ -B size ] [ -c count ] [--count]\n" + usageBegin + options + usageEnd
}

// VersionText has the shape of tcpdump's: the program, what it is built on, the
// build.
func VersionText(program Program) string {
	return fmt.Sprintf("%s version %s\ncompatible with tcpdump version %s and libpcap version %s\n%s %s/%s\n%d-bit build, 64-bit time_t\n",
		program.Name, Version, program.Like.Tcpdump(), program.Like.Libpcap(), runtime.Version(), runtime.GOOS, runtime.GOARCH, strconv.IntSize)
}

// versionAndBuild is what --version prints: the features stand behind what scripts look for.
func versionAndBuild(program Program) string { return VersionText(program) + features.Text() }

// Usage is what a wrong option prints.
func Usage(program Program) string { return VersionText(program) + usageText(program) }
