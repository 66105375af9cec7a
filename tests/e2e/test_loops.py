"""Machines that answer machines, and floods: each play must come to rest by itself, lose nothing, and be known to a
person."""
import email.policy
import os

import pytest

from conftest import PROGRAM
from support import mails
from support.relay import Relay
from test_main_job import arrive, once, rules, text_of
from test_rotation_notices import WEEK, plan
from test_trust import drop, held, later, opened, walk   # noqa: F401  (walk looks at the outbox after each play)

MANY = 1000 if os.environ.get("FLOOD_ALL") else 60


def second(lab, relay):
    """Another relay in the same company, which serves Alan's mailbox; each is the other's operator."""
    folder = relay.directory / "other"
    folder.mkdir()
    other = Relay(folder, lab, PROGRAM)
    secret = folder / "alans"
    secret.touch(0o600)
    secret.write_text(lab.password("alan") + "\n")
    other.configure(
        head=other.parts["head"].replace("escalations@", "alan@").replace("support-ops@", "escalations@"),
        mailbox=other.mailbox(more="poll 5s\n    acknowledge keyword").replace("user escalations@example.com", "user alan@example.com")
        .replace(str(folder / "password"), str(secret)))
    other.unobserved = "the first relay's observer sees to the mailboxes"
    relay.configure(head=relay.parts["head"].replace("support-ops@", "alan@"))
    return other


@pytest.mark.parametrize("careless", [False, True])
def test_two_relays_that_tell_each_other_everything(lab, relay, careless):
    """Goal: what one says the other keeps, and would tell it so; the shipped rules end it at once, and where they
    were thrown away the hops and the limits do: after a few rounds no letter moves, and all that came is kept."""
    other = second(lab, relay)
    for each in (relay, other) if careless else ():
        rules(each, 'rule "all" { size > 0 }\n')
        each.configure(extra="limit recipient 5 per 1h\n")
    arrive(lab, relay, mails.outsider())
    counts = []
    for _ in range(12):
        for each in (other, relay):
            once(each)
        counts.append(len(relay.json("queue", "--all")) + len(other.json("queue", "--all")))
    assert counts[-1] == counts[-3] and 1 <= counts[-1] <= 12, counts
    assert careless == (counts[-1] > 1), f"they did talk: {counts}"
    assert relay.json("list") == [] and len(held(relay)) >= 1
    assert len(other.json("why", lab.mail_of("alan")[0]["Message-ID"])) == 1 and bool(held(other)) == careless


def test_a_vacation_that_answers_every_letter(lab, relay):
    """Goal: Ada's mail server answers whatever she gets, ours included: noted, answered by nobody, and nobody else
    reads it."""
    opened(lab, relay)
    for _ in range(5):
        answered = lab.mail_of("ada")
        for mail in answered:
            lab.send(mails.out_of_office(mail, mails.ADA))
        lab.wait_mail("escalations", len(answered))
        once(relay)
    assert lab.count("ada") == 1, "nothing automatic is answered"
    assert lab.count("keegan") <= 2, "he may learn that she is away, once"
    assert relay.one("list")["state"] == "assigned"


THANKS = "Thank you for your mail, your request is important to us.\n"


def naive(lab, people, words, answered, to="Reply-To"):
    """Each mail of these people that was not answered yet is, by a machine that marks nothing. How many were."""
    count = 0
    for who in people:
        for mail in lab.mail_of(who):
            if (who, mail["Message-ID"]) in answered or not mail[to]:
                continue
            answered.add((who, mail["Message-ID"]))
            subject = f"Re: {mail['Subject']}" if to == "Reply-To" else "We have your mail"
            lab.send(mails.mail(f"{who}@example.com", str(mail[to]).strip("<>"), subject, words(len(answered))))
            count += 1
    return count


def talk(lab, relay, people, words, rounds=12, to="Reply-To", at=None):
    """The machines of these people answer each other through the relay, until nothing comes any more. How often."""
    answered, sent = set(), 0
    for _ in range(rounds):
        count = naive(lab, people, words, answered, to)
        if count == 0:
            return sent
        lab.wait_mail("escalations", count)
        once(relay, at=at)
        sent += count
    raise AssertionError(f"it goes on and on: {sent} mails")


def test_two_machines_that_mark_nothing(lab, relay):
    """Goal: Ada's and Keegan's answering machines look like people and say the same for ever: after three the relay
    holds what comes; each is told once, so is the operator; all is kept, and other words get through."""
    assignment = opened(lab, relay)
    sent = talk(lab, relay, ("ada", "keegan"), lambda _: THANKS)
    assert len(held(relay)) == 4, "the fourth of each, and what its machine says to our letter about that"
    assert all("same words" in reason for reason in held(relay))
    assert sent <= 10
    for who in ("ada", "keegan"):
        [told] = [words for mail in lab.mail_of(who) if "nobody has read it" in (words := " ".join(text_of(mail).split()))]
        assert "the operator" in told and "the same words came 3 times" in told, told
    assert len([mail for mail in lab.mail_of("support-ops") if "Held" in str(mail["Subject"])]) == 2, "once for each"
    assert len(relay.json("list")) == 1
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "Set the limit to 8g."))
    assert any(text_of(mail).startswith("Set the limit") for mail in lab.mail_of("ada"))


def test_two_machines_that_never_say_the_same(lab, relay):
    """Goal: each of their mails has a number of its own: the limit of words in a case ends it; what the operator lets
    through is passed on, and an hour later the case goes on as before."""
    relay.configure(extra="limit word 3 per 1h\n")
    assignment = opened(lab, relay)
    talk(lab, relay, ("ada", "keegan"), lambda number: f"Your request has number {number}.\n")
    assert all("limit word" in reason for reason in held(relay)) and len(held(relay)) >= 2
    before = lab.count("ada") + lab.count("keegan")
    relay.run("quarantine", "release", relay.json("quarantine")[0]["journal"])
    once(relay)
    assert lab.count("ada") + lab.count("keegan") == before + 1
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "Set the limit to 8g."), at=later(hours=2))
    assert any(text_of(mail).startswith("Set the limit") for mail in lab.mail_of("ada"))


def test_machines_that_answer_the_envelope(lab, relay):
    """Goal: they mark nothing, thread nothing, and answer to the address that is for bounces: no case is opened of
    it, nobody reads it, and the case knows of it."""
    opened(lab, relay)
    assert talk(lab, relay, ("ada", "keegan"), lambda _: THANKS, to="Return-Path") == 2
    assert len(relay.json("list")) == 1 and lab.count("ada") == 1 and lab.count("keegan") == 1 and held(relay) == []
    assert relay.run("show", "ESC-1").stdout.count("answers the envelope") == 2


def test_a_machine_that_answers_to_the_main_address(lab, relay):
    """Goal: Ada's machine answers each mail of ours as if it were a new one: after three cases of the same words the
    rest is held, and she and the operator know."""
    opened(lab, relay)
    talk(lab, relay, ("ada",), lambda _: THANKS, to="From")
    assert len(relay.json("list")) == 4 and len(held(relay)) >= 1
    assert len([mail for mail in lab.mail_of("ada") if "nobody has read it" in " ".join(text_of(mail).split())]) == 1


def test_a_machine_that_answers_a_notice(lab, relay):
    """Goal: Valery's machine thanks for the notice of her rotation, and for each answer to that: it comes to rest."""
    plan(relay)
    once(relay, at=WEEK)
    talk(lab, relay, ("valery",), lambda _: THANKS, at="2026-12-08T10:00:00+00:00")
    assert 1 <= len(held(relay)) <= 2 and lab.count("valery") <= 6


def test_two_relays_that_take_each_other_for_people(lab, relay):
    """Goal: each has the other's address as an engineer's, and both open a case of what staff writes: the hops end
    it, without anybody's limit; every mail is kept."""
    other = second(lab, relay)
    for each, address in ((relay, "alan@example.com"), (other, "escalations@example.com")):
        rules(each, 'rule "all" { size > 0 }\n')
        each.configure(engineers=each.parts["engineers"].replace("keegan@example.com", address))
    arrive(lab, relay, mails.forward())
    counts = []
    for _ in range(16):
        for each in (other, relay):
            once(each)
        counts.append(len(relay.json("queue", "--all")) + len(other.json("queue", "--all")))
    assert counts[-1] == counts[-4], counts
    assert len(relay.json("list", "--all")) <= 4 and len(other.json("list", "--all")) <= 4, counts


def test_a_bounce_of_a_bounce(lab, relay):
    """Goal: a bounce of our letter, and bounces of that bounce, by machines that forget the empty envelope: the
    operator hears of the first; none is answered, and the case stays."""
    opened(lab, relay)
    first = mails.bounce(lab.wait_mail("ada")[0], "ada@example.com")
    drop(lab, relay, first)
    known = lab.count("support-ops")
    assert known >= 1
    returned = first
    for _ in range(4):
        returned = mails.bounce(returned, "mailer-daemon@mx.example.com")
        drop(lab, relay, returned)
    once(relay)
    letters = [row["to"] for row in relay.json("queue", "--all")]
    assert not [to for to in letters if "mailer-daemon" in to.lower()]
    assert relay.one("list")["engineer"] == "keegan" and lab.count("ada") == 1
    assert len(held(relay)) == 4, "what names no letter of ours is kept for a person"


def test_a_flood_of_one_sender(lab, relay):
    """Goal: a script of Ada's forwards ticket after ticket (FLOOD_ALL=1: a thousand): each is a case, she and the
    operator get no more than the limit allows, and the operator learns of that once."""
    relay.configure(extra="limit recipient 20 per 1h\n")
    imap = lab.imap("escalations")
    for number in range(MANY):
        forward = mails.forward(mails.ticket(subject=f"Ticket of the night {number}"), note="")
        imap.append("INBOX", None, None, forward.as_bytes(policy=email.policy.SMTP))
    imap.logout()
    once(relay, timeout=300)
    assert len(relay.json("list", "--all")) == MANY, "nothing that came is lost"
    assert lab.count("ada") <= 20 and lab.count("support-ops") <= 21
    told = [text_of(mail) for mail in lab.mail_of("support-ops") if "limit" in str(mail["Subject"]).lower()]
    assert len(told) == 1, [str(mail["Subject"]) for mail in lab.mail_of("support-ops")]
