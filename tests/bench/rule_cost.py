"""How fast rules are: time a message, time to read and compile, memory, for 10, 100 and 1,000 rules. Made-up rules of the same seed every time.

    /usr/bin/python3 tests/bench/rule_cost.py [--program build/escrelay] [--small]

`run()` gives the rows; the time a message is the processor's for deciding alone, as the program measures it ('rules test', best of
several): of a ticket as people forward it, and of the worst text there is, which has nothing but words of the rules, so that every
pattern finds its beginning everywhere. Reading is the whole of 'check'.
"""
import argparse
import random
import re
import subprocess
import tempfile
import time
from pathlib import Path

from corpus import mail as ticket

ROOT = Path(__file__).resolve().parent.parent.parent
WORDS = ("search index zoekt shard replica gateway license renewal token clone mirror gitserver permission saml okta batch changeset "
         "template executor kubernetes helm upgrade migration latency memory grafana prometheus extension browser hover definition "
         "precise upload language monitor cluster ingress certificate proxy webhook sync repository branch commit").split()
BODY_BYTES = 20_000


def rule(rng, number):
    """Such as operators write: a subject or a body, an exception, a capture."""
    some = rng.sample(WORDS, 6)
    return (f'rule "r{number}" {{\n    any {{\n        subject ~ /\\b(?:{some[0]}|{some[1]})-{number}\\b/i\n'
            f"        body ~ /\\b(?:{some[2]}|{some[3]}) (?:{some[4]}|failed)-{number}\\b/i\n    }}\n"
            f"    none {{ subject ~ /weekly report/i }}\n    original.from !like *@noise{number}.example\n"
            f"    require version ~ /\\bv(?<version>\\d+\\.\\d+\\.\\d+)/ \"Which version?\"\n    set label {some[5]}\n}}\n")


def mail(rng):
    """A forward of 20 kB that none of the rules knows."""
    lines, size = [], 0
    while size < BODY_BYTES:
        lines.append(" ".join(rng.choice(WORDS) for _ in range(rng.randint(4, 12))))
        size += len(lines[-1]) + 1
    return ("From: Ada <ada@example.com>\nTo: escalations@example.com\nSubject: Fwd: something is slow\nMessage-ID: <b@example.com>\n"
            "Date: Mon, 02 Nov 2026 10:00:00 +0000\n\nplease look\n\n---------- Forwarded message ---------\n"
            "From: Wile <wile@acme.example>\nDate: Mon, 2 Nov 2026 at 09:00\nSubject: something is slow\nTo: <support@example.com>\n\n"
            + "\n".join(lines) + "\n")


def best(times, what):
    """The least of several runs: what the machine can do when nobody is in the way."""
    return min(what() for _ in range(times))


def measure(program, folder, number, times):
    """One row: rules, ms a message, ms to load, MB at the most."""
    rng = random.Random(number)
    rules, mails = folder / f"{number}.rules", [folder / f"m{i}.eml" for i in range(3)]
    tickets = [folder / f"t{i}.eml" for i in range(4)]
    rules.write_text("".join(rule(rng, n) for n in range(number)))
    for path in mails:
        path.write_text(mail(rng))
    for at, path in enumerate(tickets):
        path.write_bytes(ticket(rng, at, BODY_BYTES))
    command = [program, "-c", "/nonexistent", "rules", "test", "-r", rules]

    def deciding(them):
        """Of each mail the best, of these the mean."""
        out = subprocess.run([*command, *them * 4], capture_output=True, text=True, check=True).stdout
        took = [float(ms) for ms in re.findall(r"\((\d+\.\d+) ms\)", out)]
        return sum(min(took[at::len(them)]) for at in range(len(them))) / len(them)

    def loading():
        began = time.perf_counter()
        subprocess.run(check, capture_output=True, check=False)
        return (time.perf_counter() - began) * 1000

    conf = folder / f"{number}.conf"
    conf.write_text(f"address e@example.com\noperator o@example.com\nstaff example.com\nauthserv-id none\nstore {folder}/none.db\n"
                    f'include "{rules.name}"\n')
    check = [program, "-c", conf, "check"]
    peak = subprocess.run(["/usr/bin/python3", "-c", "import resource,subprocess,sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL);"
                           "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)", *check],
                          capture_output=True, text=True, check=True).stdout
    return {"rules": number, "ms_per_message": best(times, lambda: deciding(tickets)),
            "ms_worst": best(times, lambda: deciding(mails)), "load_ms": best(times, loading), "peak_mb": int(peak) / 1024}


def run(program=ROOT / "build/escrelay", small=False):
    """The rows, printed as a table on the way."""
    rows = []
    print(f"\nRules over mails of {BODY_BYTES // 1000} kB that none of them fits (best of several runs)")
    print(f"{'rules':>6} {'ms a ticket':>13} {'us a rule':>10} {'ms, worst text':>15} {'load, ms':>9} {'peak, MB':>9}")
    with tempfile.TemporaryDirectory() as folder:
        for number in (10, 100) if small else (10, 100, 1000):
            row = measure(program, Path(folder), number, 2 if small else 5)
            rows.append(row)
            print(f"{row['rules']:6} {row['ms_per_message']:13.3f} {row['ms_per_message'] * 1000 / number:10.2f} {row['ms_worst']:15.3f} "
                  f"{row['load_ms']:9.1f} {row['peak_mb']:9.1f}", flush=True)
    return rows


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--program", type=Path, default=ROOT / "build/escrelay")
    options.add_argument("--small", action="store_true")
    given = options.parse_args()
    run(given.program, given.small)
