"""A hand on the relay's IMAP edge alone, without the relay: drives imap_tool.c."""
import os
import subprocess
import threading
import time
from pathlib import Path
from typing import NamedTuple

from .process import REPOSITORY

BUILD = Path(os.environ.get("ESCRELAY", REPOSITORY / "build-asan/escrelay")).absolute().parent
TOOL = BUILD / "tools/imap_tool"


class Answer(NamedTuple):
    """What a verb came to: OK, GONE, ..., how long it took, why, and the lines before that."""
    status: str
    seconds: float
    what: str
    lines: list


class Mail(NamedTuple):
    """A fetched mail."""
    uid: int
    size: int
    bytes: int
    date: int
    cut: bool
    ok: bool


class ImapTool:
    """One session; settings as imap_tool.c takes them. A context manager: the end closes it."""

    def __init__(self, port, pass_fds=(), **settings):
        settings = {"host": "127.0.0.1", "port": port, "tls": "off", "user": "ada@example.com",
                    "password": "secret", "deadline": 3} | settings
        self._tool = subprocess.Popen(
            [TOOL, *(f"{name}={value}" for name, value in settings.items())], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=pass_fds)
        # Whatever goes wrong, a test ends; killing the tool ends its child too.
        self._watchdog = threading.Timer(120, self._tool.kill)
        self._watchdog.start()
        self.pid = self._tool.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._tool.stdin.close()
        status = self._tool.wait()
        self._tool.stdout.close()
        self._watchdog.cancel()
        assert status in (0, -9), f"the tool ended with {status}"   # a sanitizer's complaint, say

    def begin(self, *words):
        """Gives a verb; `finish` waits for its answer."""
        self._tool.stdin.write(" ".join(map(str, words)) + "\n")
        self._tool.stdin.flush()
        self._verb = words[0]

    def finish(self):
        """The answer to the verb that was given."""
        lines = []
        for line in self._tool.stdout:
            words = line.rstrip("\n").split(" ", 3)
            if words[0] == self._verb:
                return Answer(words[1], int(words[2]) / 1000, words[3], lines)
            lines.append(line.rstrip("\n"))
        raise AssertionError(f"the tool itself ended ({self._tool.wait()}) in {self._verb}")

    def do(self, *words):
        """A verb and its answer."""
        self.begin(*words)
        return self.finish()

    def ok(self, *words):
        """A verb that must succeed."""
        answer = self.do(*words)
        assert answer.status == "OK", answer
        return answer

    def list(self):
        """The UIDs in the folder."""
        (line,) = self.ok("list").lines
        return [int(word) for word in line.split()[1:]]

    @staticmethod
    def mails(answer):
        """The mails in the answer to a fetch."""
        rows = [line.split() for line in answer.lines]
        return [Mail(*map(int, row[1:5]), row[5] == "cut", row[6] == "ok") for row in rows]

    def child(self):
        """The process id of the child that talks to the server, or None."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text("ascii").split()
        return int(children[0]) if children else None

    def cpu(self):
        """Seconds of processor time that the tool and its child have used so far."""
        used = 0
        for pid in filter(None, (self.pid, self.child())):
            fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
            used += sum(int(fields[n]) for n in (11, 12, 13, 14))
        return used / os.sysconf("SC_CLK_TCK")

    def wait_child_gone(self, timeout=5):
        """Waits until there is no child."""
        until = time.monotonic() + timeout
        while self.child():
            assert time.monotonic() < until, "the child lives on"
            time.sleep(0.01)
