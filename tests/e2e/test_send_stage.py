"""Goal: what we owe leaves, once, in order, whatever the server does and whoever kills the sender."""
import fcntl
import os
import re
import signal
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from support.process import wait_until
from support.scripted import both, close, read, send, stall
from support.sender import BODY, Sender
from support.smtp_driver import canonical
from support.smtp_sink import SmtpSink


@pytest.fixture
def sender(tmp_path):
    one = Sender(tmp_path)
    yield one
    one.close()


def test_once_sends_what_is_due_and_says_so(sender):
    with SmtpSink() as sink:
        sender.configure(sink.port)
        sender.once(0)
        ids = sender.owe("person%d@example.com", times=20)
        sender.once(0)
        assert sender.states() == ["sent"] * 20
        assert sorted(mail.recipients[0] for mail in sink.accepted) == sorted(
            f"person{n}@example.com" for n in range(20))
        assert {mail.sender for mail in sink.accepted} == {"esc+bounce@example.com"}
        assert all(mail.mail.endswith(BODY) for mail in sink.accepted)
        assert len(sink.connections) <= 2
        row = sender.queue()[ids[0]]
        assert (row["code"], row["attempts"], row["tries"]) == (250, 1, ["sent"])
        assert row["reply"].startswith("250 2.0.0 taken as")
        sender.once(0)
        assert len(sink.accepted) == 20


def test_what_is_soft_comes_later_and_what_is_hard_never(sender):
    """S10, S11, S14: each letter has an answer of its own."""
    answers = ["451 4.7.1 greylisted", "550 5.1.1 no such person, says <esc+bounce@example.com>"]
    with SmtpSink(answers={"RCPT": answers}) as sink:
        sender.configure(sink.port, "sessions 1; retry-first 5s")
        soft, = sender.owe("soft@example.com")
        hard, = sender.owe("hard@example.com")
        good, = sender.owe("good@example.com")
        sender.once(1)
        rows = sender.queue()
        assert [rows[n]["state"] for n in (soft, hard, good)] == ["deferred", "refused", "sent"]
        assert 3 <= rows[soft]["wait"] <= 6
        assert (rows[hard]["reply"], rows[hard]["code"]) == (answers[1], 550)
        time.sleep(rows[soft]["wait"] + 1)
        sender.once(0)
        assert sender.queue()[soft]["tries"] == ["deferred", "sent"]


def test_a_letter_waits_for_an_earlier_one_of_its_case_and_person(sender):
    """S20: the order within a case is kept over an outage."""
    with SmtpSink(answers={"RCPT": ["451 4.7.1 later"]}) as sink:
        sender.configure(sink.port, "sessions 2; retry-first 5s")
        first, = sender.owe("ada@example.com", case=7)
        sender.once(1)
        second, = sender.owe("ada@example.com", case=7)
        other, = sender.owe("bola@example.com", case=7)
        sender.once(1)
        assert [sender.queue()[n]["state"] for n in (first, second, other)] == ["deferred", "queued", "sent"]
        sender.start()
        wait_until(lambda: sender.states() == ["sent"] * 3, "all sent", log=sender.log_file)
        to_ada = [mail.mail for mail in sink.accepted if mail.recipients == ["ada@example.com"]]
        ids = [sender.queue()[n]["message_id"].encode() for n in (first, second)]
        assert [re.match(rb"Message-ID: <(.*)>", mail)[1] for mail in to_ada] == ids


def test_a_poke_wakes_and_sessions_work_at_once(sender):
    with SmtpSink(answers={".": both(stall(0.5), send("250 2.0.0 slow\r\n"))}) as sink:
        sender.configure(sink.port, "sessions 4")
        sender.start()
        time.sleep(0.5)
        sender.owe("person%d@example.com", times=8)
        began = time.monotonic()
        sender.poke()
        wait_until(lambda: sender.states() == ["sent"] * 8, "all sent", log=sender.log_file)
        assert time.monotonic() - began < 2.5, "one after the other takes four seconds"
        assert len(sink.connections) == 4



def test_a_death_doubles_only_the_letter_in_hand(sender):
    """Goal: letters share commits, and yet an answer that was given outlives the sender: whenever it is killed, only the
    letter whose answer was under way comes twice."""
    slow = both(stall(0.03), send("250 2.0.0 taken\r\n"))
    with SmtpSink(answers={".": slow}) as sink:
        sender.configure(sink.port, "sessions 1")
        sender.owe("person%d@example.com", times=60)
        sender.start()
        for taken in (6, 20):
            wait_until(lambda taken=taken: len(sink.transactions) >= taken, f"{taken} letters are out", log=sender.log_file)
            for worker in sender.workers():
                os.kill(worker, signal.SIGKILL)
        wait_until(lambda: sender.states() == ["sent"] * 60, "all sent", timeout=30, log=sender.log_file)
        came = Counter(mail.wire for mail in sink.transactions)
        assert len(came) == 60 and sum(came.values()) - 60 <= 2, "one letter a death"
        rows = {row["message_id"].encode(): row for row in sender.queue().values()}
        twice = [re.match(rb"Message-ID: <(.*)>", wire)[1] for wire, times in came.items() if times > 1]
        assert all(rows[one]["tries"] == ["doubt", "sent"] for one in twice)
        noted = [row for row in rows.values() if row["tries"] == ["sent"]]
        assert len(noted) >= 60 - 2 * 8, "what was not in the dead one's hands knows nothing of it"



def test_a_slow_letter_keeps_no_other_waiting(sender):
    """Goal: what was leased together with a letter that the server thinks about for long is given to the other session."""
    go_on = threading.Event()

    def think(connection):
        go_on.wait(60)
        connection.send("250 2.0.0 taken at last\r\n")

    with SmtpSink(answers={".": [None] * 20 + [think]}) as sink:
        sender.configure(sink.port)
        sender.owe("person%d@example.com", times=60)
        sender.start()
        wait_until(lambda: sender.states().count("sent") == 59, "all but one are sent", timeout=30, log=sender.log_file)
        assert sender.states().count("sending") == 1
        go_on.set()
        wait_until(lambda: sender.states() == ["sent"] * 60, "all sent", log=sender.log_file)
        assert len(sink.accepted) == 60
        assert {row["attempts"] for row in sender.queue().values()} == {1}, "to be given back is no attempt"


def test_a_refused_login_holds_the_queue_until_it_is_mended(sender):
    """S11, S20: no attempt is spent, one alarm, and then all leave."""
    with SmtpSink(answers={"AUTH": ["535 5.7.8 bad credentials"] * 4}) as sink:
        sender.configure(sink.port, f"sessions 2; user relay@example.com; password file {sender.directory}/password")
        sender.owe("person%d@example.com", times=5)
        sender.once(1)
        rows = sender.queue().values()
        assert {row["state"] for row in rows} == {"queued"} and {row["attempts"] for row in rows} == {0}
        assert "535 5.7.8 bad credentials" in sender.tool("held", sender.store)
        sender.start()
        wait_until(lambda: len(sink.connections) >= 2, "it has tried")
        time.sleep(1.5)
        assert len(sink.connections) <= 4, "held means held"
        sender.stop()
        assert len(re.findall("error: .*the queue is held", sender.log())) == 2, "one alarm for each start"
        sink.script = type(sink.script)({})
        sender.start()
        wait_until(lambda: sender.states() == ["sent"] * 5, "all sent", log=sender.log_file)
        assert sender.tool("held", sender.store) == "\n"


def test_a_reload_takes_the_new_server_and_lifts_the_hold(sender):
    with SmtpSink(answers={"MAIL": "530 5.7.0 log in"}) as bad, SmtpSink() as good:
        sender.configure(bad.port)
        sender.owe()
        sender.start()
        wait_until(lambda: "530" in sender.tool("held", sender.store), "held", log=sender.log_file)
        sender.configure(good.port)
        sender.running.send_signal(signal.SIGHUP)
        wait_until(lambda: sender.states() == ["sent"], "sent", log=sender.log_file)
        assert len(good.accepted) == 1


def test_no_password_no_attempt(sender):
    with SmtpSink() as sink:
        sender.configure(sink.port, f"user relay@example.com; password file {sender.directory}/absent")
        sender.owe()
        sender.once(1)
        row, = sender.queue().values()
        assert (row["state"], row["attempts"]) == ("queued", 0)
        assert "no password" in sender.tool("held", sender.store)
        assert not sink.connections


def test_an_outage_does_not_burn_the_queue(sender):
    """S20: nobody listens; few letters find that out."""
    with SmtpSink() as sink:
        port = sink.port
    sender.configure(port, "sessions 1; retry-first 5s")
    sender.owe("person%d@example.com", times=50)
    sender.start()
    time.sleep(4)
    assert sum(row["attempts"] for row in sender.queue().values()) <= 4
    with SmtpSink() as sink:
        sender.stop()
        sender.configure(sink.port, "sessions 1; retry-first 5s")
        sender.start()
        wait_until(lambda: sender.states().count("sent") >= 46, "nearly all sent", log=sender.log_file)
        wait_until(lambda: sender.states() == ["sent"] * 50, "all sent", log=sender.log_file)
        assert len(sink.accepted) == 50


def test_a_killed_worker_leaves_a_doubt_and_the_same_bytes_go_again(sender):
    """S12, D10: same Message-ID, same bytes."""
    with SmtpSink(answers={".": [stall()]}) as sink:
        sender.configure(sink.port, "sessions 1")
        number, = sender.owe()
        sender.start()
        wait_until(lambda: sink.transactions, "all but the answer")
        os.kill(sender.workers()[0], signal.SIGKILL)
        wait_until(lambda: sender.states() == ["sent"], "sent", log=sender.log_file)
        first, second = sink.transactions
        assert first.wire == second.wire
        assert sender.queue()[number]["tries"] == ["doubt", "sent"]
        assert "killed by signal 9" in sender.log()


def test_a_death_between_two_letters_touches_neither(sender):
    """S12: the first one's end and the second one's attempt are on record before a byte of the second has left."""
    with SmtpSink(answers={"MAIL": [None, stall()]}) as sink:
        sender.configure(sink.port, "sessions 1")
        sender.owe("person%d@example.com", times=2)
        sender.start()
        wait_until(lambda: sink.connections and sink.connections[0].received.count(b"MAIL FROM") == 2, "the second has begun")
        first, second = sender.queue().values()
        assert (first["state"], first["tries"]) == ("sent", ["sent"])
        assert (second["state"], second["attempts"], second["tries"]) == ("sending", 1, [""])
        os.kill(sender.workers()[0], signal.SIGKILL)
        wait_until(lambda: sender.states() == ["sent", "sent"], "both sent", log=sender.log_file)
        assert [mail.recipients for mail in sink.transactions] == [["person0@example.com"], ["person1@example.com"]]
        assert [row["tries"] for row in sender.queue().values()] == [["sent"], ["doubt", "sent"]]


def test_a_killed_stage_is_recovered_by_the_next(sender):
    with SmtpSink(answers={".": [stall()]}) as sink:
        sender.configure(sink.port)
        sender.owe()
        sender.start()
        wait_until(lambda: sink.transactions, "all but the answer")
        for pid in [sender.running.pid, *sender.workers()]:
            os.kill(pid, signal.SIGKILL)
        sender.running.wait()
        sender.start()
        wait_until(lambda: sender.states() == ["sent"], "sent", log=sender.log_file)


def test_a_lease_of_a_stranger_who_died(sender):
    with SmtpSink() as sink:
        sender.configure(sink.port)
        sender.owe()
        sender.tool("lease", sender.store, "send-on-another-host", 3600)
        assert sender.states() == ["sending"]
        sender.once(0)
        assert sender.states() == ["sent"]


def test_a_stop_before_the_dot_spends_nothing(sender):
    """D10: the server cannot have it."""
    with SmtpSink(answers={"DATA": [both(send("354 go\r\n"), read(1000), stall())]}) as sink:
        sender.configure(sink.port)
        sender.owe(data=BODY + b"x\r\n" * 5_000_000)
        sender.start()
        wait_until(lambda: sink.connections and len(sink.connections[0].received) > 900, "it is sending")
        assert sender.stop() == 0
        row, = sender.queue().values()
        assert (row["state"], row["attempts"], row["tries"]) == ("queued", 0, ["given back"])


@pytest.mark.parametrize("delay, state", [(2, "sent"), (None, "doubt")])
def test_a_stop_at_the_dot_waits_a_little_for_the_answer(sender, delay, state):
    """D10, S12: what was not answered in time is a doubt."""
    with SmtpSink(answers={".": both(stall(delay), send("250 2.0.0 at last\r\n"))}) as sink:
        sender.configure(sink.port)
        sender.owe()
        sender.start()
        wait_until(lambda: sink.transactions, "all but the answer")
        began = time.monotonic()
        assert sender.stop() == 0
        assert time.monotonic() - began < 8
        row, = sender.queue().values()
        assert (row["state"], row["attempts"]) == (state, 1)


def test_no_answer_is_a_doubt_whatever_the_letter(sender):
    """Goal: also of a letter that is exactly as long as was announced, libcurl's word for its end is not waited for."""
    with SmtpSink(answers={".": [close()]}) as sink:
        sender.configure(sink.port, "sessions 1")
        number, = sender.owe(data=b"Subject: no dots\r\n\r\nnone at all\r\n")
        sender.start()
        wait_until(lambda: sender.states() == ["doubt"], "a doubt", log=sender.log_file)
        assert sender.queue()[number]["tries"] == ["doubt"]


def test_a_letter_goes_to_its_end_whatever_is_stuffed(sender):
    """Goal: dots that are doubled on the way do not make libcurl believe itself done before the end."""
    head, line = 44, b"." + b"x" * 62 + b"\r\n"         # the tool's Message-ID; a line that grows by one
    with SmtpSink() as sink:
        sender.configure(sink.port, "sessions 1")
        bodies = []
        for piece in (16384, 32768, 65536):             # what may be read at once; as long as so much is on the wire
            for short in (-head, 0, head):
                size = piece + piece // len(line) + short
                bodies += [(line * (size // len(line) + 1))[:size + n - head - 5] + b"end\r\n" for n in (-1, 0, 1)]
        for body in bodies:
            sender.owe(data=body)
        sender.once(0)
        assert {mail.mail[head:] for mail in sink.accepted} == set(map(canonical, bodies))


def test_a_letter_of_fifty_megabytes_is_never_in_memory(sender, monkeypatch):
    """It is read, made canonical and sent piece by piece; a sanitizer that keeps what was freed would hide that."""
    monkeypatch.setenv("ASAN_OPTIONS", "quarantine_size_mb=1:" + os.environ.get("ASAN_OPTIONS", ""))
    line, peaks, sizes = b"x" * 998 + b"\r\n", [], []

    def peak(connection):
        size = 0
        connection.send("354 go on\r\n")
        while (one := connection.line()) != b".\r\n":
            size += len(one)
        sizes.append(size)
        [worker] = sender.workers()
        peaks.append(int(re.search(r"VmHWM:\s*(\d+) kB", Path(f"/proc/{worker}/status").read_text())[1]) // 1024)
        connection.send("250 2.0.0 taken\r\n")

    with SmtpSink(answers={"DATA": [peak, peak]}) as sink:
        sender.configure(sink.port, "sessions 1")
        sender.owe()
        sender.start()
        wait_until(lambda: sender.states() == ["sent"], "the small one is sent", log=sender.log_file)
        (sender.directory / "large").write_bytes(line * 50_000)
        sender.tool("forward", sender.store, "ada@example.com", sender.directory / "large")
        sender.poke()
        wait_until(lambda: sender.states() == ["sent", "sent"], "the large one is sent", 60, sender.log_file)
        assert sizes[1] == 50_000_030
        assert peaks[1] - peaks[0] < 8, f"{peaks[0]} MB after a small letter, {peaks[1]} MB after a large one"


def test_a_server_that_hangs_at_quit_keeps_nobody(sender):
    """S6, S13: libcurl would wait two minutes for that answer."""
    with SmtpSink(answers={"QUIT": stall()}) as sink:
        sender.configure(sink.port)
        sender.owe()
        sender.start()
        wait_until(lambda: sender.states() == ["sent"], "sent", log=sender.log_file)
        began = time.monotonic()
        assert sender.stop() == 0
        assert time.monotonic() - began < 2


def test_two_senders_are_one_too_many(sender):
    with SmtpSink() as sink:
        sender.configure(sink.port)
        sender.start()
        sender.once(3)
        assert "another send works on" in sender.log()



def test_a_lock_that_says_nothing_is_named(sender):
    """Whoever holds it without his number in it, or cannot be asked: the line names the file and what to do."""
    sender.configure(1)
    lock = sender.store.with_name("escrelay.db.send.lock")
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        sender.once(3)
    assert f"'fuser {lock}'" in sender.log()
    lock.unlink()
    lock.mkdir()
    sender.once(3)
    assert f"cannot lock {lock}: Is a directory" in sender.log()
