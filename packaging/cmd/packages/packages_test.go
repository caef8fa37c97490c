package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

// made is a release of the repository around this module, and a build whose programs are
// files of a few bytes.
func made(t *testing.T, p platform) (*release, build) {
	t.Helper()
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	r := &release{root: root, out: t.TempDir(), work: t.TempDir(), Homepage: "https://example.com/tapdump"}
	t.Setenv("SOURCE_DATE_EPOCH", "1700000000")
	if _, err := os.Stat(filepath.Join(root, ".git")); err != nil {
		t.Skip("this is no repository, whose commit packages name")
	}
	if err := r.describe(t.Context(), "v1.2.3-4-gabcdef0"); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(r.work, "tapdump"+p.suffix())
	if err := os.WriteFile(program, []byte("program "+program[len(r.work):]), 0o755); err != nil {
		t.Fatal(err)
	}
	files, err := list(root, p, program)
	if err != nil {
		t.Fatal(err)
	}
	return r, build{p, program, files}
}

// TestSameBytes: all kinds of files are the same bytes a second time, from other folders and
// in another zone.
func TestSameBytes(t *testing.T) {
	local := time.Local
	defer func() { time.Local = local }()
	sums := make([]string, 2)
	for i := range sums {
		time.Local = time.FixedZone("", i*3600)
		for _, p := range platforms() {
			if p.arch == "arm64" || p.os != "linux" && p.os != "openbsd" && p.os != "windows" {
				continue // as the others
			}
			r, b := made(t, p)
			for _, kind := range p.kinds {
				if kind == sbom { // is of real programs
					continue
				}
				err := errors.New("nothing makes it")
				if kind == image {
					err = r.image([]build{b})
				} else if maker := r.maker(kind); maker != nil {
					err = maker(b)
				}
				if err != nil {
					t.Fatalf("%s for %v: %v", kind, p, err)
				}
			}
			if err := r.sums(); err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(filepath.Join(r.out, sumsName))
			if err != nil {
				t.Fatal(err)
			}
			sums[i] += string(text)
		}
	}
	if sums[0] != sums[1] {
		t.Errorf("first\n%s\nthen\n%s", sums[0], sums[1])
	}
	for _, name := range []string{
		"tapdump_1.2.3+4.gabcdef0-1_amd64.deb", "tapdump_1.2.3+4.gabcdef0-1_armhf.deb", "tapdump_1.2.3+4.gabcdef0-1_riscv64.deb",
		"tapdump-1.2.3+4.gabcdef0-1.riscv64.rpm", "tapdump-1.2.3+4.gabcdef0-1.armv7hl.rpm",
		"tapdump-1.2.3+4.gabcdef0-openbsd-amd64.tar.gz", "tapdump-1.2.3+4.gabcdef0-windows-amd64.zip",
	} {
		if !strings.Contains(sums[0], "  "+name+"\n") {
			t.Errorf("there is no %s in\n%s", name, sums[0])
		}
	}
}

// TestArchive: what is in an archive, with modes, and by whom and when.
func TestArchive(t *testing.T) {
	r, b := made(t, platform{os: "linux", arch: "amd64"})
	if err := r.archive(b); err != nil {
		t.Fatal(err)
	}
	name, stem := r.archiveName(b.platform)
	text, err := os.ReadFile(filepath.Join(r.out, name))
	if err != nil {
		t.Fatal(err)
	}
	uncompressed, err := gzip.NewReader(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	modes := make(map[string]fs.FileMode)
	for in := tar.NewReader(uncompressed); ; {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		modes[h.Name] = h.FileInfo().Mode()
		if !h.ModTime.Equal(time.Unix(1700000000, 0)) || h.Uid != 0 || h.Gid != 0 {
			t.Errorf("%s is of %v, %d:%d", h.Name, h.ModTime, h.Uid, h.Gid)
		}
	}
	for name, mode := range map[string]fs.FileMode{
		"": fs.ModeDir | 0o755, "bin/tapdump": 0o755, "bin/ipscap": fs.ModeSymlink | 0o777, "share/man/man1/tapdump.1": 0o644,
		"share/man/man7/tapdump-filter.7": 0o644, "share/doc/tapdump/LICENSE": 0o644, "share/tapdump/capture-group": 0o755,
	} {
		if got, ok := modes[stem+"/"+name]; !ok || got != mode {
			t.Errorf("%q has mode %v (%v), want %v", name, got, ok, mode)
		}
	}
}

// TestZip: what is in the archive for Windows.
func TestZip(t *testing.T) {
	r, b := made(t, platform{os: "windows", arch: "amd64"})
	if err := r.archive(b); err != nil {
		t.Fatal(err)
	}
	name, stem := r.archiveName(b.platform)
	in, err := zip.OpenReader(filepath.Join(r.out, name))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	for _, name := range []string{"bin/tapdump.exe", "bin/ipscap.exe", "share/doc/tapdump/LICENSE"} {
		if text, err := fs.ReadFile(in, stem+"/"+name); err != nil || len(text) == 0 {
			t.Errorf("%s: %d bytes, %v", name, len(text), err)
		}
	}
	for _, f := range in.File {
		if !f.Modified.Equal(r.Time) {
			t.Errorf("%s is of %v", f.Name, f.Modified)
		}
	}
}

// TestPage: the page is part of the release, and without it the reason is said.
func TestPage(t *testing.T) {
	r := &release{root: t.TempDir(), out: t.TempDir(), Version: "1.2.3"}
	if err := r.page(); err == nil || !strings.Contains(err.Error(), "make page") {
		t.Errorf("without a page: %v", err)
	}
	if err := os.Mkdir(filepath.Join(r.root, "dist"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(r.root, "dist", "tapdump.html"), []byte("text"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(r.page(), r.sums()); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(filepath.Join(r.out, sumsName)); err != nil || !strings.HasSuffix(string(text), "  tapdump-1.2.3.html\n") {
		t.Errorf("%q, %v", text, err)
	}
}

// TestOnlyThere: files for one system are not on others.
func TestOnlyThere(t *testing.T) {
	_, b := made(t, platform{os: "darwin", arch: "arm64"})
	if slices.ContainsFunc(b.files, func(f file) bool { return strings.HasPrefix(f.place, "share/tapdump/") }) {
		t.Error("the scripts for Linux are in packages for macOS")
	}
}

// TestDescriptions: each names archives by URL and checksum, and reads as what it is.
func TestDescriptions(t *testing.T) {
	r, _ := made(t, platforms()[0])
	sums := make(map[string]string)
	for _, p := range platforms() {
		name, _ := r.archiveName(p)
		if err := os.WriteFile(filepath.Join(r.out, name), []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256([]byte(name))
		sums[p.String()] = hex.EncodeToString(sum[:])
	}
	if err := r.describePackages(); err != nil {
		t.Fatal(err)
	}
	for name, names := range map[string][]string{
		"tapdump.rb":  {"darwin/arm64", "darwin/amd64", "linux/arm64", "linux/amd64"},
		"krew.yaml":   {"darwin/arm64", "darwin/amd64", "linux/arm64", "linux/amd64", "windows/amd64"},
		"tapdump.nix": {"darwin/arm64", "darwin/amd64", "linux/arm64", "linux/amd64", "linux/armv7", "linux/riscv64"},
	} {
		text, err := os.ReadFile(filepath.Join(r.out, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, platform := range names {
			if n := strings.Count(string(text), sums[platform]); n != 1 {
				t.Errorf("%s has the checksum for %s %d times", name, platform, n)
			}
		}
		if strings.Contains(string(text), "<no value>") || !strings.Contains(string(text), "https://example.com/tapdump/releases/download/v1.2.3-4-gabcdef0/tapdump-1.2.3+4.gabcdef0-linux-amd64.tar.gz") {
			t.Errorf("%s: %s", name, text)
		}
		if name == "krew.yaml" {
			var krew struct {
				Spec struct {
					Platforms []struct{ URI, Sha256, Bin string }
				}
			}
			if err := yaml.Unmarshal(text, &krew); err != nil || len(krew.Spec.Platforms) != len(names) {
				t.Errorf("%s: %v, %+v", name, err, krew)
			}
		}
	}
}

// TestVersions: what packages are called for what git calls a version.
func TestVersions(t *testing.T) {
	for version, want := range map[string]string{
		"0.1.0": "0.1.0", "v0.1.0": "0.1.0", "v0.1.0-rc.1": "0.1.0-rc.1", "v0.1.0-12-g0a1b2c3": "0.1.0+12.g0a1b2c3", "v0.1.0-12-g0a1b2c3-dirty": "0.1.0+12.g0a1b2c3",
		"": "", "1": "", "0.1.0/../..": "", "0.1.0 1": "", "v0.1.0-a_b": "",
	} {
		got, err := packageVersion(version)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q is %q (%v), want %q", version, got, err, want)
		}
	}
}

// TestChoose: parts of all, and what cannot be made of parts.
func TestChoose(t *testing.T) {
	for _, test := range []struct {
		only, platforms string
		n               int
		kinds, err      string
	}{
		{"", "", 11, strings.Join(kinds(), ","), ""},
		{"deb,rpm", "linux/armv7", 1, "deb,rpm", ""},
		{"", "linux/amd64,windows/amd64", 2, "deb,rpm,apk,archive,image,sbom,page", ""},
		{"exe", "", 0, "", `there is no kind "exe"`},
		{"", "plan9/amd64", 0, "", `there is no platform "plan9/amd64"`},
		{"descriptions", "", 0, "", "made of the archives of all"},
	} {
		c, err := choose(test.only, test.platforms)
		if test.err != "" {
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%+v: %v", test, err)
			}
		} else if err != nil || len(c.platforms) != test.n || strings.Join(c.kinds, ",") != test.kinds {
			t.Errorf("%+v: %v, %v", test, c, err)
		}
	}
}

// TestOutFolder: of an earlier run nothing stays, other things do.
func TestOutFolder(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "dist")
	if err := emptied(folder); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"made": "", "own": "", "../outside": "", sumsName: "00  made\n00  gone\n00  ../outside\n"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := emptied(folder); err != nil {
		t.Fatal(err)
	}
	for name, stays := range map[string]bool{"made": false, "own": true, "../outside": true, sumsName: false} {
		if _, err := os.Stat(filepath.Join(folder, name)); (err == nil) != stays {
			t.Errorf("%s: %v", name, err)
		}
	}
	r := &release{out: folder}
	if err := r.create("b", func(w io.Writer) error { _, err := io.WriteString(w, "text"); return err }); err != nil {
		t.Fatal(err)
	}
	if err := r.sums(); err != nil {
		t.Fatal(err)
	}
	const want = "982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1  b\n" // printf text | sha256sum
	if text, err := os.ReadFile(filepath.Join(folder, sumsName)); err != nil || string(text) != want {
		t.Errorf("%q, %v", text, err)
	}
}

// TestComponent: checksums of go.sum in both forms; a module without one is an error.
func TestComponent(t *testing.T) {
	c, err := component(&debug.Module{Path: "example.com/m", Version: "v1.0.0", Sum: "h1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="})
	if err != nil || (*c.Hashes)[0].Value != "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f" || c.PackageURL != "pkg:golang/example.com/m@v1.0.0" {
		t.Errorf("%+v, %v", c, err)
	}
	if _, err := component(&debug.Module{Path: "example.com/m", Version: "(devel)"}); err == nil {
		t.Error("a module without a checksum is taken")
	}
}
