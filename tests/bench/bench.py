"""How fast mail is understood: `inspect --json` over a made-up corpus in one process, beside Python's email package.

    python3 tests/bench/bench.py [--program build/escrelay]        BENCH_SMALL=1 for a tenth of the mails

The corpus is the same every time: 2,000 mails, 80 % of them forwards of 3-20 KB, 15 % with 50-300 KB, 5 % with 1-5 MB of
attachments. Python parses each mail and decodes all of its text and attachments, as inspect does; it looks for no
forwards, quotes or bounces.
"""
import argparse
import base64
import email
import email.policy
import os
import quopri
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MAILS = 200 if os.environ.get("BENCH_SMALL") else 2000
WORDS = """search index shard pod restart memory upgrade version error timeout the a of after before we have seen that
our users cannot find any results since this morning please look log attached customer Grüße déjà größer wieder node""".split()
HEADER = """Received: from mx{n}.example.net (mx{n}.example.net [192.0.2.{byte}])
\tby mx.example.com with ESMTPS id {n:08x} for <escalations@example.com>;
\tMon, 23 Nov 2026 09:59:58 +0000 (UTC)
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=s1;
\th=from:to:subject:date:message-id; bh={hash}=; b={hash}{hash}
From: Ada Weber <ada@example.com>
To: escalations@example.com
Subject: =?utf-8?Q?Fwd=3A_{word}_gr=C3=B6=C3=9Fer?= {n}
Date: Mon, 23 Nov 2026 10:00:00 +0000
Message-ID: <bench-{n}@example.com>
MIME-Version: 1.0
"""
FORWARD = """{note}

---------- Forwarded message ---------
From: Kim Acme <kim@acme.example>
Date: Sun, Nov 22, 2026 at 9:31 AM
Subject: {word} is down
To: <ada@example.com>


{body}
"""


def prose(rng, size):
    """Lines of words, about size bytes."""
    lines, length = [], 0
    while length < size:
        line = " ".join(rng.choices(WORDS, k=rng.randint(6, 11)))
        lines.append(line if rng.random() > 0.1 else "")
        length += len(line) + 1
    return "\n".join(lines)


def text_part(kind, text):
    """A text part in quoted-printable."""
    return f"Content-Type: text/{kind}; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n" \
           f"{quopri.encodestring(text.encode()).decode()}\n"


def mail(rng, number, size):
    """One mail of about size bytes: a forward, with HTML beside it, and an attachment where it is large."""
    word = rng.choice(WORDS[:8])
    text = FORWARD.format(note=prose(rng, 100), word=word, body=prose(rng, min(size, 20000) // 3))
    html = "<html><body><div>" + "</div>\n<div>".join(
        line or "<br>" for line in text.replace("<", "&lt;").split("\n")) + "</div></body></html>"
    head = HEADER.format(n=number, byte=number % 250, word=word, hash=f"{rng.getrandbits(160):040x}")
    body = "Content-Type: multipart/alternative; boundary=alt\n\n" \
           f"--alt\n{text_part('plain', text)}--alt\n{text_part('html', html)}--alt--\n"
    rest = size - len(head) - len(body)
    if size > 20000 and rest > 0:
        data = base64.encodebytes(rng.randbytes(rest * 3 // 4)).decode()
        body = f"Content-Type: multipart/mixed; boundary=mix\n\n--mix\n{body}--mix\n" \
               "Content-Type: application/octet-stream; name=\"log.bin\"\nContent-Transfer-Encoding: base64\n" \
               f"Content-Disposition: attachment; filename=\"log.bin\"\n\n{data}--mix--\n"
    return (head + body).replace("\n", "\r\n").encode()


def corpus(folder):
    """The mails, and their files."""
    rng, files = random.Random(2026), []
    for number in range(MAILS):
        share = number % 20
        size = rng.randint(3000, 20000) if share < 16 else rng.randint(50000, 300000) if share < 19 \
            else rng.randint(1000000, 5000000)
        path = folder / f"{number:04}.eml"
        path.write_bytes(mail(rng, number, size))
        files.append(str(path))
    return files


def with_python(files):
    """Parses and decodes all; how many had a text."""
    texts = 0
    for name in files:
        with open(name, "rb") as file:
            message = email.message_from_binary_file(file, policy=email.policy.default)
        for part in message.walk():
            if not part.is_multipart():
                content = part.get_content()
                texts += isinstance(content, str)
        str(message["subject"]), str(message["from"]), str(message["to"])
    return texts


def best(times, work):
    """The shortest of some runs, in seconds."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return min(found)


def inspect(program, files):
    """One process over all files."""
    done = subprocess.run([program, "inspect", "--json", *files], stdout=subprocess.PIPE, check=True)
    lines = done.stdout.splitlines()
    assert len(lines) == len(files) and all(b'"kind":"forward"' in line for line in lines)


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default="build/escrelay")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="escrelay-bench-") as folder:
        files = corpus(Path(folder))
        size = sum(os.path.getsize(name) for name in files) / 1e6
        with_python(files[:20])
        ours = best(2, lambda: inspect(args.program, files))
        theirs = best(2, lambda: with_python(files))
    print(f"Understanding mail: {len(files)} mails, {size:.0f} MB, one process")
    print(f"  {'':24}{'MB/s':>9}{'mails/s':>10}{'seconds':>10}")
    for name, seconds in (("escrelay inspect --json", ours), ("Python's email package", theirs)):
        print(f"  {name:24}{size / seconds:9.1f}{len(files) / seconds:10.0f}{seconds:10.2f}")
    print(f"  {theirs / ours:.1f} times as fast as parsing and decoding alone in Python {sys.version.split()[0]}")


if __name__ == "__main__":
    main()
