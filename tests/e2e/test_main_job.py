"""The main job, end to end, on real servers: an AER forwards a ticket, an engineer at work gets it
and answers, both keep one thread, and everything explains itself.

Each test is one story. `relay.run("run", "--once")` fetches what is there, decides it, and sends
what is owed: the three stages, one after the other.
"""
import email
import re
import time

import pytest

from support import mails


def once(relay, **options):
    """One round of the three stages."""
    return relay.run("run", "--once", **options)


def text_of(mail):
    """The plain text of a mail."""
    return mail.get_body(("plain",)).get_content()


def values(mail, name):
    """All values of a header field as one string."""
    return " ".join(str(value) for value in mail.get_all(name, ()))


def arrive(lab, relay, mail, number=None, **options):
    """The mail reaches the mailbox and goes through one round."""
    before = lab.count("escalations")
    lab.send(mail)
    lab.wait_mail("escalations", before + 1)
    once(relay, **options)


# --- from the mailbox to two people -----------------------------------------------------------------------

def test_a_forwarded_ticket_becomes_a_case_that_two_people_know_of(lab, relay):
    """Goal: journalled, acknowledged, opened, assigned, and both mails say who, why and when."""
    forward = mails.forward()
    arrive(lab, relay, forward)

    assert lab.count("escalations") == 0, "it left the inbox"
    assert lab.count("escalations", "Escalations/Done") == 1, "and is in the done folder"
    case = relay.one("list")
    assert case["id"] == "ESC-1" and case["state"] == "assigned" and case["engineer"] == "keegan"
    assert case["requester"]["address"] == "ada@example.com"

    [assignment] = lab.wait_mail("keegan")
    assert str(assignment["Subject"]) == "[ESC-1] [SEV-1] Indexed search is down"
    assert "via" in str(assignment["From"]) and "escalations@example.com" in str(assignment["From"])
    assert re.search(r"escalations\+[a-z2-7]{32}@example\.com", str(assignment["Reply-To"]))
    assert assignment["Auto-Submitted"] == "auto-generated"
    words = " ".join(text_of(assignment).replace("> ", "").split())
    assert "zoekt: connection refused" in words and "#4711" in words
    assert "/ack" in words and "Keegan: next in turn" in words

    [receipt] = lab.wait_mail("ada")
    words = text_of(receipt)
    assert "Keegan has your escalation" in words and "ESC-1" in words and "UTC" in words
    assert receipt["In-Reply-To"] == forward["Message-ID"]
    assert values(receipt, "References").split()[0] == values(assignment, "References").split()[0]


def test_the_original_is_attached_whole(lab, relay):
    """Goal: the engineer's mail holds the mail as it came, byte for byte, as message/rfc822, and names no attachment that it shows."""
    lab.send(mails.forward(style="attached"))
    [came] = lab.raw_of("escalations") if lab.wait_mail("escalations") else []
    once(relay)
    [raw] = lab.raw_of("keegan")
    boundary = re.search(rb'boundary="([^"]+)"', raw).group(1)
    attached = [part for part in raw.split(b"--" + boundary) if b"message/rfc822" in part.split(b"\r\n\r\n")[0]]
    assert len(attached) == 1
    assert attached[0].split(b"\r\n\r\n", 1)[1].rstrip(b"\r\n") == came.rstrip(b"\r\n")
    words = text_of(lab.mail_of("keegan")[0])
    assert "zoekt" in words and "It came with" not in words


def test_mail_is_seen_while_the_relay_waits(lab, relay):
    """Goal: IDLE tells of a mail long before the next poll."""
    relay.configure(mailbox=relay.mailbox(more="poll 10m"))
    relay.start()
    relay.wait_log(r"mailbox support")
    time.sleep(1)
    sent = time.monotonic()
    lab.send(mails.forward())
    lab.wait_mail("ada", timeout=20)
    assert time.monotonic() - sent < 10
    assert relay.stop() == 0


@pytest.mark.parametrize("way, folder, inbox", [("move", 1, 0), ("copy", 1, 0), ("keyword", 0, 1)])
def test_done_is_said_to_the_server_as_configured(lab, relay, way, folder, inbox):
    """Goal: MOVE, COPY and EXPUNGE by UID, or a keyword; and a second look fetches nothing again."""
    relay.configure(mailbox=relay.mailbox(more=f"poll 5s\n    acknowledge {way}"))
    arrive(lab, relay, mails.forward())
    once(relay)
    assert lab.count("escalations") == inbox
    assert (lab.count("escalations", "Escalations/Done") if folder else 0) == folder
    assert [case["id"] for case in relay.json("list")] == ["ESC-1"]
    if way == "keyword":
        [message] = lab.dovecot.messages("escalations@example.com")
        assert any("screlay" in str(flag) for flag in message.flags) and "\\Seen" not in str(message.flags)


def test_a_mail_that_a_person_read_before_is_fetched_all_the_same(lab, relay):
    """Goal: new is what the journal does not know, never what lacks \\Seen."""
    lab.send(mails.forward())
    lab.wait_mail("escalations")
    imap = lab.imap("escalations")
    imap.select("INBOX")
    imap.uid("STORE", "1:*", "+FLAGS", "(\\Seen)")
    imap.logout()
    once(relay)
    assert relay.one("list")["id"] == "ESC-1"


# --- whose turn -------------------------------------------------------------------------------------------

def test_cases_go_round(lab, relay):
    """Goal: four cases, three engineers, seat order, and round again; no one twice before."""
    for number in range(4):
        lab.send(mails.forward(mails.ticket(subject=f"Question {number}")))
        lab.wait_mail("escalations", number + 1)
    once(relay)
    cases = relay.json("list")
    assert [case["engineer"] for case in cases] == ["keegan", "bola", "valery", "keegan"]


HOURS = """engineer keegan { name "Keegan"; email keegan@example.com; zone Africa/Johannesburg; hours mon-fri 09:00-17:00 }
engineer bola { name "Bola"; email bola@example.com; zone Africa/Lagos; hours mon-fri 09:00-17:00 }
engineer valery { name "Valery"; email valery@example.com; zone America/Los_Angeles; hours mon-fri 09:00-17:00 }
"""
TUESDAY = "2026-11-24T"


def scheduled(relay):
    """Three engineers with hours of their own, in a rotation of their own."""
    relay.configure(engineers=HOURS,
                    rotation="rotation core 2026-11-02 to 2026-12-14 { seats keegan bola valery }\n")


def test_only_who_is_at_work_is_asked(lab, relay):
    """Goal: at 20:00 UTC on a Tuesday only California works; the receipt says who was skipped, and why."""
    scheduled(relay)
    arrive(lab, relay, mails.forward(), at=TUESDAY + "20:00:30+00:00")
    assert relay.one("list")["engineer"] == "valery"
    words = " ".join(text_of(lab.wait_mail("ada")[0]).split())
    assert "Valery" in words and "12:00 in Los Angeles" in words
    assert "Keegan skipped: 22:00 in Johannesburg" in words


def test_nobody_at_work_waits_and_is_assigned_when_the_window_opens(lab, relay):
    """Goal: the AER hears who starts when; at that hour the case is assigned; nothing in between."""
    scheduled(relay)
    arrive(lab, relay, mails.forward(mails.ticket(subject="[P3] A question")), at=TUESDAY + "04:00:00+00:00")
    assert relay.one("list")["state"] == "waiting"
    words = " ".join(text_of(lab.wait_mail("ada")[0]).split())
    assert "Keegan" in words and "07:00 UTC" in words and "09:00 in Johannesburg" in words
    assert lab.count("keegan") == 0

    once(relay, at=TUESDAY + "06:58:00+00:00")
    assert relay.one("list")["state"] == "waiting" and lab.count("keegan") == 0
    once(relay, at=TUESDAY + "07:00:30+00:00")
    assert relay.one("list")["engineer"] == "keegan"
    assert lab.wait_mail("keegan")
    assert "Keegan has ESC-1 now" in text_of(lab.wait_mail("ada", 2)[1])


def test_silence_hands_the_case_to_the_next(lab, relay):
    """Goal: no answer within the time promised: the next engineer gets it, and all three learn of it."""
    arrive(lab, relay, mails.forward())
    later = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(time.time() + 3 * 3600))
    once(relay, at=later)
    assert relay.one("list")["engineer"] == "bola"
    assert "zoekt" in text_of(lab.wait_mail("bola")[0])
    assert "Bola" in text_of(lab.wait_mail("keegan", 2)[1])
    assert "Bola has ESC-1 now" in text_of(lab.wait_mail("ada", 2)[1])


def test_an_empty_rotation_loses_nothing(lab, relay):
    """Goal: nobody is on rotation: the lead is told with the whole mail, the AER that he was."""
    relay.configure(rotation="rotation core 2020-01-06 to 2020-02-03 { seats keegan }\n")
    arrive(lab, relay, mails.forward())
    assert relay.one("list")["state"] == "waiting"
    lead = lab.wait_mail("support-lead")[0]
    assert "no engineer is on rotation" in " ".join(text_of(lead).split())
    assert any(part.get_content_type() == "message/rfc822" for part in lead.walk())
    assert "support-lead@example.com was told" in " ".join(text_of(lab.wait_mail("ada")[0]).split())


# --- what the rules say -----------------------------------------------------------------------------------

def test_what_no_rule_wants_opens_all_the_same(lab, relay):
    """Goal: the shipped last rule opens whatever staff forwards."""
    arrive(lab, relay, mails.forward(mails.ticket(subject="Plums", text="Are plums fruit?\n"), note=""))
    assert relay.one("list")["subject"] == "Plums"


def test_outsiders_wait_in_quarantine_and_the_operator_sees_them(lab, relay):
    """Goal: held, told to the operator, nobody answers the outsider; released, it opens a case."""
    arrive(lab, relay, mails.outsider())
    [held] = relay.json("quarantine")
    assert "not staff" in held["reason"]
    notice = lab.wait_mail("support-ops")[0]
    assert "A mail is held" in text_of(notice) and lab.count("outside") == 0
    assert relay.json("list") == []

    relay.run("quarantine", "release", held["journal"])
    once(relay)
    assert relay.one("list")["state"] == "assigned"
    assert relay.json("quarantine") == []


def test_staff_that_the_mail_server_disowns_is_held(lab, relay):
    """Goal: a From of ours with a failed DMARC opens nothing."""
    lab.send(mails.forward(), vouched=False)
    lab.wait_mail("escalations")
    once(relay)
    assert relay.json("list") == []
    assert "denies" in relay.one("quarantine")["reason"]


def rules(relay, text):
    """These rules alone."""
    for old in relay.rules.glob("*.rules"):
        old.unlink()
    (relay.rules / "10-test.rules").write_text(text)


def test_a_rule_files_straight_upstream(lab, relay):
    """Goal: the team's address gets a filing with a redacted rendering, never the raw mail; no case is opened; it answers to her."""
    relay.configure(extra='redact key ~ /sk_[a-z]+/ "[redacted]"\n')
    rules(relay, 'rule "to search" { subject ~ /rfh/; file search help }\n')
    arrive(lab, relay, mails.mail(mails.ADA, mails.ESCALATIONS, "[rfh search] zoekt eats memory", "The key is sk_abcdef.\n"))
    assert relay.json("list") == []
    filing = lab.wait_mail("search-help")[0]
    assert "zoekt eats memory" in str(filing["Subject"])
    assert "[redacted]" in text_of(filing) and "sk_abcdef" not in filing.as_string()
    assert not any(part.get_content_type() == "message/rfc822" for part in filing.walk())
    assert "Ada Okafor asks search for help" in " ".join(text_of(filing).split())
    assert "was filed with search" in " ".join(text_of(lab.wait_mail("ada")[0]).split())
    arrive(lab, relay, mails.reply(filing, "Search <search-help@example.com>", "Which version is it?"))
    question = lab.wait_mail("ada", 2)[1]
    assert text_of(question).startswith("Which version is it?")
    arrive(lab, relay, mails.reply(question, mails.ADA, "It is 5.2, and sk_abcdef does not work either."))
    answer = text_of(lab.wait_mail("search-help", 2)[1])
    assert answer.startswith("It is 5.2, and [redacted] does not work either.")
    assert relay.json("list") == [] and lab.count("keegan") == 0


def test_a_filing_has_what_the_rules_found(lab, relay):
    """Goal: severity, ticket and facts stand in the team's letter, as clean as the words that they were taken from; the customer, whom
    the shipped redactions take out of them, does not."""
    relay.configure(extra='redact key ~ /sk_[a-z]+/ "[redacted]"\n')
    rules(relay, r'''rule "to search" {
    subject ~ /#(?<ticket>\d+)/
    require version ~ /\bv(?<version>\d+\.\d+\.\d+)/ "Which version?"
    require key ~ /key is (?<key>\S+)/ "Which key?"
    subject ~ /\[sev-(?<severity>\d)\]/
    set severity $severity
    set customer acme
    file search defect
}
''')
    arrive(lab, relay, mails.mail(mails.ADA, mails.ESCALATIONS, "[sev-1] Ticket #4711: zoekt eats memory", "The key is sk_abcdef, with v5.2.1.\n"))
    filing = lab.wait_mail("search-help")[0]
    words = " ".join(text_of(filing).split())
    assert "Severity: 1 Ticket: 4711" in words and "Version: 5.2.1" in words, words
    assert "Key: [redacted]" in words and "sk_abcdef" not in filing.as_string()


def test_a_team_opens_nothing(lab, relay):
    """Goal: a team's mail about no case waits for a person; its tracker gets no answer."""
    arrive(lab, relay, mails.mail("Search tracker <search-help@example.com>", mails.ESCALATIONS, "[#12] new issue", "created\n"))
    assert relay.json("list") == [] and "team" in relay.one("quarantine")["reason"]
    assert lab.count("search-help") == 0


def test_rules_forward_and_ignore(lab, relay):
    """Goal: forwarded to a person with the mail attached; ignored with a reason in the journal."""
    rules(relay, 'rule "bills" { subject ~ /invoice/i; forward support-lead@example.com }\n'
                 'rule "noise" { subject ~ /weekly/i; ignore }\n')
    arrive(lab, relay, mails.mail(mails.ADA, mails.ESCALATIONS, "Invoice 12", "see below\n"))
    noise = mails.mail(mails.ADA, mails.ESCALATIONS, "The weekly report", "nothing\n")
    arrive(lab, relay, noise)
    assert any(part.get_content_type() == "message/rfc822" for part in lab.wait_mail("support-lead")[0].walk())
    [why] = relay.json("why", noise["Message-ID"])
    assert why["outcome"] == "ignored" and why["decision"]["rules"]["rule"] == "noise"
    assert relay.json("list") == [] and lab.count("ada") == 0


def test_the_same_mail_twice_acts_once(lab, relay):
    """Goal: delivered twice, with other trace fields: one case; the second says what it repeats."""
    forward = mails.forward()
    arrive(lab, relay, forward)
    arrive(lab, relay, forward)
    assert len(relay.json("list", "--all")) == 1
    verdicts = relay.json("why", forward["Message-ID"])
    assert sorted(mail["outcome"] for mail in verdicts) == ["duplicate", "opened"]


# --- the conversation -------------------------------------------------------------------------------------

def test_a_conversation_in_one_thread(lab, relay):
    """Goal: the engineer answers, the AER reads it and answers back; one thread each, nobody's address leaks."""
    arrive(lab, relay, mails.forward())
    assignment = lab.wait_mail("keegan")[0]
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "Please set ZOEKT_MEMORY to 8g and tell me."))
    assert relay.one("list")["state"] == "pending"
    answer = lab.wait_mail("ada", 2)[1]
    assert text_of(answer).startswith("Please set ZOEKT_MEMORY to 8g and tell me.")
    assert "connection refused" not in text_of(answer), "the quote is not relayed"
    assert "Keegan" in str(answer["From"]) and "escalations@example.com" in str(answer["From"])
    assert answer["Auto-Submitted"] is None

    arrive(lab, relay, mails.reply(answer, mails.ADA, "Done, it helps. Thank you!"))
    back = lab.wait_mail("keegan", 2)[1]
    assert text_of(back).startswith("Done, it helps.") and str(back["Subject"]).startswith("[ESC-1]")
    assert relay.one("list")["state"] == "owned"

    thread = {values(mail, "References").split()[0] for mail in lab.mail_of("keegan") + lab.mail_of("ada")}
    assert len(thread) == 1, "one constant id starts every thread"
    tokens = {str(mail["Reply-To"]) for mail in lab.mail_of("keegan")} & {str(mail["Reply-To"]) for mail in lab.mail_of("ada")}
    assert not tokens, "each has a reply address of his own"


def test_ack_and_resolve(lab, relay):
    """Goal: /ack makes it his, /resolve closes it with its cause; each answered by a transcript."""
    arrive(lab, relay, mails.forward())
    assignment = lab.wait_mail("keegan")[0]
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "/ack"))
    assert relay.one("list")["state"] == "owned"
    assert "/ack: ESC-1 is yours" in text_of(lab.wait_mail("keegan", 2)[1])
    assert lab.count("ada") == 1, "a command alone is nobody's answer"

    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "/resolve docs: the limit is documented now\n\nSee the page on memory."))
    assert relay.json("list") == []
    case = relay.one("list", "--all")
    assert case["state"] == "resolved"
    closed = text_of(lab.wait_mail("ada", 2)[1])
    assert "the limit is documented now" in closed and "See the page on memory." in closed
    assert "closed (docs)" in text_of(lab.wait_mail("keegan", 3)[2])

    arrive(lab, relay, mails.reply(lab.mail_of("ada")[1], mails.ADA, "It is back, sorry."))
    assert relay.one("list")["state"] == "owned" and relay.one("list")["engineer"] == "keegan"


def test_one_wrong_line_and_nothing_is_done(lab, relay):
    """Goal: all or none; the transcript says which line, and what was perhaps meant; the words are relayed."""
    arrive(lab, relay, mails.forward())
    assignment = lab.wait_mail("keegan")[0]
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "/ack\n/resolve answerd: use the flag\n\nUse the flag."))
    assert relay.one("list")["state"] == "pending", "his words are an answer; the commands did nothing"
    transcript = " ".join(text_of(lab.wait_mail("keegan", 2)[1]).split())
    assert "Nothing was done" in transcript and "answered" in transcript
    assert text_of(lab.wait_mail("ada", 2)[1]).startswith("Use the flag.")


def test_a_forged_command_does_nothing_and_its_victim_hears_of_it(lab, relay):
    """Goal: token and From are right, the mail server's word is missing: held, and the real person is asked."""
    arrive(lab, relay, mails.forward())
    forged = mails.reply(lab.wait_mail("keegan")[0], mails.KEEGAN, "/resolve answered: nothing to see here")
    lab.send(forged, vouched=False)
    lab.wait_mail("escalations")
    once(relay)
    assert relay.one("list")["state"] == "assigned"
    assert "A mail in your name gave commands" in " ".join(text_of(lab.wait_mail("keegan", 2)[1]).split())
    assert len(relay.json("quarantine")) == 1


def test_a_stranger_with_a_stolen_token_reaches_nobody(lab, relay):
    """Goal: the token alone proves nothing."""
    arrive(lab, relay, mails.forward())
    stolen = mails.reply(lab.wait_mail("keegan")[0], "Mallory <mallory@evil.example>", "/resolve answered: bye\n\nHello!")
    arrive(lab, relay, stolen)
    assert relay.one("list")["state"] == "assigned"
    assert lab.count("ada") == 1 and lab.count("outside") == 0
    assert len(relay.json("quarantine")) == 1


def test_an_engineer_out_of_office_is_replaced_at_once(lab, relay):
    """Goal: his auto-answer re-assigns the case, is answered by nobody, and the AER learns the new name."""
    arrive(lab, relay, mails.forward())
    arrive(lab, relay, mails.out_of_office(lab.wait_mail("keegan")[0], mails.KEEGAN))
    assert relay.one("list")["engineer"] == "bola"
    assert lab.wait_mail("bola") and "Bola has ESC-1 now" in text_of(lab.wait_mail("ada", 2)[1])
    lab.send(mails.forward(mails.ticket(subject="Another")))
    lab.wait_mail("escalations")
    once(relay)
    assert relay.json("list")[1]["engineer"] == "valery", "while he is away he is passed over"


# --- what the server says ---------------------------------------------------------------------------------

def test_a_refused_letter_reaches_a_person(lab, relay):
    """Goal (S11): 550 for the AER's receipt: not tried again, shown by queue in the server's words, the operator is told."""
    ghost = mails.forward(sender="Ghost <ghost@example.com>")
    lab.postfix.send("ada@example.com", ["escalations@example.com"],
                     ghost.as_bytes(policy=email.policy.SMTP), True)
    lab.wait_mail("escalations")
    once(relay, check=None)
    refused = [row for row in relay.json("queue") if row["state"] == "refused"]
    assert [row["to"] for row in refused] == ["ghost@example.com"] and refused[0]["code"] == 550
    once(relay, check=None)
    told = " ".join(text_of(lab.wait_mail("support-ops")[0]).split())
    assert "ghost@example.com" in told and "550" in told


# --- the operator -----------------------------------------------------------------------------------------

def test_a_broken_rule_never_takes_over(lab, relay):
    """Goal: SIGHUP with a broken rule: place and reason in the log, the old rules go on; mended, the new ones do."""
    relay.start()
    relay.wait_log(r"mailbox support")
    relay.wait_decide()
    broken = relay.rules / "00-broken.rules"
    broken.write_text('rule "x" {\n    subject ~ /^\\[sev-(2\\]/i\n    ignore\n}\n')
    relay.hup()
    relay.wait_log(r"00-broken\.rules:2:\d+: error: .*parenthes")
    relay.wait_log(r"decide: .*stays in force")
    lab.send(mails.forward())
    assert lab.wait_mail("ada", timeout=30)
    broken.write_text('rule "x" { subject ~ /plums/i; ignore }\n')
    relay.hup()
    relay.wait_log(r"decide: .*was read anew")
    lab.send(mails.forward(mails.ticket(subject="Plums")))
    lab.wait_mail("escalations", 2, folder="Escalations/Done", timeout=30)
    relay.wait_log(r"ignored: rule \"x\"")
    assert relay.stop() == 0


def test_the_log_says_as_much_as_is_wanted(lab, relay):
    """Goal: `log error` keeps the ordinary lines to itself; the default says what was journalled."""
    lab.send(mails.forward())
    lab.wait_mail("escalations")
    assert "journalled 1 message" in once(relay).stderr
    relay.configure(extra="log error\n")
    lab.send(mails.forward(mails.ticket(subject="Quietly")))
    lab.wait_mail("escalations")
    assert once(relay).stderr == "" and len(relay.json("list")) == 2


def test_two_relays_on_one_store(lab, relay):
    """Goal: the second says who holds it and ends with 3; the first goes on."""
    first = relay.start()
    relay.wait_log(r"mailbox support")
    relay.wait_decide()             # else the second may be the first
    second = relay.run("decide", check=3)
    assert "another decide works" in second.stderr
    assert first.poll() is None
    assert relay.stop() == 0


def test_the_views_are_made_for_people_and_for_programs(lab, relay):
    """Goal: list, show, why, queue, quarantine, check: readable, and JSON with the promised keys."""
    assert relay.run("list", check=3).stderr.count("\n") == 1, "no store yet: one clear line"
    arrive(lab, relay, mails.forward())
    assert set(relay.one("list")) == {"id", "state", "severity", "engineer", "requester", "subject", "opened", "filings_open"}
    assert set(relay.one("show", "ESC-1")) >= set(relay.one("list"))
    assert "ESC-1" in relay.run("list").stdout and "Keegan: next in turn" in relay.run("show", "1").stdout
    why = relay.run("why", "ESC-1").stdout
    assert "rule" in why and "dmarc=pass" in why
    assert "Nothing is owed." in relay.run("queue").stdout
    assert relay.run("queue", "--all").stdout.count(" sent ") == 2
    assert "Nothing is held." in relay.run("quarantine").stdout
    check = relay.run("check", "--online", check=None)
    assert "rules" in check.stdout and "logged in at" in check.stdout, check.stdout
    for wrong in (["lst"], ["show", "x"], ["queue", "retry"], ["list", "--al"]):
        assert "usage" in relay.run(*wrong, check=2).stderr
