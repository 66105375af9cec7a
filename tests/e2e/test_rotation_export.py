"""Goal: `rotation export --ics` is a calendar that other people's programs read, with the very hours that people work.

Read by the icalendar package, which shares nothing with us; the hours are computed anew with Python's zoneinfo.
"""
import os
import re
import subprocess
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import icalendar

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("ESCRELAY", ROOT / "build-asan/escrelay")).absolute()
GOLDEN = ROOT / "tests/golden/rotation"
UTC = timezone.utc
LONDON = ZoneInfo("Europe/London")
YEAR = "--from", "2026-01-01", "--to", "2027-01-01"


def export(*words, status=0, conf=GOLDEN / "relay.conf"):
    """What it prints, as bytes."""
    done = subprocess.run([PROGRAM, "-c", conf, "rotation", "export", *words], capture_output=True, timeout=60)
    assert done.returncode == status, done.stderr.decode()
    return done.stdout if status == 0 else done.stderr.decode()


def read(raw):
    """The events of a calendar, each line of which is looked at first."""
    assert raw.endswith(b"\r\n") and b"\n" not in raw.replace(b"\r\n", b"") and b"\r" not in raw.replace(b"\r\n", b"")
    for line in raw.split(b"\r\n"):
        assert len(line) <= 75, line
        line.decode()
    calendar = icalendar.Calendar.from_ical(raw)
    assert not calendar.errors
    assert (calendar["VERSION"], calendar["METHOD"], calendar["CALSCALE"]) == ("2.0", "PUBLISH", "GREGORIAN")
    events = calendar.walk("VEVENT")
    for event in events:
        # RFC 5546, 3.2.1: what a publication must have, each once, and what it must not
        assert all(not isinstance(event[key], list) for key in ("UID", "DTSTAMP", "DTSTART", "DTEND", "ORGANIZER", "SUMMARY"))
        assert "ATTENDEE" not in event and event["ORGANIZER"] == "mailto:escalations@example.com"
        assert not event.errors and event["DTSTART"].dt < event["DTEND"].dt
        assert event["DTSTART"].dt.utcoffset() == event["DTSTAMP"].dt.utcoffset() == timedelta(0)
    assert len({event["UID"] for event in events}) == len(events)
    return events


def spans(events, kind):
    return sorted((e["DTSTART"].dt, e["DTEND"].dt) for e in events if str(e["CATEGORIES"].to_ical(), "ascii") == kind)


def wall(zone, day, hour, minute=0):
    return datetime.combine(day, time(hour % 24, minute), zone).astimezone(UTC) + timedelta(days=hour // 24)


def working(zone, weekdays, begin, end, seats, absences=()):
    """Working windows inside the seats, without the absences: pairs of instants."""
    found = []
    zone = ZoneInfo(zone)
    for first, last in seats:
        low, high = wall(LONDON, first, 9), wall(LONDON, last, 9)
        day = first - timedelta(2)
        while day < last + timedelta(2):
            window = (datetime.combine(day, begin, zone).astimezone(UTC),
                      datetime.combine(day + timedelta(end <= begin), end, zone).astimezone(UTC))
            day += timedelta(1)
            if (day - timedelta(1)).weekday() not in weekdays:
                continue
            pieces = [(max(low, window[0]), min(high, window[1]))]
            for gone, back in absences:
                pieces = [p for a, b in pieces for p in ((a, min(b, gone)), (max(a, back), b))]
            found += {p for p in pieces if p[0] < p[1]}
    return found


def test_a_year_of_each_engineer_is_what_the_wall_clocks_say():
    """Goal: hours of four zones over both changes of the clocks, in seats that begin at nine in London, to the second."""
    d = date
    bola = [(d(2026, 1, 5), d(2026, 3, 2)), (d(2026, 3, 2), d(2026, 5, 4)), (d(2026, 9, 7), d(2026, 11, 16))]
    assert spans(read(export("--ics", *YEAR, "--engineer", "bola")), "shift") == sorted(
        working("America/New_York", range(5), time(8, 30), time(12), bola) +
        working("America/New_York", range(4), time(13), time(17), bola))
    assert spans(read(export("--ics", *YEAR, "--engineer", "keegan")), "shift") == sorted(
        working("Africa/Johannesburg", range(5), time(9), time(17), [
            (d(2026, 1, 5), d(2026, 3, 2)), (d(2026, 3, 2), d(2026, 3, 23)), (d(2026, 3, 30), d(2026, 5, 4))]))
    core = [(d(2026, 1, 5), d(2026, 3, 2)), (d(2026, 3, 23), d(2026, 3, 30)), (d(2026, 9, 7), d(2026, 11, 16))]
    assert spans(read(export("--ics", *YEAR, "--engineer", "valery@example.com", "--pool", "core")), "shift") == sorted(
        working("Australia/Lord_Howe", range(5), time(22), time(6), core))
    away = [(wall(ZoneInfo("Europe/Kyiv"), d(2026, 3, 27), 13), wall(ZoneInfo("Europe/Kyiv"), d(2026, 4, 8), 0))]
    assert spans(read(export("--ics", *YEAR, "--engineer", "taras")), "shift") == sorted(
        working("Europe/Kyiv", range(7), time(10), time(18), [(d(2026, 3, 2), d(2026, 5, 4))], away))


def test_seats_are_events_of_their_own():
    """Goal: each rotation from handover to handover, also where somebody stands in."""
    events = read(export("--ics", *YEAR, "--engineer", "valery"))
    assert spans(events, "rotation") == sorted(
        (wall(LONDON, date.fromisoformat(a), 9), wall(LONDON, date.fromisoformat(b), 9)) for a, b in (
            ("2026-01-05", "2026-03-02"), ("2026-03-16", "2026-04-13"), ("2026-03-23", "2026-03-30"),
            ("2026-09-07", "2026-11-16")))
    assert [str(e["DESCRIPTION"]) for e in events if "03-23" in str(e["DTSTART"].dt) and "rotation." in e["UID"]] \
        == ["Stands in for Keegan"]
    bola = read(export("--ics", *YEAR, "--engineer", "bola"))[0]
    assert bola["SUMMARY"] == r'Escalations (core): Bolá "Quote, semi; back\slash" on rotation'


def test_uids_are_the_same_whatever_is_asked_for():
    """Goal: who asks for three days, or for one person, gets events of the same names and times as who asks for all."""
    whole = {e["UID"]: (e["DTSTART"].dt, e["DTEND"].dt) for e in read(export("--ics", *YEAR))}
    assert len(whole) > 400
    for words in (("--from", "2026-03-24T13:00:00Z", "--to", "2026-03-26T18:00:00Z"), (*YEAR, "--engineer", "taras"),
                  ("--from", "2026-10-24", "--to", "2026-10-27", "--pool", "core")):
        part = {e["UID"]: (e["DTSTART"].dt, e["DTEND"].dt) for e in read(export("--ics", *words))}
        assert part and part.items() <= whole.items()


def test_the_calendar_of_one_week_reads_as_it_did():
    """Golden file, but for the time of its making."""
    raw = export("--ics", "--from", "2026-03-27", "--to", "2026-03-31", "--engineer", "bola").decode()
    text = re.sub(r"DTSTAMP:\d{8}T\d{6}Z", "DTSTAMP:(now)", raw).replace("\r\n", "\n")
    path = GOLDEN / "week.ics.txt"
    if os.environ.get("UPDATE"):
        path.write_text(text)
    assert text == path.read_text()


def test_wrong_use_is_said():
    """Goal: no --ics, an engineer who is none (with a guess), a span that is none, years too many."""
    assert "wants --ics" in export(status=2)
    assert "did you mean keegan?" in export("--ics", "--engineer", "kegan", status=2)
    assert "--to must come after" in export("--ics", "--from", "2026-03-02", "--to", "2026-03-02", status=2)
    assert "ten years" in export("--ics", "--from", "2026-03-02", "--to", "2046-03-02", status=2)
    assert "is not an option of rotation export" in export("--ics=1", status=2)
    assert "--engineer wants a name" in export("--ics", "--engineer", status=2)
