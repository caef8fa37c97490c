package cli

import (
	"encoding/binary"
	"os"
	"strings"
	"time"
)

// localZone is the zone of local times. The time package knows the files that
// TZ may name; POSIX also allows the rules themselves, as in
// TZ=CET-1CEST,M3.5.0,M10.5.0/3.
func localZone() *time.Location {
	tz, set := os.LookupEnv("TZ")
	tz = strings.TrimPrefix(tz, ":")
	if !set || tz == "" {
		return time.Local
	}
	if zone, err := time.LoadLocation(tz); err == nil {
		return zone
	}
	if zone, err := time.LoadLocationFromTZData(tz, rulesOnly(tz)); err == nil {
		return zone
	}
	return time.Local
}

// rulesOnly makes the contents of a time zone file (RFC 8536) that holds no
// table but only the rules for all times.
func rulesOnly(rules string) []byte {
	var b []byte
	// The part for readers of version 1, then the one with rules behind it;
	// both have one type of local time, UTC, and no transition.
	for range 2 {
		b = append(b, "TZif2"...)
		b = append(b, make([]byte, 15)...)
		for _, count := range [...]uint32{0, 0, 0, 0, 1, 4} { // isut, isstd, leap, time, type, chars
			b = binary.BigEndian.AppendUint32(b, count)
		}
		b = append(b, 0, 0, 0, 0, 0, 0) // offset, no daylight saving time, name
		b = append(b, "UTC\x00"...)
	}
	return append(b, "\n"+rules+"\n"...)
}
