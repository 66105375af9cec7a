"""The people: they open cases, read their mail, answer and command; and the world writes to us too."""
import email
import email.policy
import re
import smtplib
from collections import defaultdict
from datetime import datetime, timedelta, timezone

from support import OUTSIDE, mails
from support.observer import key_of, named

from .model import Case

REQUESTERS = {"ada": mails.ADA, "alan": "Alan Fox <alan@example.com>", "grace": mails.GRACE}
ENGINEERS = {"keegan": mails.KEEGAN, "bola": mails.BOLA, "valery": mails.VALERY}
LEAD = "ada"                        # of the customer that all tickets are of: she is copied on what others bring
AWAY = "valery"                     # the only one whose mail server says so: two always remain
TOLD = re.compile(r"\b(\w+)\s+has\s+(?:ESC-\d+\s+now|your\s+escalation)")
NUMBER = re.compile(r"\[(ESC-\d+)\]")


class Inbox:
    """A person's mailbox, each mail read once."""

    def __init__(self, lab, who):
        self._place, self._known = lab.dovecot.maildir(lab.address(who)) / "new", set()

    def fresh(self):
        """What came since the last look, parsed."""
        found = []
        for path in sorted(self._place.iterdir()):
            if path.name not in self._known:
                self._known.add(path.name)
                found.append(email.message_from_bytes(path.read_bytes(), policy=email.policy.default))
        return found


class Doing:
    """A mail that moves a case, until everybody has seen that it did."""

    def __init__(self, case, what, who, mail, to=""):
        self.case, self.what, self.who, self.mail, self.to = case, what, who, mail, to
        self.id, self.since = str(mail["Message-ID"]), datetime.now(timezone.utc)
        self.word, self.before = "", 0          # `before`: how often the requester had been told who has it


class People:
    """`act(now)` lets due things happen; `busy()` says what is still awaited. All choice is `random`'s."""

    def __init__(self, lab, model, random, odd):
        self.lab, self.model, self.random, self.odd = lab, model, random, list(odd)
        self.counts, self.failures = defaultdict(int), 0
        self._inboxes = {who: Inbox(lab, who) for who in (*REQUESTERS, *ENGINEERS)}
        self._letters = defaultdict(list)       # (person, ESC-n): his letters of that case, oldest first
        self._doing, self._due = {}, {}         # by mark: what is under way; when the next comes
        self._answered = defaultdict(set)       # Message-ID: who has a letter in answer to it
        self._had = set()
        self._number = 0

    # --- what happens -------------------------------------------------------------------------

    def read(self):
        """Everybody reads his mail, and sees what was done."""
        for who, inbox in self._inboxes.items():
            for mail in inbox.fresh():
                number = NUMBER.search(str(mail["Subject"]))
                if number and (who, mail["Message-ID"]) not in self._had:
                    self._had.add((who, mail["Message-ID"]))    # a letter in doubt may come twice, and late
                    self._letters[who, number[1]].append(mail)
                    if mail["In-Reply-To"]:
                        self._answered[str(mail["In-Reply-To"]).strip()].add((who, number[1]))
        for mark, doing in list(self._doing.items()):
            to = self._seen(doing)
            if to is not None:
                doing.case.done(doing.what, doing.who, to)
                del self._doing[mark]

    def open_case(self):
        """Somebody forwards a ticket."""
        self._number += 1
        mark = f"soak-{self._number}-{self.random.randrange(16 ** 6):06x}"
        requester = self.random.choice(sorted(REQUESTERS))
        case = Case(mark, requester, LEAD)
        ticket = mails.ticket(subject=f"Question {mark}", text=f"Hello,\n\nwhat does the reading {mark} mean?\n")
        mail = mails.forward(ticket, REQUESTERS[requester], self.random.choice(mails.STYLES), f"About {mark}, please.")
        self.model.cases[mark] = case
        self._do(Doing(case, "open", requester, mail), "opened")

    def move_case(self, now):
        """A case that nothing is under way for is moved by one of those who may."""
        free = [case for mark, case in self.model.cases.items()
                if mark not in self._doing and self._due.get(mark, 0) <= now]
        if not free:
            return
        case = self.random.choice(free)
        self._due[case.mark] = now + self.random.uniform(0.5, 12)
        who, what = self.random.choice(case.possible())
        letters = self._letters[who, case.number]
        if not letters or (what == "away" and who != AWAY):
            return
        self._number += 1
        word = f"word-{self._number}-{self.random.randrange(16 ** 6):06x}"
        person = (REQUESTERS | ENGINEERS)[who]
        text = {"ack": "/ack", "pass": "/pass", "take": "/take", "reopen": "/reopen", "note": f"/note {word}",
                "resolve": f"/resolve answered: {word}"}.get(what, f"{word} is what I can say about it.")
        to = ""
        if what == "pass" and self.random.random() < 0.3:
            to = self.random.choice(sorted(set(ENGINEERS) - {who, AWAY}))
            text = f"/pass @{to}"
        letter = self.random.choice(letters)
        if what == "away":
            until = (datetime.now(timezone.utc) + timedelta(40)).strftime("%Y-%m-%d")
            mail = mails.out_of_office(letter, person, until=until)
        else:
            mail = mails.reply(letter, person, text)
        doing = Doing(case, what, who, mail, to)
        doing.before, doing.to = len(self._told(case)), who if what == "take" else to
        if what in ("answer", "word"):
            doing.word = word
            self.model.words[word] = case, {case.requester, LEAD} if who in ENGINEERS else {case.engineer}
        outcome = {"answer": "relayed", "word": "relayed", "away": "noted"}.get(what, "commanded")
        self._do(doing, outcome)

    def disturb(self):
        """A mail that must move nothing."""
        numbered = [(key, found) for key, found in self._letters.items() if found]
        kind = self.random.choice(["outsider", "forged", "denied", "again", "bounce", "strange bounce", "away", "team",
                                   "odd"])
        self._number += 1
        mark, mail, outcome, options = f"stray-{self._number}", None, "quarantined", {}
        (who, _), letters = self.random.choice(numbered) if numbered else (("", ""), [])
        letter = self.random.choice(letters) if letters else None
        if kind == "outsider":
            mail = mails.outsider(subject=mark, text=f"Buy {mark}.\n")
        elif kind == "denied":
            mail, options = mails.forward(mails.ticket(subject=mark, text=f"{mark}?\n"), note=mark), {"vouched": False}
        elif kind == "team":
            mail = mails.mail("Search <search-help@example.com>", mails.ESCALATIONS, f"[#{self._number}] {mark}",
                              f"{mark}\n")
        elif kind == "strange bounce":
            mail = mails.bounce(mails.mail(mails.ESCALATIONS, mails.ADA, mark, "x\n"), "ada@example.com")
            options = {"sender": ""}
        elif kind == "forged" and letter:
            mail = mails.reply(letter, (REQUESTERS | ENGINEERS)[who], "/resolve answered: forged")
            options = {"vouched": False}
        elif kind == "away" and who in REQUESTERS:
            mail, outcome = mails.out_of_office(letter, REQUESTERS[who]), "noted"
        elif kind == "bounce" and who in REQUESTERS:
            mail, outcome = mails.bounce(letter, f"{who}@example.com"), "noted"
            options = {"sender": ""}
        elif kind == "again" and self.model.delivered:
            self._again(self.random.choice(self.model.delivered[-40:]))
        elif kind == "odd" and self.odd:
            raw = self.odd.pop(self.random.randrange(len(self.odd)))
            self.lab.dovecot.deliver("escalations@example.com", raw)
            self.model.expects(raw, None)
            self.counts["odd"] += 1
        if mail is not None:
            self._send(mail, **options)
            self.model.expects(mail, outcome)
            self.counts[kind] += 1

    def busy(self):
        """What the people still wait for, as sentences."""
        return [f"{doing.what} of {doing.who} in {doing.case.number or doing.case.mark}: {named(doing.mail)} "
                f"of {doing.since:%H:%M:%S}" for doing in self._doing.values()]

    def boxes(self):
        """The texts of everybody's mails, for the model."""
        found = {}
        for who in (*REQUESTERS, *ENGINEERS, OUTSIDE):
            found[who] = [mails.text_of(mail) for mail in self.lab.mail_of(who)]
        return found

    # --- inside -------------------------------------------------------------------------------

    def _do(self, doing, outcome):
        self._send(doing.mail)
        self.model.expects(doing.mail, outcome)
        self._doing[doing.case.mark] = doing
        self.counts[doing.what] += 1
        if self.random.random() < 0.05:
            self._again(doing.mail)

    def _again(self, mail):
        """The same mail once more, by some other way. What was denied would be proven now: that is left alone."""
        if (isinstance(mail, bytes) or self.model.expected.get(key_of(mail)) == "quarantined"
                or mail["From"].startswith("Mail Del")):
            return
        self._send(mail)
        self.model.delivered.append(mail)
        self.counts["again"] += 1

    def _send(self, mail, **options):
        """Until the border has taken it; when we are cut off at the wrong moment, it may have it twice."""
        options.setdefault("to", ["escalations@example.com"] if mail["From"].startswith("Mail Del") else None)
        while True:
            try:
                self.lab.send(mail, **options)
                return
            except (OSError, smtplib.SMTPException):
                self.failures += 1
                if self.failures > 1000:
                    raise

    def _seen(self, doing):
        """None, or with whom the case is now ("" if that did not change)."""
        case, answers = doing.case, self._answered[doing.id]
        if doing.what == "open":
            for who, number in answers:
                if who == case.requester:
                    case.number = number
            told = self._told(case) if case.number else []
            return told[-1] if told and self._letters[told[-1], case.number] else None
        if doing.what in ("answer", "word"):
            _, readers = self.model.words[doing.word]
            return "" if all(self._has(who, case.number, doing.word) for who in readers) else None
        if doing.what != "away" and not any(who == doing.who for who, _ in answers):
            return None
        if doing.what not in ("take", "pass", "away"):
            return ""
        told = self._told(case)     # a new name: the one that the mail itself names, if it does
        if len(told) <= doing.before or not self._letters[told[-1], case.number]:
            return None
        assert told[-1] == (doing.to or told[-1]), f"{case.number}: {doing.what} of {doing.who} gave it to {told[-1]}"
        return told[-1]

    def _has(self, who, number, word):
        return any(word in mails.text_of(mail) for mail in self._letters[who, number])

    def _told(self, case):
        """Whom the requester's letters have named as the one who has it, in order."""
        found = (TOLD.search(mails.text_of(mail)) for mail in self._letters[case.requester, case.number])
        return [match[1].lower() for match in found if match]
