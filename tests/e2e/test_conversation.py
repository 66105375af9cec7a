"""How a case goes on: passed, taken, waiting again, made more urgent; and who hears of it."""
from datetime import datetime, timedelta, timezone

from support import mails
from test_main_job import arrive, once, scheduled, text_of, values, TUESDAY

LONELY = "rotation core {} to {} {{ seats keegan }}\n"


def alone(relay):
    """Keegan alone is on rotation."""
    today = datetime.now(timezone.utc).date()
    relay.configure(rotation=LONELY.format(today - timedelta(7), today + timedelta(42)))


def words(mail):
    """The text of a mail on one line."""
    return " ".join(text_of(mail).split())


def later(**span):
    """An instant from now on, as `at` wants it."""
    return datetime.now(timezone.utc) + timedelta(**span)


def test_a_case_is_passed_to_somebody(lab, relay):
    """Goal: /pass @valery: Valery has it, with the words so far; Ada and Keegan are told; the turn does not move."""
    arrive(lab, relay, mails.forward())
    assignment = lab.wait_mail("keegan")[0]
    arrive(lab, relay, mails.reply(lab.wait_mail("ada")[0], mails.ADA, "One more thing: it began at noon."))
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "/pass @valery"))
    assert relay.one("list")["engineer"] == "valery"
    first, second = lab.wait_mail("valery", 2)
    assert "zoekt" in text_of(first) and "passed it on" in words(first)
    before = words(first).partition("Before you:")[2].partition("wrote:")[0]
    assert "given to keegan" in before and "keegan passed it on" in before and "given to valery" not in before
    assert "Before you" not in text_of(assignment), "nobody was before him"
    assert text_of(second).startswith("One more thing")
    assert "Valery has ESC-1 now" in text_of(lab.mail_of("ada")[-1])
    arrive(lab, relay, mails.forward(mails.ticket(subject="The next one")))
    assert relay.json("list")[1]["engineer"] == "bola", "his turn was not used up by somebody else's gift"


def test_passed_with_nobody_left_it_waits_and_the_requester_hears(lab, relay):
    """Goal: it does not come straight back to who passed it; nobody owns it; Ada and the lead know."""
    alone(relay)
    arrive(lab, relay, mails.forward())
    arrive(lab, relay, mails.reply(lab.wait_mail("keegan")[0], mails.KEEGAN, "/pass"))
    case = relay.one("list")
    assert case["state"] == "waiting" and case["engineer"] is None
    assert lab.count("keegan") == 2 and "nobody else is at work now" in words(lab.mail_of("keegan")[1])
    assert "Your escalation is safe" in text_of(lab.wait_mail("ada", 2)[1])
    lead = words(lab.wait_mail("support-lead")[0])
    assert "has no engineer" in lead and "keegan passed it on" in lead.partition("So far:")[2]


def test_a_thank_you_opens_a_closed_case_and_says_so(lab, relay):
    """Goal: whatever Ada writes after the end opens the case again; Keegan reads that beside her words, and how to end it."""
    arrive(lab, relay, mails.forward())
    arrive(lab, relay, mails.reply(lab.wait_mail("keegan")[0], mails.KEEGAN, "/resolve answered: the flag"))
    arrive(lab, relay, mails.reply(lab.wait_mail("ada", 2)[1], mails.ADA, "Thanks a lot!"))
    said = words(lab.wait_mail("keegan", 3)[2])
    assert said.startswith("Thanks a lot!") and 'ESC-1 was closed, and is open again by this; "/resolve OUTCOME: cause" closes it.' in said
    arrive(lab, relay, mails.reply(lab.mail_of("ada")[1], mails.ADA, "And one more thing."))
    assert "open again" not in words(lab.wait_mail("keegan", 4)[3])


def test_an_absence_that_only_its_subject_marks(lab, relay):
    """Goal: no header says that a machine wrote it; "Out of office:" before our subject does: Bola has the case, and
    nobody reads it as Keegan's answer. A mail without a word is noted."""
    arrive(lab, relay, mails.forward())
    assignment = lab.wait_mail("keegan")[0]
    nothing = mails.mail(mails.KEEGAN, str(assignment["Reply-To"]), "Re: " + str(assignment["Subject"]), "\n")
    arrive(lab, relay, nothing)
    assert [row["outcome"] for row in relay.json("why", nothing["Message-ID"])] == ["noted"] and relay.one("list")["state"] == "assigned"
    arrive(lab, relay, mails.mail(mails.KEEGAN, str(assignment["Reply-To"]), f"Out of office: {assignment['Subject']}",
                                  "I am out of the office until 2030-01-05.\n"))
    assert relay.one("list")["engineer"] == "bola"
    assert not any("out of the office" in text_of(mail) for mail in lab.mail_of("ada"))


def test_everybody_out_of_office_is_no_silence(lab, relay):
    """Goal: the last one's auto-answer leaves the case waiting, owned by nobody, and Ada and the lead are told once."""
    alone(relay)
    arrive(lab, relay, mails.forward())
    assignment = lab.wait_mail("keegan")[0]
    until = (datetime.now(timezone.utc) + timedelta(3)).strftime("%Y-%m-%d")
    arrive(lab, relay, mails.out_of_office(assignment, mails.KEEGAN, until=until))
    case = relay.one("list")
    assert case["state"] == "waiting" and case["engineer"] is None
    once(relay)
    assert lab.count("ada") == 2 and lab.count("support-lead") == 1
    assert relay.one("rotation", "who")["on_shift"] == [], "the views know of his absence too"
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "/take"), at=later(minutes=5))
    assert relay.one("list")["engineer"] == "keegan", "he may still take it himself"


def test_words_of_a_waiting_case_go_along(lab, relay):
    """Goal: receipted at once, and read by the engineer when it is assigned, after the assignment."""
    scheduled(relay)
    night = TUESDAY + "04:00:30+00:00"
    arrive(lab, relay, mails.forward(mails.ticket(subject="[P3] A question")), at=night)
    arrive(lab, relay, mails.reply(lab.wait_mail("ada")[0], mails.ADA, "PS: it is version 5.3."), at=night)
    assert "was added to ESC-1" in text_of(lab.wait_mail("ada", 2)[1])
    assert lab.count("keegan") == 0
    once(relay, at=TUESDAY + "07:00:30+00:00")
    assignment, word = lab.wait_mail("keegan", 2)
    assert "Severity" in text_of(assignment) and text_of(word).startswith("PS: it is version 5.3.")


def test_a_new_severity_is_a_new_promise(lab, relay):
    """Goal: /sev 1 of Ada: the 30 minutes of severity 1 run from now, though severity 2 would have given two hours."""
    arrive(lab, relay, mails.forward(mails.ticket(subject="A plain question", text="How?\n"), note=""))
    arrive(lab, relay, mails.reply(lab.wait_mail("ada")[0], mails.ADA, "/sev 1"))
    assert relay.one("list")["severity"] == 1
    once(relay, at=later(minutes=25))
    assert relay.one("list")["engineer"] == "keegan"
    once(relay, at=later(minutes=40))
    assert relay.one("list")["engineer"] == "bola"


def test_a_follower_is_a_party(lab, relay):
    """Goal: staff in Cc read the answers under a reply address of their own, and may write."""
    arrive(lab, relay, mails.forward(Cc="Alan <alan@example.com>"))
    arrive(lab, relay, mails.reply(lab.wait_mail("keegan")[0], mails.KEEGAN, "Try this."))
    to_ada, to_alan = lab.wait_mail("ada", 2)[1], lab.wait_mail("alan", 2)[1]    # his first is Ada's own
    assert text_of(to_alan).startswith("Try this.") and to_ada["Reply-To"] != to_alan["Reply-To"]
    arrive(lab, relay, mails.reply(to_alan, "Alan <alan@example.com>", "It works here."))
    assert text_of(lab.wait_mail("keegan", 2)[1]).startswith("It works here.")
    assert text_of(lab.wait_mail("ada", 3)[2]).startswith("It works here.")


def test_attachments_travel(lab, relay):
    """Goal: what the engineer attaches reaches Ada unchanged."""
    arrive(lab, relay, mails.forward())
    answer = mails.reply(lab.wait_mail("keegan")[0], mails.KEEGAN, "See the picture.")
    picture = bytes(range(256)) * 40
    answer.add_attachment(picture, maintype="image", subtype="png", filename="graph ä.png")
    arrive(lab, relay, answer)
    [attached] = list(lab.wait_mail("ada", 2)[1].iter_attachments())
    assert attached.get_content() == picture and attached.get_filename() == "graph ä.png"


def test_help_shows_what_can_be_done(lab, relay):
    """Goal: one screen, only what this version does, other commands for Ada than for Keegan."""
    arrive(lab, relay, mails.forward())
    arrive(lab, relay, mails.reply(lab.wait_mail("keegan")[0], mails.KEEGAN, "/help"))
    arrive(lab, relay, mails.reply(lab.wait_mail("ada")[0], mails.ADA, "/status\n/help"))
    his, hers = text_of(lab.wait_mail("keegan", 2)[1]), text_of(lab.wait_mail("ada", 2)[1])
    assert "/pass" in his and "/file" in his and "/file" not in hers and "/pass" not in hers and "/resolve" in hers
    assert "ESC-1 is assigned, with Keegan" in " ".join(hers.split())
    assert values(lab.mail_of("ada")[1], "Auto-Submitted") == "auto-replied"
