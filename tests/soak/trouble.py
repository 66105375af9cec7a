"""What goes wrong while people write: deaths, cut lines, servers that say "later", new UIDs, clocks that jump."""
import os
import signal
import time
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path

from support.proxy import DOWN, UP, Fault, FaultProxy


class Trouble:
    """`strike()` does one thing at random; `end()` leaves a world in which all works. `story` is what was done, when."""

    def __init__(self, lab, relay, random):
        self.lab, self.relay, self.random, self.story, self.jumped = lab, relay, random, [], 0
        self.imap = FaultProxy(lab.dovecot.ports["imaps"])
        self.smtp = FaultProxy(lab.postfix.ports["smtps"])
        self._validity = int(time.time())
        self._began, self._later = time.monotonic(), []     # (when, what): what ends a trouble that lasts
        self._kinds = [*[self.kill] * 5, *[self.cut] * 4, *[self.stall] * 2, self.behead, self.kill_all, self.restart,
                       self.hang_up, self.say_later, self.new_uids, self.restart_imap]

    def start(self):
        """Starts the relay at its present time."""
        self.relay.start(at=datetime.now(timezone.utc) + timedelta(seconds=self.jumped))

    def strike(self):
        """One thing."""
        self.random.choice(self._kinds)()

    def tend(self):
        """Ends what has lasted long enough."""
        for due in [one for one in self._later if one[0] <= time.monotonic()]:
            self._later.remove(due)
            due[1]()

    def end(self):
        """All troubles are over, and the clock has jumped so far that whatever waits is due."""
        for _, what in self._later:
            what()
        self._later = []
        self.imap.strike()
        self.smtp.strike()
        code = self.relay.stop()
        assert code == 0, f"SIGTERM ended it with {code}"
        self.jumped += 6 * 3600
        self._tell("all troubles end")
        self.start()

    def close(self):
        """The proxies go."""
        self.imap.stop()
        self.smtp.stop()

    # --- deaths -------------------------------------------------------------------------------

    def kill(self):
        """SIGKILL to one process that is not the parent of all."""
        _, *others = self.relay.family()
        if others:
            pid = self.random.choice(others)
            self._tell(f"kill -9 {name_of(pid)}")
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def behead(self):
        """SIGKILL to the parent of all: the others must end by themselves."""
        self._tell("kill -9 run")
        self.relay.behead()
        self.start()

    def kill_all(self):
        """Power off."""
        self._tell("kill -9 all")
        self.relay.stop(signal.SIGKILL)
        self.start()

    def restart(self):
        """SIGTERM, and a start on a clock that has jumped."""
        code = self.relay.stop()
        assert code == 0, f"SIGTERM ended it with {code}"
        self.jumped = max(0, self.jumped + self.random.choice([0, 60, 3600, -300]))
        self._tell(f"SIGTERM, then started {self.jumped} s ahead")
        self.start()

    def hang_up(self):
        """SIGHUP."""
        self._tell("SIGHUP")
        self.relay.hup()

    # --- the network and the servers ----------------------------------------------------------

    def cut(self):
        """A connection ends at some byte, to the IMAP or the SMTP server."""
        name, proxy = self._line()
        # A cut within the handshake of TLS makes the relay hold its queue for half a minute: seldom, or nothing else is
        # seen.
        after = self.random.choice([500] + 3 * [0, 5000, 8000, 20000]) if proxy is self.smtp else self.random.choice(
            [0, 500, 5000, 8000, 20000])
        fault = Fault(self.random.choice(["reset", "close"]), after=after, direction=self.random.choice([DOWN, UP]))
        self._tell(f"{name}: {fault.action} after {fault.after} bytes {fault.direction}")
        proxy.strike(fault)
        self._until(self.random.uniform(0.5, 3), proxy.strike)

    def stall(self):
        """A connection is silent for a while."""
        name, proxy = self._line()
        fault = Fault(self.random.choice(["stall", "blackhole"]), after=self.random.choice([0, 4000, 9000]),
                      direction=self.random.choice([DOWN, UP]))
        self._tell(f"{name}: {fault.action} after {fault.after} bytes {fault.direction}")
        proxy.strike(fault)
        self._until(self.random.uniform(2, 14), proxy.strike)

    def say_later(self):
        """The submission server is busy: 450 to each letter, or 421 and good-bye."""
        word = self.random.choice(["defer", "static:{421 4.3.2 too busy}"])
        self._tell(f"submission says {word}")
        self.lab.postfix.reload(authenticated=word)
        self._until(self.random.uniform(2, 6), lambda: self.lab.postfix.reload(authenticated=None))

    def new_uids(self):
        """The mailbox gets another UIDVALIDITY: every UID known means nothing any more."""
        self._validity += 1
        self._tell(f"UIDVALIDITY {self._validity}")
        with suppress(RuntimeError):    # somebody had it locked: another time
            self.lab.dovecot.doveadm("mailbox", "update", "-u", "escalations@example.com", "--uid-validity",
                                     self._validity, "INBOX")

    def restart_imap(self):
        """Dovecot ends and comes back."""
        self._tell("Dovecot restarts")
        self.lab.dovecot.restart()

    # --- inside -------------------------------------------------------------------------------

    def _line(self):
        return self.random.choice([("IMAP", self.imap), ("SMTP", self.smtp)])

    def _until(self, seconds, what):
        self._later.append((time.monotonic() + seconds, what))

    def _tell(self, what):
        self.story.append(f"{time.monotonic() - self._began:6.1f} s  {what}")


def name_of(pid):
    """A process by its command and its number: "fetch 1234"."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace").split("\0")
        parent = Path(f"/proc/{pid}/stat").read_text("latin-1").rpartition(")")[2].split()[1]
        above = Path(f"/proc/{parent}/cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    except OSError:
        return f"process {pid}"
    command = next((word for word in words[1:] if word in ("run", "fetch", "decide", "send", "imap-child")), "?")
    return f"{command}{' worker' if above[1:] == words[1:] else ''}"
