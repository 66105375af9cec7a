/* settings.h - what relay.conf says, as plain data.
 *
 * Filled by settings_read() from the statements of syntax.h under the table of keys
 * (keys.h); nothing in here changes afterwards, and everything lives in
 * one arena. Rules are not in here: judge/rule.h compiles the 'rule' statements, which
 * settings_read leaves alone.
 *
 * Times: instants are seconds since 1970 UTC (int64_t); spans are seconds; dates are
 * civil days without a zone. Names of engineers, teams and pools are compared
 * without regard to ASCII case and shown as they were written.
 */
#ifndef ESCRELAY_CONFIG_SETTINGS_H
#define ESCRELAY_CONFIG_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/syntax.h"

struct regex;
struct zone;

#define REPLY_TOKEN_MAX  32            /* characters of a reply token: every reply-address has room for them */
#define SECRET_BYTES_MAX ((size_t)64 * 1024)

struct civil_date { int year, month, day; };                 /* month and day from 1 */
struct wall_time  { struct civil_date date; int minute; };   /* minute of the day, 0..1440 */

/* Where a secret is to be had; its value is never in here. */
enum secret_kind { SECRET_NONE, SECRET_CREDENTIAL, SECRET_FILE, SECRET_ENV };
struct secret_ref { enum secret_kind kind; const char *where; };

enum tls_mode { TLS_IMPLICIT, TLS_STARTTLS, TLS_OFF /* loopback alone */ };
struct server_url { const char *host; unsigned port; enum tls_mode tls; };

enum acknowledge { ACK_MOVE, ACK_COPY, ACK_KEYWORD };
enum auth_kind { AUTH_PASSWORD, AUTH_XOAUTH2, AUTH_NONE };

struct oauth_settings { const char *token_url, *client, *scope; struct secret_ref secret, refresh; };

struct mailbox_settings {
	const char *name;            /* "support" */
	struct server_url server;
	const char *folder;          /* "INBOX", from the url's path, decoded to UTF-8 */
	const char *user;
	struct secret_ref password;
	enum auth_kind auth;
	struct oauth_settings oauth;
	enum acknowledge acknowledge; /* how "done" is said to the server */
	const char *done;            /* folder for ACK_MOVE and ACK_COPY */
	const char *keyword;         /* for ACK_KEYWORD, e.g. "$Escrelayed" */
	int64_t poll;                /* seconds between looks, IDLE or not */
	const char *ca;              /* PEM file of trusted CAs instead of the system's, or NULL */
	uint64_t size_limit;         /* bytes; a larger mail is journalled as its head with a mark */
	int64_t deadline;            /* seconds that one exchange with the server may take before the child is killed */
};

struct submission_settings {
	struct server_url server;
	const char *user;            /* NULL: no AUTH */
	struct secret_ref password;
	enum auth_kind auth;
	struct oauth_settings oauth;
	const char *ca;
	const char *helo;            /* EHLO name, NULL: the host's */
	unsigned sessions;
	int64_t timeout;             /* seconds the server may think about the final dot (RFC 5321 4.5.3.2.6: 600) */
	int64_t retry_first, retry_longest, retry_give_up;
	bool configured;
};

/* Monday is 0. Minutes are local wall-clock minutes; to <= from crosses midnight; 1440 may end one. */
struct window { uint8_t days; /* bit 0 Monday … bit 6 Sunday: days on which it starts */ int from, to; };

struct engineer {
	const char *name;            /* the key: "keegancsmith" */
	const char *full_name;       /* "Keegan", defaults to the key */
	const char **emails; size_t nemails; /* the first is written to; any of them is he */
	const struct zone *zone;     /* never NULL in valid settings */
	const char *zone_name;
	struct window *hours; size_t nhours;
	const char **skills; size_t nskills;
	unsigned cap;                /* open escalations at once; 0: none set */
	unsigned weight;             /* percent of a full share; 100 */
	bool offhours;               /* may be asked outside his hours where the severity allows */
	const char *home_team, *manager; /* notices; NULL */
	struct civil_date start, end; bool has_start, has_end; /* end: half-open */
	struct conf_pos pos;
};

struct seat { const struct engineer *engineer; const char *name; /* engineer NULL: TBD or ? */ };

struct rotation {
	const char *pool;
	struct civil_date from, to;  /* half-open; they begin at the handover */
	struct seat *seats; size_t nseats;
	struct conf_pos pos;
};

struct away {
	const struct engineer *engineer;
	struct wall_time from, to;   /* the engineer's own wall clock, half-open */
	struct conf_pos pos;
};

struct stand_in { const struct engineer *by, *whom; }; /* by stands in for whom */
struct override {
	const char *pool;
	struct civil_date from, to;
	struct stand_in *stand_ins; size_t nstand_ins;
	struct conf_pos pos;
};

struct cover { struct window window; const struct zone *zone; const char *zone_name; };

struct severity {
	unsigned level;              /* 0..9; smaller is worse */
	int64_t ack, update;         /* working seconds: answer within, owner's next word within */
	int64_t chase, nudge;        /* team silent, requester silent */
	int64_t close;               /* requester silent for so long: closed; 0: never */
	bool offhours;
};

struct tracker_pattern { const char *field; /* "subject", "from", "body" … */ struct regex *re; };
struct team {
	const char *name, *full_name, *email;
	const char **from; size_t nfrom;                 /* other addresses of its tracker */
	struct tracker_pattern number; bool has_number;  /* captures (?<number>…) from its tracker's mails */
	struct tracker_pattern closed; bool has_closed;
	const char *template;        /* file, NULL: the shipped one */
	const char **labels; size_t nlabels;
	struct window *hours; size_t nhours; const struct zone *zone; const char *zone_name;
	int64_t chase;
	bool engineering;            /* counts to the budget; default yes */
};

struct customer {
	const char *name, *full_name;
	const char **domains; size_t ndomains;
	const char **aliases; size_t naliases; /* other names that no team gets to see */
	struct civil_date ga; bool has_ga;
	int64_t buffer;              /* seconds after GA */
	const char *aer, *ie;        /* addresses or NULL */
};

struct redaction { const char *name; struct regex *re; const char *with; };

#define WEBHOOKS_MAX 20                /* each is a process of the sender */
struct webhook {
	const char *name, *url;      /* the path of the url is a secret: it is told to nobody */
	struct secret_ref secret;    /* SECRET_NONE: not signed */
	const char **events; size_t nevents; /* none: all */
	int64_t timeout;             /* seconds */
	const char *ca;              /* PEM file of trusted CAs instead of the system's, or NULL */
};

struct rate_cap { unsigned mails; int64_t per; };

struct settings {
	const char *path;            /* of relay.conf */
	const char *folder;          /* that it stands in: templates and files are relative to it */

	const char *address;         /* escalations@example.com, domain lower-case */
	const char *reply_address;   /* template with one %t, default "LOCAL+%t@DOMAIN", domain lower-case */
	const char *name;            /* display name, "Escalations" */
	const char *operator_address; /* whatever has no other home */
	const char **staff; size_t nstaff;
	const char *authserv_id;     /* NULL: "none" */
	const char *store;
	const char *templates;       /* folder of the operator's templates, NULL */
	const char *fallback;        /* address; defaults to the operator */

	struct mailbox_settings *mailboxes; size_t nmailboxes;
	struct submission_settings submission;

	struct engineer **engineers; size_t nengineers;
	struct rotation *rotations; size_t nrotations;   /* sorted by pool's first appearance, then from */
	const char **pools; size_t npools;               /* in order of appearance; the first is the default */
	struct away *aways; size_t naways;
	struct override *overrides; size_t noverrides;
	int handover_minute; const struct zone *handover_zone; const char *handover_zone_name;
	struct cover *covers; size_t ncovers;
	unsigned seats_wanted;
	int64_t last_offer;          /* no assignment in the last seconds of a window */

	struct severity severities[10]; bool has_severity[10]; /* defaults filled in for 0..3 */
	unsigned default_severity;

	struct team *teams; size_t nteams;
	struct customer *customers; size_t ncustomers;
	struct redaction *redactions; size_t nredactions; /* the operator's, then the defaults that are not off, then customers */
	const char **redact_off; size_t nredact_off;
	struct webhook *webhooks; size_t nwebhooks;

	struct rate_cap cap_recipient, cap_case, cap_total;   /* letters */
	struct rate_cap cap_word, cap_echo;                     /* words of one person in one case */
	unsigned hops_max;           /* Received fields and own hops: past that it is a loop */
	int64_t token_valid;         /* seconds after closing */
	int64_t keep_journal, keep_outbox, keep_events; /* retention; 0: for ever */
	const char **digest_to; size_t ndigest_to; int digest_minute; int digest_day /* Monday is 0; -1: every day */;
	const struct zone *digest_zone;
	unsigned budget_percent;
	int64_t handover_answer; const char *handover_default; /* "keep" or "pass" */
	int log_level;
};

/* Reads the settings out of the tree. NULL if d holds an error afterwards; warnings do not
 * stop it. 'rule' statements are skipped. Everything lives in arena but compiled regexes, which
 * settings_free releases before the arena goes. A mailbox, a submission or engineers may be absent:
 * who needs them says so. All addresses have their domain in lower case; paths that were relative are
 * relative to folder already, those of secrets excepted (secret_read does it). */
struct settings *settings_read(struct arena *arena, const struct conf_tree *tree, const char *path, struct diag *d);
void             settings_free(struct settings *s); /* NULL is fine */

/* Who is who; NULL where nobody. Address comparison ignores ASCII case. */
const struct engineer *settings_engineer(const struct settings *s, const char *name);
const struct engineer *settings_engineer_by_address(const struct settings *s, const char *address);
/* As people write him: his name here, an address, his full name, or his first one if no other has it. */
const struct engineer *settings_engineer_called(const struct settings *s, const char *word);
const char *settings_engineer_near(const struct settings *s, struct arena *a, const char *word); /* whom he perhaps meant, NULL */
const struct team     *settings_team(const struct settings *s, const char *name);
const struct team     *settings_team_by_address(const struct settings *s, const char *address); /* the first whose tracker has it */
bool team_has_address(const struct team *t, const char *address);                      /* several teams may share a tracker */
const struct customer *settings_customer(const struct settings *s, const char *name);
bool settings_is_staff(const struct settings *s, const char *address);  /* exact domain or a subdomain of a staff domain */
bool settings_is_own(const struct settings *s, const char *address);    /* our address, with or without a token */

/* The redactions that hold without any configuration: what inspect uses where there is none. Free their patterns by redactions_free. */
size_t redactions_default(struct arena *arena, struct redaction **out);
void   redactions_free(struct redaction *v, size_t n);
bool   redaction_is_default(const char *name); /* may be switched off by this name */

/* The value of a secret, read at the time of use (so that rotation of a credential needs no reload).
 * SECRET_CREDENTIAL looks in $CREDENTIALS_DIRECTORY; a relative SECRET_FILE stands in folder, and is refused where
 * everybody may read it or others than its owner may write it. The last line end is cut; more lines, a NUL,
 * nothing at all or more than SECRET_BYTES_MAX is refused. Returns a malloc'ed string which the caller must
 * explicit_bzero and free, or NULL with the reason in why, which stands until the next call. */
char *secret_read(const struct secret_ref *ref, const char *folder, const char **why);

#endif
