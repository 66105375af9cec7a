"""An IMAP session over TLS that breaks at any byte loses nothing and doubles nothing.

A proxy before a real Dovecot ends the session (FIN or RST, to both sides) or falls silent at one exact byte of one direction;
fetch tries again by itself; the other stages follow, and the observer compares with a run that nothing disturbed. Some
places are tried usually, every 64th byte with CUT_ALL=1.
"""
import os

from conftest import PROGRAM
from support import mails
from support.observer import Store, observe
from support.proxy import DOWN, UP, Fault, FaultProxy
from support.relay import Relay

ALL = os.environ.get("CUT_ALL") == "1"
STEP, BOXES = 64, 12


def places(length, count):
    """Bytes at which to cut: every 64th, or so many of those, evenly from the first to the last."""
    every = range(0, length, STEP)
    return list(every) if ALL else [every[number * (len(every) - 1) // (count - 1)] for number in range(count)]


def fetched(lab, directory, fault=None, like=None):
    """Two mails over a session that is cut, or is not; (end state, the bytes of the first session each way)."""
    lab.reset()
    directory.mkdir()
    relay = Relay(directory, lab, PROGRAM)
    for mail in (mails.forward(), mails.outsider()):
        lab.send(mail)
    lab.wait_mail("escalations", 2)
    with FaultProxy(lab.dovecot.ports["imaps"], *filter(None, [fault])) as proxy:
        relay.configure(mailbox=relay.mailbox(f"imaps://localhost:{proxy.port}/INBOX", "deadline 5s"))
        relay.run("fetch", "--once", check=None)
        lengths = {way: len(proxy.links[0].passed[way]) for way in (DOWN, UP)}
        assert fault is None or proxy.fired.is_set() or fault.after >= lengths[fault.direction]
        relay.run("run", "--once")
    lab.postfix.empty()
    end = observe(lab, relay, lab.delivered, like)
    relay.close()
    assert len(Store(relay.store).journal) == 2, "each mail came in once"
    assert lab.count("escalations", "Escalations/Done") == 2, "and was put aside once"
    assert [lab.count(who) for who in ("ada", "keegan", "support-ops")] == [1, 1, 1]
    return end, lengths


def test_a_session_cut_at_any_byte(lab, tmp_path):
    """Goal: FIN or RST anywhere: journalled once, put aside once, one case, one turn, three letters."""
    usual, lengths = fetched(lab, tmp_path / "usual")
    for way in (DOWN, UP):
        for number, after in enumerate(places(lengths[way], 4)):
            for action in ("close", "reset") if ALL else [("close", "reset")[number % 2]]:
                try:
                    fetched(lab, tmp_path / f"{action}-{way}-{after}", Fault(action, after, direction=way, connection=0), usual)
                except (AssertionError, TimeoutError) as fault:
                    raise AssertionError(f"{action} {way} at byte {after} of {lengths[way]}: {fault}") from None


def test_many_sessions_cut_at_bytes_of_their_own(lab, tmp_path):
    """Goal: the same with a folder for each byte, all at once, and for silence too, which lasts up to the deadline."""
    lengths = together(lab, tmp_path / "usual", [])
    for actions in (("close", "reset"), ("stall",)):
        cuts = [(way, after) for way in (DOWN, UP) for after in places(lengths[way], BOXES // 2)]
        for first in range(0, len(cuts), BOXES):
            faults = [Fault(actions[number % len(actions)], after, direction=way, connection=number)
                      for number, (way, after) in enumerate(cuts[first:first + BOXES])]
            try:
                together(lab, tmp_path / f"{actions[0]}-{first}", faults)
            except (AssertionError, TimeoutError) as fault:
                raise AssertionError(f"{actions} at {cuts[first:first + BOXES]} of {lengths}: {fault}") from None


def together(lab, directory, faults):
    """A mail in each of many folders, with a fault for the session of each; the bytes of a session each way."""
    lab.reset()
    directory.mkdir()
    relay = Relay(directory, lab, PROGRAM)
    delivered = [mails.forward(mails.ticket(subject=f"Down {number}")) for number in range(BOXES)]
    for number, mail in enumerate(delivered):
        lab.dovecot.deliver("escalations@example.com", mail.as_bytes(policy=mail.policy.clone(linesep="\r\n")), f"Box{number}")
    with FaultProxy(lab.dovecot.ports["imaps"], *faults) as proxy:
        relay.configure(mailbox="".join(
            relay.mailbox(f"imaps://localhost:{proxy.port}/Box{number}", "deadline 5s")
            .replace("mailbox support", f"mailbox box{number}") for number in range(BOXES)))
        relay.run("fetch", "--once", check=None, timeout=120)
        # Sessions differ by some bytes, so the last place may lie behind the end of one.
        assert sum(bool(link.hit) for link in proxy.links) >= len(faults) * 3 // 4, [len(link.hit) for link in proxy.links]
        lengths = {way: len(proxy.links[0].passed[way]) for way in (DOWN, UP)}
        relay.run("run", "--once", timeout=120)
    lab.postfix.empty()
    observe(lab, relay, delivered)
    relay.close()
    store = Store(relay.store)
    assert len(store.journal) == len(store.escalation) == len(store.turn) == BOXES, "each mail opened one case"
    assert sorted(row["engineer"] for row in store.turn) == sorted(["keegan", "bola", "valery"] * (BOXES // 3))
    assert lab.count("escalations", "Escalations/Done") == BOXES
    assert not any(lab.count("escalations", f"Box{number}") for number in range(BOXES))
    return lengths
