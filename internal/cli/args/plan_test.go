package args

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/internal/testenv"
)

// planLines are command lines of both programs; | stands for a blank in a word.
const planLines = `
tapdump
tapdump -i lo -i eth0 -p -I -Q in -B 2048 -s 96 -y RAW -j host --immediate-mode -c 7 --workers 3 --duration 1m30s tcp port 80
tapdump -i lo --follow-interfaces -f -O -F file --hints
tapdump -i lo --follow-interfaces -d
tapdump -D -v -tttttt
tapdump -D -t
tapdump -J --follow-interfaces
tapdump -i lo -L -y RAW --follow-interfaces
tapdump -i lo -J -L
tapdump -d tcp
tapdump -L -dd tcp
tapdump -i lo -ddd
tapdump -r x -dddd
tapdump -r x -ddddd
tapdump -d --explain ip
tapdump -r x -J -L
tapdump -r x -AbegHKnNqSuv#l -t -T vxlan -M secret -E secret
tapdump -r x -xXX
tapdump -r x -xx --nano --interface-names --jobs 4
tapdump -r x -XX --micro --interface-names=no --count
tapdump -r x --count --print
tapdump -r x -r y --merge --decompress-memory 1g
tapdump -V x
tapdump -V x -V y --merge
tapdump -i lo -w -
tapdump -i lo -w - --print
tapdump -i lo -w x -v
tapdump -i lo -w x -v --print
tapdump -i lo -w x -U
tapdump -i lo -w x -W 3
tapdump -i lo -w x -C 1 -W 3 -z gzip
tapdump -i lo -w x -G 60 -W 3
tapdump -r x -w y.pcapng.gz --comment text
tapdump -r x -w y --format pcapng
tapdump -r x -w y.pcapng --format pcap
tapdump -r x -w y -c 3
tapdump -r x -w y ip
tapdump -r x -w y -F file
tapdump -r x -w y --timeout 3
tapdump -r x -w y --duration 3
tapdump -r x -w y --port 3
tapdump -V x -w y
tapdump -r x -r y --merge -w z
tapdump -i lo -w x --rotate-size 1k --keep-files 3 -z gzip
tapdump -i lo -w x --rotate-time 1h --align --keep-bytes 2m
tapdump -i lo -w x --rotate-count 5 --max-bytes 3g
tapdump -i lo -w x --max-bytes 100
tapdump -i lo -w x -Z nobody --no-sandbox
tapdump -r x --find word
tapdump -r x --find 6869 --find-mode hex --find-stream --color always
tapdump -r x --port 80,443 --web-port --general-port --exclude-ssh --condition ttl<9
tapdump -r x --protocol ICMP --ip 10.0.0.1,2001:db8::/32 --tracking
tapdump -r x --tracking
tapdump -r x --output 3 --output-raw
tapdump -r x --output NONE
tapdump -r x --stat-mode 0
tapdump -r x --stat-mode 1 --print
tapdump -r x --stat-mode 2 --stat-group 2
tapdump -r x --stats json
tapdump -r x --stats top --print
tapdump -r x --dumpfile 2
tapdump -r x --find= --port= --ip= --condition=
tapdump -i lo --tcp-analysis
tapdump -r x --app
tapdump -r x --app=dns,HTTP -n --names capture
tapdump -r x --names capture,late
tapdump -r x --names capture,dns --stats json
tapdump -r x --tls-keys keys --find word
tapdump -r x --report x.html
tapdump -r x --report - -n
tapdump -i lo -w x --report x.html --print
tapdump -r x --json --table flows --flow-idle 90 --flow-interval 1h
tapdump -i lo --trigger signal -w x.pcapng --keep-files 3 -z gzip --comment mine
tapdump -i lo --trigger signal --before 1m --after 2 --ring-dir r --incidents 4 --cooldown 1h -w x.pcap --print
tapdump -r x --trigger tcp --ring 2g --ring-dir r -w %S.pcapng.gz
tapdump -i lo --trigger rain -w x
tapdump -r x --trigger condition:tcp=retransmission --trigger udp -w x
tapdump -r x --trigger condition:sni=a --trigger find:b --find-stream --find-mode MATCH -w x
tapdump -i lo --trigger drops --capture-engine go-pcap -w x
tapdump -i lo --before 30
tapdump -i lo --ring-dir r -w x
tapdump -i lo --trigger signal
tapdump -i lo --trigger signal -w -
tapdump -i lo --trigger signal -w x.parquet
tapdump -i lo --trigger signal -w x -C 1
tapdump -i lo --trigger signal -w x --rotate-time 1h
tapdump -i lo --trigger signal -w x --max-bytes 1g
tapdump -i lo --trigger signal -w x --ring 1000k
tapdump -i lo --trigger signal -w x --ring-dir=
tapdump -i lo --trigger signal -w x --before 0
tapdump -r x --fields uid,conn_state --table flows -w x.parquet
tapdump -r x --json --flow-interval 9
tapdump -r x --condition tcp=retransmission,zero-window;|rtt>100ms
tapdump -r x --condition ttl<9;|sni=*.example.com;|http.status>=500
tapdump -r x --json
tapdump -i lo --json=y --columns basic,tls,text --payload
tapdump -r x --fields timestamp,ip.src,tls_sni --header
tapdump -r x --csv --columns arp,number --to y --json=z -w u
tapdump -r x --fields ip.src --csv --to /dev/fd/3 --payload --stats json
tapdump -r x --fields community_id,tcp_analysis --print --to y
ipscap -r x --force --json
tapdump -r x --from 14:30 --to 2026-11-29T15:00:00.5Z
tapdump -V x --from=-5m
tapdump -r x --to +90 --fields number --to y -w z.pcapng
tapdump -r x --csv --to 2026-11-29 --to ./2026-11-29
tapdump -r x --csv --to 25:00
tapdump -r x --to 25:00
tapdump -r x --from yesterday
tapdump -i lo --from 14:30
tapdump --csv --to 14:30
tapdump --json --fields number
tapdump --json --csv
tapdump --json -w -
tapdump --json --print
tapdump --fields number --count
tapdump --csv --output TEXT
tapdump --json --stats json
tapdump --json= -r x
tapdump --json=x --fields number --to x
tapdump --to x
tapdump --header
tapdump --columns tcp
tapdump --payload
tapdump --columns tcp --fields number
tapdump --columns tcp,wrong --json
tapdump --fields ip.source
tapdump --fields number,sni
tapdump --fields ,
tapdump --host web1,admin@web2,ssh://db1:2222 -i eth0 -s 96 -p -Q in -B 2048 --immediate-mode tcp
tapdump --host web1 --host a@web1 --via web=docker|exec|-i|web -i a -i b --no-clock-correction --nano
tapdump --via docker|exec|-i|web --via x=kubectl|exec|-i|x|-- --follow-interfaces --workers 2 -w x
tapdump --host web1 -i eth0 -d tcp
tapdump --host web1,web1
tapdump --host web1,,web2
tapdump --host=-oProxyCommand=x
tapdump --host a|b
tapdump --via web=
tapdump --via a=x --via a=y
tapdump --host web1 -r x
tapdump --host web1 -L
tapdump --host web1 -D
tapdump --host root@
tapdump --host=root@-oProxyCommand=x
tapdump --host ssh://
tapdump --via x -J
tapdump --via x -f
tapdump --via x --capture-engine ring
tapdump --no-clock-correction
ipscap --force
ipscap -i lo --port 53
ipscap -i lo --port 53 -w x
ipscap -i lo --port 53 -w -
ipscap -i lo --port 53 --stats json
ipscap -i lo --port 53 --stats csv
ipscap -i lo --port 53 --stats text
ipscap -r x tcp
ipscap -r x --force --print --output LINE
ipscap -r x --force --count
ipscap -r x --force --stat_mode 0
ipscap -r x --force --output_raw
ipscap -r x -F file
ipscap -L
ipscap -J
ipscap -d ip
ipscap -r x --protocol all --color never --debug --timeout 1.5
ipscap
ipscap -r x
ipscap -r x ||
tapdump --jobs 256 -r x
tapdump --jobs 257
tapdump --jobs 0
tapdump --jobs 1x
tapdump --jobs 1 --workers 64
tapdump --workers 65
tapdump --workers 0
tapdump --workers 1x
tapdump -i eth0 --capture-engine ring
tapdump -i eth0 --capture-engine=bpf
tapdump -i eth0 --capture-engine go-pcap -B 2048 -p -s 96 -y EN10MB -Q inout -j host --workers 1
tapdump -i eth0 --capture-engine pfring
tapdump -i eth0 --capture-engine go-pcap -i eth1
tapdump -i any --capture-engine go-pcap
tapdump -i eth0 --capture-engine go-pcap -Q in
tapdump -i eth0 --capture-engine go-pcap -j adapter
tapdump -i eth0 --capture-engine go-pcap --immediate-mode
tapdump -i eth0 --capture-engine go-pcap -I
tapdump -i eth0 --capture-engine go-pcap --workers 2
tapdump -i eth0 --capture-engine go-pcap --follow-interfaces
tapdump -i lo -w x --rotate-size 9007199254740991k
tapdump --rotate-size 9007199254740992k
tapdump -i lo -w x --rotate-size 8589934591G
tapdump --rotate-size 8589934592g
tapdump --keep-bytes 1q
tapdump --max-bytes 0
tapdump --rotate-count 0
tapdump -i lo -w x --rotate-count 9223372036854775807
tapdump --rotate-count 9223372036854775808
tapdump --keep-files 2x
tapdump --duration 0
tapdump --duration 1h30m
tapdump --duration x
tapdump --format x
tapdump --interface-names=maybe
tapdump -C 8589934591g -w x
tapdump -C 8589934592g -w x
tapdump -C 9007199254740991k -w x
tapdump -C 9223372036854m -w x
tapdump -s 0x40000 -B 2097151
tapdump -s 010
tapdump -s 0xfF
tapdump -s 0x1g
tapdump -s 0xg
tapdump -s 08
tapdump --number tcp
tapdump --number --jobs=3 tcp --workers=2 --interface-names port 80
tapdump -c3 -nc 4 tcp
tapdump -Q inout
tapdump -Q OUT
tapdump -T rtp
tapdump -G 0 -w x
tapdump -r x --output binary_all
tapdump -r x --output 7
tapdump -r x --output 8
tapdump -r x --output -1
tapdump -r x --find a --find-mode 4
tapdump -r x --find a --find-mode binary
tapdump -r x --find a --find-mode 5
tapdump -r x --find ( --find-mode 1
tapdump -r x --stat-mode 3
tapdump -r x --stat-mode -1
tapdump -r x --stat-group 1 --dumpfile 1
tapdump -r x --verbose 3 --log y
tapdump -r x --verbose 4
tapdump -r x --port 65535;0,1|2
tapdump -r x --port 65536
tapdump -r x --port ,
tapdump -r x --protocol tcp|udp;icmp
tapdump -r x --protocol sctp
tapdump -r x --ip 10.0.0.0/33
tapdump -r x --ip fe80::1%lo
tapdump -r x --timeout 1e-12
tapdump -r x --timeout 0
tapdump -r x --timeout 1e10
tapdump -r x --timeout nan
tapdump -r x --color ALWAYS --stats CSV
tapdump -r x --color often
tapdump -r x --color dark
tapdump -r x --color always,LIGHT,flows --find x
tapdump -r x --color never,mono --jobs 2
tapdump -r x --color flows
tapdump -r x --color dark,always
tapdump -r x --color basic,
ipscap -r x --color dark --force
tapdump -r x --stats xml
tapdump --rot
tapdump --keep
tapdump --fin a
tapdump --out 1
ipscap --out 1 --force
ipscap --de
ipscap --sta
ipscap --fin
ipscap -Y
ipscap --=x
tapdump -A -x
tapdump -AX
tapdump -C 1
tapdump -G 1
tapdump -z x
tapdump -z x -w y
tapdump -z x -w y -C 1
tapdump -z x -w y -G 1
tapdump --rotate-size 1
tapdump --format pcap
tapdump --comment x
tapdump --align -w x --rotate-size 1
tapdump --keep-files 1 -w x
tapdump --keep-bytes 1 -w x --max-bytes 3
tapdump --keep-bytes 1 -w x --rotate-count 3
tapdump --comment x -w y.pcap
tapdump -tttttt
tapdump -ttttt
tapdump -f -r x
tapdump -V x -r x
tapdump --merge
tapdump -r x -r y
tapdump -V x -V y
tapdump --output-raw
tapdump --find-stream
tapdump --find= --find-stream
tapdump --stats top --stat-mode 0
tapdump --stats top --stat-mode 1 -r x
tapdump -w - --output TEXT
tapdump --report=
tapdump -r x --report - --print
tapdump -i lo -w - --report -
tapdump -w - --output NONE
tapdump -w - --stats top
tapdump -w - --stat-mode 1
tapdump -w - --stat-mode 0
tapdump --timeout 1 --duration 1
tapdump -r x --skip 3 -c 5 --lengths -#
tapdump -r x --skip 0x10
tapdump -r x --print-sampling 4 -w y
tapdump -r x --skip -1
tapdump -r x --skip 2147483647 -c 1
tapdump -r x --print-sampling 0
tapdump -r x --print-sampling 3x
tapdump -r x --print-sampling 3 --json
tapdump -r x --pri --sk 3
tapdump -r x --pri --like 5.0
tapdump --count --like 4.99
tapdump -c 10x
tapdump -c 10x --like 5.0
tapdump --like 5.0 -c 10x --like 4.99.6
tapdump -P -w --like=5.0 --lik 4.99 -h
tapdump -r x -w --like 5.0
tapdump --like 6
tapdump --like 5.0 --like 6
tapdump --like 5.0 -y I2C_LINUX
tapdump -y I2C_LINUX
tapdump --like 5.0 -mx
tapdump --host web1 --like 5.0 -y CHAOS
tapdump --list-remote-interfaces x
tapdump --like 5.0 --list-remote-interfaces x
ipscap --force --like 5.0 -c 1x
`

// TestPlans: what command lines ask for, as testdata/plans.txt has it, where each
// has the fields of its plan that are not zero.
func TestPlans(t *testing.T) {
	const file = "testdata/plans.txt"
	var b strings.Builder
	for line := range strings.Lines(strings.TrimPrefix(planLines, "\n")) {
		line = strings.TrimSuffix(line, "\n")
		words := strings.Fields(line)
		for i := range words {
			words[i] = strings.ReplaceAll(words[i], "|", " ")
		}
		fmt.Fprintf(&b, "%s\n", line)
		host := testHost(t)
		host.Diagnose = func(level int, log *string) error {
			if level > 0 || log != nil {
				fmt.Fprintf(&b, "\tdiagnostics %d %q\n", level, textOf(log))
			}
			return nil
		}
		plan, err := parseLine(words, host)
		if err != nil {
			fmt.Fprintf(&b, "\t%s\n", err)
			continue
		}
		plan.Program, plan.Given = Program{}, nil
		describe(&b, "", reflect.ValueOf(*plan))
	}
	testenv.Golden(t, file, []byte(b.String()))
}

// parseLine parses a command line with the program's name.
func parseLine(words []string, host Host) (*Plan, error) {
	program := Program{Name: words[0], IPScap: words[0] == "ipscap"}
	var err error
	if program.Like, err = Follow(program, words[1:], host); err != nil {
		return nil, err
	}
	return Parse(program, words[1:], host)
}

// describe writes the fields that are not zero.
func describe(b *strings.Builder, name string, v reflect.Value) {
	if v.IsZero() {
		return
	}
	switch {
	case v.Kind() == reflect.Pointer && v.Elem().Kind() != reflect.Struct:
		fmt.Fprintf(b, "\t%s: %v\n", name, v.Elem())
	case v.Kind() == reflect.Pointer && strings.HasSuffix(v.Type().PkgPath()+v.Type().Elem().PkgPath(), "/args"):
		fmt.Fprintf(b, "\t%s:\n", name)
		describe(b, name, v.Elem())
	case v.Kind() == reflect.Pointer:
		fmt.Fprintf(b, "\t%s: given\n", name)
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				describe(b, strings.TrimPrefix(name+"."+f.Name, "."), v.Field(i))
			}
		}
	default:
		fmt.Fprintf(b, "\t%s: %v\n", name, v)
	}
}
