package compile

import (
	"github.com/tapdump/tapdump/bpf/internal/syntax"
	"github.com/tapdump/tapdump/versions"
)

// Error says what is wrong with an expression and where.
type Error struct {
	Msg        string // worded as libpcap words it
	Expr       string // the expression
	Pos        int    // byte offset in Expr of the part that is wrong
	Len        int    // its length in bytes, 0 for the end of Expr
	Expected   string // what could stand there, may be empty
	Suggestion string // what may be meant, may be empty
	Note       string // what else is to be said, may be empty
}

func public(err *syntax.Error) *Error {
	e := Error(err.Diagnostic)
	return &e
}

// Error is the message alone, on one line.
func (e *Error) Error() string { return e.Msg }

// Detail is the message, then the expression with a caret under the part that
// is wrong, then what was expected and what may be meant; lines end in \n. Of
// long texts a part is shown.
func (e *Error) Detail() string { return (*syntax.Diagnostic)(e).Detail() }

// Expr is a parsed filter expression. It does not change, so that goroutines may
// share one.
type Expr struct{ tree *syntax.Expr }

// Parse reads an expression. The error is an *Error. Names are not looked up,
// and what only a link type can decide is not checked; see Compile.
func Parse(expr string) (*Expr, error) {
	e, err := syntax.Parse(expr, true, versions.V4_99_6)
	if err == nil {
		return &Expr{e}, nil
	}
	if e.Newer && !err.Bound {
		_, older := syntax.Parse(expr, false, versions.V4_99_6)
		err.WordAs(older)
	}
	err.Finish(false, func(expr string) *syntax.Error {
		_, problem := syntax.Parse(expr, true, versions.V4_99_6)
		return problem
	})
	return nil, public(err)
}

// String is the expression as understood: fully parenthesised, the qualifiers
// spelled out.
func (e *Expr) String() string { return e.tree.String() }

// Elsewhere is an expression for packets that another one misses since what it
// asks for stands behind a header that it does not look behind.
type Elsewhere struct {
	Packets string // what can be said of them: "carry VLAN tags"
	Expr    string
}

// Elsewhere lists such expressions for p's, for the link type that p is for:
// behind tags, in tunnels, behind an extension header of IPv6, and over IPv6
// instead of IPv4. names are those that p was compiled with. Not all of them
// need compile.
func (p *Program) Elsewhere(names *Names) []Elsewhere {
	var lookup func(name, transport string) (uint16, bool)
	if names != nil {
		lookup = names.Port
	}
	var list []Elsewhere
	for _, e := range p.expr.Elsewhere(lookup) {
		list = append(list, Elsewhere(e))
	}
	return list
}
