"""D14. A case that comes while nobody is at work: who hears what, and when it is assigned."""
from support import mails
from test_main_job import arrive, once, text_of

KEEGAN = ('engineer keegan {{ name "Keegan"; email keegan@example.com; zone Europe/London; '
          'hours mon-fri 09:00-17:00; offhours {} }}\n')
ROTATION = "rotation core 2026-11-02 to 2026-12-14 { seats keegan }\n"
SATURDAY, MONDAY, TUESDAY = "2026-11-28T12:00:00+00:00", "2026-11-30T", "2026-12-01T"
QUESTION = {"subject": "A plain question", "text": "How?\n"}


def weekday_worker(relay, offhours="no", more=""):
    relay.configure(engineers=KEEGAN.format(offhours), rotation=ROTATION + more)


def waits(lab, relay):
    """A question on Saturday, and what Ada reads at once."""
    arrive(lab, relay, mails.forward(mails.ticket(**QUESTION), note=""), at=SATURDAY)
    assert relay.one("list", at=SATURDAY)["state"] == "waiting"
    return " ".join(text_of(lab.wait_mail("ada")[0]).split())


def test_over_a_weekend_it_waits_for_the_first_instant_of_the_window(lab, relay):
    """Goal: Ada learns the hour at once; half a minute before nothing has happened, and then Keegan has the case."""
    weekday_worker(relay)
    assert "Keegan starts Mon 30 Nov, 09:00 UTC" in waits(lab, relay)
    once(relay, at=MONDAY + "08:59:30+00:00")
    assert relay.one("list")["state"] == "waiting" and lab.count("keegan") == 0
    once(relay, at=MONDAY + "09:00:02+00:00")
    assert relay.one("list")["engineer"] == "keegan" and lab.wait_mail("keegan")


def test_an_absence_added_meanwhile_moves_the_start(lab, relay):
    """Goal: away on Monday is believed, although Monday was promised: it is assigned on Tuesday at nine."""
    weekday_worker(relay)
    waits(lab, relay)
    weekday_worker(relay, more="away keegan 2026-11-30 to 2026-12-01\n")
    once(relay, at=MONDAY + "09:00:30+00:00")
    assert relay.one("list")["state"] == "waiting" and lab.count("keegan") == 0
    once(relay, at=TUESDAY + "09:00:02+00:00")
    assert relay.one("list")["engineer"] == "keegan"


def test_who_may_be_disturbed_is_where_the_severity_allows(lab, relay):
    """Goal: on Saturday severity 1 goes to Keegan, who said that he may be asked; a plain question waits all the same."""
    weekday_worker(relay, offhours="yes")
    waits(lab, relay)
    arrive(lab, relay, mails.forward(), at=SATURDAY)
    assert [case["engineer"] for case in relay.json("list")] == [None, "keegan"]


def by_mail(lab, relay, text, at):
    """A command of Keegan's on the case that he owns; when the other waits until then."""
    arrive(lab, relay, mails.reply(lab.wait_mail("keegan")[0], mails.KEEGAN, text), at=at)


def keegan_owns_one(lab, relay):
    """From Friday, so that he has something to reply to."""
    arrive(lab, relay, mails.forward(mails.ticket("Another", "Why?\n")), at="2026-11-27T12:00:00+00:00")
    by_mail(lab, relay, "/ack", "2026-11-27T12:05:00+00:00")


def last(relay):
    """Whose the newest case is, None while it waits."""
    return relay.json("list")[-1]["engineer"]


def test_an_absence_by_mail_moves_the_start_and_none_moves_it_back(lab, relay):
    """Goal: on Sunday he says that he is away on Monday: Tuesday at nine. Of what he takes back in time nothing remains: Monday at nine."""
    weekday_worker(relay)
    keegan_owns_one(lab, relay)
    arrive(lab, relay, mails.forward(mails.ticket(**QUESTION), note=""), at=SATURDAY)
    by_mail(lab, relay, "/away 2026-11-30", "2026-11-29T10:00:00+00:00")
    once(relay, at=MONDAY + "09:00:30+00:00")
    assert last(relay) is None
    once(relay, at="2026-11-30T20:00:00+00:00")
    by_mail(lab, relay, "/away 2026-12-01 to 2026-12-03", "2026-11-30T20:01:00+00:00")
    by_mail(lab, relay, "/away none", "2026-11-30T20:02:00+00:00")
    once(relay, at=TUESDAY + "08:59:30+00:00")
    assert last(relay) is None
    once(relay, at=TUESDAY + "09:00:02+00:00")
    assert last(relay) == "keegan"


def test_a_seat_that_changes_hands_over_the_weekend_moves_it_to_the_other(lab, relay):
    """Goal: Keegan was promised for nine; on Sunday the roster gives his seat to Bola, who starts at eight: it is hers at eight."""
    bola = KEEGAN.replace("keegan", "bola").replace("Keegan", "Bola").replace("09:00-17:00", "08:00-16:00").format("no")
    relay.configure(engineers=KEEGAN.format("no") + bola, rotation=ROTATION)
    waits(lab, relay)
    relay.configure(rotation=ROTATION.replace("keegan", "bola"))
    once(relay, at="2026-11-29T10:00:00+00:00")
    assert last(relay) is None
    once(relay, at=MONDAY + "08:00:02+00:00")
    assert last(relay) == "bola" and lab.count("keegan") == 0


def test_the_first_instant_of_a_rotation_is_not_missed(lab, relay):
    """Goal: nobody is on rotation on Saturday, one begins on Monday at nine, with its engineer at work: it is his at nine."""
    relay.configure(engineers=KEEGAN.format("no"), rotation=ROTATION.replace("2026-11-02", "2026-11-30"),
                    head=relay.parts["head"].replace("handover    00:00 UTC", "handover    09:00 Europe/London"))
    arrive(lab, relay, mails.forward(mails.ticket(**QUESTION), note=""), at=SATURDAY)
    for at in ("2026-11-29T23:10:00+00:00", MONDAY + "08:40:00+00:00"):
        once(relay, at=at)
        assert last(relay) is None
    once(relay, at=MONDAY + "09:00:02+00:00")
    assert last(relay) == "keegan"
