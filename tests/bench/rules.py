"""Twenty rules over headers and body, in our words and in fdm's: the same regexps; only the last ends the search.

They keep to what PCRE2 and POSIX both read. fdm matches the raw bytes of a mail, we its decoded text.
"""
RULES = [
    ("subject", r"sev(erity)?[ :#-]*[0-3]"),
    ("subject", r"\[rfh (search|cloud|docs)\]"),
    ("subject", r"(licen[cs]e|subscription|invoice|billing)"),
    ("subject", r"(SSO|SAML|OIDC|OAuth|log ?in|permission)"),
    ("subject", r"(slow|latency|performance|time ?out)"),
    ("subject", r"(newsletter|webinar|invitation|out of office)"),
    ("from", r"(noreply|no-reply|mailer-daemon|postmaster)@"),
    ("from", r"@(partners|contractors)\.example\.com"),
    ("body", r"(out of memory|oom ?kill(ed|er)|cannot allocate)"),
    ("body", r"zoekt-(webserver|indexserver)\[[0-9]+\]: .* elapsed=[0-9]{5}ms"),
    ("body", r"zendesk #([0-9]{4,7})"),
    ("body", r"(precise code (navigation|intelligence)|lsif|scip) (index|upload)"),
    ("body", r"(src batch (apply|preview)|batch spec|changesettemplate)"),
    ("body", r"(saml (assertion|response)|openid connect|auth provider)"),
    ("body", r"panic: [a-z ]*(nil pointer|index out of range)"),
    ("body", r"(connection refused|connection reset by peer|no route to host)"),
    ("body", r"version [0-9]+\.[0-9]+\.[0-9]+"),
    ("body", r"(helm (upgrade|install)|kubectl (apply|get|logs))"),
    ("body", r"(view (this|it) in (your|a) browser|unsubscribe)"),
    ("subject", r"."),
]
FDM_HEADERS = {"subject": "^Subject:.*", "from": "^From:.*"}


def ours():
    """A file of rules for relay.conf."""
    texts = []
    for number, (field, regex) in enumerate(RULES):
        last = number == len(RULES) - 1
        more = "" if last else f"    set label area-{number}\n    continue\n"
        texts.append(f'rule "bench {number + 1}" {{\n    {field} ~ /{regex}/i\n{more}}}\n')
    return "\n".join(texts)


def fdm(home, user, password, imap_port, tls, sink):
    """A configuration of fdm: fetch, match, hand on twice (as we write to the engineer and to the requester)."""
    account = f"imap{'s' if tls else ''} server \"127.0.0.1\" port {imap_port} user \"{user}\" pass \"{password}\""
    account += " no-verify" if tls else ""
    lines = ["set maximum-size 100M", f"set lock-file \"{home}/lock\"", f"account \"bench\" {account}",
             *(f'action "{who}" smtp server "127.0.0.1" port {sink} from "{user}" to "{who}@example.com"'
               for who in ("engineer", "requester"))]
    for number, (field, regex) in enumerate(RULES[:-1]):
        where = "body" if field == "body" else "headers"
        pattern = (FDM_HEADERS.get(field, "") + regex).replace('"', '\\"').replace("\\", "\\\\")
        lines.append(f'match "{pattern}" in {where} action tag "area{number}" continue')
    lines.append('match all actions { "engineer" "requester" }')
    return "\n".join(lines) + "\n"
