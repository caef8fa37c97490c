"""Tries tables.sql in ClickHouse in process (chdb): tables_test.py TAPDUMP CAPTURE [BUCKET].

Packets come as NDJSON and as Parquet with partitions; counts have to be those of
tapdump --stats json. BUCKET is the program internal/outside/s3/bucket: then Parquet comes from S3, too.
"""

import json
import os
import subprocess
import sys
import tempfile

from chdb import session

tapdump, capture = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
here = os.path.dirname(os.path.abspath(__file__))
work = tempfile.mkdtemp(prefix="tapdump-clickhouse-")
env = {**os.environ, "TZ": "UTC"}


def out(*words):
    return subprocess.run([tapdump, "-n", "-r", capture, *words], check=True, capture_output=True, env=env, cwd=work).stdout


def check(what, got, want):
    if got != want:
        sys.exit(f"tables_test.py: {what}: {got}, want {want}")


db = session.Session(work + "/db")


def ask(query):
    lines = str(db.query(query, "JSONCompactEachRow")).strip()
    return [json.loads(line) for line in lines.splitlines()]


with open(here + "/tables.sql", encoding="utf-8") as f:
    tables = "\n".join(line for line in f if not line.startswith("--"))
db.query("CREATE DATABASE IF NOT EXISTS net")
db.query("USE net")
for statement in tables.split(";"):
    if statement.strip():
        db.query(statement)
with open(work + "/packets.json", "wb") as f:
    f.write(out("--json"))
db.query(f"INSERT INTO packets FROM INFILE '{work}/packets.json' SETTINGS date_time_input_format = 'best_effort' FORMAT JSONEachRow")
out("-w", "stored/lake/packets/day=%Y-%m-%d/%H%M%S.parquet", "--rotate-time", "24h", "--align")

whole = json.loads(out("--stats", "json"))
packets = whole["packets"]
protocols = {(p["network"], p["transport"]): (p["packets"], p["bytes"]) for p in whole["protocols"]}
lake = f"file('{work}/stored/lake/packets/*/*.parquet')"
for name, source in ("NDJSON", "packets"), ("Parquet", lake):
    n, size = ask(f"SELECT count(), sum(original_length) FROM {source}")[0]
    check(f"packets in {name}", (int(n), int(size)), (packets, whole["bytes"]))
    # Records are about the innermost packet, statistics about the outermost.
    tcp = ask(f"SELECT count(), sum(original_length) FROM {source} WHERE ip_protocol = 6 AND ip_version = 4 AND tunnel IS NULL")[0]
    check(f"TCP in {name}", tuple(map(int, tcp)), protocols.get(("IPv4", "TCP"), (0, 0)))
# The rate of the statistics, interval by interval.
rate = whole["rate"]
width = round(rate["interval"] * 1e9)
start = int(ask(f"SELECT toUnixTimestamp64Nano(parseDateTime64BestEffort('{rate['start']}', 9, 'UTC'))")[0][0])
for name, source in ("NDJSON", "packets"), ("Parquet", lake):
    rows = ask(f"SELECT intDiv(toUnixTimestamp64Nano(timestamp) - {start}, {width}) AS i, count(), sum(original_length) FROM {source} GROUP BY i")
    got = {int(i): (int(n), int(size)) for i, n, size in rows}
    check(f"rate in {name}", got, {i: v for i, v in enumerate(zip(rate["packets"], rate["bytes"])) if v != (0, 0)})
# Payload by sender, where no tunnel has two.
talkers = {}
for t in whole["transfers"]:
    for who, way in ("local", "send"), ("remote", "receive"):
        talkers[t[who]] = talkers.get(t[who], 0) + t[way]["size"]
tunnels = int(ask("SELECT count() FROM packets WHERE tunnel IS NOT NULL")[0][0])
if not tunnels:
    rows = ask("SELECT src_addr, sum(payload_length) AS n FROM packets WHERE src_addr IS NOT NULL GROUP BY src_addr HAVING n > 0 ORDER BY n DESC, src_addr LIMIT 20")
    want = sorted(((-n, who) for who, n in talkers.items() if n))[:20]
    check("senders of most payload", [(who, int(n)) for who, n in rows], [(who, -n) for n, who in want])
top = "SELECT src_addr, sum(original_length) AS bytes FROM {} WHERE src_addr IS NOT NULL GROUP BY src_addr ORDER BY bytes DESC, src_addr LIMIT 20"
check("top talkers", ask(top.format(lake)), ask(top.format("packets")))
second = "SELECT toUnixTimestamp(timestamp) AS s, sum(original_length) FROM {} GROUP BY s ORDER BY s"
check("bytes by second", ask(second.format(lake)), ask(second.format("packets")))
days = ask(f"SELECT count() FROM {lake} WHERE day != toDate(timestamp) SETTINGS use_hive_partitioning = 1")
check("packets in the wrong day", int(days[0][0]), 0)
where = "NDJSON and Parquet"
if len(sys.argv) > 3:
    bucket = subprocess.Popen([sys.argv[3], "office", work + "/stored"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        address = bucket.stdout.readline().decode().strip()
        s3 = f"s3('http://{address}/office/lake/packets/**/*.parquet', NOSIGN, 'Parquet')"
        by_day = "SELECT toString({}), count(), sum(original_length) FROM {} GROUP BY 1 ORDER BY 1 SETTINGS use_hive_partitioning = 1"
        check("days in S3", ask(by_day.format("day", s3)), ask(by_day.format("toDate(timestamp)", "packets")))
    finally:
        bucket.stdin.close()
        bucket.wait()
    where += ", here and in S3"
subprocess.run(["rm", "-rf", work], check=True)
print(f"{packets} packets: the same from --stats json and ClickHouse with {where}")
