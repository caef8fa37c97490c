package names

import (
	"iter"
	"strconv"
	"strings"
	"sync"

	"github.com/tapdump/tapdump/internal/ipproto"
)

// numbered is a line of protocols(5) or rpc(5): name, number, aliases.
type numbered struct {
	name, aliases string
	number        uint32 // below 2^31
}

func numberedEntries(text string) iter.Seq[numbered] {
	return func(yield func(numbered) bool) {
		for line := range lines(text) {
			var e numbered
			var number string
			e.name, e.aliases = field(line)
			number, e.aliases = field(e.aliases)
			n, err := strconv.ParseUint(number, 10, 31)
			if err != nil {
				continue
			}
			e.number = uint32(n)
			if !yield(e) {
				return
			}
		}
	}
}

// IPProto returns the number of an IP protocol's name or alias as in
// getprotobyname(3). Case counts. The number may be above 255, where the file
// says so.
func (r *Resolver) IPProto(name string) (int, bool) {
	text := r.protocols.load(r.files.Protocols)
	if !r.protocols.read {
		return builtinIPProto(name)
	}
	for e := range numberedEntries(text) {
		if e.name == name || hasWord(e.aliases, name) {
			return int(e.number), true
		}
	}
	return 0, false
}

// builtinIPProto serves where there is no protocols file: the names of
// ipproto.Names in lower or upper case.
func builtinIPProto(name string) (int, bool) {
	if name == "ip" || name == "IP" {
		return 0, true
	}
	for n, s := range ipproto.Names {
		if s != "" && (s == name || strings.ToUpper(s) == name) {
			return n, true
		}
	}
	return 0, false
}

// rpcDB finds the names of RPC program numbers.
type rpcDB struct {
	database
	index sync.Once
	names map[uint32]string
}

// AppendRPC appends the name of an RPC program, the first in the rpc file, and
// reports whether there is one.
func (r *Resolver) AppendRPC(dst []byte, program uint32) ([]byte, bool) {
	d := &r.rpc
	d.index.Do(func() {
		d.names = make(map[uint32]string)
		for e := range numberedEntries(d.load(r.files.RPC)) {
			if _, have := d.names[e.number]; !have && len(d.names) < maxIndex {
				d.names[e.number] = e.name
			}
		}
	})
	name, ok := d.names[program]
	return append(dst, name...), ok
}
