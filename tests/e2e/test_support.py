"""The tests' own servers keep their promises: what they prove would be worth little otherwise."""
import os
import signal
import smtplib
import ssl
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from support import Dovecot, Lab, REPOSITORY, mails, wait_until
from support.process import gone
from support.relay import Relay


# --- the lab ---------------------------------------------------------------------------------


def test_mail_sent_by_smtp_arrives(lab):
    """A mail handed to Postfix lies in the right Maildir, and Dovecot serves it, unchanged."""
    lab.send(mails.forward())
    (got,) = lab.wait_mail("escalations")
    assert got["From"] == mails.ADA
    assert "zoekt" in got.get_body(("plain",)).get_content()
    assert lab.count("ada") == lab.count("outside") == 0


def test_plus_addressing(lab):
    """Mail for escalations+token reaches the mailbox, and the token is seen in its fields."""
    lab.send(mails.outsider(to="escalations+mzxw6ytb@example.com"))
    (got,) = lab.wait_mail("escalations")
    assert got["Delivered-To"] == got["X-Original-To"] == "escalations+mzxw6ytb@example.com"


def test_unknown_recipient_is_refused(lab):
    """Nobody of example.com by that name: 550 at RCPT."""
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        lab.send(mails.outsider(to="nobody@example.com"))
    assert refused.value.recipients["nobody@example.com"][0] == 550


def test_nothing_leaves(lab):
    """Mail for any other domain ends in the mailbox "outside", where a test can look."""
    lab.send(mails.ticket(to="someone@gmail.com"))
    (got,) = lab.wait_mail("outside")
    assert got["X-Original-To"] == "someone@gmail.com"


@pytest.mark.parametrize("vouched, verdict", [(True, "dmarc=pass"), (False, "dmarc=fail")])
def test_border_stamps_authentication(lab, vouched, verdict):
    """The border's own verdict is on top, once; what a mail claims in its name is gone."""
    forged = mails.forward(Authentication_Results="mx.example.com; dmarc=pass")
    forged.add_header("Authentication-Results", "(hi) mx.example.com (really) 1; dmarc=pass")
    forged.add_header("Authentication-Results", "mx.other.example; dkim=pass")
    lab.send(forged, to=["escalations", "ada"], vouched=vouched)
    for who in ("escalations", "ada"):
        (got,) = lab.wait_mail(who)
        assert got.get_all("Authentication-Results") == [
            f"mx.example.com; {verdict} header.from=example.com", "mx.other.example; dkim=pass"]
        names = [name.lower() for name in got.keys()]
        assert names.index("authentication-results") < names.index("received")


def test_attached_original_is_left_alone(lab):
    """The border touches the outer header only, not that of a mail in the mail."""
    original = mails.ticket(Authentication_Results="mx.example.com; dmarc=none")
    lab.send(mails.forward(original, style="attached"))
    (got,) = lab.wait_mail("escalations")
    (inner,) = got.iter_attachments()
    assert inner.get_content()["Authentication-Results"] == "mx.example.com; dmarc=none"


@pytest.mark.parametrize("tls", [False, True], ids=["starttls", "smtps"])
def test_submission_verifies_and_logs_in(lab, tls):
    """Submission works with a verified certificate and a password, and not without one."""
    user = lab.address("escalations")
    with lab.postfix.submission(lab.ca, user, lab.password(user), tls) as client:
        client.sendmail(user, ["ada@example.com"], b"Subject: hello\r\n\r\n.dot\r\n")
    lab.wait_mail("ada")
    (raw,) = lab.raw_of("ada")
    assert raw.endswith(b"Subject: hello\r\n\r\n.dot\r\n")
    with lab.postfix.submission(lab.ca, tls=tls) as client:
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            client.sendmail(user, ["ada@example.com"], b"\r\n")
    with pytest.raises(smtplib.SMTPAuthenticationError):
        lab.postfix.submission(lab.ca, user, "wrong", tls)
    with pytest.raises(ssl.SSLCertVerificationError):
        lab.postfix.submission(None, tls=tls)


def test_missing_fields_stay_missing(lab):
    """A mail without Message-ID and Date arrives without them."""
    lab.send(mails.outsider(Message_ID=None, Date=None))
    (got,) = lab.wait_mail("escalations")
    assert got["Message-ID"] is None and got["Date"] is None


def test_postfix_settings_change_and_come_back(lab):
    """A reload is in force when it returns, and the next test starts without it."""
    lab.postfix.reload(message_size_limit=1000)
    with pytest.raises(smtplib.SMTPException):
        lab.send(mails.ticket(to="ada@example.com", text="x\n" * 1000))
    lab.reset()
    lab.send(mails.ticket(to="ada@example.com", text="x\n" * 1000))
    lab.wait_mail("ada")


def test_deferred_mail_is_seen_and_flushed(lab):
    """What cannot be delivered waits in the queue, and goes when it is told to."""
    lab.postfix.reload(defer_transports="virtual")
    lab.send(mails.ticket(to="ada@example.com"))
    wait_until(lambda: [mail["queue_name"] for mail in lab.postfix.queue()] == ["deferred"],
               "the mail is deferred")
    lab.postfix.reload(defer_transports=None)
    lab.postfix.flush()
    lab.wait_mail("ada")


# --- Dovecot ---------------------------------------------------------------------------------


def test_move_and_uidplus(lab):
    """MOVE answers with COPYUID, and the mail is in the done folder and nowhere else."""
    lab.dovecot.deliver("escalations@example.com", b"Subject: one\n\n\n")
    with lab.imap("escalations") as client:
        assert {"MOVE", "UIDPLUS", "IDLE", "CONDSTORE"} <= set(client.capabilities)
        client.create("Escalations/Done")
        client.select()
        client.uid("MOVE", "1", "Escalations/Done")
        assert client.response("COPYUID")[1][0].split()[1:] == [b"1", b"1"]
    assert lab.raw_of("escalations") == []
    assert lab.raw_of("escalations", "Escalations/Done") == [b"Subject: one\r\n\r\n\r\n"]
    assert lab.dovecot.folders("escalations@example.com") == [
        "Escalations", "Escalations/Done", "INBOX"]


def test_uidvalidity_can_change(lab):
    """doveadm reaches the running server: a restored mailbox can be played."""
    user = "escalations@example.com"
    lab.dovecot.doveadm("mailbox", "update", "-u", user, "--uid-validity", "4242", "INBOX")
    with lab.imap("escalations") as client:
        client.select()
        assert client.response("UIDVALIDITY")[1] == [b"4242"]


def test_capabilities_can_be_taken_away():
    """A Dovecot without MOVE does not announce it; a restart gives it back, and keeps the mail."""
    dovecot = Dovecot(tempfile.mkdtemp(prefix="escrelay-dovecot."), ["ada"], without=["MOVE"])
    try:
        with dovecot.imap("ada") as client:
            assert "MOVE" not in client.capability()[1][0].decode().split()
            assert "UIDPLUS" in client.capability()[1][0].decode().split()
        dovecot.deliver("ada", b"Subject: stays\n\n")
        dovecot.restart(without=["UIDPLUS"])
        with dovecot.imap("ada") as client:
            assert "MOVE" in client.capability()[1][0].decode().split()
        assert len(dovecot.messages("ada")) == 1
    finally:
        dovecot.stop()
    assert not dovecot.directory.exists()


# --- nothing is left -------------------------------------------------------------------------


def processes_about(directory):
    """The ids of processes that have this directory in their command line."""
    found = []
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if os.fsencode(directory) in line.read_bytes():
                found.append(int(line.parent.name))
        except OSError:
            continue
    return found


def children_of(ids):
    """These ids and those of all their descendants."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text("latin-1").rpartition(")")[2]
                                                 .split()[1])
        except OSError:
            continue
    found = set(ids)
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def test_stop_leaves_nothing():
    """After stop there is no process and no file of the lab, busy as it was."""
    with Lab() as lab:
        lab.send(mails.forward())
        lab.imap("ada")                                 # a session that is left open
        ids = children_of(processes_about(lab.directory))
        assert len(ids) > 10
    assert not lab.directory.exists()
    assert all(map(gone, ids - {os.getpid()}))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_death_of_the_test_leaves_nothing(number):
    """The lab is gone soon after the process that started it was killed."""
    code = ("import signal, sys, time; sys.path.insert(0, sys.argv[1])\n"
            "from support import Lab\n"
            "signal.signal(signal.SIGINT, signal.default_int_handler)    # a shell's background job is born deaf to it\n"
            "lab = Lab(); print(lab.directory, flush=True); time.sleep(60)")
    with subprocess.Popen([sys.executable, "-c", code, REPOSITORY / "tests"], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as test:
        directory = test.stdout.readline().strip()
        ids = children_of(processes_about(directory))
        assert len(ids) > 10
        test.send_signal(number)
        test.wait(60)
    wait_until(lambda: not Path(directory).exists(), "the lab's files are gone", 60)
    wait_until(lambda: all(map(gone, ids)), "the lab's processes are gone", 60)


# --- the relay's own fixture -----------------------------------------------------------------


def fake_relay(lab, tmp_path, script):
    """A Relay whose program is a shell script."""
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return Relay(tmp_path, lab, program)


def test_relay_is_called_with_its_configuration_and_clock(servers, tmp_path):
    """Arguments, input and the shifted clock reach the program; an exit code is not overlooked."""
    relay = fake_relay(servers, tmp_path,
                       'echo "{\\"args\\": \\"$*\\", \\"clock\\": $ESCRELAY_CLOCK}"')
    hour = datetime.now(timezone.utc) + timedelta(hours=1)
    got = relay.one("list", at=hour)
    assert got["args"] == f"-c {relay.conf} list --json" and 3595 <= got["clock"] <= 3600
    assert relay.one("list", at=hour.isoformat())["clock"] <= 3600
    relay.program.write_text("#!/bin/sh\ncat; exit 1")
    assert relay.run("inspect", "-", input="mail", check=1).stdout == "mail"
    with pytest.raises(AssertionError, match="exit code 1"):
        relay.run("inspect", "-")
    relay.close()


@pytest.mark.parametrize("trouble, complaint", [
    ("echo 'ERROR: AddressSanitizer: heap-use-after-free'", "AddressSanitizer"),
    ("echo 'x.c:1: runtime error: overflow' >\"$(dirname \"$2\")/sanitizer.1\"", "runtime error"),
    ("cat \"$(dirname \"$2\")/password\"", "a password was printed"),
    ("sleep 60 & exit 0", "outlived the relay"),
    ("exit 99", "ended with 99")])
def test_relay_fails_for_what_it_leaves(servers, tmp_path, trouble, complaint):
    """A sanitizer's report, a printed secret, an orphan or a crash fails the test at its end."""
    relay = fake_relay(servers, tmp_path, trouble)
    relay.start().wait(10)
    with pytest.raises(AssertionError, match=complaint):
        relay.close()
