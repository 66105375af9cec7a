"""D7, D17: many starts at the same instant, commands beside a working relay, and deaths while the store is being made."""
import os
import re
import shutil
import signal
import subprocess
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from conftest import REPOSITORY, PROGRAM
from support import mails
from support.observer import observe
from support.process import wait_until
from support.relay import Relay

ALL = os.environ.get("CRASH_ALL") == "1"
PLAIN = REPOSITORY / "build/escrelay"
FAST = PLAIN if PLAIN.exists() else PROGRAM     # a start without sanitizers takes a hundredth of a second


@pytest.mark.parametrize("stage", ["run", "decide"])
def test_of_many_starts_one_wins(lab, tmp_path, stage):
    """D7. Goal: fifty at once on a store that is not there yet: one works, each other names its process and ends with 3."""
    for attempt in range(10 if ALL else 1):
        directory = tmp_path / str(attempt)
        directory.mkdir()
        relay = Relay(directory, lab, FAST)
        starts = [subprocess.Popen([FAST, "-c", relay.conf, stage], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                   env=relay._env(None)) for _ in range(50)]
        try:
            wait_until(lambda: sum(start.poll() is None for start in starts) <= 1, "all but one have ended", 60)
            [winner] = [start for start in starts if start.poll() is None]
            for start in starts:
                if start is not winner:
                    said = start.communicate()[1]
                    assert start.returncode == 3, said
                    assert re.search(rf"another {stage} works on .* \(process {winner.pid}\)", said), said
        finally:
            for start in starts:
                if start.poll() is None:
                    start.send_signal(signal.SIGTERM)
                    said = start.communicate(timeout=30)[1]
                    assert start.returncode == 0, said
        with closing(sqlite3.connect(relay.store)) as db:
            assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert db.execute("SELECT count(*) FROM meta WHERE name = 'key'").fetchone() == (1,)


def test_commands_write_while_the_relay_works(lab, relay):
    """D7. Goal: quarantine and queue change the store beside three busy stages; each command is done, nothing is lost."""
    relay.start()
    relay.wait_log("mailbox support: connected")
    sent = [mails.outsider(subject=f"Number {number}") for number in range(6)] + [mails.forward()]
    for mail in sent:
        lab.send(mail)
    wait_until(lambda: len(relay.json("quarantine")) == 6, "they are held", 30, relay.log_file)
    more = [mails.forward(mails.ticket(subject=f"Case {number}")) for number in range(4)]
    for mail in more:
        lab.send(mail)
    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(lambda row: relay.run("quarantine", "drop", row["journal"]), relay.json("quarantine")))
    assert all(one.returncode == 0 for one in done)
    wait_until(lambda: len(relay.json("list")) == 5 and not relay.json("queue"), "all is done", 40, relay.log_file)
    assert relay.stop() == 0
    lab.postfix.empty()
    observe(lab, relay, sent + more)


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
@pytest.mark.parametrize("call, stride", [("pwrite64", 40), ("fdatasync", 2), ("openat", 30), ("flock", 1), ("ftruncate", 1), ("unlink", 1)])
def test_killed_while_the_store_is_made(lab, tmp_path, call, stride):
    """D17. Goal: whatever step of the making dies, the next start makes it whole, with its one key, and works."""
    number, killed = 1, True
    while killed:
        directory = tmp_path / str(number)
        directory.mkdir()
        relay = Relay(directory, lab, FAST)
        done = relay.run("decide", "--once", check=None, under=(
            "sh", "-c", '"$@"; exit $?', "sh", "strace", "-f", "-o", "/dev/null", "-e", f"trace={call}", "-e",
            f"inject={call}:signal=SIGKILL:when={number}"))
        killed = done.returncode == 128 + signal.SIGKILL
        relay.run("decide", "--once")
        with closing(sqlite3.connect(relay.store)) as db:
            assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert db.execute("SELECT count(*), sum(length(value)) FROM meta WHERE name = 'key'").fetchone() == (1, 32)
            assert db.execute("PRAGMA user_version").fetchone()[0] > 0
        number += 1 if ALL else stride + number // 2
    assert number > 1 + stride or call == "unlink", f"nothing was killed at {call}"
