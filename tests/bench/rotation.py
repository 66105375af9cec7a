"""How long the resolver takes on plans of many years: who is on, whose turn it is, when anything changes next; and a year played through.

    /usr/bin/python3 tests/bench/rotation.py [--program build/escrelay]

The plans are made up, of the same seed every time, by tests/support/rotation_probe.c, which stands in build/tools beside the program.
"""
import argparse
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# engineers, rotations of six weeks, absences, seats
PLANS = ((3, 10, 20, 3), (100, 100, 1000, 3), (100, 100, 1000, 10), (100, 100, 1000, 100))


def plan(program, numbers, seconds):
    """Microseconds of each question about one plan."""
    probe = Path(program).absolute().parent / "tools/rotation_probe"
    said = subprocess.run([probe, *map(str, numbers), str(seconds)], check=True, capture_output=True, text=True).stdout
    found = {word: float(micros) for word, micros, _ in map(str.split, said.splitlines())}
    return dict(zip(("engineers", "rotations", "aways", "seats"), numbers)) | found


def year(program):
    """Seconds of `rotation simulate` over a year of the golden roster, 20 escalations a day."""
    began = time.monotonic()
    subprocess.run([Path(program).absolute(), "-c", ROOT / "tests/golden/rotation/relay.conf", "rotation", "simulate",
                    "--from", "2026-01-05", "--to", "2027-01-05", "--load", "20"], check=True, capture_output=True)
    return time.monotonic() - began


def rotation(program, seconds=1.0):
    """All of it."""
    return {"plans": [plan(program, numbers, seconds) for numbers in PLANS], "year_seconds": year(program)}


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=Path, default=ROOT / "build/escrelay")
    found = rotation(parser.parse_args().program)
    for one in found["plans"]:
        print(one)
    print(f"a year played through: {found['year_seconds']:.2f} s")


if __name__ == "__main__":
    main()
