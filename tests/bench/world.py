"""The bench's world: a Dovecot with the mails, a sink for the letters, and the relay between them."""
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import rules
from board import sink
from corpus import corpus

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from support.certificates import Certificates       # noqa: E402  (only now is it found)
from support.dovecot import Dovecot                 # noqa: E402

USER = "escalations@example.com"
SESSIONS = 2            # as relay.conf comes
CONF = """address     escalations@example.com
operator    support-ops@example.com
fallback    support-lead@example.com
staff       example.com
authserv-id mx.example.com
store       {dir}/escrelay.db
include     "bench.rules"
handover    00:00 UTC
cover       mon-sun 00:00-24:00 UTC
last-offer  0s
limit recipient 100000 per 1m
limit case      100000 per 1m
limit word      100000 per 1m
limit echo      100000 per 1m
limit all       1000000 per 1m
engineer keegan {{ name "Keegan"; email keegan@example.com; zone America/Los_Angeles; hours mon-sun 00:00-24:00 }}
engineer bola {{ name "Bola"; email bola@example.com; zone Africa/Lagos; hours mon-sun 00:00-24:00 }}
engineer valery {{ name "Valery"; email valery@example.com; zone Asia/Tokyo; hours mon-sun 00:00-24:00 }}
rotation core {begins} to {ends} {{ seats keegan bola valery }}
mailbox support {{
    url {imap}/INBOX
    {trust}
    user escalations@example.com
    password file {dir}/password
    done Escalations/Done
    poll 60s
}}
submission {{
    url smtp://127.0.0.1:{sink}
    tls off
    sessions {sessions}
}}
"""


class World:
    """Servers, the corpora as files, and the programs to drive them with. Use as a context manager."""

    def __init__(self, directory, program, tools):
        self.directory, self.program, self.tools = Path(directory), Path(program), Path(tools)
        self.directory.chmod(0o711)
        certificates = Certificates(self.directory / "certificates")
        self.ca = certificates.ca
        self.dovecot = Dovecot(self.directory / "dovecot", [USER], certificates.good())
        self.sink = sink(self.tools, self.directory)
        self.password = self.dovecot.users[USER]
        self._relays = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for one in self._relays:
            one.end()
        self.sink.__exit__()
        self.dovecot.stop()

    def make(self, kind, count):
        """The files of a corpus, on the file system of the mailbox."""
        folder = self.directory / "dovecot" / f"corpus-{kind}"
        if not folder.exists():
            folder.mkdir()
            for number, raw in enumerate(corpus(kind, count)):
                path = folder / f"{number:05}"
                path.write_bytes(raw)
                os.chown(path, self.dovecot.uid, self.dovecot.gid)
        return sorted(folder.iterdir())[:count]

    def fill(self, files):
        """An inbox that holds these mails and nothing else, as a delivery agent leaves it."""
        self.dovecot.empty()
        new = self.dovecot.maildir(USER) / "new"
        for number, path in enumerate(files):
            size = path.stat().st_size      # CRLF already: the size on the wire is that on disk
            os.link(path, new / f"{1795000000 + number}.M{number:06}P1.bench,S={size},W={size}")

    def drop(self, raw):
        """One more mail arrives."""
        self.dovecot.deliver(USER, raw)

    def relay(self, **options):
        """A relay with an empty store."""
        self._relays.append(Relay(self, self.directory / f"relay-{len(self._relays)}", **options))
        return self._relays[-1]

    def floor_imap(self, tls):
        """(seconds, bytes) of fetching the inbox in one command."""
        port = self.dovecot.ports["imaps" if tls else "imap"]
        authority = [self.ca] if tls else []
        done = subprocess.run([self.tools / "floor_imap", str(port), USER, self.password, "INBOX", *authority],
                              stdout=subprocess.PIPE, text=True, check=True)
        _, size, seconds, _ = done.stdout.split()
        return float(seconds), int(size)

    def floor_smtp(self, sizes, connections):
        """Seconds that mails of these sizes take into the sink."""
        done = subprocess.run([self.tools / "floor_smtp", str(self.sink.port), str(connections)],
                              input="\n".join(map(str, sizes)), stdout=subprocess.PIPE, text=True, check=True)
        return float(done.stdout.split()[2])


class Relay:
    """The program with a relay.conf and a store of its own."""

    def __init__(self, world, directory, tls=True, port=None, sessions=SESSIONS):
        self.world, self.directory = world, directory
        directory.mkdir()
        (directory / "password").write_text(world.password + "\n")
        (directory / "password").chmod(0o600)
        (directory / "bench.rules").write_text(rules.ours())
        self.conf, self.store, self.log = directory / "relay.conf", directory / "escrelay.db", directory / "log"
        ports = world.dovecot.ports
        today = date.today()
        self.conf.write_text(CONF.format(
            dir=directory, sink=world.sink.port, sessions=sessions,
            begins=today - timedelta(7), ends=today + timedelta(42),
            imap=f"imaps://localhost:{ports['imaps']}" if tls else f"imap://localhost:{port or ports['imap']}",
            trust=f"ca {world.ca}" if tls else "tls off"))
        self._running = None

    def start(self, *words):
        """`escrelay run`; the process."""
        with self.log.open("ab") as log:
            self._running = subprocess.Popen([self.world.program, "-c", self.conf, *(words or ("run",))],
                                             stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
        return self._running

    def stop(self):
        """Ends it; its wait4 usage in seconds of processor time, children and all."""
        self._running.send_signal(signal.SIGTERM)
        _, status, used = os.wait4(self._running.pid, 0)
        self._running.returncode = os.waitstatus_to_exitcode(status)
        self._running = None
        return used.ru_utime + used.ru_stime

    def end(self):
        """Ends it if it runs: something went wrong before its time."""
        if self._running is not None:
            self.stop()

    def once(self, *words):
        """One command to its end; (seconds, processor seconds)."""
        began = time.perf_counter()
        running = self.start(*words)
        _, status, used = os.wait4(running.pid, 0)
        self._running, running.returncode = None, os.waitstatus_to_exitcode(status)
        if running.returncode != 0:
            raise RuntimeError(f"{words}: {running.returncode}\n{self.log.read_text('utf-8', 'replace')[-3000:]}")
        return time.perf_counter() - began, used.ru_utime + used.ru_stime

    def ask(self, sql):
        """One number of the store."""
        with closing(sqlite3.connect(f"file:{self.store}?mode=ro", uri=True, timeout=30)) as db:
            return db.execute(sql).fetchone()[0]

    def sizes(self):
        """The sizes of the letters."""
        with closing(sqlite3.connect(f"file:{self.store}?mode=ro", uri=True, timeout=30)) as db:
            return [row[0] for row in db.execute("SELECT size FROM outbox ORDER BY id")]

    def settled(self, letters, timeout):
        """Waits until the sink has so many more letters and the store has all of them as sent."""
        until = time.monotonic() + timeout
        while self.ask("SELECT COUNT(*) FROM outbox WHERE state = 'sent'") < letters:
            if time.monotonic() > until:
                tail = self.log.read_text("utf-8", "replace")[-3000:]
                raise TimeoutError(f"letters still owed after {timeout} s\n{tail}")
            time.sleep(0.002)

    def forget(self):
        """Removes its files."""
        shutil.rmtree(self.directory)
