"""Goal: `rotation history` is a record that an engineer can show: when he served, what he led, how it ended, how fast he was."""
import json
import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path

import pytest

from support import mails

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("ESCRELAY", ROOT / "build-asan/escrelay")).absolute()
GOLDEN = ROOT / "tests/golden/rotation"


def at(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp())


# Cases: number, pool, owner at the end, severity, opened, resolved, outcome, cause, subject; what was done: case, when, who, what.
CASES = [
    (1, "core", "keegan", 1, "2026-01-06 08:00", "2026-01-07 10:00", "answered", "the flag was off", "Search is down"),
    (2, "core", "keegan", 2, "2026-01-08 14:00", "2026-01-12 09:00", "docs", "nobody wrote it down", "Where are the logs?"),
    (3, "core", "bola", 2, "2026-01-09 07:00", "2026-01-09 16:00", "answered", "a typo", "Login loops"),
    (4, "core", "taras", 3, "2026-03-20 09:00", None, "", "", "A slow page"),
    (5, "core", "zoe", 3, "2026-02-03 09:00", "2026-02-04 09:00", "fix", "a race", "Lost updates"),
]
DONE = [
    (1, "2026-01-06 08:00", "keegan", "turn"), (1, "2026-01-06 08:30", "keegan", "answer"),
    (1, "2026-01-06 09:00", "ada@example.com", "word"), (1, "2026-01-06 09:30", "keegan", "answer"),
    # In the last hour of his Thursday, answered in the first quarter of his Friday.
    (2, "2026-01-08 14:00", "keegan", "turn"), (2, "2026-01-09 07:15", "keegan", "answer+ack"),
    (2, "2026-01-12 09:00", "keegan", "resolve"),
    (3, "2026-01-09 07:00", "keegan", "turn"), (3, "2026-01-09 07:05", "keegan", "pass"),
    (3, "2026-01-09 13:30", "bola", "turn"), (3, "2026-01-09 13:31", "bola", "ack"), (3, "2026-01-09 14:00", "keegan", "answer"),
    (3, "2026-01-09 15:30", "bola", "answer"),
    (4, "2026-03-20 09:00", "taras", "turn"), (4, "2026-03-20 09:10", "taras", "timeout"), (4, "2026-03-20 14:00", "valery", "take"),
    (4, "2026-03-20 14:20", "taras", "take"),
    (5, "2026-02-03 09:00", "zoe", "turn"), (5, "2026-02-03 10:00", "zoe", "answer"),
]
FILINGS = [(1, 1, "keegan", "help"), (2, 1, "keegan", "docs"), (2, 2, "keegan", "docs")]


@pytest.fixture
def history(tmp_path):
    """The command, on a store of the program's own making with a record of known times in it."""
    shutil.copy(GOLDEN / "relay.conf", tmp_path)
    clock = {"ESCRELAY_CLOCK": str(at("2026-04-01 00:00") - int(datetime.now().timestamp()))}

    def run(*words, status=0):
        done = subprocess.run([PROGRAM, "-c", tmp_path / "relay.conf", *words], capture_output=True, text=True, timeout=60,
                              env=os.environ | clock)
        assert done.returncode == status, done.stderr
        return done.stdout

    run("decide", "--once")
    with closing(sqlite3.connect(tmp_path / "escrelay.db")) as db, db:
        for number, pool, owner, severity, opened, resolved, outcome, cause, subject in CASES:
            end = at(resolved) if resolved else 0
            fill(db, "escalation", id=number, state="resolved" if resolved else "owned", pool=pool, engineer=owner, severity=severity,
                 opened=at(opened), changed=end or at(opened), resolved=end, outcome=outcome, cause=cause, subject=subject,
                 customer="acme")
        for case, when, who, what in DONE:
            if what == "turn":
                fill(db, "turn", escalation=case, at=at(when), pool="core", engineer=who, nth=1)
            else:
                fill(db, "event", escalation=case, at=at(when), actor=who, kind=what)
        for case, number, who, kind in FILINGS:
            fill(db, "filing", escalation=case, number=number, engineer=who, kind=kind, opened=at("2026-01-09 08:00"), state="open",
                 team="search")
    return lambda *words, **more: run("rotation", "history", *words, **more)


def fill(db, table, **values):
    """A row with these values, and nothing in its other columns."""
    for _, name, kind, needed, default, key in db.execute(f"PRAGMA table_info({table})").fetchall():
        if needed and default is None and not (name == "id" and key):
            values.setdefault(name, 0 if kind == "INTEGER" else "")
    db.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})", list(values.values()))


@pytest.mark.parametrize("name, words", [("history-all.txt", ()), ("history-keegan.txt", ("--engineer", "keegan")),
                                         ("history.json", ("--json",))])
def test_a_record_reads_as_it_did(history, name, words):
    """Golden files."""
    text = history(*words)
    if "--json" in words:
        text = "".join(json.dumps(json.loads(line), indent=1, ensure_ascii=False) + "\n" for line in text.splitlines())
    if os.environ.get("UPDATE"):
        (GOLDEN / name).write_text(text)
    assert text == (GOLDEN / name).read_text()


def test_what_counts_for_whom(history):
    """Goal: passing on is no leading; an answer in another's case is none of his own; working time is not the clock's."""
    got = {r["engineer"]: r for r in map(json.loads, history("--json").splitlines())}
    keegan, bola, zoe = got["keegan"], got["bola"], got["zoe"]
    assert (keegan["assigned"], keegan["led"], keegan["passed"], keegan["resolved"]) == (3, 2, 1, 2)
    assert keegan["outcomes"] == {"answered": 1, "docs": 1} and keegan["filings"] == {"help": 1, "docs": 2}
    assert [(c["id"], c["worked"]) for c in keegan["cases"]] == [("ESC-1", 1800), ("ESC-2", 3600 + 900), ("ESC-3", None)]
    assert keegan["first_answer"] == {"answers": 2, "median": 1800, "median_worked": 1800}
    assert (bola["led"], bola["resolved"], bola["first_answer"]["median"]) == (1, 1, 7200)
    assert (got["taras"]["led"], got["valery"]["led"]) == (1, 1), "each of them took it"
    assert (zoe["name"], zoe["led"], zoe["resolved"], zoe["served"]) == (None, 1, 1, []), "she has left the configuration"
    assert [(s["from"], s["cases"], s["led"], s["resolved"]) for s in keegan["served"]] == [
        ("2026-01-05T09:00:00Z", 3, 2, 2), ("2026-03-02T09:00:00Z", 0, 0, 0), ("2026-03-30T08:00:00Z", 0, 0, 0)]
    stood = [s for s in got["valery"]["served"] if s["stands_for"]]
    assert [(s["from"], s["to"], s["stands_for"]) for s in stood] == [("2026-03-23T09:00:00Z", "2026-03-30T08:00:00Z", "keegan")]


def test_since_leaves_out_what_was_before(history):
    """Goal: a case that came before --since and was resolved after it counts as resolved, not as assigned."""
    got = {r["engineer"]: r for r in map(json.loads, history("--json", "--since", "2026-01-09T00:00:00Z").splitlines())}
    assert (got["keegan"]["assigned"], got["keegan"]["resolved"], got["keegan"]["first_answer"]["answers"]) == (1, 1, 1)
    assert history("--since", "2027-01-01") == "Nobody served, and nothing was done.\n"
    assert [json.loads(line)["engineer"] for line in history("--json", "--engineer", "ZOE").splitlines()] == ["zoe"]
    assert history("--engineer", "nobody") == "Nobody served, and nothing was done.\n"


def test_what_was_done_by_mail_is_in_the_record(lab, relay):
    """Goal: a case from forward to /resolve stands in the record as it happened."""
    lab.send(mails.forward())
    lab.wait_mail("escalations")
    relay.run("run", "--once")
    lab.send(mails.reply(lab.wait_mail("keegan")[0], mails.KEEGAN, "Switch the flag on.\n\n/resolve answered: the flag was off"))
    lab.wait_mail("escalations")
    relay.run("run", "--once")
    got = relay.one("rotation", "history", "--engineer", "keegan")
    assert (got["assigned"], got["led"], got["outcomes"], got["first_answer"]["answers"]) == (1, 1, {"answered": 1}, 1)
    assert [(c["id"], c["cause"]) for c in got["cases"]] == [("ESC-1", "the flag was off")]
    assert [(s["cases"], s["led"], s["resolved"]) for s in got["served"]] == [(1, 1, 1)]
