package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A file to install.
type file struct {
	source string // where it is
	link   string // what a symbolic link says, in place of a source; "": it is none
	place  string // below the prefix, with slashes
	mode   fs.FileMode
}

// A build is the programs of a platform, and all files that go with them.
type build struct {
	platform platform
	program  string // where tapdump is
	files    []file // in order of place
}

// compile makes the programs as the Makefile does. The page that they have in them is for
// all systems, and made before.
func (r *release) compile(ctx context.Context, p platform) (build, error) {
	folder := filepath.Join(r.work, p.os+"-"+p.name())
	program := filepath.Join(folder, "tapdump"+p.suffix())
	cmd := exec.CommandContext(ctx, r.make, "--no-print-directory", "-s", "-o", "page", "build", "BINARY="+program)
	cmd.Dir = r.root
	// What would make other bytes of the same commit has one value.
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+p.os, "GOARCH="+p.arch, "GOARM="+p.arm, "GOFLAGS=", "GOEXPERIMENT=",
		"GOAMD64=v1", "GOARM64=v8.0", "GORISCV64=rva20u64")
	cmd.Stderr, cmd.Stdout = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return build{}, fmt.Errorf("make build: %w", err)
	}
	files, err := list(r.root, p, program)
	return build{platform: p, program: program, files: files}, err
}

// list reads packaging/files: what is installed on a platform. The source tapdump stands for
// the program that was built.
func list(root string, p platform, program string) ([]file, error) {
	name := filepath.Join(root, "packaging", "files")
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var files []file
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if len(words) == 0 || words[0] == "#" {
			continue
		}
		if len(words) < 3 || len(words) > 4 {
			return nil, fmt.Errorf("%s: a line has mode, source, place and maybe a system: %q", name, line)
		}
		if len(words) == 4 && words[3] != p.os {
			continue
		}
		if words[0] == "link" {
			f, err := linked(words[1], words[2], p, program)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			files = append(files, f)
			continue
		}
		mode, err := strconv.ParseUint(words[0], 8, 9)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		sources, err := filepath.Glob(filepath.Join(root, words[1]))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if words[1] == "tapdump" {
			sources = []string{program}
		}
		if len(sources) == 0 {
			return nil, fmt.Errorf("%s: there is no %s", name, words[1])
		}
		for _, source := range sources {
			place := words[2]
			if strings.HasSuffix(place, "/") {
				place += filepath.Base(source)
			}
			files = append(files, file{source: source, place: place, mode: fs.FileMode(mode)})
		}
	}
	slices.SortFunc(files, func(a, b file) int { return strings.Compare(a.place, b.place) })
	return files, nil
}

// linked is a link to the program. Where not everybody may make links, it is a copy.
func linked(target, place string, p platform, program string) (file, error) {
	if target != "tapdump" {
		return file{}, fmt.Errorf("a link to %s, which is not the program", target)
	}
	if p.os == "windows" {
		return file{source: program, place: place + p.suffix(), mode: 0o755}, nil
	}
	return file{link: target, place: place, mode: fs.ModeSymlink | 0o777}, nil
}

// compressed is a copy of a file made by gzip, without name and time in it.
func (r *release) compressed(name string) (string, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return "", err
	}
	return r.stage(filepath.Base(name)+".gz", gzipped(text))
}

func gzipped(text []byte) []byte {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err == nil {
		_, err = w.Write(text)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		panic(err) // a buffer takes everything, and the level is one
	}
	return out.Bytes()
}

// stage puts text into a temporary file.
func (r *release) stage(name string, text []byte) (string, error) {
	folder, err := os.MkdirTemp(r.work, "stage")
	if err != nil {
		return "", err
	}
	name = filepath.Join(folder, path.Base(name))
	return name, os.WriteFile(name, text, 0o644)
}
