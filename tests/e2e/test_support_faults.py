"""The servers that misbehave do so exactly as told, and the built mails are what they claim."""
import email
import email.policy
import imaplib
import smtplib
import socket
import ssl
import time

import pytest

from support import mails
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
            assert client.recv(99) == b"0123"
            client.settimeout(0.3)
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
        client.sendall(b"EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@b>\r\nDATA\r\n"
                       b"bare\n.\nlf\r\n.\r\nQUIT\r\n")
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
