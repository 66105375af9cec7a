"""'rules test' and 'rules lint' say what the contract says, for shipped rules and for made-up ones."""
import json
import os
import pty
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = Path(os.environ.get("ESCRELAY", ROOT / "build-asan/escrelay")).absolute()
SHIPPED = ROOT / "rules"
GOLDEN = ROOT / "tests/golden/rules"
MAILS = sorted((GOLDEN / "decisions").glob("*.eml"))
KEYS = {"file", "verdict", "rule", "line", "captures", "actions", "stuck", "trace"}


def run(*words, cwd=GOLDEN, stdin=b""):
    """The program without any configuration."""
    return subprocess.run([PROGRAM, "-c", "/nonexistent/relay.conf", *map(str, words)], cwd=cwd, input=stdin,
                          capture_output=True, timeout=60)


def decisions(*words, **more):
    """One object for each mail."""
    done = run("rules", "test", "--json", *words, **more)
    assert done.returncode == 0, done.stderr.decode()
    return [json.loads(line) for line in done.stdout.splitlines()]


def golden(path, got):
    """Compares with the file, or writes it where UPDATE=1 asks for that."""
    if os.environ.get("UPDATE"):
        path.write_text(got)
    assert got == path.read_text()


@pytest.mark.parametrize("mail", MAILS, ids=lambda mail: mail.stem)
def test_a_decision_is_as_it_was(mail):
    """Verdict, actions, captures and the whole trace."""
    [got] = decisions("-r", "decisions", f"decisions/{mail.name}")
    assert got.keys() >= KEYS
    cost = got.pop("cost")              # steps may differ where PCRE2 does
    assert [c["rule"] for c in cost] == [t["rule"] for t in got["trace"]]
    golden(mail.with_suffix(".json"), json.dumps(got, indent=1, ensure_ascii=False) + "\n")


def test_several_mails_and_standard_input_in_the_order_given():
    """One line each; '-' is standard input, which counts like a file."""
    got = decisions("decisions/nobody.eml", "-", "decisions/down.eml", "-r", "decisions",
                    stdin=(GOLDEN / "decisions/held.eml").read_bytes())
    assert [d["file"] for d in got] == ["decisions/nobody.eml", "-", "decisions/down.eml"]
    assert [d["rule"] for d in got] == [None, "held", "indexed search is down"]


def test_a_folder_is_its_mails(tmp_path):
    """NAME.eml of it and of folders in it, in the order of their names; of a Maildir what stands in cur and new."""
    mail = (GOLDEN / "decisions/held.eml").read_bytes()
    for name in "b.eml", "a/z.eml", "a/notes.txt", ".hidden/x.eml", "box/cur/1.host:2,S", "box/new/2.host", "box/tmp/3.host":
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(mail)
    got = decisions("-r", "decisions", tmp_path, f"{tmp_path}/a/")
    assert [str(Path(d["file"]).relative_to(tmp_path)) for d in got] == \
        ["a/z.eml", "b.eml", "box/cur/1.host:2,S", "box/new/2.host", "a/z.eml"]
    assert {d["rule"] for d in got} == {"held"}


def test_an_empty_and_a_broken_mail_are_decided_too():
    """Nothing in a mail is an error of ours."""
    for raw in b"", b"\xff\xfe\x00\r\r\n" * 100, b"Subject: =?utf-8?q?=ff?=\n\n\xe9":
        [got] = decisions("-r", "decisions", "-", stdin=raw)
        assert got["verdict"] == "no"


@pytest.mark.parametrize("rules", sorted((GOLDEN / "errors").glob("*.rules")), ids=lambda rules: rules.stem)
def test_complaints_read_as_they_did(rules):
    """Each with its place, its caret and, where there is one, its guess."""
    done = run("rules", "lint", "-r", f"errors/{rules.name}")
    assert done.returncode == 1
    golden(rules.with_suffix(".txt"), done.stdout.decode())


def test_lint_as_json_has_a_place_for_each_finding():
    """For editors."""
    done = run("rules", "lint", "--json", "-r", "errors/pattern.rules")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert [f["line"] for f in found] == [2, 3, 4]
    assert all(f["level"] == "error" and f["column"] > 0 and f["message"] for f in found)


def test_lint_as_json_shows_how_a_pattern_grows():
    """The input, and the steps for 10, 20 and 30 times; the same finding that people read."""
    done = run("rules", "lint", "--json", "-r", "errors/worse.rules")
    found = {f["rule"]: f for f in map(json.loads, done.stdout.splitlines()) if f["check"] == "slow"}
    growth = found["runaway"]["blow_up"]
    assert growth["exponential"] and growth["again"] == "a" and [g["times"] for g in growth["growth"]] == [10, 20, 30]
    assert not growth["growth"][0]["stuck"] and growth["growth"][2]["stuck"]
    assert not found["square"]["blow_up"]["exponential"]
    assert all(f["blow_up"] is None for f in map(json.loads, done.stdout.splitlines()) if f["check"] != "slow")


def on_a_terminal(words, cwd, more):
    """The exit code of a command whose output is a terminal, and what that saw."""
    ours, its = pty.openpty()
    with subprocess.Popen(words, cwd=cwd, stdout=its, env=os.environ | {"TERM": "xterm"} | more) as child:
        os.close(its)
        seen = b""
        try:
            while block := os.read(ours, 65536):
                seen += block
        except OSError:                 # the other end is closed
            pass
        os.close(ours)
    return child.returncode, seen


def test_lint_is_coloured_on_a_terminal_alone():
    """ANSI on a terminal, none in a pipe, none with NO_COLOR."""
    words = [str(PROGRAM), "-c", "/nonexistent/relay.conf", "rules", "lint", "-r", "errors/worse.rules"]
    for more, coloured in ({}, True), ({"NO_COLOR": "1"}, False):
        code, seen = on_a_terminal(words, GOLDEN, more)
        assert code == 1 and b"findings" in seen and (b"\x1b[" in seen) is coloured
    assert b"\x1b" not in run(*words[3:]).stdout


def test_broken_rules_decide_nothing():
    """A test run with rules that do not compile says why and gives no verdict."""
    done = run("rules", "test", "--json", "-r", "errors/field.rules", "decisions/down.eml")
    assert done.returncode == 3
    assert done.stdout == b""
    assert b"perhaps 'subject'" in done.stderr


def test_shipped_rules_pass_their_own_examples():
    """And lint finds nothing."""
    done = run("rules", "lint", "-r", SHIPPED)
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()


def test_shipped_rules_go_by_the_words_of_the_areas():
    """A forwarded ticket lands where an AER would expect it, and is never ignored."""
    wanted = {"search-down": ("search and indexing", "1"), "login-saml": ("identity and permissions", "1"),
              "clone-token": ("code hosts and syncing", None), "license-expired": ("contracts and billing", "2"),
              "instance-down": ("cloud", "0"), "upgrade-stuck": ("deployment", None)}
    got = decisions("-r", SHIPPED, *(SHIPPED / f"examples/{name}.eml" for name in wanted))
    assert {Path(d["file"]).stem: (d["rule"], d["actions"]["set"].get("severity")) for d in got} == wanted
    assert all(d["actions"]["open"] for d in got)


@pytest.mark.parametrize("subject, severity", [
    ("[P0] Instance down", "0"), ("p1 - search is slow", "1"), ("(P2) a question", "2"), ("P3: docs", "3"), ("[SEV0] outage", "0"),
    ("sev-1 search", "1"), ("SEV 2: index", "2"), ("Severity: 3 typo", "3"), ("sev#1", "1"), ("Priority 0", "0"),
    ("production is down", "0"), ("a blocker for us", "1"), ("p4 is none", None), ("HTTP/2 p95 latency", None), ("mp3 files", None),
    ("sev-10", None), ("P10 of it", None), ("urgent: production is down, P2", "2")])
def test_shipped_rules_read_severities(subject, severity):
    """Sev and p of 0 to 3 as people write them; a number counts more than words; none is none."""
    [got] = decisions("-r", SHIPPED, "-", stdin=f"From: ada@example.com\nSubject: Fwd: {subject}\n\nplease\n".encode())
    assert got["actions"]["set"].get("severity") == severity


@pytest.mark.parametrize("subject, label", [
    ("Docker container does not start", "deployment"), ("Helm upgrade from 5.2 fails", "deployment"), ("Grafana alert: high CPU", "performance"),
    ("Everything is slow since Monday", "performance"), ("Cloning from Perforce fails", "code-hosts"), ("GitLab token expired", "code-hosts"),
    ("SAML login loop", "identity"), ("Repository permissions are wrong", "identity"), ("Saved search finds nothing", "search"),
    ("Zoekt crashes", "search"), ("Go to definition jumps nowhere", "code-navigation"), ("SCIP upload fails", "code-navigation"),
    ("Batch changes: template error", "batch-changes"), ("Browser extension in Firefox", "extensions"), ("IntelliJ plugin crashes", "extensions"),
    ("Managed instance unreachable", "cloud"), ("Invoice of November", "contracts"), ("License key expires", "contracts"),
    ("How do I change my avatar?", "unsorted")])
def test_shipped_rules_know_the_areas(subject, label):
    """Goal: subjects as AERs forward them go to the area that knows the word, and open an escalation."""
    [got] = decisions("-r", SHIPPED, "-", stdin=f"From: ada@example.com\nSubject: Fwd: {subject}\n\nplease\n".encode())
    assert got["actions"]["set"]["label"] == label and got["actions"]["open"]


def test_a_person_can_read_the_trace():
    """The rule, what it does, and what decided against those before it."""
    done = run("rules", "test", "-r", "decisions", "decisions/down.eml")
    words = done.stdout.decode()
    assert done.returncode == 0
    assert 'by rule "indexed search is down" at decisions/20-second.rules:10' in words
    assert "opens an escalation" in words
    assert "How can it be seen?" in words
    assert "from like *@noise.example" in words and "saw: ada@example.com" in words
    assert "Version: 5.3.2" in words and re.search(r"cost: \d+ searches in \d+ bytes, \d+ steps; most in rule", words)


def test_the_trace_says_which_condition_held_and_where(tmp_path):
    """Goal: of a rule of many words one reads which of them it was; in a file nothing is cut, at a terminal what is too wide."""
    words = "|".join(f"number{i}" for i in range(12))
    (tmp_path / "a.rules").write_text(f'rule "a" {{\n any {{ subject ~ /{words}/; body ~ /\\bsync(?:s|ing)\\b/ }}\n'
                                      ' require x ~ /y/ "y?"\n continue\n}\n'
                                      f'rule "b" {{ body !~ /{words}/; none {{ body ~ /weekly/ }} }}\n')
    mail = b"Subject: weekly\n\nall day it is syncing\ny\n"
    said = run("rules", "test", "-r", tmp_path, "-", stdin=mail).stdout.decode()
    assert re.search(r'^yes +a +body ~ /\\bsync\(\?:s\|ing\)\\b/   found: syncing$', said, re.M)
    assert re.search(r"^yes +b$", said, re.M), "no pattern found anything"
    said = run("rules", "test", "-r", tmp_path, "-", stdin=mail.replace(b"all", b"number7")).stdout.decode()
    assert re.search(rf"^no +b +body !~ /{re.escape(words)}/   saw: number7 day it is syncing y$", said, re.M)


def test_a_strangers_mail_cannot_write_to_the_terminal():
    """Control characters of a subject come out visibly."""
    done = run("rules", "test", "-r", "decisions", "-", stdin="Subject: \x1b[31m\u202ered [rfh x\x07]\n\n".encode())
    assert b"\x1b" not in done.stdout and b"\x07" not in done.stdout and "\u202e" not in done.stdout.decode()


@pytest.mark.parametrize("words, code", [
    (["rules"], 2), (["rules", "tset"], 2), (["rules", "test"], 2), (["rules", "test", "-r"], 2),
    (["rules", "test", "--fast", "x"], 2), (["rules", "lint", "x"], 2), (["rules", "test", "x"], 3), (["rules", "lint"], 3),
    (["rules", "test", "-r", "nowhere", "decisions/down.eml"], 3), (["rules", "test", "-r", "decisions", "nowhere.eml"], 3),
    (["rules", "test", "-r", ".", "decisions/down.eml"], 3), (["rules", "test", "-r", "decisions", "errors"], 3)])
def test_exit_codes(words, code):
    """2 wrong use, 3 what cannot be read; always with a word on stderr."""
    done = run(*words)
    assert done.returncode == code, done.stderr.decode()
    assert done.stderr
    assert b"Sanitizer" not in done.stderr


CONF = "address e@example.com\noperator o@example.com\nstaff example.com\nauthserv-id none\nteam search { email s@example.com }\n"


def with_conf(tmp_path, *words, include="*.rules"):
    """The program with a configuration that includes the *.rules beside it."""
    (tmp_path / "relay.conf").write_text(f'{CONF}include "{include}"\n')
    return subprocess.run([PROGRAM, "-c", tmp_path / "relay.conf", *words], cwd=tmp_path, capture_output=True, text=True, timeout=60)


def test_the_rules_that_others_stand_in_for_do_not_matter(tmp_path):
    """With -r a fault in the configuration's own rules is nobody's concern, and is not told twice where -r names them."""
    (tmp_path / "new").mkdir()
    (tmp_path / "new/a.rules").write_text('rule "new" { subject ~ /x/ }\n')
    (tmp_path / "old.rules").write_text('rule "never closed\n')
    (tmp_path / "mail.eml").write_text("From: a@example.com\nSubject: x\n\nx\n")
    done = with_conf(tmp_path, "rules", "test", "-r", "new", "mail.eml")
    assert (done.returncode, done.stderr) == (0, "") and 'by rule "new"' in done.stdout
    assert with_conf(tmp_path, "rules", "lint", "-r", "old.rules").stdout.count("this quote is never closed") == 1
    assert with_conf(tmp_path, "rules", "test", "mail.eml").returncode == 3
    (tmp_path / "old.rules").unlink()
    assert "no file fits" not in with_conf(tmp_path, "rules", "lint", "-r", "new").stdout
    done = with_conf(tmp_path, "rules", "test", "-r", "new", "mail.eml", include="no.conf")
    assert done.returncode == 3 and "cannot read no.conf" in done.stderr    # what is not the rules' counts


def test_rules_that_cannot_be_read_are_not_missing(tmp_path):
    """The reason of the system, not a guess."""
    (tmp_path / "a.rules").symlink_to("loop.rules")
    (tmp_path / "loop.rules").symlink_to("a.rules")
    done = run("rules", "lint", "-r", tmp_path)
    assert done.returncode == 3 and b"Too many levels of symbolic links" in done.stderr


def test_names_are_those_of_the_configuration(tmp_path):
    """A severity that is not given is an error as an unknown team is; without a configuration lint says what it did not look at."""
    (tmp_path / "a.rules").write_text('rule "a" {\n    set severity 7\n    set team serch\n}\n')
    done = with_conf(tmp_path, "rules", "lint")
    assert "a.rules:2:18: error: the configuration has no severity 7" in done.stdout and "perhaps 'search'" in done.stdout
    done = run("rules", "lint", "-r", tmp_path)
    assert b"no configuration: names of teams, pools, skills and customers not looked at" in done.stdout
