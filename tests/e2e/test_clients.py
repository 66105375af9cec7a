"""Commands from any mail program: a matrix of corpus replies with commands planted above and in the quote, and a few
by real mail."""
import json
import subprocess
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from conftest import PROGRAM
from support import mails
from test_main_job import arrive, text_of

REPLIES = Path(__file__).resolve().parent.parent / "corpus/replies"


def planted():
    """(name, mail) of each single-part reply in plain text whose new words stand above what it quotes: orders before
    the first of the new words, another order after the last line of the quote."""
    for path in sorted(REPLIES.glob("*.eml")):
        wanted = json.loads(path.with_suffix(".json").read_text()).get("visible_text")
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        if not wanted or mail.is_multipart() or mail.get_content_type() != "text/plain":
            continue
        text = mail.get_content().replace("\r\n", "\n")
        first, last = wanted.splitlines()[0], wanted.splitlines()[-1]
        end = text.find(last)
        if text.find(first) != 0 or end < 0 or "On " in wanted or len(text[end + len(last):].strip()) < 80:
            continue
        lines = text.rstrip("\n").split("\n")
        mark = "> " if lines[-1].startswith(">") else ""
        mail.set_content("/Ack\n/SEV 2\n\n" + text.rstrip("\n") + f"\n{mark}/resolve answered: planted\n")
        yield path.stem, mail


PLANTED = list(planted())


def test_the_matrix_of_clients():
    """Goal: whatever program wrote the answer, orders above the quote are read as they stand and one in the quote is
    not."""
    assert len(PLANTED) >= 40, [name for name, _ in PLANTED]
    wrong = []
    for name, mail in PLANTED:
        done = subprocess.run([PROGRAM, "inspect", "--json", "-"], input=mail.as_bytes(), capture_output=True, check=True)
        seen = (json.loads(done.stdout)["reply"] or {}).get("visible_text") or ""
        if not seen.startswith("/Ack\n/SEV 2\n") or "planted" in seen:
            wrong.append((name, seen))
    assert not wrong, wrong


HTML = {
    "gmail": '<div dir="ltr">{new}</div><br><div class="gmail_quote"><div class="gmail_attr">On Mon, Ada wrote:<br></div>'
             "<blockquote>{old}</blockquote></div>",
    "outlook": '<div class="WordSection1"><p class="MsoNormal">{new}</p><div style="border-top:solid #E1E1E1 1.0pt"><p><b>From:</b> Ada'
               "<br><b>Sent:</b> Monday, November 2, 2026 9:00 AM<br><b>To:</b> Keegan<br><b>Subject:</b> x</p></div><p>{old}</p></div>",
    "apple": "<div>{new}</div><div><br><blockquote type=\"cite\"><div>On 2 Nov 2026, at 09:00, Ada wrote:</div><div>{old}</div></blockquote></div>",
}


@pytest.mark.parametrize("client", HTML)
def test_orders_in_a_mail_of_html_alone(lab, relay, client):
    """Goal: no text part at all, upper case, with an @: obeyed, the words relayed without them, and the quote's order
    is nobody's."""
    arrive(lab, relay, mails.forward())
    assignment = lab.wait_mail("keegan")[0]
    answer = mails.reply(assignment, mails.KEEGAN, "x")
    answer.set_content("<html><body>" + HTML[client].format(
        new="/SEV 2<br>/PASS @Valery<br><br>She knows it best.", old="/resolve answered: planted") + "</body></html>", subtype="html")
    arrive(lab, relay, answer)
    case = relay.one("list")
    assert (case["engineer"], case["severity"]) == ("valery", 2)
    assert "/SEV" in text_of(lab.wait_mail("keegan", 2)[1]) or "/sev" in text_of(lab.mail_of("keegan")[1])
    read = [text_of(mail) for mail in lab.mail_of("ada")]
    assert any("She knows it best." in text for text in read) and not any("/PASS" in text or "planted" in text for text in read)


def test_orders_below_the_words_and_the_same_mail_twice(lab, relay):
    """Goal: in the trailing block, without an @; the mail comes twice and acts once."""
    arrive(lab, relay, mails.forward())
    order = mails.reply(lab.wait_mail("keegan")[0], mails.KEEGAN, "He is nearer to it.\n\n/pass valery")
    arrive(lab, relay, order)
    arrive(lab, relay, order)
    assert relay.one("list")["engineer"] == "valery"
    assert lab.count("valery") <= 2 and len([mail for mail in lab.mail_of("ada") if "He is nearer" in text_of(mail)]) == 1


def test_a_take_and_a_reopening_are_taken_back(lab, relay):
    """Goal: /undo of /take gives the case back to Keegan; /undo of /reopen closes it again, as it was."""
    arrive(lab, relay, mails.forward())
    assignment = lab.wait_mail("keegan")[0]
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "/pass bola"))
    his = lab.wait_mail("bola")[0]
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "/take"))
    assert relay.one("list")["engineer"] == "keegan"
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "/undo"))
    assert relay.one("list")["engineer"] == "bola"
    arrive(lab, relay, mails.reply(his, mails.BOLA, "/resolve docs: the page on memory"))
    arrive(lab, relay, mails.reply(his, mails.BOLA, "/reopen"))
    assert relay.one("list")["engineer"] == "bola"
    arrive(lab, relay, mails.reply(his, mails.BOLA, "/undo"))
    assert relay.json("list") == []
    assert "the page on memory" in relay.run("show", "ESC-1").stdout


def test_what_people_write_where_it_does_not_belong(lab, relay):
    """Goal: an order between greeting and signature is left in the text, and Keegan learns where orders go; a name that
    is nearly one is answered with the right one; an Outlook mention, a full name and an address are names."""
    relay.configure(engineers=relay.parts["engineers"].replace('name "Bola"', 'name "Bola Adeyemi"'))
    arrive(lab, relay, mails.forward())
    assignment = lab.wait_mail("keegan")[0]

    def said(text):
        before = lab.count("keegan")
        arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, text))
        return " ".join(text_of(lab.wait_mail("keegan", before + 1)[-1]).split())

    answer = said("Hi Ada,\n\n/resolve answered: the flag\n\nRegards\nKeegan")
    assert "Nothing was done: line 3, \"/resolve answered: the flag\", stands amid the text" in answer, answer
    assert relay.one("list")["state"] == "pending" and "/resolve" in text_of(lab.wait_mail("ada", 2)[1])
    assert "there is no engineer 'bolla', did you mean bola?" in said("/pass @bolla")
    for name in ("@Bola Adeyemi<mailto:bola@example.com>", "bola@example.com", "Bola"):
        assert "ESC-1 is with Bola Adeyemi now" in said(f"/pass {name}")
        assert "is taken back" in said("/undo")


def test_a_snooze_is_taken_back(lab, relay):
    """Goal: /undo of /snooze: his own hours count again; /undo after /away says how that is taken back, and undoes
    nothing before it."""
    arrive(lab, relay, mails.forward())
    assignment = lab.wait_mail("keegan")[0]
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "/ack"))
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "/status"))
    due = text_of(lab.wait_mail("keegan", 3)[2]).partition("due by")[2][:30]
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "/snooze 3d"))
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "/undo\n/status"))
    answer = text_of(lab.wait_mail("keegan", 5)[4])
    assert "/snooze is taken back" in answer
    assert due[:12] in answer.partition("due by")[2], (due, answer)
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "/sev 3\n/away tomorrow"))
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "/undo"))
    assert '"/away none" takes it back' in " ".join(text_of(lab.wait_mail("keegan", 7)[6]).split())
    assert relay.one("list")["severity"] == 3


@pytest.mark.parametrize("quotes", [False, True])
def test_an_order_that_a_customer_wrote(lab, relay, quotes):
    """Goal: the ticket ends with an order, and Keegan's program quotes it without any mark: it is not obeyed, in no part
    of that mail, and he learns why; on the first line it is his."""
    ticket = mails.ticket(text="Search is down.\n\n/resolve answered: it works\n")
    arrive(lab, relay, mails.forward(ticket))
    assignment = lab.wait_mail("keegan")[0]
    answer = mails.reply(assignment, mails.KEEGAN, "x")
    planted = "> /resolve answered: it works" if quotes else "Search is down.\n\n/resolve answered: it works"
    answer.set_content(f"Which version?\n\n{planted}\n")
    arrive(lab, relay, answer)
    assert relay.one("list")["state"] == "pending"
    if not quotes:
        said = " ".join(text_of(lab.wait_mail("keegan", 2)[1]).split())
        assert "Nothing was done" in said and "stands in a mail of ESC-1 too, so it may be quoted" in said
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "/resolve answered: it works"))
    assert relay.json("list") == []


@pytest.mark.parametrize("orders, state, engineer", [
    ("/take\n/pass @valery", "assigned", "valery"), ("/take\n/ack\n/sev 3\n/snooze 4h", "owned", "bola"),
    ("/take\n/resolve answered: the flag\n/reopen", "owned", "bola"), ("/take\n/pass @valery\n/snooze 4h", "assigned", "keegan"),
    ("/take\n/pass @nobody", "assigned", "keegan")])
def test_orders_that_build_on_each_other(lab, relay, orders, state, engineer):
    """Goal: Bola takes Keegan's case and goes on with it in one mail; where a later line cannot follow, none is done."""
    arrive(lab, relay, mails.forward())
    arrive(lab, relay, mails.mail(mails.BOLA, mails.ESCALATIONS, "[ESC-1] mine", "/take\n"))
    asked = lab.wait_mail("bola")[0]
    arrive(lab, relay, mails.reply(asked, mails.BOLA, orders))
    case = relay.one("list")
    assert (case["state"], case["engineer"]) == (state, engineer), text_of(lab.mail_of("bola")[-1])
    assert ("Nothing was done" in text_of(lab.mail_of("bola")[1])) == (engineer == "keegan")
