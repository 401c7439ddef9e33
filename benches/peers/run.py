#!/usr/bin/env python3
"""The encoder beside its peers, interleaved, on passages of corpus/train.

    python3 benches/peers/run.py                 # installs the peers under target/peers, then measures
    python3 benches/peers/run.py --rounds 5 --passages 400 --threads 1,2

Every peer is a process of its own that holds the bundled encoder and waits; in every round each of them embeds
all passages once, one after another, in an order that is turned by one each round. Tokenization, pooling and
scaling to unit length are included. With one thread the figure is tokens per second of processor time, which
other work on the machine disturbs least; with more it is tokens per second of wall time. The ratio is to ONNX
Runtime f32 in the same round; the table shows the median of the rounds and the least and largest.
"""

import argparse
import json
import os
import random
import statistics
import struct
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "target" / "peers"
PYTHON = WORK / "venv" / "bin" / "python"
PACKAGES = ["onnxruntime", "onnx", "numpy", "tokenizers", "safetensors", "torch", "transformers", "sentence-transformers"]
OURS = ["ecq-int8", "ecq-f32", "ecq-reference"]
PEERS = ["ort-f32", "ort-int8", "sentence-transformers"]
BASE = "ort-f32"


def install():
    """The scratch environment, and the bundled encoder in the forms the peers read."""
    if not PYTHON.exists():
        subprocess.run([sys.executable, "-m", "venv", WORK / "venv"], check=True)
        subprocess.run([PYTHON, "-m", "pip", "install", "-q", *PACKAGES], check=True)
    if not (WORK / "encoder-int8.onnx").exists():
        subprocess.run([PYTHON, ROOT / "benches/peers/peer.py", "export", WORK], check=True)


def passages(n):
    """n passages with a fixed seed, so that two runs measure the same texts."""
    texts = []
    for path in sorted((ROOT / "corpus/train").glob("*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            texts += [json.loads(line)["text"] for line in lines if line.strip()]
    # Typographic characters and bullets are made plain before our tokenizer, and would be other tokens for the peers.
    texts = [text for text in texts if text.isascii() and text[0].isalnum()]
    return random.Random(1).sample(texts, n)


def our_program():
    """The path of the bench program `peer`, built."""
    build = subprocess.run(
        ["cargo", "bench", "--bench", "peer", "--no-run", "--message-format=json"],
        cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True,
    )
    for line in build.stdout.splitlines():
        message = json.loads(line)
        if message.get("target", {}).get("name") == "peer" and message.get("executable"):
            return message["executable"]
    raise SystemExit("cargo built no program named peer")


class Peer:
    """A process that embeds all passages whenever it reads a line."""

    def __init__(self, name, program, threads, texts):
        self.name = name
        self.vectors = WORK / f"{name}-{threads}.f32"
        if name in OURS:
            command = [program, name.removeprefix("ecq-"), str(threads), texts, self.vectors]
        else:
            command = [PYTHON, ROOT / "benches/peers/peer.py", name, str(threads), texts, self.vectors]
        environment = dict(os.environ, OMP_NUM_THREADS=str(threads), TOKENIZERS_PARALLELISM="false")
        self.process = subprocess.Popen(
            [str(part) for part in command], cwd=WORK, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )
        self.n_tokens = int(self.process.stdout.readline())

    def processor_seconds(self):
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def round(self):
        before, start = self.processor_seconds(), time.perf_counter()
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        self.process.stdout.readline()
        return self.processor_seconds() - before, time.perf_counter() - start

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def cosines(a, b, dim):
    """Mean and least cosine of two files of unit rows."""
    a, b = a.read_bytes(), b.read_bytes()
    assert len(a) == len(b) > 0, "two peers wrote different numbers of vectors"
    a, b = (struct.unpack(f"<{len(x) // 4}f", x) for x in (a, b))
    rows = [sum(x * y for x, y in zip(a[i : i + dim], b[i : i + dim])) for i in range(0, len(a), dim)]
    return statistics.mean(rows), min(rows)


def measure(names, threads, rounds, program, texts):
    peers = [Peer(name, program, threads, texts) for name in names]
    for peer in peers:
        peer.round()
    speed = {name: [] for name in names}
    for turn in range(rounds):
        for peer in peers[turn % len(peers) :] + peers[: turn % len(peers)]:
            cpu, wall = peer.round()
            speed[peer.name].append(peer.n_tokens / (cpu if threads == 1 else wall))
    for peer in peers:
        peer.close()
    dim = json.loads((ROOT / "models/default/config.json").read_text())["hidden_size"]
    kind = "processor second" if threads == 1 else "second"
    print(f"\n{threads} thread{'s' * (threads > 1)}, {rounds} rounds, {peers[0].n_tokens} tokens; tokens per {kind}")
    print(f"{'':<24}{'median':>8}{'least':>8}{'most':>8}{'ratio':>8}{'least':>7}{'most':>7}{'cosine':>10}{'least':>10}")
    base = next(peer for peer in peers if peer.name == BASE)
    for peer in peers:
        ratios = [x / y for x, y in zip(speed[peer.name], speed[BASE])]
        mean, least = cosines(peer.vectors, base.vectors, dim)
        assert mean > 0.97, f"{peer.name} computes something else: cosine {mean}"
        s = speed[peer.name]
        print(
            f"{peer.name:<24}{statistics.median(s):>8.0f}{min(s):>8.0f}{max(s):>8.0f}"
            f"{statistics.median(ratios):>8.2f}{min(ratios):>7.2f}{max(ratios):>7.2f}{mean:>10.5f}{least:>10.5f}"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--passages", type=int, default=400)
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--peers", default=",".join(OURS + PEERS))
    args = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    install()
    texts = WORK / "passages.json"
    texts.write_text(json.dumps(passages(args.passages)))
    program = our_program()
    names = args.peers.split(",")
    if BASE not in names:
        names.append(BASE)
    for threads in args.threads.split(","):
        measure(names, int(threads), args.rounds, program, texts)


if __name__ == "__main__":
    main()
