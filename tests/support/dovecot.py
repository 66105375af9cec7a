"""A private Dovecot: IMAP on loopback, run by an ordinary account, all of it in one directory."""
import grp
import imaplib
import os
import re
import secrets
import shutil
import ssl
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

from .process import Guarded, answers, free_ports, server_env, servers, unprivileged, wait_until

# What Dovecot 2.3 announces after login. The setting replaces the whole list, hence the list.
CAPABILITIES = """IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE SORT SORT=DISPLAY
    THREAD=REFERENCES THREAD=REFS THREAD=ORDEREDSUBJECT MULTIAPPEND URL-PARTIAL CATENATE UNSELECT
    CHILDREN NAMESPACE UIDPLUS LIST-EXTENDED I18NLEVEL=1 CONDSTORE QRESYNC ESEARCH ESORT SEARCHRES
    WITHIN CONTEXT=SEARCH LIST-STATUS BINARY MOVE SNIPPET=FUZZY PREVIEW=FUZZY PREVIEW STATUS=SIZE
    SAVEDATE LITERAL+ NOTIFY SPECIAL-USE""".split()

CONFIG = """
protocols = imap
listen = 127.0.0.1
base_dir = {dir}/run
state_dir = {dir}/run
log_path = {dir}/log
import_environment = {environment}
libexec_dir = {root}/usr/lib/dovecot
mail_plugin_dir = {root}/usr/lib/dovecot/modules

default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = {uid}
first_valid_gid = {gid}
service anvil {{
  chroot =
  # Else each wrong password would delay the next logins from this address, whoever's they are.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  service_count = 0
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service auth {{
  # Postfix's smtpd, which is another account, asks here.
  unix_listener auth-client {{
    mode = 0666
  }}
}}

ssl = {ssl}
{certificate}
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%Lu {dir}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={dir}/mail/%Ln
}}
mail_location = maildir:~/Maildir
mail_max_userip_connections = 100
imap_capability = {capabilities}
namespace inbox {{
  inbox = yes
  separator = /
}}
"""


class Stored(NamedTuple):
    """A mail as it lies in a mailbox."""
    uid: int
    flags: frozenset
    raw: bytes


class Dovecot:
    """Mailboxes for `users` ({name: password}, or names alone); up when the constructor returns.

    `directory` is made, owned and at last removed by this object. `ports` holds `imap` (plain, and
    STARTTLS where there is a certificate) and `imaps`. `without` names capabilities that are not
    announced (MOVE, IDLE, ...; Dovecot would still obey). A program that keeps to what is
    announced cannot tell the difference.
    """

    def __init__(self, directory, users, certificate=None, without=()):
        self.directory = Path(directory)
        self.users = users if isinstance(users, dict) else {
            user: secrets.token_urlsafe(12) for user in users}
        self.certificate = certificate
        self.without = set(without)
        self.uid, self.gid, self.account = unprivileged()
        self.directory.mkdir(parents=True, exist_ok=True)
        self.directory.chmod(0o711)
        self.root = servers(self.directory)
        self.ports = dict(zip(("imap", "imaps"), free_ports(2)))
        self.auth_socket = self.directory / "run/auth-client"
        self.log_file = self.directory / "log"
        for user in self.users:
            self._make_maildir(self.maildir(user))
        self._configure()
        self.launch()
        try:
            self.wait()
        except BaseException:
            self.stop()
            raise

    # --- life ---------------------------------------------------------------------------------

    def launch(self):
        """Starts it without waiting; `wait` does that."""
        mine = (self.uid, self.gid)
        self._server = Guarded(
            [self.root / "usr/sbin/dovecot", "-F", "-c", self.config], self._env(),
            self.directory / "start.log", user=mine if os.geteuid() == 0 else None,
            make=[(self.directory, 0o711, *mine), (self.directory / "run", 0o755, *mine)],
            remove=[self.directory])

    def wait(self):
        """Returns when IMAP is served."""
        wait_until(lambda: answers(self.ports["imap"]), "Dovecot serves IMAP",
                   log=self.directory / "start.log")

    def stop(self):
        """Ends it, and removes its directory."""
        self._server.stop()

    def restart(self, **changes):
        """The same mailboxes on the same ports, after `certificate=` or `without=` changed."""
        self._server.stop(keep=True)
        for lock in (self.directory / "mail").rglob("dovecot-uidlist.lock"):
            lock.unlink()           # of a session that was killed: it would be respected for two minutes
        for name, value in changes.items():
            setattr(self, name, value)
        self._configure()
        self.launch()
        self.wait()

    def log(self):
        """All that Dovecot logged."""
        return self.log_file.read_text("utf-8", "replace") if self.log_file.exists() else ""

    # --- mail ---------------------------------------------------------------------------------

    def maildir(self, user, folder="INBOX"):
        """The Maildir of a folder."""
        maildir = self.directory / "mail" / user.partition("@")[0] / "Maildir"
        return maildir if folder == "INBOX" else maildir / ("." + folder.replace("/", "."))

    def deliver(self, user, raw, folder="INBOX"):
        """Puts exact bytes into a mailbox as a delivery agent does: written aside, then renamed."""
        maildir = self.maildir(user, folder)
        self._make_maildir(maildir)
        name = f"{time.time():.6f}.{secrets.token_hex(8)}.test"
        aside = maildir / "tmp" / name
        aside.write_bytes(raw)
        os.chown(aside, self.uid, self.gid)
        aside.rename(maildir / "new" / name)

    def imap(self, user, ca=None):
        """A logged-in imaplib connection; over TLS, verified, where a CA file is given."""
        if ca:
            context = ssl.create_default_context(cafile=ca)
            client = imaplib.IMAP4_SSL("localhost", self.ports["imaps"], ssl_context=context)
        else:
            client = imaplib.IMAP4("127.0.0.1", self.ports["imap"])
        client.login(user, self.users[user])
        return client

    def messages(self, user, folder="INBOX"):
        """What a folder holds, oldest first; a folder that does not exist holds nothing.

        Dovecot believes a directory's time stamp: a file that came within the same instant as its last look is shown
        only once the stamp changes. So what lies on the disk is waited for, for two seconds.
        """
        until = time.monotonic() + 2
        while len(stored := self._shown(user, folder)) < self.count(user, folder) and time.monotonic() < until:
            for place in ("new", "cur"):
                os.utime(self.maildir(user, folder) / place)
            time.sleep(0.05)
        return stored

    def _shown(self, user, folder):
        """What IMAP shows of a folder."""
        with self.imap(user) as client:
            if client.select(f'"{folder}"', readonly=True)[0] != "OK":
                return []
            _, found = client.uid("FETCH", "1:*", "(UID FLAGS BODY.PEEK[])")
        stored = []
        for item in found:
            if isinstance(item, tuple):
                head = item[0].decode()
                flags = re.search(r"FLAGS \(([^)]*)\)", head)[1].split()
                stored.append(Stored(int(re.search(r"UID (\d+)", head)[1]), frozenset(flags),
                                     item[1]))
        return stored

    def count(self, user, folder="INBOX"):
        """How many mails a folder holds, seen on disk: cheap enough to ask a hundred times."""
        return sum(1 for place in ("new", "cur") for _ in (self.maildir(user, folder) / place)
                   .glob("[!.]*"))

    def folders(self, user):
        """The names of a user's folders."""
        with self.imap(user) as client:
            return sorted(line.decode().split(' "/" ')[1].strip('"') for line in client.list()[1])

    def empty(self):
        """Every mailbox as on its first day: no mail, no folder, no index."""
        for user in self.users:
            shutil.rmtree(self.maildir(user), ignore_errors=True)
            self._make_maildir(self.maildir(user))

    def doveadm(self, *arguments):
        """Runs doveadm as Dovecot's own account and returns what it printed, for example
        doveadm("mailbox", "update", "-u", user, "--uid-validity", "4242", "INBOX")."""
        who = {"user": self.uid, "group": self.gid, "extra_groups": []}
        done = subprocess.run(
            [self.root / "usr/bin/doveadm", "-c", self.config, *map(str, arguments)],
            env=self._env(), cwd="/", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            check=False, **(who if os.geteuid() == 0 else {}))
        if done.returncode != 0:
            raise RuntimeError(f"doveadm {arguments}: {done.returncode}: {done.stdout}")
        return done.stdout

    # --- inside -------------------------------------------------------------------------------

    def _make_maildir(self, maildir):
        for place in (maildir / "tmp", maildir / "new", maildir / "cur"):
            place.mkdir(parents=True, exist_ok=True)
        for place in (maildir, *maildir.iterdir()):
            os.chown(place, self.uid, self.gid)
        if maildir.name == "Maildir":
            os.chown(maildir.parent, self.uid, self.gid)

    def _env(self):
        return server_env(self.root) | {
            "LD_PRELOAD": str(self.root / "usr/lib/dovecot/here.so"),
            "DOVECOT_HERE": str(self.root)}

    def _configure(self):
        users = self.directory / "users"
        users.write_text("".join(f"{user}:{{PLAIN}}{word}\n" for user, word in self.users.items()))
        users.chmod(0o600)
        os.chown(users, self.uid, self.gid)
        certificate = ""
        if self.certificate:
            # Read by Dovecot's configuration process, which is as unprivileged as the rest.
            key = self.directory / "key.pem"
            shutil.copy(self.certificate.key, key)
            os.chown(key, self.uid, self.gid)
            certificate = f"ssl_cert = <{self.certificate.chain}\nssl_key = <{key}"
        self.config = self.directory / "dovecot.conf"
        self.config.write_text(CONFIG.format(
            dir=self.directory, root=self.root, user=self.account, uid=self.uid, gid=self.gid,
            group=grp.getgrgid(self.gid).gr_name, certificate=certificate,
            ssl="yes" if certificate else "no", **self.ports,
            environment=" ".join(f"{name}={value}" for name, value in self._env().items()),
            capabilities=" ".join(word for word in CAPABILITIES if word not in self.without)))
