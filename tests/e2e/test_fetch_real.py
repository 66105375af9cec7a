"""Fetch and a real mailbox: whatever people, administrators and accidents do to it, each mail comes in once.

The names C1, C2 ... are those of the catalogue of faults of a mailbox:

  C1 UIDVALIDITY changes   C2 it goes down, or stays while the mails are others   C7 mails vanish between two commands
  C8 MOVE not offered, a copy made and the rest lost   C9 delivered twice   C10 no Message-ID, an empty or a huge one
  C5 a peer that is dead   C11 a long backlog, a large mail   C15 a person has read it   C16 a token expires
(C3, C4, C6, C12-C14: test_imap_hostile.py and test_imap_real.py; a mail that cannot be had: test_fetch_poison.py.)

FETCH_ALL=1 in the environment: with 1,000 and 10,000 mails where a few do.
"""
import base64
import os
import re
import shutil
import signal
import socket
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from support import mails
from support.imap_script import ImapServer
from support.observer import Store, observe
from support.process import wait_until
from support.proxy import UP, Fault, FaultProxy
from support.relay import HEAD, members
from test_faults_store import Disk

ALL = bool(os.environ.get("FETCH_ALL"))
ESCALATIONS = "escalations@example.com"
DONE = "Escalations/Done"


def forward(number):
    """A forward of Ada's, in its exact bytes."""
    return (f"From: Ada <ada@example.com>\r\nTo: {ESCALATIONS}\r\nSubject: Escalate: number {number}\r\n"
            f"Message-ID: <number.{number}@example.com>\r\nDate: Sun, 01 Nov 2026 09:00:00 +0000\r\n\r\n"
            f"Please help with number {number}.\r\n").encode()


def deliver(lab, *texts, folder="INBOX"):
    for text in texts:
        lab.dovecot.deliver(ESCALATIONS, text, folder)


def once(relay, *stages):
    for stage in stages or ("fetch", "decide"):
        relay.run(stage, "--once")


def acted(relay):
    """How many cases there are, and how many letters are owed."""
    store = Store(relay.store)
    return len(store.escalation), len(store.outbox)


def outcomes(relay):
    return [row["outcome"] for row in Store(relay.store).journal]


def through(relay, proxy, more=""):
    """The relay talks to the server through a proxy."""
    relay.configure(mailbox=relay.mailbox(f"imap://127.0.0.1:{proxy.port}/INBOX", f"tls off\n    poll 1s\n    {more}"))


@pytest.fixture
def plain(relay, lab):
    """The relay without TLS, polling each second."""
    relay.configure(mailbox=relay.mailbox(f"imap://127.0.0.1:{lab.dovecot.ports['imap']}/INBOX", "tls off\n    poll 1s"))
    return relay


# --- the folder is not what it was ---------------------------------------------------------------------------


@pytest.mark.parametrize("validity", ["up", "down"])
def test_restored_mailbox(lab, plain, validity):
    """C1, C2: a backup of the mailbox comes back under another UIDVALIDITY: 0 new cases, 0 letters, and nothing stays."""
    number = 1000 if ALL else 40
    deliver(lab, *map(forward, range(number)))
    lab.dovecot.doveadm("mailbox", "update", "-u", ESCALATIONS, "--uid-validity", 5000, "INBOX")
    once(plain)
    before = acted(plain)
    assert before[0] == number and lab.count("escalations") == 0
    inbox, done = (lab.dovecot.maildir(ESCALATIONS, folder) for folder in ("INBOX", DONE))
    for place in ("new", "cur"):
        for file in (done / place).iterdir():
            shutil.move(file, inbox / "new" / file.name.partition(":")[0])
    lab.dovecot.doveadm("mailbox", "update", "-u", ESCALATIONS, "--uid-validity", 6000 if validity == "up" else 4000, "INBOX")
    done = plain.run("fetch", "--once")
    assert "UIDVALIDITY changed from 5000" in done.stderr
    once(plain, "decide", "fetch")
    assert acted(plain) == before and outcomes(plain).count("duplicate") == number
    assert lab.count("escalations") == 0


def test_other_mails_under_the_old_numbers(lab, plain):
    """C2: the folder was made anew with the UIDVALIDITY that it had: its mails are new all the same."""
    for round_ in (1, 2):
        if round_ == 2:
            lab.dovecot.empty()
        deliver(lab, *(forward(f"{round_}.{number}") for number in range(5)))
        lab.dovecot.doveadm("mailbox", "update", "-u", ESCALATIONS, "--uid-validity", 77, "INBOX")
        once(plain)
        assert acted(plain)[0] == 5 * round_ and lab.count("escalations") == 0
    assert "duplicate" not in outcomes(plain)


@pytest.mark.parametrize("what", ["delete", "rename"][:2 if ALL else 1])
def test_the_folder_goes_and_comes_back(lab, relay, what):
    """Goal: a folder that somebody deletes or renames under us is said, waited for, and served again."""
    relay.configure(mailbox=relay.mailbox(f"imap://127.0.0.1:{lab.dovecot.ports['imap']}/Support", "tls off\n    poll 1s"))
    deliver(lab, forward(1), folder="Support")
    relay.start("fetch")
    wait_until(lambda: lab.count("escalations", "Support") == 0, "the first came", 20, relay.log_file)
    lab.dovecot.doveadm("mailbox", what, "-u", ESCALATIONS, "Support", *(["Elsewhere"] if what == "rename" else []))
    relay.wait_log("error: mailbox support: SELECT", 20)
    deliver(lab, forward(2), folder="Support")
    wait_until(lambda: len(Store(relay.store).journal) == 2, "the second came", 40, relay.log_file)
    assert relay.stop() == 0


# --- mails come and go under our hands -----------------------------------------------------------------------


def expunge(lab, how):
    """Somebody else's mail program takes all mails away."""
    if how == "moved":
        lab.dovecot.doveadm("move", "-u", ESCALATIONS, "Trash", "mailbox", "INBOX", "all")
    else:
        lab.dovecot.doveadm("expunge", "-u", ESCALATIONS, "mailbox", "INBOX", "all")


@pytest.mark.parametrize("fault, came", [
    (Fault("stall", match=rb"\* SEARCH [ 0-9]+\r\n"), 0),
    (Fault("stall", match=rb"UID FETCH 1:3 \(UID INTERNALDATE BODY", direction=UP), 0),
    (Fault("stall", match=rb"UID MOVE", direction=UP), 3),
], ids=["listed", "sized", "fetched"])
@pytest.mark.parametrize("how", ["emptied", "moved"][:2 if ALL else 1])
def test_taken_away_under_our_hands(lab, relay, fault, came, how):
    """C7: gone after the list, before the bodies, or before the acknowledgement: no error; what came whole is ours."""
    deliver(lab, *map(forward, range(3)))
    lab.dovecot.doveadm("mailbox", "create", "-u", ESCALATIONS, "Trash")
    with FaultProxy(lab.dovecot.ports["imap"], fault) as proxy:
        through(relay, proxy)
        relay.start("fetch")
        assert proxy.fired.wait(15)
        expunge(lab, how)
        proxy.faults = ()
        proxy.release()
        deliver(lab, forward(9))
        wait_until(lambda: lab.count("escalations", DONE) == 1, "the next one came", 20, relay.log_file)
        assert relay.stop() == 0
        assert "warning" not in relay.log() and "error" not in relay.log(), relay.log()
        assert len(proxy.links) == 1
    assert len(Store(relay.store).journal) == came + 1


@pytest.mark.parametrize("after, least", [(rb"\[COPYUID [^\r]*\r\n", 3), (rb"OK Expunge completed[^\r]*\r\n", 3)], ids=["copied", "expunged"])
def test_cut_while_acknowledging_without_move(lab, relay, after, least):
    """C8: MOVE is not offered, and the line breaks behind the copy: never lost, acted on once, at most one more copy in Done."""
    lab.dovecot.restart(without={"MOVE"})
    deliver(lab, *map(forward, range(3)))
    with FaultProxy(lab.dovecot.ports["imap"], Fault("reset", match=after, connection=0)) as proxy:
        through(relay, proxy)
        once(relay)
        assert proxy.fired.is_set() and len(proxy.links) <= 2
    done = [raw.partition(b"Subject: ")[2][:20] for raw in lab.raw_of("escalations", DONE)]
    assert len(set(done)) == 3 and least <= len(done) <= 6
    assert acted(relay)[0] == 3 and lab.count("escalations") == 0


def test_a_person_reads_the_mailbox(lab, plain):
    """C15: what is \\Seen, \\Flagged or \\Answered already is as new as the rest; what is ours stays as it was."""
    deliver(lab, *map(forward, range(4)))
    with lab.imap("escalations") as person:
        person.select("INBOX")
        person.uid("STORE", "1:2", "+FLAGS", r"(\Seen \Answered)")
        person.uid("STORE", "3", "+FLAGS", r"(\Flagged)")
    once(plain)
    assert acted(plain)[0] == 4
    flags = [mail.flags for mail in lab.dovecot.messages(ESCALATIONS, DONE)]
    assert sum("\\Seen" in one for one in flags) == 2 and sum("\\Flagged" in one for one in flags) == 1


# --- mails of all kinds -------------------------------------------------------------------------------------


def test_delivered_twice(lab, plain):
    """C9: the same mail again is a duplicate; one with another text under the same Message-ID is a mail of its own."""
    first = forward(1)
    deliver(lab, first, first, b"Received: from elsewhere\r\n" + first, first.replace(b"help", b"look"))
    once(plain)
    assert sorted(outcomes(plain)) == ["duplicate", "duplicate", "opened", "opened"] or \
        sorted(outcomes(plain)) == ["duplicate", "duplicate", "opened", "relayed"], outcomes(plain)
    assert lab.count("escalations") == 0


IDS = {"none": b"", "empty": b"Message-ID:\r\n", "brackets": b"Message-ID: <>\r\n", "huge": b"Message-ID: <" + b"x" * 10000 + b"@y>\r\n",
       "injecting": b'Message-ID: <x>"\r\n\tA99 CREATE injected\r\n', "two": b"Message-ID: <a@b>\r\nMessage-ID: <c@d>\r\n"}


def test_message_ids_of_all_kinds(lab, plain):
    """C10, L7: without a usable Message-ID a mail is known by its bytes; twice the same is one, and none becomes a command."""
    for head in IDS.values():
        for text in (b"one", b"two", b"two"):
            mail = forward(1).replace(b"Message-ID: <number.1@example.com>\r\n", head).replace(b"number 1.", text)
            assert head in mail
            deliver(lab, mail)
    once(plain)
    assert outcomes(plain).count("duplicate") == len(IDS) and len(outcomes(plain)) == 3 * len(IDS)
    assert acted(plain)[0] == 2 * len(IDS)
    assert lab.dovecot.folders(ESCALATIONS) == [DONE.partition("/")[0], DONE, "INBOX"] or \
        "injected" not in lab.dovecot.folders(ESCALATIONS)


KILLERS = {
    "L1": b'Content-Type: multipart/mixed; boundary="\\""\r\n\r\n',
    "L6": b"".join(b"Content-Type: message/rfc822\r\n\r\n" for _ in range(5000)),
    "L6 wide": b'Content-Type: multipart/mixed; boundary=x\r\n\r\n' + b"--x\r\n\r\na\r\n" * 20000,
    "L10": b"From: Grace <grace@example.com>\r\nContent-Type: text/plain; name*0*=utf-8''a; name*1*=b; charset*0=utf-8\r\n\r\n",
}


def test_mails_that_killed_the_library(lab, plain):
    """L1, L6, L10: mails that crash or mislead the IMAP library's own parser: it never sees them, and each comes to an outcome."""
    heads = b"From: Ada <ada@example.com>\r\nTo: escalations@example.com\r\nSubject: Escalate: %s\r\nMIME-Version: 1.0\r\n"
    deliver(lab, *(heads % name.encode() + text for name, text in KILLERS.items()))
    once(plain)
    found = {row["subject"]: row["outcome"] for row in Store(plain.store).journal}
    assert set(found) == {f"Escalate: {name}" for name in KILLERS} and "shelved" not in found.values(), found
    assert found["Escalate: L10"] == "quarantined" and lab.count("escalations") == 0


def test_a_dead_peer_is_noticed(lab, plain):
    """C5: while nobody says anything the kernel asks the peer whether it lives: a timer of at most a minute is set."""
    plain.start("fetch")
    plain.wait_log("connected")
    port, ticks = lab.dovecot.ports["imap"], os.sysconf("SC_CLK_TCK")

    def timer():
        for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]:
            _, _, remote, state, _, when, *_ = line.split()
            if remote.endswith(f":{port:04X}") and state == "01" and when.startswith("02:"):
                return int(when[3:], 16) / ticks
        return None
    assert wait_until(timer, "a keepalive timer", 10) <= 61
    assert plain.stop() == 0


def test_over_size_and_others(lab, relay):
    """C11: of a mail over the limit the beginning is held and a person told; the others are as ever."""
    relay.configure(mailbox=relay.mailbox(f"imap://127.0.0.1:{lab.dovecot.ports['imap']}/INBOX", "tls off\n    size-limit 1M"))
    deliver(lab, forward(1), forward(2) + b"x" * 70 + b"\r\n" + (b"y" * 76 + b"\r\n") * 20000, forward(3))
    once(relay)
    assert sorted(outcomes(relay)) == ["opened", "opened", "quarantined"]
    (held,) = relay.json("quarantine", "list")
    assert "larger than the size limit" in held["reason"]
    assert lab.count("escalations") == 0 and lab.count("escalations", DONE) == 3


def peak(pid):
    """The most memory that a process ever had, in KiB."""
    return int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text("ascii"))[1])


def name_of(pid):
    return Path(f"/proc/{pid}/comm").read_text("utf-8").strip()


def test_a_long_backlog(lab, plain):
    """C11: thousands wait (FETCH_ALL: 10,000): all come, in bounded memory, in few round trips; each process has a telling name."""
    number = 10000 if ALL else 500
    deliver(lab, *map(forward, range(number)))
    running = plain.start("fetch")
    wait_until(lambda: lab.count("escalations") == 0, "all came", 300, plain.log_file)
    peaks = {name_of(pid): peak(pid) for pid in members(running.pid)}
    assert set(peaks) == {"escrelay-fetch", "fetch:support", "imap:support"}
    assert plain.stop() == 0
    with closing(sqlite3.connect(plain.store)) as db:
        assert db.execute("SELECT count(*), count(DISTINCT uid) FROM journal").fetchone() == (number, number)
    if "asan" not in str(plain.program):
        assert sum(peaks.values()) < 40_000, peaks


# --- passwords, tokens ----------------------------------------------------------------------------------------


def test_an_expired_token_is_asked_for_no_more_than_needed(relay):
    """C6, C16: refused once, said once, not tried again until there is another; then at once, without a restart."""
    token = relay.directory / "token"
    token.write_text("old\n")
    token.chmod(0o600)

    class Server(ImapServer):
        valid = "old"

        def _authenticate(self, connection, words):
            good = f"auth=Bearer {self.valid}".encode() in base64.b64decode(words[2])
            return None if good else "NO [AUTHENTICATIONFAILED] the token has expired"

    with Server({1: forward(1)}, capabilities="IMAP4rev1 IDLE UIDPLUS MOVE SASL-IR AUTH=XOAUTH2") as server:
        server.folders[DONE] = {}
        relay.configure(mailbox=(
            f"mailbox support {{ url imap://127.0.0.1:{server.port}/INBOX; tls off; user {ESCALATIONS}; poll 1s; done {DONE}\n"
            f"    password file {token}\n    auth xoauth2 {{ token-url https://example.com/token; client relay }} }}\n"))
        relay.start("fetch")
        wait_until(lambda: server.folders["INBOX"] == {}, "it came", 20, relay.log_file)
        server.valid = "new"
        for connection in server.connections:       # it expired: the server ends the session
            connection.sock.shutdown(socket.SHUT_RDWR)
        relay.wait_log("the token has expired", 20)
        server.folders["INBOX"][2] = forward(2)
        asked = len(server.connections)
        time.sleep(4)
        assert len(server.connections) == asked and relay.log().count("expired") == 1
        token.write_text("new\n")
        wait_until(lambda: server.folders["INBOX"] == {}, "the next came", 20, relay.log_file)
        assert relay.stop() == 0


# --- no room ---------------------------------------------------------------------------------------------------


class Manager:
    """The service manager's end of the notifications."""

    def __init__(self, path):
        self.path, self.said = str(path), []
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.bind(self.path)
        self.sock.setblocking(False)

    def has(self, word):
        try:
            while True:
                self.said += self.sock.recv(4096).decode().splitlines()
        except BlockingIOError:
            return any(line.startswith(word) for line in self.said)

    def close(self):
        self.sock.close()


@pytest.fixture
def small(tmp_path):
    one = Disk(tmp_path / "disk", "128m")
    yield one
    one.close()


@pytest.fixture
def manager(tmp_path, monkeypatch):
    one = Manager(tmp_path / "notify")
    monkeypatch.setenv("NOTIFY_SOCKET", one.path)
    yield one
    one.close()


@pytest.mark.parametrize("stage", ["fetch", "decide", "send"])
def test_a_stage_that_waits_for_room_is_ready(relay, small, manager, stage):
    """Goal: a disk that is full at the start is waited for; the service manager hears READY=1 meanwhile, and why."""
    relay.store = small.directory / "escrelay.db"
    relay.configure(head=HEAD.format(dir=small.directory))
    small.fill()
    relay.start(stage)
    relay.wait_log("tried again until it works")
    wait_until(lambda: manager.has("READY=1") and manager.has("STATUS=waiting") and manager.has("WATCHDOG=1"), "it is ready", 10, relay.log_file)
    assert relay.stop(signal.SIGTERM) in (0, -signal.SIGTERM)


def test_the_connection_is_kept_while_there_is_no_room(relay, small):
    """Goal: no login a minute for nothing: the connection stays, mail waits on the server, and comes when there is room."""
    relay.store = small.directory / "escrelay.db"
    with ImapServer({1: forward(1)}) as server:
        server.folders[DONE] = {}
        relay.configure(head=HEAD.format(dir=small.directory), mailbox=relay.mailbox(
            f"imap://127.0.0.1:{server.port}/INBOX", "tls off\n    size-limit 1M\n    poll 1s"))
        small.remount("size=32m")
        relay.start("fetch")
        relay.wait_log("MB free beside the store")
        wait_until(lambda: sum(words.startswith("UID SEARCH") for words in server.commands) >= 2, "it looks again", 20, relay.log_file)
        assert list(server.folders["INBOX"]) == [1] and not any("BODY" in words for words in server.commands)
        small.remount("size=128m")
        wait_until(lambda: server.folders["INBOX"] == {}, "it came", 40, relay.log_file)
        assert relay.stop() == 0 and len(server.connections) == 1


# --- all of it -------------------------------------------------------------------------------------------------


def test_the_whole_way_after_a_restore(lab, relay):
    """C1 through all stages: nobody gets a second letter, as the observer sees it."""
    mail = mails.forward()
    lab.send(mail)
    lab.wait_mail("escalations")
    relay.run("run", "--once")
    lab.wait_mail("keegan")
    (raw,) = lab.raw_of("escalations", DONE)
    deliver(lab, raw)
    lab.dovecot.doveadm("mailbox", "update", "-u", ESCALATIONS, "--uid-validity", 4242, "INBOX")
    relay.run("run", "--once")
    observe(lab, relay, [mail, mail])
