/* keys.c - see keys.h. The table is the truth: ranges and defaults are read out of it by settings_read(). */
#include "config/keys.h"

#include <string.h>

#include "ground/mem.h"
#include "ground/text.h"

#define ONCE  false
#define AGAIN true
#define SECRET "credential NAME | file PATH | env NAME"
#define OPS   "~ /REGEX/ | = TEXT | like GLOB"
#define MUST  NULL

const struct key keys[] = {
	/* Who we are. */
	{ "", "address", "ADDRESS", NULL, MUST, ONCE,
	    "Where escalations are forwarded to; everything we send comes from it." },
	{ "", "reply-address", "TEMPLATE", NULL, "", ONCE,
	    "The address that answers come back to, with %t where the token goes, for servers that know no +; else "
	    "+%t before the @ of the address." },
	{ "", "name", "TEXT", NULL, "Escalations", ONCE, "The display name beside our address." },
	{ "", "operator", "ADDRESS", NULL, MUST, ONCE,
	    "Gets whatever has no other home: quarantine, refusals, alarms." },
	{ "", "fallback", "ADDRESS", NULL, "", ONCE,
	    "Is told when nobody takes an escalation or no rotation is on; the operator if not given." },
	{ "", "staff", "DOMAIN...", NULL, MUST, AGAIN,
	    "Domains whose people, also those of their subdomains, may open escalations." },
	{ "", "authserv-id", "NAME | none", NULL, MUST, ONCE,
	    "The server whose Authentication-Results are believed; none means that a token and an address on the "
	    "roster suffice to give commands." },
	{ "", "store", "PATH", NULL, "/var/lib/escrelay/escrelay.db", ONCE,
	    "The database; lock file and wake-up FIFOs live beside it." },
	{ "", "include", "GLOB", NULL, "", AGAIN, "Reads other files here, relative to this one and sorted by name." },

	/* Servers. */
	{ "", "mailbox", "NAME { }", NULL, "", AGAIN, "A mailbox that escalations arrive in." },
	{ "", "submission", "{ }", NULL, "", ONCE, "The server that takes our mail." },
	{ "", "webhook", "NAME { }", NULL, "", AGAIN, "A chat room or program that is told of events by HTTP." },

	/* People and their time. */
	{ "", "engineer", "NAME { }", NULL, "", AGAIN, "An escalation engineer." },
	{ "", "rotation", "POOL FROM to TO { }", NULL, "", AGAIN,
	    "Who has a seat in a pool from one date up to another, which is no longer part of it." },
	{ "", "away", "ENGINEER FROM [HH:MM] to TO [HH:MM]", NULL, "", AGAIN,
	    "When an engineer is not there, by his own calendar and clock; the last day named is not part of it, and "
	    "one day alone stands without a to." },
	{ "", "override", "POOL FROM to TO { X for Y ... }", NULL, "", AGAIN,
	    "Lets an engineer X stand in for Y, a line each." },
	{ "", "handover", "HH:MM ZONE", NULL, "00:00 UTC", ONCE, "When the days of rotations and overrides begin." },
	{ "", "cover", "DAYS HH:MM-HH:MM... ZONE", NULL, "", AGAIN,
	    "The hours that somebody should be at work, against which coverage is measured." },
	{ "", "seats-wanted", "NUMBER", "0..100", "3", ONCE,
	    "A rotation with fewer taken seats is warned of; 0 warns of none." },
	{ "", "last-offer", "SPAN", "0s..12h", "30m", ONCE,
	    "Nothing is assigned in the last part of a working window." },
	{ "", "handover-answer", "SPAN", "1h..30d", "2d", ONCE,
	    "How long an engineer whose rotation ended has to say what becomes of his cases, in his working hours." },
	{ "", "handover-default", "keep | pass", NULL, "keep", ONCE,
	    "What becomes of them if he does not say: he keeps them, or they pass to the next rotation." },

	/* Whom it is about. */
	{ "", "severity", "0..9 { }", NULL, "", AGAIN,
	    "How fast a severity wants to be answered; 0 is the worst, and 0 to 3 are known without being given." },
	{ "", "default-severity", "NUMBER", "0..9", "2", ONCE, "The severity of an escalation that does not tell." },
	{ "", "team", "NAME { }", NULL, "", AGAIN, "An engineering team that issues are filed to." },
	{ "", "customer", "NAME { }", NULL, "", AGAIN, "A customer, known by the domains of his mail." },
	{ "", "rule", "\"NAME\" { }", NULL, "", AGAIN,
	    "What to do with a message that fits; the first rule that fits decides." },
	{ "", "redact", "NAME ~ /REGEX/ \"WITH\" | NAME off", NULL, "", AGAIN,
	    "What is blotted out of an original before a team sees it, beside secrets of common shapes and the customers' "
	    "names; off lets one of those through." },
	{ "", "templates", "FOLDER", NULL, "", ONCE, "Texts of yours in place of the shipped ones." },

	/* Limits and reports. */
	{ "", "limit recipient", "NUMBER per SPAN", "1..100000", "60 per 1h", ONCE,
	    "Mails to one person, against loops." },
	{ "", "limit case", "NUMBER per SPAN", "1..100000", "120 per 1d", ONCE,
	    "Mails of one escalation, against loops." },
	{ "", "limit all", "NUMBER per SPAN", "1..1000000", "2000 per 1h", ONCE, "Mails in all, against loops." },
	{ "", "limit word", "NUMBER per SPAN", "1..100000", "20 per 1h", ONCE,
	    "Mails of one person in one escalation that are passed on; those beyond are held, and he is told." },
	{ "", "limit echo", "NUMBER per SPAN", "1..100000", "3 per 1d", ONCE,
	    "The same words of one person, again and again: likewise, against answering machines." },
	{ "", "hops-max", "NUMBER", "5..100", "30", ONCE, "A mail with more Received fields is a loop." },
	{ "", "token-valid", "SPAN", "1d..400d", "30d", ONCE,
	    "How long an answer still finds its case after that was closed." },
	{ "", "keep journal", "SPAN | forever", "1d..40000d", "forever", ONCE,
	    "How long the text of mails that came is kept, where no case or quarantine needs it any more; decide removes it once a day." },
	{ "", "keep outbox", "SPAN | forever", "1d..40000d", "forever", ONCE,
	    "How long letters that went are kept, likewise." },
	{ "", "keep events", "SPAN | forever", "1d..40000d", "forever", ONCE,
	    "How long the record of closed cases is kept, and why each mail was judged as it was." },
	{ "", "digest", "DAY | daily HH:MM ZONE", NULL, "mon 08:00 UTC", ONCE,
	    "When the digest goes out: what came in since the last, how it was solved, what stands still." },
	{ "", "digest-to", "ADDRESS...", NULL, "", AGAIN, "Who gets the digest; nobody if not given." },
	{ "", "budget", "PERCENT", "0%..100%", "10%", ONCE, "The share of escalations that may reach engineering." },
	{ "", "log", "error | warning | info | debug", NULL, "info", ONCE, "How much is logged." },

	{ "mailbox", "url", "imaps://HOST[:PORT]/FOLDER", NULL, MUST, ONCE,
	    "The server and the folder to read; imap:// means STARTTLS." },
	{ "mailbox", "tls", "off", NULL, "", ONCE, "Plain text, for imap:// on this very machine alone." },
	{ "mailbox", "user", "TEXT", NULL, MUST, ONCE, "Who logs in." },
	{ "mailbox", "password", SECRET, NULL, "", ONCE, "Where the password is to be had; it is never written here." },
	{ "mailbox", "auth", "password | xoauth2 { }", NULL, "password", ONCE, "How to log in." },
	{ "mailbox", "acknowledge", "move | copy | keyword", NULL, "move", ONCE,
	    "How a message that we have is marked on the server: moved to done, copied there and deleted, or given a "
	    "keyword." },
	{ "mailbox", "done", "FOLDER", NULL, "Escalations/Done", ONCE, "Where messages go that we have." },
	{ "mailbox", "keyword", "WORD", NULL, "$Escrelayed", ONCE, "The keyword for acknowledge keyword." },
	{ "mailbox", "poll", "SPAN", "1s..1h", "60s", ONCE,
	    "How often to look, whether the server tells of new mail or not." },
	{ "mailbox", "deadline", "SPAN", "5s..1h", "2m", ONCE, "How long one exchange with the server may take." },
	{ "mailbox", "size-limit", "SIZE", "64k..1G", "50M", ONCE,
	    "Of a larger message only the head is taken, and a person is told." },
	{ "mailbox", "ca", "PATH", NULL, "", ONCE, "Certificates to trust in place of the system's, in PEM." },

	{ "submission", "url", "smtps://HOST[:PORT]", NULL, MUST, ONCE, "The server; smtp:// means STARTTLS." },
	{ "submission", "tls", "off", NULL, "", ONCE, "Plain text, for smtp:// on this very machine alone." },
	{ "submission", "user", "TEXT", NULL, "", ONCE, "Who logs in; without a user nobody does." },
	{ "submission", "password", SECRET, NULL, "", ONCE,
	    "Where the password is to be had; it is never written here." },
	{ "submission", "auth", "password | xoauth2 { }", NULL, "password", ONCE, "How to log in." },
	{ "submission", "sessions", "NUMBER", "1..32", "2", ONCE, "How many connections send at once." },
	{ "submission", "timeout", "SPAN", "10s..1h", "10m", ONCE,
	    "How long the server may think before it says that it has a mail." },
	{ "submission", "retry-first", "SPAN", "5s..1h", "1m", ONCE,
	    "The wait after a first soft failure; it doubles from there." },
	{ "submission", "retry-longest", "SPAN", "10s..1d", "1h", ONCE, "The longest wait between attempts." },
	{ "submission", "give-up", "SPAN", "1h..30d", "4d", ONCE,
	    "When a mail that does not get through is given up, and a person is told." },
	{ "submission", "helo", "DOMAIN", NULL, "", ONCE, "The name we greet with; the host's if not given." },
	{ "submission", "ca", "PATH", NULL, "", ONCE, "Certificates to trust in place of the system's, in PEM." },

	{ "xoauth2", "token-url", "https://URL", NULL, MUST, ONCE, "Where an access token is to be had." },
	{ "xoauth2", "client", "TEXT", NULL, MUST, ONCE, "The client's id." },
	{ "xoauth2", "scope", "TEXT", NULL, "", ONCE, "The scopes to ask for, in quotes." },
	{ "xoauth2", "secret", SECRET, NULL, "", ONCE, "Where the client's secret is to be had." },
	{ "xoauth2", "refresh", SECRET, NULL, "", ONCE,
	    "Where the refresh token is to be had; without one the client asks in its own name." },

	{ "webhook", "url", "https://URL", NULL, MUST, ONCE,
	    "Where events are posted to; http:// only on this very machine." },
	{ "webhook", "secret", SECRET, NULL, "", ONCE, "Where the key is to be had that our posts are signed with." },
	{ "webhook", "events", "EVENT...", NULL, "", AGAIN,
	    "Which events: opened assigned waiting answered filed resolved reopened overdue quarantined refused "
	    "alarm; all if not given." },
	{ "webhook", "timeout", "SPAN", "1s..1m", "10s", ONCE, "How long the other side may take." },
	{ "webhook", "ca", "PATH", NULL, "", ONCE, "Certificates to trust in place of the system's, in PEM." },

	{ "engineer", "name", "TEXT", NULL, "", ONCE, "His name as people see it; the engineer's word if not given." },
	{ "engineer", "email", "ADDRESS...", NULL, MUST, AGAIN,
	    "His addresses: mail goes to the first, and mail from any of them is his." },
	{ "engineer", "zone", "ZONE", NULL, MUST, ONCE, "His timezone by its IANA name, such as Europe/Berlin." },
	{ "engineer", "hours", "DAYS HH:MM-HH:MM...", NULL, "", AGAIN,
	    "When he works, by his own clock; 22:00-06:00 crosses midnight, and 24:00 may end one." },
	{ "engineer", "skill", "WORD...", NULL, "", AGAIN, "What he is good at; rules may ask for it." },
	{ "engineer", "cap", "NUMBER", "0..1000", "0", ONCE,
	    "How many open escalations he has at most; 0 sets no limit." },
	{ "engineer", "weight", "PERCENT", "1%..200%", "100%", ONCE, "His part of a full share." },
	{ "engineer", "offhours", "yes | no", NULL, "no", ONCE,
	    "Whether he may be asked outside his hours, where the severity asks for it." },
	{ "engineer", "home-team", "TEXT", NULL, "", ONCE, "The team that lends him, named to his manager." },
	{ "engineer", "manager", "ADDRESS", NULL, "", ONCE, "Is told that his rotation begins, and gets the record of his service when it ended." },
	{ "engineer", "start", "DATE", NULL, "", ONCE, "His first day." },
	{ "engineer", "end", "DATE", NULL, "", ONCE, "The day from which he is no longer there." },

	{ "rotation", "seats", "ENGINEER | TBD ...", NULL, MUST, ONCE,
	    "Who has a seat, in the order of their turns; TBD or ? is one that nobody has yet." },

	{ "severity", "ack", "SPAN", "1m..60d", "", ONCE,
	    "Answer within, in working hours of whose turn it is; 15m 30m 4h 8h for 0 to 3." },
	{ "severity", "update", "SPAN", "1m..60d", "", ONCE, "The owner's next word within, likewise, or he is reminded; 1h 4h 16h 40h." },
	{ "severity", "chase", "SPAN", "1m..60d", "", ONCE,
	    "A silent team is reminded after, likewise; 2h 4h 16h 40h." },
	{ "severity", "nudge", "SPAN", "1m..60d", "", ONCE,
	    "A silent requester is reminded after, in the hours of cover (mon-fri 09:00-17:00 in the zone of handover where there is "
	    "none); 4h 8h 24h 40h." },
	{ "severity", "close", "SPAN", "1h..400d", "", ONCE,
	    "A case whose requester is silent for so long is closed, in the same hours; if not given, only a person closes it." },
	{ "severity", "offhours", "yes | no", NULL, "", ONCE,
	    "Whether engineers who agreed to it are asked outside their hours; yes for 0, no for the others." },

	{ "team", "name", "TEXT", NULL, "", ONCE, "Its name as people see it; the team's word if not given." },
	{ "team", "email", "ADDRESS", NULL, MUST, ONCE, "Where its tracker takes issues." },
	{ "team", "from", "ADDRESS...", NULL, "", AGAIN, "Where its tracker's mails come from, beside that." },
	{ "team", "number", "FIELD ~ /REGEX/", NULL, "", ONCE,
	    "How the tracker's own number is found in its mails, as (?<number>...)." },
	{ "team", "closed", "FIELD ~ /REGEX/", NULL, "", ONCE,
	    "How the tracker's mails tell that an issue is closed." },
	{ "team", "template", "PATH", NULL, "", ONCE, "The text of a filing, in place of the shipped one; a first line Subject: makes its subject." },
	{ "team", "label", "WORD...", NULL, "", AGAIN, "Labels for every filing." },
	{ "team", "hours", "DAYS HH:MM-HH:MM...", NULL, "", AGAIN, "When the team works; always if not given." },
	{ "team", "zone", "ZONE", NULL, "", ONCE, "The timezone of its hours." },
	{ "team", "chase", "SPAN", "1m..60d", "", ONCE,
	    "A silent team is reminded after, in its hours; by severity if not given." },
	{ "team", "engineering", "yes | no", NULL, "yes", ONCE, "Whether help asked of it counts to the budget." },

	{ "customer", "name", "TEXT", NULL, "", ONCE, "His name as people see it; the customer's word if not given." },
	{ "customer", "domain", "DOMAIN...", NULL, "", AGAIN, "Domains of his mail, their subdomains too." },
	{ "customer", "alias", "NAME...", NULL, "", AGAIN, "Other names of his; no team gets to see them." },
	{ "customer", "ga", "DATE", NULL, "", ONCE,
	    "When he goes into general availability; the implementation engineer leads until the buffer after it is "
	    "over." },
	{ "customer", "buffer", "SPAN", "0s..400d", "14d", ONCE,
	    "How long after that the implementation engineer still leads; it ends at the hour of the handover." },
	{ "customer", "aer", "ADDRESS", NULL, "", ONCE, "His application engineer: leads, and is copied on every case, from then on, or where there is no ga." },
	{ "customer", "ie", "ADDRESS", NULL, "", ONCE, "His implementation engineer: leads, and is copied on every case, until then." },

	/* What a rule holds; judge/rule.h reads it. */
	{ "rule", "subject", OPS, NULL, "", AGAIN, "The subject, decoded." },
	{ "rule", "from", OPS, NULL, "", AGAIN, "The sender's address." },
	{ "rule", "to", OPS, NULL, "", AGAIN, "The addresses of the recipients; a negated test wants none that fits." },
	{ "rule", "cc", OPS, NULL, "", AGAIN, "The addresses in Cc." },
	{ "rule", "text", OPS, NULL, "", AGAIN, "What the writer newly wrote." },
	{ "rule", "body", OPS, NULL, "", AGAIN, "All readable text, the forwarded message included." },
	{ "rule", "original.from", OPS, NULL, "", AGAIN, "Who sent the forwarded message." },
	{ "rule", "original.subject", OPS, NULL, "", AGAIN, "Its subject." },
	{ "rule", "original.body", OPS, NULL, "", AGAIN, "Its readable text." },
	{ "rule", "header", "NAME " OPS, NULL, "", AGAIN, "Any header field." },
	{ "rule", "attachment", OPS, NULL, "", AGAIN, "Name and type of each attachment." },
	{ "rule", "size", "< | > | = | != SIZE", NULL, "", AGAIN, "Bytes of the mail, such as 300k." },
	{ "rule", "kind", OPS, NULL, "", AGAIN, "loop, bounce, out-of-office, auto-reply, forward, reply, list or new." },
	{ "rule", "customer", OPS, NULL, "", AGAIN, "The customer whose domain the mail is from." },
	{ "rule", "any", "{ CONDITIONS }", NULL, "", AGAIN, "One of them holds." },
	{ "rule", "all", "{ CONDITIONS }", NULL, "", AGAIN, "Every one of them holds, as they must outside of blocks." },
	{ "rule", "none", "{ CONDITIONS }", NULL, "", AGAIN, "None of them holds." },
	{ "rule", "require", "FACT ~ /REGEX/ \"QUESTION\"", NULL, "", AGAIN,
	    "A fact that the body should hold: shown to the engineer, or asked in the receipt; a field may stand in its place." },
	{ "rule", "set", "NAME VALUE", NULL, "", AGAIN,
	    "Says it of the case: pool, skill, severity, label, customer or team; $NAME is what (?<NAME>...) captured." },
	{ "rule", "file", "TEAM [help | defect | docs]", NULL, "", AGAIN, "Straight to the team, redacted, without a case." },
	{ "rule", "forward", "ADDRESS", NULL, "", AGAIN, "Sent on to somebody of the configuration." },
	{ "rule", "ignore", "", NULL, "", ONCE, "Kept in the journal alone." },
	{ "rule", "quarantine", "", NULL, "", ONCE, "Held until a person looks." },
	{ "rule", "continue", "", NULL, "", ONCE, "What was set counts, and the next rule is tried." },
	{ "rule", "matches", "FILE...", NULL, "", AGAIN, "Mails that the rule takes; run by check, by rules lint and before a reload." },
	{ "rule", "rejects", "FILE...", NULL, "", AGAIN, "Mails that it does not take." },
};
const size_t nkeys = COUNT(keys);

_Static_assert(COUNT(keys) <= KEYS_MAX, "KEYS_MAX is too small");

const struct key *
key_find(const char *block, const char *name)
{
	for (size_t i = 0; i < nkeys; i++)
		if (strcmp(keys[i].block, block) == 0 && strcmp(keys[i].name, name) == 0)
			return &keys[i];
	return NULL;
}

const char *
key_nearest(const char *block, const char *word)
{
	const char *names[KEYS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < nkeys; i++)
		if (strcmp(keys[i].block, block) == 0)
			names[n++] = keys[i].name;
	return text_nearest(word, names, n);
}
