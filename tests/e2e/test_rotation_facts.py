"""Every view of the rotation knows what the relay knows: relay.conf, and the absences that mails have told of; or relay.conf alone."""
import json
import os
import sqlite3
import subprocess
from datetime import datetime, timezone
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("ESCRELAY", ROOT / "build-asan/escrelay")).absolute()
CONF = """address escalations@example.com
operator support-ops@example.com
staff example.com
authserv-id mx.example.com
store {store}
seats-wanted 0
cover mon-fri 09:00-17:00 UTC
engineer keegan {{ name "Keegan"; email keegan@example.com; zone UTC; hours mon-fri 09:00-17:00 }}
engineer bola {{ name "Bola"; email bola@example.com; zone UTC; hours mon-fri 12:00-17:00 }}
rotation core 2026-11-02 to 2026-12-14 {{ seats keegan bola }}
"""
NOW, AT = "2026-11-16T12:00:00Z", "2026-11-17T10:00:00Z"
SPAN = ("--from", "2026-11-16", "--to", "2026-11-21")


def instant(text):
    """RFC 3339 as seconds."""
    return int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


class Plan:
    """A roster whose store says that Keegan is out of office from Tuesday to Thursday."""

    def __init__(self, folder):
        self.conf, self.store = folder / "relay.conf", folder / "escrelay.db"
        self.conf.write_text(CONF.format(store=self.store))
        self.run("decide", "--once")
        with sqlite3.connect(self.store) as db:
            db.execute("INSERT INTO absence VALUES ('keegan', ?, ?, 'out of office')",
                       (instant("2026-11-17T00:00:00Z"), instant("2026-11-20T00:00:00Z")))
        db.close()

    def run(self, *words, stdin=""):
        """One command on the Monday before."""
        shift = instant(NOW) - int(datetime.now(timezone.utc).timestamp())
        done = subprocess.run([PROGRAM, "-c", self.conf, *words], env=os.environ | {"ESCRELAY_CLOCK": f"{shift:+d}"}, text=True,
                              input=stdin, capture_output=True, timeout=60, check=False)
        assert done.returncode in (0, 1, 3 if words[0] == "check" else 1), done.stderr  # there is no mailbox
        return done

    def json(self, *words, stdin=""):
        """The one object that it prints."""
        return json.loads(self.run(*words, "--json", stdin=stdin).stdout)


@pytest.fixture(scope="module", name="plan")
def a_plan(tmp_path_factory):
    """Made once: the views only read."""
    return Plan(tmp_path_factory.mktemp("plan"))


def test_who_and_next(plan):
    """Goal: at ten on Tuesday nobody is at work, Bola is next; by relay.conf alone it is Keegan."""
    for alone, on, first in (((), [], "bola"), (("--no-store",), ["keegan"], "keegan")):
        got = plan.json("rotation", "who", "--at", AT, *alone)
        assert [one["engineer"] for one in got["on_shift"]] == on and [one["why"] for one in got["away"]] == ([] if on else ["out of office"])
        assert plan.json("rotation", "next", "1", "--at", AT, *alone)["engineer"] == first


def test_coverage_and_simulate_see_the_same_gaps(plan):
    """Goal: three mornings without anybody, in both; what is played waits for Bola in them; none of it in the plan alone."""
    times = "".join(f"2026-11-{day}T09:30:00Z\n" for day in (17, 18, 19))
    for alone, hours, wait in (((), 9, 9000), (("--no-store",), 0, 0)):
        coverage = plan.json("rotation", "coverage", *SPAN, *alone)
        played = plan.json("rotation", "simulate", *SPAN, "--load", "-", *alone, stdin=times)
        assert coverage["gap_hours"] == played["gap_hours"] == hours and coverage["gaps"] == played["gaps"]
        assert len(coverage["gaps"]) == hours / 3 and played["waits"]["longest"] == wait
        assert played["engineers"][0]["engineer"] == ("keegan" if alone else "bola")


def test_calendars_and_check(plan):
    """Goal: Keegan's calendar has two days of that week, in the plan alone five; check looks at the gaps, for a repository only at the plan."""
    for alone, shifts in (((), 2), (("--no-store",), 5)):
        text = plan.run("rotation", "export", "--ics", "--engineer", "keegan", *SPAN, *alone).stdout
        assert text.count("on shift") == shifts
    texts = {words: "\n".join(one["text"] for one in plan.json("check", *words)["checks"]) for words in ((), ("--roster",))}
    assert "3 gaps until 2026-12-14, 9 hours without anybody" in texts[()] and "no gap until 2026-12-14" in texts["--roster",]


def test_a_slip_is_answered_with_the_way_that_was_meant(plan):
    """Goal: a wrong value of one word of rotation shows how that one is called, and not the page of all."""
    done = subprocess.run([PROGRAM, "-c", plan.conf, "rotation", "who", "--at", "2026-09-31"], text=True, capture_output=True, check=False)
    assert done.returncode == 2 and "--at wants a time" in done.stderr
    assert " ".join(done.stderr.split()).endswith("usage: escrelay [-c relay.conf] rotation who [--at T] [--pool P] [--no-store] [--json]")
    assert done.stderr.count("rotation ") == 1
    done = subprocess.run([PROGRAM, "-c", plan.conf, "rotation", "whom"], text=True, capture_output=True, check=False)
    assert done.returncode == 2 and done.stderr.count("rotation ") > 5


def test_a_store_that_cannot_be_read_is_told_of(tmp_path):
    """Goal: a store that is none answers like relay.conf alone, and says so; one that is not there yet is no matter."""
    plan = Plan(tmp_path)
    plan.store.write_bytes(b"no database at all, but long enough to be taken for one\n" * 100)
    done = plan.run("rotation", "who", "--at", AT, "--json")
    assert json.loads(done.stdout)["on_shift"][0]["engineer"] == "keegan"
    assert "who is away is said by relay.conf alone here" in done.stderr and done.stderr.count("\n") == 1
    assert plan.run("rotation", "who", "--at", AT, "--no-store").stderr == ""
    for name in plan.store.parent.glob("escrelay.db*"):
        name.unlink()
    assert plan.run("rotation", "coverage", *SPAN).stderr == ""
