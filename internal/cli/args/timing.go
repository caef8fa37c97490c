package args

import (
	"github.com/tapdump/tapdump/internal/when"
)

// timing is about the time of packets. Its end is --to, which names a file too.
type timing struct {
	From *when.Time `name:"from" type:"time" getopt:"100" own:"" placeholder:"TIME" help:"packets of savefiles from TIME on, and before --to TIME: 14:30, +10m, -5m, @EPOCH, RFC 3339"`
}

func parseTime(s string) (*when.Time, error) {
	t, err := when.Parse(s)
	if err != nil {
		return nil, Complaint("--from " + s + ": a time is awaited: " + when.Awaited)
	}
	return &t, nil
}

// toFile is the file of --to, nil without one, and toTime the time.
func (o *options) toFile() (file *string) {
	for _, s := range o.To {
		if _, err := when.Parse(s); err != nil {
			file = &s
		}
	}
	return file
}

func (o *options) toTime() (at *when.Time) {
	for _, s := range o.To {
		if t, err := when.Parse(s); err == nil {
			at = &t
		}
	}
	return at
}

// checkTiming refuses a span of time of what is not read from savefiles.
func (o *options) checkTiming() error {
	if (o.From != nil || o.toTime() != nil) && !o.reads() {
		return Complaint("--from and --to are about the time of packets in savefiles: name them with -r or -V; a capture ends with --duration or -c. A file of that name is --to ./NAME")
	}
	return nil
}
