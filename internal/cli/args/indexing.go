package args

import (
	"strings"

	"github.com/tapdump/tapdump/pcapfile"
)

// indexing are about what stands beside savefiles so that parts of them can be read.
type indexing struct {
	Index     bool `name:"index" getopt:"98" own:"" help:"write an index beside each file of -w, FILE.tdx, by which -r finds packets without reading all"`
	MakeIndex bool `name:"make-index" getopt:"99" own:"" help:"write the indexes of savefiles that are there: --make-index a.pcap b.pcapng"`
}

// checkIndexing refuses what does not go together.
func (o *options) checkIndexing() error {
	if !o.Index {
		return nil
	}
	name := textOf(o.WriteFile)
	_, packing := pcapfile.ByName(name)
	switch {
	case o.WriteFile == nil:
		return Complaint("--index is about a file that is written: name it with -w; for one that is there, --make-index FILE")
	case name == "-":
		return Complaint("--index is written beside a file, and the standard output is none: name a file with -w")
	case o.servesStream():
		return Complaint("--index is written beside a file, and -w " + name + " is a stream: leave it out")
	case o.writesParquet():
		return Complaint("--index is about savefiles: Parquet files have statistics of their own, leave it out")
	case packing != pcapfile.Uncompressed:
		return Complaint("--index: a compressed file cannot be read in parts: give -w a name without " + name[strings.LastIndexByte(name, '.'):])
	}
	return nil
}

// makingIndexes is the plan of --make-index, which is about files alone.
func (o *options) makingIndexes(program Program) (*Plan, error) {
	for name := range o.given {
		switch {
		case name == "make-index", name == "no-sandbox", name == "jobs":
		case len(name) == 1:
			return nil, Complaint("--make-index makes indexes, and does nothing else: leave out -" + name)
		default:
			return nil, Complaint("--make-index makes indexes, and does nothing else: leave out --" + name)
		}
	}
	if len(o.Expression) == 0 {
		return nil, Complaint("--make-index: name the savefiles whose indexes are to be made")
	}
	for _, name := range o.Expression {
		if name == "-" {
			return nil, Complaint("--make-index: the standard input has no place for an index: write it to a file")
		}
	}
	p := &Plan{
		Program: program, Task: o.task(), Given: o.given,
		Files:      Files{Names: o.Expression},
		Privileges: Privileges{NoSandbox: o.NoSandbox},
	}
	p.Lines.Jobs = o.Jobs
	return p, nil
}
