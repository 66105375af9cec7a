"""Processes, ports and places that all of the support needs."""
import atexit
import json
import os
import pwd
import random
import shutil
import socket
import subprocess
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
PYTHON = "/usr/bin/python3"         # Debian's own, whatever python3 comes first on PATH


class Guarded:
    """A server under a guardian process, which ends it whatever happens to us (guardian.py)."""

    def __init__(self, command, env, log, *, user=None, make=(), remove=(), root=False):
        spec = {"command": [str(word) for word in command], "env": env, "log": str(log),
                "user": user, "make": [[str(path), *rest] for path, *rest in make],
                "remove": [str(path) for path in remove]}
        sudo = ["sudo", "-n", "--"] if root and os.geteuid() != 0 else []
        self._guardian = subprocess.Popen(
            [*sudo, PYTHON, "-I", HERE / "guardian.py", json.dumps(spec)], start_new_session=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        atexit.register(self.stop)
        first = self._guardian.stdout.readline()
        if not first:
            raise RuntimeError(f"cannot start {command[0]}" +
                               (" (is there sudo without a password?)" if sudo else ""))
        self.pid = json.loads(first)["pid"]

    def tell(self, line):
        """Gives the guardian one of its orders, and returns its answer."""
        self._guardian.stdin.write(line + "\n")
        self._guardian.stdin.flush()
        return json.loads(self._guardian.stdout.readline())

    def run(self, *command):
        """Runs a command with the server's environment and the guardian's rights."""
        done = self.tell("run " + json.dumps([str(word) for word in command]))
        if done["code"] != 0:
            raise RuntimeError(f"{command[0]} ended with {done['code']}: {done['output']}")
        return done["output"]

    def stop(self, keep=False):
        """Ends the server and waits until nothing is left of it; a second call does nothing."""
        atexit.unregister(self.stop)
        if self._guardian.stdin.closed:
            return
        if keep:
            self.tell("keep")
        self._guardian.stdin.close()
        self._guardian.wait()
        self._guardian.stdout.close()


def free_ports(count):
    """Ports below the range from which the kernel takes the local ends of connections."""
    found = set()
    while len(found) < count:
        port = random.randrange(20000, 32000)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        found.add(port)
    return sorted(found)


def wait_until(true, what, timeout=20.0, log=None):
    """Polls closely; what never comes true is an error that shows the end of the log."""
    until = time.monotonic() + timeout
    while not (value := true()):
        if time.monotonic() > until:
            tail = Path(log).read_text("utf-8", "replace")[-4000:] if log else ""
            raise TimeoutError(f"after {timeout} s still not: {what}\n{tail}")
        time.sleep(0.01)
    return value


def gone(pid):
    """Whether a process has ended: a dead orphan stays listed until the system's first process takes note of it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("latin-1").rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def answers(port, greeting=True):
    """Whether a server accepts a connection on this port (and greets, where it speaks first)."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as probe:
            return bool(probe.recv(1)) if greeting else True
    except OSError:
        return False


def unprivileged():
    """(uid, gid, name) of the account that Dovecot runs as: never root, never a new one."""
    entry = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    return entry.pw_uid, entry.pw_gid, entry.pw_name


def servers(directory):
    """The root of the unpacked Dovecot and Postfix, unpacked now where that was not done yet.

    The unprivileged account must reach it. A repository below a closed home directory (/root)
    it cannot reach: then a copy is made in `directory`.
    """
    subprocess.run([HERE / "servers-unpack.sh"], check=True)
    root = REPOSITORY / "build/servers/root"
    if os.geteuid() != 0 or all(place.stat().st_mode & 0o001 for place in root.parents):
        return root
    copy = Path(directory) / "servers"
    if not copy.exists():
        shutil.copytree(root, copy, symlinks=True)
    return copy


def server_env(root):
    """The environment in which programs of the private copy find their own libraries."""
    triplet = next((root / "usr/lib").glob("*-linux-gnu*"), root / "usr/lib").name
    paths = ["usr/lib/dovecot", "usr/lib/dovecot/modules", "usr/lib/dovecot/modules/old-stats",
             "usr/lib/postfix",
             f"usr/lib/{triplet}", f"lib/{triplet}"]
    return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8",
            "LD_LIBRARY_PATH": ":".join(str(root / path) for path in paths)}
