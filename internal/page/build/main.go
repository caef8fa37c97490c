// build makes the page: it compiles cmd/tapwasm, puts it beside the sources of the page
// in internal/page/assets, where the program embeds it, and writes all of it as one file.
// It needs Go and nothing else. It is run from the top of the repository:
//
//	go run ./internal/page/build
//	go run ./internal/page/build -o dist/tapdump.html
//
// With -o it writes the file, of what is embedded: run it without first.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/tapdump/tapdump/internal/page"
	"github.com/tapdump/tapdump/internal/page/viewer"
	"github.com/tapdump/tapdump/internal/syserr"
)

func main() {
	out := flag.String("o", "", "write the page, with what was built before, to `FILE`")
	flag.Parse()
	err := error(nil)
	if *out == "" {
		err = build()
	} else {
		err = write(*out)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "page: "+syserr.Text(err))
		os.Exit(1)
	}
}

const assets = "internal/page/assets"

// build compiles the program.
func build() error {
	folder, err := os.MkdirTemp("", "tapwasm")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	wasm := filepath.Join(folder, "tapdump.wasm")
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=", "-o", wasm, "./cmd/tapwasm")
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0", "GOFLAGS=")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("cmd/tapwasm does not compile: %w", err)
	}
	plain, err := os.ReadFile(wasm)
	if err != nil {
		return err
	}
	packed, err := compress(plain)
	if err != nil {
		return err
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("go env GOROOT: %w", err)
	}
	support, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec.js"))
	if err != nil {
		return err
	}
	policy, err := reportPolicy()
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{page.Program: packed, page.Support: support, page.Report: []byte(policy)} {
		name = filepath.Join(assets, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(name, content, 0o666); err != nil {
			return err
		}
	}
	fmt.Printf("%s: %d bytes, %d of the program\n", filepath.Join(assets, page.Program), len(packed), len(plain))
	return nil
}

func compress(plain []byte) ([]byte, error) {
	w, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(16<<20))
	if err != nil {
		return nil, err
	}
	defer w.Close()
	return w.EncodeAll(plain, nil), nil
}

// inReport are the scripts and the styles in a report.
var (
	scripts = regexp.MustCompile(`(?s)<script[^>]*>(.*?)</script>`)
	styles  = regexp.MustCompile(`(?s)<style[^>]*>(.*?)</style>`)
)

// emptyFile is a pcap file of Ethernet without packets.
const emptyFile = "\xd4\xc3\xb2\xa1\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x04\x00\x01\x00\x00\x00"

// reportPolicy are the hashes of the scripts in reports, on a line, and those of the
// styles: a report in a frame of the page may do what the page's policy allows alone.
func reportPolicy() (string, error) {
	r, err := viewer.NewReport(bytes.NewReader([]byte(emptyFile)), int64(len(emptyFile)), viewer.Options{}, "empty")
	if err != nil {
		return "", err
	}
	r.Step(func() bool { return true })
	html, err := r.HTML()
	if err != nil {
		return "", err
	}
	hashes := func(in *regexp.Regexp) string {
		var all []string
		for _, m := range in.FindAllStringSubmatch(html, -1) {
			all = append(all, page.Hash(m[1]))
		}
		return strings.Join(all, " ")
	}
	return hashes(scripts) + "\n" + hashes(styles) + "\n", nil
}

// write writes the page as one file.
func write(name string) error {
	html, err := page.HTML(nil)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return os.WriteFile(name, html, 0o666)
}
