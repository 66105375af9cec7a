"""What the documents say is what the program does: the law, the commands, the keys, the mails, the links."""
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from conftest import PROGRAM
from support import REPOSITORY, mails, pictures

TOOLS = Path(os.environ.get("TOOLS", REPOSITORY / "build-asan/tools")).absolute()
PAGES = ["README.md", "ARCHITECTURE.md",
         *(f"docs/{name}.md" for name in ("aer", "engineer", "operator", "rules", "rotation", "mails", "speed", "testing"))]
OTHERS = ["docs/escrelay.1", "docs/escrelay.bash-completion", "docs/picture.svg"]
LETTERS = sorted(path.stem for path in (REPOSITORY / "tests/golden/letters").glob("*.txt"))


def read(name):
    """A document."""
    return (REPOSITORY / name).read_text()


def between(page, mark):
    """What stands between <!-- mark --> and <!-- end -->."""
    return re.search(rf"<!-- {mark} -->\n(.*?)<!-- end -->", read(page), re.S).group(1)


def program(*args):
    """The output of a command that needs no configuration; its exit status must be 0."""
    done = subprocess.run([PROGRAM, *args], env=os.environ | {"COLUMNS": "200"}, text=True, check=False, capture_output=True)
    assert done.returncode == 0, f"escrelay {' '.join(args)}: {done.returncode}\n{done.stderr}"
    return done.stdout


def commands():
    """The commands that `escrelay help` lists."""
    return re.findall(r"^  ([a-z]+) ", program("help"), re.M)


def code(page):
    """The code of a page: spans, and lines of blocks."""
    text = read(page)
    blocks = re.findall(r"^ *```\n(.*?)^ *```$", text, re.M | re.S)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"^ *```\n.*?^ *```$", "", text, flags=re.M | re.S))
    return spans + [line for block in blocks for line in block.splitlines()]


# --- the law ----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("page, mark", [("ARCHITECTURE.md", "law states"), ("ARCHITECTURE.md", "law moves"),
                                        ("ARCHITECTURE.md", "law outbox"), ("ARCHITECTURE.md", "law journal"),
                                        ("docs/engineer.md", "outcomes")])
def test_the_law_on_paper_is_the_law_in_the_code(page, mark):
    """Goal: the tables are those that judge/escalation.h and .c make."""
    law = subprocess.run([TOOLS / "law_tool", mark.split()[-1]], text=True, check=True, capture_output=True).stdout
    assert between(page, mark) == law, f"{page}: put the output of law_tool {mark.split()[-1]} between the marks"


# --- commands ---------------------------------------------------------------------------------------------

@pytest.mark.parametrize("page", PAGES)
def test_every_command_that_a_page_names_exists(page):
    """Goal: `escrelay WORD ...` in code is a command, and its second word is in that command's usage."""
    known = commands()
    for line in code(page):
        for word, second in re.findall(r"(?<![\w/.@+-])escrelay(?: -c \S+)? ([a-z]+)(?: ([a-z]+)\b)?", line):
            assert word in known, f"{page}: {line}"
            if word in ("rules", "rotation", "queue", "quarantine") and second:
                assert re.search(rf"\b{second}\b", program("help", word)), f"{page}: {line}"
            if word == "help" and second and second != "config":
                assert second in known, f"{page}: {line}"


def test_manual_and_completion_know_all_commands():
    """Goal: the same commands in `escrelay help`, the manual page and the completion."""
    named = set(re.findall(r"^\.It Cm ([a-z]+)", read("docs/escrelay.1"), re.M))
    offered = re.search(r'local commands="([^"]+)"', read("docs/escrelay.bash-completion")).group(1).split()
    assert named == set(commands()) and offered == commands()


def test_the_manual_is_clean():
    """Goal: mandoc has nothing to say of the manual page."""
    if shutil.which("mandoc") is None:
        pytest.skip("there is no mandoc here")
    said = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", REPOSITORY / "docs/escrelay.1"], text=True, check=False,
                          capture_output=True).stdout
    assert [line for line in said.splitlines() if "outdated mandoc.db" not in line] == []


def test_the_commands_by_mail_are_those_that_help_offers(lab, relay):
    """Goal: the tables for AERs and EEs are what the answer to /help says to each."""
    def offered(who, mail):
        before = lab.count(who)
        lab.send(mails.reply(mail, mails.KEEGAN if who == "keegan" else mails.ADA, "/help"))
        lab.wait_mail("escalations")
        relay.run("run", "--once")
        text = lab.wait_mail(who, before + 1)[-1].get_body(("plain",)).get_content()
        return [" ".join(line.split()) for line in text.splitlines() if line.startswith("    /")]

    lab.send(mails.forward())
    lab.wait_mail("escalations")
    relay.run("run", "--once")
    for who, page, mark in (("keegan", "docs/engineer.md", "commands engineer"), ("ada", "docs/aer.md", "commands requester")):
        said = [" ".join(line.split()) for line in between(page, mark).splitlines() if line.startswith("/")]
        assert said == offered(who, lab.wait_mail(who)[0]), page


# --- keys and rules ---------------------------------------------------------------------------------------

def test_every_key_that_a_page_names_exists():
    """Goal: `help config` knows the first word of each span in the key tables."""
    table = re.search(r"^\| block or key \|.*?\n\n", read("docs/operator.md"), re.M | re.S).group(0)
    rows = "".join(row.split("|")[1] for row in table.splitlines()[2:] if "|" in row)
    keys = [span.split()[0] for span in re.findall(r"`([^`]+)`", rows)]
    assert len(keys) > 20
    for key in keys:
        program("help", "config", key)


def test_the_worked_rule_works(tmp_path):
    """Goal: the rule of docs/operator.md, as it stands there, decides about a mail as the page says."""
    rule = re.search(r'^```\n(rule "certificates".*?)^```', read("docs/operator.md"), re.M | re.S).group(1)
    shutil.copytree(REPOSITORY / "rules", tmp_path / "rules")
    (tmp_path / "rules/27-certificates.rules").write_text(rule)
    mail = mails.forward(mails.ticket("Cannot connect", "The log says: x509: certificate signed by unknown authority\n"))
    (tmp_path / "rules/examples/x509.eml").write_bytes(mail.as_bytes())
    shutil.copy(REPOSITORY / "relay.conf", tmp_path)
    said = program("-c", str(tmp_path / "relay.conf"), "rules", "test", str(tmp_path / "rules/examples/x509.eml"))
    assert 'yes, by rule "certificates"' in said and "label = certificates" in said and "Which host and port" in said
    assert "0 findings" in program("-c", str(tmp_path / "relay.conf"), "rules", "lint")


def test_the_guide_to_rules_tells_the_truth(tmp_path):
    """Goal: its first rule and its requirements compile; its tables have every field, operator and check, and no other."""
    page = read("docs/rules.md")
    rule = re.search(r'^```\n(rule "out of disk".*?)^```', page, re.M | re.S).group(1)
    requires = re.search(r"^```\n(require .*?)^```", page, re.M | re.S).group(1)
    shutil.copytree(REPOSITORY / "rules", tmp_path / "rules")
    (tmp_path / "rules/27-own.rules").write_text(rule + f'rule "asks" {{\nsubject ~ /nothing/\ncontinue\n{requires}}}\n')
    mail = mails.forward(mails.ticket("It stopped", "write: no space left on device\n"))
    (tmp_path / "rules/examples/disk-full.eml").write_bytes(mail.as_bytes())
    shutil.copy(REPOSITORY / "relay.conf", tmp_path)
    lint = subprocess.run([PROGRAM, "-c", tmp_path / "relay.conf", "rules", "lint", "--json"], text=True, check=False, capture_output=True)
    assert {json.loads(line)["check"] for line in lint.stdout.splitlines()} == {"untested"}, lint.stdout + lint.stderr
    sources = "".join((REPOSITORY / f"src/judge/{name}.c").read_text() for name in ("rule_field", "rule_lint"))
    fields = set(re.findall(r'\[FIELD_\w+\] = "([\w.]+)"', sources))
    table = re.search(r"^\| field \| is.*?\n\n", page, re.M | re.S).group(0)
    assert {span.split()[0] for row in table.split("\n")[2:-2] for span in re.findall(r"`([^`]+)`", row.split("|")[1])} == fields
    checks = set(re.findall(r'^\t\{ "(\w+)",\s', sources, re.M)) | {"invalid", "suspicious", "example", "dead"}
    table = re.search(r"^\| check \| finds.*?\n\n", page, re.M | re.S).group(0)
    assert {span for row in table.split("\n")[2:-2] for span in re.findall(r"`([^`]+)`", row.split("|")[1])} == checks


# --- mails, links, places ---------------------------------------------------------------------------------

@pytest.mark.parametrize("name", LETTERS)
def test_each_mail_is_shown_as_it_is(name):
    """Goal: docs/mails.md has every golden letter, letter by letter, and small pictures of the HTML that it has today."""
    shown = re.search(rf"^## {name}\n\nTo [^\n]+\n\n```\n(.*?)^```\n\n([^\n]+)\n", read("docs/mails.md"), re.M | re.S)
    assert shown and shown.group(1) == (REPOSITORY / f"tests/golden/letters/{name}.txt").read_text()
    images = re.findall(r"!\[[^]]+\]\(mails/([^)]+)\)", shown.group(2))
    assert images == list(pictures.pictures(name))
    for image in images:
        path = REPOSITORY / "docs/mails" / image
        assert pictures.drawn_from(path) == pictures.digest(name), f"{image} shows another letter: make pictures"
        assert path.stat().st_size < 40_000


def test_no_mail_is_missing():
    """Goal: each template of the relay has its letter, each letter its place in docs/mails.md, each picture its letter."""
    templates = {path.stem for path in (REPOSITORY / "src/judge/templates").glob("*.txt")}
    headings = re.findall(r"^## (\S+)$", read("docs/mails.md"), re.M)
    assert len(templates) > 40 and templates <= set(LETTERS)
    assert sorted(headings) == LETTERS, "make pictures adds what is missing"
    files = {path.name for path in (REPOSITORY / "docs/mails").iterdir()}
    assert files == {file for name in LETTERS for file in pictures.pictures(name)}


def slug(title):
    """The anchor of a heading."""
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    """Goal: each relative link names a file, and each anchor a heading in it."""
    for target in re.findall(r"\]\(([^)\s]+)\)", read(page)):
        if target.startswith("https://"):       # an example of what people write
            continue
        file, _, anchor = target.partition("#")
        there = (REPOSITORY / page).parent / file if file else REPOSITORY / page
        assert there.exists(), f"{page}: {target}"
        if anchor:
            assert anchor in [slug(title) for title in re.findall(r"^#+ (.+)$", there.read_text(), re.M)], f"{page}: {target}"


@pytest.mark.parametrize("name", PAGES + OTHERS)
def test_no_document_names_a_place_of_its_making(name):
    """Goal: absolute paths are those of an installed system alone."""
    roots = set(re.findall(r"(?<![\w.)}*-])/([a-z]+)/[a-z]{2}", re.sub(r"https?://\S+", "", read(name))))
    assert roots <= {"dev", "etc", "root", "usr", "var"}
