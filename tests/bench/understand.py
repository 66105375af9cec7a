"""How fast mail is understood: `inspect --json` over the mixed corpus in one process, beside Python's email package.

Python parses each mail and decodes all of its text and attachments, as inspect does; it looks for no forwards, quotes
or bounces.
"""
import email
import email.policy
import os
import subprocess
import time


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


def understanding(program, files):
    """Figures of both over the same files."""
    with_python(files[:20])
    ours, theirs = best(2, lambda: inspect(program, files)), best(1, lambda: with_python(files))
    return {"mails": len(files), "bytes": sum(os.path.getsize(name) for name in files),
            "seconds": ours, "rate": len(files) / ours, "python_seconds": theirs,
            "python_rate": len(files) / theirs, "times_python": theirs / ours}
