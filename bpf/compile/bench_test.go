package compile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture"
)

// BenchmarkCompile takes expressions of usual kinds, and lists of hosts, ports
// and networks.
func BenchmarkCompile(b *testing.B) {
	list := func(n int, format string) string {
		terms := make([]string, n)
		for i := range terms {
			terms[i] = fmt.Sprintf(format, i/200%200, i%200)
		}
		return strings.Join(terms, " or ")
	}
	for _, c := range []struct{ name, expr string }{
		{"light", "ip"},
		{"usual", "tcp port 80 and host 10.0.0.1"},
		{"heavy", "(tcp[tcpflags] & (tcp-syn|tcp-fin) != 0 or vlan 5 and udp portrange 5000-5100) and not net 10.0.0.0/8"},
		{"hosts100", list(100, "host 10.7.%d.%d")},
		{"hosts1000", list(1000, "host 10.7.%d.%d")},
		{"ports100", strings.ReplaceAll(list(100, "port 1%d%03d"), "or port", "or port")},
		{"nets100", list(100, "net 10.%d.%d.0/24")},
		{"contradiction", "tcp port 80 and udp port 53"},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = Compile(c.expr, Options{LinkType: capture.LinkEN10MB})
			}
		})
	}
	for _, expr := range []string{"tcp port 80 and host 10.0.0.1", list(1000, "host 10.7.%d.%d")} {
		b.Run(fmt.Sprintf("front%d", len(expr)), func(b *testing.B) {
			o := Options{LinkType: capture.LinkEN10MB, SnapLen: 65535, Names: &Names{}}
			b.ReportAllocs()
			for b.Loop() {
				e, _ := parse(expr, true)
				g := generator{opts: &o, expr: e, graph: newGraph(65535), newer: true}
				p, _ := g.generate(true)
				passable(lower(g.graph, p))
			}
		})
	}
}
