"""The budget: Keegan reads in his transcript how often engineering was asked for help of late; and what support learns of a case."""
from support import mails
from test_conversation import words
from test_filings import REASON, TEAMS
from test_main_job import arrive

LONG_AGO, FORTY_DAYS_AGO, NOW = "2026-07-01T10:00:00+00:00", "2026-10-15T10:00:00+00:00", "2026-11-24T10:00:00+00:00"
PLAN = "rotation core 2026-06-01 to 2027-02-01 { seats keegan }\n"


def got(lab, before):
    """What Keegan has got since; reminders of his other cases may be among it."""
    lab.postfix.empty()
    return lab.mail_of("keegan")[before:]


def case(lab, relay, line, subject, at):
    """A case that Keegan gets and answers with a command; what his transcript says."""
    before = lab.count("keegan")
    arrive(lab, relay, mails.forward(mails.ticket(subject, f"{subject}.\n")), at=at)
    [assignment] = [mail for mail in got(lab, before) if str(mail["Subject"]).endswith(subject)]
    before = lab.count("keegan")
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, f"{line}\n\n{REASON}"), at=at)
    [transcript] = [words(mail) for mail in got(lab, before) if "Done for" in words(mail)]
    return transcript


def test_the_transcript_of_help_tells_where_the_budget_stands(lab, relay):
    """Goal: help alone counts, of teams of engineering alone, each case once, by when the case was opened; and over is said."""
    relay.configure(rotation=PLAN, extra="budget 50%\n", teams=TEAMS.replace("team docs {", "team docs { engineering no;"))
    case(lab, relay, "/file search: too old to count", "Old one", LONG_AGO)
    case(lab, relay, "/file search: counts for 90 days", "Older one", FORTY_DAYS_AGO)
    assert "budget" not in case(lab, relay, "/file search defect: a bug", "Slow clones", NOW)
    assert "budget" not in case(lab, relay, "/file docs: who pays", "Licence", NOW)
    said = case(lab, relay, "/file search: memory\n/file cloud: nodes", "Indexing stops", NOW)
    assert "engineering was asked for help in 1 of 3 escalations of the last 28 days (33.3 %), in 2 of 4 of the last 90 (50.0 %); " \
        "the goal is 50 % or fewer" in said
    relay.configure(extra="budget 10%\n")
    said = case(lab, relay, "/file cloud: pods", "No pods", NOW)
    assert "in 2 of 4 escalations of the last 28 days (50.0 %)" in said and "that is over the goal of 10 % or fewer" in said


# --- what support learns ------------------------------------------------------------------------------------

def test_the_cause_that_resolve_names_reaches_the_requester(lab, relay):
    """Goal: Ada reads the outcome and the cause in the letter that closes her case, and `show` keeps both."""
    arrive(lab, relay, mails.forward())
    arrive(lab, relay, mails.reply(lab.wait_mail("keegan")[0], mails.KEEGAN, "/resolve docs: the memory limit is nowhere explained"))
    letter = words(lab.wait_mail("ada", 2)[1])
    assert "closed ESC-1: docs." in letter and "Cause: the memory limit is nowhere explained" in letter
    shown = relay.one("show", "ESC-1")
    assert (shown["state"], shown["outcome"], shown["cause"]) == ("resolved", "docs", "the memory limit is nowhere explained")
