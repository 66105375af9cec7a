"""Writes first inputs for the fuzzers that read mail, from the mails of tests/corpus, and for those that read our own files.

    python3 tests/fuzz/seeds.py FOLDER      FOLDER/message, FOLDER/forward, ... with a few hundred small files
"""
import email
import email.policy
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LARGEST = 20000          # bytes of a seed: larger ones only slow the fuzzer down
TEXTS = {"forwards": "forward", "replies": "reply", "bounces": "bounce", "automatic": "date"}


def put(folder, kind, name, data):
    """One seed."""
    if 0 < len(data) <= LARGEST:
        place = folder / kind
        place.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(data)


def parts(raw):
    """Subject and decoded leaf parts of a mail, as far as Python gets."""
    mail = email.message_from_bytes(raw, policy=email.policy.compat32)
    found = []
    for part in mail.walk():
        data = part.get_payload(decode=True)
        if data is None and part.get_content_type() == "message/delivery-status":
            data = b"\n".join(bytes(p) for p in part.get_payload())
        if data:
            charset = part.get_content_charset() or "utf-8"
            try:
                data = data.decode(charset, "replace").encode()
            except LookupError:
                pass
            found.append((part.get_content_type(), data))
    return mail, found


def from_mail(folder, path):
    """All that one mail gives."""
    raw, kind = path.read_bytes(), TEXTS.get(path.parent.name)
    put(folder, "message", path.name, raw)
    mail, found = parts(raw)
    subject = " ".join(str(mail.get("Subject", "")).split()).encode("utf-8", "replace")
    for number, (content, data) in enumerate(found):
        if content == "text/html":
            put(folder, "html", f"{path.stem}-{number}", data)
    text = next((data for content, data in found if content == "text/plain"), b"")
    report = next((data for content, data in found if content == "message/delivery-status"), None)
    if kind == "bounce" and report is not None:
        text += b"\n%%\n" + report
    if kind:
        put(folder, kind, path.stem, subject + b"\n" + text)
    for field in ("From", "To", "Cc"):
        if field in mail:
            put(folder, "address", f"{path.stem}-{field}", str(mail[field]).encode("utf-8", "replace"))


def main():
    """The command line."""
    folder = Path(sys.argv[1])
    for path in sorted((ROOT / "tests/corpus").rglob("*.eml")):
        from_mail(folder, path)
    for path in sorted((ROOT / "rules").rglob("*.rules")):
        put(folder, "rule", path.name, path.read_bytes() + b"\n%%\nsev-1 search is down at Acme\n")
    for path in sorted((ROOT / "tests/golden/rosters").glob("*.md")):
        put(folder, "roster", path.name, b"\x80" + path.read_bytes())
    for name in ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Apia", "UTC"):
        path = Path("/usr/share/zoneinfo") / name
        if path.exists():
            put(folder, "zone", name.replace("/", "-"), path.read_bytes())


if __name__ == "__main__":
    main()
