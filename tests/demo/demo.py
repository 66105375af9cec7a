"""make demo: the relay at work, on a real IMAP and a real SMTP server, in about a minute.

Starts Dovecot and Postfix in a temporary directory, and `escrelay run` with the shipped relay.conf and
rules; sends three escalations by SMTP, lets the engineers and the support people answer from their
mailboxes, prints what each person received, and stops everything it started. With --keep it leaves all
running until Enter, and says how to look around.
"""
import argparse
import difflib
import email.utils
import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from support import REPOSITORY, Lab, mails, wait_until    # noqa: E402
from support.lab import PEOPLE                # noqa: E402

NOW = datetime(2026, 11, 24, 16, 5, tzinfo=timezone.utc)    # a Tuesday, when the shipped rotation is on
COLOUR = sys.stdout.isatty() and "NO_COLOR" not in os.environ
WIDTH = min(shutil.get_terminal_size((80, 24)).columns, 96)

LOGIN = """\
Hi,

since we upgraded to v5.2.1 nobody in our Dublin office can sign in with SAML.
The log says: "assertion audience mismatch". Everybody else is fine.

Regards,
Petra Novak
Globex
"""
QUESTION = """\
Hello Grace,

one question before we go live: can batch changes open pull requests in draft state?

Thanks, Marvin
"""


def paint(code, text):
    """Colour where the terminal has it."""
    return f"\033[{code}m{text}\033[0m" if COLOUR else text


def say(text=""):
    """One line of the story, at once."""
    print(text, flush=True)


class Demo:
    """The stage, its people, and the play."""

    def __init__(self, program):
        self.program, self.started = program, time.monotonic()
        self.lab = Lab(people=(*PEOPLE, "identity-help"))
        self.home = self.lab.directory / "relay"
        self.home.mkdir(mode=0o700)
        self.shift = round(NOW.timestamp() - time.time())
        self.relay, self.tickets = None, 0

    # --- the relay --------------------------------------------------------------------------------

    def configure(self):
        """The shipped relay.conf and rules, with the few lines of this place."""
        shutil.copytree(REPOSITORY / "rules", self.home / "rules")
        shipped = (REPOSITORY / "relay.conf").read_text()
        ports, secret = (self.lab.dovecot.ports, self.lab.postfix.ports), self.home / "password"
        secret.touch(0o600)
        secret.write_text(self.lab.password("escalations"))
        trust = f"\\g<0>\n    ca       {self.lab.ca}"
        here = shipped
        for pattern, line in ((r"store .*/escrelay\.db", f"store       {self.home}/escrelay.db"),
                              (r"imaps://imap\.example\.com", f"imaps://localhost:{ports[0]['imaps']}"),
                              (r"smtps://smtp\.example\.com", f"smtps://localhost:{ports[1]['smtps']}"),
                              (r"credential (imap|smtp)-password", f"file {secret}"),
                              (r"    url .*", trust)):
            here, changed = re.subn(pattern, line, here)
            assert changed, f"relay.conf has no {pattern} any more"
        self.conf = self.home / "relay.conf"
        self.conf.write_text(here)
        changed = [line for line in difflib.unified_diff(shipped.splitlines(), here.splitlines(), n=0, lineterm="")
                   if line.startswith("+") and not line.startswith("+++")]
        say(f"relay.conf as shipped, but for {len(changed)} lines: this place's servers, passwords and store.")

    def command(self, *args):
        """One command of the CLI, as the operator types it."""
        env = os.environ | {"ESCRELAY_CLOCK": str(self.shift), "COLUMNS": str(WIDTH)}
        return subprocess.run([self.program, "-c", self.conf, *args], env=env, text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout

    def start(self):
        """escrelay run, in the background."""
        env = os.environ | {"ESCRELAY_CLOCK": str(self.shift)}
        self.log = (self.home / "log").open("ab")
        self.relay = subprocess.Popen([self.program, "-c", self.conf, "run"], env=env, stdout=self.log,
                                      stderr=self.log, stdin=subprocess.DEVNULL)

    def stop(self):
        """Everything that was started, in reverse."""
        if self.relay is not None and self.relay.poll() is None:
            self.relay.send_signal(signal.SIGTERM)
            try:
                self.relay.wait(30)
            except subprocess.TimeoutExpired:
                self.relay.kill()
        self.lab.stop()

    # --- the people -------------------------------------------------------------------------------

    def clock(self, ago=timedelta()):
        """The relay's time of day, for a Date field."""
        return email.utils.format_datetime(datetime.fromtimestamp(time.time() + self.shift, timezone.utc) - ago)

    def ticket(self, *what):
        """What a customer wrote an hour or two ago."""
        self.tickets += 1
        return mails.ticket(*what, Date=self.clock(timedelta(minutes=47 * self.tickets)))

    def send(self, mail, what):
        """Somebody writes, on the relay's calendar."""
        del mail["Date"]
        mail["Date"] = self.clock()
        name = email.utils.parseaddr(str(mail["From"]))[0]
        say(f"  {paint('1', f'{name:<15}')} {what}")
        self.lab.send(mail)

    def wait(self, who, *words):
        """Somebody looks into his mailbox until a mail is there whose From, Subject and text have these words."""
        def found():
            return [mail for mail in self.lab.mail_of(who) if all(word in mails.text_of(mail) or word in str(mail["From"])
                                                                  or word in str(mail["Subject"]) for word in words)]
        return wait_until(found, f"{who} has a mail with {' and '.join(words)}", 45, self.home / "log")[0]

    def play(self):
        """Three escalations, and how they go on."""
        say("\nThree people of support are stuck and forward their customers' tickets:\n")
        self.send(mails.forward(self.ticket(), note="Ticket #4711: 400 developers cannot search. What can we do?"),
                  "forwards \"[SEV-1] Indexed search is down\" (written in Gmail)")
        self.wait("ada", "[ESC-1]", "has your escalation")
        self.send(mails.forward(self.ticket("Cannot sign in since the upgrade", LOGIN, "Petra Novak <petra@globex.example>"),
                                sender="Alan Reed <alan@example.com>", style="outlook", note="Is this the audience bug of last week?"),
                  "forwards \"Cannot sign in since the upgrade\" (Outlook)")
        self.wait("alan", "[ESC-2]", "has your escalation")
        self.send(mails.forward(self.ticket("Draft pull requests?", QUESTION, "Marvin <marvin@acme.example>"),
                                sender=mails.GRACE, style="attached", note="They go live next week."),
                  "forwards \"Draft pull requests?\" (as an attachment)")
        self.wait("grace", "[ESC-3]", "has your escalation")

        say("\nThe engineers read their mail and answer, each with his own mail program:\n")
        keegan, bola = self.wait("keegan", "[ESC-1]"), self.wait("bola", "[ESC-2]")
        self.send(mails.reply(keegan, mails.KEEGAN, "/ack\n\nPlease set ZOEKT_MEMORY to 8g and restart it; I watch their graphs."),
                  "answers with /ack and advice")
        answer = self.wait("ada", "[ESC-1]", "ZOEKT_MEMORY to 8g")
        self.send(mails.reply(bola, mails.BOLA, "Yes, it is that bug. Which identity provider do they use?"), "asks back")
        self.wait("alan", "[ESC-2]", "Which identity provider do they use?")
        self.send(mails.reply(answer, mails.ADA, "They did, and search is back. Thank you!"), "answers")
        back = self.wait("keegan", "[ESC-1]", "search is back")
        self.send(mails.reply(back, mails.KEEGAN, "/resolve docs: the memory limit is too small by default; documented now"), "closes it")
        self.wait("ada", "[ESC-1]", "closed ESC-1: docs")
        say("\nAnd somebody whom nobody knows writes to the address:\n")
        self.send(mails.outsider(), "would like to sell something")
        self.wait("support-ops", "Held: Cheap seats")

    # --- what they received -----------------------------------------------------------------------

    def show_mail(self, mail):
        """One mail as its reader sees it: who, what, and the text."""
        say(paint("36", "  ┌" + "─" * (WIDTH - 6)))
        for name in ("From", "Subject"):
            value = " ".join(str(mail[name]).split())
            for line in textwrap.wrap(value, WIDTH - 16) or [""]:
                say(f"{paint('36', '  │')} {paint('2', name + ':'):<9} {paint('1', line) if name == 'Subject' else line}")
                name = " "
        say(paint("36", "  │"))
        for line in mail.get_body(("plain",)).get_content().rstrip().splitlines():
            for part in textwrap.wrap(line, WIDTH - 6, subsequent_indent="  " if line.startswith(("- ", ">")) else "") or [""]:
                say(f"{paint('36', '  │')} {part}")
        attached = [f"{part.get_filename() or part.get_content_type()} ({part.get_content_type()})" for part in mail.iter_attachments()]
        for name in attached:
            say(f"{paint('36', '  │')} {paint('2', 'attached: ' + name)}")
        say(paint("36", "  └" + "─" * (WIDTH - 6)))

    def transcript(self):
        """What each person received."""
        for who, what in (("ada", "support engineer (AER)"), ("keegan", "escalation engineer (EE), Los Angeles"),
                          ("alan", "support engineer (AER)"), ("bola", "escalation engineer (EE), Lagos"),
                          ("grace", "implementation engineer (IE)"), ("support-ops", "operator")):
            received = self.lab.mail_of(who)
            say(f"\n{paint('1;33', who + '@example.com')}, {what}, received {len(received)}:\n")
            for mail in received:
                self.show_mail(mail)
        say(f"\noutside of the company: {self.lab.count('outside')} mails.")

    def operator(self):
        """What the operator sees."""
        for args in (("list", "--all"), ("why", "ESC-2"), ("queue",), ("quarantine",)):
            say(f"\n{paint('1;32', '$ escrelay ' + ' '.join(args))}\n")
            say(textwrap.indent(self.command(*args).rstrip(), "  "))

    def keep(self):
        """All stays until Enter."""
        say(f"""
Everything is running. With any mail program (host localhost, trust {self.lab.ca}):

    IMAP {self.lab.dovecot.ports['imaps']} (TLS); send by SMTP {self.lab.postfix.ports['smtp']} (the border, no login)
""")
        for who in ("escalations", "ada", "alan", "grace", "keegan", "bola", "valery", "support-ops", "support-lead"):
            say(f"    {self.lab.address(who):<28} password {self.lab.password(who)}")
        say(f"""
On the command line (the relay believes that it is {NOW:%A %d %B %Y}, {NOW:%H:%M} UTC and later):

    export ESCRELAY_CLOCK={self.shift} ESCRELAY_CONF={self.conf}
    {self.program} list
    {self.program} show ESC-1
    {self.program} why ESC-1
    {self.program} check --online
    {self.program} rotation who

The log is {self.home}/log. Enter stops everything.""")
        try:
            sys.stdin.readline()
        except KeyboardInterrupt:
            say()


def main():
    """Prepare, play, show, stop."""
    parser = argparse.ArgumentParser(description="The relay at work on real mail servers.")
    parser.add_argument("--program", type=Path, default=REPOSITORY / "build/escrelay")
    parser.add_argument("--keep", action="store_true", help="leave everything running until Enter")
    options = parser.parse_args()
    say("Starting Dovecot and Postfix in a temporary directory ...")
    demo = Demo(options.program.absolute())
    try:
        demo.configure()
        demo.start()
        say(f"escrelay run is up. Its clock says {NOW:%A %d %B %Y, %H:%M} UTC, when the shipped rotation is on.")
        demo.play()
        demo.transcript()
        demo.operator()
        if options.keep:
            demo.keep()
    except KeyboardInterrupt:
        say("\nStopped.")
    finally:
        demo.stop()
    say(f"\nEverything that was started is stopped, after {time.monotonic() - demo.started:.0f} s. Nothing is left behind.")


if __name__ == "__main__":
    main()
