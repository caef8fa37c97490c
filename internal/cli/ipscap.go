package cli

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tapdump/tapdump/internal/text"
)

// announceIPScap prints ipscap's banner: how to stop it, and its filters.
func (r *liveRun) announceIPScap() error {
	b := append(r.out.buf, "Start capture packets...\n\n"...)
	if r.plan.Running.Duration > 0 {
		b = append(b, "This capture stops by itself after "...)
		b = strconv.AppendFloat(b, r.plan.Running.Duration.Seconds(), 'f', -1, 64)
		b = append(b, " seconds.\n"...)
	} else {
		b = append(b, "Press `Ctrl + C` to stop.\n"...)
	}
	if given := r.givenFilters(); len(given) > 0 {
		b = append(b, "\n[FILTERS]\n"...)
		for _, f := range given {
			b = fmt.Appendf(b, "%-14s%s\n", f[0]+":", f[1])
		}
	}
	r.out.buf = append(b, '\n')
	return r.out.flush()
}

// givenFilters are the names and texts of the filters of the command line.
func (r *liveRun) givenFilters() [][2]string {
	var all [][2]string
	for _, name := range [...]string{
		"find", "find-mode", "find-stream", "port", "protocol", "ip", "condition", "tracking", "exclude-ssh", "web-port", "general-port",
	} {
		if text, given := r.plan.Given[name]; given && text != "" && (name == "find" || strings.TrimSpace(text) != "") {
			all = append(all, [2]string{strings.ReplaceAll(name, "-", "_"), asTyped(text)})
		}
	}
	text, err := r.compiler.expression()
	if err != nil {
		return all // it would not have been compiled
	}
	if text = strings.TrimSpace(text); text != "" {
		all = append(all, [2]string{"expression", asTyped(text)})
	}
	return all
}

// asTyped is text of the command line for people, quoted where it would not
// show as it stands.
func asTyped(s string) string {
	if q := text.Quote(s); q != `"`+s+`"` {
		return q
	}
	return s
}
