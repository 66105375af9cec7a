"""D9: SIGHUP with a configuration that is wrong in any way: what ran stays in force, the log says where, `check` says the same."""
import fcntl
import hashlib
import json
import os
import re
import socket
import sqlite3
import time
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path

import pytest

from conftest import PROGRAM
from support import mails
from support.observer import Store, observe
from support.process import wait_until
from support.relay import Relay

OLD = 'rule "old" { subject ~ /./; set severity 3; ignore }\n'
NEW = 'rule "new" { subject ~ /./; quarantine }\n'
EXAMPLE = "From: Ada <ada@example.com>\nTo: escalations@example.com\nSubject: {}\n\nwords\n"
NO_ROOT = ("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all")


def rules(text):
    """own.rules is NEW and then this, from its second line on."""
    return lambda relay: (relay.directory / "own.rules").write_bytes(NEW.encode() + (
        text if isinstance(text, bytes) else text.encode()))


def more(text):
    """relay.conf is what it was, and this at its end."""
    return lambda relay: relay.configure(extra=text)


def part(name, old, new):
    """A part of relay.conf with something in the place of something."""
    def change(relay):
        assert old in relay.parts[name]
        relay.configure(**{name: relay.parts[name].replace(old, new)})
    return change


def conf(how):
    """relay.conf itself is something else."""
    def change(relay):
        relay.conf.unlink()
        how(relay.conf)
    return change


def file(name, how, *, then=lambda relay: None):
    """Another file is something else."""
    def change(relay):
        how(relay.directory / name)
        then(relay)
    return change


def away(path):
    """No such file."""
    path.unlink()


def folder(path):
    """A folder in its place."""
    path.unlink(missing_ok=True)
    path.mkdir()


def locked(path):
    """Nobody may read it."""
    path.write_text(NEW)
    path.chmod(0)


def pipe(path):
    """A FIFO that nobody writes to."""
    path.unlink()
    os.mkfifo(path)


def loop(path):
    """A link to itself."""
    path.unlink()
    path.symlink_to(path.name)


def cut(path):
    """An editor that was cut off in the middle of a line."""
    path.write_text((NEW + OLD)[:-9])


def holds(text):
    """This in the file."""
    return lambda path: path.write_bytes(text if isinstance(text, bytes) else text.encode())


def many(relay):
    """More files than may be."""
    (relay.directory / "lots").mkdir()
    for number in range(201):
        (relay.directory / f"lots/{number:03}.rules").write_text("")
    relay.configure(extra='include "lots/*"\n')


# What is done, and what the log must say: the place, then the reason.
BROKEN = {
    # the language
    "a block without its end": (more("team late {\n"), r"relay\.conf:\d+:11: error: this block is never closed"),
    "an end without its block": (more("}\n"), r"relay\.conf:\d+:\d+: error: .*'\}'"),
    "a quote without its end": (rules('rule "late\n'), r"own\.rules:2:\d+: error: "),
    "a regex without its end": (rules('rule "late" {\n subject ~ /down\n}\n'), r"own\.rules:3:\d+: error: "),
    "an unknown flag": (rules('rule "late" { subject ~ /down/g }\n'), r"own\.rules:2:\d+: error: "),
    "blocks within blocks": (rules('rule "r" ' + "{ any " * 20 + "}" * 20 + "\n"), r"own\.rules:2:\d+: error: .*deep"),
    "an unknown key": (more("rotaton core\n"), r"relay\.conf:\d+:1: error: .*rotaton"),
    "a key twice": (more("address other@example.com\n"), r"relay\.conf:\d+:\d+: error: .*address"),
    "cut off by an editor": (file("own.rules", cut), r"own\.rules:2:\d+: error: "),
    # the files
    "relay.conf is gone": (conf(lambda path: None), r"error: cannot read .*relay\.conf: No such file"),
    "relay.conf is a folder": (conf(folder), r"error: cannot read .*relay\.conf: it is a folder"),
    "relay.conf is empty": (conf(holds("")), r"error: .*address"),
    "relay.conf may not be read": (conf(locked), r"error: cannot read .*relay\.conf: Permission denied"),
    "the rules are gone": (file("own.rules", away), r"relay\.conf:7:\d+: error: cannot read own\.rules: there is no such file"),
    "the rules are a folder": (file("own.rules", folder), r"relay\.conf:7:\d+: error: cannot read own\.rules: it is a folder"),
    "the rules are a FIFO": (file("own.rules", pipe), r"relay\.conf:7:\d+: error: cannot read own\.rules: it is no plain file"),
    "the rules are a link to themselves": (file("own.rules", loop), r"relay\.conf:7:\d+: error: cannot .*symbolic links"),
    "the rules may not be read": (file("own.rules", locked), r"relay\.conf:7:\d+: error: cannot read own\.rules: Permission denied"),
    "a NUL byte": (rules(b'rule "late" { subject ~ /a\0b/ }\n'), r"own\.rules:2:27: error: found a NUL byte"),
    "UTF-16": (file("own.rules", holds(NEW.encode("utf-16"))), r"own\.rules:1:1: error: "),
    "Latin-1": (rules(b'rule "late" { subject ~ /caf\xe9/ }\n'), r"own\.rules:2:\d+: error: found the byte 0xe9"),
    "a control character": (rules('rule "late\x1b" { subject ~ /a/ }\n'), r"own\.rules:2:11: error: found the control character 0x1b"),
    "too large": (rules("#" * (4 << 20) + "\n"), r"relay\.conf:7:\d+: error: cannot read own\.rules: it is larger than 4 MiB"),
    "too many files": (many, r"relay\.conf:\d+:\d+: error: more than 200 files"),
    "a file in itself": (rules("include own.rules\n"), r"own\.rules:2:\d+: error: own\.rules includes itself"),
    # relay.conf
    "no address": (part("head", "operator    support-ops@example.com", "operator    nobody"), r"relay\.conf:2:13: error: .*nobody"),
    "a time out of its range": (part("head", "ack 30m", "ack 9999d"), r"relay\.conf:\d+:\d+: error: .*9999d"),
    "an unknown zone": (part("engineers", "UTC", "Europe/Atlantis"), r"relay\.conf:\d+:\d+: error: .*Europe/Atlantis"),
    "an hour that is none": (part("engineers", "24:00", "25:00"), r"relay\.conf:\d+:\d+: error: .*25:00"),
    "an engineer twice": (more("engineer keegan { email k@example.com; zone UTC; hours mon-fri 09:00-17:00 }\n"),
                          r"relay\.conf:\d+:\d+: error: .*keegan"),
    "a seat of nobody": (part("rotation", "bola", "boola"), r"relay\.conf:\d+:\d+: error: .*boola"),
    "an empty rotation": (part("rotation", "seats keegan bola valery", ""), r"relay\.conf:\d+:\d+: error: "),
    "a rotation backwards": (more("rotation other 2026-12-01 to 2026-11-01 { seats keegan }\n"), r"relay\.conf:\d+:\d+: error: "),
    "an absence of nobody": (more("away nobody 2026-11-20 to 2026-11-23\n"), r"relay\.conf:\d+:\d+: error: .*nobody"),
    "a stand-in for nobody": (more("override core 2026-11-20 to 2026-11-23 { keegan for nobody }\n"), r"relay\.conf:\d+:\d+: error: .*nobody"),
    "a redaction that is no regex": (more('redact ~ /(/\n'), r"relay\.conf:\d+:\d+: error: "),
    "plain text to the world": (more('mailbox far { url imap://mail.example.com/INBOX; tls off; user a; password env A }\n'),
                                r"relay\.conf:\d+:\d+: error: .*tls off"),
    "a new store": (part("head", "escrelay.db", "other.db"), r"error: store: a new place for the store needs a restart"),
    "no folder of templates": (more("templates nowhere\n"), r"error: the folder of templates '.*nowhere' cannot be read"),
    "a value that no template has": (file("assigned.txt", holds("Subject: {{nosuch}}\n\n{{nosuch}}\n"), then=more("templates .\n")),
                                     r"assigned\.txt:1:\d+: error: .*nosuch"),
    # the rules
    "a regex that is none": (rules('rule "late" { subject ~ /^\\[sev-(2\\]/i }\n'), r"own\.rules:2:\d+: error: .*parenthes"),
    "a look behind without end": (rules('rule "late" { subject ~ /(?<=a+)b/ }\n'), r"own\.rules:2:\d+: error: .*lookbehind"),
    "a verb": (rules('rule "late" { subject ~ /(*NO_JIT)a/ }\n'), r"own\.rules:2:\d+: error: .*VERB"),
    "an unknown field": (rules('rule "late" { subjekt ~ /a/ }\n'), r"own\.rules:2:15: error: .*subjekt"),
    "an unknown operator": (rules('rule "late" { subject == a }\n'), r"own\.rules:2:\d+: error: .*=="),
    "a test of nothing": (rules('rule "late" { subject ~ }\n'), r"own\.rules:2:\d+: error: "),
    "a size that is none": (rules('rule "late" { size > heavy }\n'), r"own\.rules:2:\d+: error: .*heavy"),
    "a rule without a block": (rules('rule "late"\n'), r"own\.rules:2:\d+: error: "),
    "an unknown setting": (rules('rule "late" { set colour red }\n'), r"own\.rules:2:\d+: error: .*colour"),
    "an unknown team": (rules('rule "late" { set team nobody }\n'), r"own\.rules:2:\d+: error: .*nobody"),
    "a filing with nobody": (rules('rule "late" { file nobody }\n'), r"own\.rules:2:\d+: error: .*nobody"),
    "an unknown pool": (rules('rule "late" { set pool nowhere }\n'), r"own\.rules:2:\d+: error: .*nowhere"),
    "a skill that nobody has": (rules('rule "late" { set skill cobol }\n'), r"own\.rules:2:\d+: error: .*cobol"),
    "an unknown severity": (rules('rule "late" { set severity urgent }\n'), r"own\.rules:2:\d+: error: .*urgent"),
    "an unknown customer": (rules('rule "late" { set customer nobody }\n'), r"own\.rules:2:\d+: error: .*nobody"),
    "a capture of nothing": (rules('rule "late" { subject ~ /a/; set label $what }\n'), r"own\.rules:2:\d+: error: .*what"),
    "a forward to no address": (rules('rule "late" { forward nobody }\n'), r"own\.rules:2:\d+: error: .*nobody"),
    "two ends of one mail": (rules('rule "late" { subject ~ /a/; ignore; quarantine }\n'), r"own\.rules:2:\d+: error: "),
    "a question that asks nothing": (rules('rule "late" { require version ~ /v/ }\n'), r"own\.rules:2:\d+: error: "),
    # their examples
    "an example that does not match": (rules('rule "late" { subject ~ /down/; matches up.eml }\n'), r"own\.rules:2:\d+: error: .*late"),
    "an example that an earlier rule takes": (rules('rule "late" { subject ~ /up/; matches up.eml }\n'), r"own\.rules:2:\d+: error: .*new"),
    "an example that is not rejected": (file("own.rules", holds('rule "new" { subject ~ /./; quarantine\n rejects up.eml }\n')),
                                        r"own\.rules:2:\d+: error: .*new"),
    "an example that is not there": (rules('rule "late" { subject ~ /up/; matches none.eml }\n'), r"own\.rules:2:\d+: error: .*none\.eml"),
    "an example that is a folder": (rules('rule "late" { subject ~ /up/; matches lots.d }\n'), r"own\.rules:2:\d+: error: .*lots\.d"),
}


def digest(path):
    """All that the store holds."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        return hashlib.sha256("\n".join(db.iterdump()).encode()).hexdigest()


def journal(relay, number):
    """A mail of Ada's comes, past the mailbox, and decide is woken; what it decided, and by which rules."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "ada@example.com", "escalations@example.com", f"Mail {number}"
    mail["Message-ID"] = f"<{number}@example.com>"
    mail.set_content("words")
    raw = mail.as_bytes().replace(b"\n", b"\r\n")
    with open(f"{relay.store}.lock", "rb") as lock, closing(sqlite3.connect(relay.store)) as db, db:
        fcntl.flock(lock, fcntl.LOCK_EX)
        db.execute("INSERT INTO journal (id, mailbox, uidvalidity, uid, received, size, cut, sha256, state) "
                   "VALUES (?1, 'support', 1, ?1, strftime('%s', 'now'), ?2, 0, ?3, 'kept')",
                   [number, len(raw), hashlib.sha256(raw).digest()])
        db.execute("INSERT INTO raw (journal, seq, bytes) VALUES (?, 0, ?)", [number, raw])
    with open(f"{relay.store}.wake-decide", "wb") as wake:
        wake.write(b"!")

    def decided():
        with closing(sqlite3.connect(f"file:{relay.store}?mode=ro", uri=True)) as db:
            return db.execute("SELECT outcome, ruleset FROM journal JOIN decision ON journal = journal.id WHERE journal.id = ?",
                              [number]).fetchone()
    return wait_until(decided, f"mail {number} is decided", 20, relay.log_file)


@pytest.fixture
def decide(lab, tmp_path):
    """A decide that runs by rules of its own; as root it would read what nobody may."""
    relay = Relay(tmp_path, lab, PROGRAM)
    relay.configure(head=relay.parts["head"].replace('"rules/*.rules"', "own.rules"))
    (tmp_path / "own.rules").write_text(OLD)
    (tmp_path / "up.eml").write_text(EXAMPLE.format("search is up"))
    (tmp_path / "lots.d").mkdir()
    relay.start("decide", under=NO_ROOT)
    relay.wait_decide()
    yield relay
    relay.close()
    relay.observe()


def test_whatever_is_wrong_what_ran_stays_in_force(decide):
    """D9. Goal: each of these is refused with its place and its reason; the store is as before to the last row; the next
    mail is decided by the rules from before; `check` and what systemd asks before a reload say the same as the daemon."""
    first = journal(decide, 1)
    assert first[0] == "ignored"
    was = {name: (decide.directory / name).read_bytes() for name in ("relay.conf", "own.rules")}
    faults = []
    for number, (name, (wrong, says)) in enumerate(BROKEN.items(), 2):
        parts = dict(decide.parts)
        wrong(decide)
        faults += [f"{name}: {fault}" for fault in refused(decide, says, store=name == "a new store")]
        if journal(decide, number) != first:
            faults.append(f"{name}: the next mail is decided otherwise")
        restore(decide, was)
        decide.parts = parts
    assert not faults, "\n".join(faults)
    decide.hup()
    decide.wait_log(r"was read anew")
    assert decide.log().count("was read anew") == 1 and journal(decide, 1000) == first


def refused(relay, says, store):
    """Has it read what is wrong; what is not as it should be. A new store only a relay that runs refuses."""
    before, at = digest(relay.store), len(relay.log())
    relay.hup()
    wait_until(lambda: re.search("stays in force|was read anew", relay.log()[at:]), "there is an answer", 20, relay.log_file)
    said = relay.log()[at:]
    if "was read anew" in said or not re.search(says, said):
        yield f"the log says {said}"
    if digest(relay.store) != before:
        yield "the store is another"
    asked = relay.run("check", "--reload", "decide", check=None, under=("env", f"MAINPID={relay.processes()[0]}", *NO_ROOT))
    if asked.returncode != 3 or not re.search(says, asked.stderr) or asked.stdout:
        yield f"before a reload: {asked}"
    whole = relay.run("check", "--json", check=None, under=NO_ROOT)
    found = json.loads(whole.stdout)
    if found["reload"] != store or (whole.returncode == 0 and not store):
        yield f"check: {whole.returncode}, {whole.stdout}"
    elif not store and not re.search(says, "\n".join(one["text"] for one in found["checks"])):
        yield f"check says {found['checks']}"


def restore(relay, files):
    """Both files as they were."""
    for name, text in files.items():
        path = Path(relay.directory / name)
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        path.unlink(missing_ok=True)
        path.write_bytes(text)


class Manager:
    """What a service manager hears on its socket."""

    def __init__(self, path):
        self.path, self.socket = path, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.settimeout(20)

    def next(self):
        """The next message about the unit's state, as a dict."""
        while True:
            said = dict(line.split("=", 1) for line in self.socket.recv(4096).decode().splitlines())
            if not said.keys() <= {"STATUS", "WATCHDOG"}:
                return said


@pytest.mark.parametrize("stage", ["fetch", "decide", "send"])
def test_the_service_manager_hears_of_a_reload_in_order(relay, tmp_path, stage):
    """D9. Goal: READY; at a SIGHUP RELOADING with the time, then READY again, the same for what is refused; last STOPPING or the end."""
    manager = Manager(tmp_path / "notify")
    running = relay.start(stage, under=("env", f"NOTIFY_SOCKET={manager.path}"))
    assert manager.next() == {"READY": "1"}
    for text, says in (("", "was read anew"), ("nonsense\n", "stays in force"), ("", "was read anew")):
        relay.configure(extra=text)
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        relay.hup()
        said = manager.next()
        while said == {"READY": "1"}:           # fetch and send say it once more when their workers are up
            said = manager.next()
        now = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        assert said.keys() == {"RELOADING", "MONOTONIC_USEC"} and said["RELOADING"] == "1"
        assert before <= int(said["MONOTONIC_USEC"]) <= now
        assert manager.next() == {"READY": "1"} and says in relay.log()
    assert running.poll() is None


def test_send_does_not_lose_its_server(lab, relay):
    """D9. Goal: a reload without the submission block is refused by the stage that needs it, which lives on and sends."""
    manager = Manager(relay.directory / "notify")
    running = relay.start("send", under=("env", f"NOTIFY_SOCKET={manager.path}"))
    manager.next()
    whole = relay.parts["submission"]
    relay.configure(submission="")
    relay.hup()
    relay.wait_log("there is no submission block.*\n.*stays in force")
    assert relay.run("check", "--reload", "send", check=3).stderr.startswith("error: there is no submission block")
    assert relay.run("check", "--reload", "fetch").stderr == ""
    relay.run("check", check=3)
    relay.configure(submission=whole)
    lab.send(mails.forward())
    lab.wait_mail("escalations")
    for stage in ("fetch", "decide"):
        relay.run(stage, "--once")
    lab.wait_mail("ada")
    assert running.poll() is None


def test_a_storm_of_reloads_half_of_them_broken(lab, relay):
    """D9, D10. Goal: while mail comes, the rules change and break and change again at every SIGHUP: each mail is decided once,
    by rules that were whole, and nothing is lost or doubled."""
    relay.configure(head=relay.parts["head"].replace('"rules/*.rules"', "own.rules"))
    own = relay.directory / "own.rules"
    own.write_text('rule "0" { subject ~ /./; set severity 3 }\n')
    running = relay.start()
    relay.wait_log("mailbox support: connected")
    relay.wait_decide()
    sent = []
    for number in range(1, 61):
        if number % 12 == 1:
            sent.append(mails.forward(mails.ticket(subject=f"In the storm {number}")))
            lab.send(sent[-1])
        fresh = own.with_suffix(".new")         # as an editor saves: never half a file
        fresh.write_text(f'rule "{number}" {{ subject ~ /./; set severity {number % 3 + 1} }}\n' + "rule {\n" * (number % 2))
        fresh.rename(own)
        relay.hup()
        time.sleep(0.02 + 0.03 * (number % 5))
    wait_until(lambda: len(relay.json("list")) == len(sent), "all are cases", 40, relay.log_file)
    wait_until(lambda: all(row["state"] == "sent" for row in Store(relay.store).outbox), "all is sent", 40, relay.log_file)
    for row in Store(relay.store).escalation:
        assert int(row["rule"]) % 2 == 0 and row["severity"] == int(row["rule"]) % 3 + 1 or row["rule"] == "0", row
    assert running.poll() is None and relay.stop() == 0
    lab.postfix.empty()
    observe(lab, relay, sent)
