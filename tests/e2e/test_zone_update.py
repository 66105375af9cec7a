"""Goal: an update of tzdata is in force in a relay that runs, without a reload and without a word of the operator's."""
import shutil
from datetime import datetime, timezone
from pathlib import Path

import pytest

from support.process import wait_until
from test_time_jumps import Clock, journalled, states

ZONEINFO = Path("/usr/share/zoneinfo")


def fixed(hour):
    """The file of a zone in which it is that hour now."""
    west = (datetime.now(timezone.utc).hour - hour + 12) % 24 - 12
    return ZONEINFO / f"Etc/GMT{west:+d}" if west else ZONEINFO / "Etc/GMT"


@pytest.fixture
def tzdir(tmp_path, monkeypatch):
    """A tzdata of our own: what there is, and a town whose clocks we set."""
    folder = tmp_path / "zoneinfo"
    folder.mkdir()
    for one in ZONEINFO.iterdir():
        (folder / one.name).symlink_to(one)
    (folder / "Test").mkdir()
    monkeypatch.setenv("TZDIR", str(folder))
    return folder


def town(tzdir, source):
    """As a package manager replaces a file: a new one takes the place of the old at once."""
    shutil.copy(source, tzdir / "Test/new")
    (tzdir / "Test/new").rename(tzdir / "Test/Town")


def test_new_rules_of_a_zone_hold_for_the_case_that_waits(lab, relay, tzdir):
    """Goal: it is three at night in Keegan's town and the case waits; by the new tzdata it is one in the afternoon there,
    and he has it; a case that comes after it goes to him too."""
    town(tzdir, fixed(3))
    relay.configure(engineers='engineer keegan { name "Keegan"; email keegan@example.com; zone Test/Town; '
                              "hours mon-sun 08:00-22:00 }\n",
                    rotation=relay.parts["rotation"].replace("bola valery", ""))
    clock = Clock(relay)                # for its poke alone
    journalled(lab, relay)
    relay.start("decide")
    wait_until(lambda: states(relay) == ["waiting"], "nobody is at work")
    town(tzdir, fixed(13))

    def assigned():
        clock.poke()
        return states(relay) == ["assigned"]
    wait_until(assigned, "he is at work by the new rules")
    relay.wait_log("tzdata was updated: 1 zone was read anew")
    journalled(lab, relay, "Another")
    clock.poke()
    wait_until(lambda: states(relay) == ["assigned", "assigned"], "the next one, too")
    assert relay.stop() == 0
    relay.run("run", "--once")
    assert "in Town" in str(lab.wait_mail("ada")[-1].get_body(("plain",)).get_content())
    assert relay.one("rotation", "who")["on_shift"][0]["zone"] == "Test/Town"
    assert lab.count("keegan") == 2
