package args

import (
	"github.com/tapdump/tapdump/internal/text"
	"github.com/tapdump/tapdump/versions"
)

// following are about which tcpdump is followed.
type following struct {
	Like *versions.Version `name:"like" type:"like" getopt:"108" own:"" placeholder:"VERSION" help:"print, decide and complain as that tcpdump: 4.99.6, or the next ones, 4.99 and 5.0"` // nil: not given
}

func parseVersion(s string) (*versions.Version, error) {
	v, err := versions.Parse(s)
	if err != nil {
		return nil, Complaint("--like " + text.Quote(s) + ": " + err.Error())
	}
	return &v, nil
}

// like is the version that is followed: that of --like, else that of TAPDUMP_LIKE.
func (o *options) like(host Host) (versions.Version, error) {
	if o.Like != nil {
		return *o.Like, nil
	}
	if host.Like == "" {
		return 0, nil
	}
	v, err := versions.Parse(host.Like)
	if err != nil {
		return 0, Complaint("TAPDUMP_LIKE=" + text.Quote(host.Like) + ": " + err.Error())
	}
	return v, nil
}
