"""Goal: what a real submission server does to our letters on their way costs neither the thread nor the case."""
from support import mails
from support.process import wait_until


def once(relay, **options):
    """All three stages once."""
    return relay.run("run", "--once", **options)


def text_of(mail):
    """Its readable text, on one line."""
    return " ".join(mail.get_body(("plain",)).get_content().split())


def test_a_server_that_gives_our_letters_other_message_ids(lab, relay, tmp_path):
    """S15: as Amazon SES and Exchange do; an answer that knows only that id finds its case all the same."""
    lab.send(mails.forward())
    lab.wait_mail("escalations")
    rewrite = tmp_path / "rewrite"
    rewrite.write_text("/^Message-ID: *<[^@]*@.*>/  REPLACE Message-ID: <010001-rewritten@ses.example>\n")
    rewrite.chmod(0o644)
    lab.postfix.reload(header_checks=f"regexp:{rewrite}")
    once(relay)
    [assignment] = lab.wait_mail("keegan")
    assert assignment["Message-ID"] == "<010001-rewritten@ses.example>"
    lab.postfix.reload(header_checks=None)
    lab.send(mails.reply(assignment, mails.KEEGAN, "The index was rebuilt at noon.", Subject="no tag here",
                         References="<010001-rewritten@ses.example>"))
    lab.wait_mail("escalations")
    once(relay)
    assert relay.one("list")["id"] == "ESC-1"
    assert "The index was rebuilt at noon." in text_of(lab.wait_mail("ada", 2)[-1])


def test_a_server_that_takes_smaller_mails_than_the_forward(lab, relay):
    """S16: the large letter is refused at once, in the server's words; its operator is told, the AER has his receipt."""
    forward = mails.forward()
    forward.add_attachment(b"goroutine 1 [running]\n" * 20_000, maintype="application", subtype="octet-stream",
                           filename="trace.bin")
    lab.send(forward)
    lab.wait_mail("escalations")
    lab.postfix.reload(message_size_limit=100_000)
    once(relay, check=None)
    assert "ESC-1" in str(lab.wait_mail("ada")[0]["Subject"])
    [refused] = [row for row in relay.json("queue") if row["state"] == "refused"]
    assert (refused["code"], refused["attempts"]) == (552, 1)
    once(relay, check=None)
    wait_until(lambda: any("552" in text_of(mail) for mail in lab.mail_of("support-ops")), "the operator is told")
