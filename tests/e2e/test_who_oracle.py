"""D13. Goal: `rotation who` and `rotation coverage` answer for any roster as a model does that shares nothing with them.

The model is made of sets of instants: working windows by zoneinfo (test_zone_oracle.py), seats after overrides, absences of the roster and
of the store; who is at work is where they meet. Rosters are random, near changes of the clocks and with handovers in zones that have them; a
seeded sample is asked at instants of which most are edges. WHO_ALL=1 takes 200 rosters in place of 12, WHO_SEED=N others.
"""
import functools
import json
import os
import random
import sqlite3
import subprocess
import zoneinfo
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

from test_zone_oracle import EPOCH, HARD, NAIVE_EPOCH, UTC, changes, instants

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("ESCRELAY", ROOT / "build-asan/escrelay")).absolute()
EVER = 10 ** 12
DAY = 86400
HORIZON = 35 * DAY
WEEKDAYS = "mon tue wed thu fri sat sun".split()
ZONES = HARD + ("America/Los_Angeles", "Africa/El_Aaiun", "Asia/Kolkata", "UTC", "Europe/London")
HEAD = """address escalations@example.com
operator support-ops@example.com
staff example.com
authserv-id mx.example.com
store {store}
handover {minute} {zone}
"""


# --- sets of instants: lists of half-open spans ---------------------------------------------------------------

def union(spans):
    """One set of all; spans that touch are one."""
    out = []
    for begin, end in sorted(span for span in spans if span[0] < span[1]):
        if out and begin <= out[-1][1]:
            out[-1] = out[-1][0], max(end, out[-1][1])
        else:
            out.append((begin, end))
    return out


def both(one, other):
    """What is in both."""
    return union((max(a, c), min(b, d)) for a, b in one for c, d in other)


def without(one, other):
    """What of one is not in the other."""
    edges = [(-EVER, -EVER)] + union(other) + [(EVER, EVER)]
    return both(one, [(a[1], b[0]) for a, b in zip(edges, edges[1:])])


# --- words ----------------------------------------------------------------------------------------------------

def rfc(instant):
    """RFC 3339 in UTC."""
    return f"{EPOCH + timedelta(seconds=instant):%Y-%m-%dT%H:%M:%SZ}"


def clock(minute):
    """A time of day."""
    return "%02d:%02d" % divmod(minute, 60)


def midnight(day):
    """A day as a wall clock's time."""
    return datetime(day.year, day.month, day.day)


def days(mask):
    """Weekdays as relay.conf has them."""
    return ",".join(WEEKDAYS[i] for i in range(7) if mask >> i & 1)


@functools.cache
def known_changes(zone):
    """Of 2011, when Apia left a day out, and from 2024 on."""
    tz = zoneinfo.ZoneInfo(zone)
    return [change for first, last in (((2011, 11, 1), (2012, 3, 1)), ((2024, 1, 1), (2041, 1, 1)))
            for change in changes(tz, int((datetime(*first, tzinfo=UTC) - EPOCH).total_seconds()))
            if change[0] < (datetime(*last, tzinfo=UTC) - EPOCH).total_seconds()]


class Engineer:
    """With one to three windows, often around midnight and the hour at which his clock changes."""

    def __init__(self, dice, name, roster):
        self.name, self.zone = name, dice.choice((*ZONES, *[roster.near] * 8))
        self.tz = zoneinfo.ZoneInfo(self.zone)
        self.windows = []
        for _ in range(dice.randint(1, 3)):
            begin = dice.choice((0, 120, 150, 540, 1320, dice.randrange(1440), roster.odd_moment(self.zone)[1]))
            end = dice.choice((1440, 120, 180, 360, 1020, (begin + dice.randrange(1, 700)) % 1440))
            if begin != end and (begin, end) != (0, 0):
                self.windows.append((dice.choice((31, 127, dice.randrange(1, 128))), begin, end))
        self.windows = self.windows or [(31, 540, 1020)]
        self.start = roster.day(-10, 70) if dice.random() < .15 else None
        self.end = roster.day(71, 130) if dice.random() < .15 else None
        self.gone = []

    def lines(self):
        """His block."""
        return (f"engineer {self.name} {{\n  email {self.name}@example.com; zone {self.zone}\n"
                + "".join(f"  hours {days(mask)} {clock(begin)}-{clock(end)}\n" for mask, begin, end in self.windows)
                + (f"  start {self.start}\n" if self.start else "") + (f"  end {self.end}\n" if self.end else "") + "}\n")


class Roster:
    """Two pools, overrides that may chain, aways with and without hours, cover lines; and what follows of them."""

    def __init__(self, dice):
        self.dice = dice
        self.near = dice.choice(ZONES if dice.random() > .1 else ("Pacific/Apia",))
        known = known_changes(self.near) or [(dice.randrange(1_700_000_000, 2_200_000_000), 0, 0)]
        self.first = (EPOCH + timedelta(seconds=dice.choice(known)[0])).date() - timedelta(days=dice.randint(1, 40))
        self.zone = dice.choice(("UTC", dice.choice(ZONES), self.near))
        self.minute = dice.choice((0, 540, dice.randrange(1440), self.odd_moment(self.zone)[1]))
        self.engineers = [Engineer(dice, f"e{i}", self) for i in range(dice.randint(2, 5))]
        self.rotations = [row for pool in ("core", "side") for row in self.some_rotations(pool)]
        self.overrides = []
        for _ in range(dice.randint(0, 5)):
            self.overrides.append(self.some_override())
        self.aways = [row for row in (self.some_away() for _ in range(dice.randint(0, 5))) if row]
        self.covers = [(dice.choice((31, 127)), *dice.choice(((0, 1440), (540, 1080), (1320, 360), (0, 150), (480, 1070))),
                        dice.choice(ZONES)) for _ in range(dice.randint(0, 2))]
        self.said = [(dice.choice(self.engineers), begin, begin + dice.randrange(1, 10 * DAY))
                     for begin in (self.instant(0) + dice.randrange(60 * DAY) for _ in range(dice.randint(0, 2)))]
        self.solve()

    def odd_moment(self, zone):
        """Day and minute of a wall clock, near its next change if it has one in these weeks."""
        for at, before, after in known_changes(zone):
            if 0 <= at - self.instant(0) < 75 * DAY:
                wall = NAIVE_EPOCH + timedelta(seconds=at + self.dice.choice((before, after)), minutes=self.dice.choice((-60, -30, -15, 0, 15, 30, 60)))
                return wall.date(), wall.hour * 60 + wall.minute
        return self.day(0, 60), self.dice.randrange(1440)

    def day(self, low, high):
        """A day so far from the first."""
        return self.first + timedelta(days=self.dice.randint(low, high))

    def instant(self, day):
        """So many days after the first, in UTC."""
        return int((midnight(self.first) - NAIVE_EPOCH).total_seconds()) + day * DAY

    def some_rotations(self, pool):
        """One to three, with a gap at times."""
        at = self.first
        for _ in range(self.dice.randint(1, 3)):
            at += timedelta(days=self.dice.choice((0, 0, 0, 1, 5)))
            odd = self.odd_moment(self.zone)[0]
            end = odd if odd > at and self.dice.random() < .3 else at + timedelta(days=self.dice.choice((1, 7, 28, 35, self.dice.randint(1, 60))))
            names = [e.name for e in self.engineers] + ["TBD", "?"]
            yield pool, at, end, self.dice.sample(names, self.dice.randint(1, min(4, len(names))))
            at = end

    def some_override(self):
        """Of one or two, who may swap."""
        begin, pairs, pool = self.dice.choice((self.day(-2, 60), self.odd_moment(self.zone)[0])), {}, self.dice.choice(("core", "core", "side"))
        for _ in range(self.dice.randint(1, 2)):
            by, whom = self.dice.sample([e.name for e in self.engineers], 2)
            pairs.setdefault(whom, by)
        if self.overrides and self.dice.random() < .6:          # in place of a stand-in
            pool, begin, _, earlier = self.dice.choice(self.overrides)
            whom = self.dice.choice(list(earlier.values()))
            pairs = {whom: self.dice.choice([e.name for e in self.engineers if e.name != whom])}
        return pool, begin, begin + timedelta(days=self.dice.randint(1, 20)), pairs

    def some_away(self):
        """None where it would end before it begins."""
        who = self.dice.choice(self.engineers)
        (begin, first), (end, last) = sorted(self.dice.choice((self.odd_moment(who.zone), (self.day(-3, 70), self.dice.choice((0, 0, 800)))))
                                             for _ in range(2))
        return (who, begin, first, end, last) if (begin, first) < (end, last) and (end - begin).days < 30 else None

    def write(self, folder):
        """relay.conf, and a store that knows what mails have said."""
        def moment(day, minute):
            return f"{day} {clock(minute)}" if minute else f"{day}"

        text = HEAD.format(store=folder / "escrelay.db", minute=clock(self.minute), zone=self.zone)
        text += "".join(f"cover {days(mask)} {clock(begin)}-{clock(end)} {zone}\n" for mask, begin, end, zone in self.covers)
        text += "".join(e.lines() for e in self.engineers)
        text += "".join(f"rotation {pool} {begin} to {end} {{ seats {' '.join(names)} }}\n" for pool, begin, end, names in self.rotations)
        text += "".join(f"override {pool} {begin} to {end} {{ {'; '.join(f'{by} for {whom}' for whom, by in pairs.items())} }}\n"
                        for pool, begin, end, pairs in self.overrides)
        text += "".join(f"away {e.name} {moment(begin, m)} to {moment(end, n)}\n" for e, begin, m, end, n in self.aways)
        (folder / "relay.conf").write_text(text)
        subprocess.run([PROGRAM, "-c", folder / "relay.conf", "decide", "--once"], check=True, capture_output=True)
        with sqlite3.connect(folder / "escrelay.db") as db:
            db.executemany("INSERT INTO absence VALUES (?,?,?,'out of office') ON CONFLICT DO NOTHING",
                           [(e.name, begin, end) for e, begin, end in self.said])
        db.close()
        return folder / "relay.conf"

    # --- the model

    def windows(self, tz, rows):
        """Working hours, from well before the first day on."""
        return union((instants(tz, day, begin)[0], instants(tz, day + timedelta(days=end <= begin), end)[1])
                     for day in (midnight(self.first) + timedelta(days=k) for k in range(-20, 230))
                     for mask, begin, end in rows if mask >> day.weekday() & 1)

    def solve(self):
        """Everything that does not depend on when one asks."""
        def handed(day):
            return instants(zoneinfo.ZoneInfo(self.zone), midnight(day), self.minute)[0]

        for e in self.engineers:
            e.gone = [(instants(e.tz, midnight(begin), m)[0], instants(e.tz, midnight(end), n)[1])
                      for x, begin, m, end, n in self.aways if x is e] + [row[1:] for row in self.said if row[0] is e]
            e.gone += [(-EVER, instants(e.tz, midnight(e.start), 0)[0])] if e.start else []
            e.gone = union(e.gone + ([(instants(e.tz, midnight(e.end), 0)[0], EVER)] if e.end else []))
        self.on = [(pool, handed(begin), handed(end), names) for pool, begin, end, names in self.rotations]
        self.stands = [(pool, handed(begin), handed(end), pairs) for pool, begin, end, pairs in self.overrides]
        self.edges, self.shifts, self.named = {}, {}, {}
        for pool in ("core", "side"):
            edges = sorted({x for row in self.on + self.stands if row[0] == pool for x in row[1:3]})
            parts = [(a, b, [h for h in self.seats(pool, a) if h]) for a, b in zip(edges, edges[1:])]
            self.edges[pool], self.named[pool] = edges, union((a, b) for a, b, held in parts if held)
            for e in self.engineers:
                seated = union((a, b) for a, b, held in parts if e.name in held)
                self.shifts[pool, e.name] = without(both(self.windows(e.tz, e.windows), seated), e.gone)

    def rotation(self, pool, t):
        """The one that is on."""
        return next((row for row in self.on if row[0] == pool and row[1] <= t < row[2]), None)

    def seats(self, pool, t):
        """Names in seat order, None for an open one; each name once."""
        row, out = self.rotation(pool, t), []
        for name in row[3] if row else []:
            holder = None if name in ("TBD", "?") else name
            for where, begin, end, pairs in self.stands:
                if where == pool and begin <= t < end:
                    holder = pairs.get(holder, holder)
            if holder is None or holder not in out:
                out.append(holder)
        return out

    def who(self, pool, t):
        """What `rotation who --json` says."""
        row, seats = self.rotation(pool, t), [name for name in self.seats(pool, t) if name]
        people = {e.name: e for e in self.engineers}
        on, later, away = [], [], []
        for name in seats + [name for name in people if name not in seats]:
            begin, end = next((span for span in self.shifts[pool, name] if span[1] > t), (EVER, EVER))
            if begin <= t:
                on.append({"engineer": name, "zone": people[name].zone,
                           "local": (EPOCH + timedelta(seconds=t)).astimezone(people[name].tz).isoformat(), "until": rfc(end)})
            elif begin <= t + HORIZON:
                later.append((begin, name))
        for name in seats:
            end = next((b for a, b in people[name].gone if a <= t < b), None)
            if end is not None:
                away.append((name, rfc(end) if end < EVER else None))
        return {"at": rfc(t), "rotation": row and {"pool": pool, "from": rfc(row[1]), "to": rfc(row[2])}, "on_shift": on,
                "next": [{"engineer": name, "from": rfc(begin)} for begin, name in sorted(later, key=lambda one: one[0])]}, away

    def coverage(self, pool, begin, end):
        """Hours and gaps of `rotation coverage --json`."""
        wanted, have = [(begin, end)], self.named[pool]
        if self.covers:
            wanted = both(wanted, union(span for mask, a, b, zone in self.covers
                                        for span in self.windows(zoneinfo.ZoneInfo(zone), [(mask, a, b)])))
            have = union(span for e in self.engineers for span in self.shifts[pool, e.name])
        gaps = without(wanted, have)
        hours = [sum(b - a for a, b in spans) / 3600 for spans in (both(wanted, have), gaps)]
        return {"covered_hours": hours[0], "gap_hours": hours[1], "gaps": [{"from": rfc(a), "to": rfc(b)} for a, b in gaps]}

    def times(self, n):
        """Instants to ask at: most of them edges, and a second beside."""
        edges = [x for v in self.edges.values() for x in v] + [x for e in self.engineers for span in e.gone for x in span]
        edges += [x for v in self.shifts.values() for span in v for x in span]
        near = [x for x in edges if self.instant(-3) < x < self.instant(75)] or [self.instant(0)]
        for _ in range(n):
            if self.dice.random() < .6:
                yield self.dice.choice(near) + self.dice.choice((-1, 0, 0, 1, 60, -60))
            else:
                yield self.instant(-3) + self.dice.randrange(75 * DAY)


def asked(conf, *words):
    """The JSON of a command, and its exit status."""
    done = subprocess.run([PROGRAM, "-c", conf, "rotation", *words, "--json"], text=True, capture_output=True, timeout=60, check=False)
    assert done.returncode in (0, 1) and done.stderr == "", done.stderr
    return json.loads(done.stdout), done.returncode


def test_who_and_coverage_of_any_roster(tmp_path):
    """Goal: each key of each answer, also in its order; gaps to the second."""
    seed, compared = int(os.environ.get("WHO_SEED", 20261130)), 0
    for number in range(200 if os.environ.get("WHO_ALL") == "1" else 12):
        roster, folder = Roster(random.Random(seed + number)), tmp_path / f"{number}"
        folder.mkdir()
        conf, which = roster.write(folder), f"WHO_SEED={seed + number}, {folder}/relay.conf"
        questions = [(pool, t) for t in roster.times(12) for pool in ("core", "side")]
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda q: asked(conf, "who", "--pool", q[0], "--at", rfc(q[1])), questions))
        for (pool, t), (got, status) in zip(questions, answers):
            expected, away = roster.who(pool, t)
            assert [(one["engineer"], one["until"]) for one in got["away"]] == away, (which, pool, rfc(t))
            del got["away"]
            assert got == expected and list(got) == list(expected) and status == 0, (which, pool, rfc(t))
        for pool in ("core", "side"):
            begin = roster.instant(0) + roster.dice.randrange(-5, 60) * DAY // 2
            end = begin + roster.dice.randrange(1, 40) * DAY
            got, status = asked(conf, "coverage", "--pool", pool, "--from", rfc(begin), "--to", rfc(end))
            expected = roster.coverage(pool, begin, end)
            assert list(got) == [*expected, "warnings"] and got["gaps"] == expected["gaps"], (which, pool, rfc(begin), rfc(end))
            assert all(abs(got[key] - expected[key]) < 1e-6 for key in ("covered_hours", "gap_hours")), (which, pool, rfc(begin), rfc(end))
            assert status == (1 if expected["gaps"] else 0)
        compared += len(questions) + 2
    print(f"{compared} answers, seed {seed}")
