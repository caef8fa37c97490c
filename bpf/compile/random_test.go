package compile

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/bpf/internal/steer"
	"github.com/tapdump/tapdump/bpf/internal/syntax"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/testenv"
)

var (
	randomCount = flag.Int("random", 300, "how many random expressions TestReferenceRandom compares with the reference's programs")
	randomSeed  = flag.Uint64("random-seed", 1, "where its random numbers begin")
	randomTries = flag.Int("random-tries", 1000, "how many packets it tries to find one on which two programs answer otherwise")
	randomLinks = flag.String("random-links", "", "link types by name, with commas between them; all if there is none")
)

// anyNetwork is the network that tcpdump compiles for where it has no device.
var anyNetwork = netip.PrefixFrom(netip.IPv4Unspecified(), 0)

// randomExpression is an expression of all that the language has.
func randomExpression(rnd *rand.Rand) string {
	term := func() string {
		switch rnd.IntN(5) {
		case 0:
			return perLinkType[rnd.IntN(len(perLinkType))]
		case 1:
			w := syntax.Words[rnd.IntN(len(syntax.Words))]
			return w.Sample
		case 2:
			return steer.Comparison(rnd)
		}
		return steer.Expression(rnd, rnd.IntN(2))
	}
	switch rnd.IntN(10) {
	case 0:
		return steer.Tests(rnd)
	case 1:
		return steer.Tails(rnd)
	case 2:
		return steer.Expression(rnd, 3)
	}
	text := term()
	for n := rnd.IntN(5); n > 0; n-- {
		other := term()
		if rnd.IntN(3) == 0 {
			other = "not (" + other + ")"
		}
		if rnd.IntN(3) == 0 {
			text = "(" + text + ")"
		}
		text += [...]string{" and ", " or "}[rnd.IntN(2)] + other
	}
	return text
}

// reference is what the reference makes of an expression: a program or a message.
func reference(t *testing.T, tcpdump, link, expr string, options ...string) (prog []bpf.Instruction, message string) {
	ctx, cancel := context.WithTimeout(t.Context(), testenv.Patience)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, tcpdump, append(options, "-y", link, "-ddd", "--", expr)...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit.Exited() {
		first, _, _ := strings.Cut(stderr.String(), "\n")
		_, message, _ = strings.Cut(first, ": ")
		return nil, message
	} else if err != nil {
		t.Errorf("tcpdump -y %s -ddd %q: %v", link, expr, err)
		return nil, "?"
	}
	var n int
	fmt.Fscan(&stdout, &n)
	prog = make([]bpf.Instruction, n)
	for i := range prog {
		fmt.Fscan(&stdout, &prog[i].Op, &prog[i].Jt, &prog[i].Jf, &prog[i].K)
	}
	return prog, ""
}

// TestReferenceRandom compares random expressions on random link types with what
// libpcap makes of them: whether it takes them, which packets they select, and
// that no program of ours is longer.
func TestReferenceRandom(t *testing.T) {
	tcpdump := testenv.NeedsReference(t)
	var links []capture.LinkType
	for name := range strings.SplitSeq(*randomLinks, ",") {
		if l, ok := capture.LinkTypeByName(name); ok {
			links = append(links, l)
		}
	}
	if *randomLinks == "" {
		for _, l := range everyLinkType() {
			if l.Name() != "" {
				links = append(links, l)
			}
		}
	}
	var mu sync.Mutex
	total := make(map[string]int)
	var wg sync.WaitGroup
	next := make(chan uint64)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for seed := range next {
				rnd := rand.New(rand.NewPCG(*randomSeed, seed))
				l, expr := links[rnd.IntN(len(links))], randomExpression(rnd)
				outcome, problem := compareRandom(t, tcpdump, l, expr, rnd)
				mu.Lock()
				total[outcome]++
				if problem {
					t.Errorf("%s: %q: %s", l.Name(), expr, outcome)
				}
				mu.Unlock()
			}
		})
	}
	began := time.Now()
	for i := range *randomCount {
		next <- uint64(i)
	}
	close(next)
	wg.Wait()
	t.Logf("%d expressions in %v", *randomCount, time.Since(began).Round(time.Second))
	for _, outcome := range slices.Sorted(maps.Keys(total)) {
		t.Logf("%7d %s", total[outcome], outcome)
	}
}

// compareRandom returns what came of comparing an expression, and whether that
// is a problem.
func compareRandom(t *testing.T, tcpdump string, l capture.LinkType, expr string, rnd *rand.Rand) (outcome string, problem bool) {
	want, message := reference(t, tcpdump, l.Name(), expr)
	p, err := Compile(expr, l, ModeDead, Options{Network: anyNetwork, Names: &testNames})
	switch {
	case message != "" && err == nil && p.expr.Newer:
		return "taken by newer versions of libpcap", false
	case message != "" && err == nil:
		return "libpcap refuses it: " + message, true
	case message == "" && err != nil:
		return "refused: " + err.Error(), true
	case message != "":
		return "refused by both", false
	case mended(want):
		return "libpcap's program is none for Linux", false
	}
	by := len(p.Instructions) - len(want)
	other := differs(want, p.Instructions, rnd)
	if by <= 0 && !other {
		return "same packets, not longer", false
	}
	plain, _ := reference(t, tcpdump, l.Name(), expr, "-O")
	if other && !differs(plain, p.Instructions, rnd) {
		return "libpcap's optimizer changes what it selects", false
	}
	if fault := faultOf(plain, p.Instructions, rnd); fault != "" {
		return fault, false
	}
	if other {
		return "another packet is selected", true
	}
	return fmt.Sprintf("longer by %d", by), true
}

// faultOf is what is wrong with libpcap's program, without its optimizer, if ours
// does what it should do but for that.
func faultOf(plain, ours []bpf.Instruction, rnd *rand.Rand) string {
	var faults []string
	mend := func(fault string, fix func([]bpf.Instruction) ([]bpf.Instruction, bool)) {
		if fixed, some := fix(plain); some {
			plain, faults = fixed, append(faults, fault)
		}
	}
	mend("reserved bits are compared with types of IS-IS", isisTypes)
	mend("ancillary data elsewhere", outsideAncillary)
	for _, keepFirst := range []bool{true, false} {
		if fixed, clash := apart(plain, keepFirst); clash && !differs(fixed, ours, rnd) {
			return strings.Join(append(faults, "arithmetic in the scratch word of a header's offset"), ", ")
		}
	}
	if len(faults) == 0 || differs(plain, ours, rnd) {
		return ""
	}
	return strings.Join(faults, ", ")
}

// differs reports whether a packet is found on which the programs answer
// otherwise.
func differs(one, other []bpf.Instruction, rnd *rand.Rand) bool {
	return steer.Difference(one, other, rnd, *randomTries) != nil
}
