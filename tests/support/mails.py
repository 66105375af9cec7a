"""Mails as real clients write them. Each builder returns an email.message.EmailMessage.

A test names what matters to it, changes fields of the result where it wants to, and hands it to
`lab.send`. Senders are addresses, with or without a name; dates are now.
"""
import html
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr
from datetime import datetime, timedelta, timezone
from itertools import count

ESCALATIONS = "escalations@example.com"
ADA = "Ada Okafor <ada@example.com>"
GRACE = "Grace Lindqvist <grace@example.com>"
KEEGAN = "Keegan <keegan@example.com>"
BOLA = "Bola <bola@example.com>"
VALERY = "Valery <valery@example.com>"
CUSTOMER = "Wile Ecker <wile@acme.example>"
_TICKETS = count()
STYLES = ("gmail", "outlook", "apple", "attached")

TICKET = """\
Hello support,

since this morning every indexed search on our instance returns "zoekt: connection
refused". We run v5.2.1 on Kubernetes; restarting the pod zoekt-webserver-0 helps for
about ten minutes. 400 developers are affected.

    2026-11-02T08:14:55Z error zoekt-webserver: out of memory, killed

Regards,
Wile Ecker
ACME Corp.
"""


def mail(sender, to, subject, text, page=None, **fields):
    """A plain mail, with an HTML alternative where `page` is given.

    Other header fields are named like In_Reply_To="<id@host>"; None leaves one out, so that
    Message_ID=None makes a mail without one.
    """
    message = EmailMessage()
    domain = parseaddr(sender)[1].rpartition("@")[2] or "example.com"
    fields = {"From": sender, "To": to, "Subject": subject,
              "Date": format_datetime(datetime.now(timezone.utc)),
              "Message_ID": make_msgid(domain=domain)} | fields
    for name, value in fields.items():
        if value is not None:
            message[name.replace("_", "-")] = value
    message.set_content(text)
    if page:
        message.add_alternative(page, subtype="html")
    return message


def ticket(subject="[SEV-1] Indexed search is down", text=TICKET, sender=CUSTOMER,
           to="support@example.com", **fields):
    """What a customer wrote to support. Each has a second of its own: the relay would know the same mail again."""
    then = datetime.now(timezone.utc) - timedelta(days=1, seconds=61 * next(_TICKETS))
    return mail(sender, to, subject, text, **({"Date": format_datetime(then)} | fields))


def forward(original=None, sender=ADA, style="gmail", note="Could you have a look? Ticket #4711.",
            to=ESCALATIONS, subject=None, **fields):
    """An AER's forward of a customer's ticket to the escalations address.

    `style` is the client that wrote it: gmail, outlook and apple quote the original in the text,
    attached holds it whole as message/rfc822 ("forward as attachment").
    """
    original = original or ticket()
    subject = subject or ("FW: " if style == "outlook" else "Fwd: ") + original["Subject"]
    if style == "attached":
        message = mail(sender, to, subject, note + "\n", **fields)
        message.add_attachment(original)
        return message
    text, page = _INLINE[style](original, note)
    return mail(sender, to, subject, text, page, **fields)


def _gmail(original, note):
    body = text_of(original)
    head = [("From", original["From"]), ("Date", original["Date"]),
            ("Subject", original["Subject"]), ("To", f"<{parseaddr(original['To'])[1]}>")]
    lines = "".join(f"{name}: {value}\n" for name, value in head)
    text = f"{note}\n\n---------- Forwarded message ---------\n{lines}\n\n{body}"
    page = (f'<div dir="ltr">{_html(note)}<br><br><div class="gmail_quote"><div dir="ltr" '
            'class="gmail_attr">---------- Forwarded message ---------<br>'
            f"{_html(lines)}</div><br><br>{_html(body)}</div></div>\n")
    return text, page


def _outlook(original, note):
    body = text_of(original)
    head = [("From", original["From"]), ("Sent", original["Date"]), ("To", original["To"]),
            ("Subject", original["Subject"])]
    lines = "".join(f"{name}: {value}\n" for name, value in head)
    text = f"{note}\n\n________________________________\n{lines}\n{body}"
    marked = "".join(f"<b>{name}:</b> {_html(value)}<br>" for name, value in head)
    page = (f'<html><body><p class="MsoNormal">{_html(note)}</p><hr style="display:inline-block;'
            f'width:98%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr">{marked}</div>'
            f"<div>{_html(body)}</div></body></html>\n")
    return text, page


def _apple(original, note):
    head = [("From", original["From"]), ("Subject", original["Subject"]),
            ("Date", original["Date"]), ("To", original["To"])]
    lines = "".join(f"{name}: {value}\n" for name, value in head)
    quoted = quote(f"Begin forwarded message:\n\n{lines}\n{text_of(original)}")
    return f"{note}\n\n{quoted}\n", None


_INLINE = {"gmail": _gmail, "outlook": _outlook, "apple": _apple}


def reply(to_mail, sender, text, **fields):
    """A top-posted answer with the whole quoted below, sent to where the mail wants answers.

    `to_mail` is a parsed mail from somebody's mailbox: its Reply-To (where a relay's token is),
    Message-ID and References are used as any mail client uses them.
    """
    subject = str(to_mail["Subject"])
    if not subject.lower().startswith("re:"):
        subject = "Re: " + subject
    known = [str(to_mail[name]) for name in ("References", "Message-ID") if to_mail[name]]
    threading = {"In_Reply_To": to_mail["Message-ID"], "References": " ".join(known) or None}
    body = (f"{text}\n\nOn Mon, 2 Nov 2026 at 09:00, {to_mail['From']} wrote:\n\n"
            f"{quote(text_of(to_mail))}\n")
    return mail(sender, str(to_mail["Reply-To"] or to_mail["From"]), subject, body,
                **(threading | fields))


def outsider(sender="Mallory <mallory@elsewhere.example>", subject="Cheap seats", to=ESCALATIONS,
             text="Buy now.\n", **fields):
    """Mail from somebody who is nobody to us."""
    return mail(sender, to, subject, text, **fields)


def out_of_office(to_mail, sender, until="2026-11-30", **fields):
    """The automatic answer of somebody's mail server while he is away."""
    fields = {"Auto_Submitted": "auto-replied", "X_Auto_Response_Suppress": "All",
              "Precedence": "bulk", "In_Reply_To": to_mail["Message-ID"]} | fields
    return mail(sender, str(to_mail["Reply-To"] or to_mail["From"]),
                f"Automatic reply: {to_mail['Subject']}",
                f"I am out of the office until {until} and read no mail.\n", **fields)


def bounce(of_mail, recipient, permanent=True, to=ESCALATIONS):
    """What a mail server returns when it cannot deliver (RFC 3464). Its envelope sender is empty:
    lab.send(bounce(...), sender="")."""
    status, action, code = (("5.1.1", "failed", "550 5.1.1 user unknown") if permanent else
                            ("4.2.2", "delayed", "452 4.2.2 mailbox full"))
    message = mail("Mail Delivery System <MAILER-DAEMON@mx.example.com>", to,
                   "Undelivered Mail Returned to Sender",
                   f"This is the mail system at host mx.example.com.\n\n<{recipient}>: {code}\n",
                   Auto_Submitted="auto-replied")
    message.make_mixed()
    report = EmailMessage()
    report["Content-Type"] = "message/delivery-status"
    report["Content-Description"] = "Delivery report"
    report.set_payload([_fields(Reporting_MTA="dns; mx.example.com"),
                        _fields(Final_Recipient=f"rfc822; {recipient}", Action=action,
                                Status=status, Diagnostic_Code=f"smtp; {code}")])
    returned = EmailMessage()
    returned["Content-Type"] = "text/rfc822-headers"
    returned.set_payload("".join(f"{name}: {value}\n" for name, value in of_mail.items()))
    for part in (report, returned):
        message.attach(part)
    message.replace_header("Content-Type", "multipart/report; report-type=delivery-status; "
                           f'boundary="{message.get_boundary() or _boundary(message)}"')
    return message


def _boundary(message):
    message.set_boundary(make_msgid()[1:20].replace(".", "="))
    return message.get_boundary()


def _fields(**fields):
    block = EmailMessage()
    for name, value in fields.items():
        block[name.replace("_", "-")] = value
    return block


def quote(text):
    """The text as clients quote it."""
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def text_of(message):
    """The readable text of a mail."""
    part = message.get_body(("plain", "html"))
    return part.get_content() if part else ""


def _html(text):
    return html.escape(str(text), quote=False).replace("\n", "<br>\n")
