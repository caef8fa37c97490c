package args

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tapdump/tapdump/internal/shard"
)

// sharing are about the work of several machines.
type sharing struct {
	Shard      shard.Part `name:"shard" type:"shard" getopt:"89" own:"" placeholder:"I/N" help:"of N parts of the flows take part I, from 0 on: --shard 0/4 to --shard 3/4"`
	MergeStats bool       `name:"merge-stats" needs:"sums" getopt:"90" own:"" help:"add statistics of --stats json, from the files named: --merge-stats a.json b.json"`
}

func parseShard(s string) (shard.Part, error) {
	index, of, _ := strings.Cut(s, "/")
	n, err := strconv.Atoi(of)
	if err != nil || n < 1 || n > shard.MaxOf {
		return shard.Part{}, Complaint(fmt.Sprintf("--shard %s: I/N is awaited, with N from 1 to %d, such as 0/4", s, shard.MaxOf))
	}
	i, err := strconv.Atoi(index)
	if err != nil || i < 0 || i >= n {
		return shard.Part{}, Complaint(fmt.Sprintf("--shard %s: parts are counted from 0: of %d, the last is %d/%d", s, n, n-1, n))
	}
	return shard.Part{Index: i, Of: n}, nil
}

// merging is the plan of --merge-stats, which is about files of statistics alone.
func (o *options) merging(program Program) (*Plan, error) {
	for name, value := range o.given {
		switch {
		case name == "merge-stats", name == "no-sandbox", name == "stats" && strings.EqualFold(value, "json"):
		case len(name) == 1:
			return nil, Complaint("--merge-stats adds files of statistics, and knows nothing of packets: leave out -" + name)
		default:
			return nil, Complaint("--merge-stats adds files of statistics, and writes what --stats json does: leave out --" + name)
		}
	}
	if len(o.Expression) == 0 {
		return nil, Complaint("--merge-stats: name the files that --stats json was written to, - for the standard input")
	}
	return &Plan{
		Program: program, Task: o.task(), Given: o.given,
		Files:      Files{Names: o.Expression},
		Privileges: Privileges{NoSandbox: o.NoSandbox},
	}, nil
}
