package zone

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// layout is what is compared.
const layout = time.DateTime

// show is a time in the zone that the environment asks for.
func show(loc *time.Location, unix int64) string {
	return string(AppendFormat(nil, time.Unix(unix, 0).In(loc), layout))
}

// glibcDate asks the date program what unix times are in the zone that the
// environment asks for, in layout. It skips the test where date is not that of
// GNU, on the GNU C library.
func glibcDate(t *testing.T, env []string, unix []int64) []string {
	t.Helper()
	if out, err := exec.Command("getconf", "GNU_LIBC_VERSION").Output(); err != nil || !bytes.HasPrefix(out, []byte("glibc ")) {
		t.Skip("compares with the GNU C library, which is not here")
	}
	if out, err := exec.Command("date", "--version").Output(); err != nil || !bytes.Contains(out, []byte("GNU coreutils")) {
		t.Skip("compares with GNU date, which is not here")
	}
	var in strings.Builder
	for _, u := range unix {
		fmt.Fprintf(&in, "@%d\n", u)
	}
	cmd := exec.Command("date", "-f", "-", "+%Y-%m-%d %H:%M:%S")
	cmd.Stdin, cmd.Env = strings.NewReader(in.String()), append(env, "LC_ALL=C")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("date: %v", err)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
}

// compare compares Local with the date program. Of rules without dates the C
// library moves the changes of another zone, in a program that asks for many
// times otherwise than in one that asks for one: see TestDateless.
func compare(t *testing.T, tz, dir string, unix []int64) {
	t.Helper()
	t.Setenv("TZ", tz)
	t.Setenv("TZDIR", dir)
	name := strings.TrimPrefix(tz, ":")
	if _, err := readFile(path(name)); err != nil {
		if r, _, ok := parseRules(name); ok && r.dateless {
			unix = slices.DeleteFunc(slices.Clone(unix), func(u int64) bool {
				m := time.Unix(u, 0).UTC().Month()
				return m != time.January && m != time.July || u >= 1<<31-1 // the file ends in 2037
			})
		}
	}
	loc, _ := Local()
	for i, want := range glibcDate(t, []string{"TZ=" + tz, "TZDIR=" + dir}, unix) {
		if got := show(loc, unix[i]); got != want {
			t.Errorf("TZ=%q TZDIR=%q: @%d is %s, want %s", tz, dir, unix[i], got, want)
			return
		}
	}
}

// around are times at and beside changes of common zones and all leap seconds,
// and times far apart.
func around(seed uint64) []int64 {
	unix := []int64{0, 1, 59, 1<<31 - 1, 1 << 31, 1<<32 - 1, 4_102_444_800, 7_000_000_000}
	for _, leap := range leapSeconds {
		for d := int64(-2); d <= 2; d++ {
			unix = append(unix, leap+d)
		}
	}
	for _, change := range []string{
		"2017-03-26T01:00:00Z", "2017-10-29T01:00:00Z", "2017-03-12T07:00:00Z", "2017-11-05T06:00:00Z",
		"2023-03-26T01:00:00Z", "2037-10-25T01:00:00Z", "2038-03-28T01:00:00Z", "2045-10-29T01:00:00Z",
	} {
		at, err := time.Parse(time.RFC3339, change)
		if err != nil {
			panic(err)
		}
		for _, d := range []int64{-28, -27, -26, -1, 0, 1} {
			unix = append(unix, at.Unix()+d)
		}
	}
	random := rand.New(rand.NewPCG(seed, 0))
	for range 200 {
		unix = append(unix, random.Int64N(1<<32))
	}
	return unix
}

// leapSeconds are the seconds that were put in, as times that count them.
var leapSeconds = []int64{
	78796800, 94694401, 126230402, 157766403, 189302404, 220924805, 252460806, 283996807, 315532808, 362793609,
	394329610, 425865611, 489024012, 567993613, 631152014, 662688015, 709948816, 741484817, 773020818, 820454419,
	867715220, 915148821, 1136073622, 1230768023, 1341100824, 1435708825, 1483228826,
}

// TestLikeGlibc: zones of the system by name and by file, with leap seconds and
// without; a folder of one's own; rules of every form, right and wrong.
func TestLikeGlibc(t *testing.T) {
	for _, tz := range []string{
		"", ":", "UTC", "GMT0", "Europe/Berlin", ":Europe/Berlin", "Asia/Kolkata", "Pacific/Chatham", "Pacific/Apia", "Africa/Monrovia",
		"America/New_York", "America/Sao_Paulo", "Africa/Casablanca", "Europe/Dublin", "Antarctica/Troll", "Asia/Gaza", "America/Nuuk",
		"Australia/Lord_Howe", "EST5EDT", "right/Europe/Berlin", "right/UTC", "right/Asia/Kolkata", "right/America/St_Johns",
		"right/Australia/Sydney", "posix/Asia/Tokyo",
		":/etc/localtime", "/etc/localtime", "/usr/share/zoneinfo/Asia/Kathmandu", ":/usr/share/zoneinfo/right/Europe/Paris", "/etc", "/nothing",
		"../zoneinfo/Asia/Tokyo", "Europe", "Europe/Berln", "Local", "local", " UTC", "C", "No/Where3",
		"CET-1CEST", "CET-1CEST,", "NZST-12NZDT", "EST5EDT4", "XXX3YYY,M3.5.0", "XXX-25", "XXX24:59:59YYY-24:59:59,0/0,J365/23",
		"CET-1CEST,M3.5.0,M10.5.0/3", "CET-1CEST,M3.5.0/200,M10.5.0/-100", "NZST-12NZDT,M9.5.0,M4.1.0/3", "AAA3BBB,J60/3,300", "AAA3BBB,59,J365/24:00:01",
		"IST-1GMT0,M10.5.0,M3.5.0/1", "<-03>3<-02>,M3.5.0/-2,M10.5.0/-1", "AAA3BBB,M12.1.0,M1.1.6", "AAA3BBB,M11.5.6/3,M12.5.0", "AAA3BBB,M2.5.0,M2.4.6/5", "AAA3BBB,J59,J61", "AAA3BBB,0,J1/5", "AAA3BBB,58,60", "AAA3BBB,364,365/1",
		"<+0330>-3:30",
	} {
		compare(t, tz, "", around(1))
	}
	dir := t.TempDir()
	if data, err := os.ReadFile("/usr/share/zoneinfo/Asia/Tokyo"); err == nil {
		if err := os.WriteFile(filepath.Join(dir, "Mine"), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, tz := range []string{"Mine", ":Mine", "Europe/Berlin", "CET-1CEST", "UTC"} {
		compare(t, tz, dir, around(2))
		compare(t, tz, filepath.Join(dir, "none"), around(3))
	}
	t.Setenv("TZ", "") // restored at the end
	os.Unsetenv("TZ")
	loc, err := Local()
	if err != nil {
		t.Errorf("without TZ: %v", err)
	}
	unix := around(4)
	for i, want := range glibcDate(t, nil, unix) {
		if got := show(loc, unix[i]); got != want {
			t.Fatalf("without TZ: @%d is %s, want %s", unix[i], got, want)
		}
	}
}

// TestZonesLikeGlibc takes times in every fourth zone that the system has.
func TestZonesLikeGlibc(t *testing.T) {
	n := 0
	err := filepath.WalkDir(systemDir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if _, err := readFile(name); err != nil {
			return nil // a table, no zone
		}
		if n++; n%4 > 0 {
			return nil
		}
		compare(t, strings.TrimPrefix(name, systemDir+"/"), "", around(uint64(n)))
		return nil
	})
	if err != nil {
		t.Skipf("needs the system's zone files: %v", err)
	}
}

// TestWrongRules has what the GNU C library 2.36 makes of rules that are none,
// or not quite.
func TestWrongRules(t *testing.T) {
	t.Setenv("TZDIR", t.TempDir())
	for tz, want := range map[string]string{
		"ABC--3":                    "15 22:13",
		"ABC+ 3":                    "14 19:13",
		"ABC 3":                     "14 22:13",
		"AB3":                       "14 22:13",
		"<12>3":                     "14 22:13",
		"XXX+30:70:80":              "13 21:13",
		"ABC3garb":                  "14 19:13",
		"ABC3DEF2:00garb":           "14 20:13",
		"ABC3DEF,M3.2.0,M11.1.0xyz": "14 19:13",
		"ABC3DEF,J60/3,300":         "14 19:13",
		"CET-1CEST,foo":             "15 00:13",
		"ABC3DEF,J0,J366":           "14 19:13",
	} {
		t.Setenv("TZ", tz)
		loc, _ := Local()
		if got := time.Unix(1_700_000_000, 0).In(loc).Format("02 15:04"); got != want {
			t.Errorf("TZ=%s: %s, want %s", tz, got, want)
		}
	}
}

// TestWrongRulesLikeGlibc puts together what TZ may hold, and what it may not,
// and asks the library. Others than this version may read what is wrong in
// another way.
func TestWrongRulesLikeGlibc(t *testing.T) {
	if out, err := exec.Command("getconf", "GNU_LIBC_VERSION").Output(); err != nil || string(out) != "glibc 2.36\n" {
		t.Skip("compares with the GNU C library 2.36")
	}
	for _, tz := range []string{
		"XXX+30:70:80YYY31", "<12>3", "ABC3<XY>4", "<ABC3", "AB3", "ABC", "ABC 3", "ABC+ 3",
		"ABC--3", "ABC+", "ABC3:", "ABC3:4:", "ABC3:4:5:6", "ABC3garb", "ABC3DEF2:00garb", "ABC3DEF,M3.2.0,M11.1.0xyz", "ABC3DEF,x", "ABC3,M3.2.0,M11.1.0",
		"ABC3DEF,J0,J366", "ABC3DEF,Jx", "ABC3DEF,366,1", "ABC3DEF,M3.2.0/", "ABC3DEF,M3.2.0/x,M11.1.0/1:x", "ABC3DEF,M3.2.0;M11.1.0", "ABC99999999999999999999",
	} {
		compare(t, tz, "", around(1))
	}
	pieces := []string{
		"ABC", "XYZ", "<+03>", "<Q1>", "A", "3", "-1", "+12:30", "24", "25:61:61", "-", ":", ",", ",M3.5.0", ",M10.5.0/3", ",M9.5.6/-1:30", ",J60",
		",J366", ",0", ",300/24", "/", "/167", "/-30", ".", " ", "x", ",M13.1.1x",
	}
	random := rand.New(rand.NewPCG(7, 7))
	for range 300 {
		tz := "STD" + pieces[4+random.IntN(5)]
		for range random.IntN(6) {
			tz += pieces[random.IntN(len(pieces))]
		}
		if strings.Contains(tz, "M13") {
			continue // makes the C library read memory of others
		}
		compare(t, tz, "", around(random.Uint64()))
	}
}

// TestDateless has what tcpdump prints where the folder of zones has rules for
// zones without dates, and what it prints where there are none.
func TestDateless(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TZDIR", dir)
	expect := func(tz string, want ...string) {
		t.Helper()
		t.Setenv("TZ", tz)
		loc, err := Local()
		if err != nil {
			t.Errorf("TZ=%s: %v", tz, err)
		}
		for i, at := range []string{"2017-03-12T06:30:00Z", "2017-03-12T12:30:00Z", "2017-11-05T05:30:00Z", "2017-11-05T06:30:00Z"} {
			u, err := time.Parse(time.RFC3339, at)
			if err != nil {
				t.Fatal(err)
			}
			if got := u.In(loc).Format("02 15:04"); got != want[i] {
				t.Errorf("TZ=%s: %s is %s, want %s", tz, at, got, want[i])
			}
		}
	}
	expect("CET-1CEST", "12 08:30", "12 14:30", "05 06:30", "05 07:30")
	data, err := os.ReadFile(systemDir + "/America/New_York")
	if err != nil {
		t.Skipf("needs the system's zone files: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, defaultFile), data, 0o600); err != nil {
		t.Fatal(err)
	}
	expect("CET-1CEST", "12 07:30", "12 13:30", "05 07:30", "05 07:30")
	expect("STD3ABC", "12 03:30", "12 10:30", "05 03:30", "05 03:30")
}

// TestBuiltIn: without zone files there are zones all the same, and what is
// unknown is said.
func TestBuiltIn(t *testing.T) {
	t.Setenv("TZDIR", "")
	loc := builtIn("Europe/Berlin")
	if loc == nil || show(loc, 1_500_000_000) != "2017-07-14 04:40:00" {
		t.Errorf("Europe/Berlin is %v", loc)
	}
	for _, name := range []string{"Local", "", "../etc/passwd", "/etc/localtime", "Europe/Berln"} {
		if loc := builtIn(name); loc != nil && loc != time.UTC {
			t.Errorf("%q is %v", name, loc)
		}
	}
}

func TestErrors(t *testing.T) {
	t.Setenv("TZDIR", t.TempDir())
	for tz, want := range map[string]string{
		"":                                       "",
		"UTC0":                                   "",
		"CET-1CEST,M3.5.0,M10":                   `TZ=CET-1CEST,M3.5.0,M10: ",M10" is no rule for daylight saving time, such as M3.5.0,M10.5.0/3`,
		"CET-1CEST,foo":                          `TZ=CET-1CEST,foo: ",foo" is no rule for daylight saving time, such as M3.5.0,M10.5.0/3`,
		"Europe/Berln":                           "TZ=Europe/Berln: no such time zone, times are in UTC",
		":Europe/Berln":                          "TZ=:Europe/Berln: no such time zone, times are in UTC",
		"/no/such":                               "TZ=/no/such: no such time zone, times are in UTC",
		"<" + strings.Repeat("A", 300) + ">3DEF": "TZ=<" + strings.Repeat("A", 300) + ">3DEF: too many local times, or too long names, times are in UTC",
	} {
		t.Setenv("TZ", tz)
		loc, err := Local()
		if loc == nil || fmt.Sprint(err) != fmt.Sprint(want) && (err != nil || want != "") {
			t.Errorf("TZ=%s: %v, error %v, want %s", tz, loc, err, want)
		}
	}
}

// TestSecond: no zone of the system but those with leap seconds has a 60th
// second; local mean times changed by odd seconds, too.
func TestSecond(t *testing.T) {
	f, err := parseFile(leapFile())
	if err != nil {
		t.Fatal(err)
	}
	loc, err := f.timeline().location("leap")
	if err != nil {
		t.Fatal(err)
	}
	for unix, want := range map[int64]string{
		1483228825: "2016-12-31 23:59:59", 1483228826: "2016-12-31 23:59:60", 1483228827: "2017-01-01 00:00:00", 1483228828: "2017-01-01 00:00:01",
	} {
		if got := show(loc, unix); got != want {
			t.Errorf("%d is %s, want %s", unix, got, want)
		}
	}
}

// TestOwn: without TZ the system's file counts, with its leap seconds; where there
// is none, the standard library's zone does.
func TestOwn(t *testing.T) {
	name := filepath.Join(t.TempDir(), "localtime")
	if err := os.WriteFile(name, leapFile(), 0o600); err != nil {
		t.Fatal(err)
	}
	loc, err := own(name)
	if err != nil || show(loc, 1483228826) != "2016-12-31 23:59:60" {
		t.Errorf("%v, %v", loc, err)
	}
	for _, none := range []string{name + "x", filepath.Dir(name)} {
		if loc, err := own(none); loc != time.Local || err != nil {
			t.Errorf("%s: %v, %v", none, loc, err)
		}
	}
}

// TestValid: which days of a year there are.
func TestValid(t *testing.T) {
	for _, c := range []struct {
		form                  byte
		month, week, day, max int
	}{{'J', 0, 0, 1, 365}, {'n', 0, 0, 0, 365}, {'M', 1, 1, 0, 6}, {'M', 12, 5, 0, 6}} {
		for day := c.day - 1; day <= c.max+1; day++ {
			if day < 0 {
				continue // is not read
			}
			d := ruleDay{c.form, c.month, c.week, day}
			if want := c.day <= day && day <= c.max; d.valid() != want {
				t.Errorf("%c %v is valid: %t", c.form, d, !want)
			}
		}
	}
	for month := range 15 {
		for week := range 8 {
			d := ruleDay{'M', month, week, 3}
			if want := 1 <= month && month <= 12 && 1 <= week && week <= 5; d.valid() != want {
				t.Errorf("M%d.%d.3 is valid: %t", month, week, !want)
			}
		}
	}
}

// zoneFile is a file with one of everything: its changes, types, leap seconds,
// indicators, and rules.
func zoneFile(version byte, kinds, types, names string, counts [6]int) []byte {
	part := func(width int) []byte {
		b := append([]byte("TZif"), version)
		b = append(b, make([]byte, 15)...)
		for _, n := range counts {
			b = binary.BigEndian.AppendUint32(b, uint32(n))
		}
		number := func(n int) {
			if width == 8 {
				b = binary.BigEndian.AppendUint64(b, uint64(n))
			} else {
				b = binary.BigEndian.AppendUint32(b, uint32(n))
			}
		}
		for i := range len(kinds) {
			number(1000 * (i + 1))
		}
		b = append(append(append(b, kinds...), types...), names...)
		number(78796800)
		return append(append(b, 0, 0, 0, 1), 1, 0, 0, 1)
	}
	if version == 0 {
		return part(4)
	}
	return append(append(part(4), part(8)...), "\nAAA-1BBB,M3.5.0,M10.5.0/3\n"...)
}

// TestDamagedFiles: a file that ends too early, or says what cannot be, is none.
func TestDamagedFiles(t *testing.T) {
	const types = "\x00\x00\x0e\x10\x00\x00\x00\x00\x1c\x20\x01\x04"
	const names = "AAA\x00BBB\x00"
	good := [6]int{2, 2, 1, 3, 2, len(names)}
	for _, version := range []byte{0, '2'} {
		data := zoneFile(version, "\x00\x01\x00", types, names, good)
		f, err := parseFile(data)
		if err != nil {
			t.Fatal(err)
		}
		want := file{
			changes: []int64{1000, 2000, 3000}, kinds: []uint8{0, 1, 0}, leaps: []leap{{78796800, 1}},
			types: []localType{{offset: 3600, name: "AAA", standard: true}, {offset: 7200, dst: true, name: "BBB", universal: true}},
		}
		end := len(data)
		if version != 0 {
			want.footer = "AAA-1BBB,M3.5.0,M10.5.0/3"
			end = bytes.LastIndex(data, []byte("\nAAA"))
		}
		if fmt.Sprint(*f) != fmt.Sprint(want) {
			t.Errorf("version %q: %v, want %v", version, *f, want)
		}
		for n := range end {
			if _, err := parseFile(data[:n]); err == nil {
				t.Errorf("version %q: %d bytes of %d are a file", version, n, len(data))
			}
		}
		if _, err := parseFile(data[:end]); err != nil {
			t.Errorf("version %q: without rules: %v", version, err)
		}
	}
	with := func(i, n int) (c [6]int) {
		c = good
		c[i] = n
		return c
	}
	for what, data := range map[string][]byte{
		"no types":                     zoneFile('2', "\x00\x01\x00", types, names, with(4, 0)),
		"more universal than types":    zoneFile('2', "\x00\x01\x00", types, names, with(0, 3)),
		"more standard than types":     zoneFile('2', "\x00\x01\x00", types, names, with(1, 3)),
		"a count that is no file's":    zoneFile('2', "\x00\x01\x00", types, names, with(3, maxFile+1)),
		"a kind that is not there":     zoneFile('2', "\x00\x02\x00", types, names, good),
		"half a daylight saving time":  zoneFile('2', "\x00\x01\x00", strings.Replace(types, "\x01", "\x02", 1), names, good),
		"a name that is not there":     zoneFile('2', "\x00\x01\x00", strings.Replace(types, "\x04", "\x09", 1), names, good),
		"another kind of file":         bytes.ReplaceAll(zoneFile('2', "\x00\x01\x00", types, names, good), []byte("TZif"), []byte("TZig")),
		"a later change before others": bytes.ReplaceAll(zoneFile('2', "\x00\x01\x00", types, names, good), []byte{0x03, 0xe8}, []byte{0x07, 0xd1}),
	} {
		if f, err := parseFile(data); err == nil {
			t.Errorf("%s: %v", what, *f)
		}
	}
	// At the same time is no error, and neither is a name of nothing.
	for what, data := range map[string][]byte{
		"two changes at once":  bytes.ReplaceAll(zoneFile('2', "\x00\x01\x00", types, names, good), []byte{0x03, 0xe8}, []byte{0x07, 0xd0}),
		"a name at the end":    zoneFile('2', "\x00\x01\x00", strings.Replace(types, "\x04", "\x08", 1), names, good),
		"as many as there are": zoneFile('2', "\x00\x01\x01", types, names, good),
	} {
		if _, err := parseFile(data); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// leapFile is a zone file of UTC with the last leap second.
func leapFile() []byte {
	part := func(width int) []byte {
		b := append([]byte("TZif2"), make([]byte, 15)...)
		for _, n := range [...]int{0, 0, 2, 0, 1, 4} {
			b = binary.BigEndian.AppendUint32(b, uint32(n))
		}
		b = append(b, "\x00\x00\x00\x00\x00\x00UTC\x00"...)
		for i, at := range [...]uint64{1435708825, 1483228826} {
			if width == 4 {
				b = binary.BigEndian.AppendUint32(b, uint32(at))
			} else {
				b = binary.BigEndian.AppendUint64(b, at)
			}
			b = binary.BigEndian.AppendUint32(b, uint32(26+i))
		}
		return b
	}
	return append(append(part(4), part(8)...), "\nUTC0\n"...)
}

// FuzzLocal: neither TZ nor a zone file makes it fail.
func FuzzLocal(f *testing.F) {
	f.Add("CET-1CEST,M3.5.0,M10.5.0/3", leapFile(), int64(1_500_000_000))
	f.Add("<+03>-3<+04>,J60/-3,300/167", []byte("TZif"), int64(-1))
	f.Fuzz(func(t *testing.T, tz string, data []byte, unix int64) {
		unix %= 1 << 40
		if r, _, ok := parseRules(tz); ok {
			if loc, err := r.timeline().location(tz); err == nil {
				show(loc, unix)
			}
		}
		if file, err := parseFile(data); err == nil {
			if loc, err := file.timeline().location(tz); err == nil {
				show(loc, unix)
			}
		}
	})
}

// TestFirstType: before the first change the file's first standard time holds,
// and where there is none its first time.
func TestFirstType(t *testing.T) {
	standard, summer := localType{offset: 3600, name: "AAA"}, localType{offset: 7200, dst: true, name: "BBB"}
	for _, c := range []struct {
		types []localType
		want  string
	}{
		{[]localType{standard}, "AAA"}, {[]localType{summer}, "BBB"}, {[]localType{summer, standard}, "AAA"}, {[]localType{standard, summer}, "AAA"},
		{[]localType{summer, {offset: 1, dst: true, name: "CCC"}}, "BBB"}, {[]localType{summer, standard, {name: "CCC"}}, "AAA"},
	} {
		loc, err := (&file{types: c.types}).timeline().location("X")
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := time.Unix(1e9, 0).In(loc).Zone(); got != c.want {
			t.Errorf("%v: %s, want %s", c.types, got, c.want)
		}
	}
}
