package syserr

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

func TestWords(t *testing.T) {
	open := &fs.PathError{Op: "open", Path: "x", Err: syscall.ENOENT}
	for _, c := range []struct {
		err          error
		reason, text string
	}{
		{syscall.ENOENT, "No such file or directory", "No such file or directory"},
		{open, "No such file or directory", "open x: No such file or directory"},
		{os.NewSyscallError("epoll_ctl", syscall.ENOSPC), "No space left on device", "epoll_ctl: No space left on device"},
		{fmt.Errorf("can't go on: %w; the rest is lost", open), "No such file or directory", "can't go on: open x: No such file or directory; the rest is lost"},
		{fmt.Errorf("permission denied: %w", syscall.EACCES), "Permission denied", "permission denied: Permission denied"},
		{errors.Join(open, syscall.EPERM, syscall.EPERM), "No such file or directory", "open x: No such file or directory\nOperation not permitted\nOperation not permitted"},
		{fmt.Errorf("%w, and then %w", syscall.EIO, io.EOF), "Input/output error", "Input/output error, and then EOF"},
		{&fs.PathError{Op: "write", Path: "|1", Err: os.ErrClosed}, "File already closed", "write |1: File already closed"},
		{&exec.Error{Name: "x", Err: exec.ErrNotFound}, "No such file or directory", "exec: \"x\": No such file or directory"},
		{&fs.PathError{Op: "open", Path: "x", Err: fs.ErrPermission}, "Permission denied", "open x: Permission denied"},
		{io.ErrUnexpectedEOF, "unexpected EOF", "unexpected EOF"},
		{&fs.PathError{Op: "read", Path: "x", Err: io.ErrUnexpectedEOF}, "unexpected EOF", "read x: unexpected EOF"},
		{&fs.PathError{Op: "read", Path: "x", Err: fs.ErrExist}, "File exists", "read x: File exists"},
		{fmt.Errorf("can't go on: %w", &fs.PathError{Op: "read", Path: "x", Err: os.ErrClosed}), "File already closed", "can't go on: read x: File already closed"},
		{fmt.Errorf("%w (the rest is lost)", syscall.EIO), "Input/output error", "Input/output error (the rest is lost)"},
		{hidden{syscall.EPERM}, "Operation not permitted", "it failed"},
		{errors.New(""), "", ""},
	} {
		if got := Reason(c.err); got != c.reason {
			t.Errorf("Reason(%v) = %q, want %q", c.err, got, c.reason)
		}
		if got := Text(c.err); got != c.text {
			t.Errorf("Text(%v) = %q, want %q", c.err, got, c.text)
		}
	}
}

// TestCapital: the first letter is the capital one, whatever else there is.
func TestCapital(t *testing.T) {
	for text, want := range map[string]string{"": "", "a": "A", "z": "Z", "zz": "Zz", "`": "`", "{": "{", "A": "A", "ä": "ä", "0a": "0a", "no such": "No such"} {
		if got := capital(text); got != want {
			t.Errorf("capital(%q) = %q, want %q", text, got, want)
		}
	}
}

// TestEveryErrno: what the system says begins with a capital, and is otherwise as
// Go has it.
func TestEveryErrno(t *testing.T) {
	for n := range 200 {
		errno := syscall.Errno(n)
		for what, got := range map[string]string{"Reason": Reason(errno), "Text": Text(errno), "Worded": Worded(errno).Error()} {
			if plain := errno.Error(); !strings.EqualFold(got, plain) || got[1:] != plain[1:] || 'a' <= got[0] && got[0] <= 'z' {
				t.Errorf("%s of %q is %q", what, plain, got)
			}
		}
		if err := fmt.Errorf("it failed: %w", Worded(errno)); !errors.Is(err, errno) || err.Error() != "it failed: "+Reason(errno) {
			t.Errorf("worded: %v", err)
		}
	}
	for err, want := range map[error]string{
		fs.ErrPermission: "Permission denied", fs.ErrNotExist: "No such file or directory", exec.ErrNotFound: "No such file or directory",
		fs.ErrExist: "File exists", os.ErrClosed: "File already closed",
	} {
		if got := Reason(err); got != want {
			t.Errorf("Reason(%v) is %q, want %q", err, got, want)
		}
		if got := Text(&fs.PathError{Op: "stat", Path: "x", Err: err}); got != "stat x: "+want {
			t.Errorf("Text of a path with %v is %q", err, got)
		}
	}
}

// hidden does not show its cause.
type hidden struct{ cause error }

func (h hidden) Error() string { return "it failed" }
func (h hidden) Unwrap() error { return h.cause }

// errorName is how variables that hold errors are called.
var errorName = regexp.MustCompile(`^([a-z]?err|.*Err|errno|cause)$`)

// withoutSystem are the folders whose errors are not the system's, or whose
// messages are read by nobody but developers.
var withoutSystem = map[string]bool{
	"bpf": true, "filters": true, "bench": true, "devicetable": true, "sweep": true, "traffic": true, "packaging": true, "syserr": true, "testenv": true, "outside": true, "testdata": true, ".git": true,
}

// TestNothingRaw: nothing that people read is made of an error but by this
// package. An error that becomes text elsewhere, by its method Error or by a
// verb other than %w, would show the system's words as Go has them.
func TestNothingRaw(t *testing.T) {
	root := filepath.Join("..", "..")
	files := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel := filepath.ToSlash(path)
		if d.IsDir() {
			if withoutSystem[d.Name()] {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(rel, ".go") || strings.HasSuffix(rel, "_test.go") {
			return nil
		}
		files++
		// What printers call err is a number in a packet.
		printer := strings.Contains(rel, "/printer/")
		for _, found := range rawErrors(t, path, nil, !printer) {
			t.Errorf("%s: use syserr.Text or syserr.Reason, or %%w", found)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 100 {
		t.Errorf("only %d files found", files)
	}
}

// TestFindsRaw: the gate sees what it is for.
func TestFindsRaw(t *testing.T) {
	const source = `package p
func f() {
	say("it failed: " + err.Error())
	say("it failed: %s\n", err)
	fmt.Errorf("it failed: %v", c.lastErr)
	fmt.Errorf("%s: %w", err, other)
	c.trace(1, "%T: %v", err, errno)
	fmt.Sprint(err)
	fmt.Errorf("it failed: %w", err)
	fmt.Errorf("%s: %s: %w", name, syserr.Reason(err), err)
	errors.Is(err, fs.ErrNotExist)
	return fail(err)
}
func (e *Err) Error() string { return e.inner.Error() }`
	found := rawErrors(t, "source.go", source, true)
	if len(found) != 6 {
		t.Errorf("found %d, want 6:\n%s", len(found), strings.Join(found, "\n"))
	}
}

// rawErrors lists where a file makes text of an error, by a verb too if verbs
// says so.
func rawErrors(t *testing.T, path string, source any, verbs bool) (found []string) {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if f, ok := n.(*ast.FuncDecl); ok && f.Name.Name == "Error" {
			return false // an error made of another: its reader goes through here
		}
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if s, ok := call.Fun.(*ast.SelectorExpr); ok && s.Sel.Name == "Error" && len(call.Args) == 0 {
			found = append(found, set.Position(call.Pos()).String())
		}
		if raw := rawArgument(call); verbs && raw != nil {
			found = append(found, set.Position(raw.Pos()).String())
		}
		return true
	})
	return found
}

// rawArgument is the first error among what a call formats, but for one of %w
// or %T.
func rawArgument(call *ast.CallExpr) ast.Expr {
	name := lastName(call.Fun)
	formats := strings.HasPrefix(name, "Sprint") || strings.HasPrefix(name, "Fprint") || strings.HasPrefix(name, "Append")
	var verbs []string
	for _, arg := range call.Args {
		if lit, ok := arg.(*ast.BasicLit); ok && lit.Kind == token.STRING && !formats && verbs == nil {
			verbs = regexp.MustCompile(`%[-+# 0-9.*]*[a-zA-Z]`).FindAllString(lit.Value, -1)
			continue
		}
		verb := ""
		if len(verbs) > 0 {
			verb, verbs = verbs[0], verbs[1:]
		}
		if (formats || verb != "" && verb != "%w" && verb != "%T") && errorName.MatchString(lastName(arg)) {
			return arg
		}
	}
	return nil
}

// lastName is the identifier at the end of x.y.z, "" if e is something else.
func lastName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}
