"""What runs below a process: executors, children, their memory; and how to kill one of them (Linux)."""

import os
import signal
import threading
import time


def table():
    """Of every process: parent, command line, start, whether it is a zombie."""
    found = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat") as file:
                state, parent, *rest = file.read().rpartition(")")[2].split()
            with open(f"/proc/{name}/cmdline", "rb") as file:
                line = file.read().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        found[int(name)] = (int(parent), line, rest[17], state in "ZX")
    return found


def below(root, processes):
    """All descendants of a process."""
    found, front = [], [root]
    while front:
        front = [pid for pid, (parent, _, _, _) in processes.items() if parent in front]
        found += front
    return found


def resident(pid):
    """Resident bytes of a process; 0 once it is gone."""
    try:
        with open(f"/proc/{pid}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


class Watch(threading.Thread):
    """Looks at everything below a process until `stop`.

    With `progress` (a function, 0 to 1) it kills one executor at a fifth of the way, with SIGKILL and without its
    children, and at three fifths one child of another executor.
    """

    def __init__(self, root, progress=None):
        super().__init__(daemon=True)
        self.root, self.progress = root, progress
        self.executors, self.children = set(), set()
        self.worker_bytes, self.executor_bytes = 0, 0
        self.killed, self.orphans, self.n_left = [], {}, 0
        self.is_stopped = threading.Event()

    def run(self):
        while not self.is_stopped.wait(0.25):
            self.look()

    def look(self):
        processes = table()
        mine = [pid for pid in below(self.root, processes) if not processes[pid][3]] + [self.root]
        readers = {pid for pid in mine if " --stdio-jsonl" in processes.get(pid, (0, "", 0, 0))[1] and is_program(processes[pid][1])}
        # A program that works through processes of its own counts once.
        first = {pid for pid in readers if processes[pid][0] not in readers}
        engines = {pid for pid in mine if pid in processes and "CoarseGrainedExecutorBackend" in processes[pid][1]}
        # For a moment everything that an executor starts looks like the executor itself.
        executors = {pid for pid in engines if processes[pid][0] not in engines}
        for pid in first:
            total = resident(pid) + sum(map(resident, below(pid, processes)))
            self.worker_bytes = max(self.worker_bytes, total)
        for pid in executors:
            self.executor_bytes = max(self.executor_bytes, resident(pid))
        self.children |= {(pid, processes[pid][2]) for pid in first}
        self.executors |= {(pid, processes[pid][2]) for pid in executors}
        if self.progress:
            try:
                self.disturb(processes, first, executors)
            except ProcessLookupError:
                # It ended by itself in between: another one next time.
                pass

    def disturb(self, processes, first, executors):
        done = self.progress()
        busy = [pid for pid in executors if first & set(below(pid, processes))]
        if not self.killed and done >= 0.2 and busy:
            self.orphans = {pid: processes[pid][2] for pid in below(busy[0], processes)}
            os.kill(busy[0], signal.SIGKILL)
            self.killed.append(f"executor {busy[0]} at {done:.0%}")
        elif len(self.killed) == 1 and done >= 0.6 and first:
            victim = max(first)
            os.kill(victim, signal.SIGKILL)
            self.killed.append(f"child {victim} at {done:.0%}")

    def stop(self):
        """Ends the watch; children that outlived their executor by more than ten seconds are counted in `n_left`."""
        self.is_stopped.set()
        self.join()
        deadline = time.monotonic() + 10
        while True:
            processes = table()
            left = [pid for pid, start in self.orphans.items() if processes.get(pid, (0, "", "", True))[2:] == (start, False)]
            if not left or time.monotonic() > deadline:
                break
            time.sleep(0.2)
        self.n_left = len(left)


def is_program(line):
    """Whether a command line is the program's own, and not that of an engine that has it among its arguments."""
    words = line.split()
    return bool(words) and "java" not in words[0] and "spark.py" not in line and "pyspark" not in line
