"""The way of three mails through fetch, decide and send, with a fault laid into each stage by strace."""
from . import mails
from .observer import Store, observe
from .relay import Relay

STAGES = ("fetch", "decide", "send")


class Walk:
    """One run: a forward, an outsider's mail, then the engineer's /ack with some words.

    `fault` is None for the run that nothing disturbs, or (call, what): strace's names, for example
    ("fdatasync", "signal=SIGKILL:when=3"). Each stage runs once with the fault; then all run
    without, until nothing is left to do. `kills` counts the processes that strace killed.
    """

    def __init__(self, lab, directory, program, fault=None):
        directory.mkdir()
        lab.reset()
        self.lab, self.fault, self.kills, self.delivered = lab, fault, 0, []
        self.relay = Relay(directory, lab, program)
        self.trace = directory / "trace"

    def __call__(self, like=None):
        """The whole way; the end state, judged by the observer and compared with another's."""
        self.deliver(mails.forward(), mails.outsider())
        self.stages()
        [assignment, *_] = self.lab.wait_mail("keegan")
        self.deliver(mails.reply(assignment, mails.KEEGAN, "/ack\n\nI am looking into the memory of that pod now."))
        self.stages()
        self.lab.postfix.empty()
        end = observe(self.lab, self.relay, self.delivered, like)
        self.relay.close()
        return end

    def deliver(self, *some):
        """Mails come through the border."""
        before = self.lab.count("escalations")
        for mail in some:
            self.lab.send(mail)
            self.delivered.append(mail)
        self.lab.wait_mail("escalations", before + len(some))

    def stages(self):
        """A round with the fault, then more."""
        for stage in STAGES if self.fault else ():
            call, what = self.fault     # not with --seccomp-bpf: strace then spares some processes
            self.relay.run(stage, "--once", check=None, timeout=120, under=(
                "strace", "-f", "-o", self.trace, "-e", f"trace={call}", "-e", f"inject={call}:{what}"))
            self.kills += self.trace.read_text().count("killed by SIGKILL")
        for _ in range(4):
            self.relay.run("run", "--once", check=None)
            if self.quiet():
                return

    def quiet(self):
        """Nothing waits to be fetched, judged or sent."""
        store = Store(self.relay.store)
        return (self.lab.count("escalations") == 0 and all(row["state"] != "kept" for row in store.journal)
                and all(row["state"] in ("sent", "refused", "dropped") for row in store.outbox))
