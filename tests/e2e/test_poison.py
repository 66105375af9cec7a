"""D8, D10: what kills decide is found out by the next start, and stops nothing else.

decide notes beside the store what it has in hand (escrelay.db.in-hand). A mail that was in hand at two deaths is
shelved before the third start reads anything; the same for timers, which rest for an hour, and for refused letters.
"""
import shutil
import signal

import pytest

from support import mails
from support.observer import observe
from test_trust import arrive, once

ABORTED = 128 + signal.SIGABRT


def decide(relay, under=()):
    """One start of decide; its exit code as a shell gives it, so that a death is an answer here."""
    return relay.run("decide", "--once", check=None, under=(*under, "sh", "-c", '"$@"; exit $?', "sh")).returncode


def deliver(lab, relay, *subjects):
    """Forwards with these subjects, journalled and not yet judged."""
    sent = [mails.forward(mails.ticket(subject=subject)) for subject in subjects]
    for mail in sent:
        lab.send(mail)
    lab.wait_mail("escalations", len(sent))
    relay.run("fetch", "--once")
    return sent


def opened(relay):
    return sorted(case["subject"] for case in relay.json("list"))


@pytest.mark.parametrize("subjects", [
    ("Poison",), ("Poison", "B", "C", "D"), ("A", "B", "Poison", "D"), ("A", "B", "C", "Poison"),
    ("Poison 1", "B", "Poison 2", "Poison 3", "E")], ids="/".join)
def test_it_dies_twice_over_each_poisonous_mail_and_no_more(lab, relay, monkeypatch, subjects):
    """D8. Goal: two deaths a killer, wherever it stands; the start after that has done all the others."""
    sent = deliver(lab, relay, *subjects)
    good = [subject for subject in subjects if not subject.startswith("Poison")]
    monkeypatch.setenv("ESCRELAY_TEST_KILL", "Poison")
    deaths = 0
    while (code := decide(relay)) != 0:
        assert code == ABORTED
        deaths += 1
        assert deaths < 10
    assert deaths == 2 * (len(subjects) - len(good))
    assert opened(relay) == good
    assert len(relay.json("quarantine")) == len(subjects) - len(good)
    relay.run("send", "--once")
    lab.postfix.empty()
    observe(lab, relay, sent)
    assert lab.count("support-ops") == len(subjects) - len(good)


def test_a_released_killer_has_its_two_chances_again(lab, relay, monkeypatch):
    """D8. Goal: `quarantine release` counts anew, and a mended program makes a case of it."""
    deliver(lab, relay, "Poison")
    monkeypatch.setenv("ESCRELAY_TEST_KILL", "Poison")
    for _ in range(2):
        assert [decide(relay) for _ in range(3)] == [ABORTED, ABORTED, 0]
        [held] = relay.json("quarantine")
        relay.run("quarantine", "release", held["journal"])
    monkeypatch.delenv("ESCRELAY_TEST_KILL")
    assert decide(relay) == 0 and opened(relay) == ["Poison"]


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_a_kill_from_outside_condemns_nobody(lab, relay):
    """D10. Goal: killed over each of three mails in turn, none is shelved; over the same one twice, it is, and
    its release opens it."""
    sent = deliver(lab, relay, "A", "B", "C")

    def killed_over(number, judged):
        # The note is written once at the start, then before each mail is read and after the last, and likewise as they
        # are judged: this is the write that would take the mail's note away.
        when = 2 + number + (4 if judged else 0)
        code = decide(relay, ("strace", "-f", "-o", "/dev/null", "-P", f"{relay.store}.in-hand", "-e", "trace=pwrite64",
                              "-e", f"inject=pwrite64:signal=SIGKILL:when={when}"))
        assert code == 128 + signal.SIGKILL

    killed_over(1, judged=False)
    killed_over(2, judged=True)
    killed_over(3, judged=False)
    assert relay.json("quarantine") == []
    killed_over(3, judged=True)
    assert decide(relay) == 0
    assert opened(relay) == ["A", "B"]
    [held] = relay.json("quarantine")
    relay.run("quarantine", "release", held["journal"])
    assert decide(relay) == 0 and opened(relay) == ["A", "B", "C"]
    relay.run("send", "--once")
    lab.postfix.empty()
    observe(lab, relay, sent)


def test_a_timer_that_kills_rests_after_the_second_death(lab, relay, monkeypatch):
    """D8. Goal: two deaths, then the case waits for an hour and the ones behind it are assigned; later it is
    assigned too."""
    late = relay.parts["rotation"]
    relay.configure(rotation="rotation core 2020-01-06 to 2020-02-03 { seats keegan }\n")
    for subject in ("Poison", "Good"):
        arrive(lab, relay, mails.forward(mails.ticket(subject=subject)))
    relay.configure(rotation=late)
    monkeypatch.setenv("ESCRELAY_TEST_KILL", "Poison")
    assert [decide(relay) for _ in range(3)] == [ABORTED, ABORTED, 0]
    assert [case["state"] for case in relay.json("list")] == ["waiting", "assigned"]
    monkeypatch.delenv("ESCRELAY_TEST_KILL")
    assert decide(relay) == 0
    assert [case["state"] for case in relay.json("list")] == ["assigned", "assigned"]


def test_a_refusal_whose_news_kills_is_passed_over(lab, relay, monkeypatch):
    """D8. Goal: the engineer's address refuses, and giving the case to the next reads the mail that kills: two
    deaths, then all goes on."""
    relay.configure(engineers=relay.parts["engineers"].replace("keegan@", "ghost@"))
    lab.send(mails.forward(mails.ticket(subject="Poison")))
    lab.wait_mail("escalations")
    relay.run("run", "--once", check=1)
    assert "refused" in [row["state"] for row in relay.json("queue", "--all")]
    monkeypatch.setenv("ESCRELAY_TEST_KILL", "Poison")
    deliver(lab, relay, "Good")
    assert [decide(relay) for _ in range(3)] == [ABORTED, ABORTED, 0]
    assert "Good" in opened(relay)
    monkeypatch.delenv("ESCRELAY_TEST_KILL")
    once(relay)
    assert "nobody else is told" in relay.logged()
