"""Goal: `rotation ledger` says of each assignment whose it was and why, in the very sentence that `why` shows."""
import json

from support import mails


def test_the_ledger_and_why_say_the_same(lab, relay):
    """Goal: one mail, one turn, one sentence; a later --since and another pool leave it out."""
    lab.send(mails.forward())
    lab.wait_mail("escalations")
    relay.run("run", "--once")
    row = json.loads(relay.run("rotation", "ledger", "--json").stdout)
    turn = relay.one("why", "ESC-1")["turns"][0]
    assert (row["id"], row["at"], row["engineer"], row["why"]) == ("ESC-1", turn["at"], "keegan", turn["why"])
    assert row["why"].startswith("Keegan: next in turn")
    assert row["why"] in relay.run("rotation", "ledger").stdout
    assert relay.run("rotation", "ledger", "--since", "2100-01-01").stdout == "Nothing was assigned.\n"
    assert relay.run("rotation", "ledger", "--pool", "other", "--json").stdout == ""
