"""The tests' own servers keep their promises: what they prove would be worth little otherwise."""
import email
import email.policy
import imaplib
import os
import smtplib
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from support import Dovecot, Lab, REPOSITORY, mails, wait_until
from support.imap_script import ImapServer
from support.proxy import DOWN, UP, Fault, FaultProxy
from support.scripted import ScriptedServer, close, drip, expect, reply, reset, send, stall
from support.smtp_sink import SmtpSink


def connect(port):
    """A plain connection that never waits long."""
    return socket.create_connection(("127.0.0.1", port), timeout=10)


def read_all(sock):
    """What comes until the end, and whether that end was an RST."""
    data = b""
    try:
        while piece := sock.recv(65536):
            data += piece
    except ConnectionResetError:
        return data, True
    return data, False


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
    forged = mails.forward(Authentication_Results="mx.example.com; dmarc=pass header.from=x.example")
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


def test_bad_certificates_are_bad(servers):
    """Each kind of bad certificate fails for its own reason."""
    reasons = {"good": None, "wrong_name": "IP address mismatch|Hostname mismatch",
               "expired": "expired", "self_signed": "self.signed"}
    for kind, reason in reasons.items():
        bad = getattr(servers.certificates, kind)()
        with ScriptedServer([send("hello"), close()], certificate=bad) as server:
            context = ssl.create_default_context(cafile=servers.ca)
            if reason is None:
                with context.wrap_socket(connect(server.port), server_hostname="localhost") as tls:
                    assert tls.recv(5) == b"hello"
                continue
            with pytest.raises(ssl.SSLCertVerificationError, match=reason):
                context.wrap_socket(connect(server.port), server_hostname="localhost")


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
    assert not [pid for pid in ids - {os.getpid()} if Path(f"/proc/{pid}").exists()]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_death_of_the_test_leaves_nothing(number):
    """The lab is gone soon after the process that started it was killed."""
    code = ("import sys, time; sys.path.insert(0, sys.argv[1])\n"
            "from support import Lab\n"
            "lab = Lab(); print(lab.directory, flush=True); time.sleep(60)")
    with subprocess.Popen([sys.executable, "-c", code, REPOSITORY / "tests"], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as test:
        directory = test.stdout.readline().strip()
        ids = children_of(processes_about(directory))
        assert len(ids) > 10
        test.send_signal(number)
        test.wait(10)
    wait_until(lambda: not Path(directory).exists(), "the lab's files are gone", 10)
    wait_until(lambda: not [pid for pid in ids if Path(f"/proc/{pid}").exists()],
               "the lab's processes are gone", 10)


# --- servers that misbehave ------------------------------------------------------------------


@pytest.mark.parametrize("action, rst", [("close", False), ("reset", True)])
@pytest.mark.parametrize("after", [0, 1, 63, 64, 1000])
def test_proxy_cuts_at_the_exact_byte(action, rst, after):
    """So many bytes arrive before FIN or RST, however the server sliced them."""
    data = bytes(range(256)) * 40
    with ScriptedServer([send(data[:100]), send(data[100:]), stall()]) as server, \
            FaultProxy(server.port, Fault(action, after=after)) as proxy, \
            connect(proxy.port) as client:
        assert read_all(client) == (data[:after], rst)
        assert proxy.fired.is_set() and proxy.links[0].passed[DOWN] == data[:after]


def test_proxy_cuts_behind_a_match(lab):
    """In the middle of a literal of a real Dovecot: exactly ten bytes of the mail arrive."""
    lab.dovecot.deliver("ada@example.com", b"Subject: a long enough mail\n\n" + b"x" * 500)
    fault = Fault("close", match=rb"BODY\[\] \{\d+\}\r\n", after=10)
    with FaultProxy(lab.dovecot.ports["imap"], fault) as proxy, connect(proxy.port) as client:
        client.sendall(b"1 LOGIN ada@example.com %s\r\n2 SELECT INBOX\r\n3 UID FETCH 1 BODY[]\r\n"
                       % lab.password("ada").encode())
        data, rst = read_all(client)
        assert data.endswith(b"}\r\nSubject: a") and not rst


def test_proxy_stalls_drips_and_injects():
    """Silence that can be ended, one byte at a time, and bytes that nobody sent."""
    script = [send(b"0123456789"), expect(rb"go"), send(b"abc"), close()]
    with ScriptedServer(script) as server:
        with FaultProxy(server.port, Fault("stall", after=4)) as proxy, \
                connect(proxy.port) as client:
            client.settimeout(0.3)
            assert client.recv(99) == b"0123"
            with pytest.raises(TimeoutError):
                client.recv(99)
            client.sendall(b"go\n")                     # the other way is open
            proxy.release()
            client.settimeout(10)
            assert read_all(client) == (b"456789abc", False)
        faults = (Fault("inject", after=2, data=b"!!"), Fault("drip", after=8, every=0.05))
        with FaultProxy(server.port, *faults) as proxy, connect(proxy.port) as client:
            client.sendall(b"go\n")
            start = time.monotonic()
            assert read_all(client) == (b"01!!23456789abc", False)
            assert time.monotonic() - start > 5 * 0.05


def test_proxy_black_hole_swallows_both_ways():
    """Nothing passes any more and nobody is told."""
    with ScriptedServer([expect(rb"one"), send("two\n"), expect("three".encode())]) as server, \
            FaultProxy(server.port, Fault("blackhole", match=rb"one\n", direction=UP)) as proxy, \
            connect(proxy.port) as client:
        client.settimeout(0.3)
        client.sendall(b"one\n")
        with pytest.raises(TimeoutError):
            client.recv(99)
        client.sendall(b"three\n")
        time.sleep(0.1)
        assert server.connections[0].received == b"one\n"


def test_script_plays_and_complains():
    """Steps are played in order for each connection, and a departure from them is an error."""
    hello = [send("* OK\r\n"), expect(rb"^(\S+) LOGIN (\S+)"), reply(rb"\1 OK \2\r\n"), reset()]
    with ScriptedServer(hello, [drip("slow", every=0.01), close()]) as server:
        with connect(server.port) as client:
            client.sendall(b"a1 LOGIN ada x\r\n")
            assert read_all(client) == (b"* OK\r\na1 OK ada\r\n", True)
        with connect(server.port) as client:
            assert read_all(client) == (b"slow", False)
        server.check()
        assert server.connections[0].received == b"a1 LOGIN ada x\r\n"
    with ScriptedServer(hello) as server, connect(server.port) as client:
        client.sendall(b"nonsense\r\n")
        read_all(client)
        with pytest.raises(AssertionError, match="nonsense"):
            server.check()


def test_sink_keeps_the_wire_and_errs_on_demand(servers):
    """Exact bytes as they were sent, over TLS with a login too; refusals in the given order."""
    good = servers.certificates.good()
    with SmtpSink({".": ["451 4.3.0 once"], "RCPT": [None, "550 5.1.1 no"]}, starttls=good) as sink:
        with smtplib.SMTP("localhost", sink.port) as client:
            client.starttls(context=ssl.create_default_context(cafile=servers.ca))
            client.login("ada", "secret")
            with pytest.raises(smtplib.SMTPDataError):
                client.sendmail("a@x.example", "b@x.example", b"one\r\n")
            with pytest.raises(smtplib.SMTPRecipientsRefused):
                client.sendmail("a@x.example", "b@x.example", b"two\r\n")
            client.sendmail("a@x.example", "b@x.example", b".three\r\n")
        (got,) = sink.wait(1)
        assert (got.wire, got.mail, got.user, got.tls) == (
            b"..three\r\n.\r\n", b".three\r\n", "ada", True)
        assert [mail.answer[:3] for mail in sink.transactions] == ["451", "250"]
    with SmtpSink() as sink, connect(sink.port) as client:
        client.sendall(b"EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@b>\r\nDATA\r\nbare\n.\nlf\r\n.\r\nQUIT\r\n")
        read_all(client)
        assert sink.transactions[0].wire == b"bare\n.\nlf\r\n.\r\n"


def test_imap_script_serves_and_errs():
    """The small IMAP server does what imaplib asks, but for what it was told to do instead."""
    with ImapServer({7: b"Subject: x\r\n\r\nbody\r\n", 9: b"y"},
                    {"NOOP": ["NO [UNAVAILABLE] later"], "UID STORE": b"* BYE\r\n%t BAD no\r\n"}
                    ) as server:
        client = imaplib.IMAP4("127.0.0.1", server.port)
        client.login("ada", "pass word")
        assert client.noop()[0] == "NO" and client.noop()[0] == "OK"
        assert client.select()[1] == [b"2"]
        assert client.uid("SEARCH", "UID 8:*")[1] == [b"9"]
        found = client.uid("FETCH", "7", "(UID RFC822.SIZE BODY.PEEK[]<9.4>)")[1]
        assert found[0] == (b"1 (UID 7 RFC822.SIZE 20 BODY[]<9> {4}", b"x\r\n\r")
        client.create("Done")
        assert client.uid("MOVE", "7", "Done")[0] == "OK"
        assert server.folders == {"INBOX": {9: b"y"}, "Done": {1: b"Subject: x\r\n\r\nbody\r\n"}}
        client.logout()
        server.check()


# --- mails -----------------------------------------------------------------------------------


@pytest.mark.parametrize("style", mails.STYLES)
def test_forwards_are_valid_mails(style):
    """Each client's forward holds note and original, and survives the wire."""
    raw = mails.forward(style=style).as_bytes(policy=email.policy.SMTP)
    parsed = email.message_from_bytes(raw, policy=email.policy.default)
    assert not parsed.defects
    assert b"Ticket #4711" in raw and b"zoekt-webserver-0" in raw
    assert (style == "attached") == any(
        part.get_content_type() == "message/rfc822" for part in parsed.walk())


def test_replies_reports_and_absences_are_valid_mails():
    """Replies go to Reply-To in the thread; bounces and absences carry their machines' marks."""
    asked = mails.mail(mails.ESCALATIONS, "keegan@example.com", "[ESC-1] Down", "Please look.\n",
                       Reply_To="escalations+token@example.com", References="<root@example.com>")
    answer = mails.reply(asked, mails.KEEGAN, "/ack")
    assert answer["To"] == "escalations+token@example.com"
    assert answer["References"] == f"<root@example.com> {asked['Message-ID']}"
    assert answer.get_content().startswith("/ack\n") and "> Please look." in answer.get_content()
    assert mails.out_of_office(asked, mails.KEEGAN)["Auto-Submitted"] == "auto-replied"
    report = email.message_from_bytes(mails.bounce(asked, "keegan@example.com").as_bytes(),
                                      policy=email.policy.default)
    assert report.get_content_type() == "multipart/report" and not report.defects
    assert [part.get_content_type() for part in report.iter_parts()] == [
        "text/plain", "message/delivery-status", "text/rfc822-headers"]
    assert list(report.iter_parts())[1].get_payload()[1]["Status"] == "5.1.1"
