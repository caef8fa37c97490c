#!/usr/bin/env bash
# office.sh FILE: makes the capture of which docs/scale.md shows answers: an office with
# three hosts (10.1.0.0/24) behind a router, on whose side to the office it captures, and
# servers behind a slow line that loses packets. Needs root, iproute2, python3, openssl,
# curl, and tapdump on the PATH. Times and ports are others each time.
set -euo pipefail
file=$1
work=$(mktemp -d)
office=tapdump-office-$$ router=tapdump-router-$$ servers=tapdump-servers-$$
pids=()
cleanup() {
	kill "${pids[@]}" 2> /dev/null || true
	wait
	for ns in $office $router $servers; do ip netns del $ns; done
	rm -r "$work"
}
for ns in $office $router $servers; do
	ip netns add $ns
	ip -n $ns link set lo up
done
trap cleanup EXIT

ip -n $office link add eth0 address 02:00:00:00:01:01 type veth peer name office netns $router address 02:00:00:00:01:fe
# Offloads would join segments to packets that no line carries.
for end in "$office eth0" "$router office"; do
	ip netns exec ${end% *} ethtool -K ${end#* } tso off gso off gro off tx off > /dev/null 2>&1 || true
done
# The slow line: 20 ms each way, and one packet of 25 is lost.
ip netns exec $router python3 - /var/run/netns/$servers <<'PY' &
import ctypes, fcntl, heapq, os, random, select, struct, sys, time
def tun(name):
    fd = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(fd, 0x400454ca, struct.pack("16sH22x", name, 0x1001))
    return fd
ends = [tun(b"wan")]
space = os.open(sys.argv[1], os.O_RDONLY)
if ctypes.CDLL(None, use_errno=True).setns(space, 0x40000000):
    raise OSError(ctypes.get_errno(), "setns")
ends.append(tun(b"wan"))
random.seed(1)
late, n = [], 0
while True:
    wait = max(0, late[0][0] - time.monotonic()) if late else None
    for fd in select.select(ends, [], [], wait)[0]:
        packet = os.read(fd, 65536); n += 1
        if random.random() >= 0.04:
            heapq.heappush(late, (time.monotonic() + 0.02, n, ends[1 - ends.index(fd)], packet))
    while late and late[0][0] <= time.monotonic():
        _, _, fd, packet = heapq.heappop(late)
        os.write(fd, packet)
PY
pids+=($!)
for _ in $(seq 100); do ip -n $servers link show wan > /dev/null 2>&1 && break; sleep 0.1; done
for n in 11 12 13; do ip -n $office addr add 10.1.0.$n/24 dev eth0; done
for n in 1 2 3; do ip -n $servers addr add 203.0.113.$n/24 dev wan; done
ip -n $router addr add 10.1.0.1/24 dev office
ip -n $router addr add 203.0.113.254/24 dev wan
ip -n $office link set eth0 up
ip -n $servers link set wan up
ip -n $router link set office up
ip -n $router link set wan mtu 1300 up
ip -n $office route add default via 10.1.0.1
ip -n $servers route add default via 203.0.113.254
ip netns exec $router sysctl -qw net.ipv4.ip_forward=1

# Three names on one server, one of them with an old TLS; one name does not exist.
ip netns exec $servers python3 - <<'PY' &
import socket
names = {b"www.example.com": 1, b"files.example.net": 2, b"old.example.org": 3}
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("203.0.113.1", 53))
while True:
    ask, who = s.recvfrom(512)
    labels, at = [], 12
    while ask[at]:
        labels.append(ask[at + 1:at + 1 + ask[at]]); at += 1 + ask[at]
    host = names.get(b".".join(labels).lower())
    head = ask[:2] + (b"\x81\x80\0\1\0\1\0\0\0\0" if host else b"\x81\x83\0\1\0\0\0\0\0\0")
    answer = b"\xc0\x0c\0\1\0\1\0\0\1,\0\4" + bytes([203, 0, 113, host]) if host else b""
    s.sendto(head + ask[12:at + 5] + answer, who)
PY
pids+=($!)
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/key" -out "$work/cert" -days 2 -subj /CN=example 2> /dev/null
mkdir "$work/www"
head -c 60000 /dev/zero | tr '\0' x > "$work/www/big"
echo hello > "$work/www/index.html"
for n in 1 2 3; do
	old=; [ $n = 3 ] && old=-tls1_2
	(cd "$work/www" && exec ip netns exec $servers openssl s_server -quiet -WWW -accept 203.0.113.$n:443 -key "$work/key" -cert "$work/cert" $old > /dev/null 2>&1) &
	pids+=($!)
done
(cd "$work/www" && exec ip netns exec $servers python3 -m http.server -b 203.0.113.1 80 > /dev/null 2>&1) &
pids+=($!)

ip netns exec $router tapdump -i office -s 300 -w "$file" --no-sandbox 2> "$work/captured" &
capture=$!
for _ in $(seq 100); do grep -q listening "$work/captured" && break; sleep 0.1; done

ask() { # from, name
	ip netns exec $office python3 - "$@" <<'PY'
import socket, struct, sys
source, name = sys.argv[1:]
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind((source, 0)); s.settimeout(0.4)
question = b"\x12\x34\1\0\0\1\0\0\0\0\0\0" + b"".join(bytes([len(l)]) + l.encode() for l in name.split(".")) + b"\0\0\1\0\1"
for _ in range(3):
    s.sendto(question, ("203.0.113.1", 53))
    try:
        s.recv(512); break
    except TimeoutError:
        pass
PY
}
get() { # from, url, server
	ip netns exec $office curl -sk -m 20 --interface "$1" --connect-to "::203.0.113.$3" -o /dev/null "$2" || true
}
for n in 11 12 13; do ask 10.1.0.$n www.example.com; get 10.1.0.$n https://www.example.com/index.html 1; done
ask 10.1.0.11 files.example.net
for _ in 1 2 3; do get 10.1.0.11 https://files.example.net/big 2; done
get 10.1.0.12 http://www.example.com/index.html 1
ask 10.1.0.12 old.example.org
get 10.1.0.12 https://old.example.org/index.html 3
ask 10.1.0.13 nowhere.invalid
# One host looks for open ports, and sends packets that are too large for the line.
ip netns exec $office python3 - <<'PY'
import socket
for port in range(1, 61):
    s = socket.socket(); s.bind(("10.1.0.13", 0)); s.settimeout(0.15)
    try: s.connect(("203.0.113.2", port))
    except OSError: pass
    s.close()
PY
ip netns exec $office python3 - <<'PY'
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("10.1.0.12", 0))
s.setsockopt(socket.IPPROTO_IP, 10, 3) # IP_MTU_DISCOVER, IP_PMTUDISC_PROBE
for _ in range(3):
    try: s.sendto(b"x" * 1400, ("203.0.113.3", 9))
    except OSError: pass
PY
# An upload: nearly all goes one way.
ip netns exec $office python3 - <<'PY'
import socket
s = socket.socket(); s.bind(("10.1.0.11", 0)); s.connect(("203.0.113.1", 80))
s.settimeout(10)
try:
    s.sendall(b"POST /upload HTTP/1.1\r\nHost: www.example.com\r\nContent-Length: 80000\r\n\r\n" + b"x" * 80000)
    s.recv(100)
except OSError: pass
PY
sleep 1
kill -INT $capture
wait $capture || true
