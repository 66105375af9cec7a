"""What is old goes, and what belongs to something stays: `keep`, `escrelay purge`, and what decide does by itself once a day."""
import os
import pty
import re
import sqlite3
import subprocess
from contextlib import closing
from datetime import datetime, timedelta, timezone

import pytest

from support import mails, wait_until
from support.observer import Store
from test_conversation import words
from test_filings import TEAMS
from test_main_job import arrive, once

THEN = datetime(2026, 7, 1, 10, tzinfo=timezone.utc)     # long before today, a Wednesday
PLAN = f"rotation core 2026-06-01 to {datetime.now().year + 1}-12-01 {{ seats keegan }}\n"
KEEP = "keep journal 90d\nkeep outbox 90d\n"


def past(lab, relay):
    """Five months ago: ESC-1 was solved, ESC-2 is open still, two mails were held, one of them dropped. The mail of ESC-1."""
    relay.configure(rotation=PLAN, teams=TEAMS, extra=KEEP)
    first = mails.forward(mails.ticket("First one", "The first.\n"))
    arrive(lab, relay, first, at=THEN)
    arrive(lab, relay, mails.reply(lab.wait_mail("keegan")[0], mails.KEEGAN, "/resolve answered: the flag was off"), at=THEN)
    arrive(lab, relay, mails.forward(mails.ticket("Second one", "The second.\n")), at=THEN)
    for _ in range(2):
        arrive(lab, relay, mails.outsider(), at=THEN)
    relay.run("quarantine", "drop", relay.json("quarantine")[0]["journal"])
    relay.remembered = Store(relay.store)
    return first


def rows(relay, sql):
    """What the store holds."""
    with closing(sqlite3.connect(relay.store)) as db:
        return db.execute(sql).fetchall()


def bytes_of(relay):
    """{journal: bytes that are here}"""
    return dict(rows(relay, "SELECT id, (SELECT coalesce(sum(length(bytes)), 0) FROM raw WHERE journal = id) FROM journal"))


def test_what_is_old_goes_and_what_is_needed_stays(lab, relay):
    """Goal: shown first and nothing removed; then the solved case's mails and letters and the dropped mail go, the open case, the held
    mail and every line stay; it is explained, verify is content, and no mail acts twice."""
    first = past(lab, relay)
    before, letters = bytes_of(relay), len(relay.json("queue", "list", "--all"))
    said = relay.run("purge").stdout
    assert "Nothing was removed: 'escrelay purge --yes' does it." in said
    assert re.search(r"mails that came, their bytes\s+keep journal\s+90 d.*\s3\s", said), said
    assert bytes_of(relay) == before
    asked = relay.one("purge")
    assert not asked["removed"] and [kind["rows"] for kind in asked["kinds"]][1:] == [3, 0]

    done = relay.one("purge", "--yes")
    assert done["removed"] and [kind["rows"] for kind in done["kinds"]][1:] == [3, 0] and done["kinds"][0]["rows"] > 3
    assert {id: here > 0 for id, here in bytes_of(relay).items()} == {1: False, 2: False, 3: True, 4: False, 5: True}
    assert len(relay.json("queue", "list", "--all")) == letters - done["kinds"][0]["rows"]
    assert relay.run("verify").returncode == 0
    assert "removed" in relay.run("purge", "--yes").stdout.lower() and relay.one("purge")["kinds"][1]["rows"] == 0

    show = relay.run("show", "ESC-1").stdout
    assert "the flag was off" in show and "The text of mails of before" in show and "Letters of before" in show
    why = relay.run("why", first["Message-ID"]).stdout
    assert "for its age (keep journal): what it said is gone" in why and "opened ESC-1" in why
    assert relay.json("why", first["Message-ID"])[0]["purged"] and "removed for its age" in relay.run("quarantine", "show", "4").stdout
    assert "The second." in relay.run("quarantine", "show", "3").stdout, "of the open case"

    arrive(lab, relay, first)
    assert relay.json("why", first["Message-ID"])[0]["outcome"] == "duplicate" and len(relay.json("list", "--all")) == 2


def asked(relay, answer):
    """What it says on a terminal, where somebody answers."""
    ours, its = pty.openpty()
    with subprocess.Popen([relay.program, "-c", relay.conf, "purge"], stdin=its, stdout=its, stderr=its) as process:
        os.close(its)
        os.write(ours, answer)
        said = b""
        while True:
            try:
                said += os.read(ours, 4096)
            except OSError:                 # it has ended
                break
    os.close(ours)
    assert process.returncode == 0
    return said.decode()


def test_it_asks_on_a_terminal_and_works_beside_the_relay(lab, relay):
    """Goal: no is no and yes is yes; what comes meanwhile is fetched, decided and sent as ever."""
    past(lab, relay)
    relay.start("run")
    before = bytes_of(relay)
    assert "Remove this for good? [y/N]" in asked(relay, b"\n") and bytes_of(relay) == before
    lab.send(mails.forward(mails.ticket("Meanwhile", "New.\n")))
    assert "Removed: " in asked(relay, b"y\n") and bytes_of(relay)[1] == 0
    wait_until(lambda: any("Meanwhile" in str(mail["Subject"]) for mail in lab.mail_of("ada")), "a receipt")
    assert relay.stop() == 0
    assert relay.run("verify").returncode == 0


def test_a_purged_case_can_be_opened_again(lab, relay):
    """Goal: the engineer gets what remains, in a letter that is whole."""
    past(lab, relay)
    relay.run("purge", "--yes")
    relay.run("reopen", "ESC-1")
    relay.run("assign", "ESC-1", "bola")
    once(relay)
    letter = lab.wait_mail("bola")[0]
    assert "What this mail said was removed on" in words(letter) and "First one" in str(letter["Subject"])
    assert not list(letter.iter_attachments())
    assert relay.run("verify").returncode == 0


def test_the_record_goes_too_where_that_is_said(lab, relay):
    """Goal: with `keep events` the events and decisions of the solved case go, its line stays, and commands say what is missing."""
    first = past(lab, relay)
    relay.configure(extra=KEEP + "keep events 90d\n")
    assert relay.one("purge", "--yes")["kinds"][2]["rows"] > 5
    assert "The record of this case was removed for its age" in relay.run("show", "ESC-1").stdout
    assert "The record of this case was removed for its age" in relay.run("why", "ESC-1").stdout
    assert "opened ESC-1; why is no more known (keep events)" in relay.run("why", first["Message-ID"]).stdout
    assert rows(relay, "SELECT sender, subject FROM journal WHERE id = 1") == [("", "")]
    assert relay.one("show", "ESC-2")["events"] and relay.run("verify").returncode == 0


@pytest.mark.parametrize("what", ["letters", "filing", "token"])
def test_what_still_belongs_to_something_is_kept(lab, relay, what):
    """Goal: a letter that is not sent, a review that is open, a reply address that still works: each holds its case's mails."""
    relay.configure(rotation=PLAN, teams=TEAMS, extra="keep journal 10d\nkeep outbox 10d\n")
    arrive(lab, relay, mails.forward(), at=THEN)
    closed = datetime.now(timezone.utc) - timedelta(days=20) if what == "token" else THEN
    line = "/resolve fix search: x, https://example.com/1" if what == "filing" else "/resolve answered: x"
    arrive(lab, relay, mails.reply(lab.wait_mail("keegan")[0], mails.KEEGAN, line), at=closed)
    if what == "letters":
        with closing(sqlite3.connect(relay.store)) as db:
            db.execute("UPDATE outbox SET state = 'doubt', settled_at = 0 WHERE kind = 'assignment'")
            db.execute("UPDATE attempt SET outcome = 'doubt' WHERE outbox = (SELECT id FROM outbox WHERE kind = 'assignment')")
            db.commit()
    relay.remembered = Store(relay.store)
    kinds = relay.one("purge", "--yes")["kinds"]
    assert bytes_of(relay)[1] > 0
    if what != "letters":
        assert kinds[0]["rows"] == kinds[1]["rows"] == 0
    relay.run("send", "--once")         # what is owed is whole
    assert relay.run("verify").returncode == 0


def test_a_death_at_any_step_leaves_nothing_half_done(lab, relay):
    """Goal: killed at each durable call, the store is sound, and the next run ends as the undisturbed one does."""
    past(lab, relay)
    whole = relay.store.read_bytes(), (relay.store.parent / "escrelay.db-wal").read_bytes()
    end, deaths = None, 0
    for nth in range(8):
        relay.store.write_bytes(whole[0])
        (relay.store.parent / "escrelay.db-wal").write_bytes(whole[1])
        (relay.store.parent / "escrelay.db-shm").unlink(missing_ok=True)
        if nth > 0:
            trace = relay.directory / "trace"
            relay.run("purge", "--yes", check=None, timeout=60, under=(
                "strace", "-f", "-o", trace, "-e", "trace=fdatasync", "-e", f"inject=fdatasync:signal=SIGKILL:when={nth}"))
            deaths += "killed by SIGKILL" in trace.read_text()
            assert relay.run("verify").returncode == 0
        relay.run("purge", "--yes")
        state = bytes_of(relay), rows(relay, "SELECT id, state FROM outbox"), rows(relay, "SELECT count(*) FROM segment"), \
            rows(relay, "SELECT id, purged > 0 FROM journal")
        end = end or state
        assert state == end and relay.run("verify").returncode == 0
    assert deaths >= 3


def test_decide_does_it_once_a_day(lab, relay):
    """Goal: while it runs, and says so; not where relay.conf keeps all; and a clock that leapt ahead takes two days at most."""
    past(lab, relay)
    relay.configure(extra="")
    relay.start("run")
    relay.wait_log("mailbox support: connected")
    relay.stop()
    assert all(bytes_of(relay).values())
    relay.configure(extra=KEEP)
    arrive(lab, relay, mails.outsider())
    relay.start("run")
    relay.wait_log("removed by age: 3 mails")
    assert relay.stop() == 0
    assert [id for id, here in bytes_of(relay).items() if here == 0] == [1, 2, 4]
    relay.run("quarantine", "drop", 6)
    relay.start("run", at=datetime.now(timezone.utc) + timedelta(days=200))
    wait_until(lambda: rows(relay, "SELECT value FROM meta WHERE name = 'mark.purge'")[0][0] > datetime.now().timestamp() + 86400, "the second day's")
    relay.stop()
    assert bytes_of(relay)[6] > 0
