"""Killed at every durable step, the relay ends where it would have ended undisturbed.

A path of three mails goes through fetch, decide and send. strace kills each process of each stage at
its Nth call of one kind; the stages are then run again until all is quiet, and the observer
compares. N grows until nothing is killed any more. Usually some N are left out, to be quick:
CRASH_ALL=1 takes them all.
"""
import os
import shutil
import signal
import time

import pytest

from conftest import PROGRAM
from support.process import wait_until
from support.walk import Walk

ALL = os.environ.get("CRASH_ALL") == "1"
LETTERS = 5                         # that the walk comes to
LAST = 400                          # a bound: no stage makes so many calls of a kind
# The calls, and which N are tried: every how manyth usually, and with CRASH_ALL.
CALLS = {"fdatasync": (1, 1), "flock": (5, 1), "ftruncate": (2, 1), "sendto": (7, 1),
         "write": (2, 1), "unlink": (1, 1), "pwrite64": (31, 3)}

pytestmark = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")


@pytest.mark.parametrize("call", CALLS)
def test_killed_at_any_step_it_ends_the_same(lab, tmp_path, call):
    """D10. Goal: I1 to I7 hold, and the end state is that of the run without a crash."""
    usual, twice = Walk(lab, tmp_path / "usual", PROGRAM)(), 0
    for number in range(1, LAST, CALLS[call][ALL]):
        walk = Walk(lab, tmp_path / f"{number}", PROGRAM, (call, f"signal=SIGKILL:when={number}"))
        try:
            walk(usual)
        except AssertionError as fault:
            raise AssertionError(f"killed at {call} number {number}: {fault}") from None
        twice += sum(map(lab.count, ("ada", "keegan", "support-ops"))) - LETTERS
        if walk.kills == 0:
            break
    assert number > 1, f"nothing was ever killed at {call}"
    assert call != "fdatasync" or twice > 0, "nobody was killed between the server's 250 and the note of it"


def test_all_killed_at_once_again_and_again(lab, tmp_path):
    """D10. Goal: the same for `run` with all its stages and workers, whenever the whole of it dies."""
    usual = Walk(lab, tmp_path / "usual", PROGRAM)()
    walk = Walk(lab, tmp_path / "killed", PROGRAM)

    def stages():
        for tenths in (1, 4, 2, 5, 3, 6):
            walk.relay.start()
            time.sleep(tenths / 10)
            walk.relay.stop(signal.SIGKILL)
        lives = walk.relay.log().count("connected to")
        walk.relay.start()
        wait_until(lambda: walk.relay.log().count("connected to") > lives and walk.quiet(), "it has done all", 40,
                   walk.relay.log_file)
        assert walk.relay.stop() == 0

    walk.stages = stages
    walk(usual)
