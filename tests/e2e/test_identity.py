"""Whose word it is: forged senders, forged reports of a mail server, reply addresses in wrong hands. test_trust.py
tells the single stories; here each play tries many shapes of one forgery against one case, and after it the case
stands where it stood."""
import email.policy

from support import mails
from test_main_job import arrive, once, text_of
from test_trust import drop, held, later, opened, walk   # noqa: F401  (walk looks at the outbox after each play)

ORDER = "/resolve answered: nothing to see here\n\nForget it, please."

# What an Authentication-Results may look like that proves nothing about keegan@example.com.
REPORTS = (
    "mx.evil.example; dmarc=pass header.from=example.com",
    "mx.example.com.evil.example; dmarc=pass header.from=example.com",
    "evil.example (mx.example.com); dmarc=pass header.from=example.com",
    "(mx.example.com; dmarc=pass header.from=example.com) evil.example; none",
    '"mx.example.com; x"; dmarc=pass header.from=example.com',
    "mx.example.com; none",
    "mx.example.com; spf=pass smtp.mailfrom=keegan@example.com",
    "mx.example.com; dkim=pass header.d=evil.example",
    "mx.example.com; dmarc=pass header.from=evil.example",
    "mx.example.com; dmarc=none reason=\"dmarc=pass header.from=example.com\"",
    "mx.example.com; dmarc=fail (dmarc=pass) header.from=example.com",
    "mx.example.com; dkim=pass header.d=example.com.evil.example",
    "mx.example.com; x-dmarc=pass header.from=example.com",
)

# Senders that a person may take for Keegan and a program must not.
LOOKALIKES = (
    '"Keegan <keegan@example.com>" <mallory@evil.example>',
    '"keegan@example.com" <mallory@evil.example>',
    "Keegan <keegan@example.com.evil.example>",
    "Keegan <keegan@evil-example.com>",
    "Keegan (keegan@example.com) <mallory@evil.example>",
    "Keegan <keegan@sub.evil.example>",
    '"keegan@example.com"@evil.example',
)


def put(lab, raw):
    """Into the mailbox as it is, with no word of the border on top."""
    imap = lab.imap("escalations")
    imap.append("INBOX", None, None, raw)
    imap.logout()


def told(lab, who, after):
    """What came to somebody after he had so many mails."""
    return [" ".join(text_of(mail).split()) for mail in lab.mail_of(who)[after:]]


def untouched(lab, relay, ada=1):
    """ESC-1 is where it was, and its requester read nothing of what was tried."""
    case = relay.one("list")
    assert (case["state"], case["engineer"]) == ("assigned", "keegan")
    assert lab.count("ada") == ada and not any("Forget it" in text_of(mail) for mail in lab.mail_of("ada"))


def test_reports_that_prove_nothing(lab, relay):
    """Goal: thirteen shapes of a mail server's report that is another's, another domain's or no pass: each order is
    held, and Keegan, in whose name it was given, is asked about each."""
    relay.configure(extra="limit recipient 100 per 1h\nlimit case 100 per 1d\n")
    assignment = opened(lab, relay)
    for report in REPORTS:
        order = mails.reply(assignment, mails.KEEGAN, ORDER).as_bytes(policy=email.policy.SMTP)
        put(lab, f"Authentication-Results: {report}\r\n".encode() + order)
    once(relay)
    untouched(lab, relay)
    assert len(held(relay)) == len(REPORTS), held(relay)
    asked = [words for words in told(lab, "keegan", 1) if "in your name gave commands" in words]
    assert len(asked) == len(REPORTS)
    true = mails.reply(assignment, mails.KEEGAN, "/ack").as_bytes(policy=email.policy.SMTP)
    put(lab, b"Authentication-Results: mx.example.com; dmarc=pass header.from=example.com\r\n" + true)
    once(relay)
    assert relay.one("list")["state"] == "owned", "and the true report does prove it"


def test_a_report_that_the_mail_brought_along(lab, relay):
    """Goal: below the border's own "fail" the writer's "pass" counts for nothing, however it is written, and neither
    does ARC's."""
    relay.configure(extra="limit recipient 100 per 1h\nlimit case 100 per 1d\n")
    assignment = opened(lab, relay)
    good = "dmarc=pass header.from=example.com"
    brought = (f"Authentication-Results: mx.example.com; {good}", f"AUTHENTICATION-RESULTS: mx.example.com 1; {good}",
               f"Authentication-Results:\r\n\tmx.example.com;\r\n\t{good}", f'Authentication-Results: "mx.example.com"; {good}',
               f"Authentication-Results: (hm) MX.example.com; {good}", f"ARC-Authentication-Results: i=1; mx.example.com; {good}",
               f"X-Authentication-Results: mx.example.com; {good}")
    for fields in brought:
        order = mails.reply(assignment, mails.KEEGAN, ORDER).as_bytes(policy=email.policy.SMTP)
        lab.postfix.send("mallory@evil.example", ["escalations@example.com"], fields.encode() + b"\r\n" + order, False)
    lab.wait_mail("escalations", len(brought))
    once(relay)
    untouched(lab, relay)
    assert len(held(relay)) == len(brought), held(relay)
    assert len([words for words in told(lab, "keegan", 1) if "in your name gave commands" in words]) == len(brought)


def test_senders_that_look_like_him(lab, relay):
    """Goal: with his stolen reply address, his name, his address in the name, Sender and Reply-To, but another From:
    held; nobody of the case reads it, and nobody outside is answered."""
    assignment = opened(lab, relay)
    for sender in LOOKALIKES:
        order = mails.reply(assignment, mails.ADA, ORDER, Reply_To=mails.KEEGAN, Sender=mails.KEEGAN)
        raw = order.as_bytes(policy=email.policy.SMTP).replace(f"From: {mails.ADA}".encode(), f"From: {sender}".encode(), 1)
        put(lab, b"Authentication-Results: mx.example.com; dmarc=pass header.from=evil.example\r\n" + raw)
    once(relay)
    untouched(lab, relay)
    assert len(held(relay)) == len(LOOKALIKES), held(relay)
    assert lab.count("keegan") == 1 and lab.count("outside") == 0


def test_a_requester_with_the_engineers_reply_address(lab, relay):
    """Goal: Keegan forwarded his mail to Ada; over his reply address she is no engineer, and not even her own
    commands are obeyed: held, and she, who is real, is asked. Her words without commands reach him with a warning."""
    assignment = opened(lab, relay)
    arrive(lab, relay, mails.reply(assignment, mails.ADA, "/take\n/resolve answered: x\n\nThank you."))
    case = relay.one("list")
    assert (case["state"], case["engineer"]) == ("assigned", "keegan") and lab.count("keegan") == 1
    [asked] = told(lab, "ada", 1)
    assert "in your name gave commands" in asked and "it came over somebody else's reply address" in asked
    assert len(held(relay)) == 1
    arrive(lab, relay, mails.reply(assignment, mails.ADA, "Thank you."))
    [word] = told(lab, "keegan", 1)
    assert word.startswith("Take care") and "somebody else's reply address" in word


def test_a_guessed_tag_tells_nobody_of_a_case(lab, relay):
    """Goal: an outsider guesses [ESC-1]: held, unanswered. A colleague who is no party asks for its status by the tag
    alone: he hears of a case of his own at most, never a word of Ada's."""
    opened(lab, relay)
    arrive(lab, relay, mails.outsider(subject="Re: [ESC-1] [SEV-1] Indexed search is down", text="/status\n"))
    assert lab.count("outside") == 0 and len(held(relay)) == 1
    arrive(lab, relay, mails.mail("Alan <alan@example.com>", mails.ESCALATIONS, "Re: [ESC-1] what is it?", "/status\n"))
    for words in told(lab, "alan", 0):
        assert "Ada" not in words and "zoekt" not in words and "Indexed search" not in words, words
    assert [case["engineer"] for case in relay.json("list")][0] == "keegan" and lab.count("ada") == 1


def test_an_order_that_is_replayed_after_the_case_is_over(lab, relay):
    """Goal: a true order, kept and delivered again as it was, months later and over an expired reply address: it is a
    duplicate; under a new Message-ID it is held."""
    assignment = opened(lab, relay)
    order = mails.reply(assignment, mails.KEEGAN, "/resolve answered: done")
    arrive(lab, relay, order)
    arrive(lab, relay, order, at=later(days=40))
    assert relay.json("list") == [] and sorted(row["outcome"] for row in relay.json("why", order["Message-ID"])) == ["commanded", "duplicate"]
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "/reopen"), at=later(days=40))
    assert relay.json("list") == [] and len(held(relay)) == 1
