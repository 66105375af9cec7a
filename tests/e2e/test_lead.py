"""Who leads a customer: the IE until his time is over, then the AER; and who hears of it when somebody is not there."""
from datetime import datetime

import pytest

from support import mails
from support.observer import Store
from test_main_job import arrive, once, text_of

CUSTOMER = "customer acme {{ name Acme; domain acme.example; ga {}; buffer 14d; aer ada@example.com; ie grace@example.com }}\n"
ENGINEER = 'engineer keegan { name "Keegan"; email keegan@example.com; zone UTC; hours mon-sun 00:00-24:00 }\n'


def when(text):
    """"26 09:00" is that day of November 2026 and some seconds after that hour; "12-01 09:00" one of December."""
    return datetime.strptime(("2026-" if "-" in text else "2026-11-") + text + ":05+0000", "%Y-%m-%d %H:%M:%S%z")


def play(relay, ga="2026-11-16"):
    """Acme goes into general availability on a Monday; the IE leads for two weeks more, and days change at nine in London."""
    relay.configure(head=relay.parts["head"].replace("handover    00:00 UTC", "handover    09:00 Europe/London"),
                    customers=CUSTOMER.format(ga), engineers=ENGINEER,
                    rotation="rotation core 2026-11-02 to 2027-06-01 { seats keegan }\n")


def words(lab, who, number):
    """The text of somebody's so many-th mail on one line; there are no more."""
    boxes = lab.wait_mail(who, number)
    assert len(boxes) == number, [str(mail["Subject"]) + text_of(mail)[:60] for mail in boxes]
    return " ".join(text_of(boxes[-1]).split())


def has_original(mail):
    return any(part.get_content_type() == "message/rfc822" for part in mail.walk())


# --- who is copied ----------------------------------------------------------------------------------------

def test_before_the_change_the_ie_is_copied(lab, relay):
    """Goal: Ada brings a case of Acme; Grace, who leads it, reads it whole and the answers, and may give orders as Ada may."""
    play(relay)
    arrive(lab, relay, mails.forward(), at=when("26 10:00"))
    said = words(lab, "grace", 1)
    assert "Ada Okafor brought ESC-1 of Acme. You lead this customer" in said and "zoekt: connection refused" in said.replace("> ", "")
    assert has_original(lab.mail_of("grace")[0]) and "Turn: Keegan's, who has not answered yet" in said
    arrive(lab, relay, mails.reply(lab.wait_mail("keegan")[0], mails.KEEGAN, "Set ZOEKT_MEMORY to 8g."), at=when("26 11:00"))
    assert "Set ZOEKT_MEMORY to 8g." in words(lab, "grace", 2) and "Set ZOEKT_MEMORY to 8g." in words(lab, "ada", 2)
    arrive(lab, relay, mails.reply(lab.mail_of("grace")[0], mails.GRACE, "/sev 2"), at=when("26 12:00"))
    assert relay.one("list")["severity"] == 2


@pytest.mark.parametrize("day, copied", [("26 10:00", None), ("12-01 10:00", "ada")])
def test_who_leads_needs_no_copy_and_the_aer_gets_one_afterwards(lab, relay, day, copied):
    """Goal: what Grace brings while she leads is hers alone; after her time Ada is copied on it."""
    play(relay)
    arrive(lab, relay, mails.forward(sender=mails.GRACE), at=when(day))
    assert lab.count("grace") == 1 and lab.count("ada") == (copied is not None)
    if copied:
        assert "Grace Lindqvist brought ESC-1 of Acme" in words(lab, copied, 1)


# --- the day of the change --------------------------------------------------------------------------------

def led_by_grace(lab, relay):
    """A case that Grace brought, and to which Keegan has answered."""
    play(relay)
    arrive(lab, relay, mails.forward(sender=mails.GRACE), at=when("26 10:00"))
    arrive(lab, relay, mails.reply(lab.wait_mail("keegan")[0], mails.KEEGAN, "Please set ZOEKT_MEMORY to 8g."), at=when("26 11:00"))


def test_on_the_day_an_open_case_changes_hands_with_its_context(lab, relay):
    """Goal: at nine in London, not before: Ada gets the case with all that matters, Grace and Keegan learn it, and it is Ada's."""
    led_by_grace(lab, relay)
    once(relay, at=when("30 08:58"))
    assert lab.count("ada") == 0
    once(relay, at=when("30 09:00"))
    said = words(lab, "ada", 1).replace("> ", "")
    assert "You lead Acme from now on, so ESC-1 comes to you. Until now Grace Lindqvist led it" in said
    assert "Turn: ada@example.com's: Keegan waits for an answer" in said
    assert "Please set ZOEKT_MEMORY to 8g." in said and "given to keegan" in said and "zoekt: connection refused" in said
    assert has_original(lab.mail_of("ada")[0])
    for who, number in (("grace", 4), ("keegan", 2)):     # she was reminded once meanwhile
        assert "ada@example.com leads Acme from now on, and ESC-1 with it" in words(lab, who, number)
    assert relay.one("list")["requester"]["address"] == "ada@example.com"

    arrive(lab, relay, mails.reply(lab.mail_of("ada")[0], mails.ADA, "It helps."), at=when("30 10:00"))
    assert "It helps." in words(lab, "keegan", 3) and relay.one("list")["state"] == "owned"
    arrive(lab, relay, mails.reply(lab.mail_of("keegan")[-1], mails.KEEGAN, "/resolve answered: the limit\n\nGood."), at=when("30 11:00"))
    assert "closed ESC-1" in words(lab, "ada", 2) and "closed ESC-1" in words(lab, "grace", 5), "she stays copied"


def test_it_changes_hands_once_whatever_the_clock_does(lab, relay):
    """Goal: looked at again, stopped and started, the clock ahead by a week and set back to before: one letter to each."""
    led_by_grace(lab, relay)
    for at in ("30 09:00", "30 09:00", "12-07 09:00", "28 09:00", "30 09:01", "12-01 09:00"):
        relay.run("decide", "--once", at=when(at))
    changed = [(row["kind"], row["recipient"]) for row in Store(relay.store).outbox if row["kind"].startswith("lead")]
    assert sorted(changed) == [("lead", "ada@example.com"), ("lead-changed", "grace@example.com"), ("lead-changed", "keegan@example.com")]


def test_a_running_decide_wakes_at_the_hour(lab, relay):
    """Goal: nothing comes in and nothing is poked: a few seconds after the hour the case has changed hands."""
    led_by_grace(lab, relay)
    relay.start("decide", at=when("30 09:00").replace(minute=59, hour=8, second=56))
    relay.wait_log("ESC-1: ada@example.com leads it now", timeout=30)
    assert relay.stop() == 0


def test_a_date_that_is_put_off_is_put_off(lab, relay):
    """Goal: general availability slips by a week before the day: nothing on the old day, all on the new one."""
    led_by_grace(lab, relay)
    play(relay, ga="2026-11-23")
    relay.run("decide", "--once", at=when("30 09:01"))
    assert relay.one("list")["requester"]["address"] == "grace@example.com"
    relay.run("decide", "--once", at=when("12-07 09:00"))
    assert relay.one("list")["requester"]["address"] == "ada@example.com"


def test_a_closed_case_changes_hands_when_it_is_opened_again(lab, relay):
    """Goal: on the day nobody is told of what is closed; when Grace writes again, Ada has it."""
    led_by_grace(lab, relay)
    arrive(lab, relay, mails.reply(lab.mail_of("keegan")[0], mails.KEEGAN, "/resolve answered: the limit"), at=when("26 12:00"))
    once(relay, at=when("30 09:00"))
    assert lab.count("ada") == 0
    arrive(lab, relay, mails.reply(lab.mail_of("grace")[-1], mails.GRACE, "It is back."), at=when("12-02 12:00"))
    assert "It is back." in words(lab, "ada", 2) and "ESC-1 comes to you" in text_of(lab.mail_of("ada")[0])
    assert relay.one("list")["requester"]["address"] == "ada@example.com"
    assert any("It is back." in text_of(mail) for mail in lab.mail_of("keegan"))


# --- who is not there -------------------------------------------------------------------------------------

def test_a_requester_who_is_away_leaves_the_case_to_her_stand_in(lab, relay):
    """Goal: Ada's out-of-office answer: Grace, the customer's other one, learns it with the story so far, once a day, and can go on."""
    play(relay, ga="2020-01-01")
    arrive(lab, relay, mails.forward(), at=when("26 10:00"))
    arrive(lab, relay, mails.reply(lab.wait_mail("keegan")[0], mails.KEEGAN, "Which version?"), at=when("26 11:00"))
    for _ in range(2):
        arrive(lab, relay, mails.out_of_office(lab.wait_mail("ada", 2)[1], mails.ADA, until="2026-12-07"), at=when("26 11:05"))
    said = words(lab, "grace", 1)
    assert "Ada Okafor cannot be reached about ESC-1: out of office until 2026-12-07" in said and "keegan answered" in said
    arrive(lab, relay, mails.reply(lab.mail_of("grace")[0], mails.GRACE, "I stand in: 5.3."), at=when("26 12:00"))
    assert "I stand in: 5.3." in words(lab, "keegan", 2) and relay.one("list")["state"] == "owned"


def test_without_a_customer_block_the_fallback_learns_it(lab, relay):
    """Goal: nobody is configured for that customer, so the fallback address is told."""
    play(relay)
    arrive(lab, relay, mails.forward(mails.ticket(sender="Road <road@runner.example>")), at=when("26 10:00"))
    arrive(lab, relay, mails.out_of_office(lab.wait_mail("ada")[0], mails.ADA), at=when("26 10:05"))
    assert "Ada Okafor cannot be reached about ESC-1" in words(lab, "support-lead", 1)


def bounce(lab, relay, who, at):
    """Our first letter to somebody comes back over the envelope sender that it had."""
    returned = str(lab.wait_mail(who)[0]["Return-Path"]).strip("<>")
    report = mails.bounce(lab.mail_of(who)[0], f"{who}@example.com", to=returned)
    before = lab.count("escalations")
    lab.send(report, sender="")
    lab.wait_mail("escalations", before + 1)
    once(relay, at=when(at))


def test_a_bounce_of_the_requesters_letter_reaches_the_lead(lab, relay):
    """Goal: Grace's mailbox is gone while she leads: Ada is told beside the operator."""
    play(relay)
    arrive(lab, relay, mails.forward(sender=mails.GRACE), at=when("26 10:00"))
    bounce(lab, relay, "grace", "26 10:05")
    said = words(lab, "ada", 1)
    assert "Grace Lindqvist cannot be reached about ESC-1: a mail to this address was not deliverable" in said and "550" in said
    assert lab.wait_mail("support-ops")


def test_a_bounce_of_the_engineers_letter_goes_to_the_next_at_once(lab, relay):
    """Goal: Keegan's mailbox is gone: Bola has the case, Ada learns it, and Keegan gets no other today."""
    arrive(lab, relay, mails.forward(), at=when("26 10:00"))
    bounce(lab, relay, "keegan", "26 10:05")
    assert relay.one("list")["engineer"] == "bola" and "Bola has ESC-1 now" in words(lab, "ada", 2)
    for number in (2, 3):
        arrive(lab, relay, mails.forward(mails.ticket(subject=f"Number {number}")), at=when("26 10:10"))
    assert [case["engineer"] for case in relay.json("list")] == ["bola", "valery", "bola"]


def test_a_team_that_is_away_is_the_owners_to_know(lab, relay):
    """Goal: the team that Keegan filed with answers that nobody is there: he hears of it, once."""
    play(relay)
    arrive(lab, relay, mails.forward(), at=when("26 10:00"))
    arrive(lab, relay, mails.reply(lab.wait_mail("keegan")[0], mails.KEEGAN, "/file search: it runs out of memory\n\nWhat limits a shard?"),
           at=when("26 10:05"))
    for _ in range(2):
        arrive(lab, relay, mails.out_of_office(lab.wait_mail("search-help")[0], "Search <search-help@example.com>", until="2026-12-07"),
               at=when("26 10:10"))
    assert "search cannot be reached about ESC-1: out of office until 2026-12-07" in words(lab, "keegan", 3)
