package names

import (
	"bytes"
	"io"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
)

// Files says where the databases are. An empty path stands for no file.
type Files struct {
	Services  string // services(5)
	Protocols string // protocols(5)
	Ethers    string // ethers(5)
	Hosts     string // hosts(5)
	Networks  string // networks(5)
	RPC       string // rpc(5)
}

// SystemFiles returns where the operating system keeps the databases.
func SystemFiles() Files {
	dir, protocols := "/etc", "protocols"
	if runtime.GOOS == "windows" {
		dir = filepath.Join(os.Getenv("SystemRoot"), "System32", "drivers", "etc")
		protocols = "protocol"
	}
	return Files{
		Services:  filepath.Join(dir, "services"),
		Protocols: filepath.Join(dir, protocols),
		Ethers:    filepath.Join(dir, "ethers"),
		Hosts:     filepath.Join(dir, "hosts"),
		Networks:  filepath.Join(dir, "networks"),
		RPC:       filepath.Join(dir, "rpc"),
	}
}

// maxFile is how many bytes of a database are used. The largest in use, hosts
// files that block advertisers, have about 6 MiB.
const maxFile = 8 << 20

// database is the text of one file, read when it is first asked for.
//
// The text itself is kept and searched for name → number, which happens a few
// times in a run; only number → name gets an index.
type database struct {
	once sync.Once
	text string
	read bool // the file was there and could be read
}

func (d *database) load(path string) string {
	d.once.Do(func() { d.text, d.read = readFile(path, maxFile) })
	return d.text
}

// readFile returns the whole lines in the first limit bytes of a file. That a
// file is missing or barred is no error: then the system has no such names.
func readFile(path string, limit int64) (string, bool) {
	if path == "" {
		return "", false
	}
	f, err := os.Open(path)
	if err != nil {
		return "", false
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return "", false
	}
	if int64(len(b)) > limit {
		b = b[:bytes.LastIndexByte(b[:limit], '\n')+1]
	}
	return string(b), true
}

// space is the white space of the C locale.
const space = " \t\n\v\f\r"

// lines yields the lines that hold something, without comments.
func lines(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for line := range strings.Lines(text) {
			line, _, _ = strings.Cut(line, "#")
			line = strings.Trim(line, space)
			if line != "" && !yield(line) {
				return
			}
		}
	}
}

// field splits off the first word of a line.
func field(line string) (word, rest string) {
	i := strings.IndexAny(line, space)
	if i < 0 {
		return line, ""
	}
	return line[:i], strings.TrimLeft(line[i:], space)
}

// hasWord reports whether one of the words of list is name.
func hasWord(list, name string) bool {
	for word := ""; list != ""; {
		if word, list = field(list); word == name {
			return true
		}
	}
	return false
}

// hasWordFold is hasWord without regard to case.
func hasWordFold(list, name string) bool {
	for word := ""; list != ""; {
		if word, list = field(list); strings.EqualFold(word, name) {
			return true
		}
	}
	return false
}
