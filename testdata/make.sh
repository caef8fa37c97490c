#!/usr/bin/env bash
# make.sh: makes the files of captures/ anew. Needs root, iproute2, python3 and
# Go. The real traffic passes between two network namespaces of its own; its
# times, ports and sequence numbers are others each time, so the goldens have to
# be made anew too:
#
#	go test ./internal/cli -run TestGolden -update
set -euo pipefail
cd "$(dirname "$0")/.."
out=testdata/captures
CGO_ENABLED=0 go build -o tapdump ./cmd/tapdump

go run ./internal/traffic/gen -packets 400 -seed 7 $out/mixed.pcap

work=$(mktemp -d)
client=tapdump-client-$$ server=tapdump-server-$$
pids=()
cleanup() {
	kill "${pids[@]}" 2> /dev/null || true
	wait
	ip netns del $client
	ip netns del $server
	rm -r "$work"
}
ip netns add $client
ip netns add $server
trap cleanup EXIT
ip -n $client link add lan0 address 02:00:00:00:00:01 type veth peer name lan0 netns $server address 02:00:00:00:00:02
ip -n $client addr add 192.0.2.1/24 dev lan0
ip -n $server addr add 192.0.2.2/24 dev lan0
ip -n $client addr add 2001:db8::1/64 dev lan0 nodad
ip -n $server addr add 2001:db8::2/64 dev lan0 nodad
ip -n $server link set lo up
ip -n $client link set lan0 up

# A web server, and a DNS server that has one answer.
ip netns exec $server python3 -m http.server -b :: -d testdata/packets 8000 > /dev/null 2>&1 &
pids+=($!)
ip netns exec $server python3 - <<'PY' &
import socket
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.bind(("::", 53))
while True:
    q, peer = s.recvfrom(512)
    end = q.index(0, 12) + 5
    a = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + bytes([192, 0, 2, 2])
    s.sendto(q[:2] + b"\x85\x80\0\1\0\1\0\0\0\0" + q[12:end] + a, peer)
PY
pids+=($!)

# One capture on the interface; two on all interfaces, of the loopback alone,
# since its number is the same on the machines that read them.
captures=()
start() {
	ip netns exec "$@" &
	captures+=($!) pids+=($!)
}
start $client ./tapdump -i lan0 -U -w $out/lan.pcap
local='src net 127.0.0.0/8 or src host ::1'
start $server ./tapdump -i any -U -w $out/lo-any.pcap $local
start $server ./tapdump -i any -y LINUX_SLL -U -w $out/lo-sll.pcap $local
sleep 1
ip -n $server link set lan0 up
sleep 2

cat > $work/visit.py <<'PY'
import socket, sys, time

def ask(server, name):
    s = socket.socket(socket.AF_INET6 if ":" in server else socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(2)
    q = b"\x12\x34\1\0\0\1\0\0\0\0\0\0" + b"".join(bytes([len(l)]) + l.encode() for l in name.split(".")) + b"\0\0\1\0\1"
    s.sendto(q, (server, 53))
    s.recv(512)

def fetch(server):
    s = socket.create_connection((server, 8000), 2)
    s.sendall(b"GET /rip.txt HTTP/1.0\r\nHost: www.example.com\r\n\r\n")
    while s.recv(65536):
        pass
    s.close()

def refused(kind, server, port):
    s = socket.socket(socket.AF_INET6 if ":" in server else socket.AF_INET, kind)
    s.settimeout(1)
    try:
        s.connect((server, port))
        s.send(b"anybody there?")
        s.recv(10)
    except OSError:
        pass

for server in sys.argv[1:]:
    ask(server, "www.example.com")
    fetch(server)
    refused(socket.SOCK_STREAM, server, 81)
    refused(socket.SOCK_DGRAM, server, 33333)
time.sleep(1)
PY
ip netns exec $client python3 $work/visit.py 192.0.2.2 2001:db8::2
ip netns exec $server python3 $work/visit.py 127.0.0.1 ::1
kill -INT "${captures[@]}"
wait "${captures[@]}" || true
rm -f tapdump
ls -l $out
