package live

import (
	"fmt"
	"net"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/capture"
)

// TestInterfaceNumbers: each interface gets a number when its first packet comes,
// by its name, and keeps it. One that is gone, or for which there is no number
// left, has that of "any".
func TestInterfaceNumbers(t *testing.T) {
	inNamespace(t, func() {
		veth(t, "tx0", "rx0")
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(fd)
		index := func(name string) int32 {
			dev, err := net.InterfaceByName(name)
			if err != nil {
				t.Fatal(err)
			}
			return int32(dev.Index)
		}
		var asked []string
		m := interfaces{fd: fd, all: 7, numbered: func(name string) (int, bool) {
			asked = append(asked, name)
			return 10 + len(asked), len(asked) < 2
		}}
		tx, rx := index("tx0"), index("rx0")
		const gone = 12345
		for i, c := range []struct {
			index int32
			want  int
		}{{gone, 7}, {tx, 11}, {gone, 7}, {tx, 11}, {tx, 11}, {rx, 7}, {tx, 11}, {rx, 7}} {
			if got := m.number(c.index); got != c.want {
				t.Errorf("packet %d, of interface %d: number %d, want %d", i, c.index, got, c.want)
			}
		}
		if got := fmt.Sprint(asked); got != "[tx0 rx0]" {
			t.Errorf("asked for the numbers of %s, want each once", got)
		}
		for i := range int32(maxInterfaces + 10) {
			if m.number(gone + i); len(m.seen) > maxInterfaces {
				t.Fatalf("%d interfaces are remembered", len(m.seen))
			}
		}
	})
}

// TestRenamedInterface: the packets of an interface that gets another name during a
// capture of "any" are those of the new name, and of the old one again when it is back;
// one that is gone keeps its last. Asking allocates nothing.
func TestRenamedInterface(t *testing.T) {
	for _, cfg := range []Config{{}, {Immediate: true}, {Workers: 2}} {
		cfg.Direction = capture.DirIn
		inNamespace(t, func() {
			veth(t, "tx0", "rx0")
			l := mustOpen(t, anyDevice, cfg)
			mustStart(t, l, nil)
			tx := newSender(t, "tx0")
			var p capture.Packet
			before := "rx0"
			for i, name := range []string{"rx0", "rx1", "rx0", "other"} {
				if i > 0 {
					ip(t, "link set "+before+" down")
					ip(t, "link set "+before+" name "+name)
					ip(t, "link set "+name+" up")
					waitFlowing(t, "tx0", name)
					before = name
				}
				for range 2 {
					tx.send(udpFrame(7, uint32(i), 20))
					for p.Data = nil; len(p.Data) < 44 || p.Data[43] != 7; {
						if err := l.Next(&p); err != nil {
							t.Fatal(err)
						}
					}
					if got := l.Interfaces()[p.Interface].Name; got != name {
						t.Errorf("%+v: packet %d came from %s, want %s", cfg, i, got, name)
					}
				}
			}
			m := l.engine.(*ringEngine).rings[0].many
			index := m.index
			if allocs := testing.AllocsPerRun(100, func() { m.recheck(); m.number(index) }); allocs != 0 {
				t.Errorf("%v allocations to ask for a name", allocs)
			}
			ip(t, "link del tx0")
			m.recheck()
			if got := l.Interfaces()[m.number(index)].Name; got != "other" {
				t.Errorf("%+v: the interface that is gone is %s", cfg, got)
			}
		})
	}
}

// TestInterfacesEnd: interfaces are told apart up to a bound, those beyond share
// the number of "any".
func TestInterfacesEnd(t *testing.T) {
	inNamespace(t, func() {
		veth(t, "tx0", "rx0")
		l := mustOpen(t, anyDevice, Config{})
		mustStart(t, l, nil)
		m := l.engine.(*ringEngine).rings[0].many
		for len(l.stream.interfaces) < maxInterfaces {
			l.stream.register(capture.Interface{}, l)
		}
		if n, ok := m.numbered("one more"); ok {
			t.Errorf("interface %d is registered", n)
		}
		l.stream.interfaces = l.stream.interfaces[:maxInterfaces-1]
		if n, ok := m.numbered("the last"); !ok || n != maxInterfaces-1 {
			t.Errorf("number %d, %v; want the last", n, ok)
		}
	})
}
