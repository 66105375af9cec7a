"""Goal: an operator can prove that the store is sound, and has a copy that is; a start of a large store does not read all of it."""
import re
import shutil
import sqlite3
import stat
import subprocess
from contextlib import closing

import pytest

from support import mails

LARGE = 70 << 20


def with_a_case(lab, relay):
    """A case with its letters owed, and another mail that is held."""
    lab.send(mails.forward())
    lab.send(mails.mail("Mallory <mallory@elsewhere.example>", mails.ESCALATIONS, "hello", "Hello!\n"))
    lab.wait_mail("escalations", 2)
    relay.run("fetch", "--once")
    relay.run("decide", "--once")


def by_hand(relay, *statements):
    """What no program of ours would do."""
    relay.unobserved = "its store was written by hand"
    with closing(sqlite3.connect(relay.store)) as db:
        for one in statements:
            db.execute(one)
        db.commit()


def grow(relay, size=LARGE):
    """A mail of that size in the journal, judged long ago, and all of it in the database."""
    relay.unobserved = "its store was written by hand"
    with closing(sqlite3.connect(relay.store)) as db:
        db.execute("INSERT INTO journal (mailbox, uidvalidity, uid, received, size, cut, sha256, state, outcome, note)"
                   " VALUES ('old', 1, 1, 1, ?, 1, zeroblob(32), 'judged', 'ignored', 'a rule')", (size,))
        number = db.execute("SELECT max(id) FROM journal").fetchone()[0]
        for seq in range(size >> 17):
            db.execute("INSERT INTO raw VALUES (?, ?, zeroblob(131072))", (number, seq))
        db.commit()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def test_a_sound_store_is_said_to_be(lab, relay):
    """Goal: exit 0, one line."""
    with_a_case(lab, relay)
    assert re.search(r"is sound: 2 mails, 1 open cases?, 3 letters owed", relay.run("verify").stdout)
    found = relay.one("verify")
    assert found["sound"] and found["findings"] == [] and found["count"] == 0


WRONG = {
    "a byte of a mail": ("contents", "UPDATE raw SET bytes = zeroblob(length(bytes)) WHERE journal = 1"),
    "half a mail": ("contents", "UPDATE raw SET bytes = substr(bytes, 1, 100) WHERE journal = 1"),
    "a case that is gone": ("references", "DELETE FROM escalation"),
    "a letter without words": ("letters", "DELETE FROM segment"),
    "a counter": ("turns", "UPDATE workload SET open = open + 1"),
    "a turn": ("turns", "UPDATE tally SET turns = 5"),
    "an outcome": ("journal", "UPDATE journal SET outcome = NULL WHERE id = 1"),
    "a held mail": ("quarantine", "DELETE FROM quarantine"),
    "a letter that went by itself": ("letters", "UPDATE outbox SET state = 'sent' WHERE id = 1"),
}


@pytest.mark.parametrize("what", WRONG)
def test_verify_finds(lab, relay, what):
    """Goal: what is wrong is named, and the exit status says so."""
    check, statement = WRONG[what]
    with_a_case(lab, relay)
    by_hand(relay, "PRAGMA foreign_keys = OFF", statement)
    found = relay.one("verify", check=1)
    assert not found["sound"] and check in {one["check"] for one in found["findings"]}, found
    assert f"{check}: " in relay.run("verify", check=1).stdout


def test_verify_finds_a_damaged_page(lab, relay):
    """Goal: a page of noise somewhere is a finding, not a crash."""
    with_a_case(lab, relay)
    grow(relay, 4 << 20)
    raw = bytearray(relay.store.read_bytes())
    for at in range(100 * 4096, 160 * 4096, 7 * 4096):      # behind the schema, without which nothing can be read
        raw[at:at + 4096] = b"\xa5" * 4096
    relay.store.write_bytes(raw)
    assert not relay.one("verify", check=1)["sound"]


def test_a_backup_restores(lab, relay, tmp_path):
    """Goal: the copy is whole, one file, for its owner alone, and a relay goes on from it; nothing is overwritten."""
    with_a_case(lab, relay)
    copy = tmp_path / "copy.db"
    relay.run("backup", copy)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.glob("copy.db*")] == ["copy.db"]
    before = copy.read_bytes()
    assert "nothing is overwritten" in relay.run("backup", copy, check=3).stderr
    assert copy.read_bytes() == before
    for path in (relay.store, relay.store.with_name("escrelay.db-wal"), relay.store.with_name("escrelay.db-shm")):
        path.unlink(missing_ok=True)
    shutil.copy(copy, relay.store)
    relay.run("run", "--once")
    lab.wait_mail("ada")
    lab.wait_mail("keegan")
    assert relay.one("list")["state"] == "assigned" and relay.one("verify")["sound"]


def test_a_backup_while_the_relay_writes(lab, relay, tmp_path):
    """Goal: each copy is of one instant and sound, however much comes in meanwhile."""
    relay.run("decide", "--once")
    grow(relay, 16 << 20)
    relay.start()
    relay.wait_log(r"mailbox support: connected")
    for number in range(6):
        lab.send(mails.forward(mails.ticket(subject=f"Number {number}")))
    for number in range(3):
        relay.run("backup", tmp_path / f"{number}.db")
    lab.wait_mail("ada", 6, 40)
    for number in range(3):
        with closing(sqlite3.connect(tmp_path / f"{number}.db")) as db:
            assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            assert db.execute("SELECT count(*) FROM journal WHERE state = 'judged' AND outcome IS NULL").fetchone()[0] == 0
    assert relay.stop() == 0


def test_a_backup_that_cannot_be_made(lab, relay, tmp_path):
    """Goal: no folder, and of a damaged store no copy under the name; the reason is said."""
    with_a_case(lab, relay)
    assert "No such file" in relay.run("backup", tmp_path / "no" / "copy.db", check=3).stderr
    with closing(sqlite3.connect(relay.store)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw = relay.store.read_bytes()
    relay.unobserved = "the store is damaged"
    relay.store.write_bytes(raw[:4096 * 20] + b"\xa5" * 4096 * 10 + raw[4096 * 30:])
    relay.run("backup", tmp_path / "copy.db", check=3)
    assert not list(tmp_path.glob("copy.db*"))


# --- a start ----------------------------------------------------------------------------------------------

def pages_read(relay, stage, tmp_path):
    """How many bytes a stage reads of the database."""
    trace = tmp_path / "trace"
    relay.run(stage, "--once", under=("strace", "-f", "-y", "-e", "trace=pread64", "-o", str(trace)), timeout=120)
    return sum(int(size) for size in re.findall(r"escrelay\.db>.* = (\d+)$", trace.read_text(), re.M))


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_a_start_does_not_read_a_large_store(lab, relay, tmp_path):
    """Goal: of 70 MB a start reads next to nothing; after an unclean exit decide reads all."""
    relay.run("decide", "--once")
    grow(relay)
    assert pages_read(relay, "decide", tmp_path) < 4 << 20
    assert pages_read(relay, "send", tmp_path) < 4 << 20
    by_hand(relay, "UPDATE meta SET value = 1 WHERE name = 'flag.decide-running'")
    assert pages_read(relay, "decide", tmp_path) > LARGE


DAMAGES = {
    "its second half is gone": lambda raw: raw[:len(raw) // 8192 * 4096],
    "its first pages": lambda raw: raw[:4096] + b"\xa5" * 40 * 4096 + raw[41 * 4096:],
    "its last pages": lambda raw: raw[:-4096 * 64] + bytes(4096 * 64),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_large_store_that_is_damaged(relay, damage):
    """Goal: what is wrong with the file as a whole is seen at the start of a large one too."""
    relay.run("decide", "--once")
    grow(relay)
    relay.store.write_bytes(DAMAGES[damage](relay.store.read_bytes()))
    for stage in ("fetch", "decide", "send"):
        assert "restore a backup" in relay.run(stage, "--once", check=3).stderr
