"""A small IMAP server with one mailbox, which errs where it is told to.

For what a real Dovecot never does: wrong UIDs, lying lengths, a PREAUTH, refusals of any kind.
"""
import base64
import re

from .scripted import Ended, Listener
from .smtp_sink import Script

CAPABILITIES = "IMAP4rev1 IDLE UIDPLUS MOVE LITERAL+ AUTH=PLAIN"


class ImapServer(Listener):
    """`mails` ({uid: bytes}) is its INBOX; `folders` ({name: {uid: bytes}}) are the others.

    `answers` maps GREETING or a command ("LOGIN", "UID FETCH", "IDLE", ...) to what is said
    instead of the usual: a text is the tagged end ("NO [UNAVAILABLE] later"), bytes go out as
    they are with %t for the tag, a step of scripted.py is carried out, and a list holds one
    answer for each time (None: the usual). `commands` lists what was asked, without tags.
    """

    def __init__(self, mails=None, answers=None, certificate=None, starttls=None,
                 capabilities=CAPABILITIES, uidvalidity=1):
        self.folders = {"INBOX": dict(mails or {})}
        self.script, self.starttls = Script(answers or {}), starttls
        self.capabilities, self.uidvalidity = capabilities, uidvalidity
        self.commands = []
        super().__init__(certificate)

    def serve(self, connection, number):
        greeting = self.script.next("GREETING") or f"* OK [CAPABILITY {self._offers(connection)}]"
        if callable(greeting):
            greeting(connection)
        else:
            connection.send(greeting if isinstance(greeting, bytes) else greeting + "\r\n")
        connection.box = None
        while True:
            tag, words = self._command(connection)
            self.commands.append(" ".join(words))
            name = words[0].upper()
            if name == "UID" and len(words) > 1:
                name = f"UID {words[1].upper()}"
            answer = self.script.next(name)
            if callable(answer):
                answer(connection)
            elif isinstance(answer, bytes):
                connection.send(answer.replace(b"%t", tag.encode()))
            else:
                usual = getattr(self, "_" + name.lower().replace(" ", "_"), None)
                if answer is None:
                    answer = usual(connection, words) if usual else "BAD what?"
                connection.send(f"{tag} {answer or 'OK done'}\r\n")
            if name == "STARTTLS" and self.starttls and not connection.tls:
                connection.start_tls(self.starttls)
            if name == "LOGOUT":
                raise Ended

    @staticmethod
    def _command(connection):
        """(tag, words) of the next command; literals are asked for and put in their places."""
        text = connection.line().decode("utf-8", "surrogateescape").rstrip("\r\n")
        while found := re.search(r"\{(\d+)(\+?)\}$", text):
            if not found[2]:
                connection.send("+ go on\r\n")
            literal = connection.read(int(found[1])).decode("utf-8", "surrogateescape")
            text = text[:found.start()] + f'"{literal}"' + connection.line().decode().rstrip("\r\n")
        tag, *words = re.findall(r'"(?:\\.|[^"\\])*"|\S+', text) or ["*", ""]
        return tag, words or [""]

    def _offers(self, connection):
        more = " STARTTLS" if self.starttls and not connection.tls else ""
        return self.capabilities + more

    def _box(self, connection):
        return self.folders.get(connection.box, {})

    @staticmethod
    def _chosen(box, text):
        """The UIDs of a set like 3,5:7,9:* that exist."""
        last, found = max(box, default=0), set()
        for part in text.split(","):
            low, _, high = part.replace("*", str(last)).partition(":")
            low, high = sorted((int(low), int(high or low)))
            found |= {uid for uid in box if low <= uid <= high}
        return sorted(found)

    # --- the usual answers; what they return is the tagged end --------------------------------

    def _capability(self, connection, _):
        connection.send(f"* CAPABILITY {self._offers(connection)}\r\n")

    def _noop(self, connection, _):
        pass

    _id = _check = _starttls = _enable = _login = _noop

    def _authenticate(self, connection, words):
        if len(words) < 3:
            connection.send("+ \r\n")
            base64.b64decode(connection.line())

    def _logout(self, connection, _):
        connection.send("* BYE see you\r\n")

    def _list(self, connection, _):
        for name in self.folders:
            connection.send(f'* LIST () "/" "{name}"\r\n')

    def _create(self, _, words):
        if self.folders.setdefault(words[1].strip('"'), {}):
            return "NO [ALREADYEXISTS] it exists"
        return None

    def _select(self, connection, words):
        name = words[1].strip('"')
        if name not in self.folders:
            return "NO [NONEXISTENT] no such folder"
        connection.box = name
        box = self._box(connection)
        connection.send(f"* FLAGS (\\Seen \\Deleted)\r\n* {len(box)} EXISTS\r\n* 0 RECENT\r\n"
                        f"* OK [UIDVALIDITY {self.uidvalidity}] valid\r\n"
                        f"* OK [UIDNEXT {max(box, default=0) + 1}] next\r\n")
        return "OK [READ-WRITE] selected"

    _examine = _select

    def _uid_search(self, connection, words):
        sets = [word for word in words[2:] if re.fullmatch(r"[\d:,*]+", word)]
        found = self._chosen(self._box(connection), sets[0] if sets else "1:*")
        connection.send(" ".join(["* SEARCH", *map(str, found)]) + "\r\n")

    def _uid_fetch(self, connection, words):
        box, asked = self._box(connection), " ".join(words[3:]).upper()
        for uid in self._chosen(box, words[2]):
            raw, items = box[uid], [f"UID {uid}"]
            if "FLAGS" in asked:
                items.append("FLAGS ()")
            if "RFC822.SIZE" in asked:
                items.append(f"RFC822.SIZE {len(raw)}")
            if "INTERNALDATE" in asked:
                items.append('INTERNALDATE "01-Nov-2026 09:00:00 +0000"')
            connection.send(f"* {sorted(box).index(uid) + 1} FETCH ({' '.join(items)}")
            if body := re.search(r"BODY(?:\.PEEK)?\[(.*?)\](?:<(\d+)\.(\d+)>)?", asked):
                part, at = raw, ""
                if body[1].startswith("HEADER"):
                    part = raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
                if body[2]:
                    part, at = part[int(body[2]):][:int(body[3])], f"<{body[2]}>"
                connection.send(f" BODY[{body[1]}]{at} {{{len(part)}}}\r\n".encode() + part)
            connection.send(")\r\n")

    def _uid_copy(self, connection, words):
        box, name = self._box(connection), words[3].strip('"')
        if name not in self.folders:
            return "NO [TRYCREATE] no such folder"
        goal, pairs = self.folders[name], []
        for uid in self._chosen(box, words[2]):
            pairs.append((uid, max(goal, default=0) + 1))
            goal[pairs[-1][1]] = box[uid]
        if not pairs:
            return "OK nothing to copy"
        return "OK [COPYUID {} {} {}] copied".format(
            self.uidvalidity, *(",".join(str(pair[end]) for pair in pairs) for end in (0, 1)))

    def _uid_move(self, connection, words):
        end = self._uid_copy(connection, words)
        if end.startswith("OK [COPYUID"):
            connection.send(f"* {end.replace('copied', 'moved')}\r\n")
            self._uid_expunge(connection, words)
            end = "OK moved"
        return end

    def _uid_store(self, connection, words):
        pass

    def _uid_expunge(self, connection, words):
        box = self._box(connection)
        for uid in self._chosen(box, words[2]):
            connection.send(f"* {sorted(box).index(uid) + 1} EXPUNGE\r\n")
            del box[uid]

    def _idle(self, connection, _):
        connection.send("+ idling\r\n")
        while connection.line().strip().upper() != b"DONE":
            pass
