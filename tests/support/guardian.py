"""guardian.py SPEC: starts one server, and takes it away for certain.

A test that dies leaves its servers behind unless somebody outlives it. This small process does:
its standard input is a pipe whose other end only the test holds, so that the end of the test,
however it came about, is an end of file here. Then the server and every process that it left
behind are ended by their ids, and the directories named in the specification are removed.
It is a script of its own because Postfix needs root: then it is started through sudo.

SPEC is one JSON object:
  command  the server's argument list; it must stay in the foreground
  env      its whole environment
  user     [uid, gid] to become first, or null
  log      file for its standard output and error
  make     [[directory, mode, uid, gid], ...] made first
  remove   [directory, ...] removed at the end

Lines on standard input, each answered with one JSON line on standard output:
  run [..]  runs a command with the same environment: {"code", "output"}
  hup       signals the server: {}
  keep      removes nothing at the end (the server will be started again): {}
"""
import ctypes
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
GRACE = 5.0                         # seconds that a server has to end by itself
libc = ctypes.CDLL(None)


def start(spec):
    for path, mode, uid, gid in spec["make"]:
        os.makedirs(path, exist_ok=True)
        os.chown(path, uid, gid)
        os.chmod(path, mode)
    who = {}
    if spec["user"]:
        uid, gid = spec["user"]
        who = {"user": uid, "group": gid, "extra_groups": []}
    with open(spec["log"], "ab") as log:
        return subprocess.Popen(
            spec["command"], env=spec["env"], cwd="/", stdin=subprocess.DEVNULL, stdout=log,
            stderr=log, start_new_session=True, umask=0o022, **who,
            # Should even this guardian be killed, the kernel tells the server.
            preexec_fn=lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0))


def children():
    """The ids of our children; as a subreaper we inherit those that lost their parent."""
    mine = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", encoding="latin-1") as stat:
                parent = int(stat.read().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if parent == os.getpid():
            mine.append(int(name))
    return mine


def end(server):
    if server.poll() is None:
        server.terminate()
        try:
            server.wait(GRACE)
        except subprocess.TimeoutExpired:
            pass
    while left := children():
        for pid in left:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def remove(paths):
    """Again and again for a while: another guardian may be at work in the same directory."""
    until = time.monotonic() + GRACE
    while any(map(os.path.lexists, paths)) and time.monotonic() < until:
        for path in paths:
            shutil.rmtree(path, ignore_errors=True)
        time.sleep(0.01)


def say(answer):
    print(json.dumps(answer), flush=True)


def obey(line, server, env):
    word, _, rest = line.partition(" ")
    if word == "run":
        done = subprocess.run(json.loads(rest), env=env, stdin=subprocess.DEVNULL, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        say({"code": done.returncode, "output": done.stdout.decode("utf-8", "replace")})
    elif word == "hup":
        server.send_signal(signal.SIGHUP)
        say({})
    else:
        say({})
    return word


def main():
    spec = json.loads(sys.argv[1])
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)   # the end of our input is what ends us
    awake, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)

    server = start(spec)
    say({"pid": server.pid})
    keep, told, pending = False, False, b""
    while True:
        ready, _, _ = select.select([0, awake], [], [])
        if awake in ready:
            os.read(awake, 4096)
        if server.poll() is not None and not told:
            told = True
            with open(spec["log"], "a", encoding="utf-8") as log:
                log.write(f"(the server has ended with {server.returncode})\n")
        if 0 not in ready:
            continue
        data = os.read(0, 65536)
        if not data:
            break
        *lines, pending = (pending + data).split(b"\n")
        for line in lines:
            keep |= obey(line.decode(), server, spec["env"]) == "keep"
    end(server)
    if not keep:
        remove(spec["remove"])


if __name__ == "__main__":
    main()
