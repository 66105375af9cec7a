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
