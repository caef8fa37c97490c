package cli

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/internal/testenv"
)

// The shells run the script that the program prints, and say what it offers for a command
// line, of which the last word is what they would replace: for zsh what stands behind
// compdef is made of its own functions' stand-ins, since the real ones need a terminal.
var completingShells = map[string]struct {
	options []string
	driver  string // $1 is the line, $2 its last word
}{
	"bash": {[]string{"--norc", "-c"}, `source <(tapdump --completion bash)
		COMP_LINE=$1 COMP_POINT=${#1}
		COMP_WORDS=($1) COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		"$(complete -p "${1%% *}" | sed 's/.*-F \([^ ]*\) .*/\1/')" "${1%% *}" "$2" ""
		printf '%s\n' "${COMPREPLY[@]}"`},
	"zsh": {[]string{"-f", "-c"}, `compdef() { completes=$1 }
		compset() { PREFIX=${PREFIX#${~2}} }
		_describe() { print -rl -- "${(@)${(@P)3}%%:*}" }
		_files() { print -rl -- $PREFIX*(N) }
		_users() { print -rl -- root }
		source <(tapdump --completion zsh)
		words=(${(z)1}) CURRENT=${#words} PREFIX=$2
		[[ $1 != *' ' ]] || { words+=('') CURRENT=${#words} }
		$completes`},
	"fish": {[]string{"--no-config", "-c"}, `tapdump --completion fish | source
		complete -C $argv[1] | string replace -r '\t.*' ''`},
}

// TestCompletion: each shell that is here offers what the program says, for both programs,
// and files, users and commands where these are asked for.
func TestCompletion(t *testing.T) {
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name := range identities {
		if err := os.Symlink(self, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	work := t.TempDir()
	if err := os.WriteFile(filepath.Join(work, "capture.pcap"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"bash", "zsh", "fish"} {
		t.Run(name, func(t *testing.T) {
			path := testenv.Oracle(t, name)
			shell := completingShells[name]
			for _, test := range []struct{ line, last, want string }{
				{"tapdump -Q i", "i", "in inout"},
				{"tapdump -n --time-s", "--time-s", "--time-stamp-type --time-stamp-precision"},
				{"ipscap --find_", "--find_", "--find_mode --find_stream"},
				{"tapdump --interface an", "an", "any"},
				{"tapdump --columns basic,tcp_f", "basic,tcp_f", "basic,tcp_flags"},
				{"tapdump -n tcp sr", "sr", "src"},
				{"tapdump -n tcp port 80 or not v", "v", "vlan vxlan vrrp"},
				{"tapdump host vx", "vx", ""},
				{"tapdump 'tcp and vl", "tcp and vl", "vlan"},
				{"tapdump -r cap", "cap", "capture.pcap"},
				{"tapdump -nrcap", "-nrcap", "capture.pcap -nrcapture.pcap"}, // zsh has taken the front off
				{"tapdump -Z roo", "roo", "root"},
				{"tapdump --like 4.98 --like 5.0 -T qu", "qu", "quic"},
			} {
				cmd := exec.Command(path, append(slices.Clone(shell.options), shell.driver)...)
				if name == "bash" || name == "zsh" {
					cmd.Args = append(cmd.Args, name)
				}
				cmd.Args = append(cmd.Args, test.line, test.last)
				cmd.Dir = work
				cmd.Env = append(os.Environ(), asProgram+"=1", "PATH="+dir+":"+os.Getenv("PATH"), "HOME="+work, "TAPDUMP_LIKE=")
				var stderr bytes.Buffer
				cmd.Stderr = &stderr
				out, err := cmd.Output()
				got, want := strings.Fields(string(out)), strings.Fields(test.want)
				missing := slices.ContainsFunc(want, func(w string) bool { return !slices.Contains(got, w) && test.last != "-nrcap" })
				if test.last == "-nrcap" {
					missing = len(got) != 1 || !slices.Contains(want, got[0])
				}
				if missing || test.want == "" && len(got) > 0 || stderr.Len() > 0 {
					t.Errorf("%s: %q, and %q is expected (%v)\n%s", test.line, got, want, err, &stderr)
				}
			}
		})
	}
}
