package owners

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/probes"
)

// TestNetworks: a network that is handed on is asked, its containers have names, and it is
// let go with all that was known of it.
func TestNetworks(t *testing.T) {
	ours, theirs, err := NewNetworks()
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	other, err := OpenNetworks(int(theirs.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	arriving := make(chan arrival)
	go other.receive(arriving)
	id := strings.Repeat("ab", 32)
	if err := ours.Add(77, map[string]string{id: "web"}); err != nil {
		t.Fatal(err)
	}
	h := &helper{own: &network{number: 1}, networks: make(map[uint32]*network), processes: new(processes)}
	h.networks[1] = h.own
	h.arrive(<-arriving)
	n := h.networks[77]
	if n == nil {
		t.Fatal("it has not arrived")
	}
	if _, _, err := n.diagnosis.addresses(); err != nil {
		t.Errorf("it is not answered: %v", err)
	}
	if got := h.processes.titled(containerOf("/docker/" + id)); got != "web" {
		t.Errorf("its container is called %q", got)
	}
	key := useKey{77, unix.IPPROTO_UDP, address("192.0.2.1:1"), address("192.0.2.2:2")}
	h.uses.add(&probes.Use{Namespace: key.network, Protocol: key.protocol, Local: key.local, Remote: key.remote}, n.listed)
	if _, ok := h.uses.find(key); !ok {
		t.Error("a use is not known")
	}
	key.network = 1
	if _, ok := h.uses.find(key); ok {
		t.Error("it is known in another network")
	}
	key.network = 77
	h.forget(77)
	h.forget(1) // the program's own stays
	if _, ok := h.uses.find(key); ok || len(h.networks) != 1 {
		t.Error("it was not let go")
	}
	if _, err := unix.FcntlInt(uintptr(n.diagnosis.diag.FD), unix.F_GETFD, 0); err == nil {
		t.Error("its socket is open")
	}
}

// TestForget: of a network namespace that has ended nothing is known any more, and the
// helper is told; others keep what they have.
func TestForget(t *testing.T) {
	c := &Client{queue: make(chan []byte, maxAsked)}
	table := NewTable(c)
	for _, namespace := range []uint32{0, 4026532000, 4026532001} {
		flow := Flow{Namespace: namespace, Protocol: 17, From: address("192.0.2.2:2"), To: address("192.0.2.1:1")}
		table.Look(&flow, capture.Timestamp{}, false)
		<-c.queue
	}
	table.Forget(4026532000)
	var q question
	asked := make(chan question, 1)
	if err := listen(bytes.NewReader(<-c.queue), asked); err != nil {
		t.Fatal(err)
	}
	if q = <-asked; !q.forget || q.flow.Namespace != 4026532000 {
		t.Errorf("the helper is told %+v", q)
	}
	for k := range table.flows {
		if k.namespace == 4026532000 {
			t.Error("its flow is known")
		}
	}
	if len(table.flows) != 2 || len(table.asked) != 2 || table.Forgotten() != 0 {
		t.Errorf("%d flows, %d questions, %d are said to be forgotten", len(table.flows), len(table.asked), table.Forgotten())
	}
}
