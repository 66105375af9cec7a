"""Goal: neither a server that takes nothing for hours nor a disk that is full loses, doubles or burns a letter."""
import os
import re
import signal
import time

import pytest

from support.disk import Disk
from support.process import wait_until
from support.sender import Sender
from support.smtp_sink import SmtpSink

CASES = 500 if os.environ.get("OUTAGE_ALL") == "1" else 30
EACH = 10                               # letters of a case, to one person
LATER = "451 4.3.0 the queue of this server is full"


@pytest.fixture
def sender(tmp_path):
    one = Sender(tmp_path)
    yield one
    one.close()


@pytest.fixture
def cramped(tmp_path):
    """A sender whose store is on a disk of its own, and that disk."""
    disk = Disk(tmp_path / "disk", "32m")
    one = Sender(disk.directory)
    yield one, disk
    one.close()
    disk.close()


class Outage:
    """As an answer of a sink: "later" to everything while it lasts, and how often that was said."""

    def __init__(self):
        self.over, self.said = False, 0

    def __call__(self, connection):
        self.said += not self.over
        connection.send("250 2.1.0 ok\r\n" if self.over else LATER + "\r\n")


def in_order(sender, sink):
    """Each letter came once, and those of a case to a person in the order in which they were owed."""
    owed = {row["message_id"]: number for number, row in sender.queue().items()}
    came = [owed[re.search(rb"Message-ID: <(.*)>", mail.mail)[1].decode()] for mail in sink.accepted]
    assert sorted(came) == sorted(owed.values()), "each once"
    people = {}
    for mail, number in zip(sink.accepted, came):
        people.setdefault(mail.recipients[0], []).append(number)
    assert all(numbers == sorted(numbers) for numbers in people.values())


@pytest.mark.parametrize("word", ["MAIL", "CONNECT"])
def test_an_outage_of_hours_is_found_out_by_one_letter_at_a_time(sender, word):
    """S20, S10: few attempts while it lasts, one line at its begin and one at its end; then all, once, in order."""
    outage = Outage()

    def greeting(connection):
        outage.said += not outage.over
        connection.send("220 sink.example ESMTP\r\n" if outage.over else "421 4.3.2 too busy\r\n")

    with SmtpSink(answers={word: outage if word == "MAIL" else greeting}) as sink:
        if word == "CONNECT":           # the usual greeting goes on, an answer of a script ends the connection
            sink._say = lambda connection, what, usual, say=sink._say: (
                say(connection, what, usual) or (what == "CONNECT" and outage.over))
        sender.configure(sink.port, "sessions 2; retry-first 5s; retry-longest 30s")
        sender.owe_cases(CASES, EACH)
        sender.start()
        time.sleep(5)

        def attempts():
            return sum(row["attempts"] for row in sender.queue().values())

        assert 3 <= attempts() <= 16, "as many as it takes to believe it, then one after one, two, four seconds"
        wait_until(lambda: outage.said == attempts(), "each refusal is noted, also that of this moment", 10)
        assert not sink.transactions
        outage.over = True
        wait_until(lambda: set(sender.states()) == {"sent"}, "all sent", 300, sender.log_file)
        in_order(sender, sink)
        # What had been put off came a second time, and nothing else.
        assert sum(row["attempts"] for row in sender.queue().values()) == CASES * EACH + outage.said
    log = sender.log()
    assert len(re.findall("error: the submission server .*; the queue is held", log)) == 1, log
    assert len(re.findall("the submission server takes letters again after [0-9]+ s", log)) == 1, log
    assert len(re.findall("deferred, again in", log)) <= 12, log


def test_a_person_whose_server_is_away_keeps_nobody_else_waiting(sender):
    """S10: "later" for one recipient again and again is no outage."""
    def of_ada(connection):
        ada = connection.received.endswith(b"RCPT TO:<ada@example.com>\r\n")
        connection.send(LATER + "\r\n" if ada else "250 2.1.5 ok\r\n")

    with SmtpSink(answers={"RCPT": of_ada}) as sink:
        sink._say = lambda connection, what, usual, say=sink._say: (
            say(connection, what, usual) or bytes(connection.sent).endswith(b"250 2.1.5 ok\r\n"))
        sender.configure(sink.port, "sessions 1; retry-first 30s")
        sender.owe("ada@example.com", times=12)
        sender.owe("person%d@example.com", times=12)
        sender.once(1)
        assert sender.states() == ["deferred"] * 12 + ["sent"] * 12
        assert "the queue is held" not in sender.log()


def full_at_the_dot(sender, disk):
    """The disk becomes full between the letter's last byte and the server's 250; what it does then is logged."""
    def fill(connection):
        disk.fill()
        connection.send("250 2.0.0 taken\r\n")

    sink = SmtpSink(answers={".": [fill]})
    sender.configure(sink.port, "sessions 1")
    sender.owe("person%d@example.com", times=3)
    sender.start()
    wait_until(lambda: "cannot record that it is sent" in sender.log(), "the disk is full", log=sender.log_file)
    return sink


def test_an_answer_is_kept_in_mind_until_the_disk_has_room(cramped):
    """D1, S12: however long that takes, the 250 is recorded and the letter sent once; nothing else leaves before."""
    sender, disk = cramped
    with full_at_the_dot(sender, disk) as sink:
        worker, = sender.workers()
        for _ in range(100):            # each wakes it for another try: a hundred tries in two seconds
            os.kill(worker, signal.SIGCHLD)
            time.sleep(0.02)
        assert sender.workers() == [worker] and len(sink.transactions) == 1
        assert len(re.findall("error:", sender.log())) == 1, "said once"
        disk.make_room()
        wait_until(lambda: sender.states() == ["sent"] * 3, "all sent", log=sender.log_file)
        assert len(sink.transactions) == 3
        assert {tuple(row["tries"]) for row in sender.queue().values()} == {("sent",)}
        assert "the store takes results again" in sender.log()


def test_a_stop_on_a_full_disk_leaves_a_doubt_and_says_so(cramped):
    """D1, D10, S12: SIGTERM is obeyed at once; the next start sends the same bytes again."""
    sender, disk = cramped
    with full_at_the_dot(sender, disk) as sink:
        began = time.monotonic()
        assert sender.stop() == 0
        assert time.monotonic() - began < 5
        assert "it will count as a doubt" in sender.log()
        disk.make_room()
        sender.start()
        wait_until(lambda: sender.states() == ["sent"] * 3, "all sent", log=sender.log_file)
        first, second = [mail.wire for mail in sink.transactions if mail.recipients == ["person0@example.com"]]
        assert first == second and len(sink.transactions) == 4
        assert [row["tries"] for row in sender.queue().values()] == [["doubt", "sent"], ["sent"], ["sent"]]
