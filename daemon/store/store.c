#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/check.h"
#include "store/guard.h"

struct store {
    MDB_env *env;
    MDB_dbi meta;
    MDB_dbi *databases;
    int directory; /* open for its lifetime: fsync, statvfs */
    int lock;      /* -1 for a reader */
    pid_t pid;
    atomic_bool failed; /* a write has: set by the writer's thread */
    dev_t device;
    ino_t inode;
    struct store *next;
    char file[]; /* path of the data file */
};

/* The stores this process has open, for invariant 3. */
static pthread_mutex_t open_lock = PTHREAD_MUTEX_INITIALIZER;
static struct store *open_stores;

static _Thread_local char error_text[256];

static _Thread_local const struct store *in_use;
static _Thread_local bool asserted;

const char *store_in_use(void)
{
    return in_use == NULL ? NULL : in_use->file;
}

bool store_asserted(void)
{
    return asserted;
}

void store_use(const struct store *s)
{
    in_use = s;
}

/* LMDB prints the text and aborts. */
static void on_assert(MDB_env *env, const char *text)
{
    (void)env;
    (void)text;
    asserted = true;
}

const char *store_error(void)
{
    return error_text;
}

enum fault store_say(enum fault fault, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(error_text, sizeof(error_text), format, args);
    va_end(args);
    return fault;
}

static enum fault fault_of(int rc)
{
    switch (rc) {
    case MDB_SUCCESS:
        return FAULT_NONE;
    case MDB_MAP_FULL:
    case MDB_DBS_FULL:
    case MDB_READERS_FULL:
    case MDB_TXN_FULL:
    case ENOSPC:
    case EDQUOT:
        return FAULT_FULL;
    case ENOMEM:
        return FAULT_MEMORY;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_INCOMPATIBLE:
    case MDB_BAD_VALSIZE:
        return FAULT_CORRUPT;
    case MDB_VERSION_MISMATCH:
        return FAULT_VERSION;
    case MDB_NOTFOUND:
    case ENOENT:
        return FAULT_ABSENT;
    case MDB_PANIC:
    case MDB_BAD_TXN:
        return FAULT_UNKNOWN;
    default:
        return FAULT_IO;
    }
}

enum fault store_fault(int rc, const char *what)
{
    return rc == 0 ? FAULT_NONE : store_say(fault_of(rc), "%s: %s", what, mdb_strerror(rc));
}

/* ---- Opening ------------------------------------------------------------------------------- */

/* Enter into the list of open stores, unless this process has the directory open already. */
static enum fault store_enter(struct store *s)
{
    struct stat st;
    if (fstat(s->directory, &st) != 0)
        return store_fault(errno, "stat of the directory");
    s->device = st.st_dev;
    s->inode = st.st_ino;

    enum fault fault = FAULT_NONE;
    pthread_mutex_lock(&open_lock);
    for (const struct store *o = open_stores; o != NULL; o = o->next)
        if (o->device == s->device && o->inode == s->inode)
            fault = store_say(FAULT_LOCKED, "this process has it open already");
    if (fault == FAULT_NONE) {
        s->next = open_stores;
        open_stores = s;
    }
    pthread_mutex_unlock(&open_lock);
    return fault;
}

static void store_leave(struct store *s)
{
    pthread_mutex_lock(&open_lock);
    struct store **at = &open_stores;
    while (*at != s)
        at = &(*at)->next;
    *at = s->next;
    pthread_mutex_unlock(&open_lock);
}

static enum fault store_lock_writer(struct store *s)
{
    s->lock = openat(s->directory, "writer.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (s->lock < 0)
        return store_fault(errno, "writer.lock");
    if (flock(s->lock, LOCK_EX | LOCK_NB) == 0)
        return FAULT_NONE;
    int rc = errno;
    close(s->lock);
    s->lock = -1;
    return rc == EWOULDBLOCK ? store_say(FAULT_LOCKED, "another process writes here")
                             : store_fault(rc, "writer.lock");
}

static enum fault store_open_env(struct store *s, const char *path, const struct store_options *o)
{
    const unsigned flags =
        MDB_NOTLS | (o->read_only ? MDB_RDONLY : 0u) | (o->unlocked ? MDB_NOLOCK : 0u);
    int rc = mdb_env_create(&s->env);
    if (rc != 0)
        return store_fault(rc, "mdb_env_create");
    if (rc == 0 && !o->read_only)
        rc = mdb_env_set_mapsize(s->env, o->map_bytes);
    if (rc == 0)
        rc = mdb_env_set_assert(s->env, on_assert);
    if (rc == 0)
        rc = mdb_env_set_maxdbs(s->env, o->names_count + 1);
    if (rc == 0)
        rc = mdb_env_open(s->env, path, flags, 0600);
    unsigned seen = 0;
    if (rc == 0)
        rc = mdb_env_get_flags(s->env, &seen);
    if (rc != 0)
        return store_fault(rc, "mdb_env_open");
    if (seen != flags)
        return store_say(FAULT_UNSAFE, "LMDB has flags 0x%x", seen);
    return FAULT_NONE;
}

/* Read the format's version, or write it into a new store. */
static enum fault store_format(struct store *s, MDB_txn *txn, const struct store_options *o)
{
    MDB_val key = store_view("format", 6);
    MDB_val value;
    uint8_t bytes[4];
    int rc = mdb_get(txn, s->meta, &key, &value);
    if (rc == MDB_NOTFOUND && !o->read_only) {
        struct writer w = {.bytes = bytes, .size = sizeof(bytes)};
        put_u32(&w, o->format);
        value = (MDB_val){sizeof(bytes), bytes};
        return store_fault(mdb_put(txn, s->meta, &key, &value, 0), "format");
    }
    if (rc != 0)
        return store_fault(rc, "format");
    struct reader r = {.bytes = value.mv_data, .len = value.mv_size};
    const uint32_t format = get_u32(&r);
    if (!r.failed && r.at == r.len && format > o->format)
        return store_say(FAULT_NEWER,
                         "format is %u, and this program knows up to %u: use a newer one", format,
                         o->format);
    if (r.failed || r.at != r.len || format != o->format)
        return store_say(FAULT_VERSION, "format is %u, not %u", format, o->format);
    return FAULT_NONE;
}

/* All handles in one committed transaction: those of an aborted one vanish. */
static enum fault store_open_databases(struct store *s, const struct store_options *o)
{
    const unsigned flags = o->read_only ? 0 : MDB_CREATE;
    MDB_txn *txn;
    int rc = mdb_txn_begin(s->env, NULL, o->read_only ? MDB_RDONLY : 0, &txn);
    if (rc != 0)
        return store_fault(rc, "begin");
    rc = mdb_dbi_open(txn, "meta", flags, &s->meta);
    for (unsigned i = 0; rc == 0 && i < o->names_count; i++)
        rc = mdb_dbi_open(txn, o->names[i], flags, &s->databases[i]);
    enum fault fault = store_fault(rc, "mdb_dbi_open");
    if (fault == FAULT_NONE)
        fault = store_format(s, txn, o);
    if (fault != FAULT_NONE) {
        mdb_txn_abort(txn);
        return fault;
    }
    return store_fault(mdb_txn_commit(txn), "first commit");
}

/* The new names must be on disk before anything that stands in the files is promised. */
static enum fault store_sync_names(const struct store *s)
{
    const int parent = openat(s->directory, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (parent < 0)
        return store_fault(errno, "parent directory");
    int rc = 0;
    if (fsync(s->directory) != 0 || fsync(parent) != 0)
        rc = errno;
    close(parent);
    return store_fault(rc, "fsync of the directory");
}

static enum fault store_open_directory(struct store *s, const char *path,
                                       const struct store_options *o)
{
    if (!o->read_only && mkdir(path, 0700) != 0 && errno != EEXIST)
        return store_fault(errno, path);
    s->directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (s->directory < 0)
        return store_fault(errno, path);
    return FAULT_NONE;
}

enum fault store_open(const char *path, const struct store_options *o, struct store **out)
{
    CHECK(path != NULL);
    CHECK(o->read_only || o->map_bytes > 0);
    CHECK(o->read_only || !o->unlocked);
    *out = NULL;
    static const char name[] = "/data.mdb";
    struct store *s = calloc(1, sizeof(*s) + strlen(path) + sizeof(name));
    MDB_dbi *databases = calloc(o->names_count + 1, sizeof(*databases));
    enum fault fault = store_say(FAULT_MEMORY, "out of memory");
    if (s == NULL || databases == NULL)
        goto err_memory;
    *s = (struct store){.databases = databases, .lock = -1, .pid = getpid()};
    memcpy(s->file, path, strlen(path));
    memcpy(s->file + strlen(path), name, sizeof(name));

    if ((fault = guard_version()) != FAULT_NONE)
        goto err_memory;
    if ((fault = store_open_directory(s, path, o)) != FAULT_NONE)
        goto err_memory;
    if ((fault = guard_files(s->directory, o->allow_unsafe_fs)) != FAULT_NONE)
        goto err_directory;
    if ((fault = store_enter(s)) != FAULT_NONE)
        goto err_directory;
    if (!o->read_only && (fault = store_lock_writer(s)) != FAULT_NONE)
        goto err_entered;
    store_use(s);
    if ((fault = store_open_env(s, path, o)) != FAULT_NONE)
        goto err_env;
    if ((fault = guard_length(s->env)) != FAULT_NONE)
        goto err_env;
    if ((fault = store_open_databases(s, o)) != FAULT_NONE)
        goto err_env;
    store_use(NULL);
    if (!o->read_only && (fault = store_sync_names(s)) != FAULT_NONE)
        goto err_env;

    *out = s;
    return FAULT_NONE;

err_env:
    store_use(NULL);
    if (s->env != NULL)
        mdb_env_close(s->env);
    if (s->lock >= 0)
        close(s->lock);
err_entered:
    store_leave(s);
err_directory:
    close(s->directory);
err_memory:
    free(databases);
    free(s);
    return fault;
}

void store_close(struct store *s)
{
    if (s == NULL)
        return;
    mdb_env_close(s->env);
    if (s->lock >= 0)
        close(s->lock);
    store_leave(s);
    close(s->directory);
    free(s->databases);
    free(s);
}

MDB_env *store_env(const struct store *s)
{
    return s->env;
}

MDB_dbi store_database(const struct store *s, unsigned index)
{
    return s->databases[index];
}

MDB_dbi store_meta(const struct store *s)
{
    return s->meta;
}

/* ---- Transactions -------------------------------------------------------------------------- */

static int read_begin(struct store *s, MDB_txn **txn)
{
    return *txn != NULL ? mdb_txn_renew(*txn) : mdb_txn_begin(s->env, NULL, MDB_RDONLY, txn);
}

enum fault store_read_begin(struct store *s, MDB_txn **txn)
{
    store_use(s);
    int rc = read_begin(s, txn);
    if (rc == MDB_MAP_RESIZED) { /* the writer came back with a larger map: take its size, once */
        rc = mdb_env_set_mapsize(s->env, 0);
        if (rc == 0)
            rc = read_begin(s, txn);
    }
    if (rc != 0)
        store_use(NULL);
    return store_fault(rc, "begin of a read");
}

void store_read_end(MDB_txn *txn)
{
    mdb_txn_reset(txn);
    store_use(NULL);
}

enum fault store_write_begin(struct store *s, MDB_txn **txn)
{
    CHECK(s->lock >= 0);
    CHECK(s->pid == getpid()); /* a forked child has inherited the handle, not the right */
    if (atomic_load(&s->failed))
        return store_say(FAULT_UNKNOWN, "a write has failed before; open again");
    store_use(s);
    const int rc = mdb_txn_begin(s->env, NULL, 0, txn);
    if (rc != 0) {
        atomic_store(&s->failed, true);
        store_use(NULL);
    }
    return store_fault(rc, "begin of a write");
}

void store_write_drop(MDB_txn *txn)
{
    mdb_txn_abort(txn);
    store_use(NULL);
}

enum fault store_write_commit(struct store *s, MDB_txn *txn)
{
    const int rc = mdb_txn_commit(txn); /* frees it even when it fails */
    store_use(NULL);
    if (rc != 0)
        atomic_store(&s->failed, true);
    return store_fault(rc, "commit");
}

enum fault store_write_fail(struct store *s, MDB_txn *txn, int rc, const char *what)
{
    CHECK(rc != 0);
    store_write_drop(txn);
    atomic_store(&s->failed, true);
    return store_fault(rc, what);
}

bool store_failed(const struct store *s)
{
    return atomic_load(&s->failed);
}

/* ---- Space --------------------------------------------------------------------------------- */

/* A line of mdb_reader_list(): pid, thread, and the transaction's id or "-". */
static int reader_line(const char *line, void *arg)
{
    uint64_t *oldest = arg;
    const char *word = strrchr(line, ' ');
    if (word == NULL)
        return 0;
    char *end;
    const uint64_t id = strtoull(word, &end, 10);
    if (end != word && id < *oldest)
        *oldest = id;
    return 0;
}

enum fault store_space(struct store *s, struct store_space *out)
{
    struct statvfs disk;
    MDB_envinfo info;
    MDB_stat stat;
    int dead;
    int rc = mdb_reader_check(s->env, &dead);
    if (rc == 0)
        rc = mdb_env_info(s->env, &info);
    if (rc == 0)
        rc = mdb_env_stat(s->env, &stat);
    uint64_t oldest = rc == 0 ? info.me_last_txnid : 0;
    if (rc == 0 && mdb_reader_list(s->env, reader_line, &oldest) < 0)
        rc = EIO;
    if (rc == 0 && fstatvfs(s->directory, &disk) != 0)
        rc = errno;
    if (rc != 0)
        return store_fault(rc, "space");
    *out = (struct store_space){
        .used_bytes = ((uint64_t)info.me_last_pgno + 1) * stat.ms_psize,
        .map_bytes = info.me_mapsize,
        .disk_free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize,
        .reader_lag = info.me_last_txnid - oldest,
    };
    return FAULT_NONE;
}
