#include "backup/files.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tool.h"

enum { PIECE_BYTES = 1 << 20, LOOK_NS = 50000000 };

static int fail(const char *path)
{
    return tool_fail(TOOL_INTERNAL, "%s: %s", path, strerror(errno));
}

int files_path(char path[FILES_PATH_MAX], const char *folder, const char *name)
{
    int len = snprintf(path, FILES_PATH_MAX, "%s/%s", folder, name);
    if (len < 0 || len >= FILES_PATH_MAX)
        return tool_fail(TOOL_USAGE, "%s: the path is too long", folder);
    return TOOL_OK;
}

int files_folder(const char *path)
{
    if (mkdir(path, 0700) == 0)
        return TOOL_OK;
    if (errno == EEXIST)
        return tool_fail(TOOL_USAGE, "%s exists; nothing is written over", path);
    return fail(path);
}

static int create(const char *path, int *fd)
{
    *fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return *fd >= 0 ? TOOL_OK : fail(path);
}

/* Synced and closed, in any case. */
static int finish(int fd, const char *path, int rc)
{
    if (rc == TOOL_OK && fsync(fd) != 0)
        rc = fail(path);
    if (close(fd) != 0 && rc == TOOL_OK)
        rc = fail(path);
    return rc;
}

static int write_all(int fd, const char *path, const char *bytes, size_t len)
{
    for (size_t at = 0; at < len;) {
        ssize_t n = write(fd, bytes + at, len - at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return fail(path);
        at += (size_t)n;
    }
    return TOOL_OK;
}

int files_part_free(const char *part)
{
    struct stat there;
    if (lstat(part, &there) != 0)
        return TOOL_OK;
    return tool_fail(TOOL_USAGE,
                     "%s exists: one that was interrupted has left it, or is still at work; "
                     "where none is, remove it",
                     part);
}

int files_write(const char *path, const char *bytes, size_t len)
{
    int fd;
    int rc = create(path, &fd);
    if (rc != TOOL_OK)
        return rc;
    return finish(fd, path, write_all(fd, path, bytes, len));
}

static int pump(int in, const char *from, int out, const char *to, struct progress *bar,
                struct files_copied *copied)
{
    crypto_generichash_state state;
    char *piece = tool_alloc(1, PIECE_BYTES);
    int rc = TOOL_OK;
    crypto_generichash_init(&state, NULL, 0, LIMIT_HASH_BYTES);
    copied->bytes = 0;
    while (rc == TOOL_OK) {
        ssize_t n = read(in, piece, PIECE_BYTES);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            rc = fail(from);
        if (n <= 0)
            break;
        crypto_generichash_update(&state, (const unsigned char *)piece, (size_t)n);
        copied->bytes += (uint64_t)n;
        if (out >= 0)
            rc = write_all(out, to, piece, (size_t)n);
        progress_add(bar, (size_t)n);
    }
    crypto_generichash_final(&state, copied->hash.bytes, LIMIT_HASH_BYTES);
    free(piece);
    return rc;
}

int files_copy(const char *from, const char *to, struct progress *bar, struct files_copied *out)
{
    int target = -1;
    int source = open(from, O_RDONLY | O_CLOEXEC);
    if (source < 0)
        return errno == ENOENT ? tool_fail(TOOL_INPUT, "%s is missing", from) : fail(from);
    int rc = to == NULL ? TOOL_OK : create(to, &target);
    if (rc == TOOL_OK)
        rc = pump(source, from, target, to, bar, out);
    close(source);
    return target < 0 ? rc : finish(target, to, rc);
}

size_t files_size(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && st.st_size > 0 ? (size_t)st.st_size : 0;
}

/* ---- Environments ---- */

int files_open_environment(const char *path, MDB_env **env, size_t *bytes)
{
    MDB_envinfo info;
    MDB_stat stat;
    *env = NULL;
    int rc = mdb_env_create(env);
    if (rc == 0)
        rc = mdb_env_open(*env, path, MDB_RDONLY | MDB_NOTLS, 0600);
    if (rc == 0)
        rc = mdb_env_info(*env, &info);
    if (rc == 0)
        rc = mdb_env_stat(*env, &stat);
    if (rc == 0) {
        *bytes = (info.me_last_pgno + 1) * stat.ms_psize;
        return TOOL_OK;
    }
    if (*env != NULL)
        mdb_env_close(*env);
    return tool_fail(rc == ENOENT ? TOOL_INPUT : TOOL_INTERNAL, "%s: %s", path, mdb_strerror(rc));
}

struct copying {
    MDB_env *env;
    int fd;
    int rc; /* of LMDB, when done */
    atomic_bool done;
};

static void *copy_main(void *arg)
{
    struct copying *c = arg;
    c->rc = mdb_env_copyfd2(c->env, c->fd, MDB_CP_COMPACT);
    atomic_store(&c->done, true);
    return NULL;
}

int files_copy_environment(MDB_env *env, const char *to, struct progress *bar)
{
    const struct timespec pause = {0, LOOK_NS};
    struct copying c = {.env = env};
    struct stat st;
    pthread_t thread;
    size_t seen = 0;
    const char *from = "";
    int rc = create(to, &c.fd);
    if (rc != TOOL_OK)
        return rc;
    if (pthread_create(&thread, NULL, copy_main, &c) != 0)
        return finish(c.fd, to, tool_fail(TOOL_INTERNAL, "no thread can be started"));
    while (!atomic_load(&c.done)) {
        nanosleep(&pause, NULL);
        if (fstat(c.fd, &st) == 0 && (size_t)st.st_size > seen) {
            progress_add(bar, (size_t)st.st_size - seen);
            seen = (size_t)st.st_size;
        }
    }
    pthread_join(thread, NULL);
    mdb_env_get_path(env, &from);
    if (c.rc == MDB_PAGE_NOTFOUND || c.rc == MDB_CORRUPTED) /* of what is copied */
        rc = tool_fail(TOOL_PROOF, "%s: damaged, see saldod check: %s", from, mdb_strerror(c.rc));
    else if (c.rc != 0)
        rc = tool_fail(TOOL_INTERNAL, "%s: %s", to, mdb_strerror(c.rc));
    return finish(c.fd, to, rc);
}

int files_sync(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return fail(folder);
    return finish(fd, folder, TOOL_OK);
}
