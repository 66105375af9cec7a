"""D5: an older backup of the store is put back, and the world is newer than it.

What the old store knows is not done again; what it does not know comes back from the done folder; and a case number that is given a
second time takes over neither the letters nor the reply addresses of the case that had it first.
"""
import sqlite3
from collections import Counter
from contextlib import closing

import pytest

from support import mails
from support.observer import Store, observe
from test_main_job import arrive, once

OURS = ("ada", "keegan", "bola", "valery", "support-ops")


def backup(relay, to):
    """As docs/operator.md says: sqlite3 .backup."""
    with closing(sqlite3.connect(relay.store)) as here, closing(sqlite3.connect(to)) as there:
        here.backup(there)


def restore(relay, copy):
    """The copy is put in the place of the store and of what belongs to it."""
    for end in ("", "-wal", "-shm"):
        relay.store.with_name(relay.store.name + end).unlink(missing_ok=True)
    relay.store.write_bytes(copy.read_bytes())


def bring_back(lab):
    """All that was done goes back into the inbox."""
    with lab.imap("escalations") as imap:
        imap.select("Escalations/Done")
        moved = len(imap.search(None, "ALL")[1][0].split())
        assert imap._simple_command("MOVE", "1:*", "INBOX")[0] == "OK"
    return moved


def nothing_came_twice(lab):
    for who in OURS:
        twice = [key for key, count in Counter(mail["Message-ID"] for mail in lab.mail_of(who)).items() if count > 1]
        assert not twice, f"{who} got twice: {twice}"


def outcomes(relay):
    return Counter(row["outcome"] for row in Store(relay.store).journal)


@pytest.fixture
def restored(lab, relay, tmp_path):
    """Case A is in the backup. B came after it, as ESC-2, and is lost; then C came, and is ESC-2 now. Returns B's assignment."""
    arrive(lab, relay, mails.forward(mails.ticket(subject="Case A")))
    backup(relay, tmp_path / "backup.db")
    arrive(lab, relay, mails.forward(mails.ticket(subject="Case B")))
    [of_b] = lab.wait_mail("bola")
    restore(relay, tmp_path / "backup.db")
    arrive(lab, relay, mails.forward(mails.ticket(subject="Case C")))
    assert [(case["id"], case["subject"]) for case in relay.json("list")] == [("ESC-1", "Case A"), ("ESC-2", "Case C")]
    return of_b


def test_a_number_given_again_takes_no_letter_over(lab, relay, restored):
    """D5. Goal: replies to the lost ESC-2 reach nobody of the new one: they are held, with the reason, and the operator is told."""
    [receipt_of_b] = [mail for mail in lab.mail_of("ada") if "Case B" in str(mail["Subject"])]
    arrive(lab, relay, mails.reply(restored, mails.BOLA, "Only of case B.\n\n/resolve answered: not yours"))
    arrive(lab, relay, mails.reply(receipt_of_b, mails.ADA, "More about case B."))
    held = relay.json("quarantine")
    assert len(held) == 2 and all("does not know" in row["reason"] for row in held), held
    assert relay.one("show", "ESC-2")["state"] == "assigned"
    assert len(lab.wait_mail("support-ops", 2)) == 2
    for who in ("ada", "bola"):
        assert not any("Only of case B." in mail.get_body().get_content() for mail in lab.mail_of(who))
    nothing_came_twice(lab)


def test_the_thread_of_a_number_given_again_is_another(lab, relay, restored):
    """D5. Goal: an answer that kept only the References and the tag of the lost case does not end in the new one."""
    old = mails.reply(restored, mails.BOLA, "Only of case B.", Reply_To=None)
    [new] = [mail for mail in lab.mail_of("bola") if "Case C" in str(mail["Subject"])]
    assert str(new["References"]).split()[0] != str(old["References"]).split()[0]
    assert str(new["Reply-To"]) != str(restored["Reply-To"])


def test_what_was_done_since_comes_back_from_the_done_folder(lab, relay, restored):
    """D5. Goal: of three mails moved back two are known by their content; the third is a case again, and answers of the lost one find it."""
    letters = {who: lab.count(who) for who in OURS}
    assert bring_back(lab) == 3
    once(relay)
    assert outcomes(relay) == {"opened": 3, "duplicate": 2}
    assert [case["subject"] for case in relay.json("list")] == ["Case A", "Case C", "Case B"]
    lab.postfix.empty()
    assert {who: lab.count(who) for who in OURS} == letters | {"ada": letters["ada"] + 1, "valery": 1}
    arrive(lab, relay, mails.reply(restored, mails.BOLA, "The answer for case B."))
    lab.postfix.empty()
    assert any("The answer for case B." in mail.get_body().get_content() for mail in lab.mail_of("ada"))
    assert "Case B" in relay.run("show", "ESC-3").stdout
    assert [row["escalation"] for row in Store(relay.store).journal if row["outcome"] == "relayed"] == [3]
    nothing_came_twice(lab)


def test_a_mailbox_that_was_rebuilt_is_looked_at_anew(lab, relay):
    """D5, C1. Goal: a lost -wal and -shm of a closed store, and another UIDVALIDITY: everything known, nothing sent again."""
    forward = mails.forward()
    arrive(lab, relay, forward)
    with closing(sqlite3.connect(relay.store)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for end in ("-wal", "-shm"):
        relay.store.with_name(relay.store.name + end).unlink(missing_ok=True)
    bring_back(lab)
    lab.dovecot.doveadm("mailbox", "update", "-u", lab.address("escalations"), "--uid-validity", "4242", "INBOX")
    once(relay)
    assert outcomes(relay) == {"opened": 1, "duplicate": 1}
    lab.postfix.empty()
    observe(lab, relay, [forward, forward])
