package args

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/printer"
	"github.com/tapdump/tapdump/versions"
)

// valuesIn reads the values of options as a version of tcpdump does.
type valuesIn versions.Version

// has reports whether the version has a change.
func (in valuesIn) has(c *versions.Change) bool { return c.In(versions.Version(in)) }

func (in valuesIn) bufferSize(s string) (int, error) {
	if in.has(strictNumbers) {
		n, err := parseInt("packet buffer size", s, 1, math.MaxInt32)
		if n > math.MaxInt32/1024 {
			return 0, Complaint("packet buffer size " + s + " is too large")
		}
		return n * 1024, err
	}
	n := atoi(s) * 1024 // may wrap, as it does in tcpdump
	if n <= 0 {
		return 0, Complaint("invalid packet buffer size " + s)
	}
	return int(n), nil
}

func (in valuesIn) packets(s string) (int, error) {
	if in.has(strictNumbers) {
		return parseInt("packet count", s, 1, math.MaxInt32)
	}
	n := atoi(s)
	if n <= 0 {
		return 0, Complaint("invalid packet count " + s)
	}
	return int(n), nil
}

// parseSkip and parseSampling read values as tcpdump 5.0 does, which brought their
// options.
func parseSkip(s string) (uint64, error) {
	n, rest, inRange := strtol(s, 0)
	if strings.HasPrefix(s, "-") || rest != "" || rest == s {
		return 0, Complaint(`invalid packet skip count "` + s + `" (not a valid unsigned number)`)
	}
	if !inRange || n < 0 || n > math.MaxInt32 {
		return 0, Complaint(fmt.Sprintf("invalid packet skip count %s (must be >= 0 and <= %d)", s, math.MaxInt32))
	}
	return uint64(n), nil
}

func parseSampling(s string) (int, error) {
	return parseInt("print sampling", s, 1, math.MaxInt32)
}

// maxWorkers and maxJobs are far above what a device or a printer can use.
const (
	maxWorkers = 64
	maxJobs    = 256
)

func parseJobs(s string) (int, error) {
	n, rest, _ := strtol(s, 10)
	if rest != "" || n < 1 || n > maxJobs {
		return 0, Complaint(fmt.Sprintf("invalid number of jobs %s (must be >= 1 and <= %d)", s, maxJobs))
	}
	return int(n), nil
}

func parseWorkers(s string) (int, error) {
	n, rest, _ := strtol(s, 10)
	if rest != "" || n < 1 || n > maxWorkers {
		return 0, Complaint(fmt.Sprintf("invalid number of workers %s (must be >= 1 and <= %d)", s, maxWorkers))
	}
	return int(n), nil
}

func (in valuesIn) files(s string) (int, error) {
	if in.has(strictNumbers) {
		return parseInt("number of output files", s, 1, math.MaxInt32)
	}
	n := atoi(s)
	if n <= 0 {
		return 0, Complaint("invalid number of output files " + s)
	}
	return int(n), nil
}

func (in valuesIn) seconds(s string) (int, error) {
	if in.has(strictNumbers) {
		return parseInt("number of seconds", s, 0, math.MaxInt32)
	}
	n := atoi(s)
	if n < 0 {
		return 0, Complaint("invalid number of seconds " + s)
	}
	return int(n), nil
}

func (in valuesIn) snapLen(s string) (int, error) {
	n, rest, inRange := strtol(s, 0)
	if in.has(strictNumbers) {
		n, err := number{"snaplen", s, n, rest, inRange}.within(0, capture.MaxSnapLen)
		return int(n), err
	}
	n = int64(int32(n))
	if rest == s || rest != "" || n < 0 || n > capture.MaxSnapLen {
		return 0, Complaint(fmt.Sprintf("invalid snaplen %s (must be >= 0 and <= %d)", s, capture.MaxSnapLen))
	}
	return int(n), nil
}

// parseFileSize reads -C's number of millions of bytes, or of KiB, MiB or GiB
// with a letter behind it.
func (in valuesIn) fileSize(s string) (int64, error) {
	invalid := Complaint("invalid file size " + s)
	n, unit, inRange := strtol(s, 10)
	switch {
	case in.has(strictNumbers):
		rest := ""
		if unit == s {
			rest = s
		}
		if _, err := (number{"file size", s, n, rest, inRange}).within(1, math.MaxInt64); err != nil {
			return 0, err
		}
		invalid += " (invalid units)"
	case unit == s || !inRange || n <= 0:
		return 0, invalid
	}
	var scale int64
	switch unit {
	case "":
		scale = 1_000_000
	case "k", "K":
		scale = 1 << 10
	case "m", "M":
		scale = 1 << 20
	case "g", "G":
		scale = 1 << 30
	default:
		return 0, invalid
	}
	if n > math.MaxInt64/scale {
		return 0, Complaint("file size " + s + " is too large")
	}
	return n * scale, nil
}

var directions = [...]struct {
	name      string
	direction capture.Direction
}{{"in", capture.DirIn}, {"out", capture.DirOut}, {"inout", capture.DirUnknown}}

func parseDirection(s string) (capture.Direction, error) {
	for _, d := range directions {
		if strings.EqualFold(s, d.name) {
			return d.direction, nil
		}
	}
	return 0, Complaint("unknown capture direction '" + s + "'")
}

func parseStampType(s string) (capture.TimestampType, error) {
	t, ok := capture.TimestampTypeByName(s)
	if !ok {
		return 0, Complaint("invalid time stamp type " + s)
	}
	return t, nil
}

var engines = [...]string{EngineRing, EngineBPF, EngineGoPcap}

func parseEngine(s string) (string, error) {
	if !slices.Contains(engines[:], s) {
		return "", Complaint("unknown capture engine '" + s + "' (ring, bpf or go-pcap)")
	}
	return s, nil
}

// Precision is that of time stamps.
type Precision uint8

const (
	NotGiven Precision = iota
	Microseconds
	Nanoseconds
)

// parsePrecision reads the word of --time-stamp-precision. As in tcpdump
// anything may follow it: "microseconds".
func parsePrecision(s string) (Precision, error) {
	switch {
	case strings.HasPrefix(s, "nano"):
		return Nanoseconds, nil
	case strings.HasPrefix(s, "micro"):
		return Microseconds, nil
	}
	return 0, Complaint("unsupported time stamp precision")
}

func (in valuesIn) packetType(s string) (printer.PacketType, error) {
	t, ok := printer.PacketTypeByName(s)
	if !ok || strings.EqualFold(s, "quic") && !in.has(quicPackets) {
		return 0, Complaint("unknown packet type '" + s + "'")
	}
	return t, nil
}

func (in valuesIn) linkType(s string) (*capture.LinkType, error) {
	l, ok := capture.LinkTypeByNameIn(s, versions.Version(in))
	if !ok {
		return nil, Complaint("invalid data link type " + s)
	}
	return &l, nil
}

// parseBytes reads a number of bytes, or of KiB, MiB or GiB with a letter behind
// it.
func parseBytes(s string) (int64, error) {
	n, unit, inRange := strtol(s, 10)
	shift := map[string]int{"": 0, "k": 10, "m": 20, "g": 30}
	bits, known := shift[strings.ToLower(unit)]
	if !known || !inRange || n <= 0 || n > math.MaxInt64>>bits {
		return 0, Complaint("invalid number of bytes " + s + " (100000, 64k, 10m, 2g)")
	}
	return n << bits, nil
}

func parseCount(s string) (uint64, error) {
	n, rest, inRange := strtol(s, 10)
	if rest != "" || !inRange || n <= 0 {
		return 0, Complaint("invalid count " + s + " (1 or more)")
	}
	return uint64(n), nil
}

func parseNumber(s string) (int, error) {
	n, err := parseCount(s)
	return int(min(n, math.MaxInt)), err
}

// parseDuration reads seconds, or a time such as 90s, 15m or 1h30m.
func parseDuration(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil {
		d, err = time.ParseDuration(s + "s")
	}
	if err != nil || d <= 0 {
		return 0, Complaint("invalid time " + s + " (90, 1.5s, 15m, 1h30m)")
	}
	return d, nil
}

var formats = [...]string{"pcap", "pcapng", formatParquet}

func parseFormat(s string) (string, error) {
	if !slices.Contains(formats[:], s) {
		return "", Complaint("unknown format '" + s + "' (pcap, pcapng or parquet)")
	}
	return s, nil
}

func parseYesNo(s string) (*bool, error) {
	yes := s == "yes"
	if !yes && s != "no" {
		return nil, Complaint("invalid value '" + s + "' (yes or no)")
	}
	return &yes, nil
}
