"""The same matter comes twice: by the customer's ticket, or by the very mail that was forwarded. One person's mails make one case; two
people's make two, linked, with one engineer, and both know.
"""
from datetime import datetime, timedelta, timezone

from support import mails
from test_conversation import later, words
from test_main_job import arrive, once, text_of

GRACE = mails.GRACE
WITH_TICKET = "[#48151623] Search is slow"


def cases(relay):
    """What `list --all` has: number, state and engineer of each."""
    return [(case["id"], case["engineer"]) for case in relay.json("list", "--all")]


def test_ada_forwards_the_same_mail_twice(lab, relay):
    """Goal: from another mail program, the same day: one case; Keegan reads what is new in it, and Ada learns where it went."""
    ticket = mails.ticket()
    arrive(lab, relay, mails.forward(ticket))
    again = mails.forward(ticket, style="outlook", note="I forgot: it is urgent for them.")
    arrive(lab, relay, again)
    assert cases(relay) == [("ESC-1", "keegan")]
    assert text_of(lab.wait_mail("keegan", 2)[1]).startswith("I forgot: it is urgent for them.")
    assert "This is about ESC-1, which you have already: the same mail of wile@acme.example" in words(lab.wait_mail("ada", 2)[1])
    [why] = relay.json("why", again["Message-ID"])
    assert why["decision"]["thread"]["evidence"] == "original" and why["outcome"] == "relayed"


def test_two_people_forward_the_same_mail(lab, relay):
    """Goal: Grace gets a case of her own, with the same engineer; she and Ada are told of each other; the turn does not move."""
    ticket = mails.ticket()
    arrive(lab, relay, mails.forward(ticket))
    arrive(lab, relay, mails.forward(ticket, sender=GRACE, style="attached"))
    assert cases(relay) == [("ESC-1", "keegan"), ("ESC-2", "keegan")]
    assignment = words(lab.wait_mail("keegan", 2)[1])
    assert "Linked with: ESC-1: the same mail of wile@acme.example (Ada Okafor, with keegan)" in assignment
    hers = [words(mail) for mail in lab.wait_mail("grace", 2)]
    assert "Keegan has your escalation" in hers[0] and "Ada Okafor has a case about the same: ESC-1" in hers[1]
    assert any("Grace Lindqvist has a case about the same: ESC-2" in words(mail) for mail in lab.wait_mail("ada", 2))
    arrive(lab, relay, mails.forward(mails.ticket(subject="Something else", text="How large may a repository be, in files and in bytes?\n")))
    assert cases(relay)[2] == ("ESC-3", "bola"), "the link used up nobody's turn"


def test_the_same_ticket_of_one_customer(lab, relay):
    """Goal: a new mail of the customer under the same ticket is added, whole, to Ada's case; Grace's is linked; another customer's is new."""
    arrive(lab, relay, mails.forward(mails.ticket(subject=WITH_TICKET)))
    arrive(lab, relay, mails.forward(mails.ticket(subject=WITH_TICKET, text="It is worse today: even the login page times out now.\n"), note="See below."))
    word = lab.wait_mail("keegan", 2)[1]
    assert text_of(word).startswith("See below.") and "even the login page times out now" in words(word)
    assert cases(relay) == [("ESC-1", "keegan")] and "the same ticket 48151623" in words(lab.wait_mail("ada", 2)[1])
    arrive(lab, relay, mails.forward(mails.ticket(subject=WITH_TICKET, text="A third mail of the same customer about it.\n"), sender=GRACE))
    assert cases(relay)[1] == ("ESC-2", "keegan")
    elsewhere = mails.ticket(subject=WITH_TICKET, sender="Hank <hank@globex.example>", text="Nothing to do with the others.\n")
    relay.configure(customers=relay.parts["customers"] + "customer globex { domain globex.example }\n")
    arrive(lab, relay, mails.forward(elsewhere))
    assert cases(relay)[2] == ("ESC-3", "bola")
    assert sum("a case about the same" in words(mail) for mail in lab.mail_of("ada")) == 1, "of the other customer's she hears nothing"


def test_it_comes_back_after_it_was_closed(lab, relay):
    """Goal: soon after, the same ticket opens the case again with its engineer; long after, it is a new one."""
    arrive(lab, relay, mails.forward(mails.ticket(subject=WITH_TICKET)))
    arrive(lab, relay, mails.reply(lab.wait_mail("keegan")[0], mails.KEEGAN, "/resolve answered: it was the disk"))
    arrive(lab, relay, mails.forward(mails.ticket(subject=WITH_TICKET, text="It is back, exactly as it was before the change.\n")))
    assert relay.one("list")["id"] == "ESC-1" and relay.one("list")["state"] == "owned"
    arrive(lab, relay, mails.reply(lab.wait_mail("keegan")[0], mails.KEEGAN, "/resolve answered: it was the other disk"))
    today = datetime.now(timezone.utc).date()
    relay.configure(rotation=f"rotation core {today - timedelta(7)} to {today + timedelta(90)} {{ seats keegan bola valery }}\n")
    arrive(lab, relay, mails.forward(mails.ticket(subject=WITH_TICKET, text="It is back again, two months later, and worse.\n")), at=later(days=60))
    assert cases(relay)[1][0] == "ESC-2"


def test_both_wait_and_both_go_to_whoever_comes_first(lab, relay):
    """Goal: nobody is at work when they come: whoever takes the one is given the other."""
    relay.configure(rotation="rotation core 2020-01-06 to 2020-02-03 { seats keegan }\n")
    ticket = mails.ticket()
    arrive(lab, relay, mails.forward(ticket))
    arrive(lab, relay, mails.forward(ticket, sender=GRACE))
    today = datetime.now(timezone.utc).date()
    relay.configure(rotation=f"rotation core {today - timedelta(7)} to {today + timedelta(42)} {{ seats keegan bola }}\n")
    once(relay)
    assert cases(relay) == [("ESC-1", "keegan"), ("ESC-2", "keegan")]


def test_what_only_looks_alike_is_not_the_same(lab, relay):
    """Goal: a short thank-you, another subject, another minute: each is a case of its own."""
    base = mails.ticket()
    minute = (datetime.now(timezone.utc) - timedelta(minutes=7)).strftime("%a, %d %b %Y %H:%M:%S +0000")
    for ticket in (mails.ticket(text="Thanks!\n"), mails.ticket(text="Thanks!\n"), base, mails.ticket(subject="Another matter", Date=base["Date"]),
                   mails.ticket(Date=minute)):
        lab.send(mails.forward(ticket))
    lab.wait_mail("escalations", 5)
    once(relay)
    assert len(cases(relay)) == 5


def test_a_forward_within_a_case_is_read_whole(lab, relay):
    """Goal: Ada forwards the customer's next mail to her reply address: Keegan reads it, not only her note."""
    arrive(lab, relay, mails.forward())
    receipt = lab.wait_mail("ada")[0]
    arrive(lab, relay, mails.forward(mails.ticket(text="The customer says that it works again since noon.\n"), note="News.", to=str(receipt["Reply-To"])))
    word = lab.wait_mail("keegan", 2)[1]
    assert text_of(word).startswith("News.") and "works again since noon" in words(word)
    assert cases(relay) == [("ESC-1", "keegan")]
