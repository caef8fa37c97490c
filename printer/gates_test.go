package printer

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/tapdump/tapdump/capture"
)

// coreFiles are the files that are not about one protocol.
var coreFiles = []string{
	"addresses.go", "checksum.go", "colors.go", "conversations.go", "deferral.go", "doc.go", "ethertypes.go", "families.go", "following.go", "format.go", "gmpls.go",
	"hexdump.go", "formats.go", "highlight.go", "interfaces.go", "ipprotos.go", "l2vpn.go", "linktypes.go", "names.go", "nlpids.go", "ordinary.go", "outcome.go", "paint.go", "packettypes.go", "parallel.go", "prefixes.go", "printer.go", "room.go",
	"read.go", "signature.go", "tables.go", "tcpports.go", "text.go", "timestamp.go", "udpports.go", "write.go",
}

func isCore(name string) bool {
	for _, f := range coreFiles {
		if f == name {
			return true
		}
	}
	return false
}

func parsePackage(t *testing.T) (*token.FileSet, map[string]*ast.File) {
	t.Helper()
	fset := token.NewFileSet()
	files := make(map[string]*ast.File)
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(fset, name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = f
	}
	return fset, files
}

// TestHouseRules holds what doc.go promises of the package's source.
func TestHouseRules(t *testing.T) {
	fset, files := parsePackage(t)
	packageVars := make(map[string]bool)
	for _, f := range files {
		for _, d := range f.Decls {
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.VAR {
				for _, s := range g.Specs {
					for _, n := range s.(*ast.ValueSpec).Names {
						packageVars[n.Name] = true
					}
				}
			}
		}
	}
	for name, f := range files {
		for _, imp := range f.Imports {
			if imp.Path.Value == `"fmt"` && name != "format.go" {
				t.Errorf("%s imports fmt: use p.printf and its kin", name)
			}
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Recv == nil && n.Name.Name == "init" {
					t.Errorf("%s: func init: tables are literals, dispatch is a switch", fset.Position(n.Pos()))
				}
			case *ast.CompositeLit:
				if _, ok := n.Type.(*ast.MapType); ok {
					t.Errorf("%s: a map literal: use []tok, a dense array or a switch", fset.Position(n.Pos()))
				}
			case *ast.AssignStmt:
				for _, l := range n.Lhs {
					if id, ok := l.(*ast.Ident); ok && n.Tok != token.DEFINE && id.Obj == nil && packageVars[id.Name] {
						t.Errorf("%s: package variable %s is written: state belongs into Printer or conversations", fset.Position(l.Pos()), id.Name)
					}
				}
			}
			return true
		})
	}
}

// TestFileStems: a top-level name in a protocol's file starts with the file's
// stem, so that it can be found by its name.
func TestFileStems(t *testing.T) {
	fset, files := parsePackage(t)
	for name, f := range files {
		if isCore(name) {
			continue
		}
		stem, _, _ := strings.Cut(strings.TrimSuffix(name, ".go"), "_")
		check := func(id *ast.Ident) {
			if id.Name == "_" {
				return
			}
			lower := strings.ToLower(id.Name)
			if !strings.HasPrefix(lower, stem) && !(unicode.IsUpper(rune(id.Name[0])) && strings.Contains(lower, stem)) {
				t.Errorf("%s: %s does not start with %q, the stem of its file", fset.Position(id.Pos()), id.Name, stem)
			}
		}
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil || receiverIs(d, "Printer") {
					check(d.Name)
				}
			case *ast.GenDecl:
				for _, s := range d.Specs {
					switch s := s.(type) {
					case *ast.ValueSpec:
						for _, n := range s.Names {
							check(n)
						}
					case *ast.TypeSpec:
						check(s.Name)
					}
				}
			}
		}
	}
}

func receiverIs(d *ast.FuncDecl, name string) bool {
	star, ok := d.Recv.List[0].Type.(*ast.StarExpr)
	if !ok {
		return false
	}
	id, ok := star.X.(*ast.Ident)
	return ok && id.Name == name
}

// TestProtocolFiles: a protocol's file says on its first line what it is about,
// and has a packet file of the project's own.
func TestProtocolFiles(t *testing.T) {
	_, files := parsePackage(t)
	for name, f := range files {
		if isCore(name) || strings.Contains(strings.TrimSuffix(name, ".go"), "_") {
			continue
		}
		if len(f.Comments) == 0 || f.Comments[0].Pos() > f.Package || !strings.HasPrefix(f.Comments[0].Text(), name+": ") {
			t.Errorf("%s: the first line is to be a comment %q followed by the protocol and its specification", name, "// "+name+": ")
		}
		stem := strings.TrimSuffix(name, ".go")
		if _, err := os.Stat(filepath.Join(packetDir, stem+".txt")); err != nil {
			t.Errorf("%s has no packets of our own: write %s (see packets_test.go)", name, filepath.Join(packetDir, stem+".txt"))
		}
	}
}

// TestNoAllocations prints every packet file with all its flags: once all is
// warm, no packet may allocate.
func TestNoAllocations(t *testing.T) {
	for _, path := range packetFiles(t, "*") {
		pf := loadPackets(t, path)
		for _, flags := range pf.flags {
			p := New(testOptions(t, flags))
			var out []byte
			run := func() {
				for i := range pf.packets {
					out = p.Print(out[:0], &pf.packets[i])
				}
			}
			run()
			if n := testing.AllocsPerRun(5, run); n != 0 {
				t.Errorf("%s with %s: %v allocations for %d packets, want none", pf.name, flags, n, len(pf.packets))
			}
		}
	}
}

// TestOutputBound: a packet that would print without end stops near outputMax.
func TestOutputBound(t *testing.T) {
	p := New(Options{})
	pkt := capture.Packet{Data: []byte{1}, Length: 1, LinkType: capture.LinkEN10MB}
	p.pkt = &pkt
	func() {
		defer func() {
			if _, ok := recover().(overlong); !ok {
				t.Error("printing went on past outputMax")
			}
		}()
		for range outputMax {
			p.printf("%s", "ten bytes.")
		}
	}()
	if n := len(p.out); n > outputMax+10 {
		t.Errorf("%d bytes were printed, want %d at most", n, outputMax+10)
	}
}

// TestFault: a tolerant printer ends the line of a packet that it cannot cope
// with and says so once.
func TestFault(t *testing.T) {
	var said []string
	p := New(Options{TimeFormat: 1, Warn: func(m string) { said = append(said, m) }})
	p.names.resolver = nil
	pkt := capture.Packet{Data: make([]byte, 60), Length: 60, LinkType: capture.LinkEN10MB}
	p.out = nil
	faulty := func() {
		defer func() { p.fault(recover()) }()
		p.proto = "test"
		panic("index out of range")
	}
	p.pkt = &pkt
	faulty()
	faulty()
	if got := string(p.out); strings.Count(got, " [test: fault of the printer]") != 2 {
		t.Errorf("printed %q", got)
	}
	if len(said) != 1 {
		t.Errorf("warned %d times, want once: %q", len(said), said)
	}
}
