package printer_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/internal/page/viewer"
	"github.com/tapdump/tapdump/internal/testenv"
	"github.com/tapdump/tapdump/printer"
)

// shownByPage reports whether the page knows flags.
func shownByPage(flags string) bool {
	for word := range strings.FieldsSeq(flags) {
		if word != "--nano" && (!strings.HasPrefix(word, "-") || strings.Trim(word[1:], "nevqtSKxXAbguH#") != "") {
			return false
		}
	}
	return true
}

// TestPageShowsPackets: the page shows each packet file as it is printed, and so does it
// compiled to WebAssembly, and the captures in testdata.
func TestPageShowsPackets(t *testing.T) {
	dir := t.TempDir()
	var jobs []pageJob
	for _, s := range printer.Savefiles(t, shownByPage) {
		path := filepath.Join(dir, s.Name)
		if err := os.WriteFile(path, s.Bytes, 0o600); err != nil {
			t.Fatal(err)
		}
		for i, flags := range s.Flags {
			flags = "-t " + flags
			if got := viewed(t, s.Bytes, flags); got != s.Lines[i] {
				t.Errorf("%s, %s: the page shows\n%swant\n%s", s.Name, flags, got, s.Lines[i])
			}
			jobs = append(jobs, pageJob{path, flags, s.Lines[i]})
		}
	}
	captures, err := filepath.Glob("../testdata/captures/*")
	if err != nil || len(captures) < 4 || len(jobs) < 400 {
		t.Fatalf("%d captures, %d packet files with flags, %v", len(captures), len(jobs), err)
	}
	for _, path := range captures {
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, flags := range []string{"", "-e -vvv -tttt", "-XX -S -#"} {
			jobs = append(jobs, pageJob{path, flags, viewed(t, file, flags)})
		}
	}
	t.Run("wasm", func(t *testing.T) { inWasm(t, jobs) })
}

// pageJob is a file to look at, and what is awaited.
type pageJob struct{ File, Flags, want string }

// viewed is what the page shows of a file, here.
func viewed(t *testing.T, file []byte, flags string) string {
	t.Helper()
	v, err := viewer.Open(bytes.NewReader(file), int64(len(file)), viewer.Options{Flags: flags})
	if err != nil {
		t.Fatal(err)
	}
	v.Step(func() bool { return true })
	var b bytes.Buffer
	err = v.Rows(0, int(v.State().Rows), false, func(r *viewer.Row) {
		b.Write(r.Text)
		b.WriteByte('\n')
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// driver runs cmd/tapwasm in node and writes a hash of the lines of each job.
const driver = `
const fs = require("fs"), crypto = require("crypto");
require(process.argv[2]);
const jobs = JSON.parse(fs.readFileSync(process.argv[4]));
const go = new Go();
WebAssembly.instantiate(fs.readFileSync(process.argv[3]), go.importObject).then((m) => {
	go.run(m.instance);
	for (const j of jobs) {
		const file = fs.readFileSync(j.File);
		const opened = tapdump.open((at, n) => new Uint8Array(file.subarray(at, at + n)), file.length, j.Flags, "", "UTC");
		if (opened.error) {
			throw new Error(j.File + ": " + opened.error);
		}
		let state;
		do {
			state = tapdump.step(20);
		} while (!state.done);
		console.log(crypto.createHash("sha256").update(tapdump.raw(0, state.rows)).digest("hex"));
	}
	process.exit(0);
}).catch((err) => {
	console.error(err);
	process.exit(1);
});
`

// inWasm compares with the program in node.
func inWasm(t *testing.T, jobs []pageJob) {
	if testing.Short() {
		t.Skip("compiles the page's program")
	}
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		t.Skip("lines of what is in a machine's byte order are those of a little-endian one there")
	}
	node := testenv.Oracle(t, "node")
	dir := t.TempDir()
	wasm, script, list := filepath.Join(dir, "tapdump.wasm"), filepath.Join(dir, "driver.js"), filepath.Join(dir, "jobs.json")
	build := exec.Command("go", "build", "-o", wasm, "../cmd/tapwasm")
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(jobs)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{script: []byte(driver), list: text} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(node, script, filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec.js"), wasm, list)
	out, err := cmd.CombinedOutput()
	hashes := strings.Fields(string(out))
	if err != nil || len(hashes) != len(jobs) {
		t.Fatalf("%d of %d, %v\n%.2000s", len(hashes), len(jobs), err, out)
	}
	for i, j := range jobs {
		if sum := sha256.Sum256([]byte(j.want)); hashes[i] != hex.EncodeToString(sum[:]) {
			t.Errorf("%s, %s: other lines than here", j.File, j.Flags)
		}
	}
}
