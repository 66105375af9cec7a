"""Killed at every durable step, the relay ends where it would have ended undisturbed.

A path of three mails (a forward, an outsider's mail, the engineer's /ack) goes through fetch, decide
and send. strace kills each process of each stage at its Nth call of one kind; the stages are then
run again until all is quiet, and the observer compares. N grows until nothing is killed any more.
Usually some N are left out, to be quick: CRASH_ALL=1 takes them all.
"""
import os
import shutil

import pytest

from conftest import PROGRAM
from support import mails
from support.observer import Store, observe
from support.relay import Relay

ALL = os.environ.get("CRASH_ALL") == "1"
STAGES = ("fetch", "decide", "send")
LAST = 400                          # a bound: no stage makes so many calls of a kind
# The calls, and which N are tried: every `stride`th from the first, up to `most` of them.
CALLS = {"fdatasync": (1, 1), "flock": (3, 1), "ftruncate": (2, 1), "sendto": (5, 1), "sendmsg": (5, 1),
         "write": (2, 1), "unlink": (1, 1), "pwrite64": (29, 3)}

pytestmark = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")


class Path:
    """One run of the three mails; `kill` is (call, N), or None for the run that nothing disturbs."""

    def __init__(self, lab, directory, kill=None):
        directory.mkdir()
        lab.reset()
        self.lab, self.kill, self.kills, self.delivered = lab, kill, 0, []
        self.relay = Relay(directory, lab, PROGRAM)
        self.trace = directory / "trace"

    def deliver(self, *some):
        """Mails come through the border."""
        before = self.lab.count("escalations")
        for mail in some:
            self.lab.send(mail)
            self.delivered.append(mail)
        self.lab.wait_mail("escalations", before + len(some))

    def stages(self):
        """One round, under the knife; then more until nothing is left to do."""
        for stage in STAGES if self.kill else ():
            call, when = self.kill
            self.relay.run(stage, "--once", check=None, under=(
                "strace", "-f", "-o", self.trace, "-e", f"trace={call}",
                "-e", f"inject={call}:signal=SIGKILL:when={when}"))
            self.kills += self.trace.read_text().count("killed by SIGKILL")
        for _ in range(4):
            self.relay.run("run", "--once", check=None)
            if self.quiet():
                return

    def quiet(self):
        """Nothing waits to be fetched, judged or sent."""
        store = Store(self.relay.directory / "escrelay.db")
        return (self.lab.count("escalations") == 0 and all(row["state"] != "kept" for row in store.journal)
                and all(row["state"] in ("sent", "refused", "dropped") for row in store.outbox))

    def walk(self, like=None):
        """The whole path; returns the end state."""
        self.deliver(mails.forward(), mails.outsider())
        self.stages()
        [assignment, *_] = self.lab.wait_mail("keegan")
        self.deliver(mails.reply(assignment, mails.KEEGAN, "/ack\n\nI am looking into the memory of that pod now."))
        self.stages()
        self.settle()
        end = observe(self.lab, self.relay, self.delivered, like)
        self.relay.close()
        return end

    def settle(self):
        """Postfix has delivered what it took."""
        self.lab.postfix.empty()


@pytest.mark.parametrize("call", CALLS)
def test_killed_at_any_step_it_ends_the_same(lab, tmp_path, call):
    """Goal: I1 to I7 hold, and the end state is that of the run without a crash."""
    usual = Path(lab, tmp_path / "usual").walk()
    stride, every = CALLS[call]
    stride = every if ALL else stride
    for number in range(1, LAST, stride):
        path = Path(lab, tmp_path / f"{number}", (call, number))
        try:
            path.walk(usual)
        except AssertionError as fault:
            raise AssertionError(f"killed at {call} number {number}: {fault}") from None
        if path.kills == 0:
            break
    assert number > 1, f"nothing was ever killed at {call}"
