"""Keegan mends it himself: the team that owns what he changed is asked to review it, and nobody's case waits for that."""
import re
from datetime import datetime, timedelta, timezone

import pytest

from support import mails
from test_conversation import words
from test_filings import DEV, SEARCH, TEAMS, last, opened, show
from test_main_job import arrive, once, text_of

LINK = "https://code.example.com/search/pull/812"
FIX = f"/resolve fix search: the limit of mmap was too low, {LINK}"


@pytest.fixture(autouse=True)
def teams(relay):
    """The teams of these plays."""
    relay.configure(teams=TEAMS)


def fixed(lab, relay, line=FIX, mail=None):
    """ESC-1, closed by Keegan with this line; his transcript."""
    arrive(lab, relay, mails.reply(opened(lab, relay, mail), mails.KEEGAN, line))
    return words(last(lab, "keegan"))


def review(relay, case="ESC-1"):
    """F1 as `show` says it."""
    [filing] = show(relay, case)["filings"]
    return filing["id"], filing["kind"], filing["state"], filing["outcome"]


def test_the_team_that_owns_it_is_asked_to_review_and_its_answer_reaches_keegan(lab, relay):
    """Goal: link, cause and a redacted original; the case is closed at once, no budget counts it; the answers go to and fro, and end it."""
    secret = mails.ticket(text=mails.TICKET + "\npassword: hunter22-hunter22\n")
    transcript = fixed(lab, relay, mail=mails.forward(secret))
    assert "ESC-1 is closed (fix); Search (search-help@example.com) was asked to review the change, F1" in transcript
    assert "budget" not in transcript and re.search(r"Taken out before it went to the team:.*F1, [\w-]+: \d place", transcript)
    asked = lab.wait_mail("search-help")[0]
    assert str(asked["Subject"]) == "[ESC-1 F1] Review of a change: [SEV-1] Indexed search is down" and not asked["Auto-Submitted"]
    assert "Keegan solved ESC-1 with a change of his own, and asks Search to review it." in words(asked)
    assert f"Change: {LINK} What was wrong: the limit of mmap was too low Severity: 1" in words(asked)
    assert "zoekt" in words(asked) and "hunter22" not in asked.as_string() and "acme.example" not in asked.as_string()
    assert LINK in words(last(lab, "ada")), "the cause reaches Ada as it was written"
    assert show(relay)["state"] == "resolved" and review(relay) == ("F1", "review", "open", None)

    arrive(lab, relay, mails.reply(asked, SEARCH, "Why not 4 GB?"))
    question = last(lab, "keegan")
    assert text_of(question).startswith("Why not 4 GB?") and "/close" not in words(question)
    assert show(relay)["state"] == "resolved" and review(relay) == ("F1", "review", "closed", "answered")
    arrive(lab, relay, mails.reply(question, mails.KEEGAN, "The node has 3."))
    assert text_of(lab.wait_mail("search-help", 2)[1]).startswith("The node has 3.") and show(relay)["state"] == "resolved"
    arrive(lab, relay, mails.reply(asked, DEV, "Then it is fine."))
    assert "Then it is fine." in words(last(lab, "keegan")), "of any person of the team, and after its end too"
    assert relay.run("verify").returncode == 0


def test_which_team_is_asked(lab, relay):
    """Goal: whom a rule set or the case was with; named wrongly, nothing is done; where none is known the transcript says so and how."""
    assignment = opened(lab, relay, mails.forward(mails.ticket("Odd colours", "All is green.\n")))
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, f"/resolve fix serach: {LINK}"))
    assert "Nothing was done: line 1, no team 'serach', did you mean search?" in words(last(lab, "keegan"))
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "/resolve fix: the limit was too low"))
    assert "a fix asks for the link to the change in its cause" in words(last(lab, "keegan"))
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, f"/resolve fix: the limit, {LINK}"))
    assert "nobody was asked to review the change, for the case names no team. /undo, then /resolve fix TEAM:" in words(last(lab, "keegan"))
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "/undo"))
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "/file cloud defect: pods"))
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "/close F1"))
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, f"/resolve fix: the limit, {LINK}"))
    assert "cloud (cloud-help@example.com) was asked to review the change, F2" in words(last(lab, "keegan"))
    (relay.rules / "00-own.rules").write_text('rule "search" { subject ~ /slow search/i; set team search }\n')
    arrive(lab, relay, mails.forward(mails.ticket("Slow search")))
    arrive(lab, relay, mails.reply(lab.wait_mail("bola")[0], mails.BOLA, f"/resolve fix: the index, {LINK}"))
    assert "ESC-2 is closed (fix); Search (search-help@example.com) was asked to review" in words(last(lab, "bola"))


def test_it_is_taken_back_by_undo_and_asked_by_hand(lab, relay):
    """Goal: /undo tells the team; the operator's fix asks too, and its answer goes to whose case it was; Ada's word asks nobody."""
    fixed(lab, relay)
    assignment = lab.mail_of("keegan")[0]
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "/undo"))
    assert "Keegan needs this no more" in words(lab.wait_mail("search-help", 2)[1])
    assert show(relay)["state"] == "owned" and review(relay) == ("F1", "review", "closed", "taken back")
    arrive(lab, relay, mails.reply(lab.mail_of("ada")[0], mails.ADA, FIX))
    assert "nobody was asked to review the change, only an engineer's or the operator's word" in words(last(lab, "ada"))
    relay.run("reopen", "ESC-1")
    assert "was asked to review the change, F2" in relay.run("resolve", "ESC-1", "fix search: the limit,", LINK).stdout
    once(relay)
    asked = lab.wait_mail("search-help", 3)[2]
    assert "Escalations solved ESC-1 with a change" in words(asked)
    arrive(lab, relay, mails.reply(asked, SEARCH, "Looks good."))
    assert text_of(last(lab, "keegan")).startswith("Looks good.")


def test_a_review_is_reminded_of_once_and_no_case_waits_for_it(lab, relay):
    """Goal: open again, the case is Keegan's and not the team's turn; the team is reminded once, then Keegan learns of its silence."""
    fixed(lab, relay)
    arrive(lab, relay, mails.reply(lab.mail_of("keegan")[0], mails.KEEGAN, "/reopen"))
    assert show(relay)["state"] == "owned" and review(relay)[2] == "open"
    arrive(lab, relay, mails.reply(lab.mail_of("keegan")[0], mails.KEEGAN, "/resolve answered: it was the fix after all"))
    assert show(relay)["state"] == "resolved"
    now = datetime.now(timezone.utc)
    once(relay, at=now + timedelta(hours=5))
    assert "Keegan still waits for an answer to this" in words(lab.wait_mail("search-help", 2)[1]) and review(relay)[2] == "open"
    hers = lab.count("ada")
    once(relay, at=now + timedelta(hours=10))
    assert review(relay) == ("F1", "review", "closed", "nobody answered")
    silence = last(lab, "keegan")
    assert "Search has not answered F1" in words(silence) and "was reminded once" in words(silence)
    once(relay, at=now + timedelta(days=2))
    assert lab.count("search-help") == 2 and lab.count("ada") == hers
    arrive(lab, relay, mails.reply(silence, mails.KEEGAN, "Could somebody look?"))
    assert text_of(lab.wait_mail("search-help", 3)[2]).startswith("Could somebody look?")


def test_a_tracker_gets_its_own_form_of_it(lab, relay):
    """Goal: a team's own template serves the review too; what it asks for, the kind and the link are in it."""
    (relay.directory / "rt.txt").write_text("{{! RT. }}\nSubject: {{subject}} ({{case}} {{filing}})\n\nKind: {{kind}}\n"
                                            "{{engineer}} asks for {{asked}}.\n\n{{text}}\n\n{{original}}\n")
    relay.configure(teams=TEAMS.replace("label rfh escalation;", "template rt.txt;"))
    fixed(lab, relay)
    asked = lab.wait_mail("search-help")[0]
    lines = asked.get_content().splitlines()
    assert lines[:2] == ["Kind: review", "Keegan asks for a review."] and f"the limit of mmap was too low, {LINK}" in lines
