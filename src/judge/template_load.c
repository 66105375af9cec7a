/* template_load.c - where templates come from: the operator's folder first, then the shipped ones. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/settings.h"
#include "config/syntax.h"
#include "ground/log.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "judge/letter_parts.h"

struct team_template { const char *name; struct template *template; };
struct templates {
	struct template **v;           /* as in template_names */
	struct team_template *teams; size_t nteams;
};

static void
complain(struct diag *d, const struct conf_file *file, const char *what)
{
	struct conf_pos pos = { .file = file, .line = 1, .column = 1 };

	diag_add(d, DIAG_ERROR, &pos, 1, NULL, "%s", what);
}

/* The file's bytes, or NULL: not there, or a complaint. A template is small, so it is read in one go. */
static bool
slurp(struct arena *a, struct conf_file *file, struct diag *d)
{
	char *text = arena_alloc(a, TEMPLATE_BYTES_MAX + 2);
	size_t len = 0;
	ssize_t got = 0;
	int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0) {
		if (errno != ENOENT)
			complain(d, file, arena_printf(a, "cannot be opened: %s", strerror(errno)));
		return false;
	}
	while (len <= TEMPLATE_BYTES_MAX && (got = read(fd, text + len, TEMPLATE_BYTES_MAX + 1 - len)) > 0)
		len += (size_t)got;
	if (got < 0)
		complain(d, file, arena_printf(a, "cannot be read: %s", strerror(errno)));
	close(fd);
	if (got < 0)
		return false;
	file->text = text;
	file->len = len;
	return true;
}

/* name: of the template that it stands for. NULL: not there, or a complaint. */
static struct template *
load_file(struct arena *a, struct conf_file *file, const char *name, struct diag *d)
{
	struct template *t;

	if (!slurp(a, file, d))
		return NULL;
	if (file->len > TEMPLATE_BYTES_MAX || !utf8_valid(file->text, file->len) || memchr(file->text, '\0', file->len) != NULL) {
		const char *what = file->len > TEMPLATE_BYTES_MAX ? "is larger than a template may be (32 KiB)" : "is not UTF-8 text";

		file->text = "";
		file->len = 0;
		complain(d, file, what);
		return NULL;
	}
	t = template_compile(a, name, file, d);
	return t;
}

static struct template *
load(struct arena *a, const char *folder, const char *name, struct diag *d)
{
	struct conf_file *file = arena_alloc(a, sizeof(*file));
	struct template *t;

	file->name = arena_printf(a, "%s.txt", name);
	file->path = arena_printf(a, "%s/%s.txt", folder, name);
	file->text = "";
	t = load_file(a, file, name, d);
	return t;
}

static struct template *
shipped(struct arena *a, const char *name)
{
	struct conf_file *file = arena_alloc(a, sizeof(*file));
	struct template *t;
	struct diag d;

	diag_init(&d, a);
	file->name = file->path = arena_printf(a, "%s.txt", name);
	file->text = template_shipped(name);
	BUG_ON(file->text == NULL);
	file->len = strlen(file->text);
	t = template_compile(a, name, file, &d);
	BUG_ON(t == NULL);
	return t;
}

/* A file that is no template is a slip of the pen: say so. */
static void
look_for_strangers(struct arena *a, const char *folder, struct diag *d)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	if (dir == NULL) {
		diag_add(d, DIAG_ERROR, &(struct conf_pos){ 0 }, 1, NULL, "the folder of templates '%s' cannot be read: %s",
		    text_printable(a, folder, 300), strerror(errno));
		return;
	}
	for (size_t seen = 0; seen < TEMPLATES_FILES_MAX && (entry = readdir(dir)) != NULL; seen++) {
		size_t len = strlen(entry->d_name);
		const char *name, *near;

		if (len < 5 || strcmp(entry->d_name + len - 4, ".txt") != 0 || entry->d_name[0] == '.')
			continue;
		name = arena_strndup(a, entry->d_name, len - 4);
		if (template_doc(name) != NULL)
			continue;
		near = text_nearest(name, template_names, ntemplates);
		diag_add(d, DIAG_WARNING, &(struct conf_pos){ 0 }, 1, near == NULL ? NULL : arena_printf(a, "perhaps '%s.txt'", near),
		    "'%s' in the folder of templates is none of them", text_printable(a, entry->d_name, 300));
	}
	closedir(dir);
}

struct templates *
templates_load(struct arena *a, const char *folder, struct diag *d)
{
	struct templates *t = arena_alloc(a, sizeof(*t));

	t->v = arena_array(a, ntemplates, sizeof(struct template *));
	if (folder != NULL)
		look_for_strangers(a, folder, d);
	for (size_t i = 0; i < ntemplates; i++) {
		if (folder != NULL)
			t->v[i] = load(a, folder, template_names[i], d);
		if (t->v[i] == NULL)
			t->v[i] = shipped(a, template_names[i]);
	}
	return t;
}

void
templates_add_team(struct arena *a, struct templates *t, const char *team, const char *path, struct diag *d)
{
	struct conf_file *file = arena_alloc(a, sizeof(*file));
	size_t errors = d->errors;
	struct template *own;

	*file = (struct conf_file){ .name = path, .path = path, .text = "" };
	own = load_file(a, file, "filing", d);
	if (own == NULL && d->errors == errors)
		complain(d, file, "is not there");
	if (own == NULL)
		return;
	own->raw = true;
	*(struct team_template *)arena_push(a, &t->teams, &t->nteams, sizeof(*t->teams)) =
	    (struct team_template){ .name = arena_printf(a, "filing:%s", team), .template = own };
}

struct templates *
templates_of(struct arena *a, const struct settings *s, struct diag *d)
{
	struct templates *t = templates_load(a, s->templates, d);

	for (size_t i = 0; i < s->nteams; i++)
		if (s->teams[i].template != NULL)
			templates_add_team(a, t, s->teams[i].name, s->teams[i].template, d);
	return t;
}

bool
templates_has(const struct templates *t, const char *name)
{
	return template_find(t, name) != NULL;
}

const struct template *
template_find(const struct templates *t, const char *name)
{
	for (size_t i = 0; i < t->nteams; i++)
		if (text_equal_nocase(t->teams[i].name, name))
			return t->teams[i].template;
	for (size_t i = 0; i < ntemplates; i++)
		if (strcmp(template_names[i], name) == 0)
			return t->v[i];
	return NULL;
}

const char *
template_shipped(const char *name)
{
	for (size_t i = 0; i < nshipped_templates; i++)
		if (strcmp(shipped_templates[i].name, name) == 0)
			return shipped_templates[i].text;
	return NULL;
}
