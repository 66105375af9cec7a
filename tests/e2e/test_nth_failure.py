"""D1, D2, D8: the Nth call of one kind fails, once or from then on, for N = 1, 2, ... until all passes.

Each stage is met at the same point, a forward and an outsider's mail on their way, and runs with the fault; then all run without it,
and the observer compares with the end that nothing disturbed. Usually N grows in strides, and some faults are left out:
CRASH_ALL=1 takes them all. The program is the one without sanitizers, which want memory of their own.
"""
import os
import shutil
import signal
import subprocess

import pytest

from conftest import REPOSITORY
from support.moment import PLAIN, STAGES, Moment

ALL = os.environ.get("CRASH_ALL") == "1"
LAST = 30000                        # a bound: no stage makes so many calls of a kind
# The call and what it answers; usually these few, and by what N grows then: each time by itself and that.
CALLS = [("pwrite64", "ENOSPC"), ("pwrite64", "EIO"), ("fdatasync", "EIO"), ("openat", "EMFILE"), ("openat", "EIO"), ("write", "ENOSPC"),
         ("write", "EIO"), ("ftruncate", "ENOSPC"), ("pread64", "EIO"), ("mmap", "ENOMEM")]
USUALLY = [("fetch", "pwrite64", "ENOSPC", "", 25), ("decide", "pwrite64", "ENOSPC", "+", 25), ("send", "fdatasync", "EIO", "", 2),
           ("send", "openat", "EMFILE", "", 90)]
EVERY = [(stage, *call, once, 1) for stage in STAGES for call in CALLS for once in ("", "+")]
# Done, not all done, cannot; 127 is the dynamic linker's. Without memory we abort, and GLib ends a process by a trap, which needs some itself.
ENDS, WITHOUT_MEMORY = (0, 1, 3, 127), (128 + signal.SIGABRT, 128 + signal.SIGTRAP, 128 + signal.SIGSEGV)

pytestmark = pytest.mark.skipif(not PLAIN.exists(), reason=f"no {PLAIN}: make builds it")
needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")


@pytest.fixture(scope="session")
def shim(tmp_path_factory):
    """malloc_shim.c as a library to be preloaded."""
    library = tmp_path_factory.mktemp("shim") / "malloc.so"
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", library, REPOSITORY / "tests/support/malloc_shim.c"], check=True)
    return library


def numbers(stride):
    """1, and then on in strides that grow."""
    number = 1
    while number < LAST:
        yield number
        number += 1 if ALL else stride + number
    raise AssertionError("it never came to an end")


@needs_strace
@pytest.mark.parametrize("stage, call, error, once, stride", EVERY if ALL else USUALLY)
def test_the_nth_call_fails(lab, tmp_path, stage, call, error, once, stride):
    """D1, D2, D15. Goal: whichever write, sync, open or map fails: no crash by it, nothing lost, nothing twice, the usual end."""
    moment, trace = Moment(lab, tmp_path, stage), tmp_path / "trace"
    for number in numbers(stride):
        try:
            done, _ = moment.go(("strace", "-f", "-o", trace, "-e", f"trace={call}", "-e",
                                 f"inject={call}:error={error}:when={number}{once}"))
        except AssertionError as fault:
            raise AssertionError(f"{error} at {call} number {number}: {fault}") from None
        assert done.returncode in (*ENDS, *(WITHOUT_MEMORY if call == "mmap" else ())), f"{call} {number}: {done}"
        if "(INJECTED)" not in trace.read_text("utf-8", "replace"):
            break
    assert number > 1, f"nothing of {stage} ever failed at {call}"


def starved(number, for_good, shim):
    return ("env", f"LD_PRELOAD={shim}", f"MALLOC_FAIL={number}{'+' if for_good else ''}")


def calls_of(run, shim, tmp_path):
    """How many allocations the longest process of an undisturbed run makes."""
    count = tmp_path / "count"
    count.unlink(missing_ok=True)
    run(("env", f"LD_PRELOAD={shim}", f"MALLOC_COUNT={count}"))
    return max(map(int, count.read_text().split()))


@pytest.mark.parametrize("stage, for_good", [(stage, good) for stage in STAGES for good in (False, True)] if ALL else
                         [("fetch", False), ("decide", True), ("send", False)])
def test_the_nth_allocation_fails(lab, tmp_path, shim, stage, for_good):
    """D8. Goal: a stage without memory survives or ends saying so, and the end is the usual one."""
    moment = Moment(lab, tmp_path, stage)
    calls = calls_of(moment.go, shim, tmp_path)
    for number in numbers(calls // 3):
        if number > calls:
            break
        try:
            done, _ = moment.go(starved(number, for_good, shim))
        except AssertionError as fault:
            raise AssertionError(f"allocation {number} of {calls}: {fault}") from None
        assert done.returncode in (*ENDS, *WITHOUT_MEMORY[:2 + for_good]), f"allocation {number}: {done}"


def test_inspect_without_memory_says_the_same_or_nothing(shim):
    """D8. Goal: for each N, `inspect` ends with an error, or prints what it always prints; it never prints half a truth."""
    command = [PLAIN, "inspect", "--json", REPOSITORY / "rules/examples/scip-upload.eml"]

    def inspect(**env):
        return subprocess.run(command, env=os.environ | {"LD_PRELOAD": str(shim)} | env, capture_output=True, check=False, timeout=20)

    usual, survived = inspect(MALLOC_FAIL="0"), 0
    assert usual.returncode == 0
    for number in range(1, LAST, 1 if ALL else 29):
        done = inspect(MALLOC_FAIL=str(number))
        if done.returncode == 0:
            assert done.stdout == usual.stdout, f"allocation {number} failed, and nobody noticed"
            survived += 1
            if survived > 20 and number > 1000:
                break
        else:
            survived = 0
            assert done.returncode in (3, -signal.SIGABRT, -signal.SIGTRAP), f"allocation {number}: {done}"
    assert number < LAST - 29


@needs_strace
@pytest.mark.parametrize("error", ["EMFILE", "ENOMEM", "EIO", "EACCES"])
def test_rules_that_cannot_be_listed_are_not_taken_for_none(tmp_path, error):
    """D8, D15. Goal: the folder of the rules cannot be opened now: an error, and not a relay without rules that holds every mail."""
    rules, conf = tmp_path / "rules", tmp_path / "relay.conf"
    shutil.copytree(REPOSITORY / "rules", rules)
    conf.write_text((REPOSITORY / "relay.conf").read_text())
    done = subprocess.run(["strace", "-f", "-o", "/dev/null", "-P", rules, "-e", "trace=openat", "-e", f"inject=openat:error={error}",
                           PLAIN, "-c", conf, "check"], capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 3 and "cannot look for files" in done.stdout + done.stderr, done
