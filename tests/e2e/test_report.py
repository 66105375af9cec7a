"""What support learns: a report of a span of time for a terminal, a program and a browser, and the digest that says it by mail, once.

Keegan alone has the seat, from nine to five by UTC. It is the week from Monday, the 16th of November, to Monday, the 23rd.
"""
import re
import shutil
from html.parser import HTMLParser

import pytest

from conftest import PROGRAM
from support import mails
from support.process import wait_until
from support.relay import Relay
from test_filings import REASON, TEAMS
from test_handover import inbox, words
from test_main_job import arrive, once

KEEGAN = 'engineer keegan { name "Keegan"; email keegan@example.com; zone UTC; hours mon-fri 09:00-17:00 }\n'
PLAN = "rotation core 2026-10-01 to 2027-02-01 { seats keegan }\n"
READERS = "digest mon 08:00 UTC\ndigest-to grace@example.com\n"
WEEK = ("--from", "2026-11-16", "--to", "2026-11-23")
BEGIN, DUE, NEXT = "2026-11-16T09:00:20+00:00", "2026-11-23T08:00:10+00:00", "2026-11-30T08:00:10+00:00"


def plan(relay, more=READERS):
    relay.configure(engineers=KEEGAN, rotation=PLAN, teams=TEAMS, extra=more)


def ticket(lab, relay, subject, at):
    """Ada brings a ticket."""
    arrive(lab, relay, mails.forward(mails.ticket(subject, f"{subject}.\n")), at=at)


def assignment(lab, subject):
    """Keegan's mail with that case."""
    return [mail for mail in inbox(lab, "keegan") if str(mail["Subject"]).endswith(subject)][0]


def says(lab, relay, subject, line, at):
    """What Keegan answers to it."""
    arrive(lab, relay, mails.reply(assignment(lab, subject), mails.KEEGAN, line), at=at)


def digests(lab):
    return [mail for mail in inbox(lab, "grace") if "Digest" in str(mail["Subject"])]


def a_week(lab, relay):
    """Four cases: one answered, one of which asks for docs, one with a team, and one that came in the night and stands still."""
    once(relay, at="2026-11-16T08:30:00+00:00")
    ticket(lab, relay, "Slow clones", BEGIN)
    says(lab, relay, "Slow clones", "/ack", "2026-11-16T09:10:00+00:00")
    says(lab, relay, "Slow clones", "It is the proxy.", "2026-11-16T09:40:00+00:00")
    says(lab, relay, "Slow clones", "/resolve answered: the proxy cuts <long> requests", "2026-11-16T11:00:00+00:00")
    ticket(lab, relay, "Cannot log in", "2026-11-17T10:00:00+00:00")
    says(lab, relay, "Cannot log in", "/resolve docs: the SAML page names a key that is gone", "2026-11-17T10:30:00+00:00")
    ticket(lab, relay, "Indexing stops", "2026-11-18T10:00:00+00:00")
    says(lab, relay, "Indexing stops", f"/file search: out of memory\n\n{REASON}", "2026-11-18T11:00:00+00:00")
    ticket(lab, relay, "No <b>pods</b> & <script>alert(1)</script>", "2026-11-18T23:30:00+00:00")
    for at in ("2026-11-19T09:00:10+00:00", "2026-11-19T16:00:00+00:00"): # Keegan gets it, and says nothing
        once(relay, at=at)


# --- the report ---------------------------------------------------------------------------------------------

class Page(HTMLParser):
    """What a browser makes of it: the elements, and the text."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.text = [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data):
        self.text += data


def program_reads(relay):
    """What came, how it was solved, how long it took, what is open, what was learnt, and the budget, of that week and no other."""
    told = relay.one("report", *WEEK, at=DUE)
    assert (told["from"], told["to"]) == ("2026-11-16T00:00:00Z", "2026-11-23T00:00:00Z")
    assert told["came"]["cases"] == 4 and told["came"]["before"] == 0 and told["came"]["found_nobody"]["cases"] == 1
    assert told["came"]["hours"][23] == told["came"]["found_nobody"]["hours"][23] == 1
    assert told["solved"]["cases"] == 2 and {word for word, n in told["solved"]["outcomes"].items() if n} == {"answered", "docs"}
    assert 9 * 3600 < told["came"]["found_nobody"]["waited"]["median"] < 10 * 3600
    assert told["open"]["cases"] == 2 and told["open"]["states"]["upstream"] == told["open"]["states"]["assigned"] == 1
    assert [(one["id"], one["stands_still"]) for one in told["open"]["list"]] == [("ESC-4", True), ("ESC-3", False)]
    assert told["times"]["acknowledged"]["cases"] == told["times"]["answered"]["cases"] == 3
    assert abs(told["times"]["acknowledged"]["median"] - 1800) < 60, "10, 30 and 60 minutes"
    assert told["times"]["resolved"]["worst_case"] == "ESC-1" and abs(told["times"]["resolved"]["worst"] - 7200) < 60
    [docs] = told["asks_for_docs"]
    assert docs["cause"] == "the SAML page names a key that is gone" and docs["cases"] == ["ESC-2"]
    [cause] = told["causes"]
    assert (cause["outcome"], cause["cause"], cause["times"]) == ("answered", "the proxy cuts <long> requests", 1)
    [team] = told["by_team"]
    assert team["name"] == "search" and team["filings"]["help"] == team["filings"]["open"] == team["filings"]["silent"] == 1
    assert {one["name"]: (one["came"], one["solved"]) for one in told["by_engineer"]} == {"keegan": (4, 2)}
    assert told["budget"]["days_28"] == {"cases": 4, "engaged": 1, "share": 25.0} and told["budget"]["over"] is True
    assert team["budget"]["days_28"] == told["budget"]["days_28"]
    assert sum(told["mails"].values()) == 9 and told["mails"]["opened"] == 4
    before = relay.one("report", "--to", "2026-11-16", "--days", 7, at=DUE)
    assert before["came"]["cases"] == before["open"]["cases"] == before["solved"]["cases"] == 0 and before["mails"] == {}


def person_reads(relay):
    """The same on a terminal, without colours where there is none, and nothing of a subject can do anything to it."""
    said = relay.run("report", *WEEK, at=DUE).stdout
    for part in ("Escalations of 7 days, 2026-11-16 00:00 to 2026-11-23 00:00 UTC", "2: 1 answered, 1 docs (before: 0)",
                 "help of engineering in 1 of 4 (25.0 %) in 28 days", "1 came when nobody who could take them was at work",
                 "the SAML page names a key that is gone", "answered: the proxy cuts <long> requests (ESC-1)", "ESC-4"):
        assert part in said, part
    assert "\033" not in said


def browser_shows(relay):
    """A sound page without scripts, links, pictures or anything from elsewhere; what strangers wrote is text."""
    file = relay.directory / "report.html"
    assert relay.run("report", *WEEK, "--html", file, at=DUE).stdout == ""
    text = file.read_text()
    page = Page(text)
    assert page.open == [] and text.startswith("<!DOCTYPE html>")
    assert {tag for tag, _ in page.elements} <= set(
        "html head meta title style body main header h1 h2 h3 p div span b section svg g rect ul li i table tr th td details summary footer bdi"
        .split())
    names = {name for _, attrs in page.elements for name in attrs}
    assert names <= set("lang charset name content http-equiv class viewbox preserveaspectratio role x y width height colspan".split())
    assert not re.search(r"https?:|url\(|@import|javascript:", text)
    assert "No <b>pods</b> & <script>alert(1)</script>" in page.text and "the proxy cuts <long> requests" in page.text
    printed = relay.run("report", *WEEK, "--html", "-", at=DUE).stdout
    assert re.sub(r"Made by escrelay.*", "", printed) == re.sub(r"Made by escrelay.*", "", text)


def test_a_week_is_told_to_programs_to_people_and_to_a_browser(lab, relay):
    """Goal: the three say the same of that week, each in its way."""
    plan(relay)
    a_week(lab, relay)
    program_reads(relay)
    person_reads(relay)
    browser_shows(relay)


def test_an_empty_store_has_a_report_too(relay):
    """Goal: nothing happened, and all three say so; without a store there is none."""
    relay.run("report", check=3)
    relay.run("decide", "--once")
    told = relay.one("report")
    assert told["came"]["cases"] == told["open"]["cases"] == 0 and told["times"]["answered"]["median"] is None
    assert told["budget"]["days_90"] == {"cases": 0, "engaged": 0, "share": None} and told["by_area"] == told["causes"] == []
    assert "Came in       0" in relay.run("report", "--days", 1).stdout
    assert Page(relay.run("report", "--html", "-").stdout).open == []


def test_wrong_use_is_said(relay):
    """Goal: each mistake ends with 2 and a sentence; a page that cannot be written with 3."""
    relay.run("decide", "--once")
    for args, sentence in ((("--weeks", "2"), "is not an option"), (("--days", "0"), "a number of days"),
                           (("--from", "yesterday"), "a date"), (("--days",), "a number of days"), (("--from", "2026-01-01", "--to", "2026-02-01", "--days", "3"), "say all"),
                           (("--html", "-", "--json"), "either"), (("--from", "2026-02-01", "--to", "2026-01-01"), "empty"), (("--from", "2999-01-01"), "in the future")):
        assert sentence in relay.run("report", *args, check=2).stderr, args
    assert "no/such" in relay.run("report", "--html", relay.directory / "no/such.html", check=3).stderr


# --- the digest ---------------------------------------------------------------------------------------------

def test_the_week_goes_to_its_readers_once(lab, relay):
    """Goal: nothing before its hour, one at it, none after; it tells of the time since the relay began, and the next of the week after."""
    plan(relay, READERS + "digest-to support-lead@example.com\n")
    a_week(lab, relay)
    once(relay, at="2026-11-23T07:59:00+00:00")
    assert digests(lab) == []
    for at in (DUE, "2026-11-23T08:10:00+00:00", "2026-11-25T10:00:00+00:00"):
        once(relay, at=at)
        assert len(digests(lab)) == 1, at
    [digest] = digests(lab)
    said = words(digest)
    assert str(digest["Subject"]) == "[Escalations] Digest: 4 came in, 2 solved, 2 open, 1 stands still"
    for part in ("4 escalations came in, 2 were solved, 2 are open.", "From: Mon 16 Nov, 08:30 UTC To: Mon 23 Nov, 08:00 UTC",
                 "1 answered, 1 docs", "What asks for docs: - the SAML page names a key that is gone",
                 "- answered: the proxy cuts <long> requests",
                 "1 of 4 escalations of the last 28 days (25.0 %)", "Standing still: - ESC-4: No <b>pods</b>", "By area:",
                 "filed 1 help; 1 open"):
        assert part in said, part
    assert digest["Auto-Submitted"] == "auto-generated" and "escrelay report" in said
    page = digest.get_body(("html",)).get_content()
    assert "<script" not in page and "&lt;script&gt;" in page
    assert len([mail for mail in inbox(lab, "support-lead") if "Digest" in str(mail["Subject"])]) == 1
    once(relay, at=NEXT)
    assert "0 escalations came in, 0 were solved, 2 are open." in words(digests(lab)[1])
    assert "From: Mon 23 Nov, 08:00 UTC To: Mon 30 Nov, 08:00 UTC" in words(digests(lab)[1])


def test_none_for_a_time_in_which_nothing_ran(lab, relay):
    """Goal: the first start, seconds after the digest's time, sends none; nor does one without readers, or that which gets some."""
    plan(relay, "digest mon 08:00 UTC\n")
    once(relay, at=DUE)
    once(relay, at=NEXT)
    plan(relay)
    once(relay, at="2026-12-02T09:00:00+00:00")
    assert digests(lab) == []
    once(relay, at="2026-12-07T08:00:10+00:00")
    [digest] = digests(lab)
    assert "From: Wed 2 Dec, 09:00 UTC" in words(digest)


def test_after_a_pause_of_weeks_one_tells_of_all(lab, relay):
    """Goal: the relay was off for three digests: one, of the whole time."""
    plan(relay)
    once(relay, at="2026-11-16T08:30:00+00:00")
    ticket(lab, relay, "Slow clones", BEGIN)
    for at in ("2026-12-09T10:00:00+00:00", "2026-12-09T11:00:00+00:00"):
        once(relay, at=at)
    [digest] = digests(lab)
    assert "From: Mon 16 Nov, 08:30 UTC To: Mon 7 Dec, 08:00 UTC" in words(digest) and "1 escalation came in" in words(digest)


def test_a_relay_that_runs_sends_it_at_its_hour(lab, relay):
    """Goal: nobody pokes it: in the background, some seconds before the hour, it wakes by itself."""
    plan(relay)
    once(relay, at="2026-11-20T08:00:00+00:00")
    assert "goes out on 2026-11-23 08:00 UTC, to 1 reader\n" in relay.run("check", at="2026-11-20T08:00:00+00:00", check=None).stdout
    relay.start(at="2026-11-23T07:59:57+00:00")
    wait_until(lambda: len(digests(lab)) == 1, "the digest is there", 30, relay.log_file)
    relay.stop()


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
@pytest.mark.parametrize("call", ["fdatasync", "pwrite64", "write"])
def test_killed_at_any_step_it_is_sent_once(lab, tmp_path, call):
    """Goal: decide dies at each durable step of the digest: afterwards each reader is owed one, never two, never none."""
    relay = Relay(tmp_path, lab, PROGRAM)
    plan(relay, READERS + "digest-to support-lead@example.com\n")
    relay.run("decide", "--once", at="2026-11-16T08:30:00+00:00")
    before, trace = relay.store.read_bytes(), tmp_path / "trace"
    wal = relay.store.with_name(relay.store.name + "-wal")
    saved = wal.read_bytes() if wal.exists() else b""
    number, stride = 1, 1 if call == "fdatasync" else 7
    while True:
        relay.store.write_bytes(before)
        wal.write_bytes(saved)
        relay.store.with_name(relay.store.name + "-shm").unlink(missing_ok=True)
        relay.run("decide", "--once", at=DUE, check=None, timeout=120, under=(
            "strace", "-f", "-o", trace, "-e", f"trace={call}", "-e", f"inject={call}:signal=SIGKILL:when={number}"))
        kills = trace.read_text().count("killed by SIGKILL")
        relay.run("decide", "--once", at="2026-11-23T08:01:00+00:00")
        owed = sorted(row["to"] for row in relay.json("queue") if row["kind"] == "digest")
        assert owed == ["grace@example.com", "support-lead@example.com"], f"killed at {call} number {number}"
        if kills == 0:
            break
        number += stride
    assert number > 1, f"nothing was ever killed at {call}"
    relay.close()
