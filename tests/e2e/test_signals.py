"""D10: SIGTERM at any moment, twice, SIGHUP by the hundred, a log that nobody reads: each ends in time, and nothing is
lost or doubled."""
import os
import shutil
import signal
import subprocess
import time

import pytest

from conftest import PROGRAM
from support import mails
from support.moment import PLAIN, STAGES, Moment
from support.observer import Store, observe
from support.process import wait_until

ALL = os.environ.get("CRASH_ALL") == "1"
IN_TIME = 10                        # seconds, of a machine with much to do; systemd gives thirty
# Where SIGTERM comes: at the Nth call of a kind. Usually these few.
POINTS = [("fdatasync", 2), ("sendto", 9), ("pwrite64", 45)]
MORE_POINTS = [(call, number) for call in ("fdatasync", "sendto", "recvfrom", "sendmsg", "flock", "pwrite64", "poll")
               for number in (1, 2, 3, 5, 8, 13, 21, 34, 55)]


@pytest.mark.skipif(shutil.which("strace") is None or not PLAIN.exists(),
                    reason="no strace, or no program without sanitizers")
@pytest.mark.parametrize("stage", STAGES)
def test_told_to_stop_at_any_step_it_ends_the_same(lab, tmp_path, stage):
    """D10. Goal: SIGTERM at its Nth call of a kind: it ends with what --once says, and then comes the usual end."""
    moment = Moment(lab, tmp_path, stage)
    for call, number in MORE_POINTS if ALL else POINTS:
        try:
            done, _ = moment.go(("strace", "-f", "-o", "/dev/null", "-e", f"trace={call}", "-e",
                                 f"inject={call}:signal=SIGTERM:when={number}"))
        except AssertionError as fault:
            raise AssertionError(f"stopped at {call} number {number}: {fault}") from None
        assert done.returncode in (0, 1, 3, 128 + signal.SIGTERM), f"stopped at {call} number {number}: {done}"


@pytest.mark.parametrize("again", [False, True], ids=["once", "twice"])
def test_stopped_at_any_moment_all_of_it_ends_well(lab, relay, again):
    """D10. Goal: `run` is stopped while mail comes, now early, now late, and once more while it stops: 0 each
    time, and no mail is the worse."""
    sent = []
    for hundredths in (0, 3, 10, 25, 45, 70) if ALL else (3, 25, 60):
        sent.append(mails.forward(mails.ticket(subject=f"After {hundredths}")))
        lab.send(sent[-1])
        running = relay.start()
        time.sleep(hundredths / 100)
        running.send_signal(signal.SIGTERM)
        if again:
            running.send_signal(signal.SIGTERM)
        began = time.monotonic()
        code = relay.stop()
        assert code in (0, -signal.SIGTERM), relay.log()    # the latter only before main
        assert time.monotonic() - began < IN_TIME
    lab.postfix.empty()
    relay.run("run", "--once")
    lab.postfix.empty()
    relay.run("run", "--once")
    observe(lab, relay, sent)


@pytest.mark.skipif(shutil.which("strace") is None or not PLAIN.exists(),
                    reason="no strace, or no program without sanitizers")
@pytest.mark.parametrize("stage", (*STAGES, "run"))
def test_told_to_stop_before_it_has_read_its_configuration(lab, relay, stage):
    """D10. Goal: the earliest SIGTERM is not missed and kills nothing: the stage ends with 0."""
    relay.program = PLAIN
    relay.start(stage, under=("strace", "-f", "-o", relay.directory / "trace", "-P", relay.conf, "-e", "trace=openat",
                              "-e", "inject=openat:signal=SIGTERM:when=1"))
    assert relay.ended() == 0, relay.log()


@pytest.mark.parametrize("stage", STAGES)
def test_a_single_stage_is_stopped_twice(lab, relay, stage):
    """D10. Goal: each stage by itself, with work to do, ends with 0 in time after two SIGTERMs, and nothing is
    doubled."""
    forward = mails.forward()
    lab.send(forward)
    lab.wait_mail("escalations")
    for before in STAGES[:STAGES.index(stage)]:
        relay.run(before, "--once")
    running = relay.start(stage)
    wait_until((relay.store.parent / f"escrelay.db.{stage}.lock").exists, "it is up")
    time.sleep(0.2)
    running.send_signal(signal.SIGTERM)
    began = time.monotonic()
    code = relay.stop()
    assert code == 0 and time.monotonic() - began < IN_TIME, relay.log()
    relay.run("run", "--once")
    lab.postfix.empty()
    observe(lab, relay, [forward])


def test_a_storm_of_hups(lab, relay):
    """D10. Goal: two hundred SIGHUPs while mail comes: all of it alive, all mail done once."""
    running = relay.start()
    relay.wait_log("mailbox support: connected")
    sent = []
    for number in range(4):
        sent.append(mails.forward(mails.ticket(subject=f"In the storm {number}")))
        lab.send(sent[-1])
        for _ in range(50):
            relay.hup()
            time.sleep(0.002)
    wait_until(lambda: len(relay.json("list")) == 4, "all are cases", 40, relay.log_file)
    wait_until(lambda: all(row["state"] == "sent" for row in Store(relay.store).outbox), "all is sent", 40,
               relay.log_file)
    assert running.poll() is None and relay.stop() == 0
    lab.postfix.empty()
    observe(lab, relay, sent)


def test_nobody_reads_what_it_says(lab, relay):
    """D10. Goal: standard error and output are pipes that nobody holds any more: the work is done all the same."""
    forward = mails.forward()
    lab.send(forward)
    lab.wait_mail("escalations")
    for command, code in ((("run", "--once"), 0), (("list",), 3)):      # a list that nobody got is no list
        reading, writing = os.pipe()
        os.close(reading)
        done = subprocess.run([PROGRAM, "-c", relay.conf, *command], stdout=writing, stderr=writing,
                              env=relay._env(None), timeout=60, check=False)
        os.close(writing)
        assert done.returncode == code
    lab.postfix.empty()
    observe(lab, relay, [forward])
