"""Killed at any exchange with a server, the relay ends where it would have ended undisturbed.

fetch (its parent, its worker, the worker's IMAP child) and send (its parent, its worker) are killed before a command
reaches the server, between that and the answer, and after the answer; then the stages run again, and the observer
compares. Each exchange is tried with one victim and one moment usually, with all of them by CUT_ALL=1.
"""
import os
import signal
from collections import Counter
from contextlib import suppress
from itertools import product

import pytest

from conftest import PROGRAM
from support import mails
from support.exchanges import AFTER, BEFORE, BETWEEN, MOMENTS, Exchanges
from support.observer import Store, observe
from support.owed import Owed
from support.process import gone, wait_until
from support.relay import Relay

ALL = os.environ.get("CUT_ALL") == "1"
FETCH, SEND = ("parent", "worker", "child"), ("parent", "worker")


def chosen(exchanges, victims):
    """(number, victim, moment): all, or one of each exchange so that every pair of the others comes up."""
    pairs = list(product(victims, MOMENTS))
    for number in range(exchanges):
        for pair in pairs if ALL else [pairs[(number * 5 + 1) % len(pairs)]]:
            if number > 0 or pair[1] != BEFORE:         # nobody asks for a greeting
                yield number, *pair


def run_killed(relay, stage, victims, victim, proxy):
    """The stage runs once and the proxy has it killed; what is left of it ends by itself."""
    def kill():
        pids = relay.processes()
        pid = pids[victims.index(victim)]
        os.kill(pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            wait_until(lambda: gone(pid), f"the {victim} is dead")
        return victim == "parent"       # whose death is told to the others, who end in order

    proxy.act(kill)
    relay.start(stage, "--once")
    relay.ended()
    assert proxy.acted, f"the exchange never came: {proxy.said}"


# --- fetch ------------------------------------------------------------------------------------------------

def fetched(lab, directory, proxy, victim=None, like=None):
    """Two mails through a fetch that is killed, a second one and the rest."""
    lab.reset()
    relay = Relay(directory, lab, PROGRAM)
    relay.configure(mailbox=relay.mailbox(f"imap://localhost:{proxy.port}/INBOX", "tls off"))
    for mail in (mails.forward(), mails.outsider()):
        lab.send(mail)
    lab.wait_mail("escalations", 2)
    if victim:
        run_killed(relay, "fetch", FETCH, victim, proxy)
    relay.run("run", "--once")
    lab.postfix.empty()
    end = observe(lab, relay, lab.delivered, like)
    relay.close()
    assert len(Store(relay.store).journal) == 2, "each mail came in once"
    assert lab.count("escalations", "Escalations/Done") == 2, "and was put aside once"
    assert [lab.count(who) for who in ("ada", "keegan", "support-ops")] == [1, 1, 1]
    return end


def test_fetch_killed_at_any_exchange(lab, tmp_path):
    """Goal: whoever of fetch dies, each mail is journalled once, put aside once, and opens one case."""
    (tmp_path / "usual").mkdir()
    with Exchanges(lab.dovecot.ports["imap"]) as proxy:
        usual = fetched(lab, tmp_path / "usual", proxy)
        said = proxy.said
    assert {line.split()[1] for line in said[1:]} >= {b"LOGIN", b"SELECT", b"UID", b"CREATE", b"LOGOUT"}, said
    for number, victim, moment in chosen(len(said), FETCH):
        name = f"{victim}-{moment}-{number}"
        (tmp_path / name).mkdir()
        with Exchanges(lab.dovecot.ports["imap"], number, moment) as proxy:
            try:
                fetched(lab, tmp_path / name, proxy, victim, usual)
            except (AssertionError, TimeoutError) as fault:
                raise AssertionError(f"{victim} killed {moment} {said[number]}: {fault}") from None


# --- send -------------------------------------------------------------------------------------------------

def test_send_killed_at_any_exchange(lab, tmp_path):
    """Goal: every letter is accepted; twice only where its answer was lost, and then the very same bytes."""
    owed = Owed(lab, tmp_path / "owed", PROGRAM)
    usual, accepted, proxy = owed.sent(tmp_path / "usual", Exchanges)
    letters, said, twice = len(accepted), proxy.said, 0
    assert letters == 3 and [line[:4] for line in said].count(b"DATA") == 3, said
    lost = [(number, "worker", BETWEEN) for number in range(1, len(said)) if said[number - 1][:4] == b"DATA"]
    for number, victim, moment in dict.fromkeys([*chosen(len(said), SEND), *lost]):
        name = f"{victim} killed {moment} {said[number]}"
        try:
            _, accepted, _ = owed.sent(tmp_path / f"{victim}-{moment}-{number}", lambda port: Exchanges(port, number, moment),
                                       lambda relay, proxy: run_killed(relay, "send", SEND, victim, proxy), usual)
            again = [count for count in Counter(mail.wire for mail in accepted).values() if count > 1]
            assert len(accepted) - sum(count - 1 for count in again) == letters, "one letter came with different bytes"
            # The mail itself is what follows DATA.
            maybe = victim == "worker" and moment in (BETWEEN, AFTER) and said[number - 1][:4] == b"DATA"
            assert again == [] or (maybe and again == [2]), f"letters came {again} times"
            assert again == [2] or (number, victim, moment) not in lost, "the lost answer was not made up for"
            twice += len(again)
        except (AssertionError, TimeoutError) as fault:
            raise AssertionError(f"{name}: {fault}") from None
    assert twice >= len(lost) > 0, "no answer was ever lost"
