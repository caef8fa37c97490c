package printer

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"testing"
)

// TestFormats: a format is known by where it stands and how long it is, and what is
// kept of many is bounded.
func TestFormats(t *testing.T) {
	p := New(Options{})
	const long = "a %d b %d"
	for range 3 {
		p.out = p.out[:0]
		p.printf(long[:5], 1)
		p.printf(long, 2, 3)
		if got := string(p.out); got != "a 1 a 2 b 3" {
			t.Fatalf("printed %q", got)
		}
	}
	if p.formats.used != 2 {
		t.Errorf("%d formats are kept, want 2", p.formats.used)
	}
	var kept []string // so that no two stand in the same place
	for i := range formatsMax + 100 {
		kept = append(kept, fmt.Sprint(i, " %d"))
		p.out = p.out[:0]
		p.printf(kept[i], i)
		if got, want := string(p.out), fmt.Sprint(i, " ", i); got != want {
			t.Fatalf("printed %q, want %q", got, want)
		}
	}
	if p.formats.used != formatsMax || len(p.formats.table) > 2*formatsMax {
		t.Errorf("%d formats are kept in a table of %d, want %d", p.formats.used, len(p.formats.table), formatsMax)
	}
}

// takesFormat are the functions of the package that hand a format on, and which of
// their arguments it is.
var takesFormat = map[string]int{
	"printf": 0, "reason": 0, "tokStr": 1, "bitStr": 1, "bitStrSep": 1, "tok": 1, "ospfTLV": 3, "ospfSubTLVs": 2, "pppOptionHead": 1,
}

// TestFormatsAreConstant: printf knows formats by where they stand, so that none may be
// put together while packets are printed.
func TestFormatsAreConstant(t *testing.T) {
	fset, files := parsePackage(t)
	calls := 0
	for name, f := range files {
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || name == "tables.go" { // which keeps the formats that it is given
				continue
			}
			ast.Inspect(fn, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				at, ok := takesFormat[callee(call)]
				if !ok {
					return true
				}
				if calls++; !isConstant(fn, call.Args[at]) {
					t.Errorf("%s: the format of %s is not a constant: choose between calls, or hand the parts over as %%s", fset.Position(call.Pos()), callee(call))
				}
				return true
			})
		}
	}
	if calls < 3000 {
		t.Errorf("%d calls with formats found: the names in takesFormat are others now", calls)
	}
}

func callee(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// isConstant reports whether an expression in fn is a constant text, or a variable
// that is given nothing else. Parameters that are called format come from callers
// that are looked at themselves.
func isConstant(fn *ast.FuncDecl, e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return e.Kind == token.STRING
	case *ast.BinaryExpr:
		return isConstant(fn, e.X) && isConstant(fn, e.Y)
	case *ast.Ident:
		for _, f := range fn.Type.Params.List {
			for _, name := range f.Names {
				if name.Name == e.Name {
					return e.Name == "format"
				}
			}
		}
		return isGivenConstants(fn, e.Name)
	}
	return false
}

// isGivenConstants reports whether all that a function assigns to a name is constant.
// What it assigns nothing to is of the package, whose variables are never written.
func isGivenConstants(fn *ast.FuncDecl, name string) bool {
	constant := true
	give := func(names []*ast.Ident, values []ast.Expr) {
		for i, id := range names {
			if id != nil && id.Name == name && len(values) > 0 {
				constant = constant && len(values) == len(names) && isConstant(fn, values[i])
			}
		}
	}
	ast.Inspect(fn, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			var names []*ast.Ident
			for _, e := range n.Lhs {
				id, _ := e.(*ast.Ident)
				names = append(names, id)
			}
			give(names, n.Rhs)
		case *ast.ValueSpec:
			give(slices.Clone(n.Names), n.Values)
		}
		return true
	})
	return constant
}
