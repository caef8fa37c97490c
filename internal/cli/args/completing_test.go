package args

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/versions"
)

// completionHost has two interfaces.
func completionHost() Host {
	return Host{Remark: func(string) {}, Interfaces: func() []Candidate {
		return []Candidate{{"em0", "the first"}, {"em1\n", "broken"}, {"vlan7", "a\ttab"}}
	}, LinkTypes: func(device string) []capture.LinkType {
		if device != "em0" {
			return nil
		}
		return []capture.LinkType{capture.LinkEN10MB, capture.LinkDOCSIS}
	}, HostNames: func() []Candidate {
		return []Candidate{{"localhost", "127.0.0.1"}, {"vx1.example.com", "192.0.2.1"}, {"Vy", "192.0.2.2"}}
	}}
}

// texts are the candidates that a script reads of an answer.
func texts(a answer) (all []string) {
	_, lines, _ := strings.Cut(a.String(), "\n")
	for line := range strings.Lines(lines) {
		name, _, _ := strings.Cut(line, "\t")
		all = append(all, name)
	}
	return all
}

// TestComplete: what may stand in the place of the last word of command lines; words in
// quotes are one. A single `=` says that there is nothing else.
func TestComplete(t *testing.T) {
	for _, test := range []struct {
		line      string
		kind      string
		has, lack string
	}{
		{"tapdump ", answerWords, "tcp not host", "and -i --output em0"},
		{"tapdump -", answerWords, "-i --interface --like --output --micro -#", "-Y --fp-type tcp"},
		{"tapdump --time-s", answerWords, "= --time-stamp-type --time-stamp-precision", ""},
		{"tapdump --find-", answerWords, "= --find-mode --find-stream", ""},
		{"tapdump --find_", answerWords, "= --find_mode --find_stream", ""},
		{"ipscap --find", answerWords, "= --find --find_mode --find_stream", ""},
		{"tapdump -n", answerWords, "= -n", ""},
		{"tapdump -ni", answerWords, "= -ni", ""},
		{"tapdump -nie", answerWords, "= -niem0", ""},
		{"tapdump -ni e", answerWords, "= em0", ""},
		{"tapdump --interface=v", answerWords, "= --interface=vlan7", ""},
		{"tapdump --inter v", answerWords, "= vlan7", ""},
		{"tapdump -i em0 -Q ", answerWords, "= in out inout", ""},
		{"tapdump --direction=ino", answerWords, "= --direction=inout", ""},
		{"tapdump -Q IN", answerWords, "", "in"},
		{"tapdump -T rt", answerWords, "= rtp rtcp", ""},
		{"tapdump -T q", answerWords, "", "quic"},
		{"tapdump --like 5.0 -T q", answerWords, "= quic", ""},
		{"tapdump -y en10", answerWords, "= en10mb", ""},
		{"tapdump -i em0 -y ", answerWords, "= EN10MB DOCSIS", ""},
		{"tapdump -i em0 -y r", answerWords, "", "raw"},
		{"tapdump -i other -y raw", answerWords, "= raw", ""},
		{"tapdump -y LINUX_SLL", answerWords, "= LINUX_SLL LINUX_SLL2", ""},
		{"tapdump -j adapter", answerWords, "= adapter adapter_unsynced", ""},
		{"tapdump --time-stamp-precision ", answerWords, "= micro nano", ""},
		{"tapdump --output=h", answerWords, "--output=hex", "--output=HEX"},
		{"tapdump --like ", answerWords, "= 4.99.6 4.99 5.0", ""},
		{"tapdump --format p", answerWords, "= pcap pcapng parquet", ""},
		{"tapdump --columns tcp,tl", answerOpen, "tcp,tls", "tls tcp,dns"},
		{"tapdump --fields tcp.fl", answerOpen, "tcp.flags", "tcp"},
		{"tapdump --table flows --fields ", answerOpen, "uid", "tcp_flags"},
		{"tapdump --app=tls,q", answerOpen, "--app=tls,quic", ""},
		{"tapdump --app q", answerWords, "", "quic"}, // its value is attached: an operand
		{"tapdump --trigger ", answerOpen, "drops signal rate> rate< find: condition: silence: exit: file: socket: tcp", ""},
		{"tapdump --trigger dr", answerOpen, "= drops", ""},
		{"tapdump --trigger=si", answerOpen, "--trigger=silence: --trigger=signal", ""},
		{"tapdump --trigger condition:fl", answerOpen, "= condition:flags=", ""},
		{"tapdump --trigger condition:tcp=zero", answerOpen, "= condition:tcp=zero_window condition:tcp=zero_window_probe condition:tcp=zero_window_probe_ack", ""},
		{"tapdump --trigger file:/tmp/x", answerFiles, "", ""},
		{"tapdump --trigger socket:", answerFiles, "", ""},
		{"tapdump --trigger exit:tr", answerCommands, "", ""},
		{"tapdump --trigger find:tc", answerWords, "", "find:tcp"},
		{"tapdump --condition ", answerOpen, "port= flags= rtt> sni= app= http.status=", ""},
		{"ipscap --condition=fl", answerOpen, "= --condition=flags=", ""},
		{"tapdump --condition flags=S", answerOpen, "= flags=SYN", ""},
		{"tapdump --condition flags!=syn,f", answerOpen, "= flags!=syn,fin", ""},
		{"tapdump --condition 'port=80; app=qu", answerOpen, "= port=80;\x20app=quic", ""},
		{"tapdump --condition 'port=80;tt", answerOpen, "= port=80;ttl=", ""},
		{"tapdump --condition tcp_analysis=zero_window,dup", answerOpen, "tcp_analysis=zero_window,duplicate_ack", ""},
		{"tapdump --condition ttl<", answerOpen, "", ""},
		{"tapdump --condition 'host~\"a;fl", answerWords, "", ""},
		{"tapdump --host lo", answerOpen, "= localhost", ""},
		{"tapdump --host admin@localhost,root@vx", answerOpen, "= admin@localhost,root@vx1.example.com", ""},
		{"tapdump --trigger ic", answerOpen, "= icmp icmp6", ""},
		{"tapdump --completion ", answerWords, "= bash zsh fish", ""},
		{"tapdump -r ", answerFiles, "", ""},
		{"tapdump -nr", answerWords, "= -nr", ""},
		{"tapdump -w /tmp/x", answerFiles, "", ""},
		{"tapdump --log=x", answerFiles, "", ""},
		{"tapdump --ring-dir ", answerFolders, "", ""},
		{"tapdump -Z ", answerUsers, "", ""},
		{"tapdump -z ", answerCommands, "", ""},
		{"tapdump --make-index ", answerFiles, "", ""},
		{"tapdump --merge-stats a.json ", answerFiles, "", ""},
		{"tapdump -c ", answerWords, "", "tcp"},
		{"tapdump -E ", answerWords, "", "tcp"},
		{"tapdump -n tcp po", answerWords, "= port portrange", ""},
		{"tapdump tcp -n po", answerWords, "= port portrange", ""},
		{"tapdump -r x.pcap 'tcp port 80 and vl", answerWords, "= tcp\x20port\x2080\x20and\x20vlan", ""},
		{"tapdump 'tcp[tcpflags] & tcp-s", answerWords, "= tcp[tcpflags]\x20&\x20tcp-syn", ""},
		{"tapdump tcp[tcpf", answerWords, "= tcp[tcpflags", ""},
		{"tapdump -- -", answerWords, "", "-i"},
		{"tapdump -n -- tc", answerWords, "tcp", "-n"},
		{"tapdump host vx", answerWords, "= vx1.example.com", ""},
		{"tapdump host vy", answerWords, "= vy", ""},
		{"tapdump host ", answerWords, "localhost vx1.example.com Vy not", "tcp"},
		{"tapdump tcp and src lo", answerWords, "= localhost", ""},
		{"tapdump 'not (tcp and dst host lo", answerWords, "= not\x20(tcp\x20and\x20dst\x20host\x20localhost", ""},
		{"tapdump src or dst v", answerWords, "vx1.example.com", ""},
		{"tapdump src ", answerWords, "localhost host port", ""},
		{"tapdump ether host lo", answerWords, "", "localhost"},
		{"tapdump src port lo", answerWords, "", "localhost"},
		{"tapdump net lo", answerWords, "", "localhost"},
		{"tapdump tcp tcp host lo", answerWords, "", "localhost"},
		{"tapdump --nonsense -Q i", answerWords, "= in inout", ""},
		{"tapdump --nonsense=", answerWords, "", "tcp"},
		{"tapdump --nonsense=x tc", answerWords, "tcp", ""},
	} {
		words, _ := splitLine(test.line)
		a := complete(Program{Name: words[0], IPScap: words[0] == "ipscap"}, completionHost(), words[1:])
		found := texts(a)
		if a.kind != test.kind {
			t.Errorf("%s: an answer of kind %q, not %q", test.line, a.kind, test.kind)
		}
		has, only := strings.CutPrefix(test.has, "= ")
		want := strings.Split(has, " ")
		if strings.Contains(test.line, "'") {
			want = []string{has}
		}
		if test.has == "" {
			want = nil
		}
		for _, w := range want {
			if !slices.Contains(found, w) {
				t.Errorf("%s: %q is not among %q", test.line, w, found)
			}
		}
		if only && len(found) != len(want) {
			t.Errorf("%s: %q, not only %q", test.line, found, want)
		}
		for _, w := range strings.Fields(test.lack) {
			if slices.Contains(found, w) {
				t.Errorf("%s: %q is among %q", test.line, w, found)
			}
		}
	}
}

// TestCompleteForBash: what bash puts candidates in the place of is a part of a word.
func TestCompleteForBash(t *testing.T) {
	for _, test := range []struct{ line, replaced, want string }{
		{"tapdump --direction=ino", "ino", "words\t\ninout\t\n"},
		{"tapdump --direction=ino", "--direction=ino", "words\t\n--direction=inout\t\n"},
		{"tapdump --log=x", "x", "file\t\n"},
		{"tapdump -nrx", "-nrx", "file\t-nr\n"},
		{"LANG=C X= tapdump --interface=v", "v", "words\t\nvlan7\ta tab\n"},
		{"tapdump -i em", "em", "words\t\nem0\tthe first\n"},
		{"tapdump 'tcp portr", "tcp portr", "words\t\ntcp portrange\ttcp portrange 80-90\n"},
		{"tapdump 'tcp portr", "'tcp portr", "words\t\ntcp portrange\ttcp portrange 80-90\n"},
		{`tapdump tcp\ portr`, `tcp\ portr`, "words\t\n" + `tcp\ portrange` + "\ttcp portrange 80-90\n"},
		{`tapdump "tcp port 80" and portr`, "portr", "words\t\nportrange\ttcp portrange 80-90\n"},
		{`tapdump tcp[tcpf`, `tcp[tcpf`, "words\t\n" + `tcp\[tcpflags` + "\ttcp[tcpflags] & 7 != 0\n"},
		{"tapdump", "tapdump", ""},
		{"", "", ""},
	} {
		if got := completeForBash(Program{Name: "tapdump"}, completionHost(), []string{test.line, test.replaced}); got != test.want {
			t.Errorf("%s: of %q:\n%q\n%q is expected", test.line, test.replaced, got, test.want)
		}
	}
	if got := completeForBash(Program{}, completionHost(), []string{"tapdump x"}); got != "" {
		t.Errorf("without what is replaced: %q", got)
	}
}

// TestSplitLine: words, as a shell splits them.
func TestSplitLine(t *testing.T) {
	for _, test := range []struct {
		line string
		want []string
		open bool
	}{
		{"", []string{""}, false},
		{"a  b ", []string{"a", "b", ""}, false},
		{`a 'b "c' "d 'e\" f" g\ h`, []string{"a", `b "c`, `d 'e" f`, "g h"}, false},
		{"a 'b c", []string{"a", "b c"}, true},
		{`a "b\n`, []string{"a", `b\n`}, true},
		{`a\`, []string{`a\`}, false},
	} {
		if words, open := splitLine(test.line); !slices.Equal(words, test.want) || open != test.open {
			t.Errorf("%q: %q %t, not %q %t", test.line, words, open, test.want, test.open)
		}
	}
}

// measures are types whose values no table can have.
var measures = []string{"bytes", "conditions", "count", "duration", "files", "filesize", "find", "jobs", "kib", "module", "number", "packets", "ports", "prefixes",
	"sampling", "seconds", "serveaddress", "shard", "skip", "snaplen", "time", "timeout", "triggers", "workers"}

// TestValueSets is the gate for new options and types: each has its candidates, or is known
// to have none; all candidates are values.
func TestValueSets(t *testing.T) {
	kinds := []string{answerFiles, answerFolders, answerUsers, answerCommands, takesInterface, takesHosts, "free"}
	used := make(map[string]bool)
	for _, like := range versions.All() {
		program := Program{Name: "tapdump", Like: like}
		for _, r := range parserOf(program, completionHost(), new(options)).rows {
			if !r.reader.takesValue {
				continue
			}
			typ := r.typ
			used[typ] = true
			set, fixed := valueSets()[typ]
			switch text := typ == "text" || typ == "texts"; {
			case text != r.has("takes"), text && !slices.Contains(kinds, r.tags.get("takes")):
				t.Errorf("--%s: takes:%q: a text needs one of %q, and other types none", r.name, r.tags.get("takes"), kinds)
			case !text && fixed == slices.Contains(measures, typ):
				t.Errorf("--%s: the type %s is in one of valueSets and measures", r.name, typ)
			case fixed:
				checkValues(t, program, &r, set)
			}
		}
	}
	for typ := range valueSets() {
		if !used[typ] {
			t.Errorf("valueSets: no option has the type %s", typ)
		}
	}
}

// checkValues fails for candidates that are no values of an option, and for one that takes
// anything.
func checkValues(t *testing.T, program Program, r *row, set valueSet) {
	t.Helper()
	var values []string
	for _, c := range set.all(&completer{program: program}) {
		values = append(values, c.Text)
	}
	if len(values) < 2 {
		t.Errorf("--%s: only %q", r.name, values)
	}
	if set.list {
		values = []string{strings.Join(values, ",")}
	}
	if set.fold {
		for _, v := range values {
			values = append(values, strings.ToLower(v))
		}
	}
	takes := func(s string) error { return r.reader.read(s, reflect.New(r.field.Type()).Elem()) }
	for _, v := range values {
		if err := takes(v); err != nil {
			t.Errorf("like %s: --%s=%s: %v", program.Like, r.name, v, err)
		}
	}
	if r.typ == "columns" || r.typ == "fields" {
		return // which there are depends on other options
	}
	if takes("no-value-at-all") == nil {
		t.Errorf("--%s=no-value-at-all is taken", r.name)
	}
}

// TestClosedSets: every option that has a closed set of values offers all of them, where its
// value stands behind it and where it is attached.
func TestClosedSets(t *testing.T) {
	asked := 0
	for _, name := range []string{"tapdump", "ipscap"} {
		program := Program{Name: name, IPScap: name == "ipscap"}
		parser := parserOf(program, completionHost(), new(options))
		for _, o := range parser.getoptTable(program) {
			key, _, _ := strings.Cut(o.key, "=")
			r := parser.row(key)
			set, closed := valueSets()[r.typ]
			if !closed || !o.value && !r.has("bare") {
				continue
			}
			var values []string
			for _, c := range set.all(&completer{program: program}) {
				values = append(values, c.Text)
			}
			var lines [][]string
			if o.long != "" {
				lines = append(lines, []string{"--" + o.long + "="})
			}
			if o.value && o.long != "" && !r.has("bare") {
				lines = append(lines, []string{"--" + o.long, ""})
			}
			if o.value && o.short != 0 {
				lines = append(lines, []string{"-" + string(o.short), ""})
			}
			for _, line := range lines {
				asked++
				front := ""
				if len(line) == 1 {
					front = line[0]
				}
				found := texts(complete(program, completionHost(), line))
				for i := range found {
					found[i] = strings.TrimPrefix(found[i], front)
				}
				if !slices.Equal(found, values) {
					t.Errorf("%s %q: %q, not %q", name, line, found, values)
				}
			}
		}
	}
	if asked < 60 {
		t.Errorf("only %d asked", asked)
	}
}

// TestColumnCandidates: --columns and --fields take what is offered.
func TestColumnCandidates(t *testing.T) {
	for _, table := range []string{tablePackets, tableFlows} {
		c := completer{given: map[string]string{"table": table}}
		if err := checkFields(texts(answer{candidates: fieldCandidates(&c)}), c.columns()); err != nil {
			t.Errorf("--table %s: %v", table, err)
		}
		if _, err := namesOf(texts(answer{candidates: columnCandidates(&c)}), c.columns()); err != nil {
			t.Errorf("--table %s: %v", table, err)
		}
	}
}

// TestCompletionScripts: each shell has its script, and there is none for others.
func TestCompletionScripts(t *testing.T) {
	for _, s := range shells {
		_, err := parseLine([]string{"tapdump", "--completion", s.name}, testHost(t))
		stop, ok := err.(Stop)
		if !ok || !strings.Contains(stop.Text, "--completion "+s.name+" -- ") || !strings.Contains(stop.Text, "ipscap") {
			t.Errorf("%s: %v", s.name, err)
		}
	}
	if _, err := parseLine([]string{"tapdump", "--completion=tcsh"}, testHost(t)); err == nil || !strings.Contains(err.Error(), "bash, zsh and fish") {
		t.Errorf("tcsh: %v", err)
	}
	if _, err := parseLine([]string{"tapdump", "--complet", "zsh"}, testHost(t)); err == nil || !strings.Contains(err.Error(), "unrecognized option") {
		t.Errorf("an abbreviation: %v", err)
	}
}
