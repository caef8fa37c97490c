package names

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestHosts: names and aliases of the file, each once.
func TestHosts(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hosts")
	if err := os.WriteFile(file, []byte("127.0.0.1 localhost lo\n::1 localhost\n# 192.0.2.9 none\nnonsense x\n192.0.2.1\tweb web.example.com # more\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, h := range Hosts(Files{Hosts: file}) {
		all = append(all, h.Name+"="+h.Addr.String())
	}
	if want := []string{"localhost=127.0.0.1", "lo=127.0.0.1", "web=192.0.2.1", "web.example.com=192.0.2.1"}; !slices.Equal(all, want) {
		t.Errorf("%q, not %q", all, want)
	}
	if all := Hosts(Files{Hosts: file + ".none"}); len(all) != 0 {
		t.Errorf("of no file: %v", all)
	}
}
