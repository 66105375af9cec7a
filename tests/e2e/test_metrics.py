"""Figures for a monitoring system, read by a parser that is not ours."""
import json
import os
import re
import stat
from datetime import datetime, timezone
from itertools import chain

from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as prometheus

from support import mails
from test_filings import REASON, TEAMS
from test_main_job import arrive


def samples(text):
    """{(name, labels as a sorted tuple): value} as the parser of OpenMetrics, which is strict, reads them."""
    return {(s.name, *sorted(s.labels.values())): s.value for family in openmetrics(text) for s in family.samples}


def test_what_the_figures_say(lab, relay):
    """Goal: two parsers read the page; its figures are those of a relay with a case, a filing, a held mail, a refused and a waiting one."""
    relay.configure(teams=TEAMS)
    before = datetime.now(timezone.utc).timestamp()
    arrive(lab, relay, mails.forward())
    assignment = lab.wait_mail("keegan")[0]
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, f"/file search: memory\n\n{REASON}"))
    arrive(lab, relay, mails.outsider())
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "/close F1"))
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "/resolve duplicate ESC-9: x"))
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "/resolve answered: the limit"))
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "/reopen"))
    arrive(lab, relay, mails.reply(assignment, mails.KEEGAN, "/file docs docs: limits"))
    assert relay.one("list")["state"] == "upstream", relay.run("show", "ESC-1").stdout
    text = relay.run("metrics").stdout
    got = samples(text)
    for name, value in {("escrelay_build_info", relay.run("version").stdout.split()[1]): 1,
                        ("escrelay_stage_up", "decide"): 0, ("escrelay_mails_total",): 8, ("escrelay_journal_kept",): 0,
                        ("escrelay_quarantine_held",): 1, ("escrelay_letters", "queued"): 0, ("escrelay_letters", "refused"): 0,
                        ("escrelay_queue_held",): 0, ("escrelay_cases_opened_total",): 1,
                        ("escrelay_cases_resolved_total", "answered"): 1, ("escrelay_cases", "upstream"): 1, ("escrelay_cases", "waiting"): 0,
                        ("escrelay_assignments_total", "keegan"): 1, ("escrelay_engineer_cases", "keegan"): 1,
                        ("escrelay_filings_open", "docs", "docs"): 1, ("escrelay_budget_ratio", "28"): 1, ("escrelay_budget_goal_ratio",): 0.1,
                        ("escrelay_rotation_seats", "core"): 3, ("escrelay_rotation_on_shift", "core"): 3}.items():
        assert got.get(name) == value, name
    assert [value for name, value in got.items() if name[0] == "escrelay_rule_hits_total" and value > 0]
    for name in (("escrelay_mailbox_seen_timestamp_seconds", "support"), ("escrelay_quarantine_oldest_timestamp_seconds",),
                 ("escrelay_cases_oldest_timestamp_seconds", "upstream")):
        assert before - 60 <= got[name] <= before + 3600, name
    assert got[("escrelay_letters_owed_total",)] == got[("escrelay_letter_attempts_total",)] == len(relay.json("queue", "list", "--all"))
    assert ("escrelay_journal_kept_oldest_timestamp_seconds",) not in got, "what is not there has no time"
    assert got[("escrelay_rotation_ends_timestamp_seconds", "core")] > before
    assert got[("escrelay_store_bytes",)] > got[("escrelay_store_free_bytes",)] >= 0

    older = {(s.name, *sorted(s.labels.values())): s.value for s in chain(*(family.samples for family in prometheus(text)))}
    assert older == got, "node_exporter reads the older form"
    as_json = [json.loads(line) for line in relay.run("metrics", "--json").stdout.splitlines()]
    assert {"escrelay_cases", "escrelay_mails"} <= {row["name"] for row in as_json}
    assert {"name": "escrelay_cases", "type": "gauge", "unit": None, "labels": {"state": "upstream"}, "value": 1} in as_json


def test_a_stage_that_runs_is_seen_and_not_disturbed(lab, relay):
    """Goal: up while it runs; asked all the time, no other stage fails to start."""
    relay.run("decide", "--once")           # there is a store
    relay.start("run")
    for _ in range(20):
        up = samples(relay.run("metrics").stdout)
    assert [up["escrelay_stage_up", stage] for stage in ("fetch", "decide", "send")] == [1, 1, 1]
    relay.stop()
    assert samples(relay.run("metrics").stdout)["escrelay_stage_up", "fetch"] == 0


def test_into_a_file(relay):
    """Goal: --out replaces it as a whole, readable for everybody, and leaves nothing else; where it cannot, the old one stays."""
    relay.run("decide", "--once")
    folder = relay.directory / "textfile"
    folder.mkdir()
    page = folder / "escrelay.prom"
    page.write_text("old\n")
    relay.run("metrics", "--out", page)
    assert samples(page.read_text())["escrelay_mails_total",] == 0 and stat.S_IMODE(page.stat().st_mode) == 0o644
    assert os.listdir(folder) == ["escrelay.prom"]
    assert "cannot write" in relay.run("metrics", "--out", folder / "none/x.prom", check=3).stderr
    relay.store.rename(folder / "away.db")
    relay.run("metrics", "--out", page, check=3)
    assert "escrelay_mails_total" in page.read_text()
    relay.run("metrics", "--out", check=2)


def test_the_guide_names_them_all(relay):
    """Goal: each family of the program is in the table of docs/operator.md, and no other."""
    from support import REPOSITORY
    source = (REPOSITORY / "src/cli/metrics_gather.c").read_text()
    families = {name + ("_total" if kind == "COUNTER" else "")
                for name, kind in re.findall(r'exposition_family\(\s*x, "(\w+)", (\w+)', source)}
    table = re.search(r"^\| figure \| is.*?\n\n", (REPOSITORY / "docs/operator.md").read_text(), re.M | re.S).group(0)
    assert {span for row in table.splitlines()[2:] for span in re.findall(r"`(escrelay_\w+)[`{]", row)} == families
