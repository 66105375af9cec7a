"""A rotation ends: what its engineers still have is handed over, by mail, once, and line by line as they say.

Keegan's rotation ends on Monday, the 14th of December; then Bola and Valery come.
"""
import os
import re
import shutil

import pytest

from conftest import PROGRAM
from support import mails
from support.observer import Store, observe
from support.process import wait_until
from support.relay import Relay
from test_main_job import arrive, once, text_of

ALL = os.environ.get("CRASH_ALL") == "1"
BEFORE, AFTER, LATER = "2026-12-11T10:00:20+00:00", "2026-12-14T00:00:05+00:00", "2026-12-14T00:10:00+00:00"
PEOPLE = "".join(f'engineer {name.lower()} {{ name "{name}"; email {name.lower()}@example.com; zone UTC; '
                 f"hours mon-sun 00:00-24:00{more} }}\n"
                 for name, more in (("Keegan", ""), ("Bola", ""), ("Valery", "")))
SECOND = "rotation core 2026-12-14 to 2027-02-01 { seats bola valery }\n"
ALONE = "rotation core 2026-11-02 to 2026-12-14 { seats keegan }\n"


def plan(relay, rotation=ALONE + SECOND, more="", engineers=PEOPLE):
    """Nobody is reminded of a case in these weeks, so that each mail is one of the handover."""
    patient = re.sub(r"update \w+(; nudge 60d)?", "update 60d; nudge 60d", relay.parts["head"])
    relay.configure(head=patient, engineers=engineers, rotation=rotation, extra=more)


def words(mail):
    """The text of a mail on one line."""
    return " ".join(text_of(mail).split())


def inbox(lab, who):
    """All that somebody got, in order."""
    lab.postfix.empty()             # what was accepted is delivered
    return lab.mail_of(who)


def subjects(lab, who):
    return [str(mail["Subject"]) for mail in inbox(lab, who)]


def three_cases(lab, relay):
    """Keegan owns two of Ada's, has answered one of these, and was just given one of Grace's."""
    arrive(lab, relay, mails.forward(), at=BEFORE)
    arrive(lab, relay, mails.forward(mails.ticket("Slow clones", "Clones are slow.\n")), at=BEFORE)
    first, second = lab.wait_mail("keegan", 2)
    arrive(lab, relay, mails.reply(first, mails.KEEGAN, "/ack"), at=BEFORE)
    arrive(lab, relay, mails.reply(second, mails.KEEGAN, "Is it since the upgrade?"), at=BEFORE)
    arrive(lab, relay, mails.forward(mails.ticket("Cannot log in", "No login.\n"), sender=mails.GRACE), at="2026-12-13T23:20:00+00:00")
    assert [(case["state"], case["engineer"]) for case in relay.json("list")] == [
        ("owned", "keegan"), ("pending", "keegan"), ("assigned", "keegan")]


def dossier(lab, who="keegan"):
    """The mail that asks who leaves."""
    [found] = [mail for mail in inbox(lab, who) if "to hand over" in str(mail["Subject"])]
    return found


def answer(lab, relay, text, sender=mails.KEEGAN, at=LATER, **fields):
    """The leaving engineer's answer, and the transcript that it gets."""
    who = sender.partition(" ")[0].lower()
    before = lab.count(who)
    arrive(lab, relay, mails.reply(dossier(lab), sender, text, **fields), at=at)
    return words(lab.wait_mail(who, before + 1)[-1])


# --- who hears what -----------------------------------------------------------------------------------------

def test_each_is_told_by_one_mail_what_he_must_know(lab, relay):
    """Goal: what Keegan owns stays his, what he had not answered passes on; one mail to him, to each who comes and to each requester."""
    plan(relay)
    three_cases(lab, relay)
    counts = {who: lab.count(who) for who in ("keegan", "bola", "valery", "ada", "grace")}
    once(relay, at=AFTER)
    assert [(case["state"], case["engineer"]) for case in relay.json("list")] == [
        ("owned", "keegan"), ("pending", "keegan"), ("assigned", "bola")]

    said = words(dossier(lab))
    assert "your rotation ended Mon 14 Dec, 00:00 UTC" in said and "keep 1 keep 2" in said
    assert "ESC-1: [SEV-1] Indexed search is down; severity 1, owned, it is the engineer's turn" in said
    assert "ESC-2: Slow clones" in said and "pending, it is the requester's turn; last word Fri 11 Dec, 10:00 UTC from Keegan" in said
    assert "go to the next engineer" in said and "ESC-3: Cannot log in" in said
    assert "Answer by: Wed 16 Dec, 00:00 UTC If not: what you say nothing of stays with you" in said

    fresh = {who: [mail for mail in inbox(lab, who)[count:] if "rotation" in str(mail["Subject"]) or "[ESC-3]" in str(mail["Subject"])]
             for who, count in counts.items()}
    [next_one] = fresh["valery"]
    assert "with Keegan" in words(next_one) and "ESC-3" in words(next_one) and "Wed 16 Dec" in words(next_one)
    assert sorted("[ESC-3]" in str(mail["Subject"]) for mail in fresh["bola"]) == [False, True], "and his assignment"
    [to_ada] = fresh["ada"]
    assert "ESC-1" in words(to_ada) and "ESC-2" in words(to_ada) and "ESC-3" not in words(to_ada)
    assert sorted("A rotation of engineers ended" in str(mail["Subject"]) for mail in fresh["grace"]) == [False, True]

    once(relay, at="2026-12-14T00:10:00+00:00")
    assert [subjects(lab, who).count(str(mail["Subject"])) for who in ("keegan", "valery", "grace") for mail in inbox(lab, who)
            if "otation" in str(mail["Subject"]) and "begins Mon" not in str(mail["Subject"])] == [1, 1, 1], "once"


def test_who_stays_is_asked_nothing(lab, relay):
    """Goal: Bola has a seat in the next rotation too: no dossier, and his cases are his."""
    plan(relay, rotation="rotation core 2026-11-02 to 2026-12-14 { seats bola }\n" + SECOND)
    arrive(lab, relay, mails.forward(), at=BEFORE)
    arrive(lab, relay, mails.reply(lab.wait_mail("bola")[0], mails.BOLA, "/ack"), at=BEFORE)
    once(relay, at=AFTER)
    assert relay.one("list")["engineer"] == "bola"
    assert not [subject for who in ("bola", "ada") for subject in subjects(lab, who) if "otation" in subject]


def test_nothing_to_hand_over_is_no_mail(lab, relay):
    """Goal: a rotation ends with all resolved, and nobody is written to for it."""
    plan(relay)
    arrive(lab, relay, mails.forward(), at=BEFORE)
    arrive(lab, relay, mails.reply(lab.wait_mail("keegan")[0], mails.KEEGAN, "/resolve answered: a flag"), at=BEFORE)
    once(relay, at=AFTER)
    assert not [subject for who in ("keegan", "ada") for subject in subjects(lab, who) if "otation" in subject]


# --- what he answers ----------------------------------------------------------------------------------------

def test_he_says_line_by_line_what_becomes_of_each(lab, relay):
    """Goal: keep, give and resolve in one mail, numbers with and without ESC-; the transcript says each, and what was no answer."""
    plan(relay)
    three_cases(lab, relay)
    arrive(lab, relay, mails.forward(mails.ticket("Old indexes", "They are old.\n")), at="2026-12-13T23:22:00+00:00")
    arrive(lab, relay, mails.reply(inbox(lab, "keegan")[-1], mails.KEEGAN, "/ack"), at="2026-12-13T23:23:00+00:00")
    once(relay, at=AFTER)
    said = answer(lab, relay, "keep 1\ngive ESC-2 @valery\nResolve 4 answered: they are not old\n\nAll the best to you.")
    assert "Done." in said and "ESC-1 stays with you" in said and "ESC-2 is with Valery now" in said
    assert "ESC-4 is closed (answered)" in said and "read by nobody: > All the best to you." in said
    cases = {case["id"]: (case["state"], case["engineer"]) for case in relay.json("list", "--all")}
    assert cases["ESC-1"] == ("owned", "keegan") and cases["ESC-2"] == ("assigned", "valery") and cases["ESC-4"][0] == "resolved"
    assert "Slow clones" in " ".join(subjects(lab, "valery")) and "Valery" in " ".join(map(words, inbox(lab, "ada")))
    # All are answered: nothing happens when the time is over.
    once(relay, at="2026-12-16T12:00:00+00:00")
    assert not [subject for subject in subjects(lab, "keegan") if "without an answer" in subject]
    assert relay.json("list")[0]["engineer"] == "keegan"


def test_one_wrong_line_and_none_is_done(lab, relay):
    """Goal: all or none, and the transcript names the line; a mail without a single order says so. Then @next chooses as /pass does."""
    plan(relay)
    three_cases(lab, relay)
    once(relay, at=AFTER)
    for wrong, says in (("give 2 @nobody", "\"give 2 @nobody\": there is no engineer 'nobody'"), ("give 3 @bola", "ESC-3 is with "),
                        ("keep 99", "there is no ESC-99"), ("kepp 2", "did you mean keep?")):
        said = answer(lab, relay, "give 1 @valery\n" + wrong)
        assert "Nothing was done:" in said and says in said
    assert "no line of it says keep, give or resolve" in answer(lab, relay, "I will have a look tomorrow.")
    assert relay.json("list")[0]["engineer"] == "keegan"
    assert "ESC-1 is with " in answer(lab, relay, "give 1 @next")
    assert relay.json("list")[0]["engineer"] in ("bola", "valery")


# --- trust --------------------------------------------------------------------------------------------------

def test_only_he_can_answer_it(lab, relay):
    """Goal: another's From is held; his From without the server's word does nothing and asks him; the same mail twice acts once."""
    plan(relay)
    three_cases(lab, relay)
    once(relay, at=AFTER)
    asked = dossier(lab)
    arrive(lab, relay, mails.reply(asked, mails.BOLA, "give 1 @bola"), at=LATER)
    arrive(lab, relay, mails.reply(asked, mails.ADA, "resolve 1 answered: x"), at=LATER)
    assert [held["reason"] for held in relay.json("quarantine")] == [
        "it came over a reply address of keegan@example.com, from somebody else"] * 2
    before = lab.count("keegan")
    lab.send(mails.reply(asked, mails.KEEGAN, "give 1 @bola"), vouched=False)
    lab.wait_mail("escalations")
    once(relay, at=LATER)
    assert len(relay.json("quarantine")) == 3 and relay.json("list")[0]["engineer"] == "keegan"
    assert "Was it you?" in str(lab.wait_mail("keegan", before + 1)[-1]["Subject"])
    order = mails.reply(asked, mails.KEEGAN, "give 1 @valery")
    arrive(lab, relay, order, at=LATER)
    arrive(lab, relay, order, at=LATER)
    assert [row["outcome"] for row in Store(relay.store).journal][-2:] == ["commanded", "duplicate"]


# --- no answer ----------------------------------------------------------------------------------------------

def test_without_an_answer_he_keeps_them(lab, relay):
    """Goal: after two days of his working time the default holds for what he did not name, once, and he is told."""
    plan(relay)
    three_cases(lab, relay)
    once(relay, at=AFTER)
    answer(lab, relay, "keep 2")
    once(relay, at="2026-12-15T23:59:00+00:00")
    for at in ("2026-12-16T00:01:00+00:00", "2026-12-17T00:01:00+00:00"):
        once(relay, at=at)
    [default] = [mail for mail in inbox(lab, "keegan") if "without an answer" in str(mail["Subject"])]
    said = words(default)
    assert "No answer of yours came" in said and "ESC-1 stays with you" in said and "ESC-2" not in said


def test_without_an_answer_they_pass_where_that_is_the_default(lab, relay):
    """Goal: handover-default pass, and a time of one hour: in his own hours, so on Monday at ten."""
    plan(relay, more="handover-default pass\nhandover-answer 1h\n",
         engineers=PEOPLE.replace("mon-sun 00:00-24:00", "mon-fri 09:00-17:00", 1))
    arrive(lab, relay, mails.forward(), at=BEFORE)
    arrive(lab, relay, mails.reply(lab.wait_mail("keegan")[0], mails.KEEGAN, "/ack"), at=BEFORE)
    once(relay, at=AFTER)
    assert "Answer by: Mon 14 Dec, 10:00 UTC If not: what you say nothing of passes to the next engineer" in words(dossier(lab))
    once(relay, at="2026-12-14T09:59:00+00:00")
    assert relay.one("list")["engineer"] == "keegan"
    once(relay, at="2026-12-14T10:00:30+00:00")
    case = relay.one("list")
    assert case["state"] == "assigned" and case["engineer"] in ("bola", "valery")
    assert "ESC-1 passes to the next engineer" in " ".join(map(words, inbox(lab, "keegan")))


def test_who_has_a_seat_again_is_left_alone(lab, relay):
    """Goal: the roster is edited after the end, Keegan is back: the default takes nothing from him."""
    plan(relay, more="handover-default pass\n")
    arrive(lab, relay, mails.forward(), at=BEFORE)
    arrive(lab, relay, mails.reply(lab.wait_mail("keegan")[0], mails.KEEGAN, "/ack"), at=BEFORE)
    once(relay, at=AFTER)
    plan(relay, rotation=ALONE + SECOND.replace("bola valery", "bola keegan"), more="handover-default pass\n")
    once(relay, at="2026-12-17T12:00:00+00:00")
    assert relay.one("list")["engineer"] == "keegan"


# --- once, whatever happens ---------------------------------------------------------------------------------

def test_an_end_that_is_moved_is_another_end(lab, relay):
    """Goal: the rotation is made longer before it ends: nothing on the old day, the handover on the new one."""
    plan(relay)
    arrive(lab, relay, mails.forward(), at=BEFORE)
    arrive(lab, relay, mails.reply(lab.wait_mail("keegan")[0], mails.KEEGAN, "/ack"), at=BEFORE)
    moved = [line.replace("2026-12-14", "2026-12-21") for line in (ALONE, SECOND)]
    plan(relay, rotation="".join(moved))
    once(relay, at=AFTER)
    assert not [subject for subject in subjects(lab, "keegan") if "hand over" in subject]
    once(relay, at="2026-12-21T00:00:30+00:00")
    assert "ended Mon 21 Dec" in words(dossier(lab))


def test_a_small_step_of_the_clock_repeats_nothing_and_a_wrong_day_does(lab, relay):
    """Goal: two minutes back over the end: once. A clock that was weeks ahead and is right again: the true end has its handover."""
    plan(relay)
    arrive(lab, relay, mails.forward(), at=BEFORE)
    arrive(lab, relay, mails.reply(lab.wait_mail("keegan")[0], mails.KEEGAN, "/ack"), at=BEFORE)

    def asked():
        return sum("hand over" in subject for subject in subjects(lab, "keegan"))

    for at, times in ((AFTER, 1), ("2026-12-13T23:58:30+00:00", 1), ("2026-12-14T00:01:00+00:00", 1),
                      ("2026-12-12T10:00:00+00:00", 1), ("2026-12-14T00:02:00+00:00", 2)):
        once(relay, at=at)
        lab.postfix.empty()
        assert asked() == times, at


def test_a_relay_that_runs_does_it_at_the_instant(lab, relay):
    """Goal: nobody pokes it: in the background, some seconds before the end, it wakes by itself."""
    plan(relay)
    arrive(lab, relay, mails.forward(), at=BEFORE)
    arrive(lab, relay, mails.reply(lab.wait_mail("keegan")[0], mails.KEEGAN, "/ack"), at=BEFORE)
    relay.start(at="2026-12-13T23:59:56+00:00")
    wait_until(lambda: any("hand over" in subject for subject in subjects(lab, "keegan")), "he is asked", 30, relay.log_file)
    relay.stop()


def test_what_kills_it_twice_rests_for_an_hour(lab, relay):
    """Goal: decide died twice with the plan in hand: the mails of the cases go on, and the handover is made an hour later."""
    plan(relay)
    arrive(lab, relay, mails.forward(), at=BEFORE)
    arrive(lab, relay, mails.reply(lab.wait_mail("keegan")[0], mails.KEEGAN, "/ack"), at=BEFORE)
    once(relay, at="2026-12-13T23:58:00+00:00")
    note = relay.directory / "escrelay.db.in-hand"
    for at in ("2026-12-13T23:59:00+00:00", AFTER):
        note.write_text("duty 1".ljust(31) + "\n")
        once(relay, at=at)
    assert "stopped the relay twice" in relay.logged()
    assert not [subject for subject in subjects(lab, "keegan") if "hand over" in subject]
    once(relay, at="2026-12-14T01:00:30+00:00")
    assert "keep 1" in words(dossier(lab))


# --- killed at every step -----------------------------------------------------------------------------------

class Ending:
    """The end of a rotation with three cases, from a copy of one store, with a fault or without."""

    def __init__(self, lab, directory):
        self.lab, self.directory, self.tries = lab, directory, 0
        first = self._relay("before")
        three_cases(lab, first)
        first.close()
        self.store, self.delivered = first.store, list(lab.delivered)
        self.usual = self.go()[1]

    def _relay(self, name):
        (self.directory / name).mkdir()
        relay = Relay(self.directory / name, self.lab, PROGRAM)
        plan(relay)
        return relay

    def go(self, fault=None):
        """decide dies of the fault, and all goes on; how often it was killed, and the end state."""
        self.tries, kills, trace = self.tries + 1, 0, self.directory / "trace"
        relay = self._relay(f"{self.tries}")
        for end in ("", "-wal"):
            shutil.copy(f"{self.store}{end}", f"{relay.store}{end}")
        if fault:
            call, what = fault
            relay.run("decide", "--once", at=AFTER, check=None, timeout=120, under=(
                "strace", "-f", "-o", trace, "-e", f"trace={call}", "-e", f"inject={call}:{what}"))
            kills = trace.read_text().count("killed by SIGKILL")
        relay.run("decide", "--once", at="2026-12-14T00:00:40+00:00")
        rows = Store(relay.store)
        relay.close()
        letters = sorted((row["kind"], row["recipient"], row["escalation"]) for row in rows.outbox)
        cases = [(row["id"], row["state"], row["engineer"]) for row in rows.escalation]
        events = sorted((row["escalation"], row["actor"], row["kind"]) for row in rows.event)
        return kills, (letters, cases, events)


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
@pytest.mark.parametrize("call, stride", [("fdatasync", 1), ("pwrite64", 1 if ALL else 47), ("write", 1 if ALL else 9)])
def test_killed_at_any_step_each_is_told_once(lab, tmp_path, call, stride):
    """Goal: decide dies at any durable step of the handover: the letters, the cases and the record are those of a quiet end."""
    ending, number = Ending(lab, tmp_path), 1
    while True:
        kills, end = ending.go((call, f"signal=SIGKILL:when={number}"))
        assert end == ending.usual, f"killed at {call} number {number}"
        if kills == 0:
            break
        number += stride
    assert number > 1, f"nothing was ever killed at {call}"
