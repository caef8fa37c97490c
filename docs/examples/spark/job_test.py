"""Runs job.py in Spark's local-cluster mode: job_test.py TAPDUMP CAPTURE...

Workers are processes of their own, one of which is killed while it works. The result
has to be that of one machine, row for row. Needs pyspark, pyarrow, duckdb and Java.
"""

import glob
import gzip
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import duckdb

import job

work = tempfile.mkdtemp(prefix="tapdump-spark-")
tapdump = os.path.abspath(sys.argv[1])


def check(what, got, want):
    if got != want:
        sys.exit(f"job_test.py: {what}: {got}, want {want}")


def executors():
    """The process ids of the workers that this job started."""
    found = []
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, "rb") as f:
                words = f.read().split(b"\0")
            with open(os.path.dirname(path) + "/environ", "rb") as f:
                ours = work.encode() in f.read()
        except OSError:
            continue
        if b"org.apache.spark.executor.CoarseGrainedExecutorBackend" in words and ours:
            found.append(int(path.split("/")[2]))
    return sorted(found)


killed = []


def kill_one(marker):
    """Kills a worker once it has begun its second capture or a later one."""
    while not glob.glob(marker + "/begun-*-3") and not killed:
        time.sleep(0.02)
    for pid in executors():
        os.kill(pid, signal.SIGKILL)
        killed.append(pid)
        return


# The program as it is, slow enough to be killed on the way.
marker = work + "/marker"
os.mkdir(marker)
slow = work + "/slow-tapdump"
with open(slow, "w") as f:
    f.write(f"""#!/bin/sh
n=$(ls {marker} | wc -l)
: > {marker}/begun-$$-$n
sleep 0.3
exec {tapdump} "$@"
""")
os.chmod(slow, 0o755)

source, n = work + "/captures", 0
os.makedirs(source + "/deeper")
for capture in sys.argv[2:]:
    for kind in ("", ".gz", ".zst"):
        name = f"{source}/{'deeper/' if n % 2 else ''}{n}.pcap{kind}"
        n += 1
        if kind == ".gz":
            with open(capture, "rb") as f, gzip.open(name, "wb") as to:
                shutil.copyfileobj(f, to)
        elif kind == ".zst":
            subprocess.run(["zstd", "-q", capture, "-o", name], check=True)
        else:
            shutil.copy(capture, name)
with open(source + "/bad.pcap", "w") as f:
    f.write("This is no capture, but something else.\n")
with open(sys.argv[2], "rb") as f, open(source + "/cut.pcap", "wb") as to:
    to.write(f.read()[:-7])
with open(source + "/notes.txt", "w") as f:
    f.write("not a capture by its name\n")

# On one machine.
one = work + "/one"
os.mkdir(one)
bad = []
for i, (path, _) in enumerate(job.captures(source)):
    r = subprocess.run([tapdump, "-n", "-r", path, "-w", f"{one}/{i}.parquet"], capture_output=True)
    if r.returncode:
        bad.append(path)

largest = max(size for _, size in job.captures(source))
os.environ.update(SPARK_LOCAL_IP="127.0.0.1", TAPDUMP_TEST=work,
                  PYSPARK_SUBMIT_ARGS="--master local-cluster[2,1,1024] --conf spark.ui.enabled=false --conf spark.executor.memory=512m "
                  "--conf spark.task.maxFailures=8 --conf spark.executorEnv.PYTHONPATH=" + os.path.dirname(os.path.abspath(job.__file__)) + " pyspark-shell",
                  PYSPARK_PYTHON=sys.executable)
threading.Thread(target=kill_one, args=(marker,), daemon=True).start()
target = work + "/lake"
begun = time.monotonic()
job.main([source, target, "--tapdump", slow, "--split", str(largest // 2 + 1)])
seconds = time.monotonic() - begun
check("workers killed", len(killed), 1)

db = duckdb.connect()
# Each shard counts its conversations for itself: rows have their community_id.
lake = f"(SELECT * EXCLUDE (day, flow) FROM read_parquet('{target}/packets/*/*.parquet', hive_partitioning = true))"
whole = f"(SELECT * EXCLUDE (flow) FROM read_parquet('{one}/*.parquet'))"
count = lambda what: db.sql(f"SELECT count(*) FROM {what}").fetchall()[0][0]
check("rows", count(lake), count(whole))
check("rows that one machine has not", count(f"({lake} EXCEPT ALL {whole})"), 0)
check("rows that Spark has not", count(f"({whole} EXCEPT ALL {lake})"), 0)
days = db.sql(f"SELECT count(*) FROM read_parquet('{target}/packets/*/*.parquet', hive_partitioning = true) "
              "WHERE day <> CAST(timestamp AT TIME ZONE 'UTC' AS DATE)").fetchall()[0][0]
check("rows in the wrong day", days, 0)
check("files that nobody finished", glob.glob(target + "/packets/*/_*"), [])
errors = db.sql(f"SELECT source, message FROM '{target}/errors/errors.parquet' ORDER BY source").fetchall()
check("captures with errors", sorted({source for source, _ in errors}), sorted(bad))
check("captures that are bad", len(bad), 2)
shards = len({os.path.basename(p) for p in glob.glob(target + "/packets/*/*-0of2-*")})
if shards == 0:
    sys.exit("job_test.py: no capture was shared among tasks")

# Spark reads what it wrote, and counts what statistics count.
from pyspark.sql import SparkSession
os.environ.pop("PYSPARK_SUBMIT_ARGS")
spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").config("spark.sql.legacy.parquet.nanosAsLong", "true").getOrCreate()
packets = spark.read.parquet(target + "/packets")
tops = packets.groupBy("src_addr").sum("original_length").where("src_addr is not null")
got = sorted(((r[1], r[0]) for r in tops.collect()), reverse=True)[:20]
want = db.sql(f"SELECT sum(original_length) AS n, src_addr FROM {whole} WHERE src_addr IS NOT NULL GROUP BY ALL ORDER BY n DESC, src_addr DESC LIMIT 20").fetchall()
check("top talkers in Spark", got, [(int(n), who) for n, who in want])
spark.stop()
shutil.rmtree(work)
print(f"{n + 2} captures, {seconds:.1f} s, worker {killed[0]} killed: equal, row for row")
