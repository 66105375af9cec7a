"""`rotation coverage` shows the week as a map that tells without colour, and each gap to the minute."""
import json
import os
import pty
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = Path(os.environ.get("ESCRELAY", ROOT / "build-asan/escrelay")).absolute()
GOLDEN = ROOT / "tests/golden/coverage"
SPRING = ["--from", "2027-03-01", "--to", "2027-04-12"]


def command(*words):
    """The words of `rotation coverage`."""
    return [PROGRAM, "-c", GOLDEN / "relay.conf", "rotation", "coverage", *words]


def run(*words, **env):
    """Its output, where there is no terminal."""
    done = subprocess.run(command(*words), env=os.environ | {"COLUMNS": "120"} | env, text=True, capture_output=True, timeout=60, check=False)
    assert done.returncode in (0, 1, 2), done.stderr
    return done


def golden(path, got):
    """Compares with the file, or writes it where UPDATE=1 asks for that."""
    if os.environ.get("UPDATE"):
        path.write_text(got)
    assert got == path.read_text()


@pytest.mark.parametrize("name, words", [
    ("spring", SPRING), ("zone", [*SPRING, "--zone", "America/Los_Angeles"]), ("pair", ["--from", "2027-04-12", "--to", "2027-05-10"]),
    ("side", [*SPRING, "--pool", "side", "--zone", "Asia/Kolkata"])])
def test_a_map_is_as_it_was(name, words):
    """Goal: golden files of maps: one for each stretch between changes of the clocks, gaps, warnings."""
    done = run(*words)
    assert done.returncode == 1
    golden(GOLDEN / f"{name}.txt", done.stdout)


def test_the_json_is_the_contract():
    """Goal: the four keys; the gap that Berlin leaves before Los Angeles starts is there in winter, gone and back with the clocks."""
    got = json.loads(run(*SPRING, "--json").stdout)
    assert list(got) == ["covered_hours", "gap_hours", "gaps", "warnings"]
    assert got["covered_hours"] + got["gap_hours"] == 30 * 9
    gaps = {gap["from"]: gap["to"] for gap in got["gaps"]}
    assert gaps.pop("2027-03-17T09:00:00Z") == "2027-03-17T16:00:00Z", "Bea is away, and Sam comes at 16:00"
    assert {start[11:16] for start in gaps if start < "2027-03-15"} <= {"17:30"} and len(gaps) == 0, gaps
    assert [w for w in got["warnings"] if "2027-03-14" in w and "America/Los_Angeles" in w]
    assert [w for w in got["warnings"] if "2027-03-28" in w and "Europe/Berlin" in w]
    assert [w for w in got["warnings"] if "2 of 3 seats have a name" in w]


def test_a_plan_without_a_gap_is_well():
    """Goal: exit 0 and nothing in red, for an hour in which nothing is wrong."""
    done = run("--from", "2027-03-02T10:00:00Z", "--to", "2027-03-02T11:00:00Z")
    assert done.returncode == 0 and "!!" not in done.stdout.split("\n\n")[1], done.stdout


def test_in_a_terminal_the_map_has_colours_and_the_same_characters():
    """Goal: on a pty with colours each cell is painted; without the paint it is what a pipe gets."""
    parent, child = pty.openpty()
    env = os.environ | {"TERM": "xterm-256color", "COLUMNS": "120"}
    env.pop("NO_COLOR", None)
    with subprocess.Popen(command(*SPRING), stdout=child, env=env) as process:
        os.close(child)
        shown = b""
        try:
            while chunk := os.read(parent, 65536):
                shown += chunk
        except OSError:                 # the terminal's end of file
            pass
        assert process.wait() == 1
    os.close(parent)
    shown = shown.decode().replace("\r\n", "\n")
    assert "\033[30;42m 1\033[0m" in shown and "\033[30;43m~~\033[0m" in shown
    assert re.sub(r"\033\[[\d;]*m", "", shown) == run(*SPRING).stdout


def test_without_days_it_is_what_is_planned_of_the_coming_weeks():
    """Goal: from today on, to the end of the plan or 13 weeks."""
    now = int(subprocess.run(["date", "+%s"], capture_output=True, check=True).stdout)
    then = int(subprocess.run(["date", "-ud", "2027-03-29 12:00", "+%s"], capture_output=True, check=True).stdout)
    done = run(ESCRELAY_CLOCK=f"{then - now:+d}")
    assert done.stdout.startswith("Pool core, Mon 29 Mar 2027 00:00 to Mon 3 May 2027 00:00 UTC\n")
    assert "Hours in Europe/London\n" in done.stdout


@pytest.mark.parametrize("words, part", [(["--zone", "PST"], "perhaps 'America/Los_Angeles'"), (["--zone"], "--zone wants"),
                                         (["--from", "2027-04-12", "--to", "2027-04-12"], "must come after"),
                                         (["--from", "2027-01-01", "--to", "2040-01-01"], "ten years")])
def test_wrong_use_is_told(words, part):
    """Goal: exit 2, and what would be right."""
    done = run(*words)
    assert done.returncode == 2 and part in done.stderr
