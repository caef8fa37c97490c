"""Turns captures into a dataset with Spark: job.py SOURCE TARGET [option ...].

SOURCE is a folder or a file, TARGET a folder: file:///, hdfs:// and s3:// names, or
paths that all workers see (NFS). Each task runs tapdump over one capture, or over one
shard of a large one, which comes through its standard input as it is stored: pcap or
pcapng, compressed or not. The dataset is TARGET/TABLE/day=YYYY-MM-DD/*.parquet (UTC).

A task that is tried again, or a second time beside a slow one, writes the same bytes
to the same names, and files appear whole: it does not matter how often it runs. What
is wrong with a capture is a row of TARGET/errors/errors.parquet; the packets before
it are in the dataset. The job ends with status 0 then.
"""

import argparse
import hashlib
import os
import posixpath
import re
import shutil
import subprocess
import sys
import tempfile
import uuid

import pyarrow
import pyarrow.parquet
from pyarrow import fs
from pyspark import SparkFiles
from pyspark.sql import SparkSession

CAPTURE = re.compile(r"\.(pcap|pcapng|cap|dmp)\d*(\.(gz|zst|xz|bz2|lz4))?$", re.IGNORECASE)
ERRORS = pyarrow.schema([("source", pyarrow.string()), ("shard", pyarrow.string()),
                         ("status", pyarrow.int32()), ("message", pyarrow.string())])


def parse(line):
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("source")
    p.add_argument("target")
    p.add_argument("--filter", default="", help="a filter expression: 'tcp port 443'")
    p.add_argument("--columns", default="", help="groups of columns: basic,tcp,dns,tls")
    p.add_argument("--table", default="packets", choices=["packets", "flows"])
    p.add_argument("--tapdump", default="tapdump", help="the program, which is sent to the workers")
    p.add_argument("--split", type=int, default=1 << 30, metavar="BYTES", help="share larger captures among several tasks")
    p.add_argument("--overwrite", action="store_true", help="remove what is in the target")
    return p.parse_args(line)


def resolve(name):
    """The file system and the path in it that a name means."""
    if "://" not in name:
        name = os.path.abspath(name)
    return fs.FileSystem.from_uri(name)


def captures(source):
    """The paths and sizes of the captures in a folder and below, or of one file."""
    files, path = resolve(source)
    info = files.get_file_info(path)
    if info.type == fs.FileType.File:
        return [(info.path, info.size)]
    found = files.get_file_info(fs.FileSelector(path, recursive=True))
    return sorted((i.path, i.size) for i in found if i.type == fs.FileType.File and CAPTURE.search(i.path))


def tasks(found, split):
    """A task for each capture, several for a large one; the largest begin first."""
    work = []
    for path, size in found:
        of = max(1, -(-size // split))
        work += [(size / of, path, i, of) for i in range(of)]
    return [task[1:] for task in sorted(work, reverse=True)]


def run(job, path, index, of):
    """Runs tapdump over a capture; returns what is wrong with it as rows of ERRORS."""
    source, _ = resolve(job["source"])
    program = SparkFiles.get(job["program"]) if job["sent"] else job["program"]
    with tempfile.TemporaryDirectory(prefix="tapdump-") as work:
        command = [program, "-n", "-r", "-", "-w", work + "/day=%Y-%m-%d/%H%M%S.parquet", "--rotate-time", "24h", "--align"]
        if job["table"] != "packets":
            command += ["--table", job["table"]]
        if job["columns"]:
            command += ["--columns", job["columns"]]
        if of > 1:
            command += ["--shard", f"{index}/{of}"]
        if job["filter"]:
            command += ["--", job["filter"]]
        with open(work + "/messages", "w+b") as messages:
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=messages,
                                       env={**os.environ, "TZ": "UTC"})
            # As it is stored: tapdump knows compressed captures by themselves.
            with source.open_input_stream(path, compression=None) as stream:
                try:
                    shutil.copyfileobj(stream, process.stdin, 1 << 20)
                    process.stdin.close()
                except BrokenPipeError:  # it has what it wants, or says why not
                    pass
            status = process.wait()
            messages.seek(0)
            said = messages.read().decode(errors="replace").splitlines()
        if status < 0:
            raise RuntimeError(f"{path}: tapdump was killed by signal {-status}")  # another try may do
        publish(job, path, index, of, work)
        said = [line for line in said if not line.startswith("reading from file ")]
        if status != 0 or said:
            return [(path, f"{index}/{of}", status, "\n".join(said))]
        return []


def publish(job, path, index, of, work):
    """Copies what a task has written into the dataset, each file whole or not at all."""
    target, folder = resolve(job["target"])
    stem = re.sub(r"[^A-Za-z0-9.-]", "_", posixpath.basename(path))
    name = f"{stem}-{hashlib.sha256(path.encode()).hexdigest()[:12]}-{index}of{of}"
    for day in sorted(os.listdir(work)):
        if not day.startswith("day="):
            continue
        to = posixpath.join(folder, job["table"], day)
        target.create_dir(to)
        for part in sorted(os.listdir(f"{work}/{day}")):
            hidden = posixpath.join(to, f"_{uuid.uuid4()}")
            with open(f"{work}/{day}/{part}", "rb") as written, target.open_output_stream(hidden) as out:
                shutil.copyfileobj(written, out, 1 << 20)
            target.move(hidden, posixpath.join(to, f"{name}-{part}"))


def main(line):
    o = parse(line)
    target, folder = resolve(o.target)
    if target.get_file_info(folder).type != fs.FileType.NotFound and target.get_file_info(fs.FileSelector(folder)):
        if not o.overwrite:
            sys.exit(f"job.py: {folder} is not empty: name another folder, or give --overwrite")
        target.delete_dir_contents(folder)
    found = captures(o.source)
    if not found:
        sys.exit(f"job.py: {resolve(o.source)[1]} has no captures")
    spark = SparkSession.builder.appName("tapdump").getOrCreate()
    program = shutil.which(o.tapdump)
    job = {"source": o.source, "target": o.target, "table": o.table, "columns": o.columns, "filter": o.filter,
           "program": o.tapdump, "sent": program is not None}
    if program:
        spark.sparkContext.addFile(program)
        job["program"] = posixpath.basename(program)
    work = tasks(found, o.split)
    errors = spark.sparkContext.parallelize(work, len(work)).flatMap(lambda task: run(job, *task)).collect()
    spark.stop()
    target.create_dir(posixpath.join(folder, "errors"))
    columns = list(zip(*sorted(errors))) or [[]] * len(ERRORS)
    table = pyarrow.table([pyarrow.array(c, t) for c, t in zip(columns, ERRORS.types)], schema=ERRORS)
    with target.open_output_stream(posixpath.join(folder, "errors", "errors.parquet")) as out:
        pyarrow.parquet.write_table(table, out)
    # What tasks left that were killed.
    dataset = posixpath.join(folder, o.table)
    for info in target.get_file_info(fs.FileSelector(dataset, recursive=True, allow_not_found=True)):
        if info.type == fs.FileType.File and info.base_name.startswith("_"):
            target.delete_file(info.path)
    print(f"{len(found)} captures in {len(work)} tasks, {len(errors)} with errors: {folder}")


if __name__ == "__main__":
    main(sys.argv[1:])
