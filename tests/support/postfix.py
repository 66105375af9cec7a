"""A private Postfix on loopback which delivers everything locally, whatever the address."""
import grp
import json
import os
import pwd
import re
import secrets
import smtplib
import ssl
import time
from pathlib import Path

from .process import Guarded, answers, free_ports, server_env, servers, wait_until

AUTHSERV = "mx.example.com"
# Accounts of a bare Debian 12 that own no processes: Postfix wants one which is nobody else, and
# the tests add none to the machine.
OWNER, DROP_GROUP, NOBODY = "uucp", "irc", "nobody"

# No smtp or lmtp client is among the services: nothing can leave this machine.
MASTER = """
127.0.0.1:{smtp}       inet n - n - - smtpd -o smtpd_data_restrictions=$vouch
127.0.0.1:{outside}    inet n - n - - smtpd -o smtpd_data_restrictions=$doubt
127.0.0.1:{submission} inet n - n - - smtpd -o smtpd_sasl_auth_enable=yes
  -o smtpd_client_restrictions=$authenticated
127.0.0.1:{smtps}      inet n - n - - smtpd -o smtpd_sasl_auth_enable=yes
  -o smtpd_client_restrictions=$authenticated -o smtpd_tls_wrappermode=yes
pickup     unix      n - n 60   1 pickup
cleanup    unix      n - n -    0 cleanup
qmgr       unix      n - n 300  1 qmgr
tlsmgr     unix      - - n 1000? 1 tlsmgr
rewrite    unix      - - n -    - trivial-rewrite
bounce     unix      - - n -    0 bounce
defer      unix      - - n -    0 bounce
trace      unix      - - n -    0 bounce
flush      unix      n - n 1000? 0 flush
showq      unix      n - n -    - showq
error      unix      - - n -    - error
retry      unix      - - n -    - error
discard    unix      - - n -    - discard
virtual    unix      - n n -    - virtual
anvil      unix      - - n -    1 anvil
postlog    unix-dgram n - n -   1 postlogd
"""


class Postfix:
    """Takes mail for `mailboxes` ({address: Maildir, owned by `owner` (uid, gid)}).

    Unknown people of the domains in `mailboxes` get 550. Mail for any other domain goes to the
    Maildir `outside`, so that a test can look at what would have left. Ports:

    - `smtp`: the border of the company, coming from a trusted path: stamps `dmarc=pass` with the
      sender's domain on top. `outside`: the same border, which stamps `dmarc=fail`. Both offer
      STARTTLS, and remove Authentication-Results in the border's name that a mail brought along.
    - `submission` (STARTTLS) and `smtps`: for those who log in; nothing is stamped.

    Postfix's master must be root: where we are not, `sudo -n` starts it.
    """

    def __init__(self, directory, mailboxes, outside, owner, certificate, auth_socket, remove=()):
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.directory.chmod(0o711)
        self.mailboxes, self.outside, self.owner = mailboxes, Path(outside), owner
        self.certificate, self.auth_socket = certificate, auth_socket
        self.root = servers(self.directory)
        self.ports = dict(zip(("smtp", "outside", "submission", "smtps"), free_ports(4)))
        self.config, self.queue_dir = self.directory / "etc", self.directory / "queue"
        self.log_file = self.directory / "log"
        self._remove = [self.directory, *remove]
        self._env = server_env(self.root) | {"MAIL_CONFIG": str(self.config)}
        self._changes = {}
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
        self.log_file.touch(0o644)      # by us, so that we may read it
        owner, drop = pwd.getpwnam(OWNER).pw_uid, grp.getgrnam(DROP_GROUP).gr_gid
        queues = ("active bounce corrupt defer deferred flush hold incoming private saved trace"
                  .split())
        self._server = Guarded(
            [self.root / "usr/lib/postfix/sbin/master", "-c", self.config], self._env,
            self.directory / "start.log", root=True, remove=self._remove,
            make=[(self.queue_dir, 0o755, 0, 0), (self.queue_dir / "pid", 0o755, 0, 0),
                  *((self.queue_dir / name, 0o700, owner, 0) for name in queues),
                  (self.queue_dir / "maildrop", 0o730, owner, drop),
                  # Open, unlike a real one: so that a test which is not root sees the queue.
                  (self.queue_dir / "public", 0o755, owner, drop),
                  (self.directory / "data", 0o700, owner, 0)])

    def wait(self):
        """Returns when SMTP is served on every port."""
        for name, port in self.ports.items():
            wait_until(lambda port=port, greets=name != "smtps": answers(port, greets),
                       "Postfix serves SMTP", log=self.log_file)

    def stop(self):
        """Ends it, and removes its directory."""
        self._server.stop()

    def restart(self):
        """The same queue on the same ports."""
        self._server.stop(keep=True)
        self.launch()
        self.wait()

    def reload(self, **main_cf):
        """Changes settings of main.cf for good (None: back to ours), for example
        reload(message_size_limit=20000) or reload(header_checks="regexp:/some/file").

        Returns when the new settings are in force everywhere: when each process that had read the
        old ones is gone. Connections that are still open a second later are cut for that.
        """
        self._changes = {name: value for name, value in (self._changes | main_cf).items()
                         if value is not None}
        self._apply()

    def reset(self):
        """Undoes every reload."""
        if self._changes:
            self._changes = {}
            self._apply()

    def _apply(self):
        self._configure()
        old = self._workers()
        self._server.tell("hup")
        def gone():
            return not old & self._workers()

        try:
            wait_until(gone, "all idle processes have ended", timeout=1)
        except TimeoutError:
            left = " ".join(map(str, old & self._workers()))
            self._server.run("/bin/sh", "-c", f"kill {left} || true")
            wait_until(gone, "Postfix has reloaded", log=self.log_file)

    def _workers(self):
        """The ids of those of master's children that read settings when they start."""
        found = set()
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                head, _, tail = stat.read_text("latin-1").rpartition(")")
            except OSError:
                continue
            name = head.partition("(")[2]
            if int(tail.split()[1]) == self._server.pid and name not in ("qmgr", "postlogd"):
                found.add(int(stat.parent.name))
        return found

    # --- mail ---------------------------------------------------------------------------------

    def send(self, sender, recipients, raw, vouched=True, utf8=False):
        """Hands a mail to the border, as another company's server or our own people's would.

        A recipient that is refused is an smtplib exception; so is a refusal of some of them.
        """
        recipients = [recipients] if isinstance(recipients, str) else list(recipients)
        port = self.ports["smtp" if vouched else "outside"]
        with smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
            refused = client.sendmail(sender, recipients, raw,
                                      mail_options=["SMTPUTF8"] if utf8 else [])
            if refused:
                raise smtplib.SMTPRecipientsRefused(refused)

    def submission(self, ca, user=None, password=None, tls=False):
        """An smtplib connection to the submission port (or, with `tls`, to smtps), verified."""
        context = ssl.create_default_context(cafile=ca)
        kind, port = (smtplib.SMTP_SSL, "smtps") if tls else (smtplib.SMTP, "submission")
        client = kind("localhost", self.ports[port], timeout=30, **(
            {"context": context} if tls else {}))
        try:
            if not tls:
                client.starttls(context=context)
            if user:
                client.login(user, password)
        except BaseException:
            client.close()
            raise
        return client

    def queue(self):
        """What is still in the queue, as Postfix's own JSON objects."""
        return [json.loads(line) for line in self._server.run(
            self.root / "usr/sbin/postqueue", "-c", self.config, "-j").splitlines()]

    def flush(self):
        """Tries now whatever was deferred."""
        self._server.run(self.root / "usr/sbin/postqueue", "-c", self.config, "-f")

    def delivered(self):
        """Waits until what was taken is in its mailbox, or put off."""
        wait_until(lambda: all(mail["queue_name"] in ("deferred", "hold") for mail in self.queue()),
                   "deliveries have ended", timeout=5)

    def empty(self):
        """Lets deliveries end, then forgets what is still in the queue."""
        try:
            self.delivered()
        finally:
            if self.queue():
                self._server.run(self.root / "usr/sbin/postsuper", "-c", self.config, "-d", "ALL")

    def log(self):
        """All that Postfix logged."""
        return self.log_file.read_text("utf-8", "replace")

    # --- inside -------------------------------------------------------------------------------

    def _tables(self):
        """The lookup tables: all regular expressions, so that none needs compiling."""
        people, domains = [], set()
        for address, maildir in self.mailboxes.items():
            local, _, domain = address.partition("@")
            people.append(f"/^{re.escape(local)}(\\+.*)?@{re.escape(domain)}$/  {maildir}/")
            domains.add(re.escape(domain))
        ours = f"/@({'|'.join(sorted(domains))})$/"
        # The stamp travels under a name that no mail can know until forged ones are out.
        secret = "X-Stamp-" + secrets.token_hex(8)

        def stamp(verdict):
            return [f"/@([^@]+)$/  PREPEND {secret}: {AUTHSERV}; {verdict} header.from=$1"]

        name = re.escape(AUTHSERV)
        return {
            "people": [*people, f"if !{ours}", f"/./  {self.outside}/", "endif"],
            "vouch": stamp("dmarc=pass"),
            "doubt": stamp("dmarc=fail"),
            "headers": [f"/^{secret}: (.*)/  REPLACE Authentication-Results: $1",
                        f"/^Authentication-Results:.*{name}/  IGNORE"],
        }

    def _configure(self):
        self.config.mkdir(exist_ok=True)
        tables = self.directory / "tables"
        tables.mkdir(exist_ok=True)
        for name, lines in self._tables().items():
            (tables / name).write_text("\n".join(lines) + "\n")
        keep = " ".join(f"{name}={value}" for name, value in self._env.items())
        uid, gid = self.owner
        settings = {
            "compatibility_level": "3.6",
            "queue_directory": self.queue_dir, "data_directory": self.directory / "data",
            "daemon_directory": self.root / "usr/lib/postfix/sbin",
            "command_directory": self.root / "usr/sbin", "meta_directory": self.config,
            "shlib_directory": self.root / "usr/lib/postfix",
            "mail_owner": OWNER, "setgid_group": DROP_GROUP, "default_privs": NOBODY,
            "import_environment": keep,
            "maillog_file": self.log_file, "maillog_file_prefixes": self.directory,
            "inet_interfaces": "127.0.0.1", "inet_protocols": "ipv4",
            "myhostname": AUTHSERV, "mydestination": "", "mynetworks": "127.0.0.0/8",
            "smtpd_peername_lookup": "no", "disable_dns_lookups": "yes",
            # Every domain is ours, so that there is nothing to relay.
            "virtual_mailbox_domains": "static:all", "virtual_mailbox_base": "/",
            "virtual_mailbox_maps": f"regexp:{tables}/people",
            "virtual_uid_maps": f"static:{uid}", "virtual_gid_maps": f"static:{gid}",
            "virtual_minimum_uid": "1", "virtual_mailbox_limit": "0",
            "local_recipient_maps": "", "alias_maps": "", "alias_database": "",
            "default_transport": "error:there is no world outside",
            "relay_transport": "error:there is no world outside",
            "local_transport": "error:no local users",
            "recipient_delimiter": "+", "message_size_limit": "52428800",
            # What the mail lacks is not added: a mail without Message-ID stays one.
            "local_header_rewrite_clients": "", "always_add_missing_headers": "no",
            "header_checks": f"regexp:{tables}/headers",
            "nested_header_checks": "", "mime_header_checks": "",
            "vouch": f"check_sender_access regexp:{tables}/vouch",
            "doubt": f"check_sender_access regexp:{tables}/doubt",
            "authenticated": "permit_sasl_authenticated, reject",
            "smtpd_relay_restrictions": "reject_unauth_destination",
            "smtpd_sasl_type": "dovecot", "smtpd_sasl_path": self.auth_socket,
            "smtpd_tls_security_level": "may", "smtpd_tls_auth_only": "yes",
            "smtpd_tls_cert_file": self.certificate.chain,
            "smtpd_tls_key_file": self.certificate.key, "smtpd_tls_loglevel": "1",
            "smtpd_error_sleep_time": "0", "in_flow_delay": "0",
            # A reload may kill an smtpd that waits for its client: master would start no other for a minute.
            "service_throttle_time": "1s",
            "smtpd_client_connection_count_limit": "0", "notify_classes": "",
        } | self._changes
        (self.config / "main.cf").write_text(
            "".join(f"{name} = {value}\n" for name, value in settings.items()))
        (self.config / "master.cf").write_text(MASTER.format(**self.ports))
        # Postfix waits until a file is two seconds old before it believes it. We are done with it.
        past = time.time() - 10
        for path in (*self.config.iterdir(), *tables.iterdir()):
            os.utime(path, (past, past))
