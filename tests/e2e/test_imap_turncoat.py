"""Servers that are hostile at first and honest then: each is named by a clear error, in time, nothing is lost, and the next look,
by the very same process, brings the mail.

All of them are mailboxes of one running relay, so that they cost the time of the slowest; and one honest mailbox beside
them is served as if they were not there.
"""
import pytest

from support import mails
from support.imap_script import ImapServer
from support.observer import Store, observe
from support.process import wait_until
from support.scripted import both, close, drip, flood, send, stall

BODY = '* 1 FETCH (UID 1 INTERNALDATE "01-Nov-2026 09:00:00 +0000" BODY[] '
SLOW = 15       # seconds within which even a stall is told of: the deadline is 5

# What each does once, at the greeting or in place of an answer, and what the log says of it.
SERVERS = {
    "wrong-name": ("certificate", "wrong_name", r"does not match"),
    "expired": ("certificate", "expired", r"expired"),
    "self-signed": ("certificate", "self_signed", r"NOT trusted"),
    "preauth": ("GREETING", both(send("* PREAUTH you are in\r\n"), stall()), r"PREAUTH"),
    "crash": ("GREETING", both(send("* OK [PERMANENTFLAGS ()x] y\r\n"), stall()), r"the IMAP library crashed \(signal 11\)"),
    "silent": ("GREETING", stall(), r"longer than the 5 seconds"),
    "slow": ("GREETING", drip("* OK a byte a second, for a very long time\r\n", 1.0), r"longer than the 5 seconds"),
    "endless-line": ("GREETING", both(send("* OK "), flood(b"x" * 65536)), r"a line longer than 65536 bytes"),
    "no-login": ("LOGIN", "NO [UNAVAILABLE] the directory is down", r"the directory is down"),
    "closes": ("BODY", both(send(BODY + "{2500}\r\nSubj"), close()), r"closed the connection"),
    "stalls": ("BODY", both(send(BODY + "{2500}\r\nSubj"), stall()), r"longer than the \d+ seconds"),
    "drips": ("BODY", both(send(BODY + "{2500}\r\n"), drip("Subject: so slow\r\n" * 9, 1.0)), r"longer than the \d+ seconds"),
    "huge-literal": ("BODY", both(send(BODY + "{4294967290}\r\n"), flood(b"x" * 65536)), r"a literal of more"),
    "endless-lines": ("BODY", flood(b"* 1 FETCH (FLAGS (\\Seen))\r\n" * 1000), r"more bytes than"),
    "parentheses": ("BODY", both(send("* 1 FETCH (UID 1 BODYSTRUCTURE " + "(" * 200000 + "\r\n"), stall()), r"parentheses|a line longer"),
    "wrong-uid": ("BODY", both(send(BODY.replace("UID 1", "UID 7") + "{4}\r\nabcd)\r\n"), stall()), r"not asked for"),
    "bye": ("UID SEARCH", b"* BYE maintenance\r\n", r"maintenance|closed the connection"),
    "nonsense": ("UID SEARCH", both(send("HTTP/1.1 500 Oops\r\n"), stall()), r"not IMAP"),
}


@pytest.fixture
def turncoats(servers):
    """A server of each kind, with one mail: (servers, mails) by name."""
    found, delivered = {}, {}
    for name, (place, what, _) in SERVERS.items():
        mail = mails.forward(mails.ticket(subject=f"Down at {name}"))
        delivered[name] = mail
        raw = mail.as_bytes(policy=mail.policy.clone(linesep="\r\n"))
        answers = {} if place == "certificate" else {"UID FETCH": [None, what]} if place == "BODY" else {place: [what]}
        certificate = getattr(servers.certificates, what)() if place == "certificate" else None
        found[name] = ImapServer({1: raw}, answers, certificate=certificate)
    yield found, delivered
    for server in found.values():
        server.stop()


def test_the_next_look_works(lab, relay, turncoats):
    """Goal: one clear error for each, in time; then every mail in the same life of the same worker, once."""
    found, delivered = turncoats
    boxes = [relay.mailbox()]
    for name, server in found.items():
        secure = SERVERS[name][0] == "certificate"
        boxes.append(relay.mailbox(f"{'imaps' if secure else 'imap'}://localhost:{server.port}/INBOX",
                                   ("" if secure else "tls off; ") + "deadline 5s; poll 2s")
                     .replace("mailbox support", f"mailbox {name}"))
    relay.configure(mailbox="".join(boxes))
    relay.unobserved = "most of its mails are not in the lab; the test asks the observer itself"
    relay.start("fetch")
    lab.send(mails.forward())
    wait_until(lambda: lab.count("escalations", "Escalations/Done") == 1, "the honest mailbox is served", 20, relay.log_file)
    for name, (_, _, words) in SERVERS.items():
        relay.wait_log(rf"(error|warning): mailbox {name}: .*({words})", SLOW)
        found[name].certificate = found[name].certificate and lab.certificates.good()
    wait_until(lambda: all(list(server.folders["INBOX"]) == [] for server in found.values()),
               "all mails were taken", 60, relay.log_file)
    assert relay.stop() == 0
    assert "worker" not in relay.log() and relay.log().count("fetch: mailbox support: connected") == 1, relay.log()
    assert all(len(server.folders["Escalations/Done"]) == 1 for server in found.values())
    relay.configure(mailbox=boxes[0])
    for _ in range(2):
        relay.run("run", "--once")
    lab.postfix.empty()
    observe(lab, relay, [*lab.delivered, *delivered.values()])
    store = Store(relay.store)
    assert len(store.journal) == len(store.escalation) == len(found) + 1
