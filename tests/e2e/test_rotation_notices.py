"""A rotation begins, or should: who is told how far ahead, that mail reaches those who come, and that no gap comes silently.

Valery comes on Monday, the 14th of December, to a rotation in which Bola stays.
"""
from support import mails
from test_handover import inbox, subjects, words
from test_main_job import arrive, once

PEOPLE = "".join(f'engineer {name} {{ name "{name.capitalize()}"; email {name}@example.com; zone UTC; hours mon-fri 09:00-17:00{more} }}\n'
                 for name, more in (("keegan", ""), ("bola", ""), ("valery", '; home-team "Search"; manager grace@example.com')))
FIRST = "rotation core 2026-11-02 to 2026-12-14 { seats keegan bola }\n"
SECOND = "rotation core 2026-12-14 to 2027-02-01 { seats bola valery }\n"
WEEK, DAY = "2026-12-07T09:00:10+00:00", "2026-12-11T09:00:10+00:00"


def plan(relay, rotation=FIRST + SECOND, more=""):
    relay.configure(engineers=PEOPLE, rotation=rotation, extra=more)


def told(lab, who, what):
    """How many mails of somebody have this in their subject."""
    return sum(what in subject for subject in subjects(lab, who))


def test_who_comes_hears_a_week_and_a_day_ahead_in_his_hours(lab, relay):
    """Goal: nothing at night, one notice on Monday at nine, one on the Friday before it begins; Bola, who stays, gets none."""
    plan(relay)
    for at, notices in (("2026-12-07T08:59:00+00:00", 0), (WEEK, 1), ("2026-12-08T10:00:00+00:00", 1), ("2026-12-11T08:59:00+00:00", 1),
                        (DAY, 2), ("2026-12-11T16:00:00+00:00", 2), ("2026-12-14T10:00:00+00:00", 2)):
        once(relay, at=at)
        assert told(lab, "valery", "Your rotation begins") == notices, at
    first, second = inbox(lab, "valery")[:2]
    for part in ("begins Mon 14 Dec, 00:00 UTC", "Ends: Mon 1 Feb, 00:00 UTC", "Your first hours: Mon 14 Dec, 09:00 UTC", "With: Bola",
                 "reply to this mail, one word is enough"):
        assert part in words(first)
    [calendar] = list(first.iter_attachments())
    assert calendar.get_content_type() == "text/calendar" and calendar.get_param("method") == "PUBLISH"
    text = calendar.get_payload(decode=True).decode()
    assert text.startswith("BEGIN:VCALENDAR\r\n") and "DTSTART:20261214T090000Z" in text and "20270129T170000Z" in text
    assert "one word is enough" in words(second) and first["Message-ID"] != second["Message-ID"]
    assert told(lab, "bola", "rotation") == 0
    [manager] = [mail for mail in inbox(lab, "grace") if "serves as" in str(mail["Subject"])]
    assert "Home team: Search" in words(manager) and "from Mon 14 Dec, 00:00 UTC to Mon 1 Feb" in words(manager)


def test_one_word_shows_that_mail_reaches_him(lab, relay):
    """Goal: without an answer the operator learns it the day before; with one he does not, and the second notice says thanks."""
    plan(relay)
    once(relay, at=WEEK)
    [notice] = inbox(lab, "valery")
    arrive(lab, relay, mails.reply(notice, mails.VALERY, "OK"), at="2026-12-08T10:00:00+00:00")
    said = words(inbox(lab, "valery")[-1])
    assert "mail reaches you" in said and "nobody reads" not in said
    more = "I have it. Could Bola take the first week? I am still with another team then."
    arrive(lab, relay, mails.reply(notice, mails.VALERY, more), at="2026-12-08T10:00:00+00:00")
    assert "if it matters, write to support-ops@example.com" in words(inbox(lab, "valery")[-1])
    once(relay, at=DAY)
    assert "you have confirmed it" in words(inbox(lab, "valery")[-1])
    assert told(lab, "support-ops", "has not answered") == 0


def test_a_stand_in_hears_of_his_days(lab, relay):
    """Goal: Keegan stands in for Bola for two days in January: a notice a week and a day ahead with a calendar of these days, the operator
    asked where he does not answer, his manager left alone; Bola, who comes back after them, hears nothing."""
    plan(relay, more="override core 2027-01-12 to 2027-01-14 { keegan for bola }\n")
    for at, notices in (("2027-01-05T08:59:00+00:00", 0), ("2027-01-05T09:00:10+00:00", 1), ("2027-01-11T08:59:00+00:00", 1),
                        ("2027-01-11T09:00:10+00:00", 2), ("2027-01-13T10:00:00+00:00", 2)):
        once(relay, at=at)
        assert told(lab, "keegan", "You stand in for Bola from Tue 12 Jan, 00:00 UTC") == notices, at
    first, second = inbox(lab, "keegan")
    for part in ("you stand in for Bola from Tue 12 Jan, 00:00 UTC until Thu 14 Jan, 00:00 UTC", "Your first hours: Tue 12 Jan, 09:00 UTC",
                 "With: Valery", "reply with one word"):
        assert part in words(first)
    [calendar] = list(second.iter_attachments())
    text = calendar.get_payload(decode=True).decode()
    assert text.count("on shift") == 2 and "DTSTART:20270112T090000Z" in text and "DTEND:20270113T170000Z" in text
    [asked] = [mail for mail in inbox(lab, "support-ops") if "has not answered: a stand-in of core" in str(mail["Subject"])]
    assert "Keegan, who stands in for Bola from Tue 12 Jan, 00:00 UTC on." in words(asked)
    assert told(lab, "bola", "otation") == 0 and told(lab, "grace", "Keegan") == 0
    arrive(lab, relay, mails.reply(second, mails.KEEGAN, "OK"), at="2027-01-11T10:00:00+00:00")
    assert "mail reaches you" in words(inbox(lab, "keegan")[-1])


def test_any_proven_mail_of_his_will_do(lab, relay):
    """Goal: Valery answers no notice, but a case: mail reaches him. A machine's answer to the notice is no word of his, and what it
    says of his absence is believed."""
    plan(relay)
    once(relay, at=WEEK)
    arrive(lab, relay, mails.forward(), at="2026-12-08T10:00:00+00:00")
    relay.run("assign", "ESC-1", "valery", at="2026-12-08T10:01:00+00:00")
    once(relay, at="2026-12-08T10:01:00+00:00")
    notice, case = inbox(lab, "valery")
    arrive(lab, relay, mails.reply(case, mails.VALERY, "I look into it."), at="2026-12-09T10:00:00+00:00")
    arrive(lab, relay, mails.out_of_office(notice, mails.VALERY, until="2026-12-18"), at="2026-12-09T10:00:00+00:00")
    once(relay, at=DAY)
    assert told(lab, "valery", "Your rotation begins") == 1, "away on that Friday, and told already"
    assert told(lab, "support-ops", "has not answered") == 0
    who = relay.one("rotation", "who", "--at", "2026-12-14T10:00:00Z", at=DAY)
    assert {"engineer": "valery", "from": "2026-12-21T09:00:00Z"} in who["next"]


def test_silence_is_told_to_the_operator(lab, relay):
    """Goal: a forged word is no sign; the operator hears of Valery once, with the address that does not answer."""
    plan(relay)
    once(relay, at=WEEK)
    [notice] = inbox(lab, "valery")
    lab.send(mails.reply(notice, mails.VALERY, "OK"), vouched=False)
    lab.wait_mail("escalations")
    once(relay, at="2026-12-08T10:00:00+00:00")
    for at in (DAY, "2026-12-11T15:00:00+00:00"):
        once(relay, at=at)
    [asked] = [mail for mail in inbox(lab, "support-ops") if "has not answered" in str(mail["Subject"])]
    assert "Address: valery@example.com" in words(asked) and "Was asked: Mon 7 Dec, 09:00 UTC" in words(asked)


def test_a_seat_that_is_filled_late_is_told_at_the_next_working_hour(lab, relay):
    """Goal: TBD until Thursday night: the operator heard of it a week ahead, once; Valery hears on Friday at nine."""
    plan(relay, rotation=FIRST + SECOND.replace("valery", "TBD"))
    for at in (WEEK, DAY):
        once(relay, at="2026-12-07T00:00:30+00:00" if at is WEEK else "2026-12-10T20:00:00+00:00")
    [seats] = [mail for mail in inbox(lab, "support-ops") if "open seat" in str(mail["Subject"])]
    assert "1 of 2 seats has a name" in words(seats) and "- Bola - TBD" in words(seats)
    plan(relay)
    for at, notices in (("2026-12-10T20:01:00+00:00", 0), (DAY, 1)):
        once(relay, at=at)
        assert told(lab, "valery", "Your rotation begins") == notices


def test_a_plan_that_runs_out_is_told_two_weeks_ahead_and_once(lab, relay):
    """Goal: once for the gap; a plan that is mended and runs out later has another gap; one that has run out is told at once."""
    plan(relay, rotation=FIRST)
    for at, times in (("2026-11-29T23:00:00+00:00", 0), ("2026-11-30T00:00:10+00:00", 1), ("2026-12-10T10:00:00+00:00", 1),
                      ("2026-12-20T10:00:00+00:00", 1)):
        once(relay, at=at)
        assert told(lab, "support-ops", "runs out") == times, at
    assert "runs out Mon 14 Dec, 00:00 UTC, and none follows" in words(inbox(lab, "support-ops")[0])
    plan(relay, more="rotation core 2026-12-23 to 2026-12-28 { seats keegan bola }\n", rotation=FIRST)
    once(relay, at="2026-12-20T11:00:00+00:00")
    assert told(lab, "support-ops", "runs out Mon 28 Dec") == 1


def test_one_that_has_run_out_already_is_told_at_the_start(lab, relay):
    """Goal: the relay starts with a plan of yesterday: said at once, and who leads the pool meanwhile."""
    plan(relay, rotation=FIRST.replace("2026-12-14", "2026-11-20"))
    once(relay, at=WEEK)
    once(relay, at=DAY)
    assert told(lab, "support-ops", "Rotation core ran out") == 1
    assert "support-lead@example.com gets each case" in words(inbox(lab, "support-ops")[0])


def test_the_record_of_a_service_goes_to_the_manager(lab, relay):
    """Goal: what was given to Valery, and how it ended; the team that lends him is named."""
    plan(relay, rotation=FIRST.replace("keegan bola", "valery") + SECOND.replace("bola valery", "bola keegan"))
    for subject in ("One", "Two"):
        arrive(lab, relay, mails.forward(mails.ticket(subject, "How?\n")), at="2026-12-10T10:00:00+00:00")
    first, second = inbox(lab, "valery")[:2]
    arrive(lab, relay, mails.reply(first, mails.VALERY, "/resolve answered: a flag"), at="2026-12-10T10:01:00+00:00")
    arrive(lab, relay, mails.reply(second, mails.VALERY, "/ack"), at="2026-12-10T10:01:00+00:00")
    once(relay, at="2026-12-14T00:00:10+00:00")
    [record] = [mail for mail in inbox(lab, "grace") if "has served" in str(mail["Subject"])]
    assert "Home team: Search Pool: core - 2 cases were given to him - 1 answered - 1 is still his" in words(record)
