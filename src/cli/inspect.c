/* inspect.c - what the relay understands of a mail: for people, and as JSON. Needs no configuration. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/inspect_parts.h"
#include "ground/buf.h"
#include "ground/clock.h"
#include "ground/json.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "judge/message.h"

#define INPUT_MAX  (256u << 20) /* bytes of a mail that is read */
#define SHOW_LINES 40           /* of a text, for people */

static json_t *
string_or_null(const char *s)
{
	return s == NULL ? json_null() : json_string(s);
}

static json_t *
person_json(const struct person *p)
{
	return json_pack("{s:s, s:s}", "name", p->name, "address", p->address);
}

static json_t *
people_json(const struct people *people)
{
	json_t *list = json_array();

	for (size_t i = 0; i < people->n; i++)
		json_array_append_new(list, person_json(&people->v[i]));
	return list;
}

static json_t *
date_json(const struct message *m)
{
	char text[CLOCK_TEXT];

	return m->has_date ? json_string(clock_rfc3339(m->date, text)) : json_null();
}

static json_t *
bounce_json(const struct bounce *b)
{
	json_t *o = json_object();

	json_object_set_new(o, "recipient", string_or_null(b->recipient));
	json_object_set_new(o, "action", string_or_null(b->action));
	json_object_set_new(o, "status", string_or_null(b->status));
	json_object_set_new(o, "diagnostic", string_or_null(b->diagnostic));
	json_object_set_new(o, "original_message_id", string_or_null(b->original_message_id));
	json_object_set_new(o, "permanent", json_boolean(b->permanent));
	return o;
}

static json_t *
forward_json(const struct forward *f)
{
	json_t *o;

	if (f == NULL)
		return json_null();
	o = json_object();
	json_object_set_new(o, "from", person_json(&f->from));
	json_object_set_new(o, "to", people_json(&f->to));
	json_object_set_new(o, "cc", people_json(&f->cc));
	json_object_set_new(o, "subject", string_or_null(f->subject));
	json_object_set_new(o, "date", string_or_null(f->date));
	json_object_set_new(o, "body", string_or_null(f->body));
	json_object_set_new(o, "comment", string_or_null(f->comment));
	return o;
}

static bool
from_a_person(const struct message *m)
{
	return m->kind == KIND_NEW || m->kind == KIND_REPLY || m->kind == KIND_FORWARD || m->kind == KIND_LIST;
}

static json_t *
away_json(const struct message *m)
{
	char day[40];

	if (!m->out_of_office)
		return json_null();
	if (!m->has_until)
		return json_pack("{s:n}", "until");
	snprintf(day, sizeof(day), "%04d-%02d-%02d", m->until.year, m->until.month, m->until.day);
	return json_pack("{s:s}", "until", day);
}

static void
print_json(const struct message *m)
{
	json_t *o = json_object(), *list = json_array();

	json_object_set_new(o, "message_id", string_or_null(m->message_id));
	json_object_set_new(o, "from", person_json(&m->from));
	json_object_set_new(o, "to", people_json(&m->to));
	json_object_set_new(o, "cc", people_json(&m->cc));
	json_object_set_new(o, "subject", json_string(m->subject));
	json_object_set_new(o, "date", date_json(m));
	json_object_set_new(o, "kind", json_string(message_kind_word(m->kind)));
	json_object_set_new(o, "auto_submitted", string_or_null(m->auto_submitted));
	json_object_set_new(o, "text", json_string(m->text));
	for (size_t i = 0; i < m->nattachments; i++)
		json_array_append_new(list, json_pack("{s:s, s:s, s:I}", "name", m->attachments[i].name, "type", m->attachments[i].type,
		    "bytes", (json_int_t)m->attachments[i].bytes));
	json_object_set_new(o, "attachments", list);
	json_object_set_new(o, "forward", forward_json(m->forward));
	json_object_set_new(o, "reply", from_a_person(m) ?
	    json_pack("{s:s, s:s}", "visible_text", m->visible_text, "quoted", m->quoted) : json_null());
	json_object_set_new(o, "bounce", m->nbounces > 0 ? bounce_json(&m->bounces[0]) : json_null());
	json_object_set_new(o, "out_of_office", away_json(m));
	list = json_array();
	for (size_t i = 0; i < m->nbounces; i++)
		json_array_append_new(list, bounce_json(&m->bounces[i]));
	json_object_set_new(o, "bounces", list);
	json_object_set_new(o, "truncated", string_or_null(m->truncated));
	json_print_line(o);
}

/* The human view: a label, a value, nothing where there is nothing. */
static void
row(struct arena *a, const char *label, const char *value)
{
	if (value != NULL && *value != '\0')
		printf("%-12s %s\n", label, text_printable(a, value, 500));
}

static void
row_people(struct arena *a, const char *label, const struct people *people)
{
	for (size_t i = 0; i < people->n && i < 10; i++) {
		const struct person *p = &people->v[i];

		row(a, i == 0 ? label : "", *p->name == '\0' ? p->address : arena_printf(a, "%s <%s>", p->name, p->address));
	}
	if (people->n > 10)
		printf("%-12s and %zu more\n", "", people->n - 10);
}

static void
show_text(const char *title, const char *text)
{
	AUTO_BUF struct buf b;
	size_t lines = 0, total = 0;
	const char *p, *end;

	buf_init(&b, 8 << 20);
	while (*text == '\n')
		text++;
	if (text[strspn(text, " \t\n")] == '\0')
		return;
	text_printable_lines(&b, text, strlen(text));
	printf("\n%s\n", title);
	while (b.len > 0 && b.data[b.len - 1] == '\n')
		buf_cut(&b, b.len - 1);
	for (p = b.data; *p != '\0'; p = *end == '\0' ? end : end + 1) {
		end = strchrnul(p, '\n');
		if (++total <= SHOW_LINES) {
			printf("  | %.*s\n", (int)(end - p), p);
			lines++;
		}
	}
	if (total > lines)
		printf("  | … %zu more lines\n", total - lines);
}

static void
show_bounces(struct arena *a, const struct message *m)
{
	for (size_t i = 0; i < m->nbounces; i++) {
		const struct bounce *b = &m->bounces[i];

		printf("\nbounced      %s\n", b->recipient == NULL ? "(it does not say whom)" : text_printable(a, b->recipient, 300));
		row(a, "  how", b->permanent ? "for good" : "for now");
		row(a, "  status", b->status);
		row(a, "  because", b->diagnostic);
		row(a, "  of mail", b->original_message_id);
	}
}

static void
show_forward(struct arena *a, const struct forward *f)
{
	if (f == NULL)
		return;
	printf("\nforwarded mail\n");
	row(a, "  from", *f->from.name == '\0' ? f->from.address : arena_printf(a, "%s <%s>", f->from.name, f->from.address));
	row_people(a, "  to", &f->to);
	row_people(a, "  cc", &f->cc);
	row(a, "  subject", f->subject);
	row(a, "  date", f->date);
	show_text("its text", f->body);
}

static void
print_human(struct arena *a, const struct message *m)
{
	char text[CLOCK_TEXT];

	row(a, "from", *m->from.name == '\0' ? m->from.address : arena_printf(a, "%s <%s>", m->from.name, m->from.address));
	if (m->from_count != 1)
		printf("%-12s %zu mailboxes in From: it speaks for nobody\n", "", m->from_count);
	row_people(a, "to", &m->to);
	row_people(a, "cc", &m->cc);
	row(a, "subject", m->subject);
	row(a, "date", m->has_date ? clock_rfc3339(m->date, text) : NULL);
	row(a, "message-id", m->message_id);
	row(a, "kind", m->auto_submitted == NULL ? message_kind_word(m->kind) :
	    arena_printf(a, "%s (%s)", message_kind_word(m->kind), m->auto_submitted));
	if (m->truncated != NULL)
		printf("%-12s cut short: it passes the limit of %s\n", "", m->truncated);
	if (m->out_of_office && m->has_until)
		printf("%-12s %04d-%02d-%02d\n", "away until", m->until.year, m->until.month, m->until.day);
	for (size_t i = 0; i < m->nattachments; i++)
		row(a, i == 0 ? "attached" : "", arena_printf(a, "%s (%s, %llu bytes)", *m->attachments[i].name == '\0' ? "no name" :
		    m->attachments[i].name, m->attachments[i].type, (unsigned long long)m->attachments[i].bytes));
	show_bounces(a, m);
	if (from_a_person(m)) {
		show_text(m->forward != NULL ? "the forwarder's words" : "newly written", m->visible_text);
		show_forward(a, m->forward);
		if (m->forward == NULL)
			show_text("quoted", m->quoted);
	} else
		show_text("text", m->text);
}

/* The whole of a stream that cannot be mapped. */
static bool
slurp(int fd, struct buf *b)
{
	char chunk[65536];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || !buf_add(b, chunk, (size_t)n))
			return false;
	}
	return true;
}

static int
inspect(struct cli *cli, const char *path, bool redact)
{
	AUTO_ARENA struct arena *a = arena_new();
	AUTO_BUF struct buf raw;
	bool stdin_is_it = strcmp(path, "-") == 0;
	int fd = stdin_is_it ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	bool ok;

	buf_init(&raw, INPUT_MAX);
	ok = fd >= 0 && slurp(fd, &raw);
	if (fd >= 0 && !stdin_is_it)
		close(fd);
	if (!ok) {
		fprintf(stderr, "escrelay: inspect: %s: %s\n", text_printable(a, path, 300), raw.over ? "more than 256 MB" : strerror(errno));
		return EXIT_CANNOT;
	}
	if (redact)
		return inspect_redact(cli, a, message_understand(a, raw.data, raw.len, NULL));
	if (cli->json)
		print_json(message_understand(a, raw.data, raw.len, NULL));
	else
		print_human(a, message_understand(a, raw.data, raw.len, NULL));
	return EXIT_DONE;
}

/* Several files give one line of JSON each, so that a whole corpus costs one start. */
int
cmd_inspect(struct cli *cli, int argc, char **argv)
{
	int rc = EXIT_DONE, n = 0;
	bool redact = false;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--redact") == 0)
			redact = true;
		else if (argv[i][0] == '-' && argv[i][1] != '\0')
			return cli_usage(cli, "'%s' is not an option of inspect; there is --redact", argv[i]);
		else
			argv[n++] = argv[i]; /* the files, closed up to the front */
	}
	if (n == 0)
		return cli_usage(cli, "inspect needs a file, or - for standard input");
	for (int i = 0; i < n; i++) {
		int one;

		if (n > 1 && !cli->json)
			printf("%s%s:\n", i > 0 ? "\n" : "", argv[i]);
		one = inspect(cli, argv[i], redact);
		if (one != EXIT_DONE)
			rc = one;
	}
	return rc;
}
