"""One mail that a server cannot give stops no other: it is tried alone, held for the operator, and never lost.

FETCH_ALL=1 in the environment: with every way of not giving it.
"""
import os
import re
import sqlite3
from contextlib import closing

import pytest

from support.imap_script import ImapServer
from support.observer import Store
from support.process import wait_until
from support.scripted import Ended
from support.smtp_sink import Script

BAD = 7
DATE = 'INTERNALDATE "01-Nov-2026 09:00:00 +0000"'


def mail(number):
    """A forward of Ada's."""
    return (f"From: Ada <ada@example.com>\r\nTo: escalations@example.com\r\nSubject: Escalate: number {number}\r\n"
            f"Message-ID: <{number}@example.com>\r\nDate: Sun, 01 Nov 2026 09:00:00 +0000\r\n\r\n"
            f"Please help with number {number}.\r\n").encode()


def raw(text):
    """What the server says in place of the bad mail's FETCH response; then it goes on as if it were well."""
    return lambda connection: connection.send(f"* 1 FETCH (UID {BAD} {DATE} BODY[] {text}")


def hang_up(connection):
    """Half of the mail, and the server falls over."""
    connection.send(f"* 1 FETCH (UID {BAD} {DATE} BODY[] {{200}}\r\n".encode() + mail(BAD)[:100])
    raise Ended


LIES = {
    "a literal that is too long": raw("{400000}\r\nFrom: ada\r\n)\r\n"),
    "a literal that is too short": raw("{10}\r\n" + mail(BAD).decode() + ")\r\n"),
    "a negative literal": raw("{-1}\r\n)\r\n"),
    "NIL": raw("NIL)\r\n"),
    "another UID": lambda connection: connection.send(f"* 1 FETCH (UID 999 {DATE} BODY[] {{2}}\r\nhi)\r\n"),
    "parentheses": lambda connection: connection.send("* 1 FETCH (UID 7 BODYSTRUCTURE " + "(" * 20000 + "\r\n"),
    "it falls over": hang_up,
    "a refusal": None,
}


class Poisoned(ImapServer):
    """Cannot give mail 7 while `lie` is set."""

    def __init__(self, mails, lie):
        self.lie, self.well = lie, False
        super().__init__(mails)
        self.folders["Escalations/Done"] = {}

    def _uid_fetch(self, connection, words):
        uids = self._chosen(self._box(connection), words[2])
        if self.well or "BODY" not in " ".join(words).upper() or BAD not in uids:
            return super()._uid_fetch(connection, words)
        for uid in uids:
            if uid != BAD:
                super()._uid_fetch(connection, ["UID", "FETCH", str(uid), *words[3:]])
            elif self.lie is None:
                return "NO [SERVERBUG] internal error"
            else:
                self.lie(connection)
        return None


def stages(relay, *names):
    """Each once, whatever it comes to."""
    for name in names:
        relay.run(name, "--once", check=None)


def subjects(relay):
    """Subject and outcome of what was judged."""
    return {(row["subject"], row["outcome"]) for row in Store(relay.store).journal}


@pytest.mark.parametrize("name", list(LIES)[::None if os.environ.get("FETCH_ALL") else 3])
def test_one_bad_mail_stops_no_other(relay, name):
    """C12, L9 at the relay: those behind it flow; it is held once, stays on the server, and comes when it can be had."""
    others = [number for number in range(4, 12) if number != BAD]
    with Poisoned({number: mail(number) for number in range(4, 12)}, LIES[name]) as server:
        relay.configure(mailbox=relay.mailbox(f"imap://127.0.0.1:{server.port}/INBOX", "tls off"))
        done = relay.run("fetch", "--once", check=1)
        assert re.search(r"the server cannot give UID 7 \(.+\): it stays there", done.stderr), done.stderr
        stages(relay, "decide")
        assert {(f"Escalate: number {number}", "opened") for number in others} <= subjects(relay)
        (held,) = relay.json("quarantine", "list")
        assert "could not give it whole (UID 7)" in held["reason"], held
        assert sorted(server.folders["INBOX"]) == [BAD]
        assert len(server.folders["Escalations/Done"]) == len(others)

        stages(relay, "fetch", "decide")            # a new start tries again, and does not tell again
        assert len(relay.json("quarantine", "list")) == 1 and len(Store(relay.store).journal) == 8

        server.well = True
        stages(relay, "fetch", "decide")
        assert (f"Escalate: number {BAD}", "opened") in subjects(relay)
        assert server.folders["INBOX"] == {} and len(relay.json("list")) == 8
        assert len(Store(relay.store).journal) == 9


@pytest.mark.parametrize("early", [True, False])
def test_what_was_let_through_in_part_acts_once(relay, early):
    """Goal: the operator lets the beginning of a mail through, and the whole of it comes later (or has come by then): one
    case, one receipt; the other is kept, and it is said why."""
    with Poisoned({number: mail(number) for number in (BAD, 8)}, LIES["it falls over"]) as server:
        relay.configure(mailbox=relay.mailbox(f"imap://127.0.0.1:{server.port}/INBOX", "tls off"))
        stages(relay, "fetch", "decide")
        (part,) = relay.json("quarantine", "list")
        if early:
            relay.run("quarantine", "release", part["journal"])
            stages(relay, "decide")
        server.well = True
        stages(relay, "fetch", "decide")
        if not early:
            relay.run("quarantine", "release", part["journal"])
            stages(relay, "decide")
        assert len(relay.json("list")) == 2, [case["subject"] for case in relay.json("list")]
        held = [row["reason"] for row in relay.json("quarantine", "list")]
        if early:
            assert len(held) == 1 and f"first was let through before, as journal {part['journal']}" in held[0], held
            relay.run("quarantine", "release", relay.one("quarantine")["journal"])
            stages(relay, "decide")
            assert len(relay.json("list")) == 3, "a person may want both"
        else:
            assert held == []
            assert (f"Escalate: number {BAD}", "duplicate") in subjects(relay) or ("", "duplicate") in subjects(relay)


def test_it_is_set_aside_while_running(relay):
    """Goal: within some seconds the others are journalled, the bad one is told of once, and new mail flows past it."""
    with Poisoned({number: mail(number) for number in range(4, 12)}, LIES["a negative literal"]) as server:
        relay.configure(mailbox=relay.mailbox(f"imap://127.0.0.1:{server.port}/INBOX", "tls off\n    poll 1s"))
        relay.start("fetch")
        wait_until(lambda: sorted(server.folders["INBOX"]) == [BAD], "the others came", 20, relay.log_file)
        relay.wait_log(r"the server cannot give UID 7", 30)
        server.folders["INBOX"][12] = mail(12)
        wait_until(lambda: sorted(server.folders["INBOX"]) == [BAD], "new mail flows", 20, relay.log_file)
        before = len(server.connections)
        server.folders["INBOX"][13] = mail(13)
        wait_until(lambda: sorted(server.folders["INBOX"]) == [BAD], "and more", 20, relay.log_file)
        assert len(server.connections) == before, "the connection stays"
        assert relay.stop() == 0
        assert relay.log().count("cannot give UID 7") == 1


def test_a_number_that_means_another_mail_now(relay):
    """C2: the UIDVALIDITY is the old one and the mails are others: each is fetched and acted on, none is filed unread."""
    for round_, numbers in enumerate((range(1, 6), range(101, 106))):
        mails = {uid: mail(number) for uid, number in enumerate(numbers, 1)}
        with Poisoned(mails, None) as server:
            server.well = True
            relay.configure(mailbox=relay.mailbox(f"imap://127.0.0.1:{server.port}/INBOX", "tls off"))
            stages(relay, "fetch", "decide")
            assert server.folders["INBOX"] == {}
            assert len(relay.json("list")) == 5 * (round_ + 1)
    with closing(sqlite3.connect(relay.store)) as db:
        assert db.execute("SELECT count(*), count(DISTINCT uid & 4294967295) FROM journal").fetchone() == (10, 5)


def test_what_cannot_be_acknowledged_holds_up_nothing(relay):
    """Goal: a server that will not move mail away (a full folder, say) keeps its mails; new ones come in all the same."""
    with ImapServer({1: mail(1)}, {"UID MOVE": "NO [OVERQUOTA] the folder is full"}) as server:
        relay.configure(mailbox=relay.mailbox(f"imap://127.0.0.1:{server.port}/INBOX", "tls off\n    poll 1s"))
        relay.start("fetch")
        relay.wait_log("stay in the folder for now: .*the folder is full")
        server.folders["INBOX"][2] = mail(2)
        wait_until(lambda: len(Store(relay.store).journal) == 2, "the next came in", 20, relay.log_file)
        server.script = Script({})
        wait_until(lambda: server.folders["INBOX"] == {}, "acknowledged later", 20, relay.log_file)
        assert relay.stop() == 0
        fetched = [words for words in server.commands if "BODY" in words]
        assert len(fetched) == 2, "nothing was fetched twice"
        assert len(server.connections) == 1
