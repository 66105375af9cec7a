"""What each rule said of a mail is stored as numbers and shown as words: those of the rules that decided then."""
import sqlite3
from contextlib import closing

from support import mails

FIRST = """rule "news" {
    subject ~ /newsletter/i
    ignore
}
rule "blocks" {
    none { subject ~ /search/i; subject ~ /unheard of/ }
    any  { body ~ /never said/; body ~ /nor this/ }
}
rule "deep" {
    all { any { subject ~ /indexed search/i; subject ~ /x/ }
          subject ~ /in the night/ }
}
rule "last" {
    subject ~ /./
}
"""
SECOND = 'rule "only" {\n    subject ~ /./\n}\n'


def own_rules(relay, text):
    """These rules alone."""
    relay.configure(head=relay.parts["head"].replace('"rules/*.rules"', '"own.rules"'))
    (relay.directory / "own.rules").write_text(text)


def arrive(lab, relay, mail):
    """The mail goes through one round."""
    lab.send(mail)
    lab.wait_mail("escalations", 1)
    relay.run("run", "--once")


def test_why_names_the_conditions_of_the_rules_that_decided(lab, relay):
    """Goal: rule by rule, with place and failing condition, and still so when other rules are in force."""
    own_rules(relay, FIRST)
    arrive(lab, relay, mails.forward())
    own_rules(relay, "# other rules\n" + SECOND)
    arrive(lab, relay, mails.forward(subject="Fwd: another thing"))
    first, second = (relay.one("why", str(number))["decision"]["rules"] for number in (1, 2))
    assert [tuple(one[key] for key in ("rule", "verdict", "failed", "file", "line")) for one in first["trace"]] == [
        ("news", "no", "subject ~ /newsletter/i", "own.rules", 1),
        ("blocks", "no", "subject ~ /search/i", "own.rules", 5),
        ("deep", "no", "subject ~ /in the night/", "own.rules", 9),
        ("last", "yes", None, "own.rules", 13)]
    assert (first["rule"], first["line"], first["fate"], first["file"]) == ("last", 13, "opened", [])
    assert [one["rule"] for one in second["trace"]] == ["only"] and first["ruleset"] != second["ruleset"]
    shown = relay.run("why", "1").stdout
    assert '"last" (own.rules:13)' in shown and '"deep": subject ~ /in the night/' in shown


def test_why_says_so_where_the_rules_are_gone(lab, relay):
    """Goal: the numbers of a trace are never read by other rules than their own; the rest of the decision is there."""
    own_rules(relay, FIRST)
    arrive(lab, relay, mails.forward())
    with closing(sqlite3.connect(relay.store)) as db, db:
        db.execute("DELETE FROM ruleset_text")
    rules = relay.one("why", "1")["decision"]["rules"]
    assert rules["trace"] is None and rules["rule"] == "last"
    shown = relay.run("why", "1").stdout
    assert "the store does not have these rules any more" in shown and "opened ESC-1" in shown
