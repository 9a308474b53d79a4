#include "store/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "store/store.h"

#ifndef XFS_SUPER_MAGIC
#define XFS_SUPER_MAGIC 0x58465342
#endif

bool store_version_safe(struct store_version v)
{
    if (v.major != 0 || v.minor != 9)
        return false;
    /* 0.9.70 is how the unfinished next major version calls itself. */
    return v.patch == 24 || v.patch == 25 || (v.patch >= 32 && v.patch < 70);
}

enum fault guard_version(void)
{
    struct store_version v;
    const char *text = mdb_version(&v.major, &v.minor, &v.patch);
    return store_version_safe(v) ? FAULT_NONE : store_say(FAULT_UNSAFE, "not safe: %s", text);
}

/* File systems that keep their promises about fsync and locks. */
static bool file_system_safe(long type)
{
    return type == EXT4_SUPER_MAGIC || type == XFS_SUPER_MAGIC || type == BTRFS_SUPER_MAGIC;
}

enum fault guard_files(int directory, bool allow_unsafe_fs)
{
    struct statfs fs;
    struct stat st;
    if (fstatfs(directory, &fs) != 0)
        return store_fault(errno, "statfs");
    if (!allow_unsafe_fs && !file_system_safe(fs.f_type))
        return store_say(FAULT_UNSAFE, "file system 0x%lx is not ext4, xfs or btrfs",
                         (unsigned long)fs.f_type);
    /* LMDB would take an emptied file for a new environment. stat only: opening and closing an
     * environment's file would drop locks. */
    if (fstatat(directory, "data.mdb", &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_size == 0)
        return store_say(FAULT_CORRUPT, "data.mdb is empty");
    return FAULT_NONE;
}

/* How many pages from `first` on stand in the list of free ones. */
static int count_free(MDB_txn *txn, size_t first, size_t *count)
{
    MDB_cursor *cursor;
    MDB_val key, value;
    *count = 0;
    int rc = mdb_cursor_open(txn, 0, &cursor); /* 0 is LMDB's list of free pages */
    if (rc != 0)
        return rc;
    while ((rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
        /* Each value: how many, then the page numbers. */
        for (size_t i = 1; i < value.mv_size / sizeof(size_t); i++) {
            size_t page;
            memcpy(&page, (const char *)value.mv_data + i * sizeof(page), sizeof(page));
            *count += page >= first;
        }
    }
    mdb_cursor_close(cursor);
    return rc == MDB_NOTFOUND ? 0 : rc;
}

enum fault guard_length(MDB_env *env)
{
    MDB_txn *txn;
    MDB_envinfo info;
    MDB_stat stat;
    struct stat st;
    int fd;
    int rc = mdb_txn_begin(env, NULL, MDB_RDONLY, &txn);
    if (rc != 0)
        return store_fault(rc, "begin of a read");
    /* Another process may be writing: look at one state of its. */
    while ((rc = mdb_env_info(env, &info)) == 0 && info.me_last_txnid != mdb_txn_id(txn)) {
        mdb_txn_reset(txn);
        if ((rc = mdb_txn_renew(txn)) != 0)
            break;
    }
    if (rc == 0)
        rc = mdb_env_stat(env, &stat);
    if (rc == 0)
        rc = mdb_env_get_fd(env, &fd);
    if (rc == 0 && fstat(fd, &st) != 0)
        rc = errno;

    size_t missing = 0, unused = 0;
    if (rc == 0) {
        const size_t have = (size_t)st.st_size / stat.ms_psize;
        missing = info.me_last_pgno + 1 > have ? info.me_last_pgno + 1 - have : 0;
        if (missing > 0) /* fine if all are free: LMDB does not write pages that it gave back */
            rc = count_free(txn, have, &unused);
    }
    mdb_txn_abort(txn);
    if (rc != 0)
        return store_fault(rc, "length of the data file");
    if (missing != unused)
        return store_say(FAULT_CORRUPT, "data file is cut: %zu pages are missing", missing);
    return FAULT_NONE;
}
