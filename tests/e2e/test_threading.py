"""One case, one thread, whatever mail programs and servers make of ids and subjects; and nothing joins a case that
does not belong. What each piece of evidence is worth is in the unit test of the judge; these are plays with real
mails."""
import email
import email.policy

from support import mails
from support.scripted import reset
from support.smtp_sink import SmtpSink
from test_main_job import arrive, once, text_of
from test_trust import held, later, opened, walk   # noqa: F401  (walk looks at the outbox after each play)

PREFIXES = ("Re: ", "AW: WG: ", "SV: VS: Re: ", "Antw: [EXTERNAL] ", "[EXTERNAL] Re: [EXT] Fwd: ", "回复：", "Ответ: Re[2]: ", "RIF: R: I: ", "TR: RE : ")


def bare(mail):
    """Sent to the main address, with a subject that lost its tag."""
    subject = str(mail["Subject"]).replace("[ESC-1] ", "")
    mail.replace_header("To", mails.ESCALATIONS)
    mail.replace_header("Subject", subject)
    return mail


def test_prefixes_of_many_languages(lab, relay):
    """Goal: the requester's program repeats and translates its prefix; the reply address and the tag are lost: by the
    ids alone each is relayed within the case, and no case is opened."""
    opened(lab, relay)
    receipt = lab.wait_mail("ada")[0]
    topic = str(receipt["Subject"]).replace("[ESC-1] ", "")
    for number, prefix in enumerate(PREFIXES):
        answer = bare(mails.reply(receipt, mails.ADA, f"Word {number}"))
        answer.replace_header("Subject", prefix + topic)
        lab.send(answer)
    lab.wait_mail("escalations", len(PREFIXES))
    once(relay)
    assert len(relay.json("list")) == 1, [(case["id"], case["subject"]) for case in relay.json("list")]
    heads = {text_of(mail).splitlines()[0] for mail in lab.wait_mail("keegan", 1 + len(PREFIXES))[1:]}
    assert heads == {f"Word {number}" for number in range(len(PREFIXES))}


def test_ids_that_a_server_rewrote(lab, relay):
    """Goal: a provider gave our letter an id of its own: the answer names that one alone. Its reply address finds the
    case; the next answer, to the answerer's own id, does so too, without it."""
    assignment = opened(lab, relay)
    for name in ("Message-ID", "References", "In-Reply-To"):
        del assignment[name]
    assignment["Message-ID"] = "<0102018f-7e2a-000000@eu-west-1.mail.example>"
    answer = mails.reply(assignment, mails.KEEGAN, "Set the limit to 8g.")
    arrive(lab, relay, answer)
    assert relay.one("list")["state"] == "pending" and text_of(lab.wait_mail("ada", 2)[1]).startswith("Set the limit")
    more = mails.mail(mails.KEEGAN, mails.ESCALATIONS, "Re: " + str(assignment["Subject"]).replace("[ESC-1] ", ""), "And restart it.\n",
                      In_Reply_To=answer["Message-ID"], References=answer["Message-ID"])
    arrive(lab, relay, more)
    assert len(relay.json("list")) == 1 and text_of(lab.wait_mail("ada", 3)[2]).startswith("And restart it.")


def test_our_letter_forwarded_to_a_stranger(lab, relay):
    """Goal: Keegan forwards his mail, reply address and all, to a consultant with the relay in Cc by mistake or not
    at all: the consultant's answer, over that address and in the thread, is held; nobody reads it and he hears
    nothing."""
    assignment = opened(lab, relay)
    answer = mails.reply(assignment, "Cato <cato@consult.example>", "/status\n\nWho is the customer?")
    answer.replace_header("Subject", "AW: WG: " + str(assignment["Subject"]))
    arrive(lab, relay, answer)
    assert len(held(relay)) == 1 and "no party" in held(relay)[0]
    assert lab.count("ada") == 1 and lab.count("keegan") == 1 and lab.count("outside") == 0


def test_a_thread_that_was_forwarded_and_answered_elsewhere(lab, relay):
    """Goal: staff that is no party answers a forwarded copy by the ids alone: no word of it joins the case, and it is
    not lost."""
    assignment = opened(lab, relay)
    other = bare(mails.reply(assignment, "Alan <alan@example.com>", "Is this the same as mine?"))
    other.replace_header("Subject", "Fwd: my own trouble")
    arrive(lab, relay, other)
    assert lab.count("ada") == 1
    cases = relay.json("list")
    assert len(cases) == 2 and cases[1]["requester"]["address"] == "alan@example.com"
    assert not any(text_of(mail).startswith("Is this the same") for mail in lab.mail_of("keegan")), "it is another case's word"


def test_a_reply_with_a_new_topic(lab, relay):
    """Goal: Ada answers an old mail to save typing the address, with a new subject and no reply address: a case of
    its own, and the first stays as it was. Over her reply address it is a word of the first, whatever the subject."""
    opened(lab, relay)
    receipt = lab.wait_mail("ada")[0]
    fresh = bare(mails.reply(receipt, mails.ADA, "How do we count licences?"))
    fresh.replace_header("Subject", "Re: Licences of the new year")
    arrive(lab, relay, fresh)
    assert [case["id"] for case in relay.json("list")] == ["ESC-1", "ESC-2"]
    meant = mails.reply(receipt, mails.ADA, "It is down again.")
    meant.replace_header("Subject", "Down again")
    arrive(lab, relay, meant)
    assert len(relay.json("list")) == 2
    assert any(text_of(mail).startswith("It is down again.") for mail in lab.wait_mail("keegan", 2))


def test_an_answer_that_is_faster_than_our_own_books(lab, relay):
    """Goal: the server has the assignment, but its answer was lost, so it is in doubt; Keegan has read it and his
    word is here: it is relayed, and the letter is settled afterwards under the same id."""
    good = relay.parts["submission"]
    with SmtpSink(answers={".": reset()}) as sink:
        relay.configure(submission=relay.submission(url=f"smtp://127.0.0.1:{sink.port}", more="tls off\n    retry-first 5s"))
        lab.send(mails.forward())
        lab.wait_mail("escalations")
        once(relay, check=None)
        [assignment] = [mail.mail for mail in sink.transactions if mail.recipients == ["keegan@example.com"]][:1]
    assert "doubt" in {row["state"] for row in relay.json("queue")}
    assignment = email.message_from_bytes(assignment, policy=email.policy.default)
    lab.send(mails.reply(assignment, mails.KEEGAN, "Set the limit to 8g."))
    lab.wait_mail("escalations")
    relay.configure(submission=good)
    relay.run("fetch", "--once")
    relay.run("decide", "--once")
    assert relay.one("list")["state"] == "pending"
    once(relay, at=later(minutes=10))
    once(relay, at=later(minutes=20))
    assert any(text_of(mail).startswith("Set the limit") for mail in lab.wait_mail("ada", 2))
    assert [mail["Message-ID"] for mail in lab.mail_of("keegan")] == [assignment["Message-ID"]]
    assert {row["state"] for row in relay.json("queue", "--all")} == {"sent"}
