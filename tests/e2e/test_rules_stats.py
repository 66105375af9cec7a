"""Goal: 'rules stats' and 'rules lint' say how often each rule and pattern held, and how often people knew better, and which rules are dead."""
import json
import os
import re
import shutil
import sqlite3
from contextlib import closing

import pytest

from conftest import PROGRAM
from support import REPOSITORY, mails
from support.relay import Relay
from test_rules_cli import on_a_terminal
from test_rules_story import arrive, own_rules

GOLDEN = REPOSITORY / "tests/golden/rules/stats.txt"
DAY = "2026-11-20T10:00:00Z"
LATER = "2026-11-22T10:00:00Z"
ROTATION = "rotation core 2026-11-02 to 2026-12-14 { seats keegan bola valery }\n"  # that of a relay goes by today
RULES = r"""rule "noise" { subject ~ /newsletter/; quarantine }
rule "severity" { subject ~ /\bp(?<severity>[0-3])\b/i; set severity $severity; continue }
rule "search" { body ~ /zoekt/i; subject ~ /down/; require volume ~ /\d+ GB/ "How large?"; set pool core }
rule "never" { subject ~ /no mail has this/ }
rule "all" { kind = forward; set label rest }
"""


@pytest.fixture(scope="module")
def story(servers, tmp_path_factory):
    """Three mails and what people thought of the rules: a severity, a pass, no escalation at all, a mail let out of quarantine."""
    servers.reset()
    relay = Relay(tmp_path_factory.mktemp("story"), servers, PROGRAM)
    relay.configure(rotation=ROTATION)
    own_rules(relay, RULES)
    arrive(servers, relay, mails.forward(mails.ticket(subject="P1: search is down")), at=DAY)
    assignment = servers.wait_mail("keegan")[-1]
    for subject in "a question", "a newsletter":
        arrive(servers, relay, mails.forward(mails.ticket(subject=subject)), at=DAY)
    for said in "/sev 3", "/pass bola":
        arrive(servers, relay, mails.reply(assignment, mails.KEEGAN, said), at=LATER)
    relay.run("resolve", "ESC-2", "not-an-escalation: it was a question", at=LATER)
    relay.run("quarantine", "release", "3", at=LATER)
    relay.run("run", "--once", at=LATER)
    relay.close()
    relay.observe()
    return relay.directory


@pytest.fixture
def told(relay, story):
    """A relay whose store has come so far."""
    own_rules(relay, RULES)
    for path in story.glob("escrelay.db*"):
        if path.is_file():
            shutil.copy(path, relay.directory)
    relay.unobserved = "its store is a copy, of mails in no mailbox of this day"
    return relay


def stats(relay, *more):
    """One object a rule."""
    return {one["rule"]: one for one in relay.json("rules", "stats", *more)}


def test_hits_and_what_people_overturned(told):
    """Goal: each is counted against the rule that was wrong, also where it only set something and went on."""
    got = stats(told)
    assert list(got) == ["noise", "severity", "search", "never", "all"], "in the order of the files"
    assert {rule: (one["hits"], one["stuck"], one["overturned"]["cases"]) for rule, one in got.items()} == {
        "noise": (1, 0, 1), "severity": (1, 0, 1), "search": (1, 0, 1), "never": (0, 0, 0), "all": (1, 0, 1)}
    assert got["noise"]["overturned"]["released"] == got["severity"]["overturned"]["severity"] == 1
    assert got["search"]["overturned"]["reassigned"] == got["all"]["overturned"]["not_an_escalation"] == 1
    assert got["search"]["last_hit"][:10] == DAY[:10] and got["never"]["last_hit"] is None
    assert got["search"]["precision"] == 0 and got["never"]["precision"] is None
    assert all(0 <= one["time"] <= 1 for one in got.values())


def test_patterns_are_counted_each_for_itself(told):
    """Goal: a condition that fitted counts though its rule did not hold; what a requirement finds counts too."""
    got = {p["pattern"]: p["hits"] for one in stats(told).values() for p in one["patterns"]}
    assert got["subject ~ /down/"] == 1 and got["subject ~ /no mail has this/"] == 0
    assert got["body ~ /zoekt/i"] == 1, "the subject is looked at first"
    assert got[r'require volume ~ /\d+ GB/ "How large?"'] == 0
    assert "subject ~ /newsletter/" in told.run("rules", "stats", "--patterns").stdout


def test_what_is_taken_back_overturns_nothing(lab, relay):
    """Goal: /undo of /pass and of /sev, and a case that is opened again."""
    own_rules(relay, RULES)
    arrive(lab, relay, mails.forward(mails.ticket(subject="P1: search is down")))
    assignment = lab.wait_mail("keegan")[-1]
    for said in "/pass bola", "/undo", "/sev 3", "/undo", "/resolve not-an-escalation: no", "/reopen":
        arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, said))
    assert not any(one["overturned"]["cases"] for one in stats(relay).values())


def test_since_counts_days(told):
    """Goal: what was before that UTC day is not counted; when a rule last held is said all the same."""
    got = stats(told, "--since", "2026-11-21")
    assert got["search"]["hits"] == 0 and got["search"]["overturned"]["cases"] == 0 and got["search"]["last_hit"][:10] == DAY[:10]
    assert got["noise"]["overturned"]["released"] == 1, "it was let out later"
    assert stats(told, "--since", DAY)["search"]["hits"] == 1


def test_a_rule_that_is_gone_and_one_with_another_name(told):
    """Goal: what they did stays, and the new name is told where the rule says the same as before."""
    own_rules(told, RULES.replace('"search"', '"zoekt is down"').replace('rule "noise"', "# out\n#"))
    got = stats(told)
    assert (got["search"]["in_files"], got["search"]["hits"], got["search"]["renamed_to"]) == (False, 1, "zoekt is down")
    assert (got["noise"]["in_files"], got["noise"]["renamed_to"]) == (False, None)
    said = told.run("rules", "stats").stdout
    assert '"zoekt is down" says the same as "search" did' in said and "(gone) search" in said and "(gone) noise" in said


def test_as_people_read_it(told):
    """Goal: the table and what was overturned, as they were; shares of time are no two times the same."""
    said = re.sub(r" +\d+\.\d%(?=  +\d+  )", "  TIME", told.run("rules", "stats").stdout)
    if os.environ.get("UPDATE"):
        GOLDEN.write_text(said)
    assert said == GOLDEN.read_text()


def test_on_a_terminal_what_is_gone_is_dim(told):
    """Goal: the head and rules that are gone are dim where the terminal has colours, and nothing is coloured with NO_COLOR."""
    own_rules(told, RULES.replace('rule "noise"', "# out\n#"))
    words = [str(told.program), "-c", str(told.conf), "rules", "stats"]
    code, seen = on_a_terminal(words, told.directory, {"COLUMNS": "100"})
    assert code == 0 and seen.startswith(b"\x1b[2mhits ") and re.search(rb"\x1b\[2m[^\x1b]*\(gone\) noise\x1b\[0m", seen)
    assert b"\x1b" not in on_a_terminal(words, told.directory, {"NO_COLOR": "1"})[1]


def test_an_empty_store_and_none(relay):
    """Goal: nothing was decided: said in a sentence, and rules with nothing behind them for programs; no store: cannot."""
    assert "there is no store yet" in relay.run("rules", "stats", check=3).stderr
    relay.run("decide", "--once")
    assert relay.run("rules", "stats").stdout == "No mail has been decided yet.\n"
    assert {(one["hits"], one["precision"]) for one in stats(relay).values()} == {(0, None)}


def test_wrong_use(relay):
    """Goal: exit 2 with a word that helps."""
    for words, said in ((("stast",), "perhaps 'stats'"), (("stats", "--since", "soon"), "--since wants a time"), (("stats", "x"), "takes no file"),
                        (("stats", "-r", "rules"), "usage: escrelay [-c relay.conf] rules stats [--since T] [--patterns] [--json]")):
        assert said in relay.run("rules", *words, check=2).stderr


def test_a_decision_that_nobody_overturned_is_not_read(told):
    """Goal: the counters answer: no row of a decision that nobody overturned is read."""
    with closing(sqlite3.connect(told.store)) as db:
        db.execute("UPDATE decision SET said = 'not JSON' WHERE journal NOT IN (SELECT journal FROM escalation)")
        db.execute("WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO journal (id, mailbox,"
                   " uidvalidity, uid, received, size, cut, sha256, state, outcome) SELECT i, 'old', 1, i, 1, 1, 0, zeroblob(32), 'judged',"
                   " 'ignored' FROM n")
        db.execute("INSERT INTO decision SELECT id, 1, 'old', 'not JSON' FROM journal WHERE id >= 100")
        db.commit()
    assert stats(told)["search"]["overturned"]["reassigned"] == 1


# --- dead rules -------------------------------------------------------------------------------------------

def dead(relay, at, *more):
    """The rules that lint calls dead, and what it could not look for."""
    done = relay.run("rules", "lint", "--json", *more, at=at, check=None)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return {one["rule"]: one for one in found if one["check"] == "dead"}, done.stderr


def test_dead_rules_are_those_that_held_for_no_mail_in_days(told):
    """Goal: never since the first day, or not for so many days; at the name of the rule; one that held lately is not dead."""
    found, said = dead(told, "2026-12-10T10:00:00Z", "--days", "10")
    assert set(found) == {"noise", "severity", "search", "never", "all"} and said == ""
    assert (found["never"]["line"], found["never"]["column"]) == (4, 6)
    assert "has never held since 2026-11-20" in found["never"]["message"] and "last held on 2026-11-20" in found["search"]["message"]
    found, said = dead(told, "2026-11-24T10:00:00Z", "--days", "3")
    assert set(found) == {"noise", "severity", "search", "never", "all"}
    arrive(told.lab, told, mails.forward(mails.ticket(subject="something else")), at="2026-12-09T10:00:00Z")
    assert set(dead(told, "2026-12-10T10:00:00Z", "--days", "10")[0]) == {"noise", "severity", "search", "never"}
    assert 'for rule "never"' in told.run("rules", "lint", "--days", "10", at="2026-12-10T10:00:00Z", check=1).stdout


def test_what_cannot_be_known_of_dead_rules_is_said(told):
    """Goal: too young a store, too young a rule, no store: a note, and no finding."""
    found, said = dead(told, "2026-11-24T12:00:00Z")
    assert not found and "for 4 days, not for 90 days: dead rules not looked for" in said
    own_rules(told, RULES + 'rule "new" { subject ~ /x/ }\n')
    found, said = dead(told, "2026-12-10T10:00:00Z", "--days", "10")
    assert "new" not in found and "1 of the rules has been in force for less than 10 days" in said
    told.configure(head=told.parts["head"].replace("escrelay.db", "other.db"))
    assert dead(told, LATER) == ({}, "escrelay: rules lint: no store: dead rules not looked for\n")
    assert "no store: dead rules not looked for\n" in told.run("rules", "lint", check=None).stdout
    assert "--days wants a number from 1" in told.run("rules", "lint", "--days", "0", check=2).stderr
