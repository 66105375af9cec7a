"""Machines that answer machines, and floods: each play must come to rest by itself, lose nothing, and be known to a
person."""
import email.policy
import os

import pytest

from conftest import PROGRAM
from support import mails
from support.relay import Relay
from test_main_job import arrive, once, rules, text_of
from test_trust import drop, held, opened, walk   # noqa: F401  (walk looks at the outbox after each play)

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
