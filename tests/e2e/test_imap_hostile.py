"""Whatever an IMAP server does, the edge says clearly what it was, in bounded time, and harms nobody.

Names such as C12 and L5 are those of the catalogue of faults: C of a mailbox and its server, L of the IMAP library.
"""
import os
import time

import pytest

from support.certificates import Certificates
from support.imap_script import ImapServer
from support.imap_tool import ImapTool
from support.process import gone, wait_until
from support.scripted import ScriptedServer, close, drip, expect, flood, reply, send, stall, start_tls

MAIL = b"Subject: hello\r\n\r\nText.\r\n"
FETCH = 'INTERNALDATE "01-Nov-2026 09:00:00 +0000"'
DEADLINE = 2
BOUND = DEADLINE + 3        # the tool's own start and its child's, on a busy machine, with sanitizers


def expect_failure(answer, status, *words):
    """It failed in this way and said so, in time."""
    assert answer.status == status, answer
    for word in words:
        assert word in answer.what, answer
    assert answer.seconds < BOUND, answer


def opened(server, **settings):
    """A tool whose session is open."""
    tool = ImapTool(server.port, deadline=DEADLINE, **settings)
    tool.ok("open")
    return tool


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """A certificate authority."""
    return Certificates(tmp_path_factory.mktemp("certificates"))


# --- before the login ------------------------------------------------------------------------


GREETINGS = {
    "preauth": ("HOSTILE", "PREAUTH", [send("* PREAUTH you are in\r\n"), stall()]),
    "goodbye": ("GONE", "too busy", [send("* BYE too busy\r\n"), close()]),
    "later": ("TEMPORARY", "back at noon", [send("* BYE [UNAVAILABLE] back at noon\r\n"), close()]),
    "closes": ("GONE", "closed the connection", [close()]),
    "silent": ("GONE", "longer than the 2 seconds", [stall()]),
    "slow": ("GONE", "longer than the 2 seconds", [drip("* OK hello there, this takes a while\r\n", 0.5)]),
    "endless line": ("HOSTILE", "a line longer than 65536 bytes", [send("* OK "), flood(b"x" * 65536)]),
    "nonsense": ("HOSTILE", "not IMAP", [send("HTTP/1.1 400 Bad Request\r\n"), stall()]),
    "crash": ("HOSTILE", "the IMAP library crashed (signal 11)",
              [send("* OK [PERMANENTFLAGS ()x] y\r\n"), stall()]),
    "control": ("GONE", r"\x1b[2J", [send("* BYE \x1b[2J cleared\r\n"), close()]),
    "not text": ("GONE", r"\xff", [send(b"* BYE \xff\xfe\r\n"), close()]),
}


@pytest.mark.parametrize("name", GREETINGS)
def test_greeting(name):
    """C12, C13, L8: a server that is wrong from its first word on (PREAUTH among it); nothing of ours reaches it."""
    status, words, script = GREETINGS[name]
    with ScriptedServer(script) as server, ImapTool(server.port, deadline=DEADLINE) as tool:
        expect_failure(tool.do("open"), status, words)
        assert tool.child() is None
        assert b"secret" not in server.connections[0].received


def test_nobody_there():
    """A port that nobody listens on."""
    with ScriptedServer([close()]) as server:
        port = server.port
    with ImapTool(port, deadline=DEADLINE) as tool:
        expect_failure(tool.do("open"), "GONE", "cannot connect", "refused")


def test_plain_text_stays_on_this_machine():
    """Without TLS only loopback is talked to, whatever the settings say."""
    with ImapTool(143, host="192.0.2.1", deadline=DEADLINE) as tool:
        expect_failure(tool.do("open"), "CONFIG", "this very machine")


STARTTLS = [send("* OK hello\r\n"), expect(rb"^(\S+) CAPABILITY\r\n"),
            reply(rb"* CAPABILITY IMAP4rev1 STARTTLS\r\n\1 OK done\r\n"), expect(rb"^(\S+) STARTTLS\r\n")]


@pytest.mark.parametrize("name, status, words, script", [
    ("behind", "HOSTILE", "in clear", [reply(rb"\1 OK go\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n"), stall()]),
    ("refused", "TLS", "not today", [reply(rb"\1 NO not today\r\n"), stall()]),
    ("no tls", "TLS", "handshake", [reply(rb"\1 OK go\r\n"), send("this is no TLS at all\r\n"), stall()]),
    ("closes", "GONE", "closed", [reply(rb"\1 OK go\r\n"), close()]),
])
def test_starttls(certificates, name, status, words, script):
    """C13: STARTTLS that does not end in TLS ends everything (CVE-2020-15953 and its like)."""
    del name
    with ScriptedServer(STARTTLS + script) as server, ImapTool(
            server.port, tls="starttls", host="localhost", ca=certificates.ca, deadline=DEADLINE) as tool:
        expect_failure(tool.do("open"), status, words)
        assert b"secret" not in server.connections[0].received


def test_starttls_not_offered(certificates):
    """C13: a middleman who strikes STARTTLS from the list gets no password."""
    with ImapServer() as server, ImapTool(
            server.port, tls="starttls", host="localhost", ca=certificates.ca, deadline=DEADLINE) as tool:
        expect_failure(tool.do("open"), "TLS", "does not offer STARTTLS")
        assert not any("LOGIN" in command for command in server.commands)


def test_capabilities_are_asked_anew_after_tls(certificates):
    """C13: what was offered in clear binds nobody: LOGIN is not disabled any more, MOVE not there."""
    script = [*STARTTLS, reply(rb"\1 OK go\r\n"), start_tls(certificates.good()),
              expect(rb"^(\S+) CAPABILITY\r\n"), reply(rb"\1 OK nothing to say\r\n"), stall()]
    with ScriptedServer(script) as server, ImapTool(
            server.port, tls="starttls", host="localhost", ca=certificates.ca, deadline=DEADLINE) as tool:
        expect_failure(tool.do("open"), "HOSTILE", "CAPABILITY: the server lists none")
        server.check()


# --- the login -------------------------------------------------------------------------------


@pytest.mark.parametrize("answer, status, words", [
    ("NO [AUTHENTICATIONFAILED] no such user", "AUTH", "no such user"),
    ("NO [UNAVAILABLE] the directory is down", "TEMPORARY", "directory is down"),
    ("NO go away", "AUTH", "go away"),
    ("BAD what?", "AUTH", "BAD what?"),
    (b"* BYE [INUSE] too many of you\r\n", "TEMPORARY", "too many of you"),
    ("NO I do not like secret at all", "AUTH", "held the password"),
    ("NO I do not like secr", "AUTH", "held the password"),
])
def test_login_refused(answer, status, words):
    """C6: the class of a refusal, its words, and never the password in them."""
    with ImapServer(answers={"LOGIN": answer}) as server, ImapTool(
            server.port, deadline=DEADLINE) as tool:
        answer = tool.do("open")
        expect_failure(answer, status, words)
        assert "secret" not in answer.what


def test_login_disabled():
    """C13: LOGINDISABLED and no AUTH=PLAIN: the password stays here."""
    with ImapServer(capabilities="IMAP4rev1 LOGINDISABLED") as server, ImapTool(
            server.port, deadline=DEADLINE) as tool:
        expect_failure(tool.do("open"), "CONFIG", "LOGINDISABLED")
        assert not any("secret" in command for command in server.commands)


@pytest.mark.parametrize("more", ["", " SASL-IR"])
def test_password_beyond_ascii(more):
    """LOGIN has no way to say it, AUTHENTICATE PLAIN has, with or without an initial response."""
    with ImapServer(capabilities="IMAP4rev1 UIDPLUS AUTH=PLAIN" + more) as server, ImapTool(
            server.port, deadline=DEADLINE, password="pässword") as tool:
        tool.ok("open")
        assert any(command.startswith("AUTHENTICATE PLAIN") for command in server.commands)
        assert (b"AGFkYUBleGFtcGxlLmNvbQBww6Rzc3dvcmQ=" in server.connections[0].received)


def test_token_refused():
    """C16: the server explains in a challenge, which is answered, and then refuses."""
    explain = b"+ eyJzdGF0dXMiOiI0MDEifQ==\r\n"
    with ScriptedServer([
            send("* OK hello\r\n"), expect(rb"^(\S+) CAPABILITY"),
            reply(rb"* CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2\r\n\1 OK done\r\n"),
            expect(rb"^(\S+) AUTHENTICATE XOAUTH2 "
                   rb"dXNlcj1hZGFAZXhhbXBsZS5jb20BYXV0aD1CZWFyZXIgc2VjcmV0AQE=\r\n"),
            send(explain), expect(rb"^\r\n"), send("2 NO [AUTHENTICATIONFAILED] expired\r\n"), stall()]) as server, ImapTool(
                server.port, auth="xoauth2", deadline=DEADLINE) as tool:
        expect_failure(tool.do("open"), "AUTH", "expired")
        server.check()


def test_token_not_wanted():
    """XOAUTH2 configured, not offered."""
    with ImapServer() as server, ImapTool(server.port, auth="xoauth2", deadline=DEADLINE) as tool:
        expect_failure(tool.do("open"), "CONFIG", "XOAUTH2")


@pytest.mark.parametrize("answer, status, words", [
    ("NO [NONEXISTENT] no such folder", "CONFIG", "no such folder"),
    ("NO [INUSE] locked", "TEMPORARY", "locked"),
    (b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n%t OK [READ-ONLY] look only\r\n", "CONFIG", "may only be read"),
    (b"* 1 EXISTS\r\n%t OK [READ-WRITE] but without UIDs\r\n", "CONFIG", "no lasting UIDs"),
    (b"X99 OK who is X99?\r\n", "HOSTILE", "not IMAP"),
])
def test_select_refused(answer, status, words):
    """C6: a folder that cannot be worked with."""
    with ImapServer(answers={"SELECT": answer}) as server, ImapTool(
            server.port, deadline=DEADLINE) as tool:
        expect_failure(tool.do("open"), status, words)


@pytest.mark.parametrize("capabilities, ack, words", [
    ("IMAP4rev1 IDLE", "move", "neither MOVE nor UIDPLUS"),
    ("IMAP4rev1 MOVE", "copy", "neither MOVE nor UIDPLUS"),
])
def test_acknowledging_must_be_possible(capabilities, ack, words):
    """Said at once, not after the first mail."""
    with ImapServer(capabilities=capabilities) as server, ImapTool(
            server.port, ack=ack, deadline=DEADLINE) as tool:
        expect_failure(tool.do("open"), "CONFIG", words)


def test_keyword_must_be_permitted():
    """PERMANENTFLAGS without the keyword and without \\*."""
    answer = (b"* OK [PERMANENTFLAGS (\\Seen \\Deleted)] few\r\n* 0 EXISTS\r\n"
              b"* OK [UIDVALIDITY 7] ok\r\n%t OK [READ-WRITE] ok\r\n")
    with ImapServer(answers={"SELECT": answer}) as server, ImapTool(
            server.port, ack="keyword", deadline=DEADLINE) as tool:
        expect_failure(tool.do("open"), "CONFIG", "$Escrelayed")


# --- fetching --------------------------------------------------------------------------------


def body(text, uid=7):
    """The answer to a fetch of bodies."""
    return f"* 1 FETCH (UID {uid} {FETCH} BODY[] {text}".encode()


FETCHES = {
    "closes in mid-literal": ("GONE", "closed the connection", [send(body("{25}\r\nSubj")), close()]),
    "stalls in mid-literal": ("GONE", "longer than", [send(body("{25}\r\nSubj")), stall()]),
    "drips": ("GONE", "longer than", [drip(body("{25}\r\n") + MAIL, 0.4)]),
    "endless line": ("HOSTILE", "a line longer than", [send("* 1 FETCH (UID 7 FLAGS ("), flood(b"x" * 65536)]),
    "endless lines": ("HOSTILE", "more bytes than", [flood(b"* 1 FETCH (FLAGS (\\Seen))\r\n" * 1000)]),
    "too large a literal": ("HOSTILE", "a literal of more", [send(body("{4294967294}\r\n")), flood(b"x" * 65536)]),
    "a little too large": ("HOSTILE", "a literal of more", [send(body("{400000}\r\n")), flood(b"x" * 65536)]),
    "negative literal": ("HOSTILE", "no number", [send(body("{-5}\r\nSubj)\r\n2 OK done\r\n")), stall()]),
    "wrong UID": ("HOSTILE", "not asked for", [send(body("{4}\r\nabcd)\r\n", 8)), stall()]),
    "UID beyond 32 bits": ("HOSTILE", "not asked for", [send(body("{4}\r\nabcd)\r\n", 2**32 + 1)), stall()]),
    "twice": ("HOSTILE", "not asked for", [send(body("{4}\r\nabcd)\r\n") * 2), stall()]),
    "another section": ("HOSTILE", "not asked for",
                        [send("* 1 FETCH (UID 7 BODY[TEXT] {4}\r\nabcd)\r\n"), stall()]),
    "no UID": ("HOSTILE", "not asked for", [send("* 1 FETCH (BODY[] {4}\r\nabcd)\r\n"), stall()]),
    "parentheses": ("HOSTILE", "parentheses",
                    [send("* 1 FETCH (UID 7 BODYSTRUCTURE " + "(" * 20000 + "\r\n"), stall()]),
    "goodbye": ("TEMPORARY", "maintenance", [send("* BYE [UNAVAILABLE] maintenance\r\n"), close()]),
}


@pytest.mark.parametrize("name", FETCHES)
def test_fetch(name):
    """C12, L2-L5, L9, L10: bodies that are none: a class and a reason, no busy processor, and no child left over."""
    status, words, script = FETCHES[name]

    def step(connection):
        for one in script:
            one(connection)
    # The first UID FETCH asks for sizes, the second for bodies.
    with ImapServer({7: MAIL}, {"UID FETCH": [None, step]}) as server, opened(server) as tool:
        tool.list()
        before = tool.cpu()
        answer = tool.do("fetch", "all")
        expect_failure(answer, status, words)
        tool.wait_child_gone()
        assert tool.cpu() - before < 1.5
        assert not any(mail.ok for mail in tool.mails(answer) if name != "twice")
        assert tool.do("list").status == "GONE"


@pytest.mark.parametrize("said", [b"NIL", b"{0}\r\n", b'""'], ids=["nil", "literal", "string"])
def test_body_that_is_not_there(said):
    """L9: NIL or nothing for a mail that has a size: bad, named, and the other mail is given all the same."""
    answer = (b"* 1 FETCH (UID 7 " + FETCH.encode() + b" BODY[] " + said + b")\r\n"
              b"* 2 FETCH (UID 8 " + FETCH.encode() + b" BODY[] {26}\r\n" + MAIL + b")\r\n%t OK done\r\n")
    with ImapServer({7: MAIL, 8: MAIL}, {"UID FETCH": [None, answer.replace(b"{26}", b"{%d}" % len(MAIL))]}
                    ) as server, opened(server) as tool:
        tool.list()
        answer = tool.do("fetch", "all")
        expect_failure(answer, "HOSTILE", "UID 7")
        assert [(mail.uid, mail.ok) for mail in tool.mails(answer)] == [(7, False), (8, True)]
        assert tool.list() == [7, 8]    # the connection is as good as before


def test_wrong_sizes():
    """L9: RFC822.SIZE is an estimate on some servers: the literal's length counts, within reason."""
    sizes = b"* 1 FETCH (UID 7 RFC822.SIZE 20 " + FETCH.encode() + b")\r\n%t OK done\r\n"
    with ImapServer({7: MAIL}, {"UID FETCH": [sizes, None]}) as server, opened(server) as tool:
        tool.list()
        (mail,) = tool.mails(tool.ok("fetch", "all"))
        assert (mail.size, mail.bytes, mail.ok) == (len(MAIL), len(MAIL), True)
        assert mail.date == 1793523600


def test_news_in_between():
    """Flags, counts, keepalives and expunges of others come when the server likes."""
    news = b"* OK still here\r\n* 1 FETCH (FLAGS (\\Seen))\r\n* 4 EXISTS\r\n* 1 RECENT\r\n"
    size = b"* 1 FETCH (FLAGS (\\Seen) UID 7 RFC822.SIZE 25 " + FETCH.encode() + b")\r\n"
    text = b"* 1 FETCH (BODY[] {25}\r\n" + MAIL + b" FLAGS () UID 7)\r\n"
    with ImapServer({7: MAIL}, {"UID FETCH": [news + size + news + b"%t OK done\r\n",
                                              news + text + news + b"* 2 EXPUNGE\r\n%t OK done\r\n"]}
                    ) as server, opened(server) as tool:
        assert len(MAIL) == 25
        (mail,) = tool.mails(tool.ok("fetch", "7"))
        assert mail.ok and mail.bytes == 25


def test_list_is_sorted_and_unique():
    """The order of a SEARCH result is the server's; UID 0 does not exist."""
    with ImapServer(answers={"UID SEARCH": b"* SEARCH 9 3 9 0 4294967295\r\n* SEARCH 4\r\n%t OK done\r\n"}
                    ) as server, opened(server) as tool:
        assert tool.list() == [3, 4, 9, 4294967295]


def test_very_long_list():
    """C11: 200,000 mails in one line of 1.3 MB."""
    numbers = " ".join(map(str, range(1, 200001)))
    with ImapServer(answers={"UID SEARCH": f"* SEARCH {numbers}\r\n%t OK done\r\n".encode()}
                    ) as server, opened(server) as tool:
        assert len(tool.list()) == 1000     # as many as the tool prints


def test_new_uidvalidity_meanwhile():
    """C1: all UIDs mean something else now: start over."""
    with ImapServer(answers={"UID SEARCH": b"* OK [UIDVALIDITY 99] new\r\n* SEARCH 1\r\n%t OK done\r\n"}
                    ) as server, opened(server) as tool:
        expect_failure(tool.do("list"), "GONE", "new UIDs")


# --- acknowledging ---------------------------------------------------------------------------


def test_only_uids_and_names_go_out():
    """L7: what is said to acknowledge, word by word; the folder is made when it is missing, once."""
    with ImapServer({3: MAIL, 4: MAIL, 5: MAIL, 9: MAIL}) as server, opened(server) as tool:
        tool.ok("ack", 3, 4, 5, 9)
        assert server.commands[-4:] == ['UID MOVE 3:5,9 "Done"', 'CREATE "Done"', 'SUBSCRIBE "Done"',
                                        'UID MOVE 3:5,9 "Done"']
        assert sorted(server.folders["Done"]) == [1, 2, 3, 4]


def test_without_move():
    """C8: COPY, STORE, UID EXPUNGE of just these."""
    with ImapServer({3: MAIL, 4: MAIL}, capabilities="IMAP4rev1 UIDPLUS") as server, opened(server) as tool:
        server.folders["Done"] = {}
        tool.ok("ack", 3)
        assert server.commands[-3:] == ['UID COPY 3 "Done"', r"UID STORE 3 +FLAGS.SILENT (\Deleted)",
                                        "UID EXPUNGE 3"]
        assert list(server.folders["INBOX"]) == [4]


@pytest.mark.parametrize("answers, status", [
    ({"UID COPY": "NO [OVERQUOTA] full"}, "TEMPORARY"),
    ({"UID COPY": "NO [TRYCREATE] no", "CREATE": "NO [NOPERM] you may not"}, "CONFIG"),
    ({"UID STORE": "NO [NOPERM] you may not"}, "CONFIG"),
])
def test_acknowledging_fails_safely(answers, status):
    """C8: nothing is expunged unless its copy was made."""
    with ImapServer({3: MAIL}, answers, capabilities="IMAP4rev1 UIDPLUS") as server, opened(server) as tool:
        expect_failure(tool.do("ack", 3), status)
        assert not any("EXPUNGE" in command for command in server.commands)
        assert tool.list() == [3]       # a refusal does not end the session


# --- waiting ---------------------------------------------------------------------------------


def idle(*steps):
    """A server that does this when IDLE begins."""
    def step(connection):
        for one in steps:
            one(connection)
    return ImapServer({7: MAIL}, {"IDLE": step})


def test_news_before_the_plus():
    """Mail that comes between IDLE and its "+" is news too, and the connection stays."""
    def answer(connection):
        connection.send("* 2 EXISTS\r\n+ idling\r\n")
        connection.line()
        connection.send(f"{len(server.commands)} OK done\r\n")
    with ImapServer({7: MAIL}, {"IDLE": answer}) as server, opened(server) as tool:
        assert tool.ok("wait", 20).seconds < BOUND
        assert tool.list() == [7]


def test_news_while_busy():
    """Mail that was told of after the list and before IDLE does not wait for the next poll."""
    with ImapServer({7: MAIL}, {"UID SEARCH": b"* SEARCH 7\r\n* 2 EXISTS\r\n%t OK done\r\n"}) as server, \
            opened(server) as tool:
        assert tool.list() == [7]
        assert tool.ok("wait", 20).seconds < BOUND


@pytest.mark.parametrize("name, words, steps", [
    ("closes", "closed the connection", [send("+ idling\r\n"), close()]),
    ("goodbye", "tired", [send("+ idling\r\n* BYE tired\r\n"), close()]),
    ("half a line", "longer than", [send("+ idling\r\n* 2 EXI"), stall()]),
])
def test_idle_ends_badly(name, words, steps):
    """C4, C5: lost in IDLE: told, not waited for."""
    del name
    with idle(*steps) as server, opened(server) as tool:
        answer = tool.do("wait", 60)
        assert answer.status == "GONE" and words in answer.what and answer.seconds < 15, answer


def test_done_without_answer():
    """C4: DONE must be answered within ten seconds."""
    with idle(send("+ idling\r\n* 2 EXISTS\r\n"), stall()) as server, opened(server) as tool:
        answer = tool.do("wait", 60)
        assert answer.status == "GONE" and 9 < answer.seconds < 15, answer


def test_idle_refused():
    """Offered and refused: it only waits."""
    with ImapServer({7: MAIL}, {"IDLE": "NO not now"}) as server, opened(server) as tool:
        assert 1 <= tool.ok("wait", 1).seconds < BOUND
        assert tool.list() == [7]


def test_stop_while_waiting():
    """The caller wants out: at once, and politely."""
    ours, theirs = os.pipe()
    with ImapServer({7: MAIL}) as server, opened(server, pass_fds=[ours], stop=ours) as tool:
        tool.begin("wait", 60)
        time.sleep(0.3)
        os.write(theirs, b"x")
        answer = tool.finish()
        assert answer.status == "STOPPED" and answer.seconds < 2, answer
        assert tool.ok("close").seconds < BOUND
    os.close(ours)
    os.close(theirs)


def test_stop_while_fetching():
    """The same while a server stalls."""
    ours, theirs = os.pipe()
    with ImapServer({7: MAIL}, {"UID FETCH": stall()}) as server, opened(
            server, pass_fds=[ours], stop=ours) as tool:
        tool.begin("fetch", 7)
        time.sleep(0.3)
        os.write(theirs, b"x")
        answer = tool.finish()
        assert answer.status == "STOPPED" and answer.seconds < 2, answer
        tool.wait_child_gone()
    os.close(ours)
    os.close(theirs)


def test_child_dies_while_waiting():
    """Killed from outside: told at once."""
    with ImapServer({7: MAIL}) as server, opened(server) as tool:
        tool.begin("wait", 60)
        time.sleep(0.3)
        os.kill(tool.child(), 9)
        answer = tool.finish()
        assert answer.status == "GONE" and "killed from outside" in answer.what and answer.seconds < 2


def test_child_dies_with_its_parent():
    """No child is left when the parent is killed."""
    with ImapServer({7: MAIL}) as server:
        tool = opened(server)
        child = tool.child()
        os.kill(tool.pid, 9)
        with tool:
            pass
        wait_until(lambda: gone(child), "the child is gone", 5)


def test_what_the_child_has():
    """Its socket, its connection, nothing else; no secret in its words; no way to gain anything."""
    os.environ["A_SECRET"] = "hunter2"
    ours, theirs = os.pipe()
    with ImapServer({7: MAIL}) as server, opened(server, pass_fds=[ours, theirs]) as tool:
        child = f"/proc/{tool.child()}"
        files = {os.readlink(f"{child}/fd/{fd}").split(":")[0] for fd in os.listdir(f"{child}/fd")}
        assert "pipe" not in files - {os.readlink(f"{child}/fd/2").split(":")[0]}
        assert os.readlink(f"{child}/fd/0") == os.readlink(f"{child}/fd/1") == "/dev/null"
        with open(f"{child}/cmdline", "rb") as words:
            assert words.read() == b"escrelay\0imap-child\0"
        with open(f"{child}/environ", "rb") as environment:
            assert b"hunter2" not in environment.read()
        with open(f"{child}/status", encoding="ascii") as status:
            assert "NoNewPrivs:\t1" in status.read()
        with open(f"{child}/limits", encoding="ascii") as limits:
            assert any(line.split()[:5] == ["Max", "core", "file", "size", "0"] for line in limits)
    os.close(ours)
    os.close(theirs)
    del os.environ["A_SECRET"]
