"""Goal: the observer sees what it is there for: each thing broken by hand is named by its invariant."""
import base64
import re
import shutil
import sqlite3
from contextlib import closing

import pytest

from conftest import PROGRAM
from support import mails
from support.observer import Store, observe
from support.walk import Walk


def sql(*statements):
    """Breaks the store."""
    def breaks(walk):
        with closing(sqlite3.connect(walk.relay.store)) as db, db:
            db.execute("PRAGMA ignore_check_constraints = 1")
            for statement in statements:
                assert db.execute(statement).rowcount > 0, statement
    return breaks


def mailbox(breaks):
    """Marks what breaks more than the store and the logs."""
    breaks.whole = True
    return breaks


@mailbox
def again(walk):
    """A letter comes twice, and nothing was in doubt."""
    walk.lab.dovecot.deliver("ada@example.com", walk.lab.raw_of("ada")[0])


@mailbox
def changed(walk):
    """A letter comes twice, after a doubt, and the second is not the first."""
    sql("UPDATE attempt SET outcome = 'doubt' WHERE id = 1")(walk)
    letter = next(raw for raw in walk.lab.raw_of("keegan"))
    walk.lab.dovecot.deliver("keegan@example.com", letter + b"\r\nmore\r\n")


@mailbox
def unread(walk):
    """A mail lies in the inbox for good."""
    walk.deliver(mails.forward())


@mailbox
def lost(walk):
    """A letter that the server took is nowhere."""
    box = walk.lab.dovecot.maildir("ada") / "new"
    box.rename(box.with_name("x"))


def says(text):
    """A log tells too much."""
    return lambda walk: walk.relay.log_file.write_text(text(walk) + "\n")


def token(walk):
    """A reply token that is in force."""
    return re.search(r"escalations\+[a-z2-7]{32}@example\.com", str(walk.lab.mail_of("keegan")[0]["Reply-To"]))[0]


FILING = ("INSERT INTO filing VALUES (1, 1, 1, 'search', 'help', 'Out of memory', '', 'open', 1, '', 1, 1, 0, 0, '', '', 'keegan', '', '',"
          " 2, '', '', 1, 'filing@example.com', '', '')")

# What is broken by hand, and what the observer is to say about it.
BREAKS = [
    ("I1: .* delivered 1 times, journalled 0, waiting 0", lambda walk: walk.delivered.append(mails.forward())),
    ("I1: .* delivered 2 times, journalled 1, waiting 0", lambda walk: walk.delivered.append(walk.delivered[0])),
    ("I1: .* a mail that nobody delivered", lambda walk: walk.delivered.pop()),
    ("I1: .* still in the inbox", unread),
    ("I1: .* place in quarantine disagree", sql("DELETE FROM quarantine")),
    ("I1: .* is not judged", sql("UPDATE journal SET state = 'kept' WHERE id = 2")),
    ("I1: .* says 1 bytes and has", sql("UPDATE journal SET size = 1 WHERE id = 1")),
    ("I1: .* other bytes than came", sql("UPDATE journal SET sha256 = zeroblob(32) WHERE id = 1")),
    ("I1: .* rests without a reason", sql("UPDATE journal SET outcome = 'ignored', note = '' WHERE id = 1")),
    ("I1: .* belongs to no case", sql("UPDATE journal SET escalation = 7 WHERE id = 1")),
    ("I1: .* has no outcome", sql("UPDATE journal SET outcome = NULL WHERE id = 1")),
    ("I2: .* never came", lost),
    ("I2: .* is still owed", sql("UPDATE outbox SET state = 'doubt' WHERE id = 1")),
    ("I2: .* nobody was told", sql("UPDATE outbox SET state = 'refused', told = 0 WHERE id = 1")),
    ("I2: .* that we do not owe", sql("UPDATE outbox SET message_id = 'other@example.com' WHERE id = 1")),
    ("I3: .* came 2 times, 0 attempts", again),
    ("I3: .* with different bytes", changed),
    ("I4: .* was assigned 1 times and took 2 turns",
     sql("INSERT INTO turn SELECT NULL, escalation, at, pool, engineer, nth, sentence, considered FROM turn")),
    ("I4: .* was assigned 1 times and took 0 turns", sql("DELETE FROM turn")),
    ("I4: .* the pointers stand at", sql("UPDATE pointer SET engineer = 'valery'")),
    ("I4: .* the counters say", sql("UPDATE workload SET open = 2 WHERE engineer = 'keegan'")),
    ("I5: .* acted upon 2 times", sql(
        "INSERT INTO journal SELECT 99, mailbox, uidvalidity, 99, received, size, cut, sha256, state, attempts, message_id,"
        " sender, subject, outcome, escalation, note, released, purged FROM journal WHERE id = 1",
        "INSERT INTO raw SELECT 99, seq, bytes FROM raw WHERE journal = 1")),
    ("I5: .* acted upon 0 times", sql("UPDATE journal SET outcome = 'duplicate' WHERE id = 1")),
    ("I5: .* did opened .* 2 times", sql(
        "INSERT INTO event SELECT NULL, escalation, at, actor, kind, detail, journal FROM event WHERE kind = 'opened'")),
    ("I5: .* opened 2 cases", sql(
        "INSERT INTO escalation SELECT 2, state, generation, severity, pool, skill, team, label, rule, requester_name,"
        " requester_address, customer, ticket, subject, engineer, opened, changed, resolved, outcome, cause, journal,"
        " 'other@example.com' FROM escalation")),
    ("I6: .*case ESC-1: pending", sql("UPDATE escalation SET state = 'pending'")),
    ("I6: .*timer: ESC-1", sql("INSERT INTO timer VALUES (NULL, 1, 0, 'ack', 1, 1)")),
    ("I8: .* has 1 filings, 0 were mailed", sql(FILING)),
    ("I8: .* its F1 is open", sql(FILING, "UPDATE escalation SET state = 'resolved'")),
    ("I6: .*filing: ESC-1 F1", sql(FILING)),
    ("I7: the mailbox's password", says(lambda walk: walk.lab.password("escalations"))),
    ("I7: the token key is", says(lambda walk: Store(walk.relay.store).key.hex())),
    ("I7: the token key, in base64", says(lambda walk: base64.b64encode(Store(walk.relay.store).key).decode())),
    ("I7: the reply token", says(token)),
    ("I7: a line of a mail", says(lambda walk: "400 developers are affected since this morning: "
                                  "I am looking into the memory of that pod now.")),
]


def test_nothing_broken_escapes_it(lab, tmp_path):
    """Goal: each of the observer's sentences is said of a store, a mailbox or a log that was broken so, and of no whole one."""
    walk = None
    for number, (sentence, breaks) in enumerate(BREAKS):
        if walk is None:
            walk = Walk(lab, tmp_path / f"{number}", PROGRAM)
            end, delivered = walk(), list(walk.delivered)
            whole = [path for path in walk.relay.directory.glob("escrelay.db*") if path.is_file()]
            for path in whole:
                shutil.copy(path, tmp_path)
            observe(lab, walk.relay, walk.delivered, end)
        breaks(walk)
        with pytest.raises(AssertionError, match="the observer found") as found:
            observe(lab, walk.relay, walk.delivered, end)
        assert re.search(f"^{sentence}", str(found.value), re.MULTILINE), f"not said: {sentence}\n{found.value}"
        for path in whole:
            shutil.copy(tmp_path / path.name, path)
        walk.relay.log_file.unlink(missing_ok=True)
        walk.delivered[:] = delivered
        if hasattr(breaks, "whole"):
            walk = None
