"""What the processes of a relay use: processor time to the nanosecond, memory every so often."""
import os
import threading
import time
from pathlib import Path

STAGES = ("fetch", "imap-child", "decide", "send", "run")


def stage_of(pid):
    """Which of STAGES a process is, by its command line."""
    words = Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    return next((stage for stage in ("imap-child", "fetch", "decide", "send", "run") if stage in words), None)


class Watch:
    """Samples the process group of `leader` every `every` seconds, from a thread, until `stop`.

    `cpu` is seconds by stage, of processes that live and of those that ended (as last seen); `peak` the largest
    resident set of one process by stage, in bytes; `rss` and `pss` the largest sums over all at one instant.
    """

    def __init__(self, leader, every=0.02):
        self.leader, self.every = leader, every
        self._cpu, self._stage = {}, {}
        self.peak, self.rss, self.pss = dict.fromkeys(STAGES, 0), 0, 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self):
        """A last look, while the processes still live."""
        self._over.set()
        self._thread.join()
        self._look()
        return self

    @property
    def cpu(self):
        """Seconds of processor time, by stage."""
        sums = dict.fromkeys(STAGES, 0.0)
        for pid, seconds in self._cpu.items():
            sums[self._stage[pid]] += seconds
        return sums

    def _run(self):
        while not self._over.wait(self.every):
            self._look()

    def _look(self):
        rss = pss = 0
        for pid in self._members():
            try:
                if self._stage.get(pid) in (None, "fetch", "run"):      # it may have become another program since
                    self._stage[pid] = stage_of(pid) or "run"
                self._cpu[pid] = int(Path(f"/proc/{pid}/schedstat").read_text("ascii").split()[0]) / 1e9
                lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()[1:4]
            except (OSError, IndexError):
                continue
            sizes = dict(line.split()[:2] for line in lines)
            resident = int(sizes.get("Rss:", 0)) * 1024
            rss += resident
            pss += int(sizes.get("Pss:", 0)) * 1024
            stage = self._stage[pid]
            self.peak[stage] = max(self.peak[stage], resident)
        self.rss, self.pss = max(self.rss, rss), max(self.pss, pss)

    def _members(self):
        """The leader and all below it."""
        found, todo = [], [self.leader]
        while todo:
            pid = todo.pop()
            found.append(pid)
            try:
                for task in os.listdir(f"/proc/{pid}/task"):
                    todo += map(int, Path(f"/proc/{pid}/task/{task}/children").read_text("ascii").split())
            except OSError:
                pass
        return found
