package args

import (
	"reflect"
	"testing"
)

// TestTags: tags are read as reflect reads them, odd ones too.
func TestTags(t *testing.T) {
	var fields []reflect.StructTag
	var collect func(reflect.Type)
	collect = func(s reflect.Type) {
		for i := range s.NumField() {
			f := s.Field(i)
			fields = append(fields, f.Tag)
			if f.Anonymous {
				collect(f.Type)
			}
		}
	}
	collect(reflect.TypeFor[options]())
	if len(fields) < 100 {
		t.Fatalf("options have %d fields", len(fields))
	}
	fields = append(fields, "", "x", `a:"b`, `a:"b"  c:"d\"e" f:""`, `a:"1" b`)
	for _, field := range fields {
		all := tagsOf(nil, field)
		for _, name := range []string{"name", "help", "own", "short", "getopt", "about", "a", "b", "c", "f", "x", ""} {
			value, has := all.lookup(name)
			if want, is := field.Lookup(name); value != want || has != is {
				t.Errorf("%q of %q: %q, %t; want %q, %t", name, field, value, has, want, is)
			}
		}
	}
}
