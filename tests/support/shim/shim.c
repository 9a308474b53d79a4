/* shim.c - a disk and a clock that a test has in its hand: preloaded into a program under test.
 *
 *   SHIM_DIR     only files below this folder (an absolute path) are looked at
 *   SHIM_RECORD  append what is done to them to this file (record.h)
 *   SHIM_HOLD_US rest so long before each sync: what is answered too early is answered by then
 *   SHIM_LMDB    a bug: "nosync" or "nometasync" open LMDB with that flag, which does not tell;
 *                "late" says that the journal's commits are done when the next one begins
 *   SHIM_FAULT   while this file exists calls fail: "CALL EFFECT PATH" with write, sync or length
 *                for the call, an error's number or "short" for the effect, a part of the path
 *   SHIM_CLOCK   a file with a number of milliseconds (8 bytes) that the wall clock is ahead
 *
 * LMDB's functions are only needed by programs that have it. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/shim/record.h"

static const char *folder, *record_path, *fault_path;
static size_t folder_len;
static long hold_us;
static unsigned lmdb_flags;
static bool late;
static const volatile int64_t *clock_ahead_ms;

/* The next definition of a function, looked up once. */
#define NEXT(name)                                                                                 \
    static __typeof__(name) *next;                                                                 \
    if (next == NULL)                                                                              \
    next = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void begin(void)
{
    const char *text = getenv("SHIM_LMDB");
    folder = getenv("SHIM_DIR");
    folder_len = folder == NULL ? 0 : strlen(folder);
    record_path = getenv("SHIM_RECORD");
    fault_path = getenv("SHIM_FAULT");
    late = text != NULL && strcmp(text, "late") == 0;
    if (text != NULL && !late)
        lmdb_flags = strcmp(text, "nosync") == 0 ? MDB_NOSYNC : MDB_NOMETASYNC;
    if ((text = getenv("SHIM_HOLD_US")) != NULL)
        hold_us = strtol(text, NULL, 10);
    if ((text = getenv("SHIM_CLOCK")) == NULL)
        return;
    int fd = open(text, O_RDONLY | O_CLOEXEC);
    void *at = fd < 0 ? MAP_FAILED : mmap(NULL, 8, PROT_READ, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED)
        abort(); /* a test that runs with the right clock would show nothing */
    close(fd);
    clock_ahead_ms = at;
}

/* ---- Which file ---- */

/* Where the path goes on below the folder, NULL: it is not in there. */
static const char *below(const char *path)
{
    if (folder_len == 0 || strncmp(path, folder, folder_len) != 0)
        return NULL;
    if (path[folder_len] == '\0')
        return path + folder_len;
    return path[folder_len] == '/' ? path + folder_len + 1 : NULL;
}

static const char *path_of(int fd, char room[RECORD_PATH_MAX + 1])
{
    char link[32];
    if (folder_len == 0)
        return NULL;
    const int error = errno;
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    const ssize_t len = readlink(link, room, RECORD_PATH_MAX);
    errno = error;
    room[len > 0 ? len : 0] = '\0';
    return below(room);
}

/* ---- Recording ---- */

static void record(struct record_head h, const char *path, const void *data)
{
    NEXT(writev);
    if (record_path == NULL)
        return;
    h.path_len = (uint32_t)strlen(path);
    struct iovec parts[] = {{&h, sizeof(h)},
                            {(void *)(uintptr_t)path, h.path_len},
                            {(void *)(uintptr_t)data, h.data_len}};
    const ssize_t len = (ssize_t)(sizeof(h) + h.path_len + h.data_len);
    const int error = errno;
    const int fd = open(record_path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || next(fd, parts, 3) != len)
        abort();
    close(fd);
    errno = error;
}

static void hold(void)
{
    const struct timespec t = {hold_us / 1000000, hold_us % 1000000 * 1000};
    if (hold_us > 0)
        nanosleep(&t, NULL);
}

/* ---- Failing ---- */

enum effect { NONE, FAILS, SHORT };

/* What is to happen to a call now; for FAILS errno is set. */
static enum effect fault_of(const char *call, const char *path)
{
    char text[RECORD_PATH_MAX] = "", name[16], what[16], part[128];
    if (fault_path == NULL)
        return NONE;
    const int error = errno;
    const int fd = open(fault_path, O_RDONLY | O_CLOEXEC);
    errno = error;
    if (fd < 0)
        return NONE;
    const ssize_t len = read(fd, text, sizeof(text) - 1);
    close(fd);
    errno = error;
    if (len <= 0 || sscanf(text, "%15s %15s %127s", name, what, part) != 3)
        return NONE;
    if (strcmp(name, call) != 0 || strstr(path, part) == NULL)
        return NONE;
    if (strcmp(what, "short") == 0)
        return SHORT;
    errno = (int)strtol(what, NULL, 10);
    return FAILS;
}

/* ---- Names ---- */

static int open_at(int at, const char *path, int flags, mode_t mode)
{
    NEXT(openat);
    char room[RECORD_PATH_MAX + 1];
    struct stat st;
    const bool made = (flags & O_CREAT) != 0 && folder_len > 0 &&
                      fstatat(at, path, &st, AT_SYMLINK_NOFOLLOW) != 0;
    const int fd = next(at, path, flags, mode);
    const char *name = made && fd >= 0 ? path_of(fd, room) : NULL;
    if (name != NULL)
        record((struct record_head){.kind = RECORD_CREATE}, name, NULL);
    return fd;
}

#define MODE_OF(flags, mode)                                                                       \
    mode_t mode = 0;                                                                               \
    if (((flags) & (O_CREAT | O_TMPFILE)) != 0) {                                                  \
        va_list list;                                                                              \
        va_start(list, flags);                                                                     \
        mode = va_arg(list, mode_t);                                                               \
        va_end(list);                                                                              \
    }

int open(const char *path, int flags, ...)
{
    MODE_OF(flags, mode)
    return open_at(AT_FDCWD, path, flags, mode);
}

int openat(int at, const char *path, int flags, ...)
{
    MODE_OF(flags, mode)
    return open_at(at, path, flags, mode);
}

int mkdir(const char *path, mode_t mode)
{
    NEXT(mkdir);
    const int rc = next(path, mode);
    const char *name = rc == 0 ? below(path) : NULL;
    if (name != NULL)
        record((struct record_head){.kind = RECORD_FOLDER}, name, NULL);
    return rc;
}

/* ---- Writing ---- */

/* Says what is about to be written at `offset`; true: through O_DSYNC. */
static bool about_to_write(int fd, const char *name, const struct iovec *parts, int count,
                           off_t offset)
{
    struct record_head h = {.kind = RECORD_WRITE, .offset = (uint64_t)offset};
    const bool synced = (fcntl(fd, F_GETFL) & O_DSYNC) != 0;
    if (record_path == NULL)
        return false;
    if (synced)
        hold();
    for (int i = 0; i < count; i++) {
        h.data_len = parts[i].iov_len;
        record(h, name, parts[i].iov_base);
        h.offset += h.data_len;
    }
    return synced;
}

static void written(const char *name)
{
    record((struct record_head){.kind = RECORD_WRITTEN}, name, NULL);
}

ssize_t pwrite(int fd, const void *bytes, size_t len, off_t offset)
{
    NEXT(pwrite);
    char room[RECORD_PATH_MAX + 1];
    const char *name = path_of(fd, room);
    if (name == NULL)
        return next(fd, bytes, len, offset);
    const enum effect e = fault_of("write", name);
    if (e == FAILS)
        return -1;
    const struct iovec part = {(void *)(uintptr_t)bytes, e == SHORT ? len / 2 : len};
    const bool synced = about_to_write(fd, name, &part, 1, offset);
    const ssize_t got = next(fd, bytes, part.iov_len, offset);
    if (synced)
        written(name);
    return got;
}

ssize_t write(int fd, const void *bytes, size_t len)
{
    NEXT(write);
    char room[RECORD_PATH_MAX + 1];
    const char *name = path_of(fd, room);
    if (name == NULL)
        return next(fd, bytes, len);
    const enum effect e = fault_of("write", name);
    if (e == FAILS)
        return -1;
    const struct iovec part = {(void *)(uintptr_t)bytes, e == SHORT ? len / 2 : len};
    const bool synced = about_to_write(fd, name, &part, 1, lseek(fd, 0, SEEK_CUR));
    const ssize_t got = next(fd, bytes, part.iov_len);
    if (synced)
        written(name);
    return got;
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    NEXT(writev);
    char room[RECORD_PATH_MAX + 1];
    const char *name = path_of(fd, room);
    if (name == NULL)
        return next(fd, parts, count);
    const enum effect e = fault_of("write", name);
    if (e == FAILS)
        return -1;
    if (e == SHORT)
        return write(fd, parts[0].iov_base, parts[0].iov_len);
    const bool synced = about_to_write(fd, name, parts, count, lseek(fd, 0, SEEK_CUR));
    const ssize_t got = next(fd, parts, count);
    if (synced)
        written(name);
    return got;
}

int ftruncate(int fd, off_t length)
{
    NEXT(ftruncate);
    char room[RECORD_PATH_MAX + 1];
    const char *name = path_of(fd, room);
    if (name != NULL && fault_of("length", name) == FAILS)
        return -1;
    if (name != NULL)
        record((struct record_head){.kind = RECORD_LENGTH, .offset = (uint64_t)length}, name, NULL);
    return next(fd, length);
}

/* ---- Syncing ---- */

static int sync_with(int (*next)(int), int fd)
{
    char room[RECORD_PATH_MAX + 1];
    const char *name = path_of(fd, room);
    if (name == NULL)
        return next(fd);
    if (fault_of("sync", name) == FAILS)
        return -1;
    hold();
    const int rc = next(fd);
    if (rc == 0)
        record((struct record_head){.kind = RECORD_SYNC}, name, NULL);
    return rc;
}

int fsync(int fd)
{
    NEXT(fsync);
    return sync_with(next, fd);
}

int fdatasync(int fd)
{
    NEXT(fdatasync);
    return sync_with(next, fd);
}

/* ---- LMDB ---- */

/* "late": a commit to the journal is only made when the next transaction begins. */
static MDB_env *late_env;
static MDB_txn *late_txn, *late_writer;

static int commit_now(void)
{
    __typeof__(mdb_txn_commit) *next = (__typeof__(next))dlsym(RTLD_NEXT, "mdb_txn_commit");
    MDB_txn *txn = late_txn;
    late_txn = NULL;
    return txn == NULL ? 0 : next(txn);
}

int mdb_env_open(MDB_env *env, const char *path, unsigned flags, mode_t mode)
{
    NEXT(mdb_env_open);
    if (late && strstr(path, "journal") != NULL)
        late_env = env;
    return next(env, path, flags | lmdb_flags, mode);
}

int mdb_env_get_flags(MDB_env *env, unsigned *flags)
{
    NEXT(mdb_env_get_flags);
    const int rc = next(env, flags);
    *flags &= ~lmdb_flags;
    return rc;
}

int mdb_txn_begin(MDB_env *env, MDB_txn *parent, unsigned flags, MDB_txn **txn)
{
    NEXT(mdb_txn_begin);
    int rc = env == late_env ? commit_now() : 0;
    if (rc == 0)
        rc = next(env, parent, flags, txn);
    if (rc == 0 && env == late_env && (flags & MDB_RDONLY) == 0)
        late_writer = *txn;
    return rc;
}

int mdb_txn_renew(MDB_txn *txn)
{
    NEXT(mdb_txn_renew);
    const int rc = late_env != NULL && mdb_txn_env(txn) == late_env ? commit_now() : 0;
    return rc != 0 ? rc : next(txn);
}

int mdb_txn_commit(MDB_txn *txn)
{
    NEXT(mdb_txn_commit);
    if (txn != late_writer)
        return next(txn);
    late_txn = txn;
    late_writer = NULL;
    return 0;
}

void mdb_env_close(MDB_env *env)
{
    NEXT(mdb_env_close);
    if (env == late_env)
        (void)commit_now();
    next(env);
}

/* ---- The clock ---- */

int clock_gettime(clockid_t id, struct timespec *t)
{
    NEXT(clock_gettime);
    const int rc = next(id, t);
    if (rc == 0 && id == CLOCK_REALTIME && clock_ahead_ms != NULL) {
        const int64_t ns = t->tv_nsec + *clock_ahead_ms % 1000 * 1000000;
        t->tv_sec += *clock_ahead_ms / 1000 + (ns < 0 ? -1 : ns / 1000000000);
        t->tv_nsec = ns < 0 ? ns + 1000000000 : ns % 1000000000;
    }
    return rc;
}
