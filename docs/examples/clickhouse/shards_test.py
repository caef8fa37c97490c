"""Two ClickHouse servers, each with one shard of the flows, and a Distributed table
over both: shards_test.py TAPDUMP CAPTURE. Needs clickhouse-server and -client.

The version that Debian 12 has is of 2018: types that it lacks are replaced.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

tapdump, capture = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
here = os.path.dirname(os.path.abspath(__file__))
work = tempfile.mkdtemp(prefix="tapdump-shards-")
servers = []
env = {**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin"}


def port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def check(what, got, want):
    if got != want:
        raise SystemExit(f"shards_test.py: {what}: {got}, want {want}")


def client(i, query, **how):
    return subprocess.run(["clickhouse-client", "--host", "127.0.0.1", "--port", str(ports[i]), "--query", query],
                          check=True, stdout=subprocess.PIPE, **how).stdout.decode()


ports = [port(), port()]
shards = "".join(f"<shard><replica><host>127.0.0.1</host><port>{p}</port></replica></shard>" for p in ports)
try:
    for i, p in enumerate(ports):
        folder = f"{work}/{i}"
        os.makedirs(folder + "/data")
        with open(folder + "/users.xml", "w") as f:
            f.write("<yandex><profiles><default/></profiles><quotas><default/></quotas><users><default><password/>"
                    "<networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></default></users></yandex>")
        with open(folder + "/config.xml", "w") as f:
            f.write(f"<yandex><logger><level>warning</level><log>{folder}/log</log><errorlog>{folder}/errors</errorlog></logger>"
                    f"<listen_host>127.0.0.1</listen_host><tcp_port>{p}</tcp_port><interserver_http_port>{port()}</interserver_http_port>"
                    f"<path>{folder}/data/</path><tmp_path>{folder}/tmp/</tmp_path><users_config>{folder}/users.xml</users_config>"
                    "<mark_cache_size>5368709120</mark_cache_size><default_profile>default</default_profile><default_database>default</default_database>"
                    f"<remote_servers><workers>{shards}</workers></remote_servers></yandex>")
        servers.append(subprocess.Popen(["clickhouse-server", "--config-file", folder + "/config.xml"], env=env, cwd=folder,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    for p in ports:
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", p)).close()
                break
            except OSError:
                time.sleep(0.1)
        else:
            raise SystemExit("shards_test.py: a server does not answer")

    with open(here + "/tables.sql", encoding="utf-8") as f:
        table = re.search(r"CREATE TABLE IF NOT EXISTS packets .*?;", f.read(), re.DOTALL)[0].rstrip(";")
    for new, old in (r"LowCardinality\((.*?\))\)", r"\1"), (r"DateTime64\(.*?\)", "String"), ("Bool", "UInt8"), (r"PARTITION BY \S+ ", "PARTITION BY tuple() "):
        table = re.sub(new, old, table)
    for i in range(2):
        client(i, table)
        # Both see all packets; each takes its flows.
        flow = subprocess.Popen([tapdump, "-n", "-r", capture, "--shard", f"{i}/2", "--json", "--columns", "basic,flow"],
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        client(i, "INSERT INTO packets FORMAT JSONEachRow", stdin=flow.stdout)
        check(f"tapdump of shard {i}", flow.wait(), 0)
    client(0, "CREATE TABLE everywhere AS packets ENGINE = Distributed(workers, default, packets)")

    whole = json.loads(subprocess.run([tapdump, "-n", "-r", capture, "--stats", "json"], check=True, capture_output=True).stdout)
    ask = lambda i, query: [line.split("\t") for line in client(i, query).splitlines()]
    parts = [int(ask(i, "SELECT count() FROM packets")[0][0]) for i in range(2)]
    count, size = map(int, ask(0, "SELECT count(), sum(original_length) FROM everywhere")[0])
    check("packets and bytes", (count, size), (whole["packets"], whole["bytes"]))
    check("packets of the shards", sum(parts), count)
    if 0 in parts:
        raise SystemExit(f"shards_test.py: a shard is empty: {parts}")
    flows = [set(r[0] for r in ask(i, "SELECT DISTINCT community_id FROM packets WHERE tcp_seq IS NOT NULL")) for i in range(2)]
    check("connections in both shards", flows[0] & flows[1], set())
    print(f"{count} packets, {parts[0]} + {parts[1]} in two shards: the same as --stats json, each connection in one")
finally:
    for server in servers:
        server.send_signal(signal.SIGKILL)
        server.wait()
    subprocess.run(["rm", "-rf", work], check=True)
