package live

import (
	"errors"
	"os"
	"strconv"
	"strings"
)

// dropCounts are the counts of the packets that a device has lost for want of
// buffers. Their files stay open, since the process may give up opening files.
type dropCounts struct {
	files [2]*os.File // nil: the device has no such count
	start uint64      // the counts at first
}

func openDrops(device string) *dropCounts {
	d := &dropCounts{}
	for i, name := range [...]string{"rx_missed_errors", "rx_fifo_errors"} {
		if f, err := os.Open("/sys/class/net/" + device + "/statistics/" + name); err == nil {
			d.files[i] = f
		}
	}
	return d
}

// restart counts from now on.
func (d *dropCounts) restart() { d.start = d.count() }

func (d *dropCounts) count() (n uint64) {
	for _, f := range d.files {
		if f == nil {
			continue
		}
		var text [32]byte
		size, _ := f.ReadAt(text[:], 0) // to the end, which is an error; or nothing, when the device is gone
		v, err := strconv.ParseUint(strings.TrimSpace(string(text[:size])), 10, 64)
		if err == nil {
			n += v
		}
	}
	return n
}

// since is how many packets the device has lost since the start.
func (d *dropCounts) since() uint64 {
	if d == nil {
		return 0
	}
	if n := d.count(); n > d.start {
		return n - d.start
	}
	return 0
}

func (d *dropCounts) close() (err error) {
	if d == nil {
		return nil
	}
	for _, f := range d.files {
		if f != nil {
			err = errors.Join(err, f.Close())
		}
	}
	return err
}
