"""`rotation next` says who would take the next escalations, which is what dispatch then does; and it never writes."""
import hashlib
import shutil
import subprocess

import pytest

from conftest import PROGRAM
from support import REPOSITORY, mails

AT = "2026-11-24T16:05:00Z"
RUN = "2026-11-24T16:05:15Z"            # within that minute, which is as exact as sentences are
THREE = """
engineer keegan { name "Keegan"; email keegan@example.com; zone America/Los_Angeles; hours mon-fri 08:00-17:00; cap 2 }
engineer bola { name "Bola"; email bola@example.com; zone Africa/Lagos; hours mon-fri 09:00-18:00; cap 1; offhours yes }
engineer valery { name "Valery"; email valery@example.com; zone Asia/Tokyo; hours mon-fri 09:00-18:00; skill search }
"""
ROTATION = "rotation core 2026-11-02 to 2026-12-14 { seats keegan bola valery }\n"


def names(relay, *words, **options):
    """Who takes them, in order."""
    return [one["engineer"] for one in relay.json("rotation", "next", *words, **options)]


def test_what_it_says_is_what_dispatch_does(lab, relay):
    """Goal: three mails later each went to whom it named, at that instant, for that reason; the store's bytes are the same after it."""
    relay.configure(engineers=THREE, rotation=ROTATION)
    before = relay.json("rotation", "next", "3", "--at", AT)
    assert [one["engineer"] for one in before] == ["keegan", "bola", "keegan"]
    assert list(before[0]) == ["n", "engineer", "at", "local", "offhours", "why"]
    assert not relay.store.exists(), "to ask makes no store"
    for number in range(3):
        said = relay.one("rotation", "next", "1", "--at", AT)
        digest = hashlib.sha256(relay.store.read_bytes()).digest() if number else None
        lab.send(mails.forward(mails.ticket(f"Case {number}", f"It broke, number {number}.\n")))
        lab.wait_mail("escalations")
        assert digest is None or hashlib.sha256(relay.store.read_bytes()).digest() == digest, "to ask changes nothing"
        relay.run("run", "--once", at=RUN)
        row = relay.json("rotation", "ledger")[-1]
        assert (row["engineer"], row["why"]) == (said["engineer"], said["why"]) == (before[number]["engineer"], before[number]["why"])
    # Keegan has two open, Bola one: that is as many as they take, though both are at work.
    later = relay.one("rotation", "next", "1", "--at", AT)
    assert later["engineer"] == "valery" and later["at"] == "2026-11-25T00:00:00Z" and later["local"] == "2026-11-25T09:00:00+09:00"


@pytest.fixture
def plan(tmp_path, relay):
    """The same three, and no mail at all."""
    relay.configure(engineers=THREE, rotation=ROTATION)
    return relay


def test_who_cannot_wait_and_who_is_asked_off_hours(plan):
    """Goal: on a Saturday the case waits for Tokyo's Monday, unless its severity may disturb somebody; a skill is asked for."""
    saturday = ["--at", "2026-11-28T12:00:00Z"]
    assert names(plan, "2", *saturday) == ["valery", "valery"]
    assert plan.one("rotation", "next", "1", *saturday)["at"] == "2026-11-30T00:00:00Z"
    urgent = plan.one("rotation", "next", "1", "--severity", "1", *saturday)
    assert urgent["engineer"] == "bola" and urgent["offhours"] is True and urgent["at"] == "2026-11-28T12:00:00Z"
    assert names(plan, "1", "--skill", "search", "--at", AT) == ["valery"]
    assert "in 1 d 12 h: Mon 30 Nov 2026 00:00 UTC, Mon 30 Nov 2026 09:00 by his clock" in plan.run("rotation", "next", *saturday).stdout


def test_nobody_at_all_is_a_finding(plan):
    """Goal: exit 1 after a plan's end, without a skill, and when all have what they can take; nobody behind is asked for."""
    done = plan.run("rotation", "next", "--at", "2026-12-20", check=1)
    assert "nobody: no rotation of core is on" in done.stdout and done.stdout.count("nobody\n") == 1
    assert plan.json("rotation", "next", "--skill", "cobol", "--at", AT, check=1)[0]["engineer"] is None
    plan.configure(engineers=THREE.replace("skill search", "cap 1"))
    assert names(plan, "9", "--at", AT, check=1) == ["keegan", "bola", "keegan", "valery", None]


def test_accounts_begin_anew_with_a_rotation(plan):
    """Goal: what waits over the end of a rotation is taken by those of the next."""
    plan.configure(rotation=ROTATION.replace("2026-12-14", "2026-11-28") + "rotation core 2026-11-28 to 2027-01-04 { seats bola }\n")
    got = plan.one("rotation", "next", "1", "--at", "2026-11-28T12:00:00Z")
    assert got["engineer"] == "bola" and got["at"] == "2026-11-30T08:00:00Z"


@pytest.mark.parametrize("words", [["0"], ["101"], ["x"], ["1", "2"], ["--at", "noon"], ["--at"], ["--severity", "12"], ["--pool"], ["--since", "x"]])
def test_wrong_use_is_told(plan, words):
    """Goal: exit 2 and the usage."""
    assert "usage" in plan.run("rotation", "next", *words, check=2).stderr


def test_the_guide_shows_what_it_prints(tmp_path):
    """Goal: the example of docs/rotation.md is the output for the shipped configuration."""
    text = (REPOSITORY / "docs/rotation.md").read_text()
    shutil.copytree(REPOSITORY / "rules", tmp_path / "rules")
    conf = (REPOSITORY / "relay.conf").read_text().replace("/var/lib/escrelay", str(tmp_path))
    (tmp_path / "relay.conf").write_text(conf)
    shown = text.split("$ escrelay rotation next --at 2026-11-24T16:05:00Z\n")[1].split("```")[0]
    said = subprocess.run([PROGRAM, "-c", tmp_path / "relay.conf", "rotation", "next", "--at", AT], text=True, capture_output=True, check=True)
    assert said.stdout == shown
