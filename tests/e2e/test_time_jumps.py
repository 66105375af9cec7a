"""D12: the wall clock jumps: no promise is broken by it, no letter waits for years, and none is dated in the future.

libfaketime gives the relay a clock of its own, which a file moves while it runs. Waits are monotonic, and stay true.
"""
import email.utils
import os
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from support import mails
from support.observer import Store, observe
from support.process import wait_until
from support.scripted import both, send, stall
from support.smtp_sink import SmtpSink

FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)

pytestmark = pytest.mark.skipif(FAKETIME is None, reason="faketime is not installed")


class Clock:
    """The relay's wall clock: `set("+10y")` moves it from the true time."""

    def __init__(self, relay, offset="+0"):
        self.file = relay.directory / "clock"
        self.relay = relay
        self.set(offset)
        self.under = ("env", f"LD_PRELOAD={FAKETIME}", f"FAKETIME_TIMESTAMP_FILE={self.file}", "FAKETIME_NO_CACHE=1",
                      "FAKETIME_DONT_FAKE_MONOTONIC=1", "NO_FAKE_STAT=1",
                      f"ASAN_OPTIONS={relay._env(None)['ASAN_OPTIONS']}:verify_asan_link_order=0:detect_leaks=0")

    def set(self, offset):
        fresh = self.file.with_suffix(".new")
        fresh.write_text(offset + "\n")
        fresh.rename(self.file)

    def poke(self):
        """decide has nothing to do and sleeps: it looks about."""
        with open(f"{self.relay.store}.wake-decide", "wb", buffering=0) as fifo:
            fifo.write(b"!")


@pytest.fixture
def clock(relay):
    return Clock(relay)


def journalled(lab, relay, subject="Search is down"):
    mail = mails.forward(mails.ticket(subject=subject))
    lab.send(mail)
    lab.wait_mail("escalations")
    relay.run("fetch", "--once")
    return mail


def states(relay):
    return [case["state"] for case in relay.json("list")]


def ends_well(lab, relay, delivered):
    """All is sent, of today, and the observer has nothing to say."""
    relay.run("run", "--once")
    lab.postfix.empty()
    observe(lab, relay, delivered)
    now = datetime.now(timezone.utc)
    for who in ("ada", "keegan", "bola", "valery", "support-lead", "support-ops"):
        for mail in lab.mail_of(who):
            yield who, email.utils.parsedate_to_datetime(str(mail["Date"])) - now


@pytest.mark.parametrize("offset", ["-10y", "-56y"])
def test_a_clock_before_the_program_was_made_decides_and_sends_nothing(lab, relay, clock, offset):
    """D12. Goal: one line, the mail waits; when the clock is right all goes on by itself and is dated today."""
    forward = journalled(lab, relay)
    clock.set(offset)
    done = relay.run("decide", "--once", check=3, under=clock.under)
    assert done.stderr.count("before this program was made") == 1
    relay.start("decide", under=clock.under)
    relay.wait_log("before this program was made")
    clock.poke()
    assert relay.json("list") == []
    clock.set("+0")
    relay.hup()
    relay.wait_log("the clock is right again")
    wait_until(lambda: states(relay) == ["assigned"], "it is decided")
    assert relay.log().count("error:") == 1
    assert relay.stop() == 0
    clock.set(offset)
    assert "before this program" in relay.run("send", "--once", check=3, under=clock.under).stderr
    assert lab.count("ada") == 0
    assert all(abs(age) < timedelta(minutes=5) for _, age in ends_well(lab, relay, [forward]))


def test_a_leap_of_ten_years_breaks_no_promise(lab, relay, clock):
    """D12. Goal: a case is promised for today and a mail waits; by a clock ten years ahead nothing is late and
    nothing is opened."""
    first = journalled(lab, relay)
    relay.start("decide", under=clock.under)
    wait_until(lambda: states(relay) == ["assigned"], "it is assigned")
    letters = len(Store(relay.store).outbox)
    clock.set("+10y")
    clock.poke()
    relay.wait_log(r"the clock leapt ahead by 36[45]\d d")
    second = journalled(lab, relay, "Another")
    clock.poke()
    clock.set("+0")
    relay.hup()
    relay.wait_log("the clock is right again")
    wait_until(lambda: states(relay) == ["assigned", "assigned"], "the second, too")
    assert len(Store(relay.store).outbox) == 2 * letters, "no letter was made by the wrong clock"
    assert relay.stop() == 0
    assert all(abs(age) < timedelta(minutes=5) for _, age in ends_well(lab, relay, [first, second]))


@pytest.mark.parametrize("running", [True, False], ids=["while it runs", "while it is stopped"])
@pytest.mark.parametrize("offset", ["+1h", "+200d"])
def test_what_was_owed_by_a_fast_clock_does_not_wait_for_it(lab, relay, clock, offset, running):
    """D12. Goal: the clock was ahead when a case was assigned, and is set back: its letters are due now, its
    promise counts from now."""
    clock.set(offset)
    forward = journalled(lab, relay)
    relay.configure(rotation="rotation core 2026-01-01 to 2036-01-01 { seats keegan bola valery }\n")
    relay.start("decide", under=clock.under)
    wait_until(lambda: states(relay) == ["assigned"], "it is assigned")
    if not running:
        relay.stop()
    clock.set("+0")
    if running:
        clock.poke()
        relay.wait_log("the clock was set back by")
        wait_until(lambda: "promised-anew" in str(Store(relay.store).event), "promised anew")
        assert relay.stop() == 0
    else:
        relay.run("decide", "--once")
    now = datetime.now(timezone.utc).timestamp()
    store = Store(relay.store)
    assert all(row["next_at"] <= now and row["queued_at"] <= now and row["owed_at"] <= now for row in store.outbox)
    [promise] = [row["due"] for row in store.timer if row["kind"] == "ack"]
    assert now < promise < now + 86400
    assert [row["engineer"] for row in store.turn] == ["keegan"], "he has it still"
    list(ends_well(lab, relay, [forward]))


def test_a_boot_by_a_clock_ten_years_ahead_is_made_good(lab, relay, clock):
    """D12. Goal: nobody is on rotation in ten years, so the lead was written to; by the right clock the case
    finds its engineer."""
    clock.set("+10y")
    forward = journalled(lab, relay)
    relay.run("decide", "--once", under=clock.under)
    assert states(relay) == ["waiting"]
    relay.run("decide", "--once")
    assert states(relay) == ["assigned"]
    list(ends_well(lab, relay, [forward]))
    assert lab.count("keegan") == 1 and lab.count("support-lead") == 1


def test_the_limits_forget_the_future(lab, relay, clock):
    """D12. Goal: letters that a fast clock dated ahead do not fill the limits until that day comes."""
    relay.configure(extra="limit recipient 3 per 1h\n")
    clock.set("+300d")
    sent = [journalled(lab, relay, "First")]
    relay.configure(rotation="rotation core 2026-01-01 to 2036-01-01 { seats keegan }\n")
    relay.run("decide", "--once", under=clock.under)
    relay.run("decide", "--once")
    db_now = datetime.now(timezone.utc).timestamp()
    assert all(max(row["queued_at"], row["owed_at"]) <= db_now + 60 for row in Store(relay.store).outbox)
    list(ends_well(lab, relay, sent))


def test_the_clock_goes_back_and_forth_under_load(lab, relay, clock):
    """D12. Goal: steps of hours either way while mails come: each becomes one case, and each letter goes once."""
    relay.start("decide", under=clock.under)
    sent = []
    for number, offset in enumerate(("+1h", "-1h", "+3d", "-2h", "+0")):
        clock.set(offset)
        sent.append(journalled(lab, relay, f"Number {number}"))
        wait_until(lambda: len(relay.json("list")) == len(sent), "it is a case")
    assert relay.stop() == 0
    assert set(states(relay)) == {"assigned"}
    ages = list(ends_well(lab, relay, sent))
    assert lab.count("ada") >= 5 and len(ages) >= 10


@pytest.mark.skipif(os.environ.get("CRASH_ALL") != "1",
                    reason="a sender looks for dead colleagues once a minute: with CRASH_ALL=1")
def test_a_leap_ends_no_lease_of_a_living_sender(lab, relay, clock):
    """D12. Goal: two hours pass by the clock while the server thinks about a letter: the other sender does not
    send it again."""
    relay.unobserved = "its letters went to a sink, not to the people's mailboxes"
    with SmtpSink(answers={".": [both(stall(75), send("250 2.0.0 at last\r\n"))]}) as sink:
        relay.configure(submission=relay.submission(f"smtp://127.0.0.1:{sink.port}", "tls off\n    sessions 2"))
        journalled(lab, relay)
        relay.run("decide", "--once")
        relay.start("send", under=clock.under)
        wait_until(lambda: len(sink.transactions) >= 2, "both letters are on their way", 20)
        clock.set("+2h")
        time.sleep(70)
        assert len(sink.transactions) == 2
        wait_until(lambda: all(row["state"] == "sent" for row in Store(relay.store).outbox), "both are sent", 30)
        assert relay.stop() == 0
        assert len(sink.transactions) == 2 and all(row["outcome"] == "sent" for row in Store(relay.store).attempt)
