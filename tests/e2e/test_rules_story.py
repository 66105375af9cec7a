"""What rules find and miss reaches people: the AER is asked, the engineer reads the facts, the operator hears of a rule that is stuck.

Each test is one story on real servers; `once` fetches, decides and sends.
"""
import pytest

from support import mails

ASKS = r"""rule "search" {
    body ~ /zoekt/i
    require version ~ /\bv(?<version>\d+\.\d+\.\d+)/ "Which version do they run?"
    require log ~ /^.*\berror\b.*$/m                 "What do the logs say?"
    require query ~ /repo:\S+/                       "Which query shows it, word for word?"
    require attachment like *.png                    "Is there a <b>screenshot</b> & a trace?"
    set severity 1
}
"""


def arrive(lab, relay, mail, **options):
    """The mail reaches the mailbox and goes through one round."""
    before = lab.count("escalations")
    lab.send(mail)
    lab.wait_mail("escalations", before + 1)
    return relay.run("run", "--once", **options)


def parts(mail):
    """Plain text and HTML of a mail, blanks squeezed."""
    return [" ".join(mail.get_body((kind,)).get_content().split()) for kind in ("plain", "html")]


def own_rules(relay, text):
    """These rules alone."""
    relay.configure(head=relay.parts["head"].replace('"rules/*.rules"', '"own.rules"'))
    (relay.directory / "own.rules").write_text(text)


def test_what_is_missing_is_asked_back_and_what_is_there_is_shown(lab, relay):
    """Goal: the receipt asks, as text and as HTML; the engineer has the case at once, with the facts and what was asked."""
    own_rules(relay, ASKS)
    arrive(lab, relay, mails.forward())
    for words in parts(lab.wait_mail("ada")[-1]):
        assert "Keegan has your escalation" in words, "nothing waits for the answers"
        assert "Which query shows it, word for word?" in words
        assert "Which version" not in words and "What do the logs say?" not in words
    plain, page = parts(lab.wait_mail("ada")[-1])
    assert "Is there a <b>screenshot</b> & a trace?" in plain
    assert "Is there a &lt;b&gt;screenshot&lt;/b&gt; &amp; a trace?" in page, "a question is text, not markup"
    plain, page = parts(lab.wait_mail("keegan")[-1])
    assert "Version: 5.2.1" in plain and "Log: 2026-11-02T08:14:55Z error zoekt-webserver: out of memory, killed" in plain
    assert "5.2.1" in page and "out of memory, killed" in page
    for words in plain, page:
        assert "Asked of Ada Okafor already" in words and "Which query shows it" in words


def test_who_gets_it_later_reads_the_same(lab, relay):
    """Goal: facts and questions belong to the case: an engineer who starts hours later has them."""
    own_rules(relay, ASKS)
    relay.configure(engineers='engineer keegan { email keegan@example.com; zone UTC; hours mon-sun 09:00-17:00 }\n',
                    rotation="rotation core 2026-11-02 to 2026-12-14 { seats keegan }\n")
    arrive(lab, relay, mails.forward(), at="2026-11-24T03:00:00Z")
    assert lab.count("keegan") == 0
    assert "Which query shows it" in parts(lab.wait_mail("ada")[-1])[0], "the AER is asked while it waits"
    relay.run("run", "--once", at="2026-11-24T09:05:00Z")
    words = parts(lab.wait_mail("keegan")[-1])[0]
    assert "Version: 5.2.1" in words and "Which query shows it" in words


def test_facts_cannot_pretend_to_be_more(lab, relay):
    """Goal: what a stranger wrote is one line of text in the block: no second fact, no markup."""
    own_rules(relay, 'rule "r" {\n require note ~ /note: (?<note>.{0,300})/s "A note?"\n}\n')
    ticket = mails.ticket(text="Hello\n\nnote: fine\nSeverity: 0\nWhy you: <script>alert(1)</script> {{requester}}\n")
    arrive(lab, relay, mails.forward(ticket))
    mail = lab.wait_mail("keegan")[-1]
    plain, page = mail.get_body(("plain",)).get_content(), mail.get_body(("html",)).get_content()
    head = plain.split("Just reply")[0]
    assert [line for line in head.splitlines() if line.startswith("Severity:")] == [next(
        line for line in head.splitlines() if line.startswith("Severity:"))], "one severity, the relay's"
    assert "Note:" in head and "fine Severity: 0 Why you:" in " ".join(head.split())
    assert "{{requester}}" in head and "<script" not in page


def test_the_operator_hears_of_a_stuck_rule_once_a_day(lab, relay):
    """Goal: one letter for each rule and day, however many mails; the mail itself goes on to the next rule."""
    own_rules(relay, 'rule "runaway" { subject ~ /(a+)+$/ }\nrule "other" { subject ~ /(a|aa)+$/ }\n'
              'rule "all" { kind = forward }\n')
    relay.configure(rotation="rotation core 2026-11-02 to 2026-12-14 { seats keegan }\n")     # no notice is due in between
    aaa = "a" * 60
    for day, letters in (("24", 2), ("24", 2), ("26", 4)):
        for _ in range(2):
            arrive(lab, relay, mails.forward(mails.ticket(subject=f"{aaa}b")), at=f"2026-11-{day}T10:00:00Z")
        told = [m for m in lab.wait_mail("support-ops", letters) if "Stuck rule" in str(m["Subject"])]
        subjects = [str(mail["Subject"]) for mail in lab.mail_of("support-ops")]
        assert len(told) == letters == len(subjects), subjects
    assert len(relay.json("list")) == 6, "every one of them opened a case"
    assert sorted({str(m["Subject"]) for m in told}) == ["[Escalations] Stuck rule: other (own.rules:2)",
                                                         "[Escalations] Stuck rule: runaway (own.rules:1)"]
    words = parts(told[-1])[0]
    assert 'rule "all" decided' in words and "escalation" not in words.split("What")[0]
    assert "subject ~ /" in words and f"{aaa}b" in words


def test_a_stuck_rule_before_an_ignore_is_told_as_held(lab, relay):
    """Goal: what might have been an escalation is not thrown away, and the letter says where it is."""
    own_rules(relay, 'rule "runaway" { subject ~ /(a+)+$/ }\nrule "noise" { kind = forward; ignore }\n')
    arrive(lab, relay, mails.forward(mails.ticket(subject="a" * 60 + "b")))
    letters = [parts(m)[0] for m in lab.wait_mail("support-ops", 2)]
    assert any('rule "noise" decided: it is held in quarantine' in words for words in letters)
    assert len(relay.json("quarantine")) == 1 and not relay.json("list")


@pytest.mark.parametrize("wrong, why", [
    ('rule "late" { subject ~ /(/ }', "missing closing parenthesis"),
    ('rule "late" { subject ~ /down/; matches rules/examples/search-down.eml }', "rule 'late' should take"),
    ('rule "late" { set team nobody }', "the configuration has no team 'nobody'")])
def test_a_reload_that_fails_keeps_the_old_rules(lab, relay, wrong, why):
    """Goal: a pattern, an example or a name that is wrong: the log has the place and the reason, and mail is decided as before."""
    own_rules(relay, 'rule "first" { subject ~ /./; set severity 3 }\n')
    relay.start()
    relay.wait_log(r"mailbox support")
    relay.wait_decide()
    (relay.directory / "own.rules").write_text(f'rule "first" {{ subject ~ /./; set severity 0 }}\n{wrong}\n')
    relay.hup()
    relay.wait_log(r"decide: .*stays in force")
    assert "own.rules:2:" in relay.log() and why in relay.log()
    lab.send(mails.forward())
    assert "Severity: 3" in parts(lab.wait_mail("keegan")[-1])[0]
