/* Preloaded into the private Dovecot (servers-unpack.sh), which has two paths of an installed one
 * compiled in that no setting changes: its configuration reader, and the directory of its TLS
 * module. With this, the private copy finds its own, below the directory DOVECOT_HERE. */
#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *here(const char *path, char moved[static 4096])
{
    const char *root = getenv("DOVECOT_HERE");
    if (!root || !path || (strncmp(path, "/usr/lib/dovecot/", 17) != 0 &&
                           strcmp(path, "/usr/bin/doveconf") != 0))
        return path;
    snprintf(moved, 4096, "%s%s", root, path);
    return moved;
}

int execv(const char *path, char *const argv[])
{
    return execve(here(path, (char[4096]){0}), argv, environ);
}

DIR *opendir(const char *path)
{
    DIR *(*real)(const char *) = (DIR * (*)(const char *)) dlsym(RTLD_NEXT, "opendir");
    return real(here(path, (char[4096]){0}));
}

void *dlopen(const char *path, int flags)
{
    void *(*real)(const char *, int) = (void *(*)(const char *, int))dlsym(RTLD_NEXT, "dlopen");
    return real(here(path, (char[4096]){0}), flags);
}
