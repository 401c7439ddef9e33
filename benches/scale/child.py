"""One long-lived `ecq batch --stdio-jsonl` of a process: lines in, the answers out in the same order.

Spark ships this file to its executors (`addPyFile`) because only what is imported outlives a task there: a function that
is sent along with the task starts anew with each.
"""

import json
import subprocess
import threading

_children = {}


class ChildEnded(RuntimeError):
    """The program ended, or answered something else than it was asked."""


def to_line(row_id, text):
    """One line of JSON for one row.

    All that is not ASCII and every control character is escaped, so that no line break inside a text, of whatever kind,
    ends the line: one row is one line.
    """
    return json.dumps({"id": row_id, "text": text}, ensure_ascii=True, separators=(",", ":"))


def shared(command):
    """The child of this process for the command, started by the first task that asks and kept for the next ones."""
    key = tuple(command)
    child = _children.get(key)
    if child is None or not child.is_idle():
        if child is not None:
            child.end()
        child = _children[key] = Child(command)
    return child


class Child:
    """A running program. It ends by itself when this process does, for its standard input is closed then."""

    def __init__(self, command):
        self.command = list(command)
        self.process = None
        self.is_busy = False

    def is_idle(self):
        """False where a task was broken off between lines and answers: what is still to come belongs to nobody."""
        return not self.is_busy

    def answers(self, lines, n_attempts=2):
        """One answer for each line, in order. A child that ends is started once more and asked again.

        Raises ChildEnded when that one ends too; the engine then tries the task elsewhere or gives up.
        """
        for attempt in range(1, n_attempts + 1):
            self.is_busy = True
            try:
                answers = self._ask(lines)
            except ChildEnded:
                self.end()
                if attempt == n_attempts:
                    raise
            else:
                self.is_busy = False
                return answers
        return []

    def end(self):
        """Ends the program at once and forgets it."""
        if self.process is not None:
            self.process.kill()
            self.process.stdout.close()
            self.process.wait()
        self.process = None
        self.is_busy = False

    def _ask(self, lines):
        if self.process is None:
            self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        process = self.process
        # Written beside the reading: with both in turn, two full pipes would wait for each other.
        writer = threading.Thread(target=_write, args=(process.stdin, lines), daemon=True)
        writer.start()
        answers = []
        for line in lines:
            answer = process.stdout.readline()
            if not answer.endswith(b"\n"):
                raise ChildEnded(
                    f"{self.command[0]} ended after {len(answers)} of {len(lines)} lines, exit code {process.wait()}; "
                    "its messages are in the executor's log"
                )
            answer = answer.decode("utf-8").rstrip("\n")
            if json.loads(answer).get("id") != json.loads(line)["id"]:
                raise ChildEnded(f"{self.command[0]} answered line {len(answers) + 1} with another id: {answer[:200]}")
            answers.append(answer)
        writer.join()
        return answers


def _write(stream, lines):
    try:
        for line in lines:
            stream.write(line.encode("utf-8") + b"\n")
        stream.flush()
    except (BrokenPipeError, ValueError):
        # The reading side sees the end and says so.
        pass
