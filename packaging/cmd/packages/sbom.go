package main

import (
	"debug/buildinfo"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// bill writes what the program of a platform is made of, as the program itself says it
// (CycloneDX 1.6).
func (r *release) bill(b build) error {
	info, err := buildinfo.ReadFile(b.program)
	if err != nil {
		return err
	}
	toolchain := strings.TrimPrefix(info.GoVersion, "go")
	sum, err := sha256Of(b.program)
	if err != nil {
		return err
	}
	name := filepath.Base(b.program)
	programs := []cdx.Component{{BOMRef: name, Type: cdx.ComponentTypeFile, Name: name, Hashes: &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: sum}}}}
	purl := "pkg:golang/github.com/tapdump/tapdump@" + r.Tag
	components := []cdx.Component{{BOMRef: "pkg:golang/std@" + toolchain, Type: cdx.ComponentTypeLibrary, Name: "std", Version: toolchain, PackageURL: "pkg:golang/std@" + toolchain}}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		c, err := component(m)
		if err != nil {
			return err
		}
		components = append(components, c)
	}
	slices.SortFunc(components, func(a, b cdx.Component) int { return strings.Compare(a.BOMRef, b.BOMRef) })
	needs := make([]string, len(components))
	for i, c := range components {
		needs[i] = c.BOMRef
	}
	bom := cdx.NewBOM()
	bom.Metadata = &cdx.Metadata{
		Timestamp: r.Time.Format(time.RFC3339),
		Component: &cdx.Component{
			BOMRef: purl, Type: cdx.ComponentTypeApplication, Name: "tapdump", Version: r.Version, PackageURL: purl, Description: summary,
			Licenses: &cdx.Licenses{{License: &cdx.License{ID: "BSD-3-Clause"}}}, Components: &programs,
			Properties: &[]cdx.Property{{Name: "tapdump:commit", Value: r.Commit}, {Name: "tapdump:platform", Value: b.platform.String()}},
		},
	}
	bom.Components = &components
	bom.Dependencies = &[]cdx.Dependency{{Ref: purl, Dependencies: &needs}}
	_, stem := r.archiveName(b.platform)
	return r.create(stem+".cdx.json", func(w io.Writer) error {
		return cdx.NewBOMEncoder(w, cdx.BOMFileFormatJSON).SetPretty(true).SetEscapeHTML(false).Encode(bom)
	})
}

// component is a module with its checksum: that of go.sum, and the same in hexadecimal digits.
func component(m *debug.Module) (cdx.Component, error) {
	purl := "pkg:golang/" + m.Path + "@" + m.Version
	c := cdx.Component{BOMRef: purl, Type: cdx.ComponentTypeLibrary, Name: m.Path, Version: m.Version, PackageURL: purl}
	sum, ok := strings.CutPrefix(m.Sum, "h1:")
	if !ok {
		return c, fmt.Errorf("module %s has no h1 checksum: %q", m.Path, m.Sum)
	}
	hash, err := base64.StdEncoding.DecodeString(sum)
	if err != nil {
		return c, fmt.Errorf("checksum of module %s: %w", m.Path, err)
	}
	c.Hashes = &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: hex.EncodeToString(hash)}}
	c.Properties = &[]cdx.Property{{Name: "go.sum", Value: m.Sum}}
	return c, nil
}
