"""Goal: for everything a submission server can do to a mail, the one right outcome, in bounded time."""
import random
import re
import socket

import pytest

from support.certificates import Certificates
from support.scripted import (ScriptedServer, both, close, drip, expect, flood, read, reset, send,
                              skip_to, stall)
from support.smtp_driver import SECRET, Driver, canonical
from support.smtp_sink import SmtpSink

BIG = b"Subject: big\n\n" + b"0123456789 and so on for a line of text\n" * 500_000   # 20 MB


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def driver(tmp_path):
    return Driver(tmp_path)


def fails(result, outcome, code=0):
    assert (result["outcome"], result["code"]) == (outcome, code), result
    assert result["reply"], "a person needs words"


# --- what goes well ----------------------------------------------------------------------------


def test_mails_share_a_connection(driver):
    with SmtpSink() as sink:
        first, second, third = driver.send(sink.port, mails=3)
        assert [mail["outcome"] for mail in (first, second, third)] == ["sent"] * 3
        assert [mail["reused"] for mail in (first, second, third)] == [False, True, True]
        assert (first["code"], first["enhanced"]) == (250, "2.0.0")
        assert first["reply"] == "250 2.0.0 taken as 1"
        assert len(sink.connections) == 1
        assert sink.transactions[0].sender == "relay@example.com"
        assert sink.transactions[0].recipients == ["ada@example.com"]


def test_a_rest_ends_the_connection_politely(driver):
    with SmtpSink() as sink:
        results = driver.send(sink.port, "-q", mails=2)
        assert [mail["reused"] for mail in results] == [False, False]
        assert all(bytes(one.received).endswith(b"QUIT\r\n") for one in sink.connections)


def test_a_refused_recipient_hides_behind_no_other(driver):
    """S5, S14: one recipient a transaction: the second one's refusal is the second's alone, and seen."""
    with SmtpSink(answers={"RCPT": [None, "550 5.1.1 nobody here", None]}) as sink:
        results = driver.send(sink.port, mails=3)
        assert [mail["outcome"] for mail in results] == ["sent", "hard", "sent"]
        assert [len(mail.recipients) for mail in sink.transactions] == [1, 1]
        assert all(one.received.count(b"RCPT") == one.received.count(b"MAIL") for one in sink.connections)


def test_the_null_sender_is_a_sender(driver):
    with SmtpSink() as sink:
        assert driver.send(sink.port, sender="")["outcome"] == "sent"
        assert b"MAIL FROM:<>" in sink.connections[0].received


@pytest.mark.parametrize("answer", ["421 4.3.0 in a bad mood", close(), reset(), stall()])
def test_nothing_at_quit_undoes_a_250(driver, answer):
    """S13: the 250 to the dot was the answer."""
    with SmtpSink(answers={"QUIT": answer}) as sink:
        result = driver.send(sink.port, timeout=10)
        assert result["outcome"] == "sent" and len(sink.accepted) == 1


def test_all_lines_of_an_answer_are_kept(driver):
    answer = "550-5.1.1 Nobody here\r\n550-5.1.1 has that name,\r\n550 5.1.1 \x1b[31msorry\x85."
    with SmtpSink(answers={"RCPT": answer}) as sink:
        result = driver.send(sink.port)
        fails(result, "hard", 550)
        assert result["enhanced"] == "5.1.1"
        assert result["reply"] == "550-5.1.1 Nobody here has that name, \\x1b[31msorry\\x85."


# --- 4xx and 5xx, step by step -----------------------------------------------------------------


@pytest.mark.parametrize("word", ["MAIL", "RCPT", "DATA", "."])
@pytest.mark.parametrize("answer, outcome", [
    ("421 4.3.2 going down", "soft"), ("450 4.2.0 later", "soft"), ("451 4.7.1 greylisted", "soft"),
    ("452 4.2.2 full", "soft"), ("500 what", "hard"), ("550 5.1.1 no", "hard"),
    ("552 5.3.4 too big", "hard"), ("554 5.7.1 spam", "hard")])
def test_a_code_decides_and_the_next_mail_is_not_touched(driver, word, answer, outcome):
    """S4, S10, S11, S13: by the class of the code, at whichever step it comes."""
    with SmtpSink(answers={word: [answer]}) as sink:
        bad, good = driver.send(sink.port, mails=2)
        fails(bad, outcome, int(answer[:3]))
        assert bad["reply"] == answer
        assert good["outcome"] == "sent" and not good["reused"]
        assert len(sink.connections) == 2 and len(sink.accepted) == 1


@pytest.mark.parametrize("word, answer, outcome", [
    ("CONNECT", "421 4.3.2 too many", "soft"), ("CONNECT", "450 later", "soft"),
    ("CONNECT", "554 5.7.1 not you", "submission"), ("EHLO", "421 4.3.2 not now", "soft"),
    ("MAIL", "530 5.7.0 log in first", "submission"), ("MAIL", "535 5.7.8 bad", "submission"),
    ("MAIL", "534 5.7.9 weak", "submission"), ("RCPT", "530 5.7.0 log in", "submission"),
    ("MAIL", "538 5.7.11 encrypt", "submission")])
def test_before_the_mail_it_is_about_the_submission(driver, word, answer, outcome):
    """S10, S11: it would be the same for every mail."""
    with SmtpSink(answers={word: answer}) as sink:
        result = driver.send(sink.port)
        fails(result, outcome, int(answer[:3]))
        assert answer in result["reply"]
        assert not sink.transactions


def test_a_server_that_knows_no_ehlo_is_served_where_nothing_needs_it(driver):
    with ScriptedServer([send("220 old\r\n"), expect(rb"^EHLO"), send("500 what?\r\n"),
                         expect(rb"^HELO"), send("250 old\r\n"), expect(rb"^MAIL"), send("250\r\n"),
                         expect(rb"^RCPT"), send("250\r\n"), expect(rb"^DATA"), send("354\r\n"),
                         skip_to(rb"^\.\r\n"), send("250\r\n"), stall()]) as server:
        assert driver.send(server.port)["outcome"] == "sent"
        server.check()


def test_an_early_refusal_of_the_body_counts(driver):
    """S4: the server need not wait for the dot."""
    with SmtpSink(answers={"DATA": both(send("354 go\r\n550 5.6.0 I do not like it\r\n"),
                                        skip_to(rb"^\.\r\n"))}) as sink:
        fails(driver.send(sink.port), "hard", 550)


# --- broken connections ------------------------------------------------------------------------


def test_nobody_listens(driver):
    """What was never connected is no kept connection that went stale, so nothing is tried a second time."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    result = driver.send(port)
    fails(result, "soft")
    assert not result["reused"]


def test_no_such_host(driver):
    fails(driver.send(25, host="no-such-host.invalid", tls="starttls"), "soft")


@pytest.mark.parametrize("end", [close(), reset()])
@pytest.mark.parametrize("word", ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA"])
def test_an_end_before_the_body_is_soft(driver, word, end):
    """S3: the 250 of an earlier command, which libcurl still tells, is no answer to this one."""
    with SmtpSink(answers={word: end}) as sink:
        result = driver.send(sink.port)
        fails(result, "soft")
        assert result["bytes"] == 0
        assert len(sink.connections) == 1, "a new connection is worth nothing where the first was new"


@pytest.mark.parametrize("end", [close(), reset()])
def test_an_end_within_the_body_is_soft(driver, end):
    with SmtpSink(answers={"DATA": both(send("354 go\r\n"), read(100_000), end)}) as sink:
        result = driver.send(sink.port, data=BIG)
        fails(result, "soft")
        assert 0 < result["bytes"] < len(BIG)


@pytest.mark.parametrize("end", [close(), reset(), stall()])
@pytest.mark.parametrize("word", ["DATA", "."])
def test_no_answer_to_the_dot_is_doubt_and_poisons_nothing(driver, word, end):
    """S12, S3, S6: the server may have it; the connection is thrown away in bounded time."""
    step = both(send("354 go\r\n"), skip_to(rb"^\.\r\n"), end) if word == "DATA" else end
    with SmtpSink(answers={word: [step]}) as sink:
        bad, good = driver.send(sink.port, "-t", 2, mails=2)
        fails(bad, "doubt")
        assert "final dot" in bad["reply"]
        assert bad["ms"] < 5000
        assert good["outcome"] == "sent" and not good["reused"]


def test_a_late_answer_is_not_the_next_mails(driver):
    """S12, S6: it comes on a connection that nobody hears any more."""
    with SmtpSink(answers={".": [both(stall(2.5), send("250 2.0.0 the first, late\r\n"))]}) as sink:
        bad, good = driver.send(sink.port, "-t", 1, "-w", 2500, mails=2)
        fails(bad, "doubt")
        assert good["outcome"] == "sent" and good["code"] == 250
        assert len(sink.connections) == 2


def test_an_answer_too_many_is_not_the_next_mails(driver):
    with SmtpSink(answers={".": ["250 2.0.0 one\r\n250 2.0.0 two", "554 5.0.0 really no"]}) as sink:
        first, second = driver.send(sink.port, mails=2)
        assert first["outcome"] == "sent"
        assert second["outcome"] != "sent"
        assert len(sink.accepted) == 1


@pytest.mark.parametrize("answer", [
    both(send("421 4.4.2 idle for too long\r\n"), close()), "421 4.4.2 idle for too long",
    close(), reset()])
def test_a_kept_connection_that_the_server_has_given_up_is_made_anew(driver, answer):
    """S13: nothing was said about this mail."""
    with SmtpSink(answers={"MAIL": [None, answer]}) as sink:
        results = driver.send(sink.port, mails=3)
        assert [mail["outcome"] for mail in results] == ["sent"] * 3, results
        assert [mail["reused"] for mail in results] == [False, False, True]
        assert len(sink.accepted) == 3 and len(sink.connections) == 2


@pytest.mark.parametrize("last_words", [[], [send("421 4.4.2 idle for too long\r\n")]])
def test_so_is_one_that_it_has_closed_in_the_meantime(driver, last_words):
    mail = [expect(rb"^MAIL"), send("250\r\n"), expect(rb"^RCPT"), send("250\r\n"),
            expect(rb"^DATA"), send("354\r\n"), skip_to(rb"^\.\r\n"), send("250 ok\r\n")]
    hello = [send("220 mx\r\n"), expect(rb"^EHLO"), send("250 mx\r\n")]
    with ScriptedServer([*hello, *mail, *last_words, close()],
                        [*hello, *mail, stall()]) as server:
        results = driver.send(server.port, "-w", 300, mails=2)
        assert [mail["outcome"] for mail in results] == ["sent", "sent"], results
        server.check()


def test_a_refusal_on_a_kept_connection_is_not_tried_again(driver):
    with SmtpSink(answers={"MAIL": [None, "451 4.3.0 later"]}) as sink:
        _, second = driver.send(sink.port, mails=2)
        fails(second, "soft", 451)
        assert len(sink.connections) == 1


# --- servers that waste our time ---------------------------------------------------------------


@pytest.mark.parametrize("script", [
    [stall()], [drip("220 welcome, sit down, " * 10, 0.3)], [flood(b"220-on and on\r\n")],
    [send("220-" + "x" * 200_000)], [send("SSH-2.0-OpenSSH_9.2\r\n"), stall()],
    [send("220 mx\r\n"), expect(b"EHLO"), flood(b"250-AND ON\r\n")],
    [send("220 mx\r\n"), expect(b"EHLO"), send("250 mx\r\n"), expect(b"MAIL"), stall()],
    [send("220 mx\r\n"), expect(b"EHLO"), send("250 mx\r\n"), expect(b"MAIL"),
     drip("250-drip\r\n" * 100, 0.1)],
], ids=["silent", "drip", "endless greeting", "long line", "another protocol", "endless EHLO",
        "silent at MAIL", "drip at MAIL"])
def test_time_is_bounded(driver, script):
    """S6: whatever the server does to waste it."""
    with ScriptedServer(script) as server:
        result = driver.send(server.port, "-t", 2, timeout=15)
        assert result["outcome"] == "soft", result
        assert result["ms"] < 7000
        assert result["longest"] < 1500, "a tick at least each second"


def test_a_server_that_stops_reading_is_left(driver):
    with SmtpSink(answers={"DATA": both(send("354 go\r\n"), read(1000), stall())}) as sink:
        result = driver.send(sink.port, "-t", 2, data=BIG, timeout=20)
        fails(result, "soft")
        assert result["ms"] < 8000 and result["longest"] < 1500


def test_a_slow_reader_is_waited_for(driver):
    def slowly(connection):
        connection.send("354 go\r\n")
        for _ in range(8):
            connection.read(2_500_000)
            connection.wait(0.5)
        while not connection.line() == b".\r\n":
            pass
        connection.send("250 2.0.0 phew\r\n")
    with SmtpSink(answers={"DATA": slowly}) as sink:
        assert driver.send(sink.port, "-t", 2, data=BIG, timeout=40)["outcome"] == "sent"


def test_the_time_for_the_dot_is_the_settings_and_ticks_go_on(driver):
    with SmtpSink(answers={".": both(stall(3.5), send("250 2.0.0 at last\r\n"))}) as sink:
        result = driver.send(sink.port, "-t", 6)
        assert result["outcome"] == "sent" and result["longest"] < 1500


# --- being stopped -----------------------------------------------------------------------------


def test_a_stop_before_the_server_can_have_it(driver):
    for word in ("CONNECT", "EHLO", "MAIL", "RCPT", "DATA"):
        with SmtpSink(answers={word: stall()}) as sink:
            result = driver.send(sink.port, "-s", 200, "-t", 30)
            fails(result, "stopped")
            assert result["ms"] < 1800, word


def test_a_stop_after_that_is_doubt(driver):
    with SmtpSink(answers={".": stall()}) as sink:
        result = driver.send(sink.port, "-s", 200, "-t", 30)
        fails(result, "doubt")
        assert result["ms"] < 1800


def test_who_waits_a_little_learns_the_answer(driver):
    with SmtpSink(answers={".": both(stall(1.5), send("250 2.0.0 taken\r\n"))}) as sink:
        result = driver.send(sink.port, "-s", 200, "-g", 5000, "-t", 30)
        assert result["outcome"] == "sent"


def test_a_source_that_fails_sends_no_dot(driver):
    with SmtpSink() as sink:
        result = driver.send(sink.port, "-f", 1_000_000, "-r", 1000, data=BIG)
        fails(result, "unfit")
        assert not sink.transactions
        assert b"\r\n.\r\n" not in sink.connections[0].received


# --- TLS and logging in ------------------------------------------------------------------------


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_verified_login(driver, certificates, tls):
    good = certificates.good()
    with SmtpSink(**{"starttls" if tls == "starttls" else "certificate": good}) as sink:
        results = driver.send(sink.port, "-c", certificates.ca, tls=tls, user="relay@example.com",
                              mails=2)
        assert [mail["outcome"] for mail in results] == ["sent", "sent"], results
        assert len(sink.connections) == 1
        assert all(mail.tls and mail.user == "relay@example.com" for mail in sink.accepted)


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
@pytest.mark.parametrize("which", ["wrong_name", "expired", "self_signed", "other_ca", "no_ca_file"])
def test_a_bad_certificate_learns_nothing(driver, certificates, tmp_path, tls, which):
    ca = certificates.ca
    if which == "other_ca":
        bad, ca = certificates.good(), Certificates(tmp_path / "other").ca
    elif which == "no_ca_file":
        bad, ca = certificates.good(), tmp_path / "absent.pem"
    else:
        bad = getattr(certificates, which)()
    with SmtpSink(**{"starttls" if tls == "starttls" else "certificate": bad}) as sink:
        result = driver.send(sink.port, "-c", ca, tls=tls, user="relay@example.com")
        fails(result, "submission")
        heard = b"".join(bytes(one.received) for one in sink.connections)
        assert b"AUTH" not in heard and b"MAIL" not in heard


def test_the_system_does_not_vouch_for_our_test_authority(driver, certificates):
    with SmtpSink(certificate=certificates.good()) as sink:
        fails(driver.send(sink.port, tls="implicit"), "submission")


@pytest.mark.parametrize("offer, answer, outcome, code", [
    (False, None, "submission", 0), (True, "454 4.7.0 not now", "soft", 454),
    (True, "502 5.5.1 changed my mind", "submission", 502),
    (True, "220 go\r\n250 this was planted", "submission", 0)])
def test_starttls_or_nothing(driver, certificates, offer, answer, outcome, code):
    with SmtpSink(answers={"STARTTLS": answer},
                  starttls=certificates.good() if offer else None) as sink:
        result = driver.send(sink.port, "-c", certificates.ca, "-t", 5, tls="starttls",
                             user="relay@example.com")
        fails(result, outcome, code)
        heard = bytes(sink.connections[0].received)
        assert b"AUTH" not in heard and b"MAIL" not in heard


@pytest.mark.parametrize("end", ["fin", "rst"])
@pytest.mark.parametrize("when", ["before the hello", "after the hello", "in the server's hello"])
def test_a_handshake_that_is_cut_is_no_refusal(driver, certificates, when, end):
    """Goal: a server that goes away in a handshake refuses nobody: the letter is tried again soon, without an alarm."""
    last = close() if end == "fin" else reset()
    hello = {"before the hello": [], "after the hello": [read(200)],
             "in the server's hello": [read(200), send(bytes.fromhex("160303007a02000076"))]}[when]
    with ScriptedServer([*hello, last]) as server:
        fails(driver.send(server.port, "-c", certificates.ca, "-t", 5, tls="implicit"), "soft")
    if when == "after the hello":
        talk = [send("220 mx\r\n"), expect(rb"^EHLO"), send("250-mx\r\n250 STARTTLS\r\n"), expect(rb"^STARTTLS"),
                send("220 go\r\n"), *hello]
        with ScriptedServer([*talk, last]) as server:
            fails(driver.send(server.port, "-c", certificates.ca, "-t", 5, tls="starttls"), "soft")


def test_a_handshake_that_tls_itself_refuses_is_a_refusal(driver, certificates):
    """Goal: an alert (no common version) is the server's no to us, and is said aloud."""
    with ScriptedServer([read(200), send(bytes.fromhex("15030300020246")), close()]) as server:
        fails(driver.send(server.port, "-c", certificates.ca, "-t", 5, tls="implicit"), "submission")


def test_no_helo_in_place_of_starttls(driver, certificates):
    with SmtpSink(answers={"EHLO": ["500 what?", "250 mx"]}, starttls=certificates.good()) as sink:
        fails(driver.send(sink.port, "-c", certificates.ca, "-t", 5, tls="starttls"), "submission", 500)
        assert b"MAIL" not in sink.connections[0].received


def test_tls_where_plain_is_spoken_and_the_other_way_round(driver, certificates):
    with SmtpSink() as sink:
        fails(driver.send(sink.port, "-c", certificates.ca, "-t", 3, tls="implicit"), "submission")
    with SmtpSink(certificate=certificates.good()) as sink:
        fails(driver.send(sink.port, "-c", certificates.ca, "-t", 2, tls="starttls"), "soft")


def test_plain_is_for_loopback_alone(driver):
    result = driver.send(25, host="192.0.2.1", tls="off", timeout=5)
    fails(result, "submission")
    assert result["ms"] < 500


@pytest.mark.parametrize("answer, outcome", [
    ("535 5.7.8 wrong", "submission"), ("534 5.7.9 too weak", "submission"),
    ("454 4.7.0 the directory sleeps", "soft"), ("421 4.7.0 too many tries", "soft"),
    ("500 what?", "submission")])
def test_a_refused_login_is_not_the_mails_fault(driver, answer, outcome):
    with SmtpSink(answers={"AUTH": answer}) as sink:
        result = driver.send(sink.port, user="relay@example.com")
        fails(result, outcome, int(answer[:3]))
        assert answer in result["reply"]
        assert b"MAIL" not in sink.connections[0].received


@pytest.mark.parametrize("offers", ["", "250-AUTH GSSAPI NTLM CRAM-MD5\r\n", "250-auth PLAIN\r\n",
                                    "250-AUTH=PLAIN\r\n", "250-AUTH\r\n", "250-AUTH XOAUTH2\r\n"])
def test_a_user_and_no_way_to_log_in(driver, offers):
    with ScriptedServer([send("220 mx\r\n"), expect(rb"^EHLO"), send(f"250-mx\r\n{offers}250 SIZE\r\n"),
                         expect(rb"^(QUIT|HELO)"), send("221 bye\r\n")]) as server:
        result = driver.send(server.port, "-t", 3, user="relay@example.com")
        fails(result, "submission")
        assert "AUTH" in result["reply"]
        assert b"MAIL" not in server.connections[0].received
        assert b"AUTH" not in server.connections[0].received


def test_helo_offers_no_login_either(driver):
    with ScriptedServer([send("220 mx\r\n"), expect(rb"^EHLO"), send("550 no EHLO here\r\n"),
                         expect(rb"^HELO"), send("250 mx\r\n"), skip_to(rb"^QUIT")]) as server:
        fails(driver.send(server.port, "-t", 3, user="relay@example.com"), "submission")
        assert b"MAIL" not in server.connections[0].received


def test_login_for_servers_without_plain(driver):
    with ScriptedServer([send("220 mx\r\n"), expect(rb"^EHLO"), send("250 AUTH LOGIN NTLM\r\n"),
                         expect(rb"^AUTH LOGIN cmVsYXk=\r\n"), send("334 UGFzc3dvcmQ6\r\n"),
                         expect(rb"^c2VzYW1lLCBvcGVuIQ==\r\n"), send("235 ok\r\n"), expect(rb"^MAIL"),
                         send("250\r\n"), expect(rb"^RCPT"), send("250\r\n"), expect(rb"^DATA"),
                         send("354\r\n"), skip_to(rb"^\.\r\n"), send("250 ok\r\n")]) as server:
        assert driver.send(server.port, user="relay")["outcome"] == "sent"
        server.check()


def test_xoauth2_byte_by_byte(driver):
    token = (rb"^AUTH XOAUTH2 dXNlcj1yZWxheUBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciBzZXNhbWUsIG9wZW4hAQE=\r\n$")
    with ScriptedServer([send("220 mx\r\n"), expect(rb"^EHLO"),
                         send("250 AUTH OAUTHBEARER XOAUTH2 PLAIN\r\n"), expect(token),
                         send("235 2.7.0 welcome\r\n"), expect(rb"^MAIL"), stall()]) as server:
        driver.send(server.port, "-x", "-t", 1, user="relay@example.com")
        server.check()
        assert server.connections[0].received.count(b"MAIL") == 1


def test_a_token_that_is_over(driver):
    """The server says 334 with the reason first, for a 535 later; nobody waits for that."""
    with ScriptedServer([send("220 mx\r\n"), expect(rb"^EHLO"), send("250 AUTH XOAUTH2\r\n"),
                         expect(rb"^AUTH XOAUTH2"), send("334 eyJzdGF0dXMiOiI0MDAifQ==\r\n"),
                         stall()]) as server:
        result = driver.send(server.port, "-x", "-t", 3, user="relay@example.com")
        fails(result, "submission")
        assert "at AUTH" in result["reply"]


@pytest.mark.parametrize("word", ["AUTH", "MAIL", "."])
def test_a_server_that_repeats_secrets_is_not_quoted(driver, word):
    said = "AHJlbGF5QGV4YW1wbGUuY29tAHNlc2FtZSwgb3BlbiE="
    with SmtpSink(answers={word: f"554-5.5.4 you said AUTH PLAIN {said}\r\n554 5.5.4 or {SECRET}, ok?"}) as sink:
        result = driver.send(sink.port, user="relay@example.com")
        fails(result, "submission" if word == "AUTH" else "hard", 554)
        assert said not in result["reply"] and SECRET not in result["reply"]
        assert "you said" in result["reply"]
        assert said.encode() in sink.connections[0].received, "the test knows what was said"


# --- what is on the wire -----------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"a\n" * 50_000, b".a\n.\n..\n\n" * 5000, b".", b"x", b"\r.\n\n.\r", b"a\r\n.\rb" * 9999],
                         ids=["large", "dots", "a dot", "a letter", "line ends", "no line end"])
def test_the_size_that_is_announced_is_one_more_than_comes(driver, data):
    """S16. Goal: never as much, dots that are doubled counted: there libcurl would end the mail, whatever is still to come."""
    with SmtpSink() as sink:
        assert driver.send(sink.port, data=data)["outcome"] == "sent"
        mail, = sink.accepted
        assert mail.mail == canonical(data)
        assert b"MAIL FROM:<relay@example.com> SIZE=%d\r\n" % (len(mail.wire) - 2) in sink.connections[0].received


def test_the_greeting_name(driver):
    for given, wanted in (("relay.example.com", b"relay.example.com"), ("[192.0.2.1]", b"[192.0.2.1]"),
                          ("a b\r\nMAIL FROM:<x>", b"localhost"), ("a/../b%0d", b"localhost")):
        with SmtpSink() as sink:
            assert driver.send(sink.port, "-e", given)["outcome"] == "sent"
            assert sink.connections[0].received.startswith(b"EHLO " + wanted + b"\r\n")


def test_the_environment_leads_nobody_astray(driver, tmp_path):
    (tmp_path / ".netrc").write_text("machine localhost login mallory password x\n")
    with SmtpSink() as sink:
        assert driver.send(sink.port, env={"ALL_PROXY": "socks5://127.0.0.1:1", "HOME": str(tmp_path),
                                           "all_proxy": "http://127.0.0.1:1"})["outcome"] == "sent"
        assert b"AUTH" not in sink.connections[0].received


@pytest.mark.parametrize("address", [
    "b@x>\r\nRCPT TO:<evil@y", "b@x\r\nDATA\r\n", "<b@x>", "b@x> NOTIFY=NEVER", "b b@x", "b@x\n",
    "b\x01@x", "j\u00fcrgen@example.com", "b@b\u00fccher.example", "b", "@x", "b@", "\"b\"@x",
    "b@" + "a." * 130 + "x"])
def test_an_unfit_address_never_reaches_a_server(driver, address):
    """S2, S7, S19: not one byte of it."""
    with SmtpSink() as sink:
        fails(driver.send(sink.port, to=address), "unfit")
        fails(driver.send(sink.port, sender=address), "unfit")
        assert not sink.connections


def check_wire(sink, data):
    """The last mail in the sink is this one, and nothing on its way could be read otherwise."""
    wire = sink.transactions[-1].wire
    body = canonical(data)
    assert sink.transactions[-1].mail == body
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", wire), "bare CR or LF"
    assert len(re.findall(rb"(?:^|\r\n)\.\r\n", wire)) == 1 and wire.endswith(b".\r\n")
    commands = bytes(sink.connections[-1].received).replace(wire, b"")
    assert re.fullmatch(rb"(EHLO \S+\r\n)?MAIL FROM:<[^>]*>( SIZE=\d+)?\r\nRCPT TO:<[^>]*>\r\nDATA\r\n(QUIT\r\n)?",
                        commands), commands


@pytest.mark.parametrize("end", [b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\n", b"\r.\r\n", b"\r\n.\r",
                                 b"\r\n.\r\n", b"\r\n\x00.\r\n", b".\r\n", b"\n.", b"\r\n.", b".",
                                 b"\r\r\n.\r\r\n", b"\n\n.\n\n", b""])
def test_no_end_of_data_can_be_smuggled(driver, end):
    """S1, S17: whatever looks like an end of data is data."""
    data = b"Subject: x\r\n\r\nbefore" + end + b"MAIL FROM:<evil@x>\r\nRCPT TO:<b@y>\r\nDATA\r\n" + end
    for size in (0, 1, 2, 3, 5, 7):
        with SmtpSink() as sink:
            assert driver.send(sink.port, "-r", size, data=data)["outcome"] == "sent"
            check_wire(sink, data)
            assert len(sink.transactions) == 1


def test_random_bytes_arrive_as_they_are_meant(driver):
    """S1, S17: one end of data a mail, no bare CR or LF, whatever the body and its pieces."""
    dice = random.Random(5321)
    pieces = [b"\r", b"\n", b"\r\n", b".", b"..", b"a", b"\r\n.\r\n", b"text", b"\x00", b"\xff", b" "]
    for number in range(60):
        count = dice.choice((0, 1, 3, 30, 3000, 60_000))
        data = b"".join(dice.choices(pieces, k=count))
        with SmtpSink() as sink:
            result = driver.send(sink.port, "-r", dice.choice((0, 1, 17, 4096, 16_383)), data=data)
            assert result["outcome"] == "sent", number
            assert result["bytes"] == len(canonical(data))
            check_wire(sink, data)


def test_every_place_in_a_buffer_where_a_dot_can_stand(driver):
    """S17: ours is twice the piece, libcurl's twice that."""
    for at in [*range(16_370, 16_400), *range(32_755, 32_780), *range(65_520, 65_550)]:
        data = b"x" * at + b"\r\n.\r\n" + b"y" * 10
        with SmtpSink() as sink:
            assert driver.send(sink.port, data=data)["outcome"] == "sent"
            check_wire(sink, data)
