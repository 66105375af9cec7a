"""/away: an engineer says by mail when he is not there, on any case or in answer to a notice, and it holds at once."""
from support import mails
from support.observer import Store
from test_handover import inbox, words
from test_main_job import arrive, once
from test_rotation_notices import PEOPLE, WEEK, plan

MONDAY = "2026-11-09T10:00:00+00:00"


def commanded(lab, relay, to_mail, sender, text, at=MONDAY):
    """The transcript of a command."""
    arrive(lab, relay, mails.reply(to_mail, sender, text), at=at)
    who = sender.partition(" ")[0].lower()
    return words([mail for mail in inbox(lab, who) if mail["Auto-Submitted"] == "auto-replied"][-1])


def reason(relay, at):
    """What `rotation who` says of those who are away."""
    return [(away["engineer"], away["until"], away["why"]) for away in relay.one("rotation", "who", "--at", at, at=at)["away"]]


def test_what_is_not_answered_yet_passes_on_at_once(lab, relay):
    """Goal: of Keegan's two cases the one that he had acknowledged stays, the other is Bola's; both transcripts and views say until when."""
    plan(relay)
    for subject in ("One", "Two", "Three"):
        arrive(lab, relay, mails.forward(mails.ticket(subject, "How?\n")), at=MONDAY)
    first, third = inbox(lab, "keegan")
    arrive(lab, relay, mails.reply(first, mails.KEEGAN, "/ack"), at=MONDAY)
    said = commanded(lab, relay, first, mails.KEEGAN, "/away today to 2026-11-12")
    assert "you are away from Mon 9 Nov, 00:00 UTC, and back Thu 12 Nov, 00:00 UTC; passed to the next engineer: ESC-3" in said
    assert [(case["state"], case["engineer"]) for case in relay.json("list")] == [
        ("owned", "keegan"), ("assigned", "bola"), ("assigned", "bola")]
    assert "Three" in str(third["Subject"])
    assert reason(relay, "2026-11-10T10:00:00Z") == [("keegan", "2026-11-12T00:00:00Z", "/away today to 2026-11-12")]
    assert "keegan" in relay.run("rotation", "who", "--at", "2026-11-10T10:00:00Z").stdout.lower().partition("away ")[2]
    arrive(lab, relay, mails.forward(mails.ticket("Four", "How?\n")), at="2026-11-10T10:00:00+00:00")
    assert relay.json("list")[-1]["engineer"] == "bola"
    assert "away until" in relay.run("why", "ESC-4").stdout


def test_an_absence_that_is_to_come_passes_it_when_he_goes(lab, relay):
    """Goal: his assignment is his until he goes, also if he has said /away none meanwhile; then it is the next one's."""
    plan(relay)
    arrive(lab, relay, mails.forward(mails.ticket("A plain question", "How?\n")), at=MONDAY)
    [case] = inbox(lab, "keegan")
    assert "passed" not in commanded(lab, relay, case, mails.KEEGAN, "/away today 10:20-24:00", at="2026-11-09T10:01:00+00:00")
    assert "not away any more" in commanded(lab, relay, case, mails.KEEGAN, "/away none", at="2026-11-09T10:02:00+00:00")
    once(relay, at="2026-11-09T10:20:10+00:00")
    assert relay.one("list")["engineer"] == "keegan"
    commanded(lab, relay, case, mails.KEEGAN, "/away today 10:40-24:00", at="2026-11-09T10:21:00+00:00")
    assert relay.one("list")["engineer"] == "keegan"
    once(relay, at="2026-11-09T10:40:10+00:00")
    assert relay.one("list")["engineer"] == "bola"


def test_his_word_lifts_what_a_machine_said(lab, relay):
    """Goal: out of office until Friday, then "/away none": he gets cases again, and one that waited for him is his."""
    plan(relay, rotation="rotation core 2026-11-02 to 2026-12-14 { seats keegan }\n")
    arrive(lab, relay, mails.forward(mails.ticket("A plain question", "How?\n")), at=MONDAY)
    [case] = inbox(lab, "keegan")
    arrive(lab, relay, mails.out_of_office(case, mails.KEEGAN, until="2026-11-13"), at=MONDAY)
    assert relay.one("list")["state"] == "waiting"
    assert reason(relay, "2026-11-10T10:00:00Z") == [("keegan", "2026-11-14T00:00:00Z", "out of office")]
    assert "you are not away any more" in commanded(lab, relay, case, mails.KEEGAN, "/away none")
    assert relay.one("list")["engineer"] == "keegan" and reason(relay, "2026-11-10T10:00:00Z") == []


def test_in_answer_to_a_notice(lab, relay):
    """Goal: Valery says so before her rotation begins; a command about a case is refused there, and then nothing is done."""
    plan(relay)
    once(relay, at=WEEK)
    [notice] = inbox(lab, "valery")
    said = commanded(lab, relay, notice, mails.VALERY, "/away 2026-12-14 to 2026-12-16\n/ack", at=WEEK)
    assert "Nothing was done: line 2, /ack is about a case" in said and reason(relay, "2026-12-14T10:00:00Z") == []
    said = commanded(lab, relay, notice, mails.VALERY, "/away 2026-12-14 to 2026-12-16\n/mine", at=WEEK)
    assert "back Wed 16 Dec, 00:00 UTC" in said and "you have no open case" in said
    assert reason(relay, "2026-12-14T10:00:00Z") == [("valery", "2026-12-16T00:00:00Z", "/away 2026-12-14 to 2026-12-16")]
    assert [row["outcome"] for row in Store(relay.store).journal] == ["commanded"] * 2


def test_a_slip_changes_nothing_and_others_cannot(lab, relay):
    """Goal: a range that cannot be read is answered with how to write it; Ada cannot be away, nor can anybody for Keegan."""
    plan(relay)
    arrive(lab, relay, mails.forward(mails.ticket("A plain question", "How?\n")), at=MONDAY)
    [case] = inbox(lab, "keegan")
    assert "line 1, /away: 'next week' is no time to be away; write 2026-12-20 to" in commanded(
        lab, relay, case, mails.KEEGAN, "/away next week")
    assert "/away is for engineers" in commanded(lab, relay, inbox(lab, "ada")[0], mails.ADA, "/away today")
    lab.send(mails.reply(case, mails.KEEGAN, "/away today"), vouched=False)
    lab.wait_mail("escalations")
    once(relay, at=MONDAY)
    assert relay.one("list")["engineer"] == "keegan" and reason(relay, MONDAY) == []


def test_an_absence_of_the_roster_says_so(lab, relay):
    """Goal: `rotation who` tells apart what stands in relay.conf."""
    relay.configure(engineers=PEOPLE, extra="away keegan 2026-11-09 to 2026-11-11\n",
                    rotation="rotation core 2026-11-02 to 2026-12-14 { seats keegan bola }\n")
    assert reason(relay, "2026-11-10T10:00:00Z") == [("keegan", "2026-11-11T00:00:00Z", "relay.conf")]
