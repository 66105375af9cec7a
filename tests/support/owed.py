"""Letters that are owed, made once, and sent over a faulty line as often as a test likes."""
import shutil
from pathlib import Path

from . import mails
from .observer import observe
from .relay import Relay
from .smtp_sink import SmtpSink

LATER = ("2030-01-01T00:00:00+00:00", "2030-01-01T03:00:00+00:00")   # when whatever was put off is due


class Owed:
    """A store in which some mails (a forward and an outsider's, else) were decided and nothing was sent yet."""

    def __init__(self, lab, directory, program, some=None):
        self.lab, self.directory, self.program = lab, Path(directory), program
        self.directory.mkdir()
        relay = Relay(self.directory, lab, program)
        some = some or (mails.forward(), mails.outsider())
        for mail in some:
            lab.send(mail)
        lab.wait_mail("escalations", len(some))
        relay.run("fetch", "--once")
        relay.run("decide", "--once")
        relay.close()

    def sent(self, directory, make_proxy, fault=None, like=None, more="sessions 1", certificate=None):
        """A copy of it is sent through `make_proxy(port)` to a sink, and sent on until all is due and done.

        `fault(relay, proxy)` is the first try, where one is not to go as usual. Returns the end state as the observer
        found it (and `like` another's), what the sink accepted, and the proxy.
        """
        directory.mkdir()
        for path in self.directory.glob("escrelay.db*"):
            if path.is_file():
                shutil.copy(path, directory)
        relay = Relay(directory, self.lab, self.program)
        with SmtpSink(certificate=certificate) as sink, make_proxy(sink.port) as proxy:
            relay.sinks.append(sink)
            relay.configure(submission=relay.submission(
                f"{'smtps' if certificate else 'smtp'}://localhost:{proxy.port}", f"{'' if certificate else 'tls off; '}{more}"))
            if fault:
                fault(relay, proxy)
            for at in (None, *LATER):
                relay.run("send", "--once", at=at, check=None, timeout=120)
            end = observe(self.lab, relay, self.lab.delivered, like)
            relay.close()
        return end, sink.accepted, proxy
