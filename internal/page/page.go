// Package page is the page in which a browser shows captures, as one file: the program
// compiled to WebAssembly (cmd/tapwasm), the script that draws, and the worker that runs
// the program. Nothing is loaded by it, and what it may do is in its content security
// policy.
//
// The program is put into assets by `make page` (internal/page/build), compressed. A
// tapdump that was built without that, or with the build tag nopage, has no page.
package page

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html"
	"io/fs"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// The files that `make page` writes into assets.
const (
	Program = "built/tapdump.wasm.zst"
	Support = "built/wasm_exec.js" // Go's, which the program needs around it
	Report  = "built/policy.txt"   // hashes of the scripts and styles in reports
)

// ErrNone is for a tapdump without the page.
var ErrNone = errors.New("this tapdump was built without the page; `make build` builds it in")

// Capture is a file that whoever serves the page offers to it.
type Capture struct {
	Path string // on the server
	Name string
}

// HTML is the page. offered is nil where there is nothing to load.
func HTML(offered *Capture) ([]byte, error) {
	parts, err := read(assets)
	if err != nil {
		return nil, err
	}
	return parts.assemble(offered)
}

// parts are what the page is made of.
type parts struct {
	page, style, script, worker string
	support                     string
	program                     []byte // zstd
	reports                     string
}

func read(files embed.FS) (*parts, error) {
	var p parts
	program, err := fs.ReadFile(files, "assets/"+Program)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNone
	}
	if err != nil {
		return nil, err
	}
	p.program = program
	for name, to := range map[string]*string{
		"page.html": &p.page, "page.css": &p.style, "page.js": &p.script, "worker.js": &p.worker, Support: &p.support, Report: &p.reports,
	} {
		text, err := fs.ReadFile(files, "assets/"+name)
		if err != nil {
			return nil, err
		}
		*to = string(text)
	}
	return &p, nil
}

// assemble puts the page together.
func (p *parts) assemble(offered *Capture) ([]byte, error) {
	program, err := repack(p.program)
	if err != nil {
		return nil, err
	}
	worker := p.support + "\n" + p.worker
	if strings.Contains(strings.ToLower(worker+p.script), "</script") || strings.Contains(p.style, "</") {
		return nil, errors.New("a script of the page would end too early")
	}
	reportScripts, reportStyles, _ := strings.Cut(strings.TrimSpace(p.reports), "\n")
	connect, capture := "", ""
	if offered != nil {
		connect = "; connect-src 'self'"
		capture = fmt.Sprintf(`<meta name="capture" content="%s" data-name="%s">`, html.EscapeString(offered.Path), html.EscapeString(offered.Name))
	}
	policy := "default-src 'none'; script-src 'wasm-unsafe-eval' " + Hash(p.script) + " " + reportScripts + "; worker-src blob:; style-src " + Hash(p.style) + " " + reportStyles +
		"; style-src-attr 'none'; img-src data:; base-uri 'none'; form-action 'none'" + connect
	replacer := strings.NewReplacer(
		"{{CSP}}", `<meta http-equiv="Content-Security-Policy" content="`+strings.Join(strings.Fields(policy), " ")+`">`,
		"{{CAPTURE}}", capture, "{{STYLE}}", p.style, "{{SCRIPT}}", p.script, "{{WORKER}}", worker, "{{PROGRAM}}", program,
	)
	return []byte(replacer.Replace(p.page)), nil
}

// Hash is how a content security policy names a script or a style.
func Hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// maxProgram bounds the program, decompressed.
const maxProgram = 64 << 20

// repack has the program as browsers can decompress it, gzip in base64.
func repack(program []byte) (string, error) {
	d, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(maxProgram), zstd.WithDecoderConcurrency(1))
	if err != nil {
		return "", err
	}
	defer d.Close()
	plain, err := d.DecodeAll(program, nil)
	if err != nil {
		return "", fmt.Errorf("the program in the page: %w", err)
	}
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, level)
	if err != nil {
		return "", err
	}
	if _, err := w.Write(plain); err != nil {
		return "", err
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(b.Bytes()), nil
}
