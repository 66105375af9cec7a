"""Goal: why shows the deciding rule as it was written then, and whether today's files still say so; each rule set that decided can be read again."""
import re

import pytest

from support import mails
from test_rules_story import arrive, own_rules

FIRST = 'rule "noise" { subject ~ /newsletter/; ignore }\n\nrule "down" {\n    subject ~ /down/   # the word\n    set severity 1\n}\n'


@pytest.fixture
def decided(lab, relay):
    """A case that the rule "down" opened, at line 3 of own.rules."""
    own_rules(relay, FIRST)
    arrive(lab, relay, mails.forward(mails.ticket(subject="search is down")))
    return relay


def then(relay, number="1"):
    """The rule that decided, for programs."""
    return relay.one("why", number)["rule_then"]


def test_why_shows_the_lines_of_the_rule(decided):
    """Goal: FILE:LINE beside each line as it was written, comments too; nothing more where today's files say the same."""
    said = decided.run("why", "ESC-1").stdout
    assert 'rule      "down" (own.rules:3)' in said
    assert re.search(r'own\.rules:3 +rule "down" \{\n +own\.rules:4 +subject ~ /down/   # the word\n +own\.rules:5 +set severity 1\n', said)
    assert "today's files" not in said and then(decided)["today"] == "same"
    own_rules(decided, "# another comment\n" + FIRST.replace("   # the word", ""))
    assert then(decided)["today"] == "same", "blanks and comments decide nothing"


def test_why_says_that_todays_files_differ(decided):
    """Goal: where the rule is now, or that it is gone; the text of then is shown all the same; files that cannot be read are no reason to fail."""
    own_rules(decided, "\n" + FIRST.replace("/down/", "/down|broken/"))
    said = decided.run("why", "1").stdout
    assert "subject ~ /down/ " in said and "today's files have it otherwise (own.rules:4); 'escrelay rules show " in said
    command = re.search(r"'escrelay (rules show [0-9a-f]{12})'", said)[1].split()
    assert "subject ~ /down/   # the word" in decided.run(*command).stdout
    own_rules(decided, 'rule "x" { ignore }\n')
    assert "today's files have no rule of this name" in decided.run("why", "1").stdout and then(decided)["today"] == "gone"
    assert decided.one("why", "ESC-1")["mails"][0]["rule_then"]["line"] == 3
    (decided.directory / "own.rules").write_text('rule "down" { subject ~ /(/ }\n')
    assert then(decided)["today"] == "changed", "a pattern that is broken can still be compared"


def test_a_mail_that_no_rule_decided_has_none(lab, relay):
    """Goal: null for programs."""
    own_rules(relay, 'rule "x" { subject ~ /never/ }\n')
    arrive(lab, relay, mails.forward())
    assert then(relay) is None


def test_history_lists_the_rule_sets_that_decided(lab, decided):
    """Goal: since when, how many decisions, which one the files are; a set that comes back is the same set."""
    [first] = decided.json("rules", "history")
    assert first["decisions"] == 1 and first["in_files"] and len(first["hash"]) == 64
    own_rules(decided, FIRST.replace("severity 1", "severity 2"))
    assert [one["in_files"] for one in decided.json("rules", "history")] == [False]
    assert re.search(r"^Today's files \([0-9a-f]{12}\) have not decided yet\.$", decided.run("rules", "history").stdout, re.M)
    arrive(lab, decided, mails.forward(mails.ticket(subject="it is down too")))
    own_rules(decided, FIRST + "# and a comment\n")
    arrive(lab, decided, mails.forward(mails.ticket(subject="down again")))
    assert [(one["hash"] == first["hash"], one["decisions"]) for one in decided.json("rules", "history")] == [(True, 2), (False, 1)]
    said = decided.run("rules", "history").stdout
    assert re.search(rf"^\S+ \S+ +\S+ \S+ +2  {first['hash'][:12]}  today's files$", said, re.M)


def test_show_prints_rules_that_can_be_used_again(decided):
    """Goal: a beginning of the hash in any case is enough; what is printed is rules, and the same set again."""
    [row] = decided.json("rules", "history")
    said = decided.run("rules", "show", row["hash"][:5].upper()).stdout
    assert f"# rule set {row['hash']}" in said and '# own.rules:3\nrule "down" {\n' in said
    assert decided.one("rules", "show", row["hash"])["text"] in said
    own_rules(decided, said)
    assert [one["in_files"] for one in decided.json("rules", "history")] == [True]


def test_a_hash_that_is_not_there(lab, decided):
    """Goal: exit 1 with the nearest, the newest, or all that it could be."""
    hashes = [decided.one("rules", "history")["hash"]]
    typo = hashes[0][:7] + ("0" if hashes[0][7] != "0" else "1") + hashes[0][8:12]
    assert f"perhaps {hashes[0][:12]} (since " in decided.run("rules", "show", typo, check=1).stderr
    assert f"the newest: {hashes[0][:12]}" in decided.run("rules", "show", "xyz\x1b", check=1).stderr
    number = 0
    while not any(a[0] == b[0] for a in hashes for b in hashes if a != b):  # two that begin alike
        number += 1
        own_rules(decided, FIRST + f'rule "more" {{ subject ~ /{number}/ }}\n')
        lab.send(mails.outsider(subject=f"mail {number}"))
        lab.wait_mail("escalations")
        decided.run("run", "--once")
        hashes = [one["hash"] for one in decided.json("rules", "history")]
    begin = next(a[0] for a in hashes for b in hashes if a != b and a[0] == b[0])
    assert f"'{begin}' is the beginning of " in decided.run("rules", "show", begin, check=1).stderr


def test_without_decisions_and_without_use(relay):
    """Goal: a sentence for an empty store; 3 without one; 2 for wrong use; rules that do not compile are said, and history is shown."""
    assert "there is no store yet" in relay.run("rules", "history", check=3).stderr
    relay.run("decide", "--once")
    assert relay.run("rules", "history").stdout == "No rules have decided yet.\n"
    assert "no rules have decided yet" in relay.run("rules", "show", "ab", check=1).stderr
    for words in (("show",), ("show", "a", "b"), ("history", "x"), ("history", "-r", "rules"), ("histroy",)):
        relay.run("rules", *words, check=2)
    (relay.rules / "99.rules").write_text("rule x { subject ~ /(/ }\n")
    assert "Today's files do not compile" in relay.run("rules", "history").stdout
