"""An outside observer: after a test it looks at the mailboxes, the store and the logs, and judges.

It knows the store's tables but none of the program's code, and it reads the store without writing.
`observe(lab, relay, delivered)` raises AssertionError with a difference that a person can read; it
returns the end state, which `like=` of another run compares with. What it holds the relay to:

  I1  no mail vanishes: each delivered one is in exactly one place, with a reason where it is at rest
  I2  each letter that counts as sent reached its recipient, and no letter came from nowhere
  I3  a letter came twice only where an attempt ended in doubt, and then with the same id and bytes
  I4  one turn for each assignment, and the pointer stands at the last one
  I5  a mail acted once
  I6  the end is that of the run that nothing disturbed
  I7  no password, no reply token and no text of a mail is in any log
  I8  a filing is mailed once, and its case is not closed before it
"""
import base64
import difflib
import email
import email.policy
import hashlib
import re
import sqlite3
import time
from collections import Counter, defaultdict
from contextlib import closing

HELD, NEEDS_NOTE = ("quarantined", "shelved"), ("ignored", "noted", "duplicate")
OF_A_CASE = ("opened", "relayed", "commanded", "noted")
OF_NO_CASE = ("commanded", "noted")     # too, where a note says what it was about: the answer to a mail about a rotation
ENDED = ("sent", "refused", "dropped")
TOKEN = re.compile(r"\+[a-z2-7]{32}(?![a-z2-7])")
TELLING = 25                # a line of a mail that is at least so long would be recognised in a log


class Store:
    """The tables of a store as lists of dicts, read at one instant."""

    TABLES = ("journal", "raw", "acted", "quarantine", "escalation", "event", "pointer", "turn", "workload",
              "timer", "outbox", "attempt", "thread", "filing")

    def __init__(self, path):
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as db:
            db.row_factory = sqlite3.Row
            db.execute("BEGIN")
            for table in self.TABLES:
                setattr(self, table, [dict(row) for row in db.execute(f"SELECT * FROM {table} ORDER BY 1, 2")])
            self.key = db.execute("SELECT value FROM meta WHERE name = 'key'").fetchone()[0]

    def mail(self, journal):
        """The bytes of a journalled mail."""
        return b"".join(row["bytes"] for row in sorted((row for row in self.raw if row["journal"] == journal),
                                                       key=lambda row: row["seq"]))


    def remember(self, before):
        """What was purged since then is looked at as it was: `before` is a Store that was read before the purge."""
        purged = {row["id"] for row in self.journal if row["purged"]}
        assert not purged & {row["journal"] for row in self.raw}, "a purged mail has bytes"
        self.raw += [row for row in before.raw if row["journal"] in purged]
        for table in ("outbox", "attempt", "event"):
            here = {row["id"] for row in getattr(self, table)}
            setattr(self, table, getattr(self, table) + [row for row in getattr(before, table) if row["id"] not in here])


def headers_of(raw):
    """The headers alone: what lies under them may be as deep as it likes, and kill a parser."""
    return email.message_from_bytes(raw.replace(b"\r\n", b"\n").partition(b"\n\n")[0] + b"\n\n",
                                    policy=email.policy.compat32)


def key_of(mail):
    """What makes a mail the same wherever it lies: its Message-ID and its body."""
    raw = mail if isinstance(mail, bytes) else mail.as_bytes(policy=mail.policy.clone(linesep="\r\n"))
    raw = raw.replace(b"\r\n", b"\n")
    parsed = headers_of(raw)
    body = raw.partition(b"\n\n")[2].rstrip(b"\n")
    return str(parsed["Message-ID"] or "").strip(), hashlib.sha256(body).hexdigest()


def named(mail):
    """A mail as a person would name it."""
    parsed = headers_of(mail) if isinstance(mail, bytes) else mail
    return f"{parsed['Message-ID']} \"{parsed['Subject']}\""


def observe(lab, relay, delivered, like=None, quiet=True, others=False):
    """Judges; `quiet` means that nothing should be under way any more. Returns the end state.

    `others`: mails that are not among `delivered` may have come too, a bounce say.
    """
    store = Store(relay.store)
    if relay.remembered is not None:
        store.remember(relay.remembered)
    left = list(_left(lab, relay, store, _boxes(lab), quiet))
    until = time.monotonic() + 2
    while left and time.monotonic() < until:    # a mail that the server took a moment ago may be on its way to the mailbox,
        lab.postfix.flush()                     # or was put off; and postqueue overlooks one that moves between directories
        lab.postfix.delivered()
        left = list(_left(lab, relay, store, _boxes(lab), quiet))
        time.sleep(0.1)
    if left:
        left.append(f"    Postfix has {lab.postfix.queue()} in its queue, and logged:\n{lab.postfix.log()[-4000:]}")
    faults = [*_arrived(lab, store, delivered, quiet, others), *left,
              *_turns(store), *_filed(store), *_acted(store), *_logs(lab, relay, store, delivered)]
    end = end_state(store)
    if like is not None:
        faults += [f"I6: {line}" for line in difflib.unified_diff(
            like, end, "undisturbed", "this run", lineterm="", n=0)]
    assert not faults, "\n".join(["the observer found:", *faults, "the log:", relay.logged()[-6000:]])
    return end


def _boxes(lab):
    """What lies in each mailbox but the relay's own."""
    return {who: lab.raw_of(who) for who in (*lab.people, "outside") if who != "escalations"}


def _arrived(lab, store, delivered, quiet, others):
    """I1."""
    waiting = Counter(key_of(raw) for raw in lab.raw_of("escalations"))
    ours = defaultdict(list)
    for row in store.journal:
        ours[key_of(store.mail(row["id"]))].append(row)
    cases = {row["id"] for row in store.escalation}
    quarantine = {row["journal"] for row in store.quarantine}
    theirs = defaultdict(list)
    for mail in delivered:
        theirs[key_of(mail)].append(mail)
    for key, mails in theirs.items():
        name, count = named(mails[0]), len(mails)
        if len(ours[key]) + (0 if quiet else waiting[key]) < count:
            yield f"I1: {name}: delivered {count} times, journalled {len(ours[key])}, waiting {waiting[key]}"
        fresh = [row for row in ours[key] if row["outcome"] != "duplicate"]
        acting = [row for row in fresh if row["outcome"] not in HELD]
        if len(acting) > 1 or len(fresh) > count or (quiet and not fresh):
            yield f"I5: {name}: acted upon {len(fresh)} times: {[row['outcome'] for row in fresh]}"
    for key in () if others else ours.keys() - theirs.keys():
        yield f"I1: journal {[row['id'] for row in ours[key]]} is a mail that nobody delivered"
    if quiet and waiting:
        yield f"I1: {sum(waiting.values())} mails are still in the inbox"
    for row in store.journal:
        name, outcome = f"I1: journal {row['id']} ({row['outcome']}, {row['state']})", row["outcome"]
        if row["state"] == "kept":
            if quiet:
                yield f"{name} is not judged"
            continue
        if row["size"] != len(store.mail(row["id"])):
            yield f"{name} says {row['size']} bytes and has {len(store.mail(row['id']))}"
        elif row["sha256"] != hashlib.sha256(store.mail(row["id"])).digest():
            yield f"{name} has other bytes than came"
        if (outcome in HELD) != (row["id"] in quarantine) and not row["released"]:
            yield f"{name} and its place in quarantine disagree"
        if outcome in NEEDS_NOTE and not row["note"]:
            yield f"{name} rests without a reason"
        caseless = outcome in OF_NO_CASE and row["escalation"] == 0 and row["note"]
        if outcome in OF_A_CASE and row["escalation"] not in cases and not caseless:
            yield f"{name} belongs to no case"
        if not outcome:
            yield f"{name} has no outcome"


def _left(lab, relay, store, boxes, quiet):
    """I2 and I3."""
    received = defaultdict(list)
    for who, mails in boxes.items():
        for raw in mails:
            received[key_of(raw)[0].strip("<>"), lab.address(who)].append(key_of(raw)[1])
    for sink in relay.sinks:                    # on the way to a mailbox fields are added, here none
        for mail in sink.accepted:
            received[key_of(mail.mail)[0].strip("<>"), mail.recipients[0]].append(mail.wire)
    doubts = Counter(row["outbox"] for row in store.attempt if row["outcome"] == "doubt")
    for row in store.outbox:
        name = f"letter {row['id']}, {row['kind']} to {row['recipient']} ({row['state']})"
        came = received.pop((row["message_id"].strip("<>"), row["recipient"]), [])
        if row["state"] == "sent" and not came:
            yield f"I2: {name} never came"
        if quiet and row["state"] not in ENDED:
            yield f"I2: {name} is still owed: {row['reply']}"
        if row["state"] == "refused" and not row["told"] and quiet:
            yield f"I2: {name}: nobody was told"
        if len(came) > 1 + doubts[row["id"]]:
            yield f"I3: {name} came {len(came)} times, {doubts[row['id']]} attempts ended in doubt"
        if len(set(came)) > 1:
            yield f"I3: {name} came with different bytes"
    relay = tuple(f"{part}@example.com" for part in ("escalations",))
    for (message_id, who), _ in received.items():
        for raw in boxes.get(who.partition("@")[0]) or (mail.mail for sink in relay.sinks for mail in sink.accepted
                                                        if who in mail.recipients):
            parsed = email.message_from_bytes(raw)
            if key_of(raw)[0].strip("<>") == message_id and any(one in str(parsed["From"]) for one in relay):
                yield f"I2: {who} has a letter of ours that we do not owe: {named(raw)}"


def _turns(store):
    """I4."""
    turns = Counter(row["escalation"] for row in store.turn)
    assigned = Counter(row["escalation"] for row in store.event if row["kind"] == "assign")
    for case in turns.keys() | assigned.keys():
        if turns[case] != assigned[case]:
            yield f"I4: ESC-{case} was assigned {assigned[case]} times and took {turns[case]} turns"
    # What one engineer passes to another by name uses up nobody's turn: none was considered.
    last = {row["pool"]: row["engineer"] for row in sorted(store.turn, key=lambda row: row["id"])
            if row["considered"] != "[]"}
    pointers = {row["pool"]: row["engineer"] for row in store.pointer}
    if last != pointers:
        yield f"I4: the last turns are {last}, the pointers stand at {pointers}"
    load = Counter(row["engineer"] for row in store.escalation if row["engineer"] and row["state"] != "resolved")
    if load != Counter({row["engineer"]: row["open"] for row in store.workload if row["open"]}):
        yield f"I4: open cases are {dict(load)}, the counters say {store.workload}"


def _filed(store):
    """I8: each filing was mailed once, and no case is closed before its filings are, but for the review of a fix."""
    cases = {row["id"]: row["state"] for row in store.escalation}
    letters = Counter(row["escalation"] for row in store.outbox if row["kind"] in ("filing", "review"))
    filings = Counter(row["escalation"] for row in store.filing)
    for case in letters.keys() | filings.keys():
        if case != 0 and letters[case] != filings[case]:
            yield f"I8: ESC-{case} has {filings[case]} filings, {letters[case]} were mailed"
    for row in store.filing:
        if row["state"] == "open" and row["kind"] != "review" and cases.get(row["escalation"]) == "resolved":
            yield f"I8: ESC-{row['escalation']} is resolved, its F{row['number']} is open"


def _acted(store):
    """I5."""
    done = Counter((row["escalation"], row["journal"], row["kind"], row["detail"]) for row in store.event if row["journal"])
    for (case, journal, kind, detail), count in done.items():
        if count > 1:
            yield f"I5: journal {journal} did {kind} ({detail}) {count} times in ESC-{case}"
    opened = Counter(row["journal"] for row in store.escalation)
    for journal, count in opened.items():
        if count > 1:
            yield f"I5: journal {journal} opened {count} cases"


def _logs(lab, relay, store, delivered):
    """I7. What people wrote is what must not be there; our own letters may say what the log says too."""
    log = relay.logged()
    secrets = {"the mailbox's password": lab.password("escalations"), "the token key": store.key.hex(),
               "the token key, in base64": base64.b64encode(store.key).decode()}
    for name, secret in secrets.items():
        if secret in log:
            yield f"I7: {name} is in a log"
    for found in set(TOKEN.findall(log)):
        yield f"I7: the reply token {found} is in a log"
    # Subjects are in the log on purpose, and so are reasons, which a person may quote from a letter of ours.
    known = {row["subject"] for row in store.journal} | {row["note"] or "" for row in store.journal}
    # All that people wrote. In our letters there are words of our own besides, and a log may say those.
    for mail in [*delivered, *(store.mail(row["id"]) for row in store.journal)]:
        if isinstance(mail, bytes):
            try:
                mail = email.message_from_bytes(mail, policy=email.policy.default)
            except RecursionError:                  # made to kill a parser: there are no words in it
                continue
        for line in _lines(mail):
            if line in log and not any(line in text for text in known):
                yield f"I7: a line of a mail is in a log: {line}"
                break


def _lines(mail):
    for part in mail.walk():
        if part.get_content_type() == "text/plain":
            for line in _content(part).splitlines():
                line = line.strip("> \t")
                if len(line) >= TELLING:
                    yield line


def _content(part):
    """The text of a part; of an odd mail, with whose charset or encoding Python cannot do, the bytes as they came."""
    try:
        return part.get_content()
    except (AttributeError, LookupError, ValueError):
        return (part.get_payload(decode=True) or b"").decode("latin-1")


def end_state(store):
    """What the world came to, as sorted lines without what differs from run to run (times, tokens)."""
    lines = [f"case ESC-{row['id']}: {row['state']}, {row['engineer']}, severity {row['severity']}, "
             f"\"{row['subject']}\" of {row['requester_address']}, {row['outcome']}" for row in store.escalation]
    lines += [f"letter: {row['kind']} of ESC-{row['escalation']} to {row['recipient']}, {row['state']}"
              for row in store.outbox]
    lines += [f"mail: \"{row['subject']}\" of {row['sender']}: {row['outcome']}, ESC-{row['escalation']}, {row['note']}"
              for row in store.journal if row["outcome"] != "duplicate"]
    lines += [f"turn: ESC-{row['escalation']}, {row['engineer']}" for row in store.turn]
    lines += [f"pointer: {row['pool']}, {row['engineer']}" for row in store.pointer]
    lines += [f"filing: ESC-{row['escalation']} F{row['number']}, {row['team']}, {row['kind']}, {row['title']}, {row['state']}, "
              f"{row['upstream']}, {row['outcome']}" for row in store.filing]
    lines += [f"timer: ESC-{row['escalation']}, {row['kind']}" for row in store.timer]
    lines += [f"event: ESC-{row['escalation']}, {row['actor']}, {row['kind']}, {row['detail']}" for row in store.event]
    return sorted(lines)
