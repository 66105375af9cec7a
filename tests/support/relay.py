"""The program under test: its relay.conf, its command line, its life in the background."""
import json
import math
import os
import re
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

from .observer import observe
from .process import REPOSITORY, wait_until

RUNS_ON = 10    # seconds

HEAD = """address     escalations@example.com
operator    support-ops@example.com
fallback    support-lead@example.com
staff       example.com
authserv-id mx.example.com
store       {dir}/escrelay.db
include     "rules/*.rules"
handover    00:00 UTC
cover       mon-fri 08:00-18:00 Europe/London
seats-wanted 0
severity 1 {{ ack 30m; update 4h; offhours yes }}
severity 2 {{ ack 2h; update 1d }}
severity 3 {{ ack 4h; update 2d }}
"""
# Round the clock, so that a test at any hour finds somebody; tests about hours write their own.
ENGINEERS = "".join(
    f'engineer {name.lower()} {{ name "{name}"; email {name.lower()}@example.com; '
    "zone UTC; hours mon-sun 00:00-24:00 }\n" for name in ("Keegan", "Bola", "Valery"))
TEAMS = r"""team search { email search-help@example.com; number subject ~ /\[#(?<number>\d+)\]/ }
team cloud { email cloud-help@example.com }
team identity { email identity-help@example.com }
team contracts { email contracts@example.com; engineering no }
"""
CUSTOMERS = """customer acme {
    domain acme.example; ga 2020-01-01; buffer 14d; aer ada@example.com; ie grace@example.com
}
"""
REPORTS = re.compile(r"ERROR: (Address|Leak)Sanitizer|runtime error:")
CRASHES = (99, -signal.SIGABRT, -signal.SIGSEGV)


class Relay:
    """`program` with a relay.conf in `directory` that points to the lab.

    relay.conf is made of the parts `head`, `mailbox`, `submission`, `engineers`, `rotation`,
    `teams`, `customers` and `extra`; `configure(part=text)` replaces some and writes it anew.
    """

    def __init__(self, directory, lab, program, rules=REPOSITORY / "rules"):
        self.directory, self.lab, self.program = Path(directory), lab, Path(program)
        self.conf, self.log_file = self.directory / "relay.conf", self.directory / "relay.log"
        self.rules, self.store = self.directory / "rules", self.directory / "escrelay.db"
        if Path(rules).is_dir():
            shutil.copytree(rules, self.rules, dirs_exist_ok=True)
        self._secret = self.directory / "password"
        self._secret.touch(0o600)
        self._secret.write_text(lab.password("escalations") + "\n")
        self._running = None
        self.sinks = []             # SmtpSinks that its letters go to in place of the lab's Postfix
        self._shift = 0             # of the last command that was given an instant, in seconds
        self.remembered = None      # a Store of before its mails and letters were purged
        self.unobserved = ""        # why the observer would be wrong about it, where it would be
        self._printed, self._errors = [], []
        today = date.today()
        self.parts = {
            "head": HEAD.format(dir=self.directory), "mailbox": self.mailbox(),
            "submission": self.submission(), "engineers": ENGINEERS,
            "rotation": f"rotation core {today - timedelta(7)} to {today + timedelta(42)} "
                        "{ seats keegan bola valery }\n",
            "teams": TEAMS, "customers": CUSTOMERS, "extra": ""}
        self.configure()

    # --- relay.conf ---------------------------------------------------------------------------

    def configure(self, **parts):
        """Replaces parts of relay.conf and writes it."""
        self.parts |= parts
        self.conf.write_text("\n".join(self.parts.values()))

    def mailbox(self, url=None, more="poll 5s"):
        """The block of the mailbox; to go through a proxy give a `url` (and more="tls off")."""
        return self._block("mailbox support", more + "\n    done Escalations/Done",
                           url or f"imaps://localhost:{self.lab.dovecot.ports['imaps']}/INBOX")

    def submission(self, url=None, more="sessions 2"):
        """The block of the submission, likewise."""
        return self._block("submission", more,
                           url or f"smtps://localhost:{self.lab.postfix.ports['smtps']}")

    def _block(self, title, more, url):
        trust = "" if "tls off" in more else f"    ca {self.lab.ca}\n"
        return (f"{title} {{\n    url {url}\n{trust}    user escalations@example.com\n"
                f"    password file {self._secret}\n    {more}\n}}\n")

    # --- the command line ---------------------------------------------------------------------

    def run(self, *args, input=None, check=True, at=None, config=True, timeout=60, under=()):
        """Runs one command to its end and returns the subprocess.CompletedProcess, with text.

        `check`: True wants exit code 0, a number wants that one, None takes any; a sanitizer's
        is always a failure. `at`: an RFC 3339 time, or a datetime, that is now for the relay.
        `under`: a command that runs the program, such as strace with its options.
        """
        env = self._env(at)
        if under:                   # nothing can be traced twice, and the leak check traces
            env["ASAN_OPTIONS"] = env["ASAN_OPTIONS"].replace("detect_leaks=1", "detect_leaks=0")
        done = subprocess.run([*under, *self._command(args, config)], input=input, env=env,
                              text=not isinstance(input, bytes), timeout=timeout, check=False,
                              capture_output=True)
        if isinstance(input, bytes):
            done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
        self._printed.append(done.stdout + done.stderr)
        self._errors.append(done.stderr)
        wanted = 0 if check is True else check
        if done.returncode in CRASHES or (
                wanted is not None and done.returncode != int(wanted)):
            raise AssertionError(f"escrelay {' '.join(map(str, args))}: exit code "
                                 f"{done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def json(self, *args, **options):
        """The objects that a command prints with --json, as a list."""
        return [json.loads(line) for line in self.run(*args, "--json", **options).stdout
                .splitlines()]

    def one(self, *args, **options):
        """The single object that a command prints with --json."""
        found = self.json(*args, **options)
        assert len(found) == 1, found
        return found[0]

    # --- in the background --------------------------------------------------------------------

    def start(self, *args, at=None, under=()):
        """Starts `escrelay run` (or other arguments) in the background; output to the log file.

        `under`: a command that becomes the program in the end, such as env with its settings."""
        assert self._running is None, "it is running already"
        with self.log_file.open("ab") as log:
            self._running = subprocess.Popen(
                [*under, *self._command(args or ("run",), True)], env=self._env(at), stdout=log, stderr=log,
                stdin=subprocess.DEVNULL, start_new_session=True)
        return self._running

    def stop(self, number=signal.SIGTERM, timeout=30):
        """Ends it with a signal and returns its exit code.

        What does not end in time is an error, and so is a stage that outlives the SIGTERM of all.
        """
        running, self._running = self._running, None
        if running is None:
            return None
        try:
            running.send_signal(number)
            code = running.wait(timeout)
            left = members(running.pid)
            assert number == signal.SIGKILL or not left, f"processes outlived the relay: {left}"
            return code
        finally:
            while left := members(running.pid):
                for pid in left:
                    with suppress(ProcessLookupError):  # it may end by itself meanwhile
                        os.kill(pid, signal.SIGKILL)
                running.poll()
                time.sleep(0.01)

    def ended(self, timeout=30):
        """Waits until it, and all that it started, has ended by itself; its exit code."""
        code = self._running.wait(timeout)
        wait_until(lambda: not members(self._running.pid), "all of its processes have ended", timeout)
        self._running = None
        return code

    def processes(self):
        """The ids of the first process, its first child, that one's first child, and so on."""
        found = [self._running.pid]
        while True:
            listing = Path(f"/proc/{found[-1]}/task/{found[-1]}/children").read_text("ascii").split()
            if not listing:
                return found
            found.append(int(listing[0]))

    def behead(self, timeout=30):
        """Kills the parent alone, and waits until all that it leaves behind has ended by itself."""
        running, self._running = self._running, None
        running.kill()
        running.wait()
        wait_until(lambda: not members(running.pid), "the orphans have ended", timeout, self.log_file)

    def family(self):
        """The ids of its living processes in the background, the parent's first."""
        parent = self._running.pid
        return sorted(members(parent), key=lambda pid: pid != parent)

    def hup(self):
        """Has it read its configuration again."""
        self._running.send_signal(signal.SIGHUP)

    def log(self):
        """All that it wrote in the background."""
        return self.log_file.read_text("utf-8", "replace") if self.log_file.exists() else ""

    def logged(self):
        """The same, and what the commands said on standard error."""
        return self.log() + "".join(self._errors)

    def wait_log(self, pattern, timeout=15.0):
        """Waits for a line in the log and returns the match."""
        return wait_until(lambda: re.search(pattern, self.log()), f"the log says {pattern}",
                          timeout, self.log_file)

    def wait_decide(self, timeout=20.0):
        """Waits until a decide that is started on a new store has its configuration and hears signals."""
        wait_until(Path(f"{self.store}.wake-decide").exists, "decide is up", timeout, self.log_file)

    def close(self):
        """Ends it, and fails for what a sanitizer or a leaked secret left in its outputs."""
        code = self.stop()
        outputs = [self.log(), *self._printed,
                   *(path.read_text("utf-8", "replace")
                     for path in self.directory.glob("sanitizer.*"))]
        for text in outputs:
            assert not REPORTS.search(text), text[-8000:]
            assert self.lab.password("escalations") not in text, "a password was printed"
        assert code not in CRASHES, f"the relay ended with {code}\n{self.log()[-8000:]}"

    def observe(self):
        """What the observer thinks of the end, whatever the test was about and however it ended."""
        if self.store.exists() and not self.unobserved:
            self.lab.postfix.empty()
            observe(self.lab, self, self.lab.delivered, quiet=False, others=True)

    # --- inside -------------------------------------------------------------------------------

    def _command(self, args, config):
        return [self.program, *(("-c", self.conf) if config else ()), *map(str, args)]

    def _shifted(self, then):
        """Seconds by which the clock is shifted, so that it is `then`, or a part of a second later. Where the last command's clock has
        just passed it, that one goes on: what one command owes "now" must be due to the next."""
        now = datetime.now(timezone.utc)
        passed = (now - then).total_seconds() + self._shift
        if not 0 <= passed < RUNS_ON:
            self._shift = math.ceil((then - now).total_seconds())
        return self._shift

    def _env(self, at):
        report = f"log_path={self.directory}/sanitizer:print_stacktrace=1"
        env = os.environ | {
            "ASAN_OPTIONS": f"abort_on_error=0:exitcode=99:detect_leaks=1:{report}",
            "UBSAN_OPTIONS": f"halt_on_error=1:exitcode=99:{report}"}
        if at is not None:
            env["ESCRELAY_CLOCK"] = str(self._shifted(datetime.fromisoformat(at) if isinstance(at, str) else at))
        return env


def members(group):
    """The living processes of a process group."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, its = stat.read_text("latin-1").rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(its) == group and state != "Z":
            found.append(int(stat.parent.name))
    return found
