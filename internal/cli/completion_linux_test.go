package cli

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/internal/names"
	"github.com/tapdump/tapdump/internal/testenv"
)

// completingShells run the script that the program prints, and say what it offers for a
// command line, of which the last word is what they would replace. zsh is beneath.
var completingShells = map[string]struct {
	options []string
	driver  string // $1 is the line, $2 its last word
}{
	"bash": {[]string{"--norc", "-c"}, `source <(tapdump --completion bash)
		COMP_LINE=$1 COMP_POINT=${#1}
		COMP_WORDS=($1) COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		"$(complete -p "${1%% *}" | sed 's/.*-F \([^ ]*\) .*/\1/')" "${1%% *}" "$2" ""
		printf '%s\n' "${COMPREPLY[@]}"`},
	"fish": {[]string{"--no-config", "-c"}, `tapdump --completion fish | source
		complete -C $argv[1] | string replace -r '\t.*' ''`},
}

// Of zsh there is a whole one on a terminal of its own, with its completion system, which
// finds the script where installing puts it. Tab is pressed behind each line of the arguments;
// what the system is given then, and the line that it makes of it, are printed.
const (
	zshOuter = `zmodload zsh/zpty
		zpty inner zsh -f -i
		zpty -w inner 'source $HOME/inner.zsh; print RE""ADY'
		zpty -r inner said '*READY*'
		for line; do
			zpty -w -n inner "$line"$'\t'
			zpty -r inner said '*OFFERED*'
			print -r -- "LINE $line"
			cat $HOME/hits
		done
		zpty -d inner`
	zshInner = `PROMPT= RPROMPT=
		fpath=($HOME/site $fpath)
		autoload -Uz compinit
		compinit -u -d $HOME/compdump
		compadd() {
			if [[ ${@[1,(i)(-|--)]} != *-(O|A|D)\ * ]]; then
				local -a hits
				builtin compadd -A hits "$@"
				(( $#hits )) && print -rl -- "${(@)hits}" >> $HOME/hits
			fi
			builtin compadd "$@"
		}
		offer() {
			: > $HOME/hits
			zle complete-word
			print -r -- "BUFFER $BUFFER" >> $HOME/hits
			zle kill-buffer
			zle -I
			print -r -- OFF''ERED
		}
		zle -N offer
		bindkey '^I' offer`
)

type completionOf struct{ line, last, want, buffer string }

// completions are command lines with what is offered for them: nothing where that is empty.
// buffer is the line as zsh goes on with it.
var completions = []completionOf{
	{"tapdump -Q i", "i", "in inout", "tapdump -Q in"},
	{"tapdump -n --time-s", "--time-s", "--time-stamp-type --time-stamp-precision", "tapdump -n --time-stamp-"},
	{"ipscap --find_", "--find_", "--find_mode --find_stream", "ipscap --find_"},
	{"tapdump --interface an", "an", "any", "tapdump --interface any "},
	{"tapdump --columns basic,tcp_f", "basic,tcp_f", "basic,tcp_flags", "tapdump --columns basic,tcp_flags"},
	{"tapdump -n tcp sr", "sr", "src", "tapdump -n tcp src "},
	{"tapdump -n tcp port 80 or not v", "v", "vlan vxlan vrrp", "tapdump -n tcp port 80 or not v"},
	{"tapdump port vx", "vx", "", "tapdump port vx"},
	{"tapdump host local", "local", "localhost", ""},
	{"tapdump 'tcp and vl", "tcp and vl", "vlan", "tapdump 'tcp and vlan' "},
	{"tapdump --condition 'ttl<9; flags=SY", "ttl<9; flags=SY", "flags=SYN", "tapdump --condition 'ttl<9; flags=SYN"},
	{"tapdump --trigger silen", "silen", "silence:", "tapdump --trigger silence:"},
	{"tapdump -r cap", "cap", "capture.pcap", "tapdump -r capture.pcap "},
	{"tapdump -nrcap", "-nrcap", "capture.pcap -nrcapture.pcap", "tapdump -nrcapture.pcap "}, // zsh has taken the front off
	{"tapdump -Z roo", "roo", "root", "tapdump -Z root "},
	{"tapdump --like 4.98 --like 5.0 -T qu", "qu", "quic", "tapdump --like 4.98 --like 5.0 -T quic "},
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
	completions := slices.Clone(completions)
	if !slices.ContainsFunc(names.Hosts(names.SystemFiles()), func(h names.Host) bool { return h.Name == "localhost" }) {
		completions = slices.DeleteFunc(completions, func(c completionOf) bool { return c.want == "localhost" })
	}
	env := append(os.Environ(), asProgram+"=1", "PATH="+dir+":"+os.Getenv("PATH"), "HOME="+work, "TAPDUMP_LIKE=", "TERM=xterm", "LC_ALL=C")
	for _, name := range []string{"bash", "fish"} {
		t.Run(name, func(t *testing.T) {
			path := testenv.Oracle(t, name)
			shell := completingShells[name]
			for _, test := range completions {
				cmd := exec.Command(path, append(slices.Clone(shell.options), shell.driver)...)
				if name == "bash" {
					cmd.Args = append(cmd.Args, name)
				}
				cmd.Args = append(cmd.Args, test.line, test.last)
				cmd.Dir, cmd.Env = work, env
				var stderr bytes.Buffer
				cmd.Stderr = &stderr
				out, err := cmd.Output()
				if !offers(string(out), test.last, test.want) || stderr.Len() > 0 {
					t.Errorf("%s: %q, and %q is expected (%v)\n%s", test.line, out, test.want, err, &stderr)
				}
			}
		})
	}
	t.Run("zsh", func(t *testing.T) {
		path := testenv.Oracle(t, "zsh")
		script := exec.Command(filepath.Join(dir, "tapdump"), "--completion", "zsh")
		script.Env = env
		text, err := script.Output()
		err = errors.Join(err, os.Mkdir(filepath.Join(work, "site"), 0o700), os.WriteFile(filepath.Join(work, "site", "_tapdump"), text, 0o600),
			os.WriteFile(filepath.Join(work, "inner.zsh"), []byte(zshInner), 0o600))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), testenv.Patience)
		defer cancel()
		cmd := exec.CommandContext(ctx, path, "-f", "-c", zshOuter, "zsh")
		for _, test := range completions {
			cmd.Args = append(cmd.Args, test.line)
		}
		cmd.Dir, cmd.Env = work, env
		out, err := cmd.CombinedOutput()
		answers := strings.Split(string(out), "LINE ")[1:]
		if err != nil || len(answers) != len(completions) {
			t.Fatalf("zsh: %v\n%s", err, out)
		}
		for i, test := range completions {
			_, answer, _ := strings.Cut(answers[i], "\n")
			offered, buffer, _ := strings.Cut(strings.TrimSuffix(answer, "\n"), "BUFFER ")
			if !offers(offered, test.last, test.want) {
				t.Errorf("%s: %q, and %q is expected", test.line, offered, test.want)
			}
			if test.buffer != "" && buffer != test.buffer {
				t.Errorf("%s becomes %q, not %q", test.line, buffer, test.buffer)
			}
		}
	})
}

// offers reports whether what a shell offers has all words that are expected, or is empty
// where none are. Of -nrcap it is one of them.
func offers(out, last, expected string) bool {
	got, want := strings.Fields(out), strings.Fields(expected)
	if last == "-nrcap" {
		return len(got) == 1 && slices.Contains(want, got[0])
	}
	if expected == "" {
		return len(got) == 0
	}
	return !slices.ContainsFunc(want, func(w string) bool { return !slices.Contains(got, w) })
}
