/* secret.c - a secret's value, fetched where it is needed and when (see settings.h). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/settings.h"
#include "ground/mem.h"

static char reason[512]; /* never holds any of the secret */

/* All of fd, cut at SECRET_BYTES_MAX + 1. NULL with errno. */
static char *
slurp(int fd, size_t *len)
{
	char *bytes = xmalloc(SECRET_BYTES_MAX + 2);
	ssize_t got;

	*len = 0;
	while (*len <= SECRET_BYTES_MAX && (got = read(fd, bytes + *len, SECRET_BYTES_MAX + 1 - *len)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			explicit_bzero(bytes, SECRET_BYTES_MAX + 2);
			free(bytes);
			return NULL;
		}
		*len += (size_t)got;
	}
	bytes[*len] = '\0';
	return bytes;
}

/* Cuts the last line end and refuses what cannot be a secret. Takes the bytes. */
static char *
fit(char *bytes, size_t len, const char *from, const char **why)
{
	const char *wrong = NULL;
	char *value;

	if (len > SECRET_BYTES_MAX)
		wrong = "is longer than 64 KiB";
	if (len > 0 && bytes[len - 1] == '\n')
		len -= len > 1 && bytes[len - 2] == '\r' ? 2 : 1;
	if (wrong == NULL && len == 0)
		wrong = "is empty";
	else if (wrong == NULL && (memchr(bytes, '\n', len) != NULL || memchr(bytes, '\r', len) != NULL))
		wrong = "has more than one line";
	else if (wrong == NULL && memchr(bytes, '\0', len) != NULL)
		wrong = "holds a NUL byte";
	if (wrong != NULL) {
		snprintf(reason, sizeof(reason), "the secret %s %s", from, wrong);
		*why = reason;
		value = NULL;
	} else {
		value = xmalloc(len + 1);
		memcpy(value, bytes, len);
		value[len] = '\0';
	}
	explicit_bzero(bytes, len);
	free(bytes);
	return value;
}

/* guarded: the modes of the file are ours to judge (those of a credential are the service manager's). */
static char *
read_file(const char *path, bool guarded, const char **why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	size_t len;
	char *bytes;

	*why = reason;
	if (fd < 0 || fstat(fd, &st) != 0) {
		snprintf(reason, sizeof(reason), "cannot open the secret %s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	if (!S_ISREG(st.st_mode))
		snprintf(reason, sizeof(reason), "the secret %s is no plain file", path);
	else if (guarded && (st.st_mode & (S_IROTH | S_IWOTH | S_IWGRP)) != 0)
		snprintf(reason, sizeof(reason), "the secret %s may be %s (mode %03o); make it 'chmod 0600' or 0640",
		    path, (st.st_mode & S_IROTH) != 0 ? "read by everybody on this machine"
		    : "changed by others than its owner",
		    (unsigned)(st.st_mode & 0777));
	else if ((bytes = slurp(fd, &len)) == NULL)
		snprintf(reason, sizeof(reason), "cannot read the secret %s: %s", path, strerror(errno));
	else {
		close(fd);
		return fit(bytes, len, path, why);
	}
	close(fd);
	return NULL;
}

char *
secret_read(const struct secret_ref *ref, const char *folder, const char **why)
{
	AUTO_FREE char *path = NULL;
	const char *value;

	*why = reason;
	switch (ref->kind) {
	case SECRET_CREDENTIAL:
		value = getenv("CREDENTIALS_DIRECTORY");
		if (value == NULL || *value == '\0') {
			snprintf(reason, sizeof(reason),
			    "no credential '%s': CREDENTIALS_DIRECTORY is not set (systemd's LoadCredential= sets it)",
			    ref->where);
			return NULL;
		}
		path = xasprintf("%s/%s", value, ref->where);
		return read_file(path, false, why);
	case SECRET_FILE:
		path = ref->where[0] == '/' || folder == NULL ? xstrdup(ref->where)
		    : xasprintf("%s/%s", folder, ref->where);
		return read_file(path, true, why);
	case SECRET_ENV:
		value = getenv(ref->where);
		if (value != NULL)
			return fit(xstrdup(value), strlen(value), ref->where, why);
		snprintf(reason, sizeof(reason), "the environment has no %s", ref->where);
		return NULL;
	case SECRET_NONE:
		break;
	}
	snprintf(reason, sizeof(reason), "no secret is configured");
	return NULL;
}
