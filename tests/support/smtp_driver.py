"""Runs smtp_tool, the small driver over the SMTP room, and understands what it prints."""
import json
import os
import subprocess
from pathlib import Path

from .process import REPOSITORY

PROGRAM = Path(os.environ.get("ESCRELAY", REPOSITORY / "build-asan/escrelay")).absolute()
TOOLS = Path(os.environ.get("TOOLS", PROGRAM.parent / "tools"))
TOOL = TOOLS / "smtp_tool"
SECRET = "sesame, open!"
MAIL = b"Subject: hello\n\n.one dot\n..two dots\n.\nend"


class Driver:
    """`send` gives one result (or a list of them) of as many mails over one session."""

    def __init__(self, directory):
        self.directory = Path(directory)
        if not TOOL.exists():
            raise RuntimeError(f"no {TOOL}: build it")
        self.error = ""

    def send(self, port, *options, tls="off", host="localhost", mails=1, data=MAIL, user=None,
             sender="relay@example.com", to="ada@example.com", timeout=60, env=None):
        """`mails`: how many; `data`: one mail's bytes, or a list of them."""
        envelope = []
        for number in range(mails):
            path = self.directory / f"{number}.eml"
            path.write_bytes(data[number] if isinstance(data, list) else data)
            envelope += [sender, to, path]
        if user:
            options = ("-u", user, "-p", "SECRET", *options)
        done = subprocess.run(
            [TOOL, *map(str, options), host, str(port), tls, *envelope], timeout=timeout,
            capture_output=True, text=True, check=False,
            env=os.environ | {"SECRET": SECRET} | (env or {}))
        self.error = done.stderr
        assert done.returncode == 0, done.stderr
        assert SECRET not in done.stdout + done.stderr
        results = [json.loads(line) for line in done.stdout.splitlines()]
        assert len(results) == mails, done.stderr
        return results[0] if mails == 1 else results


def canonical(data):
    """What the wire should carry of these bytes, before dots are stuffed."""
    data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    return data if not data or data.endswith(b"\r\n") else data + b"\r\n"
