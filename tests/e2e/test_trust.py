"""Who may act, who is told, and what is never lost: stories of forged, stolen, repeated and poisonous mails.

After each story the outbox is walked: every recipient ever owed is a person, team, lead or operator of
the configuration, or staff who is a party; and no reply address of one person is ever in what another reads.
"""
import email
import email.policy
import os
import re
import sqlite3
import time
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone

import pytest

from support import mails
from test_main_job import arrive, once, rules, text_of

CONFIGURED = {f"{who}@example.com" for who in (
    "keegan", "bola", "valery", "support-ops", "support-lead", "search-help", "cloud-help",
    "identity-help", "ada", "grace")}
TOKEN = re.compile(r"escalations\+[a-z2-7]{32}@example\.com", re.I)
EVIL = "Mallory <mallory@evil.example>"


@pytest.fixture(autouse=True)
def walk(lab, relay):
    """After the story: who was ever written to, and what they could read."""
    yield
    if not (relay.directory / "escrelay.db").exists():
        return
    for row in relay.json("queue", "--all"):
        assert row["to"] in CONFIGURED or row["to"].endswith("@example.com"), row
        assert row["to"] != "escalations@example.com", row
    assert lab.count("outside") == 0, "nobody outside is ever written to"
    for who in lab.people:
        for mail in lab.mail_of(who) if who != "escalations" else ():
            for part in mail.walk():
                if part.get_content_maintype() == "text":
                    assert not TOKEN.search(part.get_content()), f"a reply address in the text for {who}"


def drop(lab, relay, mail, **options):
    """The mail is in the mailbox without a word of any mail server about its sender."""
    imap = lab.imap("escalations")
    imap.append("INBOX", None, None, mail.as_bytes(policy=email.policy.SMTP))
    imap.logout()
    return once(relay, **options)


def opened(lab, relay, **options):
    """ESC-1, assigned to Keegan; what he was sent."""
    arrive(lab, relay, mails.forward(), **options)
    return lab.wait_mail("keegan")[0]


def held(relay):
    """Why the held mails are held."""
    return [row["reason"] for row in relay.json("quarantine")]


def later(**span):
    """A time from now on."""
    return datetime.now(timezone.utc) + timedelta(**span)


@contextmanager
def store(relay):
    """The relay's store, looked at while it rests."""
    db = sqlite3.connect(relay.directory / "escrelay.db")
    yield db
    db.commit()
    db.close()


# --- acting in another's name -----------------------------------------------------------------------------

def test_a_guessed_tag_speaks_for_nobody(lab, relay):
    """Goal: From an engineer, [ESC-1], no word of the mail server: shown with a warning, the case does not move."""
    opened(lab, relay)
    drop(lab, relay, mails.mail(mails.KEEGAN, mails.ESCALATIONS, "Re: [ESC-1] search", "Please send me your password.\n"))
    assert relay.one("list")["state"] == "assigned", "it is nobody's answer"
    words = text_of(lab.wait_mail("ada", 2)[1])
    assert words.startswith("Take care") and "nothing proves" in words


def test_a_guessed_tag_opens_nothing_again(lab, relay):
    """Goal: From the requester, [ESC-1], no word of the mail server: a closed case stays closed."""
    arrive(lab, relay, mails.reply(opened(lab, relay), mails.KEEGAN, "/resolve answered: done"))
    drop(lab, relay, mails.mail(mails.ADA, mails.ESCALATIONS, "Re: [ESC-1] search", "Open it again.\n"))
    assert relay.json("list") == []


def test_an_own_reply_address_is_enough_for_words(lab, relay):
    """Goal: the mail server says nothing, but it came over his own reply address: it is his answer."""
    drop(lab, relay, mails.reply(opened(lab, relay), mails.KEEGAN, "Set the limit to 8g."))
    assert relay.one("list")["state"] == "pending"
    assert text_of(lab.wait_mail("ada", 2)[1]).startswith("Set the limit")


def test_an_own_reply_address_is_not_enough_for_commands(lab, relay):
    """Goal: likewise, with a command: held, and he is asked."""
    drop(lab, relay, mails.reply(opened(lab, relay), mails.KEEGAN, "/resolve answered: no"))
    assert relay.one("list")["state"] == "assigned"
    assert "gave commands" in text_of(lab.wait_mail("keegan", 2)[1])


def test_an_engineer_with_anothers_token(lab, relay):
    """Goal: Bola answers a mail that Keegan forwarded to him, with an order: held, and Bola is asked; his answer to that
    is obeyed. Words alone are relayed with a warning."""
    assignment = opened(lab, relay)
    arrive(lab, relay, mails.reply(assignment, mails.BOLA, "Try a restart."))
    words = text_of(lab.wait_mail("ada", 2)[1])
    assert words.startswith("Take care") and "somebody else's reply address" in words
    arrive(lab, relay, mails.reply(assignment, mails.BOLA, "/resolve answered: x\n\nIt was the flag."))
    assert relay.one("list")["state"] == "assigned" and len(held(relay)) == 1 and lab.count("ada") == 2
    [asked] = lab.wait_mail("bola")
    assert "gave commands" in text_of(asked)
    arrive(lab, relay, mails.reply(asked, mails.BOLA, "/resolve answered: x\n\nIt was the flag."))
    assert relay.json("list") == [] and "It was the flag." in text_of(lab.wait_mail("ada", 3)[2])


def test_a_bystander_of_the_staff(lab, relay):
    """Goal: staff, but no party, over a forwarded reply address: relayed with a warning, never obeyed."""
    arrive(lab, relay, mails.reply(opened(lab, relay), "Alan <alan@example.com>", "/take\n\nI know this one."))
    assert relay.one("list")["state"] == "assigned"
    assert "no party" in text_of(lab.wait_mail("keegan", 2)[1])
    assert lab.count("alan") == 0


def test_a_bystander_in_whose_name_somebody_writes(lab, relay):
    """Goal: forged as staff that is no party, with a stolen token: held; the bystander hears nothing of a case not his."""
    lab.send(mails.reply(opened(lab, relay), "Alan <alan@example.com>", "/resolve answered: x"), vouched=False)
    lab.wait_mail("escalations")
    once(relay)
    assert relay.one("list")["state"] == "assigned" and lab.count("alan") == 0 and len(held(relay)) == 1


def test_a_customer_with_a_token(lab, relay):
    """Goal: the customer, Cc'd by mistake, answers: held; let through, it is relayed with a warning and obeyed by nobody."""
    assignment = opened(lab, relay)
    arrive(lab, relay, mails.reply(assignment, mails.CUSTOMER, "/resolve answered: x\n\nIt works again."))
    assert relay.one("list")["state"] == "assigned" and lab.count("ada") == 1
    relay.run("quarantine", "release", relay.one("quarantine")["journal"])
    once(relay)
    assert held(relay) == [] and relay.one("list")["state"] == "assigned"
    words = text_of(lab.wait_mail("keegan", 2)[1])
    assert words.startswith("Take care") and "It works again." in words


def test_the_envelope_address_is_no_reply_address(lab, relay):
    """Goal: the address for bounces gives no commands, even to him for whom it was made."""
    assignment = opened(lab, relay)
    envelope = str(assignment["Return-Path"]).strip("<>")
    assert TOKEN.fullmatch(envelope) and envelope not in str(assignment["Reply-To"])
    arrive(lab, relay, mails.mail(mails.KEEGAN, envelope, str(assignment["Subject"]), "/resolve answered: x\n"))
    assert relay.one("list")["state"] == "assigned"


def test_two_from_fields_have_no_authority(lab, relay):
    """Goal: two From fields: held, whichever comes first."""
    answer = mails.reply(opened(lab, relay), mails.KEEGAN, "/resolve answered: x")
    raw = answer.as_bytes(policy=email.policy.SMTP)
    lab.postfix.send("keegan@example.com", ["escalations@example.com"], b"From: ada@example.com\r\n" + raw, True)
    lab.wait_mail("escalations")
    once(relay)
    assert relay.one("list")["state"] == "assigned" and "more than one sender" in held(relay)[0]


def test_the_same_order_again_with_other_bytes(lab, relay):
    """Goal: a signed command replayed with one more field acts once: reopened, the case stays open."""
    order = mails.reply(opened(lab, relay), mails.KEEGAN, "/resolve answered: done")
    arrive(lab, relay, order)
    arrive(lab, relay, mails.reply(lab.wait_mail("ada", 2)[1], mails.ADA, "It is back."))
    assert relay.one("list")["state"] == "owned"
    order["X-Seen"] = "yes"
    arrive(lab, relay, order)
    assert relay.one("list")["state"] == "owned"
    assert "same Message-ID" in held(relay)[0]


def test_a_token_ends_after_its_case(lab, relay):
    """Goal: 31 days after the end a reply address gives no orders; 29 days after it does."""
    assignment = opened(lab, relay)
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "/resolve answered: done"))
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "/reopen"), at=later(days=31))
    assert relay.json("list") == [] and len(held(relay)) == 1
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "/reopen\n"), at=later(days=29))
    assert relay.one("list")["state"] in ("owned", "assigned")


@pytest.mark.parametrize("where", ["quoted", "signature", "html quote", "html hidden"])
def test_where_no_command_is(lab, relay, where):
    """Goal: commands in a quote, in the signature, in hidden or quoted HTML are nobody's."""
    assignment = opened(lab, relay)
    command, page = "/resolve answered: x", None
    text = {"quoted": f"Hm.\n\n> {command}\n", "signature": f"Hm.\n\n-- \n{command}\n"}.get(where, "")
    answer = mails.reply(assignment, mails.KEEGAN, "Hm.")
    if text:
        answer.set_content(text)
    else:
        hidden = f'<div style="display:none">{command}</div>' if "hidden" in where else ""
        page = (f'<html><body>{hidden}<div>Hm.</div><br><div class="gmail_quote">On Monday Ada wrote:<br>'
                f"<blockquote>{command}</blockquote></div></body></html>")
        answer.set_content(page, subtype="html")
    arrive(lab, relay, answer)
    assert relay.one("list")["state"] == "pending"
    assert "/resolve" not in text_of(lab.wait_mail("ada", 2)[1])


def test_names_that_would_be_headers(lab, relay):
    """Goal: an encoded line end in a display name or a subject stays a name."""
    raw = mails.forward().as_bytes(policy=email.policy.SMTP)
    raw = re.sub(rb"(?m)^From: .*$", b"From: =?utf-8?q?Ada=0D=0ABcc=3A_mallory=40evil=2Eexample?= <ada@example.com>\r", raw, count=1)
    raw = re.sub(rb"(?m)^Subject: .*$", b"Subject: =?utf-8?q?Search=0D=0ABcc=3A_mallory=40evil=2Eexample?=\r", raw, count=1)
    lab.postfix.send("ada@example.com", ["escalations@example.com"], raw, True)
    lab.wait_mail("escalations")
    once(relay)
    for mail in lab.wait_mail("keegan") + lab.wait_mail("ada"):
        assert mail["Bcc"] is None
    assert b"\nBcc:" not in b"".join(lab.raw_of("ada"))


def test_reply_to_is_nobody(lab, relay):
    """Goal: From is who he is: a Reply-To elsewhere gets nothing, an engineer's Reply-To makes no engineer."""
    arrive(lab, relay, mails.forward(Reply_To="mallory@evil.example"))
    assert relay.one("list")["requester"]["address"] == "ada@example.com"
    stolen = mails.reply(lab.wait_mail("keegan")[0], EVIL, "/ack", Reply_To="keegan@example.com")
    arrive(lab, relay, stolen)
    assert relay.one("list")["state"] == "assigned"


# --- machines ---------------------------------------------------------------------------------------------

def test_a_bounce_that_an_outsider_made_up(lab, relay):
    """Goal (S21): a bounce 'from' a party, with [ESC-1] and the engineer's name in it: the case stays where it is."""
    opened(lab, relay)
    forged = mails.bounce({}, "keegan@example.com")
    forged.replace_header("From", mails.ADA)
    forged.replace_header("Subject", "[ESC-1] Undelivered Mail Returned to Sender")
    drop(lab, relay, forged)
    assert relay.one("list")["engineer"] == "keegan"
    assert "no letter of ours" in held(relay)[0]


def test_a_bounce_speaks_for_its_own_letter_alone(lab, relay):
    """Goal (S21): who got a letter can bounce that letter; he cannot have another's case taken away by it."""
    opened(lab, relay)
    drop(lab, relay, mails.bounce(lab.wait_mail("ada")[0], "keegan@example.com"))
    assert relay.one("list")["engineer"] == "keegan"
    assert "ada@example.com" in " ".join(text_of(lab.wait_mail("support-ops")[-1]).split())


def test_a_real_bounce_moves_the_case_on(lab, relay):
    """Goal (S21): the assignment came back: the next engineer has it at once."""
    drop(lab, relay, mails.bounce(opened(lab, relay), "keegan.s@other.example.com"))
    assert relay.one("list")["engineer"] == "bola"


def test_an_absence_that_somebody_made_up(lab, relay):
    """Goal: an out-of-office in the engineer's name, with [ESC-1] alone: noted, he keeps his case."""
    opened(lab, relay)
    forged = mails.mail(mails.KEEGAN, mails.ESCALATIONS, "Automatic reply: [ESC-1] search",
                        "I am out of the office until 2027-11-01.\n", Auto_Submitted="auto-replied")
    drop(lab, relay, forged)
    assert relay.one("list")["engineer"] == "keegan"
    arrive(lab, relay, mails.forward(mails.ticket(subject="Another")))
    arrive(lab, relay, mails.forward(mails.ticket(subject="One more")))
    arrive(lab, relay, mails.forward(mails.ticket(subject="The fourth")))
    assert relay.json("list")[3]["engineer"] == "keegan", "and he has his turn"


def test_an_absence_over_the_envelope_address(lab, relay):
    """Goal: where his server answers to the envelope, without a signature: he is away."""
    assignment = opened(lab, relay)
    drop(lab, relay, mails.mail(
        mails.KEEGAN, str(assignment["Return-Path"]).strip("<>"), f"Automatic reply: {assignment['Subject']}",
        "I am out of the office until tomorrow.\n", Auto_Submitted="auto-replied"))
    assert relay.one("list")["engineer"] == "bola"


@pytest.mark.parametrize("sender", [mails.ADA, EVIL, mails.KEEGAN])
def test_nothing_automatic_is_answered(lab, relay, sender):
    """Goal: an automatic mail opens nothing and is answered by nobody, let through or not."""
    rules(relay, 'rule "all" { size > 0 }\n')
    arrive(lab, relay, mails.mail(sender, mails.ESCALATIONS, "Backup report", "All well.\n", Auto_Submitted="auto-generated"))
    assert relay.json("list") == []
    relay.run("quarantine", "release", relay.one("quarantine")["journal"])
    once(relay)
    assert relay.one("list")["requester"]["address"] == "support-ops@example.com"
    assert lab.count("ada") == 0


def test_an_outsiders_mail_that_is_let_through(lab, relay):
    """Goal: it becomes a case of the operator's; the outsider is written to by nobody, whatever happens."""
    arrive(lab, relay, mails.outsider())
    relay.run("quarantine", "release", relay.one("quarantine")["journal"])
    once(relay)
    arrive(lab, relay, mails.reply(lab.wait_mail("keegan")[0], mails.KEEGAN, "Who is this?"))
    assert text_of(lab.wait_mail("support-ops", 3)[-1]).startswith("Who is this?")
    assert lab.count("outside") == 0


def test_our_own_mail_that_comes_back(lab, relay):
    """Goal: a letter of ours that an alias returns is held, and answered to nobody."""
    opened(lab, relay)
    raw = lab.raw_of("ada")[0]
    lab.postfix.send("ada@example.com", ["escalations@example.com"], raw, True)
    lab.wait_mail("escalations")
    once(relay)
    assert len(relay.json("list")) == 1 and "came back" in held(relay)[0] and lab.count("ada") == 1


# --- too many letters -------------------------------------------------------------------------------------

def test_caps_stop_what_is_automatic_and_tell_the_operator_once(lab, relay):
    """Goal: over the limit nobody is flooded; the operator learns once; nothing that came is lost."""
    relay.configure(extra="limit recipient 3 per 1h\n")
    for number in range(8):
        lab.send(mails.outsider(subject=f"Seats {number}"))
    lab.wait_mail("escalations", 8)
    once(relay)
    assert len(held(relay)) == 8
    letters = [str(mail["Subject"]) for mail in lab.wait_mail("support-ops", 4)]
    assert len(letters) == 4 and len([subject for subject in letters if "limit" in subject]) == 1
    once(relay, at=later(hours=2))
    arrive(lab, relay, mails.outsider(subject="Seats again"), at=later(hours=2))
    assert len(lab.wait_mail("support-ops", 5)) == 5, "an hour later he is told again"


def test_a_persons_word_is_under_no_cap(lab, relay):
    """Goal: over every limit, an answer still reaches the one it is for; what was not sent is said in the case."""
    assignment = opened(lab, relay)
    relay.configure(extra="limit recipient 1 per 1h\nlimit case 1 per 1d\nlimit all 1 per 1h\n")
    for number in range(3):
        arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, f"/note {number}\n\nWord {number}"))
    assert [text_of(mail).splitlines()[0] for mail in lab.wait_mail("ada", 4)[1:]] == ["Word 0", "Word 1", "Word 2"]
    assert lab.count("keegan") == 1, "transcripts are automatic"
    assert len(lab.wait_mail("support-ops")) == 1
    assert "transcript" in relay.run("show", "ESC-1").stdout


# --- what leaves for others -------------------------------------------------------------------------------

def test_a_reply_address_in_the_text_is_masked(lab, relay):
    """Goal: an engineer pastes his reply address into an answer: nobody else reads it."""
    assignment = opened(lab, relay)
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, f"Write to {assignment['Reply-To']} please."))
    words = text_of(lab.wait_mail("ada", 2)[1])
    assert words.startswith("Write to escalations@example.com please.")


def test_the_subject_of_a_filing_is_redacted_too(lab, relay):
    """Goal: what a redaction takes out of the text does not stand in the subject."""
    relay.configure(extra='redact key ~ /sk_[a-z]+/ "[redacted]"\n')
    rules(relay, 'rule "to search" { subject ~ /rfh/; file search help }\n')
    arrive(lab, relay, mails.mail(mails.ADA, mails.ESCALATIONS, "[rfh search] sk_abcdef leaks", "See the subject.\n"))
    filing = lab.wait_mail("search-help")[0]
    assert "sk_abcdef" not in filing.as_string() and "[redacted]" in str(filing["Subject"])


def test_a_forged_filing_reaches_no_team(lab, relay):
    """Goal: 'from' staff, denied by the mail server: no rule files or forwards it."""
    rules(relay, 'rule "to search" { subject ~ /rfh/; file search help; forward support-lead@example.com }\n')
    lab.send(mails.mail(mails.ADA, mails.ESCALATIONS, "[rfh search] x", "x\n"), vouched=False)
    lab.wait_mail("escalations")
    once(relay)
    assert lab.count("search-help") == 0 and lab.count("support-lead") == 0 and "denies" in held(relay)[0]


def test_words_that_wait_keep_their_warning(lab, relay):
    """Goal: a warned-of word of a waiting case is warned of when it goes along; /note lines do not go along."""
    relay.configure(rotation="rotation core 2020-01-06 to 2020-02-03 { seats keegan }\n")
    arrive(lab, relay, mails.forward())
    receipt = lab.wait_mail("ada")[0]
    drop(lab, relay, mails.mail(mails.ADA, mails.ESCALATIONS, "Re: [ESC-1] search", "Forged words.\n"))
    arrive(lab, relay, mails.reply(receipt, mails.ADA, "/note between us\n\nTrue words."))
    relay.parts["rotation"] = f"rotation core {later(days=-7).date()} to {later(days=42).date()} {{ seats keegan bola }}\n"
    relay.configure()
    once(relay)
    came = [text_of(mail) for mail in lab.wait_mail("keegan", 3)]
    assert any(words.startswith("Take care") and "Forged words." in words for words in came)
    assert any(words.startswith("True words.") and "between us" not in words for words in came)


# --- nothing is lost, and nothing stops the rest ----------------------------------------------------------

def decide(relay, times=1):
    """One round, or some, in which a stage may die."""
    for _ in range(times):
        relay.run("run", "--once", check=None)


def test_a_poisonous_mail_is_shelved_alone(lab, relay, monkeypatch):
    """Goal: a mail that kills whoever reads it is shelved after its second attempt; the others become cases."""
    for subject in ("First", "Poison", "Last"):
        lab.send(mails.forward(mails.ticket(subject=subject)))
    lab.wait_mail("escalations", 3)
    monkeypatch.setenv("ESCRELAY_TEST_KILL", "Poison")
    decide(relay, 3)
    assert sorted(case["subject"] for case in relay.json("list")) == ["First", "Last"]
    assert "stopped the relay twice" in held(relay)[0]
    assert any("Held" in str(mail["Subject"]) for mail in lab.wait_mail("support-ops"))
    assert lab.count("ada") == 2
    monkeypatch.delenv("ESCRELAY_TEST_KILL")
    relay.run("quarantine", "release", relay.one("quarantine")["journal"])
    once(relay)
    assert len(relay.json("list")) == 3


def test_a_poisonous_timer_stops_no_other(lab, relay, monkeypatch):
    """Goal: a case whose mail kills us when its hour comes is put off; the cases behind it are assigned."""
    late = relay.parts["rotation"]
    relay.configure(rotation="rotation core 2020-01-06 to 2020-02-03 { seats keegan }\n")
    for subject in ("Poison", "Good"):
        arrive(lab, relay, mails.forward(mails.ticket(subject=subject)))
    relay.configure(rotation=late)
    monkeypatch.setenv("ESCRELAY_TEST_KILL", "Poison")
    decide(relay, 3)
    assert [case["state"] for case in relay.json("list")] == ["waiting", "assigned"]


# --- what the configuration takes away --------------------------------------------------------------------

def without_keegan(relay):
    """Keegan has left the company."""
    relay.configure(engineers=re.sub("engineer keegan .*\n", "", relay.parts["engineers"]),
                    rotation=relay.parts["rotation"].replace("keegan ", ""))


def test_an_engineer_who_is_gone_leaves_no_case_behind(lab, relay):
    """Goal: his open case goes to the next when the configuration is read; nobody writes into the void."""
    answered = mails.reply(opened(lab, relay), mails.KEEGAN, "Try this.")
    arrive(lab, relay, answered)
    without_keegan(relay)
    once(relay)
    assert relay.one("list")["engineer"] in ("bola", "valery")
    arrive(lab, relay, mails.reply(lab.wait_mail("ada", 2)[1], mails.ADA, "It did not help."))
    who = relay.one("list")["engineer"]
    assert any(text_of(mail).startswith("It did not help.") for mail in lab.wait_mail(who, 3))


def test_a_closed_case_of_an_engineer_who_is_gone(lab, relay):
    """Goal: the requester writes again: it is open again, with the next; its outcome is no more."""
    arrive(lab, relay, mails.reply(opened(lab, relay), mails.KEEGAN, "/resolve answered: done"))
    without_keegan(relay)
    arrive(lab, relay, mails.reply(lab.wait_mail("ada", 2)[1], mails.ADA, "It is back."))
    case = relay.one("list")
    assert case["state"] == "assigned" and case["engineer"] in ("bola", "valery")
    with store(relay) as db:
        assert db.execute("SELECT outcome, cause, resolved FROM escalation").fetchall() == [("", "", 0)]


def test_a_pool_that_is_gone(lab, relay):
    """Goal: the engineer is away and the pool has left the configuration: the lead is told, once."""
    assignment = opened(lab, relay)
    relay.configure(rotation=relay.parts["rotation"].replace("rotation core", "rotation other"))
    arrive(lab, relay, mails.out_of_office(assignment, mails.KEEGAN))
    assert relay.one("list")["state"] == "waiting"
    assert "no engineer is on rotation" in " ".join(text_of(lab.wait_mail("support-lead")[0]).split())
    for hour in (2, 4):
        once(relay, at=later(hours=hour))
    assert lab.count("support-lead") == 1


def test_who_was_not_asked_yet_is_asked_when_he_starts(lab, relay):
    """Goal: no answer, and nobody else at work: the lead is told once, and the next engineer has it in the morning."""
    relay.configure(
        engineers="".join(f'engineer {who} {{ email {who}@example.com; zone UTC; hours {hours} }}\n' for who, hours in (
            ("keegan", "mon-fri 12:00-20:00"), ("bola", "mon-fri 06:00-12:00"))),
        rotation="rotation core 2026-11-02 to 2026-12-14 { seats keegan bola }\n")
    arrive(lab, relay, mails.forward(), at="2026-11-24T12:00:10+00:00")
    assert relay.one("list")["engineer"] == "keegan"
    once(relay, at="2026-11-24T15:00:00+00:00")
    assert relay.one("list")["engineer"] == "keegan" and len(lab.wait_mail("support-lead")) == 1
    once(relay, at="2026-11-25T06:00:30+00:00")
    assert relay.one("list")["engineer"] == "bola" and lab.count("support-lead") == 1


def test_an_engineer_who_brings_a_case_himself(lab, relay):
    """Goal: he is its requester: his word gives the turn back to who has it, and opens it again."""
    arrive(lab, relay, mails.forward(sender=mails.BOLA))
    arrive(lab, relay, mails.reply(lab.wait_mail("keegan")[0], mails.KEEGAN, "Which version?"))
    assert relay.one("list")["state"] == "pending"
    arrive(lab, relay, mails.reply(lab.wait_mail("bola", 2)[1], mails.BOLA, "5.2.1"))
    assert relay.one("list")["state"] == "owned"


def test_whom_no_letter_can_be_written_to(lab, relay):
    """Goal: staff whose address can stand in no letter is nobody to answer: held."""
    raw = mails.forward().as_bytes(policy=email.policy.SMTP)
    raw = re.sub(rb"(?m)^From: .*$", b'From: Ada <"a da"@example.com>\r', raw, count=1)
    imap = lab.imap("escalations")
    imap.append("INBOX", None, None, raw)
    imap.logout()
    once(relay)
    assert len(held(relay)) == 1 and relay.json("list") == []


# --- large mails ------------------------------------------------------------------------------------------

def test_a_mail_of_great_numbers(lab, relay):
    """Goal: 500 in Cc, 10,000 references, a subject of 1 MB, 5,000 attachments: a case, in a bounded time."""
    many = "".join(f" <m{n}@evil.example>\r\n" for n in range(10000))
    people = ",\r\n ".join(f"s{n}@example.com" for n in range(500))
    parts = "".join(f'--b\r\nContent-Type: text/x-log; name="{n}.log"\r\nContent-Disposition: attachment\r\n\r\n{n}\r\n'
                    for n in range(5000))
    raw = (f"From: ada@example.com\r\nTo: escalations@example.com\r\nCc: {people}\r\nSubject: {'Search is down ' * 70000}\r\n"
           f"Message-ID: <big@example.com>\r\nReferences:\r\n{many}MIME-Version: 1.0\r\n"
           f'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\nHelp!\r\n{parts}--b--\r\n')
    imap = lab.imap("escalations")
    imap.append("INBOX", None, None, raw.encode())
    imap.logout()
    began = time.monotonic()
    once(relay, check=None)
    assert time.monotonic() - began < 30
    if relay.json("list"):
        assert lab.wait_mail("keegan")
    else:
        assert held(relay)
    with store(relay) as db:
        assert db.execute("SELECT max(length(subject)) FROM escalation").fetchone()[0] in (None, *range(1001))
        assert db.execute("SELECT count(*) FROM party").fetchone()[0] <= 25


def test_many_attachments_for_many_readers(lab, relay):
    """Goal: a word with large attachments for twenty followers is passed on in a bounded time."""
    followers = [f"f{n}@example.com" for n in range(15)]
    forward = mails.forward(Cc=", ".join(followers))
    lab.send(forward, to=["escalations@example.com"])
    lab.wait_mail("escalations")
    once(relay)
    answer = mails.reply(lab.wait_mail("keegan")[0], mails.KEEGAN, "See the logs.")
    for number in range(30):
        answer.add_attachment(os.urandom(100000), maintype="application", subtype="octet-stream", filename=f"{number}.bin")
    began = time.monotonic()
    lab.send(answer)
    lab.wait_mail("escalations", 1)
    relay.run("fetch", "--once")
    relay.run("decide", "--once")
    assert time.monotonic() - began < 20
    assert len([row for row in relay.json("queue") if row["kind"] == "relay"]) == 16


def test_thousands_of_waiting_cases(lab, relay):
    """Goal: 3,000 cases wait, and one is closed: all are looked at again within seconds."""
    relay.unobserved = "its cases were not opened by mails"
    arrive(lab, relay, mails.forward())
    with store(relay) as db:
        db.executescript("""
            WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
            INSERT INTO escalation SELECT i, 'waiting', 1, severity, 'none', skill, team, label, rule, requester_name,
                requester_address, customer, ticket, subject, '', opened, changed, 0, '', '', journal, 'x' || i FROM escalation, n;
            INSERT INTO event (escalation, at, actor, kind, detail, journal) SELECT id, 0, 'relay', 'fallback', '', 0 FROM escalation WHERE id > 1;
            INSERT INTO timer (escalation, kind, due, generation) SELECT id, 'assign', 99999999999, 1 FROM escalation WHERE id > 1;""")
    began = time.monotonic()
    relay.run("decide", "--once", timeout=120)
    print("looked at all in", time.monotonic() - began)
    assert time.monotonic() - began < 30
