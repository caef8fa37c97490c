//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tapdump/tapdump/internal/testenv/vhci"
)

// device is a kind of device: how it is made, and what comes by.
type device struct {
	name    string
	modules string   // that the kernel may have to load
	needs   string   // commands that it is made with, besides ip
	script  string   // makes it in near and far, by n and f
	by      []string // names that are captured by, and then any
	theirs  []string // the reference's names for those, where one has one listener; nil: by
	ring    int      // KiB, for both; 0: 8 MiB
	here    bool     // near is where the program is: for what has no namespaces
	alone   bool     // it is no interface, and any does not have it
	// traffic has packets come by; nil: ipTraffic.
	traffic func(*table1) error
	// mark sends a packet that holds text; nil: a frame on each of by.
	mark func(t *table1, text string) error
	// prepare is what the script cannot do, before it.
	prepare func(*table1) error
	// reason says why there is a difference; "": there must be none.
	reason string
}

// table1 is the row of one device while it is made.
type table1 struct {
	o       options
	device  *device
	near    string // the namespace; "" is ours
	folder  string
	closers []func()
	adapter *vhci.Controller // of Bluetooth, by prepare
}

// table is the command.
func table(o options) error {
	var wrong []string
	var out strings.Builder
	for i := range devices {
		d := &devices[i]
		if len(o.arguments) > 0 && !slices.Contains(o.arguments, d.name) {
			continue
		}
		began := time.Now()
		c, left, err := row(o, d)
		says := fmt.Sprint(c.differing)
		switch {
		case err != nil:
			wrong, says = append(wrong, d.name), "failed"
			fmt.Println(err)
		case left != "":
			says = "left out: " + left
		case c.differing > 0 && d.reason == "":
			wrong = append(wrong, d.name)
		case c.differing > 0:
			says += ": " + d.reason
		}
		line := fmt.Sprintf("| %s | %s | %d | %d | %s |", d.title(), kernel(), c.packets, c.lines, says)
		fmt.Printf("%s (%.0f s)\n", line, time.Since(began).Seconds())
		for _, s := range c.shown {
			fmt.Println("    ", s)
		}
		if err == nil {
			fmt.Fprintln(&out, line)
		}
	}
	if o.out != "" {
		if err := os.WriteFile(o.out, []byte(out.String()), 0o644); err != nil {
			return err
		}
	}
	if len(wrong) > 0 {
		return fmt.Errorf("differences: %s", strings.Join(wrong, ", "))
	}
	return nil
}

func (d *device) title() string {
	names := slices.Clone(d.by)
	for i, n := range names {
		names[i] = "`" + n + "`"
	}
	if !d.alone {
		names = append(names, "`any`")
	}
	return d.name + ": " + strings.Join(names, " ")
}

// row makes a device, has packets come by, and compares what was captured. left
// says why it could not be made here.
func row(o options, d *device) (total comparison, left string, err error) {
	for _, command := range strings.Fields(d.needs) {
		if _, err := exec.LookPath(command); err != nil {
			return total, "needs the command " + command, nil
		}
	}
	for _, module := range strings.Fields(d.modules) {
		name, arguments, _ := strings.Cut(module, ",")
		if out, err := exec.Command("modprobe", append([]string{name}, strings.Fields(strings.ReplaceAll(arguments, ",", " "))...)...).CombinedOutput(); err != nil {
			return total, "needs the module " + name, errIfBroken(out)
		}
	}
	for _, program := range []string{o.tapdump, o.reference} {
		if !d.alone {
			break
		}
		kind, _, _ := strings.Cut(d.by[0], ":")
		if list, err := exec.Command(program, "-D").Output(); err != nil || !strings.Contains(string(list), kind) {
			return total, filepath.Base(program) + " does not list it", nil
		}
	}
	folder, err := os.MkdirTemp("", "devicetable")
	if err != nil {
		return total, "", err
	}
	defer os.RemoveAll(folder)
	t := &table1{o: o, device: d, near: near, folder: folder}
	defer t.close()
	words := wires
	if d.here {
		t.near, words = "", wires+"n() { ip \"$@\"; }\n"
	}
	if err := freshNamespaces(); err != nil {
		return total, "", err
	}
	if d.prepare != nil {
		if err := d.prepare(t); err != nil {
			return total, "", err
		}
	}
	if err := sh(words + d.script); err != nil {
		return total, "", err
	}
	if o.dry {
		return total, "", t.packets()
	}
	if err := t.links(&total); err != nil {
		return total, "", err
	}
	return total, "", t.compare(&total)
}

// errIfBroken lets a module be missing, and nothing else.
func errIfBroken(out []byte) error {
	if strings.Contains(string(out), "not found") {
		return nil
	}
	return fmt.Errorf("modprobe: %s", out)
}

func (t *table1) close() {
	for _, f := range slices.Backward(t.closers) {
		f()
	}
}

// links compares what -L prints.
func (t *table1) links(total *comparison) error {
	for i, name := range t.device.by {
		if name == "wire" && t.device.name != "veth" {
			continue // that of veth
		}
		var texts [2]string
		names := t.names(i)
		for i, program := range []string{t.o.tapdump, t.o.reference} {
			args := []string{program, "-L", "-i", names[i]}
			if t.near != "" {
				args = append([]string{"ip", "netns", "exec", t.near}, args...)
			}
			out, err := exec.Command(args[0], args[1:]...).CombinedOutput()
			if err != nil {
				return fmt.Errorf("%s -L -i %s: %w: %s", program, name, err, out)
			}
			texts[i] = strings.ReplaceAll(string(out), filepath.Base(program)+": ", "program: ") // in front of warnings
			texts[i] = strings.ReplaceAll(texts[i], names[i], name)
		}
		total.lines += strings.Count(texts[0], "\n")
		total.list("-L", strings.Split(texts[0], "\n"), strings.Split(texts[1], "\n"), strings.TrimSpace)
	}
	return nil
}

// pair is both programs at one device.
type pair struct {
	name     string
	programs [2]*program
	files    [2]string
}

// names are what each program captures by: the device with that number, or any.
func (t *table1) names(i int) [2]string {
	if i == len(t.device.by) {
		return [2]string{"any", "any"}
	}
	if t.device.theirs != nil {
		return [2]string{t.device.by[i], t.device.theirs[i]}
	}
	return [2]string{t.device.by[i], t.device.by[i]}
}

func (t *table1) pair(names [2]string) (*pair, error) {
	p := &pair{name: names[0]}
	for i, program := range []string{t.o.tapdump, t.o.reference} {
		p.files[i] = filepath.Join(t.folder, fmt.Sprintf("%s-%d", names[0], i))
		lines, err := os.Create(p.files[i] + ".txt")
		if err != nil {
			return nil, err
		}
		args := []string{program, "-i", names[i], "-nn", "-e", "-vvv", "-t", "-#", "-U", "-w", p.files[i], "--print"}
		switch {
		case t.device.ring > 0:
			args = append(args, "-B", strconv.Itoa(t.device.ring))
		case i == 1:
			args = append(args, "-B", "8192") // as ours without it
		}
		p.programs[i], err = start(t.near, args[0]+" -i "+names[i], lines, args...)
		lines.Close()
		if err != nil {
			return nil, err
		}
	}
	return p, nil
}

// whole waits until both have captured the end.
func (p *pair) whole() error {
	for _, file := range p.files {
		for end := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
			content, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			if ended(content) {
				break
			}
			if time.Now().After(end) {
				return fmt.Errorf("%s: the last packet was not captured", filepath.Base(file))
			}
		}
	}
	time.Sleep(300 * time.Millisecond) // the last one of several
	return nil
}

// result is what both have captured.
func (p *pair) result() (all [2]*captured, err error) {
	for i, program := range p.programs {
		lines, err := os.ReadFile(p.files[i] + ".txt")
		if err != nil {
			return all, err
		}
		if all[i], err = readCapture(p.files[i], string(lines), program.said()); err != nil {
			return all, err
		}
		if all[i].count != len(all[i].packets) {
			return all, fmt.Errorf("%s says %d packets, and has written %d", program.name, all[i].count, len(all[i].packets))
		}
		if !all[i].cut() {
			return all, fmt.Errorf("%s has no first or last packet among %d", program.name, all[i].count)
		}
		if all[i].dropped > 0 {
			return all, fmt.Errorf("%s: %d packets dropped", program.name, all[i].dropped)
		}
	}
	return all, nil
}

func (t *table1) compare(total *comparison) error {
	var pairs []*pair
	var failures []error
	count := len(t.device.by)
	if !t.device.alone {
		count++ // any
	}
	for i := range count {
		p, err := t.pair(t.names(i))
		if err != nil {
			return err
		}
		pairs = append(pairs, p)
	}
	for _, p := range pairs {
		failures = append(failures, p.programs[0].listen(), p.programs[1].listen())
	}
	if err := errors.Join(failures...); err == nil {
		failures = append(failures, t.packets())
	}
	for _, p := range pairs {
		if errors.Join(failures...) == nil {
			failures = append(failures, p.whole())
		}
	}
	for _, p := range pairs {
		failures = append(failures, p.programs[0].stop(), p.programs[1].stop())
	}
	if err := errors.Join(failures...); err != nil {
		return err
	}
	for _, p := range pairs {
		all, err := p.result()
		if err != nil {
			return err
		}
		c := compare(all[0], all[1])
		total.packets += c.packets
		total.lines += c.lines
		total.differing += c.differing
		for _, s := range c.shown {
			total.shown = append(total.shown, p.name+": "+s)
		}
	}
	return nil
}

// packets has traffic come by between marks.
func (t *table1) packets() error {
	mark, traffic := t.device.mark, t.device.traffic
	if mark == nil {
		mark = markFrames
	}
	if traffic == nil {
		traffic = ipTraffic
	}
	if err := mark(t, begins); err != nil {
		return err
	}
	if err := traffic(t); err != nil {
		return err
	}
	time.Sleep(500 * time.Millisecond) // what is still on its way
	return mark(t, ends)
}

// markFrames sends a frame that holds the text on each device that is captured by name.
func markFrames(t *table1, text string) error {
	s, err := newFrames(t.near)
	if err != nil {
		return err
	}
	defer s.close()
	for _, name := range t.device.by {
		if err := s.sendBare(s.index(name), []byte(strings.Repeat(text, 5))); err != nil {
			return fmt.Errorf("a frame on %s: %w", name, err)
		}
	}
	return nil
}

// The table is in the document between these.
const (
	tableBegin = "<!-- devices, made by .ci/vm --update table -->\n"
	tableEnd   = "<!-- end of devices -->\n"
)

// update puts rows into the document, those of a device beside one another.
func update(o options) error {
	rows, err := os.ReadFile(o.in)
	if err != nil {
		return err
	}
	document, err := os.ReadFile(o.out)
	if err != nil {
		return err
	}
	before, rest, ok1 := strings.Cut(string(document), tableBegin)
	_, after, ok2 := strings.Cut(rest, tableEnd)
	if !ok1 || !ok2 {
		return fmt.Errorf("%s has no place for the table", o.out)
	}
	return os.WriteFile(o.out, []byte(before+tableBegin+arranged(string(rows))+tableEnd+after), 0o644)
}

// arranged has rows of several kernels as one table.
func arranged(rows string) string {
	order := make(map[string]int)
	lines := slices.Collect(strings.Lines(rows))
	of := func(line string) string { return strings.Split(line, "|")[1] }
	for _, line := range lines {
		if _, ok := order[of(line)]; !ok {
			order[of(line)] = len(order)
		}
	}
	slices.SortStableFunc(lines, func(a, b string) int { return order[of(a)] - order[of(b)] })
	return "| device: captured as | kernel | packets | lines compared | differing |\n|---|---|---:|---:|---|\n" + strings.Join(lines, "")
}
