"""Webhooks: a chat room hears of what happens, once and signed; whatever its server does, no mail is late and nobody else hears."""
import hashlib
import hmac
import signal
import sqlite3
import time
from contextlib import closing
from datetime import datetime, timedelta, timezone

import pytest

from support import mails
from support.hook_sink import HookSink, cut, endless, flood, hang, later, redirect, says
from support.process import wait_until
from test_main_job import arrive, once

SECRET = "a-key-that-both-sides-know"


def hooked(lab, relay, sink, more="", trust=True):
    """A webhook to that server, signed."""
    key = relay.directory / "hook-key"
    key.touch(0o600)
    key.write_text(SECRET + "\n")
    ca = f"ca {lab.ca}; " if sink.certificate and trust else ""
    relay.configure(extra=f"webhook chat {{ url {sink.url}; secret file {key}; timeout 1s; {ca}{more} }}\n")


def owed(relay):
    """What the webhooks are still owed: (event, attempts)."""
    with closing(sqlite3.connect(f"file:{relay.store}?mode=ro", uri=True)) as db:
        return db.execute("SELECT event, attempts FROM hook ORDER BY id").fetchall()


def events(sink):
    return [post.json["event"] for post in sink.posts]


def ahead(**span):
    return datetime.now(timezone.utc) + timedelta(**span)


def send(relay, check=None, **options):
    return relay.run("send", "--once", check=check, **options)


# --- what a room hears ------------------------------------------------------------------------------------

def test_a_room_hears_the_life_of_a_case(lab, relay):
    """Goal: opened, assigned, answered, closed, open again, in that order, each once and signed; and not a word of anybody's mail."""
    with HookSink(certificate=lab.certificates.good()) as sink:
        hooked(lab, relay, sink)
        arrive(lab, relay, mails.forward(mails.ticket(sender="Wile <wile@acme.example>")))
        assignment = lab.wait_mail("keegan")[0]
        arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "Please set ZOEKT_MEMORY to 8g and tell me."))
        arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "/resolve answered: the customer's memory was too small"))
        arrive(lab, relay, mails.reply(lab.mail_of("ada")[-1], mails.ADA, "It is back."))
        assert events(sink) == ["opened", "assigned", "answered", "resolved", "reopened"]
        assert [post.json["text"].split(":")[0] for post in sink.posts] == [
            "ESC-1 (severity 1) of Ada Okafor", "ESC-1 is with Keegan", "Keegan answered in ESC-1", "ESC-1 is closed, answered",
            "ESC-1 is open again"]
        for post in sink.posts:
            told = post.headers["x-escrelay-timestamp"].encode() + b"." + post.body
            mac = hmac.new(SECRET.encode(), told, hashlib.sha256).hexdigest()
            assert post.headers["x-escrelay-signature"] == f"sha256={mac}"
            assert abs(int(post.headers["x-escrelay-timestamp"]) - time.time()) < 600
            assert post.headers["x-escrelay-id"] == post.json["id"] and post.headers["content-type"].startswith("application/json")
            for words in (b"ZOEKT_MEMORY", b"connection refused", b"It is back", b"memory was too small", b"have a look"):
                assert words not in post.body
        case = sink.posts[1].json
        assert (case["case"], case["state"], case["severity"], case["engineer"], case["customer"]) == ("ESC-1", "assigned", 1, "keegan", "acme")
        assert case["subject"] == "[SEV-1] Indexed search is down" and case["at"].endswith("Z") and case["unfurl_links"] is False
        assert len({post.json["id"] for post in sink.posts}) == 5 and owed(relay) == []


def test_what_strangers_wrote_is_no_markup(lab, relay):
    """Goal: a subject that mentions everybody, links, and breaks out of the text is shown as it is; secrets in it are blotted out."""
    subject = '<!channel> @here & [win](http://evil.example) "}, <http://evil.example|bank> token=ghp_abcdefghijklmnopqrstuvwxyz0123456789'
    with HookSink() as sink:
        hooked(lab, relay, sink, "events opened")
        arrive(lab, relay, mails.forward(mails.ticket(subject=subject)))
        [post] = sink.posts
        text = post.json["text"]
        assert "&lt;!channel&gt; @\u200bhere &amp; [win]\u200b(http://evil.example)" in text and "<" not in text
        assert "ghp_abcdef" not in post.body.decode()


def test_a_room_hears_what_it_asked_for(lab, relay):
    """Goal: two rooms, each with its own events: a held mail, a refused letter, an alarm; what no room wants is owed to nobody."""
    with HookSink() as chat, HookSink() as ops:
        hooked(lab, relay, chat, "events alarm waiting")
        relay.configure(extra=relay.parts["extra"] + f"webhook ops {{ url {ops.url}; events quarantined refused }}\n",
                        rotation="rotation core 2020-01-06 to 2020-02-03 { seats keegan }\n")
        arrive(lab, relay, mails.outsider())
        arrive(lab, relay, mails.forward(mails.ticket(subject="Nobody is there")))
        assert events(ops) == ["quarantined"] and events(chat) == ["alarm", "waiting"]
        assert "escrelay quarantine show 1" in ops.posts[0].json["text"] and "not staff" in ops.posts[0].json["detail"]
        assert ops.posts[0].json["case"] is None and "Cheap seats" not in ops.posts[0].body.decode()
        assert "x-escrelay-signature" not in ops.posts[0].headers, "no secret, no signature"
        assert "ESC-1 has no engineer" in chat.posts[0].json["text"] and "no engineer is on rotation" in chat.posts[0].json["detail"]


def test_an_act_by_hand_and_an_overdue_answer_are_heard(lab, relay):
    """Goal: what the operator does by the command line is owed in the same way; so is what time does."""
    with HookSink() as sink:
        hooked(lab, relay, sink, "events overdue assigned resolved")
        arrive(lab, relay, mails.forward())
        relay.run("decide", "--once", at=ahead(hours=3))
        relay.run("resolve", "ESC-1", "answered: by hand", at=ahead(hours=3, seconds=30))
        send(relay, check=True, at=ahead(hours=3, minutes=1))
        assert events(sink) == ["assigned", "overdue", "assigned", "resolved"]


def test_a_filing_is_heard_without_its_words(lab, relay):
    """Goal: /file of an engineer: which team, for what; the title, which are his words, stays in the mail."""
    with HookSink() as sink:
        hooked(lab, relay, sink, "events filed")
        arrive(lab, relay, mails.forward())
        arrive(lab, relay, mails.reply(lab.wait_mail("keegan")[0], mails.KEEGAN, "/file search: the index is too large\n\nWhat limits a shard?"))
        [post] = sink.posts
        assert post.json["text"].startswith("ESC-1 was filed with search for help: ") and b"too large" not in post.body and b"shard" not in post.body


# --- what its server may do -------------------------------------------------------------------------------



FAULTS = {"500": [500], "403 with a page": [says(403, "<h1>no access to /services/T0secret</h1>")], "hangs": [hang], "hangs up": [cut],
          "endless error": [endless(500)], "endless header": [flood(500)], "slow down": [later(120)], "a word why": [says(404, "no_service")]}


@pytest.mark.parametrize("name", FAULTS)
def test_a_failure_is_tried_again_later_and_delays_no_mail(lab, relay, name):
    """Goal: both letters are sent, the event waits its time and is posted again under its own id; the log does not say where to."""
    with HookSink(answers=FAULTS[name]) as sink:
        hooked(lab, relay, sink, "events opened")
        lab.send(mails.forward())
        lab.wait_mail("escalations")
        done = once(relay, check=1)
        assert lab.wait_mail("ada") and lab.wait_mail("keegan")
        assert "Webhook chat is owed 1 event." in relay.run("queue").stdout
        assert owed(relay) == [("opened", 1)] and done.stderr.count("webhook chat:") == 1
        assert "tried again for a day" in done.stderr and "T0secret" not in done.stderr
        assert ("it answers 404 (no_service)" in done.stderr) == (name == "a word why")
        assert sink.poured < 8 << 20, "its answer was not listened to"
        send(relay, check=1)
        assert len(sink.posts) == 1, "not before its time"
        send(relay, check=True if name != "slow down" else 1, at=ahead(seconds=60))
        if name == "slow down":
            assert len(sink.posts) == 1, "it asked for two minutes"
            send(relay, check=True, at=ahead(minutes=5))
        assert [post.json["id"] for post in sink.posts] == [sink.posts[0].json["id"]] * 2 and owed(relay) == []


def test_a_redirect_is_not_followed(lab, relay):
    """Goal: the other server is never asked, whatever it is; the event waits."""
    with HookSink() as elsewhere, HookSink(answers=[redirect(elsewhere.url)]) as sink:
        hooked(lab, relay, sink, "events opened")
        lab.send(mails.forward())
        lab.wait_mail("escalations")
        assert "a redirect is not followed" in once(relay, check=1).stderr
        assert elsewhere.posts == [] and owed(relay) == [("opened", 1)]


@pytest.mark.parametrize("kind", ["self_signed", "wrong_name", "expired", "good, not trusted"])
def test_a_certificate_is_verified(lab, relay, kind):
    """Goal: nothing is posted to a server that cannot prove who it is."""
    certificate = getattr(lab.certificates, kind.split(",")[0])()
    with HookSink(certificate=certificate) as sink:
        hooked(lab, relay, sink, "events opened", trust="not" not in kind)
        lab.send(mails.forward())
        lab.wait_mail("escalations")
        assert "certificate" in once(relay, check=1).stderr.lower()
        assert sink.posts == [] and owed(relay) == [("opened", 1)]


def test_who_says_yes_and_never_ends_has_it(lab, relay):
    """Goal: 200 and a body without an end: delivered, once, and no more of it is read than the limit."""
    with HookSink(answers=[endless(200)]) as sink:
        hooked(lab, relay, sink, "events opened")
        arrive(lab, relay, mails.forward())
        assert len(sink.posts) == 1 and owed(relay) == [] and sink.poured < 8 << 20


def test_after_a_day_it_is_given_up_with_one_line(lab, relay):
    """Goal: three events for a server that is not there: gone after a day, one line says how many; later ones are posted."""
    with HookSink() as gone:
        hooked(lab, relay, gone)
    arrive(lab, relay, mails.forward(), check=None)
    before = len(owed(relay))
    assert before == 2
    send(relay, at=ahead(hours=23))
    assert len(owed(relay)) == before
    done = send(relay, at=ahead(hours=25))
    assert owed(relay) == [] and done.stderr.count("given up after a day") == 1 and "2 events" in done.stderr


def test_without_its_secret_nothing_is_posted(lab, relay):
    """Goal: the key's file is gone: no unsigned post; when it is back, the event is posted, signed."""
    with HookSink() as sink:
        hooked(lab, relay, sink, "events opened")
        key = relay.directory / "hook-key"
        key.rename(relay.directory / "hidden")
        arrive(lab, relay, mails.forward(), check=None)
        assert sink.posts == [] and owed(relay) == [("opened", 1)]
        (relay.directory / "hidden").rename(key)
        send(relay, check=True, at=ahead(minutes=1))
        assert "x-escrelay-signature" in sink.posts[0].headers


def test_a_killed_sender_posts_it_again_under_the_same_id(lab, relay):
    """Goal: kill -9 while the server thinks: the event is not lost, and its receiver can tell that it is the same."""
    with HookSink(answers=[hang]) as sink:
        hooked(lab, relay, sink, "events opened")
        relay.configure(extra=relay.parts["extra"].replace("timeout 1s", "timeout 1m"))
        lab.send(mails.forward())
        lab.wait_mail("escalations")
        relay.start()
        wait_until(lambda: sink.posts, "it is posted")
        assert lab.wait_mail("ada") and lab.wait_mail("keegan"), "the letters do not wait for it"
        relay.stop(signal.SIGKILL)
        assert owed(relay) == [("opened", 0)]
        relay.start()
        wait_until(lambda: len(sink.posts) == 2 and owed(relay) == [], "it is posted again")
        assert sink.posts[0].json["id"] == sink.posts[1].json["id"]
        assert relay.stop() == 0


def test_a_stop_does_not_wait_for_a_server_that_hangs(lab, relay):
    """Goal: SIGTERM while it hangs: the relay ends well, the event stays and counts no attempt."""
    with HookSink(answers=[hang]) as sink:
        hooked(lab, relay, sink, "events opened")
        relay.configure(extra=relay.parts["extra"].replace("timeout 1s", "timeout 1m"))
        relay.start()
        lab.send(mails.forward())
        wait_until(lambda: sink.posts, "it is posted", 30)
        assert relay.stop() == 0
        assert owed(relay) == [("opened", 0)]


def test_plain_http_is_for_this_machine_alone(relay):
    """Goal: http:// to another host is a mistake that check points at."""
    relay.configure(extra="webhook chat { url http://chat.example.com/hook }\n")
    assert "http:// is for this very machine alone" in relay.run("check", check=3).stdout
