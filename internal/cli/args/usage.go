package args

import (
	"fmt"
	"runtime"
	"strconv"
)

// Version is the release of tapdump, and what it keeps to.
const (
	Version         = "0.1.0"
	tcpdumpVersion  = "4.99.6"
	libpcapVersion  = "1.10.6"
	usageAfterFirst = `		[ -C file_size ] [ -E algo:secret ] [ -F file ] [ -G seconds ]
		[ -i interface ] [ --immediate-mode ] [ -j tstamptype ]
		[ -M secret ] [ --number ] [ --print ] [ -Q in|out|inout ]
		[ -r file ] [ -s snaplen ] [ -T type ] [ --version ]
		[ -V file ] [ -w file ] [ -W filecount ] [ -y datalinktype ]
		[ --time-stamp-precision precision ] [ --micro ] [ --nano ]
		[ -z postrotate-command ] [ -Z user ] [ expression ]
`
)

// usageText is what -h and a wrong option print after the version.
func usageText(program string) string {
	return "Usage: " + program + " [-AbdDefghHIJKlLnNOpqStuUvxX#] [ -B size ] [ -c count ] [--count]\n" + usageAfterFirst
}

// VersionText has the shape of tcpdump's: the program, what it is built on, the
// build.
func VersionText(program string) string {
	return fmt.Sprintf("%s version %s\ncompatible with tcpdump version %s and libpcap version %s\n%s %s/%s\n%d-bit build, 64-bit time_t\n",
		program, Version, tcpdumpVersion, libpcapVersion, runtime.Version(), runtime.GOOS, runtime.GOARCH, strconv.IntSize)
}

// Usage is what a wrong option prints.
func Usage(program string) string { return VersionText(program) + usageText(program) }
