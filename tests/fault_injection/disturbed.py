"""Runs interleave in a folder of its own, and sees what it leaves behind."""

import os
import shutil
import signal
import subprocess
import tempfile
import time

MARK = "INTERLEAVE_DISTURBED"  # in the environment: whose processes these are
# After these something is wrong on the slowest machine.
SECONDS_TO_CLEAN_UP = 60
SECONDS_TO_END = 600

# What the program may end with; see `interleave --help`.
CODES = {0, 1, 2, 3, 10, 11, 12, 13, 14, 15, 17, 20, 141}

SCENARIOS = {
    "holds.scn": "shared int x = 0;\nprocess p { x = 1; }\nprocess q { x = 2; }\n"
                 "invariant small: x <= 2;\nexpect holds;\n",
    "breaks.scn": "shared int x = 0;\nprocess p { x = 1; }\nprocess q { x = 2; }\n"
                  "invariant small: x <= 1;\n",
    "queue.scn": "shared queue<int, 1> q;\nprocess p { append(q, 1); append(q, 2); }\n"
                 "process c { int a = take(q); int b = take(q); }\n",
    "forks.c": "#include <sys/mman.h>\n#include <fcntl.h>\n#include <semaphore.h>\n"
               "#include <sys/wait.h>\n#include <unistd.h>\n"
               "int main(void) { int p[2]; char c; pipe(p);"
               "shm_open(\"/x\", O_RDWR | O_CREAT, 0600);"
               "sem_open(\"/s\", O_CREAT, 0600, 1); if (fork() == 0) { write(p[1], \"x\", 1);"
               "_exit(0); } read(p[0], &c, 1); wait(NULL); return 0; }\n",
}

# Title: arguments; the folder of the scenarios is the current one.
COMMANDS = {
    "check": ["check", "holds.scn"],
    "check, compiled": ["check", "--engine", "native", "holds.scn"],
    "check, broken": ["check", "breaks.scn", "--schedule", "out.sched"],
    "check, in parallel": ["check", "--threads", "2", "holds.scn"],
    "check --world real": ["check", "--world", "real", "breaks.scn"],
    "conform": ["conform", "--region", "file", "holds.scn"],
    "conform, with a real thing": ["conform", "--region", "shm", "queue.scn"],
    "conform, a program that forks": ["conform", "forks.c"],
    "stress": ["stress", "--runs", "200", "--region", "shm", "holds.scn"],
    "stress, with a real thing": ["stress", "--runs", "200", "queue.scn"],
    "graph": ["graph", "holds.scn", "-o", "out.dot"],
    "graph, a page": ["graph", "holds.scn", "-o", "out.html"],
    "fmt": ["fmt", "-i", "holds.scn"],
    "test": ["test", "--junit", "out.xml", "holds.scn"],
}


def processes_of(mark):
    """Numbers of the processes, zombies excepted, that have this mark in their environment."""
    found = []
    wanted = f"{MARK}={mark}".encode()
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        try:
            with open(f"/proc/{entry}/environ", "rb") as file:
                if wanted in file.read().split(b"\0"):
                    found.append(int(entry))
        except OSError:
            pass  # It is gone, or somebody else's.
    return found


def name_of(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return "?"


class Run:
    """One call of interleave, in a folder of its own."""

    number = 0

    def __init__(self, binary, arguments, environment=None):
        Run.number += 1
        self.mark = f"{os.getpid()}-{Run.number}"
        self.folder = tempfile.mkdtemp(prefix="disturbed-")
        self.work = os.path.join(self.folder, "work")
        self.temporary = os.path.join(self.folder, "tmp")
        os.mkdir(self.work)
        os.mkdir(self.temporary)
        for name, text in SCENARIOS.items():
            with open(os.path.join(self.work, name), "w", encoding="utf-8") as file:
                file.write(text)
        self.out = open(os.path.join(self.folder, "out"), "w+b")
        self.err = open(os.path.join(self.folder, "err"), "w+b")
        self.process = subprocess.Popen(
            [binary, *arguments], cwd=self.work, stdin=subprocess.DEVNULL, stdout=self.out,
            stderr=self.err, start_new_session=True,
            env={**os.environ, **(environment or {}), "TMPDIR": self.temporary, MARK: self.mark})

    def send(self, number, to_group):
        try:
            (os.killpg if to_group else os.kill)(self.process.pid, number)
        except ProcessLookupError:
            pass  # It has ended before.

    def end(self):
        """Waits; returns the exit code, or nothing when it hangs."""
        try:
            return self.process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return None

    def text(self):
        return self._read(self.out)

    def errors(self):
        return self._read(self.err)

    @staticmethod
    def _read(file):
        file.seek(0)
        return file.read().decode(errors="replace")

    def files(self):
        """What stands in the folder: name -> bytes."""
        found = {}
        for name in sorted(os.listdir(self.work)):
            with open(os.path.join(self.work, name), "rb") as file:
                found[name] = file.read()
        return found

    def left_behind(self):
        """What is still there some time after the end: a list of texts."""
        deadline = time.monotonic() + SECONDS_TO_CLEAN_UP
        while True:
            left = [f"process {pid}: {name_of(pid)}" for pid in processes_of(self.mark)]
            left += [f"in TMPDIR: {name}" for name in os.listdir(self.temporary)]
            left += [f"in /dev/shm: {name}" for name in os.listdir("/dev/shm")
                     if name.removeprefix("sem.").startswith("interleave-")
                     and f"-{self.process.pid}-" in name]
            known = {*SCENARIOS, "out.sched", "out.dot", "out.html", "out.xml"}
            left += [f"beside the scenarios: {name}" for name in os.listdir(self.work)
                     if name not in known]
            if not left or time.monotonic() > deadline:
                return left
            time.sleep(0.01)

    def close(self):
        for pid in processes_of(self.mark):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.out.close()
        self.err.close()
        shutil.rmtree(self.folder, ignore_errors=True)
