"""D13. Goal: our zones give exactly the answers of tzdata, in both directions, for every zone and every change to come.

The oracle is Python's zoneinfo, which reads the same files with code that shares nothing with ours. On it stand the working hours:
windows made of wall-clock times, compared minute by minute around changes of the clocks. Of those a seeded sample is taken;
ZONES_ALL=1 takes every zone, every change until 2040 and three sets of windows for each (90 million minutes; four minutes of time), ZONES_SEED=N another sample.
"""
import os
import random
import subprocess
import zoneinfo
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UTC = timezone.utc
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NAIVE_EPOCH = datetime(1970, 1, 1)
FIRST, LAST = (int((datetime(y, 1, 1, tzinfo=UTC) - EPOCH).total_seconds()) for y in (2024, 2041))
STEP = 4 * 86400  # no zone changes its clocks and takes it back within four days
AROUND = (-1800, -1, 0, 1, 1800)


# Half an hour, two hours, a day that is left out (1993, 1994, 2011), a year that is none (Ramadan), and rules that change.
HARD = ("Australia/Lord_Howe", "Antarctica/Troll", "Pacific/Apia", "Pacific/Kwajalein", "Pacific/Kiritimati", "Pacific/Fakaofo",
        "Africa/Casablanca", "Asia/Gaza", "Africa/Cairo", "Europe/Moscow", "Europe/Istanbul", "Europe/Volgograd", "America/Sao_Paulo",
        "America/Caracas", "America/Santiago", "America/Nuuk", "America/St_Johns", "America/Asuncion", "America/Scoresbysund",
        "Asia/Almaty", "Asia/Beirut", "Asia/Pyongyang", "Asia/Tehran", "Pacific/Chatham", "Pacific/Norfolk", "Pacific/Tongatapu",
        "Pacific/Bougainville", "Africa/Juba", "Europe/Dublin", "Asia/Kathmandu")
EVERYTHING = os.environ.get("ZONES_ALL") == "1"
HOURS = 30                                  # before and after a change


@pytest.fixture(scope="module")
def probe():
    return asked("zone_probe")


@pytest.fixture(scope="module")
def hours():
    return asked("hours_probe")


def asked(program):
    binary = ROOT / os.environ.get("BUILD", "build") / "tools" / program
    if not binary.exists():
        subprocess.run(["make", "-s", str(binary.relative_to(ROOT))], cwd=ROOT, check=True)

    def ask(questions):
        done = subprocess.run([str(binary)], input="\n".join(questions) + "\n", text=True, capture_output=True, check=True)
        assert done.stderr == ""
        answers = done.stdout.splitlines()
        assert len(answers) == len(questions)
        return answers

    return ask


def zones():
    return sorted(zoneinfo.available_timezones())


def offset(tz, instant):
    return int((EPOCH + timedelta(seconds=instant)).astimezone(tz).utcoffset().total_seconds())


def changes(tz, first=FIRST):
    """All instants from `first` to LAST at which the offset changes, found by asking and halving."""
    found = []
    before = offset(tz, first)
    for end in range(first + STEP, LAST + STEP, STEP):
        after = offset(tz, end)
        if after != before:
            low, high = end - STEP, end
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (low, middle) if offset(tz, middle) != before else (middle, high)
            found.append((high, before, after))
        before = after
    return found


def wall_line(tz, instant):
    local = (EPOCH + timedelta(seconds=instant)).astimezone(tz)
    return f"{local:%Y-%m-%d %H:%M:%S} {int(local.utcoffset().total_seconds())} {local.weekday()}"


def matching(tz, naive):
    """The instants at which the wall clock reads so, by going there and back."""
    instants = set()
    for fold in (0, 1):
        instant = naive.replace(tzinfo=tz, fold=fold).astimezone(UTC)
        if instant.astimezone(tz).replace(tzinfo=None) == naive:
            instants.add(int((instant - EPOCH).total_seconds()))
    return sorted(instants)


def compare(ask, name, pairs):
    answers = ask(["Z " + name] + [question for question, _ in pairs])
    assert answers[0] == "ok", name
    wrong = [(q, expected, got) for (q, expected), got in zip(pairs, answers[1:]) if expected != got]
    assert not wrong, (name, len(wrong), wrong[:5])


def test_every_change_of_every_zone(probe):
    total = 0
    for name in zones():
        tz = zoneinfo.ZoneInfo(name)
        pairs = []
        for at, before, after in changes(tz):
            pairs.append((f"N {at - 1}", str(at)))
            for d in AROUND:
                pairs.append((f"L {at + d}", wall_line(tz, at + d)))
            for wall in {at + side + d for side in (before, after) for d in AROUND}:
                naive = NAIVE_EPOCH + timedelta(seconds=wall)
                instants = matching(tz, naive)
                pairs.append((f"I {naive:%Y %m %d %H %M %S}", " ".join(map(str, [len(instants)] + instants))))
                if naive.second == 0:
                    date, minute = f"{naive:%Y %m %d}", naive.hour * 60 + naive.minute
                    pairs.append((f"F {date} {minute}", str(instants[0] if instants else at)))
                    pairs.append((f"E {date} {minute}", str(instants[-1] if instants else at)))
        compare(probe, name, pairs)
        total += len(pairs)
    assert total > 100_000


def test_any_time_at_all(probe):
    """Far from changes, before the tables begin and long after they end."""
    dice = random.Random(17)
    low, high = (int((datetime(y, 1, 1, tzinfo=UTC) - EPOCH).total_seconds()) for y in (1800, 2600))
    for name in zones():
        tz = zoneinfo.ZoneInfo(name)
        pairs = [(f"L {t}", wall_line(tz, t)) for t in (dice.randrange(low, high) for _ in range(150))]
        compare(probe, name, pairs)


def test_names_that_are_no_zones(probe):
    names = ["../zoneinfo/UTC", "/etc/passwd", "Europe", "Europe/", "Europe//Berlin", "Europe/Atlantis", "tzdata.zi",
             "Europe/./Berlin", "right/Europe/Berlin", "zone.tab", "PST", "x" * 200]
    assert probe(["Z " + n for n in names]) == ["none"] * len(names)


# --- working hours -----------------------------------------------------------------------------------------

def instants(tz, day, minute):
    """The first and the last instant of that wall-clock time; the end of the gap where the clocks skip it."""
    naive = day + timedelta(minutes=minute)
    found = matching(tz, naive)
    if found:
        return found[0], found[-1]
    low, high = sorted(int((naive.replace(tzinfo=tz, fold=fold).astimezone(UTC) - EPOCH).total_seconds()) for fold in (0, 1))
    before = offset(tz, low)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if offset(tz, middle) != before else (middle, high)
    return high, high


def stretches(tz, windows, around):
    """Half-open spans of work about that instant; windows that overlap or adjoin are one."""
    today = (EPOCH + timedelta(seconds=around)).astimezone(tz).replace(tzinfo=None, hour=0, minute=0, second=0)
    spans = []
    for day in (today + timedelta(days=d) for d in range(-5, 12)):
        for mask, begin, end in windows:
            if mask >> day.weekday() & 1:
                span = instants(tz, day, begin)[0], instants(tz, day + timedelta(days=end <= begin), end)[1]
                if span[0] < span[1]:
                    spans.append(span)
    merged = []
    for begin, end in sorted(spans):
        if merged and begin <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((begin, end))
    return merged


def some_windows(dice, wall):
    """One to three, of few hours; many begin or end near the wall-clock minute of the change."""
    near = [(wall + d) % 1440 for d in (-90, -60, -30, -15, -1, 0, 1, 15, 30, 60, 90)]
    windows = []
    for _ in range(dice.randint(1, 3)):
        begin = dice.choice((dice.choice(near), dice.randrange(1440), 0))
        end = dice.choice((dice.choice(near), (begin + dice.randrange(1, 660)) % 1440, 1440))
        if (end - begin) % 1440 in range(1, 900):
            windows.append((dice.choice((31, 127, dice.randrange(1, 128))), begin, end))
    return windows or [(127, 60, 150)]


def test_working_hours_around_changes_of_the_clocks(hours):
    """Goal: at work or not, minute by minute; the next shift to the second; and working time that is counted both ways alike."""
    seed = int(os.environ.get("ZONES_SEED", 20261124))
    dice = random.Random(seed)
    names = zones() if EVERYTHING else sorted(set(dice.sample(zones(), 40)) | set(HARD))
    minutes = compared = 0
    for name in names:
        tz = zoneinfo.ZoneInfo(name)
        known = changes(tz, int((datetime(1990, 1, 1, tzinfo=UTC) - EPOCH).total_seconds()) if name in HARD else FIRST)
        days_lost = [c for c in known if abs(c[2] - c[1]) > 7200]
        if not EVERYTHING:
            known = dice.sample(known, min(len(known), 5)) + days_lost
        if not known:                       # no changes: one day of any year
            known = [(dice.randrange(FIRST, LAST) // 60 * 60, 0, 0)]
        pairs = []
        for at, before, _ in known:
            for _ in range(3 if EVERYTHING else 1):
                windows = some_windows(dice, (at + before) // 60 % 1440)
                start, count = at - HOURS * 3600, HOURS * 120
                work = stretches(tz, windows, at)
                row = ["0"] * count
                for begin, end in work:
                    low, high = (max(0, min(count, -((start - x) // 60))) for x in (begin, end))
                    row[low:high] = "1" * (high - low)
                pairs.append(("W " + " ".join("%d %d %d" % w for w in windows), "ok"))
                pairs.append((f"M {start} {count}", "".join(row)))
                minutes += count
                for t in (dice.randrange(start, start + count * 60), at, at - 1):
                    begin, end = next(((b, e) for b, e in work if e > t), (None, None))
                    if begin is not None and end < at + 8 * 86400:      # a week of work has no end
                        pairs.append((f"N {t}", f"{max(begin, t)} {end}"))
                for t, seconds in ((at - dice.randrange(86400), dice.randrange(1, 2 * 86400)), (at, 3600)):
                    left, when = seconds, None
                    for begin, end in work:
                        if end > t and when is None:
                            got = end - max(begin, t)
                            when = max(begin, t) + left if got >= left else None
                            left -= got
                    if when is not None and when < at + 5 * 86400:
                        pairs.append((f"A {t} {seconds}", f"{when} {seconds}"))
        compare(hours, name, pairs)
        compared += len(pairs)
    assert minutes > 500_000 and compared > 700, (minutes, compared)
    print(f"{len(names)} zones, {minutes} minutes, {compared} answers, seed {seed}")
