package report

import (
	"net/netip"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// either is an expression that holds where one of all does.
func either(all ...string) string {
	if len(all) == 1 {
		return all[0]
	}
	var b strings.Builder
	for i, e := range all {
		if i > 0 {
			b.WriteString(" or ")
		}
		b.WriteString("(" + e + ")")
	}
	return b.String()
}

// part is an expression for packets behind some stacks.
type part struct {
	e     string
	stack stacks
}

// behind is an expression that holds where one of all does, each for packets whose IP
// header is behind its stacks. What stands behind the word vlan is meant of what is
// behind the tag, so that it comes last. "" is an expression that cannot be.
func behind(all ...part) string {
	e := ""
	for _, s := range [...]stacks{tagged2, tagged, plain} {
		var here []string
		for _, p := range all {
			if p.stack&s != 0 {
				here = append(here, p.e)
			}
		}
		if e != "" {
			here = append(here, "vlan and ("+e+")")
		}
		e = ""
		if here != nil {
			e = either(here...)
		}
	}
	return e
}

// of is the expression of a kind, for packets over the versions of IP that were seen.
func (row *kindRow) of(x *found) string {
	var all []string
	for version, e := range [...]string{row.over4, row.over6} {
		if x.over[version] && e != "" {
			all = append(all, e)
		}
	}
	if all == nil {
		return ""
	}
	return behind(part{either(all...), x.stack})
}

// ends is an expression for what one end sends to another over a protocol.
func ends(protocol string, src, dst netip.Addr, srcPort, dstPort uint16) string {
	return protocol + " and src host " + src.String() + " and src port " + strconv.Itoa(int(srcPort)) +
		" and dst host " + dst.String() + " and dst port " + strconv.Itoa(int(dstPort))
}

// flagged adds to an expression of TCP which flags a segment has to have.
func flagged(e string, src netip.Addr, over4, over6 string) string {
	if src.Is4() {
		return e + " and " + over4
	}
	return e + " and " + over6
}

// within is an expression for packets that have to pass another one, too. Our own with
// the word vlan comes last: what stands behind that is meant of what is behind the tag.
func within(first, e string) string {
	switch {
	case first == "":
		return e
	case e == "":
		return first
	}
	if strings.Contains(e, "vlan") {
		e, first = first, e
	}
	return "(" + e + ") and (" + first + ")"
}

// oneLine is an expression on one line, with a blank between its words.
func oneLine(e string) string { return strings.Join(strings.Fields(e), " ") }

// shifts reports whether an expression may have one of the words behind which all is
// meant of what is behind a tag: another cannot be joined to it.
func shifts(e string) bool {
	for _, word := range [...]string{"vlan", "mpls", "pppoes", "geneve"} {
		if strings.Contains(e, word) {
			return true
		}
	}
	return false
}

// selecting is a command that shows packets of a file that pass an expression, and of
// all packets the one that the report's have passed.
func selecting(a *About, condition, e string) string {
	var rest []string
	if condition != "" {
		rest = append(rest, "--condition", condition)
	}
	first := oneLine(a.Within)
	if !shifts(first) {
		return command(a.File, append(rest, within(first, e))...)
	}
	return command(a.File, "-w", "-", first) + " | " + words("tapdump -r -", append(rest, e))
}

// command is a line that shows packets of a file. A name that a shell would not take
// as it stands is put into quotes; one that cannot be shown is left out.
func command(file string, rest ...string) string {
	if file == "" || file == "-" || !utf8.ValidString(file) || strings.ContainsFunc(file, func(r rune) bool { return !unicode.IsGraphic(r) }) {
		file = "FILE"
	}
	if strings.HasPrefix(file, "-") {
		file = "./" + file
	}
	return words("tapdump -r "+Quoted(file), rest)
}

// words are a line with more words behind it.
func words(line string, more []string) string {
	for _, s := range more {
		line += " " + Quoted(s)
	}
	return line
}

// Quoted is a word as a shell takes it.
func Quoted(s string) string {
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-_./:=+@,", r)
	}) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
