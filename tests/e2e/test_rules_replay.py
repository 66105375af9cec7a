"""Goal: 'rules replay' says what other rules would have decided, as decide would, and writes nothing; the text of each rule set is kept."""
import sqlite3
from contextlib import closing

from support import mails
from test_rules_story import arrive, own_rules


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
