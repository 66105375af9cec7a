"""What a long history costs: decide's time a mail and the start of each stage, on stores that grow.

The history is written by SQL into a store that the program made, for to receive a million mails takes hours. Its rows
are those that the program writes for a mail that opened a case which was answered and closed; of the mail 300 bytes.
"""
import sqlite3
from contextlib import closing

from corpus import corpus

OPENED = 1767225600         # 2026-01-01, of the first mail; then one every 20 s
GAP = 20
FILL = """
CREATE TEMP TABLE past AS
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :mails)
  SELECT i, :opened + i * :gap AS at, i > :closed AS lives,
    CASE i % 3 WHEN 0 THEN 'keegan' WHEN 1 THEN 'bola' ELSE 'valery' END AS who FROM n;
CREATE TEMP TABLE letter AS
  SELECT i, at, 2 * i - k AS id, CASE k WHEN 0 THEN 'receipt' ELSE 'assignment' END AS kind,
    CASE k WHEN 0 THEN 'ada@example.com' ELSE 'bola@example.com' END AS recipient,
    'letter-' || i || '-' || k || '@example.com' AS message_id FROM past, (SELECT 0 AS k UNION SELECT 1);
INSERT INTO journal (id, mailbox, uidvalidity, uid, received, size, cut, sha256, state, message_id, sender, subject,
    outcome, escalation)
  SELECT i, 'support', 1, i, at, 300, 0, randomblob(32), 'judged', 'old-' || i || '@mail.example.com',
    'ada@example.com', 'Fwd: [#' || i || '] search is down', 'opened', i FROM past;
INSERT INTO raw (journal, seq, bytes) SELECT i, 0, zeroblob(300) FROM past;
INSERT INTO acted SELECT randomblob(32), i FROM past;
INSERT INTO decision SELECT i, at, 'bench', '{"outcome":"opened"}' FROM past;
INSERT INTO escalation
  SELECT i, CASE WHEN lives THEN 'assigned' ELSE 'resolved' END, 1, 2, 'core', '', '', 'area-1', 'bench 20',
    'Ada Okafor', 'ada@example.com', '', '', '[#' || i || '] search is down', who, at, at,
    CASE WHEN lives THEN 0 ELSE at + 9000 END, CASE WHEN lives THEN '' ELSE 'answered' END, '', i,
    'esc-' || i || '.old@example.com' FROM past;
INSERT INTO event (escalation, at, actor, kind, detail, journal)
  SELECT i, at + k, 'relay', CASE k WHEN 0 THEN 'open' WHEN 1 THEN 'assign' ELSE 'resolve' END, '', i
    FROM past, (SELECT 0 AS k UNION SELECT 1 UNION SELECT 2) WHERE k < 2 OR NOT lives;
INSERT INTO party SELECT i, 'ada@example.com', 'requester', 'Ada Okafor' FROM past;
INSERT INTO thread SELECT 'old-' || i || '@mail.example.com', i, 0 FROM past;
INSERT INTO thread SELECT message_id, i, 1 FROM letter;
INSERT INTO turn (escalation, at, pool, engineer, nth, sentence, considered)
  SELECT i, at, 'core', who, (i + 2) / 3, 'next in turn', '[]' FROM past;
INSERT INTO tally SELECT pool, engineer, COUNT(*) FROM turn GROUP BY pool, engineer;
INSERT INTO timer (escalation, kind, due, generation) SELECT i, 'ack', 4000000000 + i, 1 FROM past WHERE lives;
INSERT INTO outbox (id, escalation, kind, sender, recipient, nth, message_id, subject, size, state, owed_at, queued_at,
    next_at, settled_at, attempts, code, reply)
  SELECT id, i, kind, 'escalations@example.com', recipient, i, message_id, '[ESC-' || i || '] search is down', 2000,
    'sent', at, at, at, at + 1, 1, 250, '250 2.0.0 taken' FROM letter;
INSERT INTO segment (outbox, seq, journal, base64, bytes) SELECT id, 0, 0, 0, zeroblob(500) FROM letter;
INSERT INTO attempt (outbox, at, ended, outcome, code, reply)
  SELECT id, at, at + 1, 'sent', 250, '250 2.0.0 taken' FROM letter;
INSERT OR REPLACE INTO workload
  SELECT engineer, COUNT(*) FROM escalation WHERE state <> 'resolved' GROUP BY engineer;
INSERT OR REPLACE INTO pointer VALUES ('core', 'keegan', 0);
INSERT OR REPLACE INTO mailbox VALUES ('support', 1, :opened);
"""


def fill(path, mails, still_open):
    """Writes a history of so many mails, of whose cases the last `still_open` are open."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA synchronous = OFF")
        db.execute("PRAGMA cache_size = -400000")
        db.execute("BEGIN")
        for statement in FILL.split(";\n"):
            if statement.strip():
                named = {"opened": OPENED, "gap": GAP, "mails": mails, "closed": mails - still_open}
                db.execute(statement, {name: value for name, value in named.items() if f":{name}" in statement})
        db.execute("COMMIT")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def arrive(path, mails):
    """Journals these mails, as fetch does."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("BEGIN")
        first = db.execute("SELECT COALESCE(MAX(id), 0) + 1 FROM journal").fetchone()[0]
        for number, raw in enumerate(mails, first):
            db.execute("INSERT INTO journal (id, mailbox, uidvalidity, uid, received, size, cut, sha256, state) "
                       "VALUES (?, 'support', 2, ?, strftime('%s', 'now'), ?, 0, randomblob(32), 'kept')",
                       [number, number, len(raw)])
            db.execute("INSERT INTO raw (journal, seq, bytes) VALUES (?, 0, ?)", [number, raw])
        db.execute("COMMIT")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def history(world, mails, still_open, count):
    """Figures of a store with that history."""
    one = world.relay()
    world.fill([])
    one.once("decide", "--once")        # the program makes its store
    if mails:
        fill(one.store, mails, still_open)
    found = {"history": mails, "open": still_open, "store_bytes": one.store.stat().st_size, "judged": count}
    for stage in ("fetch", "decide", "send"):
        start, idle = min(one.once(stage, "--once") for _ in range(3))
        found[f"start_{stage}_ms"], found[f"start_{stage}_cpu_ms"] = start * 1000, idle * 1000
    arrive(one.store, corpus("small", count, seed="history"))
    seconds, cpu = one.once("decide", "--once")
    opened = one.ask(f"SELECT COUNT(*) FROM journal WHERE id > {mails} AND outcome = 'opened'")
    if opened != count:
        raise RuntimeError(f"{opened} of {count} opened a case")
    found["decide_ms"] = (seconds * 1000 - found["start_decide_ms"]) / count
    found["decide_cpu_ms"] = (cpu * 1000 - found["start_decide_cpu_ms"]) / count
    one.forget()
    return found
