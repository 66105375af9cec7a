"""D1, D15, D16: few descriptors, files that may not grow, and what strangers write where it comes into a log."""
import re

import pytest

from support import mails
from support.observer import observe
from support.smtp_sink import SmtpSink
from test_main_job import once

HOSTILE = "\x1b[2J\x1b]0;owned\x07 %s%n%1000d \u202ecod.exe \x9b31m"


def clean(log):
    """Each line is short, and nothing in it moves a cursor, forges a line or breaks the encoding."""
    for line in log.encode("utf-8", "surrogateescape").split(b"\n"):
        assert len(line) <= 2048, line[:200]
        line.decode("utf-8")                # or it raises
        assert not re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", line), line
        assert not re.search("[\x80-\x9f\u202a-\u202e\u2066-\u2069]", line.decode()), line
        assert not line.startswith(b"forged"), line


def raw_mail(subject, sender=b"Ada <ada@example.com>", name=b"x.log"):
    return (b"From: " + sender + b"\r\nTo: escalations@example.com\r\nMessage-ID: <" + name.replace(b" ", b"")[:60] + b"@example.com>\r\n"
            b"Subject: " + subject + b"\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
            b"--b\r\nContent-Type: text/plain\r\n\r\nHelp.\r\n--b\r\nContent-Type: application/octet-stream\r\n"
            b"Content-Disposition: attachment; filename=\"" + name + b"\"\r\n\r\nabc\r\n--b--\r\n")


def test_what_strangers_write_cannot_forge_the_log(lab, relay):
    """D16. Goal: headers of 100 kB, escapes, %, newlines in encoded words, bytes that are no text: the log stays lines of plain text."""
    nasty = [
        raw_mail(b"=?utf-8?q?=1B[2Ja=0Aforged:_all_is_well=0D=0Aforged?= %s%n", name=b"one"),
        raw_mail(b"Fwd: " + b"A" * 100000, name=b"two"),
        raw_mail(b"Fwd: \xff\xfe\x80 %n%n%n%n", sender=b"\xff\xc3\x28 <ada@example.com>", name=b"three\x1b[31m"),
        raw_mail(HOSTILE.encode(), sender=b"=?utf-8?q?=1B[2J=0Aforged?= <nobody@elsewhere.example>", name=b"four"),
        raw_mail(b"[ESC-999999999] " + "\u202e".encode() * 3000, name=b"five"),
    ]
    for mail in nasty:
        lab.dovecot.deliver("escalations@example.com", mail)
    lab.wait_mail("escalations", len(nasty))
    once(relay, check=None)
    for row in relay.json("quarantine"):
        clean(relay.run("quarantine", "show", row["journal"]).stderr)
    lab.postfix.empty()
    clean(relay.logged())
    assert lab.count("escalations") == 0
    observe(lab, relay, nasty)


def test_what_a_server_says_cannot_forge_the_log(lab, relay):
    """D16. Goal: an SMTP server's words, with escapes, % and 100 kB: escaped and capped, in the log and in `queue`."""
    said = ["550 5.1.1 \x1b[2J%n%s \u202e forged", "451 4.3.0 " + "later " * 60, "550 \x07\x9b31m %1000000d"]
    with SmtpSink(answers={"RCPT": said}) as sink:
        relay.configure(submission=relay.submission(f"smtp://127.0.0.1:{sink.port}", "tls off\n    sessions 1"))
        lab.send(mails.forward())
        lab.wait_mail("escalations")
        for _ in range(2):
            once(relay, check=None)
        clean(relay.logged())
        clean(relay.run("queue", "--all").stdout)
        assert "refused" in relay.logged()


@pytest.mark.parametrize("stage", ["fetch", "decide", "send"])
def test_few_descriptors_lose_nothing(lab, relay, stage):
    """D15. Goal: with 3, 4, ... descriptors allowed a stage does its work or ends saying why; with enough the usual end is reached."""
    forward = mails.forward()
    lab.send(forward)
    lab.wait_mail("escalations")
    for before in ("fetch", "decide", "send"):
        if before == stage:
            break
        relay.run(before, "--once")
    for number in range(3, 40, 3):
        done = relay.run(stage, "--once", check=None, timeout=60, under=("prlimit", f"--nofile={number}"))
        if done.returncode == 0:
            break
        assert done.stderr.strip(), f"{stage} with {number} descriptors ended with {done.returncode} and said nothing"
    assert number > 3, "no number was too few"
    assert done.returncode == 0, done.stderr
    once(relay)
    lab.postfix.empty()
    observe(lab, relay, [forward])


@pytest.mark.parametrize("stage", ["fetch", "decide", "send"])
def test_files_that_may_not_grow_are_a_full_disk(lab, relay, stage):
    """D1. Goal: at a limit of the size of files, as at a quota, a stage ends saying so and no signal kills it; later all is done once."""
    forward = mails.forward()
    forward.add_attachment(bytes(300000), maintype="application", subtype="octet-stream", filename="core.bin")
    lab.send(forward)
    lab.wait_mail("escalations")
    for before in ("fetch", "decide", "send"):
        if before == stage:
            break
        relay.run(before, "--once")
    for limit in (0, 20000, 250000):
        done = relay.run(stage, "--once", check=None, under=("sh", "-c", '"$@"; exit $?', "sh", "prlimit", f"--fsize={limit}"))
        assert done.returncode in (1, 3) and "error:" in done.stderr, done
    assert lab.count("ada") == 0
    once(relay)
    lab.postfix.empty()
    observe(lab, relay, [forward])
    assert lab.count("ada") == 1
