package main

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// imageUser is who runs the program: nobody that a machine knows.
const imageUser = "65532:65532"

// image writes the layout of an image for all platforms that have one, in a tar file as
// podman, skopeo and docker load it. There is nothing in it but the program, the link ipscap to it and the license.
func (r *release) image(builds []build) error {
	annotations := map[string]string{
		"org.opencontainers.image.title":       "tapdump",
		"org.opencontainers.image.description": summary,
		"org.opencontainers.image.version":     r.Version,
		"org.opencontainers.image.revision":    r.Commit,
		"org.opencontainers.image.created":     r.Time.Format(time.RFC3339),
		"org.opencontainers.image.source":      r.Homepage,
		"org.opencontainers.image.url":         r.Homepage,
		"org.opencontainers.image.licenses":    "BSD-3-Clause",
		"org.opencontainers.image.vendor":      "tapdump",
	}
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	index = mutate.Annotations(index, annotations).(v1.ImageIndex)
	for _, b := range builds {
		if b.platform.os != "linux" {
			continue
		}
		platform := v1.Platform{OS: b.platform.os, Architecture: b.platform.arch}
		if b.platform.arm != "" {
			platform.Variant = "v" + b.platform.arm
		} else if platform.Architecture == "arm64" {
			platform.Variant = "v8"
		}
		img, err := r.platformImage(b, platform, annotations)
		if err != nil {
			return fmt.Errorf("%s for %v: %w", image, b.platform, err)
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: img, Descriptor: v1.Descriptor{Platform: &platform}})
	}
	folder := filepath.Join(r.work, "layout")
	written, err := layout.Write(folder, mutate.IndexMediaType(empty.Index, types.OCIImageIndex))
	if err != nil {
		return err
	}
	tag := strings.ReplaceAll(r.Version, "+", "-") // which no tag may have
	if err := written.AppendIndex(index, layout.WithAnnotations(map[string]string{
		"org.opencontainers.image.ref.name": tag,
		"io.containerd.image.name":          "docker.io/tapdump/tapdump:" + tag,
	})); err != nil {
		return err
	}
	files, err := below(folder)
	if err != nil {
		return err
	}
	return r.create("tapdump-"+r.Version+"-oci.tar", func(w io.Writer) error { return writeTar(w, files, r.Time) })
}

// platformImage is the image of one platform.
func (r *release) platformImage(b build, platform v1.Platform, annotations map[string]string) (v1.Image, error) {
	files := []file{
		{source: filepath.Join(r.root, "LICENSE"), place: "usr/" + docs + "/LICENSE", mode: 0o644},
		{link: "tapdump", place: "usr/bin/ipscap", mode: fs.ModeSymlink | 0o777},
		{source: b.program, place: "usr/bin/tapdump", mode: 0o755},
	}
	var text bytes.Buffer
	if err := writeTar(&text, files, r.Time); err != nil {
		return nil, err
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text.Bytes())), nil },
		tarball.WithMediaType(types.OCILayer), tarball.WithCompressionLevel(9), tarball.WithCompressedCaching)
	if err != nil {
		return nil, err
	}
	base := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	config := &v1.ConfigFile{
		OS: platform.OS, Architecture: platform.Architecture, Variant: platform.Variant, Created: v1.Time{Time: r.Time},
		Config: v1.Config{
			User: imageUser, Entrypoint: []string{"/usr/bin/tapdump"}, WorkingDir: "/",
			Env: []string{"PATH=/usr/bin"}, Labels: maps.Clone(annotations),
		},
		RootFS: v1.RootFS{Type: "layers"},
	}
	img, err := mutate.ConfigFile(base, config)
	if err != nil {
		return nil, err
	}
	img, err = mutate.Append(img, mutate.Addendum{Layer: layer, History: v1.History{Created: v1.Time{Time: r.Time}, CreatedBy: "make packages", Comment: "commit " + r.Commit}})
	if err != nil {
		return nil, err
	}
	return mutate.Annotations(img, annotations).(v1.Image), nil
}

// below are all files in a folder, in order.
func below(folder string) ([]file, error) {
	var files []file
	err := filepath.WalkDir(folder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		place, err := filepath.Rel(folder, name)
		files = append(files, file{source: name, place: filepath.ToSlash(place), mode: 0o644})
		return err
	})
	return files, err
}
