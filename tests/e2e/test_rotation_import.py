"""`rotation import` makes configuration of a published roster, and asks for what the page does not say."""
import json
import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = Path(os.environ.get("ESCRELAY", ROOT / "build-asan/escrelay")).absolute()
GOLDEN = ROOT / "tests/golden/rosters"
PAGES = sorted(GOLDEN.glob("*.md"))
ANSWERS = ["--domain", "example.com", "--hours", "mon-fri 09:00-17:00", "--handover", "09:00", "--zone", "Europe/London",
           "--zone", "PST=America/Los_Angeles", "--zone", "gl-srgr=America/New_York"]
HEAD = """address escalations@example.com
operator support-ops@example.com
staff example.com
authserv-id mx.example.com
store {store}
seats-wanted 2
cover mon-fri 09:00-17:00 Europe/London
cover mon-fri 09:00-17:00 America/New_York
"""


def run(*words, stdin=b"", at=None):
    """The program, at a given second if asked; import needs no configuration."""
    env = os.environ | {"COLUMNS": "120"}
    if at is not None:
        now = int(subprocess.run(["date", "+%s"], capture_output=True, check=True).stdout)
        then = int(subprocess.run(["date", "-d", at, "+%s"], capture_output=True, check=True).stdout)
        env["ESCRELAY_CLOCK"] = f"{then - now:+d}"
    done = subprocess.run([PROGRAM, *map(str, words)], cwd=GOLDEN, input=stdin, env=env, capture_output=True, timeout=60, check=False)
    assert done.returncode in (0, 1, 2, 3), done.stderr.decode()
    return done


def golden(path, got):
    """Compares with the file, or writes it where UPDATE=1 asks for that."""
    if os.environ.get("UPDATE"):
        path.write_bytes(got)
    assert got == path.read_bytes()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_roster_gives_the_configuration_and_the_questions_that_it_gave(page):
    """Goal: golden files of both; what is asked stands in the configuration under the same number."""
    done = run("rotation", "import", page.name)
    assert done.returncode == 1
    golden(page.with_suffix(".conf"), done.stdout)
    golden(page.with_suffix(".txt"), done.stderr)
    for line in done.stderr.decode().splitlines():
        if line[0].isdigit() and ". " in line:
            assert line in [part.removeprefix("#").strip() for part in done.stdout.decode().splitlines()]


def test_the_real_roster_with_its_questions_answered_is_loaded_and_its_flaws_are_said(tmp_path):
    """Goal: the handbook's roster: imported without a question left, read by check, and what it lacks named on the way."""
    done = run("rotation", "import", "handbook.md", *ANSWERS)
    said = done.stderr.decode()
    assert done.returncode == 0, said
    assert "jhchabran is alone" in said and "burmudar is alone" in said and "Numbers88s is alone" in said
    assert "line 16: nobody is named for the 33 days from 2023-03-03" in said
    assert "8 days belong to two spans each, the first 2023-01-03" in said
    conf = tmp_path / "relay.conf"
    conf.write_text(HEAD.format(store=tmp_path / "none.db") + done.stdout.decode())
    checks = json.loads(run("-c", conf, "check", "--json", at="2023-02-10T12:00:00Z").stdout)["checks"]
    assert {c["what"]: c["grade"] for c in checks}["configuration"] == "ok", checks
    who = json.loads(run("-c", conf, "rotation", "who", "--json", "--at", "2023-01-03T08:30:00Z").stdout)
    assert who["rotation"]["to"] == "2023-01-03T09:00:00Z", "the shared day is burmudar's until the handover"
    coverage = json.loads(run("-c", conf, "rotation", "coverage", "--json", "--from", "2023-03-01", "--to", "2023-06-01").stdout)
    assert coverage["gaps"][2]["from"] == "2023-03-03T09:00:00Z", "from this handover on nobody has a seat"
    assert any("2023-03-03 to 2023-04-05" in w for w in coverage["warnings"])


def test_the_same_as_json_and_from_standard_input():
    """Goal: one object with all its keys, from a file or from standard input."""
    page = (GOLDEN / "handbook.md").read_bytes()
    done = run("rotation", "import", "-", "--json", "--pool", "search", stdin=page)
    got = json.loads(done.stdout)
    assert done.returncode == 1 and list(got) == ["handover", "engineers", "rotations", "questions", "notes"]
    assert got["rotations"][0] == {"pool": "search", "from": "2022-08-10", "to": "2022-09-07", "seats": ["keegancsmith", "BolajiOlajide"], "line": 9}
    assert got["rotations"][7]["seats"] == [None]
    people = {one["engineer"]: one for one in got["engineers"]}
    assert people["mrnugget"]["name"] == "Thorsten Ball" and people["Numbers88s"]["tag"] == "PST" and people["Numbers88s"]["zone"] is None
    assert any("PST" in q and "America/Los_Angeles" in q for q in got["questions"])
    answered = json.loads(run("rotation", "import", "-", "--json", *ANSWERS, stdin=page).stdout)
    assert answered["questions"] == [] and answered["handover"] == "09:00 UTC"


@pytest.mark.parametrize("words, part", [
    ([], "wants the file"), (["a.md", "b.md"], "one file"), (["handbook.md", "--zone", "EST"], "America/New_York"),
    (["handbook.md", "--zone", "mrnuget=Europe/Berlin"], "nobody on the roster is 'mrnuget'"), (["handbook.md", "--hours", "9-5"], "--hours wants"),
    (["handbook.md", "--hours", "mon-fri 09:00-17:00 }"], "--hours wants"), (["handbook.md", "--handover", "9"], "--handover wants"),
    (["handbook.md", "--domain", "a b"], "no domain"), (["handbook.md", "--dates", "ymd"], "--dates wants"), (["handbook.md", "--pool", "a b"], "no name"),
    (["handbook.md", "--year", "22"], "--year wants"), (["handbook.md", "--zones", "UTC"], "not an option"), (["handbook.md", "--zone"], "wants a value")])
def test_a_wrong_answer_is_wrong_use(words, part):
    """Goal: exit 2, and what would be right; nothing on standard output."""
    done = run("rotation", "import", *words)
    assert done.returncode == 2 and part in done.stderr.decode() and done.stdout == b"", done.stderr.decode()


def test_a_page_without_a_roster_and_a_file_that_is_not_there():
    """Goal: the one is a finding, the other cannot be done."""
    done = run("rotation", "import", "-", stdin=b"# Nothing here\n")
    assert done.returncode == 1 and b"there is no roster" in done.stderr
    done = run("rotation", "import", "missing.md")
    assert done.returncode == 3 and b"missing.md" in done.stderr
