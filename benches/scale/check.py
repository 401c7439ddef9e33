"""Runs the recipes and compares what they give with one machine; exits with 1 if anything differs. See `run`."""

import argparse
import hashlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import child
import rows
import spark
import watch
import yaml

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
WORK = ROOT / "target/scale"
PARTS = ("shards", "lines", "spark", "measure")
N_SHARDS = 3
N_FILES = 40
faults = []


def check(holds, what):
    print(("ok    " if holds else "FAULT ") + what, flush=True)
    if not holds:
        faults.append(what)


def fresh(name):
    path = WORK / name
    shutil.rmtree(path, ignore_errors=True)
    return path


def digest(out):
    """One digest of all that a batch leaves but its journal and lock."""
    total = hashlib.sha256()
    for path in sorted(path for path in out.rglob("*") if path.is_file() and ".ecq" not in path.parts):
        total.update(str(path.relative_to(out)).encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def shards(program):
    """Every recipe for shards over the same packets, beside one run over all of them."""
    packets = fresh("packets")
    rows.write_files(packets, rows.rows(N_FILES))
    whole = fresh("whole")
    done = subprocess.run([program, "batch", packets, "-o", whole, "-q"], stderr=subprocess.PIPE, text=True)
    check(done.returncode == 3, f"one run over {N_FILES} packets: exit code {done.returncode}, one packet is empty")
    expected = digest(whole)

    def compare(what, out, code):
        is_equal = out.exists() and digest(out) == expected
        check(code == 3 and is_equal, f"{what}, {N_SHARDS} shards merged: exit code {code}, the same bytes: {is_equal}")

    environment = {**os.environ, "ECQ": str(program)}
    for name in ("xargs.sh", "parallel.sh"):
        if name == "parallel.sh" and not shutil.which("parallel"):
            print("skip  parallel.sh: GNU parallel is not on this machine (Debian: apt-get install parallel)")
            continue
        out = fresh(f"out-{name}")
        fresh(f"out-{name}.shards")
        for time_of in ("", ", typed again"):
            done = subprocess.run(["sh", HERE / name, packets, out, str(N_SHARDS), "2"], env=environment, stderr=subprocess.PIPE)
            compare(name + time_of, out, done.returncode)

    def merged(out):
        folders = sorted(pathlib.Path(f"{out}.shards").iterdir())
        return subprocess.run([program, "merge", *folders, "-o", out, "-q"], stderr=subprocess.PIPE).returncode

    # What sbatch does: the same script once for each number of the array.
    out = fresh("out-slurm")
    fresh("out-slurm.shards")
    for index in range(1, N_SHARDS + 1):
        task = {"SLURM_ARRAY_TASK_ID": str(index), "SLURM_ARRAY_TASK_COUNT": str(N_SHARDS), "SLURM_CPUS_PER_TASK": "1"}
        subprocess.run(["sh", HERE / "slurm.sbatch"], env={**environment, **task, "PACKETS": str(packets), "OUT": str(out)}, check=True)
    compare("slurm.sbatch, its tasks one after another without Slurm", out, merged(out))

    # What Kubernetes does: the container's command with its environment, once for each index.
    job = yaml.safe_load((HERE / "job.yaml").read_text())["spec"]
    container = job["template"]["spec"]["containers"][0]
    variables = {entry["name"]: entry["value"] for entry in container["env"]}
    check(variables["SHARDS"] == str(job["completions"]), "job.yaml: as many shards as completions")
    out = fresh("out-job")
    fresh("out-job.shards")
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "ecq").symlink_to(program)
        variables.update(PACKETS=str(packets), OUT=str(out), SHARDS=str(N_SHARDS), PATH=f"{folder}:{os.environ['PATH']}")
        for index in range(N_SHARDS):
            subprocess.run(container["command"], env={**os.environ, **variables, "JOB_COMPLETION_INDEX": str(index)}, check=True)
    compare("job.yaml, its command once for each index without Kubernetes", out, merged(out))


def lines(program):
    """What stands between a row and its line."""
    some = list(rows.rows(120)) + [("broken", "one\ntwo\r\nthree\u2028four\u0085five\x0bsix\x0cseven\x1ceight")]
    encoded = [child.to_line(*row) for row in some]
    is_one = all(len(line.splitlines()) == 1 and json.loads(line) == {"id": row[0], "text": row[1]} for line, row in zip(encoded, some))
    check(is_one, f"{len(some)} rows, {sum(len(text.splitlines()) > 1 for _, text in some)} of them with line breaks: one line each, nothing lost")

    reader = child.Child([program, "batch", "--stdio-jsonl"])
    answers = reader.answers(encoded)
    check([json.loads(answer)["id"] for answer in answers] == [row[0] for row in some], "one answer for each, in order")
    os.kill(reader.process.pid, signal.SIGKILL)
    check(reader.answers(encoded) == answers, "a child that was killed between two batches: started again, the same answers")
    started = time.monotonic()
    reader.process.stdin.close()
    code = reader.process.wait(timeout=20)
    check(code == 0, f"end of its input ends the child: exit code {code} after {time.monotonic() - started:.1f} s")

    bare = "".join(f"{text}\n" for _, text in some if "\n" in text)
    done = subprocess.run([program, "batch", "--stdio-jsonl"], input=bare.encode(), capture_output=True)
    answers = done.stdout.decode().splitlines()
    errors = [json.loads(answer).get("error") for answer in answers]
    check(errors and all(errors), f"bare text instead of JSON: each of {len(answers)} fragments is refused, the first with: {errors[:1]}")
    fault = spark.fault_of(20000, 20113)
    check("never as bare text" in fault and spark.fault_of(5, 5) is None, f"another number out than in: {fault}")


def hashes(path):
    """Digest of each answer by its id, and how many are errors; the answers are too large to be held.

    Errors count the lines of their child, which partitions change: that number is left out.
    """
    found, n_lines, n_errors = {}, 0, 0
    for part in sorted(path.glob("part-*")) if path.is_dir() else [path]:
        with open(part, "rb") as file:
            for line in file:
                answer = json.loads(line)
                n_lines += 1
                if "error" in answer:
                    n_errors += 1
                    answer["error"].pop("line", None)
                    line = json.dumps(answer).encode()
                found[answer["id"]] = hashlib.sha256(line.rstrip(b"\n")).digest()
    return found, n_lines, n_errors


def on_one_machine(program, options, source, out):
    """Seconds, processor seconds and the largest resident memory of the program over lines of JSON."""
    with open(source, "rb") as stdin, open(out, "wb") as stdout:
        begun = time.monotonic()
        process = subprocess.Popen([program, "batch", "--stdio-jsonl", *options], stdin=stdin, stdout=stdout)
        looker = watch.Watch(process.pid)
        looker.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    looker.stop()
    if process.returncode:
        sys.exit(f"check.py: exit code {process.returncode} of {process.args}")
    return seconds, usage.ru_utime + usage.ru_stime, max(looker.worker_bytes, usage.ru_maxrss * 1024)


def on_spark(program, options, way, table, n_bytes, out, n_parts, disturbed):
    """Runs spark.py on a cluster of two executors; its last line, exit code and what was seen meanwhile."""
    log = WORK / f"{out.name}.log"
    configuration = {
        "spark.ui.enabled": "false",
        "spark.log.level": "WARN",
        "spark.executor.memory": "1g",
        # Executors of a few minutes do without the second compiler.
        "spark.executor.extraJavaOptions": "-XX:TieredStopAtLevel=1",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
    }
    submit = " ".join(f"--conf {key}={value}" for key, value in configuration.items()) + " pyspark-shell"
    environment = {**os.environ, "PYSPARK_SUBMIT_ARGS": submit, "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    environment["SPARK_LOCAL_DIRS"] = str(WORK / "local")
    arguments = [sys.executable, HERE / "spark.py", "--way", way, "--master", "local-cluster[2,1,1024]", "--program", program]
    arguments += ["--input", table, "--output", out, "--bytes-per-partition", str(n_bytes), "--", *options]

    def progress():
        return len(list(out.glob("_temporary/0/task_*"))) / n_parts

    with open(log, "w") as stderr:
        process = subprocess.Popen(arguments, env=environment, stdout=subprocess.PIPE, stderr=stderr, text=True)
        looker = watch.Watch(process.pid, progress if disturbed else None)
        looker.start()
        output, _ = process.communicate()
    looker.stop()
    return output.strip(), process.returncode, looker, log


def engine(program, options, n_rows):
    """All rows on one machine, then both ways on Spark with an executor and a child killed on the way."""
    some = list(rows.rows(n_rows))
    table, source = fresh("rows.parquet"), WORK / "rows.jsonl"
    rows_per_file = max(1, n_rows // 40)
    n_bytes = rows.write_parquet(table, some, rows_per_file)
    n_parts = len(list(table.iterdir()))
    rows.write_lines(source, some)
    n_broken = sum(len(text.splitlines()) > 1 for _, text in some)
    print(f"{n_rows} rows, {n_broken} of them with line breaks, in {n_parts} files", flush=True)

    single = WORK / "single.jsonl"
    seconds, _, n_memory = on_one_machine(program, options, source, single)
    expected, n_out, n_errors = hashes(single)
    summary = [("one machine", n_rows, n_out, "", seconds, "", n_memory)]
    check(len(expected) == n_out == n_rows, f"one machine: {n_rows} rows in, {n_out} out, {n_errors} errors, {seconds:.1f} s")
    for way in ("pipe", "arrow"):
        out = fresh(f"answers-{way}")
        begun = time.monotonic()
        output, code, seen, log = on_spark(program, options, way, table, n_bytes, out, n_parts, True)
        seconds = time.monotonic() - begun
        found, n_out, _ = hashes(out)
        is_equal = found == expected and n_out == n_rows
        check(code == 0 and is_equal, f"spark {way}: {output or f'exit code {code}, see {log}'}; equal to one machine: {is_equal}")
        check(len(seen.killed) == 2, f"spark {way}: killed with SIGKILL: {', '.join(seen.killed)}")
        check(seen.n_left == 0, f"spark {way}: of {len(seen.orphans)} processes below the killed executor {seen.n_left} outlived it")
        restarts = f"{len(seen.executors) - 2} executors, {len(seen.children)} children in all"
        check(len(seen.executors) == 3, f"spark {way}: restarts: {restarts}")
        if way == "arrow":
            check(len(seen.children) <= len(seen.executors) + 1, "spark arrow: one child for each executor, and one for the child that was killed")
        summary.append((f"spark {way}", n_rows, n_out, "yes" if is_equal else "NO", seconds, restarts, seen.worker_bytes))
    refusals(table, n_bytes)
    print(f"\n{'':14}{'rows in':>9}{'rows out':>10}{'equal':>7}{'seconds':>9}{'MiB a worker':>14}  restarts")
    for name, n_in, n_out, equal, seconds, restarts, n_memory in summary:
        print(f"{name:14}{n_in:>9}{n_out:>10}{equal:>7}{seconds:>9.1f}{n_memory / 2**20:>14.0f}  {restarts}")


def refusals(table, n_bytes):
    """A child that answers too often, and one that fails after answering: neither may pass unseen."""
    some = fresh("few.parquet")
    rows.write_parquet(some, rows.rows(4), 4)
    for name, body, code, words in (
        ("twice", "exec sed p", 1, "4 rows went in and 8 lines came out"),
        ("failing", "cat; exit 7", 1, "Pipe function"),
    ):
        program = WORK / f"stub-{name}"
        program.write_text(f"#!/bin/sh\n{body}\n")
        program.chmod(0o755)
        _, found, _, log = on_spark(program, [], "pipe", some, n_bytes, fresh(f"answers-{name}"), 1, False)
        told = [line.strip() for line in log.read_text().splitlines() if words in line]
        check(found == code and told, f"spark pipe, a child that is {name}: exit code {found}, {told[-1][:160] if told else 'nothing told'}")


def measure(program, options):
    """Cost and memory by the number of rows, short ones and whole packets."""
    print(f"\n{'':34}{'seconds':>9}{'CPU seconds':>13}{'a 1,000':>9}{'MiB':>6}")
    for what, make, counts in (("rows of 1-3 sentences", rows.rows, (1000, 4000)), ("packets of 2,300 words", rows.packets, (50, 200))):
        for count in counts:
            source = WORK / "measured.jsonl"
            rows.write_lines(source, make(count))
            seconds, busy, n_memory = on_one_machine(program, ["--threads", "1", *options], source, WORK / "measured.out")
            print(f"{count:>6} {what:27}{seconds:>9.1f}{busy:>13.1f}{busy * 1000 / count:>9.1f}{n_memory / 2**20:>6.0f}", flush=True)
    table = fresh("measured.parquet")
    n_bytes = rows.write_parquet(table, rows.rows(1000), 125)
    for way in ("pipe", "arrow"):
        output, _, seen, _ = on_spark(program, options, way, table, n_bytes, fresh(f"measured-{way}"), 8, False)
        print(f"spark {output}; executor {seen.executor_bytes / 2**20:.0f} MiB and its child {seen.worker_bytes / 2**20:.0f} MiB", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / "target/release/ecq")
    parser.add_argument("--rows", type=int, default=20000)
    parser.add_argument("--only", default=",".join(PARTS), help="parts, separated by commas")
    parser.add_argument("--fields", default="coverage", help="what an answer holds, as ecq batch has it: coverage or report")
    options = parser.parse_args()
    parts = options.only.split(",")
    if not set(parts) <= set(PARTS):
        parser.error(f"--only: the parts are {', '.join(PARTS)}")
    program = options.program.resolve()
    if not os.access(program, os.X_OK):
        parser.error(f"--program: {program} is no program; cargo build --release makes one")
    more = ["--fields", options.fields]
    if "shards" in parts:
        shards(program)
    if "lines" in parts:
        lines(program)
    if "spark" in parts:
        engine(program, more, options.rows)
    if "measure" in parts:
        measure(program, more)
    print("all equal" if not faults else f"{len(faults)} faults")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
