#!/usr/bin/env python3
"""Reads the rows of a table with ecq on Apache Spark: one answer for each row.

    spark-submit benches/scale/spark.py --way arrow --program ecq --input rows.parquet --output answers

The table has the columns `id` and `text`, one packet a row. The answers are lines of JSON, as `ecq batch --stdio-jsonl`
writes them: {"id", "report"} or {"id", "error"}. A row that cannot be read costs its own line an error and nothing else;
`line` in an error counts the lines of that child, which another partitioning changes: a row is known by its id.

Two ways, with the same answers:

pipe    `rdd.pipe` with `checkCode=True`: a child for each partition. Nothing but the standard library on the executors.
        Without `checkCode` a child that dies leaves its partition short and nobody notices.
arrow   `DataFrame.mapInArrow` around one long-lived child for each executor (child.py): the program starts once, whatever
        the number of partitions. Needs pyarrow on the executors.

The program is one file with its model inside, and `addFile` sends it to every executor: nothing is installed there. Give
each executor one task at a time (`spark.task.cpus` = `spark.executor.cores`, set below) and let the child use the cores
by `--threads`: a second child would cost its memory again and save no time.

Memory: the batches that go to a child have --rows-per-batch rows, and only one of them is in memory at a time. Partitions
should take minutes, not hours: what an executor that is lost had in work is read again, a partition at most.
"""

import argparse
import os
import shlex
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import child
from pyspark.sql import SparkSession

HERE = os.path.dirname(os.path.abspath(__file__))


def command_of(program, options):
    """What an executor runs: files of `addFile` lie in its working folder."""
    return ["./" + os.path.basename(program), "batch", "--stdio-jsonl", *options]


def by_pipe(rows, command, output):
    """A child a partition. Every row is encoded: a bare text with a line break in it would be two rows to the child.

    Nothing in the encoding may raise: in `pipe` it runs on a thread, and a fault there leaves the child waiting for ever.
    The child gets an empty environment, so that settings are given as options and not as ECQ_* variables.
    """
    lines = rows.rdd.map(lambda row: child.to_line(row.id, row.text))
    answers = lines.pipe(" ".join(map(shlex.quote, command)), checkCode=True)
    answers.saveAsTextFile(output)


def by_arrow(rows, command, output):
    """One child an executor, kept from task to task."""

    def read(batches):
        import child
        import pyarrow

        for batch in batches:
            ids, texts = batch.column("id").to_pylist(), batch.column("text").to_pylist()
            lines = [child.to_line(row_id, text) for row_id, text in zip(ids, texts)]
            answers = child.shared(command).answers(lines)
            yield pyarrow.RecordBatch.from_arrays([pyarrow.array(answers, pyarrow.string())], ["value"])

    rows.mapInArrow(read, "value string").write.text(output)


WAYS = {"pipe": by_pipe, "arrow": by_arrow}


def fault_of(n_in, n_out):
    """What is wrong with the number of answers; None if nothing is."""
    if n_in == n_out:
        return None
    return (
        f"{n_in} rows went in and {n_out} lines came out; every row must be one line: send rows as JSON (child.to_line), "
        "never as bare text, which a line break splits"
    )


def main():
    """Exit code 1 where rows and answers differ in number; a job that fails ends as Spark does."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--way", choices=sorted(WAYS), default="arrow")
    parser.add_argument("--program", required=True, help="the file `ecq`, built for the executors")
    parser.add_argument("--input", required=True, help="Parquet with the columns id and text")
    parser.add_argument("--output", required=True, help="folder for the answers; it must not exist")
    parser.add_argument("--master", help="without it what spark-submit or spark-defaults.conf say")
    parser.add_argument("--executor-cores", type=int, default=1)
    parser.add_argument("--rows-per-batch", type=int, default=64)
    parser.add_argument("--bytes-per-partition", default="128m", help="of the input files")
    parser.add_argument("options", nargs="*", help="after --: options of ecq batch, for example -- --codebook opm-2025")
    options = parser.parse_args()

    builder = (
        SparkSession.builder.appName("ecq")
        .config("spark.executor.cores", options.executor_cores)
        .config("spark.task.cpus", options.executor_cores)
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", options.rows_per_batch)
        .config("spark.sql.files.maxPartitionBytes", options.bytes_per_partition)
        # A file that is small costs no less than a large one otherwise, and partitions are made of too many.
        .config("spark.sql.files.openCostInBytes", "0")
    )
    if options.master:
        builder = builder.master(options.master)
    spark = builder.getOrCreate()
    spark.sparkContext.addFile(os.path.abspath(options.program))
    spark.sparkContext.addPyFile(os.path.join(HERE, "child.py"))
    rows = spark.read.parquet(options.input).select("id", "text")
    command = command_of(options.program, ["--threads", str(options.executor_cores), *options.options])

    begun = time.monotonic()
    WAYS[options.way](rows, command, options.output)
    seconds = time.monotonic() - begun
    n_partitions = rows.rdd.getNumPartitions()
    spark.conf.set("spark.sql.files.maxPartitionBytes", "128m")
    n_in, n_out = rows.count(), spark.read.text(options.output).count()
    spark.stop()
    print(f"{options.way}: {n_in} rows in, {n_out} lines out, {n_partitions} partitions, {seconds:.1f} s", flush=True)
    fault = fault_of(n_in, n_out)
    if fault:
        sys.exit(f"spark.py: {fault}")


if __name__ == "__main__":
    main()
