"""The instant before a stage, with a forward and an outsider's mail on their way, as often as a test likes.

The program is the one without sanitizers: it starts in a hundredth of a second, and wants no memory of its own.
"""
import shutil

from . import mails
from .observer import Store, observe
from .process import REPOSITORY
from .relay import Relay

PLAIN = REPOSITORY / "build/escrelay"
STAGES = ("fetch", "decide", "send")


class Moment:
    """The instant before a stage, to which one can return as often as one likes."""

    def __init__(self, lab, directory, stage):
        self.lab, self.directory, self.stage, self.tries = lab, directory, stage, 0
        self.delivered = [mails.forward(), mails.outsider()]
        for mail in self.delivered:
            lab.send(mail)
        lab.wait_mail("escalations", len(self.delivered))
        self.raw = lab.raw_of("escalations")
        first = self._relay("before")
        for before in STAGES[:STAGES.index(stage)]:
            first.run(before, "--once")
        self.store = first.store if first.store.exists() else None
        self.usual = None
        self.usual = self.go()[1]

    def _relay(self, name):
        (self.directory / name).mkdir()
        return Relay(self.directory / name, self.lab, PLAIN)

    def go(self, under=()):
        """The stage with a fault, then all of them without. What the stage said and ended with, and the end state."""
        self.tries += 1
        self.lab.reset()
        relay = self._relay(str(self.tries))
        if self.store is not None:
            for end in ("", "-wal"):
                shutil.copy(f"{self.store}{end}", f"{relay.store}{end}")
        if self.stage == "fetch":
            for raw in self.raw:
                self.lab.dovecot.deliver("escalations@example.com", raw)
        done = relay.run(self.stage, "--once", check=None, timeout=120, under=("sh", "-c", '"$@"; exit $?', "sh", *under)) if under else None
        for _ in range(4):
            relay.run("run", "--once", check=None)
            if all(row["state"] != "kept" for row in Store(relay.store).journal) and self.lab.count("escalations") == 0 and all(
                    row["state"] in ("sent", "refused") for row in Store(relay.store).outbox):
                break
        self.lab.postfix.empty()
        return done, observe(self.lab, relay, self.delivered, self.usual)
