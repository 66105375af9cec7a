"""A case that falls asleep is woken: who is reminded, who hears of it, and that nobody is disturbed out of hours."""
from datetime import datetime, timedelta, timezone

from support import mails
from support.observer import Store
from test_main_job import arrive, once, text_of

KEEGAN = ('engineer keegan {{ name "Keegan"; email keegan@example.com; zone Europe/London; hours mon-fri 09:00-17:00; '
          'offhours {} }}\n')
BOLA = 'engineer bola { name "Bola"; email bola@example.com; zone Europe/London; hours mon-fri 09:00-17:00 }\n'
SEVERITIES = "severity 2 {{ ack 2h; update 6h; nudge 7h{} }}\n"
QUESTION = {"subject": "A plain question", "text": "How?\n"}


def when(text):
    """"30 09:00" is that day of November 2026, a Monday, and some seconds after that hour; "12-01 09:00" one of December."""
    return datetime.strptime(("2026-" if "-" in text else "2026-11-") + text + ":05+0000", "%Y-%m-%d %H:%M:%S%z")


def play(relay, seats="keegan", close="", offhours="no", more=""):
    """One severity with short promises, and engineers in London."""
    head = relay.parts["head"].replace("severity 2 { ack 2h; update 1d }\n", SEVERITIES.format(close))
    relay.configure(head=head, engineers=KEEGAN.format(offhours) + BOLA,
                    rotation=f"rotation core 2026-11-02 to 2027-06-01 {{ seats {seats} }}\n{more}")


def opened(lab, relay, at="30 09:00", **question):
    """A question of Ada's, and the assignment that Keegan gets for it."""
    arrive(lab, relay, mails.forward(mails.ticket(**(QUESTION | question)), note=""), at=when(at))
    return lab.wait_mail("keegan")[-1]


def due(relay, kind):
    """When the timer of a kind rings, as "30 15:30", to the nearest minute; None: there is none."""
    found = [row["due"] + 30 for row in Store(relay.store).timer if row["kind"] == kind]
    return datetime.fromtimestamp(found[0], timezone.utc).strftime("%d %H:%M") if found else None


def words(lab, who, number):
    """The text of somebody's so many-th mail on one line; there are no more."""
    boxes = lab.wait_mail(who, number)
    assert len(boxes) == number, [str(mail["Subject"]) + text_of(mail)[:60] for mail in boxes]
    return " ".join(text_of(boxes[-1]).split())


# --- the engineer is silent -------------------------------------------------------------------------------

def test_an_owner_who_does_not_write_is_reminded_and_then_the_alarm_is_raised(lab, relay):
    """Goal: six of his hours after /ack Keegan is reminded, two of his hours later Ada and the lead hear of it, and it goes on so."""
    play(relay)
    assignment = opened(lab, relay)
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "/ack"), at=when("30 09:30"))
    assert due(relay, "update") == "30 15:30"
    once(relay, at=when("30 15:29"))
    assert lab.count("keegan") == 2
    once(relay, at=when("30 15:31"))
    said = words(lab, "keegan", 3)
    assert "waits for a word of yours on ESC-1" in said and "If not: at Tue 1 Dec, 09:31 UTC" in said
    once(relay, at=when("30 19:00"))
    assert lab.count("ada") == 1 and lab.count("support-lead") == 0, "his evening does not count"
    once(relay, at=when("12-01 09:32"))
    assert "ESC-1 stands still: Keegan was reminded, and has not written" in words(lab, "ada", 2)
    told = words(lab, "support-lead", 1)
    assert "Told too: Ada" in told and "given to keegan" in told and "keegan leads it" in told
    assert due(relay, "update") == "01 15:32", "and so on"
    assert relay.one("list")["state"] == "owned", "what is owned is not taken from him"
    arrive(lab, relay, mails.reply(lab.mail_of("support-lead")[0], "support-lead@example.com", "Shall I help?"), at=when("12-01 10:00"))
    assert "Shall I help?" in words(lab, "keegan", 4)


def test_a_word_in_time_is_all_that_is_needed(lab, relay):
    """Goal: an answer with /ack sets the promise anew; one without leaves it to Ada, and no reminder of his is left."""
    play(relay)
    assignment = opened(lab, relay)
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "/ack\n\nI am looking at the shards."), at=when("30 14:00"))
    assert due(relay, "update") == "01 12:00"
    arrive(lab, relay, mails.reply(lab.mail_of("ada")[1], mails.ADA, "Thank you."), at=when("30 16:00"))
    assert due(relay, "update") == "01 12:00", "her word is no word of his"
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "Which version is it?"), at=when("12-01 11:00"))
    assert due(relay, "update") is None and relay.one("list")["state"] == "pending"
    once(relay, at=when("12-01 13:00"))
    assert lab.count("keegan") == 3


def test_a_reminder_that_is_late_waits_for_his_morning(lab, relay):
    """Goal: the relay stood still over the end of his day: he is reminded at nine, not at night."""
    play(relay)
    arrive(lab, relay, mails.reply(opened(lab, relay), mails.KEEGAN, "/ack"), at=when("30 09:30"))
    once(relay, at=when("30 23:00"))
    assert lab.count("keegan") == 2 and due(relay, "update") == "01 09:00"
    once(relay, at=when("12-01 09:01"))
    assert "waits for a word of yours" in words(lab, "keegan", 3)


def test_who_may_be_disturbed_is_reminded_by_the_plain_clock(lab, relay):
    """Goal: severity 1 asks people who agreed out of their hours: four hours after five in the afternoon is nine in the evening."""
    play(relay, offhours="yes")
    opened(lab, relay, at="30 16:00", subject="[SEV-1] all is down")
    arrive(lab, relay, mails.reply(lab.mail_of("keegan")[0], mails.KEEGAN, "/ack"), at=when("30 17:00"))
    assert due(relay, "update") == "30 21:00"
    once(relay, at=when("30 21:01"))
    assert "waits for a word of yours" in words(lab, "keegan", 3)


def test_an_absence_of_the_owner_is_no_excuse_for_silence(lab, relay):
    """Goal: his own hours would wait for his return; so Ada and the lead hear, once, that he is away and until when."""
    play(relay)
    arrive(lab, relay, mails.reply(opened(lab, relay), mails.KEEGAN, "/ack"), at=when("30 15:00"))
    play(relay, more="away keegan 2026-12-01 to 2026-12-10\n")
    once(relay, at=when("12-01 13:00"))
    assert "ESC-1 stands still: Keegan is away until Thu 10 Dec" in words(lab, "ada", 2)
    once(relay, at=when("12-02 13:00"))
    assert lab.count("ada") == 2 and lab.count("support-lead") == 1 and lab.count("keegan") == 2


def test_nobody_answers_and_nobody_is_left(lab, relay):
    """Goal: the promise is broken and no other can take it: Ada learns that, the last one is reminded, and the alarm follows."""
    play(relay)
    opened(lab, relay)
    once(relay, at=when("30 11:01"))
    assert "no answer within the time promised, and nobody else who could take it is at work" in words(lab, "ada", 2)
    assert "has no engineer: no answer within the time promised" in words(lab, "support-lead", 1)
    once(relay, at=when("30 13:02"))
    assert "waits for a word of yours" in words(lab, "keegan", 2)
    once(relay, at=when("30 15:03"))
    assert "was reminded, and has not written" in words(lab, "ada", 3) and lab.count("support-lead") == 2
    assert relay.one("list")["state"] == "assigned"


def test_a_first_answer_is_waited_for_in_his_own_hours(lab, relay):
    """Goal: two hours promised at four in the afternoon end at ten the next morning; then Bola has it, and both are told."""
    play(relay, seats="keegan bola")
    opened(lab, relay, at="30 16:00")
    assert due(relay, "ack") == "01 10:00"
    once(relay, at=when("30 17:01"))
    assert relay.one("list")["engineer"] == "keegan", "Bola goes home at the same hour"
    once(relay, at=when("12-01 10:01"))
    assert relay.one("list")["engineer"] == "bola"
    assert "ESC-1 is with Bola now" in words(lab, "keegan", 2) and "Bola has ESC-1 now" in words(lab, "ada", 2)


# --- the requester is silent ------------------------------------------------------------------------------

def answered(lab, relay, at="30 10:00"):
    """Keegan has asked something; it is Ada's turn."""
    assignment = opened(lab, relay)
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "Which version is it?"), at=when(at))
    return assignment


def test_a_silent_requester_is_reminded_and_only_a_person_closes_the_case(lab, relay):
    """Goal: seven hours of the house, twice; then Keegan hears of it, less and less often; a word of hers ends it all."""
    play(relay)
    answered(lab, relay)
    assert due(relay, "nudge") == "30 17:00"
    once(relay, at=when("30 17:01"))
    assert "Keegan waits for your answer on ESC-1 since Mon 30 Nov, 10:00 UTC" in words(lab, "ada", 3)
    assert due(relay, "nudge") == "01 14:01"
    once(relay, at=when("12-01 14:02"))
    assert "waits for your answer" in words(lab, "ada", 4) and lab.count("keegan") == 1
    once(relay, at=when("12-02 11:10"))
    said = words(lab, "keegan", 2)
    assert "Ada Okafor has not answered you on ESC-1" in said and "Only a person closes a case" in said
    assert due(relay, "nudge") == "03 15:10", "twice the time"
    once(relay, at=when("12-03 15:11"))
    assert lab.count("keegan") == 3 and due(relay, "nudge") == "08 13:11", "and again"
    assert relay.one("list")["state"] == "pending"
    arrive(lab, relay, mails.reply(lab.mail_of("ada")[3], mails.ADA, "Sorry, it is 5.3."), at=when("12-04 10:00"))
    assert relay.one("list")["state"] == "owned" and due(relay, "nudge") is None and due(relay, "update") is not None


def test_a_silent_case_is_closed_where_that_is_wanted(lab, relay):
    """Goal: `close 20h`: the reminder says when, all hear of the end, and a late reply opens it again with Keegan."""
    play(relay, close="; close 20h")
    answered(lab, relay)
    assert due(relay, "close") == "02 10:00"
    once(relay, at=when("30 17:01"))
    assert "it is closed Wed 2 Dec, 10:00 UTC, and a reply opens it again" in words(lab, "ada", 3)
    once(relay, at=when("12-02 10:01"))
    assert relay.json("list") == []
    assert "nothing more was heard from the requester" in words(lab, "keegan", 2)
    arrive(lab, relay, mails.reply(lab.mail_of("ada")[-1], mails.ADA, "It is 5.3, sorry."), at=when("12-07 10:00"))
    assert relay.one("list")["engineer"] == "keegan" and relay.one("list")["state"] == "owned"


# --- /snooze ----------------------------------------------------------------------------------------------

def test_snooze_is_a_new_promise(lab, relay):
    """Goal: /snooze 4h at three ends at nine the next morning: Keegan and Ada read that hour, and he is reminded at it."""
    play(relay)
    assignment = opened(lab, relay)
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "/snooze 4h"), at=when("30 15:00"))
    assert relay.one("list")["state"] == "owned", "who says when he goes on has it"
    assert "no reminder before Tue 1 Dec, 09:00 UTC" in words(lab, "keegan", 2)
    assert "Keegan goes on with ESC-1 later: you hear from him by Tue 1 Dec, 09:00 UTC" in words(lab, "ada", 2)
    once(relay, at=when("30 16:59"))
    assert lab.count("keegan") == 2
    once(relay, at=when("12-01 09:01"))
    assert "waits for a word of yours" in words(lab, "keegan", 3)


def test_snooze_with_words_keeps_the_turn_and_bounds_hold(lab, relay):
    """Goal: the words reach Ada and it stays his turn; a second is no time, three months are too long; Ada cannot do it."""
    play(relay)
    assignment = opened(lab, relay)
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "/snooze 1d\n\nI must ask a colleague."), at=when("30 10:00"))
    assert relay.one("list")["state"] == "owned" and due(relay, "update") == "01 10:00"
    assert any("I must ask a colleague." in text_of(mail) for mail in lab.wait_mail("ada", 3))
    for order in ("/snooze 1m", "/snooze 90d", "/snooze", "/snooze tomorrow"):
        arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, order), at=when("30 11:00"))
    refused = [" ".join(text_of(mail).split()) for mail in lab.wait_mail("keegan", 6)[2:]]
    assert all("Nothing was done" in text for text in refused) and "from 5m to 30d" in refused[0]
    arrive(lab, relay, mails.reply(lab.mail_of("ada")[0], mails.ADA, "/snooze 4h"), at=when("30 12:00"))
    assert "is for engineers" in " ".join(text_of(lab.wait_mail("ada", 4)[-1]).split())
    assert due(relay, "update") == "01 10:00"


def test_snooze_leaves_a_silent_requester_alone(lab, relay):
    """Goal: while it is her turn, she is not reminded for so long, and hears of no new promise."""
    play(relay)
    assignment = answered(lab, relay)
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "/snooze 1w"), at=when("30 11:00"))
    assert "Ada Okafor is not reminded before Mon 7 Dec, 11:00" in words(lab, "keegan", 2)
    assert due(relay, "nudge") == "07 11:00" and lab.count("ada") == 2
    arrive(lab, relay, mails.reply(lab.mail_of("ada")[1], mails.ADA, "It is 5.3."), at=when("12-01 11:00"))
    assert due(relay, "update") == "02 09:00", "her answer ended it: the usual promise counts"


def test_who_takes_it_promises_for_himself(lab, relay):
    """Goal: Bola put it off for two days; Keegan takes it: his own six hours count, and /status says until when."""
    play(relay, seats="keegan bola")
    opened(lab, relay)
    once(relay, at=when("30 11:01"))
    arrive(lab, relay, mails.reply(lab.wait_mail("bola")[0], mails.BOLA, "/snooze 2d"), at=when("30 11:30"))
    assert due(relay, "update") == "02 11:30"
    arrive(lab, relay, mails.reply(lab.mail_of("keegan")[0], mails.KEEGAN, "/take"), at=when("12-01 09:30"))
    assert due(relay, "update") == "01 15:30" and due(relay, "snooze") is None
    arrive(lab, relay, mails.reply(lab.mail_of("ada")[0], mails.ADA, "/status"), at=when("12-01 10:00"))
    assert "the engineer's next word is due by Tue 1 Dec, 15:30 UTC" in " ".join(text_of(lab.mail_of("ada")[-1]).split())


# --- changes ----------------------------------------------------------------------------------------------

def test_another_severity_promises_anew(lab, relay):
    """Goal: /sev 1 of Ada on an owned case: four hours from now, whatever was promised or put off before."""
    play(relay)
    arrive(lab, relay, mails.reply(opened(lab, relay), mails.KEEGAN, "/snooze 2d"), at=when("30 10:00"))
    assert due(relay, "update") == "02 10:00"
    arrive(lab, relay, mails.reply(lab.mail_of("ada")[0], mails.ADA, "/sev 1"), at=when("30 11:00"))
    assert due(relay, "update") == "30 15:00" and due(relay, "snooze") is None


def test_a_clock_that_was_ahead_leaves_no_promise_behind(lab, relay):
    """Goal: reminded and put off by a clock three weeks ahead: set back, the promise counts from the right hour."""
    play(relay)
    arrive(lab, relay, mails.reply(opened(lab, relay), mails.KEEGAN, "/ack"), at=when("30 10:00"))
    once(relay, at=when("12-21 10:00"))
    assert due(relay, "alarm") == "21 12:00"
    once(relay, at=when("12-01 10:00"))
    assert due(relay, "alarm") is None and due(relay, "update") == "01 16:00"


def test_a_reminder_is_made_once_however_often_decide_is_started(lab, relay):
    """Goal: the same instant looked at again and again, also after a death of decide, sends one reminder and one alarm."""
    play(relay)
    arrive(lab, relay, mails.reply(opened(lab, relay), mails.KEEGAN, "/ack"), at=when("30 09:30"))
    for minute in (31, 31, 32):
        relay.run("decide", "--once", at=when("30 15:30") + timedelta(minutes=minute - 30))
    once(relay, at=when("30 15:33"))
    assert lab.count("keegan") == 3
    for _ in range(3):
        once(relay, at=when("12-01 10:00"))
    assert lab.count("ada") == 2 and lab.count("support-lead") == 1
