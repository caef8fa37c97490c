package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// A release is one version of all files. Templates see its exported fields.
type release struct {
	root, out, make string
	work            string // a temporary folder
	Version         string // without v, as in names of files
	Tag             string // as in the repository
	Commit          string
	Time            time.Time // the commit's, and that of every file
	Homepage        string
	BaseURL         string
	License         string // the text
	lock            sync.Mutex
	made            []string // names of files; under lock
}

const (
	maintainer  = "The tapdump authors <tapdump@users.noreply.github.com>"
	summary     = "capture, print, filter and analyse network packets"
	description = `tapdump captures network packets, or reads them from files, and prints,
filters, writes and counts them. Options, filter language and output are
those of tcpdump. It is one static program, confined to what it needs.
ipscap is the same with the command line of ipscap.`
)

// describe finds the version, the commit and its time.
func (r *release) describe(ctx context.Context, version string) error {
	changes, err := os.ReadFile(filepath.Join(r.root, "CHANGELOG.md"))
	if err != nil {
		return err
	}
	if version == "" {
		m := regexp.MustCompile(`(?m)^## ([0-9][^\s,]*)`).FindSubmatch(changes)
		if m == nil {
			return errors.New("CHANGELOG.md has no heading with a version; give one with -version")
		}
		version = string(m[1])
	}
	r.Tag = "v" + strings.TrimPrefix(version, "v")
	if r.Version, err = packageVersion(version); err != nil {
		return err
	}
	if r.BaseURL == "" {
		r.BaseURL = r.Homepage + "/releases/download/" + r.Tag
	}
	license, err := os.ReadFile(filepath.Join(r.root, "LICENSE"))
	if err != nil {
		return err
	}
	r.License = string(license)
	if r.Commit, err = r.git(ctx, "rev-parse", "HEAD"); err != nil {
		return err
	}
	seconds := os.Getenv("SOURCE_DATE_EPOCH")
	if seconds == "" {
		if seconds, err = r.git(ctx, "log", "-1", "--format=%ct"); err != nil {
			return err
		}
	}
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return fmt.Errorf("SOURCE_DATE_EPOCH is no number of seconds: %w", err)
	}
	r.Time = time.Unix(n, 0).UTC()
	return nil
}

// packageVersion makes a version that all package managers order as meant: 0.1.0, 0.1.0-rc.1,
// or 0.1.0+12.gabcdef for what git describe calls v0.1.0-12-gabcdef.
func packageVersion(version string) (string, error) {
	version = strings.TrimPrefix(version, "v")
	version = regexp.MustCompile(`-([0-9]+)-(g[0-9a-f]+)`).ReplaceAllString(version, "+$1.$2")
	version = strings.TrimSuffix(version, "-dirty")
	if !regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?(\+[0-9A-Za-z.]+)?$`).MatchString(version) {
		return "", fmt.Errorf("%q is no version such as 0.1.0 or 0.1.0-rc.1", version)
	}
	return version, nil
}

func (r *release) git(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-C", r.root}, args...)...)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("git %s: %w: %s", strings.Join(args, " "), err, bytes.TrimSpace(complaint.Bytes()))
	}
	return strings.TrimSpace(string(out)), nil
}

// build makes all that was chosen. The folder is empty before.
func (r *release) build(ctx context.Context, c choice) (err error) {
	if r.work, err = os.MkdirTemp("", "packages"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(r.work)) }()
	if err := emptied(r.out); err != nil {
		return err
	}
	var builds []build
	for _, p := range c.platforms {
		if !slices.ContainsFunc(p.kinds, c.has) {
			continue
		}
		b, err := r.compile(ctx, p)
		if err != nil {
			return fmt.Errorf("%v: %w", p, err)
		}
		builds = append(builds, b)
	}
	// What is made of programs that are there needs no order.
	group, _ := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, b := range builds {
		for _, kind := range b.platform.kinds {
			if made := r.maker(kind); made != nil && c.has(kind) {
				group.Go(func() error {
					if err := made(b); err != nil {
						return fmt.Errorf("%s for %v: %w", kind, b.platform, err)
					}
					return nil
				})
			}
		}
	}
	if c.has(image) {
		group.Go(func() error { return r.image(builds) })
	}
	if c.has(page) {
		group.Go(r.page)
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if c.has(descriptions) {
		if err := r.describePackages(); err != nil {
			return err
		}
	}
	return r.sums()
}

// maker makes a kind of file of one platform; nil if it is made otherwise.
func (r *release) maker(kind string) func(build) error {
	switch kind {
	case deb, rpm, apk:
		return func(b build) error { return r.linuxPackage(b, kind) }
	case archive:
		return r.archive
	case sbom:
		return r.bill
	}
	return nil
}

// page is the page for browsers, which the Makefile makes before anything else.
func (r *release) page() error {
	text, err := os.ReadFile(filepath.Join(r.root, "dist", "tapdump.html"))
	if err != nil {
		return fmt.Errorf("make page makes it: %w", err)
	}
	return r.create("tapdump-"+r.Version+".html", func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

// emptied makes a folder, or takes out of it what an earlier run made. Anything else in it
// stays.
func emptied(folder string) error {
	sums, err := os.ReadFile(filepath.Join(folder, sumsName))
	if errors.Is(err, os.ErrNotExist) {
		return os.MkdirAll(folder, 0o755)
	}
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(sums)) {
		if _, name, ok := strings.Cut(strings.TrimSpace(line), "  "); ok && filepath.Base(name) == name {
			if err := os.Remove(filepath.Join(folder, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
		}
	}
	return os.Remove(filepath.Join(folder, sumsName))
}

// create writes a file of the release.
func (r *release) create(name string, write func(io.Writer) error) (err error) {
	f, err := os.OpenFile(filepath.Join(r.out, name), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	r.lock.Lock()
	r.made = append(r.made, name)
	r.lock.Unlock()
	return write(f)
}

// sumsName is the file of checksums, as sha256sum reads it.
const sumsName = "SHA256SUMS"

// sums writes the checksums of all files that were made.
func (r *release) sums() error {
	slices.Sort(r.made)
	var lines strings.Builder
	for _, name := range r.made {
		sum, err := sha256Of(filepath.Join(r.out, name))
		if err != nil {
			return err
		}
		fmt.Fprintf(&lines, "%s  %s\n", sum, name)
	}
	return r.create(sumsName, func(w io.Writer) error {
		_, err := io.WriteString(w, lines.String())
		return err
	})
}

// sha256Of is the checksum of a file, in hexadecimal digits.
func sha256Of(name string) (_ string, err error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	hash := sha256.New()
	if _, err := io.Copy(hash, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}
