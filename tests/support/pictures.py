"""make pictures: docs/mails.md and docs/mails/*.png, made of the golden letters (tests/golden/letters).

Of each letter the page has the text and a picture of its HTML part, drawn by a headless Chromium in the window of a
phone; of a few also in a wide window, or in the dark. What stands between a heading and the text is a person's: who gets
the mail, and when. A letter that the page does not have yet is put at its end, with the remark of its template for that.

Each picture carries a digest of the HTML that it was drawn from, so only what has changed is drawn again (`--all`: every
one), and tests/e2e/test_docs.py can tell an old picture without drawing.
"""
import argparse
import email
import email.policy
import hashlib
import re
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from support.chromium import Browser    # noqa: E402

REPOSITORY = Path(__file__).resolve().parent.parent.parent
LETTERS = REPOSITORY / "tests/golden/letters"
PAGE = REPOSITORY / "docs/mails.md"
PICTURES = REPOSITORY / "docs/mails"
WIDTH = {"phone": 390, "dark": 390, "wide": 700}      # CSS pixels, and those of the picture
ALSO = {"assignment": ("dark", "wide"), "receipt": ("dark", "wide"), "handover": ("wide",)}
WORDS = {"phone": "on a phone", "dark": "on a phone in the dark", "wide": "in a wide window"}
COLOURS = 24
FRAME = "<style>html{box-sizing:border-box;border:1px solid rgba(128,138,150,.4)}</style></head>"
SECTION = re.compile(r"^## (\S+)\n\n([^\n]+)\n\n```\n.*?^```\n(?:\n!\[[^\n]*\n)?", re.M | re.S)


def letters():
    """The names of all golden letters."""
    return sorted(path.stem for path in LETTERS.glob("*.eml"))


def html_part(letter):
    """The HTML of a golden letter."""
    mail = email.message_from_bytes((LETTERS / f"{letter}.eml").read_bytes(), policy=email.policy.default)
    return mail.get_body(("html",)).get_content()


def digest(letter):
    """Of what a picture of this letter is drawn from."""
    return hashlib.sha256(html_part(letter).encode()).hexdigest()


def pictures(letter):
    """The file names of a letter's pictures, and what window each shows."""
    return {f"{letter}.png": "phone", **{f"{letter}-{view}.png": view for view in ALSO.get(letter, ())}}


# --- PNG --------------------------------------------------------------------------------------------------

def chunks(png):
    """The chunks of a PNG file: (type, data)."""
    at = 8
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at:at + 8])
        yield kind, png[at + 8:at + 8 + length]
        at += length + 12


def chunk(kind, data):
    """One chunk as it stands in a file."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def drawn_from(path):
    """The digest that a picture carries; None: it has none, or is not there."""
    if path.exists():
        for kind, data in chunks(path.read_bytes()):
            if kind == b"tEXt" and data.startswith(b"Source\0"):
                return data.split(b"\0")[1].decode()
    return None


def finished(png, source):
    """A picture in a few colours, with the digest in it, and nothing else that is no picture."""
    png = subprocess.run(["pngquant", "--nofs", "--speed", "1", str(COLOURS), "-"], input=png, capture_output=True,
                         check=True).stdout
    kept = {kind: b"" for kind in (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")}
    for kind, data in chunks(png):
        if kind in kept:
            kept[kind] += chunk(kind, data)
    kept[b"IHDR"] += chunk(b"tEXt", b"Source\0" + source.encode())
    return png[:8] + b"".join(kept.values())


# --- the page ---------------------------------------------------------------------------------------------

def section(letter, sentence):
    """What the page has of a letter."""
    images = " ".join(f"![{letter} {WORDS[view]}](mails/{file})" for file, view in pictures(letter).items())
    return f"## {letter}\n\n{sentence}\n\n```\n{(LETTERS / f'{letter}.txt').read_text()}```\n\n{images}\n"


def remark(letter):
    """What the template of a letter says of it."""
    template = REPOSITORY / f"src/judge/templates/{letter}.txt"
    said = re.match(r"\{\{! (.+?) \}\}\n", template.read_text()) if template.exists() else None
    if said is None:
        sys.exit(f"docs/mails.md: begin a section '## {letter}': a sentence of who gets it and when, and an empty block ```")
    return said.group(1)


def write_page():
    """Brings the page up to date; a letter that is gone leaves it."""
    text, known = PAGE.read_text(), letters()
    shown = [found[1] for found in SECTION.finditer(text)]
    text = SECTION.sub(lambda found: section(*found.groups()) if found[1] in known else "", text)
    for letter in known:
        if letter not in shown:
            text += "\n" + section(letter, remark(letter))
    PAGE.write_text(text)


# --- the pictures -----------------------------------------------------------------------------------------

def draw(stale):
    """Draws these files: {file: (letter, view)}."""
    with tempfile.TemporaryDirectory() as home, Browser(home) as browser:
        for file, (letter, view) in stale.items():
            page = html_part(letter).replace("</head>", FRAME)
            png = finished(browser.draw(page, WIDTH[view], dark=view == "dark"), digest(letter))
            (PICTURES / file).write_bytes(png)
            print(f"{len(png):7} docs/mails/{file}")


def main():
    """Draws what has changed, and says what was drawn."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--all", action="store_true", help="draw every picture again")
    args = parser.parse_args()
    PICTURES.mkdir(exist_ok=True)
    wanted = {file: (letter, view) for letter in letters() for file, view in pictures(letter).items()}
    for path in PICTURES.glob("*.png"):
        if path.name not in wanted:
            path.unlink()
    write_page()
    stale = {file: what for file, what in wanted.items() if args.all or drawn_from(PICTURES / file) != digest(what[0])}
    if stale:
        draw(stale)


if __name__ == "__main__":
    main()
