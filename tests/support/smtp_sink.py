"""An SMTP server that accepts everything, keeps the exact bytes, and errs where it is told to."""
import base64
import re
import threading
from dataclasses import dataclass, field

from .scripted import Listener
from .process import wait_until


@dataclass
class Transaction:
    """One mail as it came over the wire."""
    connection: int
    sender: str
    recipients: list = field(default_factory=list)
    wire: bytes = b""           # all after the 354, with the final dot
    answer: str = ""            # what we said to that dot
    user: str = ""              # who had logged in
    tls: bool = False

    @property
    def mail(self):
        """The mail itself: without the final dot, and with stuffed dots undone."""
        return re.sub(rb"(?m)^\.", b"", self.wire[:-3])


class Script:
    """Answers that differ from the usual ones: {word: answer, or a list of one for each time}.

    None is the usual answer; so is the time after the end of a list.
    """

    def __init__(self, answers):
        self._answers = {word: list(answer) if isinstance(answer, (list, tuple)) else answer
                         for word, answer in answers.items()}
        self._lock = threading.Lock()

    def next(self, word):
        """The answer to this word now."""
        with self._lock:
            answer = self._answers.get(word)
            if isinstance(answer, list):
                answer = answer.pop(0) if answer else None
            return answer


class SmtpSink(Listener):
    """`answers` maps CONNECT, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, "." , RSET, NOOP or QUIT to
    a reply line ("450 4.2.0 later") or to a step of scripted.py (reset(), stall(), ...):

        SmtpSink(answers={".": ["451 4.3.0 once", stall()], "RCPT": None})

    `starttls` offers STARTTLS with a certificate; `certificate` speaks TLS from the first byte;
    `extensions` are announced besides. A mail is in `transactions` once its final dot was read,
    whatever was answered; `accepted` are those that were answered with 250.
    """

    def __init__(self, answers=None, certificate=None, starttls=None,
                 extensions=("8BITMIME", "SIZE 52428800", "ENHANCEDSTATUSCODES")):
        self.script, self.starttls, self.extensions = Script(answers or {}), starttls, extensions
        self.transactions = []
        super().__init__(certificate)

    @property
    def accepted(self):
        """The mails that we took upon us."""
        return [mail for mail in self.transactions if mail.answer.startswith("250")]

    def wait(self, count, timeout=15.0):
        """Waits for that many accepted mails, and returns them."""
        wait_until(lambda: len(self.accepted) >= count, f"{count} mails in the sink", timeout)
        return self.accepted

    def _say(self, connection, word, usual):
        """Answers; True if that was the usual answer."""
        answer = self.script.next(word)
        if callable(answer):
            answer(connection)
            return False
        connection.send((answer or usual) + "\r\n")
        return answer is None

    def serve(self, connection, number):
        if not self._say(connection, "CONNECT", "220 sink.example ESMTP"):
            return
        user, mail = "", None
        while True:
            line = connection.line().decode("utf-8", "surrogateescape").rstrip("\r\n")
            word = line.partition(" ")[0].upper()
            if word in ("EHLO", "HELO"):
                offers = [*self.extensions, "AUTH PLAIN LOGIN"]
                if self.starttls and not connection.tls:
                    offers.append("STARTTLS")
                self._say(connection, "EHLO", "\r\n".join(
                    ["250-sink.example", *(f"250-{offer}" for offer in offers[:-1]),
                     f"250 {offers[-1]}"]))
            elif word == "STARTTLS":
                if self._say(connection, word, "220 2.0.0 go ahead"):
                    connection.start_tls(self.starttls)
            elif word == "AUTH":
                name = self._login(connection, line)
                if self._say(connection, word, "235 2.7.0 welcome"):
                    user = name
            elif word == "MAIL":
                mail = Transaction(number, _path(line), user=user, tls=connection.tls)
                self._say(connection, word, "250 2.1.0 ok")
            elif word == "RCPT" and mail:
                if self._say(connection, word, "250 2.1.5 ok"):
                    mail.recipients.append(_path(line))
            elif word == "DATA" and mail and mail.recipients:
                if self._say(connection, word, "354 go on"):
                    self._data(connection, mail)
                mail = None
            elif word == "RSET":
                mail = None
                self._say(connection, word, "250 2.0.0 ok")
            elif word == "QUIT":
                self._say(connection, word, "221 2.0.0 bye")
                return
            else:
                self._say(connection, word, "250 2.0.0 ok" if word == "NOOP" else
                          "503 5.5.1 not now")

    def _data(self, connection, mail):
        # An empty mail is a dot at once; else the end is a dot on a line of its own, and only
        # the canonical one counts: what else might pass for an end is kept in `wire` to be seen.
        wire = connection.read(3)
        if wire != b".\r\n":
            while not wire.endswith(b"\r\n.\r\n"):
                wire += connection.line()
        mail.wire = wire
        self.transactions.append(mail)
        before = len(connection.sent)
        self._say(connection, ".", f"250 2.0.0 taken as {len(self.transactions)}")
        mail.answer = connection.sent[before:].decode("utf-8", "replace").rstrip("\r\n")

    @staticmethod
    def _login(connection, line):
        words = line.split(" ")
        if words[1].upper() == "LOGIN":
            connection.send("334 VXNlcm5hbWU6\r\n")
            name = base64.b64decode(connection.line()).decode()
            connection.send("334 UGFzc3dvcmQ6\r\n")
            connection.line()
            return name
        if len(words) < 3:
            connection.send("334 \r\n")
            words.append(connection.line().decode())
        return base64.b64decode(words[2]).decode().split("\0")[1]


def _path(line):
    """What stands between the angle brackets of MAIL FROM:<> and RCPT TO:<>."""
    return re.search(r"<(.*?)>", line)[1]
