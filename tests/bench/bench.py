"""How fast the relay is: on mail of the same seed every time, beside the floors that nobody gets under and beside fdm.

    python3 tests/bench/bench.py [--program build/escrelay] [--tools build/bench] [--json FILE] [PART...]

Reports figures and ratios and judges nothing. docs/speed.md says what each figure is. BENCH_SMALL=1 is a quick look,
BENCH_FULL=1 adds the longest history. Parts: understand drain latency large link history rotation rules replay; all of them if none is named.
"""
import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

import drain
import replay
import rule_cost
import wire
from history import history
from rotation import rotation
from understand import understanding
from watch import STAGES
from world import World

SMALL, FULL = bool(os.environ.get("BENCH_SMALL")), bool(os.environ.get("BENCH_FULL"))
MAILS = 200 if SMALL else 2000
FDM_MAILS = 500     # it is no faster or slower with more
MB = 1e6


def durable(folder, seconds=0.5):
    """How often a second 4 KB can be appended to a file and made durable here: what each commit waits for."""
    done, until = 0, time.monotonic() + seconds
    with open(Path(folder) / "durable", "wb", buffering=0) as file:
        while time.monotonic() < until:
            file.write(bytes(4096))
            os.fdatasync(file.fileno())
            done += 1
    return done / seconds


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
        ways["fdm"] = drain.fdm(world, files[:FDM_MAILS], True)
        found[kind] = ways
        say_drain(kind, ways)
    return found


def say_drain(kind, ways):
    """One corpus as a table."""
    tls, plain, fdm = ways["TLS"], ways["plain"], ways["fdm"]
    title(f"Draining {tls['mails']} {kind} mails, {tls['bytes'] / MB:.0f} MB: IMAP -> 20 rules -> "
          f"{tls['letters']} letters by plain SMTP")
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


def part_latency(world):
    """One mail at a time."""
    found = wire.latency(world, 20 if SMALL else 100)
    title(f"Latency: from EXISTS on the wire to the sink's 250, {found['mails']} single mails, plain IMAP")
    row("", "median ms", "95 % ms")
    row("the first letter", f"{found['median_ms']:.1f}", f"{found['p95_ms']:.1f}")
    row("both letters", f"{found['both_median_ms']:.1f}", f"{found['both_p95_ms']:.1f}")
    return found


def part_large(world):
    """One mail of 50 MB."""
    found = wire.large(world)
    title(f"One mail of {found['bytes'] / MB:.0f} MB, {found['letters_bytes'] / MB:.0f} MB of letters, "
          f"in {found['seconds']:.1f} s")
    row("", "peak MB")
    row("all processes, proportional", f"{found['sum_pss'] / MB:.1f}")
    row("all processes, plain sum", f"{found['sum_rss'] / MB:.1f}")
    for stage in STAGES:
        row(f"  one process of {stage}", f"{found['peak_rss'][stage] / MB:.1f}")
    return found


def part_link(world):
    """A server far away."""
    found = wire.far(world, world.make("small", MAILS)[:100 if SMALL else 500])
    title(f"Fetching {found['mails']} small mails over a round trip of {found['trip_ms']:.0f} ms")
    row("", "near", "far")
    row("seconds", f"{found['near_seconds']:.2f}", f"{found['far_seconds']:.2f}")
    row("turns at the line", found["near_turns"], found["far_turns"])
    row("round trips a mail, by time", "", f"{found['trips_by_time']:.3f}")
    row("round trips a mail, by turns", "", f"{found['trips_by_turns']:.3f}")
    return found


def part_history(world):
    """Stores that grow."""
    stores = [(0, 0), (10_000, 0)] if SMALL else [(0, 0), (10_000, 0), (100_000, 0), (100_000, 100_000)]
    stores += [(1_000_000, 0), (1_000_000, 100_000)] if FULL else []
    title("Flat cost: decide --once over small mails, on a store with that history")
    row("mails (open cases)", "MB", "ms a mail", "CPU ms", "start fetch", "decide", "send")
    found = []
    for mails, still_open in stores:
        one = history(world, mails, still_open, 100 if SMALL else 500)
        found.append(one)
        row(f"{mails:,} ({still_open:,})", f"{one['store_bytes'] / MB:.0f}", f"{one['decide_ms']:.2f}",
            f"{one['decide_cpu_ms']:.2f}",
            *(f"{one[f'start_{stage}_ms']:.0f} ms" for stage in ("fetch", "decide", "send")))
    return found


def part_rules(world):
    """Ten, a hundred, a thousand rules."""
    return rule_cost.run(world.program, SMALL)


def part_replay(world):
    """Other rules over a long journal."""
    return replay.run(world.program, 2000 if SMALL else 50_000)


def part_rotation(world):
    """Plans of many years, in memory."""
    found = rotation(world.program, 0.2 if SMALL else 1.0)
    title("The resolver, microseconds a question: engineers, rotations, absences (seats)")
    row("", "who", "pick", "next change")
    for one in found["plans"]:
        row(f"{one['engineers']}, {one['rotations']}, {one['aways']} ({one['seats']})",
            *(f"{one[word]:.0f}" for word in ("who", "pick", "change")))
    row("a year played through, 20 a day", f"{found['year_seconds']:.2f} s")
    return found


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
    found = {"small": SMALL, "full": FULL, "cores": os.cpu_count(), "load_before": os.getloadavg()[0],
             "fdm": bool(shutil.which("fdm"))}
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))       # so that everything is stopped and removed
    with tempfile.TemporaryDirectory(prefix="escrelay-bench-") as folder, \
            World(folder, args.program.absolute(), args.tools.absolute()) as world:
        found["durable_rate"] = durable(folder)
        print(f"{found['cores']} cores, load {found['load_before']:.1f} before; "
              f"{found['durable_rate']:.0f} durable appends of 4 KB a second. Figures travel badly, ratios better.",
              flush=True)
        for name in args.part or known:
            found[name] = known[name](world)
    found["took_seconds"] = time.monotonic() - began
    if args.json:
        args.json.write_text(json.dumps(found, indent=1) + "\n")
    print(f"\nTook {found['took_seconds']:.0f} s; load {os.getloadavg()[0]:.1f} after.")


if __name__ == "__main__":
    sys.exit(main())
