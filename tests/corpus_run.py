"""Runs `inspect --json` over folders of NAME.eml + NAME.json and says where the answers differ.

    python3 tests/corpus_run.py [--program build/escrelay] [-v] FOLDER...

Only the keys that the expected answer has are compared. Texts compare in NFC, with LF, without
trailing blanks and runs of empty lines; addresses in lower case; names and subjects with white
space squeezed. Besides the keys of the JSON contract an expected answer may have
`visible_text` (of the reply), `recipients` (for each failed recipient a list of
addresses that mean it), `statuses` and `permanent` (any of them is right), `automatic`
(nothing that a person wrote), `contains` and `lacks` (words that the text must or must not have).
"""
import argparse
import json
import re
import subprocess
import sys
import unicodedata
from collections import Counter
from pathlib import Path

PEOPLE = {"new", "reply", "forward", "list"}
BATCH = 200      # files a process


def text(value):
    """A text as it is compared."""
    value = unicodedata.normalize("NFC", value or "").replace("\r\n", "\n").replace("\xa0", " ")
    value = "\n".join(line.rstrip() for line in value.split("\n"))
    return re.sub(r"\n{2,}", "\n\n", value).strip()


def words(value):
    """A name or a subject as it is compared."""
    return " ".join(unicodedata.normalize("NFC", value or "").split())


def person(value):
    """A person as it is compared; a key that is not there is not."""
    return {key: (value[key] or "").lower() if key == "address" else words(value[key])
            for key in value}


def same_people(want, got):
    """Whether two lists of people, or two people, agree in what `want` has."""
    if isinstance(want, dict):
        want, got = [want], [got]
    return len(want) == len(got or []) and all(
        person(w).items() <= person(g).items() for w, g in zip(want, got))


def same(key, want, got):
    """Whether the program's answer for one key is the expected one."""
    if want is None or isinstance(want, (bool, int)):
        return want == got
    if key in ("from", "to", "cc"):
        return same_people(want, got)
    if key in ("body", "comment", "text", "visible_text", "quoted"):
        return text(want) == text(got)
    if key == "recipient":
        return want.lower() == (got or "").lower()
    if isinstance(want, str):
        return words(want) == words(got)
    if isinstance(want, dict):
        return isinstance(got, dict) and not list(differences(want, got))
    if isinstance(want, list):
        return isinstance(got, list) and len(want) == len(got) and all(
            same("", w, g) for w, g in zip(want, got))
    return want == got


def bounce_differences(want, got):
    """Differences in the keys that speak about bounces in the short form."""
    found = [b["recipient"] for b in got["bounces"] if b["recipient"]]
    lower = [address.lower() for address in found]
    if "recipients" in want:
        missing = [equal for equal in want["recipients"]
                   if not any(address.lower() in lower for address in equal)]
        known = {address.lower() for equal in want["recipients"] for address in equal}
        extra = [address for address in found if address.lower() not in known]
        if missing:
            yield "recipients", want["recipients"], found
        if extra:
            yield "extra recipients", want["recipients"], found
    if want.get("statuses") and got["bounces"]:
        given = [b["status"] for b in got["bounces"] if b["status"]]
        if not any(status in want["statuses"] for status in given):
            yield "statuses", want["statuses"], given
    if want.get("permanent") and "recipients" in want and got["bounces"]:
        if got["bounces"][0]["permanent"] not in want["permanent"]:
            yield "permanent", want["permanent"], got["bounces"][0]["permanent"]
    if want.get("automatic") and got["kind"] in PEOPLE and got["auto_submitted"] is None:
        yield "automatic", True, got["kind"]


def differences(want, got):
    """Yields (key, expected, answer) for what differs."""
    special = {"recipients", "statuses", "automatic", "reason", "reasons", "contains", "lacks"}
    if "kind" not in got or "recipients" not in want:
        special -= {"permanent"}
    else:
        special.add("permanent")
    if "bounces" in got:
        yield from bounce_differences(want, got)
    for word in want.get("contains", []):
        if word not in got["text"]:
            yield "contains", word, got["text"]
    for word in want.get("lacks", []):
        if word in got["text"]:
            yield "lacks", word, got["text"]
    for key, value in want.items():
        if key in special:
            continue
        answer = (got.get("reply") or {}).get(key) if key in ("visible_text", "quoted") and "reply" in got \
            else got.get(key)
        if isinstance(value, dict) and isinstance(answer, dict) and key not in ("from",):
            for inner, expected, given in differences(value, answer):
                yield f"{key}.{inner}", expected, given
        elif not same(key, value, answer):
            yield key, value, answer


def inspect(program, files, config=()):
    """What the program says of each file."""
    answers = []
    for at in range(0, len(files), BATCH):
        done = subprocess.run([program, "inspect", "--json", *config, *files[at:at + BATCH]],
                              capture_output=True, check=False, timeout=300)
        if done.returncode != 0 or done.stderr:
            raise AssertionError(f"exit code {done.returncode}: {done.stderr.decode()[-4000:]}")
        answers += [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert len(answers) == len(files), (len(answers), len(files))
    return answers


class Result:
    """What came out of a folder."""

    def __init__(self, folder):
        self.folder, self.mails, self.right = Path(folder), 0, 0
        self.failed = {}           # name: [(key, expected, answer)]
        self.wrong = Counter()     # key: mails
        self.recipients = self.found = 0

    def lines(self, verbose=True):
        """The figures and, if wanted, every difference."""
        if verbose:
            for name, found in self.failed.items():
                for key, want, got in found:
                    yield f"{name}: {key}\n    expected {want!r}\n    answered {got!r}"
        share = 100 * self.right / max(self.mails, 1)
        line = f"{self.folder}: {self.right} of {self.mails} mails right ({share:.1f} %)"
        if self.recipients:
            line += f"; {self.found} of {self.recipients} recipients " \
                    f"({100 * self.found / self.recipients:.1f} %)"
        if self.wrong:
            line += "; wrong: " + ", ".join(f"{k} {n}" for k, n in self.wrong.most_common())
        yield line


def run(program, folder):
    """Compares all of a folder."""
    result = Result(folder)
    files = [path for path in sorted(Path(folder).glob("*.eml")) if path.with_suffix(".json").exists()]
    for path, got in zip(files, inspect(program, files)):
        want = json.loads(path.with_suffix(".json").read_text("utf-8"))
        found = list(differences(want, got))
        result.mails += 1
        result.right += not found
        for equal in want.get("recipients", []):
            result.recipients += 1
            result.found += any((b["recipient"] or "").lower() == address.lower()
                                for b in got["bounces"] for address in equal)
        if found:
            result.failed[path.stem] = found
            result.wrong.update({key for key, _, _ in found})
    return result


def folders_of(root):
    """The folders at and below root that have mails with answers."""
    return sorted({path.parent for path in Path(root).rglob("*.eml")
                   if path.with_suffix(".json").exists()})


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default="build/escrelay")
    parser.add_argument("-v", "--verbose", action="store_true")
    parser.add_argument("folder", nargs="+")
    args = parser.parse_args()
    wrong = 0
    for root in args.folder:
        for folder in folders_of(root):
            result = run(args.program, folder)
            print("\n".join(result.lines(args.verbose)))
            wrong += len(result.failed)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
