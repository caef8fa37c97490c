package testenv

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// TestPublicSignatures: what a public package exports names no type of an internal
// package: nobody else could make a value of it.
func TestPublicSignatures(t *testing.T) {
	root := filepath.Join("..", "..")
	packages := make(map[string]bool)
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := d.Name(); d.IsDir() && (name == "internal" || name == "cmd" || name == "testdata" || strings.HasPrefix(name, ".") && name != "..") {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		packages[filepath.Dir(file)] = true
		for _, found := range internalTypes(t, file, nil) {
			t.Errorf("%s, a type of an internal package: make that package public, or keep the type out of what is exported", found)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(packages) < 8 {
		t.Errorf("only %d public packages found", len(packages))
	}
}

// TestFindsInternalTypes: the gate sees what it is for.
func TestFindsInternalTypes(t *testing.T) {
	const source = `package p
import ("x/internal/a"; named "x/internal/b"; "x/internal"; "x/c")
func Result() *a.T { return nil }
func Parameter(m map[string][]named.T) {}
func (t *T) Method(...internal.T) {}
func (t *G[E]) Generic(a.T) {}
func Constraint[E a.T](E) {}
type T struct { Field func() a.T; own a.T; a.Embedded }
type I interface { Method(a.T); own(a.T) }
type G[E any] []a.T
type Alias = a.T
var V a.T
const C a.T = 1
func own(a.T) {}
func (o *own) Method(a.T) {}
type other struct { Field a.T }
func Inside(c.T) { var _ a.T }
`
	found := internalTypes(t, "source.go", source)
	if len(found) != 13 {
		t.Errorf("found %d, want 13:\n%s", len(found), strings.Join(found, "\n"))
	}
}

// internalTypes lists where an exported declaration of a file names something of
// an internal package.
func internalTypes(t *testing.T, name string, source any) (found []string) {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	internal := make(map[string]bool)
	for _, i := range file.Imports {
		p := strings.Trim(i.Path.Value, `"`)
		as := path.Base(p)
		if i.Name != nil {
			as = i.Name.Name
		}
		internal[as] = strings.Contains("/"+p+"/", "/internal/")
	}
	ast.FileExports(file) // leaves out fields and methods that are not exported, too
	for _, d := range file.Decls {
		var of string
		ast.Inspect(d, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				of = "func " + n.Name.Name
			case *ast.TypeSpec:
				of = "type " + n.Name.Name
			case *ast.ValueSpec:
				of = n.Names[0].Name
				n.Values = nil // what a variable begins with need not be its type
			case *ast.BlockStmt:
				return false
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && internal[x.Name] {
					found = append(found, set.Position(n.Pos()).String()+": "+of+" names "+x.Name+"."+n.Sel.Name)
				}
			}
			return true
		})
	}
	return found
}
