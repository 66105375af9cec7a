"""A whole small company on loopback: its mail servers, its people, and the world outside."""
import email
import email.policy
import email.utils
import shutil
import tempfile
from pathlib import Path

from .certificates import Certificates
from .dovecot import Dovecot
from .postfix import Postfix
from .process import wait_until

DOMAIN = "example.com"
PEOPLE = ("escalations",                        # the mailbox that the relay serves
          "ada", "alan",                        # AERs
          "grace",                              # an IE
          "keegan", "bola", "valery",           # EEs
          "support-ops", "support-lead",        # the operator, the fallback
          "search-help", "cloud-help", "docs-help")   # teams
OUTSIDE = "outside"                             # whatever was for any other domain


class Lab:
    """Dovecot and Postfix together; every one of `people` has a mailbox at example.com.

    People are named by the part before the @. Mail for other domains ends in the mailbox
    "outside". `directory` (default: a new one in the temporary directory) must be reachable for
    every account; it is removed at the end. Use as a context manager, or call `stop`; should
    neither happen, the end of this process stops everything all the same.
    """

    def __init__(self, directory=None, people=PEOPLE, without=()):
        self.directory = Path(directory or tempfile.mkdtemp(prefix="escrelay-lab."))
        self.directory.mkdir(parents=True, exist_ok=True)
        self.directory.chmod(0o711)
        self.people = tuple(people)
        self.delivered = []                     # to the relay's mailbox, by `send`; for the observer
        try:
            self.certificates = Certificates(self.directory / "certificates")
            self.ca = self.certificates.ca
            good = self.certificates.good()
            self.dovecot = Dovecot(self.directory / "dovecot",
                                   [*map(self.address, people), OUTSIDE], good, without)
            self.postfix = Postfix(
                self.directory / "postfix",
                {self.address(who): self.dovecot.maildir(who) for who in people},
                self.dovecot.maildir(OUTSIDE), (self.dovecot.uid, self.dovecot.gid), good,
                self.dovecot.auth_socket, remove=[self.directory])
        except BaseException:
            self.stop()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Ends everything that was started, and removes its files."""
        for name in ("dovecot", "postfix"):     # Postfix's guardian removes the whole directory
            if hasattr(self, name):
                getattr(self, name).stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def reset(self):
        """As on the first day: no mail anywhere, and every setting as it was."""
        self.postfix.reset()
        if self.dovecot.without:
            self.dovecot.restart(without=set())
        self.postfix.empty()
        self.dovecot.empty()
        self.delivered.clear()

    @staticmethod
    def address(who):
        """ada -> ada@example.com; an address, and the mailbox "outside", stay as they are."""
        return who if "@" in who or who == OUTSIDE else f"{who}@{DOMAIN}"

    def password(self, who):
        """For IMAP and for submission."""
        return self.dovecot.users[self.address(who)]

    def imap(self, who):
        """A logged-in, verified imaplib connection."""
        return self.dovecot.imap(self.address(who), ca=self.ca)

    def send(self, mail, sender=None, to=None, vouched=True):
        """Hands a mail (bytes or an email.message) to the border.

        The envelope is taken from From, and from To and Cc, where it is not given. `vouched`: the
        border stamps dmarc=pass for the sender's domain; else it stamps dmarc=fail.
        """
        message = email.message_from_bytes(mail) if isinstance(mail, bytes) else mail
        if sender is None:
            sender = email.utils.parseaddr(str(message["From"]))[1]
        if to is None:
            fields = [str(value) for name in ("To", "Cc") for value in message.get_all(name, ())]
            to = [address for _, address in email.utils.getaddresses(fields)]
        to = [to] if isinstance(to, str) else to
        if not isinstance(mail, bytes):
            mail = mail.as_bytes(policy=mail.policy.clone(linesep="\r\n"))
        to = [self.address(who) for who in to]
        self.postfix.send(sender and self.address(sender), to, mail, vouched)
        ours = [who for who in to if who.partition("@")[0].partition("+")[0] == "escalations"]
        self.delivered += [mail] * len(set(ours))

    def raw_of(self, who, folder="INBOX"):
        """The bytes of each mail in somebody's folder, oldest first."""
        return [mail.raw for mail in self.dovecot.messages(self.address(who), folder)]

    def mail_of(self, who, folder="INBOX"):
        """The same, parsed by Python's email package."""
        return [email.message_from_bytes(raw, policy=email.policy.default)
                for raw in self.raw_of(who, folder)]

    def count(self, who, folder="INBOX"):
        """How many mails are there."""
        return self.dovecot.count(self.address(who), folder)

    def wait_mail(self, who, number=1, timeout=15.0, folder="INBOX"):
        """Waits until somebody has at least `number` mails, and returns all of them, parsed."""
        wait_until(lambda: self.count(who, folder) >= number,
                   f"{who} has {number} mail(s) in {folder}", timeout)
        return self.mail_of(who, folder)
