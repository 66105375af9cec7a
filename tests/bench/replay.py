"""How long 'rules replay' takes over a journal: mails of 20 KB that were decided by 100 rules, and the same with one of them changed.

    /usr/bin/python3 tests/bench/replay.py [--program build/escrelay] [--mails 50000] [--rules 100] [--keep FOLDER]

Some mails are decided by the program itself; the journal is those, over and over. Beside the seconds stand those of processor time,
which hardly depend on what else the machine does.
"""
import argparse
import json
import random
import resource
import sqlite3
import subprocess
import tempfile
import time
from contextlib import closing
from pathlib import Path

from corpus import mail
from history import arrive
from rule_cost import rule

ROOT = Path(__file__).resolve().parent.parent.parent
DIFFERENT, BYTES = 200, 20_000
CONF = """address e@example.com
operator o@example.com
fallback f@example.com
staff example.com partners.example.com contractors.example.com
authserv-id none
store {folder}/escrelay.db
limit recipient 100000 per 1m
limit all 1000000 per 1m
include own.rules
"""
LAST = 'rule "all" {{ subject ~ /./; set severity {} }}\n'


def multiply(store, mails):
    """The journal holds its mails over and over, until there are so many."""
    changed = {"id": "id + :by", "journal": "journal + :by", "uid": "uid + :by"}
    with closing(sqlite3.connect(store, isolation_level=None)) as db:
        db.execute("PRAGMA synchronous = OFF")
        db.execute("BEGIN")
        last = db.execute("SELECT MAX(id) FROM journal").fetchone()[0]
        for by in range(last, mails, last):
            for table, key in (("journal", "id"), ("raw", "journal"), ("decision", "journal")):
                columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
                db.execute(f"INSERT INTO {table} SELECT {', '.join(changed.get(name, name) for name in columns)} FROM {table} "
                           f"WHERE {key} <= :last", {"by": by, "last": last})
        db.execute("COMMIT")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def prepare(program, folder, mails, rules):
    """A store whose journal was decided by the rules, and beside it other rules."""
    rng = random.Random(2026)
    conf, own = folder / "relay.conf", folder / "own.rules"
    conf.write_text(CONF.format(folder=folder))
    made = [rule(rng, number) for number in range(rules - 1)]
    own.write_text("".join([*made, LAST.format(3)]))
    changed = 'rule "changed" { subject ~ /licen[cs]e/i; set severity 2 }\n'
    (folder / "new.rules").write_text("".join([*made[:-1], changed, LAST.format(3)]))
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "check": True}
    subprocess.run([program, "-c", conf, "decide", "--once"], **quiet)
    arrive(folder / "escrelay.db", [mail(rng, number, BYTES) for number in range(DIFFERENT)])
    subprocess.run([program, "-c", conf, "decide", "--once"], **quiet)
    multiply(folder / "escrelay.db", mails)
    return conf


def once(program, conf, *words):
    """Seconds, processor seconds, MB of the largest process, and the counts."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    out = subprocess.run([program, "-c", conf, "rules", "replay", "--json", *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                         check=False).stdout
    seconds, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, cpu, after.ru_maxrss / 1024, json.loads(out.splitlines()[-1])


def run(program=ROOT / "build/escrelay", mails=50_000, rules=100, folder=None):
    """The figures, printed on the way."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(folder or temporary)
        conf = folder / "relay.conf" if (folder / "escrelay.db").exists() else prepare(program, folder, mails, rules)
        print(f"\nReplay of {mails:,} mails of {BYTES // 1000} kB by {rules} rules, a journal of "
              f"{(folder / 'escrelay.db').stat().st_size / 1e9:.1f} GB")
        print(f"{'':24} {'seconds':>8} {'CPU s':>8} {'CPU ms a mail':>14} {'peak MB':>8} {'changed':>8}")
        rows = {}
        for name, words in (("the same rules", ()), ("one rule changed", ("-r", folder / "new.rules"))):
            seconds, cpu, peak, counts = once(program, conf, *words)
            if not counts["complete"]:
                raise RuntimeError("it did not end well")
            rows[name] = {"mails": mails, "seconds": seconds, "cpu_s": cpu, "peak_mb": peak, "changed": sum(counts["changed"].values())}
            print(f"{name:24} {seconds:8.1f} {cpu:8.1f} {cpu / mails * 1000:14.3f} {peak:8.1f} {rows[name]['changed']:8,}", flush=True)
    return rows


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--program", type=Path, default=ROOT / "build/escrelay")
    options.add_argument("--mails", type=int, default=50_000)
    options.add_argument("--rules", type=int, default=100)
    options.add_argument("--keep", type=Path)
    given = options.parse_args()
    if given.keep:
        given.keep.mkdir(exist_ok=True)
    run(given.program.absolute(), given.mails, given.rules, given.keep)
