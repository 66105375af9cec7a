"""soak.py: ten minutes of a company's mail in which everything that can fail does, and then the reckoning.

People open cases, answer and command (people.py) while processes die, lines are cut and servers say "later"
(trouble.py). Then the troubles end. When all is quiet, the observer judges the store and the mailboxes (I1 to I5, I7),
an own model says what must have become of every mail and every case (model.py), and a last batch of mail shows that
the processes do not grow. Exit status: 0 all is as it must be, 1 a violation (its story is printed, the files are kept).

  --seconds N    how long people write and trouble lasts (600)
  --seed N       makes the same choices again (else a new one; the timing of processes is never quite the same)
  --program P    the program under test
"""
import argparse
import collections
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from soak.model import Model               # noqa: E402  (only now is it found)
from soak.people import People             # noqa: E402
from soak.trouble import Trouble, name_of  # noqa: E402
from support import REPOSITORY, Lab        # noqa: E402
from support.observer import ENDED, Store, observe  # noqa: E402
from support.relay import Relay            # noqa: E402

CASES_EVERY, MOVES_EVERY, STRAYS_EVERY, TROUBLE_EVERY = 1.2, 0.35, 1.5, 3.0     # seconds, on average
PATIENCE = 180                              # seconds for all to become quiet once the troubles are over
BATCH = 30                                  # cases of the last batch
GROWTH = 8 << 20                            # bytes that a process may grow by in it; not told under a sanitizer
NO_LIMITS = """severity 1 {{ ack 500h; update 900h; offhours yes }}
severity 2 {{ ack 500h; update 900h }}
severity 3 {{ ack 500h; update 900h }}
limit recipient 100000 per 1h
limit case 100000 per 1h
limit word 100000 per 1h
limit echo 100000 per 1h
limit all 1000000 per 1h
"""


class Violation(Exception):
    """Something is not as it must be."""


class Soak:
    """One run in `lab` with its files in `directory`; `say` gets a line of progress now and then."""

    def __init__(self, lab, directory, program, seconds, seed, say):
        self.lab, self.seconds, self.seed, self.say = lab, seconds, seed, say
        self.random = random.Random(seed)
        self.relay = Relay(directory, lab, program)
        self.sanitized = "asan" in str(program)
        self.trouble = Trouble(lab, self.relay, random.Random(seed + 1))
        head = "".join(line for line in self.relay.parts["head"].splitlines(True) if not line.startswith("severity"))
        self.relay.configure(
            head=head + NO_LIMITS.format(),
            mailbox=self.relay.mailbox(f"imaps://localhost:{self.trouble.imap.port}/INBOX", "poll 2s\n    deadline 5s"),
            submission=self.relay.submission(f"smtps://localhost:{self.trouble.smtp.port}",
                                             "sessions 2\n    timeout 10s\n    retry-first 5s\n    retry-longest 10s"))
        self.model = Model()
        self.people = People(lab, self.model, self.random, odd_mails())
        self.peaks, self._said = collections.Counter(), 0.0

    def run(self):
        """The whole of it; raises Violation."""
        self.trouble.start()
        try:
            self._write()
            self.trouble.end()
            self._drain()
            self._judge()
            self._batch()
        except (AssertionError, TimeoutError) as fault:
            raise Violation(str(fault)) from fault
        finally:
            self.trouble.close()
            self.relay.stop(signal.SIGTERM if sys.exc_info()[0] is None else signal.SIGKILL)
        self.relay.close()

    def table(self):
        """What happened, in numbers."""
        store = Store(self.relay.store)
        outcomes = collections.Counter(row["outcome"] for row in store.journal)
        troubles = collections.Counter(_kind(line) for line in self.trouble.story)
        doubts = sum(row["outcome"] == "doubt" for row in store.attempt)

        def each(counts):
            return [(f"  {what}", count) for what, count in sorted(counts.items())]

        rows = [("mails written", len(self.model.delivered)), *each(self.people.counts), ("cases", len(self.model.cases)),
                ("mails that came", len(store.journal)), *each(outcomes),
                ("letters", len(store.outbox)), ("  attempts in doubt", doubts),
                ("troubles", len(self.trouble.story)), *each(troubles),
                *((f"largest {what}", f"{count >> 10} kB") for what, count in sorted(self.peaks.items()))]
        return [f"{name:<34} {value:>9}" for name, value in rows]

    # --- parts of a run -----------------------------------------------------------------------

    def _write(self):
        """People write and trouble strikes, each when chance has it."""
        dice, began = self.random, time.monotonic()
        doings = {self.people.open_case: CASES_EVERY, self.people.disturb: STRAYS_EVERY,
                  lambda: self.people.move_case(time.monotonic()): MOVES_EVERY, self.trouble.strike: TROUBLE_EVERY}
        due = {doing: began + dice.expovariate(1 / every) for doing, every in doings.items()}
        while (now := time.monotonic()) < began + self.seconds:
            for doing, at in due.items():
                if at <= now:
                    doing()
                    due[doing] = time.monotonic() + dice.expovariate(1 / doings[doing])
            self.people.read()
            self.trouble.tend()
            self._watch()
            self._progress(f"{now - began:.0f} of {self.seconds} s")
            time.sleep(0.02)

    def _drain(self):
        """Until the people have seen all that they wait for, and nothing is under way."""
        until = time.monotonic() + PATIENCE
        while True:
            self.people.read()
            waits = self.people.busy()
            if not waits and self._quiet():
                return
            if time.monotonic() > until:
                owed = [f"letter {row['id']} to {row['recipient']}: {row['state']}, {row['reply']}"
                        for row in Store(self.relay.store).outbox if row["state"] not in ENDED]
                raise Violation("\n".join([f"{PATIENCE} s after all troubles ended, there is still something to do:",
                                           *waits, *owed, f"{self.lab.count('escalations')} mails in the inbox",
                                           "the log:", self.relay.log()[-4000:]]))
            self._progress(f"it becomes quiet, {len(waits)} to go")
            time.sleep(0.1)

    def _judge(self):
        """The observer, then the model."""
        observe(self.lab, self.relay, self.model.delivered)
        listed = self.relay.json("list", "--all", timeout=300)
        faults = list(self.model.compare(self.relay.store, listed, self.people.boxes()))
        if faults:
            raise Violation("\n".join(["the model and the relay disagree:", *faults]))

    def _batch(self):
        """More mail, with nothing in its way: no process has more files open afterwards, nor much more memory."""
        def some(count):
            for _ in range(count):
                self.people.open_case()
            self._drain()
            return self._sizes()

        some(BATCH // 3)
        before, after = some(BATCH // 3), some(BATCH)
        for pid, (name, memory, files) in before.items():
            if pid not in after:
                raise Violation(f"{name} ended while nothing was wrong")
            _, memory_after, files_after = after[pid]
            if files_after > files:
                raise Violation(f"{name} has {files_after} files open after {BATCH} more cases, and had {files}")
            if memory_after > memory + GROWTH and not self.sanitized:
                raise Violation(f"{name} has {memory_after >> 10} kB after {BATCH} more cases, had {memory >> 10} kB")
        self._judge()

    # --- inside -------------------------------------------------------------------------------

    def _quiet(self):
        store = Store(self.relay.store)
        return (self.lab.count("escalations") == 0 and all(row["state"] != "kept" for row in store.journal)
                and all(row["state"] in ENDED for row in store.outbox)
                and all(row["told"] for row in store.outbox if row["state"] == "refused"))

    def _sizes(self):
        """By process: its name, the bytes it has in memory, the files it has open."""
        found = {}
        for pid in self.relay.family():
            try:
                pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
                found[pid] = name_of(pid), pages * os.sysconf("SC_PAGESIZE"), len(os.listdir(f"/proc/{pid}/fd"))
            except OSError:
                pass                        # it has just ended
        return found

    def _watch(self):
        for name, memory, _ in self._sizes().values():
            self.peaks[name] = max(self.peaks[name], memory)

    def _progress(self, where):
        if time.monotonic() - self._said >= 1:
            self._said = time.monotonic()
            self.say(f"{where}: {len(self.model.delivered)} mails, {len(self.model.cases)} cases, "
                     f"{len(self.people.busy())} under way, {len(self.trouble.story)} troubles")


def odd_mails():
    """The corpus, without what could be taken for a mail of our own people, and without NULs, which Dovecot changes."""
    found = []
    for path in sorted((REPOSITORY / "tests/corpus").glob("*/*.eml")):
        raw = path.read_bytes()
        if b"\0" not in raw and b"ESC-" not in raw and b"escalations+" not in raw:
            found.append(raw)
    return found


def _kind(line):
    """A line of the story without its time and its numbers."""
    what = line.partition(" s  ")[2]
    return what.partition(" after ")[0].partition(", then")[0] if "UIDVALIDITY" not in what else "UIDVALIDITY"


def _teller():
    """On a terminal one line that renews itself; else a line every ten seconds."""
    last = [0.0]

    def say(line):
        if sys.stdout.isatty():
            print(f"\r\033[K{line[:shutil.get_terminal_size().columns - 1]}", end="", flush=True)
        elif time.monotonic() - last[0] >= 10:
            last[0] = time.monotonic()
            print(line, flush=True)
    return say


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--program", type=Path, default=REPOSITORY / "build/escrelay")
    given = parser.parse_args()
    directory = Path(tempfile.mkdtemp(prefix="escrelay-soak."))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))   # what was started is ended then too
    print(f"soak: {given.seconds} s, seed {given.seed}", flush=True)
    with Lab() as lab:
        soak = Soak(lab, directory, given.program.absolute(), given.seconds, given.seed, _teller())
        try:
            soak.run()
            fault = None
        except Violation as violation:
            fault = violation
        print("\r\033[K" if sys.stdout.isatty() else "", end="")
        print("\n".join(soak.table()))
        if fault is None:
            shutil.rmtree(directory)
            print(f"soak: all is as it must be (seed {given.seed})")
            return 0
        print("\nthe last troubles:", *soak.trouble.story[-25:], "", f"VIOLATION: {fault}", "", sep="\n")
        print(f"soak: failed; again: make soak SOAK_SECONDS={given.seconds} SOAK_SEED={given.seed}")
        print(f"its files are kept in {directory}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
