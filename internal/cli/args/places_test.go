package args

import (
	"reflect"
	"testing"
)

// TestPlaces: places are in the plan by their options, in all of a run's tasks, and
// what they do not go together with is refused.
func TestPlaces(t *testing.T) {
	want := []Place{{"netns", "web"}, {"netns", "all"}, {"pid", "12"}, {"container", "pod/x"}}
	line := []string{"--container", "pod/x", "--netns=web", "--pid=12", "--netns", "all"}
	for _, task := range []string{"-n", "-D", "-L", "-J"} {
		p, err := Parse(Program{Name: "tapdump"}, append([]string{task}, line...), testHost(t))
		if err != nil || !reflect.DeepEqual(p.Device.Places, want) {
			t.Errorf("%s: %v, places %v, want %v", task, err, p.Device.Places, want)
		}
	}
	for _, c := range []struct {
		line []string
		want string
	}{
		{[]string{"--netns", ""}, `--netns "": the name of a place is awaited`},
		{[]string{"--container", "/"}, `--container "": the name of a place is awaited`},
		{[]string{"--pid", "-1"}, "--pid -1: the number of a process is awaited"},
		{[]string{"--pid", "all"}, "--pid all: the number of a process is awaited"},
		{[]string{"--pid", "1", "-r", "x"}, "--pid is about interfaces, and -r and -V read files: leave one of them out"},
		{[]string{"--netns", "x", "-V", "x"}, "--netns is about interfaces, and -r and -V read files: leave one of them out"},
		{[]string{"--netns", "x", "--capture-engine", "go-pcap"}, "--capture-engine go-pcap captures in the namespace that it is started in: leave it out, or --netns"},
		{[]string{"--netns", "x", "-f"}, "-f is about the network of one interface: leave it out, or --netns"},
		{[]string{"--netns", "x", "-I", "--follow-interfaces"}, "-I makes interfaces, which who finds others in places may not: leave out -I, --follow-interfaces or --netns"},
		{[]string{"--netns", "x", "-d"}, "-d without -i compiles for no interface: name one, or leave out --netns"},
		{[]string{"--netns", "x", "-i", "2"}, "-i with a number, and --netns: give the interface's name, which -D lists"},
	} {
		if _, err := Parse(Program{Name: "tapdump"}, c.line, testHost(t)); err == nil || err.Error() != c.want {
			t.Errorf("%q: %v, want %s", c.line, err, c.want)
		}
	}
}
