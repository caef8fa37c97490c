package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/goreleaser/nfpm/v2"
	_ "github.com/goreleaser/nfpm/v2/apk" // the format
	_ "github.com/goreleaser/nfpm/v2/deb" // the format
	"github.com/goreleaser/nfpm/v2/files"
	_ "github.com/goreleaser/nfpm/v2/rpm" // the format
)

const (
	prefix   = "/usr"
	docs     = "share/doc/tapdump"
	revision = "1" // of this version as a package
)

// linuxPackage writes a package of Debian, Red Hat or Alpine, and their like.
func (r *release) linuxPackage(b build, kind string) error {
	packager, err := nfpm.Get(kind)
	if err != nil {
		return err
	}
	info := nfpm.WithDefaults(&nfpm.Info{
		Name: "tapdump", Arch: b.platform.arch + b.platform.arm, Platform: "linux",
		Version: r.Version, Release: revision,
		Section: "net", Priority: "optional", Maintainer: maintainer, Vendor: "tapdump",
		Description: summary + "\n" + description,
		Homepage:    r.Homepage, License: "BSD-3-Clause",
		MTime: r.Time, DisableGlobbing: true,
	})
	contents, err := r.contents(b, kind)
	if err != nil {
		return err
	}
	info.Contents = contents
	scripts := func(name string) string { return filepath.Join(r.root, "packaging", "scripts", name) }
	switch kind {
	case deb:
		info.Depends = []string{"debconf (>= 0.5) | debconf-2.0"}
		info.Recommends = []string{"libcap2-bin"}
		debian := func(name string) string { return filepath.Join(r.root, "packaging", "deb", name) }
		info.Deb.Scripts = nfpm.DebScripts{Config: debian("config"), Templates: debian("templates")}
		info.Scripts = nfpm.Scripts{PostInstall: debian("postinst"), PreRemove: debian("prerm"), PostRemove: debian("postrm")}
	case rpm:
		info.RPM = nfpm.RPM{BuildHost: "localhost", Group: "Applications/Internet", Summary: summary}
		info.Recommends = []string{"libcap"}
		info.Scripts = nfpm.Scripts{PostInstall: scripts("after-upgrade"), PreRemove: scripts("before-removal")}
	case apk:
		info.APK.Scripts.PostUpgrade = scripts("after-upgrade")
		info.Scripts.PreRemove = scripts("before-removal")
	}
	name := packager.ConventionalFileName(info)
	return r.create(name, func(w io.Writer) error { return packager.Package(info, w) })
}

// contents are the files of a package, where the kind of package has them.
func (r *release) contents(b build, kind string) (files.Contents, error) {
	all, err := r.debianFiles(kind)
	if err != nil {
		return nil, err
	}
	for _, f := range b.files {
		name := path.Base(f.place)
		switch {
		case strings.HasPrefix(f.place, "share/man/"), kind == deb && f.place == docs+"/CHANGELOG.md":
			if f.source, err = r.compressed(f.source); err != nil {
				return nil, err
			}
			f.place += ".gz"
			if name == "CHANGELOG.md" {
				f.place = docs + "/changelog.gz" // Debian's name
			}
		case kind == deb && name == "LICENSE":
			continue // it is in the file copyright
		case kind == deb && strings.HasPrefix(f.place, "share/zsh/"):
			f.place = "share/zsh/vendor-completions/" + name
		}
		content := &files.Content{Source: f.source, Destination: path.Join(prefix, f.place), FileInfo: &files.ContentFileInfo{Mode: f.mode, MTime: r.Time}}
		if f.link != "" {
			content.Type, content.Source = files.TypeSymlink, f.link
		} else if kind == rpm && name == "LICENSE" {
			content.Type = files.TypeRPMLicense
		} else if kind == rpm && strings.HasPrefix(f.place, docs) {
			content.Type = files.TypeRPMDoc
		}
		all = append(all, content)
	}
	if kind == rpm { // which leaves folders behind that are not said; several packages may say one
		for _, folder := range []string{
			docs, docs + "/docs", "share/tapdump", "share/bash-completion", "share/bash-completion/completions",
			"share/fish", "share/fish/vendor_completions.d", "share/zsh", "share/zsh/site-functions",
		} {
			all = append(all, &files.Content{Destination: path.Join(prefix, folder), Type: files.TypeDir, FileInfo: &files.ContentFileInfo{Mode: 0o755, MTime: r.Time}})
		}
	}
	return all, nil
}

// debianFiles are what only Debian has.
func (r *release) debianFiles(kind string) (files.Contents, error) {
	if kind != deb {
		return nil, nil
	}
	copyright, err := r.filled("deb/copyright.tmpl", struct{ Homepage, License string }{r.Homepage, paragraph(r.License)})
	if err != nil {
		return nil, err
	}
	overrides, err := os.ReadFile(filepath.Join(r.root, "packaging", "deb", "lintian-overrides"))
	if err != nil {
		return nil, err
	}
	version := strings.Replace(r.Version, "-", "~", 1) + "-" + revision
	changes := fmt.Sprintf("tapdump (%s) stable; urgency=medium\n\n  * Of commit %s.\n    What is new: changelog.gz beside this file.\n\n -- %s  %s\n",
		version, r.Commit, maintainer, r.Time.Format("Mon, 02 Jan 2006 15:04:05 -0700"))
	var all files.Contents
	for _, f := range []struct {
		place string
		text  []byte
	}{
		{docs + "/copyright", copyright},
		{docs + "/changelog.Debian.gz", gzipped([]byte(changes))},
		{"share/lintian/overrides/tapdump", overrides},
	} {
		source, err := r.stage(f.place, f.text)
		if err != nil {
			return nil, err
		}
		all = append(all, &files.Content{Source: source, Destination: path.Join(prefix, f.place), FileInfo: &files.ContentFileInfo{Mode: 0o644, MTime: r.Time}})
	}
	return all, nil
}

// paragraph is text as a field of Debian's files has it: indented, with dots for empty lines.
func paragraph(text string) string {
	var out strings.Builder
	for line := range strings.Lines(strings.TrimSpace(text) + "\n") {
		if line = strings.TrimRight(line, " \n"); line == "" {
			line = "."
		}
		out.WriteString(" " + line + "\n")
	}
	return strings.TrimSuffix(out.String(), "\n")
}

// filled is a template of packaging with values.
func (r *release) filled(name string, values any) ([]byte, error) {
	t, err := template.New(path.Base(name)).Option("missingkey=error").ParseFiles(filepath.Join(r.root, "packaging", filepath.FromSlash(name)))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := t.Execute(&out, values); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
