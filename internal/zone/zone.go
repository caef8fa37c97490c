// Package zone finds the zone of local times as the GNU C library does, from
// TZ, TZDIR and the system's zone files. It knows what the time package does
// not: leap seconds, and all that may stand in TZ.
package zone

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
	_ "time/tzdata" // for systems without zone files
)

// The system's own zone, its zone files, and the rules for zones that TZ gives
// names and offsets of but no dates.
const (
	systemZone  = "/etc/localtime"
	systemDir   = "/usr/share/zoneinfo"
	defaultFile = "posixrules"
)

// Local is the zone that the environment asks for. The error says what of TZ is
// not understood; the zone is then what the C library makes of the rest: UTC if
// there is none.
//
// TZ names a file, in TZDIR or the system's folder if its name is not absolute,
// or holds the rules themselves (POSIX.1-2017, 8.3). Names that only this
// program knows, as there are no zone files, are taken too.
func Local() (*time.Location, error) {
	tz, set := os.LookupEnv("TZ")
	if !set {
		return own(systemZone)
	}
	name := strings.TrimPrefix(tz, ":")
	if name == "" {
		return time.UTC, nil
	}
	if f, err := readFile(path(name)); err == nil {
		return f.timeline().location(tz)
	}
	if loc := builtIn(name); loc != nil {
		return loc, nil
	}
	r, wrong, ok := parseRules(name)
	if !ok {
		return time.UTC, fmt.Errorf("TZ=%s: no such time zone, times are in UTC", tz)
	}
	t := r.timeline()
	if r.dateless {
		if f, err := readFile(path(defaultFile)); err == nil && len(f.types) >= 2 {
			t = f.withRules(&r).timeline()
		}
	}
	loc, err := t.location(tz)
	if err == nil && wrong != "" {
		err = fmt.Errorf("TZ=%s: %q is no rule for daylight saving time, such as M3.5.0,M10.5.0/3", tz, wrong)
	}
	return loc, err
}

// own is the system's own zone, whose file that is.
func own(file string) (*time.Location, error) {
	if f, err := readFile(file); err == nil {
		return f.timeline().location(file)
	}
	return time.Local, nil // UTC, or what a system without such a file says
}

// path is where the file of a zone lies.
func path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	dir := os.Getenv("TZDIR")
	if dir == "" {
		dir = systemDir
	}
	return dir + "/" + name
}

// builtIn is the zone of that name that the program brings along, or that lies
// where other systems have their files; nil when there is none, or TZDIR says
// where zones are.
func builtIn(name string) *time.Location {
	if os.Getenv("TZDIR") != "" || name == "Local" {
		return nil
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	return loc
}

// maxFile is far more than any zone file has, in bytes.
const maxFile = 1 << 20

// readFile reads a zone file.
func readFile(name string) (*file, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New(name + ": no regular file")
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err != nil {
		return nil, err
	}
	return parseFile(data)
}

// AppendFormat is t.AppendFormat, with a leap second as number 60 of its minute.
func AppendFormat(b []byte, t time.Time, layout string) []byte {
	if Second(t) == 60 {
		layout = strings.ReplaceAll(layout, "05", "60")
	}
	return t.AppendFormat(b, layout)
}

// Second is t.Second, but 60 in a leap second. A zone with leap seconds is one
// second further west after each: in it the 59th second comes twice.
func Second(t time.Time) int {
	s := t.Second()
	if s != 59 {
		return s
	}
	_, now := t.Zone()
	if _, before := t.Add(-time.Second).Zone(); before == now+1 {
		return 60
	}
	return s
}
