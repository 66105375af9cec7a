"""Fixtures: one lab for the whole session, fresh mailboxes and a relay for each test."""
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from support import REPOSITORY, Lab    # noqa: E402  (only now is it found)
from support.relay import Relay        # noqa: E402

PROGRAM = Path(os.environ.get("ESCRELAY", REPOSITORY / "build-asan/escrelay")).absolute()


@pytest.fixture(scope="session")
def servers():
    """The servers themselves, shared by all tests because they are not ours to test."""
    with Lab() as lab:
        yield lab


@pytest.fixture
def lab(servers):
    """The lab as on its first day."""
    servers.reset()
    return servers


@pytest.fixture
def relay(lab, tmp_path):
    """The program under test, configured for the lab and not yet started."""
    if not PROGRAM.exists():
        pytest.fail(f"no {PROGRAM}: build it, or name another by ESCRELAY")
    relay = Relay(tmp_path, lab, PROGRAM)
    yield relay
    relay.close()
    relay.observe()
