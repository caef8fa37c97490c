package cli

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// sources parses the Go files of folders that are no tests.
func sources(t *testing.T, folders ...string) (*token.FileSet, []*ast.File) {
	t.Helper()
	fset := token.NewFileSet()
	var files []*ast.File
	for _, folder := range folders {
		names, err := filepath.Glob(filepath.Join(folder, "*.go"))
		if err != nil || names == nil {
			t.Fatalf("%s has no Go files (%v)", folder, err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(fset, name, nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, file)
		}
	}
	return fset, files
}

// TestFields: no struct gathers what belongs to several.
func TestFields(t *testing.T) {
	const most = 15
	fset, files := sources(t, ".", "args")
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			s, ok := spec.Type.(*ast.StructType)
			if !ok {
				return true
			}
			fields := 0
			for _, f := range s.Fields.List {
				fields += max(len(f.Names), 1)
			}
			if fields > most {
				t.Errorf("%s: %s has %d fields, %d at most: which of them belong together?", fset.Position(spec.Pos()), spec.Name.Name, fields, most)
			}
			return true
		})
	}
}

// TestPlanStays: nothing in the run changes the plan.
func TestPlanStays(t *testing.T) {
	fset, files := sources(t, ".")
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			var changed []ast.Expr
			switch n := n.(type) {
			case *ast.AssignStmt:
				if n.Tok != token.DEFINE {
					changed = n.Lhs
				}
			case *ast.IncDecStmt:
				changed = []ast.Expr{n.X}
			}
			for _, e := range changed {
				if ofPlan(e) {
					t.Errorf("%s: the plan is changed: decide it in args", fset.Position(e.Pos()))
				}
			}
			return true
		})
	}
}

// ofPlan reports whether an expression is a part of what is called plan.
func ofPlan(e ast.Expr) bool {
	for {
		switch x := e.(type) {
		case *ast.SelectorExpr:
			if inner, ok := x.X.(*ast.SelectorExpr); ok && inner.Sel.Name == "plan" {
				return true
			}
			if id, ok := x.X.(*ast.Ident); ok && id.Name == "plan" {
				return true
			}
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		default:
			return false
		}
	}
}

// TestOneConsole: the standard error is written to by the console alone, and
// warnings are worded by it.
func TestOneConsole(t *testing.T) {
	fset, files := sources(t, ".", "args")
	for _, file := range files {
		name := filepath.Base(fset.Position(file.Pos()).Filename)
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				if id, ok := n.X.(*ast.Ident); ok && id.Name == "os" && n.Sel.Name == "Stderr" && name != "entry.go" {
					t.Errorf("%s: the standard error is the console's", fset.Position(n.Pos()))
				}
			case *ast.BasicLit:
				if n.Kind == token.STRING && strings.Contains(n.Value, "WARNING") && name != "console.go" {
					t.Errorf("%s: console.warn words warnings", fset.Position(n.Pos()))
				}
			}
			return true
		})
	}
}

// TestNothingReadBack: what an error or a printer says is for people. Whoever
// wants to know something of it asks a type or a method.
func TestNothingReadBack(t *testing.T) {
	reads := map[string]bool{
		"Contains": true, "HasPrefix": true, "HasSuffix": true, "Index": true, "LastIndex": true, "Count": true, "Cut": true,
		"EqualFold": true, "Split": true, "Fields": true, "TrimPrefix": true, "CutPrefix": true, "CutSuffix": true,
	}
	fset, files := sources(t, ".", "args")
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				fun, ok := n.Fun.(*ast.SelectorExpr)
				if !ok || !reads[fun.Sel.Name] {
					return true
				}
				for _, arg := range n.Args {
					if wrote := saysSomething(arg); wrote != "" {
						t.Errorf("%s: %s reads what %s says", fset.Position(n.Pos()), fun.Sel.Name, wrote)
					}
				}
			case *ast.BinaryExpr:
				if n.Op != token.EQL && n.Op != token.NEQ {
					return true
				}
				for _, side := range [...]ast.Expr{n.X, n.Y} {
					if wrote := saysSomething(side); wrote != "" {
						t.Errorf("%s: a comparison reads what %s says", fset.Position(n.Pos()), wrote)
					}
				}
			}
			return true
		})
	}
}

// saysSomething names what in an expression is text for people, if anything is:
// the words of an error, or what was gathered for the standard output.
func saysSomething(e ast.Expr) (wrote string) {
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			fun, ok := n.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			id, _ := fun.X.(*ast.Ident)
			switch {
			case fun.Sel.Name == "Error" && len(n.Args) == 0, fun.Sel.Name == "Detail":
				wrote = fun.Sel.Name
			case id != nil && id.Name == "syserr" && fun.Sel.Name != "Worded":
				wrote = "syserr." + fun.Sel.Name
			case id != nil && id.Name == "len":
				return false
			}
		case *ast.SelectorExpr:
			if n.Sel.Name == "Msg" || n.Sel.Name == "buf" && !ofLength(e) {
				wrote = n.Sel.Name
			}
		}
		return true
	})
	return wrote
}

// ofLength reports whether an expression is a length alone.
func ofLength(e ast.Expr) bool {
	call, ok := e.(*ast.CallExpr)
	if !ok {
		return false
	}
	id, ok := call.Fun.(*ast.Ident)
	return ok && (id.Name == "len" || id.Name == "cap")
}

// TestErrorsKeepTheirCause: in no package is the text of an error put into
// another in place of the error itself, where errors.Is would find it.
func TestErrorsKeepTheirCause(t *testing.T) {
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && d.Name() != "..") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, path, nil, 0)
		if err != nil {
			return err
		}
		for _, pos := range lostCauses(file) {
			t.Errorf("%s: an error is put in as text: use %%w (with syserr.Worded for the system's words), so that errors.Is finds it", fset.Position(pos))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestLostCauses: the gate above sees what it is for.
func TestLostCauses(t *testing.T) {
	const source = `package p
func f(err error) {
	fmt.Errorf("a: %v", err)
	fmt.Errorf("a: %s", err.Error())
	fmt.Errorf("a: %s", syserr.Reason(err))
	fmt.Errorf("%d: %s %w", 1, syserr.Text(cerr), err)
	fmt.Errorf("a: %w", err)
	fmt.Errorf("%s %d: %w", name, 2, syserr.Worded(err))
	errors.New("a: " + err.Error())
	errorText("a: " + syserr.Reason(err))
	errorText("a: " + name)
}`
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "p.go", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	var lines []int
	for _, pos := range lostCauses(file) {
		lines = append(lines, fset.Position(pos).Line)
	}
	if want := []int{3, 4, 5, 6, 9, 10}; !slices.Equal(lines, want) {
		t.Errorf("found are lines %v, want %v", lines, want)
	}
}

// lostCauses are the places of a file where an error is made of the text of
// another.
func lostCauses(file *ast.File) (places []token.Pos) {
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) == 0 {
			return true
		}
		if id, ok := call.Fun.(*ast.Ident); ok && (id.Name == "errorText" || id.Name == "Complaint") && textOfError(call.Args[0]) {
			places = append(places, call.Pos())
		}
		fun, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		pkg, _ := fun.X.(*ast.Ident)
		switch {
		case pkg != nil && pkg.Name == "errors" && fun.Sel.Name == "New":
			if textOfError(call.Args[0]) {
				places = append(places, call.Pos())
			}
		case pkg != nil && pkg.Name == "fmt" && fun.Sel.Name == "Errorf":
			verbs := verbsOf(call.Args[0])
			for i, arg := range call.Args[1:] {
				isError := textOfError(arg)
				if id, ok := arg.(*ast.Ident); ok && (id.Name == "err" || strings.HasSuffix(id.Name, "Err") || strings.HasSuffix(id.Name, "err")) {
					isError = true
				}
				if isError && (i >= len(verbs) || verbs[i] != 'w') {
					places = append(places, call.Pos())
				}
			}
		}
		return true
	})
	return places
}

// textOfError reports whether an expression makes text of an error.
func textOfError(e ast.Expr) (found bool) {
	ast.Inspect(e, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if fun, ok := call.Fun.(*ast.SelectorExpr); ok {
			pkg, _ := fun.X.(*ast.Ident)
			found = found || fun.Sel.Name == "Error" && len(call.Args) == 0 ||
				pkg != nil && pkg.Name == "syserr" && (fun.Sel.Name == "Reason" || fun.Sel.Name == "Text")
		}
		return true
	})
	return found
}

// verbsOf are the verbs of a format, in their order.
func verbsOf(format ast.Expr) (verbs []byte) {
	ast.Inspect(format, func(n ast.Node) bool {
		lit, ok := n.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return true
		}
		for text := strings.ReplaceAll(lit.Value, "%%", ""); ; {
			_, after, found := strings.Cut(text, "%")
			if !found {
				return true
			}
			after = strings.TrimLeft(after, "0123456789.+-# ")
			if after == "" {
				return true
			}
			verbs, text = append(verbs, after[0]), after[1:]
		}
	})
	return verbs
}
