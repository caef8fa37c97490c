package main

import (
	"fmt"
	"slices"
	"strings"
)

// A platform is what programs are compiled for, and what is made of them.
type platform struct {
	os, arch string
	arm      string   // GOARM
	kinds    []string // of files
}

// String is how it is called on command lines and in names of files.
func (p platform) String() string { return p.os + "/" + p.name() }

// name is the processor.
func (p platform) name() string {
	if p.arm != "" {
		return p.arch + "v" + p.arm
	}
	return p.arch
}

// suffix ends the names of programs.
func (p platform) suffix() string {
	if p.os == "windows" {
		return ".exe"
	}
	return ""
}

// Kinds of files. Those of a platform are in platforms, the others are made of all platforms.
const (
	deb, rpm, apk = "deb", "rpm", "apk"
	archive       = "archive"
	image         = "image"
	sbom          = "sbom"
	descriptions  = "descriptions" // Homebrew, krew, Nix
	page          = "page"         // for browsers, in one file
)

func kinds() []string { return []string{deb, rpm, apk, archive, image, sbom, descriptions, page} }

// platforms are all that there are packages for.
func platforms() []platform {
	linux := []string{deb, rpm, apk, archive, image, sbom}
	other := []string{archive, sbom}
	return []platform{
		{os: "linux", arch: "amd64", kinds: linux},
		{os: "linux", arch: "arm64", kinds: linux},
		{os: "linux", arch: "arm", arm: "7", kinds: linux},
		{os: "linux", arch: "riscv64", kinds: linux},
		{os: "darwin", arch: "amd64", kinds: other},
		{os: "darwin", arch: "arm64", kinds: other},
		{os: "freebsd", arch: "amd64", kinds: other},
		{os: "openbsd", arch: "amd64", kinds: other},
		{os: "netbsd", arch: "amd64", kinds: other},
		{os: "dragonfly", arch: "amd64", kinds: other},
		{os: "windows", arch: "amd64", kinds: other},
	}
}

// A choice is what one run makes.
type choice struct {
	platforms []platform
	kinds     []string
}

func (c choice) has(kind string) bool { return slices.Contains(c.kinds, kind) }

// choose takes kinds and platforms, with commas, of those that there are. Empty ones are all.
func choose(only, names string) (choice, error) {
	c := choice{platforms: platforms(), kinds: kinds()}
	if only != "" {
		c.kinds = strings.Split(only, ",")
		for _, kind := range c.kinds {
			if !slices.Contains(kinds(), kind) {
				return c, fmt.Errorf("there is no kind %q; there are %s", kind, strings.Join(kinds(), ", "))
			}
		}
	}
	if names != "" {
		c.platforms = nil
		for name := range strings.SplitSeq(names, ",") {
			i := slices.IndexFunc(platforms(), func(p platform) bool { return p.String() == name })
			if i < 0 {
				return c, fmt.Errorf("there is no platform %q; there are %v", name, platforms())
			}
			c.platforms = append(c.platforms, platforms()[i])
		}
	}
	// The descriptions name archives of systems: only with all of them are they whole.
	if c.has(descriptions) && (names != "" || !c.has(archive)) {
		if only != "" {
			return c, fmt.Errorf("%s are made of the archives of all platforms; leave -platforms out and take %s, too", descriptions, archive)
		}
		c.kinds = slices.DeleteFunc(c.kinds, func(kind string) bool { return kind == descriptions })
	}
	return c, nil
}
