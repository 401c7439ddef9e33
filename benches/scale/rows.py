"""Rows and small packets for trying the recipes: sentences of the sample packet, put together by number.

The same number makes the same row. Among them stands what breaks a careless pipe: line breaks of every kind, quotes,
backslashes, text that is not ASCII, ids with all of these, and a few rows without any text, which must come back as errors.
"""

import json
import pathlib
import random
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "corpus/samples/packet.txt"
BREAKS = ["\n", "\r\n", "\n\n", "\r", "\u2028", "\u0085", "\x0b", "\n\t"]
FOREIGN = ["Curaçao — “naïve façade”: ", "第三章 ", "Ωμέγα ", "🙂 ", "e\u0301tude: ", "\\n is not a break: ", '{"id":"x"} ']


def sentences():
    """The sentences of the sample, headings and tables left out."""
    paragraphs = [line for line in SAMPLE.read_text(encoding="utf-8").splitlines() if len(line) > 100]
    return [sentence for line in paragraphs for sentence in re.split(r"(?<=[.?!])\s+(?=[A-Z])", line) if len(sentence) > 30]


def rows(count):
    """(id, text) by number."""
    pool = sentences()
    for number in range(count):
        rng = random.Random(number)
        chosen = [rng.choice(pool) for _ in range(rng.randint(1, 3))]
        row_id = f"row-{number:08}"
        separator = rng.choice(BREAKS) if number % 5 == 1 else " "
        text = separator.join(chosen)
        if number % 7 == 2:
            text = f'"{text}"'
        if number % 11 == 3:
            text = rng.choice(FOREIGN) + text
        if number % 13 == 4:
            text += rng.choice(BREAKS)
        if number % 499 == 5:
            row_id += ' "é"\nsecond line'
        if number % 400 == 6:
            text = rng.choice(["", " ", "\n\n"])
        yield row_id, text


def packets(count):
    """(id, text) by number: the sample with other figures, one paragraph left out."""
    whole = SAMPLE.read_text(encoding="utf-8")
    for number in range(count):
        rng = random.Random(number)
        paragraphs = re.sub(r"\b[1-9]\d\b", lambda _: str(rng.randrange(12, 99)), whole).split("\n\n")
        long = [idx for idx, paragraph in enumerate(paragraphs) if len(paragraph) > 200]
        del paragraphs[rng.choice(long)]
        yield f"packet-{number:08}", "\n\n".join(paragraphs)


def write_lines(path, some):
    """As lines of JSON; characters stand as themselves here, escaped only where JSON asks for it."""
    with open(path, "w", encoding="utf-8", newline="\n") as out:
        for row_id, text in some:
            out.write(json.dumps({"id": row_id, "text": text}, ensure_ascii=False) + "\n")


def write_parquet(folder, some, rows_per_file):
    """As a table in files of so many rows; returns the bytes of the largest file."""
    import pyarrow
    import pyarrow.parquet

    some = list(some)
    folder.mkdir(parents=True)
    for start in range(0, len(some), rows_per_file):
        part = some[start : start + rows_per_file]
        table = pyarrow.table({"id": [row_id for row_id, _ in part], "text": [text for _, text in part]})
        pyarrow.parquet.write_table(table, folder / f"part-{start // rows_per_file:05}.parquet")
    return max(path.stat().st_size for path in folder.iterdir())


def write_files(folder, some):
    """As text files; slashes and line breaks in an id become underscores."""
    folder.mkdir(parents=True)
    for row_id, text in some:
        name = re.sub(r"[^A-Za-z0-9.-]", "_", row_id)
        (folder / f"{name}.txt").write_bytes(text.encode("utf-8"))
