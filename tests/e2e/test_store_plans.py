"""Goal: no statement of the program walks over what grows with history: SQLite says how it would run each of them."""
import re
import sqlite3
from contextlib import closing

import pytest

from support import REPOSITORY

GROWS = ("journal", "raw", "acted", "decision", "escalation", "event", "party", "thread", "turn", "outbox", "segment", "attempt",
         "person", "timer", "quarantine", "filing", "filing_thread", "original", "word")
# Statements that may: (what they begin with, why).
MAY = (
    ("SELECT count(*) FROM journal WHERE state", "figures: asked for by a person"),
    ("SELECT count(*) FROM escalation WHERE state <> 'resolved'", "figures: the index of open cases"),
    ("SELECT count(*) FROM outbox WHERE state", "figures: asked for by a person"),
    ("SELECT state, '', count(*), min(o", "metrics: the indexes of open cases and of letters that have not ended"),
    ("SELECT 'kept', '', count(*)", "metrics: the index of what waits"),
    ("SELECT 'shelved', '', count(*)", "metrics: the index of what is shelved"),
    ("SELECT 'held', '', count(*)", "metrics: the index of what is held"),
    ("SELECT team, kind, count(*)", "metrics: the index of open filings"),
    ("SELECT k.id, k.received, k.size", "purge: the index of open filings, for a mail that may go"),
    ("SELECT count(*) FROM outbox WHERE (state", "figures: asked for by a person"),
    ("SELECT max(owed_at) FROM (SELECT owed_at FROM outbox", "mend: the last 1,000 rows, from the end"),
    ("UPDATE outbox SET queued_at = ?1 WHERE", "mend: only when the clock was set back"),
    ("UPDATE outbox SET owed_at = ?1 WHERE", "mend: only when the clock was set back"),
    ("SELECT count(*) FROM quarantine WHERE state", "figures: the index of what is held"),
    ("SELECT id, escalation, kind, sender, recipient, message_id, subject, state", "recover: the index of what is being sent"),
    ("SELECT id, state, generation, severity", "list: prints them all"),
    ("SELECT id, escalation, number, team, kind", "filings: all open ones, by their index; asked for when the clock was set back"),
    ("SELECT * FROM (SELECT id, escalation, kind", "queue list: at most 10,000"),
    ("SELECT q.journal, q.at, q.reason", "quarantine list: prints them all"),
    ("SELECT escalation, at, pool, engineer, sentence FROM turn", "rotation ledger: prints them all"),
    ("SELECT t.escalation, t.at, t.engineer, 'turn'", "rotation history: asked for by a person"),
    ("SELECT id, pool, engineer, subject", "rotation history: asked for by a person"),
    ("SELECT escalation, opened, engineer, kind FROM filing", "rotation history: asked for by a person"),
    ("SELECT id, state, severity, label, rule", "report: open cases, by their index"),
    ("SELECT received, outcome FROM journal ORDER BY id DESC", "report: from the newest mail back to the first of the span, then it stops"),
    ("SELECT opened FROM escalation", "rotation simulate: reads them all"),
    ("SELECT '", "verify: reads everything"),
    ("SELECT w.engineer", "verify: reads everything"),
    ("SELECT t.engineer", "verify: reads everything"),
)
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')


def sources():
    """The files of the store, without comments, macros with strings put in."""
    macros, texts = {}, {}
    for path in sorted((REPOSITORY / "src/edge").glob("store*.[ch]")):
        text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S).replace("\\\n", " ")
        macros |= dict(re.findall(r'^#define (\w+)[ \t]+((?:[ \t]*(?:"(?:[^"\\\n]|\\.)*"|[A-Z_]{3,}))+)[ \t]*$', text, re.M))
        texts[path.name] = text
    for _ in macros:                                # a macro may stand in another
        macros = {name: re.sub(r'"(?:[^"\\]|\\.)*"|[A-Z_]{3,}', lambda part: macros.get(part[0], part[0]), body)
                  for name, body in macros.items()}
    return macros, texts


def statements():
    """Each literal of SQL that is prepared, wherever it stands: strings and names of macros side by side."""
    macros, texts = sources()
    word = r'(?:"(?:[^"\\]|\\.)*"|\b(?:' + "|".join(macros) + r")\b)"
    found = []
    for name, text in texts.items():
        if name == "store_schema.c":
            text = text[text.index("schema_create"):]
        for run in re.findall(rf"{word}(?:\s*{word})*", re.sub(r"^#define.*\n(?:\s+\".*\n)*", "", text, flags=re.M)):
            joined = "".join(part if not is_name else "".join(STRING.findall(macros[is_name]))
                             for part, is_name in re.findall(r'"((?:[^"\\]|\\.)*)"|(\w+)', run))
            if re.match(r"(SELECT|INSERT|UPDATE|DELETE) ", joined):
                found.append(joined)
    return found


@pytest.fixture
def store(relay):
    """An empty store of the program's own making."""
    relay.run("decide", "--once")
    with closing(sqlite3.connect(relay.store)) as db:
        yield db


def walks(db, sql):
    """The lines of the plan that walk a table that grows. A LIMIT 1 along an index is a step."""
    plan = [row[3] for row in db.execute("EXPLAIN QUERY PLAN " + sql, [1] * sql.count("?") if not re.search(r"\?\d", sql)
                                         else [1] * max(map(int, re.findall(r"\?(\d+)", sql))))]
    partial = [row[0] for row in db.execute("SELECT name FROM sqlite_schema WHERE type = 'index' AND sql LIKE '% WHERE %'")]
    lines = []
    for line in plan:
        # The first of all, or of an index that holds only what is asked for, is a step.
        step = re.search(r"LIMIT 1\b", sql) and (" WHERE " not in sql or line.rpartition(" ")[2] in partial)
        if re.match(rf"SCAN ({'|'.join(GROWS)}|[a-z])\b", line) and not step:
            lines.append(line)
        # A max() is called a search whether it has an index or not.
        if re.fullmatch(r"SEARCH \w+", line) and "max(id)" not in sql:
            lines.append(line)
    return lines + [line for line in plan if "TEMP B-TREE FOR ORDER BY" in line and "LIMIT" in sql]


def test_no_statement_walks_over_history(store):
    """Goal: each is a search, or stands in the list of those that may."""
    found, used = statements(), set()
    assert len(found) > 90, "the statements are not found any more: has their form changed?"
    bad = []
    for sql in found:
        for line in walks(store, sql):
            begins = next((one for one, _ in MAY if sql.startswith(one)), None)
            used.add(begins)
            if begins is None:
                bad.append(f"{sql}\n    {line}")
    assert not bad, "\n".join(bad)
    unused = {one for one, _ in MAY} - used
    assert not unused, "these need no leave any more"


def test_a_walk_would_be_seen(store):
    """Goal: the test above can fail."""
    assert walks(store, "SELECT count(*) FROM outbox WHERE settled_at = ?")
    assert walks(store, "SELECT id FROM journal WHERE size > ? LIMIT 1")
    assert walks(store, "UPDATE timer SET due = ?1 WHERE kind = ?2")
    assert walks(store, "SELECT id FROM outbox WHERE id > ? ORDER BY recipient LIMIT 1")
    assert walks(store, "SELECT max(received) FROM journal")
    assert not walks(store, "SELECT subject FROM journal WHERE id = ?")
