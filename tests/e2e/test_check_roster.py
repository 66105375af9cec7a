"""`check` looks at the roster as it looks at the rest, so that a roster can live in a repository and be checked with each change."""
import json
import os
import subprocess
from datetime import datetime, timezone
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = Path(os.environ.get("ESCRELAY", ROOT / "build-asan/escrelay")).absolute()
HEAD = """address escalations@example.com
operator support-ops@example.com
fallback support-lead@example.com
staff example.com
authserv-id mx.example.com
seats-wanted 2
cover mon-fri 09:00-17:00 Europe/London
engineer ann { email ann@example.com; zone Europe/London; hours mon-fri 08:00-16:00 }
engineer bob { email bob@example.com; zone America/New_York; hours mon-fri 09:00-17:00 }
engineer cat { email cat@example.com; zone Asia/Tokyo; hours mon-fri 09:00-17:00 }
"""
TUESDAY = "2026-11-24T12:00:00+00:00"
PLAN = "rotation core 2026-11-02 to 2026-12-14 { seats ann bob }\nrotation core 2026-12-14 to 2027-01-25 { seats bob ann }\n"


def check(tmp_path, plan, *words, at=TUESDAY, head=HEAD):
    """The exit status, and what is said of the pools, as (grade, text)."""
    conf = tmp_path / "relay.conf"
    conf.write_text(head + f"store {tmp_path}/none.db\n" + plan)
    shift = int((datetime.fromisoformat(at) - datetime.now(timezone.utc)).total_seconds())
    done = subprocess.run([PROGRAM, "-c", conf, "check", "--json", *words], env=os.environ | {"ESCRELAY_CLOCK": f"{shift:+d}"},
                          text=True, capture_output=True, timeout=60, check=False)
    if done.returncode == 2:
        return 2, done.stderr
    got = json.loads(done.stdout)
    assert list(got) == ["ok", "reload", "failures", "findings", "warnings", "checks"] and got["ok"] == (done.returncode == 0)
    assert got["warnings"] == len([one for one in got["checks"] if one["grade"] == "warn"])
    return done.returncode, [(one["grade"], one["text"]) for one in got["checks"] if one["what"] in ("core", "side", "rotation")]


def test_a_plan_that_covers_what_is_asked_is_well(tmp_path):
    """Goal: exit 0, who is at work, and until when there is no gap."""
    assert check(tmp_path, PLAN, "--roster") == (0, [("ok", "ann is at work now, of 2 seats"), ("ok", "no gap until 2027-01-25")])


def test_a_gap_in_the_coming_weeks_is_a_finding_with_its_hours(tmp_path):
    """Goal: exit 1 where somebody goes away and nobody is left; not if --weeks ends before; an override mends it."""
    away = PLAN + "away bob 2026-12-21 to 2026-12-23\n"
    status, said = check(tmp_path, away, "--roster")
    assert (status, said[1]) == (1, ("look", "2 gaps until 2027-01-25, 2 hours without anybody; the first from Mon 21 Dec 2026 16:00 to "
                                             "Mon 21 Dec 2026 17:00 UTC"))
    assert check(tmp_path, away, "--roster", "--weeks", "3")[0] == 0
    assert check(tmp_path, away, "--roster", "--weeks=4")[0] == 1
    mended = away + "engineer dan { email dan@example.com; zone America/Chicago; hours mon-fri 09:00-17:00 }\n" \
        "override core 2026-12-21 to 2026-12-23 { dan for bob }\n"
    assert check(tmp_path, mended, "--roster")[0] == 0


def test_a_day_without_a_rotation_is_a_gap_even_where_no_hours_are_asked_for(tmp_path):
    """Goal: without a cover line the seats must be taken, each day."""
    head = "".join(line for line in HEAD.splitlines(True) if not line.startswith("cover"))
    status, said = check(tmp_path, PLAN.replace("2026-12-14 to", "2026-12-16 to"), "--roster", head=head)
    assert status == 1 and "1 gap until 2027-01-25, 48 hours without anybody; the first from Mon 14 Dec 2026 00:00" in said[1][1]
    assert check(tmp_path, PLAN, "--roster", head=head)[0] == 0
    status, said = check(tmp_path, PLAN.replace("seats bob ann", "seats TBD ?"), "--roster", head=head)
    assert status == 1 and any(text.endswith("0 of 2 seats have a name") for _, text in said)


def test_a_plan_that_has_ended_or_ends_soon_is_a_finding_with_its_date(tmp_path):
    """Goal: 14 days before the end it is a finding, 15 days before it is not; afterwards it says who gets the mail."""
    last = PLAN.splitlines(True)[0]
    assert check(tmp_path, last, "--roster", at="2026-11-29T00:00:00+00:00")[0] == 0
    status, said = check(tmp_path, last, "--roster", at="2026-12-01T12:00:00+00:00")
    assert (status, said[0]) == (1, ("look", "the rotation runs out on 2026-12-14, in 12 d, and nothing follows"))
    assert check(tmp_path, PLAN, "--roster", at="2026-12-01T12:00:00+00:00")[0] == 0, "the next one follows"
    status, said = check(tmp_path, last, "--roster", at="2026-12-20T00:00:10+00:00")
    assert (status, said) == (1, [("look", "the rotation ran out on 2026-12-14, 6 d ago: escalations go to support-lead@example.com")])
    # The date is the roster's, whatever it is in UTC at that instant.
    status, said = check(tmp_path, last + "handover 00:00 Asia/Tokyo\n", "--roster", at="2026-12-01T12:00:00+00:00")
    assert "2026-12-14" in said[0][1]
    status, said = check(tmp_path, PLAN, "--roster", at="2026-10-20T12:00:00+00:00")
    assert status == 1 and said[0][1] == ("nobody is on rotation today, the next begins on 2026-11-02: until then escalations go to "
                                          "support-lead@example.com")
    assert check(tmp_path, "", "--roster") == (1, [("look", "there is none: every escalation goes to support-lead@example.com")])


def test_what_will_hurt_is_a_warning_and_no_finding(tmp_path):
    """Goal: exit 0 with an odd length, too few seats, seats without a name; a gap of a pool beside the first is one as well."""
    head = HEAD.replace("seats-wanted 2", "seats-wanted 3")
    plan = "rotation core 2026-11-09 to 2026-12-24 { seats ann bob ? cat }\nrotation core 2026-12-24 to 2027-01-11 { seats bob ann }\n"
    status, said = check(tmp_path, plan + "rotation side 2026-11-02 to 2026-12-14 { seats cat }\n", "--roster", head=head)
    assert status == 0, said
    warned = [text for grade, text in said if grade == "warn"]
    assert "rotation core 2026-12-24 to 2027-01-11: 18 days; 4 to 10 weeks are usual" in warned
    assert "rotation core 2026-12-24 to 2027-01-11: 2 of 3 seats have a name" in warned
    assert "rotation core 2026-11-09 to 2026-12-24: 1 of its 4 seats has no name yet" in warned
    assert any(text.startswith("14 gaps until 2026-12-14") for text in warned), warned


def test_the_whole_check_says_the_same(tmp_path):
    """Goal: with everything else in it; a gap is no failure, and a missing submission is."""
    status, said = check(tmp_path, PLAN + "away bob 2026-12-21 to 2026-12-23\n")
    assert status == 3 and ("look", "2 gaps until 2027-01-25") in [(grade, text[:23]) for grade, text in said]


@pytest.mark.parametrize("words", [["--weeks"], ["--weeks", "0"], ["--weeks", "521"], ["--week", "3"], ["--roster", "--online"], ["--roster", "x"]])
def test_wrong_use_is_told(tmp_path, words):
    """Goal: exit 2."""
    assert check(tmp_path, PLAN, *words)[0] == 2


def test_a_warning_of_the_rest_does_not_fail_the_roster(tmp_path):
    """Goal: authserv-id none is said aloud; a roster without a gap is well all the same."""
    status, said = check(tmp_path, PLAN, "--roster", head=HEAD.replace("authserv-id mx.example.com", "authserv-id none"))
    assert status == 0 and [grade for grade, _ in said] == ["ok", "ok"]


def test_the_shipped_roster_is_well_on_the_day_of_the_demo():
    """Goal: the example covers what it asks for, as long as it is on; at any later day it says itself that it has run out."""
    for at, status in (("2026-11-24T16:05:00+00:00", 0), ("2030-01-01T00:00:00+00:00", 1)):
        shift = int((datetime.fromisoformat(at) - datetime.now(timezone.utc)).total_seconds())
        done = subprocess.run([PROGRAM, "-c", ROOT / "relay.conf", "check", "--roster"], env=os.environ | {"ESCRELAY_CLOCK": f"{shift:+d}"},
                              text=True, capture_output=True, timeout=60, check=False)
        assert done.returncode == status and ("ran out on 2026-12-14" in done.stdout) == bool(status), done.stdout
