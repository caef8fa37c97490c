package testenv_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/internal/testenv"
)

// manualPages are the names of the manual pages in docs.
func manualPages(t *testing.T) (pages []string) {
	t.Helper()
	for _, pattern := range []string{"*.1", "*.7"} {
		some, err := filepath.Glob("../../docs/" + pattern)
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, some...)
	}
	if len(pages) < 3 {
		t.Fatalf("docs has only the manual pages %q", pages)
	}
	return pages
}

// TestManualPagesFormat: the programs that show manual pages have nothing to say about ours.
func TestManualPagesFormat(t *testing.T) {
	for _, command := range [][]string{
		{"man", "--warnings", "-E", "UTF-8", "-Tutf8", "-Z", "-l"},
		{"groff", "-man", "-ww", "-Tutf8", "-z"},
		{"mandoc", "-T", "lint", "-W", "warning"},
	} {
		t.Run(command[0], func(t *testing.T) {
			path := testenv.Oracle(t, command[0])
			for _, page := range manualPages(t) {
				cmd := exec.Command(path, append(slices.Clone(command[1:]), page)...)
				cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "MANROFFSEQ=", "MANOPT=")
				var said strings.Builder
				cmd.Stderr = &said
				if command[0] == "mandoc" {
					cmd.Stdout = &said
				}
				if err := cmd.Run(); err != nil || said.Len() > 0 {
					t.Errorf("%s: %v\n%s", page, err, &said)
				}
			}
		})
	}
}

// TestSeeAlso: the manual pages name each other, and no other page of ours.
func TestSeeAlso(t *testing.T) {
	var ours []string
	for _, page := range manualPages(t) {
		name, section, _ := strings.Cut(filepath.Base(page), ".")
		ours = append(ours, name+" ("+section+")")
	}
	reference := regexp.MustCompile(`(?m)^\.BR (\S+ \([1-9]\))`)
	for i, page := range manualPages(t) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		plain := strings.ReplaceAll(string(text), `\-`, "-")
		_, also, ok := strings.Cut(plain, "\n.SH SEE ALSO\n")
		if !ok {
			t.Errorf("%s has no section SEE ALSO", page)
		}
		for j, other := range ours {
			if i != j && !strings.Contains(also, ".BR "+other) {
				t.Errorf("%s: SEE ALSO does not name %s", page, other)
			}
		}
		for _, m := range reference.FindAllStringSubmatch(plain, -1) {
			if own := strings.HasPrefix(m[1], "tapdump") || strings.HasPrefix(m[1], "ipscap"); own && !slices.Contains(ours, m[1]) {
				t.Errorf("%s names %s, which is not there", page, m[1])
			}
		}
	}
}

// TestReadmeLinks: README.md links each page of docs.
func TestReadmeLinks(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	if len(pages) < 15 {
		t.Fatalf("docs has only %d pages", len(pages))
	}
	for _, page := range append(pages, manualPages(t)...) {
		if name := filepath.Base(page); !strings.Contains(string(readme), "](docs/"+name) {
			t.Errorf("README.md does not link docs/%s", name)
		}
	}
}

var (
	linkOf    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	fencedOf  = regexp.MustCompile("(?ms)^```.*?^```$")
	headingOf = regexp.MustCompile(`(?m)^#+ +(.*)$`)
	spanOf    = regexp.MustCompile("`[^`\n]*`")
)

// TestLinks: what pages of the source link is there, with its anchor, as GitHub makes it of a
// heading.
func TestLinks(t *testing.T) {
	texts := make(map[string]string)
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") && d.Name() != ".." {
			return fs.SkipDir
		}
		if !d.IsDir() && strings.HasSuffix(path, ".md") {
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			texts[path] = fencedOf.ReplaceAllString(string(text), "")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	links := 0
	for page, text := range texts {
		for _, m := range linkOf.FindAllStringSubmatch(spanOf.ReplaceAllString(text, ""), -1) {
			links++
			if strings.Contains(m[1], "://") {
				continue // elsewhere
			}
			file, anchor, anchored := strings.Cut(m[1], "#")
			to := page
			if file != "" {
				to = filepath.Join(filepath.Dir(page), file)
			}
			if _, err := os.Stat(to); err != nil {
				t.Errorf("%s links %s: %v", page, m[1], err)
			} else if anchored && !slices.Contains(anchorsOf(texts[to]), anchor) {
				t.Errorf("%s links %s: %s has no such heading", page, m[1], to)
			}
		}
	}
	if links < 50 {
		t.Errorf("only %d links in %d pages", links, len(texts))
	}
}

// anchorsOf are the anchors of a page's headings.
func anchorsOf(text string) (anchors []string) {
	for _, m := range headingOf.FindAllStringSubmatch(text, -1) {
		anchors = append(anchors, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r > 0x7f:
				return r
			}
			return -1
		}, strings.ToLower(m[1])))
	}
	return anchors
}
