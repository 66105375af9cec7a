"""An SMTP session over TLS that breaks at any byte loses no letter, and doubles one only where its answer was lost.

A proxy ends the session (FIN or RST, to both sides) or falls silent at one exact byte of one direction; send tries again when
it is due, and the observer compares with a run that nothing disturbed. Some places are tried usually, every 64th byte with
CUT_ALL=1.
"""
import os
from collections import Counter

from conftest import PROGRAM
from support import mails
from support.owed import Owed
from support.proxy import DOWN, UP, Fault, FaultProxy

ALL = os.environ.get("CUT_ALL") == "1"
STEP, SESSIONS = 64, 12


def places(length, count):
    """Bytes at which to cut: every 64th, or so many of those, evenly from the first to the last."""
    every = range(0, length, STEP)
    return list(every) if ALL else [every[number * (len(every) - 1) // (count - 1)] for number in range(count)]


def check(accepted, letters, doubles):
    """So many letters, of which some came twice with the very same bytes, or none."""
    times = Counter(mail.wire for mail in accepted)
    assert len(times) == letters, f"{len(times)} different letters"
    assert sum(count > 1 for count in times.values()) <= doubles and max(times.values()) <= 2, sorted(times.values())


def test_a_session_cut_at_any_byte(lab, tmp_path):
    """Goal: FIN or RST anywhere: each letter is accepted; at most the one under way twice, after a doubt (I3)."""
    owed, good = Owed(lab, tmp_path / "owed", PROGRAM), lab.certificates.good()
    usual, accepted, proxy = owed.sent(tmp_path / "usual", FaultProxy, certificate=good)
    assert len(accepted) == 3 and len(proxy.links) == 1
    lengths = {way: len(proxy.links[0].passed[way]) for way in (DOWN, UP)}
    for way in (DOWN, UP):
        for number, after in enumerate(places(lengths[way], 12)):
            for action in ("close", "reset") if ALL else [("close", "reset")[number % 2]]:
                cut = Fault(action, after, direction=way, connection=0)
                try:
                    _, accepted, proxy = owed.sent(tmp_path / f"{action}-{way}-{after}", lambda port: FaultProxy(port, cut),
                                                   like=usual, certificate=good)
                    check(accepted, 3, 1)
                    assert proxy.fired.is_set() or after > lengths[way] - 2 * STEP
                except (AssertionError, TimeoutError) as fault:
                    raise AssertionError(f"{action} {way} at byte {after} of {lengths[way]}: {fault}") from None


def test_a_session_that_falls_silent_at_any_byte(lab, tmp_path):
    """Goal: the same for silence, up to the deadline; many sessions at once, each stalled at a byte of its own."""
    good = lab.certificates.good()
    owed = Owed(lab, tmp_path / "owed", PROGRAM, [mails.forward(mails.ticket(subject=f"Down {n}")) for n in range(SESSIONS)])
    more = f"sessions {SESSIONS}; timeout 10s"
    usual, accepted, proxy = owed.sent(tmp_path / "usual", FaultProxy, certificate=good, more=more)
    letters = len(accepted)
    assert letters == 2 * SESSIONS, "an assignment and a receipt each"
    # Of a session in the middle, so that most come to their places.
    lengths = {way: sorted(len(link.passed[way]) for link in proxy.links)[len(proxy.links) // 2] for way in (DOWN, UP)}
    cuts = [(way, after) for way in (DOWN, UP) for after in places(lengths[way], SESSIONS // 2)]
    for first in range(0, len(cuts), SESSIONS):
        stalls = [Fault("stall", after, direction=way, connection=number)
                  for number, (way, after) in enumerate(cuts[first:first + SESSIONS])]
        try:
            _, accepted, proxy = owed.sent(tmp_path / f"from-{first}", lambda port: FaultProxy(port, *stalls), like=usual,
                                           more=more, certificate=good)
            check(accepted, letters, SESSIONS)
            assert sum(bool(link.hit) for link in proxy.links) >= len(stalls) // 2, [len(link.hit) for link in proxy.links]
        except (AssertionError, TimeoutError) as fault:
            raise AssertionError(f"stalled at {cuts[first:first + SESSIONS]} of {lengths}: {fault}") from None
