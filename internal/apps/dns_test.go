package apps

import (
	"fmt"
	"testing"

	"github.com/tapdump/tapdump/internal/testenv"
)

// TestLessons: what addresses are called by the conversations of dns.txt.
func TestLessons(t *testing.T) {
	var out []byte
	r := replay{d: New(Options{Learn: func(l Lesson) {
		asker := "everybody"
		if l.Asker.IsValid() {
			asker = l.Asker.String()
		}
		out = fmt.Appendf(out, "    %s is %s for %s, %v\n", l.Address, l.Name, asker, l.Lifetime)
	}})}
	f := readConversations(t, "testdata/dns.txt")
	for i := range f.talks {
		k := &f.talks[i]
		r.begin(k)
		for _, s := range k.said {
			out = fmt.Appendf(out, "%d\n", s.line)
			r.packet(k, s.toServer, s.data, 0)
		}
	}
	testenv.Golden(t, "testdata/dns_lessons.golden", out)
}

// TestRelayHasNoName: a relay is not called what a hello asks for that it passes on.
func TestRelayHasNoName(t *testing.T) {
	r := replay{d: New(Options{Learn: func(l Lesson) { t.Errorf("%s is called %s", l.Address, l.Name) }})}
	f := readConversations(t, "testdata/stun.txt")
	sni := false
	for i := range f.talks {
		k := &f.talks[i]
		r.begin(k)
		for _, s := range k.said {
			r.packet(k, s.toServer, s.data, 0)
			_, _, found := r.d.Said().Value(FieldTLSSNI, 0)
			sni = sni || found
		}
	}
	if !sni {
		t.Error("no hello was passed on")
	}
}
