"""Runs job.py over captures in S3 and writes flows there: s3_test.py TAPDUMP BUCKET
CAPTURE..., where BUCKET is the program internal/outside/s3/bucket, which is S3.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile

import pyarrow.parquet
from pyarrow import fs

import job

work = tempfile.mkdtemp(prefix="tapdump-s3-")
tapdump = os.path.abspath(sys.argv[1])
os.makedirs(work + "/captures/deeper")
want = []
for i, capture in enumerate(sys.argv[3:]):
    shutil.copy(capture, f"{work}/captures/{'deeper/' if i % 2 else ''}{i}.pcap")
    flows = subprocess.run([tapdump, "-n", "-r", capture, "--table", "flows", "--json"], check=True, capture_output=True).stdout
    want += [json.loads(line)["uid"] for line in flows.splitlines()]
with open(work + "/captures/bad.pcap", "w") as f:
    f.write("This is no capture, but something else.\n")

bucket = subprocess.Popen([sys.argv[2], "office", work], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
try:
    where = f"?endpoint_override={bucket.stdout.readline().decode().strip()}&scheme=http&region=us-east-1"
    # The bucket of the test knows no checksums behind bodies.
    os.environ.update(AWS_REQUEST_CHECKSUM_CALCULATION="when_required", SPARK_LOCAL_IP="127.0.0.1", PYSPARK_PYTHON=sys.executable,
                      PYSPARK_SUBMIT_ARGS="--master local[2] --conf spark.ui.enabled=false pyspark-shell",
                      PYTHONPATH=os.path.dirname(os.path.abspath(job.__file__)))
    source, target = "s3://key:secret@office/captures" + where, "s3://key:secret@office/lake" + where
    job.main([source, target, "--tapdump", tapdump, "--table", "flows", "--split", "1000000"])
    files, folder = fs.FileSystem.from_uri(target)
    got = []
    for info in files.get_file_info(fs.FileSelector(folder + "/flows", recursive=True)):
        if info.type == fs.FileType.File:
            got += pyarrow.parquet.read_table(info.path, filesystem=files, columns=["uid"], partitioning=None)["uid"].to_pylist()
    if sorted(got) != sorted(want):
        sys.exit(f"s3_test.py: {len(got)} flows, want {len(want)}, or others")
    errors = pyarrow.parquet.read_table(folder + "/errors/errors.parquet", filesystem=files).to_pylist()
    if [e["source"] for e in errors] != ["office/captures/bad.pcap"]:
        sys.exit(f"s3_test.py: errors: {errors}")
    print(f"{len(got)} flows of {len(sys.argv) - 3} captures in S3, and one that is bad: the same as on one machine")
finally:
    bucket.stdin.close()
    bucket.wait()
    shutil.rmtree(work)
