package cli

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tapdump/tapdump/internal/page"
	"github.com/tapdump/tapdump/internal/testenv"
)

// docCommand is a command that a page shows.
type docCommand struct {
	page  string
	line  string   // as a shell reads it
	shown []string // pieces of its output
}

// saysDirections is why lines with directions are not compared.
const saysDirections = "says which end is this machine: whatever addresses that has"

// notRun are commands of the pages that tests cannot run, and why. What can be
// checked of them without running is.
var notRun = map[string]string{
	"go test ./...": "is what runs this test",
	"make install":  "changes the system",
	"go install github.com/tapdump/tapdump/cmd/tapdump@latest":        "asks the network",
	"sudo setcap cap_net_raw,cap_net_admin+ep /usr/local/bin/tapdump": "changes the system",
	"man -l docs/tapdump.1":                                            "needs man(1)",
	"tapdump --container web -n 'tcp port 443'":                        "needs a container",
	"tapdump --container all -i 'eth*' -w all.pcapng":                  "needs a container",
	"tapdump --netns web --netns db -n":                                "needs namespaces of these names",
	"tapdump --pid 4711 -i any":                                        "needs that process",
	"tapdump --container web --netns . -i eth0 -n icmp":                "needs a container",
	"tapdump --container web --container db -n --owner":                "needs containers",
	"tapdump --container web -D":                                       "needs a container",
	"tapdump -i usbmon1 -c 10":                                         "needs USB",
	"tapdump -i nflog:5 -n":                                            "needs a rule that logs",
	"tapdump -I -i wlan0 -e":                                           "needs a radio",
	"tapdump --container all --follow-interfaces -n 'udp port 53'":     "needs a container",
	"tapdump --netns web --follow-interfaces -i 'veth*' -w web.pcapng": "needs namespaces of these names",
	"make build":       "compiles the program; .ci/run does",
	"make build-small": "compiles the program; .ci/sizes does",
	"make page":        "compiles the page; .ci/run does",
	"go build":         "compiles what is in the folder",
	".ci/sizes":        "takes minutes, and is run by .ci/run",
	"go run ./internal/traffic/gen -packets 640000 -seed 3 big.pcap": "writes 200 MB",
	"make test-vm":  "boots virtual machines, for an hour",
	".ci/vm":        "boots virtual machines",
	"make packages": "takes minutes; .ci/packages is a part of it",
	"make packages PACKAGES=deb,rpm PLATFORMS=linux/arm64": "takes minutes",
	".ci/packages": "takes minutes, and is run by .ci/run",
	"tapdump --serve -r testdata/captures/lan.pcap":                                                       "serves until a signal comes: TestServePage",
	"ipscap -r testdata/captures/lan.pcap --find get --stat_mode 0 -c 1":                                  saysDirections,
	"ipscap -r testdata/captures/lan.pcap --condition 'flags=SYN; port<1024' --output LINE --stat_mode 0": saysDirections,
	"ipscap -r testdata/captures/lan.pcap --port 8000 --output NONE":                                      saysDirections,
	"ipscap -r testdata/captures/lan.pcap --port 53 --stats csv":                                          saysDirections,
	"make bench":         "takes minutes",
	"make bench-live":    "takes minutes",
	"make bench-scaling": "takes minutes",
	"go test ./printer -run xxx -bench Shares": "wants the source",
	"make profile":               "takes a minute",
	"go run ./internal/bench -h": "wants the source",
	"make build test test-vm lint bench bench-scaling bench-live conformance sweep fuzz install": "takes hours",
	"make sweep":                                                  "takes minutes",
	"make sweep EXACT=/path/to/tcpdump":                           "takes minutes",
	"tapdump -i eth0 -w - | ssh host tapdump -r -":                "needs another host",
	"tapdump -n --host web1,web2 -i eth0 'udp or icmp'":           "needs other hosts; TestRemoteSSH has some",
	"tapdump -n --host web1,web2,db1 -i eth0 'udp or icmp'":       "needs other hosts",
	"tapdump -n --host web1,web2,db1 -i eth0 'tcp port 5432'":     "needs other hosts",
	"tapdump --host web1,admin@web2 -i any -w all.pcapng --print": "needs other hosts",
	"tapdump -n --via 'web=kubectl exec -i web-0 -c tool --' --via 'db=docker exec -i db' -i eth0 port 5432": "needs other hosts",
	"go test ./printer -run TestProtocolTable -update":                                                       "writes into the source",
	"go test ./internal/cli -run TestVersionsTable -update":                                                  "writes into the source",
	"go test ./bpf/compile -run TestDump -dump 'EXPR'":                                                       "is run by the tests of that package",
	"go test ./bpf/compile -run TestReferenceRandom -random 100000":                                          "takes minutes",
	"go test ./bpf/compile -run TestFollowing":                                                               "is run by the tests of that package",
	"go test ./internal/theme -run TestContrast":                                                             "is run by the tests of that package",
	"go test ./bpf/compile -run xxx -bench Corpus":                                                           "is a benchmark",
	"go test ./bpf/compile -run xxx -bench BenchmarkRun":                                                     "is a benchmark",
	"go test ./internal/parquetfile -run xxx -bench .":                                                       "is a benchmark",
	"go test ./printer -run xxx -bench .":                                                                    "is a benchmark",
	"go test ./pcapfile ./bpf/... ./filters/... -run xxx -bench .":                                           "is a benchmark",
	"go test ./internal/testenv -run TestVerdicts -v":                                                        "is a test",
	"go test ./internal/testenv -run TestLinked":                                                             "is a test",
	"go test ./internal/tcpanalysis -run TestMemory -v":                                                      "is a test",
	"go test ./internal/flows -run TestMemory -v":                                                            "is a test",
	"go test ./internal/flows -run xxx -bench Add":                                                           "is a benchmark",
	"go test ./internal/tcpanalysis -run TestTransfer -v":                                                    "is a test",
	"go test ./internal/tcpanalysis -run TestTsharkMade -v":                                                  "is a test",
	"go test ./internal/tcpanalysis -run TestTsharkCaptures -v":                                              "is a test",
	"go test ./internal/tcpanalysis -run xxx -bench Add":                                                     "is a benchmark",
	"go test ./bpf/...":       "is what tests run",
	".ci/run":                 "is what runs the tests",
	".ci/run --all":           "is what runs the tests",
	".ci/elsewhere":           "runs the tests",
	".ci/reference":           "builds a tcpdump",
	".ci/reference --devices": "builds a tcpdump",
	".ci/fuzz-printers":       "takes hours",
	"go test ./capture/gopcap -run xxx -bench BothEngines -benchtime 50000x":                                      "is a benchmark",
	"tapdump -n -r tcp://127.0.0.1":                                                                               "needs a server; TestStreamLive has one",
	"tapdump -n -r tls://sensor.example --stream-ca sensors.crt --stream-cert reader.crt --stream-key reader.key": "needs another host",
	"tapdump --merge -r tcp://sensor1.example -r tcp://sensor2.example -w both.pcapng":                            "needs other hosts",
	"tapdump -i eth0 -w tls://0.0.0.0 --stream-cert server.crt --stream-key server.key --stream-ca readers.crt":   "needs certificates; TestStreamTLS makes some",
	"tapdump -i drops -n 'udp or tcp'":                                                                            "needs programs in the kernel, and is run by TestDrops",
	"tapdump -r drops.pcapng --condition 'drop=*'":                                                                "needs a file, and is run by TestDropsInFiles",
	".ci/engines": "takes minutes, and is run by .ci/run --all",
	"tapdump -i eth0 --json | kcat -P -b broker:9092 -t packets -z zstd":                                                               "is run by TestKafka, with a capture and a broker",
	"tapdump -i eth0 --trigger signal --before 30s --after 10s -w 'incident-%Y%m%d-%H%M%S.pcapng'":                                     "records until it is stopped",
	"tapdump -i eth0 --trigger signal --before 1h --ring-dir /var/spool/tapdump --ring 50g -w '/srv/incident-%Y%m%d-%H%M%S.pcapng'":    "records until it is stopped",
	"tapdump -n -r /var/spool/tapdump/ring-0000000042-20260301T140211Z.pcapng":                                                         "needs that file",
	"tapdump -i eth0 --json | clickhouse-client --date_time_input_format best_effort --query 'INSERT INTO packets FORMAT JSONEachRow'": "needs a server of today; .ci/engines inserts the same records",
}

// docCommands are the commands of README.md and the manuals: in blocks of code,
// and in spans of text that are whole commands.
func docCommands(t *testing.T, root string) []docCommand {
	t.Helper()
	var pages []string
	for _, pattern := range []string{"*.md", "*.1", "examples/*/*.md"} {
		some, err := filepath.Glob(filepath.Join(root, "docs", pattern))
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, some...)
	}
	var all []docCommand
	for _, page := range append(pages, filepath.Join(root, "README.md")) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		found := markdownCommands(string(text))
		if strings.HasSuffix(page, ".1") {
			found = manualCommands(string(text))
		}
		for i := range found {
			found[i].page = filepath.Base(page)
		}
		all = append(all, found...)
	}
	if len(all) < 20 {
		t.Fatalf("the pages have only %d commands", len(all))
	}
	return all
}

var (
	isCommand  = regexp.MustCompile(`^(tapdump|ipscap|go (run|test|install|build)|make|sudo|man|\.ci/\S+) ?`)
	codeSpan   = regexp.MustCompile("`([^`]+)`")
	isComment  = regexp.MustCompile(`\s+# .*$`)
	shownBlock = regexp.MustCompile("(?s)```\n\\$ ([^\n]*)\n(.*?)```")
	// The same in a manual page.
	shownExample = regexp.MustCompile(`(?s)\n\.EX\n\$ ([^\n]*)\n(.*?)\.EE\n`)
	lineEnd      = regexp.MustCompile(`[ \r]+\n`)
)

func markdownCommands(text string) []docCommand {
	var all []docCommand
	for _, m := range shownBlock.FindAllStringSubmatch(text, -1) {
		all = append(all, docCommand{line: m[1], shown: strings.Split(m[2], "...\n")})
	}
	for paragraph := range strings.SplitSeq(shownBlock.ReplaceAllString(text, ""), "\n\n") {
		prose := ""
		for line := range strings.Lines(paragraph) {
			code, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "    ")
			if !ok {
				prose += line
			} else if isCommand.MatchString(code) {
				all = append(all, docCommand{line: isComment.ReplaceAllString(code, "")})
			}
		}
		for _, m := range codeSpan.FindAllStringSubmatch(prose, -1) {
			// A name alone is no command.
			span := strings.ReplaceAll(m[1], "\n", " ")
			if isCommand.MatchString(span) && (strings.Contains(span, " ") || strings.HasPrefix(span, ".ci/")) {
				all = append(all, docCommand{line: span})
			}
		}
	}
	return all
}

func manualCommands(text string) []docCommand {
	var all []docCommand
	for _, block := range regexp.MustCompile(`(?s)\n\.nf\n(.*?)\n\.fi\n`).FindAllStringSubmatch(text, -1) {
		for line := range strings.Lines(block[1]) {
			command, _, _ := strings.Cut(strings.TrimSpace(line), "   ") // what it does follows
			all = append(all, docCommand{line: troffText.Replace(command)})
		}
	}
	for _, m := range shownExample.FindAllStringSubmatch(text, -1) {
		all = append(all, docCommand{line: troffText.Replace(m[1]), shown: strings.Split(troffText.Replace(m[2]), "...\n")})
	}
	return all
}

// troffText undoes what examples of manual pages need.
var troffText = strings.NewReplacer(`\-`, "-", `\(aq`, "'", `\&`, "", `\e`, `\`)

// isLive reports whether a command captures.
func (d *docCommand) isLive() bool {
	return !strings.Contains(d.line, " -r ") && !strings.Contains(d.line, "--merge-stats") && !strings.Contains(d.line, "--make-index") && !strings.HasPrefix(d.line, "tapdump -D") && !strings.Contains(d.line, "--help")
}

// TestDocumentedCommands: commands that read files print what the pages show;
// of those that are not run, what they name is there; nothing else is excused.
func TestDocumentedCommands(t *testing.T) {
	testenv.NeedsCommand(t, "sh")
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	excused := make(map[string]bool)
	dir := docFolder(t, root)
	for _, d := range docCommands(t, root) {
		if notRun[d.line] != "" {
			excused[d.line] = true
			checkNames(t, root, &d)
			continue
		}
		if d.isLive() {
			continue // TestDocumentedCaptures
		}
		ctx, cancel := context.WithTimeout(t.Context(), testenv.Patience)
		cmd := shell(ctx, dir, d.line)
		out, err := cmd.CombinedOutput()
		cancel()
		if err != nil {
			t.Errorf("%s: %s: %v\n%s", d.page, d.line, err, out)
		}
		d.compare(t, out)
	}
	for line := range notRun {
		if !excused[line] {
			t.Errorf("no page has the command %s any more", line)
		}
	}
}

// TestDocumentedCaptures: commands that capture do so until Ctrl-C, and those
// that are shown to fail fail so.
func TestDocumentedCaptures(t *testing.T) {
	testenv.NeedsCommand(t, "ip")
	testenv.NeedsCommand(t, "sh")
	if !inNamespace(t) {
		return
	}
	for _, args := range []string{"link add eth0 type veth peer name eth1", "link set eth0 up", "link set eth1 up"} {
		if out, err := exec.Command("ip", strings.Fields(args)...).CombinedOutput(); err != nil {
			t.Skipf("cannot make an interface: ip %s: %s", args, out)
		}
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := docFolder(t, root)
	for _, d := range docCommands(t, root) {
		if notRun[d.line] != "" || !d.isLive() {
			continue
		}
		var stdout, stderr shared
		cmd := shell(t.Context(), dir, "exec "+d.line)
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		listens := func() bool {
			said := stderr.String()
			return strings.Contains(said, "listening on ") || strings.Contains(said, "the page is at ") || strings.Contains(stdout.String(), "Start capture packets")
		}
		for deadline := time.Now().Add(testenv.Patience); len(ended) == 0 && !listens() && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond)
		}
		if len(ended) == 0 {
			if !listens() {
				t.Errorf("%s: %s: after %v it does not say that it captures:\n%s%s", d.page, d.line, testenv.Patience, &stdout, &stderr)
			}
			if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGINT); err != nil {
				t.Error(err)
			}
		}
		err := <-ended
		if strings.Contains(stderr.String(), page.ErrNone.Error()) {
			continue // in the program that make build makes it is there
		}
		var exit *exec.ExitError
		if failed := errors.As(err, &exit); err != nil && !failed || failed != strings.Contains(strings.Join(d.shown, ""), "tapdump: can't") {
			t.Errorf("%s: %s: %v\n%s%s", d.page, d.line, err, &stdout, &stderr)
		}
		d.compare(t, []byte(stdout.String()+stderr.String()))
	}
}

// compare looks for what the page shows in the output.
func (d *docCommand) compare(t *testing.T, out []byte) {
	t.Helper()
	if strings.HasSuffix(d.page, ".1") { // which have nothing that nobody sees
		out = lineEnd.ReplaceAll(out, []byte("\n"))
	}
	for _, piece := range d.shown {
		if !bytes.Contains(out, []byte(strings.TrimPrefix(piece, "\n"))) {
			t.Errorf("%s: %s does not print\n%s", d.page, d.line, piece)
		}
	}
}

// docFolder is a folder in which the commands find what the source has, and may
// write.
func docFolder(t *testing.T, root string) string {
	t.Helper()
	dir := t.TempDir()
	links := map[string]string{"testdata": filepath.Join(root, "testdata"), "docs": filepath.Join(root, "docs"), "tapdump": os.Args[0], "ipscap": os.Args[0]}
	for name, to := range links {
		to, err := filepath.Abs(to)
		if err == nil {
			err = os.Symlink(to, filepath.Join(dir, name))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// shell runs a command with the programs of this test's binary.
func shell(ctx context.Context, dir, line string) *exec.Cmd {
	line = strings.ReplaceAll(strings.ReplaceAll(line, "go run ./cmd/tapdump", "tapdump"), "go run ./cmd/ipscap", "ipscap")
	cmd := exec.CommandContext(ctx, "sh", "-c", line)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), asProgram+"=1", "TZ=GMT0", "PATH="+dir+":"+os.Getenv("PATH"))
	return cmd
}

// checkNames looks for the targets, packages, tests and scripts that a command
// names.
func checkNames(t *testing.T, root string, d *docCommand) {
	t.Helper()
	words := strings.Fields(d.line)
	switch {
	case words[0] == "make":
		makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
		if err != nil {
			t.Fatal(err)
		}
		for _, target := range words[1:] {
			if !strings.Contains(target, "=") && !bytes.Contains(makefile, []byte("\n"+target+":")) {
				t.Errorf("%s: %s: the Makefile has no %s", d.page, d.line, target)
			}
		}
	case words[0] == "go" && words[1] == "test":
		checkTests(t, root, d, words)
	case strings.HasPrefix(words[0], ".ci/"):
		script, err := os.ReadFile(filepath.Join(root, words[0]))
		if err != nil {
			t.Errorf("%s: %s: %v", d.page, d.line, err)
		}
		for _, word := range words[1:] {
			if !bytes.Contains(script, []byte(word)) {
				t.Errorf("%s: %s: the script has no %s", d.page, d.line, word)
			}
		}
	case words[0] == "man":
		if _, err := os.Stat(filepath.Join(root, words[len(words)-1])); err != nil {
			t.Errorf("%s: %s: %v", d.page, d.line, err)
		}
	}
}

// checkTests looks for the packages of go test, and for the functions that its
// patterns choose.
func checkTests(t *testing.T, root string, d *docCommand, words []string) {
	t.Helper()
	var source []byte
	for i, word := range words {
		switch {
		case strings.HasPrefix(word, "./") && word != "./...":
			files, err := filepath.Glob(filepath.Join(root, strings.TrimSuffix(word, "/..."), "*_test.go"))
			if err != nil || len(files) == 0 {
				t.Errorf("%s: %s: no tests in %s (%v)", d.page, d.line, word, err)
			}
			for _, file := range files {
				text, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				source = append(source, text...)
			}
		case (word == "-run" || word == "-bench") && words[i+1] != "xxx" && words[i+1] != ".":
			if !regexp.MustCompile(`\nfunc (Test|Benchmark)?\w*` + words[i+1]).Match(source) {
				t.Errorf("%s: %s: there is no %s", d.page, d.line, words[i+1])
			}
		}
	}
}
