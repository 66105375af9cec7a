"""The sending stage alone, on a store of its own: letters are owed by send_tool, no other stage is needed."""
import json
import re
import signal
import subprocess
from pathlib import Path

from .process import wait_until
from .smtp_driver import TOOLS

TOOL = TOOLS / "send_tool"
BODY = b"Subject: hello\r\n\r\nfirst line\r\n.\r\nlast line\r\n"
SECRET = "sesame, open!"

CONF = """address     escalations@example.com
operator    support-ops@example.com
staff       example.com
authserv-id none
store       {dir}/escrelay.db
mailbox support {{ url imap://localhost:1/INBOX; tls off; user x@example.com; password file {dir}/password }}
engineer keegan {{ email keegan@example.com; zone UTC; hours mon-sun 00:00-24:00 }}
rotation core 2020-01-01 to 2099-01-01 {{ seats keegan }}
submission {{
    url smtp://localhost:{port}
    tls off
    {more}
}}
"""


class Sender:
    """The stage on a store of its own."""

    def __init__(self, directory):
        self.directory = Path(directory)
        self.store, self.conf = self.directory / "escrelay.db", self.directory / "relay.conf"
        self.log_file = self.directory / "log"
        self.log_file.touch()
        self.password(SECRET)
        self.running = None

    def password(self, secret):
        path = self.directory / "password"
        path.touch(0o600)
        path.write_text(secret + "\n")

    def configure(self, port, more=""):
        self.conf.write_text(CONF.format(dir=self.directory, port=port, more=more))

    def tool(self, *words, check=0):
        done = subprocess.run([TOOL, *map(str, words)], capture_output=True, text=True, timeout=60,
                              check=False)
        assert done.returncode == check, (done.returncode, done.stdout, done.stderr)
        return done.stdout

    def owe(self, to="ada@example.com", case=0, data=BODY, times=1, sender="esc+bounce@example.com"):
        path = self.directory / "owed"
        path.write_bytes(data)
        return [int(line) for line in
                self.tool("owe", self.store, case, sender, to, path, times).split()]

    def owe_cases(self, cases, each):
        """So many letters of each of so many cases, each case to a person of its own."""
        for case in range(1, cases + 1):
            self.owe(f"person{case}@example.com", case, times=each)

    def queue(self):
        return {row["id"]: row for row in map(json.loads, self.tool("queue", self.store).splitlines())}

    def states(self):
        return [row["state"] for row in self.queue().values()]

    def once(self, status):
        done = subprocess.run([TOOL, "send", self.conf, "--once"], capture_output=True, text=True,
                              timeout=60, check=False)
        self.log_file.write_text(self.log() + done.stderr)
        assert done.returncode == status, (done.returncode, done.stderr)

    def start(self):
        with self.log_file.open("ab") as log:
            self.running = subprocess.Popen([TOOL, "send", self.conf], stderr=log, stdout=log,
                                            stdin=subprocess.DEVNULL, start_new_session=True)
        wait_until((self.directory / "escrelay.db.wake-send").exists, "the sender is up", log=self.log_file)

    def stop(self, number=signal.SIGTERM):
        running, self.running = self.running, None
        if running is None:
            return None
        running.send_signal(number)
        return running.wait(30)

    def poke(self):
        with open(self.directory / "escrelay.db.wake-send", "wb") as fifo:
            fifo.write(b"!")

    def workers(self):
        listing = Path(f"/proc/{self.running.pid}/task/{self.running.pid}/children").read_text()
        return [int(pid) for pid in listing.split()]

    def log(self):
        return self.log_file.read_text()

    def close(self):
        """Ends it, and looks at what it left in the log."""
        self.stop()
        assert not re.search(r"ERROR: |runtime error:", self.log()), self.log()
        assert SECRET not in self.log() and "esc+bounce" not in self.log()
