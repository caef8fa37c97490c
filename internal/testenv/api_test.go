package testenv

import (
	"go/ast"
	"go/build"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestPublicSignatures: what a public package exports names no type of an internal
// package: nobody else could make a value of it.
func TestPublicSignatures(t *testing.T) {
	for _, folder := range publicPackages(t) {
		files, err := filepath.Glob(filepath.Join(folder, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			for _, found := range internalTypes(t, file, nil) {
				t.Errorf("%s, a type of an internal package: make that package public, or keep the type out of what is exported", found)
			}
		}
	}
}

// TestGoroutinesAreSaid: the comment of each public type with a state says which of
// its calls may come from which goroutines.
func TestGoroutinesAreSaid(t *testing.T) {
	types := 0
	for _, folder := range publicPackages(t) {
		pkg := parsed(t, folder)
		for _, of := range pkg.Types {
			spec := of.Decl.Specs[0].(*ast.TypeSpec)
			s, ok := spec.Type.(*ast.StructType)
			if !ok || len(of.Methods) == 0 || !s.Incomplete {
				continue
			}
			if slices.ContainsFunc(of.Methods, func(f *doc.Func) bool { return f.Name == "Error" }) {
				continue // a value that nobody changes
			}
			types++
			if !strings.Contains(strings.ToLower(of.Doc), "goroutine") {
				t.Errorf("%s: the comment of %s.%s does not say from which goroutines its methods may be called", folder, pkg.Name, of.Name)
			}
		}
	}
	if types < 15 {
		t.Errorf("only %d types found", types)
	}
}

// TestExamples: every public package has an example that runs, and one at the
// beginning of its comment.
func TestExamples(t *testing.T) {
	for _, folder := range publicPackages(t) {
		runnable := false
		tests, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range tests {
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range doc.Examples(file) {
				runnable = runnable || e.Output != "" || e.EmptyOutput
			}
		}
		if !runnable {
			t.Errorf("%s has no example with an Output: write one into %s", folder, filepath.Join(folder, "example_test.go"))
		}
		if pkg := parsed(t, folder); !strings.Contains(pkg.Doc, "\n\t") {
			t.Errorf("the comment of package %s (%s) has no example", pkg.Name, folder)
		}
	}
}

// parsed is the documentation of the package in a folder.
func parsed(t *testing.T, folder string) *doc.Package {
	t.Helper()
	set := token.NewFileSet()
	names, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, "_other.go") || !buildable(t, name) {
			continue
		}
		file, err := parser.ParseFile(set, name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	pkg, err := doc.NewFromFiles(set, files, folder)
	if err != nil {
		t.Fatal(err)
	}
	return pkg
}

// buildable reports whether a file is one of Linux, where most is public.
func buildable(t *testing.T, name string) bool {
	t.Helper()
	system := build.Default
	system.GOOS = "linux"
	ok, err := system.MatchFile(filepath.Dir(name), filepath.Base(name))
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

// publicPackages are the folders of the packages that other modules can import.
func publicPackages(t *testing.T) []string {
	t.Helper()
	root := filepath.Join("..", "..")
	var folders []string
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if name := d.Name(); name == "internal" || name == "cmd" || name == "testdata" || strings.HasPrefix(name, ".") && name != ".." {
			return fs.SkipDir
		}
		if names, _ := filepath.Glob(filepath.Join(file, "*.go")); len(names) > 0 {
			folders = append(folders, file)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(folders) < 10 {
		t.Errorf("only %d public packages found: %v", len(folders), folders)
	}
	return folders
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
