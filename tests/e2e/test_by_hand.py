"""What the operator does with his own hands, and what an engineer takes back: stories on real servers."""
from support import mails
from test_main_job import arrive, once, text_of


def words(mail):
    """The text of a mail on one line."""
    return " ".join(text_of(mail).split())


def opened(lab, relay):
    """ESC-1, assigned to Keegan; what he was sent."""
    arrive(lab, relay, mails.forward())
    return lab.wait_mail("keegan")[0]


def test_given_closed_and_opened_by_hand(lab, relay):
    """Goal: no decide runs; Bola has it, all are told as by mail, and the record names the operator."""
    opened(lab, relay)
    assert relay.one("assign", "ESC-1", "bola")["engineer"] == "bola"
    relay.run("note", "ESC-1", "-", input="first line\nsecond line\n")
    assert relay.one("resolve", "ESC-1", "answered: the flag was off")["state"] == "resolved"
    relay.run("send", "--once")
    assert "the operator gave it to Bola" in words(lab.wait_mail("bola", 2)[0])
    assert "is with Bola now" in words(lab.wait_mail("keegan", 2)[1])
    assert "the flag was off" in words(lab.wait_mail("ada", 3)[-1])
    relay.run("reopen", "ESC-1")
    once(relay)
    assert relay.one("list")["engineer"] == "bola"
    assert "opened ESC-1 again" in words(lab.wait_mail("ada", 4)[-1])
    assert "(operator)" in relay.run("show", "ESC-1").stdout


def test_what_cannot_be_done_by_hand_changes_nothing(lab, relay):
    """Goal: an unknown engineer, case, outcome, and a state that says no: exit 1, and nothing is owed."""
    opened(lab, relay)
    owed = len(relay.json("queue", "--all"))
    for args in (("assign", "1", "nobody"), ("assign", "1", "keegan"), ("assign", "9", "bola"), ("reopen", "1"),
                 ("resolve", "1", "answerd: x"), ("resolve", "1", "answered"), ("note", "1", " ")):
        relay.run(*args, check=1)
    relay.run("assign", "ESC-1", check=2)
    assert relay.one("list")["engineer"] == "keegan" and len(relay.json("queue", "--all")) == owed


def test_what_is_taken_back(lab, relay):
    """Goal: /sev, /pass and /resolve are taken back by /undo, once; /mine lists the case."""
    assignment = opened(lab, relay)
    for said, state in (("/sev 2", ("assigned", 2)), ("/Undo", ("assigned", 1)), ("/pass bola", ("assigned", 1)),
                        ("/undo", ("owned", 1)), ("/resolve answered: no", None), ("/undo", ("owned", 1)), ("/undo", ("owned", 1))):
        arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, said))
        assert [(case["state"], case["severity"]) for case in relay.json("list")] == ([state] if state else [])
    assert relay.one("list")["engineer"] == "keegan"
    assert "taken back already" in words(lab.mail_of("keegan")[-1])
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "/mine"))
    assert "ESC-1: owned, severity 1" in words(lab.mail_of("keegan")[-1])
