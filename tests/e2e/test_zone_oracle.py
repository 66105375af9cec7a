"""D13. Goal: our zones give exactly the answers of tzdata, in both directions, for every zone and every change to come.

The oracle is Python's zoneinfo, which reads the same files with code that shares nothing with ours.
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


@pytest.fixture(scope="module")
def probe():
    binary = ROOT / os.environ.get("BUILD", "build") / "tools" / "zone_probe"
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


def changes(tz):
    """All instants from FIRST to LAST at which the offset changes, found by asking and halving."""
    found = []
    before = offset(tz, FIRST)
    for end in range(FIRST + STEP, LAST + STEP, STEP):
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
