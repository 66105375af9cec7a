"""What the relay does when its disk is full or failing, or when its store is not what it should be."""
import hashlib
import os
import random
import re
import shutil
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from conftest import PROGRAM
from support import mails
from support.disk import Disk
from support.observer import observe
from support.process import wait_until
from support.relay import HEAD
from support.walk import Walk

STAGES = ("fetch", "decide", "send")
MB = 1 << 20


@pytest.fixture
def disk(tmp_path):
    one = Disk(tmp_path / "disk", "128m")
    yield one
    one.close()


def move_store(relay, directory, more="size-limit 1M"):
    """The store lives there; mails are small, so that little room is wanted."""
    relay.store = directory / "escrelay.db"
    relay.configure(head=HEAD.format(dir=directory), mailbox=relay.mailbox(more="poll 5s\n    " + more))


def arrive(lab, *some):
    for mail in some:
        lab.send(mail)
    lab.wait_mail("escalations", len(some))


def errors(text):
    return [line for line in text.splitlines() if "error:" in line]


# --- the disk ---------------------------------------------------------------------------------------------

def test_too_little_room_leaves_the_mail_on_the_server(lab, relay, disk):
    """D1. Goal: said once, nothing fetched; after room was made all goes on by itself."""
    move_store(relay, disk.directory)
    disk.remount("size=32m")
    relay.start()
    relay.wait_log(r"mailbox support: connected")
    forward = mails.forward()
    arrive(lab, forward)
    relay.wait_log(r"MB free beside the store")
    time.sleep(7)
    assert len(re.findall("MB free beside the store", relay.log())) == 1, relay.log()
    assert lab.count("escalations") == 1
    disk.remount("size=128m")
    lab.wait_mail("ada", timeout=40)
    wait_until(lambda: lab.count("escalations") == 0, "acknowledged")
    lab.wait_mail("keegan")
    assert relay.stop() == 0
    observe(lab, relay, [forward])


@pytest.mark.parametrize("size, room", [(0, 0), (3 * MB, MB)])
def test_a_full_disk_stops_decide_and_nothing_is_lost(lab, relay, disk, size, room):
    """D1. Goal: one line and exit 3 with --once; a running one says it once and carries on when there is room."""
    move_store(relay, disk.directory, "size-limit 8M")
    forward = mails.forward()
    if size:
        forward.add_attachment(os.urandom(size), maintype="application", subtype="octet-stream", filename="heap.bin")
    arrive(lab, forward)
    relay.run("fetch", "--once")
    disk.fill(room)                 # a large mail needs some for itself, a small one for its outcome alone
    done = relay.run("decide", "--once", check=3, timeout=30)
    assert len(errors(done.stderr)) == 1, done.stderr
    relay.start("decide")
    relay.wait_log("error:")
    time.sleep(6)                   # it tries each 5 s
    assert len(errors(relay.log())) == 1, relay.log()
    disk.make_room()
    wait_until(lambda: "opened ESC-1" in relay.log(), "it carries on", 40, relay.log_file)
    relay.stop()
    relay.run("run", "--once")
    lab.wait_mail("ada")
    lab.wait_mail("keegan")
    observe(lab, relay, [forward])


def test_a_full_disk_stops_send_and_nothing_goes_twice(lab, relay, disk):
    """D1. Goal: no attempt without room to write it down; then each letter once."""
    move_store(relay, disk.directory)
    forward = mails.forward()
    arrive(lab, forward)
    relay.run("fetch", "--once")
    relay.run("decide", "--once")
    disk.fill()
    done = relay.run("send", "--once", check=3)
    assert errors(done.stderr) and lab.count("ada") == 0
    disk.make_room()
    relay.run("run", "--once")
    lab.wait_mail("ada")
    lab.wait_mail("keegan")
    observe(lab, relay, [forward])
    assert lab.count("ada") == 1


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
@pytest.mark.parametrize("call, error, numbers", [("pwrite64", "ENOSPC", (30,)), ("fdatasync", "EIO", (3,))])
def test_a_disk_that_fails_for_a_moment(lab, tmp_path, call, error, numbers):
    """D1, D2. Goal: what fails twice in a row, in a whole conversation: the end is the usual one. More of it is
    in test_nth_failure.py."""
    usual = Walk(lab, tmp_path / "usual", PROGRAM)()
    for number in numbers:
        walk = Walk(lab, tmp_path / f"{number}", PROGRAM, (call, f"error={error}:when={number}..{number + 1}"))
        try:
            walk(usual)
        except AssertionError as fault:
            raise AssertionError(f"{error} at {call} number {number}: {fault}") from None


# --- the store --------------------------------------------------------------------------------------------

def digests(directory):
    """The database and its journal, as they are; an empty journal is none."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in directory.glob("escrelay.db*")
            if path.name in ("escrelay.db", "escrelay.db-wal") and path.stat().st_size > 0}


def refused(lab, relay, pattern, commands=STAGES):
    """Each command says one clear line, ends with 3 and changes nothing, here and on the server."""
    before, waiting = digests(relay.store.parent), lab.count("escalations")
    for command in commands:
        done = relay.run(command, *(("--once",) if command in STAGES else ()), check=3)
        assert done.stderr.count("\n") == 1, f"{command}: {done.stderr}"
        assert re.search(pattern, done.stderr), f"{command}: {done.stderr}"
        assert str(relay.store) in done.stderr, f"{command}: {done.stderr}"
    assert digests(relay.store.parent) == before and lab.count("escalations") == waiting


def with_a_case(lab, relay):
    """A store with something in it, and a mail that waits on the server."""
    arrive(lab, mails.forward())
    relay.run("run", "--once")
    arrive(lab, mails.forward(mails.ticket(subject="Another")))


def test_a_store_that_cannot_be_written(lab, relay, disk):
    """D3. Goal: named as what it is."""
    move_store(relay, disk.directory)
    with_a_case(lab, relay)
    disk.remount("ro")
    refused(lab, relay, r"[Rr]ead-only|readonly")
    assert relay.one("list")["id"] == "ESC-1", "a look is still possible"
    disk.remount("rw")
    relay.run("run", "--once")
    assert len(relay.json("list")) == 2


DAMAGES = {
    "its first page": lambda raw: b"\xa5" * 4096 + raw[4096:],
    "the pages in the middle": lambda raw: raw[:8192] + b"\xa5" * (len(raw) - 12288) + raw[-4096:],
    "a page of a table": lambda raw: raw[:4096] + b"\xa5" * 4096 + raw[8192:],
    "its second half is gone": lambda raw: raw[:len(raw) // 8192 * 4096],
    "one byte is left": lambda raw: raw[:1],
    "nothing is left": lambda raw: b"",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_store(lab, relay, damage):
    """D4. Goal: no stage works on it, none makes it worse, and the line names the way out."""
    with_a_case(lab, relay)
    if damage != "nothing is left":         # else much of it is still to be had from the journal
        with closing(sqlite3.connect(relay.store)) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw = relay.store.read_bytes()
    relay.store.write_bytes(DAMAGES[damage](raw))
    refused(lab, relay, r"restore a backup")
    relay.store.write_bytes(raw)
    relay.run("run", "--once")
    assert len(relay.json("list")) == 2


def test_a_store_that_is_damaged_under_a_running_decide(lab, relay):
    """D4. Goal: decide says it once, with the way out, and ends with the code that no service manager restarts;
    it writes nothing more, and after the store was restored all goes on."""
    with_a_case(lab, relay)
    running = relay.start("decide")
    wait_until(lambda: (relay.store.parent / "escrelay.db.decide.lock").exists(), "decide is up")
    running.send_signal(signal.SIGSTOP)
    relay.run("fetch", "--once")
    with closing(sqlite3.connect(relay.store)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw = relay.store.read_bytes()
    relay.store.write_bytes(raw[:4096] + b"\xa5" * (len(raw) - 4096))
    running.send_signal(signal.SIGCONT)
    assert relay.ended() == 3, relay.log()
    assert len(re.findall(r"it is damaged; .*restore a backup", relay.log())) == 1, relay.log()
    assert relay.store.read_bytes()[4096:] == b"\xa5" * (len(raw) - 4096), "written to a damaged store"
    for more in ("-wal", "-shm"):
        relay.store.with_name(relay.store.name + more).unlink(missing_ok=True)
    relay.store.write_bytes(raw)
    relay.run("run", "--once")
    assert len(relay.json("list")) == 2


@pytest.mark.skipif(shutil.which("strace") is None, reason="no strace")
def test_nobody_but_sqlite_opens_the_store(lab, relay):
    """D6. Goal: close() of any other descriptor would drop SQLite's locks, so no code of ours opens the file; and
    no process inherits it."""
    with_a_case(lab, relay)
    trace = relay.directory / "opens"
    for number, command in enumerate((*(("run", "--once"),), ("list",), ("show", "ESC-1"), ("why", "ESC-1"), ("queue",),
                                      ("quarantine",), ("verify",), ("check",), ("backup", relay.directory / "copy"))):
        relay.run(*command, check=None, under=(
            "strace", "-f", "-k", "-o", f"{trace}.{number}", "-P", relay.store, "-e", "trace=openat,open,creat,execve"))
        opens, frames = 0, Path(f"{trace}.{number}").read_text().split("openat(")[1:]
        for one in frames:
            call, *stack = one.split("\n >")
            if call.startswith(f'AT_FDCWD, "{relay.store}"') and " = -1 " not in call:
                opens += 1
                assert "O_CLOEXEC" in call, call
                assert any("libsqlite3" in frame for frame in stack[:6]), f"{command}: {one}"
        assert opens or command == ("check",), f"{command} did not open the store: is the trace right?"


def test_a_store_that_lost_its_database_but_not_its_journal(lab, relay):
    """D5. Goal: no new store is made over the -wal of the old one, which may hold what is nowhere else."""
    with_a_case(lab, relay)
    aside = relay.store.rename(relay.store.with_name("aside"))
    refused(lab, relay, r"-wal")
    aside.rename(relay.store)
    relay.run("run", "--once")
    assert len(relay.json("list")) == 2


def test_a_foreign_database(lab, relay):
    """D4. Goal: another program's database is left alone."""
    relay.unobserved = "the store is not its own"
    arrive(lab, mails.forward())
    db = sqlite3.connect(relay.store)
    with db:
        db.execute("CREATE TABLE songs (name TEXT)")
    db.close()
    refused(lab, relay, r"not one of escrelay's", (*STAGES, "list", "queue"))


def test_a_store_of_a_newer_relay(lab, relay):
    """D17. Goal: an older program does not touch it."""
    with_a_case(lab, relay)
    db = sqlite3.connect(relay.store)
    version = db.execute("PRAGMA user_version").fetchone()[0]
    db.execute(f"PRAGMA user_version = {version + 1}")
    db.close()
    refused(lab, relay, r"newer escrelay", (*STAGES, "list", "queue"))


def test_two_relays_on_one_store(lab, relay):
    """D7. Goal: each stage of a second relay names the first one's process and ends; the first goes on."""
    first = relay.start()
    relay.wait_log(r"mailbox support: connected")
    for stage in STAGES:
        wait_until((relay.store.parent / f"escrelay.db.{stage}.lock").exists, f"{stage} is up")
        done = relay.run(stage, "--once", check=3)
        assert re.search(rf"another {stage} works on .* \(process \d+\)", done.stderr), done.stderr
        assert done.stderr.count("\n") == 1, done.stderr
    assert first.poll() is None and relay.stop() == 0


def test_a_store_with_wrong_bytes_here_and_there(lab, relay):
    """D4. Goal: whatever bytes are wrong, decide refuses and changes nothing, or it works; it never dies of them."""
    with_a_case(lab, relay)
    relay.run("fetch", "--once")
    relay.unobserved = "the store is damaged"
    with closing(sqlite3.connect(relay.store)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw, refusals = relay.store.read_bytes(), 0
    for seed in range(200 if os.environ.get("CRASH_ALL") == "1" else 12):
        dice, wrong = random.Random(seed), bytearray(raw)
        for _ in range((1, 64, 256, 1024)[seed % 4]):
            wrong[dice.randrange(len(wrong))] = dice.randrange(256)
        for path in relay.store.parent.glob("escrelay.db-*"):
            path.unlink()
        relay.store.write_bytes(wrong)
        before = digests(relay.store.parent)
        done = relay.run("decide", "--once", check=None)
        assert done.returncode in (0, 3), f"seed {seed}: {done}"
        if done.returncode == 3:
            refusals += 1
            assert errors(done.stderr), f"seed {seed}: {done}"
            if re.search("restore a backup", done.stderr.splitlines()[0]):
                assert digests(relay.store.parent) == before, f"seed {seed}"
    assert refusals > 5
