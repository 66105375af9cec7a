"""Goal: 'rules replay' says what other rules would have decided, as decide would, and writes nothing; the text of each rule set is kept."""
import hashlib
import json
import os
import pty
import signal
import subprocess
from contextlib import closing
import sqlite3
from pathlib import Path

import pytest

from conftest import PROGRAM
from support import mails
from support.process import unprivileged, wait_until
from test_rules_story import arrive, own_rules

NOISE = 'rule "noise" { subject ~ /newsletter/; ignore }\n'


def rows(relay, sql):
    """What the store says."""
    with closing(sqlite3.connect(relay.store)) as db:
        return db.execute(sql).fetchall()


def test_only_what_changes_is_shown(lab, relay):
    """Goal: the same rules change nothing; others change the outcome of one mail and the severity of the other; the store is as before."""
    own_rules(relay, 'rule "down" { subject ~ /down/; set severity 1 }\nrule "all" { kind = forward; set severity 3 }\n')
    arrive(lab, relay, mails.forward(mails.ticket(subject="search is down")))
    arrive(lab, relay, mails.forward(mails.ticket(subject="a newsletter")))
    same = relay.one("rules", "replay")
    assert (same["same"], same["changed"], same["complete"]) == (2, {"outcome": 0, "sent": 0, "set": 0}, True)
    new = relay.directory / "new.rules"
    new.write_text('rule "noise" { subject ~ /newsletter/; ignore }\nrule "down" { subject ~ /down/; set severity 2 }\n')
    before = rows(relay, "SELECT * FROM journal") + rows(relay, "SELECT * FROM decision") + rows(relay, "SELECT * FROM rule_day")
    *changes, counts = relay.json("rules", "replay", "-r", new, check=1)
    assert [(c["journal"], c["changed"], c["after"]["outcome"], c["in_force"]) for c in changes] == [
        (1, "set", "opened", True), (2, "outcome", "ignored", True)]
    assert changes[0]["before"]["set"] == {"severity": "1"} and changes[0]["after"]["set"] == {"severity": "2"}
    assert counts["changed"] == {"outcome": 1, "sent": 0, "set": 1}
    said = relay.run("rules", "replay", "-r", new, check=1).stdout
    assert 'was opened by "all"' in said and 'now ignored by "noise"' in said
    assert before == rows(relay, "SELECT * FROM journal") + rows(relay, "SELECT * FROM decision") + rows(relay, "SELECT * FROM rule_day")


def test_the_text_of_each_rule_set_is_kept_and_its_hits_counted(lab, relay):
    """Goal: a decision's hash leads to the rules as they were written then, and each rule knows how often it held."""
    own_rules(relay, 'rule "first" { subject ~ /./; set severity 1 } # said on the line\n')
    arrive(lab, relay, mails.forward())
    [(hash_, decisions, text)] = rows(relay, "SELECT r.hash, decisions, text FROM ruleset r JOIN ruleset_text USING (hash)")
    assert rows(relay, "SELECT DISTINCT ruleset FROM decision") == [(hash_,)] and decisions == 1
    assert text == '# own.rules:1\nrule "first" { subject ~ /./; set severity 1 }\n\n'
    assert rows(relay, "SELECT rule, hits, stuck FROM rule_day") == [("first", 1, 0)]


def multiply(relay, times):
    """The journal holds each of its mails so many times more, each decided as the first was, one a minute."""
    with closing(sqlite3.connect(relay.store)) as db, db:
        last = db.execute("SELECT MAX(id) FROM journal").fetchone()[0]
        changed = {"id": "id + n * :last", "journal": "journal + n * :last", "uid": "uid + n * 10000", "received": "received + n * 60"}
        db.execute("CREATE TEMP TABLE n AS WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ?) SELECT n FROM c", [times])
        for table in ("journal", "raw", "decision"):
            columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
            db.execute(f"INSERT INTO {table} SELECT {', '.join(changed.get(name, name) for name in columns)} FROM {table}, n", {"last": last})


@pytest.fixture
def long(lab, relay):
    """A journal of 2,000 mails: every second one a newsletter, all of which opened a case."""
    own_rules(relay, 'rule "all" { kind = forward; set severity 3 }\n')
    for subject in ("search is down", "a newsletter"):
        arrive(lab, relay, mails.forward(mails.ticket(subject=subject)))
    multiply(relay, 999)
    relay.unobserved = "most of the journal was made up"
    (relay.directory / "noise.rules").write_text(NOISE + (relay.directory / "own.rules").read_text())
    return relay


def begin(relay, *words, **more):
    """A replay in the background."""
    return subprocess.Popen([PROGRAM, "-c", relay.conf, "rules", "replay", *words], env=relay._env(None), text=True,
                            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more})


def workers(process):
    """Its children that have a mail in hand."""
    return [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text("ascii").split()]


def held(process, relay):
    """Waits until it has workers that judge, and stops one in its tracks, so that it cannot end; that one."""
    def reading():
        return [pid for pid in workers(process) if any(
            os.path.realpath(link) == str(relay.store) for link in Path(f"/proc/{pid}/fd").iterdir())]
    [*_, one] = wait_until(reading, "a worker has the store open")
    os.kill(one, signal.SIGSTOP)
    return one


def test_ctrl_c_ends_it_with_what_was_found_so_far(long):
    """Goal: SIGINT to all of them, as a terminal sends it: each change that was found is said, the counts add up, and it says
    that this was not all."""
    process = begin(long, "-r", long.directory / "noise.rules", "--json", start_new_session=True)
    one = held(process, long)
    os.killpg(process.pid, signal.SIGINT)
    os.kill(one, signal.SIGCONT)
    out, err = process.communicate(timeout=60)
    *changes, counts = map(json.loads, out.splitlines())
    assert process.returncode in (1, 3) and (process.returncode == 1) == bool(changes) and not err
    assert counts["complete"] is False and len(changes) == counts["changed"]["outcome"] < 1000
    assert all(c["journal"] % 2 == 0 for c in changes) and changes == sorted(changes, key=lambda c: c["journal"])


def test_a_worker_that_dies_is_an_error_that_says_where(long):
    """Goal: one is killed: the others go on, its mail is named, all of it is said to be incomplete; exit 3."""
    process = begin(long, "-r", long.directory / "noise.rules")
    os.kill(held(process, long), signal.SIGKILL)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 3 and "a worker died (signal 9) at journal " in err, err
    assert "Not all of the journal was judged" in out and "changed: the outcome" in out


def test_a_bar_for_people_and_none_for_files(long):
    """Goal: a terminal sees how far it is, to the end, and then nothing of it; a file sees nothing."""
    quiet = long.run("rules", "replay", "-r", long.directory / "noise.rules", check=1)
    assert quiet.stderr == "" and "\r" not in quiet.stdout
    ours, theirs = pty.openpty()
    process = begin(long, "-r", long.directory / "noise.rules", stdout=subprocess.DEVNULL, stderr=theirs)
    os.close(theirs)
    seen = b""
    try:
        while more := os.read(ours, 4096):
            seen += more
    except OSError:                         # the other end is closed
        pass
    os.close(ours)
    assert process.wait(60) == 1
    *bars, last, nothing = seen.split(b"\r")[1:]
    assert last.strip() == b"" and nothing == b"" and bars and all(bar.startswith(b"[") and bar.endswith(b"%") for bar in bars)
    assert bars[-1] == b"[" + b"#" * 40 + b"] 100%"


def test_counts_and_since(lab, relay):
    """Goal: what cannot be compared is counted by its reason; --since leaves out what is older; exit 0 where nothing changes, 2 for a
    time that is none."""
    own_rules(relay, 'rule "all" { kind = forward; set severity 3 }\n')
    forward = mails.forward(mails.ticket(subject="a newsletter"))
    for mail in (forward, forward, mails.outsider()):
        arrive(lab, relay, mail)
    noise = relay.directory / "noise.rules"
    noise.write_text(NOISE)
    *changes, counts = relay.json("rules", "replay", "-r", noise, check=1)
    assert [c["after"]["outcome"] for c in changes] == ["ignored"]
    assert counts["not_comparable"] == {"case": 0, "duplicate": 1, "trust": 0, "waits": 0} and counts["same"] + counts["same_by_another_rule"] == 1
    [counts] = relay.json("rules", "replay", "-r", noise, "--since", "2100-01-01")
    assert counts["complete"] and not any(counts["changed"].values()) and counts["same"] == 0
    assert relay.run("rules", "replay", "-r", noise, "--since", "2100-01-01").stdout == "the journal has no such mail\n"
    said = relay.run("rules", "replay", "-r", noise, "--since", "2000-01-01T00:00:00Z", check=1).stdout
    assert "not comparable: duplicates" in said and "not comparable: held" not in said
    assert "2026-11-23" in relay.run("rules", "replay", "--since", "yesterday", check=2).stderr
    assert "takes no file" in relay.run("rules", "replay", "mail.eml", check=2).stderr


@pytest.mark.parametrize("text, why", [
    ('rule "r" { subject ~ /(/ }\n', r"new.rules:1:24: error: missing closing parenthesis"),
    ('rule "r" { set team nobody }\n', r"error: the configuration has no team 'nobody'"),
    ('address a@example.com\n', r"new.rules:1:1: error: found 'address', expected rule"),
    (None, r"error: cannot read")])
def test_rules_that_are_broken_are_not_tried(relay, text, why):
    """Goal: file, line and reason, exit 3, and nothing that looks like an answer; the store is not even asked for."""
    if text is not None:
        (relay.directory / "new.rules").write_text(text)
    done = relay.run("rules", "replay", "-r", relay.directory / "new.rules", check=3)
    assert why in done.stderr and done.stdout == "", done


def test_without_a_store_it_says_so(relay):
    """Goal: nothing was journalled yet, or the store is elsewhere: 3, the path, and no store is made."""
    done = relay.run("rules", "replay", check=3)
    assert str(relay.store) in done.stderr and not relay.store.exists()


def files(relay):
    """The store's files, byte for byte."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(relay.directory.glob("escrelay.db*"))
            if path.is_file() and not path.name.endswith("-shm")}


def test_it_writes_nothing(lab, relay):
    """Goal: store and log of writes are the same to the last byte, at rest and while decide has the store open."""
    own_rules(relay, 'rule "all" { kind = forward; set severity 3 }\n')
    arrive(lab, relay, mails.forward(mails.ticket(subject="a newsletter")))
    noise = relay.directory / "noise.rules"
    noise.write_text(NOISE)
    before = files(relay)
    relay.run("rules", "replay", "-r", noise, check=1)
    assert files(relay) == before
    (relay.directory / "escrelay.db.wake-decide").unlink()
    relay.start("decide")
    relay.wait_decide()
    asleep = Path(f"/proc/{relay.processes()[0]}/wchan")
    wait_until(lambda: "poll" in asleep.read_text("ascii"), "decide waits for work")
    before = files(relay)
    relay.run("rules", "replay", "-r", noise, check=1)
    assert files(relay) == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize("runs", [True, False], ids=["beside decide", "alone"])
def test_who_may_only_read_may_replay(lab, relay, runs):
    """Goal: a colleague without the right to write store or folder tries rules of his own; nothing is left behind."""
    own_rules(relay, 'rule "all" { kind = forward; set severity 3 }\n')
    arrive(lab, relay, mails.forward(mails.ticket(subject="a newsletter")))
    uid, gid, _ = unprivileged()
    noise = relay.directory / "noise.rules"
    noise.write_text(NOISE)
    if runs:
        (relay.directory / "escrelay.db.wake-decide").unlink()
        relay.start("decide")
        relay.wait_decide()             # it has given the store to its group by now, and to nobody else
    for path in [relay.directory, *relay.directory.rglob("*")]:
        if path.is_dir() or path.is_file():
            path.chmod(0o755 if path.is_dir() else 0o644)
    for path in relay.directory.parents:
        if path.stat().st_uid == os.geteuid() and not path.stat().st_mode & 1:
            path.chmod(path.stat().st_mode | 0o11)
    names = sorted(path.name for path in relay.directory.iterdir())
    done = relay.run("rules", "replay", "-r", noise, check=1, under=("setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups"))
    assert "now ignored by \"noise\"" in done.stdout and done.stderr == ""
    assert sorted(path.name for path in relay.directory.iterdir()) == names
