"""What an engineer asks of a team, and what becomes of it: filed, numbered, answered, chased, closed, followed through.

Each test is a play: who sends what, and who receives what. The tracker of team search answers as real ones do: with a number of its own
in the subject, with Message-IDs of its own, and not always to the reply address.
"""
import os
import re
import shutil
from datetime import datetime, timedelta, timezone

import pytest

from conftest import PROGRAM
from support import REPOSITORY, mails, walk
from support.observer import observe
from support.walk import Walk
from test_conversation import words
from test_main_job import arrive, once, text_of, values

SEARCH = "Search tracker <search-help@example.com>"
CLOUD = "Cloud tracker <cloud-help@example.com>"
CLOUD_BOT = "Cloud bot <cloud-bot@example.com>"      # the same tracker, from its other address
DEV = "Dana Dev <dana@example.com>"
REASON = "I restarted the pods and raised the limit; it dies again. Which shard is too large?"
TEAMS = r"""team search {
    name "Search"; email search-help@example.com; label rfh escalation; chase 4h
    number subject ~ /\[#(?<number>\d+)\]/
    closed subject ~ /\bresolved\b/i
}
team cloud { email cloud-help@example.com; from cloud-bot@example.com; number subject ~ /CLOUD-(?<number>\d+)/; closed text ~ /^status: done/im }
team docs { email docs-help@example.com }
team identity { email identity@example.com }
team contracts { email contracts@example.com }
"""


@pytest.fixture(autouse=True)
def teams(relay):
    """The teams of these plays."""
    relay.configure(teams=TEAMS)


def opened(lab, relay, mail=None):
    """ESC-1, with Keegan; the assignment."""
    arrive(lab, relay, mail or mails.forward())
    return lab.wait_mail("keegan")[0]


def filed(lab, relay, line="/file search: indexed search runs out of memory", text=REASON):
    """The same, and F1 with search; the filing as the team reads it."""
    arrive(lab, relay, mails.reply(opened(lab, relay), mails.KEEGAN, f"{line}\n\n{text}"))
    return lab.wait_mail("search-help")[0]


def tracker(subject, text="", sender=SEARCH, to=mails.ESCALATIONS, **fields):
    """A mail of a tracker that keeps no thread: subject, sender and ids are its own."""
    return mails.mail(sender, to, subject, text + "\n", **fields)


def arrive_all(lab, relay, *some):
    """The mails reach the mailbox in this order and go through one round together."""
    before = lab.count("escalations")
    for number, mail in enumerate(some, 1):
        lab.send(mail)
        lab.wait_mail("escalations", before + number)
    once(relay)


def last(lab, who):
    """The newest mail of somebody."""
    return lab.mail_of(who)[-1]


def show(relay, case="ESC-1"):
    """What `show` says of the case."""
    return relay.one("show", case)


# --- asked ------------------------------------------------------------------------------------------------

def test_keegan_asks_the_search_team_and_everybody_knows(lab, relay):
    """Goal: the team gets a complete, redacted filing under its own reply address; Keegan learns what was taken out, Ada what he wrote."""
    secret = mails.ticket(text=mails.TICKET + "\npassword: hunter22-hunter22\n")
    arrive(lab, relay, mails.reply(opened(lab, relay, mails.forward(secret)), mails.KEEGAN, "/file search: out of memory\n\n" + REASON))
    filing = lab.wait_mail("search-help")[0]
    body = words(filing)
    assert str(filing["Subject"]) == "[ESC-1 F1] out of memory" and not filing["Auto-Submitted"], "trackers drop what machines send"
    assert "Keegan asks Search for help" in body and REASON in body and "zoekt" in body and "Labels: rfh, escalation" in body
    assert "hunter22" not in filing.as_string() and "ACME" not in body and "acme.example" not in filing.as_string()
    assert not any(part.get_content_type() == "message/rfc822" for part in filing.walk())
    assert re.search(r"escalations\+[a-z2-7]{32}@example\.com", str(filing["Reply-To"]))
    assert "case-1." not in values(filing, "References"), "its own thread"

    transcript = words(lab.wait_mail("keegan", 2)[1])
    assert "/file search: filed as F1 with Search (search-help@example.com): out of memory" in transcript
    assert re.search(r"Taken out before it went to the team:.*F1, [\w-]+: \d place", transcript)
    assert 'F1, "password: [' in transcript, "he sees what is left of such a line"
    assert text_of(lab.wait_mail("ada", 2)[1]).startswith(REASON)
    assert relay.one("list")["state"] == "upstream"
    [filing] = show(relay)["filings"]
    assert (filing["id"], filing["team"], filing["kind"], filing["state"], filing["reason"]) == ("F1", "search", "help", "open", REASON)


def test_a_case_is_split_and_each_team_has_its_own_thread(lab, relay):
    """Goal: two lines are F1 and F2; each team's answer comes back under its own filing; the case waits for the last."""
    arrive(lab, relay, mails.reply(opened(lab, relay), mails.KEEGAN,
                                   "/file search: out of memory\n/file cloud defect: pods are not rescheduled\n\n" + REASON))
    to_search, to_cloud = lab.wait_mail("search-help")[0], lab.wait_mail("cloud-help")[0]
    assert to_search["Reply-To"] != to_cloud["Reply-To"]
    assert not set(values(to_search, "References").split()) & set(values(to_cloud, "References").split())
    assert "Keegan asks cloud for a fix" in words(to_cloud)
    arrive(lab, relay, mails.reply(to_cloud, CLOUD, "Fixed in 5.3.\nStatus: done"))
    assert show(relay)["state"] == "upstream" and [f["state"] for f in show(relay)["filings"]] == ["open", "closed"]
    word = lab.wait_mail("keegan", 3)[2]
    assert "Fixed in 5.3." in text_of(word) and 'F2, "pods are not rescheduled"' in words(word)
    assert words(word).endswith("F2 is closed.") and "/close" not in words(word), "nobody is asked to close what is closed"
    arrive(lab, relay, tracker("Re: [#77] resolved: out of memory", "Shard 7.", to=str(to_search["Reply-To"])))
    assert show(relay)["state"] == "owned"
    follow = words(last(lab, "keegan"))
    assert "All that was filed for ESC-1 is closed now" in follow and "F1 with Search (77): out of memory; closed by search" in follow
    assert "F2 with cloud: pods are not rescheduled" in follow


def test_what_is_wrong_with_one_line_stops_the_mail(lab, relay):
    """Goal: an unknown team gets a hint and nothing at all is filed; the text is relayed all the same."""
    assignment = opened(lab, relay)
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "/file cloud: pods\n/file serach: memory\n\n" + REASON))
    assert "Nothing was done: line 2, no team 'serach', did you mean search?" in words(lab.wait_mail("keegan", 2)[1])
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "/file zzz: x\n\n" + REASON))
    assert "no team 'zzz'; there are search, cloud, docs, identity, contracts" in words(last(lab, "keegan"))
    assert lab.count("search-help") == lab.count("cloud-help") == 0 and show(relay)["filings"] == []
    assert text_of(lab.wait_mail("ada", 3)[1]).startswith(REASON)


def test_help_wants_a_reason_and_a_defect_none(lab, relay):
    """Goal: help without words is refused with what is missing; defect and docs go without."""
    assignment = opened(lab, relay)
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "/file search help: memory"))
    assert "line 1, help asks for a reason in a few words" in words(lab.wait_mail("keegan", 2)[1])
    assert lab.count("search-help") == 0
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "/file search defect: memory\n/file docs docs: the limit is not explained"))
    assert [(f["id"], f["kind"], f["reason"]) for f in show(relay)["filings"]] == [("F1", "defect", None), ("F2", "docs", None)]
    assert "for a change of the docs" in words(lab.wait_mail("docs-help")[0])


def test_only_the_attachments_that_are_named_go_along(lab, relay):
    """Goal: by name or pattern, of the ticket or of his own mail; an unknown name says what is there."""
    ticket = mails.forward()
    for name, bytes_ in (("zoekt.log", b"killed\n" * 400), ("private.png", b"\x89PNG"), ("node.log", b"full\n")):
        ticket.add_attachment(bytes_, maintype="application", subtype="octet-stream", filename=name)
    assignment = opened(lab, relay, ticket)
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "/file search with zoekt.txt: memory\n\n" + REASON))
    refusal = words(lab.wait_mail("keegan", 2)[1])
    assert "no attachment 'zoekt.txt'; there are zoekt.log (2.8 kB), private.png" in refusal.replace("3 kB", "2.8 kB").replace("2 kB", "2.8 kB")
    answer = mails.reply(assignment, mails.KEEGAN, "/file search with *.log, heap.txt: memory\n\n" + REASON)
    answer.add_attachment(b"heap", maintype="text", subtype="plain", filename="heap.txt")
    arrive(lab, relay, answer)
    filing = lab.wait_mail("search-help")[0]
    assert sorted(part.get_filename() for part in filing.iter_attachments()) == ["heap.txt", "node.log", "zoekt.log"]
    assert "zoekt.log" in text_of(filing) and "private.png" not in filing.as_string()


@pytest.mark.parametrize("named, come", [
    ("heap dump.txt zoekt.log", {"Heap Dump.TXT", "zoekt.log"}), ('\u201cHeap dump.txt\u201d', {"Heap Dump.TXT"}),
    ("GR\u00d6SSE.log", {"gro\u0308\u00dfe.log"}), ("report (1).pdf, zoekt.log", {"report (1).pdf", "zoekt.log"}),
    ("image.png", {"image.png 1", "image.png 2"})])
def test_attachments_with_odd_names(lab, relay, named, come):
    """Goal: blanks without quotes, quotes of a telephone, other case, letters that are put together in another way; and
    two that a mail program gave one name both go along."""
    forward = mails.forward()
    for name in ("Heap Dump.TXT", "zoekt.log", "gro\u0308\u00dfe.log", "report (1).pdf", "image.png 1", "image.png 2"):
        forward.add_attachment(name.encode(), maintype="application", subtype="octet-stream", filename=name.removesuffix(" 1").removesuffix(" 2"))
    arrive(lab, relay, mails.reply(opened(lab, relay, forward), mails.KEEGAN, f"/file search defect with {named}: memory"))
    [filing] = lab.wait_mail("search-help")
    assert {part.get_content().decode() for part in filing.iter_attachments()} == come


def test_each_tracker_gets_the_form_that_it_wants(lab, relay):
    """Goal: a team's own template makes subject and pseudo-headers, line by line and as plain text; it is checked beforehand."""
    (relay.directory / "rt.txt").write_text("{{! For RT. }}\nSubject: {{subject}} ({{case}} {{filing}})\n\nQueue: search\nPriority: {{severity}}\n"
                                            "/label ~escalation\n\n{{text}}\n\n{{original}}\n")
    relay.configure(teams=TEAMS.replace("label rfh escalation;", "template rt.txt;"))
    filing = filed(lab, relay)
    assert str(filing["Subject"]) == "indexed search runs out of memory (ESC-1 F1)"
    assert filing.get_content_type() == "text/plain"
    lines = filing.get_content().splitlines()
    assert lines[:3] == ["Queue: search", "Priority: 1", "/label ~escalation"] and REASON in lines
    (relay.directory / "rt.txt").write_text("{{custmer}}\n")
    assert "perhaps 'customer'" in relay.run("check", check=3).stdout


# --- answered ---------------------------------------------------------------------------------------------

def test_the_trackers_number_finds_the_filing_from_then_on(lab, relay):
    """Goal: the auto-answer gives the number; a later mail with that number alone reaches Keegan; his answer goes to the team alone."""
    filing = filed(lab, relay)
    auto = mails.mail(SEARCH, str(filing["Reply-To"]), "[#4711] We have your request", "Thank you.\n", Auto_Submitted="auto-replied")
    arrive(lab, relay, auto)
    assert show(relay)["filings"][0]["upstream"] == "4711" and lab.count("keegan") == 2, "no mail for a receipt"
    arrive(lab, relay, tracker("[#4711] heap of webserver-0", "How large is shard 7?"))
    question = lab.wait_mail("keegan", 3)[2]
    assert text_of(question).startswith("How large is shard 7?") and str(question["Subject"]).startswith("[ESC-1]")
    assert "Search via" in str(question["From"])
    arrive(lab, relay, mails.reply(question, mails.KEEGAN, "Twelve gigabytes."))
    answer = lab.wait_mail("search-help", 2)[1]
    assert text_of(answer).startswith("Twelve gigabytes.") and str(answer["Subject"]) == "Re: [#4711] heap of webserver-0"
    assert lab.count("ada") == 2, "what is for the team is not for Ada"
    assert show(relay)["state"] == "upstream"
    assert [row for row in relay.json("why", auto["Message-ID"])][0]["decision"]["thread"]["filing"] == 1


def test_a_tracker_that_answers_the_envelope(lab, relay):
    """Goal: its auto-answer goes to the return path, marked or not: the number is learnt all the same, and nobody is bothered."""
    filing = filed(lab, relay)
    envelope = str(filing["Return-Path"]).strip("<>")
    arrive(lab, relay, mails.mail(SEARCH, envelope, "[#4711] [ESC-1 F1] We have it", "Thank you.\n", Auto_Submitted="auto-replied"))
    assert show(relay)["filings"][0]["upstream"] == "4711" and lab.count("keegan") == 2


def test_two_teams_that_rewrite_everything_are_told_apart(lab, relay):
    """Goal: subjects rewritten, Message-IDs changed, no reply address: each mail reaches its own filing by what is left."""
    arrive(lab, relay, mails.reply(opened(lab, relay), mails.KEEGAN, "/file search: memory\n/file cloud: pods\n\n" + REASON))
    lab.wait_mail("search-help"), lab.wait_mail("cloud-help")
    second = tracker("CLOUD-9 pods", "Second of cloud.", CLOUD_BOT)
    arrive_all(lab, relay,
               tracker("[#5] [ESC-1 F1] memory", "First of search."),                   # our tag is all that is left
               tracker("CLOUD-9: re: [ESC-1 F2] pods", "First of cloud.", CLOUD),
               tracker("[#5] now under another title", "Second of search."),            # the number alone
               second,
               tracker("no number at all", "Third of cloud.", CLOUD, In_Reply_To=second["Message-ID"]),
               tracker("[#6] another issue", "Not ours."))
    came = [words(mail) for mail in lab.wait_mail("keegan", 7)[2:]]
    for text, number in (("First of search", "F1"), ("First of cloud", "F2"), ("Second of search", "F1"), ("Second of cloud", "F2"),
                         ("Third of cloud", "F2")):
        [word] = [word for word in came if word.startswith(text)]
        assert f"wrote this about {number}," in word
    assert "team search" in relay.one("quarantine")["reason"], "a number that is nobody's waits for a person"


TRACKERS = {       # name: its lines of configuration, its address, its receipt, its mail about the end (each: subject, text)
    "search": (r"number subject ~ /#(?<number>\d+)\)?$/; closed text ~ /^Closed #\d+/m; template github.txt", "notifications@github.example",
               ("Re: [acme/search] memory [ESC-1 F1] (Issue #123)", "Opened."), ("Re: [acme/search] memory (Issue #123)", "Closed #123 as completed.")),
    "cloud": (r"number subject ~ /\(#(?<number>\d+)\)/; closed text ~ /issue was closed/i; template gitlab.txt", "gitlab@gitlab.example",
              ("Search | memory [ESC-1 F2] (#77)", "We are tracking it as #77."), ("Re: Search | memory (#77)", "Issue was closed by Dana")),
    "identity": (r"number subject ~ /\((?<number>[A-Z]+-\d+)\)/; closed subject ~ /\[JIRA\] (Resolved|Closed):/; template jira.txt", "jira@jira.example",
                 ("[JIRA] Created: (SRCH-9) memory [ESC-1 F3]", "Created"), ("[JIRA] Resolved: (SRCH-9) memory", "Resolution: fixed")),
    "contracts": (r"number subject ~ /\[rt #(?<number>\d+)\]/; closed subject ~ /Resolved:/; template rt.txt", "rt@rt.example",
                  ("[rt #4711] AutoReply: memory [ESC-1 F4]", "Greetings"), ("[rt #4711] Resolved: memory", "According to our records")),
}


def test_trackers_of_four_makes(lab, relay):
    """Goal: GitHub's, GitLab's, Jira's and RT's ways of numbering, answering and closing are lines of configuration: the
    receipts give numbers and bother nobody but where a person may have written; the last mails close all four."""
    mailboxes = dict(zip(TRACKERS, ("search-help", "cloud-help", "docs-help", "alan")))
    for path in (REPOSITORY / "teams").glob("*.txt"):
        shutil.copy(path, relay.directory)
    relay.configure(teams="".join(f"team {name} {{ email {mailboxes[name]}@example.com; from {sender}; {lines} }}\n"
                                  for name, (lines, sender, _, _) in TRACKERS.items()) + "team docs { email grace@example.com }\n")
    arrive(lab, relay, mails.reply(opened(lab, relay), mails.KEEGAN, "".join(f"/file {name}: memory\n" for name in TRACKERS) + f"\n{REASON}"))
    for name, (_, sender, (subject, text), _) in TRACKERS.items():
        assert "memory" in str(lab.wait_mail(mailboxes[name])[0]["Subject"])
        lab.send(tracker(subject, text, sender, Auto_Submitted=None if name == "search" else "auto-generated"))
    lab.wait_mail("escalations", 4)
    once(relay)
    assert [f["upstream"] for f in show(relay)["filings"]] == ["123", "77", "SRCH-9", "4711"]
    assert lab.count("keegan") == 3, "GitHub marks nothing: he reads that one"
    for _, sender, _, (subject, text) in TRACKERS.values():
        lab.send(tracker(subject, text, sender))
    lab.wait_mail("escalations", 4)
    once(relay)
    assert {f["state"] for f in show(relay)["filings"]} == {"closed"} and show(relay)["state"] == "owned"
    assert "All that was filed for ESC-1 is closed now" in words(last(lab, "keegan"))


def test_a_person_of_the_team_writes_himself(lab, relay):
    """Goal: Dana's reply over the team's reply address is passed on with a label; without it, it waits; a stranger's waits always."""
    filing = filed(lab, relay)
    arrive(lab, relay, mails.reply(filing, DEV, "Shard 7 it is.\n/close F1"))
    word = lab.wait_mail("keegan", 3)[2]
    assert "says that it is from Dana Dev" in words(word) and "Shard 7 it is." in words(word)
    assert show(relay)["filings"][0]["state"] == "open", "a team gives no orders"
    arrive(lab, relay, mails.mail("Mallory <mallory@elsewhere.example>", str(filing["Reply-To"]), "Re: memory", "Click here.\n"))
    arrive(lab, relay, tracker("[ESC-1 F1] memory", "I know it.", "Mallory <mallory@elsewhere.example>"))
    assert len(relay.json("quarantine")) == 2 and lab.count("keegan") == 3
    arrive(lab, relay, mails.mail(DEV, mails.ESCALATIONS, "Re: memory", "Shard 8.\n", In_Reply_To=filing["Message-ID"]))
    assert "not over the team's reply address" in relay.json("quarantine")[2]["reason"] and len(relay.json("list")) == 1


def test_an_unproven_tracker_closes_nothing(lab, relay):
    """Goal: who only knows the number and the address writes "resolved": held, and the filing is open."""
    filing = filed(lab, relay)
    arrive(lab, relay, tracker("[#4711] memory", "Seen.", to=str(filing["Reply-To"])))
    lab.send(tracker("[#4711] resolved"), vouched=False)
    lab.wait_mail("escalations")
    once(relay)
    assert show(relay)["filings"][0]["state"] == "open" and "denies" in relay.one("quarantine")["reason"]


def test_a_filing_that_no_server_takes_is_known_to_him(lab, relay):
    """Goal: the team's address does not exist: Keegan learns it with the server's words, beside the operator."""
    relay.configure(teams=TEAMS.replace("search-help@", "no-such-team@"))
    lab.send(mails.reply(opened(lab, relay), mails.KEEGAN, "/file search: memory\n\n" + REASON))
    lab.wait_mail("escalations")
    relay.run("run", "--once", check=1)
    once(relay)
    assert "could not be delivered" in words(last(lab, "keegan")) and "550" in words(last(lab, "keegan"))
    assert "ESC-1 F1" in words(last(lab, "keegan")) and lab.count("support-ops") == 1


# --- closed -----------------------------------------------------------------------------------------------

def test_a_case_is_not_closed_over_an_open_filing(lab, relay):
    """Goal: neither Keegan nor Ada can; /close and /resolve in one mail can; the team is told that it is not needed any more."""
    filed(lab, relay)
    receipt, assignment = lab.mail_of("ada")[0], lab.mail_of("keegan")[0]
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "/resolve answered: it was the flag"))
    assert "ESC-1 cannot be closed yet, this is still open: F1 with Search" in words(last(lab, "keegan"))
    arrive(lab, relay, mails.reply(receipt, mails.ADA, "/resolve answered: it works now"))
    assert "cannot be closed yet" in words(last(lab, "ada")) and show(relay)["state"] == "upstream"
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "/close F1 the limit was wrong\n/resolve answered: it was the limit"))
    assert show(relay)["state"] == "resolved"
    assert show(relay)["filings"][0]["outcome"] == "the limit was wrong"
    assert "Keegan needs this no more: the limit was wrong" in words(lab.wait_mail("search-help", 2)[1])


def test_close_says_what_is_wrong(lab, relay):
    """Goal: a filing that is not there, one that is closed already, and what is left."""
    filed(lab, relay, "/file search: memory\n/file docs: limits")
    assignment = lab.mail_of("keegan")[0]
    arrive_all(lab, relay, *(mails.reply(assignment, mails.KEEGAN, f"/close {name}") for name in ("F7", "F1", "F1", "F2")))
    came = [words(mail) for mail in lab.wait_mail("keegan", 6)]
    for said in ("ESC-1 has no F7", "F1 is closed; still open: - F2 with docs: limits", "F1 was closed already, by keegan",
                 "follow ESC-1 through with Ada Okafor"):
        assert sum(said in text for text in came) == 1, said
    assert show(relay)["state"] == "owned"


def test_close_is_taken_back(lab, relay):
    """Goal: /undo opens the filing again, the case is the team's turn again, and the team's mails still arrive."""
    filing = filed(lab, relay)
    assignment = lab.mail_of("keegan")[0]
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "/close F1"))
    assert show(relay)["state"] == "owned" and "/undo" in words(last(lab, "keegan"))
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "/undo"))
    assert show(relay)["state"] == "upstream" and show(relay)["filings"][0]["state"] == "open"
    arrive(lab, relay, mails.reply(filing, SEARCH, "Shard 7."))
    assert text_of(last(lab, "keegan")).startswith("Shard 7.")


def test_a_colleague_inherits_the_filings(lab, relay):
    """Goal: after /pass the next engineer reads what is filed and what the team said, and his answers reach it."""
    filing = filed(lab, relay)
    arrive(lab, relay, mails.reply(filing, SEARCH, "How large is shard 7?"))
    arrive(lab, relay, mails.reply(lab.mail_of("keegan")[0], mails.KEEGAN, "/pass @valery"))
    came = lab.wait_mail("valery", 3)
    assert "F1 with Search: indexed search runs out of memory" in words(came[0])
    [question] = [mail for mail in came if text_of(mail).startswith("How large")]
    arrive(lab, relay, mails.reply(question, mails.VALERY, "Twelve gigabytes."))
    assert text_of(lab.wait_mail("search-help", 2)[1]).startswith("Twelve gigabytes.")


# --- silence ----------------------------------------------------------------------------------------------

def test_a_silent_team_is_chased_in_its_own_hours(lab, relay):
    """Goal: first the team, then Keegan too, then Ada; nothing at night; a word of the team begins it anew."""
    monday = (datetime.now(timezone.utc) + timedelta(7 - datetime.now(timezone.utc).weekday())).replace(hour=10, minute=0, second=30)
    relay.configure(teams=TEAMS.replace("chase 4h", "chase 4h; zone UTC; hours mon-fri 09:00-17:00"))
    arrive(lab, relay, mails.forward(), at=monday)
    arrive(lab, relay, mails.reply(lab.wait_mail("keegan")[0], mails.KEEGAN, "/file search: memory\n\n" + REASON), at=monday)
    filing = lab.wait_mail("search-help")[0]
    hers = lab.count("ada")
    once(relay, at=monday + timedelta(hours=3, minutes=55))
    assert lab.count("search-help") == 1
    once(relay, at=monday + timedelta(hours=4, minutes=5))                  # 14:05
    chase = lab.wait_mail("search-help", 2)[1]
    assert "Keegan still waits for an answer" in words(chase) and str(chase["Subject"]) == "Re: [ESC-1 F1] memory"
    once(relay, at=monday + timedelta(hours=9))                             # 19:00: an hour is left for Tuesday
    assert lab.count("search-help") == 2
    once(relay, at=monday + timedelta(days=1, minutes=10))                  # Tuesday, 10:10
    assert lab.count("search-help") == 3 and "has not answered F1" in words(last(lab, "keegan")) and lab.count("ada") == hers
    once(relay, at=monday + timedelta(days=1, hours=4, minutes=20))         # the third time
    assert "This waits for Search" in words(lab.wait_mail("ada", hers + 1)[-1]) and lab.count("search-help") == 4
    arrive(lab, relay, mails.reply(filing, SEARCH, "We look at it."), at=monday + timedelta(days=1, hours=4, minutes=30))
    once(relay, at=monday + timedelta(days=2, minutes=5))
    assert lab.count("search-help") == 4 and show(relay)["filings"][0]["chased"] == 0
    once(relay, at=monday + timedelta(days=2, hours=1))
    assert lab.count("search-help") == 5


def test_list_shows_how_many_are_open(lab, relay):
    """Goal: `list`, `show` and the text of both name the filings."""
    filed(lab, relay, "/file search: memory\n/file docs: limits")
    arrive(lab, relay, mails.reply(lab.mail_of("keegan")[0], mails.KEEGAN, "/close F2"))
    assert relay.one("list")["filings_open"] == ["F1"]
    assert "F1" in relay.run("list").stdout
    shown = relay.run("show", "ESC-1").stdout
    assert re.search(r"F1\s+search\s+help\s+open", shown) and re.search(r"F2\s+docs\s+help\s+closed", shown)


def test_the_shipped_templates_of_trackers_can_be_used(lab, relay):
    """Goal: each of teams/*.txt compiles, has a subject, and names nothing that a filing does not know."""
    shipped = sorted((REPOSITORY / "teams").glob("*.txt"))
    assert len(shipped) >= 4
    relay.configure(teams=TEAMS + "".join(f"team t{n} {{ email t{n}@example.com; template {path} }}\n" for n, path in enumerate(shipped)))
    assert "no value" not in relay.run("check", check=None).stdout
    for path in shipped:
        assert re.search(r"^Subject: .*\{\{subject\}\}", path.read_text(), re.M), path


# --- and killed in the middle of it -----------------------------------------------------------------------

class FilingWalk(Walk):
    """A forward, a filing by mail, and the tracker's mail that closes it, with a fault laid into decide."""

    def __call__(self, like=None):
        self.relay.configure(teams=TEAMS)
        self.deliver(mails.forward(mails.ticket(Date="Mon, 02 Nov 2026 08:14:55 +0000")))
        self.stages()
        assignment = self.lab.wait_mail("keegan")[0]
        self.deliver(mails.reply(assignment, mails.KEEGAN, "/file search: memory\n/file docs docs: limits\n\n" + REASON))
        self.stages()
        self.deliver(tracker("[#4711] resolved", "Shard 7 was too large.", to=str(self.lab.wait_mail("search-help")[0]["Reply-To"])))
        self.deliver(mails.reply(assignment, mails.KEEGAN, "/close F2"))
        self.stages()
        self.lab.postfix.empty()
        end = observe(self.lab, self.relay, self.delivered, like)
        self.relay.close()
        return end


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_killed_while_it_files_or_closes_it_ends_the_same(lab, tmp_path, monkeypatch):
    """Goal: each filing is mailed once and closed once, and the end is that of the run without a crash. CRASH_ALL=1: at every sync."""
    monkeypatch.setattr(walk, "STAGES", ("fetch", "decide"))
    everywhere = os.environ.get("CRASH_ALL") == "1"
    usual = FilingWalk(lab, tmp_path / "usual", PROGRAM)()
    assert any("F1, search, help, memory, closed, 4711" in line for line in usual), usual
    for number in range(1, 60) if everywhere else (2,):
        killed = FilingWalk(lab, tmp_path / f"{number}", PROGRAM, ("fdatasync", f"signal=SIGKILL:when={number}"))
        killed(usual)
        if killed.kills == 0:
            break
    assert number > 2 or killed.kills > 0
