"""A full mailbox through the relay, beside the floors of the same run and beside fdm."""
import os
import shutil
import subprocess
import time
from statistics import median

import rules
from watch import STAGES, Watch
from world import SESSIONS, USER


def relay(world, files, tls):
    """Figures of one drain: from the start of the program to the last letter that the store calls sent."""
    world.fill(files)
    floor, size = min(world.floor_imap(tls) for _ in range(3))
    one = world.relay(tls=tls)
    before, letters = world.sink.count, 2 * len(files)
    began = time.monotonic()
    running = one.start()
    watch = Watch(running.pid, every=0.1)
    world.sink.wait(before + letters, 300)
    one.settled(letters, 60)
    seconds = time.monotonic() - began
    watch.stop()
    total = one.stop()
    sizes = one.sizes()
    found = {"mails": len(files), "bytes": size, "tls": tls, "letters": len(sizes), "seconds": seconds,
             "rate": len(files) / seconds, "cpu_ms": total * 1000 / len(files),
             "cpu_ms_stage": {stage: watch.cpu[stage] * 1000 / len(files) for stage in STAGES},
             "peak_rss": watch.peak, "sum_rss": watch.rss, "sum_pss": watch.pss,
             "floor_imap_rate": len(files) / floor, "of_floor_imap": floor / seconds}
    for connections in sorted({1, SESSIONS}):
        floor = median(world.floor_smtp(sizes, connections) for _ in range(3))
        found[f"floor_smtp_{connections}_rate"] = len(sizes) / floor
    one.forget()
    return found


def fdm(world, files, tls):
    """Mails a second of fdm on the same mailbox, None where it is not installed. Two letters out a mail, as ours."""
    if not shutil.which("fdm"):
        return None
    world.fill(files)
    home = world.directory / "fdm"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    conf = home / "fdm.conf"
    port = world.dovecot.ports["imaps" if tls else "imap"]
    conf.write_text(rules.fdm(home, USER, world.password, port, tls, world.sink.port))
    for path in (home, conf):
        os.chown(path, world.dovecot.uid, world.dovecot.gid)
    conf.chmod(0o600)
    account = {"user": world.dovecot.uid, "group": world.dovecot.gid, "extra_groups": []} if os.geteuid() == 0 else {}
    before, began = world.sink.count, time.monotonic()
    running = subprocess.Popen(["fdm", "-q", "-f", conf, "fetch"], cwd=home,
                               env=os.environ | {"HOME": str(home), "TMPDIR": str(home)},
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **account)
    said = running.stdout.read()
    _, status, used = os.wait4(running.pid, 0)
    running.returncode = os.waitstatus_to_exitcode(status)
    seconds, letters = time.monotonic() - began, world.sink.count - before
    if running.returncode != 0 or letters != 2 * len(files):
        return {"failed": f"fdm ended with {running.returncode} after {letters} letters: {said[-300:]}"}
    return {"mails": len(files), "letters": letters, "tls": tls, "seconds": seconds, "rate": len(files) / seconds,
            "cpu_ms": (used.ru_utime + used.ru_stime) * 1000 / len(files)}
