"""Whatever a mail holds, the wires carry only what the relay means to say.

Random hostile mails of a seeded generator (support/hostile.py) come as forwards of staff and as answers of engineers, through a
real Dovecot and the whole relay, to a sink that keeps bytes; both conversations are then read against a grammar of what
the relay ever says. WIRE_N=1000 takes more mails, WIRE_SEED=2 others.
"""
import email
import email.policy
import os
import random
import re

import pytest

from support.hostile import EVIL, hostile_forward, hostile_reply
from support.imap_script import ImapServer
from support.observer import Store
from support.proxy import UP, FaultProxy
from support.smtp_sink import SmtpSink

NUMBER, SEED = int(os.environ.get("WIRE_N", "100")), int(os.environ.get("WIRE_SEED", "1"))
PEOPLE = {f"{who}@example.com" for who in ("ada", "grace", "alan", "keegan", "bola", "valery", "support-ops", "support-lead")}
LIMITS = "limit recipient 100000 per 1h\nlimit case 100000 per 1d\nlimit word 100000 per 1h\nlimit echo 100000 per 1h\nlimit all 1000000 per 1h\n"

SET = rb"\d{1,10}(:\d{1,10})?(,\d{1,10}(:\d{1,10})?)*"
DONE = rb'"Escalations/Done"'
IMAP = re.compile(rb"|".join((
    rb"CAPABILITY", rb'LOGIN "escalations@example\.com" "[\w-]+"', rb'LIST "" ""', rb'SELECT "INBOX"', rb"NOOP", rb"LOGOUT", rb"IDLE",
    rb"UID SEARCH ALL", rb"UID FETCH " + SET + rb" \(UID RFC822\.SIZE INTERNALDATE\)",
    rb"UID FETCH " + SET + rb" \(UID INTERNALDATE BODY\.PEEK\[\](<0\.65536>)?\)",
    rb"UID (MOVE|COPY) " + SET + rb" " + DONE, rb"(CREATE|SUBSCRIBE) " + DONE,
    rb"UID STORE " + SET + rb" \+FLAGS\.SILENT \(\\Deleted\)", rb"UID EXPUNGE " + SET)))
LOCAL = rb"escalations(\+[a-z2-7]{32})?@example\.com"
SMTP = re.compile(rb"|".join((
    rb"EHLO [\w.-]+", rb"AUTH PLAIN [\w+/=]+", rb"MAIL FROM:<(" + LOCAL + rb")?>( SIZE=\d+)?", rb"RCPT TO:<[a-z-]+@example\.com>",
    rb"DATA", rb"RSET", rb"QUIT")))
# The header fields of a letter, each once; and of its parts.
FIELDS = ["date", "from", "to", "reply-to", "subject", "message-id", "in-reply-to", "references", "x-escrelay-loop", "auto-submitted",
          "x-auto-response-suppress", "mime-version", "content-type", "content-transfer-encoding"]
OF_PARTS = {"content-type", "content-transfer-encoding", "content-disposition"}
TYPES = {"multipart/mixed", "multipart/alternative", "text/plain", "text/html", "message/rfc822", "application/octet-stream",
         "image/png"}


def check_imap(said):
    """Every line is a command made of UIDs and configured names."""
    assert said.endswith(b"\r\n")
    for number, line in enumerate(said[:-2].split(b"\r\n"), 1):
        tag, _, command = line.partition(b" ")
        assert line == b"DONE" or (tag.isdigit() and IMAP.fullmatch(command)), f"line {number}: {line[:200]!r}"


def check_smtp(said):
    """Every line outside of the mails is a command of the grammar; the mails, as they were on the wire."""
    mails = []
    while said:
        line, _, said = said.partition(b"\r\n")
        assert SMTP.fullmatch(line), f"{line[:200]!r}"
        if line == b"DATA":
            mail, end, said = said.partition(b"\r\n.\r\n")
            assert end, "a mail without an end"
            mails.append(mail + end)
    return mails


def check_mail(transaction):
    """One canonical mail with the header that we wrote."""
    wire, mail = transaction.wire, transaction.mail
    assert wire.endswith(b"\r\n.\r\n") and wire.count(b"\r\n.\r\n") == 1 and not wire.startswith(b".\r\n")
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)|\0", wire), "a bare CR or LF, or a NUL"
    assert max(map(len, mail.split(b"\r\n"))) <= 998, "a line that is too long"
    head, _, _ = mail.partition(b"\r\n\r\n")
    assert head.isascii() and not re.search(rb"[\0-\x08\x0b\x0c\x0e-\x1f\x7f]", head), "a control character in the header"
    fields = re.sub(rb"\r\n[ \t]+", b" ", head).split(b"\r\n")
    names = [field.partition(b":")[0].decode().lower() for field in fields]
    assert set(names) <= set(FIELDS) and len(names) == len(set(names)), f"header fields {names}"
    parsed = email.message_from_bytes(mail, policy=email.policy.SMTP)
    assert [one.addr_spec for one in parsed["From"].addresses] == ["escalations@example.com"], parsed["From"]
    assert [one.addr_spec for one in parsed["To"].addresses] == transaction.recipients, parsed["To"]
    if parsed["Reply-To"]:
        assert re.fullmatch(LOCAL.decode(), str(parsed["Reply-To"])), parsed["Reply-To"]
    check_parts(parsed)


def check_parts(part):
    """The parts that we made, with fields of ours; what is attached whole is the stranger's own."""
    assert part.get_content_type() in TYPES and not part.defects, (part.get_content_type(), part.defects)
    if part.get_content_maintype() == "multipart":
        for one in part.iter_parts():
            assert {name.lower() for name in one.keys()} <= OF_PARTS, one.keys()
            name = one.get_filename() or ""
            assert not re.search(r"[\0-\x1f\x7f-\x9f\u2028\u202e/\\\\]", name), f"a file name {name!r}"
            check_parts(one)


def check_all(sink, said, requesters=PEOPLE):
    """Both wires."""
    for one in said:
        check_imap(one)
    wires = [mail for connection in sink.connections for mail in check_smtp(bytes(connection.received))]
    assert sorted(wires) == sorted(mail.wire for mail in sink.transactions), "the sink saw as many mails as the grammar"
    for mail in sink.transactions:
        try:
            assert len(mail.recipients) == 1 and mail.recipients[0] in requesters, mail.recipients
            check_mail(mail)
        except AssertionError as fault:
            raise AssertionError(f"{fault}\n{mail.mail[:1500]!r}") from None


@pytest.mark.parametrize("source", ["dovecot", "bytes"])
def test_hostile_mails_stay_data(lab, relay, source):
    """Goal: one end of data a mail, no bare CR or LF, no field of another's, no recipient of another's, no command of another's."""
    dice = random.Random(f"{SEED} {source}")
    number = NUMBER if source == "dovecot" else NUMBER // 3
    forwards = {uid: hostile_forward(dice, uid) for uid in range(1, number + 1)}
    relay.unobserved = "" if source == "dovecot" else "its mails are not in the lab"
    server = ImapServer(forwards)                       # gives NULs and bare line ends as they are, as Dovecot does not
    proxy = FaultProxy(lab.dovecot.ports["imap"] if source == "dovecot" else server.port)
    with server, proxy, SmtpSink() as sink:
        relay.sinks.append(sink)
        relay.configure(mailbox=relay.mailbox(f"imap://localhost:{proxy.port}/INBOX", "tls off"), extra=LIMITS,
                        submission=relay.submission(f"smtp://localhost:{sink.port}", "tls off\n    sessions 2"))

        def through(mails):
            if source == "dovecot":
                for mail in mails:
                    lab.dovecot.deliver("escalations@example.com", mail)
            relay.run("run", "--once", timeout=300, check=None)

        through(forwards.values())
        answers, first = [], list(sink.accepted)
        for mail in first:
            parsed = email.message_from_bytes(mail.mail, policy=email.policy.SMTP)
            who = mail.recipients[0]
            if parsed["Reply-To"] and dice.random() < 0.4:
                answers.append(hostile_reply(dice, number + len(answers), f"{who.partition('@')[0].title()} <{who}>",
                                             str(parsed["Reply-To"]), str(parsed["Message-ID"])))
        server.folders["INBOX"].update(enumerate(answers, number + 1))
        through(answers)
        store = Store(relay.store)
        assert len(store.journal) == number + len(answers) and {row["state"] for row in store.journal} == {"judged"}
        assert all(row["state"] == "sent" for row in store.outbox), {row["state"] for row in store.outbox}
        assert len(store.escalation) > number / 2 and len(sink.accepted) > len(first) > number
        check_all(sink, [bytes(link.passed[UP]) for link in proxy.links])
        assert not any(EVIL in row["recipient"] or EVIL in row["sender"] for row in store.outbox)
