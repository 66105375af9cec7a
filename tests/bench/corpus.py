"""The mails of the bench, the same every time: tickets that support engineers forward, as several clients do it."""
import base64
import quopri
import random

CLIENTS = ("gmail", "outlook", "apple", "attached")
STAFF = ("Ada Okafor <ada@example.com>", "Alan Weber <alan@example.com>", "Grace Lindqvist <grace@example.com>",
         "Jörg Müller <joerg@example.com>", "Mei Lin <mei@example.com>", "Sam de Vries <sam@example.com>")
PLACES = ("acme", "globex", "initech", "hooli", "umbrella", "stark", "wayne", "tyrell")
TOPICS = ("search is down after the upgrade", "SAML login fails for some users", "repositories are not synced",
          "slow queries since Monday", "license has expired", "batch change hangs", "executors are out of disk",
          "code navigation finds nothing",
          "question about the API",
          "Anmeldung schlägt fehl", "größere Ausfälle bei der Suche", "embeddings job fails")
WORDS = """search index shard pod restart memory upgrade version error timeout the a of after before we have seen that our
users cannot find any results since this morning please look log attached customer Grüße déjà größer wieder node cluster
zoekt gitserver frontend repository permission token migration database postgres latency request response proxy header
certificate deploy helm chart""".split()
LOG = "    2026-11-{day:02}T{hour:02}:14:55Z {level} zoekt-webserver[{pid}]: {words} shard={pid} " \
      "elapsed={ms}ms trace=0x{trace:016x}\n"

HEADER = """Return-Path: <{address}>
Authentication-Results: mx.example.com;
\tspf=pass smtp.mailfrom={address};
\tdkim=pass header.d=example.com header.s=s1 header.b={hash:.8};
\tdmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=example.com
Received: from mx{byte}.example.net (mx{byte}.example.net [192.0.2.{byte}])
\tby mx.example.com with ESMTPS id {n:08x} for <escalations@example.com>;
\tMon, 23 Nov 2026 09:59:58 +0000 (UTC)
Received: by mail-lf1-f{byte}.example.net with SMTP id 2adb3069b0e04-{hash:.12}
\tfor <escalations@example.com>; Mon, 23 Nov 2026 01:59:57 -0800 (PST)
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=s1;
\tt=1795427997; x=1796032797; darn=example.com;
\th=to:subject:message-id:date:from:mime-version:from:to:cc:subject
\t:date:message-id:reply-to; bh={hash}=;
\tb={hash}{hash}
\t {hash}{hash}
X-Gm-Message-State: {hash}{hash}
X-Google-Smtp-Source: {hash}{hash}
MIME-Version: 1.0
From: {sender}
Date: Mon, 23 Nov 2026 10:00:00 +0000
Message-ID: <bench-{hash:.16}-{n}@mail.example.com>
Subject: {subject}
To: Escalations <escalations@example.com>
"""


def prose(rng, size):
    """Lines of words and of a log, about size characters."""
    lines, length = [], 0
    while length < size:
        chance = rng.random()
        if chance < 0.25:
            line = LOG.format(day=rng.randint(1, 23), hour=rng.randint(0, 23),
                              level=rng.choice(("info", "warn", "error")), pid=rng.randint(1, 9999),
                              words=" ".join(rng.choices(WORDS, k=5)),
                              ms=rng.randint(1, 99999), trace=rng.getrandbits(64))
        else:
            line = "\n" if chance < 0.35 else " ".join(rng.choices(WORDS, k=rng.randint(6, 13))) + "\n"
        lines.append(line)
        length += len(line)
    return "".join(lines)


def part(kind, text):
    """A text part in quoted-printable."""
    return f"Content-Type: text/{kind}; charset=\"UTF-8\"\nContent-Transfer-Encoding: quoted-printable\n\n" \
           f"{quopri.encodestring(text.encode()).decode()}\n"


def escaped(text):
    """Text as a client's editor makes HTML of it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("\n", "<br>\n")


def forwarded(rng, client, subject, size):
    """(text, HTML, original to attach) of what somebody forwards with that client."""
    place, ticket = rng.choice(PLACES), rng.randint(1000, 999999)
    customer, when = f"Wile Ecker <wile{ticket}@{place}.example>", "Sun, Nov 22, 2026 at 9:31 AM"
    note = f"Hello,\n\nthis is Zendesk #{ticket} of {place}. {' '.join(rng.choices(WORDS, k=30))}.\n\nThanks,\nAda\n"
    body = f"Hello support,\n\n{prose(rng, size)}\nRegards,\nWile Ecker\n{place.title()} Corp.\n"
    fields = [("From", customer), ("Date" if client != "outlook" else "Sent", when), ("Subject", subject),
              ("To", "<support@example.com>")]
    if client == "attached":
        original = "".join(f"{name}: {value}\n" for name, value in fields if name != "Date") + \
            "Date: Sun, 22 Nov 2026 09:31:00 +0000\n" \
            f"Message-ID: <{ticket}.{rng.getrandbits(64):x}@{place}.example>\nMIME-Version: 1.0\n"
        return note, None, original.replace(subject, encoded(subject)) + part("plain", body)
    head = "".join(f"{name}: {value}\n" for name, value in fields)
    if client == "gmail":
        text = f"{note}\n---------- Forwarded message ---------\n{head}\n\n{body}"
        page = f'<div dir="ltr">{escaped(note)}<br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">' \
               f"---------- Forwarded message ---------<br>{escaped(head)}</div><br>{escaped(body)}</div></div>\n"
    elif client == "outlook":
        text = f"{note}\n________________________________\n{head}\n{body}"
        marked = "".join(f"<b>{name}:</b> {escaped(value)}<br>\n" for name, value in fields)
        span = '<span style="font-size:11.0pt;font-family:&quot;Calibri&quot;,sans-serif">'
        lines = "".join(f'<p class="MsoNormal">{span}'
                        f"{escaped(line)}<o:p></o:p></span></p>\n" for line in body.split("\n"))
        page = '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style><!--\n' \
               "p.MsoNormal {margin:0cm; font-size:11.0pt;}\n--></style></head><body lang=\"EN-GB\">" \
               f'<div class="WordSection1"><p class="MsoNormal">{escaped(note)}</p>' \
               '<hr style="display:inline-block;width:98%">' \
               f'<div id="divRplyFwdMsg" dir="ltr">{marked}</div>{lines}</div></body></html>\n'
    else:
        quoted = "".join(f"> {line}\n" for line in f"Begin forwarded message:\n\n{head}\n{body}".split("\n"))
        return f"{note}\n{quoted}", None, None
    return text, page, None


def encoded(text):
    """A header field's text; not ASCII: in encoded words."""
    if text.isascii():
        return text
    return "=?utf-8?B?" + base64.b64encode(text.encode()).decode() + "?="


def attachment(rng, size):
    """A log archive of so many bytes on the wire."""
    data = base64.encodebytes(rng.randbytes(max(size, 100) * 73 // 100)).decode()
    return "Content-Type: application/gzip; name=\"logs.tgz\"\nContent-Transfer-Encoding: base64\n" \
           f"Content-Disposition: attachment; filename=\"logs.tgz\"\n\n{data}"


def mail(rng, number, size):
    """One mail of about size bytes, with an attachment where that is much."""
    client = CLIENTS[(number + number // 20) % len(CLIENTS)]
    sender, topic = rng.choice(STAFF), rng.choice(TOPICS)
    original_subject = f"[#{rng.randint(1000, 999999)}] {topic}"
    subject = ("FW: " if client == "outlook" else "Fwd: ") + original_subject
    texts = {"gmail": 2.2, "outlook": 4.4, "apple": 1.2, "attached": 1.2}[client]      # bytes a byte of text becomes
    text, page, original = forwarded(rng, client, original_subject, max(300, int((min(size, 16000) - 2700) / texts)))
    name, _, address = sender[:-1].partition(" <")
    head = HEADER.format(n=number, byte=number % 250 + 1, subject=encoded(subject), address=address,
                         sender=f"{encoded(name)} <{address}>",
                         hash=base64.b64encode(rng.randbytes(33)).decode().replace("/", "x").replace("+", "y"))
    body = part("plain", text)
    if page:
        body = f"Content-Type: multipart/alternative; boundary=\"alt{number}\"\n\n" \
               f"--alt{number}\n{body}--alt{number}\n{part('html', page)}--alt{number}--\n"
    more = [f"Content-Type: message/rfc822\nContent-Disposition: attachment\n\n{original}\n"] if original else []
    if size > 20000:
        more.append(attachment(rng, size - len(head) - len(body)))
    if more:
        body = f"Content-Type: multipart/mixed; boundary=\"mix{number}\"\n\n" + \
            "".join(f"--mix{number}\n{one}" for one in [body, *more]) + f"--mix{number}--\n"
    return (head + body).replace("\n", "\r\n").encode()


def mixed_sizes(rng, number):
    """80 % forwards of 3-20 KB, 15 % with 50-300 KB, 5 % with 1-5 MB of attachments."""
    share = number * 7 % 20
    low, high = (3000, 20000) if share < 16 else (50000, 300000) if share < 19 else (1000000, 5000000)
    return rng.randint(low, high)


def small_sizes(rng, _):
    """13 KB on average."""
    return rng.randint(6000, 20000)


def corpus(kind, count, seed=2026):
    """Yields the mails of a corpus, "mixed" or "small"."""
    rng = random.Random(f"{kind} {seed}")
    sizes = mixed_sizes if kind == "mixed" else small_sizes
    for number in range(count):
        yield mail(rng, number, sizes(rng, number))
