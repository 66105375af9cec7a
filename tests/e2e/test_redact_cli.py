"""'inspect --redact' shows what a team would not get to see: line by line for people, as JSON for programs."""
import json
import os
import subprocess
from pathlib import Path

from conftest import PROGRAM
from support import REPOSITORY

MAIL = """From: Ada <ada@example.com>
To: escalations@example.com
Subject: Fwd: Acme: password=hunter22

see below, ticket 4711

---------- Forwarded message ---------
From: Wile <wile@acme.example>
Date: Mon, 2 Nov 2026 at 09:00
Subject: it fails
To: <support@example.com>

The log:
-----BEGIN EC PRIVATE KEY-----
MHcCAQEE
-----END EC PRIVATE KEY-----
GET /x
Authorization: Bearer abcdef0123456789
Acme Corp. needs help
"""
CONF = """address escalations@example.com
operator o@example.com
staff example.com
authserv-id none
redact ticket ~ /ticket \\d+/ "[ticket]"
customer acme { name "Acme Corp."; domain acme.example }
"""


def run(*words, conf="/nonexistent/relay.conf", stdin=MAIL):
    """The program."""
    return subprocess.run([PROGRAM, "-c", conf, *words], input=stdin, text=True, capture_output=True, timeout=60)


def test_without_a_configuration_the_defaults_count():
    """The diff: each line that changes before and after, what was swallowed before alone, and how often what was found."""
    done = run("inspect", "--redact", "-")
    assert done.returncode == 0, done.stderr
    assert done.stdout == """subject
    1 - Fwd: Acme: password=hunter22
      + Fwd: Acme: password=[secret]

original
    2 - -----BEGIN EC PRIVATE KEY-----
      + [private key]
    3 - MHcCAQEE
    4 - -----END EC PRIVATE KEY-----
    6 - Authorization: Bearer abcdef0123456789
      + Authorization: Bearer [authorization]

password: 1 place
private-key: 1 place
authorization: 1 place
"""


def test_with_a_configuration_its_own_and_its_customers_too(tmp_path):
    """As JSON: the redacted texts, the report, the changes with their part and line."""
    (tmp_path / "relay.conf").write_text(CONF)
    done = run("inspect", "--redact", "--json", "-", conf=str(tmp_path / "relay.conf"))
    got = json.loads(done.stdout)
    assert got["subject"] == "Fwd: [customer]: password=[secret]" and "[ticket]" in got["text"]
    assert got["original"].splitlines()[-1] == "[customer] needs help" and "MHcC" not in done.stdout.split('"changes"')[0]
    assert {"part": "text", "line": 1, "before": "see below, ticket 4711", "after": "see below, [ticket]"} in got["changes"]
    assert {"part": "original", "line": 3, "before": "MHcCAQEE", "after": None} in got["changes"]
    assert "ticket: 1 place" in got["report"]


def test_a_broken_configuration_is_no_reason_to_show_less(tmp_path):
    """Goal: what redacts cannot be told from a configuration that cannot be read: exit 3, no diff."""
    (tmp_path / "relay.conf").write_text(CONF + "redact x ~ /(/ \"y\"\n")
    done = run("inspect", "--redact", "-", conf=str(tmp_path / "relay.conf"))
    assert done.returncode == 3 and done.stdout == "" and "missing closing parenthesis" in done.stderr


def test_what_is_too_long_is_said():
    """Goal: of a text beyond the limit the rest is left out; the report says so, and shows no line of it as a secret."""
    long = "From: a@example.com\nSubject: x\n\n" + "all is well, says the log, again\n" * 20000
    done = run("inspect", "--redact", "-", stdin=long)
    assert done.stdout == "length: all beyond 256 kB is left out\n"
    got = json.loads(run("inspect", "--redact", "--json", "-", stdin=long).stdout)
    assert got["changes"] == [] and len(got["text"]) == 256 * 1024


def test_wrong_use():
    """Exit 2 with a word."""
    for words in (["inspect", "--redact"], ["inspect", "--redakt", "-"]):
        done = run(*words)
        assert done.returncode == 2 and done.stderr and not done.stdout


def test_ordinary_mail_stays_whole():
    """Goal: in the whole corpus, and in the examples of the rules, the defaults take nothing out."""
    corpus = sorted(map(str, [*(REPOSITORY / "tests/corpus").rglob("*.eml"), *(REPOSITORY / "rules/examples").glob("*.eml")]))
    more = os.environ.get("REDACT_CORPUS")          # another folder of mails
    corpus += sorted(map(str, Path(more).rglob("*.eml"))) if more else []
    lines = run("inspect", "--redact", "--json", *corpus).stdout.splitlines()
    assert len(lines) == len(corpus) > 100
    assert [(path, got["changes"]) for path, got in zip(corpus, map(json.loads, lines)) if got["changes"]] == []
