"""Goal: `rotation simulate` plays a roster through by dispatch's own choice, and its figures add up."""
import json
import os
import pty
import re
import subprocess
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from support import mails

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("ESCRELAY", ROOT / "build-asan/escrelay")).absolute()
GOLDEN = ROOT / "tests/golden/rotation"
SPRING = "--from", "2026-01-05", "--to", "2026-05-04"


def simulate(*words, status=0, stdin=""):
    """What it prints about the golden roster; what it complains of where it should not work."""
    done = subprocess.run([PROGRAM, "-c", GOLDEN / "relay.conf", "rotation", "simulate", *words], input=stdin, text=True,
                          capture_output=True, timeout=120, cwd=GOLDEN)
    assert done.returncode == status, done.stderr
    return done.stderr if status else done.stdout


@pytest.mark.parametrize("name, words", [("simulate.txt", ()), ("simulate.json", ("--json",))])
def test_a_play_of_one_seed_reads_as_it_did(name, words):
    """Golden files: a year with a summer that nobody planned, thirty hours a case, so that caps bite."""
    text = simulate("--from", "2026-01-01", "--to", "2027-01-01", "--load", "1.5", "--seed", "7", "--work", "30", *words)
    if words:
        text = json.dumps(json.loads(text), indent=1, ensure_ascii=False) + "\n"
    if os.environ.get("UPDATE"):
        (GOLDEN / name).write_text(text)
    assert text == (GOLDEN / name).read_text()


def test_the_figures_add_up():
    """Goal: who was assigned and who is left are all; fair shares are the turns that there were; nobody is off by more than one."""
    for seed in "1", "2", "3":
        got = json.loads(simulate(*SPRING, "--load", "4", "--seed", seed, "--json"))
        assert got["assigned"] + got["left"] == got["arrivals"] > 300
        assert sum(e["assigned"] for e in got["engineers"]) == got["assigned"]
        assert sum(e["fair"] for e in got["engineers"]) == pytest.approx(got["assigned"], abs=0.01)
        for one in got["engineers"]:
            parts = [e for r in got["rotations"] for e in r["engineers"] if e["engineer"] == one["engineer"]]
            assert sum(p["assigned"] for p in parts) == one["assigned"] <= one["eligible"] == sum(p["eligible"] for p in parts)
            assert all(abs(p["off"]) <= 1 for p in parts)
        assert got["furthest"]["off"] <= 1
        assert 0 <= got["waits"]["median"] <= got["waits"]["p95"] <= got["waits"]["longest"]


def test_arrivals_of_a_file_are_played_as_they_are(tmp_path):
    """Goal: three times by hand: one at once, one that waits for the next morning, one that is outside; a bad line has a name."""
    load = tmp_path / "load"
    load.write_text("# Johannesburg is two hours ahead\n2026-02-03T17:00:00+02:00\n\n2026-02-03T10:00:00+02:00\n2030-01-01\n")
    got = json.loads(simulate(*SPRING, "--load", str(load), "--json"))
    assert (got["arrivals"], got["assigned"], got["at_once"]) == (2, 2, 2), "Bola is at work when Keegan goes home"
    assert [e["engineer"] for e in got["engineers"] if e["assigned"]] == ["keegan", "bola"]
    night = "2026-01-10T12:00:00Z\n"    # a Saturday: Monday 07:00 UTC is nine in Johannesburg, and Lord Howe sleeps already
    got = json.loads(simulate(*SPRING, "--load", "-", "--json", stdin=night))
    assert got["waits"]["median"] == 43 * 3600 and got["at_once"] == 0
    load.write_text("\nyesterday\n")
    assert f"{load}:2: 'yesterday' is no time" in simulate(*SPRING, "--load", str(load), status=3)


def test_at_night_somebody_is_asked_where_the_severity_allows_it(tmp_path):
    """Goal: off-hours turns are counted, and severity 2 disturbs nobody."""
    conf = tmp_path / "relay.conf"
    conf.write_text((GOLDEN / "relay.conf").read_text().replace("cap 5 }", "offhours yes }") + "severity 1 { offhours yes }\n")
    run = [PROGRAM, "-c", conf, "rotation", "simulate", *SPRING, "--load", "-", "--json", "--severity"]
    got = [json.loads(subprocess.run([*run, severity], input="2026-01-10T12:00:00Z\n", text=True, capture_output=True,
                                     check=True, timeout=60).stdout) for severity in "12"]
    assert [(g["off_hours"], g["at_once"]) for g in got] == [(1, 1), (0, 0)]
    assert got[0]["engineers"] == [{"engineer": "keegan", "assigned": 1, "eligible": 1, "fair": 1, "off": 0, "off_hours": 1}]


def test_the_record_is_played_again(lab, relay):
    """Goal: two cases of last week: over that week the play has just them; over four weeks to come it has them four times."""
    now = datetime.now(timezone.utc).replace(microsecond=0)
    for days in 5, 2:
        lab.send(mails.forward(subject=f"Fwd: {days} days ago"))
        lab.wait_mail("escalations")
        relay.run("run", "--once", at=now - timedelta(days))
    span = ["--from", (now - timedelta(6)).isoformat(), "--to", now.isoformat()]
    got = relay.one("rotation", "simulate", *span, "--load", "journal")
    assert (got["arrivals"], got["at_once"], got["load"]) == (2, 2, "as 1 week of the record had them")
    assert [(e["engineer"], e["assigned"]) for e in got["engineers"]] == [("keegan", 1), ("bola", 1), ("valery", 0)]
    span = ["--from", (now + timedelta(1)).isoformat(), "--to", (now + timedelta(29)).isoformat()]
    assert relay.one("rotation", "simulate", *span, "--load", "journal")["arrivals"] == 8
    assert relay.one("rotation", "simulate", *span, "--load", "journal", "--pool", "core")["pool"] == "core"


def test_who_waits_at_a_terminal_sees_it_move():
    """Goal: a bar on the terminal while it works, nothing of it in the output, and gone at the end."""
    ours, theirs = pty.openpty()
    done = subprocess.Popen([PROGRAM, "-c", GOLDEN / "relay.conf", "rotation", "simulate", "--from", "2026-01-05", "--to",
                             "2026-05-04", "--load", "3"], stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    out, seen = done.communicate(timeout=120)[0].decode(), b""
    try:
        while chunk := os.read(ours, 4096):
            seen += chunk
    except OSError:                     # that is how a terminal says that nobody is left
        pass
    os.close(ours)
    assert done.returncode == 0 and "\r" not in out
    assert re.search(rb"\r\[#* *\] \d+ %", seen) and seen.endswith(b" \r"), seen


def test_wrong_use_is_said():
    """Goal: each mistake has its own words."""
    assert "wants --from and --to" in simulate("--from", "2026-01-05", status=2)
    assert "so many a day" in simulate(*SPRING, "--load", "0", status=2)
    assert "so many a day" in simulate(*SPRING, "--load", "nan", status=2)
    assert "No such file" in simulate(*SPRING, "--load", "nowhere", status=3)
    assert "--seed wants a number" in simulate(*SPRING, "--seed", "x", status=2)
    assert "no severity 9" in simulate(*SPRING, "--severity", "9", status=2)
    assert "escrelay.db" in simulate(*SPRING, "--load", "journal", status=3)
