package pcapfile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// maxPath is the longest file name that is made, in bytes.
const maxPath = 4096

// namer gives the files of a Rotator their names.
type namer struct {
	pattern string
	free    bool   // Series: no file has a name that is given
	last    string // Series: what the pattern became for the file before
	repeats int    // Series: how often it did so in a row
	files   int    // Series: so far
}

// classic is the name that tcpdump gives the file with the given number of the
// interval that began at since. Numbers follow the name; -W fills them up with
// zeros, for all to have the same length, and also numbers the first file.
func (n *namer) classic(since time.Time, c *Classic, number int) (string, error) {
	if n.pattern == "" {
		return "", errors.New("an empty string is not a valid file name")
	}
	name := n.pattern
	if c.Seconds > 0 {
		if name = strftime(name, since); len(name) >= maxPath {
			return "", errors.New("MakeFilename: strftime")
		}
	}
	if c.Size == 0 {
		return name, nil
	}
	digits := 0
	for rest := c.Files - 1; rest > 0; rest /= 10 {
		digits++
	}
	if number == 0 && digits == 0 {
		return name, nil
	}
	if name += fmt.Sprintf("%0*d", digits, number); len(name) > maxPath {
		return "", fmt.Errorf("too many output files or filename is too long (> %d)", maxPath)
	}
	return name, nil
}

// next is the name of the next file of a Series, which begins now.
func (n *namer) next(now time.Time) (string, error) {
	for {
		name, err := n.numbered(now)
		if err != nil || !n.free {
			return name, err
		}
		if _, err := os.Lstat(name); errors.Is(err, os.ErrNotExist) {
			return name, nil
		} else if err != nil {
			return "", fmt.Errorf("%s: %w", name, reason(err))
		}
	}
}

// numbered is the name of the next file, whether there is such a one already or not.
func (n *namer) numbered(now time.Time) (string, error) {
	n.files++
	name := n.pattern
	if strings.IndexByte(name, '%') < 0 {
		name = beforeEnding(name, fmt.Sprintf("_%05d_%s", n.files, now.Format("20060102150405")))
	} else {
		expanded := strftime(name, now)
		if expanded == n.last {
			n.repeats++
		} else {
			n.last, n.repeats = expanded, 1
		}
		name = expanded
		if n.repeats > 1 {
			name = beforeEnding(name, "_"+strconv.Itoa(n.repeats))
		}
	}
	if len(name) >= maxPath {
		return "", fmt.Errorf("the file name becomes too long (%d bytes); shorten what -w gives", len(name))
	}
	return name, nil
}

// beforeEnding puts text before the ending of a file name, which is two-fold in
// out.pcap.gz.
func beforeEnding(name, text string) string {
	ending := filepath.Ext(name)
	if _, c := ByName(name); c != Uncompressed {
		ending = filepath.Ext(strings.TrimSuffix(name, ending)) + ending
	}
	return strings.TrimSuffix(name, ending) + text + ending
}
