"""Goal: a real mail server takes what we send, over either kind of TLS, and its refusals are understood."""
import random
import time

import pytest

from support.smtp_driver import Driver, canonical

USER = "escalations@example.com"
PORTS = {"starttls": "submission", "implicit": "smtps"}


@pytest.fixture
def driver(tmp_path):
    return Driver(tmp_path)


def submit(driver, lab, tls="implicit", **options):
    """Sends as the relay would; the password is the lab's."""
    env = {"SECRET": options.pop("password", lab.password("escalations"))}
    more = options.pop("options", ())
    return driver.send(lab.postfix.ports[PORTS[tls]], "-c", lab.ca, *more, tls=tls,
                       user=options.pop("user", USER), sender=options.pop("sender", USER), env=env,
                       **options)


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_mails_arrive_whole_over_one_connection(driver, lab, tls):
    body = b"From: <escalations@example.com>\nTo: <ada@example.com>\nSubject: %d\n\n.\n..\nText.\n.\nend"
    results = submit(driver, lab, tls, mails=5, data=[body % n for n in range(5)])
    assert [mail["outcome"] for mail in results] == ["sent"] * 5, results
    assert [mail["reused"] for mail in results] == [False] + [True] * 4
    assert all("queued as" in mail["reply"] for mail in results)
    got = lab.wait_mail("ada", 5)
    assert sorted(mail["Subject"] for mail in got) == ["0", "1", "2", "3", "4"]
    for raw in lab.raw_of("ada"):
        assert raw.replace(b"\r\n", b"\n").endswith(b"\n\n.\n..\nText.\n.\nend\n")


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_wrong_password_is_the_submissions_fault(driver, lab, tls):
    result = submit(driver, lab, tls, password="not this one")
    assert (result["outcome"], result["code"]) == ("submission", 535), result
    assert "not this one" not in result["reply"]


def test_without_a_user_the_server_refuses_us_and_not_the_mail(driver, lab):
    """This server says so at RCPT and with 554, as many do: then it is the mail that is refused."""
    result = driver.send(lab.postfix.ports["smtps"], "-c", lab.ca, tls="implicit", sender=USER)
    assert result["outcome"] in ("submission", "hard"), result
    assert result["code"] in (530, 554)


def test_nobody_of_that_name(driver, lab):
    bad, = [submit(driver, lab, to="nobody-here@example.com")]
    assert (bad["outcome"], bad["code"], bad["enhanced"]) == ("hard", 550, "5.1.1"), bad


def test_too_large_is_known_before_the_first_byte(driver, lab):
    """S16: by the SIZE that is announced; without it at the end."""
    lab.postfix.reload(message_size_limit=20000)
    result = submit(driver, lab, data=b"Subject: x\n\n" + b"large\n" * 10_000)
    assert (result["outcome"], result["code"], result["bytes"]) == ("hard", 552, 0), result
    result = submit(driver, lab, data=b"Subject: x\n\n" + b"large\n" * 10_000, options=("-n",))
    assert (result["outcome"], result["code"]) == ("hard", 552), result


def test_random_lines_arrive_canonical(driver, lab):
    """S1, S17: what Postfix stores is what we meant; it would refuse or change what is not well-formed."""
    dice = random.Random(20)
    pieces = [b"\r", b"\n", b"\r\n", b".", b"..", b"word ", b"\r\n.\r\n", b"\n.\n", b"\n.\r\n"]
    bodies = [b"Subject: %d\n\n" % n + b"".join(dice.choices(pieces, k=400)) + b"end" for n in range(20)]
    results = submit(driver, lab, mails=20, data=bodies)
    assert [mail["outcome"] for mail in results] == ["sent"] * 20
    lab.wait_mail("ada", 20)
    got = {raw.replace(b"\r\n", b"\n").partition(b"\n\n")[2] for raw in lab.raw_of("ada")}
    assert got == {canonical(body).replace(b"\r\n", b"\n").partition(b"\n\n")[2] for body in bodies}


def test_a_kept_connection_that_the_server_tires_of(driver, lab):
    lab.postfix.reload(smtpd_timeout="1s")
    results = submit(driver, lab, mails=3, options=("-w", 2500))
    assert [mail["outcome"] for mail in results] == ["sent"] * 3, results
    lab.wait_mail("ada", 3)


def test_pace(driver, lab):
    """A hundred mails of 20 KB over one verified connection: seconds, not minutes."""
    began = time.monotonic()
    results = submit(driver, lab, mails=100, data=b"Subject: x\n\n" + b"a line of text for the pace\n" * 700)
    took = time.monotonic() - began
    assert {mail["outcome"] for mail in results} == {"sent"}
    print(f"{100 / took:.0f} mails a second")
    assert took < 20
