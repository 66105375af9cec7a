"""/away: an engineer says by mail when he is not there, on any case or in answer to a notice, and it holds at once."""
import re

from support import mails
from support.observer import Store
from test_handover import inbox, words
from test_main_job import arrive, once
from test_rotation_notices import PEOPLE, WEEK, plan

MONDAY, LATER = "2026-11-09T10:00:00+00:00", "2026-11-09T10:05:20+00:00"


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


def test_who_writes_while_he_counts_as_away_is_told(lab, relay):
    """Goal: Keegan acknowledges while his out-of-office answer stands: the transcript says how to end that; /away alone says what is known."""
    plan(relay)
    arrive(lab, relay, mails.forward(mails.ticket("A plain question", "How?\n")), at=MONDAY)
    [case] = inbox(lab, "keegan")
    assert "you are not away; to be, write when" in commanded(lab, relay, case, mails.KEEGAN, "/away")
    arrive(lab, relay, mails.out_of_office(case, mails.KEEGAN, until="2026-11-13"), at=MONDAY)
    assert "you count as away until Sat 14 Nov, 00:00 UTC (out of office): if you are back, write /away none" in commanded(
        lab, relay, case, mails.KEEGAN, "/take", at=LATER)
    assert "you are away until Sat 14 Nov, 00:00 UTC (out of office); /away none ends that" in commanded(
        lab, relay, case, mails.KEEGAN, "/away ?", at=LATER)
    assert "you are not away any more" in commanded(lab, relay, case, mails.KEEGAN, "/away over", at=LATER)
    said = commanded(lab, relay, case, mails.KEEGAN, "/away until Wednesday\n/mine", at=LATER)
    assert "away from Mon 9 Nov, 10:05 UTC, and back Wed 11 Nov, 00:00 UTC" in said and "count as away" not in said


def test_the_roster_is_not_lifted_by_a_mail(lab, relay):
    """Goal: Keegan writes "/away none" in the days that relay.conf gives him: he is told that he counts as away all the same."""
    plan(relay)
    arrive(lab, relay, mails.forward(mails.ticket("A plain question", "How?\n")), at=MONDAY)
    [case] = inbox(lab, "keegan")
    plan(relay, more="away keegan 2026-11-09 to 2026-11-11\n")
    said = commanded(lab, relay, case, mails.KEEGAN, "/away none")
    assert "by the roster you are away until Wed 11 Nov, 00:00 UTC" in said
    assert "by the roster, which the operator changes" in commanded(lab, relay, case, mails.KEEGAN, "/away")


def test_the_operator_says_it_in_his_place(lab, relay):
    """Goal: by hand, while no decide runs: Keegan is away, his case is Bola's; the list names who said it; then he is back."""
    plan(relay, rotation="rotation core 2026-11-02 to 2026-12-14 { seats keegan bola }\n", more="away bola 2026-11-23\n")
    arrive(lab, relay, mails.forward(mails.ticket("A plain question", "How?\n")), at=MONDAY)
    said = relay.one("away", "keegan", "until", "friday", at=LATER)
    assert said["done"] and said["said"].startswith("Keegan is away from Mon 9 Nov, 10:05 UTC, and back Fri 13 Nov, 00:00 UTC; passed to")
    assert relay.one("list")["engineer"] == "bola"
    [keegan, bola] = relay.json("away", at=LATER)
    assert keegan["until"] == "2026-11-13T00:00:00Z" and re.fullmatch(r"/away until friday, says .+ \(operator\)", keegan["why"])
    assert bola == {"engineer": "bola", "from": "2026-11-23T00:00:00Z", "until": "2026-11-24T00:00:00Z", "why": "relay.conf"}
    assert "Bola" in relay.run("away", "bola", at=MONDAY).stdout and "who says so" in relay.run("away", at=LATER).stdout
    assert "nothing done: 'whenever' is no time to be away" in relay.run("away", "keegan", "whenever", at=MONDAY, check=1).stderr
    assert "did you mean keegan" in relay.run("away", "keegam", "none", at=MONDAY, check=2).stderr
    assert relay.run("away", "@keegan", "none", at=LATER).stdout == "Keegan is not away any more.\n"
    assert relay.run("away", "keegan", at=LATER).stdout == "Nothing says that Keegan is away, now or later.\n"


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
