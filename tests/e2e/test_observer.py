"""Goal: the observer sees what it is there for: each thing broken by hand is named by its invariant."""
import re
import sqlite3
from contextlib import closing

import pytest

from conftest import PROGRAM
from support import mails
from support.observer import observe
from support.walk import Walk


def sql(statement):
    """Breaks the store."""
    def breaks(walk):
        with closing(sqlite3.connect(walk.relay.store)) as db, db:
            db.execute("PRAGMA ignore_check_constraints = 1")
            assert db.execute(statement).rowcount > 0, statement
    return breaks


def again(walk):
    """A letter comes twice, and nothing was in doubt."""
    walk.lab.dovecot.deliver("ada@example.com", walk.lab.raw_of("ada")[0])


def changed(walk):
    """A letter comes twice, after a doubt, and the second is not the first."""
    sql("UPDATE attempt SET outcome = 'doubt' WHERE id = 1")(walk)
    letter = next(raw for raw in walk.lab.raw_of("keegan"))
    walk.lab.dovecot.deliver("keegan@example.com", letter + b"\r\nmore\r\n")


def unread(walk):
    """A mail lies in the inbox for good."""
    walk.deliver(mails.forward())


def says(text):
    """A log tells too much."""
    return lambda walk: walk.relay.log_file.write_text(text(walk) + "\n")


def token(walk):
    return re.search(r"escalations\+[a-z2-7]{32}@example\.com", str(walk.lab.mail_of("keegan")[0]["Reply-To"]))[0]


BREAKS = {
    "I1 forgotten": ("I1", lambda walk: walk.delivered.append(mails.forward())),
    "I1 unread": ("I1", unread),
    "I1 no reason": ("I1", sql("DELETE FROM quarantine")),
    "I1 kept": ("I1", sql("UPDATE journal SET state = 'kept' WHERE id = 2")),
    "I2 lost": ("I2", lambda walk: (walk.lab.dovecot.maildir("ada") / "new").rename(walk.lab.dovecot.maildir("ada") / "x")),
    "I2 owed": ("I2", sql("UPDATE outbox SET state = 'doubt' WHERE id = 1")),
    "I2 from nowhere": ("I2", sql("UPDATE outbox SET message_id = 'other@example.com' WHERE id = 1")),
    "I3 twice": ("I3", again),
    "I3 changed": ("I3", changed),
    "I4 turn": ("I4", sql("INSERT INTO turn SELECT NULL, escalation, at, pool, engineer, sentence, considered FROM turn")),
    "I4 pointer": ("I4", sql("UPDATE pointer SET engineer = 'valery'")),
    "I5 acted": ("I5", sql("INSERT INTO event SELECT NULL, escalation, at, actor, kind, detail, journal FROM event WHERE kind = 'opened'")),
    "I6 state": ("I6", sql("UPDATE escalation SET state = 'pending'")),
    "I7 password": ("I7", says(lambda walk: walk.lab.password("escalations"))),
    "I7 token": ("I7", says(token)),
    "I7 text": ("I7", says(lambda walk: "400 developers are affected since this morning: "
                           "I am looking into the memory of that pod now.")),
}


def test_nothing_broken_escapes_it(lab, tmp_path):
    for number, (name, (invariant, breaks)) in enumerate(BREAKS.items()):
        walk = Walk(lab, tmp_path / f"{number}", PROGRAM)
        end = walk()
        breaks(walk)
        with pytest.raises(AssertionError, match="the observer found") as found:
            observe(lab, walk.relay, walk.delivered, end)
        assert re.search(rf"^{invariant}: ", str(found.value), re.MULTILINE), f"{name}: {found.value}"
