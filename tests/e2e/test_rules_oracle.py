"""Random rules over random mails are decided as an evaluator written from the documents alone decides them.

The evaluator below shares nothing with the program: it has its own three values, its own order of rules, its own captures. Two
more things are proved on the way: a rule that lint calls unreachable or impossible never decides anything, and so does none that
an example says it rejects. ROUNDS=500 in the environment makes it a long run, SEED=n another one.
"""
import fnmatch
import json
import os
import random
import re
import subprocess
from collections import defaultdict
from email.message import EmailMessage

import pytest

from conftest import PROGRAM

ROUNDS = int(os.environ.get("ROUNDS", "3"))
SEED = int(os.environ.get("SEED", "20261124"))
WORDS = ["down", "search", "zoekt", "saml", "login", "v5.2.1", "v4.10", "#4711", "#99", "slow", "Down", "SEARCH", "café", "p0", "sev1", "-", "[rfh]"]
PEOPLE = ["ada@example.com", "Bob@Example.com", "wile@acme.example", "eve@globex.example", "team@eu.acme.example"]
NAMES = ["x", "y", "severity", "ticket"]
SAFE = ["down", "sea.ch", "^\\[?sev", "zoekt|saml", "v(?<x>\\d+)\\.(?<y>\\d+)", "#(?<ticket>\\d+)", "(?:p|sev)(?<severity>[0-3])", "\\bslow\\b", "caf.",
        "(?<x>s\\w+)", "log[ -]?in", "^$", "\\d{2,}", "(?<y>down)|(?<x>saml)", "[^a-z]s", "(?<x>z)?oekt", "n$"]
GLOBS = ["*", "*down*", "s*", "*@example.com", "*@*acme.example", "ada*", "?ob@*", "*4711", "*.png", "text/*"]


# --- mails ------------------------------------------------------------------------------------------------

def words(rng, n):
    """Some words."""
    return " ".join(rng.choice(WORDS) for _ in range(rng.randint(0, n)))


def random_mail(rng):
    """A new mail, plain text, whose every field is known: the mail and what rules see of it."""
    mail = EmailMessage()
    to, cc = rng.sample(PEOPLE, rng.randint(1, 2)), rng.sample(PEOPLE, rng.randint(0, 2))
    fields = [("X-Tag", words(rng, 2) or "none") for _ in range(rng.randint(0, 2))]
    body = "\n".join(words(rng, 5) for _ in range(rng.randint(1, 4))).strip()
    mail["From"], mail["To"], mail["Subject"] = f"Somebody <{rng.choice(PEOPLE)}>", ", ".join(to), words(rng, 5)
    mail["Date"], mail["Message-ID"] = "Mon, 02 Nov 2026 10:00:00 +0000", f"<{rng.random()}@example.com>"
    if cc:
        mail["Cc"] = ", ".join(cc)
    for name, value in fields:
        mail[name] = value
    mail.set_content(body)
    attached = rng.sample(["screen.png", "trace.log"], rng.randint(0, 2))
    for name in attached:
        mail.add_attachment(b"12345", maintype="image", subtype="png", filename=name)
    return mail


def seen(raw):
    """What `inspect` says of the mails: the judges of messages are not what is tested here."""
    out = subprocess.run([PROGRAM, "inspect", "--json", *raw], capture_output=True, check=True, timeout=120).stdout
    return [json.loads(line) for line in out.splitlines()]


class Facts:
    """The values of each field, as the documents name them."""

    def __init__(self, raw, got):
        self.size = len(raw)
        self.values = {
            "subject": [got["subject"]], "from": [got["from"]["address"]], "to": [p["address"] for p in got["to"]],
            "cc": [p["address"] for p in got["cc"]], "text": [got["reply"]["visible_text"]], "body": [got["text"]],
            "kind": [got["kind"]], "attachment": [v for a in got["attachments"] for v in (a["name"], a["type"])],
            "original.from": [], "original.subject": [], "original.body": [], "customer": []}
        head = raw.split(b"\n\n")[0].decode()
        self.values["header X-Tag"] = [unfold(v) for v in re.findall(r"^X-Tag: (.*(?:\n[ \t].*)*)", head, re.M)]
        self.values["header X-None"] = []


def unfold(value):
    """A header field's value: only plain ones are compared."""
    return re.sub(r"\n[ \t]", " ", value)


# --- rules ------------------------------------------------------------------------------------------------

def random_test(rng):
    """A condition: text of the language, and the tree that the evaluator walks."""
    field = rng.choice(["subject", "from", "to", "cc", "text", "body", "header X-Tag", "header X-None", "attachment", "kind", "size",
                        "original.subject", "original.from", "original.body"])
    if field == "size":
        op, value = rng.choice(["<", ">", "=", "!="]), rng.choice(["300", "500", "1k", "2k"])
        return f"size {op} {value}", ("size", op, int(value[:-1]) * 1024 if value[-1] == "k" else int(value))
    if field == "kind":
        op, value = rng.choice(["=", "!="]), rng.choice(["new", "forward", "list"])
        return f"kind {op} {value}", ("kind", op, value)
    op = rng.choice(["~", "~", "~", "!~", "=", "!=", "like", "!like"])
    if op in ("~", "!~"):
        pattern, flags = rng.choice(SAFE), rng.choice(["", "i", "i", "im"])
        return f"{field} {op} /{pattern}/{flags}", (field, op, (pattern, flags))
    value = rng.choice(GLOBS if "like" in op else PEOPLE + ["down", "ADA@example.com", "screen.png"])
    return f'{field} {op} "{value}"', (field, op, value)


def random_node(rng, depth=0):
    """A condition or a block of them."""
    if depth < 3 and rng.random() < 0.3:
        kind = rng.choice(["any", "any", "none", "all"])
        kids = [random_node(rng, depth + 1) for _ in range(rng.randint(1, 3))]
        return f"{kind} {{ {'; '.join(text for text, _ in kids)} }}", (kind, [tree for _, tree in kids])
    return random_test(rng)


def random_rule(rng, number):
    """A rule: its text, and what the evaluator needs."""
    nodes = [random_node(rng) for _ in range(rng.randint(1, 3))]
    rule = {"name": f"r{number}", "conditions": [tree for _, tree in nodes], "sets": [], "requires": [], "action": None, "file": []}
    lines = [text for text, _ in nodes]
    captured = sorted({name for line in lines for name in re.findall(r"\(\?<(\w+)>", line)
                       if " !~ " not in line and "none" not in line and "any" not in line})
    rule["action"] = rng.choice(["open", "open", "continue", "continue", "ignore", "quarantine", "file"])
    for _ in range(rng.randint(0, 2)):
        name = rng.choice(["label", "team", "pool", "severity"])
        value = rng.choice(["2", "1"]) if name == "severity" else rng.choice(["core", "ops"])
        if captured and rng.random() < 0.6:
            value = "$" + rng.choice(captured)
            value = value if name == "severity" or rng.random() < 0.5 else f"a {value} b"
        rule["sets"].append((name, value))
        lines.append(f'set {name} "{value}"')
    if rule["action"] in ("open", "continue", "file") and rng.random() < 0.4:
        pattern = rng.choice(SAFE)
        rule["requires"].append((pattern, f"What about {number}?"))
        lines.append(f'require fact{number} ~ /{pattern}/ "What about {number}?"')
    if rule["action"] == "file":
        rule["file"] = [{"team": "search", "kind": rng.choice(["help", "defect", "docs"])}]
        lines.append(f"file search {rule['file'][0]['kind']}")
    elif rule["action"] != "open":
        lines.append(rule["action"])
    return f'rule "{rule["name"]}" {{\n    ' + "\n    ".join(lines) + "\n}\n", rule


# --- the evaluator ----------------------------------------------------------------------------------------

def compiled(pattern, flags):
    """The pattern for Python, whose \\w and case know Unicode as PCRE2's do."""
    number = {"i": re.I, "m": re.M, "s": re.S, "x": re.X}
    return re.compile(pattern.replace("(?<", "(?P<").replace("(?P<=", "(?<=").replace("(?P<!", "(?<!"), sum(number[f] for f in flags))


def one_value(field, op, wanted, value):
    """The match, True or None."""
    if op.endswith("~"):
        return compiled(*wanted).search(value)
    if "like" in op:
        return fnmatch.fnmatchcase(value.lower(), wanted.lower().replace("[", "[[]")) or None
    ignores_case = field in ("from", "to", "cc", "original.from", "kind", "customer")
    return (value.lower() == wanted.lower() if ignores_case else value == wanted) or None


def first_match(tree, facts):
    """Of the values in their order the first that has it."""
    field, op, wanted = tree
    return next((m for m in (one_value(field, op, wanted, v) for v in facts.values[field]) if m), None)


def holds(tree, facts):
    """Whether a node of the tree does."""
    if tree[0] in ("any", "all", "none"):
        kids = [holds(kid, facts) for kid in tree[1]]
        return any(kids) if tree[0] == "any" else all(kids) if tree[0] == "all" else not any(kids)
    if tree[0] == "size":
        return {"<": facts.size < tree[2], ">": facts.size > tree[2], "=": facts.size == tree[2], "!=": facts.size != tree[2]}[tree[1]]
    found = first_match(tree, facts) is not None
    return not found if tree[1].startswith("!") else found


def captures(tree, facts, into):
    """Named groups in written order; the first that took part wins; none from 'none'."""
    if tree[0] in ("any", "all"):
        for kid in tree[1]:
            if tree[0] == "all" or holds(kid, facts):
                captures(kid, facts, into)
    elif tree[0] != "none" and tree[1] == "~":
        match = first_match(tree, facts)
        for name, value in (match.groupdict() if match else {}).items():
            if value is not None:
                into.setdefault(name, value)


def expand(name, value, own, earlier):
    """A value with its captures put in, once; None where one is unset."""
    out = []
    for part in re.split(r"(\$\w+)", value):
        part = {**earlier, **own}.get(part[1:]) if part.startswith("$") else part
        if part is None:
            return None
        out.append(part)
    value = " ".join("".join(out).split())
    return None if name == "severity" and not re.fullmatch(r"[0-9]", value) else value


def decide(rules, facts):
    """What the documents say."""
    sets, caught, missing, tried = {}, {}, [], []
    for rule in rules:
        yes = all(holds(tree, facts) for tree in rule["conditions"])
        tried.append((rule["name"], "yes" if yes else "no"))
        if not yes:
            continue
        own = {}
        for tree in rule["conditions"]:
            captures(tree, facts, own)
        for pattern, question in rule["requires"]:
            tree = ("body", "~", (pattern, ""))
            if holds(tree, facts):
                captures(tree, facts, own)
            else:
                missing.append(question)
        for name, value in rule["sets"]:
            value = expand(name, value, own, caught)
            if value is not None:
                sets[name] = value
        caught |= own
        if rule["action"] != "continue":
            return {"verdict": "yes", "rule": rule["name"], "captures": caught, "missing": missing, "stuck": [], "tried": tried,
                    "actions": {"open": rule["action"] == "open", "set": sets, "file": rule["file"], "forward": [],
                                "ignore": rule["action"] == "ignore", "quarantine": rule["action"] == "quarantine"}}
    return {"verdict": "no", "rule": None, "captures": caught, "missing": missing, "stuck": [], "tried": tried,
            "actions": {"open": False, "set": sets, "file": [], "forward": [], "ignore": False, "quarantine": False}}


# --- the comparison ---------------------------------------------------------------------------------------

def program(*args, code=0, cwd=None):
    """The objects that a command prints."""
    done = subprocess.run([PROGRAM, "-c", "/nonexistent", *args], capture_output=True, cwd=cwd, timeout=300)
    assert code is None or done.returncode == code, done.stderr.decode()
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def letters(tmp_path_factory):
    """Two dozen mails and what rules see of them."""
    rng, folder = random.Random(SEED), tmp_path_factory.mktemp("mails")
    paths = []
    for i in range(24):
        paths.append(folder / f"{i:02}.eml")
        paths[-1].write_bytes(random_mail(rng).as_bytes())
    return folder, [Facts(path.read_bytes(), got) for path, got in zip(paths, seen(paths))]


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_the_program_decides_as_the_documents_say(turn, letters, tmp_path):
    """Goal: verdict, rule, captures, actions, questions and trace of every mail are the evaluator's; lint's proofs hold."""
    rng, (folder, facts) = random.Random(f"{SEED}/{turn}"), letters
    sets = [[random_rule(rng, n) for n in range(rng.randint(3, 14))] for _ in range(8)]
    for number, rules in enumerate(sets):
        file = tmp_path / f"{number}.rules"
        file.write_text("".join(text for text, _ in rules))
        got = program("rules", "test", "--json", "-r", file, folder)
        assert len(got) == len(facts)
        deciders = defaultdict(int)
        for one, known in zip(got, facts):
            wanted = decide([rule for _, rule in rules], known)
            mine = {key: one[key] for key in wanted if key != "tried"} | {"tried": [(t["rule"], t["verdict"]) for t in one["trace"]]}
            assert mine == wanted, f"{one['file']}\n{file.read_text()}"
            for name, verdict in mine["tried"]:
                deciders[name] += verdict == "yes"
        for finding in program("rules", "lint", "--json", "-r", file, code=None):
            assert finding["check"] != "slow", finding["message"]
            if finding["check"] in ("unreachable", "impossible"):
                assert deciders[finding["rule"]] == 0, f"{finding['message']}\n{file.read_text()}"
