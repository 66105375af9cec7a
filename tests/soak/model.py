"""What must have become of all that people sent: an own idea of the law, which shares no code with the program.

Every case is moved by one mail at a time: the next is sent only when the people have seen what the last one did. So its
state follows from what was sent, whatever died in between. Mails that move nothing come at any time.
"""
from collections import Counter
from dataclasses import dataclass, field

from support.observer import Store, key_of, named

# The event that each command leaves in the record of a case, once for each mail.
COMMANDS = ("ack", "pass", "take", "resolve", "reopen", "note")


@dataclass
class Case:
    """One escalation, as the people who write about it know it."""
    mark: str                       # stands in its subject, and in nothing else
    requester: str
    lead: str                       # of the customer: reads along
    state: str = "new"
    engineer: str = ""
    number: str = ""                # ESC-n, from the subject of its first letter
    events: Counter = field(default_factory=Counter)
    seen_by: set = field(default_factory=set)   # engineers who have had a letter of it

    def done(self, what, who, to=""):
        """The people have seen the effect of a mail: `who` did `what`; the case is now with `to`, if that changed."""
        engineer = who != self.requester
        if what in COMMANDS:
            self.events[what] += 1
        if what == "open":
            self.state = "assigned"
        elif what in ("ack", "take", "reopen"):
            self.state = "owned"
        elif what in ("pass", "away"):
            self.state = "assigned"
        elif what == "resolve":
            self.state = "resolved"
        elif what == "answer" and engineer and self.state != "resolved":
            self.state = "pending"
        elif what == "word" and self.state in ("pending", "resolved"):
            self.state = "owned"
        if to:
            self.engineer = to
            self.seen_by.add(to)

    def possible(self):
        """What its engineer, other engineers and its requester may do now."""
        his = {"assigned": ("ack", "answer", "pass", "resolve", "note", "away"),
               "owned": ("ack", "answer", "pass", "resolve", "note"),
               "pending": ("ack", "answer", "pass", "resolve", "note"),
               "resolved": ("reopen", "answer", "note")}
        hers = {"assigned": ("word", "resolve"), "owned": ("word", "resolve", "note"), "pending": ("word", "word"),
                "resolved": ("word", "reopen")}
        takers = sorted(self.seen_by - {self.engineer})
        return ([(self.engineer, what) for what in his[self.state]] + [(who, "take") for who in takers]
                + [(self.requester, what) for what in hers[self.state]])


class Model:
    """All cases, and the outcome that each delivered mail must have."""

    def __init__(self):
        self.cases, self.delivered, self.expected = {}, [], {}
        self.words = {}             # a mark in a word: its case, and who must read it

    def expects(self, mail, outcome):
        """`mail` was delivered, and must end so; None: as the relay likes, but in one way."""
        self.delivered.append(mail)
        self.expected[key_of(mail)] = outcome

    def compare(self, store_path, listed, boxes):
        """Everything that is not as it must be, as sentences. `boxes`: the texts of each person's mails."""
        store = Store(store_path)
        yield from self._mails(store)
        yield from self._cases(store, listed)
        yield from self._words(boxes)

    def _mails(self, store):
        outcomes = {}
        for row in store.journal:
            outcomes.setdefault(key_of(store.mail(row["id"])), []).append(row["outcome"])
        for mail in self.delivered:
            found = outcomes.get(key_of(mail), [])
            fresh = [outcome for outcome in found if outcome != "duplicate"]
            wanted = self.expected[key_of(mail)]
            if len(fresh) != 1 or (wanted and fresh != [wanted]):
                yield f"{named(mail)}: must be {wanted or 'something'} once, and is {found}"

    def _cases(self, store, listed):
        # What odd mails opened is nobody's: those are the cases without a mark.
        by_mark = {}
        for case in listed:
            marks = [mark for mark in self.cases if mark in case["subject"]]
            by_mark.setdefault(marks[0] if marks else None, []).append(case)
        odd = {row["escalation"] for row in store.journal
               if row["outcome"] == "opened" and self.expected.get(key_of(store.mail(row["id"])), "?") is None}
        for case in by_mark.pop(None, []):
            if int(case["id"].partition("-")[2]) not in odd:
                yield f"{case['id']} \"{case['subject']}\" was opened by nobody"
        events = {}
        for row in store.event:
            events.setdefault(row["escalation"], Counter())[row["kind"]] += 1
        for mark, case in self.cases.items():
            found = by_mark.get(mark, [])
            if len(found) != 1:
                yield f"\"{mark}\" must be one case, and is {[one['id'] for one in found]}"
                continue
            [one] = found
            there = (one["state"], one["engineer"], one["requester"]["address"].partition("@")[0])
            if there != (case.state, case.engineer, case.requester):
                yield f"{one['id']} \"{mark}\" must be {(case.state, case.engineer, case.requester)}, and is {there}"
            did = events.get(int(one["id"].partition("-")[2]), Counter())
            for command in COMMANDS:
                if did[command] != case.events[command]:
                    yield (f"{one['id']} \"{mark}\": /{command} must have acted {case.events[command]} times, "
                           f"and did {did[command]}")

    def _words(self, boxes):
        for word, (case, readers) in self.words.items():
            there = {who for who, texts in boxes.items() if any(word in text for text in texts)}
            if not readers <= there or not there <= {case.requester, case.lead, *case.seen_by}:
                yield f"\"{word}\" of {case.number} must be read by {sorted(readers)}, and is by {sorted(there)}"
        if boxes["outside"]:
            yield f"{len(boxes['outside'])} letters left the company"
