"""The units: systemd itself finds nothing wrong with them, and little that they could be used for."""
import re
import shutil
import subprocess

import pytest

from support import REPOSITORY

STAGES = ("fetch", "decide", "send")


@pytest.fixture
def units(tmp_path):
    """The units as `make install` writes them, with a program that is there."""
    for stage in STAGES:
        text = (REPOSITORY / f"systemd/escrelay-{stage}.service.in").read_text()
        (tmp_path / f"escrelay-{stage}.service").write_text(text.replace("@BINDIR@/escrelay", "/bin/true"))
    shutil.copy(REPOSITORY / "systemd/escrelay.target", tmp_path)
    return tmp_path


def analyze(*args):
    """systemd-analyze with its output."""
    return subprocess.run(["systemd-analyze", *map(str, args)], text=True, check=False, capture_output=True)


def test_units_are_valid(units):
    """Goal: `systemd-analyze verify` says nothing at all (it exits 0 even on an unknown key)."""
    done = analyze("verify", *sorted(units.iterdir()))
    assert done.returncode == 0 and done.stderr == "", done.stderr


@pytest.mark.parametrize("stage", STAGES)
def test_units_are_hardened(units, stage):
    """Goal: an exposure of at most 2.0."""
    done = analyze("security", "--offline=true", "--threshold=20", units / f"escrelay-{stage}.service")
    level = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert done.returncode == 0 and float(level.group(1)) <= 2.0, done.stdout[-300:] + done.stderr


def test_each_stage_gets_only_what_it_needs():
    """Goal: decide has no network and no mail password; nobody has two passwords; all notify and are watched."""
    text = {stage: (REPOSITORY / f"systemd/escrelay-{stage}.service.in").read_text() for stage in STAGES}
    assert "PrivateNetwork=yes" in text["decide"] and "LoadCredential" not in text["decide"]
    assert re.findall(r"^LoadCredential=(\S+?):", text["fetch"], re.M) == ["imap-password"]
    assert re.findall(r"^LoadCredential=(\S+?):", text["send"], re.M) == ["smtp-password"]
    for unit in text.values():
        assert "Type=notify\n" in unit and "WatchdogSec=" in unit and "User=escrelay\n" in unit
        assert "StateDirectoryMode=2770\n" in unit and "UMask=0007\n" in unit
