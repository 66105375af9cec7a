"""A machine with systemd as its first process: this system's own root under an overlay, in systemd-nspawn.

It shares the network with us, so the lab's servers on loopback are its servers too. All that it
writes goes to an overlay in memory, except /var/lib/escrelay, which is a directory of ours: an
observer looks at the store from outside. A guardian ends it, whatever happens to us.
"""
import os
import secrets
import shutil
import subprocess
from pathlib import Path

from .process import HERE, REPOSITORY, Guarded, wait_until

MAKE_SPEAKS = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "SANITIZE", "BUILD", "DESTDIR", "PREFIX")


class Cannot(Exception):
    """This system cannot boot such a machine; the text is one clear word, or systemd-nspawn's own."""


class Machine:
    """Up when the constructor returns; Cannot where that is impossible here.

    `directory` is made by us and must be empty; `state` is what the machine sees as
    /var/lib/escrelay. End it by `stop`.
    """

    def __init__(self, directory):
        self.directory = Path(directory)
        self._sudo = [] if os.geteuid() == 0 else ["sudo", "-n", "--"]
        for tool in ("systemd-nspawn", "unshare", "nsenter"):
            if shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin:/sbin") is None:
                raise Cannot(tool)
        if self._sudo and (not shutil.which("sudo") or subprocess.run([*self._sudo, "true"], capture_output=True,
                                                                      check=False).returncode):
            raise Cannot("root")
        self.name = f"escrelay-test-{os.getpid()}-{secrets.token_hex(3)}"
        self.group = _groups() / self.name
        self.state, self.log = self.directory / "state", self.directory / "console"
        for place in (self.directory, self.state, self.directory / "root"):
            place.mkdir()
        self._server = Guarded(
            ["unshare", "--mount", "sh", HERE / "machine.sh", self.directory / "root", self.name, self.state],
            {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}, self.log, root=True,
            remove=[self.group])
        try:
            wait_until(self._up, "the machine is up", 60, self.log)
        except BaseException:
            self.stop()
            raise

    def stop(self):
        """Ends it; its mounts end with it, and its control group is removed."""
        self._server.stop()

    def run(self, *command, check=True, user=None, input=None):
        """Runs a command inside, as root or as `user`, to its end."""
        who = ["runuser", "-u", user, "--"] if user else []
        done = subprocess.run(
            [*self._sudo, "nsenter", "-t", str(self._leader), "-a", "env", "-i", "LC_ALL=C.UTF-8", "HOME=/",
             "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", *who, *map(str, command)],
            input=input, stdin=None if input else subprocess.DEVNULL, text=True, capture_output=True, check=False,
            timeout=120)
        assert not check or done.returncode == 0, (
            f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stdout}{done.stderr}"
            f"{self.journal()[-6000:]}")
        return done

    def write(self, path, text, mode="644"):
        """Puts a file into the machine as `install` does."""
        self.run("install", "-D", "-m", mode, "/dev/stdin", path, input=text)

    def install(self):
        """`make install`, as an operator does it, into the machine."""
        made = self.directory / "made"
        env = {name: value for name, value in os.environ.items() if name not in MAKE_SPEAKS}
        subprocess.run(["make", f"-j{os.cpu_count()}", "-C", REPOSITORY, "install", f"DESTDIR={made}"], env=env,
                       check=True, capture_output=True)
        packed = subprocess.run(["tar", "-C", made, "--owner=0", "--group=0", "-cf", "-", "."], check=True,
                                capture_output=True).stdout
        subprocess.run([*self._sudo, "nsenter", "-t", str(self._leader), "-a", "tar", "-C", "/", "--no-overwrite-dir",
                        "-xf", "-"], input=packed, check=True)

    def journal(self, *units):
        """What the service manager and these units (default: all) wrote."""
        self.run("journalctl", "--sync", check=False)
        return self.run("journalctl", "--no-pager", "-o", "short-monotonic", *(f"--unit={unit}" for unit in units),
                        check=False).stdout

    def show(self, unit, name):
        """One property of a unit."""
        return self.run("systemctl", "show", unit, f"--property={name}", "--value").stdout.strip()

    # --- inside -------------------------------------------------------------------------------

    def _up(self):
        try:
            said = self.log.read_text("utf-8", "replace")
            if "(the server has ended with" in said:
                lines = [line for line in said.splitlines() if "(the server" not in line]
                refusals = [line.partition("cannot: ")[2] for line in lines if line.startswith("cannot: ")]
                raise Cannot((refusals or lines or ["systemd-nspawn"])[-1])
            children = Path(f"/proc/{self._server.pid}/task/{self._server.pid}/children").read_text().split()
        except FileNotFoundError:
            return False
        for pid in children:
            self._leader = int(pid)
            done = self.run("systemctl", "is-system-running", check=False)
            if done.stdout.strip() in ("running", "degraded"):
                return True
        return False


def _groups():
    """Where this system has mounted the unified tree of control groups."""
    for line in Path("/proc/mounts").read_text().splitlines():
        _, place, kind, *_ = line.split()
        if kind == "cgroup2":
            return Path(place)
    raise Cannot("cgroup2")
