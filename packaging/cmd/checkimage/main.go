// Checkimage reads the layout of an image as the specification has it (OCI image layout 1.0),
// without the library that wrote it: every blob has its digest and size, every blob is named,
// platforms, user, entry point and labels are as they must be. It prints the file of the
// layer for a processor.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: checkimage FOLDER GOARCH")
		os.Exit(2)
	}
	layer, err := check(os.Args[1], os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, "checkimage:", err)
		os.Exit(1)
	}
	fmt.Println(layer)
}

// A descriptor names a blob.
type descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Size        int64             `json:"size"`
	Annotations map[string]string `json:"annotations"`
	Platform    platform          `json:"platform"`
}

type platform struct {
	OS           string `json:"os"`
	Architecture string `json:"architecture"`
	Variant      string `json:"variant"`
}

type index struct {
	Manifests   []descriptor      `json:"manifests"`
	Annotations map[string]string `json:"annotations"`
}

type manifest struct {
	Config      descriptor        `json:"config"`
	Layers      []descriptor      `json:"layers"`
	Annotations map[string]string `json:"annotations"`
}

type config struct {
	platform
	Config struct {
		User       string
		Entrypoint []string
		Labels     map[string]string
	} `json:"config"`
}

// A reader reads blobs of a folder, and remembers which.
type reader struct {
	folder string
	seen   map[string]bool
}

// blob reads and checks a blob; into may be nil.
func (r reader) blob(d descriptor, into any) (string, error) {
	digest, ok := strings.CutPrefix(d.Digest, "sha256:")
	if !ok {
		return "", fmt.Errorf("digest %q is not one of SHA-256", d.Digest)
	}
	name := filepath.Join(r.folder, "blobs", "sha256", digest)
	text, err := os.ReadFile(name)
	if err != nil {
		return "", err
	}
	if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != digest || int64(len(text)) != d.Size {
		return "", fmt.Errorf("%s has %d bytes with digest %x, and should have %d", name, len(text), sum, d.Size)
	}
	r.seen[digest] = true
	if into == nil {
		return name, nil
	}
	if err := json.Unmarshal(text, into); err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	return name, nil
}

// check reads all, and returns the layer of a processor.
func check(folder, arch string) (string, error) {
	r := reader{folder, make(map[string]bool)}
	var top, images index
	text, err := os.ReadFile(filepath.Join(folder, "index.json"))
	if err == nil {
		err = json.Unmarshal(text, &top)
	}
	if err != nil {
		return "", fmt.Errorf("index.json: %w", err)
	}
	if len(top.Manifests) != 1 || top.Manifests[0].Annotations["org.opencontainers.image.ref.name"] == "" {
		return "", errors.New("index.json does not name one image with a tag")
	}
	if _, err := r.blob(top.Manifests[0], &images); err != nil {
		return "", err
	}
	layer := ""
	for _, d := range images.Manifests {
		name, err := r.image(d, images.Annotations)
		if err != nil {
			return "", fmt.Errorf("image for %v: %w", d.Platform, err)
		}
		if d.Platform.Architecture == arch {
			layer = name
		}
	}
	entries, err := os.ReadDir(filepath.Join(folder, "blobs", "sha256"))
	if err != nil {
		return "", err
	}
	for _, entry := range entries {
		if !r.seen[entry.Name()] {
			return "", fmt.Errorf("nothing names the blob %s", entry.Name())
		}
	}
	if layer == "" {
		return "", fmt.Errorf("there is no image for %s", arch)
	}
	return layer, nil
}

// image checks the image of a platform, and returns its layer.
func (r reader) image(d descriptor, annotations map[string]string) (string, error) {
	var m manifest
	if _, err := r.blob(d, &m); err != nil {
		return "", err
	}
	var c config
	if _, err := r.blob(m.Config, &c); err != nil {
		return "", err
	}
	if len(m.Layers) != 1 {
		return "", fmt.Errorf("there are %d layers", len(m.Layers))
	}
	if c.platform != d.Platform || c.OS != "linux" {
		return "", fmt.Errorf("the configuration is for %v", c.platform)
	}
	if c.Config.User != "65532:65532" || !slices.Equal(c.Config.Entrypoint, []string{"/usr/bin/tapdump"}) {
		return "", fmt.Errorf("user %q runs %q", c.Config.User, c.Config.Entrypoint)
	}
	for _, key := range []string{"title", "version", "revision", "source", "licenses", "created"} {
		for _, labels := range []map[string]string{c.Config.Labels, m.Annotations, annotations} {
			if labels["org.opencontainers.image."+key] == "" {
				return "", fmt.Errorf("label or annotation %s is missing", key)
			}
		}
	}
	return r.blob(m.Layers[0], nil)
}
