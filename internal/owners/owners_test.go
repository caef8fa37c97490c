package owners

import (
	"bytes"
	"io"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/testenv"
)

var someOwner = Owner{
	Process: 4711, Thread: 4712, Parent: 1, UserID: 1000, HasUser: true, Started: 1700000000e9,
	Command: "curl", Path: "/usr/bin/curl", CommandLine: "curl\x00-s", User: "alice", Container: "0123456789ab",
}

func address(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

// TestMessages: what one side appends the other takes, and of a message that was cut or
// has more than it should it takes nothing.
func TestMessages(t *testing.T) {
	flow := Flow{Namespace: 3, Protocol: 6, From: address("192.0.2.1:1000"), To: address("[2001:db8::1]:80"), Interface: "eth0"}
	b := appendAsk(nil, 7, true, &flow)
	m := reading{b: b[3:]}
	if number, refresh, got := m.ask(); !m.done() || number != 7 || !refresh || got != flow {
		t.Errorf("%d %t %v, done %t", number, refresh, got, m.done())
	}
	ends := Ends{From: &someOwner, WhyTo: Elsewhere}
	b = appendAnswer(nil, 8, &ends)
	m = reading{b: b[3:]}
	if number, got := m.answer(); !m.done() || number != 8 || !reflect.DeepEqual(got, ends) {
		t.Errorf("%d %+v, done %t", number, got, m.done())
	}
	for n := range b[3:] {
		m := reading{b: b[3 : 3+n]}
		if m.answer(); m.done() {
			t.Errorf("the first %d bytes are a message", n)
		}
	}
	m = reading{b: append(bytes.Clone(b[3:]), 0)}
	if m.answer(); m.done() {
		t.Error("a byte behind is taken")
	}
	long := Owner{Command: strings.Repeat("x", 5000), Path: strings.Repeat("/", 5000), CommandLine: strings.Repeat("c", 5000), User: strings.Repeat("u", 5000), Container: strings.Repeat("f", 5000)}
	if b := appendAnswer(nil, 1, &Ends{From: &long, To: &long}); len(b)-2 > maxMessage {
		t.Errorf("the longest answer has %d bytes", len(b)-2)
	}
}

// FuzzMessages: nothing that a helper may say does harm.
func FuzzMessages(f *testing.F) {
	f.Add(appendAnswer(nil, 8, &Ends{From: &someOwner})[3:])
	f.Fuzz(func(t *testing.T, b []byte) {
		m := reading{b: b}
		m.answer()
		m = reading{b: b}
		m.ask()
	})
}

// TestNonsense: a client whose helper says what it should not, or ends, says so once, and
// waits for nothing.
func TestNonsense(t *testing.T) {
	for name, says := range map[string][]byte{
		"nonsense":    {5, 0, messageAnswer, 1, 2, 3, 4},
		"another":     {1, 0, 99},
		"too long":    {0xff, 0xff, messageAnswer},
		"nothing":     {0, 0},
		"the end":     {},
		"half of one": {9, 0, messageAnswer},
	} {
		t.Run(name, func(t *testing.T) {
			requestsIn, requests := io.Pipe()
			go io.Copy(io.Discard, requestsIn)
			ready, at := beginMessage(nil, messageReady)
			ready = endMessage(appendText(ready, "it lacks something", maxRemark), at)
			c, err := NewClient(requests, io.NopCloser(io.MultiReader(bytes.NewReader(ready), bytes.NewReader(says))))
			if err != nil || len(c.Lacks()) != 1 {
				t.Fatal(err, c)
			}
			defer c.Close()
			table := NewTable(c)
			testenv.WaitFor(t, "the error is told", func() bool { return table.Collect() != nil })
			if err := table.Collect(); err != nil {
				t.Errorf("it is told again: %v", err)
			}
			flow := Flow{Protocol: 6, From: address("192.0.2.1:1"), To: address("192.0.2.2:2")}
			if _, answered := table.Look(&flow, capture.Timestamp{}, true); !answered {
				t.Error("an answer is awaited")
			}
		})
	}
}

// TestTable: both directions of a flow are asked for once; owners stay until others come;
// memory is bounded.
func TestTable(t *testing.T) {
	c := &Client{queue: make(chan []byte, maxAsked)}
	table := NewTable(c)
	flow := Flow{Protocol: 17, From: address("192.0.2.2:2"), To: address("192.0.2.1:1")}
	back := Flow{Protocol: 17, From: flow.To, To: flow.From}
	if _, answered := table.Look(&flow, capture.Timestamp{}, false); answered {
		t.Error("it is answered before it is asked")
	}
	table.Look(&back, capture.Timestamp{}, false)
	if len(c.queue) != 1 {
		t.Errorf("it is asked %d times", len(c.queue))
	}
	reply := func(e Ends) {
		c.answers = []answer{{c.number, e}}
		c.arrived.Store(true)
		if err := table.Collect(); err != nil {
			t.Fatal(err)
		}
	}
	reply(Ends{From: &someOwner, WhyTo: Elsewhere}) // of the lower end
	if e, answered := table.Look(&back, capture.Timestamp{}, false); !answered || e.From != &someOwner || e.WhyTo != Elsewhere {
		t.Errorf("%+v %t", e, answered)
	}
	if e, _ := table.Look(&flow, capture.Timestamp{}, false); e.To != &someOwner || e.WhyFrom != Elsewhere {
		t.Errorf("%+v", e)
	}
	later := capture.Timestamp{Sec: 1}
	if e, answered := table.Look(&flow, later, false); !answered || e.To != &someOwner || len(c.queue) != 1 || len(c.gathered) == 0 {
		t.Errorf("%+v %t, asked %d times", e, answered, len(c.queue))
	}
	reply(Ends{WhyFrom: NoSocket, WhyTo: Elsewhere}) // it is gone: what is under way is its own
	if e, _ := table.Look(&flow, later, false); e.To != &someOwner {
		t.Errorf("%+v", e)
	}
	if _, answered := table.Look(&flow, capture.Timestamp{Sec: 2}, true); answered {
		t.Error("a new connection has the owner of the one before")
	}
	for i := range MaxFlows + 5 {
		table.Look(&Flow{Protocol: 6, From: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 16), 1}), uint16(i)), To: flow.To}, later, false)
	}
	if len(table.flows) != MaxFlows || table.Forgotten() == 0 || len(table.asked) > MaxFlows {
		t.Errorf("%d flows, %d forgotten, %d asked for", len(table.flows), table.Forgotten(), len(table.asked))
	}
}

// TestLookAllocations: what is known costs nothing but a look.
func TestLookAllocations(t *testing.T) {
	c := &Client{queue: make(chan []byte, maxAsked)}
	table := NewTable(c)
	flow := Flow{Protocol: 17, From: address("192.0.2.2:2"), To: address("192.0.2.1:1")}
	table.Look(&flow, capture.Timestamp{}, false)
	c.answers = []answer{{c.number, Ends{From: &someOwner}}}
	c.arrived.Store(true)
	table.Collect()
	if n := testing.AllocsPerRun(100, func() {
		table.Collect()
		table.Look(&flow, capture.Timestamp{}, false)
	}); n != 0 {
		t.Errorf("%g allocations", n)
	}
}

func BenchmarkLook(b *testing.B) {
	c := &Client{queue: make(chan []byte, maxAsked)}
	table := NewTable(c)
	flow := Flow{Protocol: 17, From: address("192.0.2.2:2"), To: address("192.0.2.1:1")}
	table.Look(&flow, capture.Timestamp{}, false)
	c.answers = []answer{{c.number, Ends{From: &someOwner}}}
	c.arrived.Store(true)
	table.Collect()
	for b.Loop() {
		table.Collect()
		table.Look(&flow, capture.Timestamp{Nsec: int64(time.Millisecond)}, false)
	}
}

// TestText: what a process calls itself cannot spoil a line.
func TestText(t *testing.T) {
	for _, c := range []struct {
		o    Owner
		want string
	}{
		{someOwner, "curl.4711 in 0123456789ab"},
		{Owner{Process: 1, Command: "a\nb\x1b[2J\\"}, `a\x0ab\x1b[2J\x5c.1`},
		{Owner{Process: 7, Command: "\xff\u00e9"}, "\\xff\u00e9.7"},
		{Owner{UserID: 1000, HasUser: true}, "user 1000"},
		{Owner{UserID: 1000, HasUser: true, User: "alice"}, "user alice"},
	} {
		if got := string(AppendText(nil, &c.o)); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
	if got, want := string(AppendComment(nil, &someOwner)), "curl.4711, user alice, container 0123456789ab"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestContainerOf(t *testing.T) {
	id := strings.Repeat("0123456789abcdef", 4)
	for group, want := range map[string]string{
		"/system.slice/docker-" + id + ".scope": "0123456789ab",
		"/docker/" + id:                         "0123456789ab",
		"/kubepods.slice/kubepods-pod1.slice/cri-containerd-" + id + ".scope": "0123456789ab",
		"/kubepods/besteffort/pod7/" + id:                                     "0123456789ab",
		"/kubepods.slice/crio-" + id + ".scope":                               "0123456789ab",
		"/machine.slice/libpod-" + id + ".scope/container":                    "0123456789ab",
		"/system.slice/ssh.service":                                           "",
		"/":                                                                   "",
		"/x/" + id[:63]:                                                       "",
		"/x/" + strings.ToUpper(id):                                           "",
		"/k8s.io:cri-containerd:" + id:                                        "0123456789ab",
	} {
		if got := containerOf(group); got != want {
			t.Errorf("%s: %q, want %q", group, got, want)
		}
		if got := containerIn("12:pids:/\n0::" + group + "\n"); got != want {
			t.Errorf("in a file, %s: %q, want %q", group, got, want)
		}
	}
}
