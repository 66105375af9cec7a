"""Random mails that want to become something else on their way: a second mail, a header, a recipient, a command.

`hostile_forward(dice)` and `hostile_reply(dice, to)` return raw bytes, the same for the same dice. What evil wants to reach
is always at evil.example, and a header that it wants to make is always called X-Evil, or Bcc.
"""
import base64

from .mails import ADA, ESCALATIONS, GRACE

STAFF = (ADA, GRACE, "Alan <alan@example.com>")
EVIL = "mallory@evil.example"
# The line ends, and ends of data, that some server takes for the one that counts (the shapes of the smuggling tools).
ENDS = [b"\r\n.\r\n", b"\n.\n", b"\r.\r", b"\n.\r\n", b"\r\n.\n", b"\r.\r\n", b"\r\n.\r", b"\r\n\0.\r\n", b"\r\r\n.\r\r\n",
        b"\n\n.\n\n", b"\r\n..\r\n", b"\r\n.\0\r\n", b"\n.\r", b"\r\n.\t\r\n", b"\xc2\x85.\xc2\x85", b"\x0b.\x0b"]
SECOND = (b"MAIL FROM:<%b>\r\nRCPT TO:<%b>\r\nDATA\r\nSubject: smuggled\r\nX-Evil: 1\r\n\r\nhello\r\n.\r\n" %
          (EVIL.encode(), EVIL.encode()))
INJECTED = ["\r\nBcc: " + EVIL, "\nX-Evil: 1", "\rX-Evil: 2", "\r\n\r\nX-Evil: body", "\0", "\x1b[2J", "\u2028X-Evil: 3",
            "\x85X-Evil: 4", "\x0bX-Evil: 5", "<" + EVIL + ">", ", " + EVIL, '"', "\\", "=?utf-8?q?x?=", "\u202egnp.exe",
            "\r\n.\r\n", ">", "\r\n X-Evil: folded", "{{token}}", "%s%n", "/../../etc/passwd", "x" * 300, "\U0001f600" * 80]
WORDS = ["down", "search", "zoekt", "timeout", "please", "Sev-1", "\u00fcber", "\u65e5\u672c", "naked"]


def _any(dice, *choices):
    return dice.choice(choices)


def _text(dice):
    """A few words with one injection among them."""
    words = dice.choices(WORDS, k=dice.randint(1, 6))
    words.insert(dice.randint(0, len(words)), dice.choice(INJECTED))
    return " ".join(words)


def _word(dice, text):
    """The text as encoded words, with its line ends inside; or as it is where that stays one header field."""
    raw = text.encode()
    if dice.random() < 0.3:
        return text.replace("\r", "").replace("\n", "").encode()
    if dice.random() < 0.5:
        return b"=?utf-8?q?" + b"".join(b"=%02X" % byte for byte in raw) + b"?="
    cut = dice.randint(0, len(raw))         # also in the middle of a character
    return b" ".join(b"=?utf-8?b?" + base64.b64encode(part) + b"?=" for part in (raw[:cut], raw[cut:]))


def _name(dice, text):
    """A file name, by RFC 2047, by RFC 2231 in pieces and out of order, or bare."""
    raw = text.encode()
    quoted = b"".join(b"%%%02X" % byte for byte in raw)
    half = len(raw) // 2 * 3
    return _any(dice, b' filename="' + _word(dice, text) + b'"', b" filename*=utf-8''" + quoted,
                b" filename*1*=" + quoted[half:] + b";\r\n filename*0*=utf-8''" + quoted[:half],
                b" filename*0*=utf-8''" + quoted[:half] + b";\r\n filename*1=\"" + raw[half // 3:].replace(b"\r", b"")
                .replace(b"\n", b"").replace(b'"', b"") + b'"', b" filename*0*=utf-8''" + quoted + b"; filename*2=x")


def hostile_body(dice):
    """Lines that end in all ways, dots, smuggled mails, very long lines, bytes of any kind, and perhaps no last line end."""
    pieces = [b"An ordinary line.", b".", b"..", b"", b"From the start", b"--=boundary", b"x" * 998, b"\xff\xfe\x80", b"\t.",
              b"From: x@evil.example", b"X-Evil: in the text", b"=\r\n.", b"a\0b", "gr\u00fc\u00dfe".encode()]
    body = b""
    for _ in range(dice.randint(1, 30)):
        body += dice.choice(pieces) + _any(dice, b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r")
        if dice.random() < 0.15:
            body += dice.choice(ENDS) + _any(dice, b"", SECOND, SECOND.replace(b"\r\n", b"\n"))
    if dice.random() < 0.05:
        body += _any(dice, b"y", b".", b"\xe4", b"y ") * 100_000
    if dice.random() < 0.05:
        body += b"\r" * dice.randint(1, 5000) + b"\n" * dice.randint(1, 50)
    return body + _any(dice, b"", b"\r\n", b".", b"\r", b"\r\n.", b"\r\n.\r\n")


def _head(dice, sender, to, subject, number):
    """The header, with an Authentication-Results of the border, which believes in the sender."""
    name, address = sender.rstrip(">").split(" <")
    shown = dice.choice([name.encode(), b'"' + name.encode() + b'"', _word(dice, name + _text(dice))])
    fields = [b"Authentication-Results: mx.example.com; dmarc=pass header.from=example.com",
              b"From: " + shown + b" <" + address.encode() + b">", b"To: " + to,
              b"Subject: " + subject, b"Date: Tue, 24 Nov 2026 09:00:00 +0000",
              b"Message-ID: " + _any(dice, b"<hostile.%d@example.com>" % number, b'<"hostile %d"@x>' % number,
                                     b"<hostile.%d\x80@x>" % number, b"<hostile.%d" % number)]
    extra = [b"Reply-To: " + _any(dice, EVIL.encode(), _word(dice, _text(dice)) + b" <" + EVIL.encode() + b">"),
             b"Cc: " + _any(dice, b"friends: mallory@evil.example, ada@example.com;", b"undisclosed-recipients:;",
                            b"<@evil.example:mallory@evil.example>", b'"a\\"b" <mallory@evil.example>'),
             b"References: <" + dice.choice(INJECTED).encode().replace(b"\r", b"").replace(b"\n", b"") + b"@evil.example>",
             b"Sender: " + EVIL.encode(), b"Return-Path: <" + EVIL.encode() + b">", b"X-Evil: as it came",
             b"Bcc: " + EVIL.encode(), b"Disposition-Notification-To: " + EVIL.encode(),
             b"List-Unsubscribe: <mailto:" + EVIL.encode() + b">", b"X-" + b"l" * 3000 + b": " + b"v" * 3000]
    return fields + dice.sample(extra, dice.randint(0, 4))


def _mime(dice, body):
    """[field, ...], body: as text of some encoding, or in a multipart with attachments of evil names."""
    kind = dice.random()
    plain = b"Content-Type: text/plain; charset=" + _any(dice, b"utf-8", b"us-ascii", b"utf-7", b"iso-2022-jp", b'"x\r\n y"')
    if kind < 0.5:
        return [b"MIME-Version: 1.0", plain, b"Content-Transfer-Encoding: 8bit"], body
    if kind < 0.65:
        return ([b"MIME-Version: 1.0", plain, b"Content-Transfer-Encoding: base64"], base64.encodebytes(body))
    mark = b"b%d" % dice.randint(0, 10 ** 9)
    parts = [plain + b"\r\n\r\n" + body]
    for _ in range(dice.randint(0, 3)):
        parts.append(b"Content-Type: " + _any(dice, b"application/octet-stream", b"message/rfc822", b"text/html", b"image/png") +
                     b"\r\nContent-Disposition: attachment;" + _name(dice, _text(dice)) + b"\r\n\r\n" + hostile_body(dice))
    return ([b"MIME-Version: 1.0", b'Content-Type: multipart/mixed; boundary="' + mark + b'"'],
            b"".join(b"--" + mark + b"\r\n" + part + b"\r\n" for part in parts) + _any(dice, b"--" + mark + b"--\r\n", b""))


def hostile_forward(dice, number):
    """A member of staff forwards something."""
    inner = (b"---------- Forwarded message ---------\r\nFrom: " + _word(dice, _text(dice)) + b" <wile@acme.example>\r\n"
             b"Subject: " + _word(dice, _text(dice)) + b"\r\nTo: <support@example.com>\r\n\r\n")
    fields, body = _mime(dice, b"See below.\r\n\r\n" + inner + hostile_body(dice))
    head = _head(dice, dice.choice(STAFF), ESCALATIONS.encode(), b"Fwd: " + _word(dice, _text(dice)), number)
    return b"\r\n".join(head + fields) + b"\r\n\r\n" + body


def hostile_reply(dice, number, sender, to, message_id):
    """Somebody answers a letter of ours."""
    fields, body = _mime(dice, hostile_body(dice) + b"\r\n/ack " + dice.choice(INJECTED).encode() + b"\r\n")
    head = _head(dice, sender, to.encode(), b"Re: " + _word(dice, _text(dice)), number)
    return b"\r\n".join(head + [b"In-Reply-To: " + message_id.encode()] + fields) + b"\r\n\r\n" + body
