package main

import (
	"fmt"
	"io"
	"path/filepath"
)

// A download is an archive that a description names.
type download struct{ URL, SHA256, Folder string }

// values are what templates see.
type values struct {
	*release
	Summary  string
	archives map[string]download
}

// Archive is the one of a platform, such as linux/amd64.
func (v values) Archive(name string) (download, error) {
	d, ok := v.archives[name]
	if !ok {
		return d, fmt.Errorf("there is no archive for %s", name)
	}
	return d, nil
}

// describePackages writes what Homebrew, krew and Nix need to know of the archives.
func (r *release) describePackages() error {
	v := values{r, summary, make(map[string]download)}
	for _, p := range platforms() {
		name, stem := r.archiveName(p)
		sum, err := sha256Of(filepath.Join(r.out, name))
		if err != nil {
			return err
		}
		v.archives[p.String()] = download{r.BaseURL + "/" + name, sum, stem}
	}
	for _, name := range []string{"tapdump.rb", "krew.yaml", "tapdump.nix"} {
		text, err := r.filled("templates/"+name+".tmpl", v)
		if err != nil {
			return err
		}
		if err := r.create(name, func(w io.Writer) error {
			_, err := w.Write(text)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}
