"""A proxy on plain text that counts exchanges, and does something at an exact moment of one of them.

An exchange is what the client says up to the server's answer: a command line, or the whole of a mail
behind DATA. Number 0 is the greeting. Nothing passes, either way, while that something is done.
"""
import re
import threading

from .proxy import UP, FaultProxy
from .scripted import Ended

BEFORE, BETWEEN, AFTER = "before", "between", "after"
MOMENTS = (BEFORE, BETWEEN, AFTER)
# The last line of an answer: of IMAP, its "+", its greeting; of SMTP.
LAST = re.compile(rb"(?:^|\n)(?:\d+ (?:OK|NO|BAD)\b[^\n]*|\+[^\n]*|\d{3} [^\n]*)\n\Z")
GREETING = re.compile(rb"\A(?:\* |\d{3} )[^\n]*\n\Z")


class Exchanges(FaultProxy):
    """`said` lists the first line of each exchange of all connections, one after the other.

    What `act` was given is called at `moment` of exchange `number`: before it reaches the server; between, when
    the server has done it and its answer has not passed; after the answer's last byte. It returns
    whether the client lives: else the connection ends there, and what was held is lost.
    """

    def __init__(self, target, number=None, moment=None):
        self.said, self.acted = [b"the greeting"], False
        self._at, self._act, self._lock = (number, moment), None, threading.Lock()
        self._speaker, self._answer = UP, bytearray()
        super().__init__(target)

    def act(self, act):
        """Says what is to be done."""
        self._act = act

    def _pass(self, link, direction, data):
        with self._lock:
            news = direction != self._speaker
            self._speaker = direction
            if direction == UP:
                if news:
                    self.said.append(data.split(b"\r\n")[0])
                    self._moment(BEFORE, link)
                super()._pass(link, direction, data)
                return
            if news:
                self._answer.clear()
                self._moment(BETWEEN, link)
            super()._pass(link, direction, data)
            self._answer += data
            if (GREETING if len(self.said) == 1 else LAST).search(self._answer):
                self._moment(AFTER, link)

    def _moment(self, moment, link):
        if self._act is None or self.acted or self._at != (len(self.said) - 1, moment):
            return
        self.acted = True
        if not self._act():
            link.end()
            raise Ended
