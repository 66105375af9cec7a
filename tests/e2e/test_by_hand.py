"""What the operator does with his own hands, and what an engineer takes back: stories on real servers."""
from support import mails
from test_filings import TEAMS
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


def test_what_teams_were_asked_is_listed_and_closed(lab, relay):
    """Goal: filings of cases and of none are listed, shown and closed by hand; team, engineer and writer learn it, once."""
    relay.configure(teams=TEAMS)
    (relay.rules / "00-own.rules").write_text('rule "slips of the pen" { subject ~ /typo/i; file docs docs }\n')
    arrive(lab, relay, mails.reply(opened(lab, relay), mails.KEEGAN, "/file search: memory\n\nIt dies."))
    arrive(lab, relay, mails.forward(mails.ticket("A typo", "In the manual.\n")))
    lab.wait_mail("docs-help")
    of_case, of_none = relay.json("list", "--filings")
    assert (of_case["case"], of_case["id"], of_case["engineer"]) == ("ESC-1", "F1", "keegan")
    assert (of_none["case"], of_none["id"], of_none["asker"], of_none["team"]) == (None, "F1", "ada@example.com", "docs")
    table = relay.run("list", "--filings").stdout
    assert "ESC-1 F1" in table and "ada@example.com" in table
    assert "slips of the pen" in relay.run("show", "F1").stdout and relay.one("show", "F1")["state"] == "open"
    for args in (("close", "ESC-1", "F7"), ("close", "F9"), ("show", "F9")):
        relay.run(*args, check=1)
    for args in (("close", "ESC-1"), ("close", "F"), ("list", "--nonsense"), ("show", "nothing")):
        relay.run(*args, check=2)

    assert relay.one("close", "ESC-1", "F1", "found", "it")["state"] == "owned"
    assert "F1 is closed; its team and Ada Okafor are told" in relay.run("close", "F1", "they called").stdout
    relay.run("close", "F1", check=1)
    once(relay)
    assert "The operator needs this no more: found it" in words(lab.wait_mail("search-help", 2)[1])
    assert "All that was filed for ESC-1 is closed now" in words(lab.mail_of("keegan")[-1])
    assert "The operator needs this no more: they called" in words(lab.wait_mail("docs-help", 2)[1])
    assert "The operator closed what was filed with docs for you: they called" in words(lab.mail_of("ada")[-1])
    assert relay.json("list", "--filings") == [] and len(relay.json("list", "--filings", "--all")) == 2
    assert "by" in relay.run("show", "F1").stdout and relay.run("verify").returncode == 0
