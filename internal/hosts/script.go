package hosts

import (
	"fmt"
	"net/netip"
	"strings"
)

// mark begins lines of the protocol on a host's standard error, and the line on its
// standard output behind which packets come.
const mark = "\x1etapdump "

// Version is that of the protocol. A host's tapdump is taken if it has the same.
const Version = "leash 1"

// The first line that the shell gets, alone: what it reads ahead of a script could not
// be read by others. All that follows has its length in front. Until a capture begins, a
// guard ends a shell that nobody speaks to any more, after ten minutes: a copy may take
// long. It waits in steps of a second, of which none is left behind for longer.
const firstLine = `( trap 'exit 0' USR1; n=0; while [ "$n" -lt 600 ] && kill -0 $$; do sleep 1 || exit; n=$((n+1)); done; kill -9 $$ ) >/dev/null 2>&1 </dev/null & g=$!; ` +
	`printf '\036tapdump hello\n' >&2; ` + next + "; " + unguarded + "; exit\n"

// unguarded ends the guard.
const unguarded = `kill -USR1 "$g"`

// next has the shell run another piece.
const next = `IFS= read -r n && s=$(dd bs=1 count="$n" 2>/dev/null) && eval "$s"`

// asking finds out what there is. Without a login there are often no folders of
// administrators among those of commands.
const asking = `PATH=$PATH:/usr/local/bin:/usr/local/sbin:/usr/sbin:/sbin
t() { printf '\036tapdump %s\n' "$*" >&2; }
fits() { [ "$(` + leashVariable + `=` + leashAsk + ` "$1" --version 2>/dev/null </dev/null)" = '` + Version + `' ]; }
t connection ${SSH_CONNECTION-}
t system $(uname -sm)
fits tapdump && t has tapdump
command -v tcpdump >/dev/null && t has tcpdump
t asked
` + next

// quote is a word as a POSIX shell reads it (POSIX.1-2024, XCU 2.2.2), whatever is in
// it but NUL, which no argument can have.
func quote(word string) string {
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// quoteAll are words, with blanks before them.
func quoteAll(words []string) string {
	var b strings.Builder
	for _, w := range words {
		b.WriteString(" " + quote(w))
	}
	return b.String()
}

// copying takes so many bytes of a program, into a folder that only its user can read.
// The name is one that nobody else has. Some file systems let no program run: so a
// small one is tried first.
func copying(size int64, name string) string {
	return fmt.Sprintf(`umask 077
d=
trap '[ -z "$d" ] || rm -rf "$d"' EXIT
trap 'exit 1' HUP INT TERM
for f in "${TMPDIR:-/tmp}" /tmp /var/tmp /dev/shm "${HOME:-/}"; do
d=$f/%[2]s
mkdir "$d" || { d=; continue; }
printf '#!/bin/sh\n' >"$d/tapdump" && chmod 700 "$d/tapdump" && "$d/tapdump" && break
rm -rf "$d"
d=
done 2>/dev/null
if [ -z "$d" ]; then
t failed
%[3]s
exit
fi
t room
head -c %[1]d >"$d/tapdump"
if [ "$(wc -c <"$d/tapdump")" -eq %[1]d ] && chmod 700 "$d/tapdump" && fits "$d/tapdump"; then
t copied
%[3]s
else
rm -rf "$d"
t failed
%[3]s
fi`, size, name, next)
}

// running is tapdump in the place of the shell. A copy removes itself when it has
// begun.
func running(args []string, copied bool) string {
	script, program := "", "tapdump"
	if copied {
		script, program = "export "+folderVariable+"=\"$d\"\n", `"$d/tapdump"`
	}
	return script + unguarded + "\nexport " + leashVariable + "=" + leashHold + "\n" +
		`printf '\036tapdump capture\n'` + "\nexec " + program + quoteAll(args)
}

// runningTcpdump is tcpdump, beside a shell that answers what time it is, and that ends
// it when its standard input ends, or says nothing for a minute. Signals may be ignored
// there from the start, which no shell can change; so that what waits is killed, and
// waits in steps of a second, of which none is left behind for longer.
func runningTcpdump(args []string) string {
	return unguarded + `
printf '\036tapdump capture\n'
tcpdump` + quoteAll(args) + ` </dev/null &
p=$!
exec >/dev/null
( n=0; trap n=0 USR1
while [ "$n" -lt ` + fmt.Sprint(int(patience.Seconds())) + ` ]; do sleep 1 || exit; n=$((n+1)); done
kill "$p"; sleep 1; kill -9 "$p" $$ ) >/dev/null 2>&1 </dev/null &
w=$!
while IFS= read -r i; do
t clock "$i" "$(date +%s.%N)"
kill -USR1 "$w" 2>/dev/null
kill -0 "$p" 2>/dev/null || break
done
exec 2>/dev/null
kill -9 "$w"; kill "$p"
( sleep 1; sleep 1; kill -9 "$p" ) & k=$!
wait "$p"; kill -9 "$k"
exit`
}

// withoutConnections is the expression for all but the connections of ssh by which
// hosts are reached, each between two addresses and ports. It comes first: what vlan
// and its like do to terms behind them does not concern it there.
func withoutConnections(user string, all []*host) string {
	var without []string
	for _, h := range all {
		if c, ok := parseConnection(h.connection); ok {
			without = append(without, c)
		}
	}
	switch {
	case without == nil:
		return user
	case strings.TrimSpace(user) == "":
		return strings.Join(without, " and ")
	}
	return strings.Join(without, " and ") + " and (" + user + "\n)"
}

// parseConnection is the expression for all but what SSH_CONNECTION is about: address
// and port of the client, then those of the server (ssh(1)).
func parseConnection(words []string) (expression string, ok bool) {
	if len(words) != 4 {
		return "", false
	}
	client, err := netip.ParseAddr(words[0])
	server, err2 := netip.ParseAddr(words[2])
	var ports [2]uint16
	_, err3 := fmt.Sscan(words[1]+" "+words[3], &ports[0], &ports[1])
	if err != nil || err2 != nil || err3 != nil {
		return "", false
	}
	client, server = client.Unmap().WithZone(""), server.Unmap().WithZone("")
	return fmt.Sprintf("not (tcp and host %s and host %s and port %d and port %d)", client, server, ports[0], ports[1]), true
}

// maxArgument bounds a part of the expression, in bytes: Linux takes 128 KiB as one
// argument.
const maxArgument = 64 << 10

// operands splits an expression at blanks, where the other side joins it again.
func operands(expression string) (all []string) {
	for len(expression) > maxArgument {
		at := strings.LastIndexByte(expression[:maxArgument], ' ')
		if at < 0 {
			break
		}
		all = append(all, expression[:at])
		expression = expression[at+1:]
	}
	if expression == "" && all == nil {
		return nil
	}
	return append(all, expression)
}
