"""How fast the relay is: on real mail of the same seed every time, beside the floors that nobody gets under, and beside fdm.

    python3 tests/bench/bench.py [--program build/escrelay] [--tools build/bench] [--json FILE] [PART...]

Reports figures and ratios and judges nothing. docs/speed.md says what each figure is. BENCH_SMALL=1 is a quick look, BENCH_FULL=1
adds the longest history. Parts: understand drain latency large link history; all of them if none is named.
"""
import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

import drain
from understand import understanding
from watch import STAGES
from world import World

SMALL, FULL = bool(os.environ.get("BENCH_SMALL")), bool(os.environ.get("BENCH_FULL"))
MAILS = 200 if SMALL else 2000
MB = 1e6


def title(text):
    """A heading."""
    print(f"\n{text}", flush=True)


def row(name, *cells):
    """A line of a table."""
    print(f"  {name:34}" + "".join(f"{cell:>12}" for cell in cells), flush=True)


def part_understand(world):
    """bytes -> facts, without any server."""
    found = understanding(world.program, world.make("mixed", MAILS))
    title(f"Understanding: {found['mails']} mixed mails, {found['bytes'] / MB:.0f} MB, one process")
    row("", "mails/s", "MB/s")
    row("escrelay inspect --json", f"{found['rate']:.0f}", f"{found['bytes'] / MB / found['seconds']:.0f}")
    row("Python's email package", f"{found['python_rate']:.0f}", f"{found['bytes'] / MB / found['python_seconds']:.0f}")
    row("", f"x {found['times_python']:.1f}")
    return found


def part_drain(world):
    """A full mailbox through all three stages."""
    found = {}
    for kind in ("mixed", "small"):
        files, ways = world.make(kind, MAILS), {}
        for tls in (True, False):
            ways["TLS" if tls else "plain"] = drain.relay(world, files, tls)
        ways["fdm"] = drain.fdm(world, files, True)
        found[kind] = ways
        say_drain(kind, ways)
    return found


def say_drain(kind, ways):
    """One corpus as a table."""
    tls, plain, fdm = ways["TLS"], ways["plain"], ways["fdm"]
    title(f"Draining {tls['mails']} {kind} mails, {tls['bytes'] / MB:.0f} MB: IMAP -> 20 rules -> {tls['letters']} letters by plain SMTP")
    row("", "imaps", "imap, plain")

    def both(name, get, form="{:.0f}"):
        row(name, *(form.format(get(one)) for one in (tls, plain)))

    both("mails/s", lambda one: one["rate"])
    both("raw fetch, one command: mails/s", lambda one: one["floor_imap_rate"])
    both("of the raw fetch", lambda one: one["of_floor_imap"], "{:.3f}")
    for name in sorted(key for key in tls if key.startswith("floor_smtp_")):
        both(f"raw SMTP, {name.split('_')[2]} connection(s): letters/s", lambda one, name=name: one[name])
    both("CPU ms a mail", lambda one: one["cpu_ms"], "{:.2f}")
    for stage in STAGES:
        both(f"  {stage}", lambda one, stage=stage: one["cpu_ms_stage"][stage], "{:.2f}")
    both("peak resident MB, all (proportional)", lambda one: one["sum_pss"] / MB, "{:.1f}")
    both("peak resident MB, all (plain sum)", lambda one: one["sum_rss"] / MB, "{:.1f}")
    for stage in STAGES:
        both(f"  one process of {stage}", lambda one, stage=stage: one["peak_rss"][stage] / MB, "{:.1f}")
    if fdm is None:
        row("fdm is not installed", "")
    elif "failed" in fdm:
        row(fdm["failed"], "")
    else:
        row("fdm, two letters a mail: mails/s", f"{fdm['rate']:.0f}")
        row("  times fdm", f"{tls['rate'] / fdm['rate']:.1f}")
        row("  CPU ms a mail", f"{fdm['cpu_ms']:.2f}")


def parts():
    """The functions above, by the word that names them."""
    return {name[5:]: value for name, value in globals().items() if name.startswith("part_")}


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=Path, default=Path("build/escrelay"))
    parser.add_argument("--tools", type=Path, default=Path("build/bench"))
    parser.add_argument("--json", type=Path)
    parser.add_argument("part", nargs="*")
    args = parser.parse_args()
    known, began = parts(), time.monotonic()
    if unknown := [name for name in args.part if name not in known]:
        parser.error(f"no part {unknown[0]}; there are {' '.join(known)}")
    found = {"small": SMALL, "full": FULL, "cores": os.cpu_count(), "load_before": os.getloadavg()[0], "fdm": bool(shutil.which("fdm"))}
    print(f"escrelay on {found['cores']} cores, load {found['load_before']:.1f} before; figures travel badly, ratios better", flush=True)
    with tempfile.TemporaryDirectory(prefix="escrelay-bench-") as folder, \
            World(folder, args.program.absolute(), args.tools.absolute()) as world:
        for name in args.part or known:
            found[name] = known[name](world)
    found["took_seconds"] = time.monotonic() - began
    if args.json:
        args.json.write_text(json.dumps(found, indent=1) + "\n")
    print(f"\nTook {found['took_seconds']:.0f} s.")


if __name__ == "__main__":
    sys.exit(main())
